//! Corrections laid over the vendors' facts: read and checked while the catalogue is built.
//!
//! An erratum is `{"at": …, "set": …, "reason", "source"}`. `at` is `{"type", "key"?, "form"?, "file"?}` for Apple, where `key`
//! lists the names from the top (array items and `ANY` included), or `{"uri"}` for a node; a list of them gives one correction to
//! each. `set` is laid over the record field by field, in the spelling of the data; `null` takes a field away. An erratum that
//! finds nothing to correct stops the build.

use super::correct::{Place, merge, places};
use super::entry::{Csp, Form, Schema};
use super::facts::Row;
use super::table::{Subject, directions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One correction, at one place. The binary holds `at` and `set` of each, to lay them over other releases (`change`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Erratum {
    pub(crate) at: Place,
    pub(crate) set: Map<String, Value>,
    #[serde(skip)]
    pub(crate) reason: String,
    #[serde(skip)]
    pub(crate) source: String,
}

impl Erratum {
    /// Whether it may speak of a type of this form.
    pub(crate) fn is_for(&self, form: Form) -> bool {
        self.at.form.is_none_or(|own| own == form)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Places {
    One(Place),
    Many(Vec<Place>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    at: Places,
    set: Map<String, Value>,
    reason: String,
    source: String,
}

/// Everything that the catalogue holds, corrected.
#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) schemas: Vec<Schema>,
    pub(crate) csps: Vec<Csp>,
    pub(crate) errata: Vec<Erratum>,
    pub(crate) sides: BTreeMap<Subject, Row>,
}

/// The text of one file: where it is, and what it holds.
pub(crate) type Text = (String, String);

/// Reads data, errata and directions and lays the errata over the data.
pub(crate) fn corrected(data: &[Text], errata: &[Text], sides: &[Text]) -> Result<Entries, String> {
    let mut records = Vec::new();
    for (path, text) in data {
        match parse(path, text)? {
            Value::Array(several) => records.extend(several.into_iter().map(|record| (path, record))),
            one => records.push((path, one)),
        }
    }
    let mut entries = Entries::default();
    for (path, text) in errata {
        let rows: Vec<Written> = serde_json::from_str(text).map_err(|error| format!("{path}: {error}"))?;
        for Written { at, set, reason, source } in rows {
            let places = match at {
                Places::One(place) => vec![place],
                Places::Many(places) => places,
            };
            for at in places {
                let erratum = Erratum { at, set: set.clone(), reason: reason.clone(), source: source.clone() };
                lay_over(&mut records, &erratum).map_err(|error| format!("{path}: {error}"))?;
                entries.errata.push(erratum);
            }
        }
    }
    for (path, record) in records {
        if record.get("nodes").is_some() {
            entries.csps.push(typed(path, record)?);
        } else {
            entries.schemas.push(typed(path, record)?);
        }
    }
    entries.sides = directions(&entries, sides)?;
    Ok(entries)
}

fn parse(path: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{path}: {error}"))
}

/// The record as its type, which must lose nothing: a misspelt field of an erratum would otherwise correct nothing in silence.
fn typed<T: Serialize + serde::de::DeserializeOwned>(path: &str, record: Value) -> Result<T, String> {
    let typed: T = serde_json::from_value(record.clone()).map_err(|error| format!("{path}: {error}"))?;
    let kept = serde_json::to_value(&typed).map_err(|error| format!("{path}: {error}"))?;
    match lost(&record, &kept) {
        Some(field) => Err(format!("{path}: no record has the field `{field}`, or it states what goes without saying")),
        None => Ok(typed),
    }
}

/// The first field of `given` that `kept` does not have.
fn lost(given: &Value, kept: &Value) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| match kept.get(name) {
            Some(kept) => lost(value, kept),
            None => Some(name.clone()),
        }),
        (Value::Array(given), Value::Array(kept)) => given.iter().zip(kept).find_map(|(given, kept)| lost(given, kept)),
        _ => None,
    }
}

fn lay_over(records: &mut [(&String, Value)], erratum: &Erratum) -> Result<(), String> {
    let at = &erratum.at;
    if erratum.set.is_empty() || erratum.reason.is_empty() || erratum.source.is_empty() {
        return Err(format!("the erratum at {at:?} lacks what it sets, its reason or its source"));
    }
    let mut found = 0;
    for (_, record) in records {
        let wrong_file = at.file.as_ref().is_some_and(|file| record["source"]["file"] != file.as_str());
        if wrong_file {
            continue;
        }
        for place in places(record, at) {
            merge(place, &erratum.set);
            found += 1;
        }
    }
    if found == 0 {
        return Err(format!("the erratum at {at:?} corrects nothing: no such entry in the data"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const DATA: &str = r#"[
        {"type": "com.example", "form": "profile", "title": "", "source": {"file": "a.yaml", "release": ""}, "payloadkeys": [
            {"key": "Length", "type": "integer", "required": true, "range": {"min": "0", "max": "16"}},
            {"key": "List", "type": "array", "subkeys": [{"key": "Item", "type": "string"}]}]},
        {"type": "com.example", "form": "profile", "title": "", "source": {"file": "b.yaml", "release": ""}, "payloadkeys": [
            {"key": "Length", "type": "integer"}]},
        {"source": {"file": "c.xml", "release": ""}, "nodes": [{"uri": "./A/B", "format": "int", "access": ["Get"]},
            {"uri": "./A/P", "format": "chr", "access": [], "allowed": {"kind": "ADMX",
                "admx": {"file": "f", "area": "a", "name": "n", "elements": [{"id": "E", "kind": "text", "source": "s"}]}}}]}]"#;

    fn erratum(at: &str, set: &str) -> Result<Entries, String> {
        let text = format!(r#"[{{"at": {at}, "set": {set}, "reason": "why", "source": "whence"}}]"#);
        sample::entries(&[DATA], &[&text], &[])
    }

    fn check_refused(result: Result<Entries, String>, expected: &str) {
        let error = result.err().expect("it is refused");
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_correction_is_laid_over_field_by_field() {
        let set = r#"{"required": null, "range": {"max": "20"}, "secret": true}"#;
        let entries =
            erratum(r#"{"type": "com.example", "key": ["Length"], "file": "a.yaml"}"#, set).expect("it applies");
        let key = &entries.schemas[0].keys[0];
        let range = key.range.as_ref().map(|range| (range.min.as_deref(), range.max.as_deref()));
        assert_eq!((key.required, range, key.secret), (false, Some((Some("0"), Some("20"))), true));
        assert!(!entries.schemas[1].keys[0].secret, "the other file of the type is as it was");
    }

    #[test]
    fn one_correction_may_name_several_places_and_items_of_arrays() {
        let at = r#"[{"type": "com.example", "key": ["Length"]}, {"type": "com.example", "key": ["List", "Item"]}, {"uri": "./A/B"}]"#;
        let entries = erratum(at, r#"{"secret": true}"#).expect("it applies");
        assert!(entries.schemas.iter().all(|schema| schema.keys[0].secret));
        assert!(entries.schemas[0].keys[1].subkeys[0].secret);
        assert!(entries.csps[0].nodes[0].secret);
        assert_eq!(entries.errata.len(), 3);
    }

    #[test]
    fn a_correction_that_finds_nothing_stops_the_build() {
        for at in [
            r#"{"type": "com.example", "key": ["Lenght"]}"#,
            r#"{"type": "com.exmaple"}"#,
            r#"{"type": "com.example", "form": "command"}"#,
            r#"{"type": "com.example", "file": "z.yaml"}"#,
            r#"{"uri": "./A/C"}"#,
            r#"[{"uri": "./A/B"}, {"uri": "./A/C"}]"#,
        ] {
            check_refused(erratum(at, r#"{"secret": true}"#), "corrects nothing");
        }
    }

    #[test]
    fn a_misspelt_field_stops_the_build() {
        check_refused(erratum(r#"{"uri": "./A/B"}"#, r#"{"secrt": true}"#), "unknown field `secrt`");
        check_refused(erratum(r#"{"url": "./A/B"}"#, r#"{"secret": true}"#), "sample.json");
        check_refused(erratum(r#"{"uri": "./A/B"}"#, "{}"), "lacks what it sets");
    }
}
