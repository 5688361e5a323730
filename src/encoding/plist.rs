//! Apple property lists in XML: one canonical form out, a strict reader in.
//!
//! The form is the one that `plutil -convert xml1` and Python's `plistlib` write: Apple's DOCTYPE, tabs, keys sorted by their
//! bytes, `& < >` escaped and nothing else, data in lines whose length depends on the indent, a newline at the end.

mod dictionary;
mod read;
mod usual;

pub(crate) use dictionary::Dictionary;
pub(crate) use read::{Found, MAX_FAULTS, read, salvage};

use super::base64;
use super::xml;
use crate::setting::{Date, Real};
use crate::source::Spanned;

const HEADER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
";

const OPENING: &str = "<plist version=\"1.0\">\n";

/// Bytes of the longest text.
pub(crate) const MAX_TEXT: usize = 1 << 20;

/// Levels of lists and dictionaries that a file may have: the reader's depth, less `<plist>` and the leaf.
pub(crate) const MAX_LEVELS: usize = xml::MAX_DEPTH - 2;

/// What a property list holds, with the places of what is in it where a file was read. The constructors refuse what the format cannot
/// carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Boolean(bool),
    /// Between -2^63 and 2^64 - 1: see [`Item::integer`].
    Integer(i128),
    Real(Real),
    /// See [`Item::text`].
    Text(String),
    /// See [`Item::date`].
    Date(String),
    Data(Vec<u8>),
    Array(Vec<Spanned<Item>>),
    Dictionary(Dictionary),
}

impl Item {
    /// A list that no file holds.
    pub(crate) fn array(items: impl IntoIterator<Item = Item>) -> Item {
        Item::Array(items.into_iter().map(Spanned::nowhere).collect())
    }

    /// Text, unless it holds what a property list cannot give back.
    pub(crate) fn text(text: &str) -> Result<Item, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the text has {} bytes, and a profile takes {MAX_TEXT}", text.len()));
        }
        // A reader turns carriage returns into line ends, and so does plistlib where one is written as an entity.
        let odd = xml::unwritable(text).or_else(|| text.contains('\r').then_some('\r'));
        match odd {
            Some(character) => Err(format!("a property list cannot hold the character U+{:04X}", u32::from(character))),
            None => Ok(Item::Text(text.to_owned())),
        }
    }

    /// A number in the range that Apple's parsers take.
    pub(crate) fn integer(number: i128) -> Result<Item, String> {
        if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
            Ok(Item::Integer(number))
        } else {
            Err(format!("a property list cannot hold the number {number}, which takes more than 64 bits"))
        }
    }

    /// A time, `YYYY-MM-DDTHH:MM:SSZ`.
    pub(crate) fn date(text: &str) -> Result<Item, String> {
        if is_time(text) {
            Ok(Item::Date(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a time of the form `2026-01-31T12:00:00Z`"))
        }
    }
}

fn is_time(text: &str) -> bool {
    let below = |part: &str, limit: u8| {
        part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n: u8| n < limit)
    };
    let Some((day, time)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) else { return false };
    let parts: Vec<&str> = time.split(':').collect();
    day.len() == 10
        && Date::parse(day).is_some()
        && matches!(parts.as_slice(), [h, m, s] if below(h, 24) && below(m, 60) && below(s, 60))
}

/// Bytes of a usual file: what it grows to is not copied on the way.
const USUAL: usize = 4 << 10;

/// The file that holds `root`.
pub(crate) fn write(root: &Dictionary) -> Vec<u8> {
    write_under("", root)
}

/// The file that holds `root` under a comment, which must not hold two hyphens in a row.
pub(crate) fn write_under(comment: &str, root: &Dictionary) -> Vec<u8> {
    let mut out = String::with_capacity(USUAL);
    out.push_str(HEADER);
    if !comment.is_empty() {
        out.push_str("<!-- ");
        out.push_str(comment);
        out.push_str(" -->\n");
    }
    out.push_str(OPENING);
    dictionary(root, 0, &mut out);
    out.push_str("</plist>\n");
    out.into_bytes()
}

fn item(item: &Item, level: usize, out: &mut String) {
    match item {
        Item::Boolean(true) => line(level, "<true/>", out),
        Item::Boolean(false) => line(level, "<false/>", out),
        Item::Integer(number) => element(level, "integer", &number.to_string(), out),
        Item::Real(number) => element(level, "real", &real(number.get()), out),
        Item::Text(text) => element(level, "string", text, out),
        Item::Date(text) => element(level, "date", text, out),
        Item::Data(bytes) => data(bytes, level, out),
        Item::Array(items) if items.is_empty() => line(level, "<array/>", out),
        Item::Array(items) => {
            line(level, "<array>", out);
            items.iter().for_each(|inner| self::item(inner, level + 1, out));
            line(level, "</array>", out);
        }
        Item::Dictionary(entries) => dictionary(entries, level, out),
    }
}

fn dictionary(entries: &Dictionary, level: usize, out: &mut String) {
    if entries.is_empty() {
        return line(level, "<dict/>", out);
    }
    line(level, "<dict>", out);
    for (key, value) in entries.iter() {
        element(level + 1, "key", key, out);
        item(value, level + 1, out);
    }
    line(level, "</dict>", out);
}

fn indent(level: usize, out: &mut String) {
    const TABS: &str = "\t\t\t\t\t\t\t\t";
    let mut left = level;
    while left > 0 {
        let next = left.min(TABS.len());
        out.push_str(&TABS[..next]);
        left -= next;
    }
}

fn line(level: usize, text: &str, out: &mut String) {
    indent(level, out);
    out.push_str(text);
    out.push('\n');
}

fn element(level: usize, name: &str, text: &str, out: &mut String) {
    indent(level, out);
    out.push('<');
    out.push_str(name);
    out.push('>');
    xml::escape(text, out);
    out.push_str("</");
    out.push_str(name);
    out.push_str(">\n");
}

fn data(bytes: &[u8], level: usize, out: &mut String) {
    line(level, "<data>", out);
    let width = data_width(level);
    let text = base64::encode(bytes);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (first, more) = rest.split_at(width.min(rest.len()));
        line(level, first, out);
        rest = more;
    }
    line(level, "</data>", out);
}

/// Characters on a line of base64 at a level: 76 columns with tabs of eight, but never under 16; four stand for three bytes.
pub(crate) fn data_width(level: usize) -> usize {
    76usize.saturating_sub(8 * level).max(16) / 4 * 4
}

/// The shortest digits that give the same number back, in Python's layout: `1.0`, `1e+16`, `1e-05`.
fn real(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(item: Item, expected: &str) {
        let written = write(&Dictionary::from_iter([("k".to_owned(), item.clone())]));
        let text = String::from_utf8(written.clone()).unwrap();
        let body = text
            .strip_prefix(HEADER)
            .and_then(|text| text.strip_prefix(OPENING))
            .unwrap()
            .strip_suffix("</dict>\n</plist>\n")
            .unwrap();
        assert_eq!(body, format!("<dict>\n\t<key>k</key>\n{expected}"));
        assert_eq!(read(&written), Ok(Item::Dictionary(Dictionary::from_iter([("k".to_owned(), item)]))));
    }

    fn number(number: f64) -> Item {
        Item::Real(Real::new(number).unwrap())
    }

    #[test]
    fn values_have_one_form() {
        check(Item::Boolean(true), "\t<true/>\n");
        check(Item::Integer(i128::from(u64::MAX)), "\t<integer>18446744073709551615</integer>\n");
        check(Item::Text(String::new()), "\t<string></string>\n");
        check(Item::Text("a&<>\"' \n\tü😀".to_owned()), "\t<string>a&amp;&lt;&gt;\"' \n\tü😀</string>\n");
        check(Item::Date("2026-02-28T00:00:00Z".to_owned()), "\t<date>2026-02-28T00:00:00Z</date>\n");
        check(Item::Array(Vec::new()), "\t<array/>\n");
        check(Item::Dictionary(Dictionary::new()), "\t<dict/>\n");
        check(Item::array([Item::Boolean(false)]), "\t<array>\n\t\t<false/>\n\t</array>\n");
    }

    #[test]
    fn reals_print_as_in_python() {
        for (value, expected) in [
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (5e-324, "5e-324"),
            (1.5e300, "1.5e+300"),
        ] {
            check(number(value), &format!("\t<real>{expected}</real>\n"));
        }
    }

    #[test]
    fn data_lines_are_shorter_where_they_stand_deeper() {
        check(Item::Data(Vec::new()), "\t<data>\n\t</data>\n");
        let line = "AAAA".repeat(17);
        check(Item::Data(vec![0; 52]), &format!("\t<data>\n\t{line}\n\tAA==\n\t</data>\n"));
        let mut deep = Item::Data(vec![0; 13]);
        for _ in 0..20 {
            deep = Item::array([deep]);
        }
        let text = String::from_utf8(write(&Dictionary::from_iter([("k".to_owned(), deep)]))).unwrap();
        assert!(text.contains(&format!("{0}AAAAAAAAAAAAAAAA\n{0}AA==\n", "\t".repeat(21))), "{text}");
    }

    #[test]
    fn what_the_format_cannot_carry_is_refused() {
        for text in ["\0", "a\u{1b}", "\r", "\u{FFFE}"] {
            assert!(Item::text(text).is_err(), "{text:?}");
        }
        assert!(Item::text(&"x".repeat(MAX_TEXT + 1)).is_err());
        assert!(Item::integer(i128::from(u64::MAX) + 1).is_err());
        for text in
            ["2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01", "2026-01-01T1:00:00Z", "2026-01T00:00:00Z"]
        {
            assert!(Item::date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_property_list_is_refused() {
        let body = |inner: &str| format!("{HEADER}{OPENING}{inner}</plist>").into_bytes();
        for inner in [
            "",
            "<dict/><dict/>",
            "text<dict/>",
            "<dict><key>a</key></dict>",
            "<dict><string>a</string></dict>",
            "<dict><key>a</key><true/><key>a</key><true/></dict>",
            "<dict><key>a</key><true>x</true></dict>",
            "<dict><key>a</key>x<true/></dict>",
            "<array><other/></array>",
            "<integer> 5 </integer>",
            "<integer>0x10</integer>",
            "<integer>+5</integer>",
            "<integer></integer>",
            "<integer>-</integer>",
            "<integer>18446744073709551616</integer>",
            "<integer>99999999999999999999999999999999999999999999</integer>",
            "<real>nan</real>",
            "<real>1e999</real>",
            "<real>infinity</real>",
            "<date>today</date>",
            "<data>A</data>",
            "<string>a<b/></string>",
            "<string>&#13;</string>",
        ] {
            assert!(read(&body(inner)).is_err(), "{inner}");
        }
        for whole in ["", "<dict/>", "bplist00", "0\u{1}", "{ a = b; }"] {
            assert!(read(whole.as_bytes()).is_err(), "{whole}");
        }
        let twice = read(&body("<dict>\n<key>a</key><true/>\n<key>a</key><true/>\n</dict>")).unwrap_err();
        assert_eq!((twice.line, twice.cause.as_str()), (6, "the key `a` stands twice"));
    }
}
