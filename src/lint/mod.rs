//! What is wrong with files of anybody's: the rules of compilation over the settings that were read, and rules over what only a file can
//! have wrong.
//!
//! [`lint()`] takes what [`crate::reader::read()`] gives. Which devices a file is for no file says: [`Devices`] do, and where they do not,
//! what holds for some devices only is a note, never an error.
//!
//! Reading order: this file, `devices.rs` (`--target`), `judge.rs` (the rules of compilation over one artefact), `domain.rs` (types that
//! nobody describes), `open.rs` (schemas that are not closed), `cure.rs` (cures for whoever has a file), `group.rs` (the same said once), `fix.rs` (cures that are certain), `allow.rs` and `baseline.rs` (what
//! is known), [`rule`] (rules over files), [`effective`] (what devices make of several files together).

mod allow;
mod baseline;
mod cure;
mod devices;
mod domain;
pub mod effective;
mod fix;
mod group;
mod judge;
mod open;
pub(crate) mod rule;

pub use baseline::Baseline;
pub use devices::Devices;
pub use fix::{Fixed, fixed};

use crate::catalogue::Catalogue;
use crate::check::foreign::Unknown;
use crate::consumer::Consumer;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::reader::{Reading, Readings};
use effective::{Effective, Scope};
use rayon::prelude::*;
use rule::{BATCH_RULES, Batch, FILE_RULES, File};

/// What files are held against.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The devices that they are for; nobody knows where there are none.
    pub devices: Vec<Devices>,
    /// The server or console that they are given to.
    pub server: Option<&'static Consumer>,
    /// Whether notes are wanted: to ask what holds for other devices takes as long as all else.
    pub notes: bool,
}

/// What lint has to say.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// What is wrong with each artefact, and between them; sorted as every report is.
    pub found: Diagnostics,
    /// How many findings comments in the files allow.
    pub allowed: usize,
}

/// A run: what is linted, and what it is held against.
#[derive(Clone, Copy)]
struct Lint<'a> {
    readings: &'a Readings,
    catalogue: &'a Catalogue,
    options: &'a Options,
    unknown: &'a Unknown,
}

/// Holds artefacts against the rules, each by itself and as far as they refer to one another.
pub fn lint(readings: &Readings, catalogue: &Catalogue, options: &Options) -> Linted {
    run(readings, catalogue, options, None)
}

/// The same, and what devices make of them together.
pub fn together(readings: &Readings, catalogue: &Catalogue, options: &Options, scope: &Scope) -> (Linted, Effective) {
    let effective = effective::effective(readings, catalogue, options, scope);
    (run(readings, catalogue, options, Some(&effective)), effective)
}

fn run(readings: &Readings, catalogue: &Catalogue, options: &Options, effective: Option<&Effective>) -> Linted {
    let unknown = Unknown::default();
    let lint = Lint { readings, catalogue, options, unknown: &unknown };
    let each: Vec<Vec<Diagnostic>> = readings.readings.par_iter().map(|reading| of_one(&lint, reading)).collect();
    let mut found = Diagnostics::default();
    each.into_iter().flatten().for_each(|finding| found.push(finding));
    let batch = Batch { readings, catalogue, options, unknown: &unknown };
    let across: Vec<Vec<Diagnostic>> = BATCH_RULES.par_iter().map(|rule| (rule.run)(&batch)).collect();
    across.into_iter().flatten().for_each(|finding| found.push(finding));
    if let Some(effective) = effective {
        effective.instead_of(&mut found);
        found.absorb(effective.found.clone());
    }
    let sought = allow::Sought { notes: options.notes, together: effective.is_some() };
    let allowed = allow::take_out(&mut found, &readings.sources, sought);
    if !options.notes {
        found.retain(|finding| finding.severity != Severity::Note);
    }
    found.sort(&readings.sources);
    Linted { found, allowed }
}

/// The codes of each rule over files.
pub fn codes() -> impl Iterator<Item = &'static [Code]> {
    rule::codes()
}

/// What a code means, for people: where a rule over files finds it, and no other.
pub fn explain(code: Code) -> Option<&'static str> {
    rule::pages().find(|(codes, _)| codes.first() == Some(&code)).map(|(_, page)| page)
}

fn of_one(lint: &Lint<'_>, reading: &Reading) -> Vec<Diagnostic> {
    let text = lint.readings.sources.text(reading.file);
    let fault = |fault: &Diagnostic| Diagnostic { fix: fix::of_word(reading, text, fault), ..fault.clone() };
    let mut found: Vec<Diagnostic> = reading.faults.iter().map(fault).collect();
    found.extend(group::together(reading, judge::settings(lint, reading)));
    let Lint { readings, catalogue, options, unknown } = *lint;
    let file = File { readings, reading, catalogue, options, unknown };
    for mut finding in FILE_RULES.iter().flat_map(|rule| (rule.run)(&file)) {
        if matches!(&finding.place, Place::Source(span) if !span.is_somewhere()) {
            finding.place = Place::Artefact { path: reading.name.clone(), inside: String::new() };
        }
        found.push(finding);
    }
    if !options.notes {
        found.retain(|finding| finding.severity != Severity::Note);
    }
    found
}
