//! Who is behind a setting: which parameters, which clauses, and on what basis. The way back from any key to a line that someone wrote.

use super::rule::judged;
use super::wellformed::names;
use super::{Bound, BoundParameter, Entry, Expression, Form, Instance, LeafKind, RawEntry};
use crate::gather::Gather;
use crate::setting::{Basis, ClauseRef, Names, Origin, Role};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// What writes a setting.
pub(super) struct Writing<'a> {
    /// The control, or the clause that writes by itself.
    pub(super) source: Result<&'a Bound, &'a RawEntry>,
    /// The entry.
    pub(super) entry: &'a Entry,
    /// The list that the entry is repeated for.
    pub(super) each: Option<&'a str>,
}

/// Parameters of a value, then those that decide whether it is there at all.
struct Used<'a> {
    value: Vec<(&'a str, &'a BoundParameter)>,
    presence: Vec<(&'a str, &'a BoundParameter)>,
}

impl<'a> Used<'a> {
    fn of(bound: &'a Bound, writing: &Writing<'a>, expression: &'a Expression) -> Used<'a> {
        let mut named = BTreeSet::new();
        names(expression, &mut named);
        named.extend(writing.each);
        let mut when: BTreeSet<&str> = writing.entry.when.iter().map(|when| when.parameter.value.as_str()).gather();
        writing.entry.forms.iter().for_each(|form| names_of_instance(form, &mut when));
        // In the order of the control's file, which is the order that people read.
        let ordered = |wanted: &dyn Fn(&str) -> bool| {
            let all = bound.control.parameters.iter().map(|parameter| parameter.name.value.as_str());
            all.filter(|name| wanted(name)).filter_map(|name| Some((name, bound.parameters.get(name)?))).collect()
        };
        Used {
            value: ordered(&|name| named.contains(name)),
            presence: ordered(&|name| when.contains(name) && !named.contains(name)),
        }
    }

    /// The parameters that say the value: its own, else those that call for it.
    fn deciding(&self) -> &[(&'a str, &'a BoundParameter)] {
        if self.value.is_empty() { &self.presence } else { &self.value }
    }
}

/// The parameters that name the occurrence: without them there is none.
pub(super) fn names_of_instance<'a>(form: &'a Form, used: &mut BTreeSet<&'a str>) {
    match &form.instance {
        Some(Instance::Name(value)) => names(value, used),
        Some(Instance::Nodes(nodes)) => nodes.iter().for_each(|(_, value)| names(value, used)),
        None => {}
    }
}

/// Where a clause's own entry has the names of the address. Those of a control's entry are the library's.
pub(super) fn written(
    form: &Form,
    (path, kind, expression): (&[Spanned<String>], &LeafKind, &Expression),
    writing: &Writing<'_>,
) -> Names {
    if writing.source.is_ok() {
        return Names::default();
    }
    let mut keys: Vec<Span> = path.iter().map(|name| name.span).collect();
    if let LeafKind::AdmxElement(id) = kind {
        keys.push(id.span);
    }
    let owner_parts = form.owner.trim_end_matches('/').split('/').count();
    let mut inner = BTreeMap::new();
    let top: Vec<&str> = path.iter().map(|name| name.value.as_str()).collect();
    names_inside(expression, &top.join("."), &mut inner);
    Names { owner: form.owner.span, owner_parts, keys, inner }
}

/// The names of dictionaries inside a list, by their path; those of the dictionaries around a leaf are in its address.
fn names_inside(expression: &Expression, path: &str, inner: &mut BTreeMap<String, Span>) {
    match expression {
        Expression::List(items) => {
            let there = items.iter().filter(|item| !matches!(item.value, Expression::Nothing));
            there.enumerate().for_each(|(n, item)| names_inside(item, &format!("{path}[{}]", n + 1), inner));
        }
        Expression::Dictionary(entries) => {
            for (name, value) in entries {
                let path = format!("{path}.{}", name.value);
                names_inside(value, &path, inner);
                inner.insert(path, name.span);
            }
        }
        _ => {}
    }
}

/// What a finding about the setting points at, and the reason for the setting.
pub(super) fn behind(writing: &Writing<'_>, expression: &Spanned<Expression>) -> (Span, Origin) {
    match writing.source {
        Ok(bound) => {
            let used = Used::of(bound, writing, expression);
            (place(bound, &used), origin(bound, writing.entry, &used))
        }
        Err(raw) => (expression.span, origin_of_raw(raw)),
    }
}

/// The deciding parameter's value, else the clause's control.
fn place(bound: &Bound, used: &Used<'_>) -> Span {
    let written =
        used.value.iter().chain(&used.presence).map(|(_, parameter)| parameter.span).find(|span| span.is_somewhere());
    written.or_else(|| bound.clauses.first().map(|(_, span)| *span)).unwrap_or_default()
}

fn origin_of_raw(raw: &RawEntry) -> Origin {
    Origin {
        control: None,
        formerly: None,
        instance: None,
        parameters: Vec::new(),
        clauses: vec![(raw.clause.clone(), raw.entry.span)],
        deciding: 1,
        role: Role::Raw,
        basis: Basis::Stated,
        exceptions: Vec::new(),
        entry: raw.entry.span,
    }
}

fn origin(bound: &Bound, entry: &Entry, used: &Used<'_>) -> Origin {
    let (clauses, deciding) = clauses(bound, used);
    let mut exceptions = Vec::new();
    for exception in used.deciding().iter().flat_map(|(_, parameter)| &parameter.exceptions) {
        if !exceptions.contains(exception) {
            exceptions.push(exception.clone());
        }
    }
    Origin {
        control: Some(bound.control.id.value.clone()),
        formerly: bound.control.formerly.as_ref().map(|id| id.value.clone()),
        instance: bound.instance.clone(),
        parameters: parameters(bound, used),
        clauses,
        deciding,
        role: entry.role,
        basis: used.deciding().iter().map(|(_, parameter)| parameter.basis).max().unwrap_or(Basis::Fixed),
        exceptions,
        entry: entry.span,
    }
}

/// The parameters behind a setting: of its value, of its presence, and those that a rule judges it by.
fn parameters(bound: &Bound, used: &Used<'_>) -> Vec<String> {
    let named = used.value.iter().chain(&used.presence).map(|(name, _)| *name);
    named.map(str::to_owned).chain(judged(&bound.control.id.value).map(str::to_owned)).collect()
}

/// Every clause behind the control, those that decided the value first, and how many these are.
fn clauses(bound: &Bound, used: &Used<'_>) -> (Vec<(ClauseRef, Span)>, usize) {
    let mut clauses: Vec<(ClauseRef, Span)> = Vec::new();
    for contribution in used.deciding().iter().flat_map(|(_, parameter)| &parameter.contributions) {
        if contribution.decided && !clauses.iter().any(|(clause, _)| *clause == contribution.clause) {
            clauses.push((contribution.clause.clone(), contribution.span));
        }
    }
    let deciding = clauses.len();
    for (clause, span) in &bound.clauses {
        if !clauses.iter().any(|(other, _)| other == clause) {
            clauses.push((clause.clone(), *span));
        }
    }
    (clauses, deciding)
}
