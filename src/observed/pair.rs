//! Payloads and declarations on both sides: which of those that are seen is which of those that are approved. By what they are called,
//! else, where a server has given them other names, by their type and what they set.

use super::same;
use crate::catalogue::Catalogue;
use crate::reader::{Item, Kind, Payload, Reading};
use crate::setting::{ACTIVATION, Family};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of every profile itself, as a payload type of their own.
pub(super) const TOP_LEVEL: &str = "TopLevel";

/// One payload or declaration.
#[derive(Clone, Debug)]
pub(super) struct Part<'r> {
    /// The place of its reading in its list.
    pub(super) reading: usize,
    pub(super) family: Family,
    pub(super) owner: &'r str,
    pub(super) instance: Option<&'r str>,
    pub(super) identifier: Option<&'r str>,
    uuid: Option<&'r str>,
    /// The channel of its profile, where that says it.
    pub(super) scope: Option<&'r str>,
    /// What it sets; nothing where a source names it alone.
    pub(super) items: Vec<&'r Item>,
    /// Whether its source says nothing of what it sets.
    pub(super) is_silent: bool,
}

/// Every payload and declaration of these readings.
pub(super) fn parts<'r>(readings: &[(usize, &'r Reading)]) -> Vec<Part<'r>> {
    let mut all = Vec::new();
    for (n, reading) in readings {
        of_reading(*n, reading, &mut all);
    }
    all
}

fn of_reading<'r>(n: usize, reading: &'r Reading, all: &mut Vec<Part<'r>>) {
    let start = all.len();
    let scope = reading.envelope.scope.as_deref();
    for item in &reading.items {
        let (family, _, owner, instance) = item.setting.address.carrier();
        if !matches!(family, Family::Profile | Family::Declaration) || owner == ACTIVATION {
            continue;
        }
        let known = all[start..].iter_mut().find(|part| part.owner == owner && part.instance == instance);
        match known {
            Some(part) => part.items.push(item),
            None => {
                let payload = payload_of(reading, item);
                let identifier = match family {
                    Family::Declaration => reading.envelope.identifier.as_deref(),
                    _ => payload.and_then(|payload| payload.identifier.as_deref()),
                };
                let uuid = payload.and_then(|payload| payload.uuid.as_deref());
                let items = vec![item];
                all.push(Part {
                    reading: n,
                    family,
                    owner,
                    instance,
                    identifier,
                    uuid,
                    scope,
                    items,
                    is_silent: false,
                });
            }
        }
    }
    if reading.kind != Kind::Installed {
        return;
    }
    let told: BTreeSet<usize> = reading.items.iter().filter_map(|item| index(&item.place)).collect();
    for (_, payload) in reading.envelope.payloads.iter().enumerate().filter(|(at, _)| !told.contains(at)) {
        all.push(Part {
            reading: n,
            family: Family::Profile,
            owner: &payload.kind,
            instance: None,
            identifier: payload.identifier.as_deref(),
            uuid: payload.uuid.as_deref(),
            scope,
            items: Vec::new(),
            is_silent: true,
        });
    }
}

/// The payload that an item stands in.
fn payload_of<'r>(reading: &'r Reading, item: &Item) -> Option<&'r Payload> {
    reading.envelope.payloads.get(index(&item.place)?)
}

/// `PayloadContent[2].…` is in the third.
fn index(place: &str) -> Option<usize> {
    place.strip_prefix("PayloadContent[")?.split(']').next()?.parse().ok()
}

/// Pairs: the place of the one that is seen, for each that is approved.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) seen: Vec<Option<usize>>,
}

impl Pairs {
    /// Pairs what is approved with what is seen. `files` are pairs of readings that names tell.
    pub(super) fn of(approved: &[Part<'_>], seen: &[Part<'_>], names: &FileNames<'_>, catalogue: &Catalogue) -> Pairs {
        let mut pairs = Pairs { seen: vec![None; approved.len()] };
        let mut left: BTreeSet<usize> = (0..seen.len()).collect();
        let is_kind = |a: &Part<'_>, b: &Part<'_>| a.family == b.family && a.owner == b.owner;
        let mut take = |pairs: &mut Pairs, is: &dyn Fn(&Part<'_>, &Part<'_>) -> bool| {
            for (n, part) in approved.iter().enumerate() {
                if pairs.seen[n].is_none()
                    && let Some(at) = left.iter().copied().find(|at| is_kind(part, &seen[*at]) && is(part, &seen[*at]))
                {
                    left.remove(&at);
                    pairs.seen[n] = Some(at);
                }
            }
        };
        let is_same_file = |a: &Part<'_>, b: &Part<'_>| names.are_one(a.reading, b.reading);
        take(&mut pairs, &|a, b| a.owner == TOP_LEVEL && is_same_file(a, b));
        let plain = |a: &Part<'_>| a.owner != TOP_LEVEL;
        let is_named = |a: &Part<'_>, b: &Part<'_>| plain(a) && a.identifier.is_some() && a.identifier == b.identifier;
        take(&mut pairs, &|a, b| is_named(a, b) && a.scope == b.scope);
        take(&mut pairs, &is_named);
        take(&mut pairs, &|a, b| plain(a) && a.uuid.is_some() && a.uuid == b.uuid);
        take(&mut pairs, &|a, b| plain(a) && is_same_file(a, b) && a.instance == b.instance);
        pairs.by_content(approved, seen, &mut left, catalogue);
        pairs
    }

    /// Those that names do not tell, the most alike first.
    fn by_content(
        &mut self,
        approved: &[Part<'_>],
        seen: &[Part<'_>],
        left: &mut BTreeSet<usize>,
        catalogue: &Catalogue,
    ) {
        loop {
            let mut best: Option<(usize, usize, usize)> = None;
            for (n, part) in approved.iter().enumerate().filter(|(n, _)| self.seen[*n].is_none()) {
                for at in left.iter().copied() {
                    let other = &seen[at];
                    if part.family != other.family || part.owner != other.owner {
                        continue;
                    }
                    // The profile itself goes where its payloads go.
                    let together = || self.together(approved, seen, part.reading, other.reading);
                    let alike = match part.owner == TOP_LEVEL {
                        true => together(),
                        false => 1 + alike(part, other, catalogue),
                    };
                    if alike > 0 && best.is_none_or(|(most, ..)| alike > most) {
                        best = Some((alike, n, at));
                    }
                }
            }
            let Some((_, n, at)) = best else { return };
            left.remove(&at);
            self.seen[n] = Some(at);
        }
    }

    /// How many payloads of two profiles are paired.
    fn together(&self, approved: &[Part<'_>], seen: &[Part<'_>], one: usize, other: usize) -> usize {
        let pairs = self.seen.iter().zip(approved).filter_map(|(at, part)| Some((part, &seen[(*at)?])));
        pairs.filter(|(a, b)| a.owner != TOP_LEVEL && a.reading == one && b.reading == other).count()
    }

    /// Those that are seen and are no approved one.
    pub(super) fn extra(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        (0..count).filter(|at| !self.seen.contains(&Some(*at)))
    }
}

/// How many settings of two payloads are the same.
fn alike(one: &Part<'_>, other: &Part<'_>, catalogue: &Catalogue) -> usize {
    let is = |a: &&&Item, b: &&Item| {
        a.setting.address.leaf == b.setting.address.leaf
            && same::same(&a.setting, &b.setting.value, &same::Names::default(), catalogue)
    };
    one.items.iter().filter(|a| other.items.iter().any(|b| is(a, b))).count()
}

/// Which files of the two sides are one by their names.
#[derive(Debug, Default)]
pub(super) struct FileNames<'r> {
    approved: BTreeMap<usize, Vec<&'r str>>,
    seen: BTreeMap<usize, Vec<&'r str>>,
}

impl<'r> FileNames<'r> {
    pub(super) fn new(approved: &[(usize, &'r Reading)], seen: &[(usize, &'r Reading)]) -> FileNames<'r> {
        FileNames { approved: names(approved), seen: names(seen) }
    }

    pub(super) fn are_one(&self, approved: usize, seen: usize) -> bool {
        let (Some(own), Some(other)) = (self.approved.get(&approved), self.seen.get(&seen)) else { return false };
        own.iter().any(|name| other.iter().any(|known| name.eq_ignore_ascii_case(known)))
    }
}

fn names<'r>(readings: &[(usize, &'r Reading)]) -> BTreeMap<usize, Vec<&'r str>> {
    let of = |reading: &'r Reading| -> Vec<&'r str> {
        let envelope = &reading.envelope;
        [&envelope.identifier, &envelope.name].into_iter().flatten().map(String::as_str).collect()
    };
    readings.iter().map(|(n, reading)| (*n, of(reading))).collect()
}

/// What identifiers and references of the side that is seen stand for on the approved one.
pub(super) fn renamed<'r>(approved: &[Part<'r>], seen: &[Part<'r>], pairs: &Pairs) -> same::Names<'r> {
    let mut names = same::Names::default();
    for (part, at) in approved.iter().zip(&pairs.seen) {
        let Some(other) = at.map(|at| &seen[at]) else { continue };
        if let (Some(own), Some(theirs)) = (part.identifier, other.identifier) {
            names.texts.insert(theirs, own);
        }
        names.instances.insert((other.owner, other.instance), part.instance);
    }
    names
}
