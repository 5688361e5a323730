//! What keeps a clause from being what its class claims, control by control and parameter by parameter.

use super::{Answer, Asked, GroupOutcome, asked, wrote};
use crate::control::{Control, Gap, Given};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::policy::{Class, Clause, Group, Organisation, Requirement};
use crate::setting::{Origin, Role, Setting, Value};
use crate::source::Span;

/// One such thing, without the group: one mistake in five groups is one finding.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    cause: String,
    place: Span,
    there: &'static str,
    cure: String,
}

impl Fault {
    pub(super) fn at(place: Span, there: &'static str, cause: String) -> Fault {
        Fault { cause, place, there, cure: String::new() }
    }

    fn cure(mut self, cure: impl Into<String>) -> Fault {
        self.cure = cure.into();
        self
    }

    pub(super) fn finding(self, clause: &Clause, groups: &[String]) -> Diagnostic {
        let (code, weaker) = match clause.class.value {
            Class::Enforced => (Code::NotEnforced, "take the class that is true, such as `partial`, with its `reason`"),
            Class::Partial => (Code::NotPartial, "take the class that is true, such as `procedural` or `service`"),
            _ => (Code::NotCommanded, "add a raw entry with `command: …`, or take the class that is true"),
        };
        let names: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
        let on = if names.is_empty() { String::new() } else { format!(" on {}", names.join(", ")) };
        let message = format!("`{}` is not `{}`{on}: {}", clause.id.clause, clause.class.value.word(), self.cause);
        let finding = Diagnostic::new(code, clause.class.span, message).also(self.place, self.there);
        let finding = if self.cure.is_empty() { finding } else { finding.help(self.cure) };
        finding.help(weaker)
    }
}

/// Whether something that the clause asks of a group has a finding of its own already.
pub(super) fn is_settled(clause: &Clause, outcome: &GroupOutcome<'_>, organisation: &Organisation) -> bool {
    asked(clause, outcome.group, organisation)
        .any(|asked| is_left_out(outcome.group, asked.of) || is_refused(outcome, &asked))
        || outcome.dropped.iter().any(|(setting, _)| setting.origins.iter().any(|origin| wrote(origin, clause)))
}

fn is_left_out(group: &Group, asked: &Requirement) -> bool {
    group.left_out.iter().any(|(id, instance)| *id == asked.control.value && *instance == asked.instance)
}

/// Whether a carrying setting was refused with an error: then the class need not be named as well.
fn is_refused(outcome: &GroupOutcome<'_>, asked: &Asked<'_>) -> bool {
    let is_carrying = |setting| asked.role_of(setting) == Some(Role::Carrying);
    outcome.dropped.iter().any(|(setting, code)| code.severity() == Severity::Error && is_carrying(setting))
}

/// All that keeps an enforced clause from being so on one group.
pub(super) fn enforced(
    clause: &Clause,
    outcome: &GroupOutcome<'_>,
    answer: &Answer,
    organisation: &Organisation,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut asks = false;
    for asked in asked(clause, outcome.group, organisation) {
        asks = true;
        if is_left_out(outcome.group, asked.of) {
            continue;
        }
        if let Some(control) = organisation.controls.get(&asked.of.control.value) {
            let whole = control_faults(&asked, control, outcome);
            if whole.is_empty() {
                faults.extend(parameter_faults((clause, &asked), control, outcome));
            }
            faults.extend(whole);
        }
    }
    for (setting, code) in outcome.dropped.iter().filter(|(_, code)| code.severity() != Severity::Error) {
        if setting.origins.iter().any(|origin| wrote(origin, clause)) && !has_other_form(setting, outcome.settings) {
            let cause = format!("its own `{}` is not emitted (`{code}`)", setting.address);
            faults
                .push(Fault::at(setting.span, "written here", cause).cure("let the clauses agree, or split the group"));
        }
    }
    // What is active under a condition is not so on every device.
    let conditional = outcome.settings.iter().filter(|setting| setting.address.is_predicate());
    for setting in conditional.filter(|setting| is_for(setting, clause)) {
        let of = setting.address.instance.as_deref().unwrap_or_default();
        let cause = format!("its `{of}` is active only while {} holds", setting.value);
        let cure = "make the class `partial`, or split the group and leave the predicate out";
        faults.push(Fault::at(setting.span, "the predicate", cause).cure(cure));
    }
    if !asks && answer.carrying.is_empty() && !is_settled(clause, outcome, organisation) {
        let cause = "it asks for no control there, and no setting of its own reaches it".to_owned();
        faults.push(Fault::at(clause.id.span, "the clause", cause).cure("require a control, or write raw `settings`"));
    }
    faults
}

/// Whether a clause, or a control that it requires, wrote a setting.
fn is_for(setting: &Setting, clause: &Clause) -> bool {
    let mut clauses = setting.origins.iter().flat_map(|origin| &origin.clauses);
    clauses.any(|(other, _)| *other == clause.id.value)
}

/// A control must have a carrying setting on the group, and all that it has must be taken.
fn control_faults(asked: &Asked<'_>, control: &Control, outcome: &GroupOutcome<'_>) -> Vec<Fault> {
    let id = &asked.of.control.value;
    let platform = outcome.group.target.platform.value;
    let at = |cause: String| Fault::at(asked.of.control.span, "asked for here", cause);
    let whole = outcome.gaps.iter().find(|(control, gap)| control == id && gap.parameter.is_none());
    if let Some((_, gap)) = whole {
        return vec![
            at(format!("{platform} cannot express `{id}`: {}", gap.reason)).cure("split the clause by platform"),
        ];
    }
    if is_refused(outcome, asked) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (setting, code) in &outcome.dropped {
        if asked.role_of(setting) == Some(Role::Carrying) && !has_other_form(setting, outcome.settings) {
            let cause = format!("`{}` of `{id}` is not emitted (`{code}`)", setting.address);
            faults.push(at(cause).cure("let the controls agree, split the group, or add an exception"));
        }
    }
    let carried = outcome
        .settings
        .iter()
        .any(|setting| setting.address.family.is_enforced() && asked.role_of(setting) == Some(Role::Carrying));
    if !carried && faults.is_empty() {
        faults.push(match control.inherent.get(&platform) {
            Some(how) => at(format!("no setting carries `{id}`, {platform} does it by itself: {how}"))
                .cure("split the clause: where the platform does it, its class is `inherent`"),
            None if !control.constrains.is_empty() => {
                let watched: Vec<String> =
                    control.constrains.iter().map(|other| format!("`{}`", other.value)).collect();
                at(format!("`{id}` watches {}, and no setting of theirs is there", watched.join(" and ")))
                    .cure("ask for those that it watches on the same group")
            }
            None => at(format!("no setting carries `{id}`"))
                .cure("give the control the parameters that make it write something, or leave the group out"),
        });
    }
    faults
}

/// Another form of the same demand is emitted.
fn has_other_form(setting: &Setting, settings: &[Setting]) -> bool {
    setting.choice.as_ref().is_some_and(|choice| {
        settings.iter().any(|other| other.choice.as_ref().is_some_and(|other| other.demand == choice.demand))
    })
}

/// Every parameter that the clause gives must reach a setting, unless at its weakest.
fn parameter_faults(
    (clause, asked): (&Clause, &Asked<'_>),
    control: &Control,
    outcome: &GroupOutcome<'_>,
) -> Vec<Fault> {
    // A control that only watches others writes nothing: its rule judges its parameters.
    if !control.constrains.is_empty() || is_refused(outcome, asked) {
        return Vec::new();
    }
    let (asked, id) = (asked.of, &asked.of.control.value);
    let platform = outcome.group.target.platform.value;
    let mut faults = Vec::new();
    for name in &asked.parameters {
        let Some(parameter) = control.parameters.iter().find(|parameter| parameter.name.value == name.value) else {
            continue;
        };
        let applies = parameter.platforms.is_empty() || parameter.platforms.contains(&platform);
        let value = given(outcome.group, (clause, asked), &name.value);
        if !applies || value.is_none() || value == parameter.weakest().as_ref() {
            continue;
        }
        let is_mine = |origin: &Origin| {
            origin.control.as_ref() == Some(id)
                && origin.role != Role::Relaxing
                && origin.instance == asked.instance
                && origin.parameters.contains(&name.value)
        };
        let reaches = |setting: &Setting| setting.address.family.is_enforced() && setting.origins.iter().any(is_mine);
        let gap = outcome.gaps.iter().find(|(control, gap)| {
            control == id && gap.parameter.as_ref() == Some(&name.value) && concerns(gap, value)
        });
        let at = |cause: String| Fault::at(name.span, "given here", cause);
        match gap {
            Some((_, gap)) => faults.push(
                at(format!("{platform} cannot express `{}` of `{id}`: {}", name.value, gap.reason))
                    .cure("split the clause by platform, or take the parameter out"),
            ),
            None if !outcome.settings.iter().any(reaches) => faults.push(
                at(format!("no setting carries `{}` of `{id}`", name.value))
                    .cure("take the parameter out, or give those that make it count"),
            ),
            None => {}
        }
    }
    faults
}

/// Whether a gap is about this value: a platform may lack one of several words.
fn concerns(gap: &Gap, value: Option<&Given>) -> bool {
    let named = |value: &Value| match value {
        Value::Text(word) => gap.words.contains(word),
        other => gap.words.contains(&other.to_string()),
    };
    gap.words.is_empty()
        || match value {
            Some(Some(Value::Array(items))) => items.iter().any(|item| named(&item.value)),
            Some(Some(value)) => named(value),
            _ => false,
        }
}

/// What the clause gives for a parameter on this group; `None` where the control is not there.
fn given<'a>(group: &'a Group, (clause, asked): (&Clause, &Requirement), name: &str) -> Option<&'a Given> {
    let same = |id: &str, instance: &Option<String>| *id == asked.control.value && *instance == asked.instance;
    let bound = group.controls.iter().find(|bound| same(&bound.control.id.value, &bound.instance))?;
    let contributions = &bound.parameters.get(name)?.contributions;
    contributions
        .iter()
        .find(|contribution| contribution.clause == clause.id.value)
        .map(|contribution| &contribution.value)
}
