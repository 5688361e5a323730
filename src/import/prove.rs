//! The proof of an import: what was printed is compiled, and every setting is held against the one that was read.

use super::estate::{Group, Piece};
use super::tree::Files;
use super::{Named, Wanted};
use crate::backend::Format;
use crate::catalogue::Catalogue;
use crate::control::Raised;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::gather::Gather;
use crate::setting::{Address, Family, Route, Value};
use crate::source::{Content, SourceFile, Sources, Span};
use crate::{Request, compile};
use std::collections::{BTreeMap, BTreeSet};

/// What compiling the files gave.
pub(super) struct Proof {
    /// What differs: the group, the address, and how.
    differences: Vec<(usize, Address, Difference)>,
    /// What no form of its group carries: the group, the address, and why.
    undelivered: Vec<(usize, Address, String)>,
    /// Other errors of the compile, each with the groups and controls whose text it points at.
    errors: Vec<(Diagnostic, BTreeSet<(String, String)>)>,
    /// What consoles would be given: the group, the name that it would have there, and what it holds.
    pub(super) policies: Vec<(usize, String, BTreeSet<Address>)>,
}

/// How a setting differs from the one that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Difference {
    /// It is not written.
    Lost,
    /// Another value is written.
    Changed,
    /// Nobody has read it.
    Added,
}

impl Proof {
    /// Compiles the files and compares.
    pub(super) fn of(files: &Files, groups: &[Group], catalogue: &Catalogue, wanted: &Wanted<'_>) -> Proof {
        let source = |(path, bytes): (&String, &Vec<u8>)| SourceFile {
            path: format!("policy-sources/{path}"),
            content: Content::Bytes(bytes.clone()),
        };
        let sources = Sources::new(files.iter().map(source).chain(wanted.beside.iter().cloned()).collect());
        let compiled = compile(&sources, catalogue, &Request { as_of: wanted.as_of });
        let mut undelivered = Vec::new();
        let mut errors = Vec::new();
        for error in compiled.found.iter().filter(|finding| finding.severity == Severity::Error) {
            let before = undelivered.len();
            if error.code == Code::CannotDeliver {
                let why = format!("the compiler refuses it: {}", error.message);
                let ours = compiled.groups.iter().flat_map(|own| own.routes().map(move |checked| (own, checked)));
                for (own, checked) in ours {
                    let n = groups.iter().position(|group| group.id == own.checked.target().group.value);
                    let at = checked.settings().iter().filter(|setting| Place::Source(setting.span) == error.place);
                    undelivered
                        .extend(n.into_iter().zip(at).map(|(n, setting)| (n, setting.address.clone(), why.clone())));
                }
            }
            if undelivered.len() == before {
                errors.push((error.clone(), pointed_at(error, &sources)));
            }
        }
        let mut differences = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            let own = compiled.groups.iter().find(|one| one.checked.target().group.value == group.id);
            for route in Route::ALL {
                let on = own.and_then(|own| own.routes().find(|checked| checked.target().route() == *route));
                let expected: BTreeMap<&Address, &Value> = group
                    .pieces
                    .iter()
                    // A command goes by no route, and stands beside the files of each.
                    .filter(|(address, piece)| {
                        piece.routes.contains(route) || on.is_some() && address.family == Family::Command
                    })
                    .map(|(address, piece)| (address, &piece.value))
                    .gather();
                let settings = on.map_or(&[][..], |checked| checked.settings());
                let written: BTreeMap<&Address, &Value> =
                    settings.iter().map(|setting| (&setting.address, &setting.value)).gather();
                if expected.is_empty() && written.is_empty() {
                    continue;
                }
                for (address, value) in &expected {
                    match written.get(address) {
                        None => differences.push((n, (*address).clone(), Difference::Lost)),
                        Some(other) if other != value => differences.push((n, (*address).clone(), Difference::Changed)),
                        Some(_) => {}
                    }
                }
                let added = written.keys().filter(|address| !expected.contains_key(*address) && !is_support(address));
                differences.extend(added.map(|address| (n, (*address).clone(), Difference::Added)));
            }
        }
        let mut policies = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            let own = compiled.groups.iter().find(|one| one.checked.target().group.value == group.id);
            for file in own.iter().flat_map(|own| &own.artefacts).filter(|file| file.format == Format::Intune) {
                let root: Option<serde_json::Value> = serde_json::from_slice(&file.bytes).ok();
                let text = |key: &str| root.as_ref().and_then(|root| root.get(key)?.as_str().map(str::to_owned));
                let name = text("displayName").or_else(|| text("name"));
                policies.extend(name.map(|name| (n, name, file.holds.iter().cloned().gather())));
            }
        }
        Proof { differences, undelivered, errors, policies }
    }

    /// Controls that write what nobody has read, or other than it was read.
    pub(super) fn blamed(
        &self,
        groups: &[Group],
        raised: &[Vec<Raised>],
        refused: &BTreeSet<Named>,
    ) -> BTreeSet<Named> {
        let mut blamed = BTreeSet::new();
        for (n, address, how) in &self.differences {
            for one in &raised[*n] {
                let owners: BTreeSet<&str> = one.addresses.iter().map(|address| address.owner.as_str()).gather();
                let is_its = one.addresses.contains(address)
                    || *how == Difference::Added && owners.contains(address.owner.as_str());
                if is_its {
                    blamed.insert((groups[*n].id.clone(), one.control.id.value.clone(), one.instance.clone()));
                }
            }
        }
        let every =
            |group: &Group, one: &Raised| (group.id.clone(), one.control.id.value.clone(), one.instance.clone());
        for (_, places) in &self.errors {
            for (group, raised) in groups.iter().zip(raised) {
                let is_its = |one: &&Raised| places.contains(&(group.id.clone(), one.control.id.value.clone()));
                blamed.extend(raised.iter().filter(is_its).map(|one| every(group, one)));
            }
        }
        blamed.retain(|one| !refused.contains(one));
        // What points at no control may come from any of them: settings alone are then the safer way.
        let adds = |n: usize| self.differences.iter().any(|(of, _, how)| *of == n && *how == Difference::Added);
        if blamed.is_empty() {
            let all = groups.iter().zip(raised).enumerate();
            for (_, (group, raised)) in all.filter(|(n, _)| !self.errors.is_empty() || adds(*n)) {
                blamed.extend(raised.iter().map(|one| every(group, one)));
            }
        }
        blamed.retain(|one| !refused.contains(one));
        blamed
    }

    /// Says more of what comes back otherwise than it was: first its type, else it is left out. What was left out, and why; `None` where
    /// there is nothing that could be done.
    pub(super) fn mend(&self, groups: &mut [Group]) -> Option<Vec<(Address, Piece, String)>> {
        let (mut lost, mut mended) = (Vec::new(), false);
        for (n, address, why) in &self.undelivered {
            lost.extend(groups[*n].pieces.remove(address).map(|piece| (address.clone(), piece, why.clone())));
            mended = true;
        }
        for (n, address, how) in &self.differences {
            let pieces = &mut groups[*n].pieces;
            let Some(piece) = pieces.get_mut(address).filter(|_| *how != Difference::Added) else { continue };
            mended = true;
            // An entry types its values by their looks where it says so.
            let is_typed = *how == Difference::Changed && address.family != Family::Csp;
            if !(is_typed && piece.allowed.insert(Code::WrongType)) {
                let why = "the sources would not give it back as it is: tell us of it".to_owned();
                lost.extend(pieces.remove(address).map(|piece| (address.clone(), piece, why)));
            }
        }
        mended.then_some(lost)
    }

    /// Each difference is an error, in the file that has the setting.
    pub(super) fn report(&self, groups: &[Group], found: &mut Diagnostics) {
        // What the compiler refuses has its finding where it stands in its file.
        let told = found.has_errors();
        for (n, address, how) in &self.differences {
            let group = &groups[*n];
            let place = group.pieces.get(address).map(|piece| piece.place.clone());
            let place = place.unwrap_or(Place::Source(Span::NOWHERE));
            let cause = match how {
                Difference::Lost => {
                    format!("`{address}` would be lost: the sources for `{}` do not give it back", group.id)
                }
                Difference::Changed => format!("`{address}` would have another value in `{}`", group.id),
                Difference::Added => format!("`{address}` would be added to `{}`, and no file has it", group.id),
            };
            if !told {
                found.push(
                    Diagnostic { place, ..Diagnostic::new(Code::ImportDiffers, Span::NOWHERE, cause) }
                        .help("import the other files without this one, and tell us of it"),
                );
            }
        }
        if !told && self.differences.is_empty() {
            for (error, _) in &self.errors {
                let cause = format!("what was imported does not compile: {}", error.message);
                let mut finding = Diagnostic::new(Code::ImportDiffers, Span::NOWHERE, cause);
                finding.help.clone_from(&error.help);
                found.push(finding);
            }
        }
    }
}

/// What the compiler adds so that others hold at all: a subscription to the status that a predicate reads, and the installation of a
/// template that the organisation has ingested.
fn is_support(address: &Address) -> bool {
    const INSTALL: &str = "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/";
    address.family == Family::Csp && address.owner.starts_with(INSTALL)
        || address.family == Family::Declaration
            && address.owner == "com.apple.configuration.management.status-subscriptions"
}

/// The group and the control in whose text a finding and its labels stand.
fn pointed_at(finding: &Diagnostic, sources: &Sources) -> BTreeSet<(String, String)> {
    let places = std::iter::once(&finding.place).chain(finding.also.iter().map(|label| &label.place));
    let control = |place: &Place| {
        let Place::Source(span) = place else { return None };
        let text = sources.text(span.file);
        let end = text.get(span.start as usize..)?.find('\n').map_or(text.len(), |n| n + span.start as usize);
        let before = text.get(..end)?;
        let clause = &before[before.rfind("\n  - id: ")?..];
        let required = clause.split_once("\n    require:\n").map(|(_, required)| required)?;
        let group = clause.split_once("\n    groups: [")?.1.split_once(']')?.0.to_owned();
        // Controls stand three levels deep, and nothing else below `require` does.
        let name = |line: &str| Some(line.strip_prefix("      ")?.split_once(':')?.0.to_owned());
        let mut names = required.lines().filter_map(name).filter(|name| !name.starts_with(' '));
        let is_over = required.contains("\n    settings:");
        let last = names.by_ref().last().filter(|_| !is_over)?;
        Some((group, last))
    };
    places.filter_map(control).gather()
}
