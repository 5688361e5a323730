//! JSON, read strictly and written in one form.
//!
//! RFC 8259 lets a reader choose what to make of names that stand twice, deep nesting and large numbers. Here the first two and
//! `null` are refused, and so is what is larger than any declaration: `serde_json` finds the tokens, the limits are those of
//! property lists.

use super::places::Places;
use super::plist::MAX_TEXT;
use super::xml::{MAX_BYTES, MAX_DEPTH};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// Levels of lists and objects that a file may have.
pub(crate) const MAX_LEVELS: usize = MAX_DEPTH;

const MAX_NODES: usize = 250_000;

/// Why a file cannot be read: the place in it, and the cause.
pub(crate) type Fault = (String, String);

/// Reads a file of ours.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Fault> {
    read_with(bytes, Nulls::Refused)
}

/// Reads what a console exports: `null` stands there for what is not set, and tools write it with a byte-order mark or in UTF-16.
pub(crate) fn read_export(bytes: &[u8]) -> Result<Value, Fault> {
    let broken = || ("line 1".to_owned(), "the file is no UTF-16".to_owned());
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect()
    };
    let wide = match bytes {
        _ if bytes.len() > MAX_BYTES => None,
        [0xFF, 0xFE, rest @ ..] => Some(units(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Some(units(rest, u16::from_be_bytes)),
        _ => None,
    };
    match wide {
        Some(_) if !bytes.len().is_multiple_of(2) => Err(broken()),
        Some(units) => read_with(String::from_utf16(&units).map_err(|_| broken())?.as_bytes(), Nulls::Kept),
        None => read_with(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes), Nulls::Kept),
    }
}

/// What to make of `null`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    Refused,
    Kept,
}

fn read_with(bytes: &[u8], nulls: Nulls) -> Result<Value, Fault> {
    let fault = |line: usize, cause: &str| (format!("line {line}"), cause.to_owned());
    if bytes.len() > MAX_BYTES {
        return Err(fault(1, &format!("{} bytes are more than the {MAX_BYTES} that are read", bytes.len())));
    }
    let left = Cell::new(MAX_NODES);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Place { level: 0, left: &left, nulls }.deserialize(&mut reader);
    read.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let said = error.to_string();
        let cause = said.rsplit_once(" at line ").map_or(said.as_str(), |(cause, _)| cause);
        (format!("line {}, column {}", error.line().max(1), error.column()), cause.to_owned())
    })
}

/// The file that holds a value: names sorted by their bytes, two spaces of indent, a line feed at the end.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let Ok(mut bytes) = serde_json::to_vec_pretty(value) else { panic!("internal: a value is always JSON") };
    bytes.push(b'\n');
    bytes
}

/// A text that stands at the top of a file as [`write()`] writes it, where every name of the top has a line: without reading the rest.
pub(crate) fn top_text(bytes: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, rest) = text.split_once(&format!("\n  \"{name}\": "))?;
    let value = rest.lines().next()?;
    serde_json::from_str(value.strip_suffix(',').unwrap_or(value)).ok()
}

/// Where a value is wanted.
#[derive(Clone, Copy)]
struct Place<'a> {
    level: usize,
    /// Values that may still come.
    left: &'a Cell<usize>,
    nulls: Nulls,
}

impl Place<'_> {
    fn one_more<E: Error>(self) -> Result<(), E> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom(format_args!("more than {MAX_NODES} values"))),
        }
    }

    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.level {
            MAX_LEVELS => Err(E::custom(format_args!("lists and objects stand more than {MAX_LEVELS} deep"))),
            level => Ok(Place { level: level + 1, ..self }),
        }
    }
}

fn fits<E: Error>(text: &str) -> Result<(), E> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        long => Err(E::custom(format_args!("a text of {long} bytes; {MAX_TEXT} are the limit"))),
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.one_more()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that a declaration can hold")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        match self.nulls {
            Nulls::Kept => Ok(Value::Null),
            Nulls::Refused => Err(E::invalid_type(Unexpected::Unit, &self)),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        fits(text)?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            fits(&name)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice")));
            }
            let value = entries.next_value_seed(inside)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Where each value stands in the text that it was read from, which may begin with a byte-order mark.
pub(crate) fn places(text: &str, value: &Value) -> Places {
    let at = text.len() - text.trim_start_matches('\u{FEFF}').len();
    let mut walk = Walk { text: text.as_bytes(), at, places: Places::default() };
    walk.value(Some(value));
    walk.places.settle();
    walk.places
}

/// The text once more, beside the value: what is walked has been read before, so that nothing is looked at twice.
struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    places: Places,
}

impl Walk<'_> {
    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Past a text in quotes.
    fn quoted(&mut self) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
    }

    /// Bounded by the depth that the reader allows.
    fn value(&mut self, value: Option<&Value>) {
        self.space();
        let start = self.at;
        match self.text.get(self.at) {
            Some(b'{') => self.inside(b'}', |walk, _| {
                let name = walk.name();
                walk.space();
                walk.at += 1;
                walk.value(value.and_then(|value| value.get(name?)));
            }),
            Some(b'[') => self.inside(b']', |walk, n| walk.value(value.and_then(|value| value.get(n)))),
            Some(b'"') => self.quoted(),
            _ => {
                let end = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                while self.text.get(self.at).is_some_and(|byte| !end(byte)) {
                    self.at += 1;
                }
            }
        }
        if let Some(value) = value {
            self.places.add(value, start..self.at.min(self.text.len()));
        }
    }

    fn inside(&mut self, close: u8, mut one: impl FnMut(&mut Self, usize)) {
        self.at += 1;
        for n in 0.. {
            self.space();
            match self.text.get(self.at) {
                None => return,
                Some(byte) if *byte == close => break,
                Some(b',') if n > 0 => self.at += 1,
                Some(_) => {}
            }
            self.space();
            let before = self.at;
            one(self, n);
            if self.at == before {
                return;
            }
        }
        self.at += 1;
    }

    /// The name of a member; `None` for what is no text.
    fn name(&mut self) -> Option<String> {
        let start = self.at;
        self.quoted();
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: Result<&str, (&str, &str)>) {
        let read = read(text.as_bytes()).map(|value| value.to_string());
        let read = read.as_ref().map(String::as_str).map_err(|(place, cause)| (place.as_str(), cause.as_str()));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn names_come_sorted_and_values_as_they_are() {
        let text = r#"{ "b": [1, -1, 1.0, 18446744073709551615, true, "\u00e9\u0000"], "a": {}, "ä": [] }"#;
        check(text, Ok("{\"a\":{},\"b\":[1,-1,1.0,18446744073709551615,true,\"é\\u0000\"],\"ä\":[]}"));
        check("[2.2250738585072014e-308, 1e300, 0.1]", Ok("[2.2250738585072014e-308,1e+300,0.1]"));
    }

    #[test]
    fn a_file_has_one_form() {
        let value = read(b"{\"b\":[1,{}],\"a\":[]}").unwrap();
        let expected = "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}\n";
        assert_eq!(String::from_utf8(write(&value)).unwrap(), expected);
    }

    #[test]
    fn what_other_readers_would_guess_is_refused() {
        check("{\"a\": 1,\n \"a\": 1}", Err(("line 2, column 4", "`a` stands twice")));
        let null = "invalid type: null, expected a value that a declaration can hold";
        check("{\"a\": null}", Err(("line 1, column 10", null)));
        check("{} {}", Err(("line 1, column 4", "trailing characters")));
        check("{\"a\": 1", Err(("line 1, column 7", "EOF while parsing an object")));
        check("", Err(("line 1, column 0", "EOF while parsing a value")));
        check("1e999", Err(("line 1, column 5", "number out of range")));
        check("\u{FEFF}{}", Err(("line 1, column 1", "expected value")));
        check("[\"\\ud800\"]", Err(("line 1, column 9", "unexpected end of hex escape")));
    }

    #[test]
    fn exports_hold_nulls_and_come_in_utf_16() {
        let text = "{\"a\": null, \"b\": \"é\"}";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let expected = Ok("{\"a\":null,\"b\":\"é\"}".to_owned());
        for bytes in [text.as_bytes(), &[b"\xEF\xBB\xBF", text.as_bytes()].concat(), &[b"\xFF\xFE", &wide[..]].concat()]
        {
            assert_eq!(read_export(bytes).map(|value| value.to_string()), expected);
        }
        assert!(read_export(b"\xFF\xFE{").is_err());
        assert!(read_export(b"\xFF\xFE\x00\xD8").is_err());
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(read(deep(MAX_LEVELS).as_bytes()).is_ok());
        for text in [
            deep(MAX_LEVELS + 1),
            deep(100_000),
            format!("[{}1]", "1,".repeat(MAX_NODES)),
            format!("\"{}\"", "x".repeat(MAX_TEXT + 1)),
            format!("{{\"{}\": 1}}", "x".repeat(MAX_TEXT + 1)),
            " ".repeat(MAX_BYTES + 1),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn a_text_at_the_top_is_found_where_it_stands() {
        let file = write(&json!({ "a": { "name": "inner" }, "name": "x\",\n", "z": 1, "last": "é" }));
        let found = ["name", "last", "a", "z", "none"].map(|name| top_text(&file, name));
        assert_eq!(found, [Some("x\",\n".to_owned()), Some("é".to_owned()), None, None, None]);
    }
}
