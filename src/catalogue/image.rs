//! Reads the embedded form (see `facts.rs`): rows by number, records through serde, each on demand.
//!
//! A run decodes some twenty thousand facts, so they are read in place, without a list made of each: postcard's wire format has the
//! variant as a varint, then how much there is as another, then that.

use super::facts::NUMBER;
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The sections of the embedded form.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    pub(crate) facts: &'static [u8],
    pub(crate) offsets: &'static [u8],
    pub(crate) types: &'static [u8],
    pub(crate) nodes: &'static [u8],
    pub(crate) sides: &'static [u8],
}

/// The sections that the build script wrote. Not a constant, which every unit of the program that names it may have a copy of.
pub(crate) static EMBEDDED: Image = Image {
    facts: include_bytes!(concat!(env!("OUT_DIR"), "/facts.bin")),
    offsets: include_bytes!(concat!(env!("OUT_DIR"), "/offsets.bin")),
    types: include_bytes!(concat!(env!("OUT_DIR"), "/types.bin")),
    nodes: include_bytes!(concat!(env!("OUT_DIR"), "/nodes.bin")),
    sides: include_bytes!(concat!(env!("OUT_DIR"), "/sides.bin")),
};

/// The variants of a fact, by their numbers in the embedded form (`Fact` of `pack.rs`).
mod variant {
    pub(super) const FLAG: u32 = 0;
    pub(super) const TEXT: u32 = 1;
    pub(super) const LIST: u32 = 2;
    pub(super) const MAP: u32 = 3;
}

/// Columns of the rows for types, sorted by form and name.
pub(crate) mod types {
    pub(crate) const FORM: usize = 0;
    pub(crate) const NAME: usize = 1;
    pub(crate) const SCHEMAS: usize = 2;
    pub(crate) const ERRATA: usize = 3;
    /// What each key says of availability, in the order of the records, each key before those below it.
    pub(crate) const LEVELS: usize = 4;
    pub(crate) const WIDTH: usize = 5;
}

/// Columns of the rows for nodes, sorted by the folded LocURI.
pub(crate) mod nodes {
    /// The LocURI as it is folded but for the case of its ASCII letters: for all but a few the LocURI itself, which is kept once.
    pub(crate) const FOLDED: usize = 0;
    pub(crate) const URI: usize = 1;
    pub(crate) const RECORD: usize = 2;
    pub(crate) const SOURCE: usize = 3;
    pub(crate) const ERRATA: usize = 4;
    /// The row of the nearest node above, counted from 1; 0 where there is none.
    pub(crate) const ABOVE: usize = 5;
    /// Not of the node: what stands here from the first row to the last are all rows, sorted by the letters of their LocURIs
    /// (`facts.rs`).
    pub(crate) const BY_LETTERS: usize = 6;
    pub(crate) const WIDTH: usize = 7;
}

/// Columns of the rows for curated directions, sorted by owner and leaf.
pub(crate) mod sides {
    /// A row of the types, or of the nodes, which are counted on from the types.
    pub(crate) const OWNER: usize = 0;
    /// The path of a key; of a node the part of its policy, or nothing.
    pub(crate) const LEAF: usize = 1;
    pub(crate) const ROW: usize = 2;
    pub(crate) const WIDTH: usize = 3;
}

/// Numbers in rows of equal width.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    bytes: &'static [u8],
    width: usize,
}

impl Rows {
    pub(crate) fn new(bytes: &'static [u8], width: usize) -> Rows {
        Rows { bytes, width }
    }

    pub(crate) fn len(self) -> usize {
        self.bytes.len() / (NUMBER * self.width)
    }

    pub(crate) fn get(self, row: usize, column: usize) -> u32 {
        number(self.bytes, row * self.width + column)
    }

    /// The first row for which `before` is false; the rows are sorted by it.
    pub(crate) fn partition_point(self, mut before: impl FnMut(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

fn number(bytes: &[u8], place: usize) -> u32 {
    match bytes.get(NUMBER * place..NUMBER * (place + 1)) {
        Some(&[a, b, c]) => u32::from_le_bytes([a, b, c, 0]),
        _ => panic!("internal: the embedded catalogue has no number {place}"),
    }
}

/// What is left of the facts from some place on.
#[derive(Clone, Copy)]
struct Bytes(&'static [u8]);

impl Bytes {
    /// A varint: seven bits a byte, the lowest first; the last byte is below 128.
    fn number(&mut self) -> u32 {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let Some((byte, rest)) = self.0.split_first() else { break };
            self.0 = rest;
            number |= u32::from(byte & 0x7F) << shift;
            if *byte < 0x80 {
                return number;
            }
        }
        panic!("internal: a number of the embedded catalogue does not end")
    }
}

impl Image {
    /// The variant of a fact, how much is in it, and its content.
    fn fact(&self, place: u32) -> (u32, u32, Bytes) {
        let start = number(self.offsets, place as usize) as usize;
        let mut bytes = Bytes(self.facts.get(start..).unwrap_or_default());
        (bytes.number(), bytes.number(), bytes)
    }

    /// The text at a place.
    pub(crate) fn text(&self, place: u32) -> &'static str {
        match std::str::from_utf8(self.bytes(place)) {
            Ok(text) => text,
            Err(error) => panic!("internal: fact {place} of the embedded catalogue: {error}"),
        }
    }

    /// The bytes of the text at a place, which sort as the text does: searching reads thousands of them, and proving each to be
    /// UTF-8 takes longer than all else in a look-up.
    pub(crate) fn bytes(&self, place: u32) -> &'static [u8] {
        match self.fact(place) {
            (variant::TEXT, length, Bytes(rest)) => rest.get(..length as usize).unwrap_or_default(),
            _ => panic!("internal: fact {place} of the embedded catalogue is no text"),
        }
    }

    /// The places that a list names.
    pub(crate) fn places(&self, place: u32) -> impl Iterator<Item = u32> + use<> {
        match self.fact(place) {
            (variant::LIST, length, mut bytes) => (0..length).map(move |_| bytes.number()),
            _ => panic!("internal: fact {place} of the embedded catalogue is no list"),
        }
    }

    /// The record at a place.
    pub(crate) fn record<T: Deserialize<'static>>(&self, place: u32) -> T {
        match T::deserialize(At { image: *self, place }) {
            Ok(record) => record,
            Err(error) => panic!("internal: record {place} of the embedded catalogue: {error}"),
        }
    }
}

/// One fact as serde reads it.
#[derive(Clone, Copy)]
struct At {
    image: Image,
    place: u32,
}

/// The items of a list, or the fields of a map, that are still to be read.
struct Items {
    image: Image,
    left: u32,
    bytes: Bytes,
}

impl Items {
    fn next(&mut self) -> At {
        At { image: self.image, place: self.bytes.number() }
    }

    fn count(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.count() { seed.deserialize(self.next()).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left as usize)
    }
}

impl<'de> MapAccess<'de> for Items {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if self.count() { seed.deserialize(self.next()).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.next())
    }
}

impl<'de> Deserializer<'de> for At {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let (kind, left, bytes) = self.image.fact(self.place);
        let items = Items { image: self.image, left, bytes };
        match kind {
            variant::FLAG => visitor.visit_bool(left == 1),
            variant::TEXT => visitor.visit_borrowed_str(self.image.text(self.place)),
            variant::LIST => visitor.visit_seq(items),
            variant::MAP => visitor.visit_map(items),
            other => panic!("internal: fact {} of the embedded catalogue is of no kind {other}", self.place),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.image.text(self.place)))
    }

    /// The name of a field, which is told from others by its bytes.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_bytes(self.image.bytes(self.place))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::Fact;
    use super::*;

    /// A fact as postcard itself reads it.
    fn postcard(place: u32) -> Fact<'static> {
        let start = number(EMBEDDED.offsets, place as usize) as usize;
        postcard::take_from_bytes(&EMBEDDED.facts[start..]).expect("a fact").0
    }

    #[test]
    fn facts_are_read_as_postcard_reads_them() {
        for place in 0..(EMBEDDED.offsets.len() / NUMBER) as u32 {
            let (kind, left, mut bytes) = EMBEDDED.fact(place);
            let fact = match kind {
                variant::FLAG => Fact::Flag(left == 1),
                variant::TEXT => Fact::Text(EMBEDDED.text(place)),
                variant::LIST => Fact::List((0..left).map(|_| bytes.number()).collect()),
                _ => Fact::Map((0..left).map(|_| (bytes.number(), bytes.number())).collect()),
            };
            assert_eq!(fact, postcard(place));
        }
    }
}
