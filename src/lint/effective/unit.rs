//! Units: what is compared as one. A node with all elements of its policy; a key of a payload of which a device makes one; each payload by
//! itself, of what a device may have many.

use super::Run;
use super::way::{self, Way};
use crate::check::envelope::{self, PROFILE};
use crate::drift;
use crate::gather::Arrange;
use crate::reader::{How, Item};
use crate::setting::{Address, Channel, Family, Leaf, Platform, Value};
use crate::source::Span;
use std::collections::BTreeMap;

/// Something that holds once on a device.
pub(super) struct Unit<'a> {
    pub(super) way: Way,
    /// The address of the first, as it is shown: of a node with a policy its state.
    pub(super) address: &'a Address,
    /// What each file says, in the order of the files.
    pub(super) holders: Vec<Holder<'a>>,
}

/// What one file says of it.
pub(super) struct Holder<'a> {
    /// The artefact.
    pub(super) reading: usize,
    /// Its settings there: one, or state and elements.
    pub(super) items: Vec<&'a Item>,
}

/// Family, channel, owner, instance and keys.
type Key = (Family, Channel, String, String, Vec<String>);

/// What some files set together on one platform.
pub(super) fn of<'a>(run: Run<'a>, platform: Platform, members: &[usize]) -> Vec<Unit<'a>> {
    let mut units: BTreeMap<Key, Unit<'a>> = BTreeMap::new();
    for n in members {
        for item in run.readings.readings[*n].items.iter().filter(|item| counts(item)) {
            let address = &item.setting.address;
            let way = way::of(run.catalogue, platform, address);
            let unit =
                units.entry(key(address, &way, *n)).or_insert_with(|| Unit { way, address, holders: Vec::new() });
            match unit.holders.last_mut().filter(|holder| holder.reading == *n) {
                // What a device receives last holds, of one node twice in a file.
                Some(holder) => {
                    match holder.items.iter_mut().find(|other| other.setting.address.leaf == address.leaf) {
                        Some(other) => *other = item,
                        None => holder.items.push(item),
                    }
                }
                None => unit.holders.push(Holder { reading: *n, items: vec![item] }),
            }
        }
    }
    units.into_values().collect()
}

fn counts(item: &Item) -> bool {
    let address = &item.setting.address;
    let is_set = !matches!(item.how, How::Observed { .. } | How::Executed);
    let is_own = |names: &[&str]| address.keys().first().is_some_and(|key| names.contains(&key.as_str()));
    let is_envelope = match address.family {
        Family::Profile if address.owner == PROFILE => true,
        Family::Profile => is_own(envelope::OF_PAYLOAD),
        Family::Command => true,
        _ => false,
    };
    is_set && !is_envelope
}

fn key(address: &Address, way: &Way, reading: usize) -> Key {
    let (owner, keys) = match address.family {
        Family::Csp => (way::folded(&address.owner), Vec::new()),
        _ => (address.owner.clone(), address.keys().to_vec()),
    };
    let instance = match way {
        Way::Each => format!("{reading} {}", address.instance.as_deref().unwrap_or_default()),
        _ => String::new(),
    };
    (address.family, address.channel, owner, instance, keys)
}

impl Holder<'_> {
    /// The value, where it is one.
    pub(super) fn value(&self) -> Option<&Value> {
        match self.items.as_slice() {
            [item] => Some(&item.setting.value),
            _ => None,
        }
    }

    /// Whether another file says the same.
    pub(super) fn agrees(&self, other: &Holder<'_>) -> bool {
        let said = |holder: &Holder<'_>| -> BTreeMap<Leaf, String> {
            let plain = |item: &Item| match &item.setting.value {
                Value::Text(text) => text.clone(),
                // A right is given to accounts, in no order.
                Value::Array(items) if item.setting.address.owner.contains("/Policy/Config/UserRights/") => {
                    let mut accounts: Vec<String> = items.iter().map(|item| item.value.to_string()).collect();
                    accounts.arrange();
                    accounts.join(",")
                }
                value => value.to_string(),
            };
            holder.items.iter().map(|item| (item.setting.address.leaf.clone(), plain(item))).collect()
        };
        self.items.len() == other.items.len()
            && (self.items.iter().zip(&other.items).all(|(a, b)| a.setting.value == b.setting.value)
                || said(self) == said(other))
    }

    /// What it says, as reports show it.
    pub(super) fn shown(&self, run: Run<'_>) -> String {
        let one = |item: &&Item| {
            let setting = &item.setting;
            let value = drift::value(&setting.value, &setting.address, run.catalogue);
            match &setting.address.leaf {
                Leaf::AdmxElement(id) => format!("{id} = {value}"),
                _ => value,
            }
        };
        let all: Vec<String> = self.items.iter().map(one).collect();
        let text = all.join(", ");
        match text.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{} …", text[..at].trim_end()),
            None => text,
        }
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.items.first().map_or(Span::NOWHERE, |item| item.setting.span)
    }
}

/// Characters of a value that a line shows.
const LONGEST: usize = 80;
