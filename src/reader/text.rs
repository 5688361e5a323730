//! Bytes → the text that a reader takes: UTF-8 without what editors and exports add. Line ends and a byte-order mark stay where they are,
//! so that places are those of the file; text of another encoding has places of its own.

use std::borrow::Cow;

/// What had to be put right before a file could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Correction {
    /// A byte-order mark stands before the text.
    ByteOrderMark,
    /// The text is UTF-16.
    Utf16,
    /// Lines end in a carriage return and a line feed.
    CarriageReturns,
    /// White space stands before the XML declaration, which stands at the very beginning or nowhere.
    SpaceBefore,
    /// Some bytes are no UTF-8, and were read as the replacement character.
    NotUtf8,
    /// The whole is one text of JSON, which holds JSON: some tools write an export so.
    Quoted,
}

impl Correction {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Correction::ByteOrderMark => "byte-order-mark",
            Correction::Utf16 => "utf-16",
            Correction::CarriageReturns => "carriage-returns",
            Correction::SpaceBefore => "space-before-declaration",
            Correction::NotUtf8 => "not-utf-8",
            Correction::Quoted => "json-in-json",
        }
    }
}

/// A text, what had to be put right, and the first byte that is no text.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) corrections: Vec<Correction>,
    pub(super) broken: Option<usize>,
}

/// The text of a file; `None` for what is none.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    let mut corrections = Vec::new();
    let mut broken = None;
    let text: Cow<'_, str> = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, &mut corrections),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, &mut corrections),
        // UTF-16 without a mark: all that is read here begins with a character of ASCII.
        [b'<' | b'{' | b'[', 0, rest @ ..] if rest.len() > 1 => utf16(bytes, u16::from_le_bytes, &mut corrections),
        [0, b'<' | b'{' | b'[', ..] => utf16(bytes, u16::from_be_bytes, &mut corrections),
        _ if is_binary(bytes) => return None,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                corrections.push(Correction::NotUtf8);
                broken = Some(error.valid_up_to());
                String::from_utf8_lossy(bytes)
            }
        },
    };
    if text.starts_with('\u{FEFF}') {
        corrections.push(Correction::ByteOrderMark);
    }
    // To look for one byte takes a part of the time.
    if text.as_bytes().contains(&b'\r') && text.contains("\r\n") {
        corrections.push(Correction::CarriageReturns);
    }
    let text = unquoted(text, &mut corrections);
    let plain = text.trim_start_matches('\u{FEFF}');
    if plain.trim_start().starts_with("<?xml") && !plain.starts_with("<?xml") {
        corrections.push(Correction::SpaceBefore);
    }
    Some(Decoded { text, corrections, broken })
}

/// JSON that stands in a text of JSON.
fn unquoted<'a>(text: Cow<'a, str>, corrections: &mut Vec<Correction>) -> Cow<'a, str> {
    let plain = text.trim_matches('\u{FEFF}').trim();
    if !plain.starts_with("\"{") && !plain.starts_with("\"[") {
        return text;
    }
    match serde_json::from_str(plain) {
        Ok(inner) => {
            corrections.push(Correction::Quoted);
            Cow::Owned(inner)
        }
        Err(_) => text,
    }
}

/// What holds a zero byte is no text of one byte a character; what begins as one of ours is one that somebody broke.
fn is_binary(bytes: &[u8]) -> bool {
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if matches!(plain.first(), Some(b'<' | b'{' | b'[')) {
        return false;
    }
    bytes[..bytes.len().min(4096)].contains(&0)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, corrections: &mut Vec<Correction>) -> Cow<'static, str> {
    corrections.push(Correction::Utf16);
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if text.contains(char::REPLACEMENT_CHARACTER) || !bytes.len().is_multiple_of(2) {
        corrections.push(Correction::NotUtf8);
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, corrections: &[Correction]) {
        let decoded = decode(bytes).unwrap();
        assert_eq!((decoded.text.as_ref(), decoded.corrections.as_slice()), (text, corrections));
    }

    #[test]
    fn text_of_every_encoding_is_one_text() {
        use Correction::{ByteOrderMark, CarriageReturns, NotUtf8, SpaceBefore, Utf16};
        check(b"{}", "{}", &[]);
        check(b"\xEF\xBB\xBF{}\r\n", "\u{FEFF}{}\r\n", &[ByteOrderMark, CarriageReturns]);
        check(b"\n<?xml version='1.0'?><a/>", "\n<?xml version='1.0'?><a/>", &[SpaceBefore]);
        check(b"<a>\xE4</a>", "<a>\u{FFFD}</a>", &[NotUtf8]);
        let wide = |text: &str, mark: &[u8]| {
            [mark, &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
        };
        check(&wide("{\"ä\": 1}", b"\xFF\xFE"), "{\"ä\": 1}", &[Utf16]);
        check(&wide("{\"ä\": 1}", b""), "{\"ä\": 1}", &[Utf16]);
        let big: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&[b"\xFE\xFF", &big[..]].concat(), "<a/>", &[Utf16]);
        check(b"\xFF\xFE{", "", &[Utf16, NotUtf8]);
        check(br#""{ \"a\": 1 }""#, "{ \"a\": 1 }", &[Correction::Quoted]);
        assert!(decode(b"bplist00\0\0").is_none());
    }
}
