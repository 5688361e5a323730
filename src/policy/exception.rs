//! Exceptions: names looked up, where each stands on the day of the run, and what it changes. Follows language.md §3, "Exceptions".

use super::clause::{Ask, Asking, instances, parameter};
use super::document::{ExceptionText, Relax, RequireText};
use super::former;
use super::names::Names;
use super::{Exception, ExceptionState};
use crate::control::{Control, Given, Parameter, Type};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{ClauseRef, Date, Value};
use crate::source::fields;
use crate::source::yaml::{Entry as Pair, Kind, Node};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

/// What an exception changes, for whom.
pub(super) struct Lift {
    pub(super) id: Spanned<String>,
    pub(super) clauses: BTreeSet<ClauseRef>,
    pub(super) groups: BTreeSet<String>,
    /// `relax` in the source.
    pub(super) span: Span,
    what: What,
}

enum What {
    All,
    Nothing,
    Changes(Vec<Change>),
}

/// Another value for one parameter.
pub(super) struct Change {
    pub(super) control: String,
    pub(super) instance: Option<String>,
    /// The name of the control in the source, or that of its instance.
    place: Span,
    pub(super) parameter: String,
    /// The value in the source.
    pub(super) span: Span,
    how: How,
}

#[derive(PartialEq)]
enum How {
    Set(Given),
    /// Members of a set that come in and go out.
    Members {
        add: BTreeSet<Spanned<Value>>,
        remove: BTreeSet<Spanned<Value>>,
    },
}

impl Lift {
    /// Whether its clauses ask nothing of its groups.
    pub(super) fn lifts_all(&self) -> bool {
        matches!(self.what, What::All)
    }

    /// Whether it is on record only.
    pub(super) fn lifts_nothing(&self) -> bool {
        matches!(self.what, What::Nothing)
    }

    /// Whether it speaks of what is asked: of its control, and of a parameter that is given where it names one.
    pub(super) fn concerns(&self, ask: &Ask) -> bool {
        let instance = ask.instance.as_deref();
        self.lifts_all() || self.changes_of(&ask.control.id.value, instance).next().is_some()
    }

    /// What it changes of one control.
    pub(super) fn changes_of(&self, control: &str, instance: Option<&str>) -> impl Iterator<Item = &Change> {
        let changes = match &self.what {
            What::Changes(changes) => changes.as_slice(),
            _ => &[],
        };
        changes.iter().filter(move |change| change.control == control && change.instance.as_deref() == instance)
    }
}

impl Lift {
    /// Parameters for which this one and another have different values.
    pub(super) fn disagreements<'a>(&'a self, other: &'a Lift) -> Vec<(&'a Change, &'a Change)> {
        let What::Changes(mine) = &self.what else { return Vec::new() };
        mine.iter()
            .flat_map(|change| {
                let same = move |theirs: &&Change| theirs.parameter == change.parameter && theirs.how != change.how;
                let theirs = other.changes_of(&change.control, change.instance.as_deref()).filter(same);
                theirs.map(move |theirs| (change, theirs))
            })
            .collect()
    }
}

impl Change {
    /// The value in force, instead of what the clause gives or the default is.
    pub(super) fn apply(&self, before: Option<Given>) -> Given {
        match &self.how {
            How::Set(value) => value.clone(),
            How::Members { add, remove } => {
                let mut members: BTreeSet<Spanned<Value>> = match before.flatten() {
                    Some(Value::Array(items)) => items.into_iter().gather(),
                    _ => BTreeSet::new(),
                };
                members.extend(add.iter().cloned());
                members.retain(|member| !remove.contains(member));
                Some(Value::Array(members.into_iter().collect()))
            }
        }
    }
}

/// Looks up everything that an exception names. `None` where a part of it is wrong: then it changes nothing.
pub(super) fn read(
    text: &ExceptionText,
    names: &Names<'_>,
    as_of: Date,
    found: &mut Diagnostics,
) -> Option<(Exception, Lift)> {
    let clauses: Vec<Spanned<ClauseRef>> = text
        .clauses
        .iter()
        .filter_map(|name| Some(Spanned::new(names.clause(name, None, found)?, name.span)))
        .collect();
    let groups = names.bound_by(&text.groups, found);
    let what = match &text.relax.value {
        Relax::All => What::All,
        Relax::Nothing => What::Nothing,
        Relax::Parameters(controls) => What::Changes(changes(controls, names, found)?),
    };
    let state = state(text, as_of);
    let whole =
        !text.broken && clauses.len() == text.clauses.len() && text.groups.iter().all(|name| names.groups.has(name));
    if !text.broken {
        announce(text, state, found);
    }
    let lift = Lift {
        id: text.id.clone(),
        clauses: clauses.iter().map(|clause| clause.value.clone()).gather(),
        groups: groups.iter().cloned().gather(),
        span: text.relax.span,
        what,
    };
    let exception = Exception {
        id: text.id.clone(),
        formerly: text.formerly.as_ref().map(|id| id.value.clone()),
        clauses,
        groups,
        reason: text.reason.as_ref().map_or(String::new(), |reason| reason.value.clone()),
        endorsed_by: text.endorsed_by.as_ref().map(|by| by.value.clone()),
        from: text.from,
        expires: text.expires,
        state,
        span: text.span,
    };
    whole.then_some((exception, lift))
}

fn changes(controls: &[RequireText], names: &Names<'_>, found: &mut Diagnostics) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    let mut good = true;
    for relaxed in controls {
        let Some(control) = names.control(&relaxed.control, found) else {
            good = false;
            continue;
        };
        for (instance, place, pairs) in instances(&control, &relaxed.control, &relaxed.body, found) {
            for pair in pairs {
                match change(&control, pair, found) {
                    Some(how) => changes.push(Change {
                        control: control.id.value.clone(),
                        instance: instance.clone(),
                        place,
                        parameter: pair.key.value.clone(),
                        span: pair.value.span,
                        how,
                    }),
                    None => good = false,
                }
            }
        }
    }
    good.then_some(changes)
}

/// Whether some clause asks for each instance that an exception relaxes; the findings for those that none does.
pub(super) fn knows_instances(lift: &Lift, asking: &[Asking], found: &mut Diagnostics) -> bool {
    let What::Changes(changes) = &lift.what else { return true };
    let mut known = true;
    let mut last = None;
    for change in changes {
        let Some(name) = change.instance.as_ref().map(|name| Spanned::new(name.clone(), change.place)) else {
            continue;
        };
        let asks =
            || asking.iter().flat_map(|asking| &asking.asks).filter(|ask| ask.control.id.value == change.control);
        if last == Some(change.place) || asks().any(|ask| ask.instance.as_ref() == Some(&name.value)) {
            continue;
        }
        let was = |ask: &&Ask| ask.formerly.as_ref().is_some_and(|former| former.value == name.value);
        let now = asks().find(was).and_then(|ask| ask.instance.as_deref());
        found.push(now.map_or_else(
            || {
                let cure = did_you_mean(&name, asks().filter_map(|ask| ask.instance.as_deref()));
                let cause = format!("no clause asks for an instance `{}` of `{}`", name.value, change.control);
                Diagnostic::new(Code::UnknownName, name.span, cause)
                    .help(cure.unwrap_or_else(|| "name an instance as some clause does".to_owned()))
            },
            |now| former::renamed("instance", &name, now),
        ));
        (known, last) = (false, Some(change.place));
    }
    known
}

fn change(control: &Control, pair: &Pair, found: &mut Diagnostics) -> Option<How> {
    let parameter = parameter(control, &pair.key, found)?;
    if let (Type::Set { .. }, Kind::Map(_)) = (&parameter.kind, &pair.value.kind) {
        return members(parameter, &pair.value, found);
    }
    Some(How::Set(parameter.read(&pair.value, found)?.value))
}

/// `{ add: [com.example.reader] }`, `{ remove: [phone] }`.
fn members(parameter: &Parameter, node: &Node, found: &mut Diagnostics) -> Option<How> {
    let mut fields = fields::Fields::of(node, "a change of a set", found)?;
    let (add, remove) = (fields.take("add"), fields.take("remove"));
    fields.finish(found);
    if add.is_none() && remove.is_none() {
        found.push(
            Diagnostic::new(Code::MissingField, node.span, format!("nothing changes in `{}`", parameter.name.value))
                .help("write `{ add: […] }`, `{ remove: […] }`, or the whole set as a list"),
        );
        return None;
    }
    let mut read = |node: Option<&Node>| -> Option<BTreeSet<Spanned<Value>>> {
        let Some(node) = node else { return Some(BTreeSet::new()) };
        match parameter.read(node, found)?.value {
            Some(Value::Array(items)) => Some(items.into_iter().gather()),
            _ => None,
        }
    };
    let (add, remove) = (read(add), read(remove));
    Some(How::Members { add: add?, remove: remove? })
}

/// Both days count. A template waits for a person, whatever its days say.
fn state(text: &ExceptionText, as_of: Date) -> ExceptionState {
    if text.template {
        return ExceptionState::Template;
    }
    if text.expires.is_some_and(|expires| expires.value < as_of) {
        return ExceptionState::Lapsed;
    }
    if text.from.is_some_and(|from| from.value > as_of) {
        return ExceptionState::Waiting;
    }
    match text.relax.value {
        Relax::Nothing => ExceptionState::Recorded,
        _ => ExceptionState::InForce,
    }
}

/// Lapsed and standing exceptions. What begins or ends soon is announced with what will change.
fn announce(text: &ExceptionText, state: ExceptionState, found: &mut Diagnostics) {
    let id = &text.id.value;
    if let (ExceptionState::Lapsed, Some(expires)) = (state, text.expires) {
        found.push(
            Diagnostic::new(
                Code::LapsedException,
                expires.span,
                format!("the exception `{id}` ended on {}", expires.value),
            )
            .also(text.id.span, "the exception")
            .help("take it out, or have it endorsed again and move `expires`"),
        );
    }
    if text.expires.is_none() && state != ExceptionState::Template {
        found.push(
            Diagnostic::new(Code::StandingException, text.id.span, format!("the exception `{id}` has no end"))
                .help("add `expires: …`, the last day that it holds or the day to look at it again"),
        );
    }
}
