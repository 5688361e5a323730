//! A bundle from the disk: a folder, a `.tar.gz` or a `.zip`, within the limits of an archive. What is no plain file is named, and
//! neither followed nor opened: a bundle comes from somewhere else.

use super::failure::Failure;
use policyc::diagnostic::{Code, Diagnostic, Diagnostics};
use policyc::release::archive::{Archive, BYTES, EMPTY, FILES, Files, LEAVES, NO_FILE, REFUSED, is_plain};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Folders inside one another.
const DEPTH: usize = 64;

/// The files of a bundle; `None` where findings say why there are none to look at.
pub(crate) fn read(path: &Path, found: &mut Diagnostics) -> Result<Option<Files>, Failure> {
    let kind = fs::metadata(path).map_err(Failure::io("read", path))?;
    if kind.is_dir() {
        return folder(path, found);
    }
    let name = path.display().to_string();
    let Some(bytes) = limited(path, BYTES)? else {
        found.push(too_much(&name, &format!("{} MiB", BYTES >> 20)));
        return Ok(None);
    };
    Ok(unpack(path, &bytes, found))
}

/// The same of an archive that has been read.
pub(crate) fn unpack(path: &Path, bytes: &[u8], found: &mut Diagnostics) -> Option<Files> {
    let name = path.display().to_string();
    let unpacked = match Archive::of(bytes) {
        Some(archive) => archive.unpack(bytes).map_err(|broken| broken.finding(&name)),
        None => {
            let message = format!("`{name}` is neither a folder nor a `.tar.gz` or `.zip`");
            Err(Diagnostic::in_artefact(Code::UnreadableBundle, name.as_str(), "", message).help(REFUSED))
        }
    };
    unpacked.map_err(|finding| found.push(finding)).ok()
}

/// The bytes of a file; `None` where there are more than so many.
pub(crate) fn limited(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        // To open a pipe would be to wait for its writer.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    };
    read().map_err(Failure::io("read", path))
}

fn too_much(name: &str, limit: &str) -> Diagnostic {
    let message = format!("`{name}` holds more than {limit}, which no bundle does");
    Diagnostic::in_artefact(Code::UnreadableBundle, name, "", message).help(REFUSED)
}

/// Every plain file below a folder.
fn folder(root: &Path, found: &mut Diagnostics) -> Result<Option<Files>, Failure> {
    let (mut files, mut seen, mut left) = (Files::new(), 0, BYTES);
    let mut folders: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    let name = root.display().to_string();
    while let Some((folder, prefix, depth)) = folders.pop() {
        let before = seen;
        for entry in fs::read_dir(&folder).map_err(Failure::io("read", &folder))? {
            let entry = entry.map_err(Failure::io("read", &folder))?;
            seen += 1;
            if seen > FILES {
                found.push(too_much(&name, &format!("{FILES} files")));
                return Ok(None);
            }
            let own = entry.file_name();
            let shown = format!(
                "{prefix}{}",
                own.to_str().map_or_else(|| own.as_encoded_bytes().escape_ascii().to_string(), str::to_owned)
            );
            let kind = entry.file_type().map_err(Failure::io("read", entry.path()))?;
            let fault = match own.to_str() {
                None => Some("its name is not UTF-8"),
                Some(_) if !is_plain(&shown) => Some(LEAVES),
                Some(_) if kind.is_dir() && depth == DEPTH => Some("it stands deeper than any file of a bundle"),
                Some(_) if kind.is_dir() || kind.is_file() => None,
                Some(_) => Some(NO_FILE),
            };
            match fault {
                Some(why) => found.push(not_taken(&shown, why)),
                None if kind.is_dir() => folders.push((entry.path(), format!("{shown}/"), depth + 1)),
                None => {
                    let Some(bytes) = limited(&entry.path(), left)? else {
                        found.push(too_much(&name, &format!("{} MiB", BYTES >> 20)));
                        return Ok(None);
                    };
                    left -= bytes.len() as u64;
                    files.insert(shown, bytes);
                }
            }
        }
        if seen == before && depth > 0 {
            found.push(not_taken(prefix.trim_end_matches('/'), EMPTY));
        }
    }
    Ok(Some(files))
}

fn not_taken(path: &str, why: &str) -> Diagnostic {
    let message = format!("`{}` is not taken from the bundle: {why}", path.escape_debug());
    Diagnostic::in_artefact(Code::UnsafePath, path, "", message)
        .help("take the bundle anew from where it was released: a release writes plain files alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(found: &Diagnostics) -> Vec<(Code, String)> {
        found.iter().map(|finding| (finding.code, finding.message.clone())).collect()
    }

    #[test]
    fn a_folder_and_its_archives_hold_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("bundle/a/b")).unwrap();
        fs::create_dir_all(at("bundle/.git")).unwrap();
        for (name, text) in [("a/b/c.xml", "1"), ("manifest.json", "2"), (".git/config", "3")] {
            fs::write(at("bundle").join(name), text).unwrap();
        }
        let mut found = Diagnostics::default();
        let files = read(&at("bundle"), &mut found).unwrap().unwrap();
        // Version control's folder too: it is nothing of a bundle's, and must be told.
        assert_eq!(files.keys().collect::<Vec<_>>(), [".git/config", "a/b/c.xml", "manifest.json"]);
        for (name, archive) in [("b.tar.gz", Archive::Tar), ("b.zip", Archive::Zip)] {
            fs::write(at(name), archive.pack(&files).unwrap()).unwrap();
            assert_eq!(read(&at(name), &mut found).unwrap().as_ref(), Some(&files));
        }
        assert_eq!(codes(&found), []);
        fs::create_dir_all(at("bundle/a/more")).unwrap();
        read(&at("bundle"), &mut found).unwrap();
        assert!(
            matches!(codes(&found).as_slice(), [(Code::UnsafePath, why)] if why.contains("`a/more`") && why.contains(EMPTY))
        );
        found = Diagnostics::default();
        fs::write(at("text"), "no archive").unwrap();
        assert_eq!(read(&at("text"), &mut found).unwrap(), None);
        fs::write(at("cut.zip"), &fs::read(at("b.zip")).unwrap()[..40]).unwrap();
        assert_eq!(read(&at("cut.zip"), &mut found).unwrap(), None);
        assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::UnreadableBundle; 2]);
        assert!(matches!(read(&at("nothing"), &mut found), Err(Failure::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_followed_or_opened_that_is_no_plain_file() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "1").unwrap();
        fs::write(at("back\\slash"), "1").unwrap();
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "1").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", at("link")).unwrap();
        std::os::unix::fs::symlink("/", at("root")).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(at("pipe")).status().is_ok_and(|status| status.success());
        let mut found = Diagnostics::default();
        let files = read(folder.path(), &mut found).unwrap().unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["plain"]);
        assert_eq!(found.iter().filter(|one| one.code == Code::UnsafePath).count(), 4 + usize::from(pipe));
    }

    #[test]
    fn folders_without_end_come_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join(["d"; DEPTH + 2].join("/"));
        fs::create_dir_all(deep).unwrap();
        let mut found = Diagnostics::default();
        assert_eq!(read(folder.path(), &mut found).unwrap(), Some(Files::new()));
        assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::UnsafePath]);
    }
}
