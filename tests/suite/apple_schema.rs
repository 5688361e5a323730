//! Every declaration and command of every approved group against Apple's own schema, by a checker that shares nothing with this compiler
//! (`tests/oracle/apple.py`): keys, types, ranges, availability, and that each set of declarations is closed. That the checker bites is
//! shown on damaged copies. Without Python, its `yaml` or Apple's files nothing is claimed, and that is said.

use crate::project::{files, reference, root, say};
use crate::{cases, project};
use policyc::catalogue::Catalogue;
use policyc::setting::{Date, Enrolment, Target};
use policyc::{Compiled, Request, compile};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn schema() -> Option<PathBuf> {
    let schema = reference("apple_schema")?.join("apple-schema");
    let has_yaml = Command::new("python3").args(["-c", "import yaml"]).output().is_ok_and(|run| run.status.success());
    if !has_yaml {
        say("NOT CHECKED: declarations and commands against Apple's schema: python3 or its yaml is not there");
    }
    has_yaml.then_some(schema)
}

fn facts(target: &Target) -> Value {
    let enrolment = match target.enrolment.value {
        Enrolment::Device if target.supervised.value => vec!["supervised", "device"],
        Enrolment::Device => vec!["device"],
        Enrolment::User => vec!["user"],
        Enrolment::Manual => vec!["local"],
    };
    json!({ "platform": target.platform.word(), "os": target.os.value.to_string(), "enrolment": enrolment })
}

/// Writes what sources compile to, and says of each Apple group's folder what its devices are.
fn build(compiled: &Compiled, out: &Path, groups: &mut BTreeMap<String, Value>) {
    for artefact in compiled.artefacts() {
        let path = out.join(&artefact.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &artefact.bytes).unwrap();
    }
    for group in compiled.groups.iter().filter(|group| !group.artefacts.is_empty()) {
        let target = group.checked.target();
        if target.platform.is_apple() {
            let folder = out.join(&target.organisation).join(&target.group.value);
            groups.insert(folder.to_string_lossy().into_owned(), facts(target));
        }
    }
}

/// What the checker says of these groups, and how many files it saw.
fn faults(schema: &Path, groups: &BTreeMap<String, Value>) -> (String, usize) {
    let facts = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(facts.path(), json!(groups).to_string()).unwrap();
    let mut run = Command::new("python3");
    run.arg(root().join("tests/oracle/apple.py")).args([schema, facts.path()]).args(groups.keys());
    let run = run.output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let (said, seen) = match said.trim_end().rsplit_once('\n') {
        Some((faults, seen)) => (faults.to_owned(), seen.to_owned()),
        None => (String::new(), said.trim_end().to_owned()),
    };
    let seen = seen.split(' ').next().and_then(|number| number.parse().ok());
    (said, seen.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&run.stderr))))
}

#[test]
fn every_declaration_and_command_is_as_apple_describes_it() {
    let Some(schema) = schema() else { return };
    let out = tempfile::tempdir().unwrap();
    let mut groups = BTreeMap::new();
    let request = Request { as_of: Date::parse("2026-10-01").unwrap() };
    let approved = compile(&project::sources(&root()), &Catalogue::embedded(), &request);
    assert!(!approved.found.has_errors(), "the organisations have no files on that day");
    build(&approved, &out.path().join("organisations"), &mut groups);
    for (name, folder) in cases::all() {
        build(&cases::compile(&folder, &cases::sources(&folder)), &out.path().join(name), &mut groups);
    }
    let (said, seen) = faults(&schema, &groups);
    assert_eq!(said, "", "{seen} files");
    assert!(seen > 60, "only {seen} files");
}

/// A copy of a case such as that which has predicates, assets and subscriptions, with one thing changed.
fn damaged(from: &Path, change: &dyn Fn(&str, &mut String)) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    for (relative, path) in files(from) {
        let mut text = std::fs::read_to_string(path).unwrap();
        change(&relative, &mut text);
        let path = out.path().join(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    out
}

#[test]
fn the_checker_refuses_damaged_sets() {
    let Some(schema) = schema() else { return };
    let made = tempfile::tempdir().unwrap();
    let mut groups = BTreeMap::new();
    let case = root().join("tests/cases/declaration/closed");
    build(&cases::compile(&case, &cases::sources(&case)), made.path(), &mut groups);
    let (folder, facts) = groups.into_iter().next().unwrap();
    let passcode = "com.apple.configuration.passcode.settings.json";
    let activation = "com.apple.activation.simple.com.apple.configuration.passcode.settings.json";
    let subscriptions = "com.apple.configuration.management.status-subscriptions.json";
    let account = "com.apple.configuration.account.ldap.json";
    let asset = "com.apple.asset.credential.userpassword.directory.json";
    let hotspot = "commands/Settings.plist";
    let changes = [
        (passcode, "\"MinimumLength\": 8", "\"MinimumLength\": \"8\"", "takes integer"),
        (passcode, "\"MinimumLength\": 8", "\"MinimumLength\": 80", "outside"),
        (passcode, "\"MinimumLength\"", "\"MinimumLenght\"", "no key"),
        (passcode, "passcode.settings\"", "passcode.setting\"", "no declaration"),
        (passcode, "\"RequirePasscode\": true", "\"CustomRegex\": {\"Regex\": \"x\"}", "is not on iOS"),
        (account, "\"HostName\"", "\"Port\"", "takes integer"),
        (account, "\"HostName\"", "\"VisibleName\"", "HostName is required"),
        (
            account,
            "AuthenticationCredentialsAssetReference\": \"",
            "AuthenticationCredentialsAssetReference\": \"X",
            "to nothing",
        ),
        (
            asset,
            "\"Type\": \"com.apple.asset.credential.userpassword\"",
            "\"Type\": \"com.apple.asset.data\"",
            "and takes",
        ),
        (activation, "\"Predicate\": \"@status(device.model", "\"Predicate\": \"@status(device.nodel", "report no"),
        (activation, "@property(ring)", "@property(rang)", "nothing sets"),
        (activation, "Identifier\": \"", "Identifier\": \"01234567890123456789012345678", "octets"),
        (activation, "      \"", "      \"X", "activated 0 times"),
        (subscriptions, "device.model.family", "device.model.number", "not subscribed"),
        (hotspot, "PersonalHotspot", "PersonalHotspots", "none of"),
        (hotspot, "<false/>", "<string>off</string>", "takes boolean"),
        (hotspot, "<string>Settings</string>", "<string>Setting</string>", "no command"),
        ("commands/ClearPasscode.plist", ", which adds: UnlockToken", "", "it lacks"),
    ];
    // All copies in one run: to read Apple's files takes longer than everything else.
    let mut copies: Vec<tempfile::TempDir> = vec![damaged(Path::new(&folder), &|_, _| {})];
    copies.extend(changes.iter().map(|(file, from, to, _)| {
        let touched = std::cell::Cell::new(false);
        let copy = damaged(Path::new(&folder), &|relative, text| {
            if relative == *file && text.contains(from) {
                touched.set(true);
                *text = text.replacen(from, to, 1);
            }
        });
        assert!(touched.get(), "{file} has no {from}");
        copy
    }));
    // Two of one identity, and a token that says nothing new of new content.
    for (from, to) in [("", ""), ("\"MinimumLength\": 8", "\"MinimumLength\": 9")] {
        let twice = damaged(Path::new(&folder), &|_, _| {});
        let text = std::fs::read_to_string(twice.path().join(passcode)).unwrap();
        std::fs::write(twice.path().join("copy.json"), text.replacen(from, to, 1)).unwrap();
        copies.push(twice);
    }
    let paths: Vec<String> = copies.iter().map(|copy| copy.path().to_string_lossy().into_owned()).collect();
    let (said, _) = faults(&schema, &paths.iter().map(|path| (path.clone(), facts.clone())).collect());
    let of = |path: &String| said.lines().filter(|line| line.starts_with(path.as_str())).collect::<Vec<_>>().join("\n");
    assert_eq!(of(&paths[0]), "", "the set itself");
    let wanted = changes.iter().map(|(_, _, to, expected)| (*to, *expected));
    let wanted = wanted.chain([("twice", "its identifier is taken"), ("new content", "of other content")]);
    for (path, (change, expected)) in paths[1..].iter().zip(wanted) {
        let said = of(path);
        assert!(said.contains(expected), "{change}: {said}");
    }
}

#[test]
fn the_checker_follows_where_declarations_lead() {
    let Some(schema) = schema() else { return };
    let made = tempfile::tempdir().unwrap();
    let mut groups = BTreeMap::new();
    let case = root().join("tests/cases/routes/led-to-profiles");
    build(&cases::compile(&case, &cases::sources(&case)), made.path(), &mut groups);
    let (folder, facts) = groups.into_iter().find(|(folder, _)| folder.ends_with("/phones")).unwrap();
    let leading = "com.apple.configuration.legacy.com.apple.applicationaccess.json";
    let profile = "com.apple.applicationaccess.mobileconfig";
    let changes = [
        (leading, "https://", "https://", ""),
        (leading, "https://", "http://", "fetch no profile"),
        (leading, "applicationaccess.mobileconfig", "applicationaccess2.mobileconfig", "is not there"),
        (leading, "ProfileURL", "ProfileUrl", "no key"),
        (profile, "<false/>", "<true/>", "of another profile"),
        (
            profile,
            "<string>com.apple.applicationaccess</string>",
            "<string>com.apple.mdm</string>",
            "leads to ['com.apple.mdm']",
        ),
    ];
    let copies: Vec<tempfile::TempDir> = changes
        .iter()
        .map(|(file, from, to, _)| {
            damaged(Path::new(&folder), &|relative, text| {
                if relative == *file {
                    assert!(text.contains(from), "{file} has no {from}");
                    *text = text.replacen(from, to, 1);
                }
            })
        })
        .collect();
    let paths: Vec<String> = copies.iter().map(|copy| copy.path().to_string_lossy().into_owned()).collect();
    let (said, _) = faults(&schema, &paths.iter().map(|path| (path.clone(), facts.clone())).collect());
    for (path, (_, _, to, expected)) in paths.iter().zip(changes) {
        let own: Vec<&str> = said.lines().filter(|line| line.starts_with(path.as_str())).collect();
        assert!(own.is_empty() == expected.is_empty() && own.join("\n").contains(expected), "{to}: {own:?}");
    }
}
