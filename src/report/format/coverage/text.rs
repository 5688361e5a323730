//! Coverage for a terminal: what people look for first, one thought a line.

use crate::gather::Arrange;
use crate::report::coverage::{Classes, ClauseUse, Coverage, GroupAnswer, Policy};
use std::fmt::Write as _;

/// The whole report.
pub fn coverage(coverage: &Coverage) -> String {
    let mut out = String::new();
    for policy in &coverage.policies {
        let _ = writeln!(out, "{}", heading(policy));
        let _ = writeln!(out, "  {}", summary(&policy.classes));
        for clause in &policy.clauses {
            self::clause(clause, &mut out);
        }
        for left in &policy.left_out {
            let _ = writeln!(out, "  not here: {} ({})", left.clauses, left.reason);
        }
        out.push('\n');
    }
    controls(coverage, &mut out);
    groups(coverage, &mut out);
    exceptions(coverage, &mut out);
    let _ = writeln!(out, "{}", summary(&coverage.totals));
    out
}

/// How many clauses there are, by class.
pub fn summary(classes: &Classes) -> String {
    let counts: Vec<String> = classes.rows().iter().map(|(class, n)| format!("{n} {class}")).collect();
    format!("{} clauses: {}", classes.clauses, counts.join(", "))
}

pub(super) fn heading(policy: &Policy) -> String {
    let version = policy.version.as_ref().map_or_else(|| "version not stated".to_owned(), |v| format!("version {v}"));
    format!("{} {}: {}, {version}", policy.organisation, policy.policy, policy.title)
}

fn clause(clause: &ClauseUse, out: &mut String) {
    let _ = writeln!(out, "\n  {} [{}] {}", clause.clause, clause.class, clause.summary);
    if let Some(reason) = &clause.reason {
        let _ = writeln!(out, "    because: {reason}");
    }
    for need in &clause.needs {
        let _ = writeln!(out, "    needs: {need}");
    }
    if !clause.controls.is_empty() {
        let _ = writeln!(out, "    controls: {}", clause.controls.join(", "));
    }
    for assumed in &clause.assumed {
        let _ = writeln!(out, "    assumed: {}, {}", assumed.parameter, assumed.why);
    }
    for baseline in &clause.meets {
        let _ = writeln!(out, "    meets: {baseline}");
    }
    for conflict in &clause.conflicts_with {
        let _ = writeln!(out, "    conflicts with {}: {}", conflict.clause, conflict.why);
    }
    for group in &clause.groups {
        let _ = writeln!(out, "    on {}: {}", group.group, answer(group));
        for gap in &group.gaps {
            let _ = writeln!(out, "      gap: {gap}");
        }
    }
}

/// `5 settings carry it, 2 help, in 2 files`.
pub(super) fn answer(group: &GroupAnswer) -> String {
    let mut parts = Vec::new();
    if group.excepted {
        parts.push("an exception takes it out".to_owned());
    }
    if !group.carrying.is_empty() {
        let verb = if group.carrying.len() == 1 { "carries" } else { "carry" };
        parts.push(format!("{} {verb} it", count(group.carrying.len(), "setting")));
    }
    if !group.helping.is_empty() {
        let verb = if group.helping.len() == 1 { "helps" } else { "help" };
        parts.push(format!("{} {verb}", group.helping.len()));
    }
    if !group.commands.is_empty() {
        parts.push(count(group.commands.len(), "command"));
    }
    let mut files: Vec<&String> =
        group.carrying.iter().chain(&group.helping).filter_map(|setting| setting.artefact.as_ref()).collect();
    files.arrange();
    files.dedup();
    if !files.is_empty() {
        let names: Vec<&str> = files.iter().map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
        parts.push(format!("in {}", names.join(", ")));
    }
    if parts.is_empty() { "nothing on the device".to_owned() } else { parts.join(", ") }
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn controls(coverage: &Coverage, out: &mut String) {
    let _ = writeln!(out, "Controls");
    for control in &coverage.controls {
        let _ = writeln!(out, "  {} {}: {}", control.organisation, control.control, control.clauses.join(", "));
    }
    out.push('\n');
}

fn groups(coverage: &Coverage, out: &mut String) {
    let _ = writeln!(out, "Groups");
    for group in &coverage.groups {
        let name = format!("{}/{}", group.organisation, group.group);
        let _ = match &group.unmanaged {
            Some(why) => writeln!(out, "  {name}: unmanaged, {why}"),
            None => writeln!(
                out,
                "  {name}: {} in {}: {} stated, {}{} assumed, {} by default; {} raw; {}",
                count(group.settings, "setting"),
                count(group.files, "file"),
                group.stated,
                if group.excepted == 0 { String::new() } else { format!("{} excepted, ", group.excepted) },
                group.assumed,
                group.defaults,
                group.raw,
                count(group.commands, "command"),
            ),
        };
    }
    out.push('\n');
}

fn exceptions(coverage: &Coverage, out: &mut String) {
    if coverage.exceptions.is_empty() {
        return;
    }
    let _ = writeln!(out, "Exceptions");
    for exception in &coverage.exceptions {
        let until = exception.expires.as_ref().map_or("no end".to_owned(), |date| format!("until {date}"));
        let clauses = exception.clauses.join(", ");
        let _ = writeln!(
            out,
            "  {} {} [{}]: {clauses} on {}, {until}",
            exception.organisation,
            exception.exception,
            exception.state,
            exception.groups.join(", ")
        );
    }
    out.push('\n');
}
