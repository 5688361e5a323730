//! The foreign files of a run (`lint`, `import`, `drift`): those that are named, those below folders, and what comes by stdin. What cannot be read
//! has a finding, and keeps no other from being read.

use super::failure::Failure;
use super::project::walk::{self, Limits, Links};
use policyc::diagnostic::{Code, Diagnostic, Diagnostics};
use policyc::source::Content;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of the largest file: an archive may hold so many.
const EACH: u64 = 256 << 20;
/// Of all files below one folder.
const LIMITS: Limits = Limits { files: 500_000, total: 4 << 30, each: EACH };

/// A file by the name that findings have for it.
pub(crate) type Named = (String, Vec<u8>);

/// Every file that the paths lead to, in their order, those of a folder sorted.
pub(crate) fn files(paths: &[PathBuf], found: &mut Diagnostics) -> Result<Vec<Named>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        if name == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(EACH + 1).read_to_end(&mut bytes).map_err(Failure::io("read", path))?;
            if bytes.trim_ascii().is_empty() {
                found.push(nothing(
                    "stdin",
                    "nothing came by stdin",
                    "see why the command before the pipe wrote nothing",
                ));
                continue;
            }
            one("stdin".to_owned(), of(bytes), &mut files, found);
        } else if std::fs::metadata(path).map_err(Failure::io("read", path))?.is_dir() {
            let folder = below(path, "");
            let before = (files.len(), found.iter().count());
            for file in walk::read(path, LIMITS, Links::Inside, &|name, _| !name.starts_with('.'))? {
                // Hidden files are their tools' own.
                if !file.path.split('/').any(|part| part.starts_with('.')) {
                    one(format!("{folder}{}", file.path), file.content, &mut files, found);
                }
            }
            if before == (files.len(), found.iter().count()) {
                found.push(nothing(&name, "no file lies below this folder", "give the folder in which the files lie"));
            }
        } else {
            let content = match walk::content(path, EACH) {
                Ok(content) => content,
                Err(error) => Content::Refused(error.to_string()),
            };
            one(name, content, &mut files, found);
        }
    }
    Ok(files)
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

fn of(bytes: Vec<u8>) -> Content {
    match bytes.len() as u64 {
        size if size > EACH => Content::TooLarge(size),
        _ => Content::Bytes(bytes),
    }
}

fn below(folder: &Path, path: &str) -> String {
    let folder = folder.display().to_string().replace('\\', "/");
    match folder.trim_end_matches('/').trim_start_matches("./") {
        "" | "." => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}

fn one(name: String, content: Content, files: &mut Vec<Named>, found: &mut Diagnostics) {
    let (code, why, cure) = match content {
        Content::Bytes(bytes) => return files.push((name, bytes)),
        Content::TooLarge(size) => {
            let why = format!("the file has {size} bytes, and at most {EACH} are read");
            (Code::TooLarge, why, "give the parts of it by themselves")
        }
        Content::Refused(why) => {
            (Code::UnreadableFile, format!("the file is not read: {why}"), "give the file itself, where it is meant")
        }
    };
    found.push(Diagnostic::in_artefact(code, name, "", why).help(cure));
}
