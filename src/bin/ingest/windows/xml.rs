//! A tree of the elements of one DDF file. Every DDF file has a byte-order mark, CRLF and a DOCTYPE with an internal subset that
//! holds one processing instruction: the DOCTYPE is passed over and nothing outside the file is ever looked up.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;

/// Real files nest some 20 deep.
const DEEPEST: usize = 64;

/// One element, its name and its attributes' names without prefix: the files use one namespace besides none.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// The text directly in it, line ends as LF, not trimmed.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The first child of that name.
    pub(crate) fn first(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// An attribute; empty where it is not there.
    pub(crate) fn attribute(&self, name: &str) -> String {
        self.attributes.get(name).cloned().unwrap_or_default()
    }
}

/// Parses a file: one root, every element closed, no entity but XML's own.
pub(crate) fn parse(text: &str) -> Result<Element, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    // The document itself is the bottom of the stack.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event();
        let at = |message: String| format!("byte {}: {message}", reader.error_position().max(reader.buffer_position()));
        let event = event.map_err(|error| at(error.to_string()))?;
        if matches!(event, Event::Eof) {
            break;
        }
        take(event, &mut open).map_err(at)?;
    }
    let document = open.pop().filter(|_| open.is_empty()).ok_or("the file ends inside an element")?;
    if !document.text.trim().is_empty() {
        return Err("there is text outside the root".to_owned());
    }
    let mut roots = document.children.into_iter();
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(root),
        _ => Err("a file has one root".to_owned()),
    }
}

fn take(event: Event<'_>, open: &mut Vec<Element>) -> Result<(), String> {
    match event {
        Event::Start(start) => {
            if open.len() > DEEPEST {
                return Err(format!("it nests deeper than {DEEPEST} levels"));
            }
            open.push(element(&start)?);
        }
        Event::Empty(start) => {
            let element = element(&start)?;
            top(open)?.children.push(element);
        }
        Event::End(_) => {
            let closed = open.pop().ok_or("an end without its start")?;
            top(open)?.children.push(closed);
        }
        Event::Text(text) => top(open)?.text.push_str(&text.xml10_content()),
        Event::CData(text) => top(open)?.text.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => {
            let character = resolve(&reference)?;
            top(open)?.text.push(character);
        }
        _ => {}
    }
    Ok(())
}

fn top(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "an end without its start".to_owned())
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let local = |name: &str| name.rsplit_once(':').map_or(name, |(_, local)| local).to_owned();
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        attributes.insert(local(attribute.key.as_ref()), value.into_owned());
    }
    Ok(Element { name: local(start.name().as_ref()), attributes, ..Element::default() })
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character);
    }
    let name = reference.xml10_content();
    match name.as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(format!("`&{name};` is not defined")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(text: &str, message: &str) {
        let refused = parse(text).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }

    #[test]
    fn a_byte_order_mark_crlf_and_a_doctype_with_an_instruction_are_passed_over() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\r\n<!DOCTYPE M PUBLIC \" -//X\" \"http://example.org/x.dtd\"\r\n \
                    [<?oma-dm-ddf-ver supported-versions=\"1.2\"?>]>\r\n<M>a\r\nb</M>\r\n";
        assert_eq!(parse(text).unwrap().text, "a\nb");
    }

    #[test]
    fn references_cdata_and_text_are_one_text() {
        assert_eq!(parse("<M>a&amp;b&#x41;<![CDATA[<c>]]><!-- no -->d</M>").unwrap().text, "a&bA<c>d");
        assert_eq!(parse("<M k=\"&lt;1&gt;\"/>").unwrap().attribute("k"), "<1>");
    }

    #[test]
    fn prefixes_leave_the_names() {
        let tree = parse("<MSFT:M xmlns:MSFT=\"x\"><MSFT:N MSFT:k=\"v\"/></MSFT:M>").unwrap();
        assert_eq!((tree.name.as_str(), tree.children[0].attribute("k").as_str()), ("M", "v"));
    }

    #[test]
    fn what_the_reader_lets_through_is_refused_here() {
        check_refused("<M><N>", "inside an element");
        check_refused("<M/><M/>", "one root");
        check_refused("<M/>text", "outside the root");
        check_refused("<M>&nbsp;</M>", "not defined");
        check_refused("", "one root");
        check_refused(&"<M>".repeat(100_000), "deeper");
    }

    #[test]
    fn an_entity_of_the_doctype_is_never_expanded() {
        check_refused("<!DOCTYPE M [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><M>&x;</M>", "not defined");
    }
}
