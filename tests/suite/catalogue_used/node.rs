//! What a node takes and what it does not, read from its record: values to write, and the code with which a wrong one is refused.

use super::sample;
use policyc::catalogue::entry::{AdmxElement, Allowed, Dependency, Node};
use policyc::setting::{Secret, Value};
use policyc::source::Spanned;
use std::collections::BTreeMap;

/// What an entry writes at a node.
#[derive(Clone)]
pub enum Written {
    Node(Value),
    Admx(Value),
}
fn allowed(node: &Node) -> Option<&Allowed> {
    node.allowed.as_ref()
}

fn kind(node: &Node) -> &str {
    allowed(node).map_or("None", |allowed| &allowed.kind)
}

pub fn is_admx(node: &Node) -> bool {
    kind(node) == "ADMX"
}

fn is_list(node: &Node) -> bool {
    allowed(node).is_some_and(|allowed| allowed.delimiter.is_some())
}

/// A value that the node takes.
pub fn valid(node: &Node) -> Option<Written> {
    if is_admx(node) {
        return Some(Written::Admx(body(node, &element)));
    }
    if node.secret {
        let of = if matches!(node.format.as_str(), "b64" | "bin") { Secret::Data } else { Secret::Text };
        return Some(Written::Node(Value::Secret(of("sample".to_owned()))));
    }
    let word = instead(&node.uri).map_or_else(|| word(node), |word| Some(word.to_owned()))?;
    let one = typed(node, &word)?;
    Some(Written::Node(if is_list(node) { Value::array([one]) } else { one }))
}

/// More values that the node takes: the rest of its list, the other end of its range, a disabled policy, no item at all.
pub fn others(node: &Node) -> Vec<Written> {
    let values = allowed(node).map_or(&[][..], |allowed| &allowed.values);
    let words: Vec<String> = match (kind(node), values) {
        _ if node.secret => Vec::new(),
        ("ADMX", _) => return vec![Written::Admx(Value::Boolean(false))],
        ("ENUM" | "Flag", values) => values.iter().skip(1).cloned().collect(),
        ("Range", [range, ..]) => vec![sample::bounds(range).1.to_string()],
        _ if node.format == "bool" => vec!["false".to_owned()],
        _ => Vec::new(),
    };
    let list = |one: Value| if is_list(node) { Value::array([one]) } else { one };
    let mut values: Vec<Written> =
        words.iter().filter_map(|word| typed(node, word)).map(list).map(Written::Node).collect();
    values.extend((is_list(node) && !node.secret).then(|| Written::Node(Value::array([]))));
    values
}

/// A text that the node takes, by its AllowedValues.
fn word(node: &Node) -> Option<String> {
    let values = allowed(node).map_or(&[][..], |allowed| &allowed.values);
    let first = values.first().map(String::as_str);
    Some(match (kind(node), first) {
        ("ENUM" | "Flag", Some(value)) => value.to_owned(),
        ("Range", Some(range)) => sample::bounds(range).0.to_string(),
        ("RegEx", Some(pattern)) if !pattern.is_empty() => sample::matching(pattern)?.to_owned(),
        ("XSD", _) => document(node),
        ("JSON", _) => "{}".to_owned(),
        ("SDDL", _) => "D:(A;;CC;;;SY)".to_owned(),
        _ => match node.format.as_str() {
            "int" => "1".to_owned(),
            "bool" => "true".to_owned(),
            "xml" => document(node),
            "time" => "2030-10-01T09:30:00Z".to_owned(),
            "b64" | "bin" => "data".to_owned(),
            _ => "text".to_owned(),
        },
    })
}

/// AppLocker's leaves take the rules of their kind.
fn document(node: &Node) -> String {
    let kinds = [("EXE", "Exe"), ("MSI", "Msi"), ("Script", "Script"), ("DLL", "Dll"), ("StoreApps", "Appx")];
    let above = node.uri.rsplit('/').nth(1).unwrap_or_default();
    match kinds.iter().find(|(leaf, _)| *leaf == above && node.uri.contains("/AppLocker/")) {
        Some((_, kind)) => format!("<RuleCollection Type=\"{kind}\" EnforcementMode=\"AuditOnly\"/>"),
        None => "<a/>".to_owned(),
    }
}

fn typed(node: &Node, word: &str) -> Option<Value> {
    match node.format.as_str() {
        "int" => Some(Value::Integer(number(word)?)),
        "bool" if word == "true" || word == "false" => Some(Value::Boolean(word == "true")),
        // Listed bytes are in Base64.
        "b64" | "bin" if kind(node) == "ENUM" => Some(Value::Data(base64(word)?)),
        "b64" if node.uri.contains("/ApplicationControl/Policies/") => Some(Value::Data(compiled())),
        "b64" | "bin" => Some(Value::Data(word.as_bytes().to_vec())),
        "null" => None,
        _ => Some(Value::text(word)),
    }
}

/// The header of a compiled policy of App Control: as much as tells that it is one, and not which.
fn compiled() -> Vec<u8> {
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    [numbers(&[7]), vec![1; 32], numbers(&[0x8000_0004, 0, 0, 0, 0, 0, 1, 64])].concat()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Values without another one beside them that the first of the list or range would need.
fn instead(name: &str) -> Option<&'static str> {
    const INSTEAD: &[(&str, &str)] = &[("/PINComplexity/MaximumPINLength", "8"), ("RDVCrossOrg", "false")];
    INSTEAD.iter().find(|(end, _)| name.ends_with(end)).map(|(_, word)| *word)
}

/// Bits are written `0x4`.
fn number(word: &str) -> Option<i128> {
    match word.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// The state, or the elements of an enabled policy where they are known.
fn body(node: &Node, value: &dyn Fn(&AdmxElement) -> Value) -> Value {
    match elements(node) {
        [] => Value::Boolean(true),
        elements => {
            let element = |element: &AdmxElement| (element.id.clone(), Spanned::nowhere(value(element)));
            Value::Dictionary(elements.iter().map(element).collect())
        }
    }
}

fn elements(node: &Node) -> &[AdmxElement] {
    allowed(node).and_then(|allowed| allowed.admx.as_ref()?.elements.as_deref()).unwrap_or_default()
}

fn element(element: &AdmxElement) -> Value {
    let least = element.range.as_ref().and_then(|range| range.min.as_ref()?.parse().ok());
    match element.kind.as_str() {
        "boolean" => Value::Boolean(instead(&element.id) != Some("false")),
        "decimal" => Value::Integer(least.unwrap_or(1)),
        "enum" => {
            let value = element.values.first().unwrap();
            value.parse().map_or(Value::text(value.as_str()), Value::Integer)
        }
        "multiText" | "list" => Value::array([Value::text("item"), Value::text("other")]),
        _ => Value::text("text"),
    }
}

/// A value of a node with which a dependency on it holds.
pub fn counting(node: &Node, dependency: &Dependency) -> Option<Written> {
    if node.format == "node" {
        return None;
    }
    if is_admx(node) {
        return Some(Written::Admx(body(node, &element)));
    }
    let listed = dependency.allowed.as_ref().map_or(&[][..], |allowed| &allowed.values);
    let word = match (dependency.kind.as_str(), listed.first()) {
        ("Not", _) => return None,
        (_, Some(value)) if value.starts_with('[') => {
            value.trim_matches(['[', ']']).split([',', '-']).next().unwrap().to_owned()
        }
        (_, Some(value)) => value.clone(),
        (_, None) => return valid(node),
    };
    typed(node, &word).map(Written::Node)
}

/// Values that the node does not take, with the code of each.
pub fn invalid(node: &Node) -> Vec<(Written, &'static str)> {
    if is_admx(node) {
        let unknown = Value::Dictionary(BTreeMap::from([(
            "No such element".to_owned(),
            Spanned::nowhere(Value::text("a\u{F000}b")),
        )]));
        let plain = |value| (Written::Node(value), "admx-body");
        return vec![
            (Written::Admx(Value::Plain("maybe".to_owned())), "invalid-value"),
            (Written::Admx(unknown), "admx-body"),
            plain(Value::text("<disabled>")),
            plain(Value::Integer(1)),
        ];
    }
    let mut values: Vec<(Value, &str)> = Vec::new();
    let values_of = |node| allowed(node).map_or(&[][..], |allowed: &Allowed| &allowed.values);
    let item = |value: Value| if is_list(node) { Value::array([value]) } else { value };
    values.push((item(Value::array([Value::text("item")])), "wrong-type"));
    match node.format.as_str() {
        // The one list of numbers takes addresses in practice.
        "int" if is_list(node) => {}
        "int" | "b64" | "bin" => values.push((Value::text("%%"), "wrong-type")),
        "bool" => values.push((Value::Plain("no".to_owned()), "wrong-type")),
        "xml" => values.push((Value::text("<a>"), "wrong-format")),
        _ => {}
    }
    match (kind(node), values_of(node).first()) {
        ("ENUM", Some(_)) => {
            let other = match node.format.as_str() {
                "int" => Some(Value::Integer(987_654)),
                "chr" => Some(item(Value::text("no such word"))),
                "b64" => Some(Value::Data(b"other".to_vec())),
                _ => None,
            };
            values.extend(other.map(|value| (value, "not-in-list")));
        }
        ("Flag", Some(_)) => values.push((typed(node, "987654321").unwrap(), "not-in-list")),
        ("Range", Some(range)) => {
            let (least, most) = sample::bounds(range);
            let ends = [least - 1, most + 1].map(|number| typed(node, &number.to_string()).unwrap());
            values.extend(ends.map(|value| (value, "out-of-range")));
        }
        ("RegEx", Some(pattern)) if !pattern.is_empty() => {
            values.extend(sample::differing(pattern).map(|text| (item(Value::text(text)), "wrong-format")));
        }
        ("XSD", _) => values.push((Value::text("<a>"), "wrong-format")),
        ("JSON", _) => values.push((Value::text("{"), "wrong-format")),
        ("SDDL", _) => values.push((item(Value::text("A;;CC")), "wrong-format")),
        _ => {}
    }
    if node.secret {
        let document = ["ProfileXML", "WlanXml", "LanXML"].iter().any(|name| node.uri.ends_with(name));
        let text = if document { "<a><keyMaterial>hunter2</keyMaterial></a>" } else { "hunter2" };
        let literal = typed(node, text).unwrap_or(Value::text(text));
        values = vec![(literal, "secret-literal"), (Value::array([Value::text("item")]), "wrong-type")];
    }
    values.into_iter().map(|(value, code)| (Written::Node(value), code)).collect()
}
