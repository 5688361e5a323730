//! `policyc drift --observed`: what devices and servers report, held against `golden/`. Writes nothing.

use super::failure::Failure;
use super::format::{self, Format};
use super::gathering;
use super::project::{GOLDEN, golden};
use super::session::{Session, denies, least, many};
use super::terminal::Terminal;
use super::{Denied, Global, Outcome};
use policyc::consumer::Consumer;
use policyc::diagnostic::nearest::{did_you_mean, shortened};
use policyc::diagnostic::render::{Lines, human};
use policyc::diagnostic::{Code, Diagnostics, Severity};
use policyc::gather::Gather;
use policyc::observed::{self, Approved, Asked, Group, Kind, Observed, observe};
use policyc::reader::{self, Given};
use policyc::report::observed::{Sides, by_clause, data, entries};
use policyc::report::{self, Report};
use policyc::setting::{Address, Origin};
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc drift --observed export/                        a tenant's export, a server's repository
  policyc drift --observed MDMDiagReport.xml --group laptops
                                                          what one device reports of itself
  policyc drift --observed reports/ --group acme/laptops --json
                                                          many devices: each finding with a count
  policyc drift --observed profiles.plist backup.zip --verbose
                                                          what was left out, by which rule and why
  curl -s https://graph.example/policies | policyc drift --observed - --format github

What is read: Intune exports of every dialect, profiles, declarations and SyncML (folders,
repositories, archives), MDMDiagReport.xml, SyncML answers, answers to `ProfileList`, `profiles
show`, system_profiler, managed preferences. What each is, its content says; of which group it is,
the names in it, the folder that it lies in, or its assignments.

Exit codes: 0 all as approved, or unknown; 1 drift or errors; 2 the run failed.";

/// Hold what devices and servers report against what is approved in golden/
///
/// By setting and by meaning: missing, different, extra, superseded (another provider decides), or unknown, where the source
/// masks a value or cannot report it; each with its direction and the clause that asks for it. Ids, dates, order, defaults and
/// escaping are the servers' own, and are left out by named rules (`--verbose`).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Drift {
    /// What devices or servers report: files, folders, archives (`.zip`, `.tar`, `.tar.gz`), or `-` for stdin
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    observed: Vec<PathBuf>,
    /// The group that it is of: GROUP, or ORGANISATION/GROUP; what is of another one by its name is passed over
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// The server that it comes from, where no GitOps repository tells: what it keeps for switches of its own is unknown
    #[arg(long, value_name = "NAME", value_parser = super::server)]
    server: Option<&'static Consumer>,
    /// Show the rules by which something is left out, with what each has left out, and what sources cannot report
    #[arg(long)]
    verbose: bool,
}

pub(crate) fn run(command: &Drift, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let session = Session::open(global, None, terminal)?;
    let approved = Approved::of(&golden::read(&session.project, None)?, &session.catalogue);
    let group = command.group.as_deref().map(|name| asked(name, &approved)).transpose()?;
    let mut found = Diagnostics::default();
    let files = gathering::files(&command.observed, &mut found)?;
    gathering::need_any(&files, &mut found);
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    let readings = ManuallyDrop::new(reader::read(&given, &session.catalogue));
    let mut observed = observe(&approved, &readings, &session.catalogue, Asked { group, server: command.server });
    if !files.is_empty() {
        found.absorb(std::mem::take(&mut observed.found));
    }
    found.deny(|finding| denies(global, finding));
    found.sort(&readings.sources);
    let (lines, sources) = (Lines::new(&readings.sources), Lines::new(&session.sources));
    let origins = origins(&session);
    let sides = Sides { seen: &lines, sources: &sources, approved: &approved, asked: &origins };
    let mut report = Report::new("drift", &found, &lines);
    report.least = least(global);
    report.entries = entries(&observed, &sides);
    for entry in report.entries.iter_mut().filter(|entry| is_denied(global, entry.code, entry.severity)) {
        entry.severity = Severity::Error;
    }
    let is_faulty = found.has_errors() || report.entries.iter().any(|entry| entry.severity == Severity::Error);
    let outcome = Outcome::faulty_if(is_faulty);
    report.ending = outcome.ending();
    report.subjects = subjects(&observed, &approved);
    report.summary = summary(&observed, &sides, (command, &session));
    let own = data(&observed, &sides);
    if global.is(Format::Text) {
        terminal.remark(&human(&found, &lines, terminal.look(), least(global)));
        report.entries.retain(|entry| entry.severity <= least(global));
    }
    format::print(report, &own, global, terminal)?;
    Ok(outcome)
}

fn is_denied(global: &Global, code: &str, severity: Severity) -> bool {
    global.deny.iter().any(|denied| match denied {
        Denied::Warnings => severity == Severity::Warning,
        Denied::Code(denied) => Code::named(code) == Some(*denied),
    })
}

/// The group of this name.
fn asked(name: &str, approved: &Approved) -> Result<usize, Failure> {
    let is = |group: &Group| group.id == name || group.name() == name;
    let own: Vec<usize> = (0..approved.groups.len()).filter(|n| is(&approved.groups[*n])).collect();
    match own.as_slice() {
        [one] => Ok(*one),
        [] => {
            let names: Vec<String> = approved.groups.iter().map(Group::name).collect();
            let ids = approved.groups.iter().map(|group| group.id.as_str());
            let near = did_you_mean(name, ids.chain(names.iter().map(String::as_str)));
            let listed = || match names.is_empty() {
                true => format!("nothing is approved in {GOLDEN}/ yet: `policyc accept`"),
                false => format!("approved are {}", listed(&names)),
            };
            Err(Failure::Unknown {
                kind: "approved group",
                name: name.to_owned(),
                cure: Some(near.unwrap_or_else(listed)),
            })
        }
        several => {
            let names: Vec<String> = several.iter().map(|n| approved.groups[*n].name()).collect();
            let cure = Some(format!("say which: {}", listed(&names)));
            Err(Failure::Unknown { kind: "one approved group", name: name.to_owned(), cure })
        }
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    shortened(&names, &format!("the folders of `{GOLDEN}/`"))
}

/// Who asks for each setting, as the sources say it today. What is approved stands whatever they say.
fn origins(session: &Session) -> report::observed::Asked {
    let mut all = report::observed::Asked::new();
    for group in &session.compiled.groups {
        let (organisation, id) = session.name(group);
        let own: BTreeMap<Address, Vec<Origin>> =
            group.settings().map(|setting| (setting.address.clone(), setting.origins.clone())).gather();
        all.insert(format!("{organisation}/{id}"), own);
    }
    all
}

/// What was looked at: approved files of the groups that were, and devices.
fn subjects(observed: &Observed, approved: &Approved) -> Vec<String> {
    let group = |one: &observed::Observation| approved.groups[one.group].name();
    let mut subjects: Vec<String> = observed
        .observations
        .iter()
        .map(|one| if one.is_device { format!("{}: {}", group(one), one.name) } else { group(one) })
        .collect();
    subjects.dedup();
    subjects
}

fn summary(observed: &Observed, sides: &Sides<'_>, (command, session): (&Drift, &Session)) -> Vec<String> {
    let mut lines = Vec::new();
    for (n, group) in sides.approved.groups.iter().enumerate() {
        lines.extend(of_group(n, group, observed));
    }
    for ((group, clause), counts) in by_clause(observed, sides) {
        let drifted: Vec<String> = (Kind::ALL.iter().zip(counts))
            .filter(|(kind, count)| kind.is_drift() && *count > 0)
            .map(|(kind, count)| format!("{count} {}", kind.word()))
            .collect();
        if !drifted.is_empty() {
            lines.push(format!("  {group}, {clause}: {}", drifted.join(", ")));
        }
    }
    if session.has_errors() {
        lines
            .push("the sources do not compile, so that not every clause is named: `policyc check` says why".to_owned());
    }
    if !observed.passed_over.is_empty() {
        let verbose = if command.verbose { "" } else { " (`--verbose` names it)" };
        lines.push(format!("{} of no group that is looked at{verbose}", many(observed.passed_over.len(), "artefact")));
    }
    if command.verbose {
        lines.extend(verbose(observed));
    }
    lines
}

/// `acme/laptops, 3 devices: 113 settings as approved; 1 different, 3 unknown`.
fn of_group(n: usize, group: &Group, observed: &Observed) -> Vec<String> {
    let mut sources: BTreeMap<&str, Vec<&observed::Observation>> = BTreeMap::new();
    for one in observed.observations.iter().filter(|one| one.group == n) {
        sources.entry(if one.is_device { "devices" } else { one.route.word() }).or_default().push(one);
    }
    let line = |(_, all): (&str, Vec<&observed::Observation>)| {
        let what = match all.as_slice() {
            [one] => one.name.clone(),
            several if several[0].is_device => many(several.len(), "device"),
            several => several[0].name.clone(),
        };
        let agreed: usize = all.iter().map(|one| one.agreed).sum();
        let count = |n: usize| all.iter().map(|one| one.counts[n]).sum::<usize>();
        let counted =
            Kind::ALL.iter().enumerate().map(|(n, kind)| (count(n), kind.word())).filter(|(count, _)| *count > 0);
        let counted: Vec<String> = counted.map(|(count, word)| format!("{count} {word}")).collect();
        let rest = if counted.is_empty() { String::new() } else { format!("; {}", counted.join(", ")) };
        // One of which nothing is known is no better than one that has drifted.
        let is_known = |one: &&observed::Observation| one.agreed > 0 || one.counts.iter().all(|count| *count == 0);
        let has_none = |one: &observed::Observation| (0..5).all(|n| !Kind::ALL[n].is_drift() || one.counts[n] == 0);
        let whole = all.iter().copied().filter(is_known).filter(|one| has_none(one)).count();
        let whole = if all.len() > 1 { format!("{whole} as approved, ") } else { String::new() };
        let provider = match all.as_slice() {
            [one] => one.provider.as_ref().map_or_else(String::new, |by| format!(" (delivered by {by})")),
            _ => String::new(),
        };
        format!("{}, {what}{provider}: {whole}{} as approved{rest}", group.name(), many(agreed, "setting"))
    };
    sources.into_iter().map(line).collect()
}

fn verbose(observed: &Observed) -> Vec<String> {
    let mut lines = vec!["rules by which something is left out, and how often each was applied here:".to_owned()];
    for (n, rule) in observed::rules().iter().enumerate() {
        let count = observed.applied.get(&n).map_or_else(String::new, |count| format!(" ({count})"));
        lines.push(format!("  {} {}{count}: {}; {} [{}]", rule.server, rule.name, rule.what, rule.reason, rule.source));
    }
    lines.push("what sources cannot report, which is unknown and never missing:".to_owned());
    lines.extend(observed::sources().map(|(source, otherwise, reason)| format!("  {source}: {otherwise}; {reason}")));
    if !observed.passed_over.is_empty() {
        lines.push("of no group that is looked at:".to_owned());
        lines.extend(observed.passed_over.iter().map(|name| format!("  {name}")));
    }
    lines
}
