//! A bundle's files against its manifest: every one there, nothing else, each with its digest. Whose manifest it is, is the
//! signature's affair.

use super::archive::Files;
use super::manifest::{MANIFEST, Manifest, Measure, PROVENANCE, SEAL, SIGNATURE, SUMS};
use super::provenance;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use std::collections::BTreeMap;

/// `SHA256SUMS`: every other file of a bundle, as `sha256sum --check` reads it. Files with a signature of their own beside them hold a
/// secret: a digest of theirs would be one of the secret.
pub fn sums(files: &Files) -> Vec<u8> {
    let told = |path: &str| path != SUMS && (path == MANIFEST || !files.contains_key(&format!("{path}{SEAL}")));
    let own = files.iter().filter(|(path, _)| told(path));
    lines(own.map(|(path, bytes)| (path.as_str(), crate::digest::sha256(bytes))).gather())
}

fn lines(digests: BTreeMap<&str, String>) -> Vec<u8> {
    digests.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect::<String>().into_bytes()
}

/// Holds a bundle's files against its manifest. `None` where there is no manifest that can be read.
pub fn check(files: &Files, found: &mut Diagnostics) -> Option<Manifest> {
    let Some(bytes) = files.get(MANIFEST) else {
        let finding = fault(Code::UnreadableManifest, MANIFEST, "the bundle has no manifest");
        found.push(finding.help("verify the folder or archive that `policyc release` wrote, whole"));
        return None;
    };
    let manifest = match Manifest::parse(bytes) {
        Ok(manifest) => manifest,
        Err(cause) => {
            found.push(unreadable(cause));
            return None;
        }
    };
    let listed = listed(&manifest);
    for (path, expected) in &listed {
        match (files.get(path), expected) {
            (None, expected) => found.push(missing(path, *expected, files, &listed)),
            (Some(bytes), Some(expected)) if !expected.fits(bytes) => found.push(altered(path, bytes, &listed)),
            (Some(_), _) => {}
        }
    }
    for (path, bytes) in files.iter().filter(|(path, _)| !listed.contains_key(*path)) {
        if ![MANIFEST, SIGNATURE, SUMS].contains(&path.as_str()) {
            found.push(extra(path, bytes, &listed, files));
        }
    }
    beside(files, &manifest, &listed, found);
    Some(manifest)
}

/// A manifest that cannot be read, and why.
pub(super) fn unreadable(cause: String) -> Diagnostic {
    fault(Code::UnreadableManifest, MANIFEST, cause).help(DISTRUST)
}

/// What to do about a bundle that is not as it was released.
pub(super) const DISTRUST: &str = "take the bundle anew from where it was released; this one is not what was signed";

fn fault(code: Code, path: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::in_artefact(code, path, "", message)
}

/// Every file that the manifest names; without a measure where the file's own signature answers for it.
type Listed<'a> = BTreeMap<String, Option<&'a Measure>>;

fn listed(manifest: &Manifest) -> Listed<'_> {
    let own = manifest.files.iter().map(|file| (file.path.clone(), file.file.as_ref()));
    let seals = manifest.files.iter().filter_map(|file| Some((file.seal_path(), Some(file.seal.as_ref()?))));
    own.chain(seals).chain(manifest.beside.iter().map(|(name, measure)| (name.clone(), Some(measure)))).gather()
}

fn missing(path: &str, expected: Option<&Measure>, files: &Files, listed: &Listed) -> Diagnostic {
    let strange = |other: &str| !listed.contains_key(other);
    let renamed =
        files.iter().find(|(other, bytes)| strange(other) && expected.is_some_and(|measure| measure.fits(bytes)));
    let message = match renamed {
        Some((other, _)) => format!("`{path}` is missing: `{}` has its bytes under another name", other.escape_debug()),
        None => format!("`{path}` is missing"),
    };
    fault(Code::MissingFile, path, message).help(DISTRUST)
}

fn altered(path: &str, bytes: &[u8], listed: &Listed) -> Diagnostic {
    let message = match holder(bytes, listed) {
        Some(other) => format!("`{path}` holds what `{other}` should hold"),
        None => format!("`{path}` is not the file that was released"),
    };
    fault(Code::AlteredFile, path, message).help(DISTRUST)
}

fn extra(path: &str, bytes: &[u8], listed: &Listed, files: &Files) -> Diagnostic {
    let message = match holder(bytes, listed).filter(|other| files.contains_key(*other)) {
        Some(other) => format!("`{}` is not in the manifest: a copy of `{other}`", path.escape_debug()),
        None => format!("`{}` is not in the manifest", path.escape_debug()),
    };
    fault(Code::ExtraFile, path, message).help("take it out of the bundle, or take the bundle anew")
}

/// The file that should hold these bytes.
fn holder<'a>(bytes: &[u8], listed: &'a Listed) -> Option<&'a str> {
    listed.iter().find(|(_, measure)| measure.is_some_and(|measure| measure.fits(bytes))).map(|(path, _)| path.as_str())
}

/// What must agree with the manifest besides its digests: the statement that tools read, and the sums that people check.
fn beside(files: &Files, manifest: &Manifest, listed: &Listed, found: &mut Diagnostics) {
    if !manifest.beside.contains_key(PROVENANCE) {
        found.push(fault(Code::MissingFile, PROVENANCE, "the manifest names no provenance").help(DISTRUST));
    } else if files.get(PROVENANCE).is_some_and(|text| *text != provenance::statement(manifest)) {
        let message = "the provenance does not say what the manifest says";
        found.push(fault(Code::AlteredFile, PROVENANCE, message).help(DISTRUST));
    }
    match files.get(SUMS) {
        None => found.push(fault(Code::MissingFile, SUMS, format!("`{SUMS}` is missing")).help(DISTRUST)),
        Some(text) if *text != expected_sums(files, listed) => {
            let message = format!("`{SUMS}` does not list the files of the bundle with their digests");
            found.push(fault(Code::AlteredFile, SUMS, message).help(DISTRUST));
        }
        Some(_) => {}
    }
}

/// The sums of what the manifest lists, whatever was done to the files: each fault is told of once.
fn expected_sums(files: &Files, listed: &Listed) -> Vec<u8> {
    let measured = listed.iter().filter_map(|(path, measure)| Some((path.as_str(), (*measure)?.sha256.clone())));
    let own =
        [MANIFEST, SIGNATURE].into_iter().filter_map(|path| Some((path, crate::digest::sha256(files.get(path)?))));
    lines(measured.chain(own).gather())
}

#[cfg(test)]
mod tests {
    use super::super::manifest::tests::sample;
    use super::*;

    /// A bundle as `release` makes one, but for its signature.
    fn bundle() -> Files {
        let own: [(&str, &[u8]); 2] = [("a/b/1.xml", b"one"), ("a/b/2.xml", b"two")];
        let mut manifest = sample(&own, b"");
        let statement = provenance::statement(&manifest);
        manifest.beside = [(PROVENANCE.to_owned(), Measure::of(&statement))].into();
        let mut files: Files = own.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
        files.insert(PROVENANCE.to_owned(), statement);
        files.insert(MANIFEST.to_owned(), manifest.print());
        files.insert(SUMS.to_owned(), sums(&files));
        files
    }

    fn check(change: impl FnOnce(&mut Files), expected: &[&str]) {
        let mut files = bundle();
        change(&mut files);
        let mut found = Diagnostics::default();
        super::check(&files, &mut found);
        let said: Vec<String> = found.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
        for expected in expected {
            assert!(said.iter().any(|said| said.starts_with(expected)), "no {expected} in {said:?}");
        }
        assert_eq!(said.is_empty(), expected.is_empty(), "{said:?}");
        assert!(found.iter().all(|finding| !finding.help.is_empty()));
    }

    fn moved(files: &mut Files, from: &str, to: &str) {
        let bytes = files.remove(from).unwrap();
        files.insert(to.to_owned(), bytes);
    }

    #[test]
    fn what_was_done_to_a_bundle_is_told_by_name() {
        check(|_| {}, &[]);
        check(|files| drop(files.remove("a/b/1.xml")), &["missing-file: `a/b/1.xml` is missing"]);
        check(
            |files| files.insert("a/b/3.xml".into(), b"x".to_vec()).map_or((), drop),
            &["extra-file: `a/b/3.xml` is not in"],
        );
        check(
            |files| moved(files, "a/b/1.xml", "a/b/9.xml"),
            &["missing-file: `a/b/1.xml` is missing: `a/b/9.xml` has its bytes", "extra-file: `a/b/9.xml`"],
        );
        check(
            |files| {
                moved(files, "a/b/1.xml", "x");
                moved(files, "a/b/2.xml", "a/b/1.xml");
                moved(files, "x", "a/b/2.xml");
            },
            &["altered-file: `a/b/1.xml` holds what `a/b/2.xml` should", "altered-file: `a/b/2.xml` holds"],
        );
        check(|files| files.get_mut("a/b/1.xml").unwrap().push(b' '), &["altered-file: `a/b/1.xml` is not the file"]);
        check(|files| files.get_mut(PROVENANCE).unwrap().push(b' '), &["altered-file: `provenance.json` is not"]);
        check(|files| drop(files.remove(SUMS)), &["missing-file: `SHA256SUMS`"]);
        check(|files| files.get_mut(SUMS).unwrap().push(b'\n'), &["altered-file: `SHA256SUMS` does not list"]);
        check(|files| files.get_mut(MANIFEST).unwrap().push(b'\n'), &["unreadable-manifest: it is not written as"]);
        check(|files| drop(files.remove(MANIFEST)), &["unreadable-manifest: the bundle has no manifest"]);
    }
}
