//! Clauses: names looked up, parameters read as their controls say. Follows language.md §4.

use super::document::{ClauseText, RequireText};
use super::names::Names;
use super::parse::group_names;
use super::{Class, Clause, Requirement};
use crate::control::{self, Control, Entry, Given, Guard, GuardSubject, Parameter};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Basis, ClauseRef, Platform};
use crate::source::fields;
use crate::source::yaml::{Entry as Pair, Node};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The key under which an instance has the name that it had before.
const FORMERLY: &str = "formerly";

/// A clause and what it asks of devices.
pub(super) struct Asking {
    pub(super) clause: Clause,
    pub(super) asks: Vec<Ask>,
    pub(super) raw: Vec<Arc<Entry>>,
    pub(super) guards: Vec<Arc<Guard>>,
}

/// What a clause asks of one control, or of one instance of it.
pub(super) struct Ask {
    pub(super) control: Arc<Control>,
    pub(super) instance: Option<String>,
    /// The name that the instance had before.
    pub(super) formerly: Option<Spanned<String>>,
    pub(super) groups: BTreeSet<String>,
    pub(super) given: BTreeMap<String, Asked>,
    /// Parameters whose value could not be read: they have their finding, and nothing else is said about them.
    pub(super) unread: BTreeSet<String>,
    /// The control's name in the clause.
    pub(super) span: Span,
}

/// A value that a clause gives.
#[derive(Clone)]
pub(super) struct Asked {
    /// The parameter's name in the clause.
    pub(super) name: Span,
    pub(super) value: Spanned<Given>,
    pub(super) basis: Basis,
}

/// Looks up everything that a clause names. `None` where it lacks what a clause must have.
pub(super) fn read(text: &ClauseText, policy: &str, names: &Names<'_>, found: &mut Diagnostics) -> Option<Asking> {
    let groups = names.bound_by(&text.groups, found);
    let mut asks: Vec<Ask> = Vec::new();
    let mut broken = text.broken;
    for required in &text.require {
        match names.control(&required.control, found) {
            Some(control) => asks.extend(read_required(required, &control, (text, &groups), names, found)),
            None => broken = true,
        }
    }
    broken |= asks.iter().any(|ask| !ask.unread.is_empty());
    broken |= asks.iter().any(|ask| ask.groups.is_empty() && !groups.is_empty());
    broken |= text.groups.iter().any(|name| !names.groups.has(name));
    mark_assumed(text, &mut asks, names, found);
    check_managed(text, &asks, &groups, names, found);
    check_reach(text, &groups, names, found);
    check_guards(text, names, found);
    broken |= claims_nothing(text, found);
    let conflicts_with = conflicts(text, policy, names, found);
    stale_references(text, policy, names, found);
    let clause = Clause {
        id: Spanned::new(ClauseRef { policy: policy.to_owned(), clause: text.id.value.clone() }, text.id.span),
        summary: text.summary.as_ref().map_or(String::new(), |summary| summary.value.clone()),
        class: text.class?,
        reason: text.reason.as_ref().map(|reason| reason.value.clone()),
        groups,
        requires: asks.iter().map(requirement).collect(),
        needs: text.needs.clone(),
        assumed: text.assumed.clone(),
        cites: text.cites.iter().map(|(printed, meant)| (printed.value.clone(), meant.value.clone())).collect(),
        conflicts_with,
        meets: meets(text, names, found),
        formerly: text.formerly.as_ref().map(|id| id.value.clone()),
        has_raw: !text.settings.is_empty(),
        broken,
    };
    Some(Asking { clause, asks, raw: text.settings.clone(), guards: text.guard.clone() })
}

fn requirement(ask: &Ask) -> Requirement {
    Requirement {
        control: Spanned::new(ask.control.id.value.clone(), ask.span),
        instance: ask.instance.clone(),
        formerly: ask.formerly.as_ref().map(|name| name.value.clone()),
        groups: ask.groups.iter().cloned().collect(),
        parameters: ask.given.iter().map(|(name, asked)| Spanned::new(name.clone(), asked.name)).collect(),
    }
}

/// One control of `require`: itself, or each of its instances.
fn read_required(
    required: &RequireText,
    control: &Arc<Control>,
    (text, groups): (&ClauseText, &[String]),
    names: &Names<'_>,
    found: &mut Diagnostics,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (instance, span, body) in instances(control, &required.control, &required.body, found) {
        let (given, unread) = parameters(control, body, found);
        let former = body.iter().find(|pair| instance.is_some() && pair.key.value == FORMERLY);
        let own = body.iter().find(|pair| pair.key.value == "groups");
        asks.push(Ask {
            control: control.clone(),
            instance,
            formerly: former.and_then(|pair| fields::name(&pair.value, "an instance", found)),
            groups: match own {
                Some(pair) => fewer_groups(&pair.value, text, groups, names, found),
                None => groups.iter().cloned().gather(),
            },
            given,
            unread,
            span,
        });
    }
    asks
}

/// A control's body is its parameters; one with named instances has those, each with its own.
pub(super) fn instances<'a>(
    control: &Control,
    name: &Spanned<String>,
    body: &'a Node,
    found: &mut Diagnostics,
) -> Vec<(Option<String>, Span, &'a [Pair])> {
    let Some(pairs) = fields::entries(body, "what is asked of a control", found) else { return Vec::new() };
    if !control.named_instances {
        return vec![(None, name.span, pairs)];
    }
    if pairs.is_empty() {
        found.push(
            Diagnostic::new(Code::MissingField, name.span, format!("`{}` names no instance", name.value))
                .help(format!("write such as `{}: {{ office: {{ … }} }}`", name.value)),
        );
    }
    let mut all = Vec::new();
    for pair in pairs {
        let named = fields::check_name(&pair.key, "an instance", found);
        let Some(inner) = fields::entries(&pair.value, "an instance of a control", found) else { continue };
        if named {
            all.push((Some(pair.key.value.clone()), pair.key.span, inner));
        }
    }
    all
}

/// The parameter that a key names; `unknown-parameter` where there is none.
pub(super) fn parameter<'c>(
    control: &'c Control,
    key: &Spanned<String>,
    found: &mut Diagnostics,
) -> Option<&'c Parameter> {
    let parameter = control.parameters.iter().find(|parameter| parameter.name.value == key.value);
    if parameter.is_none() {
        let known = || control.parameters.iter().map(|parameter| parameter.name.as_str());
        let finding = Diagnostic::new(
            Code::UnknownParameter,
            key.span,
            format!("`{}` has no parameter `{}`", control.id.value, key.value),
        );
        let all: Vec<String> = known().map(|name| format!("`{name}`")).collect();
        found.push(match did_you_mean(key, known()) {
            Some(cure) => finding.help(cure),
            None if all.is_empty() => finding.help("it has none: write `{}`"),
            None => finding.help(format!("it has {}", all.join(", "))),
        });
    }
    parameter
}

fn parameters(
    control: &Control,
    pairs: &[Pair],
    found: &mut Diagnostics,
) -> (BTreeMap<String, Asked>, BTreeSet<String>) {
    let (mut given, mut unread) = (BTreeMap::new(), BTreeSet::new());
    let is_name = |key: &str| key == "groups" || control.named_instances && key == FORMERLY;
    for pair in pairs.iter().filter(|pair| !is_name(&pair.key.value)) {
        let name = pair.key.value.clone();
        match parameter(control, &pair.key, found).and_then(|parameter| parameter.read(&pair.value, found)) {
            Some(value) => {
                given.insert(name, Asked { name: pair.key.span, value, basis: Basis::Stated });
            }
            None => {
                unread.insert(name);
            }
        }
    }
    (given, unread)
}

/// `groups` of a control: fewer than its clause names.
fn fewer_groups(
    node: &Node,
    text: &ClauseText,
    groups: &[String],
    names: &Names<'_>,
    found: &mut Diagnostics,
) -> BTreeSet<String> {
    let named = group_names(node, found);
    let bound = names.bound_by(&named, found);
    for name in named.iter().filter(|name| names.groups.has(name) && !groups.contains(&name.value)) {
        found.push(
            Diagnostic::new(
                Code::UnknownName,
                name.span,
                format!("the clause `{}` does not name the group `{}`", text.id.value, name.value),
            )
            .help("a control may name fewer groups than its clause: add the group to the clause, or take it out here"),
        );
    }
    bound.into_iter().filter(|group| groups.contains(group)).gather()
}

/// `assumed`: each names a value that this clause gives.
fn mark_assumed(text: &ClauseText, asks: &mut [Ask], names: &Names<'_>, found: &mut Diagnostics) {
    for (key, _) in &text.assumed {
        let mut given = false;
        for ask in asks.iter_mut() {
            let whole = below(key, &ask.control.id);
            let own = ask.instance.as_ref().and_then(|instance| below(whole?, instance));
            for (_, asked) in ask.given.iter_mut().filter(|(name, _)| [whole, own].contains(&Some(name.as_str()))) {
                asked.basis = Basis::Assumed;
                given = true;
            }
            given |=
                ask.unread.iter().any(|name| key.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.')));
        }
        // It may be about a control whose name is wrong: that has its finding.
        let lost = text.require.iter().any(|required| !names.has_control(&required.control))
            && !asks.iter().any(|ask| below(key, &ask.control.id).is_some());
        if given || lost {
            continue;
        }
        let all: Vec<String> = asks
            .iter()
            .flat_map(|ask| ask.given.keys().map(|name| format!("{}.{name}", ask.control.id.value)))
            .collect();
        let cure = did_you_mean(key, all.iter().map(String::as_str));
        found.push(
            Diagnostic::new(
                Code::UnusedAssumption,
                key.span,
                format!("`{}` is assumed, and the clause gives no such value", key.value),
            )
            .help(cure.unwrap_or_else(|| "give the value under `require`, or take the assumption out".to_owned())),
        );
    }
}

/// What follows `name.`.
fn below<'k>(key: &'k str, name: &str) -> Option<&'k str> {
    key.strip_prefix(name)?.strip_prefix('.')
}

/// A clause may name a group that no server reaches, but ask nothing of it.
fn check_managed(text: &ClauseText, asks: &[Ask], groups: &[String], names: &Names<'_>, found: &mut Diagnostics) {
    let raw = !text.settings.is_empty() || !text.guard.is_empty();
    for group in groups {
        let Some(why) = names.unmanaged(group) else { continue };
        let asked = asks.iter().find(|ask| ask.groups.contains(group));
        let what = match asked {
            Some(ask) => format!("`{}`", ask.control.id.value),
            None if raw => "settings".to_owned(),
            None => continue,
        };
        let place = text.groups.iter().find(|name| name.value == *group).map(|name| name.span);
        let place = place.or(asked.map(|ask| ask.span)).unwrap_or(text.id.span);
        found.push(
            Diagnostic::new(
                Code::UnmanagedGroup,
                place,
                format!("the clause `{}` asks {what} of `{group}`, which no server reaches", text.id.value),
            )
            .also(why.span, "stated here")
            .help("give the control `groups` of its own, or split the clause: an unmanaged group gets nothing"),
        );
    }
}

/// Raw entries and guards are for a platform that some group of the clause has.
fn check_reach(text: &ClauseText, groups: &[String], names: &Names<'_>, found: &mut Diagnostics) {
    if groups.is_empty() || groups.iter().any(|group| names.is_broken(group)) {
        return;
    }
    let platforms: BTreeSet<Platform> =
        groups.iter().filter_map(|group| names.platforms.get(group.as_str())).copied().gather();
    if platforms.is_empty() {
        // None of them is managed: that is said where they are named.
        return;
    }
    // One that says no platform at all has its finding.
    let stray = |is_for: &dyn Fn(Platform) -> bool| {
        Platform::ALL.iter().any(|platform| is_for(*platform)) && !platforms.iter().any(|platform| is_for(*platform))
    };
    let strays = text.settings.iter().filter(|entry| stray(&|platform| control::is_for(entry, platform)));
    let guards = text.guard.iter().filter(|guard| stray(&|platform| guard.is_for(platform)));
    for (span, what) in strays.map(|entry| (entry.span, "entry")).chain(guards.map(|guard| (guard.span, "guard"))) {
        let all: Vec<&str> = platforms.iter().map(|platform| platform.word()).collect();
        found.push(
            Diagnostic::new(
                Code::NotOnPlatform,
                span,
                format!("the {what} is for no group of `{}`, whose groups have {}", text.id.value, all.join(" and ")),
            )
            .help("name a group of its platform under `groups`, or take it out"),
        );
    }
}

/// Clauses that cannot be followed beside this one. That the organisation's policies contradict each other is for people to settle, and
/// said until they have.
fn conflicts(text: &ClauseText, policy: &str, names: &Names<'_>, found: &mut Diagnostics) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, why) in &text.conflicts_with {
        let Some(other) = names.clause(name, Some(policy), found) else { continue };
        found.push(
            Diagnostic::new(
                Code::ConflictingClauses,
                name.span,
                format!("`{policy} {}` cannot be followed beside `{other}`: {why}", text.id.value),
            )
            .help("have the owners of the two settle it, then write what holds and take `conflicts-with` out"),
        );
        all.push((other.to_string(), why.clone()));
    }
    all
}

/// References that the text prints with a number that means another clause now, or none.
fn stale_references(text: &ClauseText, policy: &str, names: &Names<'_>, found: &mut Diagnostics) {
    for (printed, meant) in text.cites.iter().filter(|(printed, meant)| printed.value != meant.value) {
        if let Some(meant) = names.clause(meant, Some(policy), found) {
            found.push(
                Diagnostic::new(
                    Code::StaleReference,
                    printed.span,
                    format!("`{policy} {}` cites {}, and means `{meant}`", text.id.value, printed.value),
                )
                .help("have the reference mended in the next version of the policy, then take it out of `cites`"),
            );
        }
    }
}

/// Baseline clauses that this one fulfils.
fn meets(text: &ClauseText, names: &Names<'_>, found: &mut Diagnostics) -> Vec<String> {
    let mut met = Vec::new();
    for name in &text.meets {
        let Some(clause) = names.clause(name, None, found) else { continue };
        if names.baselines.contains(clause.policy.as_str()) {
            met.push(clause.to_string());
        } else {
            found.push(
                Diagnostic::new(Code::UnknownName, name.span, format!("`{}` is no baseline", clause.policy))
                    .help("`meets` names clauses of a baseline that the organisation adopts; `conflicts-with` and `cites` name others"),
            );
        }
    }
    met
}

/// What claims something of devices must say of which; whether it does not.
fn claims_nothing(text: &ClauseText, found: &mut Diagnostics) -> bool {
    let claim = text
        .class
        .filter(|class| matches!(class.value, Class::Enforced | Class::Partial | Class::MdmCommand))
        .filter(|_| text.groups.is_empty() && text.require.is_empty() && text.settings.is_empty() && !text.broken);
    let Some(class) = claim else { return false };
    found.push(
        Diagnostic::new(
            Code::MissingField,
            class.span,
            format!("a clause that is `{}` names no `groups`", class.value.word()),
        )
        .help("name the groups and what they need, or take a class that claims nothing of devices"),
    );
    true
}

/// A guard on a control that is not there would never break.
fn check_guards(text: &ClauseText, names: &Names<'_>, found: &mut Diagnostics) {
    for guard in &text.guard {
        let GuardSubject::Control { control, parameters } = &guard.subject else { continue };
        let Some(control) = names.control(control, found) else { continue };
        for (name, _) in parameters {
            parameter(&control, name, found);
        }
    }
}
