//! Writing by the distinguished rules.

use super::tag;
use crate::gather::Arrange;

/// A value of this type around these parts.
pub(in super::super) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    bytes.extend(header(length));
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// The octets of a length, the fewest that hold it (X.690 §10.1).
pub(in super::super) fn header(length: usize) -> impl Iterator<Item = u8> {
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count().min(digits.len() - 1);
    let count = digits.len() - zeros;
    let long = (length > 0x7f).then_some(0x80 | count as u8);
    long.into_iter().chain(digits.into_iter().skip(zeros))
}

/// A whole number from its digits, not negative.
pub(in super::super) fn integer(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[zeros..];
    let sign: &[u8] = if digits.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    wrap(tag::INTEGER, &[sign, digits])
}

/// A set of such values, in the order that X.690 §11.6 gives them, as the type with this tag.
pub(in super::super) fn set_of(tag: u8, mut values: Vec<&[u8]>) -> Vec<u8> {
    values.arrange();
    wrap(tag, &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers_are_as_short_as_they_can_be() {
        assert_eq!(wrap(4, &[]), [4, 0]);
        assert_eq!(wrap(4, &[&[0; 127]])[..2], [4, 0x7f]);
        assert_eq!(wrap(4, &[&[0; 128]])[..3], [4, 0x81, 0x80]);
        assert_eq!(wrap(4, &[&[0; 256]])[..4], [4, 0x82, 1, 0]);
        assert_eq!(integer(&[]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn a_set_has_one_order() {
        assert_eq!(set_of(0x31, vec![&[4, 1, 9], &[2, 1, 1]]), [0x31, 6, 2, 1, 1, 4, 1, 9]);
    }
}
