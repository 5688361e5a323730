//! One group: its facts, its controls with the values in force, the settings and files that came of them, and what is missing.

use crate::CompiledGroup;
use crate::catalogue::Catalogue;
use crate::control::{Bound, BoundParameter, Given, Parameter};
use crate::drift;
use crate::gather::Arrange;
use crate::policy::Group;
use crate::report::coverage::GroupUse;
use crate::setting::{ClauseRef, Compliance, Family, Route, Value};
use serde::Serialize;

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupPart {
    /// Its id, and how many settings it has and what they rest on.
    #[serde(flatten)]
    pub counts: GroupUse,
    /// Its title.
    pub title: String,
    /// Its facts.
    pub facts: Vec<Fact>,
    /// The audience in each server's own terms.
    pub assign: Vec<Audience>,
    /// The clauses that bind it.
    pub clauses: Vec<String>,
    /// Its controls.
    pub controls: Vec<ControlPart>,
    /// Controls that it should have and that an error keeps out.
    pub missing: Vec<String>,
    /// What its platform cannot express.
    pub gaps: Vec<Gap>,
    /// Exceptions in force for it, with the clauses that each lifts or relaxes.
    #[serde(rename = "exceptions")] // `excepted` is a count of [`GroupPart::counts`]
    pub excepted: Vec<Excepted>,
    /// What is written, by file.
    pub written: Vec<FilePart>,
    /// What the compiler leaves out, and the code that says why.
    pub dropped: Vec<Dropped>,
}

/// A fact of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Which, in the words of the sources.
    pub fact: &'static str,
    /// Its value.
    pub value: String,
    /// Why it is assumed, where no text gives it.
    pub assumed: Option<String>,
}

/// An audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Audience {
    /// The server.
    pub server: String,
    /// Its names for the audience.
    pub names: Vec<String>,
}

/// A control as the group has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlPart {
    /// Its id.
    pub control: String,
    /// Its instance.
    pub instance: Option<String>,
    /// What it is, for people.
    pub title: String,
    /// The clauses that ask for it.
    pub clauses: Vec<String>,
    /// Its parameters, in its own order.
    pub parameters: Vec<ParameterPart>,
    /// What else must be true for it to hold.
    pub needs: Vec<String>,
}

/// A parameter as the group has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterPart {
    /// The parameter.
    pub parameter: String,
    /// The value in force.
    pub value: String,
    /// What it counts, where it is a number.
    pub unit: Option<String>,
    /// `stated`, `assumed`, `default`.
    pub basis: &'static str,
    /// The clauses that decided; none for a default.
    pub decided: Vec<String>,
    /// The exceptions that moved it.
    pub exceptions: Vec<String>,
}

/// Something that the platform cannot express.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The control.
    pub control: String,
    /// The parameter; absent for the control as a whole.
    pub parameter: Option<String>,
    /// Why.
    pub reason: String,
}

/// An exception in force for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excepted {
    /// Its id.
    pub exception: String,
    /// The clauses that it lifts or relaxes here.
    pub clauses: Vec<String>,
}

/// One file, or what the server sends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilePart {
    /// Its path; absent for commands, and where errors keep files from being written.
    pub file: Option<String>,
    /// What it sets.
    pub settings: Vec<SettingPart>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingPart {
    /// What is set.
    pub setting: String,
    /// To what, as it may be shown.
    pub value: String,
    /// Who said the value.
    pub basis: &'static str,
    /// Whether it is a command for the server.
    pub command: bool,
}

/// A setting that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// What would have been set.
    pub setting: String,
    /// The code of the finding that says why.
    pub code: &'static str,
}

impl GroupPart {
    pub(super) fn of(
        group: &Group,
        outcome: Option<&CompiledGroup>,
        counts: &GroupUse,
        catalogue: &Catalogue,
    ) -> GroupPart {
        GroupPart {
            counts: counts.clone(),
            title: group.target.title.clone(),
            facts: facts(group),
            assign: group
                .target
                .assign
                .iter()
                .map(|(server, names)| Audience { server: server.clone(), names: names.clone() })
                .collect(),
            clauses: named(&group.clauses),
            controls: group.controls.iter().map(|bound| control(group, bound)).collect(),
            missing: group.left_out.iter().map(|(id, instance)| with_instance(id, instance.as_deref())).collect(),
            gaps: gaps(outcome),
            excepted: group
                .exceptions
                .iter()
                .map(|(id, clauses)| Excepted { exception: id.clone(), clauses: named(clauses) })
                .collect(),
            written: outcome.map_or(Vec::new(), |outcome| written(outcome, catalogue)),
            dropped: outcome.map_or(Vec::new(), dropped),
        }
    }
}

fn named(clauses: &[ClauseRef]) -> Vec<String> {
    clauses.iter().map(ToString::to_string).collect()
}

fn with_instance(id: &str, instance: Option<&str>) -> String {
    instance.map_or_else(|| id.to_owned(), |instance| format!("{id} [{instance}]"))
}

/// The facts of a group in the words of the sources; of one that no server reaches, those that are stated.
pub fn facts(group: &Group) -> Vec<Fact> {
    let target = &group.target;
    let joined = |words: Vec<String>| (!words.is_empty()).then(|| words.join(", "));
    let facts = [
        ("platform", Some(target.platform.value.to_string())),
        ("os", Some(target.os.value.to_string())),
        ("enrolment", Some(target.enrolment.value.to_string())),
        ("supervised", target.platform.value.is_apple().then(|| target.supervised.value.to_string())),
        ("editions", joined(target.editions.iter().map(|edition| edition.value.to_string()).collect())),
        ("join", target.join.as_ref().map(|join| join.value.to_string())),
        ("has", joined(target.has.iter().map(ToString::to_string).collect())),
        ("deliver", joined(target.deliver.iter().map(|form| form.value.to_string()).collect())),
        ("intune", target.routes().contains(&Route::Intune).then(|| target.intune.value.to_string())),
        ("compliance", (target.compliance == Compliance::None).then(|| target.compliance.to_string())),
        ("profile-url", target.profile_url.as_ref().map(|url| url.value.clone())),
        ("server", target.stated_server().map(str::to_owned)),
        ("attach", joined(group.attachments.iter().map(|one| format!("{} ({})", *one.file, one.because)).collect())),
        ("part-of", group.part_of.as_ref().map(|group| group.value.clone())),
    ];
    // Nobody reads what an unmanaged group does not state.
    let known = |fact: &&str| group.unmanaged.is_none() || *fact == "part-of";
    let why = |fact: &str| group.assumed.iter().find(|(name, _)| name == fact).map(|(_, why)| why.clone());
    let known = facts.into_iter().filter(|(fact, _)| known(fact));
    known.filter_map(|(fact, value)| Some(Fact { fact, value: value?, assumed: why(fact) })).collect()
}

fn control(group: &Group, bound: &Bound) -> ControlPart {
    let platform = *group.target.platform;
    let here = |declared: &&Parameter| declared.platforms.is_empty() || declared.platforms.contains(&platform);
    let entries = bound.control.settings.iter().flat_map(|entry| &entry.needs);
    let parameters = bound.control.parameters.iter().filter(here);
    ControlPart {
        control: bound.control.id.value.clone(),
        instance: bound.instance.clone(),
        title: bound.control.title.clone(),
        clauses: bound.clauses.iter().map(|(clause, _)| clause.to_string()).collect(),
        parameters: parameters
            .filter_map(|declared| Some(parameter(declared, bound.parameters.get(&declared.name.value)?)))
            .collect(),
        needs: bound.control.needs.iter().chain(entries).cloned().collect(),
    }
}

fn parameter(declared: &Parameter, bound: &BoundParameter) -> ParameterPart {
    ParameterPart {
        parameter: declared.name.value.clone(),
        value: given(&bound.value),
        unit: unit(declared, &bound.value),
        basis: bound.basis.word(),
        decided: bound.contributions.iter().filter(|said| said.decided).map(|said| said.clause.to_string()).collect(),
        exceptions: bound.exceptions.iter().map(|(id, _)| id.clone()).collect(),
    }
}

/// What a value counts: `none` has no unit, and neither has a word.
pub fn unit(declared: &Parameter, value: &Given) -> Option<String> {
    declared.unit.clone().filter(|_| matches!(value, Some(Value::Integer(_))))
}

/// A parameter's value in the words of the sources.
pub fn given(value: &Given) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| given(&Some(item.value.clone()))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(other) => other.to_string(),
    }
}

fn gaps(outcome: Option<&CompiledGroup>) -> Vec<Gap> {
    let found = outcome.map(|outcome| outcome.gaps.as_slice()).unwrap_or_default().iter();
    found
        .map(|(control, gap)| Gap {
            control: control.clone(),
            parameter: gap.parameter.clone(),
            reason: gap.reason.clone(),
        })
        .collect()
}

/// Every setting, file by file; first what is in none.
fn written(outcome: &CompiledGroup, catalogue: &Catalogue) -> Vec<FilePart> {
    let mut files: Vec<FilePart> = Vec::new();
    for setting in outcome.settings() {
        let file = outcome.holders(&setting.address).next().map(|artefact| artefact.path.clone());
        let part = SettingPart {
            setting: setting.address.to_string(),
            value: drift::value(&setting.value, &setting.address, catalogue),
            basis: setting.origins.first().map_or("", |origin| origin.basis.word()),
            command: setting.address.family == Family::Command,
        };
        match files.iter_mut().find(|known| known.file == file) {
            Some(known) => known.settings.push(part),
            None => files.push(FilePart { file, settings: vec![part] }),
        }
    }
    files.arrange_by(|a, b| a.file.cmp(&b.file));
    files
}

fn dropped(outcome: &CompiledGroup) -> Vec<Dropped> {
    outcome
        .dropped()
        .map(|dropped| Dropped { setting: dropped.setting.address.to_string(), code: dropped.code.name() })
        .collect()
}
