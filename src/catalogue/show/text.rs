//! An entry for the terminal: the same facts, grouped and aligned, keys one to a line.

use super::Shown;
use crate::gather::Arrange;
use serde_json::{Map, Value};
use std::fmt::Write;

/// Fields in the order in which people ask for them; what is not here follows in the order of the alphabet.
const ORDER: &[&str] = &[
    "payloadtype",
    "declarationtype",
    "requesttype",
    "LocURI",
    "title",
    "type",
    "subtype",
    "presence",
    "DFFormat",
    "AccessType",
    "default",
    "DefaultValue",
    "rangelist",
    "min",
    "max",
    "range",
    "format",
    "repetition",
    "ValueType",
    "id",
    "kind",
    "values",
    "AllowedValues",
    "combinetype",
    "stricter",
    "unset",
    "because",
    "direction",
    "introduced",
    "deprecated",
    "removed",
    "supervised",
    "supportedOS",
    "OsBuildVersion",
    "EditionAllowList",
    "editions",
    "effective",
    "mode",
    "fields",
    "reason",
    "file",
    "source",
];
/// Fields that come after all others.
const LAST: [&str; 4] = ["errata", "payloadkeys", "responsekeys", "subkeys"];
/// Rows are broken at this width.
const WIDTH: usize = 96;
/// Keys nested deeper than this are left to `--json`.
const DEEPEST: usize = 24;

impl Shown {
    /// As text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        match self {
            Shown::Entries { name, topic, entries } => {
                line(&mut out, 0, &format!("{name} ({})", topic.word()));
                for entry in entries {
                    out.push('\n');
                    block(&mut out, 1, entry);
                }
            }
            Shown::Candidates(names) => {
                line(&mut out, 0, "short for several names:");
                names.iter().for_each(|name| line(&mut out, 1, name));
            }
        }
        out
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{text}", "", indent = 2 * depth);
}

/// The fields of an object, one to a line, their values in one column.
fn block(out: &mut String, depth: usize, value: &Value) {
    let Value::Object(fields) = value else { return line(out, depth, &inline(value)) };
    // The heading has said these.
    let said = |name: &str| name == "path" || (name == "key" && fields.contains_key("path"));
    let rows: Vec<(&String, &Value)> = sorted(fields).into_iter().filter(|(name, _)| !said(name)).collect();
    let width =
        rows.iter().filter(|(_, value)| is_flat(value)).map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        if is_keys(name) {
            line(out, depth, name);
            keys(out, depth + 1, value);
        } else if is_flat(value) && name != "effective" {
            wrapped(out, depth, &format!("{name:width$}  "), &inline(value));
        } else {
            line(out, depth, name);
            match value {
                Value::Array(items) => items.iter().for_each(|item| wrapped(out, depth + 1, "- ", &inline(item))),
                _ => block(out, depth + 1, value),
            }
        }
    }
}

fn is_keys(name: &str) -> bool {
    name == "payloadkeys" || name == "responsekeys" || name == "subkeys"
}

fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let place = |name: &str| match ORDER.iter().position(|field| *field == name) {
        Some(place) => place,
        None => LAST.iter().position(|field| *field == name).map_or(ORDER.len(), |last| ORDER.len() + 1 + last),
    };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.arrange_by_key(|(name, _)| (place(name), *name));
    fields
}

/// Whether a value reads well in one row: no list of objects, no object in an object but the two small ones of `supportedOS`.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().all(|(name, value)| match value {
            Value::Object(_) => name == "userenrollment" || name == "sharedipad",
            Value::Array(items) => items.iter().all(|item| !item.is_object()),
            _ => true,
        }),
        Value::Array(items) => items.iter().all(|item| !item.is_object()),
        _ => true,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.chars().map(visible).collect(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(inline).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let part = |(name, value): (&String, &Value)| match value {
                Value::Object(_) => format!("{name} ({})", inline(value)),
                _ => format!("{name} {}", inline(value)),
            };
            sorted(fields).into_iter().map(part).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Some delimiters of Microsoft's are control characters or of private use: shown by their numbers.
fn visible(c: char) -> String {
    let private = ('\u{e000}'..='\u{f8ff}').contains(&c);
    if c.is_control() || private { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

/// A label and text after it, broken between words, further rows below the text.
fn wrapped(out: &mut String, depth: usize, label: &str, text: &str) {
    let mut row = label.to_owned();
    let margin = label.chars().count();
    for word in text.split(' ') {
        let length = row.chars().count();
        if length > margin && length + word.chars().count() > WIDTH {
            line(out, depth, row.trim_end());
            row = " ".repeat(margin);
        }
        row.push_str(word);
        row.push(' ');
    }
    line(out, depth, row.trim_end());
}

/// Keys one to a line with what matters most; the rest is shown for a key alone.
fn keys(out: &mut String, depth: usize, value: &Value) {
    if depth > DEEPEST {
        return line(out, depth, "…");
    }
    let items: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    let name = |item: &Value| item["key"].as_str().unwrap_or_default().to_owned();
    let width = items.iter().map(|item| name(item).chars().count()).max().unwrap_or(0);
    for item in items {
        let mut facts = item["type"].as_str().unwrap_or_default().to_owned();
        if item["presence"] == "required" {
            facts.push_str("  required");
        }
        for field in ["default", "range", "rangelist"] {
            if let Some(value) = item.get(field) {
                let _ = write!(facts, "  {field} {}", inline(value));
            }
        }
        line(out, depth, &format!("{:width$}  {facts}", name(item)));
        if let Some(below) = item.get("subkeys") {
            keys(out, depth + 1, below);
        }
    }
}
