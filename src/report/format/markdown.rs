//! A comment on a change that people propose: what came of the run first, each entry folded, then the findings. GitHub takes 65,536
//! characters; this stays below, and says how much it left out.

use super::inert::{block, code, prose};
use crate::diagnostic::render::{Finding, PlaceText};
use crate::drift::Lines;
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

    fn entries(&mut self, entries: &[Entry]) {
        let fits = |entry: &&Entry| self.push(&folded(entry), FULL) || self.push(&short(entry), MOST - RESERVE);
        let told = entries.iter().take_while(fits).count();
        self.left_out(entries.len() - told, "");
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

/// An entry with all that belongs to it, folded below its message.
fn folded(entry: &Entry) -> String {
    let mut text = format!("<details><summary>{}</summary>\n\n", head(entry));
    for change in entry.changes.iter().take(PARTS) {
        push_change(&mut text, change);
    }
    if entry.changes.len() > PARTS {
        text.push_str(&format!("- … and {} more\n", entry.changes.len() - PARTS));
    }
    for paragraph in &entry.body {
        text.push_str(&format!("\n{}\n", prose(paragraph)));
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
    format!("{direction}{} ({}, {})", prose(&entry.message), entry.code, entry.kind)
}

fn push_change(text: &mut String, change: &Change) {
    let side = |value: &Option<String>| value.as_deref().map_or_else(|| "not set".to_owned(), code);
    let direction = change.direction.map_or_else(String::new, |direction| format!(" ({direction})"));
    let (before, after) = (side(&change.before), side(&change.after));
    text.push_str(&format!("- {}: {before} → {after}{direction}\n", code(&change.subject)));
    for why in change.why().iter().take(PARTS) {
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
