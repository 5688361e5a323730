//! Clauses by groups: what each has for it. Controls by clauses: which asks for what.

use super::Links;
use crate::report::coverage::GroupAnswer;
use crate::report::effective::clause::ClausePart;
use crate::report::effective::{Effective, PolicyPart};

/// Clauses by managed groups.
pub(super) struct GroupMap<'a> {
    pub(super) groups: Vec<&'a str>,
    /// Of each policy the clauses that bind any of them, and how many bind none.
    pub(super) policies: Vec<(&'a PolicyPart, Vec<Row<'a>>, usize)>,
}

pub(super) struct Row<'a> {
    pub(super) number: usize,
    pub(super) part: &'a ClausePart,
    pub(super) cells: Vec<Option<Cell>>,
}

/// What a group has for a clause: a sign, a number where there is one, and words for both.
pub(super) struct Cell {
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) count: usize,
    pub(super) words: &'static str,
}

/// Controls by the clauses that ask for any.
pub(super) struct ControlMap<'a> {
    pub(super) policies: Vec<(&'a str, usize)>,
    /// The clause's id, and where it stands.
    pub(super) columns: Vec<(&'a str, usize)>,
    pub(super) rows: Vec<(&'a str, &'a str, Vec<bool>)>,
}

/// What each group has for each clause.
pub(super) fn by_group<'a>(effective: &'a Effective, links: &Links<'_>) -> GroupMap<'a> {
    let managed = effective.groups.iter().filter(|group| group.counts.unmanaged.is_none());
    let groups: Vec<&str> = managed.map(|group| group.counts.group.as_str()).collect();
    let row = |part: &'a ClausePart| Row {
        number: links.to(&part.reference).unwrap_or_default(),
        part,
        cells: groups.iter().map(|group| cell(part, group)).collect(),
    };
    let rows = |policy: &'a PolicyPart| {
        let binding = policy.clauses.iter().map(row).filter(|row| row.cells.iter().any(Option::is_some));
        let binding: Vec<Row<'a>> = binding.collect();
        let others = policy.clauses.len() - binding.len();
        (policy, binding, others)
    };
    GroupMap { policies: effective.policies.iter().map(rows).collect(), groups }
}

fn cell(part: &ClausePart, group: &str) -> Option<Cell> {
    if !part.binds.iter().any(|bound| bound == group) {
        return None;
    }
    let of = |class, sign, count, words| Some(Cell { class, sign, count, words });
    let Some(answer) = part.held.groups.iter().find(|answer| answer.group == group) else {
        return of("people", "–", 0, "nothing on devices");
    };
    let GroupAnswer { excepted, carrying, helping, commands, gaps, .. } = answer;
    match (carrying.len(), helping.len(), commands.len(), gaps.len()) {
        _ if *excepted => of("excepted", "E", 0, "excepted"),
        (0, 0, 0, 0) => of("people", "–", 0, "nothing on devices"),
        (0, 0, 0, gaps) => of("gap", "×", gaps, "gaps and nothing else"),
        (0, 0, commands, _) => of("command", "▸", commands, "commands"),
        (0, helping, ..) => of("helped", "◐", helping, "helping settings"),
        (carrying, ..) => of("held", "●", carrying, "carrying settings"),
    }
}

/// Which clause asks for which control.
pub(super) fn by_clause<'a>(effective: &'a Effective, links: &Links<'_>) -> ControlMap<'a> {
    let asking = |policy: &'a PolicyPart| policy.clauses.iter().filter(|clause| !clause.asks.is_empty());
    let policies = effective.policies.iter().map(|policy| (policy.policy.as_str(), asking(policy).count()));
    let clauses: Vec<&ClausePart> = effective.policies.iter().flat_map(asking).collect();
    let row = |control: &'a crate::report::effective::ControlUse| {
        let asks = |clause: &&ClausePart| clause.asks.iter().any(|ask| ask.control == control.control);
        (control.title.as_str(), control.control.as_str(), clauses.iter().map(asks).collect())
    };
    ControlMap {
        policies: policies.filter(|(_, count)| *count > 0).collect(),
        columns: clauses
            .iter()
            .map(|clause| (clause.held.clause.as_str(), links.to(&clause.reference).unwrap_or_default()))
            .collect(),
        rows: effective.controls.iter().map(row).collect(),
    }
}
