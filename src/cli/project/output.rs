//! `profiles-out/`: what the last build wrote. Only changed files are written, only files that a build wrote are removed, and only
//! while they are still as it wrote them.

use super::super::failure::Failure;
use super::journal::Journal;
use super::manifest::{self, Entry, Manifest};
use super::tree::{Staged, Tree, parent};
use super::{OUTPUT, Project, belongs};
use policyc::backend::Artefact;
use policyc::digest::sha256;
use policyc::gather::Gather;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;

/// From so many files on, they are written side by side.
const MANY: usize = 16;

/// What a build did to the disk.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Files with new bytes.
    pub(crate) written: Vec<String>,
    /// How many files had these bytes already.
    pub(crate) unchanged: usize,
    /// Files that are no longer produced.
    pub(crate) removed: Vec<String>,
    /// What was left alone although a build might have removed it, and other remarks.
    pub(crate) remarks: Vec<String>,
}

/// Makes `profiles-out/` hold `artefacts`. Where an organisation is named, what the others have there stays.
pub(crate) fn write(
    project: &Project,
    artefacts: &[&Artefact],
    organisation: Option<&str>,
) -> Result<Written, Failure> {
    let tree = Tree::new(project.root.join(OUTPUT));
    tree.prepare(std::iter::empty())?;
    let alone = tree.alone();
    let (previous, places) = rayon::join(|| previous(&tree), || places(&tree, artefacts));
    let ((previous, remarks), places) = (previous?, places?);
    let mut journal = Journal::read(&tree);
    if alone.is_some() {
        // A build that was killed while it wrote the journal left its temporary file beside it, and no journal.
        tree.sweep(journal.files.keys().map(String::as_str));
    }
    let mut done = Written { remarks, ..Written::default() };

    let stale: Vec<&Place<'_>> = places.iter().filter(|place| !place.holds).collect();
    done.unchanged = places.len() - stale.len();
    done.written = stale.iter().map(|place| place.artefact.path.clone()).collect();
    if !stale.is_empty() {
        let before = journal.clone();
        stale.iter().for_each(|place| journal.add(&place.artefact.path, &place.sha256));
        journal.write(&tree)?;
        let paths = || artefacts.iter().map(|artefact| artefact.path.as_str());
        // All new bytes are on the disk before the first file changes: a disk that is full leaves all as it was.
        let staged = tree.prepare(paths()).and_then(|()| stage_all(&tree, &stale)).inspect_err(|_| {
            tree.prune(paths());
            let _ = before.write(&tree);
        });
        staged?.into_par_iter().try_for_each(Staged::commit)?;
    }
    let mut next = Manifest { files: places.into_iter().map(Place::entry).gather() };
    remove_old(&tree, previous, &mut journal, (&mut next, organisation), &mut done)?;
    let text = next.print();
    if !tree.holds(manifest::NAME, &text, &mut Vec::new())? {
        tree.stage(manifest::NAME, &text)?.commit()?;
    }
    if alone.is_some() {
        journal.write(&tree)?;
    }
    Ok(done)
}

/// Removes what builds wrote, finished or not, and nothing produces any more. Of other organisations' files the manifest and the
/// journal keep what they say.
fn remove_old(
    tree: &Tree,
    previous: Manifest,
    journal: &mut Journal,
    (next, organisation): (&mut Manifest, Option<&str>),
    done: &mut Written,
) -> Result<(), Failure> {
    let mut old: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, entry) in previous.files {
        if next.files.contains_key(&path) {
            continue;
        }
        if belongs(&path, organisation) {
            old.entry(path).or_default().insert(entry.sha256);
        } else {
            next.files.insert(path, entry);
        }
    }
    for (path, digests) in std::mem::take(&mut journal.files) {
        if !belongs(&path, organisation) {
            journal.files.insert(path, digests);
        } else if !next.files.contains_key(&path) {
            old.entry(path).or_default().extend(digests);
        }
    }
    for (path, digests) in &old {
        remove(tree, path, digests, done)?;
    }
    tree.prune(old.keys().map(String::as_str));
    Ok(())
}

/// Where an artefact goes, and what stands there.
struct Place<'a> {
    artefact: &'a Artefact,
    sha256: String,
    /// Whether the file is there with these bytes.
    holds: bool,
}

impl Place<'_> {
    fn entry(self) -> (String, Entry) {
        let Artefact { path, bytes, .. } = self.artefact;
        (path.clone(), Entry { sha256: self.sha256, size: bytes.len() as u64 })
    }
}

/// The place of every artefact. One reading of a file answers faster than any note on what it held.
fn places<'a>(tree: &Tree, artefacts: &[&'a Artefact]) -> Result<Vec<Place<'a>>, Failure> {
    let folders = tree.folders(artefacts.iter().map(|artefact| artefact.path.as_str()));
    let place = |buffer: &mut Vec<u8>, artefact: &&'a Artefact| {
        let Artefact { path, bytes, .. } = artefact;
        let holds = folders.contains(parent(path)) && tree.holds(path, bytes, buffer)?;
        Ok(Place { artefact, sha256: sha256(bytes), holds })
    };
    if artefacts.len() < MANY {
        let mut buffer = Vec::new();
        artefacts.iter().map(|artefact| place(&mut buffer, artefact)).collect()
    } else {
        artefacts.par_iter().map_init(Vec::new, place).collect()
    }
}

fn stage_all(tree: &Tree, places: &[&Place<'_>]) -> Result<Vec<Staged>, Failure> {
    let stage = |place: &&Place<'_>| tree.stage(&place.artefact.path, &place.artefact.bytes);
    if places.len() < MANY { places.iter().map(stage).collect() } else { places.par_iter().map(stage).collect() }
}

fn previous(tree: &Tree) -> Result<(Manifest, Vec<String>), Failure> {
    let path = tree.path(manifest::NAME);
    match fs::symlink_metadata(&path) {
        Ok(known) if known.is_file() && known.len() <= manifest::LARGEST => {
            Ok(Manifest::parse(&fs::read(&path).map_err(Failure::io("read", &path))?))
        }
        Ok(_) => {
            Ok((Manifest::default(), vec![format!("{} is not a manifest: no old file is removed", manifest::NAME)]))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((Manifest::default(), Vec::new())),
        Err(error) => Err(Failure::io("read", &path)(error)),
    }
}

/// Removes a file that a build wrote, if it is still what that build wrote.
fn remove(tree: &Tree, path: &str, digests: &BTreeSet<String>, done: &mut Written) -> Result<(), Failure> {
    let file = tree.path(path);
    if !tree.reaches(path) {
        let gone = fs::symlink_metadata(&file).is_err_and(|e| e.kind() == ErrorKind::NotFound);
        if !gone {
            done.remarks.push(format!("`{OUTPUT}/{path}` lies behind a link: left alone"));
        }
        return Ok(());
    }
    match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(known)
            if known.is_file() && digests.contains(&sha256(&fs::read(&file).map_err(Failure::io("read", &file))?)) =>
        {
            tree.remove(path)?;
            done.removed.push(path.to_owned());
            Ok(())
        }
        _ => {
            done.remarks
                .push(format!("`{OUTPUT}/{path}` is no longer produced, but is not as it was written: left alone"));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policyc::backend::Format;
    use tempfile::TempDir;

    fn artefact(path: &str, text: &str) -> Artefact {
        let bytes = text.as_bytes().to_vec();
        Artefact::new(path, bytes, Format::Syncml, Vec::new())
    }

    fn project() -> (TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        let project = Project { root: folder.path().to_owned() };
        (folder, project)
    }

    /// Builds these files, and says how many were written, unchanged, removed, and what was remarked.
    fn build(
        project: &Project,
        files: &[(&str, &str)],
        organisation: Option<&str>,
    ) -> (usize, usize, usize, Vec<String>) {
        let artefacts: Vec<Artefact> = files.iter().map(|(path, text)| artefact(path, text)).collect();
        let done = write(project, &artefacts.iter().collect::<Vec<_>>(), organisation).unwrap();
        (done.written.len(), done.unchanged, done.removed.len(), done.remarks)
    }

    fn put(project: &Project, path: &str, text: &str) {
        let path = project.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_gone_is_removed_with_its_folder() {
        let (_folder, project) = project();
        put(&project, "profiles-out/README.md", "people's");
        assert_eq!(build(&project, &[("a/b/1.xml", "1"), ("a/c/2.xml", "2")], None), (2, 0, 0, vec![]));
        let manifest = fs::metadata(project.root.join("profiles-out/manifest.json")).unwrap().modified().unwrap();
        assert_eq!(build(&project, &[("a/b/1.xml", "1"), ("a/c/2.xml", "2")], None), (0, 2, 0, vec![]));
        let again = fs::metadata(project.root.join("profiles-out/manifest.json")).unwrap().modified().unwrap();
        assert_eq!(manifest, again, "a build without changes writes nothing");
        assert_eq!(build(&project, &[("a/b/1.xml", "one")], None), (1, 0, 1, vec![]));
        assert!(!project.root.join("profiles-out/a/c").exists());
        assert!(project.root.join("profiles-out/README.md").exists());
        assert_eq!(fs::read_dir(project.root.join("profiles-out/a/b")).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn one_organisations_build_leaves_the_others_alone() {
        let (_folder, project) = project();
        build(&project, &[("a/b/1.xml", "1"), ("z/b/2.xml", "2")], None);
        assert_eq!(build(&project, &[], Some("a")), (0, 0, 1, vec![]));
        assert!(project.root.join("profiles-out/z/b/2.xml").exists());
        assert_eq!(
            build(&project, &[], None),
            (0, 0, 1, vec![]),
            "the other organisation's file was still in the manifest"
        );
    }

    #[test]
    fn what_a_person_changed_or_put_there_is_not_removed() {
        let (_folder, project) = project();
        build(&project, &[("a/b/1.xml", "1")], None);
        put(&project, "profiles-out/a/b/1.xml", "mine now");
        put(&project, "profiles-out/a/b/mine.txt", "mine");
        let (_, _, removed, remarks) = build(&project, &[], None);
        assert_eq!((removed, remarks.len()), (0, 1));
        assert!(
            project.root.join("profiles-out/a/b/1.xml").exists()
                && project.root.join("profiles-out/a/b/mine.txt").exists()
        );
    }

    #[test]
    fn a_hostile_manifest_removes_nothing_outside_and_nothing_of_people() {
        let (_folder, project) = project();
        let digest = sha256(b"precious");
        let line = |path: &str| format!(r#"{{"path":"{path}","sha256":"{digest}","size":8}}"#);
        for path in ["precious", "policy-sources/x/y/z.yaml", "profiles-out/README.md"] {
            put(&project, path, "precious");
        }
        let absolute = project.root.join("precious").display().to_string();
        let paths = [
            "../precious",
            "a/../../precious",
            "README.md",
            "../policy-sources/x/y/z.yaml",
            &absolute,
            "a/b/../../README.md",
        ];
        let lines: Vec<String> = paths.iter().map(|path| line(path)).collect();
        put(&project, "profiles-out/manifest.json", &format!(r#"{{"version":1,"files":[{}]}}"#, lines.join(",")));
        let (_, _, removed, remarks) = build(&project, &[], None);
        assert_eq!((removed, remarks.len()), (0, paths.len()));
        for path in ["precious", "policy-sources/x/y/z.yaml", "profiles-out/README.md"] {
            assert!(project.root.join(path).exists(), "{path}");
        }
    }

    #[test]
    fn what_a_killed_build_left_is_removed_by_the_next() {
        let (_folder, project) = project();
        build(&project, &[("a/b/1.xml", "1")], None);
        // Killed after it had written a changed file and a new one: the manifest is still the old one.
        let manifest = fs::read(project.root.join("profiles-out/manifest.json")).unwrap();
        let tree = Tree::new(project.root.join(OUTPUT));
        let mut journal = Journal::default();
        for (path, text) in [("a/b/1.xml", "one"), ("a/c/2.xml", "2"), ("z/b/3.xml", "3")] {
            journal.add(path, &sha256(text.as_bytes()));
        }
        for (path, text) in
            [("a/b/1.xml", "one"), ("a/c/2.xml", "2"), ("z/b/3.xml", "3"), ("a/c/.policyc-x.tmp", "half")]
        {
            put(&project, &format!("profiles-out/{path}"), text);
        }
        journal.write(&tree).unwrap();
        put(&project, "profiles-out/manifest.json", &String::from_utf8(manifest).unwrap());
        assert_eq!(build(&project, &[("a/d/4.xml", "4")], Some("a")), (1, 0, 2, vec![]));
        assert!(!project.root.join("profiles-out/a/b").exists());
        #[cfg(unix)]
        assert!(!project.root.join("profiles-out/a/c").exists(), "the temporary file stays");
        assert!(project.root.join("profiles-out/z/b/3.xml").exists());
        assert_eq!(build(&project, &[], None), (0, 0, 2, vec![]));
        assert_eq!(fs::read_dir(project.root.join("profiles-out")).unwrap().count(), 1, "the manifest alone");
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        let (_folder, project) = project();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir_all(outside.path().join("b")).unwrap();
        fs::write(outside.path().join("b/1.xml"), "1").unwrap();
        fs::create_dir(project.root.join("profiles-out")).unwrap();
        std::os::unix::fs::symlink(outside.path(), project.root.join("profiles-out/a")).unwrap();
        let artefact = artefact("a/b/1.xml", "new");
        assert!(matches!(write(&project, &[&artefact], None), Err(Failure::NotAFolder { .. })));
        // Not even where nothing would have to be written.
        fs::write(outside.path().join("b/1.xml"), "new").unwrap();
        assert!(matches!(write(&project, &[&artefact], None), Err(Failure::NotAFolder { .. })));
        fs::write(outside.path().join("b/1.xml"), "1").unwrap();
        let manifest = Manifest::parse(
            format!(r#"{{"version":1,"files":[{{"path":"a/b/1.xml","sha256":"{}","size":1}}]}}"#, sha256(b"1"))
                .as_bytes(),
        );
        assert_eq!(manifest.0.files.len(), 1);
        put(&project, "profiles-out/manifest.json", &String::from_utf8(manifest.0.print()).unwrap());
        let (_, _, removed, remarks) = build(&project, &[], None);
        assert_eq!((removed, remarks.len()), (0, 1));
        assert_eq!(fs::read(outside.path().join("b/1.xml")).unwrap(), b"1");
    }

    #[test]
    fn many_files_are_written_as_few_are() {
        let (_folder, project) = project();
        let paths: Vec<String> = (0..300).map(|n| format!("a/g{}/{n}.xml", n % 7)).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), path.as_str())).collect();
        assert_eq!(build(&project, &files, None), (300, 0, 0, vec![]));
        assert_eq!(build(&project, &files, None), (0, 300, 0, vec![]));
        assert_eq!(build(&project, &files[..10], None), (0, 10, 290, vec![]));
    }
}
