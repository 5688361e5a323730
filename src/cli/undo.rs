//! `policyc undo`: what has to be done on devices so that nothing of an earlier side stays behind.

use super::diff::side::Loaded;
use super::diff::{Ends, load, sides};
use super::failure::Failure;
use super::format::{self, Format};
use super::project::{GOLDEN, OUTPUT, Project, SOURCES};
use super::release::place;
use super::session::{many, start_threads, while_saying};
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome, day};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::render::{Lines, human};
use policyc::diagnostic::{Diagnostics, Severity};
use policyc::gather::Gather;
use policyc::report::Report;
use policyc::setting::Date;
use policyc::source::Sources;
use policyc::undo::{Command, Group, Undo as Undone, Withdrawn, between, data, files};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc undo main                          what goes when the work tree replaces a branch
  policyc undo v1.2..v1.3 --out undo-1.3     two revisions, with the files for the server
  policyc undo golden profiles-out           what was approved, and what was built
  policyc undo policies-1.3.zip golden/acme  a bundle, and a folder of artefacts

Below --out each group has undo.json, and Windows groups undo.xml and undo.user.xml: fragments for a
server that sends SyncML as it is (`policyc wrap` makes a whole message of one). They touch nothing
that the later side sets for the group. Fleet takes no `Delete`, and Intune's custom profiles no
SyncML: there they serve as the list of what to clear. A profile is removed by the server's
`RemoveProfile`, a declaration by no longer listing it.

Exit codes: 0 all of it can be undone, or there is nothing to undo; 1 some settings stay, or a side has
errors; 2 the run failed.";

/// Show what must be taken back on devices when one side replaces another, and write the commands for it
///
/// On Windows a setting that nothing asks for any more stays on devices: each becomes a `Delete` where
/// its node takes one, else the vendor's default where one is stated, else it is listed as staying, with
/// the reason. On Apple's systems it lists the profiles and declarations to withdraw. A side is what
/// `policyc diff` takes: sources, artefacts, a bundle, a file, or any of them at a git revision.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Undo {
    /// What devices have, or both sides as `A..B`
    before: String,
    /// What they get instead [default: the project as it is now]
    after: Option<String>,
    /// One organisation alone
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// Write the files below this folder, which must not exist yet
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The day by which the earlier side is compiled [default: that of the later side]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of_before: Option<Date>,
}

pub(crate) fn run(command: &Undo, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    start_threads(global)?;
    if let Some(out) = &command.out {
        place::expect_free(out)?;
        if let Ok(project) = Project::find(&global.directory) {
            place::expect_outside(out, &project.root, [SOURCES, GOLDEN, OUTPUT])?;
        }
    }
    let catalogue = Catalogue::embedded();
    let ends = Ends { before: &command.before, after: command.after.as_deref(), as_of_before: command.as_of_before };
    let (before, after) = while_saying("comparing …\n", terminal, || load(&ends, global, &catalogue))?;
    if before.has_errors() || after.has_errors() {
        return stop(&before, &after, global, terminal);
    }
    let (was, is) = sides(&before, &after, command.organisation.as_deref())?;
    let undone = between(&was, &is, &catalogue);
    let files = files(&undone);
    let written: Vec<&str> = match &command.out {
        Some(out) if !files.is_empty() => {
            place::write(out, None, &files)?;
            files.keys().map(String::as_str).collect()
        }
        _ => Vec::new(),
    };
    let mut remarks = undone.remarks.clone();
    remarks.extend([&before, &after].into_iter().flat_map(Loaded::remarks));
    let outcome = Outcome::faulty_if(undone.remaining() > 0);
    if global.is(Format::Text) {
        let out = command.out.as_ref().map(|out| out.display().to_string()).unwrap_or_default();
        terminal.result(&text(&undone, &remarks, (&out, written.len())))?;
        return Ok(outcome);
    }
    let mut report = Report::new("undo", &Diagnostics::default(), &Lines::new(&Sources::default()));
    report.ending = outcome.ending();
    report.summary = vec![summary(&undone)];
    let groups: Vec<Value> = undone.groups.iter().map(data).collect();
    let own = json!({
        "before": undone.before,
        "after": undone.after,
        "remarks": remarks,
        "groups": groups,
        "remaining": undone.remaining(),
        "written": written,
    });
    format::print(report, &own, global, terminal)?;
    Ok(outcome)
}

/// A side with errors has no files, and nobody knows what devices would get.
fn stop(before: &Loaded, after: &Loaded, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let nothing = "nothing was undone";
    let mut reports = Vec::new();
    for side in [before, after].into_iter().filter(|side| side.has_errors()) {
        let (Some(compiled), Some(sources)) = (&side.compiled, side.sources()) else { continue };
        if global.is(Format::Text) {
            let found = human(&compiled.found, &Lines::new(sources), terminal.look(), Severity::Error);
            terminal.remark(&format!("{found}`{}` has errors: {nothing}\n", side.name));
        }
        reports.push(Report::new("undo", &compiled.found, &Lines::new(sources)));
    }
    if !global.is(Format::Text) {
        let first = reports.into_iter().reduce(|mut all, next| {
            all.findings.extend(next.findings);
            all.counts.errors += next.counts.errors;
            all.counts.warnings += next.counts.warnings;
            all.counts.notes += next.counts.notes;
            all
        });
        let report = first.expect("internal: a side has errors");
        format::print(Report { summary: vec![nothing.to_owned()], ..report }, &(), global, terminal)?;
    }
    Ok(Outcome::Faulty)
}

fn text(undone: &Undone, remarks: &[String], (out, written): (&str, usize)) -> String {
    let mut text = String::new();
    undone.groups.iter().for_each(|group| of_group(group, &mut text));
    remarks.iter().for_each(|remark| text.push_str(&format!("{}\n", styled(Style::Dim, remark))));
    text.push_str(&format!("{}\n", summary(undone)));
    if written > 0 {
        text.push_str(&format!("{}: {} written\n", styled(Style::Plain, out), many(written, "file")));
    }
    text
}

fn of_group(group: &Group, text: &mut String) {
    let mut line = |style: Style, indent: usize, line: &str| {
        text.push_str(&format!("{:indent$}{}\n", "", styled(style, line)));
    };
    let name = [group.organisation.as_str(), &group.group].join("/");
    let more = group.formerly.as_ref().map_or_else(String::new, |former| format!(" (before: {former})"));
    line(Style::Strong, 0, &format!("{}{more}", name.trim_matches('/')));
    for command in &group.commands {
        line(Style::Plain, 2, &told(command));
    }
    let kinds = [("remove the profile", &group.profiles), ("no longer list the declaration", &group.declarations)];
    for (what, list) in kinds {
        let user = |one: &Withdrawn| if one.channel == "user" { ", user channel" } else { "" };
        list.iter().for_each(|one| {
            line(Style::Plain, 2, &format!("{what} {} ({}{})", one.identifier, one.file, user(one)));
        });
    }
    for policy in &group.consoles {
        line(Style::Plain, 2, &format!("delete the policy of {}, or assign it no more", policy.holder));
    }
    for replaced in &group.replaced {
        let settings = many(replaced.settings.len(), "setting");
        line(Style::Dim, 2, &format!("{settings} of {}: replaced by the later side", replaced.holder));
    }
    let commands = group.commands.iter().flat_map(|command| &command.effects);
    let withdrawn = group.profiles.iter().chain(&group.declarations).flat_map(|one| &one.effects);
    let replaced = group.replaced.iter().flat_map(|one| &one.effects);
    let effects: BTreeSet<&String> = commands.chain(withdrawn).chain(replaced).gather();
    effects.into_iter().for_each(|effect| line(Style::Dim, 2, &format!("known: {effect}")));
    group.notes.iter().for_each(|note| line(Style::Dim, 2, &format!("note: {note}")));
    for left in &group.remainder {
        line(Style::Error, 2, &format!("stays: {}", left.setting));
        line(Style::Plain, 4, &left.reason);
    }
}

fn told(command: &Command) -> String {
    let value = command.data.as_ref().map_or_else(String::new, |data| format!(" = {data} (the vendor's default)"));
    let several = match command.settings.len() {
        0 | 1 => String::new(),
        n => format!(" ({})", many(n, "setting")),
    };
    format!("{:7} {}{value}{several}", command.verb, command.node)
}

fn summary(undone: &Undone) -> String {
    let sum = |count: &dyn Fn(&Group) -> usize| undone.groups.iter().map(count).sum::<usize>();
    if undone.groups.is_empty() {
        return "nothing to undo".to_owned();
    }
    format!(
        "{}, {} and {} to withdraw; {}",
        many(sum(&|group| group.commands.len()), "command"),
        many(sum(&|group| group.profiles.len()), "profile"),
        many(sum(&|group| group.declarations.len()), "declaration"),
        match undone.remaining() {
            0 => "nothing stays".to_owned(),
            1 => "1 setting stays, which nobody can take back".to_owned(),
            n => format!("{n} settings stay, which nobody can take back"),
        },
    )
}
