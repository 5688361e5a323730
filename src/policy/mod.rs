//! The written policy: documents → what each group must have. Knows clauses, groups and exceptions; no vendor's formats.
//!
//! Reading order: this file (what resolving gives), `document.rs` (one parsed source, nothing looked up), `parse.rs` (text → Document),
//! `clause.rs`, `group.rs`, `exception.rs`, `former.rs` (one law each), `resolve.rs` (documents → [`Policy`]), `answer.rs` (does each clause hold?).

pub mod answer;
mod attachment;
mod baseline;
mod clause;
pub mod document;
mod exception;
mod former;
mod group;
mod judgement;
mod merge;
mod names;
mod organisation;
mod parse;
mod release;
mod resolve;
#[cfg(test)]
mod sample;
mod secret;
mod template;

pub use attachment::Attachment;
pub(crate) use group::wrong_version;
pub use parse::parse;
pub use resolve::resolve;
pub use secret::report_unsourced;
pub use template::templates;

use crate::consumer::Consumer;
use crate::control::{Bound, Control, Guard, OrganisationFacts, RawEntry};
use crate::diagnostic::Code;
use crate::setting::{ClauseRef, Date, Dialect, Server, Target};
use crate::source::{Span, Spanned};
use crate::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that the sources say, resolved: organisations in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The organisations.
    pub organisations: Vec<Organisation>,
}

impl Policy {
    /// Has the files of these groups go to this server, whatever the groups state.
    pub(crate) fn serve(&mut self, consumer: &'static Consumer, meant: impl Fn(&Target) -> bool) {
        let groups = self.organisations.iter_mut().flat_map(|organisation| &mut organisation.groups);
        for group in groups.filter(|group| meant(&group.target)) {
            let stated = group.target.server;
            let span = stated.map_or(group.target.group.span, |server| server.name.span);
            let name = Spanned::new(consumer.name.as_str(), span);
            let stated = stated.and_then(|server| server.stated);
            group.target.server = Some(Server { name, stated, variables: &consumer.variables });
        }
    }
}

impl Policy {
    /// Has Intune's files be of this dialect, whatever the groups state.
    pub(crate) fn speak(&mut self, dialect: Dialect) {
        let groups = self.organisations.iter_mut().flat_map(|organisation| &mut organisation.groups);
        groups.for_each(|group| group.target.intune.value = dialect);
    }
}

/// One organisation: a folder under `policy-sources/`.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its id: the folder's name.
    pub id: Spanned<String>,
    /// Its id before its folder was renamed. Its `identifier` carries the identities: this one only pairs the two in a comparison.
    pub formerly: Option<String>,
    /// Its name, as users see it.
    pub name: String,
    /// What every identifier starts with.
    pub identifier: String,
    /// What entries may refer to.
    pub facts: OrganisationFacts,
    /// Warnings that it denies.
    pub deny: Vec<Code>,
    /// Where its secrets come from, by name: `env:NAME`, `file:PATH` or `cmd:COMMAND`.
    pub secrets: BTreeMap<String, Spanned<String>>,
    /// The policy templates that it brings, in the order of their files.
    pub templates: Vec<Template>,
    /// Its groups, in the order of their ids.
    pub groups: Vec<Group>,
    /// Its written policies and adopted baselines, in the order of their ids.
    pub policies: Vec<Written>,
    /// Its exceptions, in the order of their ids.
    pub exceptions: Vec<Exception>,
    /// Its own controls and those of the library that it uses, by id.
    pub controls: BTreeMap<String, Arc<Control>>,
}

/// What one group must have.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its facts; for an unmanaged group those that are stated.
    pub target: Target,
    /// Why no server reaches it, where none does: it gets nothing.
    pub unmanaged: Option<Spanned<String>>,
    /// The group that it is part of.
    pub part_of: Option<Spanned<String>>,
    /// The clauses that name it, or a group that it is part of.
    pub clauses: Vec<ClauseRef>,
    /// Controls, merged, in the order of id and instance.
    pub controls: Vec<Bound>,
    /// Controls that it should have and that a finding keeps out, with their instance.
    pub left_out: Vec<(String, Option<String>)>,
    /// Raw entries of its clauses.
    pub raw: Vec<RawEntry>,
    /// Guards of its clauses.
    pub guards: Vec<(Arc<Guard>, ClauseRef)>,
    /// Exceptions in force for it, by id, with the clauses that each lifts or relaxes.
    pub exceptions: Vec<(String, Vec<ClauseRef>)>,
    /// Facts that no text gives, and why: `assumed` of the group.
    pub assumed: Vec<(String, String)>,
    /// Files that it gets as they are.
    pub attachments: Vec<Attachment>,
}

/// One written policy.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its id.
    pub id: Spanned<String>,
    /// Its title.
    pub title: String,
    /// Its version, as printed.
    pub version: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Who approved it, and when.
    pub approved: Option<(String, Option<Date>)>,
    /// When it came into force.
    pub in_force: Option<Date>,
    /// When it is to be reviewed.
    pub next_review: Option<Spanned<Date>>,
    /// Clauses that are not here, and why.
    pub left_out: Vec<(String, String)>,
    /// The id that it had before.
    pub formerly: Option<String>,
    /// Whether it is a baseline that the organisation adopts.
    pub baseline: bool,
    /// Its clauses, in the order of the file.
    pub clauses: Vec<Clause>,
}

/// How a clause holds. See language.md §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Settings make it true on every device of its groups.
    Enforced,
    /// A setting helps.
    Partial,
    /// The platform already does it.
    Inherent,
    /// An action of the management server.
    MdmCommand,
    /// Enforced elsewhere: directory, mail, network.
    Service,
    /// People.
    Procedural,
}

impl Class {
    /// Every class and its word.
    pub const WORDS: &'static [(&'static str, Class)] = &[
        ("enforced", Class::Enforced),
        ("partial", Class::Partial),
        ("inherent", Class::Inherent),
        ("mdm-command", Class::MdmCommand),
        ("service", Class::Service),
        ("procedural", Class::Procedural),
    ];

    /// The word that sources use for it.
    pub fn word(self) -> &'static str {
        Class::WORDS.iter().find(|(_, class)| *class == self).map_or("", |(word, _)| word)
    }
}

/// One clause of a written policy, as people need to see it. What it asks of each group is in [`Group`].
#[derive(Clone, Debug)]
pub struct Clause {
    /// Its policy and id; the span is that of the id.
    pub id: Spanned<ClauseRef>,
    /// One line, in our words.
    pub summary: String,
    /// How it holds.
    pub class: Spanned<Class>,
    /// Why it is not enforced.
    pub reason: Option<String>,
    /// The groups that it names, after `part-of` (every group that it binds).
    pub groups: Vec<String>,
    /// The controls that it requires: id, instance, and the groups of it.
    pub requires: Vec<Requirement>,
    /// What else must be true.
    pub needs: Vec<String>,
    /// `control.parameter` → why, for values that the text does not give.
    pub assumed: Vec<(Spanned<String>, String)>,
    /// References as printed and as meant.
    pub cites: Vec<(String, String)>,
    /// Clauses that cannot be followed beside it, and why.
    pub conflicts_with: Vec<(String, String)>,
    /// Baseline clauses that it fulfils.
    pub meets: Vec<String>,
    /// Its id in an earlier version.
    pub formerly: Option<String>,
    /// Whether it writes raw entries.
    pub has_raw: bool,
    /// Whether a part of it has a finding already, so that its class is not judged.
    pub broken: bool,
}

/// What a clause asks of a control.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The control.
    pub control: Spanned<String>,
    /// Its instance.
    pub instance: Option<String>,
    /// The name that the instance had before.
    pub formerly: Option<String>,
    /// The groups that it is asked of, after `part-of`.
    pub groups: Vec<String>,
    /// The parameters that it gives.
    pub parameters: Vec<Spanned<String>>,
}

/// One exception.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Its id.
    pub id: Spanned<String>,
    /// The id that it had before.
    pub formerly: Option<String>,
    /// The clauses that it names.
    pub clauses: Vec<Spanned<ClauseRef>>,
    /// The groups that it is for, after `part-of`.
    pub groups: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who stands behind it.
    pub endorsed_by: Option<String>,
    /// First day.
    pub from: Option<Spanned<Date>>,
    /// Last day.
    pub expires: Option<Spanned<Date>>,
    /// Where it stands on the day of the run.
    pub state: ExceptionState,
    /// The whole exception.
    pub span: Span,
}

/// Where an exception stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionState {
    /// Its first day is to come.
    Waiting,
    /// In force.
    InForce,
    /// Its last day is past: an error.
    Lapsed,
    /// It waits for a person.
    Template,
    /// On record only.
    Recorded,
}
