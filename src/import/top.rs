//! Keys of the profile itself (Apple, "TopLevel": `PayloadRemovalDisallowed`, `RemovalDate`, `ConsentText` …). A group has one set of
//! them for all of its profiles: files that differ in any, be it that one has it and the other has not, are for groups of their own.

use super::estate::Group;
use super::said::place;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::reader::{Kind, Reading};
use crate::setting::{Address, Family, Setting};
use std::collections::BTreeSet;

/// Whether a setting is one of the profile itself.
pub(super) fn is_top(address: &Address) -> bool {
    address.family == Family::Profile && address.owner == "TopLevel"
}

/// Whether a file has a profile in which they can stand: one that sets anything.
pub(super) fn has_payload(reading: &Reading) -> bool {
    let is_payload = |setting: &Setting| setting.address.family == Family::Profile && !is_top(&setting.address);
    reading.kind == Kind::Profile && reading.settings().any(is_payload)
}

/// Those of a file; `None` where it has no profile.
fn keys(reading: &Reading) -> Option<Vec<&Setting>> {
    has_payload(reading).then(|| reading.settings().filter(|setting| is_top(&setting.address)).collect())
}

fn is_same(one: &[&Setting], other: &[&Setting]) -> bool {
    one.len() == other.len() && one.iter().all(|setting| is_among(setting, other))
}

fn is_among(setting: &Setting, others: &[&Setting]) -> bool {
    others.iter().any(|other| other.address == setting.address && other.value == setting.value)
}

impl Group {
    /// The files whose profiles have other keys of their own than most of the group's: they stay out of it.
    pub(super) fn otherwise_topped(&self, readings: &[Reading], found: &mut Diagnostics) -> BTreeSet<usize> {
        let mut sets: Vec<(Vec<&Setting>, Vec<usize>)> = Vec::new();
        for &n in &self.readings {
            let Some(own) = keys(&readings[n]) else { continue };
            match sets.iter_mut().find(|(keys, _)| is_same(keys, &own)) {
                Some((_, files)) => files.push(n),
                None => sets.push((own, vec![n])),
            }
        }
        // Of two that as many files have, that of the first file.
        let most = sets.iter().map(|(_, files)| files.len()).max().unwrap_or_default();
        let Some(at) = sets.iter().position(|(_, files)| files.len() == most) else { return BTreeSet::new() };
        let (kept, _) = sets.swap_remove(at);
        let mut others = BTreeSet::new();
        for (own, files) in sets {
            for n in files {
                others.insert(n);
                report(&own, &kept, &readings[n], found);
            }
        }
        others
    }
}

/// One finding a file: the first key that only it has, or has otherwise, else the first that it lacks.
fn report(own: &[&Setting], kept: &[&Setting], reading: &Reading, found: &mut Diagnostics) {
    let help = "the keys of a profile hold for every profile of a group: the file has a group of its own now, with the same devices";
    let warn = |span, cause: String| {
        let finding = Diagnostic::new(Code::ConflictingValues, span, cause).severity(Severity::Warning).help(help);
        Diagnostic { place: place(reading, span, ""), ..finding }
    };
    if let Some(one) = own.iter().find(|setting| !is_among(setting, kept)) {
        let cause = format!("`{}` is not so in other profiles for the same devices", one.address);
        found.push(warn(one.span, cause));
    } else if let Some(one) = kept.iter().find(|setting| !is_among(setting, own)) {
        let first = reading.settings().next().map(|setting| setting.span).unwrap_or_default();
        let cause = format!("other profiles for the same devices have `{}`, and this one has not", one.address);
        found.push(warn(first, cause).also(one.span, "another profile has it here"));
    }
}
