//! Checked settings → declarations, each configuration with its activation. Identifiers come from names, tokens from content.

use super::{CONFIGURATIONS, EXTENSION, Led, PROFILE_URL, server_token, token_of_both};
use crate::backend::leaves::{self, Nested};
use crate::backend::{Artefact, Format, identity, looks_secret, names};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::encoding::json::{self, MAX_LEVELS};
use crate::encoding::{base64, plist, xml};
use crate::gather::{Arrange, Gather};
use crate::setting::{ACTIVATION, Address, Channel, Family, LEGACY, Secret, Setting, Target, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A declaration by channel, type and instance.
type Occurrence<'a> = (Channel, &'a str, Option<&'a str>);

/// Every declaration of the group.
pub(super) fn encode(checked: &Checked, _: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let mut declarations: BTreeMap<Occurrence<'_>, Vec<&Setting>> = BTreeMap::new();
    let mut predicates: BTreeMap<(Channel, &str), &Setting> = BTreeMap::new();
    for setting in checked.settings().iter().filter(|setting| setting.address.family == Family::Declaration) {
        if let (true, Some(of)) = (setting.address.is_predicate(), &setting.address.instance) {
            predicates.insert((setting.address.channel, of), setting);
            continue;
        }
        let (_, channel, owner, instance) = setting.address.carrier();
        declarations.entry((channel, owner, instance)).or_default().push(setting);
    }
    let target = checked.target();
    let stem = |(channel, owner, instance): Occurrence<'_>| names::stem(owner, instance, channel);
    let identifiers: BTreeMap<Occurrence<'_>, String> =
        declarations.keys().map(|which| (*which, identity::of_declaration(target, *which, &stem(*which)))).gather();
    let mut artefacts = Vec::new();
    for (which, settings) in &declarations {
        let payload = payload(settings, (which.0, &identifiers), found);
        let (owner, identifier) = (which.1, &identifiers[which]);
        artefacts.push(artefact(target, (&stem(*which), owner, identifier), payload, settings, found));
        if is_configuration(owner) {
            let name = settings[0].address.occurrence();
            let predicate = predicates.get(&(which.0, name.as_str())).copied();
            let mut payload = self::payload(predicate.as_slice(), (which.0, &identifiers), found);
            payload.insert(CONFIGURATIONS.to_owned(), vec![identifier.as_str()].into());
            let stem = format!("{ACTIVATION}.{}", stem(*which));
            let own = identity::of_activation(target, *which, identifier);
            let activation = (stem.as_str(), ACTIVATION, own.as_str());
            artefacts.push(artefact(target, activation, payload, predicate.as_slice(), found));
        }
    }
    artefacts
}

/// The declaration that leads to a profile, and its activation.
pub(in crate::backend) fn leading(target: &Target, stem: &str, led: &Led<'_>) -> [Artefact; 2] {
    let identifier = identity::uuid(&identity::declaration(target, stem));
    let payload = Map::from_iter([(PROFILE_URL.to_owned(), led.url.into())]);
    let token = token_of_both(LEGACY, &payload, led.profile);
    let activation = Map::from_iter([(CONFIGURATIONS.to_owned(), vec![identifier.as_str()].into())]);
    let own = server_token(ACTIVATION, &activation);
    let name = format!("{ACTIVATION}.{stem}");
    let made = |(stem, kind, identifier): Named<'_>, said: (Map<String, Json>, String)| {
        let (path, bytes) = written(target, (stem, kind, identifier), said);
        Artefact::new(path, bytes, Format::Declaration, Vec::new())
    };
    [
        made((&name, ACTIVATION, &identity::activation(&identifier)), (activation, own)),
        made((stem, LEGACY, &identifier), (payload, token)),
    ]
}

/// What a declaration is called: its file, its type, its identifier.
type Named<'a> = (&'a str, &'a str, &'a str);

/// The path and the bytes of a declaration with this payload and this token.
fn written(
    target: &Target,
    (stem, kind, identifier): Named<'_>,
    said: (Map<String, Json>, String),
) -> (String, Vec<u8>) {
    let (payload, token) = said;
    let root = Map::from_iter([
        ("Type".to_owned(), kind.into()),
        ("Identifier".to_owned(), identifier.into()),
        ("ServerToken".to_owned(), token.into()),
        ("Payload".to_owned(), Json::Object(payload)),
    ]);
    let path = format!("{}/{}/{stem}{EXTENSION}", target.organisation, *target.group);
    (path, json::write(&Json::Object(root)))
}

/// Assets and management objects are there as soon as the device has them; everything else waits for its activation.
fn is_configuration(owner: &str) -> bool {
    !owner.starts_with("com.apple.asset.") && !owner.starts_with("com.apple.management.")
}

fn artefact(
    target: &Target,
    named: Named<'_>,
    payload: Map<String, Json>,
    settings: &[&Setting],
    found: &mut Diagnostics,
) -> Artefact {
    let token = server_token(named.1, &payload);
    let (path, bytes) = written(target, named, (payload, token));
    if bytes.len() > xml::MAX_BYTES {
        let span = settings.first().map_or(target.group.span, |setting| setting.span);
        let message = format!("the declaration `{path}` has {} bytes; {} are the limit", bytes.len(), xml::MAX_BYTES);
        found.push(Diagnostic::new(Code::TooLarge, span, message).help("put it into several declarations"));
    }
    let mut holds: Vec<Address> = settings.iter().map(|setting| setting.address.clone()).collect();
    holds.arrange();
    Artefact::new(path, bytes, Format::Declaration, holds)
}

/// Why a value cannot be written.
struct Refusal {
    code: Code,
    cause: String,
    cure: &'static str,
}

impl Refusal {
    fn format(cause: String) -> Refusal {
        Refusal { code: Code::WrongFormat, cause, cure: "write a value that a declaration can hold" }
    }

    fn secret(cause: String) -> Refusal {
        Refusal { code: Code::WrongFormat, cause, cure: "write `{ secret: NAME }`" }
    }
}

/// The identifiers of the declarations that a value may refer to.
type Identifiers<'a, 'b> = (Channel, &'b BTreeMap<Occurrence<'a>, String>);

fn payload(settings: &[&Setting], identifiers: Identifiers<'_, '_>, found: &mut Diagnostics) -> Map<String, Json> {
    let mut payload = Map::new();
    for setting in settings {
        let keys = setting.address.keys();
        // The declaration and its payload are two levels above a key.
        let value = json(&setting.value, keys.len() + 2, identifiers);
        let outcome = value.and_then(|value| {
            leaves::insert(&mut payload, keys, value).map_err(|cause| Refusal {
                code: Code::DuplicateAddress,
                cause,
                cure: "write either the key or the keys below it",
            })
        });
        if let Err(Refusal { code, cause, cure }) = outcome {
            let message = format!("`{}`: {cause}", setting.address);
            found.push(Diagnostic::new(code, setting.span, message).help(cure));
        }
    }
    payload
}

impl Nested for Json {
    type Level = Map<String, Json>;

    fn empty() -> Json {
        Json::Object(Map::new())
    }

    fn level(&mut self) -> Option<&mut Map<String, Json>> {
        self.as_object_mut()
    }

    fn entry(level: &mut Map<String, Json>, key: String, new: impl FnOnce() -> Json) -> &mut Json {
        level.entry(key).or_insert_with(new)
    }
}

/// The JSON for a value that stands `level` lists and objects deep. Times and bytes are text: JSON has no types for them.
fn json(value: &Value, level: usize, identifiers: Identifiers<'_, '_>) -> Result<Json, Refusal> {
    let inside = matches!(value, Value::Array(_) | Value::Dictionary(_));
    if level + usize::from(inside) > MAX_LEVELS + 1 {
        let cause = format!("lists and dictionaries stand more than {MAX_LEVELS} deep");
        return Err(Refusal { code: Code::TooDeep, cause, cure: "write it flatter" });
    }
    match value {
        Value::Boolean(value) => Ok((*value).into()),
        Value::Integer(number) => integer(*number),
        Value::Real(number) => Ok(number.get().into()),
        Value::Text(text) | Value::Plain(text) => plain_text(text),
        Value::Date(text) => Ok(text.as_str().into()),
        Value::Data(bytes) => match Secret::read_bytes(bytes) {
            None => sized(base64::encode(bytes)),
            Some(_) => Err(Refusal::secret("the bytes are how an artefact marks a secret".to_owned())),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| json(&item.value, level + 1, identifiers))
            .collect::<Result<_, _>>()
            .map(Json::Array),
        Value::Dictionary(entries) => {
            let entry = |(key, item): (&String, &crate::source::Spanned<Value>)| {
                Ok((key.clone(), json(&item.value, level + 1, identifiers)?))
            };
            entries.iter().map(entry).collect::<Result<_, _>>().map(Json::Object)
        }
        Value::Secret(secret @ Secret::Data(_)) => sized(base64::encode(secret.marked().as_bytes())),
        Value::Secret(secret) => sized(secret.marked()),
        Value::Reference { owner, instance } => {
            let (channel, all) = identifiers;
            let identifier = all.get(&(channel, owner.as_str(), instance.as_deref()));
            identifier.map(|identifier| identifier.as_str().into()).ok_or_else(|| Refusal {
                code: Code::UnresolvedReference,
                cause: format!("{value} finds no such declaration in the group"),
                cure: "declare it, on the same channel",
            })
        }
    }
}

fn integer(number: i128) -> Result<Json, Refusal> {
    let signed = i64::try_from(number).map(Json::from);
    signed.or_else(|_| u64::try_from(number).map(Json::from)).map_err(|_| {
        Refusal::format(format!("a declaration cannot hold the number {number}, which takes more than 64 bits"))
    })
}

/// Text, but not such as would be read back as something else.
fn plain_text(text: &str) -> Result<Json, Refusal> {
    match looks_secret(text) {
        Some(cause) => Err(Refusal::secret(cause)),
        None => sized(text.to_owned()),
    }
}

fn sized(text: String) -> Result<Json, Refusal> {
    match text.len() {
        0..=plist::MAX_TEXT => Ok(Json::String(text)),
        long => Err(Refusal::format(format!("the text has {long} bytes, and a declaration takes {}", plist::MAX_TEXT))),
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{declared, encoded, group};
    use crate::diagnostic::Code;
    use crate::setting::{Platform, Setting, Value};

    const PASSCODE: &str = "com.apple.configuration.passcode.settings";
    const LOGIN: &str = "com.apple.asset.credential.userpassword";

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    fn after<'a>(bytes: &'a [u8], key: &str) -> &'a str {
        let rest = text(bytes).split(&format!("\"{key}\": \"")).nth(1).unwrap();
        rest.split('"').next().unwrap()
    }

    #[test]
    fn a_configuration_comes_with_its_activation() {
        let settings = vec![
            declared(PASSCODE, "MinimumLength", Value::Integer(6)),
            declared(PASSCODE, "CustomRegex.Regex", Value::text("^[0-9]+$")),
        ];
        let (artefacts, found) = encoded(&group(Platform::MacOs), settings);
        assert_eq!(found, []);
        let paths: Vec<&str> = artefacts.iter().map(|artefact| artefact.path.as_str()).collect();
        let activation = format!("example/phones/com.apple.activation.simple.{PASSCODE}.json");
        assert_eq!(paths, [activation, format!("example/phones/{PASSCODE}.json")]);
        // Identifiers and tokens by a second opinion: Python's uuid and hashlib.
        let expected = r#"{
  "Identifier": "4D0B0D0E-927F-5EE5-BAED-0DF705EEEB5C",
  "Payload": {
    "StandardConfigurations": [
      "59D9A8B4-037A-5BDF-968D-BC5414D8AEFD"
    ]
  },
  "ServerToken": "102c3daf3ebfdf0303f5d959965ea1fed81742da0d3cb4270f4ae9debba379df",
  "Type": "com.apple.activation.simple"
}
"#;
        assert_eq!(text(&artefacts[0].bytes), expected);
        let expected = r#"{
  "Identifier": "59D9A8B4-037A-5BDF-968D-BC5414D8AEFD",
  "Payload": {
    "CustomRegex": {
      "Regex": "^[0-9]+$"
    },
    "MinimumLength": 6
  },
  "ServerToken": "c31eead9175ef695b909bb09efb982d7cfd69d60b9abaa02a58d19d01e8be89d",
  "Type": "com.apple.configuration.passcode.settings"
}
"#;
        assert_eq!(text(&artefacts[1].bytes), expected);
    }

    #[test]
    fn content_changes_the_token_and_names_the_identifier() {
        let made = |setting: Setting| {
            let (artefacts, _) = encoded(&group(Platform::MacOs), vec![setting]);
            let own = &artefacts[1].bytes;
            (after(own, "Identifier").to_owned(), after(own, "ServerToken").to_owned(), artefacts[0].bytes.clone())
        };
        let length = |length: i128| declared(PASSCODE, "MinimumLength", Value::Integer(length));
        let (six, eight) = (made(length(6)), made(length(8)));
        assert_eq!((&six.0, &six.2), (&eight.0, &eight.2), "the activation knows names alone");
        assert_ne!(six.1, eight.1);
        let names = [made(length(6)), made(length(6).instance("one")), made(length(6).user())].map(|made| made.0);
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn a_reference_is_the_identifier_of_what_it_leads_to() {
        let reference = Value::Reference { owner: LOGIN.to_owned(), instance: Some("mail".to_owned()) };
        let settings = vec![
            declared(LOGIN, "Reference.DataURL", Value::text("https://example.org/x")).instance("mail"),
            declared("com.apple.configuration.account.ldap", "AuthenticationCredentialsAssetReference", reference),
        ];
        let (artefacts, found) = encoded(&group(Platform::Ios), settings);
        assert_eq!((artefacts.len(), found), (3, Vec::new()), "an asset needs no activation");
        let account = artefacts
            .iter()
            .find(|artefact| artefact.path.ends_with("phones/com.apple.configuration.account.ldap.json"));
        let asset = artefacts.iter().find(|artefact| artefact.path.ends_with("userpassword.mail.json")).unwrap();
        let known = crate::backend::declared(&account.unwrap().bytes).unwrap();
        assert_eq!(known.refers, [after(&asset.bytes, "Identifier")]);
        assert_eq!(
            after(&account.unwrap().bytes, "AuthenticationCredentialsAssetReference"),
            after(&asset.bytes, "Identifier")
        );
    }

    fn refused(settings: Vec<Setting>, code: Code) {
        let (_, found) = encoded(&group(Platform::MacOs), settings.clone());
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code], "{settings:?}: {found:?}");
        assert!(found.iter().all(|finding| !finding.help.is_empty()));
    }

    #[test]
    fn what_a_declaration_cannot_hold_is_named() {
        let wrong = |value: Value| vec![declared(PASSCODE, "x", value)];
        refused(wrong(Value::Integer(i128::MAX)), Code::WrongFormat);
        refused(wrong(Value::text("policyc:secret:x")), Code::WrongFormat);
        refused(wrong(Value::text("x".repeat((1 << 20) + 1))), Code::WrongFormat);
        refused(wrong((0..70).fold(Value::Boolean(true), |inner, _| Value::array([inner]))), Code::TooDeep);
        refused(wrong(Value::Reference { owner: LOGIN.to_owned(), instance: None }), Code::UnresolvedReference);
        let on = || Value::Boolean(true);
        refused(vec![declared(PASSCODE, "x", on()), declared(PASSCODE, "x.y", on())], Code::DuplicateAddress);
        let [one, two] = ["One", "one"].map(|name| declared("com.apple.asset.data", "x", on()).instance(name));
        refused(vec![one, two], Code::DuplicateArtefact);
    }

    #[test]
    fn as_deep_as_can_be_read_is_written() {
        let value = (0..60).fold(Value::Boolean(true), |inner, _| Value::array([inner]));
        let deep = |keys: &str| vec![declared(PASSCODE, keys, value.clone())];
        for keys in ["a", "a.b"] {
            let (artefacts, found) = encoded(&group(Platform::MacOs), deep(keys));
            assert_eq!(found, []);
            let read = crate::backend::decode(
                artefacts[1].format,
                &artefacts[1].bytes,
                &crate::catalogue::Catalogue::embedded(),
            );
            assert_eq!(read.unwrap().settings[0].value, value);
        }
        refused(deep("a.b.c.d"), Code::TooDeep);
    }
}
