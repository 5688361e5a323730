//! Coverage as Markdown: a table for each policy. Text that an author wrote is inert: it can end neither a cell nor the table.

use super::super::inert::prose;
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
        let _ = writeln!(out, "\n## {}\n\n{}\n", prose(&heading(policy)), summary(&policy.classes));
        out.push_str("| clause | class | what it says | controls | on devices | why, needs, assumed |\n|---|---|---|---|---|---|\n");
        for clause in &policy.clauses {
            out.push_str(&row(clause));
        }
        if !policy.left_out.is_empty() {
            out.push_str("\nNot here:\n\n");
        }
        for left in &policy.left_out {
            let _ = writeln!(out, "- {}: {}", prose(&left.clauses), prose(&left.reason));
        }
    }
    out
}

fn row(clause: &ClauseUse) -> String {
    let on: Vec<String> =
        clause.groups.iter().map(|group| format!("{}: {}", prose(&group.group), prose(&answer(group)))).collect();
    let mut notes: Vec<String> = clause.reason.iter().map(|reason| prose(reason)).collect();
    notes.extend(clause.needs.iter().map(|need| format!("needs: {}", prose(need))));
    notes.extend(clause.assumed.iter().map(|a| format!("assumed {}: {}", prose(&a.parameter), prose(&a.why))));
    notes.extend(clause.meets.iter().map(|baseline| format!("meets {}", prose(baseline))));
    notes.extend(
        clause.conflicts_with.iter().map(|c| format!("conflicts with {}: {}", prose(&c.clause), prose(&c.why))),
    );
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        prose(&clause.clause),
        clause.class,
        prose(&clause.summary),
        prose(&clause.controls.join(", ")),
        on.join("<br>"),
        notes.join("<br>")
    )
}

#[cfg(test)]
mod tests {
    use super::row;
    use crate::report::coverage::ClauseUse;

    #[test]
    fn authors_text_cannot_break_the_table() {
        let clause = ClauseUse {
            clause: "1|2".to_owned(),
            summary: "a | b\n<script> [x](y)".to_owned(),
            class: "service",
            reason: Some("@team".to_owned()),
            needs: Vec::new(),
            controls: Vec::new(),
            assumed: Vec::new(),
            meets: Vec::new(),
            conflicts_with: Vec::new(),
            groups: Vec::new(),
        };
        let expected = "| 1&#124;2 | service | a &#124; b &#60;script&#62; &#91;x&#93;(y) |  |  | &#64;&#8203;team |\n";
        assert_eq!(row(&clause), expected);
    }
}
