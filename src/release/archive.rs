//! A bundle as one file: `.tar.gz` and `.zip`, the same bytes for the same files on every machine, and back within limits. What two
//! programs could unpack to different files is refused: names that leave, entries that stand twice, anything behind the end.
//!
//! Nothing of the machine is in an archive: no times, no owners, one mode for all files, paths sorted.

use crate::diagnostic::{Code, Diagnostic};
use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

/// Files by path, with `/`, none of them absolute or with `..`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Files of one bundle.
pub const FILES: usize = 10_000;
/// Bytes of all files of one bundle, and of its archive.
pub const BYTES: u64 = 256 << 20;

/// What kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// `.tar.gz`, by POSIX's ustar.
    Tar,
    /// `.zip`.
    Zip,
}

/// Why an archive cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What kind of fault it is.
    pub code: Code,
    /// Which entry, safe to show; empty for the whole.
    pub path: String,
    /// The cause.
    pub cause: String,
}

impl Broken {
    fn entry(path: &str, cause: impl Into<String>) -> Broken {
        Broken { code: Code::UnreadableBundle, path: path.escape_debug().to_string(), cause: cause.into() }
    }

    fn unsafe_path(path: &str, cause: &str) -> Broken {
        Broken { code: Code::UnsafePath, ..Broken::entry(path, cause) }
    }

    /// As a finding about the archive of this name.
    pub fn finding(&self, archive: &str) -> Diagnostic {
        let message = match self.path.as_str() {
            "" => format!("the archive cannot be read: {}", self.cause),
            path => format!("`{path}` is not taken from the archive: {}", self.cause),
        };
        Diagnostic::in_artefact(self.code, archive, self.path.as_str(), message).help(REFUSED)
    }
}

/// What to do about a bundle that cannot be read.
pub const REFUSED: &str = "take the bundle anew from where it was released: no release writes such a one";

/// Names that lead out of a bundle.
pub const LEAVES: &str = "its name leaves the bundle's folder, or is none that every system takes";
/// What is no file of its own.
pub const NO_FILE: &str = "it is a link or a device, and no file of its own";

impl Archive {
    /// By the end of a name.
    pub fn named(name: &str) -> Option<Archive> {
        if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            return Some(Archive::Tar);
        }
        name.ends_with(".zip").then_some(Archive::Zip)
    }

    /// By what the bytes begin with (RFC 1952 §2.3.1, APPNOTE 4.3.7).
    pub fn of(bytes: &[u8]) -> Option<Archive> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Archive::Tar),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Archive::Zip),
            _ => None,
        }
    }

    /// The archive of these files.
    ///
    /// # Errors
    /// Where a path is longer than the format can hold.
    pub fn pack(self, files: &Files) -> Result<Vec<u8>, Broken> {
        match self {
            Archive::Tar => tar_of(files),
            Archive::Zip => zip_of(files),
        }
    }

    /// The files of an archive.
    ///
    /// # Errors
    /// What is damaged, leaves its folder, is no plain file, stands twice, or is more than the limits allow.
    pub fn unpack(self, bytes: &[u8]) -> Result<Files, Broken> {
        match self {
            Archive::Tar => untar(bytes),
            Archive::Zip => unzip(bytes),
        }
    }
}

fn whole(error: impl std::fmt::Display) -> Broken {
    Broken::entry("", error.to_string())
}

fn tar_of(files: &Files) -> Result<Vec<u8>, Broken> {
    let packed = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut builder = tar::Builder::new(packed);
    for (path, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(bytes.len() as u64);
        builder
            .append_data(&mut header, path, bytes.as_slice())
            .map_err(|error| Broken::entry(path, error.to_string()))?;
    }
    builder.into_inner().and_then(flate2::write::GzEncoder::finish).map_err(whole)
}

fn zip_of(files: &Files) -> Result<Vec<u8>, Broken> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (path, bytes) in files {
        let written = writer.start_file(path.as_str(), options).map_err(|error| error.to_string());
        let written = written.and_then(|()| writer.write_all(bytes).map_err(|error| error.to_string()));
        written.map_err(|cause| Broken::entry(path, cause))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(whole)
}

/// Files as they come out of an archive.
#[derive(Default)]
struct Unpacking {
    files: Files,
    folders: BTreeSet<String>,
    entries: usize,
    bytes: u64,
}

impl Unpacking {
    /// Takes one entry; `size` is what the archive says of it, and is not believed.
    fn take(&mut self, path: &str, size: u64, content: impl Read) -> Result<(), Broken> {
        if !is_plain(path) {
            return Err(Broken::unsafe_path(path, LEAVES));
        }
        let too_much = || Err(Broken::entry(path, format!("the archive holds more than {} MiB", BYTES >> 20)));
        let left = BYTES - self.bytes;
        if size > left {
            return too_much();
        }
        let mut bytes = Vec::new();
        if let Err(error) = content.take(left + 1).read_to_end(&mut bytes) {
            return Err(Broken::entry(path, error.to_string()));
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > BYTES {
            return too_much();
        }
        if self.files.insert(path.to_owned(), bytes).is_some() {
            return Err(Broken::entry(path, TWICE));
        }
        Ok(())
    }

    /// Takes a folder, which must turn out to hold something.
    fn folder(&mut self, path: &str) -> Result<(), Broken> {
        let path = path.trim_end_matches('/');
        match path {
            "" | "." => Ok(()),
            _ if !is_plain(path) => Err(Broken::unsafe_path(path, LEAVES)),
            _ => {
                self.folders.insert(path.to_owned());
                Ok(())
            }
        }
    }

    /// The files, where no folder is without one.
    fn finish(self) -> Result<Files, Broken> {
        let holds = |folder: &&String| {
            let inside = format!("{folder}/");
            self.files.range(inside.clone()..).next().is_some_and(|(path, _)| path.starts_with(&inside))
        };
        match self.folders.iter().find(|folder| !holds(folder)) {
            Some(folder) => Err(Broken::unsafe_path(folder, EMPTY)),
            None => Ok(self.files),
        }
    }

    fn count(&mut self) -> Result<(), Broken> {
        self.entries += 1;
        match self.entries > FILES {
            true => Err(whole(format!("it has more than {FILES} entries"))),
            false => Ok(()),
        }
    }
}

/// Why a folder is not taken that holds no file.
pub const EMPTY: &str = "it is a folder with nothing in it, which no release writes";

const TWICE: &str = "it stands in the archive twice";
const BEHIND: &str = "something stands behind its end";

/// Whether a path leads to a file below its folder, the same on every system.
pub fn is_plain(path: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    path.split('/').all(part)
}

/// The name of an entry as text.
fn text(name: &[u8]) -> Result<String, Broken> {
    let shown = || Broken::unsafe_path(&name.escape_ascii().to_string(), "its name is not UTF-8");
    std::str::from_utf8(name).map(str::to_owned).map_err(|_| shown())
}

fn untar(bytes: &[u8]) -> Result<Files, Broken> {
    let mut unpacking = Unpacking::default();
    // Padding and headers count too, so that an archive of nothing but these comes to an end.
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(BYTES + (FILES as u64 + 1) * 2048));
    for entry in archive.entries().map_err(whole)? {
        unpacking.count()?;
        let entry = entry.map_err(whole)?;
        let path = text(&entry.path_bytes())?;
        // As `tar -C bundle .` writes them.
        let path = path.strip_prefix("./").unwrap_or(&path);
        match entry.header().entry_type() {
            EntryType::Directory => unpacking.folder(path)?,
            EntryType::Regular | EntryType::Continuous => {
                let size = entry.size();
                unpacking.take(path, size, entry)?;
            }
            _ => return Err(Broken::unsafe_path(path, NO_FILE)),
        }
    }
    // To the very end: the checksum stands there, and nothing may stand behind it.
    let mut plain = archive.into_inner();
    let mut padding = Vec::new();
    plain.read_to_end(&mut padding).map_err(whole)?;
    if padding.iter().any(|byte| *byte != 0) || !plain.into_inner().into_inner().is_empty() {
        return Err(whole(BEHIND));
    }
    unpacking.finish()
}

/// How an archive's last record begins, and how long it is without a comment (APPNOTE 4.3.16).
const END: (&[u8], usize) = (b"PK\x05\x06", 22);

fn unzip(bytes: &[u8]) -> Result<Files, Broken> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(whole)?;
    let end = bytes.len().checked_sub(END.1).map(|at| &bytes[at..]).filter(|end| end.starts_with(END.0));
    let end = end.ok_or_else(|| whole(BEHIND))?;
    if archive.offset() != 0 {
        return Err(whole("something stands before its beginning"));
    }
    // One of two entries with the same name is all that the reader tells of.
    if usize::from(u16::from_le_bytes([end[10], end[11]])) != archive.len() {
        return Err(whole("an entry stands in it twice"));
    }
    let mut unpacking = Unpacking::default();
    for n in 0..archive.len() {
        unpacking.count()?;
        let entry = archive.by_index(n).map_err(whole)?;
        let path = text(entry.name_raw())?;
        if entry.is_dir() {
            unpacking.folder(&path)?;
            continue;
        }
        if !entry.is_file() {
            return Err(Broken::unsafe_path(&path, NO_FILE));
        }
        let size = entry.size();
        unpacking.take(&path, size, entry)?;
    }
    unpacking.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Archive; 2] = [Archive::Tar, Archive::Zip];

    fn files(paths: &[&str]) -> Files {
        paths.iter().map(|path| ((*path).to_owned(), path.repeat(50).into_bytes())).collect()
    }

    #[test]
    fn what_is_packed_comes_out_again_and_packs_to_the_same_bytes() {
        let long = format!("{}/{}", "folder/".repeat(20).trim_end_matches('/'), "n".repeat(99));
        let files = files(&["manifest.json", "a/b/c.mobileconfig", "a/b/ü.xml", &long]);
        for archive in BOTH {
            let packed = archive.pack(&files).unwrap();
            assert_eq!(Archive::of(&packed), Some(archive));
            assert_eq!(archive.unpack(&packed).unwrap(), files, "{archive:?}");
            assert_eq!(archive.pack(&files).unwrap(), packed);
        }
    }

    /// A tar archive with these folders (`/` at their ends) and files.
    fn tarred(names: &[&str]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::fast()));
        for name in names {
            let mut header = Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(if name.ends_with('/') { EntryType::Directory } else { EntryType::Regular });
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, &[][..]).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn folders_of_other_packers_are_taken_and_none_without_a_file() {
        let unpacked = Archive::Tar.unpack(&tarred(&["./", "./a/", "./a/b.xml", "./d"])).unwrap();
        assert_eq!(unpacked.keys().collect::<Vec<_>>(), ["a/b.xml", "d"]);
        for names in [&["a/", "b"][..], &["b", "./a/c/", "./a/"], &["../", "b"], &["././a", "b"]] {
            assert!(Archive::Tar.unpack(&tarred(names)).is_err(), "{names:?}");
        }
    }

    #[test]
    fn damage_anywhere_ends_in_an_error_or_in_other_files() {
        let files = files(&["a/b/c.xml", "d"]);
        for archive in BOTH {
            let packed = archive.pack(&files).unwrap();
            for n in 0..packed.len() {
                let _ = archive.unpack(&packed[..n]);
                let mut flipped = packed.clone();
                flipped[n] ^= 1 << (n % 8);
                let _ = archive.unpack(&flipped);
            }
        }
    }

    #[test]
    fn nothing_is_cut_off_or_stands_behind_the_end() {
        for archive in BOTH {
            let packed = archive.pack(&files(&["a/b/c.xml", "d"])).unwrap();
            for n in 0..packed.len() {
                assert!(archive.unpack(&packed[..n]).is_err(), "{archive:?} cut to {n}");
            }
            assert_eq!(archive.unpack(&[&packed[..], b"x"].concat()).unwrap_err().cause, BEHIND, "{archive:?}");
        }
        let packed = Archive::Zip.pack(&files(&["a"])).unwrap();
        assert!(Archive::Zip.unpack(&[b"PK\x03\x04", &packed[..]].concat()).is_err());
    }

    #[test]
    fn paths_that_leave_are_refused() {
        for (path, plain) in
            [("a/b", true), ("../a", false), ("/a", false), ("a//b", false), ("a\\b", false), ("", false)]
        {
            assert_eq!(is_plain(path), plain, "{path}");
        }
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..4].copy_from_slice(b"../x");
        header.set_size(0);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
        let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
        packed.write_all(&builder.into_inner().unwrap()).unwrap();
        let broken = Archive::Tar.unpack(&packed.finish().unwrap()).unwrap_err();
        assert_eq!((broken.code, broken.path.as_str()), (Code::UnsafePath, "../x"));
    }

    #[test]
    fn links_are_refused() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "link", "/etc/passwd").unwrap();
        let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
        packed.write_all(&builder.into_inner().unwrap()).unwrap();
        assert!(Archive::Tar.unpack(&packed.finish().unwrap()).unwrap_err().cause.contains("link"));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let files: Files = [("zeros".to_owned(), vec![0; (BYTES + 1) as usize])].into();
        for archive in BOTH {
            let packed = archive.pack(&files).unwrap();
            assert!(packed.len() < 1 << 20, "zeros pack well");
            assert!(archive.unpack(&packed).unwrap_err().cause.contains("256 MiB"), "{archive:?}");
        }
    }
}
