//! `policyc build`: compile, and write what changed to `profiles-out/`.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::output::{self, Written};
use super::project::{OUTPUT, SOURCES};
use super::session::{Session, many};
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome};
use policyc::Serve;
use policyc::backend::Artefact;
use policyc::consumer::Consumer;
use policyc::setting::Dialect;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  policyc build
  policyc build cafcass --deny warnings
  policyc build --server fleet            also say what Fleet would refuse
  policyc build --intune custom           custom profiles alone for Intune
  policyc build -C ~/policies --as-of 2026-10-01";

/// Compile every organisation, and write its profiles to profiles-out/
///
/// Only changed files are written, and files that an earlier build wrote are removed when nothing
/// produces them any more. With any error in the sources, nothing is written at all.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::servers()))]
pub(crate) struct Build {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
    /// Hold every file against this server, instead of the one that its group states
    #[arg(long, value_name = "NAME", value_parser = super::server)]
    server: Option<&'static Consumer>,
    /// Which of Intune's files hold settings, instead of what each group states: `custom` puts everything into custom profiles (OMA-URIs on Windows, .mobileconfig on Apple's devices), `catalogue` into policies of the settings catalogue what these can hold
    #[arg(long, value_name = "DIALECT", value_parser = super::dialect)]
    intune: Option<Dialect>,
}

#[derive(Serialize)]
struct Data {
    groups: Vec<GroupData>,
    written: Vec<String>,
    unchanged: usize,
    removed: Vec<String>,
    remarks: Vec<String>,
}

/// A group and what it gets.
#[derive(Serialize)]
struct GroupData {
    organisation: String,
    group: String,
    files: usize,
    settings: usize,
    /// Why no server reaches it, where none does.
    unmanaged: Option<String>,
}

pub(crate) fn run(command: &Build, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let organisation = command.organisation.as_deref();
    let global = &Global { server: command.server.map(Serve::Every), intune: command.intune, ..global.clone() };
    let session = Session::open(global, organisation, terminal)?;
    if session.has_errors() {
        return session.stop("build", global, terminal, "nothing was written");
    }
    let artefacts: Vec<&Artefact> = session.compiled.artefacts().collect();
    let is_text = global.is(Format::Text);
    let (written, findings) = rayon::join(
        || output::write(&session.project, &artefacts, organisation),
        || if is_text { session.findings(global, terminal, "") } else { String::new() },
    );
    let written = written?;
    let groups = groups(&session);
    if !is_text {
        let mut report = session.report("build", global);
        report.summary = vec![counts(artefacts.len(), &written)];
        report.summary.extend(written.remarks.iter().cloned());
        report.subjects = groups.iter().map(|group| format!("{}/{}", group.organisation, group.group)).collect();
        let Written { written, unchanged, removed, remarks } = written;
        format::print(report, &Data { groups, written, unchanged, removed, remarks }, global, terminal)?;
        return Ok(Outcome::Clean);
    }
    terminal.remark(&findings);
    for remark in &written.remarks {
        terminal.remark(&format!("{} {}\n", styled(Style::Strong, "remark:"), styled(Style::Plain, remark)));
    }
    terminal.result(&summary(&groups, artefacts.len(), &written))?;
    Ok(Outcome::Clean)
}

fn groups(session: &Session) -> Vec<GroupData> {
    let mut groups = Vec::new();
    for organisation in &session.compiled.policy.organisations {
        for group in &organisation.groups {
            let name = (organisation.id.value.as_str(), group.target.group.value.as_str());
            let outcome = session.compiled.groups.iter().find(|outcome| session.name(outcome) == name);
            groups.push(GroupData {
                organisation: name.0.to_owned(),
                group: name.1.to_owned(),
                files: outcome.map_or(0, |outcome| outcome.artefacts.len()),
                settings: outcome
                    .map_or(0, |outcome| outcome.settings().filter(|one| one.address.family.is_enforced()).count()),
                unmanaged: group.unmanaged.as_ref().map(|why| why.value.clone()),
            });
        }
    }
    groups
}

fn summary(groups: &[GroupData], files: usize, written: &Written) -> String {
    let mut text = String::new();
    let width = groups.iter().map(|group| group.group.chars().count()).max().unwrap_or(0);
    let mut organisation = "";
    for group in groups {
        if group.organisation != organisation {
            organisation = &group.organisation;
            text.push_str(&format!("{}\n", styled(Style::Strong, organisation)));
        }
        let what = match &group.unmanaged {
            Some(why) => format!("unmanaged: {why}"),
            None => format!("{}, {}", many(group.files, "file"), many(group.settings, "setting")),
        };
        text.push_str(&format!("  {}\n", styled(Style::Plain, &format!("{:width$}  {what}", group.group))));
    }
    if groups.is_empty() {
        text.push_str(&format!("{SOURCES}: no organisation has a group yet\n"));
    }
    for path in &written.removed {
        text.push_str(&format!("removed {}\n", styled(Style::Plain, path)));
    }
    text.push_str(&format!("{}\n", counts(files, written)));
    text
}

fn counts(files: usize, written: &Written) -> String {
    let Written { written, unchanged, removed, .. } = written;
    let counts = format!("{} written, {unchanged} unchanged, {} removed", written.len(), removed.len());
    format!("{OUTPUT}/: {}: {counts}", many(files, "file"))
}
