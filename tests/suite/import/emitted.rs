//! Whatever this project emits comes back: each bundle and layout of a release, signed or not, and every file in the dialects of Intune's.

use super::super::bundles::{SIGNED_AT, key};
use super::super::cli::Sandbox;
use super::super::project::{root, say, sources};
use super::foreign::held;
use super::{Files, compiled, day, every, identities, imported, organisations, settings};
use policyc::backend::{self, Format};
use policyc::catalogue::Catalogue;
use policyc::setting::Dialect;
use policyc::{Judges, Request, compile_under};
use std::collections::BTreeSet;

/// Holds files against what the sources that import makes of them compile to: nothing is lost, added or left to a list.
fn expect_back(files: &Files, name: &str, catalogue: &Catalogue) {
    let tally = held(files, name, catalogue);
    say(&format!("import, {name}: {} settings, {} of them back", tally.settings, tally.back));
    assert!(tally.wrong.is_empty(), "{name}: {:#?}", tally.wrong);
    assert!(tally.settings > 100 && tally.settings == tally.back, "{name}: {} are listed", tally.listed);
}

#[test]
fn each_layout_of_a_release_comes_back() {
    let catalogue = Catalogue::embedded();
    let sandbox = Sandbox::empty();
    let project = root().display().to_string();
    let (own, certificate) = (key("p256.key"), key("p256.pem"));
    for (out, layout) in [
        ("bundle.tar.gz", &[][..]),
        ("bundle", &[]),
        ("fleet", &["--layout", "fleet"]),
        ("intune-management", &["--layout", "intune-management"]),
        ("intunecd", &["--layout", "intunecd"]),
    ] {
        let path = sandbox.path(out).display().to_string();
        let fixed = ["--signing-time", SIGNED_AT, "--as-of", "2026-11-22", "--allow-drift", "--allow-uncommitted"];
        let given = ["release", "-C", &project, "--out", &path, "--key", &own, "--certificate", &certificate];
        let run = sandbox.run(&[&given[..], &fixed, layout].concat());
        assert_eq!(run.code, 0, "{out}: {}{}", run.out, run.err);
        let files = match sandbox.path(out).is_dir() {
            true => every(&sandbox.path(out)),
            false => vec![(out.to_owned(), std::fs::read(&path).unwrap())],
        };
        expect_back(&files, out, &catalogue);
        let run = sandbox.run(&["lint", out]);
        assert_eq!(run.code, 0, "{out}: {}", run.out);
    }
}

#[test]
fn custom_profiles_of_intunes_come_back() {
    let catalogue = Catalogue::embedded();
    let rules = Judges { intune: Some(Dialect::Custom), ..Judges::all() };
    let built = compile_under(&sources(&root()), &catalogue, &Request { as_of: day() }, rules);
    assert!(!built.found.has_errors());
    let sets = built.artefacts().filter(|file| file.format == Format::Intune);
    let files: Files = sets.map(|file| (file.path.clone(), file.bytes.clone())).collect();
    expect_back(&files, "custom profiles", &catalogue);
}

/// Cases of which something cannot come back, and why.
const ONE_WAY: &[(&str, &str)] = &[
    ("admx/by-intune", "without its template the elements of a body have no order"),
    ("admx/installed-first", "the same"),
    ("attach/a-file-that-travels-as-it-is", "what is not signed is imported and not attached"),
    ("declaration/closed", "no profile tells what identifiers begin with, of which those of commands are made"),
    ("routes/led-to-profiles", "what leads to a profile is an address of the server's"),
    ("secrets/staff-wifi", "a secret inside a text is no value of a source"),
];

/// What each case compiles to, by every route, bundle, channel and dialect: with its settings and what devices and consoles know it by.
#[test]
fn what_each_case_compiles_to_comes_back() {
    let said = |files: &[(String, Vec<u8>)]| -> BTreeSet<String> {
        let of = |(path, bytes): &(String, Vec<u8>)| {
            let is_set = !matches!(backend::format_of(path), None | Some(Format::Index | Format::Expected));
            let group = path.split('/').next().unwrap_or_default().to_owned();
            let route = if path.contains("/intune/") { "intune" } else { "direct" };
            let settings = if is_set { settings(path, bytes) } else { Vec::new() };
            let settings = settings.into_iter().map(|one| format!("{:?} = {:?}", one.address, one.value));
            let known = if is_set { identities(bytes) } else { Vec::new() };
            // Half of a token may be of what a profile says of itself.
            let known = known.into_iter().filter(|one| !one.starts_with("\"ServerToken\""));
            settings.chain(known).map(move |one| format!("{group}, {route}: {one}")).collect::<Vec<_>>()
        };
        files.iter().flat_map(of).collect()
    };
    let cases = root().join("tests/cases");
    let (mut seen, mut wrong) = (0, Vec::new());
    for folder in std::fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for case in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let (golden, name) = (case.join("golden/acme"), case.strip_prefix(&cases).unwrap().display().to_string());
            if !golden.is_dir() || ONE_WAY.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let golden = every(&golden);
            if golden.is_empty() {
                continue;
            }
            seen += 1;
            let built: Files = compiled(&imported(&golden, "acme", &[]))
                .artefacts()
                .map(|file| (file.path.split_once('/').unwrap().1.to_owned(), file.bytes.clone()))
                .collect();
            let (before, after) = (said(&golden), said(&built));
            wrong.extend(before.symmetric_difference(&after).map(|one| format!("{name}: {one}")));
        }
    }
    assert!(seen > 60, "only {seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What comes of an import imports to itself: the same files, byte for byte, and so the same names and identities.
#[test]
fn what_was_imported_once_is_built_the_same_for_ever() {
    for organisation in organisations() {
        let golden = every(&root().join("golden").join(&organisation));
        let mut files = golden;
        let mut built: Option<Files> = None;
        for _ in 0..2 {
            let sets = compiled(&imported(&files, &organisation, &[]));
            let next: Files = sets
                .artefacts()
                .map(|file| (file.path.split_once('/').unwrap().1.to_owned(), file.bytes.clone()))
                .collect();
            if let Some(before) = &built {
                for ((path, was), (other, is)) in before.iter().zip(&next) {
                    assert_eq!(path, other);
                    assert!(was == is, "{organisation}/{path}: {}", String::from_utf8_lossy(is));
                }
                assert_eq!(before.len(), next.len());
            }
            files = next.clone();
            built = Some(next);
        }
    }
}

/// Values that nobody may read are in none of the files, and in nothing that the program prints.
#[test]
fn no_secret_is_written_or_said() {
    let payload = |kind: &str, n: usize, keys: &str| {
        format!(
            "<dict><key>PayloadType</key><string>{kind}</string><key>PayloadIdentifier</key><string>com.example.{n}</string>\
             <key>PayloadUUID</key><string>00000000-0000-4000-8000-00000000000{n}</string><key>PayloadVersion</key><integer>1</integer>{keys}</dict>"
        )
    };
    let text = |key: &str, value: &str| format!("<key>{key}</key><string>{value}</string>");
    let wifi = text("SSID_STR", "Office") + &text("EncryptionType", "WPA2") + &text("Password", "canary-wifi-1");
    let vpn = format!(
        "{}{}<key>IPSec</key><dict>{}<key>SharedSecret</key><data>Y2FuYXJ5LXZwbi0y</data></dict>",
        text("UserDefinedName", "Office"),
        text("VPNType", "IPSec"),
        text("RemoteAddress", "vpn.example.org") + &text("AuthenticationMethod", "SharedSecret"),
    );
    let identity = format!("{}<key>PayloadContent</key><data>AAAA</data>", text("Password", "canary-p12-3"));
    let payloads = [
        payload("com.apple.wifi.managed", 1, &wifi),
        payload("com.apple.vpn.managed", 2, &vpn),
        payload("com.apple.security.pkcs12", 3, &identity),
    ];
    let sandbox = Sandbox::empty();
    sandbox.write(
        "in/a.mobileconfig",
        &format!(
            "<plist version=\"1.0\"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadIdentifier</key>\
             <string>com.example</string><key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000009</string>\
             <key>PayloadVersion</key><integer>1</integer><key>PayloadContent</key><array>{}</array></dict></plist>",
            payloads.concat()
        ),
    );
    for format in [&[][..], &["--json"]] {
        let organisation = if format.is_empty() { "plain" } else { "json" };
        let run = sandbox.run(&[&["import", "in", "--notes", "--organisation", organisation], format].concat());
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let written =
            sandbox.tree("policy-sources").into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        for text in written.chain([run.out.clone(), run.err.clone()]) {
            for canary in ["canary", "Y2FuYXJ5"] {
                assert!(!text.contains(canary), "{text}");
            }
        }
        let secrets =
            std::fs::read_to_string(sandbox.path(&format!("policy-sources/{organisation}/secrets.yaml"))).unwrap();
        assert_eq!(secrets.matches("env:").count(), 4, "{secrets}");
    }
}
