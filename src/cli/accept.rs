//! `policyc accept`: shows by setting what it approves, then makes `golden/` hold it.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::{GOLDEN, OUTPUT, Project, golden};
use super::session::{Session, many};
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome};
use policyc::diagnostic::Severity;
use policyc::diagnostic::nearest::did_you_mean;
use policyc::diagnostic::render::Lines;
use policyc::drift::{self, Difference, Kind};
use policyc::gather::Gather;
use policyc::report::format::render;
use policyc::report::{self, Ending, Entry};
use policyc::setting::Dialect;
use policyc::source::SourceFile;
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "\
Examples:
  policyc accept
  policyc accept cafcass/iphones
  policyc accept golden/cafcass/laptops/BitLocker.xml
  policyc accept --intune custom          what `build --intune custom` writes";

/// Show what differs from golden/, by setting, and approve it
///
/// Writes the files that are produced to golden/, and removes those that nothing produces. Refuses
/// while the sources have errors.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Accept {
    /// What to approve: a file (in golden/, in profiles-out/ or without either), ORGANISATION/GROUP, or
    /// ORGANISATION; everything where none is given
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Which of Intune's files hold settings, instead of what each group states: `custom` puts everything into custom profiles (OMA-URIs on Windows, .mobileconfig on Apple's devices), `catalogue` into policies of the settings catalogue what these can hold
    #[arg(long, value_name = "DIALECT", value_parser = super::dialect)]
    intune: Option<Dialect>,
}

#[derive(Serialize)]
struct Data {
    approved: Vec<String>,
    removed: Vec<String>,
}

pub(crate) fn run(command: &Accept, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let project = Project::find(&global.directory)?;
    let wanted: Vec<String> = command.paths.iter().map(|path| normalised(path, &project)).collect();
    let organisation = only_organisation(&wanted, &project)?;
    let global = &Global { intune: command.intune, ..global.clone() };
    let session = Session::open(global, organisation, terminal)?;
    if session.has_errors() {
        return session.stop("accept", global, terminal, "nothing was approved");
    }
    let golden = golden::read(&session.project, organisation)?;
    expect_matches(&wanted, &command.paths, &session, &golden)?;
    let mut differences = drift::compare(&session.produced(), &golden, &session.catalogue);
    differences.retain(|difference| is_wanted(&difference.path, &wanted));

    let lines = Lines::new(&session.sources);
    let mut report = session.report("accept", global);
    report.ending = Ending::Clean;
    // What is approved is no error any more.
    let approved = |difference| Entry { severity: Severity::Note, ..report::drift::entry(difference, &lines) };
    report.entries = differences.iter().map(approved).collect();
    if global.is(Format::Text) {
        session.remark(global, terminal, "");
        terminal.result(&render(&report, Format::Text))?;
    }
    let (approved, removed) = approve(&session, &differences)?;
    if global.is(Format::Text) {
        terminal.result(&told(&approved, &removed))?;
    } else {
        report.summary = summary(&approved, &removed);
        let (approved, removed) = (owned(&approved), owned(&removed));
        format::print(report, &Data { approved, removed }, global, terminal)?;
    }
    Ok(Outcome::Clean)
}

/// Makes `golden/` hold what is produced, for these differences.
fn approve<'a>(session: &Session, differences: &'a [Difference]) -> Result<(Vec<&'a str>, Vec<&'a str>), Failure> {
    let (gone, new): (Vec<&Difference>, Vec<&Difference>) =
        differences.iter().partition(|difference| matches!(difference.kind, Kind::Unexpected(_)));
    let approved: Vec<&str> = new.iter().map(|difference| difference.path.as_str()).collect();
    let removed: Vec<&str> = gone.iter().map(|difference| difference.path.as_str()).collect();
    let chosen: BTreeSet<&str> = approved.iter().copied().gather();
    let artefacts = session.compiled.artefacts().filter(|artefact| chosen.contains(artefact.path.as_str()));
    let files: Vec<(&str, &[u8])> = artefacts.map(|a| (a.path.as_str(), a.bytes.as_slice())).collect();
    if !differences.is_empty() {
        golden::write(&session.project, &files, &removed)?;
    }
    Ok((approved, removed))
}

fn summary(approved: &[&str], removed: &[&str]) -> Vec<String> {
    vec![match approved.len() + removed.len() {
        0 => format!("nothing to approve: {GOLDEN}/ holds what is produced"),
        _ => format!("{} approved, {} removed", many(approved.len(), "file"), removed.len()),
    }]
}

fn told(approved: &[&str], removed: &[&str]) -> String {
    let mut text = String::new();
    for (word, paths) in [("approved", approved), ("removed", removed)] {
        for path in paths {
            let path = format!("{GOLDEN}/{path}");
            text.push_str(&format!("{} {}\n", styled(Style::Strong, word), styled(Style::Plain, &path)));
        }
    }
    text.push_str(&format!("{}\n", summary(approved, removed).join("\n")));
    text
}

/// A path as artefacts have it: without the project's folder, `golden/`, `profiles-out/` and a slash at the end.
fn normalised(path: &str, project: &Project) -> String {
    let path = std::path::Path::new(path);
    let path = path.strip_prefix(&project.root).unwrap_or(path);
    let parts: Vec<&str> =
        path.to_str().unwrap_or("").split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    match parts.split_first() {
        Some((first, rest)) if *first == GOLDEN || *first == OUTPUT => rest.join("/"),
        _ => parts.join("/"),
    }
}

/// The organisation that all paths lie in, where there is just one: what is wrong elsewhere does not hinder it then.
fn only_organisation<'a>(wanted: &'a [String], project: &Project) -> Result<Option<&'a str>, Failure> {
    let known = project.organisations()?;
    let mut first = wanted.iter().map(|path| path.split('/').next().unwrap_or(path));
    let Some(organisation) = first.next() else { return Ok(None) };
    let is_one = known.iter().any(|name| name == organisation) && first.all(|other| other == organisation);
    Ok(is_one.then_some(organisation))
}

fn is_wanted(path: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| covers(wanted, path))
}

fn covers(wanted: &str, path: &str) -> bool {
    wanted.is_empty() || path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Each path that was asked for is one that is produced or approved, or a folder of such.
fn expect_matches(
    wanted: &[String],
    written: &[String],
    session: &Session,
    golden: &[SourceFile],
) -> Result<(), Failure> {
    let files: Vec<&str> = session
        .compiled
        .artefacts()
        .map(|a| a.path.as_str())
        .chain(golden.iter().map(|file| file.path.as_str()))
        .collect();
    for (wanted, written) in wanted.iter().zip(written) {
        let group = |outcome: &policyc::CompiledGroup| {
            let (organisation, group) = session.name(outcome);
            covers(wanted, &format!("{organisation}/{group}"))
        };
        if files.iter().any(|path| covers(wanted, path)) || session.compiled.groups.iter().any(group) {
            continue;
        }
        let folders = files.iter().flat_map(|path| path.match_indices('/').map(|(n, _)| &path[..n]));
        let known: BTreeSet<&str> = files.iter().copied().chain(folders).gather();
        let cure = did_you_mean(wanted, known).or_else(|| Some("`policyc check` lists what differs".to_owned()));
        return Err(Failure::Unknown {
            kind: "produced or approved file, group or organisation",
            name: written.clone(),
            cure,
        });
    }
    Ok(())
}

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_written_in_every_way_that_names_the_file() {
        let project = Project { root: "/project".into() };
        for path in
            ["a/b/c.xml", "golden/a/b/c.xml", "./profiles-out/a/b/c.xml", "/project/golden/a/b/c.xml", "a//b/c.xml/"]
        {
            assert_eq!(normalised(path, &project), "a/b/c.xml", "{path}");
        }
        assert!(covers("a/b", "a/b/c.xml") && covers("", "a") && !covers("a/b", "a/bc/d.xml"));
    }
}
