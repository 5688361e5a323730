//! Reading a folder: every regular file below it, within limits, whatever else stands there named and not opened.

use super::super::failure::Failure;
use policyc::gather::Arrange;
use policyc::source::{Content, SourceFile};
use rayon::prelude::*;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How much is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Files.
    pub(crate) files: usize,
    /// Bytes of all files.
    pub(crate) total: u64,
    /// Bytes of one file; of a larger one none is read.
    pub(crate) each: u64,
}

impl Limits {
    /// What is below a folder is more than all files may have.
    pub(crate) fn too_large(self, folder: &Path) -> Failure {
        Failure::TooMuch { path: folder.into(), limit: format!("{} MiB", self.total >> 20) }
    }
}

/// What is made of symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// One to a file inside the folder is that file.
    Inside,
    /// None is followed.
    Never,
}

/// Folders inside one another.
const DEPTH: usize = 64;
/// From so many files on, they are read side by side.
const MANY: usize = 16;

/// What to make of a path.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file to read.
    Read(PathBuf),
    /// What was read already.
    Given(Vec<u8>),
    /// Nothing to read, and why.
    Refused(String),
}

/// The files below `folder`, sorted, paths relative to it with `/`. `wanted` judges what stands directly in it, by name and whether
/// it is a folder. Version control's own folders are not looked into.
pub(crate) fn read(
    folder: &Path,
    limits: Limits,
    links: Links,
    wanted: &dyn Fn(&str, bool) -> bool,
) -> Result<Vec<SourceFile>, Failure> {
    let files = contents(list(folder, limits.files, links, wanted)?, limits);
    let total: u64 =
        files.iter().map(|file| if let Content::Bytes(bytes) = &file.content { bytes.len() as u64 } else { 0 }).sum();
    if total > limits.total {
        return Err(limits.too_large(folder));
    }
    Ok(files)
}

/// The same, not yet read.
pub(crate) fn list(
    folder: &Path,
    most: usize,
    links: Links,
    wanted: &dyn Fn(&str, bool) -> bool,
) -> Result<Vec<(String, Found)>, Failure> {
    let root = fs::canonicalize(folder).map_err(Failure::io("read", folder))?;
    let mut found: Vec<(String, Found)> = Vec::new();
    let mut folders = vec![(root.clone(), String::new(), 0)];
    while let Some((path, prefix, depth)) = folders.pop() {
        let entries = match entries(&path) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(Failure::io("read", folder)(error)),
            Err(error) => {
                found.push((prefix, Found::Refused(format!("a folder that cannot be read: {error}"))));
                continue;
            }
        };
        for (name, kind, path) in entries {
            let shown = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            if depth == 0 && !wanted(&name, kind.is_dir()) || name == ".git" {
                continue;
            }
            if kind.is_dir() && depth < DEPTH && is_text(&path) {
                folders.push((path, shown, depth + 1));
            } else {
                found.push((shown, judge(path, kind, &root, links)));
            }
        }
        if found.len() + folders.len() > most {
            return Err(Failure::TooMuch { path: folder.into(), limit: format!("{most} files") });
        }
    }
    found.arrange_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn is_text(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_str().is_some())
}

fn judge(path: PathBuf, kind: FileType, root: &Path, links: Links) -> Found {
    if !is_text(&path) {
        Found::Refused("its name is not UTF-8".into())
    } else if kind.is_file() {
        Found::Read(path)
    } else if kind.is_symlink() {
        follow(&path, root, links)
    } else if kind.is_dir() {
        Found::Refused(format!("it stands more than {DEPTH} folders deep"))
    } else {
        Found::Refused("neither a file nor a folder".into())
    }
}

/// Name, kind and path of what stands in a folder; names that are not UTF-8 are escaped, so that they can be shown and differ.
fn entries(folder: &Path) -> io::Result<Vec<(String, FileType, PathBuf)>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name();
            let shown = name.to_str().map_or_else(|| name.as_encoded_bytes().escape_ascii().to_string(), str::to_owned);
            Ok((shown, entry.file_type()?, entry.path()))
        })
        .collect()
}

fn follow(link: &Path, root: &Path, links: Links) -> Found {
    if links == Links::Never {
        return Found::Refused("a symbolic link".into());
    }
    match fs::canonicalize(link) {
        Err(error) => Found::Refused(format!("a link that leads nowhere: {error}")),
        Ok(target) if !target.starts_with(root) => Found::Refused("a link that leaves the folder".into()),
        Ok(target) if target.is_file() => Found::Read(target),
        Ok(_) => Found::Refused("a link to something that is not a file".into()),
    }
}

/// What stands in each of them.
pub(crate) fn contents(found: Vec<(String, Found)>, limits: Limits) -> Vec<SourceFile> {
    let read = |(path, found): (String, Found)| SourceFile { path, content: found.content(limits.each) };
    match found.len() {
        0..MANY => found.into_iter().map(read).collect(),
        _ => found.into_par_iter().map(read).collect(),
    }
}

impl Found {
    /// What stands there, where it is not too much.
    pub(crate) fn content(&self, most: u64) -> Content {
        match self {
            Found::Refused(why) => Content::Refused(why.clone()),
            Found::Given(bytes) if bytes.len() as u64 > most => Content::TooLarge(bytes.len() as u64),
            Found::Given(bytes) => Content::Bytes(bytes.clone()),
            Found::Read(file) => content(file, most).unwrap_or_else(|error| Content::Refused(error.to_string())),
        }
    }
}

/// The bytes of a file, where they are not too many.
fn content(path: &Path, most: u64) -> io::Result<Content> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Ok(Content::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // A file may grow between the two questions, and not every file system tells sizes that are right.
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > most { Content::TooLarge(bytes.len() as u64) } else { Content::Bytes(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const LIMITS: Limits = Limits { files: 100, total: 1000, each: 100 };

    fn all(folder: &Path, links: Links) -> BTreeMap<String, Content> {
        let files = read(folder, LIMITS, links, &|_, _| true).unwrap();
        files.into_iter().map(|file| (file.path, file.content)).collect()
    }

    #[test]
    fn files_are_read_and_whatever_else_stands_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::create_dir_all(at(".git")).unwrap();
        fs::write(at("a/b/one.yaml"), "1").unwrap();
        fs::write(at(".git/config"), "1").unwrap();
        fs::write(at("large.yaml"), vec![b'x'; 101]).unwrap();
        let found = all(folder.path(), Links::Inside);
        let expected = [("a/b/one.yaml", Content::Bytes(b"1".to_vec())), ("large.yaml", Content::TooLarge(101))];
        assert_eq!(found, expected.map(|(path, content)| (path.to_owned(), content)).into());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_devices_are_not_opened() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("real.yaml"), "1").unwrap();
        symlink(at("real.yaml"), at("inside.yaml")).unwrap();
        symlink("/etc/hostname", at("outside.yaml")).unwrap();
        symlink(folder.path(), at("loop")).unwrap();
        symlink(at("nothing"), at("dangling.yaml")).unwrap();
        symlink("/dev/zero", at("device.yaml")).unwrap();
        fs::write(at("x").with_file_name(std::ffi::OsStr::from_bytes(b"bad\xff.yaml")), "1").unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe.yaml")).status();
        let found = all(folder.path(), Links::Inside);
        for (name, content) in &found {
            let is_read = matches!(content, Content::Bytes(_));
            assert_eq!(is_read, ["real.yaml", "inside.yaml"].contains(&name.as_str()), "{name}: {content:?}");
        }
        let pipes = usize::from(made.is_ok_and(|status| status.success()));
        assert_eq!(found.len(), 7 + pipes);
        assert!(found.contains_key("bad\\xff.yaml"));
        assert!(matches!(all(folder.path(), Links::Never)["inside.yaml"], Content::Refused(_)));
    }

    #[test]
    fn more_than_the_limits_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..11 {
            fs::write(folder.path().join(format!("{n}")), vec![b'x'; 100]).unwrap();
        }
        let few = Limits { files: 10, total: 5000, each: 100 };
        assert!(matches!(read(folder.path(), few, Links::Inside, &|_, _| true), Err(Failure::TooMuch { .. })));
        assert!(matches!(read(folder.path(), LIMITS, Links::Inside, &|_, _| true), Err(Failure::TooMuch { .. })));
    }
}
