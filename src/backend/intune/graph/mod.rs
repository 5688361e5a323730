//! The slice of Microsoft Graph's metadata that the files of this room need, as facts (`types.json`): types with their properties in
//! v1.0 and what the beta adds, enumerations, ranges, and what an object must have to mean anything.

mod check;

pub(super) use check::check;

use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What every `@odata.type` begins with.
pub(super) const TYPE: &str = "#microsoft.graph.";

/// A version of Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// v1.0, which Microsoft supports in production.
    V1,
    /// The beta, which the settings catalogue and some properties are part of alone.
    Beta,
}

#[derive(Deserialize)]
struct Metadata {
    types: BTreeMap<String, Type>,
    enums: BTreeMap<String, Versions<Vec<String>>>,
}

/// What v1.0 has, and what the beta adds. Without the first it is the beta's alone.
#[derive(Deserialize)]
struct Versions<T> {
    #[serde(rename = "v1.0", default)]
    v1: Option<T>,
    #[serde(default)]
    beta: Option<T>,
}

#[derive(Deserialize)]
struct Type {
    #[serde(default)]
    base: Option<String>,
    #[serde(default, rename = "abstract")]
    is_abstract: bool,
    #[serde(flatten)]
    properties: Versions<BTreeMap<String, String>>,
    #[serde(default)]
    ranges: BTreeMap<String, (i64, i64)>,
    #[serde(default)]
    required: Vec<String>,
}

/// A property: what it takes (`Int32`, an enumeration, `[T]` a collection, `&T` words of an enumeration between commas), and since when.
pub(super) struct Property {
    pub(super) kind: &'static str,
    pub(super) version: Version,
    pub(super) range: Option<(i64, i64)>,
}

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    serde_json::from_str(include_str!("types.json")).expect("internal: types.json is not what it should be")
});

impl Type {
    fn version(&self) -> Version {
        if self.properties.v1.is_some() { Version::V1 } else { Version::Beta }
    }
}

/// A type and those that it is derived from, itself first. Bounded: the table's chains end, which a test holds it to.
fn chain(name: &str) -> impl Iterator<Item = (&'static str, &'static Type)> {
    let first = METADATA.types.get_key_value(name);
    std::iter::successors(first, |(_, known)| METADATA.types.get_key_value(known.base.as_ref()?))
        .map(|(name, known)| (name.as_str(), known))
}

/// A property of a type, its own or an inherited one.
pub(super) fn property(owner: &str, name: &str) -> Option<Property> {
    chain(owner).find_map(|(_, known)| {
        let of = |all: &'static Option<BTreeMap<String, String>>| all.as_ref()?.get(name).map(String::as_str);
        let range = known.ranges.get(name).copied();
        let v1 = of(&known.properties.v1).map(|kind| Property { kind, version: Version::V1, range });
        v1.or_else(|| of(&known.properties.beta).map(|kind| Property { kind, version: Version::Beta, range }))
    })
}

/// The version that has a property; v1.0 of one that nobody knows.
pub(super) fn version_of(owner: &str, name: &str) -> Version {
    property(owner, name).map_or(Version::V1, |property| property.version)
}

/// The names of a type's properties.
fn names(owner: &str) -> impl Iterator<Item = &'static str> {
    let all = |known: &'static Type| [&known.properties.v1, &known.properties.beta].into_iter().flatten();
    chain(owner).flat_map(move |(_, known)| all(known).flat_map(BTreeMap::keys)).map(String::as_str)
}

/// The oldest version that has everything in an object.
pub fn needed(object: &Json) -> Version {
    let found = check(object, Version::V1);
    if found.iter().any(|fault| fault.only_beta) { Version::Beta } else { Version::V1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::catalogue::entry::{Form, Kind};
    use crate::setting::JUDGED;

    #[test]
    fn every_name_that_the_slice_uses_is_in_it() {
        const PLAIN: [&str; 9] =
            ["Boolean", "Int32", "Single", "String", "Binary", "Guid", "Date", "DateTimeOffset", "TimeOfDay"];
        for (name, known) in &METADATA.types {
            assert!(chain(name).count() < 5, "{name}");
            assert!(known.base.iter().all(|base| METADATA.types.contains_key(base)), "{name}");
            for property in names(name) {
                let kind = super::property(name, property).unwrap().kind.trim_matches(['[', ']', '&']);
                let is_known =
                    PLAIN.contains(&kind) || METADATA.types.contains_key(kind) || METADATA.enums.contains_key(kind);
                assert!(is_known, "{name}.{property}: {kind}");
            }
            let own: Vec<&str> = names(name).collect();
            assert!(known.required.iter().chain(known.ranges.keys()).all(|one| own.contains(&one.as_str())), "{name}");
        }
    }

    /// What sources are checked against, and what files are checked against, are one.
    #[test]
    fn the_catalogue_says_the_same_of_compliance_policies() {
        let catalogue = Catalogue::embedded();
        for (owner, _) in JUDGED {
            let own: BTreeMap<&str, Version> = METADATA.types[owner]
                .properties
                .v1
                .iter()
                .flatten()
                .map(|(name, _)| (name.as_str(), Version::V1))
                .chain(
                    METADATA.types[owner]
                        .properties
                        .beta
                        .iter()
                        .flatten()
                        .map(|(name, _)| (name.as_str(), Version::Beta)),
                )
                .collect();
            let schema = &catalogue.schemas(Form::Compliance, owner)[0];
            let listed: BTreeMap<&str, Version> = schema
                .keys
                .iter()
                .map(|key| {
                    let is_beta = key.support.values().any(|support| support.beta == Some(true));
                    (key.name.as_str(), if is_beta { Version::Beta } else { Version::V1 })
                })
                .collect();
            assert_eq!(own, listed, "{owner}");
            for key in &schema.keys {
                let property = super::property(owner, &key.name).unwrap();
                let kind = match property.kind {
                    "Boolean" => Kind::Boolean,
                    "Int32" => Kind::Integer,
                    kind if kind.starts_with('[') => Kind::Array,
                    _ => Kind::String,
                };
                let words = METADATA
                    .enums
                    .get(property.kind)
                    .map(|words| [&words.v1, &words.beta].into_iter().flatten().flatten().cloned().collect());
                assert_eq!(
                    (key.kind, key.rangelist.clone()),
                    (kind, words.unwrap_or_default()),
                    "{owner} {}",
                    key.name
                );
                let range = key.range.as_ref().map(|range| (range.min.clone().unwrap(), range.max.clone().unwrap()));
                let stated = (kind == Kind::Integer)
                    .then(|| property.range.unwrap_or((0, i32::MAX.into())))
                    .map(|(low, high)| (low.to_string(), high.to_string()));
                assert_eq!(range, stated, "{owner} {}", key.name);
            }
        }
    }
}
