//! Writing below a folder by relative path: through no link, each file old or new and never half, nothing outside.

use super::super::failure::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempPath;

/// How the names of temporary files begin and end.
const PREFIX: &str = ".policyc-";
const SUFFIX: &str = ".tmp";

/// A folder whose files are ours.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    root: PathBuf,
}

/// A file whose new bytes stand beside it, not yet in its place.
pub(crate) struct Staged {
    temporary: TempPath,
    path: PathBuf,
}

impl Tree {
    pub(crate) fn new(root: PathBuf) -> Tree {
        Tree { root }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Whether the file holds exactly `bytes`. A link never does: what it points to is not ours. `buffer` serves for reading.
    pub(crate) fn holds(&self, relative: &str, bytes: &[u8], buffer: &mut Vec<u8>) -> Result<bool, Failure> {
        let path = self.path(relative);
        match fs::symlink_metadata(&path) {
            Ok(known) if known.is_file() && known.len() == bytes.len() as u64 => {
                let file = fs::File::open(&path);
                file.and_then(|file| is_all(file, bytes, buffer)).map_err(Failure::io("read", &path))
            }
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::io("read", &path)(error)),
        }
    }

    /// Those of the folders above these files, the tree's own with the name ``, that are there: each a folder, and no link leads to
    /// it. So one look at each folder serves all of its files.
    pub(crate) fn folders<'a>(&self, files: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut there = BTreeSet::new();
        for folder in folders(files) {
            // What stands in it comes after it.
            if (folder.is_empty() || there.contains(parent(folder))) && is_folder(&self.path(folder)) {
                there.insert(folder);
            }
        }
        there
    }

    /// Makes the folders of these files. Each on the way is a folder already or becomes one; a link in its place is a failure.
    pub(crate) fn prepare<'a>(&self, files: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
        for folder in folders(files) {
            let path = self.path(folder);
            match fs::symlink_metadata(&path) {
                Ok(known) if known.is_dir() => {}
                Ok(_) => return Err(Failure::NotAFolder { path }),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    fs::create_dir(&path).map_err(Failure::io("create the folder", &path))?;
                }
                Err(error) => return Err(Failure::io("read", &path)(error)),
            }
        }
        Ok(())
    }

    /// Whether every folder on the way to the file is a folder, and no link.
    pub(crate) fn reaches(&self, relative: &str) -> bool {
        is_folder(&self.root) && above(relative).all(|folder| is_folder(&self.path(folder)))
    }

    /// Writes `bytes` beside the place of the file. Dropped without [`Staged::commit`], they vanish.
    pub(crate) fn stage(&self, relative: &str, bytes: &[u8]) -> Result<Staged, Failure> {
        let path = self.path(relative);
        let folder = path.parent().unwrap_or(&self.root);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)] // a temporary file is its owner's alone; these are ordinary files, as the umask wants them
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder).map_err(Failure::io("write into", folder))?;
        file.write_all(bytes).map_err(Failure::io("write", &path))?;
        Ok(Staged { temporary: file.into_temp_path(), path })
    }

    /// Holds the folder while no other build does: `None` beside another, and where the system has no such lock on folders. A killed
    /// process loses it.
    pub(crate) fn alone(&self) -> Option<fs::File> {
        let folder = fs::File::open(&self.root).ok()?;
        // A program that was started meanwhile has inherited the lock of a build before this one, for the instant until it runs.
        for milliseconds in [1, 2, 4, 0] {
            match folder.try_lock() {
                Ok(()) => return Some(folder),
                Err(fs::TryLockError::Error(_)) => return None,
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(milliseconds)),
            }
        }
        None
    }

    /// Removes temporary files that a killed build left beside the places of these files. Only for who is [`Tree::alone`].
    pub(crate) fn sweep<'a>(&self, files: impl Iterator<Item = &'a str>) {
        let ours = |name: &str| name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        for folder in folders(files).into_iter().map(|folder| self.path(folder)) {
            // Through no link, and what cannot be read or removed stays: it hinders nobody.
            let entries = is_folder(&folder).then(|| fs::read_dir(&folder));
            for entry in entries.into_iter().flatten().flatten().flatten() {
                if entry.file_name().to_str().is_some_and(ours) {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }

    /// Removes a file or link of this tree.
    pub(crate) fn remove(&self, relative: &str) -> Result<(), Failure> {
        let path = self.path(relative);
        fs::remove_file(&path).map_err(Failure::io("remove", &path))
    }

    /// Removes the folders above these files that are empty now.
    pub(crate) fn prune<'a>(&self, files: impl Iterator<Item = &'a str>) {
        for folder in folders(files).into_iter().rev().filter(|folder| !folder.is_empty()) {
            // A folder with anything in it stays: the system refuses.
            let _ = fs::remove_dir(self.path(folder));
        }
    }
}

impl Staged {
    /// Puts the new bytes in their place, at once.
    pub(crate) fn commit(self) -> Result<(), Failure> {
        let failed = |e: tempfile::PathPersistError| io::Error::new(e.error.kind(), e.error.to_string());
        self.temporary.persist(&self.path).map_err(failed).map_err(Failure::io("write", &self.path))
    }
}

/// Whether a relative path names a file of a group in a tree: `organisation/group/…`, plain names between single slashes.
pub(crate) fn is_artefact_path(relative: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.contains(|c: char| c == '\\' || c == ':' || c.is_control())
    };
    relative.split('/').all(plain) && relative.split('/').count() >= 3
}

/// The folders above a file, from the top down, without the tree's own.
fn above(relative: &str) -> impl Iterator<Item = &str> {
    relative.match_indices('/').map(|(n, _)| &relative[..n])
}

/// The folder above a file or folder.
pub(crate) fn parent(relative: &str) -> &str {
    relative.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Every folder above these files and the tree's own, each after that in which it stands.
fn folders<'a>(files: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut folders = BTreeSet::from([""]);
    let mut last = "";
    for file in files {
        let folder = parent(file);
        // Files come folder by folder.
        if folder != last {
            folders.extend(above(file));
            last = folder;
        }
    }
    folders
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|known| known.is_dir())
}

/// Whether these bytes are all that the file holds.
fn is_all(mut file: fs::File, bytes: &[u8], buffer: &mut Vec<u8>) -> io::Result<bool> {
    // One byte more than wanted shows in one reading whether there is more.
    buffer.resize(bytes.len() + 1, 0);
    let mut have = 0;
    while have < bytes.len() {
        match file.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(more) => have += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer[..have] == *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_below_a_group_are_artefacts() {
        for good in ["cafcass/iphones/a.mobileconfig", "a/b/c/d.xml"] {
            assert!(is_artefact_path(good), "{good}");
        }
        for bad in [
            "",
            "README.md",
            "a/b",
            "/a/b/c",
            "a//c",
            "a/../../x",
            "a/./b",
            "../a/b",
            "a\\b/c/d",
            "C:/a/b",
            "a/b/\0",
            "a/b/",
        ] {
            assert!(!is_artefact_path(bad), "{bad}");
        }
        assert_eq!(above("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
    }

    #[test]
    fn a_file_holds_its_bytes_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path().to_owned());
        fs::write(tree.path("a"), "12").unwrap();
        let mut buffer = vec![b'9'; 100];
        for (bytes, expected) in [("12", true), ("1", false), ("123", false), ("13", false), ("", false)] {
            assert_eq!(tree.holds("a", bytes.as_bytes(), &mut buffer).unwrap(), expected, "{bytes}");
        }
        fs::write(tree.path("a"), "").unwrap();
        assert!(tree.holds("a", b"", &mut buffer).unwrap() && !tree.holds("b", b"", &mut buffer).unwrap());
    }

    #[test]
    fn folders_are_what_stands_there_without_links() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path().join("tree"));
        let files = ["a/b/1", "a/b/2", "a/c/3", "d/e/4", "f/g/5"];
        assert!(tree.folders(files.into_iter()).is_empty());
        tree.prepare(files[..4].iter().copied()).unwrap();
        fs::write(tree.path("f"), "no folder").unwrap();
        assert_eq!(Vec::from_iter(tree.folders(files.into_iter())), ["", "a", "a/b", "a/c", "d", "d/e"]);
        #[cfg(unix)]
        {
            fs::remove_dir_all(tree.path("d")).unwrap();
            std::os::unix::fs::symlink(tree.path("a"), tree.path("d")).unwrap();
            fs::create_dir(tree.path("a/e")).unwrap();
            assert_eq!(Vec::from_iter(tree.folders(files.into_iter())), ["", "a", "a/b", "a/c"]);
        }
    }
}
