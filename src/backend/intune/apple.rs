//! What Intune's settings catalogue holds of Apple's payloads and declarations, and under which ids (`apple.json`).
//!
//! Measured on exports and on the service's definitions: one group for each type, its id that of the type twice; below it a key's path in
//! lower case, dictionaries as further groups; a truth is an option by its word, a listed text one by its place, a number is a number.
//! Rows are what is written; of other payloads too, `schema.rs` reads what exports hold.

use super::encode::{Policy, System};
use super::id::below;
use super::instance::{Content, group, number};
use super::schema;
use crate::catalogue::Catalogue;
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Table {
    types: Vec<Type>,
}

/// One type. A row has its reason and source too, which people read in the file.
#[derive(Deserialize)]
struct Type {
    #[serde(rename = "type")]
    name: String,
    /// What the ids of its settings begin with.
    id: String,
    /// Paths of keys, parted by `/`.
    boolean: Vec<String>,
    #[serde(default)]
    integer: Vec<String>,
    /// Texts that are options by their place.
    #[serde(default)]
    options: BTreeMap<String, Vec<String>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("apple.json")).expect("internal: apple.json is not what it should be")
});

fn of(name: &str) -> Option<&'static Type> {
    TABLE.types.iter().find(|kind| kind.name == name)
}

impl Type {
    fn family(&self) -> Family {
        match self.name.starts_with("com.apple.configuration.") {
            true => Family::Declaration,
            false => Family::Profile,
        }
    }

    /// The group around its settings.
    fn root(&self) -> String {
        below(&self.id, self.name.strip_prefix("com.apple.configuration.").map_or(&self.name, |_| &self.id))
    }

    /// The path of every key.
    fn paths(&self) -> impl Iterator<Item = &String> {
        self.boolean.iter().chain(&self.integer).chain(self.options.keys())
    }

    fn id_of(&self, path: &str) -> String {
        below(&self.id, &path.replace('/', "_"))
    }

    /// What a setting of the catalogue says of a key.
    fn value(&self, path: &str, instance: &Json) -> Option<Value> {
        let has = |keys: &[String]| keys.iter().any(|key| key == path);
        if has(&self.integer) {
            return Some(Value::Integer(instance.get("simpleSettingValue")?.get("value")?.as_i64()?.into()));
        }
        let option = instance.get("choiceSettingValue")?.get("value")?.as_str()?;
        let option = option.strip_prefix(&self.id_of(path))?.strip_prefix('_')?;
        match self.options.get(path) {
            Some(options) => options.get(option.parse::<usize>().ok()?).map(|text| Value::text(text.as_str())),
            None => option.parse().ok().map(Value::Boolean),
        }
    }

    fn content(&self, path: &str, value: &Value) -> Option<Content> {
        let has = |keys: &[String]| keys.iter().any(|key| key == path);
        match value {
            Value::Boolean(truth) if has(&self.boolean) => Some(Content::Choice(truth.to_string(), Vec::new())),
            Value::Integer(_) if has(&self.integer) => number(value).ok().map(Content::Simple),
            Value::Text(text) => {
                let at = self.options.get(path)?.iter().position(|option| option == text)?;
                Some(Content::Choice(at.to_string(), Vec::new()))
            }
            _ => None,
        }
    }
}

/// The group of one payload or declaration; `None` where the catalogue does not hold the whole of it in this form.
pub(super) fn instance(settings: &[&Setting]) -> Option<Json> {
    let (family, channel, owner, instance) = settings.first()?.address.carrier();
    let kind = of(owner).filter(|kind| kind.family() == family)?;
    if channel != Channel::Device || instance.is_some() || settings.iter().any(|setting| setting.profile.is_some()) {
        return None;
    }
    let keyed: Vec<(&[String], &Value)> =
        settings.iter().map(|setting| (setting.address.keys(), &setting.value)).collect();
    level(kind, &kind.root(), &mut Vec::new(), &keyed)
}

/// A policy with everything of some settings that the catalogue holds; they stand in the order of their addresses.
pub(super) fn policy(settings: &[Setting], system: System) -> Option<Policy> {
    let mut policy = Policy::empty(system);
    for payload in settings.chunk_by(|a, b| a.address.carrier() == b.address.carrier()) {
        let payload: Vec<&Setting> = payload.iter().collect();
        if let Some(instance) = instance(&payload) {
            policy.add(instance, &payload);
        }
    }
    (!policy.holds.is_empty()).then_some(policy)
}

/// The group of the keys below `above`. Bounded by the longest path of the table.
fn level<'a>(kind: &Type, id: &str, above: &mut Vec<&'a str>, keyed: &[(&'a [String], &Value)]) -> Option<Json> {
    let mut children: BTreeMap<String, Json> = BTreeMap::new();
    for below_key in keyed.chunk_by(|(a, _), (b, _)| a.first() == b.first()) {
        let [(path, value), rest @ ..] = below_key else { return None };
        let (key, inner) = path.split_first()?;
        above.push(key);
        let id = below(&kind.id, &above.join("_"));
        let child = match inner.is_empty() {
            true if rest.is_empty() => kind.content(&above.join("/"), value)?.instance(&id, Vec::new()),
            true => return None,
            false => {
                let inner: Vec<(&[String], &Value)> =
                    below_key.iter().map(|(path, value)| (path.get(1..).unwrap_or_default(), *value)).collect();
                level(kind, &id, above, &inner)?
            }
        };
        above.pop();
        children.insert(id, child);
    }
    Some(group(id, &children.into_values().collect::<Vec<_>>()))
}

/// What such a group holds: the settings, and what in it no rule names. `None` where it is no such group.
pub(super) fn settings<'j>(instance: &'j Json, catalogue: &Catalogue) -> Option<(Vec<Setting>, Vec<&'j Json>)> {
    let id = id_of(instance);
    let Some(kind) = TABLE.types.iter().find(|kind| kind.root() == id) else {
        return schema::settings(instance, catalogue);
    };
    let address = Address {
        family: kind.family(),
        channel: Channel::Device,
        owner: kind.name.clone(),
        instance: None,
        leaf: Leaf::Keys(Vec::new()),
    };
    let mut found = Found { kind, address, settings: Vec::new(), unknown: Vec::new() };
    found.children(instance)?;
    Some((found.settings, found.unknown))
}

struct Found<'j> {
    kind: &'static Type,
    address: Address,
    settings: Vec<Setting>,
    unknown: Vec<&'j Json>,
}

impl<'j> Found<'j> {
    /// One group has each key once. Bounded by the depth that the reader of JSON allows.
    fn children(&mut self, instance: &'j Json) -> Option<()> {
        let [one] = instance.get("groupSettingCollectionValue")?.as_array()?.as_slice() else { return None };
        for child in one.get("children")?.as_array()? {
            if self.child(child).is_none() {
                self.unknown.push(child);
            }
        }
        Some(())
    }

    fn child(&mut self, child: &'j Json) -> Option<()> {
        if child.get("groupSettingCollectionValue").is_some() {
            let within = below(id_of(child), "");
            self.kind.paths().any(|path| self.kind.id_of(path).starts_with(&within)).then_some(())?;
            return self.children(child);
        }
        let path = self.kind.paths().find(|path| self.kind.id_of(path) == id_of(child))?;
        let value = self.kind.value(path, child)?;
        let leaf = Leaf::Keys(path.split('/').map(str::to_owned).collect());
        self.settings.push(Setting::found(Address { leaf, ..self.address.clone() }, value));
        Some(())
    }
}

fn id_of(instance: &Json) -> &str {
    instance.get("settingDefinitionId").and_then(Json::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::KeyLookup;
    use crate::catalogue::entry::{Form, Kind};
    use crate::setting::{Delivery, Dialect};
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_a_reason_a_source_and_keys_of_apples_own() {
        let all: serde_json::Value = serde_json::from_str(include_str!("apple.json")).unwrap();
        for row in all["types"].as_array().unwrap() {
            assert!(row["reason"].as_str().is_some_and(|text| !text.is_empty()), "{row}");
            assert!(row["source"].as_str().is_some_and(|text| !text.is_empty()), "{row}");
        }
        let catalogue = Catalogue::embedded();
        let mut ids = BTreeSet::new();
        for kind in &TABLE.types {
            let form = if kind.family() == Family::Declaration { Form::Declaration } else { Form::Profile };
            assert!(ids.insert(kind.root()), "{}", kind.name);
            for path in kind.paths() {
                assert!(ids.insert(kind.id_of(path)), "{path}");
                let keys: Vec<String> = path.split('/').map(str::to_owned).collect();
                let KeyLookup::Found(found) = catalogue.key(form, &kind.name, &keys) else { panic!("{path}") };
                let wanted = match kind.options.get(path) {
                    Some(options) => {
                        assert!(found.iter().all(|found| found.key.rangelist.len() == options.len()), "{path}");
                        Kind::String
                    }
                    None if kind.boolean.iter().any(|key| key == path) => Kind::Boolean,
                    None => Kind::Integer,
                };
                assert!(found.iter().all(|found| found.key.kind == wanted), "{path}");
            }
        }
    }

    #[test]
    fn the_declarations_are_those_that_groups_may_ask_for() {
        let declared = TABLE.types.iter().filter(|kind| kind.family() == Family::Declaration);
        for kind in declared {
            assert!(Delivery::Intune.carries_declaration(&kind.name, Dialect::Catalogue), "{}", kind.name);
        }
        assert!(of("com.apple.configuration.softwareupdate.settings").is_some());
        assert!(
            !Delivery::Intune
                .carries_declaration("com.apple.configuration.softwareupdate.enforcement.specific", Dialect::Catalogue)
        );
    }
}
