//! Which settings stand on what differs. A setting stands on its key or node, on whatever encloses that, and, where it gives a list or
//! dictionary as a whole, on what is inside.

use super::{Bearing, Change, Field, Limit, What};
use crate::catalogue::facts::folded;
use crate::gather::Arrange;
use crate::setting::{Family, Leaf, OsVersion, Platform, Setting};
use std::collections::BTreeMap;

/// The settings of one group.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Its organisation's id.
    pub organisation: &'a str,
    /// Its own.
    pub group: &'a str,
    /// What its devices run.
    pub platform: Platform,
    /// And of which version at least.
    pub os: &'a OsVersion,
    /// What it gets.
    pub settings: &'a [Setting],
}

/// A setting that a change touches.
#[derive(Clone, Copy, Debug)]
pub struct Touched<'a> {
    /// Its organisation's id.
    pub organisation: &'a str,
    /// Its group's.
    pub group: &'a str,
    /// The setting.
    pub setting: &'a Setting,
    /// What the change asks of it, as far as it speaks of the group's OS: nothing where it keeps within what is narrower now.
    pub bearing: Bearing,
}

/// The settings that each change touches, in the order of the changes; those of each in the order given.
pub fn touched<'a>(changes: &[Change], groups: &[Given<'a>]) -> Vec<Vec<Touched<'a>>> {
    let mut root = Level::default();
    for (n, change) in changes.iter().enumerate().filter(|(_, change)| !change.name.is_answer) {
        root.insert(&segments(change), n);
    }
    let mut touched: Vec<Vec<Touched<'a>>> = vec![Vec::new(); changes.len()];
    for group in groups {
        for setting in group.settings {
            let mut stands_on = Vec::new();
            let path = path(setting);
            let below = if setting.address.keys().is_empty() { Below::IsOther } else { Below::Belongs };
            root.collect(&path, below, &mut stands_on);
            stands_on.arrange();
            stands_on.dedup();
            for (n, place) in stands_on {
                let Some((change, settings)) = changes.get(n).zip(touched.get_mut(n)) else { continue };
                if let Some(bearing) = bearing(change, place, group, setting) {
                    let (organisation, group) = (group.organisation, group.group);
                    settings.push(Touched { organisation, group, setting, bearing });
                }
            }
        }
    }
    touched
}

/// What a change asks of a setting that stands on it; nothing where it speaks of other devices, or of the entry's own node alone.
fn bearing(change: &Change, place: Place, group: &Given<'_>, setting: &Setting) -> Option<Bearing> {
    match change.what {
        What::Removed => return Some(Bearing::Narrower),
        What::Added => return (change.is_required).then_some(Bearing::Narrower),
        What::Deprecated | What::Changed => {}
    }
    let is_node = change.name.family == Family::Csp;
    let speaks = |field: &&Field| {
        let passes_down = matches!(field.field.split([',', '.']).next(), Some("builds" | "editions" | "deprecated"));
        let is_there = field.os.as_deref().is_none_or(|os| os == group.platform.word());
        is_there && field.field != "title" && (!is_node || place != Place::Above || passes_down)
    };
    let asks = |field: &Field| match &field.limit {
        Some(limit) if is_of(limit, place, setting) && limit.holds(&setting.value, group.os) => {
            field.bearing.max(Bearing::Neutral)
        }
        _ => field.bearing,
    };
    change.fields.iter().filter(speaks).map(asks).min()
}

/// Whether a limit is one of this setting: on a value only where the setting is that value as a whole.
fn is_of(limit: &Limit, place: Place, setting: &Setting) -> bool {
    let is_whole = matches!(setting.address.leaf, Leaf::Keys(_) | Leaf::Node);
    matches!(limit, Limit::From(_)) || (place == Place::Here && is_whole)
}

/// The names that lead to a change. A required key that came concerns whatever stands beside it.
fn segments(change: &Change) -> Vec<String> {
    let name = &change.name;
    if name.family == Family::Csp {
        return uri(&name.owner);
    }
    let path = match (change.what, name.path.split_last()) {
        (What::Added, Some((_, above))) => above,
        _ => &name.path,
    };
    [family(name.family).to_owned(), name.owner.clone()].into_iter().chain(path.iter().cloned()).collect()
}

fn path(setting: &Setting) -> Vec<String> {
    let address = &setting.address;
    if address.owner.starts_with("./") {
        return uri(&address.owner);
    }
    let keys = address.keys().iter().cloned();
    [family(address.family).to_owned(), address.owner.clone()].into_iter().chain(keys).collect()
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Profile => "profile",
        Family::Declaration => "declaration",
        Family::Command => "command",
        Family::Compliance => "compliance",
        Family::Csp => "csp",
    }
}

/// `./Device/Vendor` and `./Vendor` are one root.
fn uri(uri: &str) -> Vec<String> {
    let folded = folded(uri);
    let segments: Vec<&str> = folded.split('/').collect();
    match segments.as_slice() {
        [root, "device", vendor @ "vendor", rest @ ..] => {
            [root, vendor].into_iter().chain(rest).map(|s| (*s).to_owned()).collect()
        }
        all => all.iter().map(|s| (*s).to_owned()).collect(),
    }
}

/// One level of names; `ANY` and `{Title}` stand for every name.
#[derive(Default)]
struct Level {
    here: Vec<usize>,
    named: BTreeMap<String, Level>,
    any: Option<Box<Level>>,
}

impl Level {
    fn insert(&mut self, path: &[String], n: usize) {
        let Some((first, rest)) = path.split_first() else { return self.here.push(n) };
        let stands_for_all = first == "ANY" || (first.starts_with('{') && first.ends_with('}'));
        let below = match stands_for_all {
            true => self.any.get_or_insert_default(),
            false => self.named.entry(first.clone()).or_default(),
        };
        below.insert(rest, n);
    }

    /// The changes on the way along `path`, at its end, and below it where they matter.
    fn collect(&self, path: &[String], below: Below, found: &mut Vec<(usize, Place)>) {
        let place = if path.is_empty() { Place::Here } else { Place::Above };
        found.extend(self.here.iter().map(|n| (*n, place)));
        match path.split_first() {
            Some((first, rest)) => {
                let next = self.named.get(first).into_iter().chain(self.any.as_deref());
                next.for_each(|level| level.collect(rest, below, found));
            }
            None if below == Below::Belongs => {
                let all = self.named.values().chain(self.any.as_deref());
                let from = found.len();
                all.for_each(|level| level.collect(&[], below, found));
                found.iter_mut().skip(from).for_each(|(_, place)| *place = Place::Below);
            }
            None => {}
        }
    }
}

/// Where a change is, seen from a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Above,
    Here,
    Below,
}

/// Whether what is below a setting's address is part of its value: so it is of a key, not of a node or of a command as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Belongs,
    IsOther,
}
