//! One node ↔ one OMA setting: which of Graph's seven types carries it, and how its value is written there.
//!
//! Microsoft Graph, `omaSetting` and the types derived from it. Integers have 32 bits, documents in XML are base64, a policy's body is text
//! that nobody escapes again, and a list that U+F000 parts stands in a CDATA section with a reference for the separator.

use super::super::looks_secret;
use crate::catalogue::entry::Node;
use crate::check::node::{delimiter, elements, is_admx, typed};
use crate::encoding::{admx, base64, xml};
use crate::gather::Arrange;
use crate::setting::{Leaf, Real, Secret, Setting, Value, secret};
use crate::template::installs;
use serde_json::{Value as Json, json};

const TYPE: &str = "#microsoft.graph.omaSetting";

/// What Intune shows in place of a value that it keeps to itself.
const MASKED: &str = "****";

const CDATA: (&str, &str) = ("<![CDATA[", "]]>");
const REFERENCE: &str = "&#xF000;";

/// The type of an OMA setting and its members beside the name and the LocURI.
struct Typed(&'static str, Json);

fn has(node: &Node, verb: &str) -> bool {
    node.access.iter().any(|access| access == verb)
}

/// What Microsoft's page on custom settings asks of a node, and this one does not have.
pub(super) fn doubt(node: Option<&Node>) -> Option<String> {
    let verb = ["Add", "Get"].into_iter().find(|verb| node.is_some_and(|node| !has(node, verb)))?;
    Some(format!(
        "Microsoft asks that a node of a custom profile takes Add, Replace and Get, and this one takes no {verb}"
    ))
}

/// The OMA setting for a node; the error says why none can carry it.
pub(super) fn encode(uri: &str, node: Option<&Node>, settings: &[&Setting]) -> Result<Json, String> {
    if node.is_some_and(|node| !has(node, "Replace")) {
        return Err("a custom profile replaces what a node holds, and this one takes no Replace".to_owned());
    }
    let Typed(kind, mut members) = match settings {
        [single] if single.address.leaf == Leaf::Node => match &single.value {
            Value::Text(template) if installs(uri).is_some() && looks_secret(template).is_none() => {
                document(&writable(template)?)
            }
            value => plain(node, value)?,
        },
        _ => Typed("String", json!({ "value": admx::print(&body(node, settings)?) })),
    };
    let name = uri.trim_start_matches("./").replace("Vendor/MSFT/", "");
    if let Some(members) = members.as_object_mut() {
        members.insert("@odata.type".to_owned(), format!("{TYPE}{kind}").into());
        members.insert("displayName".to_owned(), name.into());
        members.insert("description".to_owned(), "".into());
        members.insert("omaUri".to_owned(), uri.into());
    }
    Ok(members)
}

fn plain(node: Option<&Node>, value: &Value) -> Result<Typed, String> {
    let string = |text: String| Typed("String", json!({ "value": text }));
    match value {
        Value::Array(items) => list(node, items.iter().map(|item| &item.value)).map(string),
        Value::Boolean(truth) if node.is_none_or(|node| node.format == "bool") => {
            Ok(Typed("Boolean", json!({ "value": truth })))
        }
        Value::Integer(number) => match i32::try_from(*number) {
            Ok(number) => Ok(Typed("Integer", json!({ "value": number }))),
            Err(_) => Err(format!("{number} is more than Intune's 32 bits hold")),
        },
        Value::Real(number) => single_precision(*number),
        Value::Date(text) => Ok(Typed("DateTime", json!({ "value": text }))),
        Value::Data(bytes) => match Secret::read_bytes(bytes) {
            None => Ok(data(bytes)),
            Some(_) => Err("the bytes are how an artefact marks a secret".to_owned()),
        },
        Value::Secret(secret @ Secret::Data(_)) => Ok(data(secret.marked().as_bytes())),
        Value::Secret(secret) => writable(&secret.marked()).map(|text| wrapped(node, text)).map(string),
        Value::Text(text) => {
            if let Some(cause) = looks_secret(text) {
                return Err(cause);
            }
            text_of(node, writable(text)?)
        }
        other => Err(format!("an OMA setting cannot hold {}", other.kind())),
    }
}

fn text_of(node: Option<&Node>, text: String) -> Result<Typed, String> {
    let format = node.map_or("chr", |node| node.format.as_str());
    let truth = || match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    match (format, node) {
        ("bool", Some(node)) => match truth() {
            // The node's own spelling comes back from what it lists.
            Some(truth) if typed(node, Value::Boolean(truth)) == Value::Text(text.clone()) => {
                Ok(Typed("Boolean", json!({ "value": truth })))
            }
            _ => Err(format!("`{text}` is neither true nor false")),
        },
        ("null" | "node", _) => Err("Intune has no OMA setting for a node without a value".to_owned()),
        (_, Some(node)) if is_document(node) => Ok(document(&text)),
        _ => Ok(Typed("String", json!({ "value": wrapped(node, text) }))),
    }
}

/// Documents go as files, templates too: hundreds of kilobytes are more than anybody has seen a text hold.
fn document(text: &str) -> Typed {
    Typed("StringXml", json!({ "value": base64::encode(text.as_bytes()), "fileName": "value.xml" }))
}

fn is_document(node: &Node) -> bool {
    node.format == "xml" || node.allowed.as_ref().is_some_and(|allowed| allowed.kind == "XSD")
}

fn data(bytes: &[u8]) -> Typed {
    Typed("Base64", json!({ "value": base64::encode(bytes), "fileName": "value.bin" }))
}

/// Graph's `Single` has less room than a real of ours.
fn single_precision(number: Real) -> Result<Typed, String> {
    #[expect(clippy::cast_possible_truncation, reason = "compared with what went in")]
    let single = number.get() as f32;
    let widened = f64::from(single);
    match single.is_finite() && Real::new(widened) == Some(number) {
        true => Ok(Typed("FloatingPoint", json!({ "value": widened }))),
        false => Err(format!("{} needs more digits than Intune holds", number.get())),
    }
}

/// What XML can carry: the value travels to the device in SyncML.
fn writable(text: &str) -> Result<String, String> {
    match xml::unwritable(text) {
        None => Ok(text.to_owned()),
        Some(character) => Err(format!("XML cannot hold the character U+{:04X}", u32::from(character))),
    }
}

fn is_parted(node: Option<&Node>) -> bool {
    node.and_then(delimiter).is_some_and(|delimiter| delimiter.contains(admx::SEPARATOR))
}

/// A text in the form that Microsoft documents for lists of this separator. What has its look already is wrapped once more.
fn wrapped(node: Option<&Node>, text: String) -> String {
    let looks = text.starts_with(CDATA.0) && text.ends_with(CDATA.1);
    match is_parted(node) && text.contains(admx::SEPARATOR) || looks {
        true => format!("{}{}{}", CDATA.0, text.replace(admx::SEPARATOR, REFERENCE), CDATA.1),
        false => text,
    }
}

fn unwrapped(text: &str) -> String {
    match text.strip_prefix(CDATA.0).and_then(|text| text.strip_suffix(CDATA.1)) {
        Some(inner) => inner.replace(REFERENCE, &admx::SEPARATOR.to_string()),
        None => text.to_owned(),
    }
}

fn list<'v>(node: Option<&Node>, items: impl Iterator<Item = &'v Value>) -> Result<String, String> {
    let delimiter = node.and_then(delimiter).ok_or("only a node whose items are parted by a character holds a list")?;
    let text = |value: &Value| match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        other => Err(format!("an item of a list is never {}", other.kind())),
    };
    let texts = items.map(text).collect::<Result<Vec<String>, String>>()?;
    let wrong = |text: &&String| text.contains(delimiter) || text.contains(REFERENCE) || looks_secret(text).is_some();
    if let Some(wrong) = texts.iter().find(wrong) {
        return Err(format!("`{wrong}` would be read as something else than one item"));
    }
    writable(&texts.join(delimiter)).map(|text| wrapped(node, text))
}

fn body(node: Option<&Node>, settings: &[&Setting]) -> Result<admx::Body, String> {
    let known = node.and_then(elements).unwrap_or_default();
    let mut body = admx::Body { enabled: true, elements: Vec::new(), misspelt: false };
    let mut parts: Vec<(usize, admx::Element)> = Vec::new();
    for setting in settings {
        match (&setting.address.leaf, &setting.value) {
            (Leaf::AdmxState, Value::Boolean(enabled)) => body.enabled = *enabled,
            (Leaf::AdmxElement(id), value) => {
                let at = known.iter().position(|element| element.id == *id);
                let kind = at.and_then(|at| known.get(at)).map(|element| element.kind.as_str());
                parts.push((
                    at.unwrap_or(known.len()),
                    admx::Element { id: writable(id)?, value: element(kind, value)? },
                ));
            }
            (_, value) => return Err(format!("a policy's body cannot hold {} here", value.kind())),
        }
    }
    if !body.enabled && !parts.is_empty() {
        return Err("a disabled policy has no elements".to_owned());
    }
    parts.arrange_by_key(|(at, _)| *at);
    body.elements = parts.into_iter().map(|(_, element)| element).collect();
    Ok(body)
}

fn element(kind: Option<&str>, value: &Value) -> Result<String, String> {
    // The body is XML in its turn.
    if let Value::Secret(Secret::Text(name)) = value {
        return Ok(secret::marker_in_xml(name));
    }
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().map(|item| &item.value).collect(),
        single => vec![single],
    };
    for item in items {
        if let Value::Text(text) = item {
            if let Some(cause) = looks_secret(text) {
                return Err(cause);
            }
            if matches!(value, Value::Array(_)) && text.contains(admx::SEPARATOR) {
                return Err("an item holds U+F000, which parts items".to_owned());
            }
        }
    }
    let text = admx::text_of(kind, value).ok_or_else(|| format!("a policy's body cannot hold {}", value.kind()))?;
    writable(&text)
}

/// Some tools keep the value in an object of its own.
fn value_of(one: &Json) -> Option<&Json> {
    match one.get("value")? {
        Json::Object(object) => object.get("value"),
        other => Some(other),
    }
}

/// Whether the console shows no value: nobody can tell what it is.
pub(super) fn is_masked(one: &Json) -> bool {
    let hides = one.get("isEncrypted") == Some(&Json::Bool(true));
    hides && value_of(one).is_none_or(|value| value == MASKED || value.is_null())
}

/// What an OMA setting sets of its node; `None` for what cannot be known, and for what is no OMA setting.
pub(super) fn decode(node: Option<&Node>, one: &Json) -> Option<Vec<(Leaf, Value)>> {
    let kind = one.get("@odata.type")?.as_str()?.strip_prefix(TYPE)?;
    let value = value_of(one)?;
    let plain = |value: Value| Some(vec![(Leaf::Node, value)]);
    match (kind, value) {
        ("Integer", Json::Number(number)) => plain(settled(node, Value::Integer(number.as_i64()?.into()))),
        ("Boolean", Json::Bool(truth)) => plain(settled(node, Value::Boolean(*truth))),
        // Scripts that build a request from a form write both as text, which Graph takes.
        ("Boolean", Json::String(text)) => plain(settled(node, Value::Boolean(text.parse().ok()?))),
        ("Integer", Json::String(text)) => plain(settled(node, Value::Integer(text.parse::<i32>().ok()?.into()))),
        ("FloatingPoint", Json::Number(number)) => plain(Value::Real(Real::new(number.as_f64()?)?)),
        ("DateTime", Json::String(text)) => plain(Value::Date(text.clone())),
        ("Base64", Json::String(text)) => {
            let bytes = base64::decode(text)?;
            plain(Secret::read_bytes(&bytes).map_or(Value::Data(bytes), Value::Secret))
        }
        ("StringXml", Json::String(text)) => {
            let text = String::from_utf8(base64::decode(text)?).ok()?;
            plain(string(node, text.strip_prefix('\u{FEFF}').unwrap_or(&text)))
        }
        ("String", Json::String(text)) => {
            let text = unwrapped(text);
            let body = if node.is_none_or(is_admx) { admx::parse(&text).ok() } else { None };
            match body {
                Some(body) => Some(parts(node, body)),
                None => plain(string(node, &text)),
            }
        }
        _ => None,
    }
}

fn string(node: Option<&Node>, text: &str) -> Value {
    match Secret::read(text) {
        Some(secret) => Value::Secret(secret),
        None => settled(node, Value::Plain(text.to_owned())),
    }
}

/// The value in the type of its node; text where nobody knows the node.
fn settled(node: Option<&Node>, value: Value) -> Value {
    match node.map_or(value.clone(), |node| typed(node, value)) {
        Value::Plain(text) => Value::Text(text),
        other => other,
    }
}

fn parts(node: Option<&Node>, body: admx::Body) -> Vec<(Leaf, Value)> {
    let known = node.and_then(elements).unwrap_or_default();
    let mut parts = vec![(Leaf::AdmxState, Value::Boolean(body.enabled))];
    for element in body.elements {
        let kind = known.iter().find(|known| known.id == element.id).map(|known| known.kind.as_str());
        let mut marks = secret::marks(&element.value);
        let value = match marks.next().filter(|mark| mark.in_xml && mark.at == (0..element.value.len())) {
            Some(mark) => Value::secret(mark.name),
            None => admx::value_of(kind, &element.value),
        };
        parts.push((Leaf::AdmxElement(element.id), value));
    }
    parts
}
