//! Profiles → settings: ours exactly, and anybody's with what it says beside settings as residue.

use super::value::{Payloads, value};
use super::{CONFIGURATION, PAYLOAD_ENVELOPE, PROFILE_ENVELOPE, TOP_LEVEL};
use crate::backend::{Decoded, identity};
use crate::catalogue::Catalogue;
use crate::encoding::plist::{self, Dictionary, Item};
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use std::collections::BTreeMap;

/// Reads a profile. The error names the place and the cause.
pub(super) fn decode(bytes: &[u8], _: &Catalogue) -> Result<Decoded, (String, String)> {
    let root = plist::read(bytes).map_err(|fault| (fault.place(), fault.cause))?;
    let Item::Dictionary(root) = root else { return wrong("the root", "a profile is a dictionary") };
    if text(&root, "PayloadType") != Some(CONFIGURATION) {
        return wrong("PayloadType", &format!("a profile's type is `{CONFIGURATION}`"));
    }
    if root.contains_key("EncryptedPayloadContent") {
        return wrong("EncryptedPayloadContent", "the profile is encrypted for one device: nobody else can read it");
    }
    let payloads = payloads(&root)?;
    let channel = match text(&root, "PayloadScope") {
        Some("User") => Channel::User,
        // Without it, it is the channel that the profile comes by which decides; most come by the device's.
        Some("System") | None => Channel::Device,
        Some(_) => return wrong("PayloadScope", "neither `System` nor `User`"),
    };
    let mut references = Payloads::default();
    for payload in &payloads {
        if let Some(uuid) = text(payload.keys, "PayloadUUID") {
            references.add(payload.occurrence(), uuid);
        }
    }
    let mut reading = Reading { decoded: Decoded::default(), references };
    reading.keys(&top(), PROFILE_ENVELOPE, &root);
    reading.profile_residue(&root, payloads.is_empty());
    for (n, payload) in payloads.iter().enumerate() {
        reading.payload(payload, channel, n, is_ours(&root));
    }
    Ok(reading.decoded)
}

fn wrong<T>(place: &str, cause: &str) -> Result<T, (String, String)> {
    Err((place.to_owned(), cause.to_owned()))
}

fn text<'a>(dictionary: &'a Dictionary, key: &str) -> Option<&'a str> {
    match dictionary.get(key) {
        Some(Item::Text(text)) => Some(text),
        _ => None,
    }
}

/// Whether this compiler derived the UUID from the identifier. Then display names are its own words, and no news.
fn is_ours(dictionary: &Dictionary) -> bool {
    match (text(dictionary, "PayloadIdentifier"), text(dictionary, "PayloadUUID")) {
        (Some(identifier), Some(uuid)) => identity::uuid(identifier) == uuid,
        _ => false,
    }
}

/// The profile itself. It has no channel of its own.
fn top() -> Address {
    Address {
        family: Family::Profile,
        channel: Channel::Device,
        owner: TOP_LEVEL.to_owned(),
        instance: None,
        leaf: Leaf::Keys(Vec::new()),
    }
}

/// One payload as the file holds it.
struct Payload<'a> {
    owner: &'a str,
    instance: Option<String>,
    keys: &'a Dictionary,
}

impl Payload<'_> {
    fn occurrence(&self) -> (&str, Option<&str>) {
        (self.owner, self.instance.as_deref())
    }
}

fn payloads(root: &Dictionary) -> Result<Vec<Payload<'_>>, (String, String)> {
    let Some(Item::Array(content)) = root.get("PayloadContent") else {
        return wrong("PayloadContent", "a profile has a list of payloads");
    };
    let profile = text(root, "PayloadIdentifier").unwrap_or_default();
    let mut seen: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::new();
    let mut read = Vec::with_capacity(content.len());
    for (n, item) in content.iter().enumerate() {
        let place = format!("PayloadContent[{n}]");
        let Item::Dictionary(keys) = item else { return wrong(&place, "a payload is a dictionary") };
        let Some(owner) = text(keys, "PayloadType") else { return wrong(&place, "the payload has no `PayloadType`") };
        let earlier = seen.entry(owner).or_default();
        let mut instance = instance(profile, owner, text(keys, "PayloadIdentifier").unwrap_or_default());
        if earlier.contains(&instance) {
            // Nobody named it: it is the second, the third … of its type.
            instance =
                (earlier.len() + 1..).map(|n| Some(format!("#{n}"))).find(|name| !earlier.contains(name)).flatten();
        }
        earlier.push(instance.clone());
        read.push(Payload { owner, instance, keys });
    }
    Ok(read)
}

/// The instance in an identifier of the form that this compiler gives.
fn instance(profile: &str, owner: &str, identifier: &str) -> Option<String> {
    let tail = identifier.strip_prefix(profile)?.strip_prefix('.')?.strip_prefix(owner)?.strip_prefix('.')?;
    (!tail.is_empty()).then(|| tail.to_owned())
}

struct Reading<'a> {
    decoded: Decoded,
    references: Payloads<'a>,
}

impl Reading<'_> {
    fn payload(&mut self, payload: &Payload<'_>, channel: Channel, n: usize, ours: bool) {
        let address = Address {
            family: Family::Profile,
            channel,
            owner: payload.owner.to_owned(),
            instance: payload.instance.clone(),
            leaf: Leaf::Keys(Vec::new()),
        };
        let before = self.decoded.settings.len();
        self.keys(&address, PAYLOAD_ENVELOPE, payload.keys);
        if self.decoded.settings.len() == before {
            self.decoded.settings.push(Setting::found(address, Value::Dictionary(BTreeMap::new())));
        }
        let ours = ours && is_ours(payload.keys);
        self.residue(payload.keys, &format!("PayloadContent[{n}]."), PAYLOAD_ENVELOPE, ours);
    }

    fn profile_residue(&mut self, root: &Dictionary, empty: bool) {
        if empty {
            self.decoded.residue.push(("PayloadContent".to_owned(), "no payload at all".to_owned()));
        }
        if !root.contains_key("PayloadScope") {
            let what = "not given; read as `System`".to_owned();
            self.decoded.residue.push(("PayloadScope".to_owned(), what));
        }
        self.residue(root, "", PROFILE_ENVELOPE, is_ours(root));
    }

    /// What an envelope says that this compiler would not say in its place.
    fn residue(&mut self, dictionary: &Dictionary, place: &str, envelope: &[&str], ours: bool) {
        for key in envelope.iter().filter(|key| !matches!(**key, "PayloadContent" | "PayloadScope")) {
            let what = match (*key, dictionary.get(*key)) {
                ("PayloadType", Some(Item::Text(_))) | ("PayloadVersion", Some(Item::Integer(1))) => continue,
                ("PayloadVersion", None) => "not given".to_owned(),
                (_, Some(Item::Text(_))) if ours => continue,
                (_, Some(item)) => value(item, &Payloads::default()).to_string(),
                (_, None) => continue,
            };
            self.decoded.residue.push((format!("{place}{key}"), what));
        }
    }

    /// The settings below `address`: one for each leaf, depth first in the order of the keys.
    fn keys(&mut self, address: &Address, envelope: &[&str], dictionary: &Dictionary) {
        for (key, item) in dictionary.iter().filter(|(key, _)| !envelope.contains(&key.as_str())) {
            self.leaves(address, &mut vec![key.clone()], item);
        }
    }

    /// Bounded by the depth that the reader allows.
    fn leaves(&mut self, address: &Address, path: &mut Vec<String>, item: &Item) {
        match item {
            Item::Dictionary(inner) if !inner.is_empty() => {
                for (key, item) in inner {
                    path.push(key.clone());
                    self.leaves(address, path, item);
                    path.pop();
                }
            }
            leaf => {
                let address = Address { leaf: Leaf::Keys(path.clone()), ..address.clone() };
                self.decoded.settings.push(Setting::found(address, value(leaf, &self.references)));
            }
        }
    }
}
