//! `profiles-out/manifest.json`: which files the last build wrote, with their digests. It is written last, and it alone says what a
//! later build may remove; so nothing in it is trusted that does not name a plain path below a group.

use super::tree::is_artefact_path;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) const NAME: &str = "manifest.json";
const VERSION: u32 = 1;
/// Bytes of the largest one: what is larger is none.
pub(crate) const LARGEST: u64 = 64 << 20;

/// The files of a build, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) files: BTreeMap<String, Entry>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

/// How it stands on the disk.
#[derive(Deserialize)]
pub(crate) struct Text<'a> {
    version: u32,
    #[serde(borrow)]
    pub(crate) files: Vec<Line<'a>>,
}

/// One file, as a line has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Line<'a> {
    #[serde(borrow)]
    pub(crate) path: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) sha256: Cow<'a, str>,
    pub(crate) size: u64,
}

impl Manifest {
    /// Reads one, with a remark for all that is not taken from it.
    pub(crate) fn parse(bytes: &[u8]) -> (Manifest, Vec<String>) {
        let text: Text<'_> = match serde_json::from_slice(bytes) {
            Ok(text) => text,
            Err(error) => {
                return (Manifest::default(), vec![format!("{NAME} is not one ({error}): no old file is removed")]);
            }
        };
        if text.version != VERSION {
            let remark = format!("{NAME} has version {}, not {VERSION}: no old file is removed", text.version);
            return (Manifest::default(), vec![remark]);
        }
        let mut manifest = Manifest::default();
        let mut remarks = Vec::new();
        for Line { path, sha256, size } in text.files {
            if is_artefact_path(&path) {
                manifest.files.insert(path.into_owned(), Entry { sha256: sha256.into_owned(), size });
            } else {
                remarks.push(format!("{NAME} names `{path}`, which no build writes: left alone"));
            }
        }
        (manifest, remarks)
    }

    /// Its text: one line for each file.
    pub(crate) fn print(&self) -> Vec<u8> {
        let files = self.files.iter();
        printed(files.map(|(path, entry)| Line { path: path.into(), sha256: (&entry.sha256).into(), size: entry.size }))
    }
}

/// Lines as they stand on the disk.
pub(crate) fn printed<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<u8> {
    let mut text = format!("{{\n  \"version\": {VERSION},\n  \"files\": [").into_bytes();
    for (n, line) in lines.enumerate() {
        text.extend_from_slice(if n == 0 { b"\n    " } else { b",\n    " });
        serde_json::to_writer(&mut text, &line).expect("internal: a line of text and numbers is JSON");
    }
    text.extend_from_slice(b"\n  ]\n}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use policyc::digest::sha256;

    #[test]
    fn what_is_printed_is_read_again() {
        let entry = |size| Entry { sha256: sha256(b"x"), size };
        let files = BTreeMap::from([("a/b/é\".xml".to_owned(), entry(1)), ("a/b/d.xml".to_owned(), entry(2))]);
        let manifest = Manifest { files };
        assert_eq!(Manifest::parse(&manifest.print()), (manifest, vec![]));
        assert_eq!(Manifest::parse(&Manifest::default().print()), (Manifest::default(), vec![]));
    }

    #[test]
    fn nothing_outside_a_group_is_taken_from_a_manifest() {
        let line = |path: &str| serde_json::json!({ "path": path, "sha256": "", "size": 0 });
        let lines = ["../../etc/passwd", "/etc/passwd", "README.md", "manifest.json", "a/../../../x/y"].map(line);
        let text = serde_json::json!({ "version": 1, "files": lines }).to_string();
        let (manifest, remarks) = Manifest::parse(text.as_bytes());
        assert_eq!((manifest.files.len(), remarks.len()), (0, 5));
        assert_eq!(Manifest::parse(b"{").1.len(), 1);
    }
}
