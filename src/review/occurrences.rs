//! Payloads of one type that nobody named. A reader numbers them as they come, so that a file in another order, or with one more of
//! them, seems to change them all: here each is the one of the other side that it is most like.

use super::pair::{Pairs, by_likeness, overlap};
use super::side::Contents;
use crate::setting::{Address, Channel, Family, Leaf, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One payload, declaration or command among those of its type.
pub(super) type Occurrence = (Family, Channel, String, Option<String>);

/// How alike two must be to be one, out of 1000, when there is a choice.
const LEAST: u32 = 1;

pub(super) fn of(address: &Address) -> Occurrence {
    (address.family, address.channel, address.owner.clone(), address.instance.clone())
}

/// Occurrences of the earlier side that have another number on the later one, and the instance that they have there.
pub(super) fn paired(before: &Contents<'_>, after: &Contents<'_>) -> BTreeMap<Occurrence, Option<String>> {
    let (earlier, later) = (by_type(before), by_type(after));
    let mut renumbered = BTreeMap::new();
    for (kind, was) in &earlier {
        let Some(is) = later.get(kind).filter(|is| was.len() > 1 || is.len() > 1) else { continue };
        let (was, is): (Vec<_>, Vec<_>) = (was.iter().collect(), is.iter().collect());
        let named = |instance: &Option<String>| instance.as_ref().is_some_and(|name| !name.starts_with('#'));
        let mut pairs = Pairs::default();
        let same = |name: &Option<String>| is.iter().position(|(other, _)| named(name) && ***other == *name);
        let kept: BTreeSet<usize> = was.iter().filter_map(|(name, _)| same(name)).collect();
        pairs.gone = (0..was.len()).filter(|n| same(was[*n].0).is_none()).collect();
        pairs.new = (0..is.len()).filter(|n| !kept.contains(n)).collect();
        for (b, a) in by_likeness(&mut pairs, LEAST, |b, a| overlap(was[b].1, is[a].1)) {
            if was[b].0 != is[a].0 {
                let (family, channel, owner) = kind.clone();
                renumbered.insert((family, channel, owner, (*was[b].0).clone()), (*is[a].0).clone());
            }
        }
    }
    swap_safe(renumbered, &earlier, &later)
}

/// An occurrence that nothing pairs must not meet one that took its number: it gets a number that nobody has.
fn swap_safe(
    mut renumbered: BTreeMap<Occurrence, Option<String>>,
    earlier: &BTreeMap<Kind, Leaves<'_>>,
    later: &BTreeMap<Kind, Leaves<'_>>,
) -> BTreeMap<Occurrence, Option<String>> {
    for (kind, was) in earlier {
        let (family, channel, owner) = kind.clone();
        let taken: BTreeSet<Option<String>> = was
            .keys()
            .filter_map(|instance| renumbered.get(&(family, channel, owner.clone(), (*instance).clone())).cloned())
            .collect();
        let most = was.len() + later.get(kind).map_or(0, BTreeMap::len);
        for instance in was.keys() {
            let own = (family, channel, owner.clone(), (*instance).clone());
            if taken.contains(*instance) && !renumbered.contains_key(&own) {
                renumbered.insert(own, Some(format!("#{}", most + 1 + renumbered.len())));
            }
        }
    }
    renumbered
}

type Kind = (Family, Channel, String);
type Leaves<'a> = BTreeMap<&'a Option<String>, BTreeSet<(&'a Leaf, &'a Value)>>;

fn by_type<'a>(contents: &'a Contents<'_>) -> BTreeMap<Kind, Leaves<'a>> {
    let mut all: BTreeMap<Kind, Leaves<'a>> = BTreeMap::new();
    for (setting, _) in contents.settings.iter().filter(|(setting, _)| setting.address.family == Family::Profile) {
        let Address { family, channel, owner, instance, leaf } = &setting.address;
        let kind = (*family, *channel, owner.clone());
        all.entry(kind).or_default().entry(instance).or_default().insert((leaf, &setting.value));
    }
    all
}
