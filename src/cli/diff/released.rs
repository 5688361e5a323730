//! A bundle as a side: held against its manifest, its signatures opened, and nothing of its own taken for an artefact.

use super::super::bundle;
use super::super::failure::Failure;
use policyc::diagnostic::Diagnostics;
use policyc::gather::Gather;
use policyc::release::archive::{Archive, Files};
use policyc::release::bundle::check;
use policyc::release::cms::open;
use policyc::release::manifest::{MANIFEST, Manifest, SIGNATURE};
use policyc::source::{Content, SourceFile};
use std::io::Read;
use std::path::Path;

/// A bundle that is whole.
pub(crate) struct Released {
    /// What devices get, by path: profiles as they were before they were signed.
    pub(crate) files: Vec<SourceFile>,
    pub(crate) manifest: Manifest,
}

impl Released {
    /// The files that secrets were filled into.
    pub(crate) fn with_secrets(&self) -> impl Iterator<Item = &str> {
        self.manifest.files.iter().filter(|file| !file.secrets.is_empty()).map(|file| file.path.as_str())
    }

    /// What it is made of, and when it was signed.
    pub(crate) fn origin(&self) -> String {
        let Manifest { sources, signing_time, .. } = &self.manifest;
        match &sources.revision {
            Some(revision) => format!("of commit {revision}, signed at {signing_time}"),
            None => format!("of sources that no commit holds, signed at {signing_time}"),
        }
    }
}

/// Whether a bundle stands at a path: a folder with a signed manifest, or an archive.
pub(super) fn is_bundle(path: &Path) -> bool {
    if path.is_dir() {
        return [MANIFEST, SIGNATURE].iter().all(|name| path.join(name).is_file());
    }
    let mut begin = Vec::new();
    // To look into a pipe would be to take from it.
    let mut read = || std::fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut begin));
    path.is_file() && read().is_ok() && Archive::of(&begin).is_some()
}

/// Reads a bundle from the disk.
pub(crate) fn read(path: &Path) -> Result<Released, Failure> {
    let mut found = Diagnostics::default();
    let files = bundle::read(path, &mut found)?;
    whole(path, files.unwrap_or_default(), found)
}

/// The bundle that these files are; `None` where they are none.
pub(super) fn among(files: &[SourceFile], path: &Path) -> Result<Option<Released>, Failure> {
    let bytes = |file: &SourceFile| match &file.content {
        Content::Bytes(bytes) => Some((file.path.clone(), bytes.clone())),
        Content::TooLarge(_) | Content::Refused(_) => None,
    };
    let unpacked = match files {
        [SourceFile { content: Content::Bytes(bytes), .. }] => Archive::of(bytes).map(|archive| archive.unpack(bytes)),
        _ if [MANIFEST, SIGNATURE].iter().all(|name| files.iter().any(|file| file.path == *name)) => {
            Some(Ok(files.iter().filter_map(bytes).gather()))
        }
        _ => None,
    };
    let Some(unpacked) = unpacked else { return Ok(None) };
    let mut found = Diagnostics::default();
    let files = unpacked.unwrap_or_else(|broken| {
        found.push(broken.finding(&path.display().to_string()));
        Files::new()
    });
    whole(path, files, found).map(Some)
}

/// Holds the files of a bundle against its manifest. Whose manifest it is, `verify` says.
fn whole(path: &Path, mut files: Files, mut found: Diagnostics) -> Result<Released, Failure> {
    let manifest = if found.has_errors() { None } else { check(&files, &mut found) };
    let broken = |why: &str| Failure::BrokenBundle { path: path.into(), why: why.to_owned() };
    let first = found.iter().next().map(|finding| finding.message.as_str());
    let (Some(manifest), None) = (manifest, first) else { return Err(broken(first.unwrap_or("it cannot be read"))) };
    let mut own = Vec::with_capacity(manifest.files.len());
    for file in &manifest.files {
        let bytes = files.remove(&file.path).unwrap_or_default();
        let content = if file.signed { opened(&file.path, bytes)? } else { bytes };
        // A layout has folders of its own around those of the groups.
        let path = file.path.strip_prefix("lib/").filter(|_| manifest.layout.is_some()).unwrap_or(&file.path);
        own.push(SourceFile { path: path.to_owned(), content: Content::Bytes(content) });
    }
    Ok(Released { files: own, manifest })
}

/// What is inside a signed profile; any other file is itself.
pub(super) fn opened(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let why = match open(&bytes) {
        Ok(opened) => match opened.content {
            Some(content) => return Ok(content),
            None => "it is a signature alone, without what it signs".to_owned(),
        },
        Err(fault) if fault.code == policyc::diagnostic::Code::NotSigned => return Ok(bytes),
        Err(fault) => fault.message,
    };
    Err(Failure::Revision { path: path.to_owned(), why })
}
