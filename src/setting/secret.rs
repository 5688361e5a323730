//! What only `release` knows: values that sources name and nobody reads there (language.md §9). Everywhere else a marker stands for
//! them, which says by itself how the value is to be written in its place.

use std::ops::Range;

/// What a marker begins with; the name of the secret follows, and [`IN_XML`] where it stands in a document inside a value.
pub const MARKER: &str = "policyc:secret:";

/// What ends a marker in XML that is itself a value: the secret is escaped for that document first.
const IN_XML: &str = ":xml";

/// A value that `release` fills in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// A text that is the secret of this name.
    Text(String),
    /// Bytes that are the secret of this name.
    Data(String),
    /// A vendor's document in XML, with a marker where each secret stands.
    Document(String),
}

impl Secret {
    /// The secret that a text stands for, or the document with secrets that it is; `None` for other text.
    pub fn read(text: &str) -> Option<Secret> {
        // A text is nearly never one, and to look for one byte takes a part of the time.
        if !text.match_indices(':').any(|(at, _)| text[..at].ends_with("policyc")) {
            return None;
        }
        let mut marks = marks(text).peekable();
        match marks.peek()? {
            mark if mark.at == (0..text.len()) && !mark.in_xml => Some(Secret::Text(mark.name.to_owned())),
            _ => Some(Secret::Document(text.to_owned())),
        }
    }

    /// The secret that bytes stand for.
    pub fn read_bytes(bytes: &[u8]) -> Option<Secret> {
        // Most bytes are not text at all.
        if !bytes.starts_with(MARKER.as_bytes()) {
            return None;
        }
        match Secret::read(std::str::from_utf8(bytes).ok()?)? {
            Secret::Text(name) => Some(Secret::Data(name)),
            Secret::Data(_) | Secret::Document(_) => None,
        }
    }

    /// The names of its secrets, each once for each place.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Secret::Text(name) | Secret::Data(name) => vec![name],
            Secret::Document(text) => marks(text).map(|mark| mark.name).collect(),
        }
    }

    /// What stands in an artefact for it, before the artefact's own escaping; for [`Secret::Data`], as bytes.
    pub fn marked(&self) -> String {
        match self {
            Secret::Text(name) | Secret::Data(name) => format!("{MARKER}{name}"),
            Secret::Document(text) => text.clone(),
        }
    }
}

/// The marker of a secret inside a document.
pub fn marker_in_xml(name: &str) -> String {
    format!("{MARKER}{name}{IN_XML}")
}

/// A marker in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// Bytes of the text that it takes.
    pub at: Range<usize>,
    /// The name of the secret.
    pub name: &'a str,
    /// Whether it stands in a document inside a value.
    pub in_xml: bool,
}

/// Every marker in a text, in order.
pub fn marks(text: &str) -> impl Iterator<Item = Mark<'_>> {
    text.match_indices(MARKER).filter_map(|(start, _)| {
        let rest = &text[start + MARKER.len()..];
        let end =
            rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).unwrap_or(rest.len());
        let name = &rest[..end];
        let in_xml = rest[end..].starts_with(IN_XML);
        let end = start + MARKER.len() + end + if in_xml { IN_XML.len() } else { 0 };
        (!name.is_empty()).then_some(Mark { at: start..end, name, in_xml })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Secret>) {
        assert_eq!(Secret::read(text), expected, "{text}");
    }

    #[test]
    fn a_marker_is_a_secret_and_text_around_it_a_document() {
        let document = |text: &str| Some(Secret::Document(text.to_owned()));
        check("policyc:secret:office-wifi", Some(Secret::Text("office-wifi".to_owned())));
        check("<k>policyc:secret:office:xml</k>", document("<k>policyc:secret:office:xml</k>"));
        check("policyc:secret:a policyc:secret:b", document("policyc:secret:a policyc:secret:b"));
        check("policyc:secret:", None);
        check("secret", None);
    }

    #[test]
    fn marks_say_where_they_stand_and_how() {
        let text = "<a>policyc:secret:x-1:xml</a>policyc:secret:y;";
        let found: Vec<(&str, bool, &str)> = marks(text).map(|mark| (mark.name, mark.in_xml, &text[mark.at])).collect();
        assert_eq!(found, [("x-1", true, "policyc:secret:x-1:xml"), ("y", false, "policyc:secret:y")]);
        assert_eq!(Secret::Document(text.to_owned()).names(), ["x-1", "y"]);
    }

    #[test]
    fn bytes_are_a_secret_as_a_whole_alone() {
        assert_eq!(Secret::read_bytes(b"policyc:secret:p12"), Some(Secret::Data("p12".to_owned())));
        assert_eq!(Secret::read_bytes(b"policyc:secret:p12\n"), None);
        assert_eq!(Secret::read_bytes(b"\x30\x82"), None);
    }
}
