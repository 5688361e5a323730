//! A property list as nearly all of them are written, read straight into its values: no elements are kept on the way, which takes a
//! fifth of the time. Whatever is unusual about a file, let alone wrong, is left to `read.rs`, which says what it is; both give the same
//! of what this one takes.

use super::super::base64;
use super::super::xml::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, is_writable};
use super::dictionary::Entry;
use super::read::{integer, real};
use super::{Dictionary, Item, MAX_TEXT};
use crate::source::{FileId, Span, Spanned};
use std::borrow::Cow;

/// Its value; `None` for what is not written as usual.
pub(super) fn read(text: &str) -> Option<Spanned<Item>> {
    // Of characters that cannot stand in XML those of ASCII are found on the way; the others begin with this byte (U+FFFE, U+FFFF).
    let may_have_others = || !text.is_ascii() && text.as_bytes().contains(&0xEF);
    if text.len() > MAX_BYTES || may_have_others() && !is_writable(text) {
        return None;
    }
    let at = text.len() - text.strip_prefix('\u{FEFF}').unwrap_or(text).len();
    let (entries, items) = (Vec::with_capacity(USUAL), Vec::with_capacity(USUAL));
    let mut reading = Reading { text, bytes: text.as_bytes(), at, depth: 1, count: 0, entries, items };
    reading.head()?;
    let root = reading.value()?;
    reading.layout()?;
    reading.end(b"plist")?;
    reading.layout()?;
    (reading.at == text.len()).then_some(root)
}

/// Values that stand open in most files at a time.
const USUAL: usize = 32;

struct Reading<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    count: usize,
    /// What dictionaries and lists hold that are not at their ends yet, the innermost last.
    entries: Vec<Entry>,
    items: Vec<Spanned<Item>>,
}

/// A tag that begins an element: its name, and whether it ends it too.
#[derive(Clone, Copy)]
struct Tag<'t> {
    name: &'t [u8],
    is_whole: bool,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl<'t> Reading<'t> {
    /// Whether this stands here, which is then read.
    fn has(&mut self, wanted: &[u8]) -> bool {
        let has = self.bytes[self.at..].starts_with(wanted);
        self.at += if has { wanted.len() } else { 0 };
        has
    }

    /// What stands before this, which ends in `>`, and is then read.
    fn until(&mut self, wanted: &str) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let after = rest.match_indices('>').map(|(at, _)| &rest[..=at]).find(|text| text.ends_with(wanted))?;
        self.at += after.len();
        after.strip_suffix(wanted).filter(|text| is_writable(text))
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| is_space(*byte)) {
            self.at += 1;
        }
    }

    /// White space and comments.
    fn layout(&mut self) -> Option<()> {
        loop {
            self.space();
            if self.bytes.get(self.at + 1) != Some(&b'!') || !self.has(b"<!--") {
                return Some(());
            }
            let comment = self.until("-->")?;
            if comment.contains("--") || comment.ends_with('-') {
                return None;
            }
        }
    }

    /// Everything up to the first value.
    fn head(&mut self) -> Option<()> {
        self.space();
        if self.has(b"<?xml ") && !is_declaration(self.until("?>")?.trim_ascii_end()) {
            return None;
        }
        self.layout()?;
        if self.has(b"<!DOCTYPE plist ") && self.until(">")?.contains(['[', '<']) {
            return None;
        }
        self.layout()?;
        if !self.has(b"<plist>") {
            let version = self.has(b"<plist version=").then(|| self.until(">"))??;
            ["\"1.0\"", "\"1\"", "'1.0'"].contains(&version).then_some(())?;
        }
        self.layout()
    }

    /// The tag that begins an element, of which none has attributes.
    fn tag(&mut self) -> Option<Tag<'t>> {
        let rest = self.bytes.get(self.at..)?.strip_prefix(b"<")?;
        let mut length = 0;
        while rest.get(length)?.is_ascii_lowercase() {
            length += 1;
        }
        self.at += 1 + length;
        Some(Tag { name: &rest[..length], is_whole: self.close()? })
    }

    /// The end of a tag, and whether it is that of a whole element.
    fn close(&mut self) -> Option<bool> {
        self.space();
        let (length, is_whole) = match self.bytes.get(self.at..)? {
            [b'>', ..] => (1, false),
            [b'/', b'>', ..] => (2, true),
            _ => return None,
        };
        self.at += length;
        Some(is_whole)
    }

    /// The tag that ends an element.
    fn end(&mut self, name: &[u8]) -> Option<()> {
        let rest = self.bytes.get(self.at..)?.strip_prefix(b"</")?.strip_prefix(name)?;
        self.at = self.bytes.len() - rest.len();
        (!self.close()?).then_some(())
    }

    fn is_at_end(&self) -> bool {
        self.bytes.get(self.at + 1) == Some(&b'/')
    }

    /// Bounded by the depth of an element.
    fn value(&mut self) -> Option<Spanned<Item>> {
        if self.count >= MAX_ELEMENTS / 2 || self.depth >= MAX_DEPTH {
            return None;
        }
        self.count += 1;
        let start = self.at;
        let tag = self.tag()?;
        self.depth += 1;
        let item = match tag.name {
            b"dict" => Item::Dictionary(self.dictionary(tag)?),
            b"array" => Item::Array(self.array(tag)?),
            b"string" => Item::Text(self.text(tag)?.into_owned()),
            name => scalar(name, &self.text(tag)?)?,
        };
        self.depth -= 1;
        Some(Spanned::new(item, Span::new(FileId::NONE, start, self.at)))
    }

    fn dictionary(&mut self, tag: Tag<'t>) -> Option<Dictionary> {
        if tag.is_whole {
            return Some(Dictionary::new());
        }
        let before = self.entries.len();
        self.layout()?;
        while !self.is_at_end() {
            let key = self.tag().filter(|tag| tag.name == b"key")?;
            let key = self.text(key)?.into_owned();
            self.layout()?;
            let value = self.value()?;
            self.entries.push((key, value));
            self.layout()?;
        }
        self.end(tag.name)?;
        match Dictionary::of(self.entries.split_off(before)) {
            (dictionary, None) => Some(dictionary),
            (_, Some(_)) => None,
        }
    }

    fn array(&mut self, tag: Tag<'t>) -> Option<Vec<Spanned<Item>>> {
        if tag.is_whole {
            return Some(Vec::new());
        }
        let before = self.items.len();
        self.layout()?;
        while !self.is_at_end() {
            let value = self.value()?;
            self.items.push(value);
            self.layout()?;
        }
        self.end(tag.name)?;
        Some(self.items.split_off(before))
    }

    /// The text of an element that holds nothing else.
    fn text(&mut self, tag: Tag<'t>) -> Option<Cow<'t, str>> {
        if tag.is_whole {
            return Some(Cow::Borrowed(""));
        }
        let (start, mut is_plain) = (self.at, true);
        loop {
            self.at += plain(&self.bytes[self.at..]);
            match *self.bytes.get(self.at)? {
                b'<' => break,
                b'&' | b'\r' => is_plain = false,
                b'\t' | b'\n' => {}
                b']' if !self.bytes[self.at..].starts_with(b"]]>") => {}
                _ => return None,
            }
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        self.end(tag.name)?;
        let text = if is_plain { Cow::Borrowed(text) } else { Cow::Owned(resolved(text)?) };
        (text.len() <= MAX_TEXT || tag.name == b"data").then_some(text)
    }
}

/// What stands in an XML declaration for UTF-8.
fn is_declaration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("version=\"1.0\" encoding=\"") else { return false };
    let Some((encoding, rest)) = rest.split_once('"') else { return false };
    encoding.eq_ignore_ascii_case("utf-8") && matches!(rest, "" | " standalone=\"no\"" | " standalone=\"yes\"")
}

/// How many bytes of text stand for themselves.
fn plain(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Eight at a time: whether one of them is zero shows in what it takes from the highest bit (Hacker's Delight, §6-1).
    let below = |word: u64, limit: u8| word.wrapping_sub(EACH * u64::from(limit)) & !word;
    let is = |word: u64, byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*eight);
        let odd = (below(word, b' ') | is(word, b'<') | is(word, b'&') | is(word, b']')) & (EACH << 7);
        if odd != 0 {
            // The first is one for sure, whatever it has borrowed from those behind it.
            return at + odd.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'<' | b'&' | b']');
    at + bytes[at..].iter().take_while(|byte| is_plain(byte)).count()
}

fn scalar(name: &[u8], text: &str) -> Option<Item> {
    match name {
        b"true" | b"false" => text.is_empty().then_some(Item::Boolean(name == b"true")),
        b"integer" => integer(text).ok(),
        b"real" => real(text).ok(),
        b"date" => Item::date(text).ok(),
        b"data" => base64::decode(text).map(Item::Data),
        _ => None,
    }
}

/// Text with its line ends, and with its entities, which are those of every XML file.
fn resolved(text: &str) -> Option<String> {
    const ENTITIES: [(&str, char); 5] = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, character) = ENTITIES.iter().find(|(name, _)| part.starts_with(name))?;
        out.push(*character);
        out.push_str(&part[name.len()..]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::read::salvaged;
    use super::*;

    /// Of what this takes, the other says the same.
    fn check(text: &str, is_taken: bool) {
        let found = read(text);
        assert_eq!(found.is_some(), is_taken, "{text}");
        let Some(root) = found else { return };
        let other = salvaged(text.as_bytes());
        assert_eq!(other.faults, [], "{text}");
        // Places and all.
        assert_eq!(format!("{root:?}"), format!("{:?}", other.root.unwrap()), "{text}");
    }

    #[test]
    fn what_is_written_as_usual_is_the_same_by_both() {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"a\" \"b\">\n<plist version=\"1.0\">\n";
        let whole = |inner: &str| format!("{head}{inner}\n</plist>\n");
        let of = |inner: &str, is_taken: bool| check(&whole(inner), is_taken);
        of(
            "<dict>\n<!-- a - b -->\n<key>z</key>\n<true/>\n<key>a</key><array><integer>-1</integer><real>1.5</real>\n</array></dict>",
            true,
        );
        of(
            "<dict><key>d</key><data>\nAAEC\nAw==\n</data><key>é</key><string>ü x</string><key>t</key><date>2026-01-31T12:00:00Z</date></dict>",
            true,
        );
        of(
            "<dict><key>a</key><dict/><key>b</key><array/><key>c</key><string/><key>d</key><string></string></dict>",
            true,
        );
        of("<array><string>a[b]&lt;&amp;c&gt;</string><string>]]</string></array>", true);
        of(
            "<array><dict><key>b</key><dict><key>y</key><false/></dict><key>a</key><string>1</string></dict></array>",
            true,
        );
        check(&format!("\u{FEFF}\r\n{}", whole("<string>x</string>")), true);
        check("<plist><string>x</string></plist>", true);
        for usual in [
            "<dict><key>a&amp;]</key><true/><key/><false></false></dict>",
            "<dict>\r\n<key>z\r\n</key >\r\n<string>a\rb\r\n</string>\r\n<key>b</key><data/><key>a</key><data>\r\nAAEC\r\n</data></dict>",
            "<array ><string /><true\n/><string>\t &apos;ä\u{7f}</string\t></array\r\n>",
            "<array><integer>-9223372036854775808</integer><integer>18446744073709551615</integer><integer>0001</integer></array>",
        ] {
            of(usual, true);
        }
        for head in ["encoding=\"utf-8\"", "encoding=\"UTF-8\" standalone=\"no\""] {
            check(&whole("<true/>").replace("encoding=\"UTF-8\"", head), true);
        }
        for version in ["version=\"1\"", "version='1.0'"] {
            check(&whole("<true/>").replace("plist version=\"1.0\"", &format!("plist {version}")), true);
        }
        for unusual in [
            "<dict><key>a</key><true/><key>a</key><true/></dict>",
            "<dict><key>a</key></dict>",
            "<dict>x</dict>",
            "<string>a&nbsp;</string>",
            "<string>a&</string>",
            "<string>a&#65;</string>",
            "<integer>&lt;</integer>",
            "<string><![CDATA[x]]></string>",
            "<string>a]]></string>",
            "<string a=''>x</string>",
            "<integer>x</integer>",
            "<real>nan</real>",
            "<data>A</data>",
            "<x/>",
            "<string>\u{1}</string>",
            "<string>\u{FFFE}</string>",
            "<string/ >",
            "< string/>",
            "<dict><key>a</key><true/>\u{c}</dict>",
            "<integer>18446744073709551616</integer>",
            "<!-- \u{1} --><true/>",
            "<!-- a -- b --><true/>",
            "<true/><true/>",
            "<string>x",
            "",
        ] {
            of(unusual, false);
        }
        check(&whole(&format!("{}{}", "<array>".repeat(70), "</array>".repeat(70))), false);
        check(&whole("<true/>").replace("UTF-8", "latin1"), false);
        check(&whole("<true/>").replace("\"b\">", "\"b\" [<!ENTITY x 'y'>]>"), false);
        check(&whole("<true/>").replace("plist version", "plist x='' version"), false);
        check(&(whole("<true/>") + "x"), false);
    }
}
