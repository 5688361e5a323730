//! A bundle as one file: `.tar.gz` and `.zip`, the same bytes for the same files on every machine, and back within limits.
//!
//! Nothing of the machine is in an archive: no times, no owners, one mode for all files, paths sorted.

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

/// Files by path, with `/`, none of them absolute or with `..`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Entries of one archive.
const ENTRIES: usize = 10_000;
/// Bytes of all files of one archive.
const UNPACKED: u64 = 256 << 20;

/// What kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// `.tar.gz`, by POSIX's ustar.
    Tar,
    /// `.zip`.
    Zip,
}

/// Why an archive cannot be read: which entry, empty for the whole, and the cause.
pub type Broken = (String, String);

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
    (String::new(), error.to_string())
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
        builder.append_data(&mut header, path, bytes.as_slice()).map_err(|error| (path.clone(), error.to_string()))?;
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
        written.map_err(|cause| (path.clone(), cause))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(whole)
}

/// Files as they come out of an archive.
#[derive(Default)]
struct Unpacking {
    files: Files,
    entries: usize,
    bytes: u64,
}

impl Unpacking {
    /// Takes one entry; `size` is what the archive says of it, and is not believed.
    fn take(&mut self, path: &str, size: u64, content: impl Read) -> Result<(), Broken> {
        let broken = |cause: &str| Err((path.escape_debug().to_string(), cause.to_owned()));
        if !is_plain(path) {
            return broken("its path leaves the archive's folder, or is none");
        }
        let left = UNPACKED - self.bytes;
        if size > left {
            return broken(&format!("the archive holds more than {} MiB", UNPACKED >> 20));
        }
        let mut bytes = Vec::new();
        if let Err(error) = content.take(left + 1).read_to_end(&mut bytes) {
            return broken(&error.to_string());
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > UNPACKED {
            return broken(&format!("the archive holds more than {} MiB", UNPACKED >> 20));
        }
        if self.files.insert(path.to_owned(), bytes).is_some() {
            return broken("it stands in the archive twice");
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Broken> {
        self.entries += 1;
        match self.entries > ENTRIES {
            true => Err(whole(format!("it has more than {ENTRIES} entries"))),
            false => Ok(()),
        }
    }
}

/// Whether a path leads to a file below its folder, the same on every system.
pub fn is_plain(path: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    path.split('/').all(part)
}

fn untar(bytes: &[u8]) -> Result<Files, Broken> {
    let mut unpacking = Unpacking::default();
    // Padding and headers count too, so that an archive of nothing but these comes to an end.
    let plain = GzDecoder::new(bytes).take(UNPACKED + (ENTRIES as u64 + 1) * 2048);
    let mut archive = tar::Archive::new(plain);
    for entry in archive.entries().map_err(whole)? {
        unpacking.count()?;
        let entry = entry.map_err(whole)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Directory => {}
            EntryType::Regular | EntryType::Continuous => {
                let size = entry.size();
                unpacking.take(&path, size, entry)?;
            }
            _ => return Err((path.escape_debug().to_string(), "a link or a device, and no plain file".to_owned())),
        }
    }
    Ok(unpacking.files)
}

fn unzip(bytes: &[u8]) -> Result<Files, Broken> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(whole)?;
    let mut unpacking = Unpacking::default();
    for n in 0..archive.len() {
        unpacking.count()?;
        let entry = archive.by_index(n).map_err(whole)?;
        let path = entry.name().map_err(whole)?.into_owned();
        if entry.is_dir() {
            continue;
        }
        if !entry.is_file() {
            return Err((path.escape_debug().to_string(), "a link or a device, and no plain file".to_owned()));
        }
        let size = entry.size();
        unpacking.take(&path, size, entry)?;
    }
    Ok(unpacking.files)
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
        assert_eq!(broken.0, "../x");
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
        assert!(Archive::Tar.unpack(&packed.finish().unwrap()).unwrap_err().1.contains("link"));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let files: Files = [("zeros".to_owned(), vec![0; (UNPACKED + 1) as usize])].into();
        for archive in BOTH {
            let packed = archive.pack(&files).unwrap();
            assert!(packed.len() < 1 << 20, "zeros pack well");
            assert!(archive.unpack(&packed).unwrap_err().1.contains("256 MiB"), "{archive:?}");
        }
    }
}
