//! One change as a card.

use super::super::side::{Piece, by_word};
use super::Lists;
use crate::compare::{Direction, Judgement};
use crate::gather::Gather;
use crate::review::{Approval, Change, Moved, Review, Subject};
use crate::setting::ClauseRef;
use std::collections::BTreeSet;

/// Values of so many characters stand on one line, before and after.
const SHORT: usize = 48;

/// A direction as it is shown: a word, and a sign beside it, so that nobody needs the colour.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) word: &'static str,
    pub(super) sign: &'static str,
}

impl Way {
    pub(super) fn of(direction: Direction) -> Way {
        let sign = match direction {
            Direction::Weaker => "▼",
            Direction::Unknown => "?",
            Direction::Stronger => "▲",
            Direction::Neutral => "=",
        };
        Way { word: direction.word(), sign }
    }
}

pub(super) struct Card<'a> {
    /// From 1: what links on the page go to.
    pub(super) number: usize,
    pub(super) change: &'a Change,
    pub(super) way: Way,
    pub(super) parts: Vec<(&'a str, Way)>,
    /// What sort of thing has changed, and its name.
    pub(super) sort: &'static str,
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) clauses: Vec<String>,
    pub(super) settings: Vec<MovedView<'a>>,
    pub(super) place: Option<String>,
    pub(super) approval: Option<&'a Approval>,
    /// What its settings alone do to devices, and which of them.
    pub(super) impacts: Vec<(&'a str, String)>,
    /// What the filters look at: places in their lists.
    pub(super) organisation: usize,
    pub(super) group: Option<usize>,
    pub(super) listed: String,
}

/// Before and after.
pub(super) enum Value {
    /// Neither side has one.
    Nothing,
    /// Both fit on a line.
    Short(Option<String>, Option<String>),
    /// They stand beside each other.
    Long(Option<Vec<Piece>>, Option<Vec<Piece>>),
}

/// A setting that moves.
pub(super) struct MovedView<'a> {
    pub(super) address: String,
    pub(super) moved: &'a Moved,
    pub(super) way: Way,
    pub(super) parts: Vec<(&'a str, Way)>,
    /// Where the file is another one.
    pub(super) elsewhere: bool,
}

impl<'a> Card<'a> {
    pub(super) fn of(number: usize, change: &'a Change, review: &'a Review, lists: &Lists) -> Card<'a> {
        let own: BTreeSet<String> = clauses(change).map(ToString::to_string).gather();
        let listed: Vec<String> = lists
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, clause)| own.contains(*clause))
            .map(|(n, _)| n.to_string())
            .collect();
        let (sort, name) = subject(change);
        Card {
            number,
            change,
            way: Way::of(change.direction()),
            parts: parts(&change.judgement),
            sort,
            name,
            value: Value::of(change.before.as_deref(), change.after.as_deref()),
            clauses: behind(change),
            settings: change.settings.iter().map(MovedView::of).collect(),
            place: change.place.as_ref().map(|place| {
                let side = if place.later { "" } else { " (before)" };
                format!("{}:{}:{}{side}", place.path, place.line, place.column)
            }),
            approval: review.approved.get(&change.id),
            impacts: impacts(change),
            organisation: lists.organisation(&change.organisation),
            group: change.group.as_ref().and_then(|group| lists.group(&change.organisation, group)),
            listed: listed.join(" "),
        }
    }
}

impl<'a> MovedView<'a> {
    fn of(moved: &'a Moved) -> MovedView<'a> {
        MovedView {
            address: moved.address.to_string(),
            moved,
            way: Way::of(moved.judgement.direction),
            parts: parts(&moved.judgement),
            elsewhere: matches!((&moved.file_before, &moved.file_after), (Some(before), Some(after)) if before != after),
        }
    }
}

impl Value {
    fn of(before: Option<&str>, after: Option<&str>) -> Value {
        let is_short =
            |text: Option<&str>| text.is_none_or(|text| text.chars().count() <= SHORT && !text.contains('\n'));
        match (before, after) {
            (None, None) => Value::Nothing,
            _ if is_short(before) && is_short(after) => {
                Value::Short(before.map(str::to_owned), after.map(str::to_owned))
            }
            (Some(before), Some(after)) => {
                let (before, after) = by_word(before, after);
                Value::Long(Some(before), Some(after))
            }
            _ => {
                let whole = |text: &str| vec![Piece { differs: false, text: text.to_owned() }];
                Value::Long(before.map(whole), after.map(whole))
            }
        }
    }
}

/// Impacts of settings that the change as a whole has not taken up.
fn impacts(change: &Change) -> Vec<(&str, String)> {
    let all = change.settings.iter().flat_map(|moved| moved.impacts.iter().map(move |impact| (impact, &moved.address)));
    let own = all.filter(|(impact, _)| !change.impacts.contains(impact));
    own.map(|(impact, address)| (impact.as_str(), address.to_string())).collect()
}

fn parts(judgement: &Judgement) -> Vec<(&str, Way)> {
    judgement.parts.iter().map(|(what, direction)| (what.as_str(), Way::of(*direction))).collect()
}

/// Every clause that has to do with a change: those that ask for it or its settings, and the one that it is a change of.
pub(super) fn clauses(change: &Change) -> impl Iterator<Item = &ClauseRef> {
    let itself = match &change.subject {
        Subject::Clause(clause, _) => Some(clause),
        _ => None,
    };
    change.clauses.iter().chain(change.settings.iter().flat_map(|moved| &moved.clauses)).chain(itself)
}

/// The clauses that ask, but for the one that the change is of.
fn behind(change: &Change) -> Vec<String> {
    let itself = |clause: &&ClauseRef| matches!(&change.subject, Subject::Clause(own, _) if own == *clause);
    change.clauses.iter().filter(|clause| !itself(clause)).map(ToString::to_string).collect()
}

/// What sort of thing a change is of, and its name.
fn subject(change: &Change) -> (&'static str, String) {
    let field = |name: &str, field: &Option<String>| match field {
        Some(field) => format!("{name} · {field}"),
        None => name.to_owned(),
    };
    match &change.subject {
        Subject::Organisation(field) => ("organisation", field.clone()),
        Subject::Group(Some(fact)) => ("fact of the group", fact.clone()),
        Subject::Group(None) => ("group", change.group.clone().unwrap_or_default()),
        Subject::Control { control, instance, parameter } => {
            let control = instance.as_ref().map_or_else(|| control.clone(), |name| format!("{control} [{name}]"));
            (if parameter.is_some() { "parameter" } else { "control" }, field(&control, parameter))
        }
        Subject::Setting(address) => ("setting", address.to_string()),
        Subject::Policy(id, of) => ("written policy", field(id, of)),
        Subject::Clause(clause, of) => ("clause", field(&clause.to_string(), of)),
        Subject::Exception(id, of) => ("exception", field(id, of)),
        Subject::File(path) => ("file", path.clone()),
        Subject::Source(path) => ("source", path.clone()),
    }
}
