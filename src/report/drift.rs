//! A difference from what is approved, as an entry: the settings first, each with who asked for it, then the lines.

use super::model::{Change, Entry};
use super::reason::Reason;
use crate::diagnostic::render::{LabelText, Lines, PlaceText};
use crate::digest::sha256;
use crate::drift::{self, Difference, Kind};
use crate::gather::Gather;
use std::collections::BTreeSet;

/// Places that an entry names at most, and addresses named as inside its file.
const MOST: usize = 20;
/// Hexadecimal digits of an id.
const ID: usize = 16;

/// The difference as an entry.
pub fn entry(difference: &Difference, lines: &Lines<'_>) -> Entry {
    let settings = difference.changes.iter().map(|change| setting(change, lines));
    let identities = difference.identities.iter().map(|(key, before, after)| Change {
        kind: "identity",
        subject: key.clone(),
        before: before.clone(),
        after: after.clone(),
        direction: None,
        because: Vec::new(),
        notes: Vec::new(),
    });
    let changes: Vec<Change> = settings.chain(identities).collect();
    let residue = difference.residue.iter().map(|(place, what)| format!("approved, and no setting: {place}: {what}"));
    let clauses: BTreeSet<String> = asked(difference).map(|(clause, _)| clause).gather();
    Entry {
        id: id(difference, &changes),
        code: difference.kind.code().name(),
        severity: difference.kind.code().severity(),
        kind: difference.kind.word(),
        direction: None,
        message: difference.message(),
        subject: difference.path.clone(),
        groups: group(&difference.path).into_iter().collect(),
        places: places(difference, lines),
        changes,
        body: residue.collect(),
        clauses: clauses.into_iter().collect(),
        impacts: Vec::new(),
        lines: match difference.kind {
            Kind::Missing | Kind::Unexpected(_) => drift::Lines::None,
            _ => difference.lines.clone(),
        },
        help: vec![format!("if this is intended, `policyc accept {}`", difference.path)],
    }
}

fn setting(change: &drift::Change, lines: &Lines<'_>) -> Change {
    let mut notes = Vec::new();
    match change.dropped {
        Some(code) => notes.push(format!("left out: {code} (`policyc explain {code}`)")),
        None if change.after.is_none() => notes.push("nothing asks for it".to_owned()),
        None => {}
    }
    notes.extend(change.exceptions.iter().map(|(id, clauses)| {
        let clauses: Vec<String> = clauses.iter().map(ToString::to_string).collect();
        format!("exception {id} is in force here, on {}", clauses.join(", "))
    }));
    Change {
        kind: "setting",
        subject: change.address.to_string(),
        before: change.before.clone(),
        after: change.after.clone(),
        direction: None,
        because: change.origins.iter().map(|origin| Reason::of(origin, lines)).collect(),
        notes,
    }
}

/// The clauses that ask for what differs, those first that decided; with their places.
fn asked(difference: &Difference) -> impl Iterator<Item = (String, crate::source::Span)> {
    let origins = || difference.changes.iter().flat_map(|change| &change.origins);
    let decided = origins().flat_map(|origin| &origin.clauses[..origin.deciding.min(origin.clauses.len())]);
    let others = origins().flat_map(|origin| &origin.clauses[origin.deciding.min(origin.clauses.len())..]);
    decided.chain(others).map(|(clause, span)| (clause.to_string(), *span))
}

/// The lines that ask, then the approved file.
fn places(difference: &Difference, lines: &Lines<'_>) -> Vec<LabelText> {
    let mut places: Vec<LabelText> = Vec::new();
    for (clause, span) in asked(difference) {
        let place = lines.place(span);
        if place.path.is_some() && places.len() < MOST && places.iter().all(|known| known.place != place) {
            places.push(LabelText { place, text: clause });
        }
    }
    let inside = difference.changes.iter().take(MOST).map(|change| change.address.to_string()).collect::<Vec<_>>();
    let path = format!("golden/{}", difference.path);
    let place = PlaceText { path: Some(path), inside: Some(inside.join(", ")), ..PlaceText::default() };
    places.push(LabelText { place, text: String::new() });
    places
}

/// `organisation/group`, where the path has both.
fn group(path: &str) -> Option<String> {
    let mut parts = path.splitn(3, '/');
    let (organisation, group) = (parts.next()?, parts.next()?);
    parts.next().map(|_| format!("{organisation}/{group}"))
}

/// What makes it this difference and no other: the file, the kind, each value.
fn id(difference: &Difference, changes: &[Change]) -> String {
    let mut parts = vec![difference.path.clone(), difference.kind.word().to_owned()];
    for change in changes {
        parts.extend([change.kind.to_owned(), change.subject.clone(), change.values()]);
    }
    parts.extend(difference.residue.iter().flat_map(|(place, what)| [place.clone(), what.clone()]));
    let mut id = sha256(parts.join("\u{0}").as_bytes());
    id.truncate(ID);
    id
}
