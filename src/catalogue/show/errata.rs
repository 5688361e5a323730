//! Which corrections touched an entry: the fields, the reason, the source.

use super::super::Catalogue;
use super::super::entry::Form;
use super::super::image::{nodes, types};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields whose name in the data is not the vendor's.
const VENDORS: [(&str, &str); 13] = [
    ("access", "AccessType"),
    ("allowed", "AllowedValues"),
    ("atomic", "AtomicRequired"),
    ("builds", "OsBuildVersion"),
    ("conflict", "ConflictResolution"),
    ("csp_version", "CspVersion"),
    ("dependencies", "DependencyBehavior"),
    ("deprecated", "Deprecated"),
    ("editions", "EditionAllowList"),
    ("occurrence", "Occurrence"),
    ("range_on", "range"),
    ("reboot", "RebootBehavior"),
    ("required", "presence"),
];

/// A correction, as the build script notes it.
#[derive(Deserialize, Serialize)]
struct Note {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    key: Vec<String>,
    fields: Vec<String>,
    reason: String,
    source: String,
}

impl Catalogue {
    /// Corrections of a type; with a key path, those of this key alone.
    pub(super) fn errata_of_type(&self, form: Form, name: &str, key: Option<&[String]>) -> Option<Value> {
        let row = self.type_row(form, name)?;
        let notes: Vec<Note> = self.image.record(self.types.get(row, types::ERRATA));
        shown(notes.into_iter().filter(|note| key.is_none_or(|key| note.key == key)).collect())
    }

    /// Corrections of a node.
    pub(super) fn errata_of_node(&self, row: usize) -> Option<Value> {
        shown(self.image.record(self.rows.get(row, nodes::ERRATA)))
    }
}

fn shown(mut notes: Vec<Note>) -> Option<Value> {
    for field in notes.iter_mut().flat_map(|note| &mut note.fields) {
        if let Some((_, vendors)) = VENDORS.iter().find(|(ours, _)| ours == field) {
            *field = (*vendors).to_owned();
        }
    }
    if notes.is_empty() { None } else { serde_json::to_value(notes).ok() }
}
