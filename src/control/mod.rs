//! Controls: what can be asked, what it becomes, what it cannot do, as data. Clauses, groups and the catalogue are unknown here.
//!
//! Reading order: this file, `parameter.rs` (values and their order), one file under `library/`, `parse.rs` (text → [`Control`]),
//! `entry.rs` (where settings go), `transform.rs` (what values are made of), `lower.rs` (controls → settings), `hold.rs` and `rule/`
//! (what must hold of the result).

mod body;
pub mod certificate;
mod declare;
mod entry;
mod expression;
mod format;
mod gap;
mod given;
mod guard;
mod hold;
pub mod invert;
mod library;
mod lower;
mod observed;
mod parameter;
mod parse;
mod provenance;
mod raise;
mod release;
mod rule;
#[cfg(test)]
mod sample;
mod scope;
pub mod transform;
mod watched;
mod wellformed;
mod when;
mod xml;

pub use entry::parse_entries;
pub(crate) use entry::serves;
pub use guard::parse_guards;
pub use hold::{Watch, hold};
pub use library::{Library, library, library_bytes, library_control, library_ids};
pub use lower::{Lowered, lower};
pub use observed::observed;
pub use parameter::{Given, Order, Parameter, Type};
pub use parse::parse;
pub use raise::{Differing, Estate, Near, Raised, Raising, raise};
pub use release::release;
pub use rule::{Rules, explain};
pub use scope::Writer;
pub use watched::watched;
pub(crate) use wellformed::is_for;
pub use when::{Test, When};
pub use xml::Document;

use crate::diagnostic::Code;
use crate::setting::{Basis, ClauseRef, DeviceFact, Platform, Role, Value};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One requirement that clauses can make.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its id, kebab-case.
    pub id: Spanned<String>,
    /// The id that it had before: identities still derive from it.
    pub formerly: Option<Spanned<String>>,
    /// What it is, for people.
    pub title: String,
    /// Facts that its groups must state.
    pub needs_facts: Vec<Spanned<DeviceFact>>,
    /// What else must be true for it to hold, shown wherever it is.
    pub needs: Vec<String>,
    /// Its parameters, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// Whether clauses may ask for it several times, each under a name.
    pub named_instances: bool,
    /// Controls that it only watches: it writes nothing, and their settings carry it.
    pub constrains: Vec<Spanned<String>>,
    /// Where its settings go.
    pub settings: Vec<Entry>,
    /// What must stay true while it is asked for.
    pub guards: Vec<Guard>,
    /// Values that a healthy device reports; never set.
    pub observe: Vec<Entry>,
    /// What a platform cannot express: for the control as a whole (`None`), or parameter by parameter.
    pub gaps: Vec<Gap>,
    /// Platforms that do it by themselves, and how.
    pub inherent: BTreeMap<Platform, String>,
}

/// Something that a platform cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The platform.
    pub platform: Platform,
    /// The parameter; `None` for the whole control.
    pub parameter: Option<String>,
    /// The values of the parameter that it cannot express; empty for all.
    pub words: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Where a value goes: the carrier of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// `payload: TYPE` with `keys`.
    Payload,
    /// `declaration: TYPE` with `keys`.
    Declaration,
    /// `csp: PATH` with `nodes` and `admx`.
    Csp,
    /// `command: NAME` with `keys`.
    Command,
    /// `compliance: TYPE` with `keys`; nobody counts it as a setting.
    Compliance,
}

/// One entry of a control's `settings`, or of a clause's.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The whole entry.
    pub span: Span,
    /// What it writes; several forms for `either`, the preferred one first.
    pub forms: Vec<Form>,
    /// Platforms that it is for; empty where the carrier says it.
    pub platforms: Vec<Spanned<Platform>>,
    /// Conditions, all of which hold.
    pub when: Vec<When>,
    /// One entry for each item of this list.
    pub each: Option<Spanned<String>>,
    /// Facts that its groups must state, beside those of the control.
    pub needs_facts: Vec<Spanned<DeviceFact>>,
    /// What must be true for it to hold.
    pub needs: Vec<String>,
    /// What it is to the control; of a clause's own entry nobody asks.
    pub role: Role,
}

/// One form of an entry.
#[derive(Clone, Debug)]
pub struct Form {
    /// The whole form.
    pub span: Span,
    /// Its carrier.
    pub carrier: Carrier,
    /// Payload type, declaration type, request type or path, as written.
    pub owner: Spanned<String>,
    /// The user channel, on Apple.
    pub user_channel: bool,
    /// The name of the occurrence.
    pub instance: Option<Instance>,
    /// The profile that it shares.
    pub profile: Option<String>,
    /// When a configuration is active, in Apple's words.
    pub predicate: Option<Box<Spanned<String>>>,
    /// Why it stands although no catalogue knows it.
    pub unlisted: Option<String>,
    /// What may be found of what it writes, and why: a clause's own entries alone have any.
    pub allowed: Vec<(Spanned<Code>, String)>,
    /// What it writes, down to the leaves: key path or node path, and the value. Paths are relative to `owner`.
    pub leaves: Vec<(Vec<Spanned<String>>, LeafKind, Spanned<Expression>)>,
}

/// What kind of leaf an entry writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// A key of a payload, declaration or command.
    Key,
    /// A plain node.
    Node,
    /// The state of an ADMX body.
    AdmxState,
    /// An element of an ADMX body.
    AdmxElement(Spanned<String>),
}

/// The name of an occurrence.
#[derive(Clone, Debug)]
pub enum Instance {
    /// Of a payload or declaration: a name, or `$instance`.
    Name(Spanned<Expression>),
    /// Of the dynamic nodes that a path writes in braces: `{ TenantId: $organisation.entra-tenant }`.
    Nodes(Vec<(Spanned<String>, Spanned<Expression>)>),
}

/// A value of an entry, before parameters are bound: a vendor's value, or one of ours that begins with a plain `$`.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A vendor's scalar. Plain ones get their type from the catalogue.
    Literal(Value),
    /// `none`: the key, item or node is left out.
    Nothing,
    /// `$name`, `$organisation.name`, `$instance`, `$item.field`, `$releases`.
    Reference(String),
    /// `{ $mode: { required: 1, else: 0 } }`: the row of the parameter's value.
    Table(String, Vec<(Spanned<String>, Spanned<Expression>)>),
    /// `{ $times: [a, b] }`.
    Times(Box<Spanned<Expression>>, Box<Spanned<Expression>>),
    /// `{ $minus: [a, b, …] }`: the first less the rest.
    Minus(Vec<Spanned<Expression>>),
    /// `{ $date: [day, days, "12:00:00"] }`.
    Date(Vec<Spanned<Expression>>),
    /// `{ $minutes: $start }`: minutes since midnight.
    Minutes(Box<Spanned<Expression>>),
    /// `{ $thumbprint: $authority }`: the SHA-1 of a certificate, by which Windows names it; 40 hexadecimal digits.
    Thumbprint(Box<Spanned<Expression>>),
    /// `{ $join: [$start, ":00"] }`: the texts one after the other.
    Join(Vec<Spanned<Expression>>),
    /// `{ $each: $list, as: … }`: an array, one item for each.
    Each(Box<Spanned<Expression>>, Box<Spanned<Expression>>),
    /// `{ $ref: TYPE, instance: NAME }`.
    Ref(String, Option<Box<Spanned<Expression>>>),
    /// `{ $uuid: NAME }`: the UUID of a name of the organisation.
    Uuid(String),
    /// `{ $xml: app-locker, … }`: a vendor's document, made of these parts.
    Document(Document, Vec<(Spanned<String>, Spanned<Expression>)>),
    /// `{ secret: NAME }`.
    Secret(String),
    /// `{ file: PATH }`: the bytes of a file of the organisation.
    File(String),
    /// A list.
    List(Vec<Spanned<Expression>>),
    /// A dictionary inside a list.
    Dictionary(Vec<(Spanned<String>, Spanned<Expression>)>),
}

/// What must stay true of the result, whoever writes it.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The whole guard.
    pub span: Span,
    /// Conditions on the control's own parameters, as in [`Entry::when`].
    pub when: Vec<When>,
    /// Platforms that it is for; empty where the carrier says it.
    pub platforms: Vec<Spanned<Platform>>,
    /// What it watches.
    pub subject: GuardSubject,
    /// Why.
    pub reason: String,
}

impl Guard {
    /// Whether it looks at a platform's settings.
    pub(crate) fn is_for(&self, platform: Platform) -> bool {
        if !self.platforms.is_empty() {
            return self.platforms.iter().any(|other| other.value == platform);
        }
        match &self.subject {
            GuardSubject::Settings { form, .. } => serves(form).is_none_or(|only| only == platform),
            GuardSubject::Control { .. } => true,
        }
    }
}

/// What a guard watches.
#[derive(Clone, Debug)]
pub enum GuardSubject {
    /// Settings, each with the condition on its value.
    Settings {
        /// Carrier, owner, channel and instance, without values.
        form: Form,
        /// Paths as in [`Form::leaves`], with what must hold there.
        conditions: Vec<(Vec<Spanned<String>>, LeafKind, Spanned<Condition>)>,
    },
    /// Another control: forbidden where no parameters are given, else these values where it is asked for.
    Control {
        /// Its id.
        control: Spanned<String>,
        /// Its parameters and what each must be.
        parameters: Vec<(Spanned<String>, Spanned<Condition>)>,
    },
}

/// What must hold of a value that is there. A guard never demands that it be there.
#[derive(Clone, Debug)]
pub enum Condition {
    /// It must not be there.
    Absent,
    /// It equals this.
    Is(Expression),
    /// `{ not: 1 }`.
    Not(Expression),
    /// `{ below: $max-days }`.
    Below(Expression),
    /// `{ above: 3 }`.
    Above(Expression),
}

/// A control as one group has it: parameters merged, defaults filled, contributors remembered.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The control.
    pub control: Arc<Control>,
    /// Its instance, where clauses ask for several.
    pub instance: Option<String>,
    /// The name that the instance had before: identities still derive from it.
    pub formerly: Option<String>,
    /// Every parameter, by name.
    pub parameters: BTreeMap<String, BoundParameter>,
    /// Clauses that require it for this group, with the place of the requirement.
    pub clauses: Vec<(ClauseRef, Span)>,
}

impl Bound {
    /// The name of its instance in identities: the one that it had before, where it was renamed.
    pub(crate) fn known_as(&self) -> Option<&str> {
        self.formerly.as_deref().or(self.instance.as_deref())
    }
}

/// The value that a parameter has for one group, and who had a say.
#[derive(Clone, Debug)]
pub struct BoundParameter {
    /// The value; `None` is `none`.
    pub value: Given,
    /// Where the deciding value was written; nowhere for a default.
    pub span: Span,
    /// Who said it.
    pub basis: Basis,
    /// Everybody who gave a value; the ones that decided have `decided`.
    pub contributions: Vec<Contribution>,
    /// Exceptions in force that changed it.
    pub exceptions: Vec<(String, Span)>,
}

/// One clause's value for a parameter.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The clause.
    pub clause: ClauseRef,
    /// Where it is written.
    pub span: Span,
    /// The value, after any exception.
    pub value: Given,
    /// Stated or assumed.
    pub basis: Basis,
    /// Whether the result is (also) this one.
    pub decided: bool,
}

/// A raw entry of a clause, for one group.
#[derive(Clone, Debug)]
pub struct RawEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    /// The clause that wrote it.
    pub clause: ClauseRef,
}

/// What entries may refer to beside parameters.
#[derive(Clone, Debug, Default)]
pub struct OrganisationFacts {
    /// `$organisation.name` → text: `identifier`, `name`, `entra-tenant`, ….
    pub texts: BTreeMap<String, String>,
    /// Files of the organisation's folder, by relative path: what `{ file: PATH }` and certificates name.
    pub files: BTreeMap<String, Arc<Vec<u8>>>,
    /// What else stands in that folder, and why it is none of these.
    pub unopened: BTreeMap<String, String>,
    /// Certificates by name → path.
    pub certificates: BTreeMap<String, String>,
    /// Facts that are given and could not be read: they have their finding.
    pub unread: BTreeSet<String>,
    /// What `$releases` lists on each platform, in the order of versions.
    pub releases: BTreeMap<Platform, Vec<Value>>,
}
