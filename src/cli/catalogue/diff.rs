//! `policyc catalogue diff`: two releases of the vendors' schemas, and which settings of the project stand on what differs.

use super::super::diff::side::range;
use super::super::failure::Failure;
use super::super::format::{self, Format};
use super::super::project::Project;
use super::super::session::{Session, start_threads};
use super::super::terminal::Terminal;
use super::super::{Global, Outcome};
use super::release::{self, EMBEDDED, Loaded};
use super::text;
use clap::ValueEnum;
use policyc::catalogue::Catalogue;
use policyc::catalogue::change::{Given, Stop, between, touched};
use policyc::diagnostic::render::{Lines, human};
use policyc::diagnostic::{Diagnostics, Severity};
use policyc::report::release::{Compared, data, entries};
use policyc::report::{Ending, Report};
use policyc::source::Sources;
use std::mem::ManuallyDrop;

const EXAMPLES: &str = "\
Examples:
  policyc catalogue diff embedded src/catalogue/data     what `cargo ingest` has just written
  policyc catalogue diff v1.2                            a revision's data against this program's
  policyc catalogue diff v1.2..main --fail-on narrower   two revisions, for a pipeline
  policyc catalogue diff main:old/data new/data --format markdown

Exit codes: 0, or 1 where --fail-on says so or a file is not as `ingest` writes it; 2 the run failed.";

/// Show what differs between two ingested releases of the vendors' schemas, and which settings of the project that touches
///
/// A side is a folder that holds apple/ and windows/ as `ingest` writes them, or has them in
/// src/catalogue/data/; a git revision, or REVISION:PATH; or `embedded`, which is what this program
/// holds (`./embedded` is a folder of that name). Our corrections are laid over both sides. What
/// touches settings of the project comes first, with groups and clauses.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Diff {
    /// The earlier side, or both as `A..B`
    before: String,
    /// The later side [default: embedded]
    after: Option<String>,
    /// Look at the settings of one organisation alone
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// End with 1 where there is such a change; may be repeated
    #[arg(long, value_name = "WHAT")]
    fail_on: Vec<FailOn>,
}

/// What a pipeline stops at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A setting stands on what is gone, takes less or takes something else
    Narrower,
    /// A setting stands on what differs
    Touched,
    /// Anything
    Any,
}

impl From<FailOn> for Stop {
    fn from(word: FailOn) -> Stop {
        match word {
            FailOn::Narrower => Stop::Narrower,
            FailOn::Touched => Stop::Touched,
            FailOn::Any => Stop::Any,
        }
    }
}

pub(super) fn run(command: &Diff, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let session = session(command, global, terminal)?;
    let embedded = Catalogue::embedded();
    let folder = Project::find(&global.directory).map_or_else(|_| global.directory.clone(), |project| project.root);
    let (before, after) = match (range(&command.before), &command.after) {
        (Some((before, after)), None) => (before, after),
        (_, after) => (command.before.as_str(), after.as_deref().unwrap_or(EMBEDDED)),
    };
    let (before, after) =
        rayon::join(|| release::load(before, &folder, &embedded), || release::load(after, &folder, &embedded));
    let (before, after) = (before?, after?);
    if before.found.has_errors() || after.found.has_errors() {
        return stop(&before, &after, global, terminal);
    }
    let changes = between(&before.facts, &after.facts);
    let groups: Vec<Given<'_>> = session.iter().flat_map(|session| given(session)).collect();
    let touched = touched(&changes, &groups);
    let mut compared = Compared {
        before: before.side(),
        after: after.side(),
        has_project: session.is_some(),
        changes: changes.into_iter().zip(touched).collect(),
        remarks: remarks(&before, &after, session.as_deref()),
        fail_on: command.fail_on.iter().copied().map(Stop::from).collect(),
        catalogue: &embedded,
    };
    compared.sort();
    tell(&compared, session.as_deref(), global, terminal)
}

/// The project's settings, where there is a project.
fn session(command: &Diff, global: &Global, terminal: Terminal) -> Result<Option<ManuallyDrop<Session>>, Failure> {
    match Session::open(global, command.organisation.as_deref(), terminal) {
        Ok(session) => Ok(Some(session)),
        Err(Failure::NoProject { .. }) if command.organisation.is_none() => start_threads(global).map(|()| None),
        Err(failure) => Err(failure),
    }
}

fn given<'s>(session: &'s Session) -> impl Iterator<Item = Given<'s>> {
    session.compiled.groups.iter().map(|group| {
        let (organisation, name) = session.name(group);
        let target = group.checked.target();
        Given {
            organisation,
            group: name,
            platform: *target.platform,
            os: &target.os,
            settings: group.checked.settings(),
        }
    })
}

/// What a reader has to know of the comparison itself.
fn remarks(before: &Loaded<'_>, after: &Loaded<'_>, session: Option<&Session>) -> Vec<String> {
    let mut remarks = Vec::new();
    for side in [before, after] {
        let lacks = match side.facts.vendors() {
            (false, _) => "Apple",
            (_, false) => "Microsoft",
            (true, true) => continue,
        };
        remarks.push(format!("`{}` states nothing of {lacks}", side.name));
    }
    if session.is_some_and(Session::has_errors) {
        remarks.push("the sources have errors: some of their settings may be missing here".to_owned());
    }
    remarks
}

fn tell(
    compared: &Compared<'_>,
    session: Option<&Session>,
    global: &Global,
    terminal: Terminal,
) -> Result<Outcome, Failure> {
    let outcome = Outcome::faulty_if(compared.stops());
    if global.is(Format::Text) {
        terminal.result(&text::text(compared))?;
        return Ok(outcome);
    }
    let nothing = Sources::default();
    let lines = Lines::new(session.map_or(&nothing, |session| &session.sources));
    let mut report = Report::new("catalogue diff", &Diagnostics::default(), &lines);
    report.ending = outcome.ending();
    report.entries = entries(compared, &lines);
    report.subjects = session
        .iter()
        .flat_map(|session| given(session))
        .map(|one| format!("{}/{}", one.organisation, one.group))
        .collect();
    report.summary = text::head(compared);
    format::print(report, &data(compared), global, terminal)?;
    Ok(outcome)
}

/// The end of a run that compares nothing: the findings of the sides.
fn stop(before: &Loaded<'_>, after: &Loaded<'_>, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let consequence = "nothing was compared";
    if global.is(Format::Text) {
        for side in [before, after] {
            terminal.remark(&human(&side.found, &Lines::new(&side.sources), terminal.look(), Severity::Error));
        }
        terminal.remark(&format!("{consequence}\n"));
        return Ok(Outcome::Faulty);
    }
    let mut report = Report::new("catalogue diff", &before.found, &Lines::new(&before.sources));
    let own = Report::new("catalogue diff", &after.found, &Lines::new(&after.sources));
    report.findings.extend(own.findings);
    report.counts.errors += own.counts.errors;
    report.ending = Ending::Faulty;
    report.summary = vec![consequence.to_owned()];
    format::print(report, &(), global, terminal)?;
    Ok(Outcome::Faulty)
}
