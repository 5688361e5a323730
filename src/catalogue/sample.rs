//! A small catalogue for the tests of look-ups: packed and read like the real one.

use super::Catalogue;
use super::image::Image;
use super::overlay::{Entries, Text, corrected};
use super::pack::pack;

/// A catalogue of these records.
pub(super) fn catalogue(records: &str) -> Catalogue {
    of(&entries(&[records], &[], &[]).expect("sample data"))
}

/// Entries as the build script reads them.
pub(super) fn entries(data: &[&str], errata: &[&str], sides: &[&str]) -> Result<Entries, String> {
    let texts =
        |texts: &[&str]| -> Vec<Text> { texts.iter().map(|t| ("sample.json".to_owned(), (*t).to_owned())).collect() };
    corrected(&texts(data), &texts(errata), &texts(sides))
}

/// A catalogue of these entries.
pub(super) fn of(entries: &Entries) -> Catalogue {
    let book = pack(entries).expect("sample packs");
    Catalogue::of(Image {
        facts: book.facts.leak(),
        offsets: book.offsets.leak(),
        types: book.types.leak(),
        nodes: book.nodes.leak(),
        sides: book.sides.leak(),
    })
}
