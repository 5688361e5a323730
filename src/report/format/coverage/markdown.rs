//! Coverage as Markdown: a table for each policy. Text that an author wrote is inert: it can end neither a cell nor the table.

use super::text::{answer, heading, summary};
use crate::report::coverage::{ClauseUse, Coverage};
use std::fmt::Write as _;

/// The whole report.
pub fn coverage(coverage: &Coverage) -> String {
    let mut out = String::from("# Coverage\n\n| class | clauses |\n|---|---|\n");
    for (class, n) in coverage.totals.rows() {
        let _ = writeln!(out, "| {class} | {n} |");
    }
    let _ = writeln!(out, "| all | {} |", coverage.totals.clauses);
    for policy in &coverage.policies {
        let _ = writeln!(out, "\n## {}\n\n{}\n", inert(&heading(policy)), summary(&policy.classes));
        out.push_str("| clause | class | what it says | controls | on devices | why, needs, assumed |\n|---|---|---|---|---|---|\n");
        for clause in &policy.clauses {
            out.push_str(&row(clause));
        }
        if !policy.left_out.is_empty() {
            out.push_str("\nNot here:\n\n");
        }
        for left in &policy.left_out {
            let _ = writeln!(out, "- {}: {}", inert(&left.clauses), inert(&left.reason));
        }
    }
    out
}

fn row(clause: &ClauseUse) -> String {
    let on: Vec<String> =
        clause.groups.iter().map(|group| format!("{}: {}", inert(&group.group), inert(&answer(group)))).collect();
    let mut notes: Vec<String> = clause.reason.iter().map(|reason| inert(reason)).collect();
    notes.extend(clause.needs.iter().map(|need| format!("needs: {}", inert(need))));
    notes.extend(clause.assumed.iter().map(|a| format!("assumed {}: {}", inert(&a.parameter), inert(&a.why))));
    notes.extend(clause.meets.iter().map(|baseline| format!("meets {}", inert(baseline))));
    notes.extend(
        clause.conflicts_with.iter().map(|c| format!("conflicts with {}: {}", inert(&c.clause), inert(&c.why))),
    );
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        inert(&clause.clause),
        clause.class,
        inert(&clause.summary),
        inert(&clause.controls.join(", ")),
        on.join("<br>"),
        notes.join("<br>")
    )
}

/// Text without power over the page: no markup, no end of the cell, no line break, no link.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn authors_text_cannot_break_the_table() {
        assert_eq!(inert("a | b\n<script> [x](y)"), "a \\| b &lt;script&gt; \\[x\\](y)");
    }
}
