//! Declarations → settings: ours exactly, and anybody's with what it says beside settings as residue.
//!
//! Where Apple's schema says that a text is bytes, it is bytes again. A reference comes back as the identifier that it is: what that
//! belongs to stands in another file.

use super::{CONFIGURATIONS, PREDICATE, PROFILE_URL, leads_to, server_token};
use crate::backend::fill::IN_BASE64;
use crate::backend::leaves::Leaves;
use crate::backend::{Decoded, Unreadable, identity};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{Form, Key, Kind, Schema};
use crate::encoding::places::Places;
use crate::encoding::{base64, json};
use crate::gather::Gather;
use crate::setting::{ACTIVATION, Address, Channel, Family, Leaf, Real, Secret, Setting, Value};
use crate::source::Spanned;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Keys of Apple's schema that may describe a value, with the file of each.
type Keys<'a> = Vec<(&'a Schema, &'a Key)>;

/// Reads a declaration.
pub(super) fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    read(&json::read(bytes)?, catalogue, &Places::default())
}

/// The same, of what has been read; settings with their places.
pub(in crate::backend) fn read(root: &Json, catalogue: &Catalogue, places: &Places) -> Result<Decoded, Unreadable> {
    let Json::Object(root) = root else { return wrong("the root", "a declaration is an object") };
    let Some(owner) = text(root, "Type") else { return wrong("Type", "a declaration has a type, which is text") };
    let Some(Json::Object(payload)) = root.get("Payload") else {
        return wrong("Payload", "a declaration has a payload, which is an object");
    };
    let mut residue = envelope(root, owner, payload);
    let address = Address {
        family: Family::Declaration,
        channel: Channel::Device,
        owner: owner.to_owned(),
        instance: None,
        leaf: Leaf::Keys(Vec::new()),
    };
    if owner == ACTIVATION {
        let (predicate, others) = activation(root, payload);
        residue.extend(others);
        let leaf = Leaf::Keys(vec![PREDICATE.to_owned()]);
        let set = |text| Setting {
            span: places.of(text),
            ..Setting::found(Address { leaf, ..address }, value(text, &Vec::new(), places).value)
        };
        return Ok(Decoded { settings: predicate.map(set).into_iter().collect(), residue });
    }
    if let Some(url) = text(root, "ServerToken").and_then(|token| leads_to(owner, payload, token)) {
        // What it leads to says what is set. Another place is a change all the same.
        residue.push((format!("Payload.{PROFILE_URL}"), url.to_owned()));
        return Ok(Decoded { settings: Vec::new(), residue });
    }
    let schemas = catalogue.schemas(Form::Declaration, owner);
    let top: Keys<'_> = schemas.iter().flat_map(|schema| schema.keys.iter().map(move |key| (schema, key))).collect();
    let mut leaves = Leaves::new();
    let keys = payload.iter().map(|(key, item)| (key.clone(), value(item, &called(&top, key), places)));
    leaves.all(&address, keys.gather())?;
    Ok(Decoded { settings: leaves.settings, residue })
}

fn wrong<T>(place: &str, cause: &str) -> Result<T, Unreadable> {
    Err((place.to_owned(), cause.to_owned()))
}

fn text<'a>(object: &'a Map<String, Json>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Json::as_str)
}

/// What the declaration says beside its payload that this compiler would not say in its place.
fn envelope(root: &Map<String, Json>, owner: &str, payload: &Map<String, Json>) -> Vec<(String, String)> {
    let token = server_token(owner, payload);
    let ours = |key: &str, item: &Json| match (key, item) {
        ("Type" | "Payload", _) => true,
        // One that devices knew before is kept, beside a token of ours.
        ("Identifier", Json::String(identifier)) => {
            identity::is_uuid(identifier) || text(root, "ServerToken") == Some(&token)
        }
        ("ServerToken", Json::String(other)) => *other == token || leads_to(owner, payload, other).is_some(),
        _ => false,
    };
    let mut residue: Vec<(String, String)> =
        root.iter().filter(|(key, item)| !ours(key, item)).map(|(key, item)| (key.clone(), item.to_string())).collect();
    let missing = ["Identifier", "ServerToken"].into_iter().filter(|key| !root.contains_key(*key));
    residue.extend(missing.map(|key| (key.to_owned(), "not given".to_owned())));
    residue
}

/// What an activation says: the predicate of one that this compiler writes for a configuration, all else as residue.
fn activation<'a>(
    root: &Map<String, Json>,
    payload: &'a Map<String, Json>,
) -> (Option<&'a Json>, Vec<(String, String)>) {
    let predicate = payload.get(PREDICATE).filter(|predicate| predicate.is_string());
    if let Some(Json::Array(listed)) = payload.get(CONFIGURATIONS)
        && let [Json::String(configuration)] = listed.as_slice()
        && payload.len() == 1 + usize::from(predicate.is_some())
        && text(root, "Identifier") == Some(&identity::activation(configuration))
    {
        return (predicate, Vec::new());
    }
    (None, payload.iter().map(|(key, item)| (format!("Payload.{key}"), item.to_string())).collect())
}

/// The value that an item stands for. Bounded by the depth that the reader allows.
fn value(item: &Json, keys: &Keys<'_>, places: &Places) -> Spanned<Value> {
    let value = match item {
        // The reader lets no `null` pass.
        Json::Null => Value::text(""),
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => {
            let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
            let real = || number.as_f64().and_then(Real::new).map(Value::Real);
            whole.map(Value::Integer).or_else(real).unwrap_or_else(|| Value::text(number.to_string()))
        }
        Json::String(text) => match Secret::read(text) {
            Some(secret) => Value::Secret(secret),
            None => match (bytes(text, keys), base64_secret(text)) {
                (_, Some(secret)) => Value::Secret(secret),
                (Some(bytes), None) => Value::Data(bytes),
                (None, None) => Value::text(text.as_str()),
            },
        },
        Json::Array(items) => {
            let below = below(keys);
            Value::Array(items.iter().map(|item| value(item, &below, places)).collect())
        }
        Json::Object(entries) => {
            let below = below(keys);
            let entry = |(key, item): (&String, &Json)| (key.clone(), value(item, &called(&below, key), places));
            Value::Dictionary(entries.iter().map(entry).gather::<BTreeMap<_, _>>())
        }
    };
    Spanned::new(value, places.of(item))
}

/// A secret of bytes, which no text looks like.
fn base64_secret(text: &str) -> Option<Secret> {
    text.starts_with(IN_BASE64).then(|| Secret::read_bytes(&base64::decode(text)?)).flatten()
}

fn bytes(text: &str, keys: &Keys<'_>) -> Option<Vec<u8>> {
    let wanted = !keys.is_empty() && keys.iter().all(|(_, key)| key.kind == Kind::Data);
    wanted.then(|| base64::decode(text)).flatten()
}

fn below<'a>(keys: &Keys<'a>) -> Keys<'a> {
    keys.iter().flat_map(|(schema, key)| schema.below(key).iter().map(|below| (*schema, below))).collect()
}

/// Those of that name; where none is, those that take any.
fn called<'a>(keys: &Keys<'a>, name: &str) -> Keys<'a> {
    let of = |name: &str| keys.iter().copied().filter(|(_, key)| key.name == name).collect::<Keys<'a>>();
    let named = of(name);
    if named.is_empty() { of("ANY") } else { named }
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{declared, encoded, group};
    use crate::backend::{Decoded, Format, Unreadable, decode, decode_at};
    use crate::catalogue::Catalogue;
    use crate::setting::{Platform, Real, Value};

    fn read(text: &str) -> Result<Decoded, Unreadable> {
        decode(Format::Declaration, text.as_bytes(), &Catalogue::embedded())
    }

    #[test]
    fn bytes_secrets_and_names_come_back() {
        let scep = |path: &str, value: Value| declared("com.apple.credential.scep", path, value);
        // A credential stands on a server, in the same form of keys: bytes are told from text by the schema alone.
        let text =
            r#"{"Type": "com.apple.credential.scep", "Payload": {"CAFingerprint": "AQI=", "Subject": ["AQI="]}}"#;
        let settings = read(text).unwrap().settings;
        assert_eq!(settings[0], scep("CAFingerprint", Value::Data(vec![1, 2])));
        assert_eq!(settings[1], scep("Subject", Value::array([Value::text("AQI=")])));
        let vpn = |path: &str, value: Value| {
            declared("com.apple.configuration.network.vpn.vpn-plugin", path, value).instance("staff").user()
        };
        let mut settings = vec![
            vpn("RemoteAddress", Value::text("vpn.example.org")),
            vpn("VendorConfig.Secret", Value::secret("vpn")),
            vpn("VendorConfig.Rate", Value::Real(Real::new(2.0).unwrap())),
            vpn("VendorConfig.Empty", Value::Dictionary(Default::default())),
            declared("com.apple.configuration.siri.settings", "", Value::Dictionary(Default::default())),
        ];
        let (artefacts, found) = encoded(&group(Platform::MacOs), settings.clone());
        assert_eq!(found, []);
        let mut read = Vec::new();
        for artefact in artefacts {
            let decoded = decode_at(&artefact.path, &artefact.bytes, &Catalogue::embedded()).unwrap();
            assert_eq!(decoded.residue, []);
            read.extend(decoded.settings);
        }
        read.sort_by(|a, b| a.address.cmp(&b.address));
        settings.sort_by(|a, b| a.address.cmp(&b.address));
        assert_eq!(read, settings);
    }

    #[test]
    fn a_predicate_stands_in_the_activation_and_comes_back() {
        let passcode = || declared("com.apple.configuration.passcode.settings", "MinimumLength", Value::Integer(6));
        for configuration in [passcode(), passcode().instance("user"), passcode().instance("a b").user()] {
            let mut predicate = passcode();
            predicate.address = configuration.address.predicate();
            predicate.value = Value::text("@status(device.model.family) == 'iPad'");
            let settings = vec![configuration, predicate.clone()];
            let (artefacts, found) = encoded(&group(Platform::Ios), settings);
            assert_eq!(found, []);
            let [activation, _] = artefacts.as_slice() else { panic!("{artefacts:?}") };
            let decoded = decode_at(&activation.path, &activation.bytes, &Catalogue::embedded()).unwrap();
            assert_eq!((decoded.settings, decoded.residue), (vec![predicate.clone()], Vec::new()));
            assert_eq!(activation.holds, [predicate.address]);
        }
    }

    #[test]
    fn what_others_say_is_residue() {
        let text = r#"{ "Type": "com.apple.configuration.passcode.settings", "Identifier": "org.example.pin", "ServerToken": "7",
            "Payload": { "MinimumLength": 6 }, "Note": [1] }"#;
        let decoded = read(text).unwrap();
        assert_eq!(
            decoded.settings,
            [declared("com.apple.configuration.passcode.settings", "MinimumLength", Value::Integer(6))]
        );
        let said = |(place, what): &(String, String)| format!("{place}: {what}");
        let residue: Vec<String> = decoded.residue.iter().map(said).collect();
        assert_eq!(residue, ["Identifier: \"org.example.pin\"", "Note: [1]", "ServerToken: \"7\""]);
        let text = r#"{ "Type": "com.apple.activation.simple", "Payload": { "StandardConfigurations": ["a", "b"], "Predicate": "x" } }"#;
        let decoded = read(text).unwrap();
        assert_eq!(decoded.settings, []);
        let residue: Vec<String> = decoded.residue.iter().map(said).collect();
        let listed = "Payload.StandardConfigurations: [\"a\",\"b\"]";
        assert_eq!(residue, ["Identifier: not given", "ServerToken: not given", "Payload.Predicate: \"x\"", listed]);
    }

    #[test]
    fn what_is_no_declaration_is_refused_with_its_place() {
        let check = |text: &str, place: &str| assert_eq!(read(text).map_err(|(place, _)| place), Err(place.to_owned()));
        check("[]", "the root");
        check("{}", "Type");
        check("{\"Type\": 1}", "Type");
        check("{\"Type\": \"a\"}", "Payload");
        check("{\"Type\": \"a\", \"Payload\": []}", "Payload");
        check("{\"Type\":\n \"a\", \"Type\": \"b\"}", "line 2, column 12");
    }
}
