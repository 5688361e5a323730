//! What devices make of several files together: who gets which of them (`reach.rs`), what holds at each place (`unit.rs`, `way.rs`,
//! `outcome.rs`), and where the files contradict each other (`finding.rs`, `across.rs`, `twins.rs`).
//!
//! Files that no device gets together contradict nothing: rings and alternatives are no conflicts. Who gets a file its assignments say
//! (Intune), or the labels of a repository (Fleet), or a map that somebody wrote (`map.rs`).
//!
//! Reading order: this file, `reach.rs`, `map.rs`, `unit.rs`, `way.rs`, `outcome.rs`, `finding.rs`, `twins.rs`, `across.rs`,
//! `left.rs`, `overlap.rs`, `group_policy.rs`.

mod across;
pub(super) mod finding;
mod group_policy;
mod left;
mod map;
mod outcome;
mod overlap;
mod reach;
mod twins;
mod unit;
mod way;

pub use map::is_map;

use super::Options;
use crate::catalogue::Catalogue;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::gather::Gather;
use crate::reader::{Kind, Reading, Readings};
use crate::setting::Platform;
use finding::Findings;
use reach::{Cell, Sure};
use std::collections::BTreeSet;

/// Who gets files that do not say it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Names of files that one group gets.
    pub together: Vec<String>,
    /// Names of maps among the files that were read.
    pub maps: Vec<String>,
}

/// What all audiences have.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// Each audience on each platform.
    pub audiences: Vec<Audience>,
    /// Where files contradict or repeat each other; each names both places.
    pub found: Diagnostics,
    /// Files that do not say who gets them, where others do.
    pub unstated: usize,
    /// Files that say that nobody gets them.
    pub nobody: usize,
}

/// What one audience has.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Who they are: a group, a label, or everybody.
    pub name: String,
    /// Their platform.
    pub platform: Platform,
    /// Whether it is known that its devices get all of the files.
    pub is_known: bool,
    /// The files that they get.
    pub files: Vec<String>,
    /// What holds on them, by address.
    pub settings: Vec<Held>,
}

/// What holds at one place.
#[derive(Clone, Debug)]
pub struct Held {
    /// The place.
    pub address: String,
    /// What holds there; nothing where nobody can say.
    pub value: Option<String>,
    /// Why: a word of [`WORDS`].
    pub why: &'static str,
    /// The files that say so.
    pub by: Vec<String>,
    /// Those that say something else, and what.
    pub losers: Vec<(String, String)>,
}

/// Why something holds, or nothing does.
pub const WORDS: &[&str] =
    &["alone", "same", "stricter", "most-secure", "combined", "merged", "last-write", "not-defined", "one-instance"];

/// One run.
#[derive(Clone, Copy)]
struct Run<'a> {
    readings: &'a Readings,
    catalogue: &'a Catalogue,
    options: &'a Options,
}

/// Some files that one device gets, on one platform.
struct Meeting<'a> {
    run: Run<'a>,
    cell: &'a Cell,
    platform: Platform,
    members: Vec<usize>,
}

/// What devices make of all files together.
pub fn effective(readings: &Readings, catalogue: &Catalogue, options: &Options, scope: &Scope) -> Effective {
    let run = Run { readings, catalogue, options };
    let mut effective = Effective::default();
    let reach = reach::of(run, scope, &mut effective.found);
    effective.unstated = reach.unstated;
    effective.nobody = reach.nobody;
    let mut findings = Findings::default();
    let mut seen: BTreeSet<(Platform, Vec<usize>)> = BTreeSet::new();
    let platforms: Vec<BTreeSet<Platform>> =
        readings.readings.iter().map(|reading| reach::platforms(catalogue, options, reading)).collect();
    for cell in &reach.cells {
        let members = reach.members(cell);
        let on: BTreeSet<Platform> = members.iter().flat_map(|n| platforms[*n].iter().copied()).gather();
        for platform in on {
            let members: Vec<usize> = members.iter().copied().filter(|n| platforms[*n].contains(&platform)).collect();
            let is_new = seen.insert((platform, members.clone()));
            if members.is_empty() || !is_new && cell.sure == Sure::Filtered {
                continue;
            }
            let meeting = Meeting { run, cell, platform, members };
            effective.audiences.push(meeting.judge(&mut findings));
        }
    }
    overlap::judge(run, &reach, &platforms, &mut findings);
    effective.found.absorb(findings.told());
    effective.found.sort(&readings.sources);
    effective
}

impl Effective {
    /// Leaves out of the findings of single files what is said here of the same place with more certainty.
    pub(super) fn instead_of(&self, found: &mut Diagnostics) {
        let own: Vec<&Diagnostic> = self.found.iter().filter(|finding| finding.severity != Severity::Note).collect();
        found.retain(|finding| !own.iter().any(|one| one.code == finding.code && one.place == finding.place));
    }
}

impl Meeting<'_> {
    fn judge(&self, findings: &mut Findings) -> Audience {
        let replaced = twins::judge(self, findings);
        let members: Vec<usize> = self.members.iter().copied().filter(|n| !replaced.contains(n)).collect();
        let units = unit::of(self.run, self.platform, &members);
        let mut settings = Vec::with_capacity(units.len());
        for unit in &units {
            let outcome = outcome::of(self.run.catalogue, unit);
            findings.unit(self, unit, &outcome);
            settings.push(outcome::held(self.run, unit, &outcome));
        }
        across::judge(self, &members, &units, findings);
        left::judge(self, &members, findings);
        group_policy::judge(self, &members, findings);
        Audience {
            name: self.cell.name.clone(),
            platform: self.platform,
            is_known: self.cell.sure != Sure::Perhaps,
            files: self.members.iter().map(|n| self.reading(*n).name.clone()).collect(),
            settings,
        }
    }

    fn reading(&self, n: usize) -> &Reading {
        &self.run.readings.readings[n]
    }
}

/// Whether an artefact sets something on devices.
fn sets(reading: &Reading) -> bool {
    let is_policy = matches!(
        reading.kind,
        Kind::Profile
            | Kind::Preferences
            | Kind::Declaration
            | Kind::Syncml
            | Kind::Catalogued
            | Kind::Custom
            | Kind::Ring
            | Kind::Compliance
    );
    is_policy && !(reading.items.is_empty() && reading.envelope.payloads.is_empty() && reading.residue.is_empty())
}
