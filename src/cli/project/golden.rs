//! `golden/`: the approved artefacts, path for path. Read whole, and written by `accept` alone.

use super::super::failure::Failure;
use super::tree::{Staged, Tree};
use super::walk::{self, Limits, Links};
use super::{GOLDEN, Project};
use policyc::source::SourceFile;

/// Explains the folder to people; no golden file.
const README: &str = "README.md";
/// How much is read.
pub(crate) const LIMITS: Limits = Limits { files: 100_000, total: 1 << 30, each: 16 << 20 };

/// What stands in `golden/`, by paths relative to it; nothing where there is no such folder.
pub(crate) fn read(project: &Project, organisation: Option<&str>) -> Result<Vec<SourceFile>, Failure> {
    let folder = project.root.join(GOLDEN);
    match std::fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io("read", &folder)(error)),
        Ok(known) if !known.is_dir() => return Err(Failure::NotAFolder { path: folder }),
        Ok(_) => {}
    }
    let wanted = |name: &str, is_folder: bool| match organisation {
        Some(wanted) => is_folder && name == wanted,
        None => is_folder || name != README,
    };
    walk::read(&folder, LIMITS, Links::Never, &wanted)
}

/// Writes and removes golden files: all new bytes are on the disk before the first file changes.
pub(crate) fn write(project: &Project, new: &[(&str, &[u8])], gone: &[&str]) -> Result<(), Failure> {
    let tree = Tree::new(project.root.join(GOLDEN));
    tree.prepare(new.iter().map(|(path, _)| *path))?;
    if let Some(path) = gone.iter().find(|path| !tree.reaches(path)) {
        return Err(Failure::NotAFolder { path: tree.path(path) });
    }
    let staged: Result<Vec<_>, Failure> = new.iter().map(|(path, bytes)| tree.stage(path, bytes)).collect();
    let staged = staged?;
    for path in gone {
        tree.remove(path)?;
    }
    // Before the new files take their places: a folder may stand where one of them goes.
    tree.prune(gone.iter().copied());
    staged.into_iter().try_for_each(Staged::commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn golden_files_are_written_removed_and_read_without_the_readme() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project { root: folder.path().to_owned() };
        assert_eq!(read(&project, None).unwrap(), []);
        write(&project, &[("a/b/1.xml", b"1"), ("a/c/2.xml", b"2")], &[]).unwrap();
        fs::write(folder.path().join("golden/a/c/README.md"), "stray").unwrap();
        fs::write(folder.path().join("golden/README.md"), "people's").unwrap();
        let paths = |organisation| -> Vec<String> {
            read(&project, organisation).unwrap().into_iter().map(|file| file.path).collect()
        };
        assert_eq!(paths(None), ["a/b/1.xml", "a/c/2.xml", "a/c/README.md"]);
        assert_eq!(paths(Some("z")), [""; 0]);
        write(&project, &[("a/b/1.xml", b"one")], &["a/c/2.xml", "a/c/README.md"]).unwrap();
        assert_eq!(paths(Some("a")), ["a/b/1.xml"]);
        assert!(!folder.path().join("golden/a/c").exists());
        assert_eq!(fs::read(folder.path().join("golden/a/b/1.xml")).unwrap(), b"one");
        // A folder stands where a file goes, and leaves with what is in it.
        write(&project, &[("a/d/3.xml/stray", b"")], &[]).unwrap();
        write(&project, &[("a/d/3.xml", b"3")], &["a/d/3.xml/stray"]).unwrap();
        assert_eq!(fs::read(folder.path().join("golden/a/d/3.xml")).unwrap(), b"3");
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_half_way_changes_no_file() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let project = Project { root: folder.path().to_owned() };
        write(&project, &[("a/b/1.xml", b"1")], &[]).unwrap();
        symlink(folder.path(), folder.path().join("golden/a/link")).unwrap();
        assert!(write(&project, &[("a/b/1.xml", b"one"), ("a/link/2.xml", b"2")], &[]).is_err());
        assert!(write(&project, &[("a/b/1.xml", b"one")], &["a/link/golden/a/b/1.xml"]).is_err());
        assert_eq!(fs::read(folder.path().join("golden/a/b/1.xml")).unwrap(), b"1");
    }
}
