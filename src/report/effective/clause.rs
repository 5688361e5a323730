//! One clause: what it says, what it asks for in plain words, and what holds it.

use super::group::{given, unit};
use super::title;
use crate::control::{Bound, BoundParameter, Contribution, Parameter};
use crate::policy::{Clause, Group, Organisation, Requirement};
use crate::report::coverage::ClauseUse;
use serde::Serialize;

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClausePart {
    /// `policy clause`.
    pub reference: String,
    /// What coverage knows of it: id, summary, class, what holds it on each group.
    #[serde(flatten)]
    pub held: ClauseUse,
    /// The groups that it binds.
    pub binds: Vec<String>,
    /// What it asks for.
    pub asks: Vec<Ask>,
    /// Whether it writes vendor settings of its own.
    pub raw: bool,
    /// References as printed and as meant.
    pub cites: Vec<Citation>,
    /// Its id in an earlier version.
    pub formerly: Option<String>,
}

/// A reference that the text prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// As printed.
    pub printed: String,
    /// As meant.
    pub meant: String,
}

/// A control that a clause asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Its id.
    pub control: String,
    /// Its instance.
    pub instance: Option<String>,
    /// What it is, for people.
    pub title: String,
    /// The groups that it is asked of.
    pub groups: Vec<String>,
    /// The values that the clause gives, in the control's own order.
    pub parameters: Vec<AskedParameter>,
}

/// A value that a clause gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedParameter {
    /// The parameter.
    pub parameter: String,
    /// The value.
    pub value: String,
    /// What it counts, where it is a number.
    pub unit: Option<String>,
    /// `stated` or `assumed`.
    pub basis: &'static str,
    /// Groups that have another value, because a stricter clause or an exception decides there.
    pub elsewhere: Vec<Elsewhere>,
}

/// What a group has instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The group.
    pub group: String,
    /// Its value.
    pub value: String,
}

impl ClausePart {
    pub(super) fn of(organisation: &Organisation, clause: &Clause, held: &ClauseUse) -> ClausePart {
        ClausePart {
            reference: clause.id.value.to_string(),
            held: held.clone(),
            binds: clause.groups.clone(),
            asks: clause.requires.iter().map(|asked| ask(organisation, clause, asked)).collect(),
            raw: clause.has_raw,
            cites: clause
                .cites
                .iter()
                .map(|(printed, meant)| Citation { printed: printed.clone(), meant: meant.clone() })
                .collect(),
            formerly: clause.formerly.clone(),
        }
    }
}

fn ask(organisation: &Organisation, clause: &Clause, asked: &Requirement) -> Ask {
    let declared = organisation.controls.get(&asked.control.value).map_or(&[][..], |control| &control.parameters);
    let gives = |parameter: &&Parameter| asked.parameters.iter().any(|name| name.value == parameter.name.value);
    Ask {
        control: asked.control.value.clone(),
        instance: asked.instance.clone(),
        title: title(organisation, &asked.control.value),
        groups: asked.groups.clone(),
        parameters: declared
            .iter()
            .filter(gives)
            .filter_map(|parameter| asked_parameter(organisation, clause, asked, parameter))
            .collect(),
    }
}

/// The value that a clause gives, read from what became of it; `None` where no group of the clause has the control.
fn asked_parameter(
    organisation: &Organisation,
    clause: &Clause,
    asked: &Requirement,
    declared: &Parameter,
) -> Option<AskedParameter> {
    let name = &declared.name.value;
    let bound = |group: &Group| -> Option<BoundParameter> {
        let has = |bound: &&Bound| bound.control.id.value == asked.control.value && bound.instance == asked.instance;
        group.controls.iter().find(has)?.parameters.get(name).cloned()
    };
    let said = |bound: &BoundParameter| -> Option<Contribution> {
        bound.contributions.iter().find(|said| said.clause == clause.id.value).cloned()
    };
    let having = organisation.groups.iter().filter(|group| asked.groups.contains(group.id()));
    let having: Vec<(&Group, BoundParameter)> = having.filter_map(|group| Some((group, bound(group)?))).collect();
    // An exception changes what a clause gives to its group: the clause's own word is where none does.
    let plain = having.iter().find(|(_, bound)| bound.exceptions.is_empty() && said(bound).is_some());
    let own = said(&plain.or(having.first())?.1)?;
    let value = given(&own.value);
    let elsewhere = having.iter().filter(|(_, bound)| bound.value != own.value);
    Some(AskedParameter {
        parameter: name.clone(),
        unit: unit(declared, &own.value),
        basis: own.basis.word(),
        elsewhere: elsewhere
            .map(|(group, bound)| Elsewhere { group: group.id().clone(), value: given(&bound.value) })
            .collect(),
        value,
    })
}
