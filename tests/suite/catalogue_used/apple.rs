//! Every key of every payload: nested ones inside their dictionaries and lists, with the keys that are required around them, for a
//! group whose platform, version, enrolment and channel take them.

use super::Trial;
use super::case::{Case, Outcome, written};
use super::group::{Group, support};
use super::key::{invalid, others, scalar, text};
use policyc::catalogue::Catalogue;
use policyc::catalogue::entry::{Form, Key, Kind, Schema};
use policyc::setting::{Address, Channel, Family, Leaf, Secret, Value};
use policyc::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the payloads that a reference leads to, and of the profile that they share.
const COMPANION: &str = "companion";

type Others = &'static [(&'static str, &'static str)];

/// Keys without which another one is refused, though Apple's schema does not say so: owner, key, and the others with their values.
const BESIDE: &[(&str, &str, Others)] = &[
    (RESTRICTIONS, "enforcedSoftwareUpdateDelay", &[("forceDelayedSoftwareUpdates", "true")]),
    (
        RESTRICTIONS,
        "enforcedSoftwareUpdateMajorOSDeferredInstallDelay",
        &[("forceDelayedMajorSoftwareUpdates", "true")],
    ),
    (RESTRICTIONS, "enforcedSoftwareUpdateMinorOSDeferredInstallDelay", &[("forceDelayedSoftwareUpdates", "true")]),
    (RESTRICTIONS, "enforcedSoftwareUpdateNonOSDeferredInstallDelay", &[("forceDelayedAppSoftwareUpdates", "true")]),
    ("com.apple.mobiledevice.passwordpolicy", "minutesUntilFailedLoginReset", &[("maxFailedAttempts", "6")]),
    ("com.apple.airplay.security", "SecurityType", &[("Password", "")]),
    ("com.apple.screensaver", "askForPassword", &[("askForPasswordDelay", "5")]),
    ("com.apple.webcontent-filter", "FilterType", &[("FilterBrowsers", "true")]),
    ("com.apple.webcontent-filter", "FilterPackets", &[("FilterPacketProviderBundleIdentifier", "org.example.filter")]),
];

/// A payload without which a key of another is refused: a recovery key that is not shown must be kept.
const WITH: (&str, &str, &str) =
    ("com.apple.MCX.FileVault2", "ShowRecoveryKey", "com.apple.security.FDERecoveryKeyEscrow");

/// A payload of one key, for the keys that stand around a payload.
const RESTRICTIONS: &str = "com.apple.applicationaccess";

/// Keys of the envelope that the compiler derives, so that nobody may write them.
const DERIVED: &[&str] = &[
    "EncryptedPayloadContent",
    "PayloadContent",
    "PayloadDescription",
    "PayloadDisplayName",
    "PayloadIdentifier",
    "PayloadOrganization",
    "PayloadScope",
    "PayloadType",
    "PayloadUUID",
    "PayloadVersion",
];

/// Every key of every payload.
pub fn profiles(catalogue: &Catalogue) -> Trial {
    trial(catalogue, Form::Profile, "keys")
}

/// Every key of every declaration.
pub fn declarations(catalogue: &Catalogue) -> Trial {
    trial(catalogue, Form::Declaration, "declaration keys")
}

fn trial(catalogue: &Catalogue, form: Form, of: &'static str) -> Trial {
    let mut trial = Trial { of, all: BTreeMap::new(), cases: Vec::new() };
    for name in catalogue.names(form) {
        for schema in catalogue.schemas(form, name) {
            let mut chains = Vec::new();
            walk(&schema.keys, &[], &mut chains);
            for chain in chains {
                let about = about(schema, &chain);
                let place = Place::of(catalogue, schema, chain);
                trial.cases.extend(place.cases(&about));
                let twice = trial.all.insert(about, place.never());
                assert!(twice.is_none(), "a key of {name} stands twice");
            }
        }
    }
    trial
}

/// The type, the file where several share it, and the names on the way down.
fn about(schema: &Schema, chain: &[&Key]) -> String {
    let names: Vec<&str> = chain.iter().map(|key| key.name.as_str()).collect();
    let file = schema.source.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
    let file = if file == schema.name { String::new() } else { format!(" ({file})") };
    format!("{}{file} · {}", schema.name, names.join("."))
}

fn walk<'a>(keys: &'a [Key], above: &[&'a Key], chains: &mut Vec<Vec<&'a Key>>) {
    for key in keys {
        let chain = [above, &[key]].concat();
        walk(&key.subkeys, &chain, chains);
        chains.push(chain);
    }
}

/// Keys with their values.
type Keys = BTreeMap<String, Spanned<Value>>;

/// A payload: its type, its instance and its keys.
type Payload<'a> = (&'a str, Option<&'a str>, Keys);

/// A key, and the group that it is tried in.
struct Place<'a> {
    catalogue: &'a Catalogue,
    schema: &'a Schema,
    chain: Vec<&'a Key>,
    group: Group,
    /// Whether any platform has the key.
    is_there: bool,
}

impl<'a> Place<'a> {
    fn of(catalogue: &'a Catalogue, schema: &'a Schema, chain: Vec<&'a Key>) -> Place<'a> {
        let group = Group::of(|platform| support(schema, &chain, platform));
        let (group, is_there) = group.map_or((Group::any(), false), |group| (group, true));
        Place { catalogue, schema, chain, group, is_there }
    }

    fn key(&self) -> &'a Key {
        self.chain.last().unwrap()
    }

    fn cases(&self, about: &str) -> Vec<Case> {
        let mut cases = Vec::new();
        let make = |value: &Value, outcome: Option<&'static str>| self.case(about, value, outcome);
        let value = self.valid(&self.chain);
        if let Some(code) = self.never() {
            cases.extend(value.and_then(|value| make(&value, Some(code))));
            return cases;
        }
        cases.extend(value.iter().chain(&others(self.key())).flat_map(|value| make(value, None)));
        cases.extend(invalid(self.key(), self.schema.form).iter().flat_map(|(value, code)| make(value, Some(code))));
        cases
    }

    /// The code with which any value of the key is refused.
    fn never(&self) -> Option<&'static str> {
        let derived = self.is_envelope() && DERIVED.contains(&self.chain[0].name.as_str());
        match (derived, self.is_there) {
            (true, _) => Some("misplaced-key"),
            (false, _) if is_not_for_authors(self.schema) => Some("cannot-deliver"),
            (false, false) => Some("not-on-platform"),
            (false, true) => None,
        }
    }

    fn is_envelope(&self) -> bool {
        matches!(self.schema.name.as_str(), "TopLevel" | "CommonPayloadKeys")
    }

    /// The case of a value of the key. The settings that it should give are those that are written.
    fn case(&self, about: &str, value: &Value, refused: Option<&'static str>) -> Option<Case> {
        let mut keys: Keys = BTreeMap::new();
        if !self.is_envelope() {
            self.required(&self.schema.keys, &[], &mut keys);
        }
        let (name, value) = self.around(value.clone(), 0)?;
        keys.insert(name, Spanned::nowhere(value));
        self.beside(&mut keys);
        let mut payloads = vec![(self.schema.name.as_str(), None, keys)];
        if self.is_envelope() {
            payloads = self.envelope(payloads.remove(0).2);
        }
        let (owner, key, other) = WITH;
        if self.schema.name == owner && self.chain[0].name == key {
            payloads.push((other, None, self.minimal(other)?));
        }
        let companions: BTreeSet<&str> =
            payloads.iter().flat_map(|(.., keys)| keys.values()).flat_map(|v| owners(&v.value)).collect();
        let companions: Vec<_> = companions.into_iter().map(|owner| owner.to_owned()).collect();
        let shared = !companions.is_empty();
        for owner in &companions {
            let name = self.catalogue.names(self.schema.form).into_iter().find(|name| name == owner)?;
            payloads.push((name, Some(COMPANION), self.minimal(name)?));
        }
        let entries =
            payloads.iter().map(|(owner, instance, keys)| self.entry(owner, *instance, keys, shared)).collect();
        let outcome = match refused {
            Some(code) => Outcome::Refused(code),
            None => Outcome::Settings(payloads.iter().flat_map(|payload| self.settings(payload)).collect()),
        };
        Some(Case { about: about.to_owned(), group: self.group.facts(), entries, outcome })
    }

    fn entry(&self, owner: &str, instance: Option<&str>, keys: &Keys, shared: bool) -> String {
        let is_payload = self.schema.form == Form::Profile;
        let carrier = if is_payload { "payload" } else { "declaration" };
        let mut parts = vec![format!("platforms: [{}]", self.group.platform), format!("{carrier}: {owner}")];
        parts.extend((self.group.channel == Channel::User && owner != "TopLevel").then(|| "channel: user".to_owned()));
        parts.extend(instance.map(|instance| format!("instance: {instance}")));
        parts.extend((shared && is_payload && owner != "TopLevel").then(|| format!("profile: {COMPANION}")));
        parts.push(format!("keys: {}", written(&Value::Dictionary(keys.clone()))));
        format!("{{ {} }}", parts.join(", "))
    }

    /// Every leaf of a payload with its address.
    fn settings(&self, (owner, instance, keys): &Payload<'_>) -> Vec<(Address, Value)> {
        let mut settings = Vec::new();
        let mut waiting: Vec<(Vec<String>, &Value)> =
            keys.iter().map(|(key, value)| (vec![key.clone()], &value.value)).collect();
        while let Some((path, value)) = waiting.pop() {
            match value {
                Value::Dictionary(entries) if !entries.is_empty() => waiting.extend(
                    entries.iter().map(|(key, value)| ([&path[..], std::slice::from_ref(key)].concat(), &value.value)),
                ),
                leaf => {
                    let address = Address {
                        family: if self.schema.form == Form::Profile { Family::Profile } else { Family::Declaration },
                        channel: if *owner == "TopLevel" { Channel::Device } else { self.group.channel },
                        owner: (*owner).to_owned(),
                        instance: instance.map(str::to_owned),
                        leaf: Leaf::Keys(path),
                    };
                    settings.push((address, leaf.clone()));
                }
            }
        }
        settings
    }

    /// Keys of the profile itself need a payload, those of every payload need one to stand in.
    fn envelope(&self, keys: Keys) -> Vec<Payload<'static>> {
        let dictation = BTreeMap::from([("allowDictation".to_owned(), Spanned::nowhere(Value::Boolean(true)))]);
        match self.schema.name.as_str() {
            "TopLevel" => vec![("TopLevel", None, keys), (RESTRICTIONS, None, dictation)],
            _ => vec![(RESTRICTIONS, None, keys.into_iter().chain(dictation).collect())],
        }
    }

    /// The value inside the dictionaries and lists that hold the key: what the top key gets.
    fn around(&self, value: Value, level: usize) -> Option<(String, Value)> {
        let key = self.chain[level];
        let name = named(key);
        let Some(below) = self.chain.get(level + 1) else { return Some((name, value)) };
        let (inner_name, inner) = self.around(value, level + 1)?;
        let value = match key.kind {
            Kind::Array => self.list(key, inner)?,
            _ => {
                let mut entries = BTreeMap::new();
                self.required(self.schema.below(key), &self.chain[..=level], &mut entries);
                entries.retain(|name, _| !below.excludes.contains(name));
                entries.insert(inner_name, Spanned::nowhere(inner));
                Value::Dictionary(entries)
            }
        };
        Some((name, value))
    }

    /// The item as often as the list wants items.
    fn list(&self, key: &Key, item: Value) -> Option<Value> {
        let repetition = key.repetition.as_ref().or(match key.subkeys.as_slice() {
            [only] => only.repetition.as_ref(),
            _ => None,
        });
        let least = repetition.and_then(|range| range.min.as_ref()?.parse().ok()).unwrap_or(1).max(1);
        Some(Value::array(vec![item; least]))
    }

    /// The keys that a level requires of this group.
    fn required(&self, level: &'a [Key], above: &[&'a Key], entries: &mut Keys) {
        for key in level.iter().filter(|key| key.required && key.name != "ANY") {
            let chain = [above, &[key]].concat();
            if !self.group.takes(support(self.schema, &chain, self.group.platform).as_ref()) {
                continue;
            }
            if let Some(value) = self.valid(&chain) {
                entries.insert(key.name.clone(), Spanned::nowhere(value));
            }
        }
    }

    /// A value that the key takes, with no more in it than is required.
    fn valid(&self, chain: &[&'a Key]) -> Option<Value> {
        let key = *chain.last()?;
        if chain.len() > 20 {
            return None;
        }
        if key.secret && matches!(key.kind, Kind::String | Kind::Data) {
            let of = if key.kind == Kind::Data { Secret::Data } else { Secret::Text };
            return Some(Value::Secret(of("sample".to_owned())));
        }
        if let (Kind::String, Some(owner)) = (key.kind, self.referent(chain)) {
            return Some(Value::Reference { owner: owner.to_owned(), instance: Some(COMPANION.to_owned()) });
        }
        if let Some(word) = key.rangelist.first() {
            return scalar(key.kind, word);
        }
        let number = key.range.as_ref().and_then(|range| range.min.as_deref().or(range.max.as_deref()));
        match key.kind {
            Kind::String => text(key).map(Value::text),
            Kind::Integer => scalar(key.kind, number.unwrap_or("1")),
            Kind::Real => scalar(key.kind, number.unwrap_or("1.5")),
            Kind::Boolean => Some(Value::Boolean(true)),
            Kind::Date => Some(Value::Date("2030-10-01T09:30:00Z".to_owned())),
            Kind::Data => Some(Value::Data(b"data".to_vec())),
            Kind::Any => Some(Value::text("anything")),
            Kind::Array => {
                let item = match key.subkeys.first() {
                    Some(item) => self.valid(&[chain, &[item]].concat())?,
                    None => Value::text("item"),
                };
                self.list(key, item)
            }
            Kind::Dictionary => {
                let mut entries = BTreeMap::new();
                self.required(self.schema.below(key), chain, &mut entries);
                Some(Value::Dictionary(entries))
            }
        }
    }

    /// The first type that the key may refer to and the group has.
    fn referent(&self, chain: &[&'a Key]) -> Option<&'a str> {
        let there = |owner: &&String| {
            self.catalogue
                .schemas(self.schema.form, owner)
                .iter()
                .any(|schema| self.group.takes(schema.support(self.group.platform)))
        };
        let above = chain.iter().rev().nth(1).filter(|above| above.kind == Kind::Array);
        let mut keys = chain.last().into_iter().chain(above);
        keys.find_map(|key| key.refers.iter().chain(&key.assettypes).find(there)).map(String::as_str)
    }

    /// A payload with no more in it than a device takes.
    fn minimal(&self, owner: &str) -> Option<Keys> {
        let schema = self.catalogue.schemas(self.schema.form, owner).first()?;
        let group = Group { os: self.group.os, ..self.group };
        let place = Place { catalogue: self.catalogue, schema, chain: Vec::new(), group, is_there: true };
        let mut keys = BTreeMap::new();
        place.required(&schema.keys, &[], &mut keys);
        for key in &schema.keys {
            if !keys.is_empty() {
                break;
            }
            if self.group.takes(support(schema, &[key], self.group.platform).as_ref()) {
                keys.insert(key.name.clone(), Spanned::nowhere(place.valid(&[key])?));
            }
        }
        Some(keys)
    }

    fn beside(&self, keys: &mut Keys) {
        let top = &self.chain[0].name;
        let rows = BESIDE.iter().filter(|(owner, key, _)| *owner == self.schema.name && key == top);
        for (name, word) in rows.flat_map(|(_, _, others)| *others) {
            let key = self.schema.keys.iter().find(|key| key.name == *name).unwrap();
            let value = if key.secret { Value::secret("sample") } else { scalar(key.kind, word).unwrap() };
            keys.entry((*name).to_owned()).or_insert(Spanned::nowhere(value));
        }
    }
}

/// What Apple describes beside the declarations that people write.
fn is_not_for_authors(schema: &Schema) -> bool {
    schema.name == "com.apple.activation.simple" || schema.name.starts_with("com.apple.credential.")
}

/// The name of a key in a value: `ANY` is some name.
fn named(key: &Key) -> String {
    if key.name == "ANY" { "Example".to_owned() } else { key.name.clone() }
}

/// The types that references in a value lead to.
fn owners(value: &Value) -> Vec<&str> {
    match value {
        Value::Reference { owner, .. } => vec![owner],
        Value::Array(items) => items.iter().flat_map(|item| owners(&item.value)).collect(),
        Value::Dictionary(entries) => entries.values().flat_map(|entry| owners(&entry.value)).collect(),
        _ => Vec::new(),
    }
}
