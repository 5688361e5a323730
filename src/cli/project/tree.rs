//! Writing below a folder by relative path: through no link, each file old or new and never half, nothing outside.

use super::super::failure::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
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

    /// Whether the file holds exactly `bytes`. A link never does: what it points to is not ours.
    pub(crate) fn holds(&self, relative: &str, bytes: &[u8]) -> Result<bool, Failure> {
        let path = self.path(relative);
        match fs::symlink_metadata(&path) {
            Ok(known) if known.is_file() && known.len() == bytes.len() as u64 => {
                Ok(fs::read(&path).map_err(Failure::io("read", &path))? == bytes)
            }
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::io("read", &path)(error)),
        }
    }

    /// Makes the folders of these files. Each on the way is a folder already or becomes one; a link in its place is a failure.
    pub(crate) fn prepare<'a>(&self, files: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
        let mut folders: BTreeSet<&str> = files.flat_map(above).collect();
        folders.insert("");
        for folder in folders {
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
        let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|known| known.is_dir());
        is_folder(&self.root) && above(relative).iter().all(|folder| is_folder(&self.path(folder)))
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
        folder.try_lock().ok()?;
        Some(folder)
    }

    /// Removes temporary files that a killed build left beside the places of these files. Only for who is [`Tree::alone`].
    pub(crate) fn sweep<'a>(&self, files: impl Iterator<Item = &'a str>) {
        let mut folders: BTreeSet<&str> = files.flat_map(above).collect();
        folders.insert("");
        let ours = |name: &str| name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        for folder in folders.into_iter().map(|folder| self.path(folder)) {
            // Through no link, and what cannot be read or removed stays: it hinders nobody.
            let is_folder = fs::symlink_metadata(&folder).is_ok_and(|known| known.is_dir());
            for entry in is_folder.then(|| fs::read_dir(&folder)).into_iter().flatten().flatten().flatten() {
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
        let folders: BTreeSet<&str> = files.flat_map(above).collect();
        for folder in folders.into_iter().rev() {
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

/// The folders above a file, from the top down.
fn above(relative: &str) -> Vec<&str> {
    relative.match_indices('/').map(|(n, _)| &relative[..n]).collect()
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
        assert_eq!(above("a/b/c"), ["a", "a/b"]);
    }
}
