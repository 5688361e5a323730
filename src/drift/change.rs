//! Settings before and after, by address, with who asked: the part of a difference that a person judges.

use super::{Produced, show};
use crate::backend::Decoded;
use crate::catalogue::Catalogue;
use crate::diagnostic::Code;
use crate::setting::{Address, ClauseRef, Origin, Setting, Value};
use std::collections::BTreeMap;

/// One setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is set.
    pub address: Address,
    /// To what it was approved; `None` where it was not set.
    pub before: Option<String>,
    /// To what it is set now; `None` where nothing sets it.
    pub after: Option<String>,
    /// Who asks for it now.
    pub origins: Vec<Origin>,
    /// Where the compiler leaves it out: the code that says why.
    pub dropped: Option<Code>,
    /// For what nothing sets any more: exceptions in force for the group, which may be why, and the clauses that they relax.
    pub exceptions: Vec<(String, Vec<ClauseRef>)>,
}

/// What differs between two readings, in the order of the addresses. An address that stands twice counts once more for each
/// further value.
pub(super) fn between(
    before: &Decoded,
    after: &Decoded,
    group: Option<&Produced<'_>>,
    catalogue: &Catalogue,
) -> Vec<Change> {
    let mut sides: BTreeMap<&Address, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
    for setting in &before.settings {
        sides.entry(&setting.address).or_default().0.push(&setting.value);
    }
    for setting in &after.settings {
        sides.entry(&setting.address).or_default().1.push(&setting.value);
    }
    let differing = sides.into_iter().filter(|(_, (before, after))| before != after);
    differing.map(|(address, (before, after))| change(address, &before, &after, group, catalogue)).collect()
}

fn change(
    address: &Address,
    before: &[&Value],
    after: &[&Value],
    group: Option<&Produced<'_>>,
    catalogue: &Catalogue,
) -> Change {
    let checked = group.map(|group| group.checked);
    let setting = checked.and_then(|checked| checked.settings().iter().find(|s| s.address == *address));
    let dropped = checked.and_then(|checked| checked.dropped().iter().find(|d| d.setting.address == *address));
    let secret = show::is_secret(address, setting, catalogue);
    let shown = |values: &[&Value]| -> Option<String> {
        let texts: Vec<String> = values.iter().map(|value| show::side(value, address, secret, catalogue)).collect();
        (!texts.is_empty()).then(|| texts.join(" and "))
    };
    let origins = |setting: &Setting| setting.origins.clone();
    let gone = after.is_empty();
    Change {
        address: address.clone(),
        before: shown(before),
        after: shown(after),
        origins: setting.or(dropped.map(|d| &d.setting)).map(origins).unwrap_or_default(),
        dropped: dropped.filter(|_| gone).map(|d| d.code),
        exceptions: group.filter(|_| gone).map(|group| group.exceptions.to_vec()).unwrap_or_default(),
    }
}
