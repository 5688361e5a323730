//! `profiles-out/.policyc-unfinished.json`: what a build is about to write. It stands there only while a build works; one that finds
//! it follows a build that was killed, and so knows which files that build may have left behind.

use super::super::failure::Failure;
use super::manifest::{self, Line, Text};
use super::tree::{Tree, is_artefact_path};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const NAME: &str = ".policyc-unfinished.json";

/// Files by path, with the digest of each content that some build was about to write there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    pub(crate) files: BTreeMap<String, BTreeSet<String>>,
}

impl Journal {
    /// What builds before this one did not finish. As with a manifest, nothing is taken that does not name a plain path below a
    /// group; what cannot be read at all says nothing.
    pub(crate) fn read(tree: &Tree) -> Journal {
        let path = tree.path(NAME);
        let is_one = fs::symlink_metadata(&path).is_ok_and(|known| known.is_file() && known.len() <= manifest::LARGEST);
        let text = is_one.then(|| fs::read(&path).ok()).flatten();
        let text: Option<Text<'_>> = text.as_ref().and_then(|text| serde_json::from_slice(text).ok());
        let mut journal = Journal::default();
        for line in text.into_iter().flat_map(|text| text.files).filter(|line| is_artefact_path(&line.path)) {
            journal.add(&line.path, &line.sha256);
        }
        journal
    }

    /// Adds a file that this build is about to write.
    pub(crate) fn add(&mut self, path: &str, sha256: &str) {
        self.files.entry(path.to_owned()).or_default().insert(sha256.to_owned());
    }

    /// Puts it on the disk; nothing to say is no file.
    pub(crate) fn write(&self, tree: &Tree) -> Result<(), Failure> {
        if self.files.is_empty() {
            return match fs::symlink_metadata(tree.path(NAME)) {
                Ok(known) if !known.is_dir() => tree.remove(NAME),
                _ => Ok(()),
            };
        }
        let lines = self.files.iter().flat_map(|(path, digests)| {
            digests.iter().map(|sha256| Line { path: path.into(), sha256: sha256.into(), size: 0 })
        });
        tree.stage(NAME, &manifest::printed(lines))?.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policyc::digest::sha256;

    #[test]
    fn what_is_written_is_read_again_and_nothing_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path().to_owned());
        assert_eq!(Journal::read(&tree), Journal::default());
        let digests = BTreeSet::from([sha256(b"1"), sha256(b"2")]);
        let journal = Journal { files: BTreeMap::from([("a/b/c.xml".to_owned(), digests)]) };
        journal.write(&tree).unwrap();
        assert_eq!(Journal::read(&tree), journal);
        Journal::default().write(&tree).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(tree.path(NAME), r#"{"version":1,"files":[{"path":"../a/b","sha256":"","size":0}]}"#).unwrap();
        assert_eq!(Journal::read(&tree), Journal::default());
        fs::write(tree.path(NAME), "[").unwrap();
        assert_eq!(Journal::read(&tree), Journal::default());
    }
}
