//! The committed catalogue data as records, before any correction is laid over it, and what must hold of its files.

use policyc::catalogue::entry::{Csp, Key, Node, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A folder of the catalogue.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue").join(name)
}

/// The JSON files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Reads every file below a folder; a field that the record does not have is a fault.
fn records<T: DeserializeOwned + Serialize>(name: &str) -> Vec<T> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let record: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), value, "{} says what no record holds", path.display());
        record
    };
    files(&folder(name)).into_iter().map(read).collect()
}

/// Apple's files.
pub(crate) fn schemas() -> &'static [Schema] {
    static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(|| records("data/apple"));
    &SCHEMAS
}

/// Microsoft's files.
pub(crate) fn csps() -> &'static [Csp] {
    static CSPS: LazyLock<Vec<Csp>> = LazyLock::new(|| records("data/windows"));
    &CSPS
}

/// Nodes of Microsoft's reference that no file of a release has.
pub(crate) fn newer() -> Vec<&'static Node> {
    static PAGES: LazyLock<Vec<Csp>> = LazyLock::new(|| records("newer"));
    PAGES.iter().flat_map(|page| &page.nodes).collect()
}

/// All nodes.
pub(crate) fn nodes() -> Vec<&'static Node> {
    csps().iter().flat_map(|csp| &csp.nodes).collect()
}

/// All nodes that hold a value.
pub(crate) fn leaves() -> Vec<&'static Node> {
    nodes().into_iter().filter(|node| node.format != "node").collect()
}

/// All keys of some files, at any depth, of commands and of their answers.
pub(crate) fn keys(schemas: &[&'static Schema]) -> Vec<&'static Key> {
    fn collect(keys: &'static [Key], all: &mut Vec<&'static Key>) {
        for key in keys {
            collect(&key.subkeys, all);
            all.push(key);
        }
    }
    let mut all = Vec::new();
    for schema in schemas {
        collect(&schema.keys, &mut all);
        collect(&schema.response, &mut all);
    }
    all
}

#[test]
fn names_of_data_files_are_portable_and_differ_in_more_than_letter_case() {
    let files = files(&folder("data"));
    let names: BTreeSet<_> = files.iter().map(|path| path.to_string_lossy().to_lowercase()).collect();
    assert_eq!(names.len(), files.len());
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy();
        let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        assert!(name.chars().all(plain) && name.ends_with(".json"), "{name}");
    }
}

#[test]
fn data_files_end_their_lines_as_git_does() {
    for path in files(&folder("data")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("}\n") && !text.contains('\r'), "{}", path.display());
    }
}

/// A vendor's sentence is longer than any vendor's name: the longest name of a group policy has fifteen words.
#[test]
fn no_text_in_the_data_is_as_long_as_a_sentence() {
    fn check(value: &Value, path: &Path) {
        match value {
            Value::String(text) => {
                assert!(text.split_whitespace().count() <= 15, "{}: `{text}`", path.display());
                assert!(!text.contains('\n'), "{}: `{text}`", path.display());
            }
            Value::Array(items) => items.iter().for_each(|item| check(item, path)),
            Value::Object(fields) => fields.values().for_each(|value| check(value, path)),
            _ => {}
        }
    }
    for path in files(&folder("data")) {
        check(&serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(), &path);
    }
}

/// Once a release has a node, its own record is the better one.
#[test]
fn what_comes_from_a_page_stands_in_no_file_of_a_release() {
    let known: BTreeSet<&str> = nodes().iter().map(|node| node.uri.as_str()).collect();
    assert!(newer().len() > 10);
    for node in newer() {
        assert!(!known.contains(node.uri.as_str()), "{}: take it out of `newer`", node.uri);
    }
}
