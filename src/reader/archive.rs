//! Archives: `.zip`, `.tar` and `.tar.gz`, opened within limits. What leads out of its folder, is no file of its own, stands twice or is
//! an archive again is left where it is, with a finding; what is more than the limits allow ends the archive there.
//!
//! A bundle of our own is opened more strictly (`release::archive`): these are anybody's.

use super::one::{Within, bare};
use super::{Given, Kind, Read, Reader, Reading};
use crate::backend::is_device;
use crate::diagnostic::Code;
use crate::release::archive::{BYTES, FILES, NO_FILE, is_plain};
use crate::source::Span;
use flate2::bufread::GzDecoder;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as Bytes};
use tar::EntryType;

/// Bytes that all names of an archive may have together.
const NAMES: usize = 16 << 20;

/// What begins like a record of an archive's entry. Archives in an archive have some as well, so it may be more than there are entries.
const RECORDS: usize = 10 * FILES;

/// Bytes of the longest name, and of the longest part of one: more than these no system has.
const NAME: usize = 4096;
const PART: usize = 255;

/// Bytes of a name that are told.
const SHOWN: usize = 120;

/// Why a name is not taken.
const LEAVES: &str = "its name leads out of the archive, or is none that every system takes";

/// Whether bytes are an archive (RFC 1952 §2.3.1, APPNOTE 4.3.7, POSIX ustar).
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    let magic: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
    magic.iter().any(|magic| bytes.starts_with(magic)) || is_tar(bytes) || is_packed_tar(bytes)
}

/// Whether what is compressed is an archive, and no file by itself. What cannot be unpacked is one, so that this is said.
fn is_packed_tar(bytes: &[u8]) -> bool {
    let mut head = Vec::new();
    let is_packed = bytes.starts_with(b"\x1f\x8b");
    is_packed
        && match GzDecoder::new(bytes).take(512).read_to_end(&mut head) {
            Ok(_) => is_tar(&head) || head.iter().all(|byte| *byte == 0),
            Err(_) => true,
        }
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// The files of an archive, each read, behind the archive itself.
pub(super) fn read(reader: &Reader<'_>, file: Given<'_>, within: Within) -> Vec<Read> {
    let mut own = Reading::new(file.name, Kind::Archive);
    if within != Within::Nothing {
        let cure = "unpack it, and give what is in it by itself";
        own.fault(Code::RefusedEntry, Span::NOWHERE, "it is an archive in another file, and is not opened", cure);
        return vec![bare(own)];
    }
    if file.bytes.len() as u64 > BYTES {
        let why = format!("the archive has more than {} MiB", BYTES >> 20);
        own.fault(Code::UnreadableArchive, Span::NOWHERE, why, "unpack it, and give the folder");
        return vec![bare(own)];
    }
    let mut unpacking = Unpacking { files: BTreeMap::new(), own: &mut own, entries: 0, bytes: 0, names: 0 };
    let ended = match file.bytes {
        bytes if bytes.starts_with(b"PK") => unpacking.zip(bytes),
        bytes if bytes.starts_with(b"\x1f\x8b") => {
            // Headers and padding count too, so that an archive of nothing but these comes to an end.
            unpacking.tar(GzDecoder::new(bytes).take(BYTES + (FILES as u64 + 1) * 2048))
        }
        bytes => unpacking.tar(bytes),
    };
    let files = unpacking.files;
    if let Err(why) = ended {
        let cure = "unpack it with a tool that says what is wrong with it, and give the files";
        own.fault(Code::UnreadableArchive, Span::NOWHERE, format!("the archive is read no further: {why}"), cure);
    }
    let inner = files.into_iter().flat_map(|(path, bytes)| {
        let name = format!("{}/{path}", file.name);
        reader.within(Given { name: &name, bytes: &bytes }, Within::Archive)
    });
    let inner: Vec<Read> = inner.collect();
    std::iter::once(bare(own)).chain(inner).collect()
}

/// Whether a name is one that every system takes, and that people read as what it is.
fn is_honest(path: &str) -> bool {
    let turns =
        |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    let is_odd = |c: char| c.is_control() || turns(c);
    path.len() <= NAME && path.split('/').all(|part| part.len() <= PART && !is_device(part)) && !path.contains(is_odd)
}

struct Unpacking<'r> {
    files: BTreeMap<String, Vec<u8>>,
    own: &'r mut Reading,
    entries: usize,
    bytes: u64,
    names: usize,
}

impl Unpacking<'_> {
    fn zip(&mut self, bytes: &[u8]) -> Result<(), String> {
        // Its reader makes room for all entries before any is asked for; each has a record of its own (APPNOTE 4.3.12).
        let records = bytes.windows(4).filter(|window| *window == b"PK\x01\x02").take(RECORDS).count();
        if records == RECORDS {
            return Err(format!("it has more than {FILES} entries"));
        }
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        for n in 0..archive.len() {
            let entry = archive.by_index(n).map_err(|error| error.to_string())?;
            let name = entry.name_raw().to_vec();
            let (is_folder, is_file, size) = (entry.is_dir(), entry.is_file(), entry.size());
            match (is_folder, is_file) {
                (true, _) => self.count(&name)?,
                (_, false) => self.no_file(&name)?,
                _ => self.take(&name, size, entry)?,
            }
        }
        Ok(())
    }

    fn tar(&mut self, bytes: impl Bytes) -> Result<(), String> {
        let mut archive = tar::Archive::new(bytes);
        for entry in archive.entries().map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry.path_bytes().into_owned();
            match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => {
                    let size = entry.size();
                    self.take(&name, size, entry)?;
                }
                EntryType::Directory | EntryType::XGlobalHeader => self.count(&name)?,
                _ => self.no_file(&name)?,
            }
        }
        Ok(())
    }

    /// One more entry; an error is the end of the archive.
    fn count(&mut self, name: &[u8]) -> Result<(), String> {
        self.entries += 1;
        self.names += name.len();
        match self.entries > FILES || self.names > NAMES {
            true => Err(format!("it has more than {FILES} entries, or {} MiB of names", NAMES >> 20)),
            false => Ok(()),
        }
    }

    fn no_file(&mut self, name: &[u8]) -> Result<(), String> {
        self.count(name)?;
        self.leave(name, NO_FILE);
        Ok(())
    }

    fn leave(&mut self, name: &[u8], why: &str) {
        let more = if name.len() > SHOWN { "…" } else { "" };
        let shown = name[..name.len().min(SHOWN)].escape_ascii();
        let message = format!("`{shown}{more}` is not taken from the archive: {why}");
        let cure = "unpack the archive, and give what is missing by itself";
        self.own.fault(Code::RefusedEntry, Span::NOWHERE, message, cure);
    }

    /// Takes a file; `size` is what the archive says of it, and is not believed.
    fn take(&mut self, name: &[u8], size: u64, content: impl Bytes) -> Result<(), String> {
        self.count(name)?;
        let path = std::str::from_utf8(name).ok().map(|path| path.strip_prefix("./").unwrap_or(path));
        let Some(path) = path.filter(|path| is_plain(path) && is_honest(path)) else {
            self.leave(name, LEAVES);
            return Ok(());
        };
        let too_much = || Err(format!("it holds more than {} MiB", BYTES >> 20));
        let left = BYTES - self.bytes;
        if size > left {
            return too_much();
        }
        let mut bytes = Vec::new();
        if let Err(error) = content.take(left + 1).read_to_end(&mut bytes) {
            self.leave(name, &error.to_string());
            return Ok(());
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > BYTES {
            return too_much();
        }
        if self.files.contains_key(path) {
            self.leave(name, "another entry of the archive has its name");
            return Ok(());
        }
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::LEAVES;
    use flate2::{Compression, GzBuilder};
    use std::io::{Cursor, Write};
    use tar::{EntryType, Header};

    const DECLARATION: &[u8] =
        br#"{"Type": "com.apple.configuration.passcode.settings", "Payload": {"MinimumLength": 6}}"#;

    /// Entries of a tar archive, with their kinds.
    fn tarred(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, bytes) in entries {
            let mut header = Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn files_of_archives_are_read_and_what_is_none_is_left() {
        let set = "= com.apple.configuration.passcode.settings · MinimumLength := 6 @1:84";
        let refused = |name: &str, why: &str| format!("! refused-entry: `{name}` is not taken from the archive: {why}");
        let tar = tarred(&[
            ("./x.json", EntryType::Regular, DECLARATION),
            ("d/", EntryType::Directory, b""),
            ("../up", EntryType::Regular, b"x"),
            ("/root", EntryType::Regular, b"x"),
            ("link", EntryType::Symlink, b""),
            ("x.json", EntryType::Regular, b"{}"),
            ("in.zip", EntryType::Regular, &zipped(&[("y", b"z")])),
        ]);
        let own = [
            "archive a".to_owned(),
            refused("../up", LEAVES),
            refused("/root", LEAVES),
            refused("link", "it is a link or a device, and no file of its own"),
            refused("x.json", "another entry of the archive has its name"),
            "archive a/in.zip".to_owned(),
            "! refused-entry: it is an archive in another file, and is not opened".to_owned(),
            "declaration a/x.json".to_owned(),
            set.to_owned(),
        ];
        let expected = own.each_ref().map(String::as_str);
        check("a", &tar, &expected);
        let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
        packed.write_all(&tar).unwrap();
        check("a", &packed.finish().unwrap(), &expected);
        let mut alone = GzBuilder::new().write(Vec::new(), Compression::fast());
        alone.write_all(DECLARATION).unwrap();
        let unknown = ["unknown a", "! unknown-format: no text, and no file that is known here"];
        check("a", &alone.finish().unwrap(), &unknown);
        check("a", &zipped(&[("d/x.json", DECLARATION)]), &["archive a", "declaration a/d/x.json", set]);
    }
}
