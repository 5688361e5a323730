//! What a path is: a bundle, a manifest, or a signed file; and each finding with the path under which people find it.

use super::super::Global;
use super::super::bundle;
use super::super::failure::Failure;
use super::super::session::denies;
use policyc::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use policyc::release::archive::{Archive, BYTES, Files};
use policyc::release::manifest::{MANIFEST, Manifest, PROVENANCE, SEAL, SIGNATURE, SUMS};
use policyc::release::verify::{self, Believed, Verified};
use policyc::report::verify::{Looked, What};
use std::path::{Path, PathBuf};

/// Verifies what a path leads to; of a bundle, its files too.
pub(super) fn look(
    path: &Path,
    believed: &Believed<'_>,
    global: &Global,
    found: &mut Diagnostics,
) -> Result<(Looked, Option<Files>), Failure> {
    let mut own = Diagnostics::default();
    let (root, what, verified, files) = verified(path, believed, &mut own)?;
    own.deny(|finding| denies(global, finding));
    let errors = own.count(Severity::Error);
    let inside_folder = root.is_dir();
    own.iter().for_each(|finding| found.push(placed(finding.clone(), &root, inside_folder)));
    let path = path.display().to_string();
    Ok((Looked { path, what, verified, errors }, files))
}

type Outcome = (PathBuf, What, Verified, Option<Files>);

fn verified(path: &Path, believed: &Believed<'_>, found: &mut Diagnostics) -> Result<Outcome, Failure> {
    let whole = |root: &Path, files: Option<Files>, found: &mut Diagnostics| {
        let verified = match &files {
            Some(files) => verify::bundle(files, believed, found),
            None => Verified { manifest: None, signed: Vec::new() },
        };
        (root.to_owned(), What::Bundle, verified, files)
    };
    if std::fs::metadata(path).map_err(Failure::io("read", path))?.is_dir() {
        let files = bundle::read(path, found)?;
        return Ok(whole(path, files, found));
    }
    let Some(bytes) = bundle::limited(path, BYTES)? else {
        let files = bundle::read(path, found)?; // says that it is too large
        return Ok(whole(path, files, found));
    };
    if Archive::of(&bytes).is_some() {
        let files = bundle::unpack(path, &bytes, found);
        return Ok(whole(path, files, found));
    }
    let beside = |name: &str| path.with_file_name(name);
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if has_bundle(folder, &bytes) {
            let files = bundle::read(folder, found)?;
            return Ok(whole(folder, files, found));
        }
        let signature = optional(&beside(SIGNATURE))?;
        let verified = verify::manifest(&bytes, signature.as_deref(), believed, found);
        return Ok((folder.to_owned(), What::Manifest, verified, None));
    }
    let name = path.display().to_string();
    let signs = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SEAL));
    let content = signs.map(|signs| optional(&beside(signs))).transpose()?.flatten();
    let signed = verify::file(&name, (&bytes, content.as_deref()), believed, found);
    Ok((path.to_owned(), What::File, Verified { manifest: None, signed: signed.into_iter().collect() }, None))
}

/// Whether anything of a bundle stands beside a manifest, other than its signature.
fn has_bundle(folder: &Path, manifest: &[u8]) -> bool {
    let listed = Manifest::parse(manifest).map(|manifest| manifest.files).unwrap_or_default();
    let own = listed.iter().map(|file| file.path.as_str());
    own.chain([PROVENANCE, SUMS]).any(|name| folder.join(name).symlink_metadata().is_ok())
}

/// The bytes of a file that may be absent.
fn optional(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match path.symlink_metadata() {
        Ok(kind) if kind.is_file() => bundle::limited(path, BYTES),
        _ => Ok(None),
    }
}

/// A finding with the path that leads there from here: into the folder, or the archive with the name inside it.
fn placed(mut finding: Diagnostic, root: &Path, inside_folder: bool) -> Diagnostic {
    let root = root.display().to_string();
    let place = |place: &mut Place| {
        let Place::Artefact { path, inside } = place else { return };
        if *path == root {
            return;
        }
        match (inside_folder, root.as_str()) {
            (true, ".") => {}
            (true, root) => *path = format!("{}/{path}", root.trim_end_matches('/')),
            (false, _) => *inside = std::mem::replace(path, root.clone()),
        }
    };
    place(&mut finding.place);
    finding.also.iter_mut().for_each(|label| place(&mut label.place));
    finding
}
