//! The project on the disk: the folder that holds `policy-sources/`, with `profiles-out/` and `golden/` beside it.
//!
//! Reading order: this file, [`walk`] (reading a folder within limits), [`tree`] (writing below a folder, through no link),
//! [`manifest`], [`journal`], [`output`] (`profiles-out/`), [`golden`].

pub(crate) mod golden;
mod journal;
mod manifest;
pub(crate) mod output;
pub(crate) mod tree;
pub(crate) mod walk;

use super::failure::Failure;
use policyc::diagnostic::nearest::did_you_mean;
use policyc::gather::Arrange;
use policyc::source::{Sources, yaml::MAX_FILE};
use std::path::{Path, PathBuf};
pub(crate) use walk::{Limits, Links};

pub(crate) const SOURCES: &str = "policy-sources";
pub(crate) const OUTPUT: &str = "profiles-out";
pub(crate) const GOLDEN: &str = "golden";
/// Policies that organisations adopt: no organisation, and part of each.
const BASELINES: &str = "baselines";

/// A folder that holds `policy-sources/`.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
}

impl Project {
    /// The project at `from` or in the nearest folder above it.
    pub(crate) fn find(from: &Path) -> Result<Project, Failure> {
        let absolute = std::path::absolute(from).map_err(Failure::io("find", from))?;
        std::fs::read_dir(&absolute).map_err(Failure::io("open the folder", from))?;
        let root = absolute.ancestors().find(|folder| folder.join(SOURCES).is_dir());
        let root = root.ok_or_else(|| Failure::NoProject { from: absolute.clone() })?;
        Ok(Project { root: root.to_owned() })
    }

    /// Every source; of one organisation alone, with what all organisations share, where it is named.
    pub(crate) fn sources(&self, organisation: Option<&str>) -> Result<Sources, Failure> {
        let folder = self.root.join(SOURCES);
        if let Some(name) = organisation {
            self.expect_organisation(name)?;
        }
        let wanted = |name: &str, is_folder: bool| match organisation {
            Some(wanted) => !is_folder || name == wanted || name == BASELINES,
            None => true,
        };
        let limits = Limits { files: 10_000, total: 256 << 20, each: MAX_FILE };
        let mut files = walk::read(&folder, limits, Links::Inside, &wanted)?;
        for file in &mut files {
            file.path = format!("{SOURCES}/{}", file.path);
        }
        Ok(Sources::new(files))
    }

    pub(crate) fn expect_organisation(&self, name: &str) -> Result<(), Failure> {
        let known = self.organisations()?;
        if known.iter().any(|organisation| organisation == name) {
            return Ok(());
        }
        let listed = || match known.as_slice() {
            [] => format!("`{SOURCES}` has no organisation's folder yet"),
            known => format!("there is {}", known.iter().map(|o| format!("`{o}`")).collect::<Vec<_>>().join(", ")),
        };
        let cure = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(listed);
        Err(Failure::Unknown { kind: "organisation", name: name.to_owned(), cure: Some(cure) })
    }

    /// The organisations' folders, sorted.
    pub(crate) fn organisations(&self) -> Result<Vec<String>, Failure> {
        let folder = self.root.join(SOURCES);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(Failure::io("read", &folder))? {
            let entry = entry.map_err(Failure::io("read", &folder))?;
            let name = entry.file_name().into_string().ok().filter(|name| name != BASELINES && !name.starts_with('.'));
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                names.extend(name);
            }
        }
        names.retain(|name| name != BASELINES && !name.starts_with('.'));
        names.arrange();
        Ok(names)
    }
}

/// Whether an artefact's path belongs to the organisation; every one does where none is named.
pub(crate) fn belongs(path: &str, organisation: Option<&str>) -> bool {
    organisation.is_none_or(|wanted| path.split('/').next() == Some(wanted))
}
