//! Options of Fleet that follow from settings which it keeps for itself. Where a setting has no option, or another value than the one
//! that Fleet would write, a person must choose.

use super::{Group, consumer_of};
use crate::backend::Left;
use crate::consumer::{Asked, Consumer, Switch};
use crate::gather::Gather;
use crate::setting::{Leaf, Setting, Value};
use std::collections::BTreeSet;

/// An option with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Switched<'a> {
    /// The switch.
    pub(super) switch: &'a Switch,
    /// Its value, as text.
    pub(super) value: String,
}

/// What becomes of a setting that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This option has the same effect, and is set.
    Carried(String),
    /// Fleet writes this value itself, with that option.
    Overruled(String, String),
    /// Nothing of Fleet's stands for it.
    Open,
}

/// The options of a fleet. One that its groups would set differently is left to a person.
pub(super) fn switched<'a>(groups: &[&Group<'_>]) -> Vec<Switched<'a>> {
    let Some(consumer) = groups.first().and_then(|group| consumer_of(group.target)) else { return Vec::new() };
    let mut set: Vec<Switched<'a>> = Vec::new();
    for switch in &consumer.switches {
        let concerned: Vec<&&Group<'_>> = groups.iter().filter(|group| concerns(switch, group)).collect();
        let values: BTreeSet<Option<String>> = concerned.iter().map(|group| of_group(consumer, switch, group)).gather();
        if let (1, Some(Some(value))) = (values.len(), values.into_iter().next())
            && !set.iter().any(|other| other.switch.option == switch.option)
        {
            set.push(Switched { switch, value });
        }
    }
    let names: BTreeSet<String> = set.iter().map(|one| one.switch.option.clone()).gather();
    set.retain(|one| one.switch.beside.as_ref().is_none_or(|beside| names.contains(beside)));
    set
}

fn concerns(switch: &Switch, group: &Group<'_>) -> bool {
    switch.platforms.iter().any(|platform| platform == group.target.platform.word())
}

/// The value that a group gives an option, by any of the switches that set it.
fn of_group(consumer: &Consumer, switch: &Switch, group: &Group<'_>) -> Option<String> {
    let same = consumer.switches.iter().filter(|other| other.option == switch.option);
    same.filter_map(|other| value(other, &group.reduced.left)).next()
}

fn value(switch: &Switch, left: &[Left]) -> Option<String> {
    if let Some(value) = &switch.value {
        let holds = |asked: &Asked| left.iter().any(|left| is_asked(asked, &left.setting));
        return switch.when.iter().all(holds).then(|| value.clone());
    }
    let mut values: BTreeSet<String> = BTreeSet::new();
    for asked in &switch.same {
        let own: Vec<String> =
            left.iter().filter(|left| is_asked(asked, &left.setting)).map(|left| plain(&left.setting.value)).collect();
        if own.is_empty() {
            return None;
        }
        values.extend(own);
    }
    let [value] = values.into_iter().collect::<Vec<_>>().try_into().ok()?;
    let value: String = match &switch.ends {
        Some(end) => value.strip_suffix(end.as_str())?.to_owned(),
        None => value,
    };
    let fits = switch.most.is_none_or(|most| value.parse::<i64>().is_ok_and(|number| (0..=most).contains(&number)));
    fits.then_some(value)
}

/// Whether a setting is the one that is meant, with the value that is meant where one is.
fn is_asked(asked: &Asked, setting: &Setting) -> bool {
    let address = &setting.address;
    let leaf = match (&address.leaf, &asked.key) {
        (Leaf::Node | Leaf::AdmxState, None) => true,
        (Leaf::AdmxElement(id), Some(key)) => id == key,
        (Leaf::Keys(keys), Some(key)) => matches!(keys.as_slice(), [only] if only == key),
        _ => false,
    };
    leaf && address.owner == asked.owner && asked.is.as_ref().is_none_or(|is| *is == plain(&setting.value))
}

/// A value as text, without marks around it.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Date(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What becomes of each setting that a group leaves out, with the options of its fleet.
pub(super) fn outcome(left: &Left, group: &Group<'_>, options: &[Switched<'_>]) -> Outcome {
    let own = options.iter().filter(|one| concerns(one.switch, group));
    for one in own {
        let asked = one.switch.when.iter().chain(&one.switch.same);
        // The switch that a group's settings meet is the one that speaks of them.
        let all = consumer_of(group.target).map_or(&[][..], |consumer| consumer.switches.as_slice());
        let others = all
            .iter()
            .filter(|other| other.option == one.switch.option)
            .flat_map(|other| other.when.iter().chain(&other.same));
        if asked.chain(others).any(|asked| is_asked(asked, &left.setting)) {
            return Outcome::Carried(format!("{}: {}", one.switch.option, one.value));
        }
    }
    let sets = consumer_of(group.target).map_or(&[][..], |consumer| consumer.sets.as_slice());
    let same = sets.iter().find(|row| is_asked(&Asked { is: None, ..(*row).clone() }, &left.setting));
    let Some((row, option)) = same.and_then(|row| Some((row, row.option.as_ref()?))) else { return Outcome::Open };
    let is_on =
        options.iter().any(|one| one.switch.option == *option || one.switch.option.starts_with(&format!("{option}.")));
    match (is_on, &row.is) {
        (true, Some(is)) if *is == plain(&left.setting.value) => Outcome::Carried(option.clone()),
        (true, Some(is)) => Outcome::Overruled(option.clone(), is.clone()),
        _ => Outcome::Open,
    }
}
