//! From the basic rules to the distinguished ones: OpenSSL streams profiles with lengths that it does not know yet and contents in pieces
//! (X.690 §8.1.3.6, §8.7.3). Nothing is allocated by a length that the bytes only claim.

use super::Malformed;
use super::write::header;

/// Values inside one another: certificates stay below 16.
const DEPTH: usize = 64;
/// Values in all: a profile of 32 MiB that OpenSSL streams has some ten thousand.
const VALUES: usize = 250_000;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
/// What is wrong with a file beyond that limit.
pub(in super::super) const TOO_MANY: Malformed = Malformed("it holds more than 250,000 values");
const SHORT: Malformed = Malformed("it ends in the middle of a value");

/// What is left of the limits.
struct Left {
    depth: usize,
    values: usize,
}

/// The one value that these bytes hold, with definite, shortest lengths and octet strings in one piece.
pub(in super::super) fn to_der(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut to = Vec::with_capacity(bytes.len());
    let mut from = bytes;
    value(&mut from, &mut to, &mut Left { depth: DEPTH, values: VALUES })?;
    if from.is_empty() { Ok(to) } else { Err(Malformed("there is more than there should be")) }
}

/// One value, from the front of `from` to the end of `to`.
fn value(from: &mut &[u8], to: &mut Vec<u8>, left: &mut Left) -> Result<(), Malformed> {
    let (tag, length) = start(from)?;
    left.depth = left.depth.checked_sub(1).ok_or(Malformed("values stand inside one another more than 64 deep"))?;
    left.values = left.values.checked_sub(1).ok_or(TOO_MANY)?;
    let begin = to.len();
    let is_in_pieces = tag == OCTET_STRING | CONSTRUCTED;
    let member = if is_in_pieces { piece } else { value };
    match length {
        Some(length) => {
            let (mut content, after) = from.split_at_checked(length).ok_or(Malformed("a length runs past the end"))?;
            *from = after;
            if tag & CONSTRUCTED == 0 {
                to.extend_from_slice(content);
                content = &[];
            }
            while !content.is_empty() {
                member(&mut content, to, left)?;
            }
        }
        None if tag & CONSTRUCTED == 0 => return Err(Malformed("a value of no parts has no length")),
        None => {
            while !from.starts_with(&[0, 0]) {
                member(from, to, left)?;
            }
            *from = &from[2..];
        }
    }
    let tag = if is_in_pieces { OCTET_STRING } else { tag };
    let length = to.len() - begin;
    to.splice(begin..begin, std::iter::once(tag).chain(header(length)));
    left.depth += 1;
    Ok(())
}

/// A piece of an octet string: its octets alone.
fn piece(from: &mut &[u8], to: &mut Vec<u8>, left: &mut Left) -> Result<(), Malformed> {
    if from.first().is_none_or(|tag| tag & !CONSTRUCTED != OCTET_STRING) {
        return Err(Malformed("a string is in pieces that are no strings"));
    }
    let mut whole = Vec::new();
    value(from, &mut whole, left)?;
    to.extend_from_slice(super::Reader::new(&whole).any()?.content);
    Ok(())
}

/// The tag and the length of the next value; none where its end is marked instead.
fn start(from: &mut &[u8]) -> Result<(u8, Option<usize>), Malformed> {
    let [tag, first, after @ ..] = *from else { return Err(SHORT) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag is of a kind that no certificate or signature has"));
    }
    let (length, after) = match first {
        0x80 => (None, after),
        0..=0x7f => (Some(usize::from(*first)), after),
        _ => {
            let (digits, after) = after.split_at_checked(usize::from(first & 0x7f)).ok_or(SHORT)?;
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            if digits.len() - zeros > 4 {
                return Err(Malformed("a length is beyond all bounds"));
            }
            (Some(digits[zeros..].iter().fold(0, |length, digit| length << 8 | usize::from(*digit))), after)
        }
    };
    *from = after;
    Ok((*tag, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<&[u8], &'static str>) {
        assert_eq!(to_der(bytes), expected.map(<[u8]>::to_vec).map_err(Malformed));
    }

    #[test]
    fn what_is_streamed_becomes_one_piece() {
        check(&[0x30, 0x80, 0x24, 0x80, 4, 1, 7, 4, 1, 8, 0, 0, 0, 0], Ok(&[0x30, 4, 4, 2, 7, 8]));
        check(&[0x24, 7, 0x24, 3, 4, 1, 7, 4, 0], Ok(&[4, 1, 7]));
        check(&[4, 0x83, 0, 0, 1, 7], Ok(&[4, 1, 7]));
        check(&[0x30, 3, 2, 1, 7], Ok(&[0x30, 3, 2, 1, 7]));
    }

    #[test]
    fn what_is_broken_ends_in_a_reason() {
        check(&[0x30, 0x80, 2, 1, 7], Err("it ends in the middle of a value"));
        check(&[4, 0x80, 0, 0], Err("a value of no parts has no length"));
        check(&[4, 0x84, 255, 255, 255, 255], Err("a length runs past the end"));
        check(&[4, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], Err("a length is beyond all bounds"));
        check(&[0x24, 3, 2, 1, 7], Err("a string is in pieces that are no strings"));
        check(&[4, 0, 0], Err("there is more than there should be"));
        check(&[0x30, 0x80].repeat(100_000), Err("values stand inside one another more than 64 deep"));
        check(&[0x24, 0x80].repeat(100_000), Err("values stand inside one another more than 64 deep"));
    }
}
