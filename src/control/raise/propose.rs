//! What the settings that are there say of a parameter, by the inverse of each value that it has a part in.

use super::Estate;
use crate::control::invert::{Proposal, Traced, invert};
use crate::control::lower::address;
use crate::control::parameter::{Given, Parameter, Type};
use crate::control::release::RELEASES;
use crate::control::transform::text_of;
use crate::control::wellformed::{is_for, names};
use crate::control::when::Test;
use crate::control::{Carrier, Control, Entry, Expression, Form, Instance};
use crate::gather::Gather;
use crate::setting::{Family, Value};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// Values that are tried for a parameter in one round.
const MAX_TRIED: usize = 64;

impl Estate<'_> {
    /// Values for one parameter, the others being what they are: all of them where they are few.
    pub(super) fn tried(
        &self,
        control: &Control,
        parameter: &Parameter,
        given: &BTreeMap<String, Given>,
    ) -> Vec<Given> {
        let mut tried = self.proposed(control, parameter, given);
        if parameter.is_optional() {
            tried.push(None);
        }
        match &parameter.kind {
            Type::Boolean => tried.extend([Some(Value::Boolean(true)), Some(Value::Boolean(false))]),
            Type::Word(words) => tried.extend(words.iter().map(|word| Some(Value::text(word.as_str())))),
            Type::Certificate => {
                tried.extend(self.facts.certificates.keys().map(|name| Some(Value::text(name.as_str()))))
            }
            Type::Integer { values, .. } => tried.extend(values.iter().map(|value| Some(Value::Integer(*value)))),
            Type::Set { values, .. } => {
                let now: BTreeSet<&str> = match given.get(&parameter.name.value) {
                    Some(Some(Value::Array(items))) => items.iter().filter_map(|item| text_of(item)).collect(),
                    _ => BTreeSet::new(),
                };
                for word in values {
                    let mut other = now.clone();
                    if !other.remove(word.as_str()) {
                        other.insert(word);
                    }
                    tried.push(Some(Value::array(other.into_iter().map(Value::text))));
                }
            }
            _ => {}
        }
        let mut seen = BTreeSet::new();
        let now = given.get(&parameter.name.value);
        tried.retain(|value| Some(value) != now && seen.insert(value.clone()));
        tried.truncate(MAX_TRIED);
        tried
    }

    /// What the settings that are there say of a parameter.
    pub(super) fn proposed(
        &self,
        control: &Control,
        parameter: &Parameter,
        given: &BTreeMap<String, Given>,
    ) -> Vec<Given> {
        let name = &parameter.name.value;
        let mut known = given.clone();
        known.remove(name);
        let traced = Traced { declared: &control.parameters, known: &known };
        let mut proposed = Vec::new();
        let platform = self.target.platform.value;
        for entry in control.settings.iter().filter(|entry| is_for(entry, platform)) {
            let list = entry.each.as_ref().map(|list| list.value.as_str());
            if list == Some(RELEASES) {
                for release in self.facts.releases_of(platform) {
                    let mut known = known.clone();
                    known.extend(fields_of(release));
                    let traced = Traced { known: &known, ..traced };
                    proposed.extend(self.of_leaves(entry, (parameter, list), &traced));
                }
                continue;
            }
            if list == Some(name) {
                proposed.extend(self.listed(entry, &traced));
            }
            proposed.extend(self.of_leaves(entry, (parameter, list), &traced));
        }
        proposed.retain(|value| value.is_some() || parameter.is_optional());
        proposed
    }

    /// What the values of one entry say of a parameter. Names of an entry that is repeated are those of its items.
    fn of_leaves(
        &self,
        entry: &Entry,
        (parameter, list): (&Parameter, Option<&str>),
        traced: &Traced<'_>,
    ) -> Vec<Given> {
        let name = &parameter.name.value;
        let mut proposed = Vec::new();
        for form in
            entry.forms.iter().filter(|form| list.is_none_or(|list| list == RELEASES || form.instance.is_none()))
        {
            for (occurrence, proposal) in self.occurrences(form, traced) {
                // An occurrence of another item says nothing of this one.
                if proposal.iter().any(|(name, value)| traced.known.get(name).is_some_and(|known| known != value)) {
                    continue;
                }
                proposed.extend(proposal.get(name).cloned());
                let mut all_there = !form.leaves.is_empty();
                for (path, kind, expression) in &form.leaves {
                    let value = self.settings.get(&address(form, path, kind, occurrence.parts()));
                    let proposal = invert(expression, value, traced);
                    all_there &= value.is_some() && proposal.is_some();
                    proposed.extend(proposal.and_then(|proposal| proposal.get(name).cloned()));
                }
                if all_there {
                    proposed.extend(calls_for(entry, parameter));
                }
            }
        }
        proposed
    }

    /// What a setting that is made of this parameter alone says of it.
    pub(super) fn said(
        &self,
        control: &Control,
        parameter: &Parameter,
        given: &BTreeMap<String, Given>,
    ) -> Option<Given> {
        let name = parameter.name.value.as_str();
        let traced = Traced { declared: &control.parameters, known: given };
        let platform = self.target.platform.value;
        let entries = control.settings.iter().filter(|entry| is_for(entry, platform) && entry.each.is_none());
        let tell = |form: &Form, occurrence: &Occurrence| {
            form.leaves.iter().find_map(|(path, kind, expression)| {
                let mut used = BTreeSet::new();
                names(expression, &mut used);
                let value = self.settings.get(&address(form, path, kind, occurrence.parts()))?;
                let only = used.len() == 1 && used.contains(name);
                only.then(|| invert(expression, Some(value), &traced)?.get(name).cloned()).flatten()
            })
        };
        entries
            .flat_map(|entry| &entry.forms)
            .find_map(|form| self.occurrences(form, &traced).iter().find_map(|(occurrence, _)| tell(form, occurrence)))
    }

    /// The list of which each item is one occurrence of the entry.
    fn listed(&self, entry: &Entry, traced: &Traced<'_>) -> Option<Given> {
        let form = entry.forms.first().filter(|form| form.instance.is_some())?;
        let mut items = Vec::new();
        for (occurrence, named) in self.occurrences(form, traced) {
            let mut item = named;
            for (path, kind, expression) in &form.leaves {
                let value = self.settings.get(&address(form, path, kind, occurrence.parts()));
                item.extend(invert(expression, value, traced).unwrap_or_default());
            }
            if let Some(whole) = item.remove("item") {
                items.extend(whole.map(Spanned::nowhere));
                continue;
            }
            let field = |(name, value): (String, Given)| {
                Some((name.strip_prefix("item.")?.to_owned(), Spanned::nowhere(value?)))
            };
            let fields: BTreeMap<String, Spanned<Value>> = item.into_iter().filter_map(field).gather();
            items.push(Spanned::nowhere(Value::Dictionary(fields)));
        }
        (!items.is_empty()).then_some(Some(Value::Array(items)))
    }

    /// Where a form stands among the settings, with what its names say of parameters.
    fn occurrences(&self, form: &Form, traced: &Traced<'_>) -> Vec<(Occurrence, Proposal)> {
        match &form.instance {
            None => vec![(Occurrence::default(), Proposal::new())],
            Some(Instance::Name(name)) => {
                let of_form = self
                    .settings
                    .keys()
                    .filter(|address| address.owner == form.owner.value && family(form.carrier) == address.family);
                let names: BTreeSet<&String> = of_form.filter_map(|address| address.instance.as_ref()).gather();
                let occurrence = |instance: &String| {
                    let proposal = invert(name, Some(&Value::text(instance.as_str())), traced)?;
                    Some((Occurrence { instance: Some(instance.clone()), nodes: Vec::new() }, proposal))
                };
                names.into_iter().filter_map(occurrence).collect()
            }
            Some(Instance::Nodes(nodes)) => self.nodes(form, nodes, traced),
        }
    }

    fn nodes(
        &self,
        form: &Form,
        named: &[(Spanned<String>, Spanned<Expression>)],
        traced: &Traced<'_>,
    ) -> Vec<(Occurrence, Proposal)> {
        let mut filled: BTreeSet<Vec<(String, String)>> = BTreeSet::new();
        let patterns: BTreeSet<String> =
            form.leaves.iter().map(|(path, kind, _)| address(form, path, kind, (None, &[])).owner).gather();
        for pattern in &patterns {
            filled.extend(self.settings.keys().filter_map(|address| parts(pattern, &address.owner)));
        }
        let occurrence = |nodes: Vec<(String, String)>| {
            let mut proposal = Proposal::new();
            for (name, expression) in named {
                let (_, value) = nodes.iter().find(|(node, _)| node.trim_matches(['{', '}']) == name.value)?;
                proposal.extend(invert(expression, Some(&Value::text(value.as_str())), traced)?);
            }
            Some((Occurrence { instance: None, nodes }, proposal))
        };
        filled.into_iter().filter_map(occurrence).collect()
    }
}

/// The names in one occurrence of a form.
#[derive(Clone, Debug, Default)]
struct Occurrence {
    instance: Option<String>,
    nodes: Vec<(String, String)>,
}

impl Occurrence {
    fn parts(&self) -> (Option<String>, &[(String, String)]) {
        (self.instance.clone(), &self.nodes)
    }
}

/// `$item.version` and the other fields of an item.
fn fields_of(item: &Value) -> Vec<(String, Given)> {
    match item {
        Value::Dictionary(fields) => {
            fields.iter().map(|(name, value)| (format!("item.{name}"), Some(value.value.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

/// What stands for the names in braces of a path.
pub(super) fn parts(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut named = Vec::new();
    for (name, part) in pattern.into_iter().zip(path) {
        match name.starts_with('{') && name.ends_with('}') {
            true => named.push((name.to_owned(), part.to_owned())),
            false if name == part => {}
            false => return None,
        }
    }
    (!named.is_empty()).then_some(named)
}

pub(super) fn family(carrier: Carrier) -> Family {
    match carrier {
        Carrier::Payload => Family::Profile,
        Carrier::Declaration => Family::Declaration,
        Carrier::Csp => Family::Csp,
        Carrier::Command => Family::Command,
        Carrier::Compliance => Family::Compliance,
    }
}

/// The values of a parameter for which an entry is there.
fn calls_for(entry: &Entry, parameter: &Parameter) -> Vec<Given> {
    let own = entry.when.iter().filter(|when| when.parameter.value == parameter.name.value);
    let words = own.flat_map(|when| match &when.test {
        Test::OneOf(words) => words.as_slice(),
        Test::Not(_) => &[],
    });
    let value = |word: &Spanned<String>| match &parameter.kind {
        Type::Boolean => word.parse().ok().map(Value::Boolean),
        Type::Integer { .. } => word.parse().ok().map(Value::Integer),
        Type::Set { .. } => Some(Value::array([Value::text(word.as_str())])),
        _ => Some(Value::text(word.as_str())),
    };
    words.map(|word| if word.value == "none" && parameter.is_optional() { None } else { value(word) }).collect()
}
