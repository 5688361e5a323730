//! What controls ask of one group, before and after: parameter by parameter, each with the direction that its control declares.

use super::pair::{Name, Pairs, by_name};
use super::side::{GroupSide, Side};
use super::{Place, Subject};
use crate::compare::{Direction, Judgement};
use crate::control::{Bound, BoundParameter, Given, Order, Parameter};
use crate::gather::Gather;
use crate::setting::{ClauseRef, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// One difference in what is asked.
pub(super) struct Ask {
    pub(super) subject: Subject,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// `None` for a control that comes or goes and whose parameters have no order: its settings say which way.
    pub(super) judgement: Option<Judgement>,
    pub(super) clauses: Vec<ClauseRef>,
    pub(super) exceptions: Vec<String>,
    pub(super) place: Option<Place>,
}

/// Everything that differs, and how instances are called now that were called otherwise.
pub(super) struct Asked {
    pub(super) asks: Vec<Ask>,
    pub(super) renamed: BTreeMap<String, String>,
    /// Clause, control and parameter of every ask that one of these differences comes from.
    pub(super) explained: BTreeSet<(ClauseRef, String, String)>,
}

/// Compares what two compiles ask of one group.
pub(super) fn between(sides: (&Side<'_>, &Side<'_>), before: &GroupSide<'_>, after: &GroupSide<'_>) -> Asked {
    let (earlier, later) = (bounds(before), bounds(after));
    let mut asked = Asked { asks: Vec::new(), renamed: BTreeMap::new(), explained: BTreeSet::new() };
    let pairs = paired(earlier, later);
    for (b, a) in pairs.both {
        let (old, new) = (&earlier[b], &later[a]);
        // Addresses have the name that identities derive from: one that `formerly` keeps is the same on both sides.
        if let (Some(was), Some(is)) = (old.known_as(), new.known_as())
            && was != is
        {
            asked.renamed.insert(was.to_owned(), is.to_owned());
        }
        parameters(sides, old, new, &mut asked);
    }
    for bound in pairs.gone.iter().map(|n| &earlier[*n]) {
        whole(sides.0, bound, false, &mut asked);
    }
    for bound in pairs.new.iter().map(|n| &later[*n]) {
        whole(sides.1, bound, true, &mut asked);
    }
    asked
}

fn bounds<'a>(group: &GroupSide<'a>) -> &'a [Bound] {
    group.policy.map_or(&[], |group| &group.controls)
}

fn paired(before: &[Bound], after: &[Bound]) -> Pairs {
    let names = |side: &[Bound]| -> Vec<(String, Option<String>)> {
        let name = |control: &str, instance: Option<&str>| format!("{control} {}", instance.unwrap_or_default());
        let id = |bound: &Bound| name(&bound.control.id.value, bound.instance.as_deref());
        let known_as = |bound: &Bound| {
            let control = bound.control.formerly.as_ref().unwrap_or(&bound.control.id);
            name(&control.value, bound.known_as())
        };
        side.iter().map(|bound| (id(bound), Some(known_as(bound)).filter(|former| *former != id(bound)))).collect()
    };
    let (earlier, later) = (names(before), names(after));
    by_name(&as_names(&earlier), &as_names(&later))
}

fn as_names(side: &[(String, Option<String>)]) -> Vec<Name<'_>> {
    side.iter().map(|(id, formerly)| Name { id, formerly: formerly.as_deref() }).collect()
}

fn parameters(sides: (&Side<'_>, &Side<'_>), old: &Bound, new: &Bound, asked: &mut Asked) {
    let names: BTreeSet<&String> = old.parameters.keys().chain(new.parameters.keys()).gather();
    for name in names {
        let (was, is) = (old.parameters.get(name), new.parameters.get(name));
        let value = |bound: Option<&BoundParameter>| bound.and_then(|bound| bound.value.clone());
        if value(was) == value(is) {
            continue;
        }
        let declared = |bound: &Bound| bound.control.parameters.iter().find(|p| p.name.value == *name).cloned();
        let judgement = judge(declared(old).as_ref(), declared(new).as_ref(), &value(was), &value(is));
        let (place, later) = match is {
            Some(is) if is.span.is_somewhere() => (sides.1.place(is.span, true), true),
            _ => (was.and_then(|was| sides.0.place(was.span, false)), false),
        };
        let place = place.or_else(|| {
            let (side, bound) = if later { (sides.0, old) } else { (sides.1, new) };
            bound.clauses.first().and_then(|(_, span)| side.place(*span, !later))
        });
        let contributions = || [is, was].into_iter().flatten().flat_map(|bound| &bound.contributions);
        let mut seen = BTreeSet::new();
        let deciding = contributions().filter(|c| c.decided).map(|c| c.clause.clone());
        let mut clauses: Vec<ClauseRef> = deciding.filter(|clause| seen.insert(clause.clone())).collect();
        if clauses.is_empty() {
            clauses = new.clauses.iter().chain(&old.clauses).map(|(clause, _)| clause.clone()).collect();
            clauses.dedup();
        }
        let control = new.control.id.value.clone();
        asked.explained.extend(contributions().map(|c| (c.clause.clone(), control.clone(), name.clone())));
        // A clause that gave the value and gives none now contributes to one side alone.
        let both = old.clauses.iter().chain(&new.clauses);
        asked.explained.extend(both.map(|(clause, _)| (clause.clone(), control.clone(), name.clone())));
        let unit = declared(new).and_then(|parameter| parameter.unit);
        asked.asks.push(Ask {
            subject: Subject::Control { control, instance: new.instance.clone(), parameter: Some(name.clone()) },
            before: was.map(|was| shown(&was.value, unit.as_deref())),
            after: is.map(|is| shown(&is.value, unit.as_deref())),
            judgement: Some(judgement),
            clauses,
            exceptions: exceptions([was, is].into_iter().flatten()),
            place,
        });
    }
}

/// A control that comes or goes: what it asks beyond its weakest values says which way.
fn whole(side: &Side<'_>, bound: &Bound, later: bool, asked: &mut Asked) {
    let parts: Vec<(String, Direction)> = bound
        .control
        .parameters
        .iter()
        .filter_map(|parameter| {
            let value = &bound.parameters.get(&parameter.name.value)?.value;
            let stricter = parameter.compare(value, &parameter.weakest()?)?;
            let direction = match stricter {
                Ordering::Greater if later => Direction::Stronger,
                Ordering::Greater => Direction::Weaker,
                _ => return None,
            };
            Some((format!("{} {}", parameter.name.value, shown(value, parameter.unit.as_deref())), direction))
        })
        .collect();
    let verb = if later { "asked for" } else { "asked for no more" };
    let judgement = (!parts.is_empty()).then(|| Judgement {
        direction: Direction::of_parts(parts.iter().map(|(_, direction)| *direction)),
        because: format!("values beyond the control's weakest are {verb}"),
        parts: Vec::new(),
    });
    let control = bound.control.id.value.clone();
    for (clause, _) in &bound.clauses {
        let names = bound.control.parameters.iter().map(|parameter| parameter.name.value.clone());
        asked.explained.extend(names.map(|name| (clause.clone(), control.clone(), name)));
        asked.explained.insert((clause.clone(), control.clone(), String::new()));
    }
    let text = said(bound);
    let place = bound.clauses.first().and_then(|(_, span)| side.place(*span, later));
    asked.asks.push(Ask {
        subject: Subject::Control { control, instance: bound.instance.clone(), parameter: None },
        before: (!later).then(|| text.clone()),
        after: later.then_some(text),
        judgement,
        clauses: bound.clauses.iter().map(|(clause, _)| clause.clone()).collect(),
        exceptions: exceptions(bound.parameters.values()),
        place,
    });
}

/// What a control asks, on one line: the parameters that somebody gave, or that it is asked for at all.
fn said(bound: &Bound) -> String {
    let given = bound.control.parameters.iter().filter_map(|parameter| {
        let value = bound.parameters.get(&parameter.name.value)?;
        let unit = parameter.unit.as_deref();
        (!value.contributions.is_empty()).then(|| format!("{}: {}", parameter.name.value, shown(&value.value, unit)))
    });
    let given: Vec<String> = given.collect();
    if given.is_empty() { "with its defaults".to_owned() } else { given.join(", ") }
}

/// Which way a parameter goes. Where the two sides declare different orders, nobody says.
pub(super) fn judge(old: Option<&Parameter>, new: Option<&Parameter>, was: &Given, is: &Given) -> Judgement {
    let by = |parameter: &Parameter| direction(parameter, was, is);
    let blank = |direction, because: &str| Judgement { direction, parts: Vec::new(), because: because.to_owned() };
    match (old.map(by), new.map(by)) {
        (Some(old), Some(new)) if old.direction != new.direction => {
            blank(Direction::Unknown, "the control itself says something else of its order now")
        }
        (_, Some(one)) | (Some(one), None) => one,
        (None, None) => blank(Direction::Unknown, "the control has no such parameter"),
    }
}

fn direction(parameter: &Parameter, was: &Given, is: &Given) -> Judgement {
    let name = &parameter.name.value;
    if parameter.order == Order::Equal {
        let because = match &parameter.reason {
            Some(reason) => format!("neither side of `{name}` is stricter: {reason}"),
            None => format!("neither side of `{name}` is stricter"),
        };
        return Judgement { direction: Direction::Neutral, parts: Vec::new(), because };
    }
    let because = format!("the order of `{name}` in its control");
    let parts = match (was, is, &parameter.order) {
        (Some(Value::Array(was)), Some(Value::Array(is)), Order::Larger | Order::Smaller) => {
            let (was, is): (BTreeSet<&Value>, BTreeSet<&Value>) =
                (was.iter().map(|x| &x.value).gather(), is.iter().map(|x| &x.value).gather());
            let gained = if parameter.order == Order::Larger { Direction::Stronger } else { Direction::Weaker };
            let gains = is.difference(&was).map(|value| (format!("gains {value}"), gained));
            let losses = was.difference(&is).map(|value| (format!("loses {value}"), gained.reversed()));
            gains.chain(losses).collect()
        }
        _ => match parameter.compare(is, was) {
            Some(Ordering::Greater) => return Judgement { direction: Direction::Stronger, parts: Vec::new(), because },
            Some(Ordering::Less) => return Judgement { direction: Direction::Weaker, parts: Vec::new(), because },
            Some(Ordering::Equal) => return Judgement { direction: Direction::Neutral, parts: Vec::new(), because },
            // Two words of different chains: what the one asked is asked no more, and the other asks something else.
            None => vec![
                (format!("no longer {}", shown(was, None)), Direction::Weaker),
                (format!("now {}", shown(is, None)), Direction::Stronger),
            ],
        },
    };
    Judgement { direction: Direction::of_parts(parts.iter().map(|(_, direction)| *direction)), parts, because }
}

/// A parameter's value for people.
pub(super) fn shown(value: &Given, unit: Option<&str>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| shown(&Some(item.value.clone()), None)).collect();
            format!("[{}]", items.join(", "))
        }
        Some(value) => value.to_string(),
    };
    match (value, unit) {
        (Some(Value::Integer(_)), Some(unit)) => format!("{text} {unit}"),
        _ => text,
    }
}

fn exceptions<'a>(bound: impl Iterator<Item = &'a BoundParameter>) -> Vec<String> {
    let ids: BTreeSet<&String> = bound.flat_map(|bound| bound.exceptions.iter().map(|(id, _)| id)).gather();
    ids.into_iter().cloned().collect()
}
