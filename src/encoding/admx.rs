//! The body of an ADMX-backed CSP node: a state and, where it is enabled, the elements of the policy.
//!
//! Microsoft Learn, "Understanding ADMX policies", section "ADMX policy XML": `<enabled/>` or `<disabled/>`, then one
//! `<data id="…" value="…"/>` for each element. Clients read the names leniently, and so does [`parse`]; [`print()`] writes one form.

use crate::gather::Gather;
use crate::setting::Value;
use crate::source::Spanned;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeSet;

/// Stands between the items of a `multiText`, and between the names and values of a `list`.
pub(crate) const SEPARATOR: char = '\u{F000}';

/// Longest body that is read; real ones stay below a few kilobytes.
const MAX_BYTES: usize = 1 << 20;

/// One element of an enabled body, its value as the body holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) id: String,
    pub(crate) value: String,
}

/// What a body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) enabled: bool,
    /// In the order of the template when written, as found when read.
    pub(crate) elements: Vec<Element>,
    /// It was written `<disable/>`, which stands in some of the vendor's pages and is not in the grammar. Never printed.
    pub(crate) misspelt: bool,
}

/// The one form that is written: lower case, no white space, the state first, the separator as a character reference.
pub(crate) fn print(body: &Body) -> String {
    let mut out = String::from(if body.enabled { "<enabled/>" } else { "<disabled/>" });
    for element in &body.elements {
        out.push_str("<data id=\"");
        escape(&element.id, &mut out);
        out.push_str("\" value=\"");
        escape(&element.value, &mut out);
        out.push_str("\"/>");
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            SEPARATOR => out.push_str("&#xF000;"),
            // An XML reader turns these into spaces inside an attribute.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// Reads a body, whatever its letter case, order and white space; the error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Body, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the body is longer than {MAX_BYTES} bytes"));
    }
    let mut reader = Reader::from_str(text);
    let mut states: Vec<String> = Vec::new();
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Option<String> = None;
    loop {
        let event = reader.read_event().map_err(|error| format!("the body is not well-formed: {error}"))?;
        match event {
            Event::Eof => break,
            Event::Start(tag) => {
                if open.is_some() {
                    return Err("elements of a body do not stand inside one another".to_owned());
                }
                open = Some(name(&tag));
                take(&tag, &mut states, &mut elements)?;
            }
            Event::Empty(_) if open.is_some() => {
                return Err("elements of a body do not stand inside one another".to_owned());
            }
            Event::Empty(tag) => take(&tag, &mut states, &mut elements)?,
            Event::End(_) => open = None,
            Event::Comment(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                return Err("text stands beside the elements of the body".to_owned());
            }
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {
                return Err("a body has no declaration, processing instruction or document type".to_owned());
            }
        }
    }
    if let Some(name) = open {
        return Err(format!("`<{name}>` is not closed"));
    }
    body(states, elements)
}

fn body(states: Vec<String>, elements: Vec<Element>) -> Result<Body, String> {
    let state = match states.as_slice() {
        [state] => state.as_str(),
        [] => return Err("the body has neither `<enabled/>` nor `<disabled/>`".to_owned()),
        _ => return Err("the body gives its state more than once".to_owned()),
    };
    let mut seen = BTreeSet::new();
    for element in &elements {
        if !seen.insert(element.id.to_ascii_lowercase()) {
            return Err(format!("the element `{}` stands twice in the body", element.id));
        }
    }
    Ok(Body { enabled: state == "enabled", elements, misspelt: state == "disable" })
}

fn name(tag: &BytesStart<'_>) -> String {
    tag.name().as_ref().to_ascii_lowercase()
}

fn take(tag: &BytesStart<'_>, states: &mut Vec<String>, elements: &mut Vec<Element>) -> Result<(), String> {
    let name = name(tag);
    match name.as_str() {
        "enabled" | "disabled" | "disable" => states.push(name),
        "data" => elements.push(data(tag)?),
        _ => {
            return Err(format!(
                "`<{name}>` is not part of a body: it has `<enabled/>` or `<disabled/>`, and `<data/>`"
            ));
        }
    }
    Ok(())
}

fn data(tag: &BytesStart<'_>) -> Result<Element, String> {
    let (mut id, mut value) = (None, None);
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("`<data>` is not well-formed: {error}"))?;
        // XML 1.0 §3.3.3: white space written as such is a space; a character reference keeps what it names.
        let spaced = attribute.value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        let text = quick_xml::escape::unescape(&spaced)
            .map_err(|error| format!("`<data>` is not well-formed: {error}"))?
            .into_owned();
        let slot = match attribute.key.as_ref().to_ascii_lowercase().as_str() {
            "id" => &mut id,
            "value" => &mut value,
            other => return Err(format!("`<data>` has no attribute `{other}`")),
        };
        if slot.replace(text).is_some() {
            return Err("`<data>` has an attribute twice".to_owned());
        }
    }
    match (id, value) {
        (Some(id), Some(value)) if !id.is_empty() => Ok(Element { id, value }),
        _ => Err("`<data>` needs an `id` and a `value`".to_owned()),
    }
}

/// The text of an element's value in a body. `kind` is the element's kind in its template (`text decimal boolean enum multiText
/// list`), where that is known: a `list` is written as pairs, its items numbered from 1. `None` for what no body can hold.
pub(crate) fn text_of(kind: Option<&str>, value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let mut parts = Vec::new();
            for (n, item) in items.iter().enumerate() {
                if kind == Some("list") {
                    parts.push((n + 1).to_string());
                }
                parts.push(scalar(&item.value)?);
            }
            Some(parts.join(&SEPARATOR.to_string()))
        }
        // A list whose entries have names of their own.
        Value::Dictionary(entries) => {
            let mut parts = Vec::new();
            for (name, value) in entries {
                parts.push(name.clone());
                parts.push(scalar(&value.value)?);
            }
            Some(parts.join(&SEPARATOR.to_string()))
        }
        single => scalar(single),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Text(text) | Value::Plain(text) => Some(text.clone()),
        _ => None,
    }
}

/// The value that an element's text stands for: the inverse of [`text_of`]. Where no kind is known, text stays text unless it is
/// exactly what a boolean, a number or a list would print as.
pub(crate) fn value_of(kind: Option<&str>, text: &str) -> Value {
    let items = || text.split(SEPARATOR).map(Value::text);
    match kind {
        Some("boolean") => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Value::Boolean(true),
            "false" | "0" => Value::Boolean(false),
            _ => Value::text(text),
        },
        Some("decimal" | "longDecimal" | "enum") => number(text).unwrap_or_else(|| Value::text(text)),
        Some("text") => Value::text(text),
        Some("multiText" | "list") if text.is_empty() => Value::array([]),
        Some("multiText") => Value::array(items()),
        Some("list") => pairs(text),
        _ if text.contains(SEPARATOR) => Value::array(items()),
        _ if text == "true" || text == "false" => Value::Boolean(text == "true"),
        _ => number(text).unwrap_or_else(|| Value::text(text)),
    }
}

/// A number in the form that prints back to the same text.
fn number(text: &str) -> Option<Value> {
    let number: i128 = text.parse().ok()?;
    (number.to_string() == text).then_some(Value::Integer(number))
}

/// Pairs named 1, 2, 3 … are a list of their values; pairs with other names a dictionary; an odd one out leaves a plain list.
fn pairs(text: &str) -> Value {
    let parts: Vec<&str> = text.split(SEPARATOR).collect();
    if !parts.len().is_multiple_of(2) {
        return Value::array(parts.into_iter().map(Value::text));
    }
    let pairs: Vec<(&str, &str)> = parts.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    if pairs.iter().enumerate().all(|(n, (name, _))| *name == (n + 1).to_string()) {
        return Value::array(pairs.into_iter().map(|(_, value)| Value::text(value)));
    }
    let named = pairs.into_iter().map(|(name, value)| (name.to_owned(), Spanned::nowhere(Value::text(value))));
    Value::Dictionary(named.gather())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled(elements: &[(&str, &str)]) -> Body {
        let element = |(id, value): &(&str, &str)| Element { id: (*id).to_owned(), value: (*value).to_owned() };
        Body { enabled: true, elements: elements.iter().map(element).collect(), misspelt: false }
    }

    fn disabled() -> Body {
        Body { enabled: false, elements: Vec::new(), misspelt: false }
    }

    #[test]
    fn one_form_is_written() {
        let check = |body: &Body, expected: &str| assert_eq!(print(body), expected);
        check(&disabled(), "<disabled/>");
        check(&enabled(&[]), "<enabled/>");
        check(&enabled(&[("MinPINLength", "6")]), r#"<enabled/><data id="MinPINLength" value="6"/>"#);
        check(
            &enabled(&[("L", "1\u{F000}a&b<\"c\">")]),
            r#"<enabled/><data id="L" value="1&#xF000;a&amp;b&lt;&quot;c&quot;&gt;"/>"#,
        );
        check(&enabled(&[("T", "a\r\n\tb")]), r#"<enabled/><data id="T" value="a&#13;&#10;&#9;b"/>"#);
    }

    #[test]
    fn case_order_and_white_space_do_not_matter() {
        let expected = enabled(&[("A", "1"), ("B", "x")]);
        for text in [
            r#"<enabled/><data id="A" value="1"/><data id="B" value="x"/>"#,
            " <Enabled/>\r\n <Data ID='A' Value='1' />\n<data value=\"x\" id=\"B\"></data> ",
            r#"<data id="A" value="1"/><!-- why --><ENABLED></ENABLED><data id="B" value="x"/>"#,
        ] {
            assert_eq!(parse(text), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for body in [
            disabled(),
            enabled(&[]),
            enabled(&[("a", ""), ("b&<>\"'", "1\u{F000}\u{F000}ü\u{10FFFF}")]),
            enabled(&[("lines", " a\r\n\tb \r"), ("entity", "&amp;&#xF000;")]),
        ] {
            assert_eq!(parse(&print(&body)), Ok(body));
        }
    }

    #[test]
    fn disable_is_read_and_flagged() {
        assert_eq!(parse("<Disable/>"), Ok(Body { misspelt: true, ..disabled() }));
    }

    #[test]
    fn what_is_no_body_is_refused() {
        for text in [
            "",
            "1",
            "enabled",
            "<enabled/><disabled/>",
            "<enabled/><enabled/>",
            "<enabled>",
            "<enabled/><data id=\"a\"/>",
            "<enabled/><data id=\"\" value=\"1\"/>",
            "<enabled/><data id=\"a\" value=\"1\" more=\"2\"/>",
            "<enabled/><data id=\"a\" value=\"1\"/><data id=\"A\" value=\"2\"/>",
            "<enabled><data id=\"a\" value=\"1\"/></enabled>",
            "<enabled/><other/>",
            "<enabled/>text",
            "<?xml version=\"1.0\"?><enabled/>",
            "<!DOCTYPE x [<!ENTITY e \"1\">]><enabled/>",
            "<enabled/><data id=\"a\" value=\"&e;\"/>",
            "<enabled/><data id=\"a\" value=\"a",
            "</enabled>",
        ] {
            assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn values_and_their_text_are_inverse() {
        let list = |items: &[&str]| Value::array(items.iter().map(|item| Value::text(*item)));
        let check = |kind, value: Value, text: &str| {
            assert_eq!(text_of(kind, &value).as_deref(), Some(text));
            assert_eq!(value_of(kind, text), value);
        };
        check(Some("boolean"), Value::Boolean(true), "true");
        check(Some("decimal"), Value::Integer(6), "6");
        check(Some("enum"), Value::text("quarantine"), "quarantine");
        check(Some("text"), Value::text("007"), "007");
        check(Some("multiText"), list(&["a", "b"]), "a\u{F000}b");
        check(Some("list"), list(&["contoso.com", "example.org"]), "1\u{F000}contoso.com\u{F000}2\u{F000}example.org");
        check(None, list(&["a", "b"]), "a\u{F000}b");
        check(Some("list"), list(&[]), "");
        check(None, Value::Boolean(false), "false");
        check(None, Value::Integer(-1), "-1");
        check(None, Value::text("007"), "007");
        let named = [("host".to_owned(), Spanned::nowhere(Value::text("1")))];
        check(Some("list"), Value::Dictionary(named.into()), "host\u{F000}1");
    }

    #[test]
    fn one_and_zero_are_booleans_when_read() {
        assert_eq!(value_of(Some("boolean"), "1"), Value::Boolean(true));
        assert_eq!(value_of(Some("boolean"), "False"), Value::Boolean(false));
    }
}
