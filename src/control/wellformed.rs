//! What makes a control whole: each platform has settings, a gap or an inherent line, and where it has settings, every parameter is
//! used or a gap (language.md §5).

use super::entry::serves;
use super::provenance::names_of_instance;
use super::release::RELEASES;
use super::rule::judged;
use super::scope::{Named, Writer, could_be};
use super::transform::OS;
use super::{Carrier, Condition, Control, Entry, Expression, Gap, Guard, GuardSubject, Parameter};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::nearest::did_you_mean;
use crate::gather::Gather;
use crate::setting::Platform;
use std::collections::BTreeSet;

/// Platforms that every control speaks of. Of the others silence means that there is nothing.
const SPOKEN_OF: [Platform; 3] = [Platform::Ios, Platform::MacOs, Platform::Windows];

/// Reports what is missing.
pub(crate) fn check(control: &Control, found: &mut Diagnostics) {
    let writer = Writer::Control { parameters: &control.parameters, named_instances: control.named_instances };
    let place = control.id.span;
    for gap in &control.gaps {
        gap_names_what_is_there(control, gap, writer, found);
    }
    for platform in SPOKEN_OF {
        let spoken = has_settings(control, platform)
            || !control.constrains.is_empty()
            || control.inherent.contains_key(&platform)
            || control.gaps.iter().any(|gap| gap.platform == platform && gap.parameter.is_none());
        if !spoken {
            let cause = format!("`{}` says nothing of {platform}", control.id.value);
            let cure = format!("add settings, `gaps: {{ {platform}: why }}` or `inherent: {{ {platform}: how }}`");
            writer.fault(place, cause, cure, found);
        }
    }
    if !control.constrains.is_empty() {
        return;
    }
    for platform in Platform::ALL.iter().copied().filter(|platform| has_settings(control, *platform)) {
        let used = used(control, platform);
        for parameter in control.parameters.iter().filter(|parameter| concerns(parameter, platform)) {
            let name = parameter.name.value.as_str();
            let is_gap =
                control.gaps.iter().any(|gap| gap.platform == platform && gap.parameter.as_deref() == Some(name));
            if !used.contains(name) && !is_gap {
                let cause = format!("nothing on {platform} uses `{name}`");
                let cure = format!("use it, or add `gaps: {{ {platform}: {{ {name}: why }} }}`");
                writer.fault(parameter.name.span, cause, cure, found);
            }
        }
    }
}

fn gap_names_what_is_there(control: &Control, gap: &Gap, writer: Writer<'_>, found: &mut Diagnostics) {
    let Some(name) = &gap.parameter else { return };
    let Some(parameter) = control.parameters.iter().find(|parameter| parameter.name.value == *name) else {
        let cure = did_you_mean(name, control.parameters.iter().map(|parameter| parameter.name.value.as_str()));
        let cure = cure.unwrap_or_else(|| "name a parameter of the control".to_owned());
        writer.fault(control.id.span, format!("a gap names `{name}`, which is no parameter"), cure, found);
        return;
    };
    let named = Named { kind: &parameter.kind, optional: parameter.is_optional() };
    for word in gap.words.iter().filter(|word| !could_be(&named, word)) {
        let cause = format!("a gap names `{word}`, which `{name}` never is");
        writer.fault(parameter.name.span, cause, "name a value that the parameter can have", found);
    }
}

fn concerns(parameter: &Parameter, platform: Platform) -> bool {
    parameter.platforms.is_empty() || parameter.platforms.contains(&platform)
}

/// Whether an entry is for a platform.
pub(crate) fn is_for(entry: &Entry, platform: Platform) -> bool {
    if !entry.platforms.is_empty() {
        return entry.platforms.iter().any(|other| other.value == platform);
    }
    entry.forms.iter().any(|form| serves(form) == Some(platform))
}

/// Whether a control sets anything on a platform. A compliance policy judges, and sets nothing.
pub(crate) fn has_settings(control: &Control, platform: Platform) -> bool {
    control.settings.iter().any(|entry| is_for(entry, platform) && is_setting(entry))
}

/// Whether an entry is more than a compliance policy.
fn is_setting(entry: &Entry) -> bool {
    entry.forms.iter().any(|form| form.carrier != Carrier::Compliance)
}

/// Parameters that settings and guards of a platform look at, or a rule in code.
fn used(control: &Control, platform: Platform) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = judged(&control.id.value).gather();
    for entry in control.settings.iter().filter(|entry| is_for(entry, platform) && is_setting(entry)) {
        used.extend(entry.when.iter().map(|when| when.parameter.value.as_str()));
        used.extend(entry.each.iter().map(|name| name.value.as_str()));
        for form in &entry.forms {
            names_of_instance(form, &mut used);
            form.leaves.iter().for_each(|(_, _, value)| names(value, &mut used));
        }
    }
    for guard in &control.guards {
        let serves = match &guard.subject {
            GuardSubject::Settings { form, .. } => serves(form),
            GuardSubject::Control { .. } => None,
        };
        let listed = guard.platforms.iter().any(|other| other.value == platform);
        if listed || (guard.platforms.is_empty() && serves.is_none_or(|other| other == platform)) {
            used.extend(watched(guard));
        }
    }
    used
}

fn watched(guard: &Guard) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = guard.when.iter().map(|when| when.parameter.value.as_str()).gather();
    let conditions: Vec<&Condition> = match &guard.subject {
        GuardSubject::Settings { conditions, .. } => {
            conditions.iter().map(|(_, _, condition)| &condition.value).collect()
        }
        GuardSubject::Control { parameters, .. } => parameters.iter().map(|(_, condition)| &condition.value).collect(),
    };
    for condition in conditions {
        match condition {
            Condition::Absent => {}
            Condition::Is(value) | Condition::Not(value) | Condition::Below(value) | Condition::Above(value) => {
                names(value, &mut used);
            }
        }
    }
    used
}

/// The parameters that a value names.
pub(crate) fn names<'a>(expression: &'a Expression, used: &mut BTreeSet<&'a str>) {
    match expression {
        Expression::Literal(_)
        | Expression::Nothing
        | Expression::Secret(_)
        | Expression::File(_)
        | Expression::Uuid(_) => {}
        Expression::Reference(name) => {
            let ours = name == "instance"
                || name == RELEASES
                || name == "item"
                || name == OS
                || name.starts_with("item.")
                || name.starts_with("organisation.");
            used.extend((!ours).then_some(name.as_str()));
        }
        Expression::Table(name, rows) => {
            used.extend((name != "item" && !name.starts_with("item.")).then_some(name.as_str()));
            rows.iter().for_each(|(_, row)| names(row, used));
        }
        Expression::Times(a, b) | Expression::Each(a, b) => {
            names(a, used);
            names(b, used);
        }
        Expression::Minus(parts) | Expression::Date(parts) | Expression::Join(parts) | Expression::List(parts) => {
            parts.iter().for_each(|part| names(part, used));
        }
        Expression::Minutes(part) | Expression::Thumbprint(part) => names(part, used),
        Expression::Ref(_, instance) => instance.iter().for_each(|part| names(part, used)),
        Expression::Dictionary(entries) | Expression::Document(_, entries) => {
            entries.iter().for_each(|(_, value)| names(value, used))
        }
    }
}
