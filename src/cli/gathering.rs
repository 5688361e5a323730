//! The foreign files of a run (`lint`, `import`, `drift`): those that are named, those below folders, and what comes by stdin. What cannot be read
//! has a finding, and keeps no other from being read.

use super::failure::Failure;
use super::project::walk::{self, Found, Limits, Links};
use policyc::diagnostic::{Code, Diagnostic, Diagnostics};
use policyc::source::Content;
use rayon::prelude::*;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bytes of the largest file: an archive may hold so many.
const EACH: u64 = 256 << 20;
/// Of all files below one folder.
const LIMITS: Limits = Limits { files: 500_000, total: 4 << 30, each: EACH };

/// A file by the name that findings have for it.
pub(crate) type Named = (String, Vec<u8>);

/// A file by the name that findings have for it, and where to read it.
pub(crate) type Listed = (String, At);

/// Where a file is.
pub(crate) enum At {
    /// In the file system.
    Path(Found),
    /// What came by stdin, read already.
    Stdin(Vec<u8>),
}

/// Every file that the paths lead to, in their order, those of a folder sorted.
pub(crate) fn files(paths: &[PathBuf], found: &mut Diagnostics) -> Result<Vec<Named>, Failure> {
    let listed = list(paths, found)?;
    let reading = Reading::default();
    let read = |(name, at): &Listed| reading.read(name, at);
    let read: Vec<Option<Vec<u8>>> = listed.par_iter().map(read).collect();
    reading.end(paths, found)?;
    let named = |((name, _), bytes): (Listed, Option<Vec<u8>>)| Some((name, bytes?));
    Ok(listed.into_iter().zip(read).filter_map(named).collect())
}

/// The same, not yet read.
pub(crate) fn list(paths: &[PathBuf], found: &mut Diagnostics) -> Result<Vec<Listed>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        if name == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(EACH + 1).read_to_end(&mut bytes).map_err(Failure::io("read", path))?;
            match bytes.trim_ascii().is_empty() {
                true => {
                    let cure = "see why the command before the pipe wrote nothing";
                    found.push(nothing("stdin", "nothing came by stdin", cure));
                }
                false => files.push(("stdin".to_owned(), At::Stdin(bytes))),
            }
        } else if std::fs::metadata(path).map_err(Failure::io("read", path))?.is_dir() {
            let folder = below(path, "");
            let before = files.len();
            for (file, at) in walk::list(path, LIMITS.files, Links::Inside, &|name, _| !name.starts_with('.'))? {
                // Hidden files are their tools' own.
                if !file.split('/').any(|part| part.starts_with('.')) {
                    files.push((format!("{folder}{file}"), At::Path(at)));
                }
            }
            if before == files.len() {
                found.push(nothing(&name, "no file lies below this folder", "give the folder in which the files lie"));
            }
        } else {
            files.push((name, At::Path(Found::Read(path.clone()))));
        }
    }
    Ok(files)
}

impl At {
    /// What stands there.
    pub(crate) fn content(&self) -> Content {
        match self {
            At::Path(found) => found.content(EACH),
            At::Stdin(bytes) if bytes.len() as u64 > EACH => Content::TooLarge(bytes.len() as u64),
            At::Stdin(bytes) => Content::Bytes(bytes.clone()),
        }
    }
}

/// Files being read, on any thread.
#[derive(Default)]
pub(crate) struct Reading {
    /// Bytes of all that were read.
    total: AtomicU64,
    /// What is said of those that were not.
    refused: Mutex<Vec<Diagnostic>>,
}

impl Reading {
    /// What stands there; nothing where that cannot be read, or is more than all files together may have.
    pub(crate) fn read(&self, name: &str, at: &At) -> Option<Vec<u8>> {
        if self.total.load(Ordering::Relaxed) > LIMITS.total {
            return None;
        }
        let (code, why, cure) = match at.content() {
            Content::Bytes(bytes) => {
                self.total.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                return Some(bytes);
            }
            Content::TooLarge(size) => {
                let why = format!("the file has {size} bytes, and at most {EACH} are read");
                (Code::TooLarge, why, "give the parts of it by themselves")
            }
            Content::Refused(why) => (
                Code::UnreadableFile,
                format!("the file is not read: {why}"),
                "give the file itself, where it is meant",
            ),
        };
        let finding = Diagnostic::in_artefact(code, name, "", why).help(cure);
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
        None
    }

    /// What there is to say when all are read, and how many were not. That they are too large together is a failure of the run.
    pub(crate) fn end(self, paths: &[PathBuf], found: &mut Diagnostics) -> Result<usize, Failure> {
        if self.total.into_inner() > LIMITS.total {
            let folder = paths.iter().find(|path| path.is_dir()).or(paths.first());
            return Err(LIMITS.too_large(folder.map_or(Path::new("."), PathBuf::as_path)));
        }
        let refused = self.refused.into_inner().unwrap_or_else(PoisonError::into_inner);
        let count = refused.len();
        refused.into_iter().for_each(|finding| found.push(finding));
        Ok(count)
    }
}

/// Where nothing was given, nothing is known: that is no answer.
pub(crate) fn need_any(files: &[Named], found: &mut Diagnostics) {
    if files.is_empty() {
        found.deny(|finding| finding.code == Code::NothingToRead);
    }
}

fn nothing(name: &str, why: &str, cure: &str) -> Diagnostic {
    Diagnostic::in_artefact(Code::NothingToRead, name, "", why).help(cure)
}

/// What the names of files begin with and says nothing of what they are: the folders that were asked for, and those of single files, each
/// with a `/`.
pub(crate) fn roots(paths: &[PathBuf]) -> Vec<String> {
    let root = |path: &PathBuf| match path.is_dir() {
        true => Some(below(path, "")),
        false => Some(format!("{}/", path.parent()?.display())),
    };
    paths.iter().filter_map(root).filter(|root| !matches!(root.as_str(), "" | "/")).collect()
}

fn below(folder: &Path, path: &str) -> String {
    let folder = folder.display().to_string().replace('\\', "/");
    match folder.trim_end_matches('/').trim_start_matches("./") {
        "" | "." => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}
