//! Checked settings → commands.

use super::{ADDS, COMMAND, COMMAND_UUID, EXTENSIONS, FOLDER, REQUEST_TYPE, awaited};
use crate::backend::items::{self, Payloads, Refusal};
use crate::backend::{Artefact, Format, identity, leaves, names};
use crate::catalogue::{Catalogue, NodeLookup};
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::encoding::plist::{self, Dictionary, Item};
use crate::encoding::xml;
use crate::setting::{Address, Family, Setting, Target};

/// Every command of the group.
pub(super) fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let settings = checked.settings();
    // Sorted by address: what one command has stands together.
    let parts = settings.chunk_by(|a, b| a.address.carrier() == b.address.carrier());
    let commands = parts.filter(|part| part[0].address.family == Family::Command);
    commands.map(|part| artefact(checked.target(), part, catalogue, found)).collect()
}

fn artefact(target: &Target, settings: &[Setting], catalogue: &Catalogue, found: &mut Diagnostics) -> Artefact {
    let address = &settings[0].address;
    let stem = names::stem(&address.owner, address.instance.as_deref(), address.channel);
    let is_uri = address.owner.starts_with("./");
    let path = format!("{}/{}/{FOLDER}/{stem}{}", target.organisation, *target.group, EXTENSIONS[usize::from(is_uri)]);
    let bytes = match is_uri {
        true => exec(settings, catalogue, found),
        false => request(&identity::command(target, &stem), settings, (target, catalogue), found),
    };
    if bytes.len() > xml::MAX_BYTES {
        let message = format!("the command `{path}` has {} bytes; {} are the limit", bytes.len(), xml::MAX_BYTES);
        found.push(Diagnostic::new(Code::TooLarge, settings[0].span, message).help("send a smaller one"));
    }
    let holds: Vec<Address> = settings.iter().map(|setting| setting.address.clone()).collect();
    Artefact::new(path, bytes, Format::Command, holds)
}

/// One of Apple's commands.
fn request(
    uuid: &str,
    settings: &[Setting],
    (target, catalogue): (&Target, &Catalogue),
    found: &mut Diagnostics,
) -> Vec<u8> {
    let owner = &settings[0].address.owner;
    let mut command = Dictionary::new();
    for setting in settings {
        if let Err(refusal) = place(&mut command, setting) {
            found.push(refused(setting, refusal));
        }
    }
    let awaited = awaited::of(catalogue, target, owner, &command);
    match Item::text(owner) {
        Ok(name) => command.insert(REQUEST_TYPE, name),
        Err(cause) => {
            found.push(refused(&settings[0], Refusal::format(cause)));
        }
    }
    let root = Dictionary::from_iter([
        (COMMAND.to_owned(), Item::Dictionary(command)),
        (COMMAND_UUID.to_owned(), Item::Text(uuid.to_owned())),
    ]);
    plist::write_under(&said(&awaited), &root)
}

/// What a person who opens the file should know. No name in it comes from anybody but the vendor.
fn said(awaited: &[String]) -> String {
    match awaited.is_empty() {
        true => "For the server to send: it is carried out once, and nothing enforces it.".to_owned(),
        false => format!("{ADDS}{}.", awaited.join(", ")),
    }
}

fn refused(setting: &Setting, Refusal { code, cause, cure }: Refusal) -> Diagnostic {
    Diagnostic::new(code, setting.span, format!("`{}`: {cause}", setting.address)).help(cure)
}

fn place(command: &mut Dictionary, setting: &Setting) -> Result<(), Refusal> {
    let keys = setting.address.keys();
    for key in keys {
        Item::text(key).map_err(Refusal::format)?;
    }
    if keys.first().is_some_and(|key| key == REQUEST_TYPE) {
        return Err(Refusal {
            code: Code::CannotDeliver,
            cause: "the compiler writes this key itself".to_owned(),
            cure: "leave the key out; `command` says which command it is",
        });
    }
    if keys.is_empty() {
        return Ok(());
    }
    // The file and the command are two levels, of which the path counts one.
    let item = items::item(&setting.value, keys.len() + 1, &Payloads::default())?;
    leaves::insert(command, keys, item).map_err(|cause| Refusal {
        code: Code::DuplicateAddress,
        cause,
        cure: "write either the key or the keys below it",
    })
}

/// One of Windows' commands: what is executed is a node, and what stands in its data only the server knows.
fn exec(settings: &[Setting], catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<u8> {
    let uri = &settings[0].address.owner;
    for setting in settings.iter().filter(|setting| !setting.address.keys().is_empty()) {
        found.push(
            Diagnostic::new(Code::CannotDeliver, setting.span, format!("`{uri}` is executed and takes no keys"))
                .help("leave `keys` out: what the node is given stands with the server"),
        );
    }
    if xml::unwritable(uri).is_some() {
        let refusal = Refusal::format("its LocURI holds a character that XML cannot carry".to_owned());
        found.push(refused(&settings[0], refusal));
    }
    let mut escaped = String::with_capacity(uri.len());
    xml::escape(uri, &mut escaped);
    let format = match catalogue.node(uri) {
        NodeLookup::Found(found) => found.node.format.clone(),
        _ => "null".to_owned(),
    };
    let said = said(&[]);
    format!(
        "<!-- {said} -->\n<Exec>\n  <CmdID>1</CmdID>\n  <Item>\n    <Target>\n      <LocURI>{escaped}</LocURI>\n    </Target>\n    \
         <Meta>\n      <Format xmlns=\"syncml:metinf\">{format}</Format>\n      <Type xmlns=\"syncml:metinf\">text/plain</Type>\n    \
         </Meta>\n  </Item>\n</Exec>\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{commanded, encoded, group};
    use crate::diagnostic::Code;
    use crate::setting::{Platform, Setting, Value};

    fn check(platform: Platform, settings: Vec<Setting>, path: &str, expected: &str) {
        let (artefacts, found) = encoded(&group(platform), settings);
        assert_eq!(found, []);
        let [one] = artefacts.as_slice() else { panic!("{artefacts:?}") };
        assert_eq!((one.path.as_str(), std::str::from_utf8(&one.bytes).unwrap()), (path, expected));
    }

    #[test]
    fn a_request_is_what_a_server_sends() {
        let lock = vec![
            commanded("DeviceLock", "Message", Value::text("Lost & found")).instance("lost"),
            commanded("DeviceLock", "PhoneNumber", Value::text("1")).instance("lost"),
        ];
        // The UUID by a second opinion: Python's.
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- For the server to send: it is carried out once, and nothing enforces it. -->
<plist version="1.0">
<dict>
	<key>Command</key>
	<dict>
		<key>Message</key>
		<string>Lost &amp; found</string>
		<key>PhoneNumber</key>
		<string>1</string>
		<key>RequestType</key>
		<string>DeviceLock</string>
	</dict>
	<key>CommandUUID</key>
	<string>43A1499F-5352-51D9-9813-38C32C935FEF</string>
</dict>
</plist>
"#;
        check(Platform::Ios, lock, "example/phones/commands/DeviceLock.lost.plist", expected);
    }

    #[test]
    fn what_only_the_server_knows_is_named_and_left_out() {
        let clear = vec![commanded("ClearPasscode", "", Value::Dictionary(Default::default()))];
        let (artefacts, found) = encoded(&group(Platform::Ios), clear);
        assert_eq!(found, []);
        let text = std::str::from_utf8(&artefacts[0].bytes).unwrap();
        assert!(text.contains("<!-- For the server to send, which adds: UnlockToken. -->\n"), "{text}");
    }

    #[test]
    fn a_node_is_executed() {
        let uri = "./Device/Vendor/MSFT/RemoteWipe/doWipeProtected";
        let expected = "<!-- For the server to send: it is carried out once, and nothing enforces it. -->
<Exec>
  <CmdID>1</CmdID>
  <Item>
    <Target>
      <LocURI>./Device/Vendor/MSFT/RemoteWipe/doWipeProtected</LocURI>
    </Target>
    <Meta>
      <Format xmlns=\"syncml:metinf\">chr</Format>
      <Type xmlns=\"syncml:metinf\">text/plain</Type>
    </Meta>
  </Item>
</Exec>
";
        let wipe = || vec![commanded(uri, "", Value::Dictionary(Default::default()))];
        check(Platform::Windows, wipe(), "example/phones/commands/RemoteWipe.doWipeProtected.xml", expected);
    }

    #[test]
    fn what_a_command_cannot_hold_is_named() {
        let check = |platform: Platform, owner: &str, keys: &str, value: Value, code: Code| {
            let (_, found) = encoded(&group(platform), vec![commanded(owner, keys, value)]);
            let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [code], "{owner} {keys}: {found:?}");
            assert!(found.iter().all(|finding| !finding.help.is_empty()));
        };
        check(Platform::Ios, "DeviceLock", "RequestType", Value::text("EraseDevice"), Code::CannotDeliver);
        check(Platform::Ios, "DeviceLock", "Message", Value::text("\u{1}"), Code::WrongFormat);
        check(Platform::Ios, "DeviceLock", "PIN", Value::text("policyc:secret:x"), Code::WrongFormat);
        let uri = "./Device/Vendor/MSFT/RemoteWipe/doWipeProtected";
        check(Platform::Windows, uri, "PIN", Value::text("1"), Code::CannotDeliver);
    }
}
