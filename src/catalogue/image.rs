//! Reads the embedded form (see `facts.rs`): rows by number, records through serde, each on demand.

use super::facts::Fact;
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

/// The sections of the embedded form.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    pub(crate) facts: &'static [u8],
    pub(crate) offsets: &'static [u8],
    pub(crate) types: &'static [u8],
    pub(crate) nodes: &'static [u8],
    pub(crate) sides: &'static [u8],
}

/// The sections that the build script wrote.
pub(crate) const EMBEDDED: Image = Image {
    facts: include_bytes!(concat!(env!("OUT_DIR"), "/facts.bin")),
    offsets: include_bytes!(concat!(env!("OUT_DIR"), "/offsets.bin")),
    types: include_bytes!(concat!(env!("OUT_DIR"), "/types.bin")),
    nodes: include_bytes!(concat!(env!("OUT_DIR"), "/nodes.bin")),
    sides: include_bytes!(concat!(env!("OUT_DIR"), "/sides.bin")),
};

/// The number of the variant [`Fact::Text`] in the embedded form.
const TEXT: u32 = 1;

/// Columns of the rows for types, sorted by form and name.
pub(crate) mod types {
    pub(crate) const FORM: usize = 0;
    pub(crate) const NAME: usize = 1;
    pub(crate) const SCHEMAS: usize = 2;
    pub(crate) const ERRATA: usize = 3;
    pub(crate) const WIDTH: usize = 4;
}

/// Columns of the rows for nodes, sorted by the folded LocURI.
pub(crate) mod nodes {
    pub(crate) const FOLDED: usize = 0;
    pub(crate) const URI: usize = 1;
    pub(crate) const RECORD: usize = 2;
    pub(crate) const SOURCE: usize = 3;
    pub(crate) const ERRATA: usize = 4;
    pub(crate) const WIDTH: usize = 5;
}

/// Columns of the rows for curated directions, sorted by address.
pub(crate) mod sides {
    pub(crate) const ADDRESS: usize = 0;
    pub(crate) const ROW: usize = 1;
    pub(crate) const WIDTH: usize = 2;
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
        self.bytes.len() / (4 * self.width)
    }

    pub(crate) fn get(self, row: usize, column: usize) -> u32 {
        number(self.bytes, row * self.width + column)
    }

    /// The first row for which `before` is false; the rows are sorted by it.
    pub(crate) fn partition_point(self, before: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

fn number(bytes: &[u8], place: usize) -> u32 {
    match bytes.get(4 * place..4 * place + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => panic!("internal: the embedded catalogue has no number {place}"),
    }
}

impl Image {
    fn fact(&self, place: u32) -> Fact<'static> {
        let start = number(self.offsets, place as usize) as usize;
        let bytes = self.facts.get(start..).unwrap_or_default();
        match postcard::take_from_bytes(bytes) {
            Ok((fact, _)) => fact,
            Err(error) => panic!("internal: fact {place} of the embedded catalogue: {error}"),
        }
    }

    /// The text at a place.
    pub(crate) fn text(&self, place: u32) -> &'static str {
        match self.fact(place) {
            Fact::Text(text) => text,
            _ => panic!("internal: fact {place} of the embedded catalogue is no text"),
        }
    }

    /// The bytes of the text at a place, which sort as the text does: searching reads thousands of them, and proving each to be
    /// UTF-8 takes longer than all else in a look-up. postcard writes the variant and the length as varints before the bytes.
    pub(crate) fn bytes(&self, place: u32) -> &'static [u8] {
        let start = number(self.offsets, place as usize) as usize;
        match postcard::take_from_bytes::<(u32, &[u8])>(self.facts.get(start..).unwrap_or_default()) {
            Ok(((TEXT, bytes), _)) => bytes,
            _ => panic!("internal: fact {place} of the embedded catalogue is no text"),
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

impl<'de> IntoDeserializer<'de, Error> for At {
    type Deserializer = At;
    fn into_deserializer(self) -> At {
        self
    }
}

impl<'de> Deserializer<'de> for At {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let below = |place| At { place, ..self };
        match self.image.fact(self.place) {
            Fact::Flag(flag) => visitor.visit_bool(flag),
            Fact::Text(text) => visitor.visit_borrowed_str(text),
            Fact::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(below))),
            Fact::Map(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (below(name), below(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
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

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_text_are_those_of_the_fact() {
        let rows = Rows::new(EMBEDDED.nodes, nodes::WIDTH);
        for place in (0..rows.len()).map(|row| rows.get(row, nodes::FOLDED)) {
            assert_eq!(EMBEDDED.bytes(place), EMBEDDED.text(place).as_bytes());
        }
    }
}
