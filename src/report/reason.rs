//! Why a setting is there, for people and as data: the control, the clauses with their places, the exceptions.

use crate::diagnostic::render::Lines;
use crate::setting::{ClauseRef, Origin, Role};
use crate::source::Span;
use serde::Serialize;

/// One reason for a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The control; `null` for a raw entry.
    pub control: Option<String>,
    /// Which of several instances.
    pub instance: Option<String>,
    /// The parameters that the value depends on.
    pub parameters: Vec<String>,
    /// `raw`, `carrying`, `helping`, `relaxing`.
    pub role: &'static str,
    /// `stated`, `assumed`, `default`, `fixed`.
    pub basis: &'static str,
    /// The clauses that ask, those first whose value decided.
    pub clauses: Vec<Asked>,
    /// The exceptions that moved it.
    pub exceptions: Vec<Named>,
}

/// A clause that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// `policy clause`.
    pub clause: String,
    /// `path:line:column`.
    pub place: Option<String>,
    /// Whether its value decided.
    pub decided: bool,
}

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub exception: String,
    /// `path:line:column`.
    pub place: Option<String>,
}

impl Reason {
    /// An origin as a reason.
    pub fn of(origin: &Origin, lines: &Lines<'_>) -> Reason {
        let asked = |(n, (clause, span)): (usize, &(ClauseRef, Span))| Asked {
            clause: clause.to_string(),
            place: lines.at(*span),
            decided: n < origin.deciding,
        };
        Reason {
            control: origin.control.clone(),
            instance: origin.instance.clone(),
            parameters: origin.parameters.clone(),
            role: match origin.role {
                Role::Raw => "raw",
                Role::Carrying => "carrying",
                Role::Helping => "helping",
                Role::Relaxing => "relaxing",
            },
            basis: origin.basis.word(),
            clauses: origin.clauses.iter().enumerate().map(asked).collect(),
            exceptions: exceptions(&origin.exceptions, lines),
        }
    }

    /// For people, on one line and without places: the control, how firmly it stands, and the clauses behind it.
    pub fn short(&self) -> String {
        let control = self.control.as_deref().unwrap_or("raw");
        let instance = self.instance.as_ref().map_or_else(String::new, |name| format!(" [{name}]"));
        let decided = self.clauses.iter().filter(|asked| asked.decided);
        // Where nobody decided, as for a default, everybody who asked for the control is behind it.
        let asked =
            if decided.clone().next().is_some() { decided.collect() } else { self.clauses.iter().collect::<Vec<_>>() };
        let clauses: Vec<&str> = asked.iter().map(|asked| asked.clause.as_str()).collect();
        let exceptions: String = self.exceptions.iter().map(|e| format!(", under exception {}", e.exception)).collect();
        format!("{control}{instance} ({}, {}): {}{exceptions}", self.role, self.basis, clauses.join(", "))
    }

    /// For people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut said = match (&self.control, &self.instance) {
            (None, _) => "written by the clause itself".to_owned(),
            (Some(control), None) => format!("control {control}"),
            (Some(control), Some(instance)) => format!("control {control} [{instance}]"),
        };
        if !self.parameters.is_empty() {
            said.push_str(&format!(", {}", self.parameters.join(", ")));
        }
        if self.control.is_some() {
            said.push_str(&format!(" ({}, {})", self.role, self.basis));
        }
        let mut lines = vec![said];
        lines.extend(self.clauses.iter().map(|asked| {
            // Where nobody decided (a default), every clause only asks for the control.
            let how = if asked.decided { "decided by" } else { "asked by" };
            format!("{how} {}{}", asked.clause, placed(&asked.place))
        }));
        lines.extend(self.exceptions.iter().map(|e| format!("under exception {}{}", e.exception, placed(&e.place))));
        lines
    }
}

/// Exceptions with their places.
pub fn exceptions(named: &[(String, Span)], lines: &Lines<'_>) -> Vec<Named> {
    named.iter().map(|(id, span)| Named { exception: id.clone(), place: lines.at(*span) }).collect()
}

/// ` (path:line:column)`, or nothing.
pub fn placed(place: &Option<String>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!(" ({place})"))
}
