//! The settings of two sides, file by file and payload by payload: which of the earlier side is which of the later one.
//!
//! A reader numbers payloads of one type that nobody named as they come, so that a file in another order, or with one more of them, seems
//! to change them all: here each is the one of the other side that it is most like. Files of one folder often hold the same payload:
//! those are compared within the file first, and across files only where nothing in the file answers.

use super::pair::{Pairs, by_likeness, overlap};
use super::side::Contents;
use crate::gather::Gather;
use crate::setting::{Address, Channel, Family, Setting, Value};
use crate::source::Spanned;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How alike two must be to be one, out of 1000, when there is a choice.
const LEAST: u32 = 1;
/// How alike payloads of different files must be.
const LEAST_ACROSS: u32 = 500;
/// Pairs of payloads of one type that are looked at across files. Whole trees that come and go are not compared each with each.
const MOST: usize = 1 << 14;
/// Keys of a profile itself stand in every file of a group.
const OF_PROFILE: &str = "TopLevel";

/// A setting, the file that holds it, and the place that it is compared in.
pub(super) struct Placed<'a> {
    pub(super) setting: Cow<'a, Setting>,
    /// By the name that the file has on the later side.
    pub(super) file: Option<&'a str>,
    /// The file of the later side that it is compared with.
    pub(super) scope: Option<&'a str>,
}

/// One payload of one file.
type Occurrence<'a> = (Option<&'a str>, Kind, Option<String>);
type Kind = (Family, Channel, String);
/// Payloads of one type by their names, and what each sets.
type Instances<'a> = BTreeMap<Option<String>, BTreeSet<(String, Cow<'a, Value>)>>;

/// One payload that nothing in its file answers: the file, its name, and what it sets.
type Left<'a> = (Option<&'a str>, Option<String>, BTreeSet<(String, Value)>);
/// The type and instance that a reference names → those that it names on the later side.
type Naming<'n> = dyn Fn(&str, Option<&str>) -> (String, Option<String>) + 'n;

/// Names that instances had, and the names that they have on the later side.
pub(super) type Renamed = BTreeMap<String, String>;

/// Both sides, each payload of the earlier one in the place of the one that it is on the later side. `files` are the files that are one
/// under two names, or under one.
pub(super) fn placed<'a>(
    before: &'a Contents<'a>,
    after: &'a Contents<'a>,
    files: &BTreeMap<&'a str, &'a str>,
    renamed: &Renamed,
) -> (Vec<Placed<'a>>, Vec<Placed<'a>>) {
    let place = |contents: &'a Contents<'a>, present: &dyn Fn(&'a str) -> &'a str| -> Vec<Placed<'a>> {
        let one = |(setting, file): &'a (Cow<'a, Setting>, Option<&'a str>)| {
            let file = file.map(present);
            Placed { setting: Cow::Borrowed(setting.as_ref()), file, scope: file }
        };
        contents.settings.iter().map(one).collect()
    };
    let mut was = place(before, &|path| files.get(path).copied().unwrap_or(path));
    let mut is = place(after, &|path| path);
    for placed in &mut was {
        if let Some(now) = placed.setting.address.instance.as_ref().and_then(|instance| renamed.get(instance)) {
            placed.setting.to_mut().address.instance = Some(now.clone());
        }
    }
    of_profiles(&mut was, &mut is);
    let places = paired(&was, &is);
    for placed in &mut was {
        settle(placed, &places);
    }
    (was, is)
}

fn of<'a>(placed: &Placed<'a>) -> Occurrence<'a> {
    let Address { family, channel, owner, instance, .. } = &placed.setting.address;
    (placed.scope, (*family, *channel, owner.clone()), instance.clone())
}

/// A key of the profile itself is one setting where every profile of a side says the same.
fn of_profiles<'a>(before: &mut Vec<Placed<'a>>, after: &mut Vec<Placed<'a>>) {
    fn mixed(side: &[Placed<'_>]) -> BTreeSet<Address> {
        let mut first: BTreeMap<&Address, &Value> = BTreeMap::new();
        let mut mixed = BTreeSet::new();
        let own = side.iter().map(|placed| &*placed.setting).filter(|setting| setting.address.owner == OF_PROFILE);
        for setting in own {
            if *first.entry(&setting.address).or_insert(&setting.value) != &setting.value {
                mixed.insert(setting.address.clone());
            }
        }
        mixed
    }
    let mixed: BTreeSet<Address> = mixed(before).into_iter().chain(mixed(after)).gather();
    for side in [before, after] {
        let mut seen: BTreeSet<Address> = BTreeSet::new();
        side.retain_mut(|placed| {
            let address = &placed.setting.address;
            if address.owner != OF_PROFILE || mixed.contains(address) {
                return true;
            }
            placed.scope = None;
            seen.insert(address.clone())
        });
    }
}

/// Occurrences of the earlier side that have another place on the later one, and that place.
fn paired<'a>(before: &[Placed<'a>], after: &[Placed<'a>]) -> BTreeMap<Occurrence<'a>, Occurrence<'a>> {
    let (mut earlier, mut later) = (by_file(before), by_file(after));
    let mut places = BTreeMap::new();
    for (own, was) in &mut earlier {
        if let Some(is) = later.get_mut(own) {
            for (then, now) in alike(was, is) {
                was.remove(&then);
                is.remove(&now);
                if then != now {
                    places.insert((own.0, own.1.clone(), then), (own.0, own.1.clone(), now));
                }
            }
        }
    }
    across(&earlier, &later, &mut places);
    apart(before, &mut places);
    places
}

/// What nothing in its own file answers, against what nothing answers on the other side.
fn across<'a>(
    earlier: &BTreeMap<(Option<&'a str>, Kind), Instances<'_>>,
    later: &BTreeMap<(Option<&'a str>, Kind), Instances<'_>>,
    places: &mut BTreeMap<Occurrence<'a>, Occurrence<'a>>,
) {
    let left = |side: &BTreeMap<(Option<&'a str>, Kind), Instances<'_>>| {
        let mut kinds: BTreeMap<Kind, Vec<Left<'a>>> = BTreeMap::new();
        for ((scope, kind), instances) in side {
            let owned = |values: &BTreeSet<(String, Cow<'_, Value>)>| {
                values.iter().map(|(leaf, value)| (leaf.clone(), value.clone().into_owned())).gather()
            };
            let all = instances.iter().map(|(name, values)| (*scope, name.clone(), owned(values)));
            kinds.entry(kind.clone()).or_default().extend(all);
        }
        kinds
    };
    let (earlier, later) = (left(earlier), left(later));
    for (kind, was) in earlier {
        let Some(is) = later.get(&kind).filter(|is| was.len() * is.len() <= MOST) else { continue };
        let mut pairs = Pairs { gone: (0..was.len()).collect(), new: (0..is.len()).collect(), both: Vec::new() };
        for (b, a) in by_likeness(&mut pairs, LEAST_ACROSS, |b, a| overlap(&was[b].2, &is[a].2)) {
            let then = (was[b].0, kind.clone(), was[b].1.clone());
            places.insert(then, (is[a].0, kind.clone(), is[a].1.clone()));
        }
    }
}

/// The same payloads of one file on two sides: by the name that somebody gave, then by likeness; one alone on each side is the same.
fn alike(was: &Instances<'_>, is: &Instances<'_>) -> Vec<(Option<String>, Option<String>)> {
    if let (1, 1, Some((then, _)), Some((now, _))) = (was.len(), is.len(), was.first_key_value(), is.first_key_value())
    {
        return vec![(then.clone(), now.clone())];
    }
    let (was, is): (Vec<_>, Vec<_>) = (was.iter().collect(), is.iter().collect());
    let named = |instance: &Option<String>| instance.as_ref().is_some_and(|name| !name.starts_with('#'));
    let mut pairs = Pairs::default();
    let same = |name: &Option<String>| is.iter().position(|(other, _)| named(name) && *other == name);
    let kept: BTreeSet<usize> = was.iter().filter_map(|(name, _)| same(name)).gather();
    pairs.gone = (0..was.len()).filter(|n| same(was[*n].0).is_none()).collect();
    pairs.new = (0..is.len()).filter(|n| !kept.contains(n)).collect();
    let found = by_likeness(&mut pairs, LEAST, |b, a| overlap(was[b].1, is[a].1));
    let by_name = kept.iter().map(|n| (is[*n].0.clone(), is[*n].0.clone()));
    by_name.chain(found.into_iter().map(|(b, a)| (was[b].0.clone(), is[a].0.clone()))).collect()
}

/// An occurrence that nothing pairs must not meet one that took its place: it gets a number that nobody has.
fn apart<'a>(before: &[Placed<'a>], places: &mut BTreeMap<Occurrence<'a>, Occurrence<'a>>) {
    let mut all: BTreeSet<Occurrence<'a>> = before.iter().filter(|placed| is_payload(placed)).map(of).gather();
    all.extend(places.values().cloned());
    let taken: BTreeSet<Occurrence<'a>> = places.values().cloned().gather();
    for own in before.iter().filter(|placed| is_payload(placed)).map(of) {
        if taken.contains(&own) && !places.contains_key(&own) {
            let free = (2..).map(|n| (own.0, own.1.clone(), Some(format!("#{n}")))).find(|other| !all.contains(other));
            if let Some(free) = free {
                all.insert(free.clone());
                places.insert(own, free);
            }
        }
    }
}

fn is_payload(placed: &Placed<'_>) -> bool {
    placed.setting.address.family == Family::Profile
}

/// What the payloads of each type set, file by file. A reference counts by the type that it names: numbers are not yet known.
fn by_file<'p, 'a>(side: &'p [Placed<'a>]) -> BTreeMap<(Option<&'a str>, Kind), Instances<'p>> {
    let mut all: BTreeMap<(Option<&'a str>, Kind), Instances<'p>> = BTreeMap::new();
    for placed in side.iter().filter(|placed| is_payload(placed)) {
        let (scope, kind, instance) = of(placed);
        let value = references(&placed.setting.value, &|owner, _| (owner.to_owned(), None));
        let leaf = placed.setting.address.keys().join("\0");
        all.entry((scope, kind)).or_default().entry(instance).or_default().insert((leaf, value));
    }
    all
}

/// Gives a setting its place, and the payloads that it names theirs.
fn settle<'a>(placed: &mut Placed<'a>, places: &BTreeMap<Occurrence<'a>, Occurrence<'a>>) {
    if places.is_empty() || !is_payload(placed) {
        return;
    }
    let (scope, (family, channel, _), _) = of(placed);
    let named = |owner: &str, instance: Option<&str>| {
        let own = (scope, (family, channel, owner.to_owned()), instance.map(str::to_owned));
        let (_, (_, _, owner), instance) = places.get(&own).cloned().unwrap_or(own);
        (owner, instance)
    };
    if let Cow::Owned(value) = references(&placed.setting.value, &named) {
        placed.setting.to_mut().value = value;
    }
    if let Some((scope, _, instance)) = places.get(&of(placed)) {
        placed.scope = *scope;
        placed.setting.to_mut().address.instance.clone_from(instance);
    }
}

/// A value with other names in its references; borrowed where it has none.
fn references<'v>(value: &'v Value, named: &Naming<'_>) -> Cow<'v, Value> {
    match value {
        Value::Reference { owner, instance } => {
            let (owner, instance) = named(owner, instance.as_deref());
            Cow::Owned(Value::Reference { owner, instance })
        }
        Value::Array(items) => {
            let inner: Vec<Cow<'_, Value>> = items.iter().map(|item| references(&item.value, named)).collect();
            if inner.iter().all(|item| matches!(item, Cow::Borrowed(_))) {
                return Cow::Borrowed(value);
            }
            let item =
                |(item, inner): (&Spanned<Value>, Cow<'_, Value>)| Spanned { value: inner.into_owned(), ..*item };
            Cow::Owned(Value::Array(items.iter().zip(inner).map(item).collect()))
        }
        Value::Dictionary(entries) => {
            let inner: Vec<Cow<'_, Value>> = entries.values().map(|entry| references(&entry.value, named)).collect();
            if inner.iter().all(|item| matches!(item, Cow::Borrowed(_))) {
                return Cow::Borrowed(value);
            }
            let entry = |((key, entry), inner): ((&String, &Spanned<Value>), Cow<'_, Value>)| {
                (key.clone(), Spanned { value: inner.into_owned(), ..*entry })
            };
            Cow::Owned(Value::Dictionary(entries.iter().zip(inner).map(entry).gather()))
        }
        _ => Cow::Borrowed(value),
    }
}
