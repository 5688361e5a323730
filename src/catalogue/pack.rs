//! Writes the embedded form of the catalogue (see `facts.rs`). Runs in the build script, and in tests on fixtures.

use super::entry::{Form, Key, Schema};
use super::facts::{NUMBER, folded, letters};
use super::overlay::{Entries, Erratum};
use super::table::Subject;
use crate::gather::{Arrange, Gather};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The embedded form, section by section.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) facts: Vec<u8>,
    pub(crate) offsets: Vec<u8>,
    pub(crate) types: Vec<u8>,
    pub(crate) nodes: Vec<u8>,
    pub(crate) sides: Vec<u8>,
}

/// One fact; numbers are places in the table.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize, Debug, PartialEq, Eq))]
pub(crate) enum Fact<'a> {
    Flag(bool),
    Text(&'a str),
    List(Vec<u32>),
    Map(Vec<(u32, u32)>),
}

/// The table under construction: encoded fact -> its place.
#[derive(Default)]
struct Table {
    places: BTreeMap<Vec<u8>, u32>,
    facts: Vec<u8>,
    offsets: Vec<u32>,
}

/// Packs entries that the overlay has corrected. The columns of the rows are those of `image.rs`.
pub(crate) fn pack(entries: &Entries) -> Result<Book, String> {
    let mut table = Table::default();
    let mut types = BTreeMap::<_, Vec<_>>::new();
    for schema in &entries.schemas {
        types.entry((schema.form, schema.name.clone())).or_default().push(schema);
    }
    let owners: BTreeMap<(Form, String), u32> = types.keys().cloned().zip(0..).gather();
    let mut type_rows = Vec::new();
    for ((form, name), mut schemas) in types {
        schemas.arrange_by(|a, b| a.source.file.cmp(&b.source.file));
        let errata = entries.errata.iter().filter(|e| e.at.name.as_deref() == Some(&name) && e.is_for(form)).collect();
        let mut schemas: Vec<Schema> = schemas.into_iter().cloned().collect();
        let mut levels = Vec::new();
        for keys in schemas.iter_mut().flat_map(|schema| [&mut schema.keys, &mut schema.response]) {
            take_levels(keys, &mut table, &mut levels)?;
        }
        let levels = table.place(&Fact::List(levels))?;
        type_rows.extend([form as u32, table.text(&name)?, table.record(&schemas)?, table.errata(errata)?, levels]);
    }
    let mut nodes = BTreeMap::new();
    for csp in &entries.csps {
        for node in &csp.nodes {
            if nodes.insert(folded(&node.uri), (node, &csp.source)).is_some() {
                return Err(format!("{}: {} is described twice", csp.source.file, node.uri));
            }
        }
    }
    let rows: BTreeMap<&str, u32> = nodes.keys().map(String::as_str).zip(0..).gather();
    let mut node_rows = Vec::new();
    let mut by_letters: Vec<(Vec<u8>, u32)> =
        nodes.values().zip(0..).map(|((node, _), row)| (letters(&node.uri).collect(), row)).collect();
    by_letters.arrange();
    for ((key, (node, source)), (_, by_letters)) in nodes.iter().zip(by_letters) {
        let errata = entries.errata.iter().filter(|e| e.at.uri.as_deref() == Some(&node.uri)).collect();
        node_rows.extend([
            table.text(if node.uri.to_ascii_lowercase() == *key { &node.uri } else { key })?,
            table.text(&node.uri)?,
            table.record(node)?,
            table.record(source)?,
            table.errata(errata)?,
            above(key, &rows),
            by_letters,
        ]);
    }
    let mut sides = BTreeMap::new();
    for (subject, row) in &entries.sides {
        let (owner, leaf) = match subject {
            Subject::Key(form, name, path) => (owners.get(&(*form, name.clone())).copied(), path),
            Subject::Node(uri, part) => (rows.get(uri.as_str()).map(|row| owners.len() as u32 + row), part),
        };
        sides.insert((owner.ok_or_else(|| format!("{subject}: no such owner"))?, leaf), row);
    }
    let mut side_rows = Vec::new();
    for ((owner, leaf), row) in sides {
        side_rows.extend([owner, table.text(leaf)?, table.record(row)?]);
    }
    Ok(Book {
        facts: table.facts,
        offsets: numbers(&table.offsets)?,
        types: numbers(&type_rows)?,
        nodes: numbers(&node_rows)?,
        sides: numbers(&side_rows)?,
    })
}

/// Takes what keys say of availability out of them, each before those below it.
fn take_levels(keys: &mut [Key], table: &mut Table, levels: &mut Vec<u32>) -> Result<(), String> {
    for key in keys {
        levels.push(table.record(&std::mem::take(&mut key.support))?);
        take_levels(&mut key.subkeys, table, levels)?;
    }
    Ok(())
}

/// The nearest node above one: its row, counted from 1; 0 where it is the first on its way.
fn above(key: &str, rows: &BTreeMap<&str, u32>) -> u32 {
    let mut levels = key.match_indices('/').map(|(end, _)| &key[..end]).rev();
    levels.find_map(|level| rows.get(level)).map_or(0, |row| row + 1)
}

fn numbers(numbers: &[u32]) -> Result<Vec<u8>, String> {
    let mut written = Vec::with_capacity(numbers.len() * NUMBER);
    for number in numbers {
        let bytes = number.to_le_bytes();
        let (low, high) = bytes.split_at(NUMBER);
        if high != [0] {
            return Err(format!("{number} does not fit into {NUMBER} bytes"));
        }
        written.extend(low);
    }
    Ok(written)
}

impl Table {
    /// What was corrected, why and whence. The corrected values stand in the records.
    fn errata(&mut self, errata: Vec<&Erratum>) -> Result<u32, String> {
        let note = |e: &&Erratum| {
            let fields: Vec<&String> = e.set.keys().collect();
            json!({ "key": e.at.key, "fields": fields, "reason": e.reason, "source": e.source })
        };
        self.record(&errata.iter().map(note).collect::<Vec<_>>())
    }

    fn record(&mut self, record: &impl Serialize) -> Result<u32, String> {
        let value = serde_json::to_value(record).map_err(|error| error.to_string())?;
        self.value(&value)
    }

    fn text(&mut self, text: &str) -> Result<u32, String> {
        self.place(&Fact::Text(text))
    }

    fn value(&mut self, value: &Value) -> Result<u32, String> {
        match value {
            Value::Bool(flag) => self.place(&Fact::Flag(*flag)),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?;
                self.place(&Fact::List(items))
            }
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| Ok((self.text(name)?, self.value(value)?));
                let fields = fields.iter().map(field).collect::<Result<_, String>>()?;
                self.place(&Fact::Map(fields))
            }
            Value::Null | Value::Number(_) => Err(format!("a record holds flags, text, lists and maps, not {value}")),
        }
    }

    fn place(&mut self, fact: &Fact<'_>) -> Result<u32, String> {
        let bytes = postcard::to_allocvec(fact).map_err(|error| error.to_string())?;
        let next = self.places.len() as u32;
        if let Some(place) = self.places.get(&bytes) {
            return Ok(*place);
        }
        self.offsets.push(self.facts.len() as u32);
        self.facts.extend(&bytes);
        self.places.insert(bytes, next);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn book(data: &[&str]) -> Book {
        pack(&sample::entries(data, &[], &[]).expect("sample data")).expect("it packs")
    }

    #[test]
    fn the_order_of_the_files_changes_no_byte() {
        let schema = |file: &str| {
            format!(r#"{{"type": "T", "form": "command", "title": "", "source": {{"file": "{file}", "release": ""}}}}"#)
        };
        let csp = |uri: &str| {
            format!(
                r#"{{"source": {{"file": "c", "release": ""}}, "nodes": [{{"uri": "{uri}", "format": "int", "access": []}}]}}"#
            )
        };
        let files = [schema("a"), schema("b"), csp("./A"), csp("./B")];
        let [a, b, c, d] = files.each_ref().map(String::as_str);
        let (one, other) = (book(&[a, b, c, d]), book(&[d, b, c, a]));
        assert_eq!(
            (one.facts, one.offsets, one.types, one.nodes),
            (other.facts, other.offsets, other.types, other.nodes)
        );
    }

    #[test]
    fn a_node_that_is_described_twice_is_refused() {
        let csp = |uri: &str| {
            format!(
                r#"{{"source": {{"file": "c", "release": ""}}, "nodes": [{{"uri": "{uri}", "format": "int", "access": []}}]}}"#
            )
        };
        let entries = sample::entries(&[&csp("./A/B"), &csp("./a/b ")], &[], &[]).expect("sample data");
        assert!(pack(&entries).is_err_and(|error| error.contains("./a/b  is described twice")));
    }
}
