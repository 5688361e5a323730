//! Apple's device-management repository, in its own layout: `mdm/profiles`, `mdm/commands`, `declarative/declarations`,
//! `declarative/status`. Each file
//! is as its `docs/schema.yaml` says; several files may share one type, and file names are not types.
//!
//! Reading order: `yaml.rs` (a tree with its aliases), `schema.rs` (a file), `key.rs`, `support.rs`.

mod key;
mod schema;
mod support;
mod yaml;

use crate::failure::Failure;
use crate::folder::{self, VendorFile};
use crate::release::Releases;
use crate::store::{Entry, portable};
use policyc::catalogue::entry::{Form, Release};
use std::path::Path;

/// Apple's folders, what their files describe, and the folder of the data.
const FOLDERS: [(&str, Form, &str); 4] = [
    ("mdm/profiles", Form::Profile, "profiles"),
    ("mdm/commands", Form::Command, "commands"),
    ("declarative/declarations", Form::Declaration, "declarations"),
    ("declarative/status", Form::Status, "status"),
];

/// The schema files of a checkout.
pub(crate) fn files(root: &Path) -> Result<Vec<VendorFile>, Failure> {
    let mut files = Vec::new();
    for (folder, _, _) in FOLDERS {
        files.extend(folder::read(root, folder, "yaml")?);
    }
    Ok(files)
}

/// The facts of each file.
pub(crate) fn entries(
    files: &[VendorFile],
    releases: &Releases,
    unread: &mut Vec<String>,
) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for file in files {
        let Some((folder, form, below)) = FOLDERS.into_iter().find(|(folder, _, _)| file.path.starts_with(folder))
        else {
            continue;
        };
        // One file of that folder says how reports give reasons, and is no item.
        if form == Form::Status && !file.text.contains("\n  statusitemtype:") {
            continue;
        }
        let source = Release { file: file.path.clone(), release: releases.of(&file.path) };
        let mut here = Vec::new();
        let schema = yaml::parse(&file.text)
            .and_then(|root| schema::read(&root, form, source, &mut here))
            .map_err(|message| Failure::vendor(&file.path, message))?;
        unread.extend(here.into_iter().map(|place| format!("{}: {place}", file.path)));
        let json =
            serde_json::to_string(&schema).map_err(|source| Failure::Json { file: file.path.clone(), source })?;
        entries.push(Entry { path: portable(&format!("{below}/{}", file.stem_below(folder))), json });
    }
    Ok(entries)
}
