//! What a file of anybody's holds, as far as it can be read: what `reader` hands on. The decoders of this room give it of what they know
//! how to read; a fault in one part of a file keeps no other part from being read.

use super::items::{self, Payloads};
use super::leaves::Leaves;
use super::{Decoded, Unreadable, command, declaration, intune, mobileconfig, syncml};
use crate::catalogue::Catalogue;
use crate::encoding::places::Places;
use crate::encoding::plist::{Dictionary, Item as Plist};
use crate::encoding::xml::Fault;
use crate::setting::{Address, Names, Setting, Value};
use crate::source::{Span, Spanned};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// How a file says a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// As what is to be.
    Set,
    /// As what is to be once: users may change it afterwards (`Set-Once` of a container of managed preferences).
    Once,
    /// By a command that creates its node (SyncML `Add`).
    Added,
    /// By a command that is sent once (SyncML `Exec`): the setting is the command, and nothing is set.
    Executed,
    /// By a command that replaces what its node holds (SyncML `Replace`).
    Replaced,
    /// As what a device or server says that there is, and by whom it is set where that is told: a provider or an enrolment.
    Observed {
        /// Who set it.
        by: Option<String>,
        /// Whether it is what the device goes by.
        in_force: bool,
    },
}

/// One setting of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The setting. Its span is the value's place in the text of the file, where it has one.
    pub setting: Setting,
    /// Where it stands in the artefact: `PayloadContent[0].allowCamera`, `omaSettings[2]`, `Replace[4]`.
    pub place: String,
    /// How it is said.
    pub how: How,
    /// Why its name or value may be spelt otherwise than the file has it.
    pub doubt: Option<Why>,
}

/// What a file holds and nothing here can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Where it stands in the artefact.
    pub place: String,
    /// What it is, or says.
    pub what: String,
    /// Its place in the text.
    pub span: Span,
}

/// What a file says of a setting without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stands in the artefact.
    pub place: String,
    /// The LocURI, payload type or key path that it belongs to.
    pub name: String,
    /// Why nobody can tell the value.
    pub why: Why,
    /// Its place in the text.
    pub span: Span,
}

/// Why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The console keeps it to itself: `****`, or a token in place of a secret.
    Masked,
    /// The source names it and never says what it is set to.
    NotReported,
    /// A device that was asked for it answers that there is no such node (SyncML `Status` 404).
    NotThere,
    /// A policy of a template that nobody has given: only its ADMX file tells kinds and spellings.
    NeedsTemplate,
}

/// What is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where in the artefact; empty where only the text tells.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) cause: String,
    /// Its place in the text.
    pub(crate) span: Span,
    /// The vendor's spelling, of a word that differs from it in capitals alone: it is read all the same.
    pub(crate) right: Option<&'static str>,
}

impl Wrong {
    pub(crate) fn at(span: Span, place: impl Into<String>, cause: impl Into<String>) -> Wrong {
        Wrong { place: place.into(), cause: cause.into(), span, right: None }
    }
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        let span = Span { start: u32::try_from(fault.offset).unwrap_or(u32::MAX), ..Span::NOWHERE };
        Wrong::at(Span { end: span.start.saturating_add(1), ..span }, "", fault.cause)
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Settings, in the order of the file.
    pub(crate) items: Vec<Item>,
    /// Nodes that a file says are not to be configured (SyncML `Delete`), each with its place.
    pub(crate) unset: Vec<(String, Span)>,
    /// What is named without its value.
    pub(crate) unknown: Vec<Unknown>,
    /// What cannot be named.
    pub(crate) residue: Vec<Residue>,
    /// What is wrong.
    pub(crate) faults: Vec<Wrong>,
}

impl Found {
    /// Takes settings of one part of a file.
    pub(crate) fn add(&mut self, place: &str, how: &How, settings: impl IntoIterator<Item = Setting>) {
        let item = |setting: Setting| {
            let place = inside(place, setting.address.keys());
            Item { setting, place, how: how.clone(), doubt: None }
        };
        self.items.extend(settings.into_iter().map(item));
    }

    /// The first fault, as the strict decoders tell it.
    pub(super) fn refused(&self) -> Option<Unreadable> {
        self.faults.first().map(|fault| (fault.place.clone(), fault.cause.clone()))
    }
}

/// The place of keys in an artefact.
fn inside(place: &str, keys: &[String]) -> String {
    let mut all = String::with_capacity(place.len() + keys.iter().map(|key| 1 + key.len()).sum::<usize>());
    all.push_str(place);
    for (n, key) in keys.iter().enumerate() {
        if n > 0 || !place.is_empty() {
            all.push('.');
        }
        all.push_str(key);
    }
    all
}

fn of(decoded: Result<Decoded, Unreadable>, span: Span) -> Found {
    let mut found = Found::default();
    match decoded {
        Ok(decoded) => {
            found.add("", &How::Set, decoded.settings);
            let left = |(place, what)| Residue { place, what, span: Span::NOWHERE };
            found.residue.extend(decoded.residue.into_iter().map(left));
        }
        Err((place, cause)) => found.faults.push(Wrong::at(span, place, cause)),
    }
    found
}

/// The names of a setting whose LocURI or type stands at this place.
pub(super) fn named(owner: Span) -> Names {
    Names { owner, owner_parts: usize::MAX, ..Names::default() }
}

/// The settings of an Apple profile.
pub(crate) fn profile(root: Spanned<Plist>) -> Found {
    mobileconfig::read(root)
}

/// The settings of a command of Apple's.
pub(crate) fn command(root: Spanned<Plist>) -> Found {
    let span = root.span;
    of(command::read(root.value), span)
}

/// The settings of a declaration, and what it says of itself.
pub(crate) fn declaration(root: &Json, catalogue: &Catalogue, places: &Places) -> Found {
    of(declaration::read(root, catalogue, places), places.of(root))
}

/// The settings of a SyncML fragment or message.
pub(crate) fn syncml(bytes: &[u8], catalogue: &Catalogue) -> Found {
    syncml::read(bytes, catalogue)
}

/// What a device reports of a node: the text that it holds.
pub(crate) fn reported(uri: &str, text: &str, catalogue: &Catalogue) -> Vec<Setting> {
    syncml::settings_of(uri, catalogue.known_node(uri).map(|found| found.node), None, text)
}

/// The settings of keys: of a preference domain, whose keys stand below others.
pub(crate) fn keys(address: &Address, keys: BTreeMap<String, Spanned<Value>>) -> Result<Vec<Setting>, Unreadable> {
    let mut leaves = Leaves::new();
    leaves.all(address, keys)?;
    Ok(leaves.settings)
}

/// The settings of the keys of a property list.
pub(crate) fn domain(address: &Address, keys: Dictionary) -> Result<Vec<Setting>, Unreadable> {
    let mut leaves = Leaves::new();
    items::settings(address, keys.into_iter(), &Payloads::default(), &mut leaves)?;
    Ok(leaves.settings)
}

/// The profile in an envelope of Intune's; `None` where the file is none.
pub(crate) fn carried(file: &Json) -> Option<Result<Vec<u8>, Unreadable>> {
    intune::is_envelope(file).then(|| intune::carried_in(file).map(|(carried, _)| carried.profile))
}

/// The settings of a policy of Intune's catalogue that stand by themselves.
pub(crate) fn instances(settings: &[Json], catalogue: &Catalogue, places: &Places) -> Found {
    intune::instances(settings, "", catalogue, places)
}

/// The settings of a policy of Intune's.
pub(crate) fn policy(file: &Json, catalogue: &Catalogue, places: &Places) -> Found {
    match intune::read(file, catalogue, places) {
        Ok(found) => found,
        Err((place, cause)) => Found { faults: vec![Wrong::at(places.of(file), place, cause)], ..Found::default() },
    }
}
