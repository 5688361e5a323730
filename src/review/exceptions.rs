//! Exceptions that appeared, went, lapsed or changed. One more, one for more groups or one that lasts longer is weaker.

use super::group::Organisations;
use super::paired::{Items, paired};
use super::texts::{audience, differing, field, neutral};
use super::written::{Field, Key, What};
use super::{Draft, Kind, Subject};
use crate::compare::{Direction, Judgement};
use crate::policy::{Exception, ExceptionState};

pub(super) fn between(all: Organisations<'_>, items: &Items, drafts: &mut Vec<Draft>) {
    let pairs = paired(items, What::Exception, None);
    for (was, is) in &pairs.both {
        both(all, items, (was, is), drafts);
    }
    for key in &pairs.gone {
        alone(all, items, key, false, drafts);
    }
    for key in &pairs.new {
        alone(all, items, key, true, drafts);
    }
}

/// The exception as its side resolved it; `None` where a finding keeps it out.
fn resolved<'a>(all: &Organisations<'a>, id: &str, later: bool) -> Option<&'a Exception> {
    let side = if later { all.after } else { all.before };
    side?.policy?.exceptions.iter().find(|exception| *exception.id == *id)
}

fn alone(all: Organisations<'_>, items: &Items, key: &Key, later: bool, drafts: &mut Vec<Draft>) {
    let item = if later { &items.after[key] } else { &items.before[key] };
    let mut draft =
        Draft::new(Kind::Behaviour, Subject::Exception(key.2.clone(), None), if later { "added" } else { "removed" });
    let state = resolved(&all, &key.2, later).map(|exception| exception.state);
    let text = |name: &str| item.fields.get(name).map_or("", |field| field.text.as_str());
    let said = format!("for {}: {}", text("groups"), text("reason"));
    *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(said);
    let lifts = text("relax") != "none" && !matches!(state, Some(ExceptionState::Template | ExceptionState::Recorded));
    draft.change.judgement = match (lifts, later) {
        (true, true) => judged(Direction::Weaker, "a step down from what the group would have"),
        (true, false) => judged(Direction::Stronger, "a step down that is taken no more"),
        (false, _) => neutral("it lifts nothing"),
    };
    if let Some(exception) = resolved(&all, &key.2, later) {
        draft.change.clauses = exception.clauses.iter().map(|clause| clause.value.clone()).collect();
    }
    draft.change.exceptions = vec![key.2.clone()];
    let side = if later { all.sides.1 } else { all.sides.0 };
    draft.change.place = side.place(item.span, later);
    drafts.push(draft);
}

fn both(all: Organisations<'_>, items: &Items, (was, is): (&Key, &Key), drafts: &mut Vec<Draft>) {
    let (before, after) = (&items.before[was], &items.after[is]);
    let mut found = Vec::new();
    if was.2 != is.2 {
        let mut draft = Draft::new(Kind::Cosmetic, Subject::Exception(is.2.clone(), None), "renamed");
        (draft.change.before, draft.change.after) = (Some(was.2.clone()), Some(is.2.clone()));
        draft.change.judgement = neutral("a name asks for nothing");
        found.push(draft);
    }
    let (then, now) = (resolved(&all, &was.2, false), resolved(&all, &is.2, true));
    for (path, old, new) in differing(before, after) {
        let subject = Subject::Exception(is.2.clone(), Some(path.clone()));
        let words = matches!(path.as_str(), "reason" | "endorsed-by");
        let kind = if words { Kind::Cosmetic } else { Kind::Behaviour };
        let judgement =
            if words { neutral("words about the exception") } else { judge(&path, (old, new), (then, now)) };
        found.push(field(all, (kind, subject), (old, new), judgement, after));
    }
    if found.is_empty()
        && let (Some(then), Some(now)) = (then, now)
        && then.state != now.state
    {
        let mut draft = Draft::new(Kind::Behaviour, Subject::Exception(is.2.clone(), None), stage(now.state));
        (draft.change.before, draft.change.after) = (Some(word(then.state)), Some(word(now.state)));
        draft.change.judgement = match (in_force(then.state), in_force(now.state)) {
            (false, true) => judged(Direction::Weaker, "it takes its step down from now on"),
            (true, false) => judged(Direction::Stronger, "its step down is over"),
            _ => neutral("it lifts nothing on either side"),
        };
        draft.change.place = all.sides.1.place(now.span, true);
        found.push(draft);
    }
    for draft in &mut found {
        draft.change.exceptions = vec![is.2.clone()];
        let clauses = now.or(then).map(|exception| exception.clauses.as_slice()).unwrap_or_default();
        draft.change.clauses = clauses.iter().map(|clause| clause.value.clone()).collect();
    }
    drafts.extend(found);
}

fn in_force(state: ExceptionState) -> bool {
    state == ExceptionState::InForce
}

fn stage(state: ExceptionState) -> &'static str {
    match state {
        ExceptionState::InForce => "began",
        ExceptionState::Lapsed => "lapsed",
        _ => "changed",
    }
}

fn word(state: ExceptionState) -> String {
    match state {
        ExceptionState::Waiting => "waiting for its first day",
        ExceptionState::InForce => "in force",
        ExceptionState::Lapsed => "lapsed",
        ExceptionState::Template => "a template",
        ExceptionState::Recorded => "on record",
    }
    .to_owned()
}

/// One field of an exception that both sides have. What it relaxes shows in the groups that it is in force for.
fn judge(
    path: &str,
    sides: (Option<&Field>, Option<&Field>),
    resolved: (Option<&Exception>, Option<&Exception>),
) -> Judgement {
    let idle = |exception: Option<&Exception>| {
        exception.is_some_and(|e| matches!(e.state, ExceptionState::Template | ExceptionState::Recorded))
    };
    if idle(resolved.0) && idle(resolved.1) {
        return neutral("it lifts nothing on either side");
    }
    let text = |field: Option<&Field>| field.map(|field| field.text.clone());
    let order = text(sides.1).cmp(&text(sides.0));
    match path.split('.').next().unwrap_or(path) {
        // Whom an exception reaches is bound less.
        "groups" | "clauses" => {
            let mut judgement = audience(sides);
            judgement.parts.iter_mut().for_each(|(_, direction)| *direction = direction.reversed());
            judgement.direction = Direction::of_parts(judgement.parts.iter().map(|(_, direction)| *direction));
            judgement.because = "whom and what it lifts".to_owned();
            judgement
        }
        // Days compare as text; without a last day it never ends.
        "expires" => match (sides.0, sides.1, order) {
            (Some(_), None, _) => judged(Direction::Weaker, "it never ends"),
            (None, Some(_), _) => judged(Direction::Stronger, "it ends"),
            (_, _, std::cmp::Ordering::Greater) => judged(Direction::Weaker, "it lasts longer"),
            _ => judged(Direction::Stronger, "it ends sooner"),
        },
        "from" if order.is_gt() => judged(Direction::Stronger, "it begins later"),
        "from" => judged(Direction::Weaker, "it begins sooner"),
        "template" => match (idle(resolved.0), idle(resolved.1)) {
            (true, false) => judged(Direction::Weaker, "it is in somebody's name now"),
            _ => judged(Direction::Stronger, "it waits for a person now"),
        },
        _ => neutral("what it relaxes is listed with the groups, while it is in force"),
    }
}

fn judged(direction: Direction, because: &str) -> Judgement {
    Judgement { direction, parts: Vec::new(), because: because.to_owned() }
}
