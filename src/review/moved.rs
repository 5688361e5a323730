//! Settings of two sides, address by address: which move, and which way.

use super::devices::Devices;
use super::occurrences::Placed;
use super::{Moved, identify};
use crate::catalogue::Catalogue;
use crate::compare::{Direction, Judgement, strictness};
use crate::drift;
use crate::gather::Gather;
use crate::setting::{Address, ClauseRef, Family, Setting, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One address whose value is not the same on both sides, with everybody who asked.
pub(super) struct Moving<'a> {
    pub(super) address: Address,
    pub(super) before: Vec<&'a Setting>,
    pub(super) after: Vec<&'a Setting>,
    /// The file that held it, by its name on the later side.
    pub(super) file_before: Option<&'a str>,
    pub(super) file_after: Option<&'a str>,
    /// Whether other files of the group set it too.
    pub(super) shared: bool,
}

/// The settings that differ, in the order of their addresses, and there of their files.
pub(super) fn between<'a>(before: &'a [Placed<'a>], after: &'a [Placed<'a>], commands: Commands) -> Vec<Moving<'a>> {
    let mut places: BTreeMap<(&Address, Option<&str>), Moving<'a>> = BTreeMap::new();
    for (placed, later) in before.iter().map(|placed| (placed, false)).chain(after.iter().map(|placed| (placed, true)))
    {
        let address = &placed.setting.address;
        if commands == Commands::LeftOut && address.family == Family::Command {
            continue;
        }
        let moving = places.entry((address, placed.scope)).or_insert_with(|| Moving::blank(address));
        let (settings, file) = match later {
            false => (&mut moving.before, &mut moving.file_before),
            true => (&mut moving.after, &mut moving.file_after),
        };
        settings.push(&placed.setting);
        *file = placed.file;
    }
    let mut all: Vec<Moving<'a>> = Vec::new();
    let mut rest = places.into_values().peekable();
    while let Some(first) = rest.next() {
        let mut same = vec![first];
        while let Some(next) = rest.next_if(|next| next.address == same[0].address) {
            same.push(next);
        }
        all.extend(across(same));
    }
    all.retain(|moving| moving.is_elsewhere() || !moving.is_same());
    all
}

/// The settings of one address in all files. What one file loses and another gets has moved.
fn across(mut all: Vec<Moving<'_>>) -> Vec<Moving<'_>> {
    if all.len() == 1 {
        return all;
    }
    let only = |all: &[Moving<'_>], before: bool| -> Vec<usize> {
        let alone = |moving: &Moving<'_>| moving.before.is_empty() != before && moving.after.is_empty() == before;
        (0..all.len()).filter(|n| alone(&all[*n])).collect()
    };
    let (mut gone, mut new) = (only(&all, true), only(&all, false));
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for is in std::mem::take(&mut new) {
        let value = |n: usize, later: bool| if later { &all[n].after[0].value } else { &all[n].before[0].value };
        match gone.iter().position(|was| value(*was, false) == value(is, true)) {
            Some(n) => joined.push((gone.remove(n), is)),
            None => new.push(is),
        }
    }
    if let ([was], [is]) = (gone.as_slice(), new.as_slice()) {
        joined.push((*was, *is));
    }
    for (was, is) in &joined {
        let (before, file) = (std::mem::take(&mut all[*was].before), all[*was].file_before.take());
        (all[*is].before, all[*is].file_before) = (before, file);
    }
    all.retain(|moving| !moving.before.is_empty() || !moving.after.is_empty());
    let holders = |later: bool| {
        let side = |moving: &&Moving<'_>| !(if later { &moving.after } else { &moving.before }).is_empty();
        all.iter().filter(side).count()
    };
    let shared = holders(false) > 1 || holders(true) > 1;
    all.iter_mut().for_each(|moving| moving.shared = shared);
    all
}

/// Whether commands are compared: files hold none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commands {
    Compared,
    LeftOut,
}

impl<'a> Moving<'a> {
    fn blank(address: &Address) -> Moving<'a> {
        Moving {
            address: address.clone(),
            before: Vec::new(),
            after: Vec::new(),
            file_before: None,
            file_after: None,
            shared: false,
        }
    }

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
        if let (true, Some(_), Some(file)) = (self.shared, &judged, self.file_after.or(self.file_before)) {
            let because =
                format!("this is `{file}`; other files of the group set it too, and devices differ in which they take");
            return Some(said(Direction::Unknown, &because));
        }
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

    /// What its change is a change of, to the last key, for an id: the file too, where others of the group set the same.
    pub(super) fn name(&self) -> String {
        let mut name = identify::address(&self.address);
        if self.shared {
            name.extend(["\0", self.file_before.unwrap_or_default(), "\0", self.file_after.unwrap_or_default()]);
        }
        name
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
        let ids: BTreeSet<&String> = all.flat_map(|origin| origin.exceptions.iter().map(|(id, _)| id)).gather();
        ids.into_iter().cloned().collect()
    }

    /// As it is shown, and with what it does to devices.
    pub(super) fn shown(&self, judgement: Judgement, catalogue: &Catalogue, devices: &Devices<'_>) -> Moved {
        let secret = self.before.iter().chain(&self.after).any(|setting| matches!(setting.value, Value::Secret(_)));
        let one = |value: &Value| match secret && !matches!(value, Value::Secret(_)) {
            true => drift::WITHHELD.to_owned(),
            false => drift::value(value, &self.address, catalogue),
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
