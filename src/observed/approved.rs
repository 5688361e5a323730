//! `golden/`, read as any other files are: the groups, what each has by each route, and by what names servers and devices know it.

use super::owner;
use crate::backend::{self, Format};
use crate::catalogue::Catalogue;
use crate::diagnostic::nearest::shortened;
use crate::gather::Gather;
use crate::reader::{self, Given, Kind, Reading, Readings};
use crate::setting::Route;
use crate::source::{Content, SourceFile};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of approved files, before their names in places.
const FOLDER: &str = "golden/";

/// What is approved.
#[derive(Debug)]
pub struct Approved {
    /// Every file, read.
    pub readings: Readings,
    /// Every group, sorted by organisation and name.
    pub groups: Vec<Group>,
}

/// What is approved for one group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The organisation's id.
    pub organisation: String,
    /// Its own.
    pub id: String,
    /// Its platform, as its index says it.
    pub platform: String,
    /// Who gets it: ids and labels of every server.
    pub(super) assigned: BTreeSet<String>,
    /// Names and identifiers of its files, in lower case.
    pub(super) names: BTreeSet<String>,
    /// What the names and identifiers of all of its files begin with, in lower case.
    pub(super) beginnings: BTreeSet<String>,
    /// The readings of its files by route.
    pub(super) routes: BTreeMap<Route, Vec<usize>>,
    /// The readings of the files that travel as they are, beside those of every route.
    pub(super) attached: Vec<usize>,
}

impl Group {
    /// `organisation/group`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.organisation, self.id)
    }

    /// Whether its devices are of Apple's.
    pub(super) fn is_apple(&self) -> bool {
        self.platform != "Windows"
    }
}

impl Approved {
    /// Reads what is approved; paths are those below `golden/`.
    pub fn of(golden: &[SourceFile], catalogue: &Catalogue) -> Approved {
        let named: Vec<(String, &[u8])> =
            golden.iter().filter_map(|file| Some((path_of(file)?, bytes(file)?))).collect();
        let given: Vec<Given<'_>> = named.iter().map(|(name, bytes)| Given { name, bytes }).collect();
        let readings = reader::read(&given, catalogue);
        let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
        for (name, bytes) in &named {
            let Some((organisation, id)) = group_of(name) else { continue };
            let key = (organisation.to_owned(), id.to_owned());
            let group = groups.entry(key).or_default();
            (group.organisation, group.id) = (organisation.to_owned(), id.to_owned());
            if backend::format_of(name) == Some(Format::Index) {
                group.read_index(bytes);
            }
        }
        for (n, reading) in readings.readings.iter().enumerate() {
            let path = file_of(&reading.name);
            let Some((organisation, id)) = group_of(path) else { continue };
            let Some(group) = groups.get_mut(&(organisation.to_owned(), id.to_owned())) else { continue };
            match backend::format_of(path).map(|format| (format, format.route())) {
                Some((Format::Attached, _)) => group.attach(n, reading),
                Some((_, Some(route))) => {
                    group.routes.entry(route).or_default().push(n);
                    group.learn(reading);
                }
                _ => {}
            }
        }
        for group in groups.values_mut().filter(|group| group.routes.is_empty() && !group.attached.is_empty()) {
            group.routes.insert(Route::Direct, Vec::new());
        }
        let mut groups: Vec<Group> = groups.into_values().filter(|group| !group.routes.is_empty()).collect();
        for group in groups.iter_mut().filter(|group| group.platform.is_empty()) {
            let readings = group.routes.values().flatten().chain(&group.attached).map(|n| &readings.readings[*n]);
            let is_windows = readings.clone().any(owner::is_windows);
            group.platform = if is_windows { "Windows" } else { "Apple" }.to_owned();
        }
        Approved { readings, groups }
    }

    pub(super) fn reading(&self, n: usize) -> &Reading {
        &self.readings.readings[n]
    }

    /// The path below `golden/` of the file of a reading.
    pub(super) fn path(&self, n: usize) -> &str {
        let file = file_of(&self.reading(n).name);
        file.strip_prefix(FOLDER).unwrap_or(file)
    }
}

impl Group {
    fn read_index(&mut self, bytes: &[u8]) {
        let Ok(index) = crate::encoding::json::read_export(bytes) else { return };
        self.platform = index["platform"].as_str().unwrap_or_default().to_owned();
        for lists in index["assign"].as_object().into_iter().flat_map(|servers| servers.values()) {
            let ids = lists["include"].as_array().into_iter().flatten().filter_map(Json::as_str);
            self.assigned.extend(ids.map(str::to_lowercase));
        }
    }

    /// Takes a file that travels as it is. Its names are its author's: nothing else of the group begins like them.
    fn attach(&mut self, n: usize, reading: &Reading) {
        self.attached.push(n);
        let names = [&reading.envelope.identifier, &reading.envelope.name];
        let told = if reading.kind == Kind::Profile { &names[..1] } else { &names[..] };
        self.names.extend(told.iter().filter_map(|name| Some(name.as_ref()?.to_lowercase())));
    }

    /// By what names servers and devices know a file of it, and what all such names begin with.
    fn learn(&mut self, reading: &Reading) {
        let path = file_of(&reading.name);
        let stem = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(stem, _)| stem);
        let envelope = &reading.envelope;
        if let Some(name) = envelope.name.as_deref().filter(|_| reading.kind != Kind::Profile) {
            self.names.insert(name.to_lowercase());
            if let Some((beginning, _)) = name.split_once(": ") {
                self.beginnings.insert(format!("{}: ", beginning.to_lowercase()));
            }
        }
        if let Some(identifier) = &envelope.identifier {
            self.names.insert(identifier.to_lowercase());
            // A file of an envelope has the kind of its content before the type that it is named by.
            let stem = stem.strip_prefix("profile.").unwrap_or(stem);
            if let Some(beginning) =
                identifier.strip_suffix(stem).filter(|rest| rest.ends_with('.') && !stem.is_empty())
            {
                self.beginnings.insert(beginning.to_lowercase());
            }
        }
    }
}

fn path_of(file: &SourceFile) -> Option<String> {
    let format = backend::format_of(&file.path)?;
    (format != Format::Expected && format != Format::Command).then(|| format!("{FOLDER}{}", file.path))
}

fn bytes(file: &SourceFile) -> Option<&[u8]> {
    match &file.content {
        Content::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// The file of a reading: what stands in an envelope is in the file of the envelope.
pub(super) fn file_of(name: &str) -> &str {
    let name = name.strip_suffix("/payload").unwrap_or(name);
    name.rsplit_once('[').filter(|(_, rest)| rest.ends_with(']')).map_or(name, |(file, _)| file)
}

fn group_of(name: &str) -> Option<(&str, &str)> {
    let mut parts = name.strip_prefix(FOLDER)?.splitn(3, '/');
    let (organisation, group) = (parts.next()?, parts.next()?);
    parts.next().map(|_| (organisation, group))
}

/// The names that groups of these have, for a cure.
pub(super) fn listed<'a>(groups: impl Iterator<Item = &'a Group>) -> String {
    let names: BTreeSet<String> = groups.map(|group| format!("`--group {}`", group.name())).gather();
    shortened(&names.into_iter().collect::<Vec<_>>(), &format!("the folders of `{FOLDER}`"))
}
