//! Secrets in the place of their markers, as each format writes them. The bytes are built once, in memory that is cleared: nothing else
//! here ever holds a secret. Filling in gives what encoding the value itself would give.

use super::{Format, declaration};
use crate::encoding::admx::SEPARATOR;
use crate::encoding::{base64, xml};
use crate::gather::Arrange;
use crate::setting::Secret;
use crate::setting::secret::{Mark, marks};
use std::collections::BTreeMap;
use std::ops::Range;
use zeroize::Zeroizing;

/// Secrets by name.
pub type Secrets = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// A secret that cannot stand where it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its name.
    pub name: String,
    /// What is the matter, in words that tell nothing of its value.
    pub why: &'static str,
}

/// How every marker begins in base64, whatever follows: sixteen characters are together on the shortest of lines.
pub(super) const IN_BASE64: &str = "cG9saWN5YzpzZWNy";

/// Bytes that one byte of a secret takes at most: a quote in a document in JSON or XML takes ten, and base64 at the deepest level seven.
const EXPANSION: usize = 12;

/// A place for a secret.
struct Place<'a> {
    at: Range<usize>,
    name: String,
    writing: Writing<'a>,
}

/// How a secret is written.
enum Writing<'a> {
    /// As text, escaped for the file; in a document, for that first.
    Text { in_xml: bool },
    /// As base64, in lines of this many characters after this white space; on one line where there is none.
    Base64 { width: usize, indent: &'a str },
}

/// The names of the secrets that a file of ours asks for, one for each place.
pub fn asked(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let inside = enveloped(text).map_or_else(Vec::new, |(_, profile)| asked(&profile));
    places(text).into_iter().map(|place| place.name).chain(inside).collect()
}

/// Where the profile stands in an envelope of ours, and the profile. Its markers are within base64.
fn enveloped(text: &str) -> Option<(Range<usize>, Vec<u8>)> {
    const MEMBER: &str = "\n  \"payload\": \"";
    let start = text.find(MEMBER)? + MEMBER.len();
    let end = start + text[start..].find('"')?;
    Some((start..end, base64::decode(&text[start..end])?))
}

/// The file with its secrets in it.
///
/// # Errors
/// The first secret that is not given, or that the format cannot carry.
pub fn fill(format: Format, bytes: &[u8], secrets: &Secrets) -> Result<Zeroizing<Vec<u8>>, Unfit> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    if let (Format::Intune, Some((at, profile))) = (format, enveloped(text)) {
        let filled = fill(Format::Mobileconfig, &profile, secrets)?;
        let encoded = Zeroizing::new(base64::encode(&filled));
        let mut out = Out(Zeroizing::new(Vec::with_capacity(text.len() + encoded.len())));
        [&text[..at.start], &encoded, &text[at.end..]].into_iter().for_each(|part| out.push(part));
        return Ok(out.0);
    }
    let places = places(text);
    let unfit = |place: &Place<'_>, why| Unfit { name: place.name.clone(), why };
    let mut room = text.len();
    for place in &places {
        let secret = secrets.get(&place.name).ok_or_else(|| unfit(place, "it is not given"))?;
        room += secret.len() * EXPANSION + 128;
    }
    let mut out = Out(Zeroizing::new(Vec::with_capacity(room)));
    let mut end = 0;
    for place in &places {
        out.push(&text[end..place.at.start]);
        end = place.at.end;
        let secret = &secrets[&place.name];
        match place.writing {
            Writing::Base64 { width, indent } => out.base64(secret, width, indent),
            Writing::Text { in_xml } => {
                let secret = std::str::from_utf8(secret).map_err(|_| unfit(place, "it is not text in UTF-8"))?;
                match fault(format, secret) {
                    Some(why) => return Err(unfit(place, why)),
                    None => out.text(secret, format, in_xml),
                }
            }
        }
    }
    out.push(&text[end..]);
    debug_assert!(out.0.capacity() == room || places.is_empty(), "internal: the file outgrew its room");
    if format == Format::Declaration && !places.is_empty() {
        declaration::renew_token(&mut out.0, text);
    }
    Ok(out.0)
}

fn places(text: &str) -> Vec<Place<'_>> {
    let written = |Mark { at, name, in_xml }| Place { at, name: String::from(name), writing: Writing::Text { in_xml } };
    let mut places: Vec<Place<'_>> = marks(text).map(written).collect();
    places.extend(text.match_indices(IN_BASE64).filter_map(|(start, _)| encoded(text, start)));
    places.arrange_by_key(|place| place.at.start);
    places
}

/// A marker in base64 that begins here. In a property list it stands on lines of its own.
fn encoded(text: &str, start: usize) -> Option<Place<'_>> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let rest = &text.as_bytes()[start..];
    let end = rest.iter().position(|byte| !is_base64(*byte) && !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    let end = start + text[start..start + end].trim_end().len();
    // All of the bytes are the marker, or it is none.
    if text[..start].trim_end().bytes().next_back().is_some_and(is_base64) {
        return None;
    }
    let Secret::Data(name) = Secret::read_bytes(&base64::decode(&text[start..end])?)? else { return None };
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..start];
    let own_line = !indent.is_empty() && indent.bytes().all(|byte| byte == b'\t');
    let (width, indent) = if own_line { (crate::encoding::plist::data_width(indent.len()), indent) } else { (0, "") };
    Some(Place { at: start..end, name, writing: Writing::Base64 { width, indent } })
}

/// Why a text cannot stand in a file of this format.
fn fault(format: Format, text: &str) -> Option<&'static str> {
    match format {
        // JSON can write any character; the last two hold no secret at all.
        Format::Declaration | Format::Attached | Format::Index | Format::Expected => None,
        _ if xml::unwritable(text).is_some() => Some("it holds a character that XML cannot carry"),
        Format::Mobileconfig | Format::Command => {
            text.contains('\r').then_some("it holds a carriage return, which a property list turns into a line end")
        }
        Format::Syncml | Format::Intune => {
            text.contains(SEPARATOR).then_some("it holds U+F000, which parts the items of a list")
        }
    }
}

/// What is written, within the room that it was given at first: memory that grew would leave copies behind.
struct Out(Zeroizing<Vec<u8>>);

impl Out {
    fn push(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, secret: &str, format: Format, in_xml: bool) {
        let mut buffer = Zeroizing::new([0; 4]);
        for character in secret.chars() {
            let plain: &str = character.encode_utf8(&mut *buffer);
            let inner = if in_xml { in_document(character) } else { None };
            for inner in inner.unwrap_or(plain).chars() {
                let mut buffer = Zeroizing::new([0; 4]);
                match format {
                    Format::Declaration | Format::Intune | Format::Attached | Format::Index | Format::Expected => {
                        self.json(inner)
                    }
                    Format::Mobileconfig | Format::Command | Format::Syncml => match in_element(inner) {
                        Some(escaped) => self.push(escaped),
                        None => self.push(inner.encode_utf8(&mut *buffer)),
                    },
                }
            }
        }
    }

    /// RFC 8259 §7, in the spelling of the writer of declarations.
    fn json(&mut self, character: char) {
        let mut buffer = Zeroizing::new([0; 4]);
        match character {
            '"' => self.push("\\\""),
            '\\' => self.push("\\\\"),
            '\n' => self.push("\\n"),
            '\r' => self.push("\\r"),
            '\t' => self.push("\\t"),
            '\u{8}' => self.push("\\b"),
            '\u{c}' => self.push("\\f"),
            control @ ..='\u{1f}' => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let code = u32::from(control) as usize;
                self.push("\\u00");
                self.0.extend_from_slice(&[DIGITS[code >> 4], DIGITS[code & 15]]);
            }
            other => self.push(other.encode_utf8(&mut *buffer)),
        }
    }

    fn base64(&mut self, secret: &[u8], width: usize, indent: &str) {
        // Whole groups of three bytes and four characters stand on each line.
        let line = if width == 0 { secret.len().next_multiple_of(3) } else { width / 4 * 3 };
        for (n, bytes) in secret.chunks(line.max(3)).enumerate() {
            if n > 0 {
                self.push("\n");
                self.push(indent);
            }
            self.push(&Zeroizing::new(base64::encode(bytes)));
        }
    }
}

/// Between tags of the file.
fn in_element(character: char) -> Option<&'static str> {
    u8::try_from(character).ok().and_then(xml::reference)
}

/// What a document inside a value holds for these characters, between tags or in an attribute. The ampersand comes last, for the way back.
const IN_DOCUMENT: [(char, &str); 7] =
    [('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\t', "&#9;"), ('\n', "&#10;"), ('\r', "&#13;"), ('&', "&amp;")];

fn in_document(character: char) -> Option<&'static str> {
    IN_DOCUMENT.iter().find(|(plain, _)| *plain == character).map(|(_, written)| *written)
}

/// The text that filling in has written so into a document.
pub fn out_of_document(text: &str) -> String {
    IN_DOCUMENT
        .iter()
        .fold(text.to_owned(), |text, (plain, written)| text.replace(written, plain.encode_utf8(&mut [0; 4])))
}
