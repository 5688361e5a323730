//! `--fix`: certain cures, written into the files themselves. A file is old or new, never half of each; one whose text is not that of its
//! bytes (UTF-16, part of an archive), or that came by stdin, is left as it is.

use super::super::failure::Failure;
use super::super::gathering::{Listed, content};
use super::super::project::walk::Found;
use super::super::session::many;
use policyc::diagnostic::Diagnostics;
use policyc::lint::fixed;
use policyc::reader::Readings;
use policyc::source::Content;
use std::io::Write;
use std::path::Path;

/// Cures what can be cured, and says how much that was.
pub(super) fn write(files: &[Listed], readings: &Readings, found: &Diagnostics) -> Result<String, Failure> {
    let (mut cures, mut written) = (0, 0);
    for fixed in fixed(readings, found) {
        // What somebody has changed meanwhile is no longer what was linted.
        let before = Content::Bytes(fixed.before.clone().into());
        let is_whole = |file: &Found| matches!(file, Found::Read(_)) && content(file) == before;
        let path = Path::new(&fixed.path);
        if !files.iter().any(|(name, file)| *name == fixed.path && is_whole(file)) || !path.is_file() {
            continue;
        }
        replace(path, fixed.after.as_bytes())?;
        (cures, written) = (cures + fixed.cures, written + 1);
    }
    Ok(match cures {
        0 => "nothing here has a cure of which there is one".to_owned(),
        _ => format!("{} cured in {}: run lint again", many(cures, "finding"), many(written, "file")),
    })
}

/// Puts a whole file in place of another.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = || Failure::io("write", path);
    // A link is followed: what it leads to is what was read.
    let target = std::fs::canonicalize(path).map_err(failed())?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
    new.write_all(bytes).map_err(failed())?;
    let permissions = std::fs::metadata(&target).map_err(failed())?.permissions();
    new.as_file().set_permissions(permissions).map_err(failed())?;
    new.persist(&target).map_err(|error| failed()(error.error))?;
    Ok(())
}
