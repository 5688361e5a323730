//! The corrections laid over the vendors' facts: each has a reason and a source, and nobody forgot a key that may hold a secret or
//! that refers to another payload. (That each finds what it corrects is the build script's business.)

use crate::facts::{files, folder, schemas};
use policyc::catalogue::entry::{Form, Key, Kind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;

fn rows() -> Vec<Map<String, Value>> {
    let read = |path| serde_json::from_str::<Vec<Map<String, Value>>>(&fs::read_to_string(path).unwrap()).unwrap();
    files(&folder("errata")).into_iter().flat_map(read).collect()
}

/// The places of all rows that set `field`: type and path of a key, or a URI.
fn places(field: &str) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for row in rows().into_iter().filter(|row| row["set"].get(field).is_some()) {
        for at in row["at"].as_array().cloned().unwrap_or_else(|| vec![row["at"].clone()]) {
            let path = at["key"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let whole = at["uri"].as_str().or(at["type"].as_str()).into_iter().chain(path);
            places.insert(whole.collect::<Vec<_>>().join("/"));
        }
    }
    places
}

/// The places of all keys of profiles and declarations for which `wanted` holds.
fn keys_where(wanted: fn(&Key) -> bool) -> BTreeSet<String> {
    fn collect(keys: &[Key], above: &str, wanted: fn(&Key) -> bool, found: &mut BTreeSet<String>) {
        for key in keys {
            let path = format!("{above}/{}", key.name);
            if wanted(key) {
                found.insert(path.clone());
            }
            collect(&key.subkeys, &path, wanted, found);
        }
    }
    let mut found = BTreeSet::new();
    // What devices report is never set.
    for schema in schemas().iter().filter(|schema| !matches!(schema.form, Form::Command | Form::Status)) {
        collect(&schema.keys, &schema.name, wanted, &mut found);
    }
    found
}

#[test]
fn every_correction_says_why_and_whence() {
    for row in rows() {
        for field in ["reason", "source"] {
            assert!(row[field].as_str().is_some_and(|text| text.len() > 7), "{row:?}");
        }
        assert_eq!(row.keys().collect::<Vec<_>>(), ["at", "reason", "set", "source"]);
    }
}

/// Each key is in the errata or has a name that is excepted, and each exception excepts something.
fn check_decided(keys: &BTreeSet<String>, errata: &BTreeSet<String>, excepted: &[&str]) {
    let open: Vec<_> =
        keys.difference(errata).map(|path| (path, path.rsplit('/').next().unwrap_or_default())).collect();
    for (path, name) in &open {
        assert!(
            excepted.contains(name),
            "nobody has decided about `{path}`: add it to the errata or except its name here"
        );
    }
    for name in excepted {
        assert!(open.iter().any(|(_, open)| open == name), "`{name}` excepts nothing");
    }
}

/// Names that sound like secrets and are none.
const NO_SECRETS: [&str; 5] = [
    "OAuthTokenRequestURL",
    "SafariPasswordAutoFillDomainsItem",
    "ServerToken",
    "TokenRequestURL",
    "passwordContentRegex",
];

#[test]
fn every_key_that_sounds_like_a_secret_was_looked_at() {
    let sounds_secret = |key: &Key| {
        let name = key.name.to_lowercase();
        let sound = ["password", "secret", "passphrase", "token", "challenge", "privatekey"];
        matches!(key.kind, Kind::String | Kind::Data | Kind::Any)
            && sound.iter().any(|sound| name.contains(sound))
            && key.rangelist.is_empty()
            && key.assettypes.is_empty()
    };
    check_decided(&keys_where(sounds_secret), &places("secret"), &NO_SECRETS);
}

/// Identifiers that are no payload's: a configuration's own, to which apps and commands refer.
const NO_REFERENCES: [&str; 9] = [
    "CellularSliceUUID",
    "ConnectionGroupUUID",
    "ConnectionUUID",
    "ContentFilterUUID",
    "DNSProxyUUID",
    "OrganizationUUID",
    "PayloadUUID",
    "RelayUUID",
    "VPNUUID",
];

#[test]
fn every_key_that_may_hold_the_uuid_of_a_payload_was_looked_at() {
    let named_so = |key: &Key| matches!(key.kind, Kind::String | Kind::Array) && key.name.contains("UUID");
    let refers = places("refers");
    assert!(refers.len() > 40, "{}", refers.len());
    check_decided(&keys_where(named_so), &refers, &NO_REFERENCES);
}

#[test]
fn what_a_key_refers_to_is_a_payload_type() {
    let types: BTreeSet<_> = schemas().iter().map(|schema| schema.name.as_str()).collect();
    for row in rows() {
        for name in row["set"].get("refers").and_then(Value::as_array).into_iter().flatten() {
            assert!(name.as_str().is_some_and(|name| types.contains(name)), "{name}");
        }
    }
}

#[test]
fn elements_of_templates_have_known_kinds_and_sources() {
    let kinds = ["text", "decimal", "boolean", "enum", "multiText", "list"];
    let mut policies = 0;
    for row in rows() {
        let Some(elements) = row["set"].pointer("/allowed/admx/elements") else { continue };
        policies += 1;
        for element in elements.as_array().unwrap() {
            assert!(kinds.contains(&element["kind"].as_str().unwrap()), "{element}");
            assert!(
                element["source"].as_str().is_some_and(|source| source.ends_with(".admx") || source.contains(".admx;")),
                "{element}"
            );
            assert_eq!(element["kind"] == "enum", element.get("values").is_some(), "{element}");
        }
    }
    assert!(policies > 20);
}

/// 23 defaults differ from the set in letter case alone; 11 stand for "not set". After the corrections, none is outside its set.
#[test]
fn the_defaults_outside_their_own_set_are_corrected() {
    assert_eq!(places("default").len(), 34);
}
