//! `policyc lint`: what is wrong with files of anybody's. Needs no project, and writes nothing.
//!
//! Reading order: this file (the story), `fix.rs` (cures, written), `effective.rs` (what devices make of
//! the files together).

mod effective;
mod fix;

use super::failure::Failure;
use super::format::{self, Format};
use super::session::{denies, least, many, start_threads, told, while_saying};
use super::terminal::Terminal;
use super::{Global, Outcome, gathering};
use policyc::catalogue::Catalogue;
use policyc::consumer::Consumer;
use policyc::diagnostic::render::Lines;
use policyc::diagnostic::{Diagnostics, Severity};
use policyc::lint::{self, Baseline, Devices, Options};
use policyc::reader::{self, Kind, Reading, Readings};
use policyc::report::Report;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc lint wifi.mobileconfig                    one profile
  policyc lint exports/ backup.zip                  whole folders and archives, whatever is in them
  policyc lint profiles/ --target 'iOS 17.0 supervised' --target 'macOS 15'
                                                    for the devices that there are
  policyc lint intune/ --target 'Windows 10.0.22631 enterprise entra'
  policyc lint lib/ --server fleet --fix            for a server; what has one cure is cured
  policyc lint lib/ --format github                 annotations for a pull request
  policyc lint lib/ --write-baseline known.json     adopt it: what is wrong today is known …
  policyc lint lib/ --baseline known.json           … and only what is new counts
  curl -s https://mdm.example/p | policyc lint -    what comes by stdin
  policyc lint exports/ --effective                 what each audience gets, and where its files disagree
  policyc lint --effective --group wifi.mobileconfig base.mobileconfig
                                                    … of files that one group gets
  policyc lint exports/ --effective --group map.yaml
                                                    … by a map of who gets which of them

Devices: a platform, and after it, in any order, a version (a build of Windows), `supervised` or `unsupervised`,
`device-enrolment`, `user-enrolment` or `manual`, `device-channel` or `user-channel`; of Windows the editions (`pro`,
`enterprise`, …) and `entra`, `hybrid`, `domain` or `not-joined`. Without any, what is wrong on some devices only is a
note (`--notes` shows them).

Audiences: who gets a file its assignments say (Intune), or the labels of a repository (Fleet).
Whoever is in a group gets what all devices and all users get too, unless the group is excluded. Of
two groups of a directory nobody here knows whether they share a device: what they would disagree on
is a note. Files that say nothing are taken together, and errors between them are warnings; beside
files that say it, notes. A map says it for all files, and nobody gets what it does not name:
  groups:                                 # a device is in one group of a map
    pilots: [base/, rings/pilot.json]     # files, folders, `*` for a part of a name
    staff: [base/, \"Broad ring\"]          # or what a policy is called

Exit codes: 0 no errors, 1 errors, 2 the run failed.";

/// Say what is wrong with files that are out there: profiles, declarations, SyncML, Intune exports
///
/// Takes files of anybody's, in every form that consoles and tools write, signed or not, and tells what they are by their
/// content. Settings are held against the vendors' schemas by the rules that compilation has; further rules are about what
/// only a file can have wrong. A file that cannot be read has a finding at the place of the fault, and stops no other.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::servers()))]
pub(crate) struct Lint {
    /// Files, folders, archives (`.zip`, `.tar`, `.tar.gz`), or `-` for stdin
    #[arg(required_unless_present = "group", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say too what devices make of the files together: what holds for each audience, and where files contradict each other
    #[arg(long)]
    effective: bool,
    /// Files that one group gets, or a map that says which files reach which groups
    #[arg(long, requires = "effective", num_args = 1.., value_name = "FILE")]
    group: Vec<PathBuf>,
    /// The devices that the files are for; may be repeated for further ones
    #[arg(long, value_name = "DEVICES", value_parser = Devices::parse)]
    target: Vec<Devices>,
    /// The server or console that the files are given to
    #[arg(long, value_name = "NAME", value_parser = super::server)]
    server: Option<&'static Consumer>,
    /// Write those cures into the files of which there is one, and never into signed ones
    #[arg(long)]
    fix: bool,
    /// Findings that are known, as `--write-baseline` wrote them: only others count
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the errors and warnings of now to this file, for `--baseline` of later runs
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
}

pub(crate) fn run(command: &Lint, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    start_threads(global)?;
    // Other programs get all of them.
    let notes = global.notes || !global.is(Format::Text);
    let options = Options { devices: command.target.clone(), server: command.server, notes };
    let (files, count, readings, mut found, mut suppressed, effective) =
        while_saying("reading …\n", terminal, || {
            let mut found = Diagnostics::default();
            let mut files = ManuallyDrop::new(gathering::list(&command.paths, &mut found)?);
            let scope = effective::scope(&command.group, &mut files, &mut found)?;
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            let catalogue = ManuallyDrop::new(Catalogue::embedded());
            let reading = gathering::Reading::default();
            let load = |n: usize| reading.read(names[n], &files[n].1).map(Cow::Owned);
            // The run ends with them: what the system takes back at once is not given back piece by piece.
            let mut readings = ManuallyDrop::new(reader::read_each(&names, &load, &catalogue));
            let unread = reading.end(&command.paths, &mut found)?;
            readings.readings.retain(|reading| !scope.maps.contains(&reading.name));
            let (linted, effective) = match command.effective {
                true => {
                    let (linted, effective) = lint::together(&readings, &catalogue, &options, &scope);
                    (linted, Some(effective))
                }
                false => (lint::lint(&readings, &catalogue, &options), None),
            };
            found.absorb(linted.found);
            drop(names);
            let count = files.len() - unread;
            Ok((files, count, readings, found, linted.allowed, effective))
        })?;
    let mut remarks = Vec::new();
    if command.fix {
        remarks.push(fix::write(&files, &readings, &found)?);
    }
    if let Some(path) = &command.write_baseline {
        let baseline = Baseline::of(&found, &readings.sources);
        std::fs::write(path, baseline.print()).map_err(Failure::io("write", path))?;
        remarks.push(format!("{} written to `{}`", many(baseline.len(), "known finding"), path.display()));
    }
    if let Some(path) = &command.baseline {
        let bytes = std::fs::read(path).map_err(Failure::io("read", path))?;
        let not = |why| Failure::NoBaseline { path: path.clone(), why };
        let (taken, gone) = Baseline::parse(&bytes).map_err(not)?.take_out(&mut found, &readings.sources);
        suppressed += taken;
        if gone > 0 {
            remarks.push(format!("{} of the baseline no longer there: write it anew", many(gone, "finding")));
        }
    }
    found.deny(|finding| denies(global, finding));
    found.sort(&readings.sources);
    let lines = Lines::new(&readings.sources);
    let outcome = Outcome::faulty_if(found.has_errors());
    if global.is(Format::Text) {
        terminal.result(&told(&found, &readings.sources, global, terminal))?;
        if let Some(effective) = &effective {
            terminal.result(&effective::table(effective))?;
        }
    }
    let mut report = match global.format() {
        Format::Text => Report::counted("lint", &found),
        _ => Report::new("lint", &found, &lines),
    };
    report.least = least(global);
    report.ending = outcome.ending();
    report.subjects = readings.readings.iter().map(|reading| reading.name.clone()).collect();
    report.summary.push(summary(count, &readings, &found, notes));
    if suppressed > 0 {
        report.summary.push(format!("{} allowed or known", many(suppressed, "finding")));
    }
    report.summary.extend(effective.iter().flat_map(effective::summary));
    report.summary.extend(remarks);
    // People are told of findings, other programs of every artefact.
    let told = if global.is(Format::Text) { &[][..] } else { &readings.readings[..] };
    let artefacts: Vec<Value> = told.iter().map(artefact).collect();
    let audiences = effective.as_ref().map(effective::json);
    let own = json!({ "files": count, "artefacts": artefacts, "suppressed": suppressed, "audiences": audiences });
    format::print(report, &own, global, terminal)?;
    Ok(outcome)
}

/// `3 files: 2 profiles, 1 unknown; 14 settings; 2 errors, 1 warning, 4 notes`.
fn summary(files: usize, readings: &Readings, found: &Diagnostics, notes: bool) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    readings.readings.iter().for_each(|reading| *kinds.entry(word(&reading.kind)).or_default() += 1);
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let settings: usize = readings.readings.iter().map(|reading| reading.items.len()).sum();
    let counted = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counted = &counted[..if notes { 3 } else { 2 }];
    let counted: Vec<String> = counted.iter().map(|(severity, word)| many(found.count(*severity), word)).collect();
    let kinds = if kinds.is_empty() { "nothing to read".to_owned() } else { kinds.join(", ") };
    format!("{} ({kinds}), {}: {}", many(files, "file"), many(settings, "setting"), counted.join(", "))
}

/// What a file calls itself is for data, not for a line that people read.
fn word(kind: &Kind) -> &str {
    match kind {
        Kind::Graph(_) => "other policy",
        kind => kind.word(),
    }
}

/// An artefact, as other programs get it.
fn artefact(reading: &Reading) -> Value {
    json!({
        "name": reading.name,
        "kind": reading.kind.word(),
        "identifier": reading.envelope.identifier,
        "settings": reading.items.len(),
        "unknown": reading.unknown.len(),
        "residue": reading.residue.iter().map(|left| json!({ "place": left.place, "what": left.what })).collect::<Vec<Value>>(),
        "corrections": reading.corrections.iter().map(|one| one.word()).collect::<Vec<&str>>(),
        "signers": reading.signature.as_ref().map(|signature| signature.signers.clone()),
    })
}
