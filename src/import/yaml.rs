//! Trees → the text of a source, in the YAML of language.md §2: nothing that another reader of YAML could take for something else.
//!
//! Vendors' texts always stand in quotes, vendors' names only where they need them; every text reads back as it was.

use std::fmt::Write as _;

/// A part of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Yaml {
    /// What stands as it is: a number, `true`, a word or name of ours, a date.
    Plain(String),
    /// Text, in quotes.
    Text(String),
    /// A list, one item a line.
    List(Vec<Yaml>),
    /// Words of ours on one line.
    Words(Vec<String>),
    /// A mapping.
    Map(Vec<(Key, Yaml)>),
}

/// The name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A word of the language.
    Ours(&'static str),
    /// Any other name.
    Other(String),
}

impl Yaml {
    pub(super) fn plain(value: impl ToString) -> Yaml {
        Yaml::Plain(value.to_string())
    }

    pub(super) fn text(text: impl Into<String>) -> Yaml {
        Yaml::Text(text.into())
    }
}

/// Entries under words of the language; those without a value are left out.
pub(super) fn ours<const N: usize>(entries: [(&'static str, Option<Yaml>); N]) -> Vec<(Key, Yaml)> {
    entries.into_iter().filter_map(|(key, value)| Some((Key::Ours(key), value?))).collect()
}

/// The text of a source.
pub(super) fn print(head: &str, root: &[(Key, Yaml)]) -> String {
    let mut out: String = head.lines().map(|line| format!("# {line}\n")).collect();
    map(root, 0, false, &mut out);
    out
}

/// Entries, each on a line of its own; the first goes on with a line that is begun.
fn map(entries: &[(Key, Yaml)], depth: usize, mut begun: bool, out: &mut String) {
    for (key, value) in entries {
        if !std::mem::take(&mut begun) {
            indent(depth, out);
        }
        match key {
            Key::Ours(word) => out.push_str(word),
            Key::Other(name) => out.push_str(&self::name(name)),
        }
        out.push(':');
        below(value, depth, out);
    }
}

/// A value behind its key.
fn below(value: &Yaml, depth: usize, out: &mut String) {
    match value {
        Yaml::List(items) if !items.is_empty() => {
            out.push('\n');
            list(items, depth + 1, out);
        }
        Yaml::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            map(entries, depth + 1, false, out);
        }
        other => {
            out.push(' ');
            scalar(other, out);
        }
    }
}

fn list(items: &[Yaml], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        out.push_str("- ");
        match item {
            Yaml::Map(entries) if !entries.is_empty() => map(entries, depth + 1, true, out),
            // A list in a list begins on the line below.
            Yaml::List(inner) if !inner.is_empty() => {
                out.truncate(out.len() - 1);
                out.push('\n');
                list(inner, depth + 1, out);
            }
            other => scalar(other, out),
        }
    }
}

fn scalar(value: &Yaml, out: &mut String) {
    match value {
        Yaml::Plain(text) => out.push_str(text),
        Yaml::Text(text) => out.push_str(&quoted(text)),
        Yaml::Words(words) => drop(write!(out, "[{}]", words.join(", "))),
        Yaml::List(_) => out.push_str("[]"),
        Yaml::Map(_) => out.push_str("{}"),
    }
    out.push('\n');
}

/// A value on one line, as clauses may write it too.
pub(super) fn flow(value: &Yaml) -> String {
    let join = |parts: Vec<String>, [open, close]: [&str; 2]| format!("{open}{}{close}", parts.join(", "));
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            let entry = |(key, value): &(Key, Yaml)| match key {
                Key::Ours(word) => format!("{word}: {}", flow(value)),
                Key::Other(other) => format!("{}: {}", name(other), flow(value)),
            };
            join(entries.iter().map(entry).collect(), ["{ ", " }"])
        }
        Yaml::List(items) => join(items.iter().map(flow).collect(), ["[", "]"]),
        other => {
            let mut out = String::new();
            scalar(other, &mut out);
            out.trim_end().to_owned()
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// What other readers of YAML take for something else, and keys that mean something of ours.
const RESERVED: [&str; 14] =
    ["true", "false", "null", "none", "yes", "no", "on", "off", "y", "n", "secret", "file", "base64", "formerly"];

/// A name, without quotes where nobody can mistake it.
fn name(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(plain);
    match is_word && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Single quotes where they can hold it: LocURIs, paths and XML are full of what double ones would need a backslash for.
pub(super) fn quoted(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return match text.contains(['\\', '"']) {
            true => format!("'{}'", text.replace('\'', "''")),
            false => format!("\"{text}\""),
        };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            // Letters of other alphabets stand as they are; what changes direction or shows nothing is escaped.
            _ if c.is_alphanumeric() => out.push(c),
            _ if u32::from(c) > 0xFFFF => drop(write!(out, "\\U{:08X}", u32::from(c))),
            _ => drop(write!(out, "\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::yaml::{self, Kind, Node};
    use crate::source::{Content, SourceFile, Sources};
    use proptest::prelude::*;

    fn read(text: &str) -> Node {
        let path = "policy-sources/a/b.yaml".to_owned();
        let sources = Sources::new(vec![SourceFile { path, content: Content::Bytes(text.as_bytes().to_vec()) }]);
        let mut found = Diagnostics::default();
        let file = sources.files().next().map(|(file, _)| file).unwrap();
        let node = yaml::parse(&sources, file, &mut found);
        assert_eq!(found.iter().count(), 0, "{found:?}\n{text}");
        node.unwrap()
    }

    /// What a tree reads back as.
    fn same(value: &Yaml, node: &Node) -> bool {
        match (value, &node.kind) {
            (Yaml::Plain(a), Kind::Scalar { text, plain: true }) => a == text,
            (Yaml::Text(a), Kind::Scalar { text, plain: false }) => a == text,
            (Yaml::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Yaml::Map(a), Kind::Map(b)) => {
                let name = |key: &Key| match key {
                    Key::Ours(word) => (*word).to_owned(),
                    Key::Other(name) => name.clone(),
                };
                a.len() == b.len() && a.iter().zip(b).all(|((key, a), b)| name(key) == b.key.value && same(a, &b.value))
            }
            _ => false,
        }
    }

    fn tree() -> impl Strategy<Value = Yaml> {
        let text = prop_oneof![".{0,20}", "[ -~]{0,12}", Just("\u{202E}\r\n\u{7F}\u{85}\u{2028}\u{FEFF}".to_owned())];
        let leaf = prop_oneof![
            text.prop_map(Yaml::Text),
            any::<i32>().prop_map(Yaml::plain),
            any::<bool>().prop_map(Yaml::plain)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key = prop_oneof![".{1,8}", "[a-z]{1,6}", Just("$x".to_owned()), Just("secret".to_owned())];
            let entries = prop::collection::btree_map(key, inner.clone(), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Yaml::List),
                entries.prop_map(|entries| Yaml::Map(
                    entries.into_iter().map(|(key, value)| (Key::Other(key), value)).collect()
                ))
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_printed_reads_back(tree in tree()) {
            let text = print("why", &[(Key::Ours("top"), tree.clone())]);
            let Kind::Map(entries) = read(&text).kind else { panic!("{text}") };
            prop_assert!(same(&tree, &entries[0].value), "{}\n{:?}", text, entries[0].value);
        }
    }
}
