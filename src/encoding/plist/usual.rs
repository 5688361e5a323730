//! A property list as nearly all of them are written, read straight into its values: no elements are kept on the way, which takes a third
//! of the time. Whatever is unusual about a file, let alone wrong, is left to `read.rs`, which says what it is; both give the same of what
//! this one takes.

use super::super::base64;
use super::super::places::Places;
use super::super::xml::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, is_writable};
use super::read::{integer, real};
use super::{Dictionary, Item, MAX_TEXT};

/// Its value and the places in it; `None` for what is not written as usual.
pub(super) fn read(text: &str) -> Option<(Box<Item>, Places)> {
    if text.len() > MAX_BYTES || !is_writable(text) {
        return None;
    }
    let start = text.len() - text.strip_prefix('\u{FEFF}').unwrap_or(text).len();
    let mut reading = Reading { text, at: start, nodes: Vec::new(), depth: 1 };
    reading.head()?;
    let root = Box::new(reading.value("")?);
    reading.layout()?;
    reading.skip("</plist>")?;
    reading.layout()?;
    (reading.at == text.len()).then_some(())?;
    let mut places = Places::default();
    place(&root, &mut reading.nodes.iter(), &mut places)?;
    places.settle();
    Some((root, places))
}

/// A value in the order of the file: its place, the key that it stands at, how many values are in it.
struct Node<'t> {
    start: usize,
    end: usize,
    key: &'t str,
    inside: usize,
}

struct Reading<'t> {
    text: &'t str,
    at: usize,
    nodes: Vec<Node<'t>>,
    depth: usize,
}

impl<'t> Reading<'t> {
    /// Whether this stands here, which is then read.
    fn has(&mut self, wanted: &str) -> bool {
        let has = self.text.as_bytes()[self.at..].starts_with(wanted.as_bytes());
        self.at += if has { wanted.len() } else { 0 };
        has
    }

    fn skip(&mut self, wanted: &str) -> Option<()> {
        self.has(wanted).then_some(())
    }

    /// What stands before this, which is then read.
    fn until(&mut self, wanted: &str) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let end = rest.find(wanted)?;
        self.at += end + wanted.len();
        Some(&rest[..end])
    }

    /// Everything up to a tag.
    fn text(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let end = rest.find('<')?;
        self.at += end;
        Some(&rest[..end])
    }

    /// White space and comments.
    fn layout(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        loop {
            while bytes.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            if !self.has("<!--") {
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
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        if self.has("<?xml ") && self.until("?>")?.trim_end() != "version=\"1.0\" encoding=\"UTF-8\"" {
            return None;
        }
        self.layout()?;
        if self.has("<!DOCTYPE plist ") && self.until(">")?.contains(['[', '<']) {
            return None;
        }
        self.layout()?;
        if !self.has("<plist version=\"1.0\">") {
            self.skip("<plist>")?;
        }
        self.layout()
    }

    /// Bounded by the depth of an element.
    fn value(&mut self, key: &'t str) -> Option<Item> {
        let (start, own) = (self.at, self.nodes.len());
        if own >= MAX_ELEMENTS / 2 || self.depth >= MAX_DEPTH {
            return None;
        }
        self.nodes.push(Node { start, end: start, key, inside: 0 });
        self.skip("<")?;
        let rest = &self.text.as_bytes()[self.at..];
        let name = &self.text[self.at..self.at + rest.iter().take(9).position(|byte| matches!(byte, b'>' | b'/'))?];
        self.at += name.len();
        let item = match (self.has("/>"), name) {
            (true, "true") => Item::Boolean(true),
            (true, "false") => Item::Boolean(false),
            (true, "dict") => Item::Dictionary(Dictionary::new()),
            (true, "array") => Item::Array(Vec::new()),
            (true, "string") => Item::Text(String::new()),
            (true, _) => return None,
            (false, name) => {
                self.skip(">")?;
                self.depth += 1;
                let item = self.content(name, own)?;
                self.depth -= 1;
                self.skip(name)?;
                self.skip(">")?;
                item
            }
        };
        self.nodes[own].end = self.at;
        Some(item)
    }

    /// What stands in an element, up to the name in the tag that ends it.
    fn content(&mut self, name: &str, own: usize) -> Option<Item> {
        match name {
            "dict" => {
                let mut entries = Dictionary::new();
                self.layout()?;
                while !self.has("</") {
                    self.skip("<key>")?;
                    let key = self.text()?;
                    self.skip("</key>")?;
                    if key.len() > MAX_TEXT || [b'&', b'\r', b']'].iter().any(|odd| key.as_bytes().contains(odd)) {
                        return None;
                    }
                    self.layout()?;
                    let value = self.value(key)?;
                    if entries.insert(key.to_owned(), value).is_some() {
                        return None;
                    }
                    self.nodes[own].inside += 1;
                    self.layout()?;
                }
                Some(Item::Dictionary(entries))
            }
            "array" => {
                let mut items = Vec::new();
                self.layout()?;
                while !self.has("</") {
                    items.push(self.value("")?);
                    self.layout()?;
                }
                self.nodes[own].inside = items.len();
                Some(Item::Array(items))
            }
            _ => {
                let text = self.text()?;
                self.skip("</")?;
                if text.as_bytes().contains(&b'\r') || text.contains(']') && text.contains("]]>") {
                    return None;
                }
                match name {
                    "string" if text.contains('&') => Item::text(&resolved(text)?).ok(),
                    // Of what `Item::text` asks after, its length alone is not known yet.
                    "string" => (text.len() <= MAX_TEXT).then(|| Item::Text(text.to_owned())),
                    _ if text.contains('&') => None,
                    "integer" => integer(text).ok(),
                    "real" => real(text).ok(),
                    "date" => Item::date(text).ok(),
                    "data" => base64::decode(text).map(Item::Data),
                    _ => None,
                }
            }
        }
    }
}

/// Text with its entities, which are those of every XML file.
fn resolved(text: &str) -> Option<String> {
    const ENTITIES: [(&str, char); 5] = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, character) = ENTITIES.iter().find(|(name, _)| part.starts_with(name))?;
        out.push(*character);
        out.push_str(&part[name.len()..]);
    }
    Some(out)
}

/// Notes where an item and all in it stand: items move as their lists grow, so that their places are known when all are read.
fn place<'n, 't: 'n>(item: &Item, nodes: &mut impl Iterator<Item = &'n Node<'t>>, places: &mut Places) -> Option<()> {
    let node = nodes.next()?;
    inside(item, node, nodes, places)
}

fn inside<'n, 't: 'n>(
    item: &Item,
    node: &Node<'t>,
    nodes: &mut impl Iterator<Item = &'n Node<'t>>,
    places: &mut Places,
) -> Option<()> {
    places.add(item, node.start..node.end);
    match item {
        Item::Array(items) => items.iter().try_for_each(|item| place(item, nodes, places)),
        Item::Dictionary(entries) => (0..node.inside).try_for_each(|_| {
            let node = nodes.next()?;
            inside(entries.get(node.key)?, node, nodes, places)
        }),
        _ => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::salvaged;
    use super::*;

    /// Of what this takes, the other says the same.
    fn check(text: &str, is_taken: bool) {
        let found = read(text);
        assert_eq!(found.is_some(), is_taken, "{text}");
        let Some((root, places)) = found else { return };
        let other = salvaged(text.as_bytes());
        assert_eq!(other.faults, [], "{text}");
        let other_root = other.root.unwrap();
        assert_eq!(root, other_root, "{text}");
        same_places((&root, &places), (&other_root, &other.places));
    }

    fn same_places((one, places): (&Item, &Places), (other, others): (&Item, &Places)) {
        assert_eq!(places.of(one), others.of(other), "{one:?}");
        match (one, other) {
            (Item::Array(one), Item::Array(other)) => {
                one.iter().zip(other).for_each(|(one, other)| same_places((one, places), (other, others)));
            }
            (Item::Dictionary(one), Item::Dictionary(other)) => {
                one.values().zip(other.values()).for_each(|(one, other)| same_places((one, places), (other, others)));
            }
            _ => {}
        }
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
        for unusual in [
            "<dict><key>a</key><true/><key>a</key><true/></dict>",
            "<dict><key>a&amp;</key><true/></dict>",
            "<dict><key>a</key></dict>",
            "<dict>x</dict>",
            "<string>a&nbsp;</string>",
            "<string>a&</string>",
            "<string>a&#65;</string>",
            "<integer>&lt;</integer>",
            "<string><![CDATA[x]]></string>",
            "<string>a]]></string>",
            "<string>a\rb</string>",
            "<string a=''>x</string>",
            "<string>x</string >",
            "<true></true>",
            "<integer>x</integer>",
            "<real>nan</real>",
            "<data>A</data>",
            "<data/>",
            "<x/>",
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
        check(&(whole("<true/>") + "x"), false);
    }
}
