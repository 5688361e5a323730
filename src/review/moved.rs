//! Settings of two sides, address by address: which move, and which way.

use super::devices::Devices;
use super::side::Contents;
use super::{Moved, occurrences};
use crate::catalogue::Catalogue;
use crate::compare::{Direction, Judgement, strictness};
use crate::drift;
use crate::setting::{Address, ClauseRef, Family, Setting, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One address whose value is not the same on both sides, with everybody who asked.
pub(super) struct Moving<'a> {
    pub(super) address: Address,
    pub(super) before: Vec<&'a Setting>,
    pub(super) after: Vec<&'a Setting>,
    pub(super) file_before: Option<&'a str>,
    pub(super) file_after: Option<&'a str>,
}

/// What instances and files of the earlier side are called on the later one.
#[derive(Clone, Copy)]
pub(super) struct Present<'p, 'a> {
    pub(super) instances: &'p BTreeMap<String, String>,
    pub(super) files: &'p BTreeMap<&'a str, &'a str>,
}

/// The settings that differ, in the order of their addresses.
pub(super) fn between<'a>(
    before: &'a Contents<'_>,
    after: &'a Contents<'_>,
    commands: Commands,
    renamed: Present<'_, 'a>,
) -> Vec<Moving<'a>> {
    let occurrences = occurrences::paired(before, after);
    let present = |address: &Address| {
        let named =
            address.instance.as_ref().and_then(|instance| renamed.instances.get(instance)).map(|now| Some(now.clone()));
        let now = named.or_else(|| occurrences.get(&occurrences::of(address)).cloned());
        now.map_or_else(|| address.clone(), |instance| Address { instance, ..address.clone() })
    };
    let mut sides: BTreeMap<Address, Moving<'a>> = BTreeMap::new();
    let blank = |address: &Address| Moving {
        address: address.clone(),
        before: Vec::new(),
        after: Vec::new(),
        file_before: None,
        file_after: None,
    };
    for (setting, file) in &before.settings {
        let address = present(&setting.address);
        let moving = sides.entry(address).or_insert_with_key(blank);
        moving.before.push(setting);
        moving.file_before = file.map(|file| renamed.files.get(file).copied().unwrap_or(file));
    }
    for (setting, file) in &after.settings {
        let moving = sides.entry(setting.address.clone()).or_insert_with_key(blank);
        moving.after.push(setting);
        moving.file_after = *file;
    }
    let compared = |address: &Address| commands == Commands::Compared || address.family != Family::Command;
    sides.retain(|address, moving| compared(address) && (moving.is_elsewhere() || !moving.is_same()));
    sides.into_values().collect()
}

/// Whether commands are compared: files hold none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commands {
    Compared,
    LeftOut,
}

impl Moving<'_> {
    /// Which way it goes by the vendors' words and the curated table alone; `None` where the same stands in the same file, but for the
    /// order of a list that has none.
    pub(super) fn judge(&self, catalogue: &Catalogue) -> Option<Judgement> {
        let said = |direction, because: &str| Judgement { direction, parts: Vec::new(), because: because.to_owned() };
        if self.before.len() > 1 || self.after.len() > 1 {
            let because = "the address stands more than once, and devices differ in which they take";
            return Some(said(Direction::Unknown, because));
        }
        if self.address.family == Family::Command {
            return Some(said(Direction::Neutral, "a command that the server sends: nothing on devices holds it"));
        }
        let value = |side: &[&Setting]| side.first().map(|setting| setting.value.clone());
        let (before, after) = (value(&self.before), value(&self.after));
        let judged = strictness::direction(catalogue, &self.address, before.as_ref(), after.as_ref());
        judged.or_else(|| self.is_elsewhere().then(|| said(Direction::Neutral, "the same value in another file")))
    }

    /// Whether it stands in another file than before.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.file_before.is_some() && self.file_after.is_some() && self.file_before != self.file_after
    }

    /// Whether its value is the same on both sides.
    pub(super) fn is_same(&self) -> bool {
        let values = |side: &[&Setting]| side.iter().map(|setting| setting.value.clone()).collect::<Vec<_>>();
        values(&self.before) == values(&self.after)
    }

    /// The clauses that ask for it, or asked; those of the later side first.
    pub(super) fn clauses(&self) -> Vec<ClauseRef> {
        let mut seen = BTreeSet::new();
        let all = self.after.iter().chain(&self.before).flat_map(|setting| &setting.origins);
        let deciding = all.flat_map(|origin| {
            let count = if origin.deciding > 0 { origin.deciding } else { origin.clauses.len() };
            origin.clauses.iter().take(count).map(|(clause, _)| clause.clone())
        });
        deciding.filter(|clause| seen.insert(clause.clone())).collect()
    }

    /// The exceptions that changed its value on either side.
    pub(super) fn exceptions(&self) -> Vec<String> {
        let all = self.after.iter().chain(&self.before).flat_map(|setting| &setting.origins);
        let ids: BTreeSet<&String> = all.flat_map(|origin| origin.exceptions.iter().map(|(id, _)| id)).collect();
        ids.into_iter().cloned().collect()
    }

    /// As it is shown, and with what it does to devices.
    pub(super) fn shown(&self, judgement: Judgement, catalogue: &Catalogue, devices: &Devices<'_>) -> Moved {
        let secret = self.before.iter().chain(&self.after).any(|setting| matches!(setting.value, Value::Secret(_)));
        let one = |value: &Value| match value {
            Value::Secret(_) => value.to_string(),
            _ if secret => drift::WITHHELD.to_owned(),
            _ => drift::value(value, &self.address, catalogue),
        };
        let text = |side: &[&Setting]| {
            let texts: Vec<String> = side.iter().map(|setting| one(&setting.value)).collect();
            (!texts.is_empty()).then(|| texts.join(" and "))
        };
        let owned = |path: Option<&str>| path.map(str::to_owned);
        Moved {
            address: self.address.clone(),
            before: text(&self.before),
            after: text(&self.after),
            impacts: devices.impacts(self, judgement.direction),
            judgement,
            clauses: self.clauses(),
            file_before: owned(self.file_before),
            file_after: owned(self.file_after),
        }
    }
}
