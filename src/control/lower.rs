//! Controls → settings: parameters bound, addresses filled in, and on each setting who asked for it (language.md §6, step 4).

use super::entry::serves;
use super::provenance::{Writing, origin, place};
use super::transform::{Binding, Missing, apply, apply_name, items_of, meets};
use super::wellformed::{has_settings, is_for};
use super::{
    Bound, Carrier, Control, Entry, Form, Gap, Given, Instance, LeafKind, OrganisationFacts, Parameter, RawEntry,
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Address, Channel, Choice, Delivery, Family, Leaf, Platform, Setting, Target};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// What the controls and raw entries of one group become.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Settings, carrying, helping and raw; commands among them. Nothing is checked or merged yet.
    pub settings: Vec<Setting>,
    /// What the group's platform cannot express of what its clauses ask: control and gap. A gap of a parameter is here only where a
    /// clause gives the parameter, and more than its weakest value.
    pub gaps: Vec<(String, Gap)>,
}

/// Lowers everything that one group must have.
pub fn lower(
    target: &Target,
    facts: &OrganisationFacts,
    controls: &[Bound],
    raw: &[RawEntry],
    found: &mut Diagnostics,
) -> Lowered {
    let mut lowered = Lowered::default();
    for bound in controls {
        let platform = target.platform.value;
        lowered.gaps.extend(gaps(bound, platform).into_iter().map(|gap| (bound.control.id.value.clone(), gap)));
        if has_settings(&bound.control, platform) {
            unmet_needs(target, bound, found);
            lowered.settings.extend(control(target, facts, bound, found));
        }
    }
    for entry in raw.iter().filter(|raw| is_for(&raw.entry, target.platform.value)) {
        let (given, mut missing) = (BTreeMap::new(), BTreeSet::new());
        let binding = Binding { declared: &[], given: &given, facts, instance: None, item: None };
        let writing = Writing { source: Err(entry), entry: &entry.entry, each: None };
        let demand = format!("{}#{}", entry.clause, entry.entry.span.start);
        lowered.settings.extend(demanded(target, &writing, &binding, (demand, &mut missing)));
        for missing in missing {
            found.push(cannot(&missing, &format!("clause `{}`", entry.clause.clause), entry.entry.span));
        }
    }
    lowered
}

/// The gaps that count for this group.
fn gaps(bound: &Bound, platform: Platform) -> Vec<Gap> {
    let control = &bound.control;
    let here: Vec<&Gap> = control.gaps.iter().filter(|gap| gap.platform == platform).collect();
    let silent = here.is_empty()
        && !has_settings(control, platform)
        && control.constrains.is_empty()
        && !control.inherent.contains_key(&platform);
    if silent {
        let reason = format!("the control has nothing for {platform}");
        return vec![Gap { platform, parameter: None, words: Vec::new(), reason }];
    }
    here.into_iter().filter(|gap| counts(bound, gap)).cloned().collect()
}

fn counts(bound: &Bound, gap: &Gap) -> bool {
    let Some(name) = &gap.parameter else { return true };
    let Some(parameter) = bound.parameters.get(name).filter(|parameter| !parameter.contributions.is_empty()) else {
        return false;
    };
    if !gap.words.is_empty() {
        let words: Vec<_> = gap.words.iter().map(|word| Spanned::nowhere(word.clone())).collect();
        return meets(parameter.value.as_ref(), &words);
    }
    let declared = bound.control.parameters.iter().find(|declared| declared.name.value == *name);
    declared.and_then(Parameter::weakest) != Some(parameter.value.clone())
}

/// Facts that the group does not state. They are facts about PCs: no control asks them of Apple's devices.
fn unmet_needs(target: &Target, bound: &Bound, found: &mut Diagnostics) {
    if target.platform.value.is_apple() {
        return;
    }
    let control = &bound.control;
    for fact in control.needs_facts.iter().filter(|fact| !target.has.contains(&fact.value)) {
        let place = bound.clauses.first().map(|(_, span)| *span).unwrap_or_default();
        let (id, group) = (&control.id.value, &target.group.value);
        found.push(
            Diagnostic::new(
                Code::UnmetNeed,
                place,
                format!(
                    "`{id}` needs devices with `{}`, and the group `{group}` does not say that it has it",
                    fact.value
                ),
            )
            .also(target.group.span, "the group")
            .help(format!("add `has: [{}]` to the group where that is so, or ask it of another group", fact.value)),
        );
    }
}

fn control(target: &Target, facts: &OrganisationFacts, bound: &Bound, found: &mut Diagnostics) -> Vec<Setting> {
    let control: &Control = &bound.control;
    let given: BTreeMap<String, Given> =
        bound.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).collect();
    let instance = bound.instance.as_deref();
    let binding = Binding { declared: &control.parameters, given: &given, facts, instance, item: None };
    let (mut settings, mut missing) = (Vec::new(), BTreeSet::new());
    for (n, entry) in control.settings.iter().enumerate().filter(|(_, entry)| is_for(entry, target.platform.value)) {
        let holds = |(name, words): &(Spanned<String>, Vec<Spanned<String>>)| {
            meets(given.get(&name.value).and_then(Option::as_ref), words)
        };
        if !entry.when.iter().all(holds) {
            continue;
        }
        let writing = Writing { source: Ok(bound), entry, each: entry.each.as_ref().map(|list| list.value.as_str()) };
        let demand = format!("{}[{}]#{n}", control.id.value, instance.unwrap_or_default());
        let Some(list) = &entry.each else {
            settings.extend(demanded(target, &writing, &binding, (demand, &mut missing)));
            continue;
        };
        for (at, item) in items_of(list, &binding).unwrap_or_default().into_iter().enumerate() {
            let binding = Binding { item: Some(item), ..binding };
            settings.extend(demanded(target, &writing, &binding, (format!("{demand}.{at}"), &mut missing)));
        }
    }
    let place = bound.clauses.first().map(|(_, span)| *span).unwrap_or_default();
    for missing in missing {
        found.push(cannot(&missing, &format!("`{}`", control.id.value), place));
    }
    settings
}

fn cannot(missing: &Missing, who: &str, place: Span) -> Diagnostic {
    let (code, cause, cure) = match missing {
        Missing::Fact(name) => (
            Code::MissingField,
            format!("organisation.yaml has no `{name}`, which {who} needs"),
            format!("add `{name}: …` to organisation.yaml"),
        ),
        Missing::File(path) => (
            Code::UnresolvedReference,
            format!("the organisation's folder has no file `{path}`, which {who} needs"),
            "put the file there, or mend the path".to_owned(),
        ),
        Missing::Certificate(name) => (
            Code::UnknownName,
            format!("organisation.yaml names no certificate `{name}`, which {who} needs"),
            format!("add `certificates: {{ {name}: PATH }}` to organisation.yaml"),
        ),
        Missing::Calculation(why) => (
            Code::ParameterOutOfRange,
            format!("{who} cannot calculate a value: {why}"),
            "change the parameters that it is calculated from".to_owned(),
        ),
    };
    Diagnostic::new(code, place, cause).help(cure)
}

/// The forms of one demand, in the order in which the group prefers them.
fn demanded(
    target: &Target,
    writing: &Writing<'_>,
    binding: &Binding<'_>,
    (demand, missing): (String, &mut BTreeSet<Missing>),
) -> Vec<Setting> {
    let entry: &Entry = writing.entry;
    let suits = |form: &&Form| serves(form).is_none_or(|platform| platform == target.platform.value);
    let mut forms: Vec<(Option<usize>, &Form)> =
        entry.forms.iter().filter(suits).map(|form| (preference(form, target), form)).collect();
    if forms.iter().any(|(at, _)| at.is_some()) {
        forms.retain(|(at, _)| at.is_some());
    }
    forms.sort_by_key(|(at, _)| *at);
    let several = forms.len() > 1;
    let mut settings = Vec::new();
    for (form, (_, written)) in forms.into_iter().enumerate() {
        let choice = several.then(|| Choice { demand: demand.clone(), form });
        match write(written, writing, binding) {
            Ok(set) => settings.extend(set.into_iter().map(|setting| Setting { choice: choice.clone(), ..setting })),
            Err(lack) => {
                missing.insert(lack);
            }
        }
    }
    settings
}

/// Where a form stands in the group's `deliver`; `None` where its server does not take it.
fn preference(form: &Form, target: &Target) -> Option<usize> {
    let wanted: &[Delivery] = match form.carrier {
        Carrier::Payload => &[Delivery::Mobileconfig],
        Carrier::Declaration => &[Delivery::Declarations],
        Carrier::Csp => &[Delivery::Syncml, Delivery::Intune],
        Carrier::Command => return Some(0),
    };
    target.deliver.iter().position(|delivery| wanted.contains(&delivery.value))
}

/// The settings of one form; none where its instance is `none`.
fn write(form: &Form, writing: &Writing<'_>, binding: &Binding<'_>) -> Result<Vec<Setting>, Missing> {
    let (mut instance, mut nodes) = (None, Vec::new());
    match &form.instance {
        Some(Instance::Name(name)) => match apply_name(name, binding)? {
            Some(name) => instance = Some(name),
            None => return Ok(Vec::new()),
        },
        Some(Instance::Nodes(named)) => {
            for (node, value) in named {
                let Some(value) = apply_name(value, binding)? else { return Ok(Vec::new()) };
                nodes.push((format!("{{{}}}", node.value), value));
            }
        }
        None => {}
    }
    let mut values = Vec::new();
    for (path, kind, expression) in &form.leaves {
        values.push((path, kind, expression, apply(expression, binding)?));
    }
    // An ADMX body is whole or not there.
    let broken: BTreeSet<&str> = values
        .iter()
        .filter(|(_, kind, _, value)| value.is_none() && matches!(kind, LeafKind::AdmxState | LeafKind::AdmxElement(_)))
        .filter_map(|(path, ..)| path.first().map(|name| name.value.as_str()))
        .collect();
    let mut settings = Vec::new();
    for (path, kind, expression, value) in values {
        let Some(value) = value else { continue };
        let admx = matches!(kind, LeafKind::AdmxState | LeafKind::AdmxElement(_));
        if admx && path.first().is_some_and(|name| broken.contains(name.value.as_str())) {
            continue;
        }
        let address = address(form, path, kind, (instance.clone(), &nodes));
        settings.push(Setting {
            address,
            value,
            span: place(writing, expression),
            origins: vec![origin(writing, expression)],
            profile: form.profile.clone(),
            unlisted: form.unlisted.clone(),
            choice: None,
        });
    }
    Ok(settings)
}

fn address(
    form: &Form,
    path: &[Spanned<String>],
    kind: &LeafKind,
    (instance, nodes): (Option<String>, &[(String, String)]),
) -> Address {
    let mut channel = if form.user_channel { Channel::User } else { Channel::Device };
    let (family, owner, leaf) = match kind {
        LeafKind::Key => {
            let family = match form.carrier {
                Carrier::Declaration => Family::Declaration,
                Carrier::Command => Family::Command,
                Carrier::Payload | Carrier::Csp => Family::Profile,
            };
            let keys = path.iter().map(|key| key.value.clone()).collect();
            (family, form.owner.value.clone(), Leaf::Keys(keys))
        }
        LeafKind::Node | LeafKind::AdmxState | LeafKind::AdmxElement(_) => {
            let node = path.first().map(|name| name.value.as_str()).unwrap_or_default();
            let leaf = match kind {
                LeafKind::AdmxElement(id) => Leaf::AdmxElement(id.value.clone()),
                LeafKind::AdmxState => Leaf::AdmxState,
                _ => Leaf::Node,
            };
            (Family::Csp, filled(&form.owner, node, nodes), leaf)
        }
    };
    if owner.starts_with("./User/") {
        channel = Channel::User;
    }
    Address { family, channel, owner, instance, leaf }
}

/// The LocURI of a node, its dynamic nodes filled in.
pub(super) fn filled(owner: &str, node: &str, nodes: &[(String, String)]) -> String {
    let path = format!("{}/{}", owner.trim_end_matches('/'), node.trim_matches('/'));
    let fill =
        |part: &str| nodes.iter().find(|(name, _)| name == part).map_or_else(|| part.to_owned(), |(_, v)| v.clone());
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}
