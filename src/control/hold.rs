//! Do guards hold? They look at the checked settings, whoever wrote them (language.md §6, step 6).

use super::invert::agree;
use super::lower::filled;
use super::transform::{Binding, apply, apply_name, meets, word};
use super::{
    Bound, Carrier, Condition, Expression, Form, Given, Guard, GuardSubject, Instance, LeafKind, OrganisationFacts,
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Channel, ClauseRef, Family, Leaf, Setting, Target, Value};
use crate::source::{Span, Spanned};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What the guards of one group look at.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The group.
    pub target: &'a Target,
    /// What guards may refer to.
    pub facts: &'a OrganisationFacts,
    /// Its controls, with their guards.
    pub controls: &'a [Bound],
    /// Its settings, checked.
    pub settings: &'a [Setting],
}

/// Reports every setting and control that a guard forbids: the guards of controls, and those of clauses.
pub fn hold(watch: &Watch<'_>, clause_guards: &[(Guard, ClauseRef)], found: &mut Diagnostics) {
    for bound in watch.controls {
        let given = bound.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).collect();
        let asked = bound.clauses.first();
        let keeper = Keeper {
            who: match asked {
                Some((clause, _)) => format!("`{}` of clause `{}`", bound.control.id.value, clause.clause),
                None => format!("`{}`", bound.control.id.value),
            },
            place: asked.map(|(_, span)| *span).unwrap_or_default(),
            bound: Some(bound),
            given,
        };
        for guard in &bound.control.guards {
            keep(watch, guard, &keeper, found);
        }
    }
    for (guard, clause) in clause_guards {
        let who = format!("clause `{}`", clause.clause);
        keep(watch, guard, &Keeper { who, place: guard.span, bound: None, given: BTreeMap::new() }, found);
    }
}

/// Whose guard it is.
struct Keeper<'a> {
    who: String,
    place: Span,
    bound: Option<&'a Bound>,
    given: BTreeMap<String, Given>,
}

fn keep(watch: &Watch<'_>, guard: &Guard, keeper: &Keeper<'_>, found: &mut Diagnostics) {
    let here = guard.platforms.is_empty() || guard.platforms.iter().any(|p| p.value == watch.target.platform.value);
    let holds = |(name, words): &(Spanned<String>, Vec<Spanned<String>>)| {
        meets(keeper.given.get(&name.value).and_then(Option::as_ref), words)
    };
    if !here || !guard.when.iter().all(holds) {
        return;
    }
    let binding = Binding {
        declared: keeper.bound.map_or(&[], |bound| &bound.control.parameters),
        given: &keeper.given,
        facts: watch.facts,
        instance: keeper.bound.and_then(|bound| bound.instance.as_deref()),
        item: None,
    };
    match &guard.subject {
        GuardSubject::Settings { form, conditions } => {
            for (path, kind, condition) in conditions {
                let watched = Watched { form, path, kind };
                for setting in watch.settings.iter().filter(|setting| watched.is(setting, &binding, &condition.value)) {
                    if let Some(wanted) = broken(Some(&setting.value), &condition.value, &binding) {
                        found.push(finding(setting, &wanted, guard, keeper));
                    }
                }
            }
        }
        GuardSubject::Control { control, parameters } => {
            for bound in watch.controls.iter().filter(|bound| bound.control.id.value == control.value) {
                watch_control(bound, parameters, (guard, keeper, &binding), found);
            }
        }
    }
}

fn finding(setting: &Setting, wanted: &str, guard: &Guard, keeper: &Keeper<'_>) -> Diagnostic {
    let (address, value) = (&setting.address, &setting.value);
    let asked = setting.origins.first().and_then(|origin| origin.clauses.first());
    let by = asked.map(|(clause, _)| format!(" by clause `{}`", clause.clause)).unwrap_or_default();
    let cause = format!("`{address}` is set to `{value}`{by}, and {} wants it {wanted}: {}", keeper.who, guard.reason);
    Diagnostic::new(Code::GuardBroken, setting.span, cause)
        .also(keeper.place, format!("{} asks for it here", keeper.who))
        .also(guard.span, "the guard")
        .help("change it, or give up one of the two demands")
}

fn watch_control(
    bound: &Bound,
    parameters: &[(Spanned<String>, Spanned<Condition>)],
    (guard, keeper, binding): (&Guard, &Keeper<'_>, &Binding<'_>),
    found: &mut Diagnostics,
) {
    let id = &bound.control.id.value;
    let (clause, place) = match bound.clauses.first() {
        Some((clause, span)) => (format!(" by clause `{}`", clause.clause), *span),
        None => (String::new(), Span::NOWHERE),
    };
    let report = |place, cause: String, cure: String| {
        Diagnostic::new(Code::GuardBroken, place, cause)
            .also(keeper.place, format!("{} asks for it here", keeper.who))
            .also(guard.span, "the guard")
            .help(cure)
    };
    if parameters.is_empty() {
        let cause = format!("`{id}` is asked for{clause}, and {} rules it out: {}", keeper.who, guard.reason);
        found.push(report(place, cause, "give up one of the two demands".to_owned()));
    }
    for (name, condition) in parameters {
        let Some(parameter) = bound.parameters.get(&name.value) else { continue };
        let Some(wanted) = broken(parameter.value.as_ref(), &condition.value, binding) else { continue };
        let value = word(parameter.value.as_ref());
        let cause =
            format!("`{}` of `{id}` is `{value}`, and {} wants it {wanted}: {}", name.value, keeper.who, guard.reason);
        let place = if parameter.span.is_somewhere() { parameter.span } else { place };
        found.push(report(place, cause, format!("change `{}`, or give up one of the two demands", name.value)));
    }
}

/// What a guard watches, as it is written.
struct Watched<'a> {
    form: &'a Form,
    path: &'a [Spanned<String>],
    kind: &'a LeafKind,
}

impl Watched<'_> {
    /// Whether it is this setting. Demanding that keys be absent watches what stands below them, too.
    fn is(&self, setting: &Setting, binding: &Binding<'_>, condition: &Condition) -> bool {
        let address = &setting.address;
        if self.form.carrier == Carrier::Csp {
            let node = self.path.first().map(|name| name.value.as_str()).unwrap_or_default();
            let same_leaf = match (self.kind, &address.leaf) {
                (LeafKind::Node, Leaf::Node) | (LeafKind::AdmxState, Leaf::AdmxState) => true,
                (LeafKind::Node, Leaf::AdmxState) | (LeafKind::AdmxState, Leaf::Node) => {
                    matches!(condition, Condition::Absent)
                }
                (LeafKind::AdmxElement(wanted), Leaf::AdmxElement(id)) => wanted.value == *id,
                _ => false,
            };
            return same_leaf
                && address.family == Family::Csp
                && same_uri(&filled(&self.form.owner, node, &self.nodes(binding)), &address.owner);
        }
        let family = match self.form.carrier {
            Carrier::Declaration => Family::Declaration,
            Carrier::Command => Family::Command,
            Carrier::Payload | Carrier::Csp => Family::Profile,
        };
        let channel = if self.form.user_channel { Channel::User } else { Channel::Device };
        let instance = match &self.form.instance {
            Some(Instance::Name(name)) => apply_name(name, binding).ok().flatten(),
            _ => None,
        };
        let keys = address.keys();
        let same_keys = keys.len() >= self.path.len()
            && self.path.iter().zip(keys).all(|(wanted, key)| wanted.value == *key)
            && (keys.len() == self.path.len() || matches!(condition, Condition::Absent));
        address.family == family
            && address.channel == channel
            && address.owner == self.form.owner.value
            && (instance.is_none() || instance == address.instance)
            && same_keys
    }

    fn nodes(&self, binding: &Binding<'_>) -> Vec<(String, String)> {
        let Some(Instance::Nodes(nodes)) = &self.form.instance else { return Vec::new() };
        let value = |expression| apply_name(expression, binding).ok().flatten();
        nodes
            .iter()
            .filter_map(|(name, expression)| Some((format!("{{{}}}", name.value), value(expression)?)))
            .collect()
    }
}

/// LocURIs are compared as Windows does: letter case aside, and `./Vendor` is `./Device/Vendor`.
fn same_uri(a: &str, b: &str) -> bool {
    let whole = |uri: &str| match uri.strip_prefix("./Vendor/") {
        Some(rest) => format!("./device/vendor/{}", rest.to_ascii_lowercase()),
        None => uri.to_ascii_lowercase(),
    };
    whole(a) == whole(b)
}

/// What the guard wants instead, in words; `None` where it holds.
fn broken(value: Option<&Value>, condition: &Condition, binding: &Binding<'_>) -> Option<String> {
    let order = |wanted: &Expression| {
        let wanted = apply(wanted, binding).ok()??;
        let order = value.and_then(|value| agree(value, &wanted));
        Some((order, word(Some(&wanted))))
    };
    let (holds, words) = match condition {
        Condition::Absent => (value.is_none(), "to be absent".to_owned()),
        Condition::Is(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order == Some(Ordering::Equal), format!("to be `{wanted}`"))
        }
        Condition::Not(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order != Some(Ordering::Equal), format!("to be other than `{wanted}`"))
        }
        Condition::Below(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order.is_some_and(Ordering::is_lt), format!("to be below `{wanted}`"))
        }
        Condition::Above(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order.is_some_and(Ordering::is_gt), format!("to be above `{wanted}`"))
        }
    };
    (!holds).then_some(words)
}
