//! XML 1.0, read strictly into a small tree, and text made fit to stand in it.
//!
//! `quick-xml` finds the tokens. What it leaves to its caller is done here: one root, nothing outside it, every element closed,
//! known entities only, legal names and characters, no internal DTD subset, no processing instruction in an element, and limits on
//! size, depth and count, so that no input takes more than a moment or a few times its own size.

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of the largest file that is read.
pub(crate) const MAX_BYTES: usize = 16 << 20;
/// Elements inside one another. The deepest real profile has 14.
pub(crate) const MAX_DEPTH: usize = 64;
/// Elements of one file.
pub(crate) const MAX_ELEMENTS: usize = 250_000;
const MAX_ATTRIBUTES: usize = 16;

/// Why a file cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Byte in the file.
    pub(crate) offset: usize,
    /// Line in the file, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) cause: String,
}

impl Fault {
    /// A fault at a byte of `bytes`.
    pub(crate) fn at(bytes: &[u8], offset: usize, cause: impl Into<String>) -> Fault {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Fault { offset, line, cause: cause.into() }
    }

    /// The place, as findings name it.
    pub(crate) fn place(&self) -> String {
        format!("line {}, byte {}", self.line, self.offset)
    }
}

/// How many roots a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    /// One; a document type without an internal subset may stand before it.
    Document,
    /// Any number above none, and no document type: the fragments that servers wrap.
    Fragment,
    /// As people have it: any number of roots, a document type or none, white space before the declaration, and processing
    /// instructions around the roots.
    Found,
}

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name as written, with a prefix where it has one.
    pub(crate) name: Cow<'static, str>,
    /// Its attributes, in their order.
    pub(crate) attributes: Vec<(String, String)>,
    /// The elements in it.
    pub(crate) children: Vec<Element>,
    /// The text directly in it, entities resolved, line ends as `\n`.
    pub(crate) text: String,
    /// Whether some of the text stood in a CDATA section.
    pub(crate) cdata: bool,
    /// Where it begins.
    pub(crate) offset: usize,
    /// What stands between its tags.
    pub(crate) inner: Range<usize>,
    /// Where it ends.
    pub(crate) end: usize,
}

impl Element {
    /// Its name without a prefix.
    pub(crate) fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    /// The first child of that name, whatever its prefix.
    pub(crate) fn child(&self, local: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.local() == local)
    }
}

/// `& < >`, and the carriage return, which a reader would take for a line end.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    // All four are bytes of ASCII, which stand in no other character.
    while let Some((at, written)) = rest.bytes().enumerate().find_map(|(at, byte)| Some((at, reference(byte)?))) {
        out.push_str(&rest[..at]);
        out.push_str(written);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// What [`escape`] writes for a byte of text; `None` for one that stands for itself.
pub(crate) fn reference(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

/// Bytes of ASCII that XML 1.0 can carry.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = true;
        byte += 1;
    }
    (plain[b'\t' as usize], plain[b'\n' as usize], plain[b'\r' as usize]) = (true, true, true);
    plain
};

/// Whether XML 1.0 can carry a text.
pub(crate) fn is_writable(text: &str) -> bool {
    // Nearly all text is plain, and that is seen without taking it apart.
    let is_plain = |byte: &u8| PLAIN[usize::from(*byte)];
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    // Eight at a time: to ask after each whether to go on takes longer than to look.
    let are_plain = |[a, b, c, d, e, f, g, h]: &[u8; 8]| {
        is_plain(a) & is_plain(b) & is_plain(c) & is_plain(d) & is_plain(e) & is_plain(f) & is_plain(g) & is_plain(h)
    };
    eights.iter().all(are_plain) && rest.iter().all(is_plain) || text.chars().all(is_xml)
}

/// The first character that XML 1.0 cannot carry in any spelling (§2.2, production 2).
pub(crate) fn unwritable(text: &str) -> Option<char> {
    // Nearly all text is plain, and that is seen without taking it apart.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain { None } else { text.chars().find(|character| !is_xml(*character)) }
}

fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Reads a file into its roots: exactly one for [`Shape::Document`], at least one for the others.
pub(crate) fn parse(bytes: &[u8], shape: Shape) -> Result<Vec<Element>, Fault> {
    match salvage(bytes, shape) {
        (roots, None) => Ok(roots),
        (_, Some(fault)) => Err(fault),
    }
}

/// As much of a file as can be read, and what is wrong at the first place that cannot: elements that are open there end there.
pub(crate) fn salvage(bytes: &[u8], shape: Shape) -> (Vec<Element>, Option<Fault>) {
    let text = match text_of(bytes, shape) {
        Ok(text) => text,
        Err(fault) => return (Vec::new(), Some(fault)),
    };
    let ascii = shape == Shape::Found && text.is_ascii();
    let mut tree = Tree { shape, skipped: bytes.len() - text.len(), ascii, ..Tree::default() };
    let fault = tree.read(bytes, text).err();
    while let Some(open) = tree.open.pop() {
        let end = fault.as_ref().map_or(bytes.len(), |fault| fault.offset).max(open.inner.start);
        tree.close(Element { inner: open.inner.start..end, end, ..open });
    }
    (tree.roots, fault)
}

/// The file as text, without a byte-order mark.
fn text_of(bytes: &[u8], shape: Shape) -> Result<&str, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::at(&[], 0, format!("the file has {} bytes, and at most {MAX_BYTES} are read", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Fault::at(bytes, error.valid_up_to(), "not UTF-8"))?;
    let strange = || text.char_indices().find(|(_, character)| !is_xml(*character));
    if let Some((offset, character)) = if is_writable(text) { None } else { strange() } {
        let cause = format!("the character U+{:04X} cannot stand in XML", character as u32);
        return Err(Fault::at(bytes, offset, cause));
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    Ok(if shape == Shape::Found { text.trim_start() } else { text })
}

/// The tree as far as it is read.
#[derive(Default)]
struct Tree {
    shape: Shape,
    /// Bytes before the text: a byte-order mark.
    skipped: usize,
    open: Vec<Element>,
    roots: Vec<Element>,
    count: usize,
    /// Whether anything but white space has been read.
    began: bool,
    /// Whether the text is ASCII, and may say that it is of another encoding.
    ascii: bool,
}

impl Tree {
    fn read(&mut self, bytes: &[u8], text: &str) -> Result<(), Fault> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        loop {
            let start = self.skipped + reader.buffer_position() as usize;
            let event = reader.read_event().map_err(|error| {
                let at = self.skipped + reader.error_position() as usize;
                Fault::at(bytes, at, format!("not well-formed: {error}"))
            })?;
            let end = self.skipped + reader.buffer_position() as usize;
            if event == Event::Eof {
                break;
            }
            self.take(event, start..end).map_err(|cause| Fault::at(bytes, start, cause))?;
        }
        if let Some(open) = self.open.last() {
            return Err(Fault::at(
                bytes,
                open.offset,
                format!("`<{}>` is not closed: the file is cut short", open.name),
            ));
        }
        match self.roots.is_empty() {
            true => Err(Fault::at(bytes, bytes.len(), "there is no element")),
            false => Ok(()),
        }
    }

    fn take(&mut self, event: Event<'_>, at: Range<usize>) -> Result<(), String> {
        match event {
            Event::Start(tag) => {
                let element = self.element(&tag, &at)?;
                self.open.push(element);
            }
            Event::Empty(tag) => {
                let element = self.element(&tag, &at)?;
                self.close(element);
            }
            Event::End(_) => {
                let mut element = self.open.pop().ok_or("a closing tag without an opening one")?;
                element.inner.end = at.start;
                element.end = at.end;
                self.close(element);
            }
            Event::Text(text) if text.as_bytes().contains(&b']') && text.contains("]]>") => {
                return Err("`]]>` cannot stand in text".to_owned());
            }
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => {
                let open = self.open.last_mut().ok_or("text stands outside the elements")?;
                open.cdata = true;
                open.text.push_str(&text.xml10_content());
            }
            Event::GeneralRef(reference) => self.text(&resolve(&reference)?.to_string())?,
            Event::Comment(_) => {}
            Event::Decl(declaration) => self.declaration(&declaration, at.start)?,
            Event::DocType(text) => self.doctype(&text)?,
            // A report of a device may name its stylesheet.
            Event::PI(_) if self.shape == Shape::Found && self.open.is_empty() => {}
            Event::PI(_) => return Err("processing instructions are not read".to_owned()),
            Event::Eof => {}
        }
        self.began = true;
        Ok(())
    }

    fn element(&mut self, tag: &BytesStart<'_>, at: &Range<usize>) -> Result<Element, String> {
        self.count += 1;
        if self.count > MAX_ELEMENTS {
            return Err(format!("more than {MAX_ELEMENTS} elements"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} elements inside one another"));
        }
        if self.open.is_empty() && self.shape == Shape::Document && !self.roots.is_empty() {
            return Err("a second root element".to_owned());
        }
        Ok(Element {
            name: element_name(tag.name().as_ref())?,
            attributes: attributes(tag)?,
            children: Vec::new(),
            text: String::new(),
            cdata: false,
            offset: at.start,
            inner: at.end..at.end,
            end: at.end,
        })
    }

    fn close(&mut self, element: Element) {
        match self.open.last_mut() {
            Some(parent) => {
                // An element holds few others or many.
                if parent.children.is_empty() {
                    parent.children.reserve(8);
                }
                parent.children.push(element);
            }
            None => self.roots.push(element),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            // What stands between its elements is layout.
            Some(open) if self.shape == Shape::Found && !open.children.is_empty() && text.trim_ascii().is_empty() => {}
            Some(open) => open.text.push_str(text),
            None if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() => {}
            None => return Err("text stands outside the elements".to_owned()),
        }
        Ok(())
    }

    fn declaration(&self, declaration: &BytesDecl<'_>, start: usize) -> Result<(), String> {
        // Somebody wrote a comment above a file that was whole.
        let may_follow = self.shape == Shape::Found && self.roots.is_empty() && self.open.is_empty();
        if start != self.skipped && !may_follow {
            return Err("an XML declaration stands at the very beginning or nowhere".to_owned());
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
            // What was another encoding is UTF-8 by now, and ASCII is the same in most of them.
            Some(Ok(encoding)) if self.ascii || is_wide(&encoding) && self.shape == Shape::Found => Ok(()),
            Some(Ok(encoding)) => Err(format!("the encoding `{encoding}` is not UTF-8")),
            Some(Err(error)) => Err(format!("not well-formed: {error}")),
        }
    }

    fn doctype(&self, text: &str) -> Result<(), String> {
        if self.shape == Shape::Fragment || !self.open.is_empty() || !self.roots.is_empty() {
            return Err("a document type has no place here".to_owned());
        }
        // A subset could declare entities; no real profile has one.
        if text.contains('[') { Err("an internal DTD subset is not read".to_owned()) } else { Ok(()) }
    }
}

fn is_wide(encoding: &str) -> bool {
    encoding.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("utf-16"))
}

/// The name of an element. Those of a property list, of which a file has hundreds, take no memory each.
fn element_name(read: &str) -> Result<Cow<'static, str>, String> {
    const USUAL: [&str; 11] =
        ["key", "string", "dict", "array", "true", "false", "integer", "real", "data", "date", "plist"];
    match USUAL.into_iter().find(|usual| *usual == read) {
        Some(usual) => Ok(Cow::Borrowed(usual)),
        None => name(read).map(Cow::Owned),
    }
}

/// A legal name, ASCII exactly and the rest as a superset (XML 1.0 §2.3).
fn name(name: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let other = |c: char| first(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    let mut characters = name.chars();
    if characters.next().is_some_and(first) && characters.all(other) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not a name"))
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut read = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("not well-formed: {error}"))?;
        if read.len() == MAX_ATTRIBUTES {
            return Err(format!("more than {MAX_ATTRIBUTES} attributes"));
        }
        read.push((name(attribute.key.as_ref())?, attribute_value(&attribute.value)?));
    }
    Ok(read)
}

/// XML 1.0 §3.3.3: white space written as such is a space, a reference stands for its character.
fn attribute_value(raw: &str) -> Result<String, String> {
    if raw.contains('<') {
        return Err("`<` cannot stand in an attribute".to_owned());
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find('&') {
        let (before, from) = rest.split_at(start);
        value.push_str(&before.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
        let end = from.find(';').ok_or("`&` begins no entity")?;
        value.push(resolve(&BytesRef::new(&from[1..end]))?);
        rest = &from[end + 1..];
    }
    value.push_str(&rest.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
    Ok(value)
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    let unknown = || format!("the entity `&{};` is not known", &**reference);
    if reference.is_char_ref() {
        let character = reference.resolve_char_ref().ok().flatten().ok_or_else(unknown)?;
        return if is_xml(character) { Ok(character) } else { Err(unknown()) };
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8], shape: Shape) -> Fault {
        parse(bytes, shape).expect_err(&String::from_utf8_lossy(bytes))
    }

    #[test]
    fn text_is_what_entities_cdata_and_comments_say() {
        let roots = parse(
            b"\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><!DOCTYPE a><a b=' &#xF000;&amp;\t'>x&lt;<!-- no --><![CDATA[&amp;<b>]]>\r\n</a>\n<!-- end -->",
            Shape::Document,
        )
        .unwrap();
        assert_eq!(roots[0].text, "x<&amp;<b>\n");
        assert!(roots[0].cdata);
        assert_eq!(roots[0].attributes, [("b".to_owned(), " \u{F000}& ".to_owned())]);
    }

    #[test]
    fn inner_is_what_stands_between_the_tags() {
        let text = b"<a><b x='1'/>y</a>";
        let roots = parse(text, Shape::Fragment).unwrap();
        assert_eq!(&text[roots[0].inner.clone()], b"<b x='1'/>y");
    }

    #[test]
    fn what_is_not_strict_xml_is_refused_with_its_place() {
        for (text, line) in [
            ("", 1),
            ("<a>", 1),
            ("<a>\n<b></a>", 2),
            ("<a/>\n<a/>", 2),
            ("<a/>text", 1),
            ("text<a/>", 1),
            ("<a/>&amp;", 1),
            ("<a>&nbsp;</a>", 1),
            ("<a>&#0;</a>", 1),
            ("<a>&#xD800;</a>", 1),
            ("<a>&</a>", 1),
            ("<a>]]></a>", 1),
            ("<1a/>", 1),
            ("<a b='<'/>", 1),
            ("<a b='1' b='2'/>", 1),
            ("<a b=1/>", 1),
            ("<a><?pi?></a>", 1),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", 1),
            ("<a/><!DOCTYPE a>", 1),
            (" <?xml version='1.0'?><a/>", 1),
            ("<?xml version='1.0' encoding='latin1'?><a/>", 1),
            ("<a>\n\n\u{1}</a>", 3),
            ("<a><!-- -- --></a>", 1),
            ("</a>", 1),
        ] {
            assert_eq!(refused(text.as_bytes(), Shape::Document).line, line, "{text}");
        }
        assert_eq!(refused(b"<a>\xFF</a>", Shape::Document).place(), "line 1, byte 3");
    }

    #[test]
    fn a_fragment_has_many_roots_and_no_document_type() {
        assert_eq!(parse(b"<a/> <b/>", Shape::Fragment).map(|roots| roots.len()), Ok(2));
        refused(b"<!DOCTYPE a><a/>", Shape::Fragment);
    }

    #[test]
    fn sizes_are_limited() {
        let deep = |n: usize| "<a>".repeat(n) + &"</a>".repeat(n);
        assert!(parse(deep(MAX_DEPTH).as_bytes(), Shape::Document).is_ok());
        refused(deep(MAX_DEPTH + 1).as_bytes(), Shape::Document);
        refused("<a>".repeat(1_000_000).as_bytes(), Shape::Document);
        refused("<a/>".repeat(MAX_ELEMENTS + 1).as_bytes(), Shape::Fragment);
        refused(&vec![b' '; MAX_BYTES + 1], Shape::Document);
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=''")).collect();
        refused(format!("<a{attributes}/>").as_bytes(), Shape::Document);
    }
}
