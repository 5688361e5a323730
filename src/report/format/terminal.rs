//! Entries for a terminal: what differs, why, and the lines. Findings have a renderer of their own, `diagnostic::render::human`.

use crate::diagnostic::Severity;
use crate::diagnostic::render::{Style, styled};
use crate::drift::{Lines, Side};
use crate::report::{Change, Entry, Report};

/// The entries, then what came of the run.
pub(super) fn report(report: &Report) -> String {
    // `verify` compares with what was released, all others with what is approved.
    let sides =
        if report.command == "verify" { "released (-) and compiled (+)" } else { "approved (-) and produced (+)" };
    let mut text: String = report.entries.iter().map(|one| entry(one, sides)).collect();
    for line in &report.summary {
        text.push_str(&format!("{}\n", styled(Style::Plain, line)));
    }
    text
}

/// One entry, with a line left free after it.
fn entry(entry: &Entry, sides: &str) -> String {
    let head = format!("{}[{}]:", entry.severity.word(), entry.code);
    let style = if entry.severity == Severity::Error { Style::Error } else { Style::Strong };
    let mut text = format!("{} {}\n", styled(style, &head), styled(Style::Strong, &entry.message));
    for change in &entry.changes {
        push_change(&mut text, change);
    }
    for paragraph in &entry.body {
        text.push_str(&format!("  {}\n", styled(Style::Plain, paragraph)));
    }
    for impact in &entry.impacts {
        text.push_str(&format!("  on devices: {}\n", styled(Style::Plain, impact)));
    }
    push_lines(&mut text, &entry.lines, sides);
    text.push('\n');
    text
}

fn push_change(text: &mut String, change: &Change) {
    let direction = change.direction.map_or_else(String::new, |direction| format!(" ({direction})"));
    let value = styled(Style::Plain, &format!("{}{direction}", change.values()));
    match change.kind {
        "setting" => text.push_str(&format!("  {}: {value}\n", styled(Style::Strong, &change.subject))),
        kind => text.push_str(&format!("  {kind}, {}: {value}\n", styled(Style::Plain, &change.subject))),
    }
    for line in change.why() {
        text.push_str(&format!("      {}\n", styled(Style::Dim, &line)));
    }
}

fn push_lines(text: &mut String, lines: &Lines, sides: &str) {
    let (lines, more) = match lines {
        Lines::None => return,
        Lines::Withheld => {
            text.push_str("  the lines are withheld: they hold a secret\n");
            return;
        }
        Lines::TooMany => {
            text.push_str("  too many lines differ to show them\n");
            return;
        }
        Lines::Shown(lines, more) => (lines, *more),
    };
    text.push_str(&format!("  {sides}:\n"));
    for line in lines {
        let style = match line.side {
            Side::Header => Style::Dim,
            Side::Both => Style::Plain,
            Side::Before => Style::Removed,
            Side::After => Style::Added,
        };
        text.push_str(&format!("    {}\n", styled(style, &format!("{}{}", line.side.mark(), line.text))));
    }
    if more > 0 {
        text.push_str(&format!("    … and {more} more lines\n"));
    }
}
