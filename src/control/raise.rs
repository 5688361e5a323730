//! Settings → controls, the way back of `lower.rs` (language.md §5, "Raising"): parameters are proposed by the inverse of each value,
//! lowered again, and the control is taken only where that gives settings that are there, each with its value.
//!
//! Proposals are tried parameter by parameter, each against the values that the others have: what a value cannot tell keeps its
//! default. Where two controls would write the very same settings, neither is taken: nobody can tell which was meant.

use super::invert::{Proposal, Traced, agree, invert};
use super::lower::{address, lower};
use super::parameter::{Given, Parameter, Type};
use super::release::RELEASES;
use super::wellformed::{is_for, names};
use super::when::Test;
use super::{Bound, BoundParameter, Carrier, Control, Entry, Expression, Form, Instance, OrganisationFacts};
use crate::diagnostic::Diagnostics;
use crate::setting::{Address, Basis, Family, Role, Setting, Target, Value};
use crate::source::{Span, Spanned};
use rayon::prelude::*;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A control that settings stand for.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The control.
    pub control: Arc<Control>,
    /// Its instance, where clauses ask for several.
    pub instance: Option<String>,
    /// Its parameters, each with a value.
    pub given: BTreeMap<String, Given>,
    /// The settings that it writes.
    pub addresses: BTreeSet<Address>,
}

/// What settings are raised from, and for whom.
pub struct Estate<'a> {
    /// The group.
    pub target: &'a Target,
    /// What entries refer to beside parameters.
    pub facts: &'a OrganisationFacts,
    /// The settings that are there.
    pub settings: &'a BTreeMap<Address, Value>,
    /// What becomes of lowered settings until they are written: the vendors' types, one form of each demand, and nothing that the
    /// group cannot take.
    pub settle: &'a (dyn Fn(Vec<Setting>) -> Vec<Setting> + Sync),
}

/// Rounds over the parameters of a control until nothing gets better.
const ROUNDS: usize = 8;
/// Values that are tried for a parameter in one round.
const MAX_TRIED: usize = 64;
/// Values of each of two parameters that are tried together.
const MAX_PAIRED: usize = 6;

/// Every control that the settings stand for, in the order of their ids; the largest are taken first.
pub fn raise(controls: &[Arc<Control>], estate: &Estate<'_>) -> Vec<Raised> {
    let fitting = |control: &Arc<Control>| -> Vec<Raised> {
        instances(control, estate).into_iter().filter_map(|instance| estate.fit(control, instance)).collect()
    };
    let mut candidates: Vec<Raised> = controls.par_iter().flat_map_iter(fitting).collect();
    let twice: Vec<bool> = candidates
        .iter()
        .map(|one| candidates.iter().filter(|other| other.addresses == one.addresses).count() > 1)
        .collect();
    let mut twice = twice.into_iter();
    candidates.retain(|_| twice.next() == Some(false));
    let key =
        |raised: &Raised| (Reverse(raised.addresses.len()), raised.control.id.value.clone(), raised.instance.clone());
    candidates.sort_unstable_by_key(key);
    let mut claimed: BTreeSet<Address> = BTreeSet::new();
    candidates.retain(|raised| {
        let adds = !raised.addresses.is_subset(&claimed);
        if adds {
            claimed.extend(raised.addresses.iter().cloned());
        }
        adds
    });
    candidates.sort_unstable_by(|a, b| (&a.control.id.value, &a.instance).cmp(&(&b.control.id.value, &b.instance)));
    candidates
}

/// How well lowered settings agree with what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Score {
    wrong: usize,
    right: usize,
}

/// What parameters are changed for.
#[derive(Clone, Copy, Debug)]
enum Aim {
    /// The most that agree, less those that do not.
    Most,
    /// The fewest that do not agree.
    Purest,
}

impl Score {
    fn is_better(self, other: Score, aim: Aim) -> bool {
        let key = |score: Score| match aim {
            Aim::Most => (score.wrong as i64 - score.right as i64, Reverse(score.right)),
            Aim::Purest => (score.wrong as i64, Reverse(score.right)),
        };
        key(self) < key(other)
    }
}

/// A control with an instance, and what its parameters are changed for.
type Climber<'a> = (&'a Arc<Control>, &'a Option<String>, Aim);

impl Estate<'_> {
    /// The control with the parameters that give settings that are there; `None` where none do.
    fn fit(&self, control: &Arc<Control>, instance: Option<String>) -> Option<Raised> {
        let mut given: BTreeMap<String, Given> = BTreeMap::new();
        for parameter in &control.parameters {
            let first =
                parameter.default.clone().or_else(|| self.proposed(control, parameter, &given).into_iter().next());
            given.insert(parameter.name.value.clone(), first?);
        }
        // What the settings say of each parameter by itself, where several of them make one value.
        let mut said = given.clone();
        for parameter in &control.parameters {
            if let Some(value) = self.said(control, parameter, &given) {
                said.insert(parameter.name.value.clone(), value);
            }
        }
        // What writes little agrees easily: where all that agrees does not end in a control, what disagrees least may.
        let starts = [(Aim::Most, &given), (Aim::Most, &said), (Aim::Purest, &given)];
        starts.into_iter().find_map(|(aim, start)| {
            let mut given = start.clone();
            let best = self.climb((control, &instance, aim), &mut given);
            (best.right > 0).then(|| self.taken(control, &instance, given)).flatten()
        })
    }

    /// The control, where these parameters give settings that are there and nothing else.
    fn taken(
        &self,
        control: &Arc<Control>,
        instance: &Option<String>,
        given: BTreeMap<String, Given>,
    ) -> Option<Raised> {
        let settled = (self.settle)(self.lowered(control, instance, &given)?);
        let is_there = |setting: &Setting| self.settings.get(&setting.address) == Some(&setting.value);
        let carries = settled
            .iter()
            .any(|setting| setting.role() == Role::Carrying && setting.address.family != Family::Compliance);
        if !carries || !settled.iter().all(is_there) {
            return None;
        }
        let addresses = settled.into_iter().map(|setting| setting.address).collect();
        Some(Raised { control: Arc::clone(control), instance: instance.clone(), given, addresses })
    }

    /// Changes parameters, one at a time and then two at once, as long as more settings agree.
    fn climb(&self, of: Climber<'_>, given: &mut BTreeMap<String, Given>) -> Score {
        let (control, instance, _) = of;
        let mut best = self.score(control, instance, given);
        for round in 0..ROUNDS {
            let before = best;
            for parameter in &control.parameters {
                for candidate in self.tried(control, parameter, given) {
                    self.keep_better(of, (given, &mut best), &[(&parameter.name.value, candidate)]);
                }
            }
            let speaks = |parameter: &Parameter| {
                let now = given.get(&parameter.name.value);
                self.proposed(control, parameter, given).iter().any(|value| Some(value) != now)
            };
            let agrees = best.wrong == 0 && best.right > 0 && !control.parameters.iter().any(speaks);
            let is_done = agrees || round + 1 == ROUNDS;
            if best == before && (is_done || !self.climb_by_two(of, (given, &mut best))) {
                break;
            }
        }
        best
    }

    /// Two parameters of which each alone makes it worse; whether any two made it better.
    fn climb_by_two(&self, of: Climber<'_>, (given, best): (&mut BTreeMap<String, Given>, &mut Score)) -> bool {
        let (before, control) = (*best, of.0);
        for (n, first) in control.parameters.iter().enumerate() {
            for one in self.tried(control, first, given).into_iter().take(MAX_PAIRED) {
                for second in &control.parameters[n + 1..] {
                    let mut changed = given.clone();
                    changed.insert(first.name.value.clone(), one.clone());
                    for two in self.tried(control, second, &changed).into_iter().take(MAX_PAIRED) {
                        let change = [(&first.name.value, one.clone()), (&second.name.value, two)];
                        self.keep_better(of, (given, best), &change);
                    }
                }
            }
        }
        *best != before
    }

    fn keep_better(
        &self,
        (control, instance, aim): Climber<'_>,
        (given, best): (&mut BTreeMap<String, Given>, &mut Score),
        change: &[(&String, Given)],
    ) {
        let mut changed = given.clone();
        changed.extend(change.iter().map(|(name, value)| ((*name).clone(), value.clone())));
        let score = self.score(control, instance, &changed);
        if score.is_better(*best, aim) {
            (*given, *best) = (changed, score);
        }
    }

    fn lowered(
        &self,
        control: &Arc<Control>,
        instance: &Option<String>,
        given: &BTreeMap<String, Given>,
    ) -> Option<Vec<Setting>> {
        let bind = |(name, value): (&String, &Given)| {
            let (value, basis) = (value.clone(), Basis::Stated);
            (
                name.clone(),
                BoundParameter { value, span: Span::NOWHERE, basis, contributions: Vec::new(), exceptions: Vec::new() },
            )
        };
        let bound = Bound {
            control: Arc::clone(control),
            instance: instance.clone(),
            formerly: None,
            parameters: given.iter().map(bind).collect(),
            clauses: Vec::new(),
        };
        let mut found = Diagnostics::default();
        let lowered = lower(self.target, self.facts, std::slice::from_ref(&bound), &[], &mut found);
        (!found.has_errors()).then_some(lowered.settings)
    }

    /// Of several forms of a demand the one that agrees best counts.
    fn score(&self, control: &Arc<Control>, instance: &Option<String>, given: &BTreeMap<String, Given>) -> Score {
        let Some(lowered) = self.lowered(control, instance, given) else {
            return Score { wrong: usize::MAX >> 1, right: 0 };
        };
        let mut forms: BTreeMap<(&str, usize), (usize, usize)> = BTreeMap::new();
        for setting in &lowered {
            let form = setting.choice.as_ref().map_or(("", 0), |choice| (choice.demand.as_str(), choice.form));
            let there = self.settings.get(&setting.address).and_then(|value| agree(&setting.value, value));
            let (wrong, right) = forms.entry(form).or_default();
            match there {
                Some(Ordering::Equal) => *right += 1,
                _ => *wrong += 1,
            }
        }
        let (mut wrong, mut right) = (0, 0);
        let mut demands: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((demand, _), form) in forms {
            let better = |other: &(usize, usize)| (form.0, Reverse(form.1)) < (other.0, Reverse(other.1));
            if demands.get(demand).is_none_or(better) {
                demands.insert(demand, form);
            }
        }
        demands.into_values().for_each(|(a, b)| (wrong, right) = (wrong + a, right + b));
        Score { wrong, right }
    }

    /// Values for one parameter, the others being what they are: all of them where they are few.
    fn tried(&self, control: &Control, parameter: &Parameter, given: &BTreeMap<String, Given>) -> Vec<Given> {
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
                    Some(Some(Value::Array(items))) => {
                        items.iter().filter_map(|item| super::transform::text_of(item)).collect()
                    }
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
    fn proposed(&self, control: &Control, parameter: &Parameter, given: &BTreeMap<String, Given>) -> Vec<Given> {
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
    fn said(&self, control: &Control, parameter: &Parameter, given: &BTreeMap<String, Given>) -> Option<Given> {
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
            let fields: BTreeMap<String, Spanned<Value>> = item.into_iter().filter_map(field).collect();
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
                let names: BTreeSet<&String> = of_form.filter_map(|address| address.instance.as_ref()).collect();
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
            form.leaves.iter().map(|(path, kind, _)| address(form, path, kind, (None, &[])).owner).collect();
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
fn parts(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
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

fn family(carrier: Carrier) -> Family {
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

/// The instances of a control that may be there; one without a name where it has none.
fn instances(control: &Control, estate: &Estate<'_>) -> Vec<Option<String>> {
    let platform = estate.target.platform.value;
    let entries = || control.settings.iter().filter(|entry| is_for(entry, platform));
    let forms = || entries().flat_map(|entry| &entry.forms);
    let is_of = |form: &Form, address: &Address| {
        let fixed = form.owner.split('{').next().unwrap_or_default();
        family(form.carrier) == address.family && address.owner.starts_with(fixed)
    };
    let known: Vec<&Address> =
        estate.settings.keys().filter(|address| forms().any(|form| is_of(form, address))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    if !control.named_instances {
        return vec![None];
    }
    let mut names = BTreeSet::new();
    for form in forms() {
        match &form.instance {
            Some(Instance::Name(name)) if is_instance(name) => {
                names.extend(
                    known.iter().filter(|address| is_of(form, address)).filter_map(|address| address.instance.clone()),
                );
            }
            Some(Instance::Nodes(nodes)) => {
                let Some((node, _)) = nodes.iter().find(|(_, name)| is_instance(name)) else { continue };
                for (path, kind, _) in &form.leaves {
                    let pattern = address(form, path, kind, (None, &[])).owner;
                    let all = known.iter().filter_map(|address| parts(&pattern, &address.owner)).flatten();
                    names.extend(
                        all.filter(|(name, _)| name.trim_matches(['{', '}']) == node.value).map(|(_, name)| name),
                    );
                }
            }
            _ => {}
        }
    }
    names.into_iter().filter(|name| is_name(name)).map(Some).collect()
}

fn is_instance(expression: &Expression) -> bool {
    matches!(expression, Expression::Reference(name) if name == "instance")
}

/// Whether clauses can call an instance so.
fn is_name(name: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.split('-').all(word)
}

#[cfg(test)]
mod tests {
    use super::super::library::{library, library_ids};
    use super::super::sample::{bound, facts, lines, lowered, of_library, others, target};
    use super::super::wellformed::has_settings;
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::check;
    use crate::setting::Platform;

    fn settled(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>) -> BTreeMap<Address, Value> {
        let checked = check::against(catalogue, target, settings, &mut Diagnostics::default());
        checked.settings().iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
    }

    /// What some settings are raised to among these controls.
    fn raised(controls: &[Arc<Control>], target: &Target, settings: &BTreeMap<Address, Value>) -> Vec<Raised> {
        let (catalogue, facts) = (Catalogue::embedded(), facts());
        let settle = |settings: Vec<Setting>| {
            check::against(&catalogue, target, settings, &mut Diagnostics::default()).settings().to_vec()
        };
        raise(controls, &Estate { target, facts: &facts, settings, settle: &settle })
    }

    /// What must be given for there to be any settings.
    const ASKED: &[(&str, &str)] = &[
        ("app-allowlist", "{ allowed-bundle-ids: [com.example.app] }"),
        ("data-separation", "{ email-domains: [example.org] }"),
        ("email-only", "{ mail-app-windows: 'C:\\Program Files\\Mail\\mail.exe' }"),
        ("scheduled-restart", "{ first: 2026-10-04 }"),
        (
            "software-restriction",
            "{ windows-allow-rules: [{ collection: exe, name: Mail, by: path, value: '%PROGRAMFILES%\\Mail\\*' }] }",
        ),
    ];

    /// What no setting tells, and why: such settings stay raw. Without a parameter, the control as a whole.
    const ONE_WAY: &[(&str, &str, &str)] = &[
        ("software-restriction", "", "its rules are a document of AppLocker's, which is taken as it is (`xml/mod.rs`)"),
        ("email-only", "", "the same, and its app of Windows must be given wherever it is asked for"),
        ("ai-tools", "permitted", "names of what is left open, and none of them stands in a setting"),
    ];

    #[test]
    fn every_control_comes_back_from_its_own_settings_at_any_parameters() {
        let catalogue = Catalogue::embedded();
        let (mut asked, mut lost) = (0, Vec::new());
        for id in library_ids() {
            let control = of_library(id);
            let one_way = |parameter: &str| ONE_WAY.iter().any(|(other, name, _)| *other == id && *name == parameter);
            if one_way("") || control.named_instances || !control.constrains.is_empty() {
                continue;
            }
            let give = ASKED.iter().find(|(other, _)| *other == id).map_or("{}", |(_, give)| give);
            for platform in Platform::ALL.iter().filter(|platform| has_settings(&control, **platform)) {
                let target = target(*platform);
                for n in 0..10usize {
                    let mut bound = bound(&control, give);
                    let changed =
                        control.parameters.iter().filter(|parameter| n > 0 && !one_way(&parameter.name.value));
                    for (at, parameter) in changed.enumerate() {
                        let Some(known) = bound.parameters.get_mut(&parameter.name.value) else { continue };
                        let mut values = vec![known.value.clone()];
                        values.extend(others(parameter, &known.value));
                        known.value = values[(n * (at + 3) + n / 2) % values.len()].clone();
                    }
                    let mut found = Diagnostics::default();
                    let own = lower(&target, &facts(), std::slice::from_ref(&bound), &[], &mut found);
                    let settings = settled(&catalogue, &target, own.settings.clone());
                    let carries = own
                        .settings
                        .iter()
                        .any(|setting| setting.role() == Role::Carrying && settings.contains_key(&setting.address));
                    if found.has_errors() || !carries {
                        continue;
                    }
                    asked += 1;
                    let back = raised(std::slice::from_ref(&control), &target, &settings);
                    let whole = back.iter().any(|raised| raised.addresses.iter().eq(settings.keys()));
                    if !whole {
                        let given: Vec<String> =
                            bound.parameters.iter().map(|(name, one)| format!("{name}: {:?}", one.value)).collect();
                        lost.push(format!("{id} on {platform}: {}", given.join(", ")));
                    }
                }
            }
        }
        assert!(asked > 300, "only {asked}");
        assert!(lost.is_empty(), "{} of {asked} are lost:\n{}", lost.len(), lost.join("\n"));
    }

    #[test]
    fn what_a_value_cannot_tell_is_the_default() {
        let passcode = of_library("passcode");
        let target = target(Platform::Ios);
        let settings =
            settled(&Catalogue::embedded(), &target, lowered(&bound(&passcode, "{ min-length: 9 }"), &target).settings);
        let all: Vec<Arc<Control>> = library().into_values().collect();
        let back = raised(&all, &target, &settings);
        let own: Vec<&Raised> = back.iter().filter(|raised| raised.control.id.value == "passcode").collect();
        assert_eq!(own.len(), 1, "{back:?}");
        assert_eq!(own[0].given["min-length"], Some(Value::Integer(9)));
        let changed: Vec<&String> = passcode
            .parameters
            .iter()
            .filter(|parameter| parameter.default.as_ref() != own[0].given.get(&parameter.name.value))
            .map(|parameter| &parameter.name.value)
            .collect();
        assert_eq!(changed, ["min-length"]);
        assert!(!lines(&lowered(&bound(&passcode, "{}"), &target)).is_empty());
    }

    #[test]
    fn one_setting_that_differs_keeps_a_control_from_coming_back() {
        let pin = of_library("startup-pin");
        let target = target(Platform::Windows);
        let mut settings = settled(&Catalogue::embedded(), &target, lowered(&bound(&pin, "{}"), &target).settings);
        assert_eq!(raised(std::slice::from_ref(&pin), &target, &settings).len(), 1);
        let fixed = settings.keys().find(|address| address.to_string().contains("ConfigureNonTPM")).cloned().unwrap();
        settings.insert(fixed, Value::Boolean(true));
        assert!(raised(std::slice::from_ref(&pin), &target, &settings).is_empty());
    }
}
