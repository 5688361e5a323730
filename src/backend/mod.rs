//! Back ends: checked settings → the files that servers take, and back. They know formats, never controls or policies.
//!
//! Reading order: this file (what a back end is, the table of them), `identity.rs` (names → identifiers), `paths.rs` (names that
//! every file system carries), `names.rs` (types and instances ⇄ names of files), `leaves.rs` (dictionaries ⇄ settings), `items.rs`
//! (values ⇄ property lists), then `declaration/`, the smallest, `mobileconfig/`, `command/` and `syncml/`, each with `encode.rs` and
//! `decode.rs`; `intune/`, and `carried.rs`, which puts profiles into its envelopes; `legacy.rs`, which has declarations lead to profiles;
//! `index.rs`.

pub(crate) mod attached;
mod carried;
mod command;
mod declaration;
pub mod expected;
pub mod fill;
pub(crate) mod found;
pub(crate) mod identity;
mod index;
pub mod intune;
mod items;
mod leaves;
mod legacy;
mod mobileconfig;
mod names;
pub(crate) mod node;
mod paths;
mod reduced;
#[cfg(test)]
mod sample;
mod served;
pub(crate) mod syncml;
#[cfg(test)]
mod whole;

pub(crate) use declaration::declared;
pub(crate) use index::index;
pub(crate) use mobileconfig::SINGLE;
pub(crate) use mobileconfig::{Entry, Identities, Listed, identities, listed};
pub(crate) use names::{channel as declaration_channel, told};
pub(crate) use paths::is_device;
pub use reduced::{Left, Reduced, handed, reduced};
pub use served::form;
pub(crate) use served::{against, takes, takes_none, variables};
pub use syncml::wrap;

use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Arrange;
use crate::setting::{Address, Delivery, Family, Route, Setting, Target, secret};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every back end. To add one is to add its folder and its line here; the conformance suite then runs on it by itself.
pub const BACKENDS: &[Backend] = &[
    mobileconfig::BACKEND,
    declaration::BACKEND,
    syncml::BACKEND,
    command::BACKEND,
    carried::WINDOWS,
    carried::APPLE,
    carried::JUDGED,
];

/// A file format that the compiler writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// An Apple configuration profile.
    Mobileconfig,
    /// An Apple declaration.
    Declaration,
    /// A Windows SyncML fragment.
    Syncml,
    /// A command for the server to send.
    Command,
    /// A file of Intune's (Microsoft Graph JSON).
    Intune,
    /// A file that somebody else wrote, as it is.
    Attached,
    /// The index of a group: who gets it, by which routes, and what each file is. It sets nothing.
    Index,
    /// What devices report of the rest. It sets nothing.
    Expected,
}

impl Format {
    /// The word for it in an index.
    pub fn word(self) -> &'static str {
        match self {
            Format::Mobileconfig => "mobileconfig",
            Format::Declaration => "declaration",
            Format::Syncml => "syncml",
            Format::Command => "command",
            Format::Intune => "intune",
            Format::Attached => "attached",
            Format::Index => "index",
            Format::Expected => "expected",
        }
    }

    /// The route that its files are part of; `None` for what is of every route.
    pub fn route(self) -> Option<Route> {
        match self {
            Format::Mobileconfig | Format::Declaration | Format::Syncml => Some(Route::Direct),
            Format::Intune => Some(Route::Intune),
            Format::Command | Format::Attached | Format::Index | Format::Expected => None,
        }
    }
}

/// One file of a build, in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Relative path, `organisation/group/name.extension`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// The addresses that it holds, in their order: with the group's settings, the way back to who asked.
    pub holds: Vec<Address>,
    /// What a device lists of the profile that it is or carries.
    pub(crate) lists: Option<Arc<Listed>>,
}

impl Artefact {
    /// A file that devices list nothing of.
    pub fn new(path: impl Into<String>, bytes: Vec<u8>, format: Format, holds: Vec<Address>) -> Artefact {
        Artefact { path: path.into(), bytes, format, holds, lists: None }
    }
}

/// What a decoder reads out of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Settings, sorted by address, without origins.
    pub settings: Vec<Setting>,
    /// What the file holds beside settings and the back end's own envelope: where, and what.
    pub residue: Vec<(String, String)>,
}

/// Why a file cannot be read: the place in the file, and the cause.
pub type Unreadable = (String, String);

/// One back end.
pub struct Backend {
    /// Its format.
    pub format: Format,
    /// What its settings are.
    pub family: Family,
    /// The folder of its files below the group's own, where they have one.
    pub folder: Option<&'static str>,
    /// The ends of its files' names, with the dot.
    pub extensions: &'static [&'static str],
    /// Checked settings of its family → files. Total: what it cannot write, `check` has refused.
    pub encode: fn(&Checked, &Catalogue, &mut Diagnostics) -> Vec<Artefact>,
    /// Bytes → settings.
    pub decode: fn(&[u8], &Catalogue) -> Result<Decoded, Unreadable>,
    /// Adds what the name of a file says and its bytes do not.
    pub named: fn(&str, &mut Decoded),
    /// Whether it serves this group at all.
    pub serves: fn(&Target) -> bool,
}

/// Every file of one group, sorted by path, by all back ends that serve it.
pub fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let serving: Vec<&Backend> = BACKENDS.iter().filter(|backend| (backend.serves)(checked.target())).collect();
    report_undelivered(checked, &serving, found);
    let mut artefacts: Vec<Artefact> =
        serving.iter().flat_map(|backend| (backend.encode)(checked, catalogue, found)).collect();
    let leading = legacy::leading(checked, &artefacts, catalogue, found);
    artefacts.extend(leading);
    artefacts.arrange_by(|a, b| a.path.cmp(&b.path));
    paths::report(checked, &artefacts, found);
    artefacts.iter().for_each(|artefact| report_strange_marks(checked, artefact, found));
    artefacts
}

/// Reads a file of a known format.
pub fn decode(format: Format, bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let mut decoded = match BACKENDS.iter().find(|backend| backend.format == format) {
        Some(backend) => (backend.decode)(bytes, catalogue)?,
        None if format == Format::Expected => expected::decode(bytes)?,
        None if format == Format::Attached => Decoded::default(),
        None => index::decode(bytes)?,
    };
    decoded.settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(decoded)
}

/// Reads a file whose path says the format, and for some formats more of its settings.
pub fn decode_at(path: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let unknown = || (String::new(), "no back end writes files of this name".to_owned());
    let format = format_of(path).ok_or_else(unknown)?;
    let mut decoded = decode(format, bytes, catalogue)?;
    if let Some(backend) = BACKENDS.iter().find(|backend| backend.format == format) {
        (backend.named)(path, &mut decoded);
    }
    Ok(decoded)
}

/// The format of a file by its folder and the end of its name; `None` where no back end writes such files.
pub fn format_of(path: &str) -> Option<Format> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name == index::NAME {
        return Some(Format::Index);
    }
    if name == expected::NAME {
        return Some(Format::Expected);
    }
    if folder.rsplit('/').next() == Some(attached::FOLDER) {
        return Some(Format::Attached);
    }
    let own = folder.rsplit('/').next().filter(|own| FOLDERS.contains(own));
    let is_its = |backend: &&Backend| {
        let ends = backend.extensions.iter();
        backend.folder == own && ends.copied().any(|end| name.len() > end.len() && name.ends_with(end))
    };
    BACKENDS.iter().find(is_its).map(|backend| backend.format)
}

/// Folders of back ends below a group's own.
pub const FOLDERS: &[&str] = &[attached::FOLDER, command::FOLDER, intune::FOLDER];

/// Settings that no serving back end writes would be lost without a word.
fn report_undelivered(checked: &Checked, serving: &[&Backend], found: &mut Diagnostics) {
    let in_policies = |address: &Address| {
        let carries = Delivery::Intune.carries_declaration(&address.owner, *checked.target().intune);
        address.family == Family::Declaration && carries && serving.iter().any(|b| b.format == Format::Intune)
    };
    let written = |address: &Address| serving.iter().any(|backend| backend.family == address.family);
    let lost = |setting: &&Setting| !written(&setting.address) && !in_policies(&setting.address);
    for setting in checked.settings().iter().filter(lost) {
        let group = &checked.target().group;
        let message = format!("nothing that `{}` takes can carry `{}`", **group, setting.address);
        found.push(
            Diagnostic::new(Code::CannotDeliver, setting.span, message)
                .also(group.span, "the group")
                .help("name a form that carries it in the group's `deliver`, or ask for it in another form"),
        );
    }
}

/// Values cannot look like markers, but names and titles enter files too: a secret would be written into them.
fn report_strange_marks(checked: &Checked, artefact: &Artefact, found: &mut Diagnostics) {
    let asked = fill::asked(&artefact.bytes).len();
    if asked > 0 && asked != secrets(checked, artefact).len() {
        let group = &checked.target().group;
        let message =
            format!("`{}` holds `{}` in a name: it marks the place of a secret", artefact.path, secret::MARKER);
        let cure = "write a name that does not begin like a marker";
        found.push(Diagnostic::new(Code::WrongFormat, group.span, message).help(cure));
    }
}

/// The names of the secrets that stand in a file, each once for each place.
pub fn secrets<'a>(checked: &'a Checked, artefact: &Artefact) -> Vec<&'a str> {
    let holds: BTreeSet<&Address> = artefact.holds.iter().collect();
    let own = checked.settings().iter().filter(|setting| holds.contains(&setting.address));
    own.flat_map(|setting| setting.value.secrets()).collect()
}

/// The setting behind an address, for the place of a finding.
fn span_of(checked: &Checked, address: &Address) -> crate::source::Span {
    let group = checked.target().group.span;
    checked.settings().iter().find(|setting| setting.address == *address).map_or(group, |setting| setting.span)
}

/// Why a text cannot stand in an artefact: whatever has the look of a marker would be filled in.
fn looks_secret(text: &str) -> Option<String> {
    let named = match secret::marks(text).next() {
        Some(mark) => &text[mark.at],
        None => text.find(fill::IN_BASE64).map(|at| &text[at..at + fill::IN_BASE64.len()])?,
    };
    Some(format!("`{named}` is how an artefact marks a secret"))
}
