//! The effective policy of a group as plain data: what `--json` prints, and what the text for people arranges.

use super::super::session::Session;
use policyc::catalogue::Catalogue;
use policyc::control::{Bound, BoundParameter, Contribution, Parameter};
use policyc::diagnostic::render::Lines;
use policyc::policy::answer::Answer;
use policyc::policy::{Class, Group, Organisation};
use policyc::report::effective::group::{facts, given, unit};
use policyc::report::reason::{Asked, Named, Reason, exceptions};
use policyc::setting::{Address, Basis, ClauseRef, Platform, Setting};
use policyc::{CompiledGroup, drift};
use serde::Serialize;

/// What one group must have, and why.
#[derive(Debug, Serialize)]
pub(crate) struct Effective {
    pub(super) organisation: String,
    pub(super) group: String,
    pub(super) title: String,
    /// Fact and value, in the words of the sources.
    #[serde(serialize_with = "as_map")]
    pub(super) facts: Vec<(&'static str, String)>,
    /// Facts that no text gives, and why.
    #[serde(serialize_with = "as_map")]
    pub(super) assumed: Vec<(String, String)>,
    pub(super) unmanaged: Option<String>,
    pub(super) controls: Vec<ControlView>,
    pub(super) settings: Vec<SettingView>,
    pub(super) gaps: Vec<GapView>,
    pub(super) clauses: Vec<ClassView>,
    pub(super) exceptions: Vec<ExceptionView>,
}

/// A control as the group has it.
#[derive(Debug, Serialize)]
pub(crate) struct ControlView {
    pub(super) control: String,
    pub(super) instance: Option<String>,
    pub(super) title: String,
    pub(super) clauses: Vec<Asked>,
    pub(super) parameters: Vec<ParameterView>,
    /// What else must be true for it to hold.
    pub(super) needs: Vec<String>,
}

/// A parameter, its value and who had a say.
#[derive(Debug, Serialize)]
pub(crate) struct ParameterView {
    pub(super) parameter: String,
    pub(super) value: String,
    pub(super) unit: Option<String>,
    pub(super) basis: &'static str,
    pub(super) contributions: Vec<ContributionView>,
    pub(super) exceptions: Vec<Named>,
}

/// What one clause gives for a parameter.
#[derive(Debug, Serialize)]
pub(crate) struct ContributionView {
    pub(super) clause: String,
    pub(super) place: Option<String>,
    pub(super) value: String,
    pub(super) basis: &'static str,
    pub(super) decided: bool,
}

/// A setting and the file that carries it.
#[derive(Debug, Serialize)]
pub(crate) struct SettingView {
    pub(super) address: String,
    pub(super) value: String,
    pub(super) artefact: Option<String>,
    /// The files that carry it on other routes.
    pub(super) also: Vec<String>,
    /// Where it is not emitted: the code that says why.
    pub(super) dropped: Option<&'static str>,
    pub(super) because: Vec<Reason>,
}

/// What the platform cannot express.
#[derive(Debug, Serialize)]
pub(crate) struct GapView {
    pub(super) control: String,
    pub(super) parameter: Option<String>,
    pub(super) reason: String,
}

/// The clauses of one class that bind the group.
#[derive(Debug, Serialize)]
pub(crate) struct ClassView {
    pub(super) class: &'static str,
    pub(super) clauses: Vec<ClauseView>,
}

/// A clause in short.
#[derive(Debug, Serialize)]
pub(crate) struct ClauseView {
    pub(super) clause: String,
    pub(super) place: Option<String>,
    pub(super) summary: String,
    pub(super) reason: Option<String>,
    pub(super) needs: Vec<String>,
    /// What holds it here; `null` where it asks nothing of devices, or no server reaches the group.
    pub(super) held: Option<HeldView>,
}

/// What holds a clause on the group.
#[derive(Debug, Serialize)]
pub(crate) struct HeldView {
    pub(super) carrying: Vec<String>,
    pub(super) helping: Vec<String>,
    pub(super) commands: Vec<String>,
    /// All of it only supports the clause: its class claims nothing of settings.
    pub(super) support: bool,
    /// An exception takes the group out of the count.
    pub(super) excepted: bool,
}

/// An exception in force.
#[derive(Debug, Serialize)]
pub(crate) struct ExceptionView {
    pub(super) exception: String,
    pub(super) place: Option<String>,
    pub(super) clauses: Vec<String>,
    pub(super) reason: String,
    pub(super) expires: Option<String>,
}

fn as_map<K: Serialize, V: Serialize, S: serde::Serializer>(pairs: &[(K, V)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The effective policy of a group; `outcome` is missing where no server reaches it.
pub(super) fn effective(
    session: &Session,
    organisation: &Organisation,
    group: &Group,
    outcome: Option<&CompiledGroup>,
) -> Effective {
    let lines = &Lines::new(&session.sources);
    let gaps = outcome.map(|outcome| outcome.gaps.as_slice()).unwrap_or_default();
    Effective {
        organisation: organisation.id.value.clone(),
        group: group.target.group.value.clone(),
        title: group.target.title.clone(),
        facts: facts(group).into_iter().map(|fact| (fact.fact, fact.value)).collect(),
        assumed: group.assumed.clone(),
        unmanaged: group.unmanaged.as_ref().map(|why| why.value.clone()),
        controls: group.controls.iter().map(|bound| control(bound, *group.target.platform, lines)).collect(),
        settings: outcome.map(|outcome| settings(outcome, &session.catalogue, lines)).unwrap_or_default(),
        gaps: gaps
            .iter()
            .map(|(control, gap)| GapView {
                control: control.clone(),
                parameter: gap.parameter.clone(),
                reason: gap.reason.clone(),
            })
            .collect(),
        clauses: classes(organisation, group, answers(session, organisation), lines),
        exceptions: in_force(organisation, group, lines),
    }
}

fn control(bound: &Bound, platform: Platform, lines: &Lines<'_>) -> ControlView {
    let asked =
        |(clause, span): &(ClauseRef, _)| Asked { clause: clause.to_string(), place: lines.at(*span), decided: false };
    let entries = bound.control.settings.iter().flat_map(|entry| &entry.needs);
    // In the control's own order, which is the order of its page; without those of other platforms.
    let here = |declared: &&Parameter| declared.platforms.is_empty() || declared.platforms.contains(&platform);
    let parameters = bound.control.parameters.iter().filter(here).filter_map(|declared| {
        let value = bound.parameters.get(&declared.name.value)?;
        Some(parameter(declared, value, lines))
    });
    ControlView {
        control: bound.control.id.value.clone(),
        instance: bound.instance.clone(),
        title: bound.control.title.clone(),
        clauses: bound.clauses.iter().map(asked).collect(),
        parameters: parameters.collect(),
        needs: bound.control.needs.iter().chain(entries).cloned().collect(),
    }
}

fn parameter(declared: &Parameter, bound: &BoundParameter, lines: &Lines<'_>) -> ParameterView {
    let said = |contribution: &Contribution| ContributionView {
        clause: contribution.clause.to_string(),
        place: lines.at(contribution.span),
        value: given(&contribution.value),
        basis: contribution.basis.word(),
        decided: contribution.decided,
    };
    ParameterView {
        parameter: declared.name.value.clone(),
        value: given(&bound.value),
        unit: unit(declared, &bound.value),
        basis: bound.basis.word(),
        contributions: bound.contributions.iter().map(said).collect(),
        exceptions: exceptions(&bound.exceptions, lines),
    }
}

/// Every setting of the group, what its attached files set and what is left out too.
pub(super) fn settings(outcome: &CompiledGroup, catalogue: &Catalogue, lines: &Lines<'_>) -> Vec<SettingView> {
    let view = |setting: &Setting, dropped: Option<&'static str>| {
        let mut holders = outcome.holders(&setting.address).map(|artefact| artefact.path.clone());
        SettingView {
            address: setting.address.to_string(),
            value: drift::value(&setting.value, &setting.address, catalogue),
            artefact: if dropped.is_none() { holders.next() } else { None },
            also: if dropped.is_none() { holders.collect() } else { Vec::new() },
            dropped,
            because: setting.origins.iter().map(|origin| Reason::of(origin, lines)).collect(),
        }
    };
    let emitted = outcome.settings().map(|setting| view(setting, None));
    let of_file = |(setting, path): (Setting, &str)| SettingView {
        artefact: Some(path.to_owned()),
        also: Vec::new(),
        ..view(&setting, None)
    };
    let emitted = emitted.chain(outcome.attached(catalogue).into_iter().map(of_file));
    emitted.chain(outcome.dropped().map(|dropped| view(&dropped.setting, Some(dropped.code.name())))).collect()
}

/// How the clauses of an organisation are held.
fn answers<'a>(session: &'a Session, organisation: &Organisation) -> &'a [Answer] {
    let all = session.compiled.policy.organisations.iter().zip(&session.compiled.answers);
    all.into_iter().find(|(other, _)| other.id == organisation.id).map_or(&[], |(_, answers)| answers)
}

fn held(answer: &Answer) -> HeldView {
    let named = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
    HeldView {
        carrying: named(&answer.carrying),
        helping: named(&answer.helping),
        commands: named(&answer.commands),
        support: answer.support,
        excepted: answer.excepted,
    }
}

fn classes(organisation: &Organisation, group: &Group, answers: &[Answer], lines: &Lines<'_>) -> Vec<ClassView> {
    let answered = |clause: &ClauseRef| {
        let own = |answer: &&Answer| answer.clause == *clause && answer.group == group.target.group.value;
        answers.iter().find(own).map(held)
    };
    let mut classes: Vec<ClassView> =
        Class::WORDS.iter().map(|(class, _)| ClassView { class, clauses: Vec::new() }).collect();
    for clause in organisation.policies.iter().flat_map(|policy| &policy.clauses) {
        let view = classes.iter_mut().find(|view| view.class == clause.class.value.word());
        if let Some(view) = view.filter(|_| group.clauses.contains(&clause.id.value)) {
            view.clauses.push(ClauseView {
                clause: clause.id.value.to_string(),
                place: lines.at(clause.id.span),
                summary: clause.summary.clone(),
                reason: clause.reason.clone(),
                needs: clause.needs.clone(),
                held: answered(&clause.id.value),
            });
        }
    }
    classes.retain(|view| !view.clauses.is_empty());
    classes
}

fn in_force(organisation: &Organisation, group: &Group, lines: &Lines<'_>) -> Vec<ExceptionView> {
    let view = |(id, clauses): &(String, Vec<ClauseRef>)| {
        let exception = organisation.exceptions.iter().find(|exception| exception.id.value == *id);
        ExceptionView {
            exception: id.clone(),
            place: exception.and_then(|exception| lines.at(exception.id.span)),
            clauses: clauses.iter().map(ToString::to_string).collect(),
            reason: exception.map(|exception| exception.reason.clone()).unwrap_or_default(),
            expires: exception.and_then(|exception| exception.expires.as_ref()).map(|day| day.value.to_string()),
        }
    };
    group.exceptions.iter().map(view).collect()
}

/// Whether nobody's clause gave the value.
pub(super) fn is_default(parameter: &ParameterView) -> bool {
    parameter.basis == Basis::Default.word()
}
