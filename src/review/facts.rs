//! What a group is: the facts about its devices and who is in it. A new audience is behaviour, even where no setting moves.

use super::group::Organisations;
use super::side::GroupSide;
use super::{Draft, Kind, Subject};
use crate::compare::{Direction, Judgement};
use crate::gather::{Arrange, Gather};
use crate::policy::Group;
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;
use std::fmt::Display;

/// One fact: its name, its value, and where it is stated.
struct Fact {
    name: &'static str,
    value: String,
    place: Span,
}

/// The facts that differ.
pub(super) fn between(all: Organisations<'_>, before: &GroupSide<'_>, after: &GroupSide<'_>) -> Vec<Draft> {
    let (Some(was), Some(is)) = (before.policy, after.policy) else { return Vec::new() };
    let mut drafts = Vec::new();
    let mut changed = |name: &str, then: Option<String>, now: Option<String>, judgement: Judgement, place: Span| {
        let cosmetic = matches!(name, "title" | "assumed");
        let kind = if cosmetic { Kind::Cosmetic } else { Kind::Behaviour };
        let mut draft = Draft::new(kind, Subject::Group(Some(name.to_owned())), "changed");
        draft.change.group = Some(after.id.to_owned());
        (draft.change.before, draft.change.after) = (then, now);
        draft.change.judgement = judgement;
        draft.change.place = all.sides.1.place(place, true);
        drafts.push(draft);
    };
    for (then, now) in facts(was).into_iter().zip(facts(is)) {
        if then.value != now.value {
            let judgement = neutral("a fact about the devices, and nothing that is asked of them");
            changed(now.name, Some(then.value), Some(now.value), judgement, now.place);
        }
    }
    if let Some(judgement) = audience(was, is) {
        changed("assign", Some(assigned(was)), Some(assigned(is)), judgement, is.target.group.span);
    }
    drafts.extend(renamed(all, before, after));
    drafts
}

/// The group's name, where it has another one.
fn renamed(all: Organisations<'_>, before: &GroupSide<'_>, after: &GroupSide<'_>) -> Option<Draft> {
    let (was, is) = (before.policy?, after.policy?);
    if before.id == after.id {
        return None;
    }
    let kept = was.target.identity == is.target.identity;
    let kind = if kept { Kind::Cosmetic } else { Kind::Identity };
    let mut draft = Draft::new(kind, Subject::Group(None), "renamed");
    draft.change.group = Some(after.id.to_owned());
    (draft.change.before, draft.change.after) = (Some(before.id.to_owned()), Some(after.id.to_owned()));
    draft.change.judgement = neutral(if kept { "`formerly` keeps its identity" } else { "a name asks for nothing" });
    draft.change.cure = (!kept).then(|| {
        let former = &was.target.identity;
        format!("add `formerly: {former}` to the group `{}`: devices then keep what they have", after.id)
    });
    draft.change.place = all.sides.1.place(is.target.group.span, true);
    Some(draft)
}

fn neutral(because: &str) -> Judgement {
    Judgement { direction: Direction::Neutral, parts: Vec::new(), because: because.to_owned() }
}

/// Every fact, always in the same order.
fn facts(group: &Group) -> Vec<Fact> {
    let target = &group.target;
    let fact = |name, value: String, place: Span| Fact { name, value, place };
    let whole = target.group.span;
    let place = |spans: &mut dyn Iterator<Item = Span>| spans.next().unwrap_or(whole);
    let server = target.server.map(|server| server.name);
    vec![
        fact("title", target.title.clone(), whole),
        fact("unmanaged", group.unmanaged.as_ref().map_or("no".to_owned(), |why| format!("yes: {}", why.value)), whole),
        fact("part-of", group.part_of.as_ref().map_or_else(none, |parent| parent.value.clone()), whole),
        fact("platform", target.platform.to_text(), target.platform.span),
        fact("os", target.os.to_text(), target.os.span),
        fact("enrolment", target.enrolment.to_text(), target.enrolment.span),
        fact("supervised", target.supervised.to_text(), target.supervised.span),
        fact("deliver", words(&target.deliver, Order::Kept), place(&mut target.deliver.iter().map(|x| x.span))),
        fact("intune", target.intune.to_text(), target.intune.span),
        fact("compliance", target.compliance.to_string(), whole),
        fact("editions", words(&target.editions, Order::Sorted), place(&mut target.editions.iter().map(|x| x.span))),
        fact(
            "join",
            target.join.as_ref().map_or_else(none, Spanned::to_text),
            place(&mut target.join.iter().map(|x| x.span)),
        ),
        fact("has", target.has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "), whole),
        fact(
            "profile-url",
            target.profile_url.as_ref().map_or_else(none, Spanned::to_text),
            place(&mut target.profile_url.iter().map(|x| x.span)),
        ),
        fact("bundle", target.bundle.to_string(), whole),
        fact(
            "server",
            target.stated_server().map_or_else(none, str::to_owned),
            place(&mut server.iter().map(|x| x.span)),
        ),
        fact(
            "assumed",
            group.assumed.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "),
            whole,
        ),
    ]
}

fn none() -> String {
    "none".to_owned()
}

trait Text {
    fn to_text(&self) -> String;
}

impl<T: Display> Text for Spanned<T> {
    fn to_text(&self) -> String {
        self.value.to_string()
    }
}

#[derive(PartialEq)]
enum Order {
    Kept,
    Sorted,
}

fn words<T: Display>(list: &[Spanned<T>], order: Order) -> String {
    let mut words: Vec<String> = list.iter().map(Text::to_text).collect();
    if order == Order::Sorted {
        words.arrange();
    }
    if words.is_empty() { none() } else { words.join(", ") }
}

/// Who gets the group's artefacts: those who come in get its settings, those who go out lose them.
fn audience(was: &Group, is: &Group) -> Option<Judgement> {
    let members = |group: &Group| -> BTreeSet<(String, String)> {
        group
            .target
            .assign
            .iter()
            .flat_map(|(server, ids)| ids.iter().map(move |id| (server.clone(), id.clone())))
            .gather()
    };
    let (was, is) = (members(was), members(is));
    let excluded = |server: &str| server.contains("exclude");
    let part = |(server, id): &(String, String), comes: bool| {
        let reached = comes != excluded(server);
        let direction = if reached { Direction::Stronger } else { Direction::Weaker };
        (format!("{server} {} {id}", if comes { "gains" } else { "loses" }), direction)
    };
    let parts: Vec<(String, Direction)> =
        is.difference(&was).map(|one| part(one, true)).chain(was.difference(&is).map(|one| part(one, false))).collect();
    (!parts.is_empty()).then(|| Judgement {
        direction: Direction::of_parts(parts.iter().map(|(_, direction)| *direction)),
        parts,
        because: "who comes in gets the group's settings, and who goes out loses them".to_owned(),
    })
}

fn assigned(group: &Group) -> String {
    let one = |(server, ids): &(String, Vec<String>)| {
        let mut ids = ids.clone();
        ids.arrange();
        format!("{server}: {}", ids.join(", "))
    };
    if group.target.assign.is_empty() {
        none()
    } else {
        group.target.assign.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// A group on one line: what a reader has to know of one that comes or goes.
pub(super) fn line(group: &Group) -> String {
    let target = &group.target;
    match &group.unmanaged {
        Some(_) => format!("{}, unmanaged", target.title),
        None => format!("{}, {} {}", target.title, target.platform.value, target.os.value),
    }
}
