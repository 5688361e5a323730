//! XML 1.0 as text: elements with attributes, one on a line, indented by two spaces.

/// An element.
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: Option<String>,
}

impl Element {
    pub(super) fn new(name: &'static str, attributes: &[(&'static str, &str)]) -> Element {
        let attributes = attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Element { name, attributes, children: Vec::new(), text: None }
    }

    /// The same with these elements in it.
    pub(super) fn holding(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    /// The same with this text in it.
    pub(super) fn saying(mut self, text: impl Into<String>) -> Element {
        self.text = Some(text.into());
        self
    }

    /// The whole document, without an XML declaration and without a line end after it.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}<{}", self.name));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
        if let Some(text) = &self.text {
            out.push_str(&format!(">{}</{}>", escaped(text), self.name));
        } else if self.children.is_empty() {
            out.push_str("/>");
        } else {
            out.push('>');
            for child in &self.children {
                out.push('\n');
                child.write(out, depth + 1);
            }
            out.push_str(&format!("\n{indent}</{}>", self.name));
        }
    }
}

/// Text as it stands in XML, in an attribute as well as between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(character))),
            other => out.push(other),
        }
    }
    out
}

/// The text behind [`escaped`].
pub(super) fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#9;", "\t"), ("&#10;", "\n"), ("&#13;", "\r")];
    let plain = pairs.iter().fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character));
    plain.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_means_by_itself_is_escaped_and_comes_back() {
        let check = |text: &str, expected: &str| {
            assert_eq!(escaped(text), expected);
            assert_eq!(unescaped(expected), text);
        };
        check("O=Müller & Co® <1>", "O=Müller &amp; Co® &lt;1&gt;");
        check("\"a\"\t&lt;", "&quot;a&quot;&#9;&amp;lt;");
    }

    #[test]
    fn an_element_stands_on_its_line() {
        let inner = [Element::new("b", &[("x", "1\"")]), Element::new("c", &[]).saying("<")];
        let document = Element::new("a", &[]).holding(inner).document();
        assert_eq!(document, "<a>\n  <b x=\"1&quot;\"/>\n  <c>&lt;</c>\n</a>");
    }
}
