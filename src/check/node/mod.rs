//! What a CSP node takes, read from its record: the type and spelling of a value, and what is wrong with one.
//!
//! Reading order: this file, `format.rs` (types), then what single kinds of node need: `numbers.rs`, `pattern.rs`, `document.rs`,
//! `base64.rs`, and `element.rs` for the elements of ADMX bodies.

pub(crate) mod among;
mod document;
mod element;
mod format;
mod numbers;
mod pattern;

pub(crate) use document::is_xml;
pub(crate) use element::{element, element_fault, elements, typed_element, unwritable};
pub(crate) use format::{delimiter, is_admx, typed};
pub(crate) use numbers::Numbers;
pub(crate) use pattern::read as read_pattern;

use super::rule::{Facts, Subject, Verdict};
use crate::catalogue::entry::{Allowed, Node};
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::setting::{Family, Leaf, Secret, Value};
use crate::source::Span;

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) help: String,
    /// The item of a list that is at fault.
    pub(crate) item: Option<Span>,
    /// What should stand there.
    pub(crate) fix: Option<String>,
}

impl Fault {
    fn new(code: Code, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), help: help.into(), item: None, fix: None }
    }

    /// As a finding on a setting.
    pub(crate) fn at(self, span: Span) -> Diagnostic {
        let span = self.item.filter(|span| span.is_somewhere()).unwrap_or(span);
        let found = Diagnostic::new(self.code, span, self.message).help(self.help);
        match self.fix {
            Some(text) if span.is_somewhere() => found.fix(span, text),
            _ => found,
        }
    }
}

/// The last name of a LocURI.
pub(crate) fn leaf(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

/// The node of a plain setting of a leaf; `None` for keys, bodies, commands and interior nodes.
pub(crate) fn plain_node<'a>(subject: &'a Subject<'_>) -> Option<&'a Node> {
    let address = &subject.setting.address;
    match subject.facts {
        Facts::Node(found) if address.family == Family::Csp && address.leaf == Leaf::Node => {
            Some(found.node).filter(|node| node.format != "node" && !is_admx(node) && is_settable(node))
        }
        _ => None,
    }
}

/// Whether a server may give it a value; one that may not is a `wrong-verb`, whatever the value.
pub(crate) fn is_settable(node: &Node) -> bool {
    node.access.iter().any(|verb| verb == "Add" || verb == "Replace")
}

/// What is wrong with the value of a plain setting, as far as `code` tells it. One rule for each code calls this.
pub(crate) fn verdicts(subject: &Subject<'_>, code: Code) -> Vec<Verdict> {
    let Some(node) = plain_node(subject) else { return Vec::new() };
    let faults = subject.faults().iter().filter(|fault| fault.code == code);
    let span = subject.setting.span;
    let unread = unreadable(node).filter(|_| code == Code::WrongFormat);
    let unread = unread.map(|fault| Verdict::Remark(fault.at(span).severity(Severity::Note)));
    faults.map(|fault| Verdict::Wrong(fault.clone().at(span))).chain(unread).collect()
}

/// A pattern of the DDF that no one can read: the value is taken as it is, and that is said.
fn unreadable(node: &Node) -> Option<Fault> {
    let allowed = node.allowed.as_ref().filter(|allowed| allowed.kind == "RegEx")?;
    let error = allowed.values.first().and_then(|text| pattern::read(text).err())?;
    let message = format!("the form of `{}` was not checked: the vendor's pattern cannot be read", leaf(&node.uri));
    Some(Fault::new(Code::WrongFormat, message, format!("compare the value with the vendor's page ({error})")))
}

/// Everything that is wrong with a typed value.
pub(crate) fn faults(node: &Node, value: &Value) -> Vec<Fault> {
    let name = leaf(&node.uri);
    match (format::delimiter(node), value) {
        (_, Value::Secret(Secret::Document(text))) => single(node, &Value::text(text.as_str())).into_iter().collect(),
        (_, Value::Secret(_)) => Vec::new(),
        (Some(delimiter), Value::Array(items)) => items
            .iter()
            .filter_map(|item| {
                let fault = divided(node, delimiter, &item.value)
                    .or_else(|| bare_sid(node, &item.value))
                    .or_else(|| single(node, &item.value))?;
                Some(Fault { item: Some(item.span), ..fault })
            })
            .collect(),
        (None, Value::Array(_)) => {
            let message = format!("`{name}` takes one value, not a list");
            vec![Fault::new(Code::WrongType, message, "write a single value")]
        }
        (_, value) => single(node, value).into_iter().collect(),
    }
}

/// An item that holds what stands between items would reach the device as two.
fn divided(node: &Node, delimiter: &str, item: &Value) -> Option<Fault> {
    let Value::Text(text) = item else { return None };
    let shown = if delimiter == "\u{F000}" { "U+F000" } else { delimiter };
    let message = format!("an item of `{}` holds `{shown}`, which stands between items", leaf(&node.uri));
    text.contains(delimiter).then(|| Fault::new(Code::WrongFormat, message, "write the parts as items of their own"))
}

/// User rights name accounts by SID with a star before it; without one Windows looks for an account of that name (Policy CSP,
/// UserRights; failure-modes B33).
fn bare_sid(node: &Node, item: &Value) -> Option<Fault> {
    let Value::Text(text) = item else { return None };
    if !node.uri.contains("/Policy/Config/UserRights/") || !text.starts_with("S-1-") {
        return None;
    }
    let message = format!("`{}` takes a SID as `*{}`", leaf(&node.uri), shown(text));
    Some(Fault {
        fix: Some(format!("\"*{text}\"")),
        ..Fault::new(Code::WrongFormat, message, "put `*` before it: without one it is the name of an account")
    })
}

fn single(node: &Node, value: &Value) -> Option<Fault> {
    let name = leaf(&node.uri);
    if let Err(wanted) = format::fits(node, value) {
        return Some(wrong_type(node, value, wanted));
    }
    if let Value::Text(text) = value
        && let Some(character) = text.chars().find(|character| !document::is_xml(*character))
    {
        let message = format!("the text of `{name}` holds U+{:04X}, which XML cannot carry", u32::from(character));
        return Some(Fault::new(Code::WrongFormat, message, "take the control character out"));
    }
    if node.format == "xml"
        && let Value::Text(text) = value
    {
        return document::xml(text).err().map(|error| malformed(name, "XML", &error));
    }
    let fault = node.allowed.as_ref().and_then(|allowed| outside(node, allowed, value));
    fault.or_else(|| beyond_the_format(node, value))
}

fn wrong_type(node: &Node, value: &Value, wanted: &str) -> Fault {
    let name = leaf(&node.uri);
    let message = match value {
        Value::Plain(text) => format!("`{name}` takes {wanted}, not `{text}`"),
        other => format!("`{name}` takes {wanted}, not {}", other.kind()),
    };
    let fix = match value {
        Value::Plain(text) | Value::Text(text) if node.format == "int" => numbers::canonical(text),
        Value::Boolean(truth) if node.format == "int" => Some(i32::from(*truth).to_string()),
        Value::Plain(text) if node.format == "bool" => truth(text),
        Value::Integer(number) if node.format == "bool" => truth(&number.to_string()),
        _ => None,
    };
    let help = match (&fix, node.format.as_str()) {
        (Some(fix), _) => format!("write `{fix}`, without quotes"),
        (None, "b64" | "bin") => "write `{ base64: \"…\" }` or `{ file: … }`".to_owned(),
        (None, "null") => "write `\"\"`".to_owned(),
        (None, _) => listed(node).unwrap_or_else(|| format!("write {wanted}")),
    };
    Fault { fix, ..Fault::new(Code::WrongType, message, help) }
}

/// The values that a node lists, or the range that it takes.
fn listed(node: &Node) -> Option<String> {
    let allowed = node.allowed.as_ref().filter(|allowed| !allowed.values.is_empty())?;
    match allowed.kind.as_str() {
        "ENUM" => Some(takes(&allowed.values)),
        "Flag" => Some(format!("write a sum of listed bits: {}", takes(&allowed.values))),
        "Range" => Some(format!("it takes {}", Numbers::parse(allowed.values.first()?)?)),
        _ => None,
    }
}

/// The truth that other languages' words for it stand for.
fn truth(word: &str) -> Option<String> {
    match word.to_ascii_lowercase().as_str() {
        "1" | "yes" | "on" => Some("true".to_owned()),
        "0" | "no" | "off" => Some("false".to_owned()),
        _ => None,
    }
}

fn malformed(name: &str, language: &str, error: &str) -> Fault {
    let message = format!("the text of `{name}` is not well-formed {language}: {error}");
    Fault::new(Code::WrongFormat, message, format!("write a whole {language} document"))
}

/// What the node's AllowedValues forbid.
fn outside(node: &Node, allowed: &Allowed, value: &Value) -> Option<Fault> {
    let name = leaf(&node.uri);
    let text = format::written(value);
    match (allowed.kind.as_str(), text) {
        ("ENUM", text) => not_listed(name, &allowed.values, value, text.as_deref()),
        ("Flag", Some(text)) => not_made_of_bits(node, &allowed.values, &text),
        ("Range", Some(text)) => not_in_range(name, allowed, &text),
        ("RegEx", Some(text)) => {
            let pattern = allowed.values.first().filter(|pattern| !pattern.is_empty())?;
            let regex = pattern::read(pattern).ok()?;
            let message = format!("`{name}` does not take text of this form: `{}`", shown(&text));
            let help = format!("the vendor's pattern is `{pattern}`");
            (!regex.is_match(&text)).then(|| Fault::new(Code::WrongFormat, message, help))
        }
        ("XSD", Some(text)) => document::xml(&text)
            .err()
            .map(|error| malformed(name, "XML", &error))
            .or_else(|| other_rule_collection(&node.uri, &text)),
        ("JSON", Some(text)) => document::json(&text).err().map(|error| malformed(name, "JSON", &error)),
        ("SDDL", Some(text)) => document::sddl(&text).err().map(|error| malformed(name, "SDDL", &error)),
        _ => None,
    }
}

/// What is wrong where a dependency narrows the values of a node.
pub(crate) fn narrowed(node: &Node, allowed: &Allowed, value: &Value) -> Option<Fault> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| outside(node, allowed, &item.value)),
        value => outside(node, allowed, value),
    }
}

/// Whether AllowedValues hold a value given as text, as defaults are.
pub(crate) fn admits(node: &Node, allowed: &Allowed, value: &Value) -> bool {
    let typed = typed(node, value.clone());
    format::fits(node, &typed).is_ok() && outside(node, allowed, &typed).is_none()
}

fn not_listed(name: &str, listed: &[String], value: &Value, text: Option<&str>) -> Option<Fault> {
    if let Value::Data(bytes) = value {
        let known = listed.iter().any(|item| crate::encoding::base64::decode(item).as_ref() == Some(bytes));
        let message = format!("`{name}` does not take these bytes");
        return (!known).then(|| Fault::new(Code::NotInList, message, takes(listed)));
    }
    let text = text?;
    if listed.iter().any(|item| item == text) {
        return None;
    }
    let fix = listed.iter().find(|item| item.eq_ignore_ascii_case(text)).cloned();
    let help = match &fix {
        Some(word) => format!("write `{word}`"),
        None => nearest::did_you_mean(text, listed.iter().map(String::as_str)).unwrap_or_else(|| takes(listed)),
    };
    let message = format!("`{name}` does not take `{}`", shown(text));
    Some(Fault { fix, ..Fault::new(Code::NotInList, message, help) })
}

fn not_made_of_bits(node: &Node, listed: &[String], text: &str) -> Option<Fault> {
    let default = node.default.as_deref().and_then(numbers::bit);
    let number = text.parse().ok().or_else(|| numbers::bit(text));
    if number.is_some_and(|number| default == Some(number) || numbers::is_made_of(number, listed)) {
        return None;
    }
    let message = format!("`{}` does not take `{}`", leaf(&node.uri), shown(text));
    Some(Fault::new(Code::NotInList, message, format!("write a sum of listed bits: {}", takes(listed))))
}

fn not_in_range(name: &str, allowed: &Allowed, text: &str) -> Option<Fault> {
    let numbers = allowed.values.first().and_then(|range| Numbers::parse(range))?;
    let help = format!("it takes {numbers}");
    match text.parse::<i128>() {
        Ok(number) if numbers.contains(number) => None,
        Ok(number) => {
            let message = format!("`{number}` is outside the range of `{name}`");
            Some(Fault::new(Code::OutOfRange, message, help))
        }
        Err(_) => {
            Some(Fault::new(Code::WrongType, format!("`{name}` takes a whole number, not `{}`", shown(text)), help))
        }
    }
}

/// `int` is a 32-bit number; where the DDF gives no range, both readings of its sign are taken.
fn beyond_the_format(node: &Node, value: &Value) -> Option<Fault> {
    let Value::Integer(number) = value else { return None };
    let fits = (i128::from(i32::MIN)..=i128::from(u32::MAX)).contains(number);
    let message = format!("`{number}` does not fit into `{}`", leaf(&node.uri));
    (!fits).then(|| Fault::new(Code::OutOfRange, message, "a CSP's whole number has 32 bits"))
}

/// AppLocker's leaves take one `RuleCollection` whose `Type` is theirs (AppLocker CSP, "Policy XML"), not the `AppLockerPolicy` that
/// Windows exports.
fn other_rule_collection(uri: &str, text: &str) -> Option<Fault> {
    if !uri.contains("/AppLocker/") {
        return None;
    }
    let parent = uri.rsplit('/').nth(1)?;
    let wanted = [("EXE", "Exe"), ("MSI", "Msi"), ("Script", "Script"), ("DLL", "Dll"), ("StoreApps", "Appx")];
    let (_, wanted) = wanted.iter().find(|(leaf, _)| leaf.eq_ignore_ascii_case(parent))?;
    let (name, attributes) = document::root(text)?;
    let right = ['"', '\''].iter().any(|quote| attributes.contains(&format!("Type={quote}{wanted}{quote}")));
    let message =
        format!("`{parent}/Policy` takes `<RuleCollection Type=\"{wanted}\">`, and this begins with `<{name}`");
    let help = format!("take the one rule collection of type `{wanted}` out of the exported policy");
    (name != "RuleCollection" || !right).then(|| Fault::new(Code::WrongFormat, message, help))
}

/// What a list allows, in words; long lists are cut.
pub(crate) fn takes(listed: &[String]) -> String {
    const SHOWN: usize = 12;
    let names: Vec<String> = listed.iter().take(SHOWN).map(|value| format!("`{value}`")).collect();
    let more = listed.len().saturating_sub(SHOWN);
    match names.split_last() {
        None => "it takes nothing".to_owned(),
        Some((only, [])) => format!("it takes {only}"),
        Some(_) if more > 0 => format!("it takes {} and {more} more", names.join(", ")),
        Some((last, first)) => format!("it takes {} or {last}", first.join(", ")),
    }
}

/// Text in a message: its beginning.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trial;
