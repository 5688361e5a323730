//! The effective policy of one organisation, as plain data: every written clause with what it asks and what holds it, every group with
//! what it gets, and what is assumed, missing, excepted or overdue.
//!
//! Reading order: this file (the whole), [`clause`] (what one asks), [`group`] (what one has).

pub mod clause;
pub mod group;

use super::coverage::{self, Classes, Coverage, ExceptionUse, GroupUse, LeftOut};
use crate::Compiled;
use crate::catalogue::Catalogue;
use crate::gather::Arrange;
use crate::policy::{Exception, ExceptionState, Organisation, Written};
use crate::setting::Date;
use clause::ClausePart;
use group::GroupPart;
use serde::Serialize;
use std::collections::BTreeSet;

/// The whole effective policy of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// The organisation's id.
    pub organisation: String,
    /// Its name, as users see it.
    pub name: String,
    /// What every identifier on devices starts with.
    pub identifier: String,
    /// The day that it was looked at.
    pub as_of: String,
    /// Whether the sources have errors, so that no file is known.
    pub faulty: bool,
    /// The clauses of its own policies, by class.
    pub totals: Classes,
    /// Its written policies and the baselines that it adopts.
    pub policies: Vec<PolicyPart>,
    /// Its groups of devices.
    pub groups: Vec<GroupPart>,
    /// Its exceptions.
    pub exceptions: Vec<ExceptionPart>,
    /// What platforms cannot express of what clauses ask for.
    pub gaps: Vec<GapPart>,
    /// Clauses that cannot be followed beside each other.
    pub conflicts: Vec<ConflictPart>,
    /// Which clause asks for which control.
    pub controls: Vec<ControlUse>,
}

/// One written policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyPart {
    /// Its id.
    pub policy: String,
    /// Its title.
    pub title: String,
    /// Its version, as printed.
    pub version: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_on: Option<String>,
    /// When it came into force.
    pub in_force: Option<String>,
    /// When it is to be reviewed.
    pub next_review: Option<String>,
    /// How many days that is past.
    pub overdue: Option<i64>,
    /// Whether it is a baseline that the organisation adopts: its clauses do not count in the totals.
    pub baseline: bool,
    /// Its clauses by class.
    pub classes: Classes,
    /// Its clauses, in their order.
    pub clauses: Vec<ClausePart>,
    /// What else the text holds, and why it is not here.
    pub left_out: Vec<LeftOut>,
}

/// One exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExceptionPart {
    /// Its id, state, clauses, groups and last day.
    #[serde(flatten)]
    pub known: ExceptionUse,
    /// Whether it has begun and has no end.
    pub standing: bool,
    /// Why.
    pub reason: String,
    /// Who stands behind it.
    pub endorsed_by: Option<String>,
    /// Its first day.
    pub from: Option<String>,
    /// How many days are left.
    pub days_left: Option<i64>,
}

/// Something that a platform cannot express, and where that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GapPart {
    /// The control.
    pub control: String,
    /// What it is, for people.
    pub title: String,
    /// The parameter; absent for the control as a whole.
    pub parameter: Option<String>,
    /// The platform.
    pub platform: String,
    /// Why.
    pub reason: String,
    /// The groups that have the control.
    pub groups: BTreeSet<String>,
    /// The clauses that ask those groups for it.
    pub clauses: BTreeSet<String>,
}

/// Two clauses that cannot both be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConflictPart {
    /// The clause that says so.
    pub clause: String,
    /// The other one.
    pub other: String,
    /// Why.
    pub why: String,
}

/// One control and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlUse {
    /// Its id.
    pub control: String,
    /// What it is, for people.
    pub title: String,
    /// The clauses that require it.
    pub clauses: Vec<String>,
    /// The groups that have it.
    pub groups: Vec<String>,
}

/// Arranges what a compile found of one organisation; `None` where there is none of this id.
pub fn effective(compiled: &Compiled, catalogue: &Catalogue, organisation: &str, as_of: Date) -> Option<Effective> {
    let at = compiled.policy.organisations.iter().position(|known| known.id.value == organisation)?;
    let known = &compiled.policy.organisations[at];
    let coverage = coverage::coverage(compiled);
    let policies = policies(known, &coverage, as_of);
    let mut totals = Classes::default();
    policies.iter().filter(|policy| !policy.baseline).for_each(|policy| totals.add(&policy.classes));
    Some(Effective {
        organisation: known.id.value.clone(),
        name: known.name.clone(),
        identifier: known.identifier.clone(),
        as_of: as_of.to_string(),
        faulty: compiled.found.has_errors(),
        totals,
        conflicts: conflicts(&policies),
        policies,
        groups: groups(compiled, at, &coverage, catalogue),
        exceptions: exceptions(known, &coverage, as_of),
        gaps: gaps(compiled, at),
        controls: controls(known, coverage),
    })
}

fn policies(organisation: &Organisation, coverage: &Coverage, as_of: Date) -> Vec<PolicyPart> {
    let covered = coverage.policies.iter().filter(|policy| policy.organisation == organisation.id.value);
    organisation
        .policies
        .iter()
        .zip(covered)
        .map(|(written, covered)| policy(organisation, written, covered, as_of))
        .collect()
}

fn policy(organisation: &Organisation, written: &Written, covered: &coverage::Policy, as_of: Date) -> PolicyPart {
    let review = written.next_review.map(|review| review.value);
    let clauses = written.clauses.iter().zip(&covered.clauses);
    PolicyPart {
        policy: written.id.value.clone(),
        title: written.title.clone(),
        version: written.version.clone(),
        owner: written.owner.clone(),
        approved_by: written.approved.as_ref().map(|(by, _)| by.clone()),
        approved_on: written.approved.as_ref().and_then(|(_, day)| day.map(|day| day.to_string())),
        in_force: written.in_force.map(|day| day.to_string()),
        next_review: review.map(|day| day.to_string()),
        overdue: review.map(|day| as_of.days() - day.days()).filter(|days| *days > 0),
        baseline: written.baseline,
        classes: covered.classes.clone(),
        clauses: clauses.map(|(clause, covered)| ClausePart::of(organisation, clause, covered)).collect(),
        left_out: covered.left_out.clone(),
    }
}

fn groups(compiled: &Compiled, at: usize, coverage: &Coverage, catalogue: &Catalogue) -> Vec<GroupPart> {
    let organisation = &compiled.policy.organisations[at];
    let mut used = coverage.groups.iter().filter(|group| group.organisation == organisation.id.value);
    let part = |(n, group)| {
        let outcome = compiled.groups.iter().find(|outcome| outcome.organisation == at && outcome.group == n);
        let counts: Option<&GroupUse> = used.next();
        Some(GroupPart::of(group, outcome, counts?, catalogue))
    };
    organisation.groups.iter().enumerate().filter_map(part).collect()
}

fn exceptions(organisation: &Organisation, coverage: &Coverage, as_of: Date) -> Vec<ExceptionPart> {
    let used = coverage.exceptions.iter().filter(|exception| exception.organisation == organisation.id.value);
    let part = |(exception, known): (&Exception, &ExceptionUse)| ExceptionPart {
        known: known.clone(),
        standing: matches!(exception.state, ExceptionState::InForce | ExceptionState::Recorded)
            && exception.expires.is_none(),
        reason: exception.reason.clone(),
        endorsed_by: exception.endorsed_by.clone(),
        from: exception.from.map(|day| day.value.to_string()),
        days_left: exception.expires.map(|day| day.value.days() - as_of.days()),
    };
    organisation.exceptions.iter().zip(used).map(part).collect()
}

/// Gaps of all groups, each once, with the clauses behind it.
fn gaps(compiled: &Compiled, at: usize) -> Vec<GapPart> {
    let organisation = &compiled.policy.organisations[at];
    let mut found: Vec<GapPart> = Vec::new();
    for answer in compiled.answers.get(at).into_iter().flatten() {
        for (control, gap) in &answer.gaps {
            let part = GapPart {
                control: control.clone(),
                title: title(organisation, control),
                parameter: gap.parameter.clone(),
                platform: gap.platform.word().to_owned(),
                reason: gap.reason.clone(),
                groups: BTreeSet::new(),
                clauses: BTreeSet::new(),
            };
            let known = found.iter().position(|known| known.same(&part)).unwrap_or_else(|| {
                found.push(part);
                found.len() - 1
            });
            found[known].groups.insert(answer.group.clone());
            found[known].clauses.insert(answer.clause.to_string());
        }
    }
    found.arrange_by(|a, b| (&a.control, &a.parameter, &a.platform).cmp(&(&b.control, &b.parameter, &b.platform)));
    found
}

impl GapPart {
    /// Whether it is the same gap, whomever it concerns.
    fn same(&self, other: &GapPart) -> bool {
        let key =
            |gap: &GapPart| (gap.control.clone(), gap.parameter.clone(), gap.platform.clone(), gap.reason.clone());
        key(self) == key(other)
    }
}

fn conflicts(policies: &[PolicyPart]) -> Vec<ConflictPart> {
    let clauses = policies.iter().flat_map(|policy| &policy.clauses);
    let said = clauses.flat_map(|part| {
        part.held.conflicts_with.iter().map(|conflict| ConflictPart {
            clause: part.reference.clone(),
            other: conflict.clause.clone(),
            why: conflict.why.clone(),
        })
    });
    said.collect()
}

fn controls(organisation: &Organisation, coverage: Coverage) -> Vec<ControlUse> {
    let own = coverage.controls.into_iter().filter(|control| control.organisation == organisation.id.value);
    own.map(|coverage::ControlUse { control, title, clauses, groups, .. }| ControlUse {
        control,
        title,
        clauses,
        groups,
    })
    .collect()
}

/// What a control is, for people.
fn title(organisation: &Organisation, control: &str) -> String {
    organisation.controls.get(control).map_or_else(|| control.to_owned(), |known| known.title.clone())
}
