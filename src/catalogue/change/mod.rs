//! Two releases of the vendors' facts beside each other: what came, what went, what is deprecated, what else is stated otherwise, and
//! which settings that touches.
//!
//! Corrections of ours are laid over both sides, so that a field which we state is no change; so is neither a vendor's file that was
//! renamed nor the name of a release. Reading order: this file, `read.rs` (files → [`Facts`]), `pairs.rs` (what belongs to what),
//! `fields.rs` and `bearing.rs` (field by field, and what that asks of a setting), `touch.rs` and `limit.rs` (settings,
//! and whether they fit still), `brief.rs` (words).

mod bearing;
mod brief;
mod correction;
mod fields;
mod limit;
mod pairs;
mod read;
#[cfg(test)]
mod tests;
mod touch;

pub use bearing::Bearing;
pub use fields::Field;
pub use limit::Limit;
pub use pairs::between;
pub use read::read;
pub use touch::{Given, Touched, touched};

use super::Catalogue;
use super::entry::{Form, Node, Schema};
use super::facts::folded;
use super::search::Topic;
use crate::setting::Family;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What one release states.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// Apple's files by what they describe.
    types: BTreeMap<(Form, String), Vec<Cow<'a, Schema>>>,
    /// Microsoft's nodes by their folded LocURI.
    nodes: BTreeMap<String, Cow<'a, Node>>,
    /// The releases that the files name, such as `2025-02 DDF`.
    pub releases: BTreeSet<String>,
}

impl<'a> Facts<'a> {
    /// What the binary holds.
    pub fn embedded(catalogue: &'a Catalogue) -> Facts<'a> {
        let mut facts = Facts::default();
        // Graph is in no release of Apple's or of the DDF.
        for form in [Form::Profile, Form::Declaration, Form::Command, Form::Status] {
            for name in catalogue.names(form) {
                let schemas = catalogue.schemas(form, name);
                facts.releases.extend(schemas.iter().map(|schema| schema.source.release.clone()));
                facts.types.insert((form, name.to_owned()), schemas.iter().map(Cow::Borrowed).collect());
            }
        }
        for row in 0..catalogue.rows.len() {
            let source = catalogue.node_source(row);
            // What we have from a page before a release has it is no fact of this release.
            if source.is_page() {
                continue;
            }
            facts.releases.insert(source.release);
            facts.nodes.insert(catalogue.folded_uri(row), Cow::Borrowed(catalogue.node_of(row)));
        }
        facts
    }

    /// Whether it states nothing at all.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.nodes.is_empty()
    }

    /// Whether it states anything of Apple's, and of Microsoft's.
    pub fn vendors(&self) -> (bool, bool) {
        (!self.types.is_empty(), !self.nodes.is_empty())
    }

    /// Whether no node of that LocURI was there.
    fn add_node(&mut self, node: Node) -> bool {
        let key = folded(&node.uri);
        let is_new = !self.nodes.contains_key(&key);
        if is_new {
            self.nodes.insert(key, Cow::Owned(node));
        }
        is_new
    }
}

/// What an entry is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Whose it is: a payload's, a declaration's, a command's, or a node.
    pub family: Family,
    /// Payload type, declaration type, request type or LocURI.
    pub owner: String,
    /// The vendor's file, where several share the type.
    pub file: Option<String>,
    /// Whether the key is one of a command's answer.
    pub is_answer: bool,
    /// Names of keys from the top, items of arrays and `ANY` included; empty for a type or node as a whole.
    pub path: Vec<String>,
}

impl Name {
    /// What it stands for.
    pub fn topic(&self) -> Topic {
        match self.family {
            _ if !self.path.is_empty() => Topic::Key,
            Family::Profile => Topic::Payload,
            // Apple's declarations are `com.apple.…`, and no status item is.
            Family::Declaration if !self.owner.starts_with("com.") => Topic::Status,
            Family::Declaration => Topic::Declaration,
            Family::Command => Topic::Command,
            Family::Compliance => Topic::Compliance,
            Family::Csp => Topic::Node,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)?;
        if let Some(file) = &self.file {
            write!(f, " ({file})")?;
        }
        if !self.path.is_empty() {
            write!(f, " · {}", self.path.join("."))?;
        }
        if self.is_answer {
            f.write_str(" (in the answer)")?;
        }
        Ok(())
    }
}

/// What became of an entry. Ordered by how much a reviewer needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The later release does not have it.
    Removed,
    /// The later release says that it goes.
    Deprecated,
    /// The later release states something else of it.
    Changed,
    /// The earlier release did not have it.
    Added,
}

impl What {
    /// Each and its word.
    pub const WORDS: [(What, &'static str); 4] = [
        (What::Removed, "removed"),
        (What::Deprecated, "deprecated"),
        (What::Changed, "changed"),
        (What::Added, "added"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        What::WORDS.iter().find(|(own, _)| *own == self).map_or("", |(_, word)| word)
    }
}

/// One entry that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which entry.
    pub name: Name,
    /// What became of it.
    pub what: What,
    /// How many keys or nodes below it came or went with it.
    pub below: usize,
    /// What is stated otherwise; empty where it came or went.
    pub fields: Vec<Field>,
    /// What it is, in a few words; for what went, what it was.
    pub brief: String,
    /// Whether it is a key that must be there.
    pub is_required: bool,
}

impl Change {
    /// What it asks of a setting there: the hardest of its parts.
    pub fn bearing(&self) -> Bearing {
        match self.what {
            What::Removed => Bearing::Narrower,
            What::Added if self.is_required => Bearing::Narrower,
            What::Added => Bearing::Wider,
            _ => self.fields.iter().map(|field| field.bearing).min().unwrap_or(Bearing::Neutral),
        }
    }
}

/// What a pipeline stops at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A setting of the project stands on something that is gone, takes less or takes something else.
    Narrower,
    /// A setting of the project stands on something that differs.
    Touched,
    /// Anything.
    Any,
}

impl Stop {
    /// Each and its word.
    pub const WORDS: [(Stop, &'static str); 3] =
        [(Stop::Narrower, "narrower"), (Stop::Touched, "touched"), (Stop::Any, "any")];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Stop::WORDS.iter().find(|(own, _)| *own == self).map_or("", |(_, word)| word)
    }

    /// Whether a change is such, with the settings that it touches.
    pub fn holds(self, touched: &[Touched<'_>]) -> bool {
        match self {
            Stop::Narrower => touched.iter().any(|one| one.bearing <= Bearing::Different),
            Stop::Touched => !touched.is_empty(),
            Stop::Any => true,
        }
    }
}
