//! One side of a comparison: a compile with its sources, or files alone.

use crate::attached;
use crate::backend::{self, Decoded, Format};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::drift;
use crate::gather::{Arrange, Gather};
use crate::policy;
use crate::setting::{Address, Family, Route, Setting, Value};
use crate::source::{Content, SourceFile, Sources, Span};
use crate::{Compiled, CompiledGroup};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One side.
#[derive(Debug)]
pub struct Side<'a> {
    /// What it is, as its reader named it.
    pub name: String,
    /// Its sources; `None` where it is files alone.
    pub(super) sources: Option<&'a Sources>,
    pub(super) organisations: Vec<OrganisationSide<'a>>,
    /// Whether its files are known: a compile with errors has none.
    pub(super) has_files: bool,
}

/// One organisation of a side.
#[derive(Debug)]
pub(super) struct OrganisationSide<'a> {
    pub(super) id: &'a str,
    /// What the folder around its files is called, where none below it names it.
    pub(super) folder: Option<&'a str>,
    pub(super) policy: Option<&'a policy::Organisation>,
    pub(super) groups: Vec<GroupSide<'a>>,
}

/// One group of a side.
#[derive(Debug)]
pub(super) struct GroupSide<'a> {
    pub(super) id: &'a str,
    /// As for an organisation.
    pub(super) folder: Option<&'a str>,
    pub(super) policy: Option<&'a policy::Group>,
    /// What it compiles to; `None` for a group that no server reaches, and for files alone.
    pub(super) outcome: Option<&'a CompiledGroup>,
    /// Its files, by path below the group's folder.
    pub(super) files: BTreeMap<&'a str, &'a [u8]>,
    /// Those of them that a release has filled secrets into.
    pub(super) filled: BTreeSet<&'a str>,
}

/// What a group sets: the settings, the file of each, and what its files hold beside them.
#[derive(Debug, Default)]
pub(super) struct Contents<'a> {
    pub(super) settings: Vec<(Cow<'a, Setting>, Option<&'a str>)>,
    /// Which of them each file holds.
    holds: BTreeMap<&'a str, Vec<usize>>,
    /// File, place and text of what is no setting.
    pub(super) residue: BTreeSet<(&'a str, String, String)>,
    /// Settings that hold a secret in clear, or may do so.
    secret: BTreeSet<Address>,
    /// Files that nothing can read, and why.
    pub(super) unreadable: Vec<(&'a str, String)>,
}

impl<'a> Side<'a> {
    /// A compile with its sources, whole or of one organisation.
    pub fn compiled(name: &str, sources: &'a Sources, compiled: &'a Compiled, only: Option<&str>) -> Side<'a> {
        let wanted = |(_, organisation): &(usize, &policy::Organisation)| only.is_none_or(|id| *organisation.id == *id);
        let organisation = |(n, organisation): (usize, &'a policy::Organisation)| OrganisationSide {
            id: &organisation.id.value,
            folder: None,
            policy: Some(organisation),
            groups: organisation
                .groups
                .iter()
                .enumerate()
                .map(|(g, group)| {
                    let outcome =
                        compiled.groups.iter().find(|outcome| outcome.organisation == n && outcome.group == g);
                    GroupSide::compiled(group, outcome)
                })
                .collect(),
        };
        let organisations = compiled.policy.organisations.iter().enumerate().filter(wanted).map(organisation).collect();
        let has_files = !compiled.found.has_errors();
        Side { name: name.to_owned(), sources: Some(sources), organisations, has_files }
    }

    /// Files alone: their folder is the group, and the folder above it the organisation.
    pub fn files(name: &str, files: &'a [SourceFile]) -> Side<'a> {
        let mut organisations: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, &[u8]>>> = BTreeMap::new();
        for file in files {
            let (organisation, group, own) = placed(&file.path);
            if let (Content::Bytes(bytes), false) = (&file.content, only_follows(&file.path)) {
                organisations.entry(organisation).or_default().entry(group).or_default().insert(own, bytes);
            }
        }
        let organisation = |(id, groups): (&'a str, BTreeMap<&'a str, BTreeMap<&'a str, &'a [u8]>>)| {
            let group = |(id, files)| GroupSide { files, ..GroupSide::empty(id) };
            OrganisationSide { id, folder: None, policy: None, groups: groups.into_iter().map(group).collect() }
        };
        let organisations = organisations.into_iter().map(organisation).collect();
        Side { name: name.to_owned(), sources: None, organisations, has_files: true }
    }

    /// Says of files alone what the folder that they were found in is called, and the one above it: where no folder below names their
    /// organisation, or not even their group, these do.
    #[must_use]
    pub fn found_in(mut self, above: Option<&'a str>, folder: Option<&'a str>) -> Side<'a> {
        for organisation in self.organisations.iter_mut().filter(|one| one.id.is_empty()) {
            let ungrouped = organisation.groups.iter_mut().filter(|group| group.id.is_empty());
            let ungrouped = ungrouped.map(|group| group.folder = folder).count();
            organisation.folder = if ungrouped > 0 { above } else { folder };
        }
        self
    }

    /// One organisation of it alone; files whose folders name none are its too.
    #[must_use]
    pub fn of(mut self, only: Option<&str>) -> Side<'a> {
        self.organisations.retain(|one| only.is_none_or(|id| one.id == id || one.id.is_empty()));
        self
    }

    /// The names of its organisations; empty where the folders of its files name none.
    pub fn organisations(&self) -> impl Iterator<Item = &'a str> {
        self.organisations.iter().map(|one| one.id)
    }

    /// Says of files alone which of them a release has filled secrets into: nothing of a secret may get into a review, its digest neither.
    pub fn with_secrets(mut self, paths: impl Iterator<Item = &'a str>) -> Side<'a> {
        for path in paths {
            let mut parts = path.splitn(3, '/');
            let (Some(organisation), Some(group), Some(own)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            let groups =
                self.organisations.iter_mut().filter(|one| one.id == organisation).flat_map(|one| &mut one.groups);
            groups.filter(|one| one.id == group).for_each(|one| one.filled.extend([own]));
        }
        self
    }

    /// Where a span stands, where it stands in a source of this side.
    pub(super) fn place(&self, span: Span, later: bool) -> Option<super::Place> {
        let sources = self.sources.filter(|_| span.is_somewhere())?;
        let (line, column) = sources.line_column(span);
        Some(super::Place { later, path: sources.path(span.file).to_owned(), line, column })
    }
}

impl<'a> GroupSide<'a> {
    /// One of which nothing is known but its name.
    pub(super) fn empty(id: &'a str) -> GroupSide<'a> {
        let (files, filled) = (BTreeMap::new(), BTreeSet::new());
        GroupSide { id, folder: None, policy: None, outcome: None, files, filled }
    }

    fn compiled(group: &'a policy::Group, outcome: Option<&'a CompiledGroup>) -> GroupSide<'a> {
        let artefacts = outcome.map_or(&[][..], |outcome| &outcome.artefacts);
        let given = artefacts.iter().filter(|artefact| !only_follows(&artefact.path));
        let files = given.map(|artefact| (below_group(&artefact.path), artefact.bytes.as_slice())).gather();
        GroupSide { policy: Some(group), outcome, files, ..GroupSide::empty(&group.target.group.value) }
    }

    /// What it sets. Files in `same` are left out: the other side has the very bytes.
    pub(super) fn contents(&self, same: &BTreeSet<&str>, catalogue: &Catalogue) -> Contents<'a> {
        match self.outcome {
            Some(outcome) => self.compiled_contents(outcome, same, catalogue),
            None => self.read(same, catalogue),
        }
    }

    fn compiled_contents(
        &self,
        outcome: &'a CompiledGroup,
        same: &BTreeSet<&str>,
        catalogue: &Catalogue,
    ) -> Contents<'a> {
        let mut holders: BTreeMap<(Option<Route>, &Address), &'a str> = BTreeMap::new();
        for artefact in &outcome.artefacts {
            let (route, own) = (artefact.format.route(), below_group(&artefact.path));
            holders.extend(artefact.holds.iter().map(|address| ((route, address), own)));
        }
        let mut contents = Contents::default();
        // Whatever a group's `deliver` names first: files alone do not tell.
        let mut routes: Vec<&Checked> = outcome.routes().collect();
        routes.arrange_by_key(|checked| checked.target().route());
        let mut routes = routes.into_iter();
        let leading = routes.next();
        let first = leading.into_iter().flat_map(|checked| {
            let route = Some(checked.target().route());
            let own = checked.settings().iter();
            // A command is of no route.
            let holder = |s: &Setting| holders.get(&(route, &s.address)).or(holders.get(&(None, &s.address))).copied();
            own.map(|s| (Cow::Borrowed(s), holder(s))).collect::<Vec<_>>()
        });
        contents.settings.extend(first);
        // What stands on several routes is one setting, on the first of them.
        let mut seen: BTreeMap<&Address, usize> = BTreeMap::new();
        for checked in routes {
            if seen.is_empty() {
                let leading = leading.into_iter().flat_map(Checked::settings);
                seen = leading.enumerate().map(|(n, s)| (&s.address, n)).gather();
            }
            let route = Some(checked.target().route());
            for setting in checked.settings() {
                let file = holders.get(&(route, &setting.address)).copied();
                match seen.get(&setting.address) {
                    Some(n) => contents.hold(file, *n),
                    None => {
                        seen.insert(&setting.address, contents.settings.len());
                        let file = file.or(holders.get(&(None, &setting.address)).copied());
                        contents.settings.push((Cow::Borrowed(setting), file));
                    }
                }
            }
        }
        // What somebody else wrote no source of the group says.
        for artefact in outcome.artefacts.iter().filter(|artefact| artefact.format == Format::Attached) {
            let own = below_group(&artefact.path);
            if !same.contains(own) {
                let decoded = attached::of(artefact, catalogue);
                contents.settings.extend(decoded.settings.into_iter().map(|setting| (Cow::Owned(setting), Some(own))));
                contents.residue.extend(decoded.residue.into_iter().map(|(place, what)| (own, place, what)));
            }
        }
        contents.indexed()
    }

    fn read(&self, same: &BTreeSet<&str>, catalogue: &Catalogue) -> Contents<'a> {
        // The direct route first, then those that have folders.
        let of = |foldered: bool| self.files.iter().filter(move |(path, _)| path.contains('/') == foldered);
        let files = of(false).chain(of(true)).filter(|(path, _)| !same.contains(*path));
        let files: Vec<(&'a str, &'a [u8])> = files.map(|(path, bytes)| (*path, *bytes)).collect();
        // The folder of a route says the format, and here it is a part of the group's name.
        let folder = self.id.rsplit_once('/').map(|(_, last)| last).filter(|last| backend::FOLDERS.contains(last));
        let named = |path: &str| folder.map_or_else(|| path.to_owned(), |folder| format!("{folder}/{path}"));
        let read = |(path, bytes): &(&'a str, &'a [u8])| (*path, attached::decode_at(&named(path), bytes, catalogue));
        let read: Vec<(&'a str, Result<Decoded, backend::Unreadable>)> = files.par_iter().map(read).collect();
        let mut contents = Contents::default();
        let several = self.files.keys().any(|path| path.contains('/'));
        let mut seen: BTreeMap<(Address, Value), (usize, &'a str)> = BTreeMap::new();
        for (path, decoded) in read {
            match decoded {
                Ok(decoded) => {
                    let is_filled = self.filled.contains(path);
                    let secret =
                        decoded.settings.iter().filter(|setting| is_filled && may_be_secret(setting, catalogue));
                    contents.secret.extend(secret.map(|setting| setting.address.clone()));
                    // What stands on several routes is one setting, on the first of them.
                    let route = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    for setting in decoded.settings {
                        if several {
                            let key = (setting.address.clone(), setting.value.clone());
                            let (n, on) = *seen.entry(key).or_insert((contents.settings.len(), route));
                            if on != route {
                                contents.hold(Some(path), n);
                                continue;
                            }
                        }
                        contents.settings.push((Cow::Owned(setting), Some(path)));
                    }
                    contents.residue.extend(decoded.residue.into_iter().map(|(place, what)| (path, place, what)));
                }
                Err((place, why)) => {
                    let why = if place.is_empty() { why } else { format!("{place}: {why}") };
                    contents.unreadable.push((path, why));
                }
            }
        }
        contents.indexed()
    }
}

impl<'a> Contents<'a> {
    /// Says that a file holds a setting that stands in another one too.
    fn hold(&mut self, file: Option<&'a str>, n: usize) {
        if let Some(file) = file {
            self.holds.entry(file).or_default().push(n);
        }
    }

    fn indexed(mut self) -> Self {
        for (n, (_, file)) in self.settings.iter().enumerate() {
            if let Some(file) = file {
                self.holds.entry(file).or_default().push(n);
            }
        }
        self
    }

    /// What the files of a compiled group say beside settings, where only they say it: who gets them. For a comparison with files alone.
    pub(super) fn say_who(&mut self, group: &GroupSide<'a>, catalogue: &Catalogue) {
        for (path, bytes) in group.files.iter().filter(|(path, _)| tells_who(path)) {
            let said = attached::decode_at(path, bytes, catalogue).map(|decoded| decoded.residue).unwrap_or_default();
            self.residue.extend(said.into_iter().map(|(place, what)| (*path, place, what)));
        }
    }

    /// Reads references as files alone say them, for a comparison with such: a declaration names another by its identifier, and which one
    /// that is stands in another file. In a profile, both ends are read.
    pub(super) fn name_by_identifiers(&mut self, group: &GroupSide<'a>, catalogue: &Catalogue) {
        for (setting, file) in &mut self.settings {
            if setting.address.family != Family::Declaration || !refers(&setting.value) {
                continue;
            }
            let Some((path, bytes)) = file.and_then(|path| group.files.get_key_value(path)) else { continue };
            let Ok(written) = attached::decode_at(path, bytes, catalogue) else { continue };
            if let Some(written) = written.settings.into_iter().find(|other| other.address == setting.address) {
                setting.to_mut().value = written.value;
            }
        }
    }

    /// The settings that a file holds.
    pub(super) fn of_file(&self, path: &str) -> impl Iterator<Item = &Setting> {
        self.holds.get(path).into_iter().flatten().filter_map(|n| self.settings.get(*n)).map(|(setting, _)| &**setting)
    }
}

fn refers(value: &Value) -> bool {
    match value {
        Value::Reference { .. } => true,
        Value::Array(items) => items.iter().any(|item| refers(item)),
        Value::Dictionary(entries) => entries.values().any(|entry| refers(entry)),
        _ => false,
    }
}

/// Whether a file with a secret may hold it there. No catalogue says so of Windows' nodes.
fn may_be_secret(setting: &Setting, catalogue: &Catalogue) -> bool {
    let is_node = setting.address.family == Family::Csp;
    is_node || drift::value(&setting.value, &setting.address, catalogue).contains(drift::WITHHELD)
}

/// Whether a file is given to no device, and follows from those that are: it says nothing of its own.
fn only_follows(path: &str) -> bool {
    backend::format_of(path) == Some(Format::Expected)
}

/// Whether a file travels as it is.
pub(super) fn is_attached(path: &str) -> bool {
    backend::format_of(path) == Some(Format::Attached)
}

/// Whether a file says who gets it.
pub(super) fn tells_who(path: &str) -> bool {
    matches!(backend::format_of(path), Some(Format::Index | Format::Intune))
}

/// Takes the values of secrets out of the comparison. Beside a side that has the markers, all around them is compared; of two sides that
/// have the values, nothing is: nobody may learn from a review whether a guess is right.
pub(super) fn withhold(before: &mut Contents<'_>, after: &mut Contents<'_>) {
    let (was, is) = (withheld(before, after), withheld(after, before));
    was.into_iter().for_each(|(n, value)| before.settings[n].0.to_mut().value = value);
    is.into_iter().for_each(|(n, value)| after.settings[n].0.to_mut().value = value);
}

/// What stands for each value of one side that may be a secret, by its place.
fn withheld(own: &Contents<'_>, other: &Contents<'_>) -> Vec<(usize, Value)> {
    let mut values = Vec::new();
    for (n, (setting, _)) in own.settings.iter().enumerate().filter(|(_, (one, _))| own.secret.contains(&one.address)) {
        let at = |other: &&Setting| other.address == setting.address;
        let mut public = other.settings.iter().map(|(one, _)| &**one).filter(at);
        let known = match other.secret.contains(&setting.address) {
            true => None,
            false => public.find(|known| drift::is_filled_in(&known.value, &setting.value)),
        };
        values.push((n, known.map_or_else(|| Value::text(drift::WITHHELD), |known| known.value.clone())));
    }
    values
}

/// A file by the folder of its organisation, that of its group, and its path below: some routes have a folder of their own there.
fn placed(path: &str) -> (&str, &str, &str) {
    let (folder, own) = path.rsplit_once('/').unwrap_or(("", path));
    let (folder, own) = match folder.rsplit_once('/') {
        Some((group, route)) if backend::FOLDERS.contains(&route) => (group, &path[group.len() + 1..]),
        None if backend::FOLDERS.contains(&folder) => ("", path),
        _ => (folder, own),
    };
    let (organisation, group) = folder.rsplit_once('/').unwrap_or(("", folder));
    (organisation, group, own)
}

/// The path of an artefact without its organisation and group.
fn below_group(path: &str) -> &str {
    path.splitn(3, '/').nth(2).unwrap_or(path)
}
