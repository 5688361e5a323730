//! Apple's types and keys, in the field names of `docs/schema.yaml`. What a curated correction adds stands under `curated`.

use super::super::entry::{Form, Key, Kind, Range, Schema, Support};
use super::super::place::Place;
use super::super::{Catalogue, KeyMatch, Polarity, Side, Unset};
use super::source;
use crate::gather::Gather;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Catalogue {
    pub(super) fn type_entry(&self, schema: &Schema) -> Value {
        let mut entry = Map::new();
        let name = match schema.form {
            Form::Profile => "payloadtype",
            Form::Declaration => "declarationtype",
            Form::Command => "requesttype",
            Form::Compliance => "graphtype",
            Form::Status => "statusitemtype",
        };
        entry.insert(name.to_owned(), json!(schema.name));
        entry.insert("title".to_owned(), json!(schema.title));
        entry.insert("source".to_owned(), source(schema));
        put(&mut entry, "supportedOS", supported(&schema.support));
        put(&mut entry, "apply", schema.apply.as_ref().map(|apply| json!(apply)));
        put(&mut entry, "payloadkeys", keys(&schema.keys));
        put(&mut entry, "responsekeys", keys(&schema.response));
        put(&mut entry, "errata", self.errata_of_type(schema.form, &schema.name, None));
        Value::Object(entry)
    }

    pub(super) fn key_entry(&self, owner: &str, place: Place<'_>) -> Value {
        let Place { schema, chain, path } = place;
        let names: Vec<String> = chain.iter().map(|key| key.name.clone()).collect();
        let Some(key) = chain.last().copied() else { return Value::Null };
        let Value::Object(mut entry) = key_fields(key) else { return Value::Null };
        entry.insert("path".to_owned(), json!(path));
        entry.insert("source".to_owned(), source(schema));
        let found = KeyMatch { schema, chain, key };
        let effective: BTreeMap<String, Support> =
            schema.support.keys().filter_map(|os| Some((os.clone(), found.inherited(os)?.into_owned()))).gather();
        entry.insert("effective".to_owned(), json!({ "supportedOS": supported(&effective) }));
        put(&mut entry, "errata", self.errata_of_type(schema.form, &schema.name, Some(&names)));
        // What only holds other keys, and what is inside a list, is never compared by itself.
        let compared = (key.kind != Kind::Dictionary || key.subkeys.is_empty()) && !path_in_list(&found);
        put(&mut entry, "direction", compared.then(|| direction(self.key_side(schema.form, owner, &names))));
        Value::Object(entry)
    }
}

fn path_in_list(found: &KeyMatch<'_>) -> bool {
    found.chain.split_last().is_some_and(|(_, above)| above.iter().any(|key| key.kind == Kind::Array))
}

/// A direction, what holds where nothing is set, and where that comes from.
pub(super) fn direction(side: Option<Side>) -> Value {
    let Some(side) = side else { return json!("unknown") };
    let mut entry = Map::new();
    entry.insert("stricter".to_owned(), json!(side.stricter.words()));
    let unset = match side.unset {
        Unset::Value(value) => Some(format!("as {value}")),
        Unset::Weakest => None,
        Unset::Strictest => Some("as the strictest".to_owned()),
        Unset::Unknown => Some("depends on the device or on what stands beside it".to_owned()),
    };
    let ordered = side.stricter != Polarity::Neutral;
    put(&mut entry, "unset", unset.filter(|_| ordered).map(Value::String));
    entry.insert("because".to_owned(), json!(side.from));
    Value::Object(entry)
}

pub(super) fn put(entry: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    entry.extend(value.map(|value| (name.to_owned(), value)));
}

fn keys(keys: &[Key]) -> Option<Value> {
    (!keys.is_empty()).then(|| keys.iter().map(key_fields).collect())
}

fn list(values: &[String]) -> Option<Value> {
    (!values.is_empty()).then(|| json!(values))
}

fn key_fields(key: &Key) -> Value {
    let typed = |text: &String| typed(key.kind, text);
    let mut fields = Map::new();
    fields.insert("key".to_owned(), json!(key.name));
    fields.insert("type".to_owned(), json!(format!("<{}>", kind_word(key.kind))));
    fields.insert("presence".to_owned(), json!(if key.required { "required" } else { "optional" }));
    put(&mut fields, "subtype", key.subtype.as_ref().map(|subtype| json!(format!("<{subtype}>"))));
    put(&mut fields, "rangelist", (!key.rangelist.is_empty()).then(|| key.rangelist.iter().map(typed).collect()));
    put(&mut fields, "range", key.range.as_ref().map(|range| range_fields(range, key.kind)));
    put(&mut fields, "format", key.format.as_ref().map(|format| json!(format)));
    put(&mut fields, "repetition", key.repetition.as_ref().map(|range| range_fields(range, Kind::Integer)));
    put(&mut fields, "default", key.default.as_ref().map(typed));
    put(&mut fields, "combinetype", key.combinetype.as_ref().map(|rule| json!(rule)));
    put(&mut fields, "assettypes", list(&key.assettypes));
    put(&mut fields, "asset-content-types", list(&key.asset_content_types));
    put(&mut fields, "supportedOS", supported(&key.support));
    put(&mut fields, "subkeys", keys(&key.subkeys));
    put(&mut fields, "subkeys-of", key.same_as.as_ref().map(|path| json!(path)));
    put(&mut fields, "curated", curated(key));
    Value::Object(fields)
}

/// What errata add that Apple's schema has no field for.
fn curated(key: &Key) -> Option<Value> {
    let mut fields = Map::new();
    put(&mut fields, "secret", key.secret.then_some(Value::Bool(true)));
    put(&mut fields, "refers", list(&key.refers));
    put(&mut fields, "excludes", list(&key.excludes));
    if !key.range_on.is_empty() {
        let ranges = key.range_on.iter().map(|(os, range)| (os.clone(), range_fields(range, key.kind)));
        fields.insert("range".to_owned(), Value::Object(ranges.collect()));
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn range_fields(range: &Range, kind: Kind) -> Value {
    let mut fields = Map::new();
    put(&mut fields, "min", range.min.as_ref().map(|text| typed(kind, text)));
    put(&mut fields, "max", range.max.as_ref().map(|text| typed(kind, text)));
    Value::Object(fields)
}

/// A value that the data keeps as it prints, as the type that it has.
fn typed(kind: Kind, text: &str) -> Value {
    let parsed = match kind {
        Kind::Boolean => text.parse().ok().map(Value::Bool),
        Kind::Integer => text.parse().ok().map(|number: i64| json!(number)),
        Kind::Real => text.parse().ok().map(|number: f64| json!(number)),
        _ => None,
    };
    parsed.unwrap_or_else(|| json!(text))
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Data => "data",
        Kind::Array => "array",
        Kind::Dictionary => "dictionary",
        Kind::Any => "any",
    }
}

/// `supportedOS`, with Apple's nesting of `userenrollment`.
fn supported(levels: &BTreeMap<String, Support>) -> Option<Value> {
    let level = |support: &Support| {
        let mut value = serde_json::to_value(support).ok()?;
        if let Some(mode) = value.get_mut("userenrollment") {
            *mode = json!({ "mode": mode.take() });
        }
        Some(value)
    };
    let levels: Option<Map<String, Value>> =
        levels.iter().map(|(os, support)| Some((os.clone(), level(support)?))).collect();
    levels.filter(|levels| !levels.is_empty()).map(Value::Object)
}
