//! Why a setting is there. Never dropped: any key in any artefact leads back to a line that someone wrote.

use crate::source::Span;
use std::fmt;

/// A clause by its policy and id: `it-policy 2.13.a`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClauseRef {
    /// The policy's id.
    pub policy: String,
    /// The clause's id, as the written policy numbers it.
    pub clause: String,
}

impl fmt::Display for ClauseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.policy, self.clause)
    }
}

/// What a setting is to its control. Ordered by the weight of its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Written by a clause, not by a control.
    Raw,
    /// Without it the control is not in force.
    Carrying,
    /// The control is in force without it.
    Helping,
    /// It writes what holds without it, so that nothing stricter stays behind; whatever is asked for besides wins without a word.
    Relaxing,
}

/// Who said the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The written policy gives it.
    Stated,
    /// An exception in force gives it.
    Excepted,
    /// The clause gives it, and says that the written policy does not.
    Assumed,
    /// Nobody: it is the control's default.
    Default,
    /// The control writes it always.
    Fixed,
}

impl Basis {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Basis::Stated => "stated",
            Basis::Excepted => "excepted",
            Basis::Assumed => "assumed",
            Basis::Default => "default",
            Basis::Fixed => "fixed",
        }
    }
}

/// One reason for a setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The control that wrote it; `None` for a raw entry.
    pub control: Option<String>,
    /// The id that the control had before, from which identities still derive (`formerly`).
    pub formerly: Option<String>,
    /// The control's instance, where it has several.
    pub instance: Option<String>,
    /// The parameters that its value depends on.
    pub parameters: Vec<String>,
    /// The clauses that asked for the control or wrote the entry, with the place of each; those whose value decided come first.
    pub clauses: Vec<(ClauseRef, Span)>,
    /// How many of `clauses` decided the value; the others asked for less, or for the control alone.
    pub deciding: usize,
    /// What it is to its control.
    pub role: Role,
    /// Who said the value.
    pub basis: Basis,
    /// Exceptions in force that changed the value.
    pub exceptions: Vec<(String, Span)>,
    /// The entry of the control or clause that wrote it.
    pub entry: Span,
}

/// One of several forms of a demand: `either` in a control.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// Which demand: the same for all its forms, unique in the group.
    pub demand: String,
    /// Which form, from 0, in the order of preference.
    pub form: usize,
}
