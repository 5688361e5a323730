//! Our corrections over a release that was read: what the build script does to the data that it embeds, for data that it has not seen.
//! A correction that finds nothing there has nothing to correct.

use crate::catalogue::correct::{Place, merge, places};
use crate::catalogue::entry::{Form, Node, Schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Where and what the binary's own errata correct, as the build script wrote them.
static EMBEDDED: LazyLock<Corrections> =
    LazyLock::new(|| Corrections::of(include_bytes!(concat!(env!("OUT_DIR"), "/errata.bin"))));

#[derive(Deserialize)]
struct Correction {
    at: Place,
    set: Map<String, Value>,
}

/// Corrections, by the type or LocURI that they speak of.
#[derive(Default)]
pub(super) struct Corrections(BTreeMap<String, Vec<Correction>>);

impl Corrections {
    pub(super) fn embedded() -> &'static Corrections {
        &EMBEDDED
    }

    fn of(bytes: &[u8]) -> Corrections {
        let all: Vec<Correction> = serde_json::from_slice(bytes).expect("internal: the build script wrote the errata");
        let mut by_name: BTreeMap<String, Vec<Correction>> = BTreeMap::new();
        for one in all {
            let name = one.at.uri.as_ref().or(one.at.name.as_ref()).cloned().unwrap_or_default();
            by_name.entry(name).or_default().push(one);
        }
        Corrections(by_name)
    }

    pub(super) fn schema(&self, schema: Schema) -> Schema {
        let is_for = |at: &Place, form: Form, file: &str| {
            at.form.is_none_or(|own| own == form) && at.file.as_deref().is_none_or(|own| own == file)
        };
        let own = self.0.get(&schema.name).into_iter().flatten();
        let own: Vec<&Correction> = own.filter(|one| is_for(&one.at, schema.form, &schema.source.file)).collect();
        over(schema, &own, places)
    }

    pub(super) fn node(&self, node: Node) -> Node {
        let own: Vec<&Correction> = self.0.get(&node.uri).into_iter().flatten().collect();
        over(node, &own, |record, _| vec![record])
    }
}

/// The record corrected; as it was where the correction does not fit what the vendor states now.
fn over<T: serde::Serialize + DeserializeOwned>(
    record: T,
    corrections: &[&Correction],
    places: for<'a> fn(&'a mut Value, &Place) -> Vec<&'a mut Value>,
) -> T {
    let Some(mut value) = (!corrections.is_empty()).then(|| serde_json::to_value(&record).ok()).flatten() else {
        return record;
    };
    for one in corrections {
        places(&mut value, &one.at).into_iter().for_each(|place| merge(place, &one.set));
    }
    serde_json::from_value(value).unwrap_or(record)
}
