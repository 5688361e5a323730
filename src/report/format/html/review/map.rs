//! Which clause moved which setting, and which way: settings by clauses, one table for each organisation.

use super::card::Way;
use crate::compare::Direction;
use crate::gather::{Arrange, Gather};
use crate::review::{Change, Review, Subject};
use crate::setting::{Address, ClauseRef, Family, Leaf};
use std::collections::{BTreeMap, BTreeSet};

/// Cells of a table that a person can still find their way in, and a browser too.
const MOST: usize = 40_000;

/// One organisation's table.
pub(super) struct Map {
    pub(super) organisation: String,
    /// The policies that the columns belong to, and how many each has.
    pub(super) policies: Vec<(String, usize)>,
    /// Clauses, without their policy.
    pub(super) columns: Vec<String>,
    /// Settings by what carries them. Empty where the table would be too large.
    pub(super) carriers: Vec<Carrier>,
    /// How many settings moved.
    pub(super) settings: usize,
    /// Whether a setting moved that no clause asks for.
    pub(super) orphans: bool,
    /// Clauses of changes that move no setting, with the change.
    pub(super) without: Vec<(String, usize)>,
}

/// Settings of one payload, declaration, command or branch of nodes.
pub(super) struct Carrier {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) name: String,
    /// The change that it belongs to, the one that needs a reviewer most.
    pub(super) change: usize,
    pub(super) groups: String,
    pub(super) cells: Vec<Option<Way>>,
    /// Whether no clause asks for it.
    pub(super) orphan: Option<Way>,
}

impl Map {
    /// Columns in all.
    pub(super) fn width(&self) -> usize {
        1 + self.columns.len() + usize::from(self.orphans)
    }
}

/// What is known of one setting across an organisation's groups.
struct Seen<'a> {
    change: usize,
    groups: BTreeSet<&'a str>,
    clauses: BTreeMap<&'a ClauseRef, Direction>,
    direction: Direction,
}

/// The tables of all organisations in which a setting moved or a clause changed.
pub(super) fn maps(review: &Review) -> Vec<Map> {
    let mut organisations: Vec<&str> = Vec::new();
    for change in &review.changes {
        if !organisations.contains(&change.organisation.as_str()) {
            organisations.push(&change.organisation);
        }
    }
    let of = |organisation: &str| {
        let own = review.changes.iter().enumerate().filter(|(_, change)| change.organisation == organisation);
        map(organisation, &own.collect::<Vec<_>>())
    };
    organisations.into_iter().map(of).filter(|map| map.settings > 0 || !map.without.is_empty()).collect()
}

fn map(organisation: &str, changes: &[(usize, &Change)]) -> Map {
    let mut seen: BTreeMap<&Address, Seen<'_>> = BTreeMap::new();
    for (n, change) in changes {
        for moved in &change.settings {
            see(&mut seen, &moved.address, (*n, change), &moved.clauses, moved.judgement.direction);
        }
        if let (Subject::Setting(address), true) = (&change.subject, change.settings.is_empty()) {
            see(&mut seen, address, (*n, change), &change.clauses, change.direction());
        }
    }
    let asked: BTreeSet<&ClauseRef> = seen.values().flat_map(|seen| seen.clauses.keys().copied()).gather();
    let mut clauses: Vec<&ClauseRef> = asked.iter().copied().collect();
    clauses.arrange_by_key(|clause| (clause.policy.clone(), natural(&clause.clause)));
    let mut policies: Vec<(String, usize)> = Vec::new();
    for clause in &clauses {
        match policies.last_mut() {
            Some((policy, count)) if *policy == clause.policy => *count += 1,
            _ => policies.push((clause.policy.clone(), 1)),
        }
    }
    Map {
        organisation: organisation.to_owned(),
        policies,
        columns: clauses.iter().map(|clause| clause.clause.clone()).collect(),
        settings: seen.len(),
        orphans: seen.values().any(|seen| seen.clauses.is_empty()),
        carriers: if seen.len().saturating_mul(clauses.len()) > MOST { Vec::new() } else { carriers(&seen, &clauses) },
        without: without(changes, &asked),
    }
}

fn see<'a>(
    all: &mut BTreeMap<&'a Address, Seen<'a>>,
    address: &'a Address,
    (n, change): (usize, &'a Change),
    clauses: &'a [ClauseRef],
    direction: Direction,
) {
    let seen = all.entry(address).or_insert_with(|| Seen {
        change: n + 1,
        groups: BTreeSet::new(),
        clauses: BTreeMap::new(),
        direction,
    });
    // The direction that needs a reviewer most is the least one, and the row leads there.
    if direction < seen.direction {
        (seen.direction, seen.change) = (direction, n + 1);
    }
    seen.groups.extend(change.group.as_deref());
    for clause in clauses {
        let cell = seen.clauses.entry(clause).or_insert(direction);
        *cell = direction.min(*cell);
    }
}

fn carriers(seen: &BTreeMap<&Address, Seen<'_>>, clauses: &[&ClauseRef]) -> Vec<Carrier> {
    let mut carriers: Vec<Carrier> = Vec::new();
    for (address, seen) in seen {
        let (carrier, name) = split(address);
        let row = Row {
            name,
            change: seen.change,
            groups: seen.groups.iter().copied().collect::<Vec<_>>().join(", "),
            cells: clauses.iter().map(|clause| seen.clauses.get(clause).copied().map(Way::of)).collect(),
            orphan: seen.clauses.is_empty().then(|| Way::of(seen.direction)),
        };
        match carriers.last_mut() {
            Some(last) if last.name == carrier => last.rows.push(row),
            _ => carriers.push(Carrier { name: carrier, rows: vec![row] }),
        }
    }
    carriers
}

/// An address as what carries it and what of that it is: a payload and its key, a branch of nodes and its node.
pub(in super::super) fn split(address: &Address) -> (String, String) {
    let whole = address.to_string();
    let cut = match &address.leaf {
        Leaf::Keys(_) | Leaf::AdmxElement(_) => whole.split_once(" · "),
        Leaf::Node | Leaf::AdmxState if address.family == Family::Csp => whole.rsplit_once('/'),
        _ => None,
    };
    match cut {
        Some((carrier, leaf)) => (carrier.to_owned(), leaf.to_owned()),
        None => (whole.clone(), whole),
    }
}

/// Clauses that change, or whose demands do, without a setting that moves.
fn without(changes: &[(usize, &Change)], asked: &BTreeSet<&ClauseRef>) -> Vec<(String, usize)> {
    let mut found: BTreeMap<&ClauseRef, usize> = BTreeMap::new();
    for (n, change) in changes {
        for clause in super::card::clauses(change).filter(|clause| !asked.contains(clause)) {
            found.entry(clause).or_insert(n + 1);
        }
    }
    let mut found: Vec<(String, usize)> = found.into_iter().map(|(clause, n)| (clause.to_string(), n)).collect();
    found.arrange_by_key(|(clause, _)| natural(clause));
    found
}

/// Numbers in a text count as numbers: `2.2` stands before `2.10`.
pub(in super::super) fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts = vec![(0_u64, String::new())];
    let mut digits = false;
    for c in text.chars() {
        if c.is_ascii_digit() != digits {
            digits = !digits;
            if digits {
                parts.push((0, String::new()));
            }
        }
        let last = parts.last_mut().expect("internal: there is a part from the start");
        match c.to_digit(10).filter(|_| digits) {
            Some(digit) => last.0 = last.0.saturating_mul(10).saturating_add(u64::from(digit)),
            None => last.1.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let mut clauses = ["2.10", "2.2", "2.2.a", "10.1", "annex", "1"];
        clauses.sort_by_cached_key(|clause| natural(clause));
        assert_eq!(clauses, ["1", "2.2", "2.2.a", "2.10", "10.1", "annex"]);
    }
}
