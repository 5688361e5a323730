//! A bundle onto the disk: whole or not at all. It is written beside its place, and takes it in one step.

use super::super::failure::Failure;
use super::super::project::tree::Tree;
use policyc::release::archive::{Archive, Files};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of unfinished bundles begin and end.
const PREFIX: &str = ".policyc-bundle-";
const SUFFIX: &str = ".tmp";

/// That nothing stands where the bundle goes: a bundle is evidence, and none is overwritten.
pub(crate) fn expect_free(out: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io("look for", out)(error)),
        Ok(_) => Err(Failure::Taken { path: out.into() }),
    }
}

/// That the bundle goes to none of these folders of the project: it would make the sources others than those it names.
pub(crate) fn expect_outside(out: &Path, root: &Path, folders: [&'static str; 3]) -> Result<(), Failure> {
    let absolute = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    // From the nearest folder above that is there: links can lead anywhere.
    let real = absolute.ancestors().skip(1).find_map(|above| {
        let below = absolute.strip_prefix(above).ok()?;
        fs::canonicalize(above).ok().map(|above| above.join(below))
    });
    let is_in = |name: &&str| {
        let folder = root.join(*name);
        let folder = fs::canonicalize(&folder).or_else(|_| fs::canonicalize(root).map(|root| root.join(*name)));
        real.as_ref().zip(folder.ok()).is_some_and(|(real, folder)| real.starts_with(folder))
    };
    match folders.into_iter().find(is_in) {
        Some(folder) => Err(Failure::AmongSources { path: out.into(), folder }),
        None => Ok(()),
    }
}

/// Writes the bundle as a folder, or as an archive. Where that fails, all is as it was.
pub(crate) fn write(out: &Path, archive: Option<Archive>, files: &Files) -> Result<(), Failure> {
    let folder = parent(out);
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.exists()).collect();
    let put = || {
        fs::create_dir_all(&folder).map_err(Failure::io("create the folder", &folder))?;
        let alone = Tree::new(folder.clone()).alone();
        if alone.is_some() {
            sweep(&folder);
        }
        match archive {
            Some(archive) => {
                let packed =
                    archive.pack(files).map_err(|broken| Failure::Revision { path: broken.path, why: broken.cause })?;
                as_file(out, &folder, &packed)
            }
            None => as_folder(out, &folder, files),
        }
    };
    put().inspect_err(|_| {
        // What stands empty was made for the bundle.
        missing.iter().for_each(|above| drop(fs::remove_dir(above)));
    })
}

fn parent(out: &Path) -> PathBuf {
    out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Removes what killed releases left in a folder: who still writes holds a lock on it, and loses that when it ends.
fn sweep(folder: &Path) {
    let ours = |name: &str| name.starts_with(PREFIX) && name.ends_with(SUFFIX);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type());
        let is_plain = kind.is_ok_and(|kind| kind.is_dir() || kind.is_file());
        let is_left = || fs::File::open(&path).is_ok_and(|left| left.try_lock().is_ok());
        if is_plain && entry.file_name().to_str().is_some_and(ours) && is_left() {
            // What cannot be removed hinders nobody.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

fn as_file(out: &Path, folder: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)] // an ordinary file, as the umask wants it
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(Failure::io("write into", folder))?;
    let _ = file.as_file().try_lock();
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(Failure::io("write", out))?;
    file.persist_noclobber(out).map(drop).map_err(|error| Failure::io("write", out)(error.error))
}

fn as_folder(out: &Path, folder: &Path, files: &Files) -> Result<(), Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)] // an ordinary folder, as the umask wants it
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let unfinished = builder.tempdir_in(folder).map_err(Failure::io("write into", folder))?;
    // Held until the end, where the system can lock a folder.
    let held = fs::File::open(unfinished.path()).inspect(|folder| drop(folder.try_lock()));
    for (path, bytes) in files {
        let file = unfinished.path().join(path);
        let above = parent(&file);
        fs::create_dir_all(&above).map_err(Failure::io("create the folder", &above))?;
        let written =
            fs::File::create_new(&file).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        written.map_err(Failure::io("write", &file))?;
    }
    // Where something has come to stand there meanwhile, the step fails; an empty folder is nothing.
    fs::rename(unfinished.path(), out).map_err(Failure::io("put the files at", out))?;
    let _ = unfinished.keep();
    drop(held);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        [("a/b/c.xml", "1"), ("manifest.json", "2")]
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn a_bundle_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        expect_free(&at("out/bundle")).unwrap();
        write(&at("out/bundle"), None, &files()).unwrap();
        assert_eq!(fs::read(at("out/bundle/a/b/c.xml")).unwrap(), b"1");
        assert!(matches!(expect_free(&at("out/bundle")), Err(Failure::Taken { .. })));
        assert!(write(&at("out/bundle"), None, &files()).is_err());
        write(&at("out/b.zip"), Some(Archive::Zip), &files()).unwrap();
        assert_eq!(Archive::Zip.unpack(&fs::read(at("out/b.zip")).unwrap()).unwrap(), files());
        assert!(write(&at("out/b.zip"), Some(Archive::Zip), &files()).is_err());
        // Nothing unfinished stays behind.
        assert_eq!(fs::read_dir(at("out")).unwrap().count(), 2);
        // Nor what was made for a bundle that could not be written.
        fs::write(at("file"), "").unwrap();
        let broken = [("a".to_owned(), Vec::new()), ("a/b".to_owned(), Vec::new())].into();
        assert!(write(&at("far/away/bundle"), None, &broken).is_err() && !at("far").exists());
        assert!(write(&at("file/bundle"), None, &files()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_killed_releases_left_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["left", "writing"] {
            fs::create_dir_all(at(&format!("{PREFIX}{name}{SUFFIX}/a/b"))).unwrap();
            fs::write(at(&format!("{PREFIX}{name}{SUFFIX}/a/b/c.xml")), "half").unwrap();
        }
        let kept = [".policyc-other.tmp", ".policyc-bundle-mine", "policyc-bundle-x.tmp"];
        kept.iter().for_each(|name| fs::write(at(name), "").unwrap());
        fs::write(at(&format!("{PREFIX}archive{SUFFIX}")), "half").unwrap();
        std::os::unix::fs::symlink(folder.path(), at(&format!("{PREFIX}link{SUFFIX}"))).unwrap();
        let writing = fs::File::open(at(&format!("{PREFIX}writing{SUFFIX}"))).unwrap();
        writing.lock().unwrap();
        write(&at("b.zip"), Some(Archive::Zip), &files()).unwrap();
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let link = format!("{PREFIX}link{SUFFIX}");
        let still = format!("{PREFIX}writing{SUFFIX}");
        let mut expected = vec!["b.zip", &link, &still];
        expected.extend(kept);
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}
