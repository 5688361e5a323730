//! One correction of a vendor's record: where it belongs, and how it is laid over. The build script corrects what it embeds (`overlay.rs`),
//! and a comparison corrects the releases that it reads, so that both sides are held to the same facts (`change`).

use super::entry::Form;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The place that an erratum corrects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// A type of Apple's.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What the type is, where several forms share its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<Form>,
    /// The vendor's file, where several share the type and only one is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// The key; without it the payload itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key: Vec<String>,
    /// A node's LocURI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<String>,
}

/// The records inside `record` that `at` names.
pub(crate) fn places<'a>(record: &'a mut Value, at: &Place) -> Vec<&'a mut Value> {
    if let Some(uri) = &at.uri {
        let nodes = record.get_mut("nodes").and_then(Value::as_array_mut);
        return nodes.into_iter().flatten().filter(|node| node["uri"] == uri.as_str()).collect();
    }
    let form = at.form.map(|form| serde_json::to_value(form).unwrap_or_default());
    if record["type"] != at.name.as_deref().unwrap_or_default() || form.is_some_and(|form| record["form"] != form) {
        return Vec::new();
    }
    let Some((first, rest)) = at.key.split_first() else { return vec![record] };
    let Value::Object(fields) = record else { return Vec::new() };
    let mut level: Vec<&mut Value> = fields
        .iter_mut()
        .filter(|(name, _)| *name == "payloadkeys" || *name == "responsekeys")
        .flat_map(|(_, keys)| named(keys, first))
        .collect();
    for name in rest {
        level = level.into_iter().filter_map(|key| key.get_mut("subkeys")).flat_map(|keys| named(keys, name)).collect();
    }
    level
}

fn named<'a>(keys: &'a mut Value, name: &str) -> Vec<&'a mut Value> {
    keys.as_array_mut().into_iter().flatten().filter(|key| key["key"] == name).collect()
}

/// Lays fields over a record; `null` takes one away.
pub(crate) fn merge(place: &mut Value, set: &Map<String, Value>) {
    let Value::Object(fields) = place else { return };
    for (name, value) in set {
        match value {
            Value::Null => drop(fields.remove(name)),
            Value::Object(inner) => {
                let below = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
                merge(below, inner);
            }
            _ => drop(fields.insert(name.clone(), value.clone())),
        }
    }
}
