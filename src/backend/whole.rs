//! The whole catalogue through the back ends: every settable node and every key of every payload
//! and declaration is written and read back.

use super::sample::{declared, encoded, group, key, node};
use super::{Artefact, Format, decode_at};
use crate::catalogue::entry::{Form, Key, Kind, Node, Schema};
use crate::catalogue::{Catalogue, NodeLookup};
use crate::check::node::{delimiter, is_admx, typed};
use crate::gather::{Arrange, Gather};
use crate::setting::{Family, Leaf, Platform, Real, Setting, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Sorted, without profile names: as decoders give them.
fn read_back(artefacts: &[Artefact], catalogue: &Catalogue) -> Vec<Setting> {
    let mut settings = Vec::new();
    for artefact in artefacts {
        let decoded = decode_at(&artefact.path, &artefact.bytes, catalogue).unwrap();
        assert_eq!(decoded.residue, [], "{}", artefact.path);
        settings.extend(decoded.settings);
    }
    settings.arrange_by(|a, b| a.address.cmp(&b.address));
    settings
}

fn check(platform: Platform, mut settings: Vec<Setting>) -> Vec<Artefact> {
    let catalogue = Catalogue::embedded();
    let (artefacts, found) = encoded(&group(platform), settings.clone());
    assert_eq!(found, []);
    settings.arrange_by(|a, b| a.address.cmp(&b.address));
    let read = read_back(&artefacts, &catalogue);
    for (read, written) in read.iter().zip(&settings) {
        assert_eq!(read, written);
    }
    assert_eq!(read.len(), settings.len());
    artefacts
}

fn named(uri: &str) -> String {
    let name = |part: &str| if part.starts_with('{') { "name".to_owned() } else { part.to_owned() };
    uri.split('/').map(name).collect::<Vec<_>>().join("/")
}

fn node_settings(uri: &str, record: &Node) -> Vec<Setting> {
    if is_admx(record) {
        let elements = record.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref()?.elements.clone());
        let elements = elements.unwrap_or_default().into_iter().map(|element| {
            let value = match element.kind.as_str() {
                "boolean" => Value::Boolean(false),
                "decimal" | "enum" => Value::Integer(3),
                "multiText" | "list" => Value::array([Value::text("a"), Value::text("b")]),
                _ => Value::text("a \"b\" & <c>"),
            };
            node(uri, Leaf::AdmxElement(element.id), value)
        });
        return elements.chain([node(uri, Leaf::AdmxState, Value::Boolean(true))]).collect();
    }
    let word = match record.format.as_str() {
        "int" => "1",
        "bool" => "true",
        "b64" | "bin" => "AQI=",
        "null" => "",
        _ => "a & <b>",
    };
    let text = delimiter(record).map_or(word.to_owned(), |delimiter| format!("{word}{delimiter}{word}"));
    let value = match typed(record, Value::Plain(text)) {
        Value::Plain(text) => Value::Text(text),
        typed => typed,
    };
    vec![node(uri, Leaf::Node, value)]
}

#[test]
fn every_settable_node_comes_back() {
    let catalogue = Catalogue::embedded();
    let mut settings = Vec::new();
    let mut verbs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for uri in catalogue.uris() {
        let NodeLookup::Found(found) = catalogue.node(uri) else { panic!("{uri} is not found") };
        verbs.insert(named(uri), found.node.access.clone());
        let settable = found.node.access.iter().any(|verb| verb == "Add" || verb == "Replace");
        // Below `Policy/Config`, the nodes without names of their own stand for templates that somebody brings along.
        let generic = uri.contains("/Policy/Config/{");
        // Two names that differ in a space at the end would be one.
        if settable && !generic && found.node.format != "node" && uri.trim() == uri {
            settings.extend(node_settings(&named(uri), found.node));
        }
    }
    assert!(settings.len() > 4500, "only {}", settings.len());
    for artefact in check(Platform::Windows, settings) {
        let text = String::from_utf8(artefact.bytes).unwrap();
        let mut verb = "";
        for line in text.lines().map(str::trim) {
            match line {
                "<Add>" => verb = "Add",
                "<Replace>" => verb = "Replace",
                _ => {}
            }
            let uri = line.strip_prefix("<LocURI>").and_then(|line| line.strip_suffix("</LocURI>"));
            if let Some(uri) = uri {
                assert!(verbs[uri].iter().any(|access| access == verb), "{uri} takes no {verb}");
            }
        }
    }
}

/// A value for each leaf below `keys`, with the path to it. Levels that refer back to an outer one end there.
fn leaves(schema: &Schema, keys: &[Key], path: &str, settings: &mut Vec<Setting>) {
    for record in keys {
        let name = if record.name == "ANY" { "any name" } else { &record.name };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match record.kind {
            Kind::Dictionary if !record.subkeys.is_empty() => leaves(schema, &record.subkeys, &path, settings),
            kind => {
                let write = if schema.form == Form::Profile { key } else { declared };
                settings.push(write(&schema.name, &path, value(kind, &record.subkeys, 0)));
            }
        }
    }
}

fn value(kind: Kind, below: &[Key], depth: usize) -> Value {
    match kind {
        Kind::String | Kind::Any => Value::text("a & <b>"),
        Kind::Integer => Value::Integer(-1),
        Kind::Real => Value::Real(Real::new(1.0).unwrap()),
        Kind::Boolean => Value::Boolean(false),
        Kind::Date => Value::Date("2026-01-31T12:00:00Z".to_owned()),
        Kind::Data => Value::Data(vec![7; 100]),
        Kind::Array => {
            Value::array(below.iter().take(3 - depth.min(3)).map(|key| value(key.kind, &key.subkeys, depth + 1)))
        }
        Kind::Dictionary => Value::Dictionary(
            below
                .iter()
                .filter(|_| depth < 4)
                .map(|key| {
                    (key.name.clone(), crate::source::Spanned::nowhere(value(key.kind, &key.subkeys, depth + 1)))
                })
                .gather(),
        ),
    }
}

/// Several files state one key; a file may state a level that another states as a value.
fn once_each(settings: &mut Vec<Setting>) {
    let mut seen = BTreeSet::new();
    settings.retain(|setting| seen.insert(setting.address.clone()));
}

#[test]
fn every_key_of_every_declaration_comes_back() {
    let catalogue = Catalogue::embedded();
    let mut settings = Vec::new();
    for name in catalogue.names(Form::Declaration) {
        // The data of assets stands on servers, and activations are the back end's own.
        let people_write = ["com.apple.configuration.", "com.apple.asset.", "com.apple.management."];
        if people_write.iter().any(|kind| name.starts_with(kind)) {
            for schema in catalogue.schemas(Form::Declaration, name) {
                leaves(schema, &schema.keys, "", &mut settings);
            }
        }
    }
    once_each(&mut settings);
    assert!(settings.len() > 300, "only {}", settings.len());
    let named = settings.iter().cloned().map(|setting| setting.instance("18.1 (user)").user());
    let settings = settings.iter().cloned().chain(named).collect();
    let artefacts = check(Platform::MacOs, settings);
    assert!(artefacts.iter().all(|artefact| artefact.format == Format::Declaration));
}

#[test]
fn every_key_of_every_payload_comes_back() {
    let catalogue = Catalogue::embedded();
    let mut settings = Vec::new();
    for name in catalogue.names(Form::Profile) {
        // They describe what every profile and every payload says of itself.
        if matches!(name, "TopLevel" | "CommonPayloadKeys") {
            continue;
        }
        for schema in catalogue.schemas(Form::Profile, name) {
            leaves(schema, &schema.keys, "", &mut settings);
        }
    }
    once_each(&mut settings);
    assert!(settings.len() > 1200, "only {}", settings.len());
    assert!(settings.iter().all(|setting| setting.address.family == Family::Profile));
    check(Platform::MacOs, settings);
}
