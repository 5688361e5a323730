//! Reading, by the distinguished rules alone (X.690 §10, §11): shortest lengths, shortest integers, no bit to spare.

use super::tag;

/// What is wrong with bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Malformed(pub(in super::super) &'static str);

/// One value: its identifier octet, its contents, and all of its bytes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Element<'a> {
    pub(in super::super) tag: u8,
    pub(in super::super) content: &'a [u8],
    pub(in super::super) whole: &'a [u8],
}

/// What is left of a run of values.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    /// The values inside.
    pub(in super::super) fn inside(self) -> Reader<'a> {
        Reader::new(self.content)
    }

    /// A whole number of at most 31 bits, not negative.
    pub(in super::super) fn small(self) -> Result<u32, Malformed> {
        let digits = self.natural()?;
        match digits.len() {
            0..=4 => Ok(digits.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))),
            _ => Err(Malformed("a number is too large")),
        }
    }

    /// The digits of a whole number that is not negative, without the octet that says so.
    pub(in super::super) fn natural(self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [] => Err(Malformed("a number has no digits")),
            [0, 0..=0x7f, ..] => Err(Malformed("a number has a leading zero")),
            [0x80..=0xff, ..] => Err(Malformed("a number is negative")),
            [0, digits @ ..] if !digits.is_empty() => Ok(digits),
            digits => Ok(digits),
        }
    }

    /// The octets of a bit string that has no odd bits.
    pub(in super::super) fn octets(self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [0, octets @ ..] => Ok(octets),
            _ => Err(Malformed("a bit string does not end with an octet")),
        }
    }

    /// Yes or no.
    pub(in super::super) fn boolean(self) -> Result<bool, Malformed> {
        match self.content {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(Malformed("a boolean is neither true nor false")),
        }
    }
}

impl<'a> Reader<'a> {
    /// Over these bytes.
    pub(in super::super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// Whether nothing is left.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next value.
    pub(in super::super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, of whatever type.
    pub(in super::super) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        const SHORT: Malformed = Malformed("it ends in the middle of a value");
        let (&tag, after) = self.rest.split_first().ok_or(SHORT)?;
        if tag & 0x1f == 0x1f {
            return Err(Malformed("a tag is of a kind that no certificate or signature has"));
        }
        let (&first, after) = after.split_first().ok_or(SHORT)?;
        let (length, after) = match first {
            0..=0x7f => (usize::from(first), after),
            0x81..=0x84 => {
                let (digits, after) = after.split_at_checked(usize::from(first & 0x7f)).ok_or(SHORT)?;
                let length = digits.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
                if digits[0] == 0 || length < 0x80 {
                    return Err(Malformed("a length is written longer than it needs"));
                }
                (length, after)
            }
            _ => return Err(Malformed("a length is indefinite or beyond all bounds")),
        };
        let (content, after) = after.split_at_checked(length).ok_or(Malformed("a length runs past the end"))?;
        let whole = &self.rest[..self.rest.len() - after.len()];
        self.rest = after;
        Ok(Element { tag, content, whole })
    }

    /// The next value, which must be of this type.
    pub(in super::super) fn take(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(_) => Err(Malformed("a value is of another type than its place wants")),
            None => Err(Malformed("a value is missing")),
        }
    }

    /// The next value where it is of this type.
    pub(in super::super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.any().map(Some),
            _ => Ok(None),
        }
    }

    /// The values inside the next one, which must be a sequence.
    pub(in super::super) fn sequence(&mut self) -> Result<Reader<'a>, Malformed> {
        self.take(tag::SEQUENCE).map(Element::inside)
    }

    /// Nothing may be left.
    pub(in super::super) fn end(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed("there is more than there should be")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<&[u8], &'static str>) {
        let mut reader = Reader::new(bytes);
        let found = reader.any().and_then(|element| reader.end().map(|()| element.content));
        assert_eq!(found, expected.map_err(Malformed));
    }

    #[test]
    fn a_value_has_one_form_only() {
        check(&[4, 1, 7], Ok(&[7]));
        check(&[4, 0x81, 1, 7], Err("a length is written longer than it needs"));
        check(&[4, 0x82, 0, 0x80, 7], Err("a length is written longer than it needs"));
        check(&[0x24, 0x80, 0, 0], Err("a length is indefinite or beyond all bounds"));
        check(&[4, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], Err("a length is indefinite or beyond all bounds"));
        check(&[4, 0x84, 255, 255, 255, 255], Err("a length runs past the end"));
        check(&[4, 2, 7], Err("a length runs past the end"));
        check(&[4, 1, 7, 7], Err("there is more than there should be"));
        check(&[0x1f, 1, 7], Err("a tag is of a kind that no certificate or signature has"));
        check(&[], Err("it ends in the middle of a value"));
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let number = |bytes: &[u8]| Reader::new(bytes).any().and_then(Element::small);
        assert_eq!(number(&[2, 1, 0]), Ok(0));
        assert_eq!(number(&[2, 2, 0, 0x80]), Ok(128));
        assert_eq!(number(&[2, 2, 0, 0x7f]), Err(Malformed("a number has a leading zero")));
        assert_eq!(number(&[2, 1, 0x80]), Err(Malformed("a number is negative")));
        assert_eq!(number(&[2, 0]), Err(Malformed("a number has no digits")));
        assert_eq!(number(&[2, 6, 1, 2, 3, 4, 5, 6]), Err(Malformed("a number is too large")));
    }
}
