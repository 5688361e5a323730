//! Writes the data: one file for each of the vendor's, names that every file system keeps apart, and nothing that is left over.

use crate::failure::Failure;
use crate::layout;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// One file to write: its path below the vendor's folder, without ending, and its compact JSON.
pub(crate) struct Entry {
    /// Relative, with `/`, already portable.
    pub(crate) path: String,
    /// As `serde_json` writes it.
    pub(crate) json: String,
}

/// What a run did to the disk.
pub(crate) struct Written {
    changed: usize,
    same: usize,
    removed: usize,
}

impl fmt::Display for Written {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} written, {} unchanged, {} removed", self.changed, self.same, self.removed)
    }
}

/// A vendor's path as a path that every file system takes: letters, digits, `.`, `_`, `-` and the folders' `/`.
pub(crate) fn portable(path: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    let replaced: String = path.chars().map(|character| if plain(character) { character } else { '-' }).collect();
    replaced.split('/').map(|part| part.trim_matches(['-', '.'])).collect::<Vec<_>>().join("/")
}

/// Writes what differs and removes what no entry names.
pub(crate) fn write(folder: &Path, entries: &[Entry]) -> Result<Written, Failure> {
    let mut wanted = BTreeMap::new();
    for entry in entries {
        let text = layout::lay_out(&entry.json);
        if let Some((other, _)) = wanted.insert(entry.path.to_lowercase(), (&entry.path, text)) {
            return Err(Failure::Collision(format!("`{other}` and `{}` are one name on some disks", entry.path)));
        }
    }
    let mut written = Written { changed: 0, same: 0, removed: 0 };
    let mut kept = Vec::new();
    for (path, text) in wanted.values() {
        let path = folder.join(format!("{path}.json"));
        if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            written.same += 1;
        } else {
            put(&path, text).map_err(|source| Failure::Disk { path: path.clone(), source })?;
            written.changed += 1;
        }
        kept.push(path);
    }
    for path in present(folder, 4)? {
        if !kept.contains(&path) {
            std::fs::remove_file(&path).map_err(|source| Failure::Disk { path, source })?;
            written.removed += 1;
        }
    }
    Ok(written)
}

fn put(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}

/// The `.json` files in and below `folder`.
fn present(folder: &Path, levels: usize) -> Result<Vec<PathBuf>, Failure> {
    let disk = |source| Failure::Disk { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(disk)? {
        let path = entry.map_err(disk)?.path();
        if path.is_dir() && levels > 0 {
            paths.extend(present(&path, levels - 1)?);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, json: &str) -> Entry {
        Entry { path: path.to_owned(), json: json.to_owned() }
    }

    #[test]
    fn brackets_and_spaces_leave_the_name() {
        assert_eq!(portable("profiles/com.example(One Two)"), "profiles/com.example-One-Two");
    }

    #[test]
    fn names_that_differ_in_letter_case_alone_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            write(folder.path(), &[entry("a/Lock", "{}"), entry("a/lock", "{}")]),
            Err(Failure::Collision(_))
        ));
    }

    #[test]
    fn a_second_run_writes_nothing_and_what_is_gone_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let both = [entry("a", "{\"x\":1}"), entry("b/c", "{}")];
        assert_eq!(write(folder.path(), &both).unwrap().to_string(), "2 written, 0 unchanged, 0 removed");
        assert_eq!(write(folder.path(), &both).unwrap().to_string(), "0 written, 2 unchanged, 0 removed");
        assert_eq!(write(folder.path(), &both[..1]).unwrap().to_string(), "0 written, 1 unchanged, 1 removed");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.json")).unwrap(), "{ \"x\": 1 }\n");
    }
}
