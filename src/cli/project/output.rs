//! `profiles-out/`: what the last build wrote. Only changed files are written, only files that a build wrote are removed, and only
//! while they are still as it wrote them.

use super::super::failure::Failure;
use super::manifest::{self, Manifest};
use super::tree::Tree;
use super::{OUTPUT, Project, belongs};
use policyc::backend::Artefact;
use policyc::digest::sha256;
use rayon::prelude::*;
use std::fs;
use std::io::ErrorKind;

/// A manifest larger than this is not one.
const LARGEST_MANIFEST: u64 = 64 << 20;
/// From so many files on, they are written side by side.
const MANY: usize = 64;

/// What a build did to the disk.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Files with new bytes.
    pub(crate) written: Vec<String>,
    /// How many files had these bytes already.
    pub(crate) unchanged: usize,
    /// Files that are no longer produced.
    pub(crate) removed: Vec<String>,
    /// What was left alone although a build might have removed it, and other remarks.
    pub(crate) remarks: Vec<String>,
}

/// Makes `profiles-out/` hold `artefacts`. Where an organisation is named, what the others have there stays.
pub(crate) fn write(project: &Project, artefacts: &[&Artefact], organisation: Option<&str>) -> Result<Written, Failure> {
    let tree = Tree::new(project.root.join(OUTPUT));
    tree.prepare(artefacts.iter().map(|artefact| artefact.path.as_str()))?;
    let (previous, remarks) = previous(&tree)?;
    let mut done = Written { remarks, ..Written::default() };

    let changed = changed(&tree, artefacts)?;
    done.unchanged = artefacts.len() - changed.len();
    done.written = changed;
    let mut next = Manifest::of(artefacts.iter().copied());
    for (path, entry) in previous.files {
        if next.files.contains_key(&path) {
            continue;
        }
        if !belongs(&path, organisation) {
            next.files.insert(path, entry);
        } else {
            remove(&tree, path, &entry.sha256, &mut done)?;
        }
    }
    tree.prune(done.removed.iter().map(String::as_str));
    let text = next.print();
    if !tree.holds(manifest::NAME, &text)? {
        tree.stage(manifest::NAME, &text)?.commit()?;
    }
    Ok(done)
}

/// Writes the artefacts whose files differ; gives their paths.
fn changed(tree: &Tree, artefacts: &[&Artefact]) -> Result<Vec<String>, Failure> {
    let write = |artefact: &&Artefact| -> Result<Option<String>, Failure> {
        if tree.holds(&artefact.path, &artefact.bytes)? {
            return Ok(None);
        }
        tree.stage(&artefact.path, &artefact.bytes)?.commit()?;
        Ok(Some(artefact.path.clone()))
    };
    let outcome: Result<Vec<Option<String>>, Failure> = if artefacts.len() < MANY {
        artefacts.iter().map(write).collect()
    } else {
        artefacts.par_iter().map(write).collect()
    };
    Ok(outcome?.into_iter().flatten().collect())
}

fn previous(tree: &Tree) -> Result<(Manifest, Vec<String>), Failure> {
    let path = tree.path(manifest::NAME);
    match fs::symlink_metadata(&path) {
        Ok(known) if known.is_file() && known.len() <= LARGEST_MANIFEST => {
            Ok(Manifest::parse(&fs::read(&path).map_err(Failure::io("read", &path))?))
        }
        Ok(_) => Ok((Manifest::default(), vec![format!("{} is not a manifest: no old file is removed", manifest::NAME)])),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((Manifest::default(), Vec::new())),
        Err(error) => Err(Failure::io("read", &path)(error)),
    }
}

/// Removes a file that a build wrote, if it is still what that build wrote.
fn remove(tree: &Tree, path: String, digest: &str, done: &mut Written) -> Result<(), Failure> {
    let file = tree.path(&path);
    if !tree.reaches(&path) {
        let gone = fs::symlink_metadata(&file).is_err_and(|e| e.kind() == ErrorKind::NotFound);
        if !gone {
            done.remarks.push(format!("`{OUTPUT}/{path}` lies behind a link: left alone"));
        }
        return Ok(());
    }
    match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(known) if known.is_file() && sha256(&fs::read(&file).map_err(Failure::io("read", &file))?) == digest => {
            tree.remove(&path)?;
            done.removed.push(path);
            Ok(())
        }
        _ => {
            done.remarks.push(format!("`{OUTPUT}/{path}` is no longer produced, but is not as it was written: left alone"));
            Ok(())
        }
    }
}
