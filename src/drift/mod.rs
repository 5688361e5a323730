//! What a build makes ⇄ what people approved: missing, unexpected, differing; settings first, then lines. Pure: both sides are
//! handed in.
//!
//! Reading order: this file, [`change`] (settings by address, and who asked), [`show`] (values that may be shown), [`identity`],
//! [`mod@lines`] with [`mod@runs`] (what two texts share), [`filled`] (secrets that only a released file holds).

mod change;
mod filled;
mod identity;
mod lines;
mod runs;
mod show;

use crate::gather::{Arrange, Gather};
pub use change::Change;
use filled::Filled;
pub(crate) use filled::is_filled_in;
pub(crate) use identity::{between as identity_between, own as identity_of};
pub use lines::{Line, Lines, Side};
pub(crate) use runs::{is_too_much, lines, runs, words};
pub use show::{WITHHELD, value};
pub(crate) use show::{is_secret, side};

use crate::attached::{DIGEST, decode_at, inside};
use crate::backend::{self, Artefact, Decoded, Format, fill};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::ClauseRef;
use crate::source::{Content, SourceFile};
use std::collections::{BTreeMap, BTreeSet};

/// One group's side of the comparison.
#[derive(Clone, Debug)]
pub struct Produced<'a> {
    /// Its files on one route.
    pub artefacts: Vec<&'a Artefact>,
    /// Its settings: the way back from an address to who asked.
    pub checked: &'a Checked,
    /// Exceptions in force for it, with the clauses that each lifts or relaxes.
    pub exceptions: &'a [(String, Vec<ClauseRef>)],
}

/// One file that is not as approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its path, relative to `golden/` and `profiles-out/` alike.
    pub path: String,
    /// In what way.
    pub kind: Kind,
    /// Settings that differ, by address. Of a missing file all that it will set, of an unexpected one all that it set.
    pub changes: Vec<Change>,
    /// Identifiers and UUIDs that differ: which key, before, after. Devices take the file for another one.
    pub identities: Vec<(String, Option<String>, Option<String>)>,
    /// What the approved file holds beside settings: where, and what.
    pub residue: Vec<(String, String)>,
    /// The lines that differ.
    pub lines: Lines,
}

/// In what way a file is not as approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody has approved it.
    Missing,
    /// Approved, and nothing produces it; where it cannot be read, why.
    Unexpected(Option<String>),
    /// It sets something else.
    Settings,
    /// It sets the same, and devices will take it for another file.
    Identity,
    /// It sets the same, in other bytes.
    Cosmetic,
    /// It sets nothing, and follows from the other files of its group.
    Follows,
    /// What was approved cannot be read, and why.
    Unreadable(String),
}

impl Kind {
    /// The code of its finding.
    pub fn code(&self) -> Code {
        match self {
            Kind::Missing => Code::MissingGolden,
            Kind::Unexpected(_) => Code::UnexpectedGolden,
            Kind::Unreadable(_) => Code::UnreadableArtefact,
            Kind::Settings | Kind::Identity | Kind::Cosmetic | Kind::Follows => Code::Drift,
        }
    }

    /// The word for it in data for other programs.
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::Unexpected(_) => "unexpected",
            Kind::Settings => "settings",
            Kind::Identity => "identity",
            Kind::Cosmetic => "cosmetic",
            Kind::Follows => "follows",
            Kind::Unreadable(_) => "unreadable",
        }
    }
}

impl Difference {
    /// What is the matter, in one line.
    pub fn message(&self) -> String {
        let path = &self.path;
        match &self.kind {
            Kind::Missing => format!("`{path}` is produced, and nobody has approved it"),
            Kind::Unexpected(None) => format!("`golden/{path}` is approved, and nothing produces it"),
            Kind::Unexpected(Some(why)) => format!("`golden/{path}` is nothing that a build produces ({why})"),
            Kind::Settings if self.changes.is_empty() => {
                format!("`{path}` differs from what is approved in what nothing here can read as settings")
            }
            Kind::Settings => format!("`{path}` sets something else than what is approved"),
            Kind::Identity if self.identities.iter().all(|(key, ..)| identity::is_name(key)) => {
                format!("`{path}` has another name: what matches by names takes it for another file")
            }
            Kind::Identity => format!("`{path}` has another identity: devices install it anew"),
            Kind::Follows => format!("`{path}` says what follows from the group's files, and they have changed"),
            Kind::Cosmetic => format!("`{path}` differs from what is approved: same settings, other bytes"),
            Kind::Unreadable(why) => format!("`golden/{path}` cannot be read: {why}"),
        }
    }

    /// The difference as a finding.
    pub fn finding(&self) -> Diagnostic {
        let inside =
            self.changes.iter().take(20).map(|change| change.address.to_string()).collect::<Vec<_>>().join(", ");
        Diagnostic::in_artefact(self.kind.code(), format!("golden/{}", self.path), inside, self.message())
            .help(format!("if this is intended, `policyc accept {}`", self.path))
    }
}

/// Every difference, sorted by path. `golden` holds paths relative to `golden/`.
pub fn compare(groups: &[Produced<'_>], golden: &[SourceFile], catalogue: &Catalogue) -> Vec<Difference> {
    with(groups, golden, catalogue, &against)
}

/// The same with what was released, its signatures opened, in the place of what is approved. Secrets are filled in there: all but their
/// values is compared, and the second part names them, by the paths of the files that hold them.
pub fn compare_released(
    groups: &[Produced<'_>],
    released: &[SourceFile],
    catalogue: &Catalogue,
) -> (Vec<Difference>, BTreeMap<String, BTreeSet<String>>) {
    let unknown = std::cell::RefCell::new(BTreeMap::new());
    let against_released =
        |artefact: &Artefact, golden: Option<&Content>, group: &Produced<'_>, catalogue: &Catalogue| {
            let (Some(Content::Bytes(bytes)), false) = (golden, fill::asked(&artefact.bytes).is_empty()) else {
                return against(artefact, golden, group, catalogue);
            };
            let (difference, names) = around_secrets(artefact, bytes, group, catalogue);
            unknown.borrow_mut().insert(artefact.path.clone(), names);
            difference
        };
    let differences = with(groups, released, catalogue, &against_released);
    (differences, unknown.into_inner())
}

/// How one artefact is compared with the file of its path.
type Against<'a> = &'a dyn Fn(&Artefact, Option<&Content>, &Produced<'_>, &Catalogue) -> Option<Difference>;

fn with(
    groups: &[Produced<'_>],
    golden: &[SourceFile],
    catalogue: &Catalogue,
    against: Against<'_>,
) -> Vec<Difference> {
    let approved: BTreeMap<&str, &Content> = golden.iter().map(|file| (file.path.as_str(), &file.content)).gather();
    let mut differences = Vec::new();
    let mut produced = BTreeSet::new();
    for group in groups {
        for artefact in &group.artefacts {
            produced.insert(artefact.path.as_str());
            differences.extend(against(artefact, approved.get(artefact.path.as_str()).copied(), group, catalogue));
        }
    }
    let strays = golden.iter().filter(|file| !produced.contains(file.path.as_str()));
    differences.extend(strays.map(|file| unexpected(file, groups, catalogue)));
    differences.arrange_by(|a, b| a.path.cmp(&b.path));
    differences
}

/// One artefact against what is approved for its path.
fn against(
    artefact: &Artefact,
    golden: Option<&Content>,
    group: &Produced<'_>,
    catalogue: &Catalogue,
) -> Option<Difference> {
    // Equal bytes, as most are, are never decoded.
    let now = || read(artefact.path.as_str(), &artefact.bytes, catalogue).unwrap_or_default();
    let unreadable = |why: String| Difference { kind: Kind::Unreadable(why), ..blank(&artefact.path) };
    let before = match golden {
        None => {
            let changes = change::between(&Decoded::default(), &now(), Some(group), catalogue);
            return Some(Difference { kind: Kind::Missing, changes, ..blank(&artefact.path) });
        }
        Some(Content::Bytes(bytes)) if *bytes == artefact.bytes => return None,
        Some(Content::Bytes(bytes)) => bytes,
        Some(content) => return Some(unreadable(refusal(content))),
    };
    if artefact.format == Format::Expected {
        return Some(Difference { kind: Kind::Follows, ..blank(&artefact.path) });
    }
    let then = match read(artefact.path.as_str(), before, catalogue) {
        Ok(then) => then,
        Err(why) => return Some(unreadable(why)),
    };
    let now = now();
    let changes = change::between(&then, &now, Some(group), catalogue);
    // Whoever signed them, devices go by what they hold.
    let (before, after) = (inside(before), inside(&artefact.bytes));
    let mut identities = identity::between(&before, &after);
    identities.extend(identity::renamed(&before, &after));
    let residue: Vec<_> = then.residue.iter().filter(|what| !now.residue.contains(what)).cloned().collect();
    // Under a foreign identity, names for people count as residue, which alone is no other setting.
    let is_dark = |read: &Decoded| artefact.format == Format::Attached && read.settings.is_empty();
    let kind = if changes.is_empty() && !identities.is_empty() {
        Kind::Identity
    } else if is_dark(&then) || is_dark(&now) {
        Kind::Settings
    } else if changes.is_empty() && residue.is_empty() && now.residue.iter().all(|what| then.residue.contains(what)) {
        Kind::Cosmetic
    } else {
        Kind::Settings
    };
    let lines = if show::holds_secret(&then, group.checked, catalogue) {
        Lines::Withheld
    } else if before == after {
        Lines::None
    } else {
        lines::between(&before, &after)
    };
    Some(Difference { path: artefact.path.clone(), kind, changes, identities, residue, lines })
}

/// An artefact with markers against a released file, and the secrets' names. The values that stand there are filled in here too: then all
/// bytes must be the same. Its lines are never shown.
fn around_secrets(
    artefact: &Artefact,
    released: &[u8],
    group: &Produced<'_>,
    catalogue: &Catalogue,
) -> (Option<Difference>, BTreeSet<String>) {
    let now = read(artefact.path.as_str(), &artefact.bytes, catalogue).unwrap_or_default();
    let mut then = match read(artefact.path.as_str(), released, catalogue) {
        Ok(then) => then,
        Err(_) => {
            let kind = Kind::Unreadable("how is withheld, since it holds a secret".to_owned());
            let unreadable = Difference { kind, ..blank(&artefact.path) };
            return (Some(unreadable), Filled::hide(&mut Decoded::default(), &now).names);
        }
    };
    let filled = Filled::hide(&mut then, &now);
    let expected = fill::fill(artefact.format, &artefact.bytes, &filled.values).ok();
    let expected = expected.as_ref().map_or(artefact.bytes.as_slice(), |expected| expected.as_slice());
    if expected == released {
        return (None, filled.names);
    }
    // What differs may be the secret in another place: none of it is shown.
    let withhold = |released: &mut Option<String>| released.iter_mut().for_each(|shown| *shown = WITHHELD.to_owned());
    let mut changes = change::between(&then, &now, Some(group), catalogue);
    changes.iter_mut().for_each(|change| withhold(&mut change.before));
    let mut identities = identity::between(released, expected);
    identities.iter_mut().for_each(|(_, before, _)| withhold(before));
    let more = then.residue.iter().filter(|what| !now.residue.contains(what));
    let residue: Vec<_> = more.map(|(place, _)| (place.clone(), WITHHELD.to_owned())).collect();
    let kind = match (changes.is_empty() && residue.is_empty(), identities.is_empty()) {
        (true, true) => Kind::Cosmetic,
        (true, false) => Kind::Identity,
        (false, _) => Kind::Settings,
    };
    let path = artefact.path.clone();
    (Some(Difference { path, kind, changes, identities, residue, lines: Lines::Withheld }), filled.names)
}

/// A file of `golden/` that nothing produces.
fn unexpected(file: &SourceFile, groups: &[Produced<'_>], catalogue: &Catalogue) -> Difference {
    let group = groups.iter().find(|group| {
        let target = group.checked.target();
        file.path.starts_with(&format!("{}/{}/", target.organisation, target.group.value))
    });
    let then = match &file.content {
        Content::Bytes(bytes) => read(&file.path, bytes, catalogue),
        content => Err(refusal(content)),
    };
    match then {
        Ok(then) => {
            let changes = change::between(&then, &Decoded::default(), group, catalogue);
            Difference { kind: Kind::Unexpected(None), changes, residue: then.residue, ..blank(&file.path) }
        }
        Err(why) => Difference { kind: Kind::Unexpected(Some(why)), ..blank(&file.path) },
    }
}

fn read(path: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, String> {
    let mut decoded = decode_at(path, bytes, catalogue).map_err(|(place, cause)| match place.as_str() {
        "" => cause,
        place => format!("{place}: {cause}"),
    })?;
    // Whoever compares bytes needs no digest of them.
    if backend::format_of(path) == Some(Format::Attached) {
        decoded.residue.retain(|(place, _)| place != DIGEST);
    }
    Ok(decoded)
}

fn refusal(content: &Content) -> String {
    match content {
        Content::TooLarge(size) => format!("{size} bytes are more than any artefact has"),
        Content::Refused(why) => why.clone(),
        Content::Bytes(_) => String::new(),
    }
}

fn blank(path: &str) -> Difference {
    Difference {
        path: path.to_owned(),
        kind: Kind::Missing,
        changes: Vec::new(),
        identities: Vec::new(),
        residue: Vec::new(),
        lines: Lines::None,
    }
}

#[cfg(test)]
mod tests;
