//! Facts → the text of a source: one line for each policy without elements, so that a new version of a template reads well as a diff.

use super::{Element, Policy, Template};
use crate::gather::Gather;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The source. `policy/parse/admx.rs` reads the same facts out of it.
pub fn print(template: &Template) -> String {
    let mut out = String::from(
        "# `policyc ingest-admx` wrote this: facts of an ADMX file. Do not edit; ingest the vendor's next file.\n",
    );
    let _ = writeln!(out, "admx: {}", scalar(&template.app));
    let _ = writeln!(out, "file: {}", scalar(&template.file));
    let _ = writeln!(out, "sha256: \"{}\"", template.digest);
    out.push_str("policies:\n");
    for policy in &template.policies {
        entry(policy, &mut out);
    }
    out
}

fn entry(policy: &Policy, out: &mut String) {
    let _ = write!(out, "  {}: {{ class: {}", scalar(&policy.path()), policy.class.word());
    let keys: Vec<String> = policy.keys.iter().map(|key| scalar(key)).collect();
    let _ = write!(out, ", keys: [{}]", keys.join(", "));
    if let Some(supported) = &policy.supported {
        let _ = write!(out, ", supported: {}", scalar(supported));
    }
    match policy.elements.as_slice() {
        [] => {}
        elements => {
            out.push_str(", elements: [");
            for element in elements {
                out.push_str("\n    ");
                self::element(element, out);
                out.push(',');
            }
            out.pop();
            out.push(']');
        }
    }
    out.push_str(" }\n");
}

fn element(element: &Element, out: &mut String) {
    let _ = write!(out, "{{ {}: {}", element.kind, scalar(&element.id));
    for (name, is) in [("required", element.required), ("explicit", element.explicit), ("additive", element.additive)] {
        if is {
            let _ = write!(out, ", {name}: true");
        }
    }
    for (name, number) in [("min", element.min), ("max", element.max), ("max-length", element.max_length)] {
        if let Some(number) = number {
            let _ = write!(out, ", {name}: {number}");
        }
    }
    let texts = [("true-value", &element.stored[0]), ("false-value", &element.stored[1]), ("prefix", &element.prefix)];
    for (name, text) in texts {
        if let Some(text) = text {
            let _ = write!(out, ", {name}: {}", quoted(text));
        }
    }
    if !element.values.is_empty() {
        let values: Vec<String> = element.values.iter().map(|value| quoted(value)).collect();
        let _ = write!(out, ", values: [{}]", values.join(", "));
    }
    out.push_str(" }");
}

/// Plain where no reader of YAML can take it for anything else.
fn scalar(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'/' | b'\\');
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(plain);
    let reserved = ["true", "false", "null", "none", "yes", "no", "on", "off", "y", "n"];
    match is_word && !reserved.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// Single quotes where they can hold it: registry keys are full of backslashes.
fn quoted(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            _ if u32::from(c) > 0xFFFF => drop(write!(out, "\\U{:08X}", u32::from(c))),
            _ => drop(write!(out, "\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// What another version of a template has: policies that are new, gone, or not as they were, by their paths.
pub fn difference(before: &Template, after: &Template) -> [Vec<String>; 3] {
    let facts = |template: &Template| -> BTreeMap<String, String> {
        let fact = |policy: &Policy| {
            let mut text = String::new();
            entry(policy, &mut text);
            (policy.path(), text)
        };
        template.policies.iter().map(fact).gather()
    };
    let (before, after) = (facts(before), facts(after));
    let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
        a.keys().filter(|path| !b.contains_key(*path)).cloned().collect::<Vec<_>>()
    };
    let changed = after.iter().filter(|(path, facts)| before.get(*path).is_some_and(|old| old != *facts));
    [only(&after, &before), only(&before, &after), changed.map(|(path, _)| path.clone()).collect()]
}
