//! Coverage: which clause holds how, by which controls, settings and files, and what no device does. Every number comes from the
//! compile. Follows language.md §4.

use crate::gather::Gather;
use crate::policy::answer::Answer;
use crate::policy::{Clause, ExceptionState, Organisation, Written};
use crate::setting::{Address, Basis, Role};
use crate::{Compiled, CompiledGroup};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The coverage of every policy of a compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// All clauses of all policies, by class.
    pub totals: Classes,
    /// The written policies, by organisation and id.
    pub policies: Vec<Policy>,
    /// The controls that clauses ask for, by organisation and id.
    pub controls: Vec<ControlUse>,
    /// Exceptions, by organisation and id.
    pub exceptions: Vec<ExceptionUse>,
    /// What the settings of each group rest on.
    pub groups: Vec<GroupUse>,
}

/// How many clauses have each class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Classes {
    /// All of them.
    pub clauses: usize,
    /// Settings make it true.
    pub enforced: usize,
    /// A setting helps.
    pub partial: usize,
    /// The platform already does it.
    pub inherent: usize,
    /// An action of the server.
    pub mdm_command: usize,
    /// Enforced elsewhere.
    pub service: usize,
    /// People.
    pub procedural: usize,
}

impl Classes {
    fn count(&mut self, clause: &Clause) {
        use crate::policy::Class;
        self.clauses += 1;
        *match clause.class.value {
            Class::Enforced => &mut self.enforced,
            Class::Partial => &mut self.partial,
            Class::Inherent => &mut self.inherent,
            Class::MdmCommand => &mut self.mdm_command,
            Class::Service => &mut self.service,
            Class::Procedural => &mut self.procedural,
        } += 1;
    }

    pub(super) fn add(&mut self, other: &Classes) {
        self.clauses += other.clauses;
        self.enforced += other.enforced;
        self.partial += other.partial;
        self.inherent += other.inherent;
        self.mdm_command += other.mdm_command;
        self.service += other.service;
        self.procedural += other.procedural;
    }

    /// Every class and its number, in the order of their strength.
    pub fn rows(&self) -> [(&'static str, usize); 6] {
        [
            ("enforced", self.enforced),
            ("partial", self.partial),
            ("inherent", self.inherent),
            ("mdm-command", self.mdm_command),
            ("service", self.service),
            ("procedural", self.procedural),
        ]
    }
}

/// One written policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// The organisation's id.
    pub organisation: String,
    /// The policy's id.
    pub policy: String,
    /// Whether it is an adopted baseline: its clauses do not count in the totals.
    pub baseline: bool,
    /// Its title.
    pub title: String,
    /// Its version; absent where the text states none.
    pub version: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Its next review.
    pub next_review: Option<String>,
    /// Its clauses by class.
    pub classes: Classes,
    /// Its clauses, in their order.
    pub clauses: Vec<ClauseUse>,
    /// What else the text holds, and why it is not here.
    pub left_out: Vec<LeftOut>,
}

/// Clauses that are not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Which.
    pub clauses: String,
    /// Why.
    pub reason: String,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseUse {
    /// Its id.
    pub clause: String,
    /// One line.
    pub summary: String,
    /// Its class.
    pub class: &'static str,
    /// Why no more than that.
    pub reason: Option<String>,
    /// What else must be true.
    pub needs: Vec<String>,
    /// Controls that it requires.
    pub controls: Vec<String>,
    /// `control.parameter` and why, for values that the text does not give.
    pub assumed: Vec<Assumption>,
    /// Baseline clauses that it fulfils.
    pub meets: Vec<String>,
    /// Clauses that cannot be followed beside it, and why.
    pub conflicts_with: Vec<Conflict>,
    /// Groups that it names.
    pub groups: Vec<GroupAnswer>,
}

/// A value that the text does not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// `control.parameter`.
    pub parameter: String,
    /// Why.
    pub why: String,
}

/// Two clauses that cannot both be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The other clause.
    pub clause: String,
    /// Why.
    pub why: String,
}

/// What one group has for one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupAnswer {
    /// The group.
    pub group: String,
    /// Whether an exception takes it out of the count.
    pub excepted: bool,
    /// Settings that carry the clause.
    pub carrying: Vec<SettingUse>,
    /// Settings that help.
    pub helping: Vec<SettingUse>,
    /// Commands for the server.
    pub commands: Vec<String>,
    /// What the platform cannot express.
    pub gaps: Vec<String>,
}

/// A setting and the file that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingUse {
    /// Its address.
    pub setting: String,
    /// The file.
    pub artefact: Option<String>,
}

/// One control and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlUse {
    /// The organisation's id.
    pub organisation: String,
    /// The control's id.
    pub control: String,
    /// Its title.
    pub title: String,
    /// The clauses that require it.
    pub clauses: Vec<String>,
    /// The groups that have it.
    pub groups: Vec<String>,
}

/// One exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExceptionUse {
    /// The organisation's id.
    pub organisation: String,
    /// Its id.
    pub exception: String,
    /// `in-force`, `waiting`, `lapsed`, `template`, `recorded`.
    pub state: &'static str,
    /// The clauses that it names.
    pub clauses: Vec<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Its last day.
    pub expires: Option<String>,
}

/// What the settings of one group rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupUse {
    /// The organisation's id.
    pub organisation: String,
    /// The group.
    pub group: String,
    /// Why no server reaches it.
    pub unmanaged: Option<String>,
    /// All its settings, commands aside.
    pub settings: usize,
    /// Those whose value the written policy states.
    pub stated: usize,
    /// Those whose value an exception in force gives.
    pub excepted: usize,
    /// Those whose value a clause assumes.
    pub assumed: usize,
    /// Those whose value nobody gave: a default, or what the control always writes.
    pub defaults: usize,
    /// Those that clauses wrote without a control.
    pub raw: usize,
    /// Commands for the server.
    pub commands: usize,
    /// Its files.
    pub files: usize,
}

/// Arranges what a compile found.
pub fn coverage(compiled: &Compiled) -> Coverage {
    let mut coverage = Coverage {
        totals: Classes::default(),
        policies: Vec::new(),
        controls: Vec::new(),
        exceptions: Vec::new(),
        groups: Vec::new(),
    };
    for (n, organisation) in compiled.policy.organisations.iter().enumerate() {
        let answers = compiled.answers.get(n).map_or(&[][..], Vec::as_slice);
        let outcomes: Vec<&CompiledGroup> = compiled.groups.iter().filter(|group| group.organisation == n).collect();
        for written in &organisation.policies {
            let policy = policy(organisation, written, answers, &outcomes);
            if !written.baseline {
                coverage.totals.add(&policy.classes);
            }
            coverage.policies.push(policy);
        }
        coverage.controls.extend(controls(organisation));
        coverage.exceptions.extend(exceptions(organisation));
        coverage.groups.extend(groups(organisation, &outcomes));
    }
    coverage
}

fn policy(organisation: &Organisation, written: &Written, answers: &[Answer], outcomes: &[&CompiledGroup]) -> Policy {
    let mut classes = Classes::default();
    written.clauses.iter().for_each(|clause| classes.count(clause));
    Policy {
        organisation: organisation.id.value.clone(),
        policy: written.id.value.clone(),
        baseline: written.baseline,
        title: written.title.clone(),
        version: written.version.clone(),
        owner: written.owner.clone(),
        next_review: written.next_review.as_ref().map(|date| date.value.to_string()),
        classes,
        clauses: written.clauses.iter().map(|clause| clause_use(clause, answers, outcomes)).collect(),
        left_out: written
            .left_out
            .iter()
            .map(|(clauses, reason)| LeftOut { clauses: clauses.clone(), reason: reason.clone() })
            .collect(),
    }
}

fn clause_use(clause: &Clause, answers: &[Answer], outcomes: &[&CompiledGroup]) -> ClauseUse {
    let controls: BTreeSet<String> = clause.requires.iter().map(|asked| asked.control.value.clone()).gather();
    let own = answers.iter().filter(|answer| answer.clause == clause.id.value);
    ClauseUse {
        clause: clause.id.clause.clone(),
        summary: clause.summary.clone(),
        class: clause.class.word(),
        reason: clause.reason.clone(),
        needs: clause.needs.clone(),
        controls: controls.into_iter().collect(),
        assumed: clause
            .assumed
            .iter()
            .map(|(parameter, why)| Assumption { parameter: parameter.value.clone(), why: why.clone() })
            .collect(),
        meets: clause.meets.clone(),
        conflicts_with: clause
            .conflicts_with
            .iter()
            .map(|(clause, why)| Conflict { clause: clause.clone(), why: why.clone() })
            .collect(),
        groups: own.map(|answer| group_answer(answer, outcomes)).collect(),
    }
}

fn group_answer(answer: &Answer, outcomes: &[&CompiledGroup]) -> GroupAnswer {
    let outcome = outcomes.iter().find(|outcome| outcome.checked.target().group.value == answer.group);
    let file = |address: &Address| Some(outcome?.holders(address).next()?.path.clone());
    let uses = |addresses: &[Address]| -> Vec<SettingUse> {
        addresses.iter().map(|address| SettingUse { setting: address.to_string(), artefact: file(address) }).collect()
    };
    GroupAnswer {
        group: answer.group.clone(),
        excepted: answer.excepted,
        carrying: uses(&answer.carrying),
        helping: uses(&answer.helping),
        commands: answer.commands.iter().map(Address::to_string).collect(),
        gaps: answer
            .gaps
            .iter()
            .map(|(control, gap)| match &gap.parameter {
                Some(parameter) => format!("{control}.{parameter}: {}", gap.reason),
                None => format!("{control}: {}", gap.reason),
            })
            .collect(),
    }
}

fn controls(organisation: &Organisation) -> Vec<ControlUse> {
    let mut clauses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for clause in organisation.policies.iter().flat_map(|policy| &policy.clauses) {
        for asked in &clause.requires {
            clauses.entry(&asked.control).or_default().insert(clause.id.to_string());
        }
    }
    let has = |control: &str| {
        let having = organisation
            .groups
            .iter()
            .filter(|group| group.controls.iter().any(|bound| bound.control.id.value == control));
        having.map(|group| group.target.group.value.clone()).collect()
    };
    let title = |control: &str| organisation.controls.get(control).map_or(String::new(), |known| known.title.clone());
    clauses
        .into_iter()
        .map(|(control, clauses)| ControlUse {
            organisation: organisation.id.value.clone(),
            control: control.to_owned(),
            title: title(control),
            clauses: clauses.into_iter().collect(),
            groups: has(control),
        })
        .collect()
}

fn exceptions(organisation: &Organisation) -> impl Iterator<Item = ExceptionUse> {
    organisation.exceptions.iter().map(|exception| ExceptionUse {
        organisation: organisation.id.value.clone(),
        exception: exception.id.value.clone(),
        state: match exception.state {
            ExceptionState::Waiting => "waiting",
            ExceptionState::InForce => "in-force",
            ExceptionState::Lapsed => "lapsed",
            ExceptionState::Template => "template",
            ExceptionState::Recorded => "recorded",
        },
        clauses: exception.clauses.iter().map(|clause| clause.value.to_string()).collect(),
        groups: exception.groups.clone(),
        expires: exception.expires.as_ref().map(|date| date.value.to_string()),
    })
}

fn groups(organisation: &Organisation, outcomes: &[&CompiledGroup]) -> Vec<GroupUse> {
    let of = |group: &crate::policy::Group| {
        let outcome = outcomes.iter().find(|outcome| outcome.checked.target().group.value == group.target.group.value);
        let settings = outcome.map_or(&[][..], |outcome| outcome.checked.settings());
        let written = || settings.iter().filter(|setting| setting.address.family.is_enforced());
        let basis = |wanted: &[Basis]| {
            let decided = written().filter_map(|setting| setting.origins.first());
            decided.filter(|origin| wanted.contains(&origin.basis)).count()
        };
        GroupUse {
            organisation: organisation.id.value.clone(),
            group: group.target.group.value.clone(),
            unmanaged: group.unmanaged.as_ref().map(|why| why.value.clone()),
            settings: written().count(),
            stated: basis(&[Basis::Stated]),
            excepted: basis(&[Basis::Excepted]),
            assumed: basis(&[Basis::Assumed]),
            defaults: basis(&[Basis::Default, Basis::Fixed]),
            raw: written().filter(|setting| setting.role() == Role::Raw).count(),
            commands: settings.len() - written().count(),
            files: outcome.map_or(0, |outcome| outcome.artefacts.len()),
        }
    };
    organisation.groups.iter().map(of).collect()
}
