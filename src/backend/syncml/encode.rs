//! Checked settings → fragments: each node one command, so that each has a status of its own.

use super::EXTENSION;
use super::plan::{File, Target, plan};
use super::value::{self, Refusal};
use crate::backend::{Artefact, Format, looks_secret};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{AdmxElement, Node};
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::encoding::syncml::{Command, Fragment};
use crate::encoding::{admx, xml};
use crate::gather::Arrange;
use crate::setting::{Address, Leaf, Secret, Setting, Value, secret};

/// Every fragment of the group.
pub(super) fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let group = checked.target();
    let mut artefacts = Vec::new();
    for file in plan(checked, catalogue) {
        let path = format!("{}/{}/{}{EXTENSION}", group.organisation, *group.group, file.name);
        let bytes = fragment(&file, found).into_bytes();
        if bytes.len() > xml::MAX_BYTES {
            let message = format!("the fragment `{path}` has {} bytes; {} are the limit", bytes.len(), xml::MAX_BYTES);
            found.push(Diagnostic::new(Code::TooLarge, group.group.span, message).help("shorten its values"));
        }
        let settings = file.targets.iter().flat_map(|target| &target.settings);
        let mut holds: Vec<Address> = settings.map(|setting| setting.address.clone()).collect();
        holds.arrange();
        artefacts.push(Artefact::new(path, bytes, Format::Syncml, holds));
    }
    artefacts
}

fn fragment(file: &File<'_>, found: &mut Diagnostics) -> String {
    let interior = file.interior.iter().map(|uri| Command { verb: "Add", uri, format: Some("node"), data: None });
    let mut commands: Vec<Command<'_>> = interior.collect();
    for target in &file.targets {
        match command(target) {
            Ok(command) => commands.push(command),
            Err((setting, Refusal { code, cause, cure })) => {
                let message = format!("`{}`: {cause}", setting.address);
                found.push(Diagnostic::new(code, setting.span, message).help(cure));
            }
        }
    }
    let mut out = Fragment::default();
    match file.atomic {
        true => out.atomic(&commands),
        false => commands.iter().for_each(|command| out.command(command)),
    }
    out.finish()
}

pub(super) type Refused<'a> = (&'a Setting, Refusal);

fn command<'a>(target: &Target<'a>) -> Result<Command<'a>, Refused<'a>> {
    let (format, data) = value(target)?;
    if let (Some(setting), Err(refusal)) = (target.settings.first(), value::writable(target.uri)) {
        return Err((setting, refusal));
    }
    Ok(Command { verb: verb(target.node()), uri: target.uri, format: Some(format), data })
}

/// The format of a node, and its data.
pub(super) fn value<'a>(target: &Target<'a>) -> Result<(&'a str, Option<String>), Refused<'a>> {
    let node = target.node();
    let plain = target.settings.iter().find(|setting| setting.address.leaf == Leaf::Node);
    match plain {
        Some(setting) if target.settings.len() > 1 => {
            let cause = "the node has a value and an ADMX body".to_owned();
            let cure = "write it below `nodes` or below `admx`, not both";
            Err((setting, Refusal { code: Code::DuplicateAddress, cause, cure }))
        }
        Some(setting) => {
            let format = node.map_or(value::format_of(&setting.value), |node| node.format.as_str());
            let data = value::text(node, &setting.value).map_err(|refusal| (*setting, refusal))?;
            // A node without a value of its own takes no Data.
            let none = matches!(format, "node" | "null") && data.is_empty();
            Ok((format, (!none).then_some(data)))
        }
        None => Ok(("chr", Some(body(node, &target.settings)?))),
    }
}

/// `Replace` creates what is not there; only nodes that lack it get an `Add`.
fn verb(node: Option<&Node>) -> &'static str {
    let has = |verb: &str| node.is_none_or(|node| node.access.iter().any(|access| access == verb));
    if !has("Replace") && has("Add") { "Add" } else { "Replace" }
}

fn body<'a>(node: Option<&'a Node>, settings: &[&'a Setting]) -> Result<String, Refused<'a>> {
    let known = node.and_then(|node| node.allowed.as_ref()?.admx.as_ref()?.elements.as_deref()).unwrap_or_default();
    let mut body = admx::Body { enabled: true, elements: Vec::new(), misspelt: false };
    let mut elements: Vec<(usize, admx::Element)> = Vec::new();
    for setting in settings {
        match (&setting.address.leaf, &setting.value) {
            (Leaf::AdmxState, Value::Boolean(enabled)) => body.enabled = *enabled,
            (Leaf::AdmxElement(id), value) => {
                let at = known.iter().position(|element| element.id == *id);
                let text =
                    element_text(at.and_then(|at| known.get(at)), value).map_err(|refusal| (*setting, refusal))?;
                value::writable(id).map_err(|refusal| (*setting, refusal))?;
                elements.push((at.unwrap_or(known.len()), admx::Element { id: id.clone(), value: text }));
            }
            _ => {
                let cause = format!("an ADMX body cannot hold {} here", setting.value.kind());
                let cure = "the state of a body is `enabled` or `disabled`";
                return Err((setting, Refusal { code: Code::AdmxBody, cause, cure }));
            }
        }
    }
    if let (false, Some(setting)) = (body.enabled || elements.is_empty(), settings.first()) {
        let cause = "a disabled policy has no elements".to_owned();
        let cure = "write `disabled`, or the elements of an enabled body";
        return Err((setting, Refusal { code: Code::AdmxBody, cause, cure }));
    }
    // In the template's order, then by id: settings arrive sorted, and the sort keeps that.
    elements.arrange_by_key(|(at, _)| *at);
    body.elements = elements.into_iter().map(|(_, element)| element).collect();
    Ok(admx::print(&body))
}

fn element_text(known: Option<&AdmxElement>, value: &Value) -> Result<String, Refusal> {
    let refusal = |cause: String, cure| Refusal { code: Code::AdmxBody, cause, cure };
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().map(|item| &item.value).collect(),
        single => vec![single],
    };
    for item in items {
        match item {
            Value::Text(text) if looks_secret(text).is_some() => {
                return Err(refusal(looks_secret(text).unwrap_or_default(), "write `{ secret: NAME }`"));
            }
            Value::Text(text) if matches!(value, Value::Array(_)) && text.contains(admx::SEPARATOR) => {
                return Err(refusal("an item holds U+F000, which parts items".to_owned(), "write items of their own"));
            }
            _ => {}
        }
    }
    // The body is XML in its turn.
    if let Value::Secret(Secret::Text(name)) = value {
        return value::writable(&secret::marker_in_xml(name));
    }
    match admx::text_of(known.map(|element| element.kind.as_str()), value) {
        Some(text) => value::writable(&text),
        None => {
            let cause = format!("an ADMX body cannot hold {}", value.kind());
            Err(refusal(cause, "write text, a whole number, a boolean or a list"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{encoded, group, node};
    use crate::diagnostic::Code;
    use crate::setting::{Leaf, Platform, Setting, Value};

    const BITLOCKER: &str = "./Device/Vendor/MSFT/BitLocker";

    fn files(settings: Vec<Setting>) -> Vec<(String, String)> {
        let (artefacts, found) = encoded(&group(Platform::Windows), settings);
        assert_eq!(found, []);
        let name = |path: &str| path.trim_start_matches("example/phones/").to_owned();
        artefacts.into_iter().map(|file| (name(&file.path), String::from_utf8(file.bytes).unwrap())).collect()
    }

    /// The commands of a file: number, verb, LocURI.
    fn commands(text: &str) -> Vec<String> {
        let between = |line: &str, tag: &str| {
            line.trim().strip_prefix(&format!("<{tag}>"))?.strip_suffix(&format!("</{tag}>")).map(str::to_owned)
        };
        let verbs = text.lines().map(str::trim).filter(|line| matches!(*line, "<Replace>" | "<Add>"));
        let numbers = text.lines().filter_map(|line| between(line, "CmdID"));
        let uris = text.lines().filter_map(|line| between(line, "LocURI"));
        let skip = usize::from(text.starts_with("<Atomic>"));
        numbers.skip(skip).zip(verbs).zip(uris).map(|((number, verb), uri)| format!("{number} {verb} {uri}")).collect()
    }

    fn plain(uri: &str, value: Value) -> Setting {
        node(uri, Leaf::Node, value)
    }

    #[test]
    fn a_fragment_has_one_form() {
        let uri = format!("{BITLOCKER}/SystemDrivesMinimumPINLength");
        let settings = vec![
            node(&uri, Leaf::AdmxState, Value::Boolean(true)),
            node(&uri, Leaf::AdmxElement("MinPINLength".to_owned()), Value::Integer(8)),
        ];
        let expected = r#"<Replace>
  <CmdID>1</CmdID>
  <Item>
    <Target>
      <LocURI>./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength</LocURI>
    </Target>
    <Meta>
      <Format xmlns="syncml:metinf">chr</Format>
      <Type xmlns="syncml:metinf">text/plain</Type>
    </Meta>
    <Data>&lt;enabled/&gt;&lt;data id="MinPINLength" value="8"/&gt;</Data>
  </Item>
</Replace>
"#;
        assert_eq!(files(settings), [("BitLocker.xml".to_owned(), expected.to_owned())]);
    }

    // rows: B23
    #[test]
    fn an_area_and_a_channel_have_one_file() {
        let one = |uri: &str| plain(uri, Value::Integer(1));
        let settings = vec![
            one("./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing"),
            one("./Device/Vendor/MSFT/Policy/Config/Update/AllowMUUpdateService"),
            one("./User/Vendor/MSFT/Policy/Config/WindowsAI/TurnOffWindowsCopilot"),
            one("./Device/Vendor/MSFT/Policy/Config/DeviceLock/MaxDevicePasswordFailedAttempts"),
            one("./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength"),
            plain("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/one/Name", Value::text("1")),
            plain("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/two/Name", Value::text("2")),
        ];
        let files = files(settings);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Firewall.atomic.2.xml",
                "Firewall.atomic.xml",
                "Policy.DeviceLock.atomic.xml",
                "Policy.DeviceLock.xml",
                "Policy.Update.xml",
                "Policy.Wifi.xml",
                "Policy.WindowsAI.user.xml",
            ]
        );
        assert!(files[1].1.starts_with("<Atomic>\n  <Add>\n    <CmdID>1</CmdID>\n"), "{}", files[1].1);
        assert!(files[1].1.ends_with("  </Replace>\n</Atomic>\n"), "{}", files[1].1);
    }

    #[test]
    fn nodes_wait_for_what_they_depend_on_and_triggers_come_last() {
        let at = |name: &str| plain(&format!("{BITLOCKER}/{name}"), Value::Integer(1));
        let settings = vec![
            at("RequireDeviceEncryption"),
            at("AllowStandardUserEncryption"),
            at("AllowWarningForOtherDiskEncryption"),
            at("ConfigureRecoveryPasswordRotation"),
        ];
        assert_eq!(
            commands(&files(settings)[0].1),
            [
                "1 <Replace> ./Device/Vendor/MSFT/BitLocker/AllowWarningForOtherDiskEncryption",
                "2 <Replace> ./Device/Vendor/MSFT/BitLocker/AllowStandardUserEncryption",
                "3 <Replace> ./Device/Vendor/MSFT/BitLocker/ConfigureRecoveryPasswordRotation",
                "4 <Replace> ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption",
            ]
        );
    }

    #[test]
    fn interior_nodes_are_added_before_what_stands_in_them() {
        let root = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/office";
        let policy = |kind: &str| plain(&format!("{root}/{kind}/Policy"), Value::text("<RuleCollection/>"));
        assert_eq!(
            commands(&files(vec![policy("MSI"), policy("EXE")])[0].1),
            [
                format!("1 <Add> {root}"),
                format!("2 <Add> {root}/EXE"),
                format!("3 <Add> {root}/MSI"),
                format!("4 <Replace> {root}/EXE/Policy"),
                format!("5 <Replace> {root}/MSI/Policy"),
            ]
        );
    }

    #[test]
    fn lists_are_parted_as_their_node_or_their_body_wants() {
        let texts = |items: &[&str]| Value::array(items.iter().map(|item| Value::text(*item)));
        let rights = "./Device/Vendor/MSFT/Policy/Config/UserRights/AllowLocalLogOn";
        let (_, text) = files(vec![plain(rights, texts(&["*S-1-5-32-544", "*S-1-5-32-545"]))]).remove(0);
        assert!(text.contains("<Data>*S-1-5-32-544&#xF000;*S-1-5-32-545</Data>"), "{text}");
        let body = "./Device/Vendor/MSFT/Policy/Config/ADMX_Example~Policy~X/List";
        let element = node(body, Leaf::AdmxElement("L".to_owned()), texts(&["a", "b"]));
        let (_, text) = files(vec![node(body, Leaf::AdmxState, Value::Boolean(true)), element]).remove(0);
        assert!(text.contains("value=\"a&amp;#xF000;b\"/&gt;</Data>"), "{text}");
    }

    #[test]
    fn a_body_keeps_the_order_of_its_template() {
        let uri = format!("{BITLOCKER}/SystemDrivesRequireStartupAuthentication");
        let element = |id: &str| node(&uri, Leaf::AdmxElement(id.to_owned()), Value::Integer(0));
        let settings = vec![
            node(&uri, Leaf::AdmxState, Value::Boolean(true)),
            element("ConfigurePINUsageDropDown_Name"),
            element("ConfigureTPMStartupKeyUsageDropDown_Name"),
            node(&uri, Leaf::AdmxElement("ConfigureNonTPMStartupKeyUsage_Name".to_owned()), Value::Boolean(false)),
        ];
        let (_, text) = files(settings).remove(0);
        let ids: Vec<&str> = text.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(
            ids,
            [
                "ConfigureNonTPMStartupKeyUsage_Name",
                "ConfigureTPMStartupKeyUsageDropDown_Name",
                "ConfigurePINUsageDropDown_Name"
            ]
        );
    }

    #[test]
    fn what_a_fragment_cannot_hold_is_named() {
        let refused = |settings: Vec<Setting>, code: Code| {
            let (_, found) = encoded(&group(Platform::Windows), settings);
            assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code], "{found:?}");
            assert!(found.iter().all(|finding| !finding.help.is_empty()));
        };
        let uri = "./Device/Vendor/MSFT/Example/Node";
        let element = |value: Value| {
            vec![node(uri, Leaf::AdmxState, Value::Boolean(true)), node(uri, Leaf::AdmxElement("e".to_owned()), value)]
        };
        refused(vec![plain(uri, Value::text("\u{1}"))], Code::WrongFormat);
        refused(vec![plain(uri, Value::array([Value::text("a")]))], Code::WrongType);
        refused(
            vec![plain(uri, Value::text("a")), node(uri, Leaf::AdmxState, Value::Boolean(true))],
            Code::DuplicateAddress,
        );
        refused(element(Value::Data(vec![1])), Code::AdmxBody);
        refused(element(Value::text("policyc:secret:x")), Code::AdmxBody);
        refused(element(Value::array([Value::text("a\u{F000}b")])), Code::AdmxBody);
        let mut disabled = element(Value::Integer(1));
        disabled[0].value = Value::Boolean(false);
        refused(disabled, Code::AdmxBody);
    }
}
