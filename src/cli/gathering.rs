//! The foreign files of a run (`lint`, `import`, `drift`): those that are named, those below folders, and what comes by stdin. What cannot be read
//! has a finding, and keeps no other from being read.

use super::failure::Failure;
use super::project::walk::{self, Found, Limits, Links};
use policyc::diagnostic::{Code, Diagnostic, Diagnostics};
use policyc::source::Content;
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

/// A file by the name that findings have for it, not yet read.
pub(crate) type Listed = (String, Found);

/// Every file that the paths lead to, in their order, those of a folder sorted.
pub(crate) fn files(paths: &[PathBuf], found: &mut Diagnostics) -> Result<Vec<Named>, Failure> {
    let reading = Reading::default();
    let mut files = Vec::new();
    for file in walk::contents(list(paths, found)?, LIMITS) {
        files.extend(reading.take(&file.path, file.content).map(|bytes| (file.path, bytes)));
    }
    reading.end(paths, found)?;
    Ok(files)
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
                false => files.push(("stdin".to_owned(), Found::Given(bytes))),
            }
        } else if std::fs::metadata(path).map_err(Failure::io("read", path))?.is_dir() {
            let folder = below(path, "");
            let before = files.len();
            for (file, at) in walk::list(path, LIMITS.files, Links::Inside, &|name, _| !is_hidden(name))? {
                if !file.split('/').any(is_hidden) {
                    files.push((format!("{folder}{file}"), at));
                }
            }
            if before == files.len() {
                found.push(nothing(&name, "no file lies below this folder", "give the folder in which the files lie"));
            }
        } else {
            files.push((name, Found::Read(path.clone())));
        }
    }
    Ok(files)
}

/// What stands there.
pub(crate) fn content(file: &Found) -> Content {
    file.content(EACH)
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
    pub(crate) fn read(&self, name: &str, file: &Found) -> Option<Vec<u8>> {
        if self.total.load(Ordering::Relaxed) > LIMITS.total { None } else { self.take(name, content(file)) }
    }

    fn take(&self, name: &str, content: Content) -> Option<Vec<u8>> {
        let (code, why, cure) = match content {
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

/// Hidden files are their tools' own, but for the domain of macOS whose name begins so.
fn is_hidden(part: &str) -> bool {
    part.starts_with('.') && !part.starts_with(".GlobalPreferences")
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
