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
use crate::check::seen::Seen;
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
struct Lint<'a, 'c> {
    readings: &'c Readings,
    catalogue: &'c Catalogue,
    options: &'a Options,
    unknown: &'a Unknown,
    seen: &'a Seen<'c>,
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
    let (unknown, seen) = (Unknown::default(), Seen::new());
    let lint = Lint { readings, catalogue, options, unknown: &unknown, seen: &seen };
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

fn of_one<'c>(lint: &Lint<'_, 'c>, reading: &'c Reading) -> Vec<Diagnostic> {
    let text = lint.readings.sources.text(reading.file);
    let fault = |fault: &Diagnostic| Diagnostic { fix: fix::of_word(reading, text, fault), ..fault.clone() };
    let mut found: Vec<Diagnostic> = reading.faults.iter().map(fault).collect();
    found.extend(group::together(reading, judge::settings(lint, reading)));
    let Lint { readings, catalogue, options, unknown, .. } = *lint;
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

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "files of the project, as the program gives them")]
mod tests {
    use super::*;
    use crate::reader::{Given, read};
    use std::path::{Path, PathBuf};

    fn below(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, files) } else { files.push(path) }
        }
    }

    /// The key of which only some devices have all that may stand inside.
    const NOTIFICATIONS: &str = "<plist><dict><key>PayloadType</key><string>Configuration</string><key>PayloadScope</key>\
        <string>System</string><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.notificationsettings</string>\
        <key>NotificationSettings</key><array><dict><key>BundleIdentifier</key><string>org.example.app</string><!-- --></dict></array>\
        </dict></array></dict></plist>";

    /// What was found out of one file saves questions about the next, and answers none otherwise.
    #[test]
    fn nothing_is_said_otherwise_for_what_was_seen_before() {
        let (mut paths, root) = (Vec::new(), Path::new(env!("CARGO_MANIFEST_DIR")));
        ["tests/lint", "golden/cafcass", "examples/estate"].iter().for_each(|name| below(&root.join(name), &mut paths));
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for path in paths {
            let (name, bytes) = (path.display().to_string(), std::fs::read(path).unwrap());
            // The same keys with values that they do not take.
            if let Ok(text) = std::str::from_utf8(&bytes).map(str::to_owned) {
                let other = |from: &str, to: &str| (format!("{name} {to}"), text.replace(from, to).into_bytes());
                files.push(other("<integer>", "<integer>99999"));
                files.push(other("<string>", "<string>no "));
                files.push(other("<true/>", "<integer>1</integer>"));
            }
            files.push((name, bytes));
        }
        for (name, inside) in [("1", ""), ("2", "<key>ShowInCarPlay</key><true/>")] {
            let text = NOTIFICATIONS.replace("<!-- -->", inside);
            files.push((format!("~{name}"), text.into_bytes()));
        }
        let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
        let catalogue = Catalogue::embedded();
        let (readings, unknown) = (read(&given, &catalogue), Unknown::default());
        let targets = [&[][..], &["iOS 15.0", "macOS 13.0"], &["iOS 17.0 supervised", "Windows 10.0.19045 pro"]];
        for (targets, notes) in targets.into_iter().flat_map(|targets| [(targets, true), (targets, false)]) {
            let devices = targets.iter().map(|text| Devices::parse(text).unwrap()).collect();
            let options = Options { devices, server: None, notes };
            let shared = Seen::new();
            let with = Lint {
                readings: &readings,
                catalogue: &catalogue,
                options: &options,
                unknown: &unknown,
                seen: &shared,
            };
            for reading in &readings.readings {
                let alone = of_one(&Lint { seen: &Seen::new(), ..with }, reading);
                // By others, and then by the file itself too.
                assert_eq!(of_one(&with, reading), alone, "{}, {targets:?}", reading.name);
                assert_eq!(of_one(&with, reading), alone, "{}, {targets:?}, again", reading.name);
            }
        }
    }
}
