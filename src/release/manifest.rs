//! `manifest.json`: what a bundle is made of, and of what it was made. A signature over it covers the whole bundle.

use super::archive::is_plain;
use crate::digest::sha256;
use crate::gather::Gather;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The manifest's name in a bundle.
pub const MANIFEST: &str = "manifest.json";
/// The detached signature over the manifest (RFC 5652, DER).
pub const SIGNATURE: &str = "manifest.json.p7s";
/// The in-toto statement.
pub const PROVENANCE: &str = "provenance.json";
/// Digests as `sha256sum --check` reads them.
pub const SUMS: &str = "SHA256SUMS";
/// What changed since the release before.
pub const NOTES: &str = "RELEASE-NOTES.md";
/// The format that this program writes and reads.
pub const VERSION: u32 = 1;

/// What the name of a file's own detached signature adds to the file's (see [`Released::seal`]).
pub const SEAL: &str = ".p7s";

/// A digest and a size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes; `None` where they would tell how long a secret is.
    pub size: Option<u64>,
}

impl Measure {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Measure {
        Measure { size: Some(bytes.len() as u64), ..Measure::without_size(bytes) }
    }

    /// Of signed bytes with a secret in them: the digest is of the signature too, so nobody can try secrets against it.
    pub fn without_size(bytes: &[u8]) -> Measure {
        Measure { sha256: sha256(bytes), size: None }
    }

    /// Whether it is of these bytes.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        self.size.is_none_or(|size| size == bytes.len() as u64) && self.sha256 == sha256(bytes)
    }
}

/// What made the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `policyc`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of each part of the catalogue that it checked against, by name.
    pub catalogue: BTreeMap<String, String>,
}

/// The sources that it was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The digest of all source files: see [`sources_digest`].
    pub sha256: String,
    /// The commit that holds exactly them; `None` where no repository does.
    pub revision: Option<String>,
    /// The organisation that the bundle is of; `None` for all.
    pub organisation: Option<String>,
    /// The day by which exceptions have begun or lapsed.
    pub as_of: String,
    /// Which of Intune's files hold settings, where the run said so whatever the groups state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intune: Option<String>,
}

/// An exception that is in force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InForce {
    /// Whose.
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// Its last day; `None` where it has no end.
    pub expires: Option<String>,
    /// The groups that it is for.
    pub groups: Vec<String>,
    /// What it lifts.
    pub clauses: Vec<String>,
    /// Whether it changes what devices get; else it is on record alone.
    pub relaxes: bool,
}

/// Something that would have stopped the release, and was let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The flag that let it through.
    pub flag: String,
    /// What it let through, a line each.
    pub what: Vec<String>,
}

/// In whose folders a bundle is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// The server that all files were held against, where one was asked for.
    pub server: Option<String>,
}

/// A file that devices are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// Its path in the bundle: `organisation/group/name`.
    pub path: String,
    /// The group.
    pub group: String,
    /// The clauses that ask for what it sets, sorted.
    pub clauses: Vec<String>,
    /// The names of the secrets in it. Where there is one, no size is told and no digest that is not of a signature too: with a plain
    /// digest, anybody could try secrets until one fits.
    pub secrets: Vec<String>,
    /// As it is in the bundle; `None` for a file that holds a secret and is not signed.
    pub file: Option<Measure>,
    /// Whether it is signed.
    pub signed: bool,
    /// What is inside the signature, as it was compiled; `None` for a file with a secret.
    pub content: Option<Measure>,
    /// The detached signature beside it, its path with [`SEAL`]: for a file that holds a secret and is not signed.
    pub seal: Option<Measure>,
}

impl Released {
    /// The path of its detached signature.
    pub fn seal_path(&self) -> String {
        format!("{}{SEAL}", self.path)
    }
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format: [`VERSION`].
    pub version: u32,
    /// What made it.
    pub tool: Tool,
    /// Of what.
    pub sources: Made,
    /// The time in every signature, RFC 3339 in UTC.
    pub signing_time: String,
    /// Exceptions in force.
    pub exceptions: Vec<InForce>,
    /// What was let through.
    pub allowed: Vec<Allowed>,
    /// The folders of a console's tools, where the bundle has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Files for devices, sorted by path.
    pub files: Vec<Released>,
    /// Files beside them, by name: the provenance, and the notes where there are any.
    pub beside: BTreeMap<String, Measure>,
}

impl Manifest {
    /// As it stands in a bundle: JSON, two spaces, a line feed at its end.
    pub fn print(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("internal: a manifest is JSON");
        text.push(b'\n');
        text
    }

    /// Reads one that this program could have written: the same value printed must give the same bytes.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let versioned: Versioned =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no manifest: {error}"))?;
        if versioned.version != VERSION {
            return Err(format!("it has version {}, and this program reads version {VERSION}", versioned.version));
        }
        let manifest: Manifest =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no manifest: {error}"))?;
        if manifest.print() != bytes {
            return Err("it is not written as a release writes it".to_owned());
        }
        manifest.is_orderly().map(|()| manifest)
    }

    fn is_orderly(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for path in self.files.iter().map(|file| &file.path) {
            if !is_plain(path) || path.split('/').count() < 3 {
                return Err(format!("`{}` is no path of a group's file", path.escape_debug()));
            }
            if !seen.insert(path) {
                return Err(format!("`{path}` stands in it twice"));
            }
        }
        for file in &self.files {
            let (secret, told) = (!file.secrets.is_empty(), file.file.is_some());
            let fits = match (secret, file.signed) {
                (false, signed) => told && file.content.is_some() == signed && file.seal.is_none(),
                (true, true) => told && file.content.is_none() && file.seal.is_none(),
                (true, false) => !told && file.content.is_none() && file.seal.is_some(),
            };
            if !fits || seen.contains(&file.seal_path()) {
                return Err(format!("what it tells of `{}` does not fit together", file.path));
            }
        }
        let own = |name: &str| match self.layout {
            Some(_) => {
                is_plain(name) && ![MANIFEST, SIGNATURE, SUMS].contains(&name) && !seen.iter().any(|path| *path == name)
            }
            None => [PROVENANCE, NOTES].contains(&name),
        };
        match self.beside.keys().find(|name| !own(name)) {
            Some(name) => Err(format!("`{}` is no file of a bundle", name.escape_debug())),
            None => Ok(()),
        }
    }
}

/// One digest of many files: that of the lines `sha256␠␠path`, sorted by path.
pub fn sources_digest<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let files: BTreeMap<&str, String> = files.map(|(path, bytes)| (path, sha256(bytes))).gather();
    let lines: String = files.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    sha256(lines.as_bytes())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A manifest of these files, as `release` makes one.
    pub(in crate::release) fn sample(files: &[(&str, &[u8])], provenance: &[u8]) -> Manifest {
        let released = |(path, bytes): &(&str, &[u8])| Released {
            path: (*path).to_owned(),
            group: "phones".to_owned(),
            clauses: vec!["p 1".to_owned()],
            secrets: Vec::new(),
            file: Some(Measure::of(bytes)),
            signed: false,
            content: None,
            seal: None,
        };
        Manifest {
            version: VERSION,
            tool: Tool { name: "policyc".into(), version: "0".into(), catalogue: BTreeMap::new() },
            sources: Made {
                sha256: sha256(b""),
                revision: None,
                organisation: None,
                as_of: "2026-10-01".into(),
                intune: None,
            },
            signing_time: "2026-10-01T00:00:00Z".into(),
            exceptions: Vec::new(),
            allowed: Vec::new(),
            layout: None,
            files: files.iter().map(released).collect(),
            beside: [(PROVENANCE.to_owned(), Measure::of(provenance))].into(),
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_no_otherwise() {
        let manifest = sample(&[("a/b/c.xml", b"1")], b"{}");
        let text = manifest.print();
        assert_eq!(Manifest::parse(&text), Ok(manifest));
        let text = String::from_utf8(text).unwrap();
        for (from, to, cause) in [
            ("\"version\": 1,", "\"version\": 2,", "version 2"),
            ("\"version\": 1,", "\"version\":  1,", "not written as"),
            ("a/b/c.xml", "a/../c.xml", "no path of"),
            ("a/b/c.xml", "c.xml", "no path of"),
            ("provenance.json", "extra.json", "no file of a bundle"),
            ("\"signed\"", "\"sigmed\"", "no manifest"),
            ("\"signed\": false", "\"signed\": true", "does not fit together"),
            ("{", "", "no manifest"),
        ] {
            let cause_found = Manifest::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(cause_found.contains(cause), "{from} → {to}: {cause_found}");
        }
    }

    #[test]
    fn the_digest_of_sources_is_that_of_sha256sum() {
        // The second opinion: `sha256sum a b | sha256sum`.
        let digest = sources_digest([("b", &b"2\n"[..]), ("a", &b"1\n"[..])].into_iter());
        let lines = format!("{}  a\n{}  b\n", sha256(b"1\n"), sha256(b"2\n"));
        assert_eq!(digest, sha256(lines.as_bytes()));
    }
}
