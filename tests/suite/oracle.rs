//! Our artefacts under other people's readers: the `plist` crate always; Python's `plistlib`, `plistutil` and `xmllint` where the
//! machine has them. A tool that is not there is named on stderr, and nothing is claimed for it.

use crate::conformance::{checked, encoded};
use crate::generated::{group, runner, settings};
use crate::project::say;
use policyc::backend::{self, Artefact, Format};
use policyc::catalogue::Catalogue;
use policyc::setting::{Delivery, Family, Platform, Secret, Setting, Value};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Artefacts of generated settings, with the settings behind each.
fn made(family: Family, cases: u32) -> Vec<(Artefact, Vec<Setting>)> {
    let target = match family {
        Family::Csp => group(Platform::Windows, "10.0.26100", Delivery::Syncml),
        _ => group(Platform::MacOs, "26.0", Delivery::Mobileconfig),
    };
    let catalogue = Catalogue::embedded();
    let made = RefCell::new(Vec::new());
    let gather = |settings: Vec<Setting>| {
        let checked = checked(&catalogue, &target, settings);
        for artefact in encoded(&checked, &catalogue) {
            let held = |setting: &&Setting| artefact.holds.contains(&setting.address);
            let settings = checked.settings().iter().filter(held).cloned().collect();
            made.borrow_mut().push((artefact, settings));
        }
        Ok(())
    };
    runner(cases).run(&settings(family), gather).unwrap();
    let made = made.into_inner();
    assert!(made.len() > 20, "only {} artefacts", made.len());
    made
}

/// Another reader: its name, what it is called with before the files, and how many files it takes at once.
struct Reader {
    name: &'static str,
    arguments: &'static [&'static str],
    at_once: usize,
}

/// `plistlib` writes what it read: the bytes must be the same.
const PLISTLIB: Reader = Reader { name: "python3", arguments: &["-c", SAME_BYTES], at_once: 500 };

const SAME_BYTES: &str = "
import plistlib, sys
for path in sys.argv[1:]:
    before = open(path, 'rb').read()
    after = plistlib.dumps(plistlib.loads(before))
    if after != before:
        sys.exit('plistlib writes something else than\\n' + before.decode() + '\\nnamely\\n' + after.decode())
";

const PLISTUTIL: Reader = Reader { name: "plistutil", arguments: &["-f", "bin", "-o", "-", "-i"], at_once: 1 };

const XMLLINT: Reader = Reader { name: "xmllint", arguments: &["--noout", "--nonet"], at_once: 500 };

/// What a reader has against files of these contents. Where the machine lacks the reader, that is said on stderr.
fn faults(reader: &Reader, contents: &[Vec<u8>]) -> Vec<String> {
    if Command::new(reader.name).arg("--version").output().is_err() {
        say(&format!("oracle: {} is not installed; {} files were not shown to it", reader.name, contents.len()));
        return Vec::new();
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |(n, bytes): (usize, &Vec<u8>)| {
        let path = folder.path().join(n.to_string());
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<PathBuf> = contents.iter().enumerate().map(write).collect();
    let run = |paths: &[PathBuf]| Command::new(reader.name).args(reader.arguments).args(paths).output().unwrap();
    let outputs = paths.chunks(reader.at_once).map(run).filter(|output| !output.status.success());
    outputs.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).collect()
}

fn bytes(made: &[(Artefact, Vec<Setting>)]) -> Vec<Vec<u8>> {
    made.iter().map(|(artefact, _)| artefact.bytes.clone()).collect()
}

#[test]
fn the_plist_crate_reads_every_value() {
    for (artefact, settings) in made(Family::Profile, 48) {
        let root = plist::Value::from_reader_xml(artefact.bytes.as_slice()).unwrap();
        let root = root.as_dictionary().unwrap();
        let payloads = root["PayloadContent"].as_array().unwrap();
        for setting in settings.iter().filter(|setting| !setting.address.keys().is_empty()) {
            let address = &setting.address;
            let is_its = |payload: &&plist::Value| {
                let of = |key: &str| payload.as_dictionary().unwrap()[key].as_string().unwrap().to_owned();
                let tail =
                    address.instance.as_ref().map_or(address.owner.clone(), |name| format!("{}.{name}", address.owner));
                let profile = root["PayloadIdentifier"].as_string().unwrap();
                of("PayloadType") == address.owner && of("PayloadIdentifier") == format!("{profile}.{tail}")
            };
            let mut at = match address.owner.as_str() {
                "TopLevel" => root,
                _ => payloads.iter().find(is_its).and_then(plist::Value::as_dictionary).unwrap(),
            };
            let (last, way) = address.keys().split_last().unwrap();
            for key in way {
                at = at[key].as_dictionary().unwrap();
            }
            assert!(same(&setting.value, &at[last]), "{address}: {:?} is read as {:?}", setting.value, at[last]);
        }
    }
}

fn same(ours: &Value, theirs: &plist::Value) -> bool {
    match (ours, theirs) {
        (Value::Boolean(ours), plist::Value::Boolean(theirs)) => ours == theirs,
        (Value::Integer(ours), plist::Value::Integer(theirs)) => {
            theirs.as_signed().map(i128::from).or(theirs.as_unsigned().map(i128::from)) == Some(*ours)
        }
        (Value::Real(ours), plist::Value::Real(theirs)) => ours.get() == *theirs,
        (Value::Text(ours), plist::Value::String(theirs)) => ours == theirs,
        (Value::Secret(secret), plist::Value::String(theirs)) => secret.marked() == *theirs,
        (Value::Secret(secret @ Secret::Data(_)), plist::Value::Data(theirs)) => secret.marked().as_bytes() == *theirs,
        (Value::Data(ours), plist::Value::Data(theirs)) => ours == theirs,
        (Value::Date(ours), plist::Value::Date(theirs)) => *ours == theirs.to_xml_format(),
        (Value::Array(ours), plist::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Dictionary(ours), plist::Value::Dictionary(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|theirs| same(value, theirs)))
        }
        _ => false,
    }
}

#[test]
fn plistlib_writes_the_same_bytes() {
    assert_eq!(faults(&PLISTLIB, &bytes(&made(Family::Profile, 32))), Vec::<String>::new());
}

#[test]
fn plistutil_reads_every_profile() {
    assert_eq!(faults(&PLISTUTIL, &bytes(&made(Family::Profile, 8))), Vec::<String>::new());
}

#[test]
fn xmllint_reads_every_fragment_in_its_envelope() {
    let messages: Vec<Vec<u8>> = bytes(&made(Family::Csp, 16)).iter().map(|fragment| backend::wrap(fragment)).collect();
    assert_eq!(faults(&XMLLINT, &messages), Vec::<String>::new());
}

/// The approved files of the project itself, under every reader at once.
#[test]
fn the_golden_files_pass_every_reader() {
    let golden = crate::project::root().join("golden");
    let (mut profiles, mut fragments) = (Vec::new(), Vec::new());
    let mut folders = vec![golden.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                gather(&path, &mut profiles, &mut fragments);
            }
        }
    }
    let wrapped: Vec<Vec<u8>> = fragments.iter().map(|fragment: &Vec<u8>| backend::wrap(fragment)).collect();
    let found = [faults(&PLISTLIB, &profiles), faults(&PLISTUTIL, &profiles), faults(&XMLLINT, &wrapped)].concat();
    assert_eq!(found, Vec::<String>::new());
    for profile in &profiles {
        plist::Value::from_reader_xml(profile.as_slice()).unwrap();
    }
}

fn gather(path: &Path, profiles: &mut Vec<Vec<u8>>, fragments: &mut Vec<Vec<u8>>) {
    let kind = backend::format_of(&path.to_string_lossy());
    let take = |into: &mut Vec<Vec<u8>>| into.push(std::fs::read(path).unwrap());
    match kind {
        Some(Format::Mobileconfig) => take(profiles),
        Some(Format::Syncml) => take(fragments),
        Some(Format::Command) if path.extension().is_some_and(|end| end == "plist") => {
            // No tool writes comments again.
            let text = std::fs::read_to_string(path).unwrap();
            let (before, after) = text.split_once("<!-- ").unwrap();
            profiles.push([before, after.split_once(" -->\n").unwrap().1].concat().into_bytes());
        }
        Some(Format::Command) => take(fragments),
        _ => {}
    }
}
