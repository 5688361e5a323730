//! `policyc diff`: two sides, and what a reviewer has to know of the way from one to the other.

pub(crate) mod git;
pub(crate) mod released;
pub(crate) mod side;
mod text;

use policyc::gather::Gather;
pub(crate) use text::summary;

use super::failure::Failure;
use super::format::{self, Format};
use super::project::{GOLDEN, Limits, Links, Project, walk};
use super::report::write;
use super::session::{start_threads, today, while_saying};
use super::terminal::Terminal;
use super::{Global, Outcome, day};
use clap::ValueEnum;
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Diagnostics;
use policyc::diagnostic::Severity;
use policyc::diagnostic::nearest::did_you_mean;
use policyc::diagnostic::render::{Lines, human};
use policyc::report::format::html;
use policyc::report::{Report, review as data};
use policyc::review::{self, FailOn, Review, Side};
use policyc::setting::Date;
use policyc::source::Sources;
use side::Loaded;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  policyc diff main                                  the work tree against a branch
  policyc diff v1.2..HEAD --fail-on weaker           two revisions, for a pipeline
  policyc diff policy-sources/a policy-sources/b     two organisations, as before and after
  policyc diff golden profiles-out                   what was approved, and what was built
  policyc diff old.mobileconfig new.mobileconfig     two files
  policyc diff main:golden golden                    a folder at a revision, and now
  policyc diff policies-1.3.zip policies-1.4.zip     two bundles, their signatures opened
  policyc diff main --format html > review.html      a page that loads nothing

Exit codes: 0, or 1 where --fail-on says so or the later side has errors; 2 the run failed.";

/// Show what changed between two sides: for whom, asked by which clause, weaker or stronger, and what devices will do
///
/// A side is a folder with policy-sources/, an organisation's folder, a folder of artefacts (golden/,
/// profiles-out/ or one below), a bundle that `release` wrote, one artefact, signed or not, or a git
/// revision (of the project, or REVISION:PATH). Without AFTER it is the project as it is now. Objects
/// are read through git; the work tree is not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Diff {
    /// The earlier side, or both as `A..B`
    before: String,
    /// The later side [default: the project as it is now]
    after: Option<String>,
    /// Compare one organisation alone
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// End with 1 where there is such a change that nobody approved; may be repeated
    #[arg(long, value_name = "WHAT")]
    fail_on: Vec<Stop>,
    /// A file of approved changes: `approved: [{ change: ID, by: WHO, date: DAY, why: REASON }]`
    #[arg(long, value_name = "FILE")]
    approved: Option<PathBuf>,
    /// The day by which the earlier side is compiled [default: that of the later side]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of_before: Option<Date>,
    /// Where a page goes that is not for stdout.
    #[arg(skip)]
    out: Option<PathBuf>,
}

impl Diff {
    /// From what is approved to what the sources compile to.
    pub(crate) fn drift(organisation: Option<String>, out: Option<PathBuf>, global: &Global) -> Result<Diff, Failure> {
        let project = Project::find(&global.directory)?;
        let golden = project.root.join(GOLDEN);
        let folder = organisation.as_ref().map_or_else(|| golden.clone(), |id| golden.join(id));
        Ok(Diff {
            before: folder.display().to_string(),
            after: None,
            organisation,
            fail_on: Vec::new(),
            approved: None,
            as_of_before: None,
            out,
        })
    }
}

/// What a pipeline stops at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stop {
    /// Anything that goes weaker, in a part too
    Weaker,
    /// Anything that devices take for another thing
    Identity,
    /// Anything but names, words and order
    Behaviour,
    /// Anything
    Any,
    /// Anything of which nobody has decided which way it goes
    Unknown,
}

impl From<Stop> for FailOn {
    fn from(stop: Stop) -> FailOn {
        match stop {
            Stop::Weaker => FailOn::Weaker,
            Stop::Identity => FailOn::Identity,
            Stop::Behaviour => FailOn::Behaviour,
            Stop::Any => FailOn::Any,
            Stop::Unknown => FailOn::Unknown,
        }
    }
}

pub(crate) fn run(command: &Diff, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    start_threads(global)?;
    let catalogue = Catalogue::embedded();
    let ends = Ends { before: &command.before, after: command.after.as_deref(), as_of_before: command.as_of_before };
    let (before, after) = while_saying("comparing …\n", terminal, || load(&ends, global, &catalogue))?;
    let (was, is) = sides(&before, &after, command.organisation.as_deref())?;
    let mut review = review::between(&was, &is, &catalogue);
    review.remarks.extend([&before, &after].into_iter().flat_map(Loaded::remarks));
    let mut found = Diagnostics::default();
    let approvals = command.approved.as_deref().map(approval_sources).transpose()?.unwrap_or_default();
    let approved = review::approvals(&approvals, &mut found);
    review::approve(&mut review, approved, &mut found);
    found.sort(&approvals);
    let reasons: Vec<FailOn> = command.fail_on.iter().copied().map(FailOn::from).collect();
    let stops = !review::stopping(&review, &reasons).is_empty();
    let outcome = Outcome::faulty_if(stops || after.has_errors() || found.has_errors());
    if global.is(Format::Text) {
        remarks(&before, &after, (&found, &approvals), terminal);
        terminal.result(&text::text(&review, &reasons))?;
        return Ok(outcome);
    }
    if global.is(Format::Html) {
        remarks(&before, &after, (&found, &approvals), terminal);
        write(&html::review(&review), command.out.as_deref(), terminal)?;
        return Ok(outcome);
    }
    let mut report = report(&review, &reasons, (&found, &approvals), &after);
    report.ending = outcome.ending();
    format::print(report, &data::data(&review, &reasons), global, terminal)?;
    Ok(outcome)
}

/// The two sides that a run names.
pub(super) struct Ends<'a> {
    /// The earlier side, or both as `A..B`.
    pub(super) before: &'a str,
    /// The later side; the project as it is now where none is named.
    pub(super) after: Option<&'a str>,
    /// The day by which the earlier side is compiled.
    pub(super) as_of_before: Option<Date>,
}

/// Reads and compiles both sides, side by side.
pub(super) fn load(ends: &Ends<'_>, global: &Global, catalogue: &Catalogue) -> Result<(Loaded, Loaded), Failure> {
    let project = Project::find(&global.directory).map(|project| project.root);
    // Two files, or two folders of them, need no project.
    let folder = project.as_ref().ok().cloned().unwrap_or_else(|| global.directory.clone());
    let as_of = global.as_of.unwrap_or_else(today);
    let (before, after) = match (side::range(ends.before), ends.after) {
        (Some((before, after)), None) => (before.to_owned(), Some(after.to_owned())),
        _ => (ends.before.to_owned(), ends.after.map(str::to_owned)),
    };
    let work_tree = match &after {
        Some(_) => None,
        None => Some(project?),
    };
    let earlier = || {
        let read = side::read(&before, &folder)?;
        // A path of the project is known by where it is there.
        let name = Path::new(&before).strip_prefix(&folder).ok().and_then(Path::to_str).unwrap_or(&before);
        Ok(Loaded::new(name, read, catalogue, ends.as_of_before.unwrap_or(as_of)))
    };
    let later = || {
        let (name, read) = match (&after, &work_tree) {
            (Some(name), _) => (name.as_str(), side::read(name, &folder)?),
            (None, Some(root)) => ("the work tree", side::from_disk(root)?),
            (None, None) => return Err(Failure::NoProject { from: folder.clone() }),
        };
        Ok(Loaded::new(name, read, catalogue, as_of))
    };
    let (before, after): (Result<Loaded, Failure>, Result<Loaded, Failure>) = rayon::join(earlier, later);
    Ok((before?, after?))
}

/// Both as they are compared, whole or one organisation of them: one that neither has is a slip, and not an organisation that is gone.
pub(super) fn sides<'a>(
    before: &'a Loaded,
    after: &'a Loaded,
    only: Option<&'a str>,
) -> Result<(Side<'a>, Side<'a>), Failure> {
    if let Some(id) = only {
        let (was, is) = (before.side(None), after.side(None));
        let known: BTreeSet<&str> = was.organisations().chain(is.organisations()).gather();
        if !known.contains(id) && !known.contains("") {
            let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let cure = did_you_mean(id, known).unwrap_or_else(|| format!("the two sides have {list}"));
            return Err(Failure::Unknown { kind: "organisation", name: id.to_owned(), cure: Some(cure) });
        }
    }
    Ok((before.side(only), after.side(only)))
}

fn approval_sources(path: &Path) -> Result<Sources, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let limits = Limits { files: 100_000, total: 256 << 20, each: policyc::source::yaml::MAX_FILE };
    let mut files = walk::read(folder, limits, Links::Inside, &|own, is_folder| !is_folder && own == name)?;
    if files.is_empty() {
        return Err(Failure::Unknown { kind: "approval file", name: path.display().to_string(), cure: None });
    }
    files.iter_mut().for_each(|file| file.path = path.display().to_string());
    Ok(Sources::new(files))
}

/// Findings: those that keep the later side from being built, that the earlier one has some, and those of the approval file.
fn remarks(before: &Loaded, after: &Loaded, (found, approvals): (&Diagnostics, &Sources), terminal: Terminal) {
    let mut text = String::new();
    if let (Some(compiled), Some(sources)) = (after.compiled.as_ref().filter(|_| after.has_errors()), after.sources()) {
        text.push_str(&human(&compiled.found, &Lines::new(sources), terminal.look(), Severity::Error));
    }
    if before.has_errors() {
        text.push_str(&format!("the earlier side, `{}`, has errors: `policyc build` there shows them\n", before.name));
    }
    text.push_str(&human(found, &Lines::new(approvals), terminal.look(), Severity::Warning));
    if !text.is_empty() {
        terminal.remark(&text);
    }
}

/// The review as a report: one model for all formats.
fn report(review: &Review, reasons: &[FailOn], (found, approvals): (&Diagnostics, &Sources), after: &Loaded) -> Report {
    let mut report = Report::new("diff", found, &Lines::new(approvals));
    if let (Some(compiled), Some(sources)) = (&after.compiled, after.sources()) {
        let own = Report::new("diff", &compiled.found, &Lines::new(sources));
        report.findings.extend(own.findings);
        report.counts.errors += own.counts.errors;
        report.counts.warnings += own.counts.warnings;
        report.counts.notes += own.counts.notes;
    }
    report.entries = data::entries(review, reasons);
    report.subjects =
        report.entries.iter().flat_map(|entry| entry.groups.clone()).gather::<BTreeSet<_>>().into_iter().collect();
    report.summary = [text::summary(review)].into_iter().chain(review.remarks.iter().cloned()).collect();
    report
}
