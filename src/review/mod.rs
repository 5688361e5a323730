//! Two sides, and what a reviewer has to know of the way from one to the other: what changed, for whom, which clause asked, which
//! way it goes, and what it does to devices.
//!
//! This file is the model: plain data, ready to be shown. Nothing in it has been escaped for any format.
//!
//! Reading order: this file, `side.rs` (what a side is), `between.rs` (two of them → [`Review`]), `group.rs` with `asked.rs` (what
//! controls ask), `moved.rs` (settings), `facts.rs` and `files.rs`; `written.rs` (what people wrote, field by field) with `texts.rs` and
//! `exceptions.rs`; `pair.rs` and `paired.rs` (which thing is which), `identify.rs` (ids of changes), `gate.rs` (what a pipeline
//! stops at), `devices.rs` and [`impact`] (what a change does to devices); `held.rs` (what groups are given, for other rooms).

mod asked;
mod between;
mod devices;
mod exceptions;
mod facts;
mod files;
mod gate;
mod group;
mod held;
mod identify;
pub mod impact;
mod moved;
mod occurrences;
mod pair;
mod paired;
mod side;
mod texts;
mod written;

pub use between::between;
pub use gate::{Approval, FailOn, approvals, approve, stopping};
pub(crate) use held::{Given, Held, held};
pub use side::Side;

use crate::catalogue::Catalogue;
use crate::compare::{Direction, Judgement};
use crate::setting::{Address, ClauseRef};
use devices::Devices;
use moved::Moving;
use std::collections::BTreeMap;
use std::fmt;

/// What a changed identity does to devices.
const REINSTALL: &str = "reinstall: devices take it for another one, and keep the old one until it is taken away";

/// Everything that differs between two sides.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// What the earlier side is, as its reader named it.
    pub before: String,
    /// What the later side is.
    pub after: String,
    /// What could not be compared, and why: a side of files alone has no clauses, one with errors has no files.
    pub remarks: Vec<String>,
    /// What differs, by organisation and group, those that need a reviewer most first.
    pub changes: Vec<Change>,
    /// Files that devices are given and that are not the same on both sides.
    pub files: Vec<FileChange>,
    /// Sources whose text is not the same, whatever it means: path, and whether each side has it.
    pub sources: Vec<SourceChange>,
    /// Changes that somebody answers for, by id.
    pub approved: BTreeMap<String, Approval>,
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What is asked of devices or of people, or of whom.
    Behaviour,
    /// What devices take a thing for: the same under another identity is installed anew.
    Identity,
    /// What changes nothing but words, numbers and order.
    Cosmetic,
}

impl Kind {
    /// Every kind and its word.
    pub const WORDS: [(Kind, &'static str); 3] =
        [(Kind::Behaviour, "behaviour"), (Kind::Identity, "identity"), (Kind::Cosmetic, "cosmetic")];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Kind::WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// One change that a reviewer judges.
#[derive(Clone, Debug)]
pub struct Change {
    /// A digest of the change itself, the same on every machine: what an approval names.
    pub id: String,
    /// What kind it is.
    pub kind: Kind,
    /// Which way it goes, and who says so.
    pub judgement: Judgement,
    /// The organisation's id on the later side, or on the earlier one where it is gone.
    pub organisation: String,
    /// The group's id, where the change is one group's.
    pub group: Option<String>,
    /// What has changed.
    pub subject: Subject,
    /// What happened to it, in a few words: `added`, `removed`, `changed`, `renamed`, ….
    pub what: &'static str,
    /// What it was; `None` where it was not there.
    pub before: Option<String>,
    /// What it is; `None` where it is not there any more.
    pub after: Option<String>,
    /// The clauses that ask for it, or asked.
    pub clauses: Vec<ClauseRef>,
    /// The exceptions that have a part in it.
    pub exceptions: Vec<String>,
    /// The settings that move with it.
    pub settings: Vec<Moved>,
    /// What it does to devices; empty where nothing is known.
    pub impacts: Vec<String>,
    /// Where it is written: on the later side, or on the earlier one where it is gone.
    pub place: Option<Place>,
    /// What to do about it, where there is something.
    pub cure: Option<String>,
}

/// What a change is a change of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The organisation itself: a field of organisation.yaml.
    Organisation(String),
    /// A group, or one fact of it.
    Group(Option<String>),
    /// A control's parameter, for one group; `None` for the control as a whole.
    Control {
        /// Its id.
        control: String,
        /// Its instance, where it has several.
        instance: Option<String>,
        /// The parameter.
        parameter: Option<String>,
    },
    /// A setting of no control that changed: a raw one, one that a file alone has, or one that the same control sets otherwise.
    Setting(Address),
    /// A written policy, or one field of it.
    Policy(String, Option<String>),
    /// A clause, or one field of it.
    Clause(ClauseRef, Option<String>),
    /// An exception, or one field of it.
    Exception(String, Option<String>),
    /// A file that devices are given.
    File(String),
    /// Another source: `controls/x.yaml`, `secrets.yaml`, a certificate.
    Source(String),
}

/// One setting that moves.
#[derive(Clone, Debug)]
pub struct Moved {
    /// What is set.
    pub address: Address,
    /// To what it was set, as it may be shown; `None` where it was not.
    pub before: Option<String>,
    /// To what it is set.
    pub after: Option<String>,
    /// Which way it goes.
    pub judgement: Judgement,
    /// The clauses that ask for it, or asked.
    pub clauses: Vec<ClauseRef>,
    /// The file that held it, relative to the group's folder; by its present name where it only got another one.
    pub file_before: Option<String>,
    /// The file that holds it.
    pub file_after: Option<String>,
    /// What it does to devices.
    pub impacts: Vec<String>,
}

/// A place in a source of one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whether it is in the later side.
    pub later: bool,
    /// The source's path, relative to its project.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A file that devices are given, on two sides.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// The organisation's id.
    pub organisation: String,
    /// The group's id.
    pub group: String,
    /// Its path on the earlier side.
    pub before: Option<String>,
    /// Its path on the later side.
    pub after: Option<String>,
    /// Identities that differ: key, before, after.
    pub identities: Vec<(String, Option<String>, Option<String>)>,
    /// Its text.
    pub text: FileText,
}

/// The text of a file on both sides.
#[derive(Clone, Debug)]
pub enum FileText {
    /// It may be shown; empty where a side has no such file.
    Shown {
        /// Before.
        before: String,
        /// After.
        after: String,
    },
    /// It may not, and why.
    Withheld(String),
}

/// A source whose text differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceChange {
    /// Its path, relative to its project.
    pub path: String,
    /// Whether the earlier side has it.
    pub was: bool,
    /// Whether the later side has it.
    pub is: bool,
}

/// `passcode · min-length`, `it-policy 2.13.a`, `com.apple.applicationaccess · allowCamera`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |f: &mut fmt::Formatter<'_>, head: &str, id: &dyn fmt::Display, field: &Option<String>| {
            write!(f, "{head}{id}")?;
            field.as_ref().map_or(Ok(()), |field| write!(f, " · {field}"))
        };
        match self {
            Subject::Organisation(field) => f.write_str(field),
            Subject::Group(fact) => f.write_str(fact.as_deref().unwrap_or("group")),
            Subject::Control { control, instance, parameter } => {
                f.write_str(control)?;
                if let Some(instance) = instance {
                    write!(f, " [{instance}]")?;
                }
                parameter.as_ref().map_or(Ok(()), |parameter| write!(f, " · {parameter}"))
            }
            Subject::Setting(address) => address.fmt(f),
            Subject::Policy(id, field) => with(f, "policy ", id, field),
            Subject::Clause(id, field) => with(f, "clause ", id, field),
            Subject::Exception(id, field) => with(f, "exception ", id, field),
            Subject::File(path) => write!(f, "file {path}"),
            Subject::Source(path) => write!(f, "source {path}"),
        }
    }
}

impl Subject {
    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Subject::Organisation(_) => "organisation",
            Subject::Group(_) => "group",
            Subject::Control { .. } => "control",
            Subject::Setting(_) => "setting",
            Subject::Policy(..) => "policy",
            Subject::Clause(..) => "clause",
            Subject::Exception(..) => "exception",
            Subject::File(_) => "file",
            Subject::Source(_) => "source",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

impl Change {
    /// Which way it goes.
    pub fn direction(&self) -> Direction {
        self.judgement.direction
    }

    /// The order in which a reviewer reads: by organisation and group, and there what needs judgement most first.
    fn rank(&self) -> (&str, Option<&str>, Kind, Direction, &Subject, &str, &str) {
        let id = self.id.as_str();
        (&self.organisation, self.group.as_deref(), self.kind, self.direction(), &self.subject, self.what, id)
    }
}

/// A change in the making: its values are kept exact beside what is shown of them, until its id is known.
#[derive(Debug)]
struct Draft {
    change: Change,
    values: Vec<(String, String, String)>,
}

impl Draft {
    fn new(kind: Kind, subject: Subject, what: &'static str) -> Draft {
        let judgement = Judgement { direction: Direction::Neutral, parts: Vec::new(), because: String::new() };
        let change = Change {
            id: String::new(),
            kind,
            judgement,
            organisation: String::new(),
            group: None,
            subject,
            what,
            before: None,
            after: None,
            clauses: Vec::new(),
            exceptions: Vec::new(),
            settings: Vec::new(),
            impacts: Vec::new(),
            place: None,
            cure: None,
        };
        Draft { change, values: Vec::new() }
    }

    /// Adds a setting that moves with the change.
    fn settle(&mut self, moving: &Moving<'_>, judgement: Judgement, catalogue: &Catalogue, devices: &Devices<'_>) {
        let exact = |side: &[&crate::setting::Setting]| {
            side.iter().map(|setting| identify::exact(Some(&setting.value))).collect::<Vec<_>>().join("\n")
        };
        self.values.push((moving.name(), exact(&moving.before), exact(&moving.after)));
        self.change.settings.push(moving.shown(judgement, catalogue, devices));
    }

    /// The change, with its organisation, its id, and what its settings do to devices.
    fn finish(mut self, organisation: &str) -> Change {
        self.change.organisation = organisation.to_owned();
        for impact in self.change.settings.iter().flat_map(|moved| &moved.impacts) {
            if !self.change.impacts.contains(impact) {
                self.change.impacts.push(impact.clone());
            }
        }
        self.change.id = identify::id(&self.change, &self.values);
        self.change
    }
}
