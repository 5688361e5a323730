//! A comment on a change that people propose: what came of the run first, each entry folded, then the findings. GitHub takes 65,536
//! characters; this stays below, and says how much it left out.

use super::inert::{block, code, prose};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{Finding, PlaceText};
use crate::drift::Lines;
use crate::gather::Arrange;
use crate::report::rule::rule;
use crate::report::{Change, Ending, Entry, Report};

/// Bytes of a comment, so that its characters are never more.
const MOST: usize = 60_000;
/// Bytes after which entries are told in a line each.
const FULL: usize = 40_000;
/// Parts of one entry, and lines of its files, that are told.
const PARTS: usize = 25;
/// Bytes kept for what says how much is left out.
const RESERVE: usize = 200;

/// The report as one comment.
pub(super) fn comment(report: &Report) -> String {
    let mut page = Page { text: String::new() };
    page.text.push_str(&format!("### policyc {}{}\n\n", report.command, outcome(report)));
    if let Ending::Failed { message, help } = &report.ending {
        page.text.push_str(&format!("{}\n\n", prose(message)));
        help.iter().for_each(|help| page.text.push_str(&format!("{}\n\n", prose(help))));
    }
    for line in report.summary.iter().take(PARTS) {
        page.text.push_str(&format!("{}\n\n", prose(line)));
    }
    page.entries(&report.entries);
    page.findings(report);
    page.text
}

/// A page that is never too long.
struct Page {
    text: String,
}

impl Page {
    /// Adds what fits; whether it did.
    fn push(&mut self, text: &str, most: usize) -> bool {
        let fits = self.text.len() + text.len() <= most;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// What weighs most first, each folded by itself; then what no device is touched by, a fold for each kind.
    fn entries(&mut self, entries: &[Entry]) {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.arrange_by_key(|entry| entry.severity);
        let (light, weighty): (Vec<&Entry>, Vec<&Entry>) = sorted.into_iter().partition(|entry| is_light(entry));
        let fits = |entry: &&&Entry| self.push(&folded(entry), FULL) || self.push(&short(entry), MOST - RESERVE);
        let told = weighty.iter().take_while(fits).count();
        let mut more = weighty.len() - told;
        let mut kinds: Vec<&str> = light.iter().map(|entry| entry.code).collect();
        kinds.arrange();
        kinds.dedup();
        for kind in kinds {
            let of: Vec<&Entry> = light.iter().copied().filter(|entry| entry.code == kind).collect();
            more += if more == 0 { self.list(kind, &of) } else { of.len() };
        }
        self.left_out(more, "");
    }

    /// Entries of one kind in one fold; how many did not fit.
    fn list(&mut self, kind: &str, entries: &[&Entry]) -> usize {
        let what = rule(kind).map_or_else(String::new, |rule| format!(": {}", prose(rule.summary)));
        let head = format!("<details><summary>{} {kind}{what}</summary>\n\n", entries.len());
        if !self.push(&head, MOST - 2 * RESERVE) {
            return entries.len();
        }
        let told = entries.iter().take_while(|entry| self.push(&short(entry), MOST - RESERVE)).count();
        self.left_out(entries.len() - told, "- ");
        self.text.push_str("\n</details>\n\n");
        0
    }

    fn findings(&mut self, report: &Report) {
        let findings = report.shown();
        if findings.is_empty() {
            return;
        }
        let counts = report.tally();
        let head = format!("<details><summary>{counts}</summary>\n\n");
        let foot = "\n</details>\n\n";
        if !self.push(&head, MOST - 2 * RESERVE) {
            self.text.push_str(&format!("\n… and {counts}\n"));
            return;
        }
        let told = findings.iter().take_while(|finding| self.push(&line(finding), MOST - RESERVE)).count();
        self.left_out(findings.len() - told + report.unlisted(), "- ");
        self.text.push_str(foot);
    }

    fn left_out(&mut self, more: usize, mark: &str) {
        if more > 0 {
            self.text.push_str(&format!("{mark}… and {more} more\n\n"));
        }
    }
}

fn outcome(report: &Report) -> &'static str {
    match report.ending {
        Ending::Clean => "",
        Ending::Faulty => ": did not pass",
        Ending::Failed { .. } => ": could not run",
    }
}

/// Whether an entry is told in a line: it moves nothing on devices, and nobody has to decide on it.
fn is_light(entry: &Entry) -> bool {
    entry.severity == Severity::Note
        && entry.changes.is_empty()
        && entry.impacts.is_empty()
        && entry.lines == Lines::None
}

/// An entry with all that belongs to it, folded below its message.
fn folded(entry: &Entry) -> String {
    let mut text = format!("<details><summary>{}</summary>\n\n", head(entry));
    for change in entry.changes.iter().take(PARTS) {
        push_change(&mut text, change, &entry.clauses);
    }
    if entry.changes.len() > PARTS {
        text.push_str(&format!("- … and {} more\n", entry.changes.len() - PARTS));
    }
    for paragraph in &entry.body {
        text.push_str(&format!("{}{}\n", between(&text), prose(paragraph)));
    }
    for impact in &entry.impacts {
        text.push_str(&format!("\n**On devices**: {}\n", prose(impact)));
    }
    if !entry.clauses.is_empty() {
        text.push_str(&format!("\nClauses: {}\n", prose(&entry.clauses.join(", "))));
    }
    for place in entry.places.iter().take(PARTS) {
        if let Some(at) = at(&place.place) {
            text.push_str(&format!("- {}{}\n", code(&at), after(&prose(&place.text))));
        }
    }
    push_lines(&mut text, &entry.lines);
    for help in &entry.help {
        text.push_str(&format!("\n{}\n", prose(help)));
    }
    text.push_str("\n</details>\n\n");
    text
}

/// An entry in a line.
fn short(entry: &Entry) -> String {
    format!("- {}\n", head(entry))
}

fn head(entry: &Entry) -> String {
    let direction = entry.direction.map_or_else(String::new, |direction| format!("<b>{direction}</b>: "));
    let groups: Vec<&str> =
        entry.groups.iter().map(String::as_str).filter(|group| !entry.message.contains(group)).collect();
    let whom = if groups.is_empty() { String::new() } else { format!("{}: ", prose(&groups.join(", "))) };
    format!("{direction}{whom}{} ({}, {})", prose(&entry.message), entry.code, entry.kind)
}

/// What parts a paragraph from a line before it.
fn between(text: &str) -> &'static str {
    if text.ends_with("\n\n") { "" } else { "\n" }
}

/// A setting in a line, and below it why, but for clauses that are `known`: those of the whole entry are named at its end.
fn push_change(text: &mut String, change: &Change, known: &[String]) {
    let side = |value: &Option<String>| value.as_deref().map_or_else(|| "not set".to_owned(), code);
    let direction = change.direction.map_or_else(String::new, |direction| format!(" ({direction})"));
    let (before, after) = (side(&change.before), side(&change.after));
    text.push_str(&format!("- {}: {before} → {after}{direction}\n", code(&change.subject)));
    let known = format!("asked by {}", known.join(", "));
    for why in change.why().iter().filter(|why| **why != known).take(PARTS) {
        text.push_str(&format!("  - {}\n", prose(why)));
    }
}

fn push_lines(text: &mut String, lines: &Lines) {
    match lines {
        Lines::None => {}
        Lines::Withheld => text.push_str("\nThe lines are withheld: they hold a secret.\n"),
        Lines::TooMany => text.push_str("\nToo many lines differ to show them.\n"),
        Lines::Shown(lines, more) => {
            let shown: String = lines.iter().map(|line| format!("{}{}\n", line.side.mark(), line.text)).collect();
            text.push_str(&format!("\n{}", block("diff", &shown)));
            if *more > 0 {
                text.push_str(&format!("… and {more} more lines\n"));
            }
        }
    }
}

/// A finding in a line, with its cure.
fn line(finding: &Finding) -> String {
    let at = at(&finding.place).map_or_else(String::new, |at| format!("{} ", code(&at)));
    let help = prose(&finding.help.join("; "));
    let message = prose(&finding.message);
    format!("- {at}**{}** ({}) {message}{}\n", finding.severity.word(), finding.code, after(&help))
}

fn after(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn at(place: &PlaceText) -> Option<String> {
    let path = place.path.as_ref()?;
    Some(match (place.line, place.inside.as_deref()) {
        (Some(line), _) => format!("{path}:{line}"),
        (None, Some(inside)) if !inside.is_empty() => format!("{path}, {inside}"),
        (None, _) => path.clone(),
    })
}
