//! Which release a vendor's file is from. The files do not say, so `releases.json` knows each set of files that was looked at by
//! its digest; a set that nobody has named is `unknown` unless the command line names it.

use crate::failure::Failure;
use crate::folder::VendorFile;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

const UNKNOWN: &str = "unknown";

/// One set of files whose release somebody has established.
#[derive(serde::Deserialize)]
struct Known {
    vendor: String,
    /// A file, or a folder with all below it that no longer row takes.
    path: String,
    release: String,
    sha256: String,
}

/// The release of each file, by its path.
pub(crate) struct Releases(BTreeMap<String, String>);

impl Releases {
    /// The release of the file of that path.
    pub(crate) fn of(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| UNKNOWN.to_owned())
    }
}

/// Reads `PATH=TEXT` of the command line.
pub(crate) fn parse_given(text: &str) -> Result<(String, String), String> {
    let (path, release) = text.split_once('=').ok_or("write PATH=TEXT, such as `mdm/profiles=2026-03`")?;
    Ok((path.trim_end_matches('/').to_owned(), release.to_owned()))
}

/// Releases of a checkout of Apple's repository.
pub(crate) fn of_apple(files: &[VendorFile], given: &[(String, String)]) -> Result<Releases, Failure> {
    Ok(assign(files, &known("apple")?, given))
}

/// Releases of a folder of DDF files.
pub(crate) fn of_windows(files: &[VendorFile], given: Option<&str>) -> Result<Releases, Failure> {
    let given: Vec<_> = given.map(|release| (String::new(), release.to_owned())).into_iter().collect();
    Ok(assign(files, &known("windows")?, &given))
}

fn known(vendor: &str) -> Result<Vec<Known>, Failure> {
    let rows: Vec<Known> = serde_json::from_str(include_str!("releases.json"))
        .map_err(|source| Failure::Json { file: "releases.json".to_owned(), source })?;
    Ok(rows.into_iter().filter(|row| row.vendor == vendor).collect())
}

fn assign(files: &[VendorFile], known: &[Known], given: &[(String, String)]) -> Releases {
    let mut releases = BTreeMap::new();
    for row in known {
        let set: Vec<_> = files
            .iter()
            .filter(|file| longest(known.iter().map(|row| row.path.as_str()), &file.path) == Some(&row.path))
            .collect();
        if digest(&set) == row.sha256 {
            releases.extend(set.iter().map(|file| (file.path.clone(), row.release.clone())));
        } else if !set.is_empty() {
            let (vendor, path) = (&row.vendor, &row.path);
            eprintln!("ingest: {vendor}: the files of `./{path}` are of no known release: sha256 {}", digest(&set));
        }
    }
    for file in files {
        let path = longest(given.iter().map(|(path, _)| path.as_str()), &file.path);
        if let Some((_, release)) = given.iter().rfind(|(given, _)| Some(given.as_str()) == path) {
            releases.insert(file.path.clone(), release.clone());
        }
    }
    Releases(releases)
}

/// The longest of `prefixes` that is `path` or a folder above it.
fn longest<'a>(prefixes: impl Iterator<Item = &'a str>, path: &str) -> Option<&'a str> {
    let holds = |prefix: &&str| {
        let rest = path.strip_prefix(*prefix);
        rest.is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    prefixes.filter(holds).max_by_key(|prefix| prefix.len())
}

/// A digest of paths and texts, in the order of the paths. Line ends count as LF: a checkout may have changed them.
fn digest(files: &[&VendorFile]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        for part in [file.path.clone(), file.text.replace("\r\n", "\n")] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> VendorFile {
        VendorFile { path: path.to_owned(), text: "title: x\n".to_owned() }
    }

    fn row(path: &str, release: &str, sha256: String) -> Known {
        Known { vendor: "apple".to_owned(), path: path.to_owned(), release: release.to_owned(), sha256 }
    }

    #[test]
    fn a_set_is_known_by_its_digest_and_the_longest_path_takes_a_file() {
        let files = [file("mdm/a.yaml"), file("mdm/b.yaml")];
        let rows = [row("mdm", "new", digest(&[&files[0]])), row("mdm/b.yaml", "old", digest(&[&files[1]]))];
        let releases = assign(&files, &rows, &[]);
        assert_eq!((releases.of("mdm/a.yaml").as_str(), releases.of("mdm/b.yaml").as_str()), ("new", "old"));
    }

    #[test]
    fn a_changed_set_is_unknown_unless_the_command_line_names_it() {
        let files = [file("mdm/a.yaml")];
        let rows = [row("mdm", "new", "00".to_owned())];
        assert_eq!(assign(&files, &rows, &[]).of("mdm/a.yaml"), "unknown");
        let given = [("mdm".to_owned(), "mine".to_owned())];
        assert_eq!(assign(&files, &rows, &given).of("mdm/a.yaml"), "mine");
    }

    #[test]
    fn a_path_takes_whole_segments_only() {
        assert_eq!(longest(["mdm/pro"].into_iter(), "mdm/profiles/a.yaml"), None);
        assert_eq!(longest(["", "mdm"].into_iter(), "mdm/profiles/a.yaml"), Some("mdm"));
    }
}
