//! What a device makes of several values of one place.

use super::unit::{Holder, Unit};
use super::way::Way;
use super::{Held, Run};
use crate::catalogue::entry::Form;
use crate::catalogue::{Catalogue, Polarity};
use crate::setting::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What holds, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// One file says it.
    Alone,
    /// All say the same.
    Same,
    /// That of this holder.
    Wins(usize, &'static str),
    /// Of two values that a device combines the weaker: that of this holder.
    Weaker(usize),
    /// The lists together.
    Merged,
    /// What is written last.
    Last,
    /// Nobody can say.
    Open(&'static str),
}

pub(super) const STRICTER: &str = "stricter";
pub(super) const MOST_SECURE: &str = "most-secure";
pub(super) const COMBINED: &str = "combined";
const UNCLEAR: &str = "nobody has said which of the values is stricter";

/// What holds at a unit.
pub(super) fn of(catalogue: &Catalogue, unit: &Unit<'_>) -> Outcome {
    let Some((first, others)) = unit.holders.split_first() else { return Outcome::Open("") };
    if others.is_empty() {
        return Outcome::Alone;
    }
    if others.iter().all(|other| first.agrees(other)) {
        return Outcome::Same;
    }
    match &unit.way {
        Way::Each => Outcome::Alone,
        Way::Once => Outcome::Open("a device takes one of them, and which is not defined"),
        Way::Merged(_) if contradicts(&unit.holders) => Outcome::Open("an entry with two values is left out of both"),
        Way::Merged(_) => Outcome::Merged,
        Way::LastWrite => Outcome::Last,
        Way::Undefined(why) => Outcome::Open(why),
        Way::MostSecure(_, polarity) => match best(&unit.holders, polarity) {
            Some(winner) => Outcome::Wins(winner, MOST_SECURE),
            None => Outcome::Open(UNCLEAR),
        },
        Way::Strictest(_) => {
            let side = catalogue.side(unit.address);
            let winner = side.and_then(|side| best(&unit.holders, &side.stricter));
            winner.map_or(Outcome::Open(UNCLEAR), |winner| Outcome::Wins(winner, STRICTER))
        }
        Way::Combined(how) => combined(catalogue, unit, how),
    }
}

/// Whether lists of `name=value` that are put together give one name two values.
pub(super) fn contradicts<'a>(holders: impl IntoIterator<Item = &'a Holder<'a>>) -> bool {
    let mut entries: BTreeMap<String, &str> = BTreeMap::new();
    let texts = holders.into_iter().flat_map(|holder| holder.value()).flat_map(texts);
    let mut pairs = texts.flat_map(|text| text.split('|')).filter_map(|entry| entry.split_once('='));
    pairs.any(|(name, value)| {
        entries.insert(name.trim().to_lowercase(), value.trim()).is_some_and(|other| other != value.trim())
    })
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) | Value::Plain(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(|item| texts(&item.value)).collect(),
        _ => Vec::new(),
    }
}

/// The holder of the strictest value.
fn best(holders: &[Holder<'_>], polarity: &Polarity) -> Option<usize> {
    let mut best = 0;
    for (n, holder) in holders.iter().enumerate().skip(1) {
        match polarity.compare(&number(holder.value()?), &number(holders[best].value()?))? {
            Ordering::Greater => best = n,
            Ordering::Equal | Ordering::Less => {}
        }
    }
    Some(best)
}

/// What a file has as text, where it is a number.
fn number(value: &Value) -> Value {
    match value {
        Value::Text(text) | Value::Plain(text) => text.trim().parse().map_or_else(|_| value.clone(), Value::Integer),
        value => value.clone(),
    }
}

/// By Apple's rule for a key of declarations.
fn combined(catalogue: &Catalogue, unit: &Unit<'_>, how: &str) -> Outcome {
    if matches!(how, "set-union" | "set-intersection" | "array-append") {
        return Outcome::Merged;
    }
    let known = catalogue.known_key(Form::Declaration, &unit.address.owner, unit.address.keys());
    let key = known.iter().flatten().map(|found| found.key).find(|key| key.combinetype.is_some());
    let mut taken = 0;
    for (n, holder) in unit.holders.iter().enumerate().skip(1) {
        let (Some(a), Some(b)) = (holder.value(), unit.holders[taken].value()) else { return Outcome::Open(UNCLEAR) };
        match key.and_then(|key| key.takes_first(a, b)) {
            Some(true) => taken = n,
            Some(false) => {}
            None => return Outcome::Open("Apple's rule takes the first of them, and which that is nobody knows"),
        }
    }
    let side = catalogue.side(unit.address);
    let strictest = side.and_then(|side| best(&unit.holders, &side.stricter));
    match strictest {
        Some(strictest) if !unit.holders[strictest].agrees(&unit.holders[taken]) => Outcome::Weaker(taken),
        _ => Outcome::Wins(taken, COMBINED),
    }
}

/// The same for reports.
pub(super) fn held(run: Run<'_>, unit: &Unit<'_>, outcome: &Outcome) -> Held {
    let name = |holder: &Holder<'_>| run.readings.readings[holder.reading].name.clone();
    let winner = match outcome {
        Outcome::Alone | Outcome::Same => Some(0),
        Outcome::Wins(n, _) | Outcome::Weaker(n) => Some(*n),
        Outcome::Merged | Outcome::Last | Outcome::Open(_) => None,
    };
    let why = match outcome {
        Outcome::Alone => "alone",
        Outcome::Same => "same",
        Outcome::Wins(_, why) => why,
        Outcome::Weaker(_) => COMBINED,
        Outcome::Merged => "merged",
        Outcome::Last => "last-write",
        Outcome::Open(_) if unit.way == Way::Once => "one-instance",
        Outcome::Open(_) => "not-defined",
    };
    let winner = winner.and_then(|n| unit.holders.get(n));
    let agrees = |holder: &&Holder<'_>| winner.is_none_or(|winner| winner.agrees(holder));
    let is_merged = *outcome == Outcome::Merged;
    let all: Vec<String> = unit.holders.iter().map(|holder| holder.shown(run)).collect();
    let value = match is_merged {
        true => Some(all.join(" + ")),
        false => winner.map(|winner| winner.shown(run)),
    };
    let others = unit.holders.iter().filter(|holder| winner.is_none() || !agrees(holder));
    let losers = if is_merged { Vec::new() } else { others.map(|one| (name(one), one.shown(run))).collect() };
    let by = unit.holders.iter().filter(|holder| is_merged || winner.is_some() && agrees(holder)).map(name).collect();
    Held { address: unit.address.to_string(), value, why, by, losers }
}
