//! What a pipeline stops at, and what people have approved.

use super::{Change, Kind, Review};
use crate::compare::Direction;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Arrange;
use crate::source::fields::{self, Fields};
use crate::source::{FileId, Sources, Spanned, yaml};
use std::collections::BTreeMap;

/// What a pipeline stops at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Anything that goes weaker, in a part too.
    Weaker,
    /// Anything that devices take for another thing.
    Identity,
    /// Anything but names, words and order.
    Behaviour,
    /// Anything.
    Any,
    /// Anything of which nobody has decided which way it goes.
    Unknown,
}

impl FailOn {
    /// Every one of them and its word.
    pub const WORDS: [(FailOn, &'static str); 5] = [
        (FailOn::Weaker, "weaker"),
        (FailOn::Identity, "identity"),
        (FailOn::Behaviour, "behaviour"),
        (FailOn::Any, "any"),
        (FailOn::Unknown, "unknown"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        FailOn::WORDS.iter().find(|(own, _)| *own == self).map_or("", |(_, word)| word)
    }

    /// Whether a change is such.
    pub fn holds(self, change: &Change) -> bool {
        match self {
            FailOn::Weaker => goes(change, Direction::Weaker),
            FailOn::Unknown => goes(change, Direction::Unknown),
            FailOn::Identity => change.kind == Kind::Identity,
            FailOn::Behaviour => change.kind == Kind::Behaviour,
            FailOn::Any => true,
        }
    }
}

/// Whether a change, a part of it or a setting that moves with it goes that way.
fn goes(change: &Change, direction: Direction) -> bool {
    let settings = change.settings.iter().map(|moved| &moved.judgement);
    [&change.judgement]
        .into_iter()
        .chain(settings)
        .any(|judgement| judgement.direction == direction || judgement.parts.iter().any(|(_, part)| *part == direction))
}

/// One change that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub date: String,
    /// Why.
    pub why: String,
}

/// Reads an approval file: `approved: [{ change: ID, by: WHO, date: DAY, why: REASON }]`.
pub fn approvals(sources: &Sources, found: &mut Diagnostics) -> BTreeMap<String, (Approval, Spanned<String>)> {
    let mut all = BTreeMap::new();
    for (file, _) in sources.files() {
        read(sources, file, &mut all, found);
    }
    all
}

fn read(
    sources: &Sources,
    file: FileId,
    all: &mut BTreeMap<String, (Approval, Spanned<String>)>,
    found: &mut Diagnostics,
) {
    let Some(root) = yaml::parse(sources, file, found) else { return };
    let Some(mut whole) = Fields::of(&root, "an approval file", found) else { return };
    let list = whole.need("approved", root.span, found);
    whole.finish(found);
    let Some(items) = list.and_then(|list| fields::items(list, "`approved`", found)) else { return };
    for item in items {
        let Some(mut own) = Fields::of(item, "an approval", found) else { continue };
        let mut text = |name: &'static str, found: &mut Diagnostics| {
            let node = own.need(name, item.span, found)?;
            fields::text(node, name, found)
        };
        let (change, by) = (text("change", found), text("by", found));
        let (date, why) = (text("date", found), text("why", found));
        own.finish(found);
        let (Some(change), Some(by), Some(date), Some(why)) = (change, by, date, why) else { continue };
        if crate::setting::Date::parse(&date.value).is_none() {
            found.push(
                Diagnostic::new(Code::InvalidValue, date.span, format!("`{}` is no day", date.value))
                    .help("write such as 2026-10-01"),
            );
        }
        let approval = Approval { by: by.value, date: date.value, why: why.value };
        if let Some((_, first)) = all.insert(change.value.clone(), (approval, change.clone())) {
            found.push(
                Diagnostic::new(Code::DuplicateName, change.span, format!("`{}` is approved twice", change.value))
                    .also(first.span, "here first")
                    .help("take one of the two out"),
            );
        }
    }
}

/// Marks what is approved, and finds what is approved and has not changed.
pub fn approve(review: &mut Review, approvals: BTreeMap<String, (Approval, Spanned<String>)>, found: &mut Diagnostics) {
    for (id, (approval, place)) in approvals {
        if review.changes.iter().any(|change| change.id == id) {
            review.approved.insert(id, approval);
        } else {
            found.push(
                Diagnostic::new(
                    Code::UnusedApproval,
                    place.span,
                    format!("`{id}` is approved, and no change between the two sides has this id"),
                )
                .help("take it out: a change that differs in anything has another id, and is to be approved anew"),
            );
        }
    }
}

/// The changes that a pipeline stops at, each with the reasons; what is approved is none of them.
pub fn stopping<'a>(review: &'a Review, fail_on: &[FailOn]) -> Vec<(&'a Change, Vec<FailOn>)> {
    let mut reasons = fail_on.to_vec();
    reasons.arrange();
    reasons.dedup();
    let open = review.changes.iter().filter(|change| !review.approved.contains_key(&change.id));
    open.map(|change| (change, reasons.iter().copied().filter(|reason| reason.holds(change)).collect::<Vec<_>>()))
        .filter(|(_, reasons)| !reasons.is_empty())
        .collect()
}
