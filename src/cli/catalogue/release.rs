//! What a side of `policyc catalogue diff` is, by its name: the catalogue in the binary, a folder of data, or one at a git revision.

use super::super::diff::side::{Located, Revision, locate};
use super::super::failure::Failure;
use super::super::project::{Limits, Links, walk};
use policyc::catalogue::Catalogue;
use policyc::catalogue::change::{Facts, read};
use policyc::diagnostic::Diagnostics;
use policyc::report::release::Side;
use policyc::source::{SourceFile, Sources};
use std::path::Path;

/// The word for what the binary holds.
pub(super) const EMBEDDED: &str = "embedded";
/// Where a checkout of this program has its data.
const DATA: &str = "src/catalogue/data";
/// What stands in a folder of data.
const VENDORS: [&str; 2] = ["apple", "windows"];
/// The vendors' own are 566 files of 6 MB, the largest half a megabyte. A record takes up to ten times its text in memory.
const LIMITS: Limits = Limits { files: 10_000, total: 48 << 20, each: 4 << 20 };

/// A side with everything that it is made of.
pub(super) struct Loaded<'a> {
    pub(super) name: String,
    pub(super) facts: Facts<'a>,
    pub(super) found: Diagnostics,
    pub(super) sources: Sources,
}

impl Loaded<'_> {
    /// As reports name it.
    pub(super) fn side(&self) -> Side {
        Side { name: self.name.clone(), releases: self.facts.releases.iter().cloned().collect() }
    }
}

/// Reads what a name stands for. `project` is the folder that revisions are of.
pub(super) fn load<'a>(name: &str, project: &Path, embedded: &'a Catalogue) -> Result<Loaded<'a>, Failure> {
    if name == EMBEDDED {
        let facts = Facts::embedded(embedded);
        return Ok(Loaded { name: name.to_owned(), facts, found: Diagnostics::default(), sources: Sources::default() });
    }
    let mut files = match locate(name, project)? {
        Some(Located::Path(path)) => from_disk(&path)?,
        Some(Located::Revision(revision)) => from_git(&revision, name)?,
        None => {
            let cure = format!("name a folder, a revision that git knows here, or `{EMBEDDED}`");
            let (kind, name) = ("folder or git revision", name.to_owned());
            return Err(Failure::Unknown { kind, name, cure: Some(cure) });
        }
    };
    let folder = name.trim_end_matches('/');
    files.iter_mut().for_each(|file| file.path = format!("{folder}/{}", file.path));
    let sources = Sources::new(files);
    let mut found = Diagnostics::default();
    let facts = read(&sources, folder, &mut found);
    if facts.is_empty() && !found.has_errors() {
        return Err(Failure::NoRelease { path: name.into() });
    }
    Ok(Loaded { name: name.to_owned(), facts, found, sources })
}

fn from_disk(path: &Path) -> Result<Vec<SourceFile>, Failure> {
    let holds = |folder: &Path| VENDORS.iter().any(|vendor| folder.join(vendor).symlink_metadata().is_ok());
    let below = path.join(DATA);
    let folder = match (holds(path), holds(&below)) {
        (true, _) => path,
        (false, true) => &below,
        (false, false) => return Err(Failure::NoRelease { path: path.into() }),
    };
    walk::read(folder, LIMITS, Links::Never, &|name, _| VENDORS.contains(&name))
}

fn from_git(revision: &Revision, name: &str) -> Result<Vec<SourceFile>, Failure> {
    let Revision { repository, tree, path } = revision;
    let below = |path: &str, name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let holds = |folder: &str| VENDORS.iter().any(|vendor| repository.has(tree, &below(folder, vendor)));
    let folders = [path.clone(), below(path, DATA)];
    let Some(folder) = folders.iter().find(|folder| holds(folder)) else {
        return Err(Failure::NoRelease { path: name.into() });
    };
    let mut files = Vec::new();
    for vendor in VENDORS.iter().filter(|vendor| repository.has(tree, &below(folder, vendor))) {
        let own = repository.files(tree, &below(folder, vendor), LIMITS)?;
        files.extend(own.into_iter().map(|file| SourceFile { path: format!("{vendor}/{}", file.path), ..file }));
    }
    Ok(files)
}
