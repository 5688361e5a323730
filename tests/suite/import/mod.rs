//! Files of anybody's come back: what is approved imports to controls and compiles to the same files, foreign files to the sources beside
//! them (`tests/import/<name>/`), and no value that is secret is written anywhere.

mod compliance;
mod emitted;
mod foreign;
mod templates;

use super::cli::Sandbox;
use super::project::{files, root};
use policyc::backend::{self, Format};
use policyc::catalogue::Catalogue;
use policyc::import::{Imported, Wanted, import};
use policyc::reader::{self, Given};
use policyc::setting::{Date, Setting};
use policyc::source::{Content, SourceFile, Sources};
use policyc::{Compiled, Request, compile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Files = Vec<(String, Vec<u8>)>;

fn day() -> Date {
    Date::parse("2026-10-01").unwrap()
}

fn every(folder: &Path) -> Files {
    files(folder).into_iter().map(|(path, file)| (path, std::fs::read(file).unwrap())).collect()
}

fn imported(files: &Files, organisation: &str, roots: &[String]) -> Imported {
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    let catalogue = Catalogue::embedded();
    let read = reader::read(&given, &catalogue);
    let imported = import(
        &read,
        &catalogue,
        &Wanted { organisation, group: None, roots, as_of: day(), beside: &[], attach_signed: None },
    );
    let told: Vec<String> = imported.found.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
    assert!(!imported.found.has_errors(), "{organisation}: {told:#?}");
    imported
}

fn compiled(imported: &Imported) -> Compiled {
    let source = |(path, bytes): &(String, Vec<u8>)| SourceFile {
        path: format!("policy-sources/{path}"),
        content: Content::Bytes(bytes.clone()),
    };
    let sources = Sources::new(imported.files.iter().map(source).collect());
    let compiled = compile(&sources, &Catalogue::embedded(), &Request { as_of: day() });
    assert!(!compiled.found.has_errors(), "{:#?}", compiled.found);
    compiled
}

/// Settings of a file without their places, in the order of their addresses.
fn settings(path: &str, bytes: &[u8]) -> Vec<Setting> {
    let read =
        backend::decode_at(path, bytes, &Catalogue::embedded()).unwrap_or_else(|fault| panic!("{path}: {fault:?}"));
    let mut settings: Vec<Setting> =
        read.settings.into_iter().map(|setting| Setting::found(setting.address, setting.value)).collect();
    settings.sort_by(|a, b| a.address.cmp(&b.address));
    settings
}

/// What devices and consoles know a file by: identifiers, UUIDs and tokens, and the names of Intune's policies.
fn identities(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let plist = lines.windows(2).filter(|two| {
        ["<key>PayloadIdentifier</key>", "<key>PayloadUUID</key>", "<key>CommandUUID</key>"].contains(&two[0])
    });
    let json = lines.iter().filter(|line| {
        ["\"Identifier\"", "\"ServerToken\"", "\"displayName\"", "\"name\""].iter().any(|key| line.starts_with(key))
    });
    plist.map(|two| two[1].to_owned()).chain(json.map(|line| (*line).to_owned())).collect()
}

fn organisations() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("golden")).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> =
        folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 4);
    names
}

#[test]
fn what_is_approved_imports_to_controls_and_compiles_to_the_same_files() {
    let mut controls = BTreeSet::new();
    for organisation in organisations() {
        let golden = every(&root().join("golden").join(&organisation));
        let imported = imported(&golden, &organisation, &[]);
        let left: Vec<_> = imported.dropped.iter().chain(&imported.unknown).collect();
        assert!(left.is_empty(), "{organisation}: {left:#?}");
        controls.extend(imported.groups.iter().flat_map(|group| &group.raised).map(|(control, ..)| control.clone()));
        let compiled = compiled(&imported);
        let written: BTreeMap<&str, &[u8]> =
            compiled.artefacts().map(|file| (file.path.split_once('/').unwrap().1, file.bytes.as_slice())).collect();
        let approved: BTreeMap<&str, &[u8]> =
            golden.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        assert_eq!(written.keys().collect::<Vec<_>>(), approved.keys().collect::<Vec<_>>(), "{organisation}");
        for (path, bytes) in &approved {
            if matches!(backend::format_of(path), None | Some(Format::Index | Format::Expected)) {
                continue;
            }
            assert_eq!(settings(path, written[path]), settings(path, bytes), "{organisation}/{path}");
            assert_eq!(identities(written[path]), identities(bytes), "{organisation}/{path}");
        }
    }
    assert!(controls.len() >= 26, "only {} controls came back: {controls:?}", controls.len());
}

#[test]
fn each_route_comes_back_by_itself() {
    for organisation in organisations() {
        let golden = every(&root().join("golden").join(&organisation));
        for intune in [false, true] {
            let route: Files = golden.iter().filter(|(path, _)| path.contains("/intune/") == intune).cloned().collect();
            if route.is_empty() {
                continue;
            }
            let imported = imported(&route, &organisation, &[]);
            let compiled = compiled(&imported);
            let all = |files: &[(String, Vec<u8>)]| -> BTreeSet<String> {
                let of = |(path, bytes): &(String, Vec<u8>)| {
                    let group = path.split('/').next().unwrap_or_default().to_owned();
                    let is_set = !matches!(backend::format_of(path), None | Some(Format::Index | Format::Expected));
                    let settings = if is_set { settings(path, bytes) } else { Vec::new() };
                    settings.into_iter().map(move |one| format!("{group} {:?} = {:?}", one.address, one.value))
                };
                files.iter().flat_map(of).collect()
            };
            let written: Files = compiled
                .artefacts()
                .map(|file| (file.path.split_once('/').unwrap().1.to_owned(), file.bytes.clone()))
                .collect();
            assert_eq!(all(&written), all(&route), "{organisation}, intune: {intune}");
        }
    }
}

#[test]
fn importing_the_result_again_changes_nothing() {
    for organisation in organisations() {
        let golden = every(&root().join("golden").join(&organisation));
        let first = imported(&golden, &organisation, &[]);
        let built: Files = compiled(&first)
            .artefacts()
            .map(|file| (file.path.split_once('/').unwrap().1.to_owned(), file.bytes.clone()))
            .collect();
        let second = imported(&built, &organisation, &[]);
        for ((path, text), (other, again)) in first.files.iter().zip(&second.files) {
            assert_eq!(path, other);
            assert_eq!(String::from_utf8_lossy(text), String::from_utf8_lossy(again), "{path}");
        }
        assert_eq!(first.files.len(), second.files.len());
    }
}

/// A folder of files with what is to come of them: `in/`, and beside it the sources and the report.
#[test]
fn foreign_files_become_the_sources_beside_them() {
    let accept = std::env::var_os("POLICYC_ACCEPT").is_some();
    let cases = root().join("tests/import");
    let mut seen = 0;
    for entry in std::fs::read_dir(&cases).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let sandbox = Sandbox::empty();
        for (path, bytes) in every(&case.join("in")) {
            let path = sandbox.path(&format!("in/{path}"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let run = sandbox.run(&["import", "in", "--organisation", "acme", "--as-of", "2026-10-01"]);
        let mut produced =
            BTreeMap::from([("report.txt".to_owned(), format!("{}{}exit {}\n", run.out, run.err, run.code))]);
        let sources = sandbox.path("policy-sources");
        let written = if sources.is_dir() { every(&sources) } else { Vec::new() };
        for (path, bytes) in &written {
            let text = String::from_utf8_lossy(bytes).into_owned();
            for secret in ["hunter2", "correct horse"] {
                assert!(!text.contains(secret), "{name}: {path} holds a secret");
            }
            produced.insert(format!("out/{path}"), text);
        }
        assert!(!run.out.contains("hunter2") && !run.err.contains("hunter2"), "{name}");
        if run.code == 0 {
            let build = sandbox.run(&["build"]);
            assert_eq!(build.code, 0, "{name}: {}", build.err);
            let built: BTreeSet<String> =
                every(&sandbox.path("profiles-out")).iter().flat_map(|(_, bytes)| identities(bytes)).collect();
            for (path, bytes) in every(&case.join("in")) {
                // A container of preferences is written as the domains that it holds.
                let is_container = String::from_utf8_lossy(&bytes).contains("com.apple.ManagedClient.preferences");
                let lost: Vec<String> = identities(&bytes).into_iter().filter(|one| !built.contains(one)).collect();
                let token = |one: &String| one.starts_with("\"ServerToken\"");
                assert!(is_container || lost.iter().all(token), "{name}/{path}: {lost:?}");
            }
            let again = sandbox.run(&["import", "in", "--organisation", "acme"]);
            assert_eq!(
                (again.code, again.err.contains("is there already")),
                (2, true),
                "{name}: nothing is overwritten"
            );
        } else {
            assert!(written.is_empty(), "{name}: nothing is written beside an error");
        }
        if accept {
            let _ = std::fs::remove_dir_all(case.join("out"));
            for (path, text) in &produced {
                let path = case.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
        let committed: BTreeMap<String, String> = every(&case)
            .into_iter()
            .filter(|(path, _)| !path.starts_with("in/"))
            .map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        assert_eq!(committed.keys().collect::<Vec<_>>(), produced.keys().collect::<Vec<_>>(), "{name}");
        for (path, text) in &produced {
            assert_eq!(&committed[path], text, "{name}/{path}: POLICYC_ACCEPT=1 writes it anew");
        }
        seen += 1;
    }
    assert!(seen >= 4, "only {seen} cases");
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would() {
    let sandbox = Sandbox::empty();
    let folder = root().join("golden/ctcic");
    let run = sandbox.run(&["import", folder.to_str().unwrap(), "--organisation", "ctcic", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("would write policy-sources/ctcic/groups.yaml"), "{}", run.out);
    assert!(!sandbox.path("policy-sources").exists());
    let run = sandbox.run(&["import", folder.to_str().unwrap(), "--organisation", "ctcic", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["command"], "import");
    assert!(report["groups"].as_array().is_some_and(|groups| groups.len() == 2), "{report}");
    assert!(sandbox.path("policy-sources/ctcic/imported.yaml").is_file());
    let run = sandbox.run(&["import", "x", "--organisation", "Not a name"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

/// An organisation without a group would be in the way of the import that follows.
#[test]
fn an_import_of_nothing_is_an_error_and_leaves_nothing() {
    let sandbox = Sandbox::empty();
    sandbox.write("notes.txt", "no policy of any kind");
    sandbox.write(
        "scope.mobileconfig",
        "<plist version=\"1.0\"><dict><key>PayloadContent</key><array/><key>PayloadType</key>\
         <string>Configuration</string><key>PayloadScope</key><string>Nobody</string></dict></plist>",
    );
    for given in ["notes.txt", "scope.mobileconfig"] {
        for more in [&[][..], &["--dry-run"]] {
            let run = sandbox.run(&[&["import", given, "--organisation", "acme"], more].concat());
            assert_eq!(run.code, 1, "{given}: {}{}", run.out, run.err);
            assert!(run.err.contains("error[nothing-to-import]"), "{given}: {}", run.err);
            assert!(!sandbox.path("policy-sources").exists(), "{given}");
        }
    }
}

/// A fault of a file is told once, and with the name of the file where it has no text; a file that meets several says so of all at once.
#[test]
fn each_fault_of_a_file_is_told_once_and_with_its_file() {
    let sandbox = Sandbox::empty();
    let ring = |days: u8| {
        let update = "./Device/Vendor/MSFT/Policy/Config/Update/DeferQualityUpdatesPeriodInDays";
        format!(
            "<Replace><Item><Target><LocURI>{update}</LocURI></Target><Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>\
             <Data>{days}</Data></Item></Replace>"
        )
    };
    (0..4).for_each(|n| sandbox.write(&format!("rings/{n}.xml"), &ring(n)));
    let text = std::fs::read_to_string(root().join("tests/lint/integer-for-boolean/one.mobileconfig")).unwrap();
    let profile = plist::Value::from_reader(std::io::Cursor::new(text.as_bytes())).unwrap();
    std::fs::create_dir_all(sandbox.path("phones")).unwrap();
    profile.to_file_binary(sandbox.path("phones/one.mobileconfig")).unwrap();
    let (code, report) = sandbox.json(&["import", "rings", "phones", "--organisation", "acme", "--dry-run"]);
    let told: Vec<(&str, &str, usize)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["path"].as_str().unwrap(), one["code"].as_str().unwrap(), one["labels"].as_array().unwrap().len())
        })
        .collect();
    let expected = [
        ("phones/one.mobileconfig", "wrong-type", 0),
        ("rings/1.xml", "conflicting-values", 1),
        ("rings/2.xml", "conflicting-values", 2),
        ("rings/3.xml", "conflicting-values", 3),
    ];
    assert_eq!((code, told), (0, expected.to_vec()), "{report}");
}
