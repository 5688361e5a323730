//! `policyc verify`: whether to believe what was released. Writes nothing, and runs nothing.
//!
//! Reading order: this file (the story), `trust.rs` (whom to believe), `given.rs` (what a path is), `sources.rs` (a bundle against what
//! it was made of), `show.rs` (what is inside a signed file).

mod given;
mod show;
mod sources;
mod trust;

use super::failure::Failure;
use super::format::{self, Format};
use super::release::moment;
use super::session::{denies, least, many, start_threads};
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::diagnostic::render::{Lines, human};
use policyc::diagnostic::{Diagnostics, Severity};
use policyc::release::cms::Time;
use policyc::report::verify::{self as told, Compared, Detail, Looked};
use policyc::report::{Entry, Report};
use policyc::source::Sources;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc verify bundle --root root.pem             every file, every signature, and who signed
  policyc verify policies-1.4.tar.gz --root root.pem --sources
                                                    and that it is what these sources give
  policyc verify wifi.mobileconfig                  one profile, with the system's roots
  policyc verify --show wifi.mobileconfig           what is inside the signature

Exit codes: 0 all of it is good; 1 something is not, or is signed by nobody who is trusted; 2 the run failed.";

/// Verify what was released: a bundle, its manifest, or signed profiles
///
/// Asks separately whether the content is what was signed, with which algorithms, whether a chain
/// leads to a trusted root, whether the certificates were valid then and are now, and whether they
/// may sign; and says what a device would make of it. Of a bundle also that every file is there and
/// none besides, all of one signer and moment. Nothing is fetched: revocation is not looked up.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// A bundle (folder, `.tar.gz` or `.zip`), a manifest.json, or a signed file: DER, BER or PEM
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A root to trust, PEM or DER; may be repeated [default: those of the system]
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// Certificates that are not enclosed, for chains that lack them; devices do not have them
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    /// The moment at which it is asked, `2026-10-01T09:00:00Z` [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    now: Option<Time>,
    /// Compile these sources as the manifest says, and prove that the bundle is exactly what they give [default: those of the project]
    #[arg(long, value_name = "TREE", num_args = 0..=1)]
    sources: Option<Option<PathBuf>>,
    /// Print what is inside one signed file, and verify nothing
    #[arg(long, conflicts_with_all = ["root", "chain", "now", "sources"])]
    show: bool,
}

/// What a run gathers.
#[derive(Default)]
struct Gathered {
    found: Diagnostics,
    looked: Vec<Looked>,
    compared: Vec<Compared>,
    entries: Vec<Entry>,
    /// Reports of sources that do not compile.
    faulty: Vec<Report>,
}

pub(crate) fn run(command: &Verify, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    if command.show {
        return show::run(&command.paths, global, terminal);
    }
    start_threads(global)?;
    let mut gathered = Gathered::default();
    if let Some(trust) = trust::load(command, &mut gathered.found)? {
        for path in &command.paths {
            let (looked, files) = given::look(path, &trust.believed(), global, &mut gathered.found)?;
            if let Some(tree) = &command.sources {
                let tree = tree.as_ref().unwrap_or(&global.directory);
                sources::compare((&looked, files.as_ref()), tree, (global, terminal), &mut gathered)?;
            }
            gathered.looked.push(looked);
        }
    }
    print(gathered, global, terminal)
}

fn print(mut gathered: Gathered, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let nowhere = Sources::default();
    gathered.found.deny(|finding| denies(global, finding));
    gathered.found.sort(&nowhere);
    let lines = Lines::new(&nowhere);
    let mut report = Report::new("verify", &gathered.found, &lines);
    report.least = least(global);
    for faulty in gathered.faulty {
        report.findings.extend(faulty.findings);
        report.counts.errors += faulty.counts.errors;
    }
    let errors = report.counts.errors + gathered.entries.iter().filter(|one| one.severity == Severity::Error).count();
    let outcome = Outcome::faulty_if(errors > 0);
    report.ending = outcome.ending();
    report.entries = gathered.entries;
    report.subjects = gathered.looked.iter().map(|looked| looked.path.clone()).collect();
    let detail = if global.is(Format::Text) { Detail::Each } else { Detail::Brief };
    report.summary = gathered.looked.iter().flat_map(|looked| told::lines(looked, detail)).collect();
    report.summary.extend(gathered.compared.iter().flat_map(told::compared));
    report.summary.push(match errors {
        0 => format!("{} verified", many(gathered.looked.len(), "path")),
        n => format!("not verified: {}", many(n, "error")),
    });
    if global.is(Format::Text) {
        terminal.remark(&human(&gathered.found, &lines, terminal.look(), least(global)));
    }
    format::print(report, &told::data(&gathered.looked, &gathered.compared), global, terminal)?;
    Ok(outcome)
}
