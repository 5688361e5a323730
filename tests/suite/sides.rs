//! Bundles as sides of `diff`, and as what `release --previous` compares with: opened, held against their manifests, and compared as the
//! artefacts that they hold.

use super::bundles::{AS_OF, SIGNED_AT, commit, committed, release};
use super::cli::Sandbox;
use policyc::catalogue::Catalogue;
use policyc::release::manifest::{Manifest, NOTES};
use policyc::review::{Side, between};
use policyc::source::{Content, SourceFile};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const POLICY: &str = "policy-sources/acme/it-policy.yaml";
const LATER: &str = "2027-06-30T08:00:00Z";
const ROUND: [&str; 3] = ["", ".tar.gz", ".zip"];

/// Releases at a time of its own.
fn at(sandbox: &Sandbox, out: &str, time: &str, further: &[&str]) {
    let [own, certificate, chain] = ["rsa.key", "rsa.pem", "intermediate.pem"].map(super::bundles::key);
    let given = ["release", "--out", out, "--key", &own, "--certificate", &certificate, "--chain", &chain];
    let run = sandbox.run(&[&given[..], &["--as-of", AS_OF, "--signing-time", time], further].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// Changes the policy, approves it and commits it.
fn change(sandbox: &Sandbox, from: &str, to: &str) {
    sandbox.edit(POLICY, from, to);
    sandbox.build_and_accept();
    commit(sandbox);
}

/// What `diff` prints.
fn diff(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["diff"], arguments, &["--as-of", AS_OF]].concat());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}: {}", run.out);
    run.out
}

#[test]
fn bundles_of_the_same_sources_differ_in_nothing_but_their_time() {
    let sandbox = committed();
    for form in ROUND {
        at(&sandbox, &format!("first{form}"), SIGNED_AT, &[]);
        at(&sandbox, &format!("second{form}"), LATER, &[]);
    }
    for (before, after) in ROUND.into_iter().flat_map(|before| ROUND.map(|after| (before, after))) {
        let (before, after) = (format!("first{before}"), format!("second{after}"));
        let out = diff(&sandbox, &[&before, &after, "--fail-on", "any"]);
        assert!(out.contains("nothing differs"), "{before} {after}: {out}");
        let revision = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(sandbox.path("")).output().unwrap();
        let revision = String::from_utf8(revision.stdout).unwrap();
        for (name, time) in [(&before, SIGNED_AT), (&after, LATER)] {
            let told = format!("`{name}` is a bundle of commit {}, signed at {time}", revision.trim());
            assert!(out.contains(&told), "{told} is not in {out}");
        }
        assert!(!out.contains("no artefacts"), "what is a bundle's own is told as strange: {out}");
    }
    for (before, after) in [("first", "golden"), ("first.zip", "golden"), ("second.tar.gz", "profiles-out")] {
        assert!(diff(&sandbox, &[before, after, "--fail-on", "any"]).contains("nothing differs"), "{before} {after}");
    }
    assert!(diff(&sandbox, &["first", "--fail-on", "any"]).contains("nothing differs"), "the work tree");
    // One signed profile, and a folder of a bundle.
    let (signed, golden) = (sandbox.profile("first"), sandbox.profile("golden"));
    assert!(fs::read(sandbox.path(&signed)).unwrap() != fs::read(sandbox.path(&golden)).unwrap());
    assert!(diff(&sandbox, &[&signed, &golden, "--fail-on", "any"]).contains("nothing differs"));
    assert!(
        diff(&sandbox, &["first/acme/phones", "golden/acme/phones", "--fail-on", "any"]).contains("nothing differs")
    );
    // In a repository, as folder and as file.
    sandbox.write("policy-sources/README.md", "so that the next commit is another");
    for form in ROUND {
        fs::rename(sandbox.path(&format!("second{form}")), sandbox.path(&format!("golden/second{form}"))).unwrap();
    }
    commit(&sandbox);
    for form in ROUND {
        let out = diff(&sandbox, &[&format!("HEAD:golden/second{form}"), "first", "--fail-on", "any"]);
        assert!(out.contains("nothing differs") && out.contains(&format!("signed at {LATER}")), "{form}: {out}");
    }
}

#[test]
fn what_changed_between_two_bundles_is_told_as_between_any_two_sides() {
    let sandbox = committed();
    at(&sandbox, "first.zip", SIGNED_AT, &[]);
    change(&sandbox, "min-length: 6", "min-length: 4");
    at(&sandbox, "second", LATER, &[]);
    let run = sandbox.run(&["diff", "first.zip", "second", "--fail-on", "weaker"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("minLength: 6 → 4") && run.out.contains("weaker"), "{}", run.out);
    // A bundle that is not whole is compared with nothing.
    sandbox.write("second/acme/phones/stray.mobileconfig", "stray");
    let run = sandbox.run(&["diff", "first.zip", "second"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("`second` is no whole bundle") && run.err.contains("stray.mobileconfig"), "{}", run.err);
    fs::write(sandbox.path("cut.zip"), &fs::read(sandbox.path("first.zip")).unwrap()[..900]).unwrap();
    let run = sandbox.run(&["diff", "cut.zip", "golden"]);
    assert!(run.code == 2 && run.err.contains("`cut.zip` is no whole bundle"), "{}", run.err);
    // Nor is a signed file that is damaged.
    let signed = sandbox.profile("second");
    let bytes = fs::read(sandbox.path(&signed)).unwrap();
    fs::write(sandbox.path("damaged.mobileconfig"), &bytes[..bytes.len() / 2]).unwrap();
    let run = sandbox.run(&["diff", "damaged.mobileconfig", &sandbox.profile("golden")]);
    assert!(run.code == 2 && run.err.contains("`damaged.mobileconfig` cannot be read"), "{}", run.err);
}

#[test]
fn notes_tell_what_changed_since_the_bundle_before_the_weaker_first() {
    let sandbox = committed();
    let further = "  - id: \"1.2\"\n    summary: No camera\n    class: enforced\n    groups: [phones]\n    settings:\n      - platforms: [iOS]\n        \
                   payload: com.apple.applicationaccess\n        keys: { allowCamera: false, allowScreenShot: true }\n";
    let text = fs::read_to_string(sandbox.path(POLICY)).unwrap();
    sandbox.write(POLICY, &format!("{text}{further}"));
    sandbox.build_and_accept();
    commit(&sandbox);
    for form in ROUND {
        at(&sandbox, &format!("first{form}"), SIGNED_AT, &[]);
    }
    sandbox.edit(POLICY, "allowScreenShot: true", "allowScreenShot: false");
    change(&sandbox, "min-length: 6", "min-length: 4");
    let mut notes: Vec<Vec<u8>> = Vec::new();
    for form in ROUND {
        let out = format!("second-to{form}").replace('.', "-");
        at(&sandbox, &out, LATER, &["--previous", &format!("first{form}")]);
        let bytes = fs::read(sandbox.path(&out).join(NOTES)).unwrap();
        let manifest = Manifest::parse(&fs::read(sandbox.path(&out).join("manifest.json")).unwrap()).unwrap();
        assert!(manifest.beside[NOTES].fits(&bytes), "the manifest does not answer for the notes");
        let sums = fs::read_to_string(sandbox.path(&out).join("SHA256SUMS")).unwrap();
        assert!(sums.contains(&format!("{}  {NOTES}", policyc::digest::sha256(&bytes))), "{sums}");
        notes.push(bytes);
    }
    assert!(notes[0] == notes[1] && notes[1] == notes[2], "the notes depend on how the bundle is packed");
    let text = String::from_utf8(notes.remove(0)).unwrap();
    let at_of = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    assert!(text.starts_with("# Release notes\n\nThis release is of commit "), "{text}");
    assert!(at_of(&format!("signed at {LATER}")) < at_of(&format!("signed at {SIGNED_AT}")));
    assert!(
        at_of("minLength: 6 → 4") < at_of("allowScreenShot: true → false"),
        "the weaker does not come first: {text}"
    );
    assert!(text.contains("it-policy 1.1") && text.contains("it-policy 1.2"), "{text}");
    let before = fs::read(sandbox.path("first/manifest.json")).unwrap();
    assert!(text.contains(&policyc::digest::sha256(&before)), "which release was before, is not told: {text}");
    assert!(!text.contains(&sandbox.path("").display().to_string()), "a path of the machine: {text}");
}

#[test]
fn a_broken_bundle_before_stops_a_release() {
    let sandbox = committed();
    at(&sandbox, "first", SIGNED_AT, &[]);
    let profile = sandbox.profile("first");
    let mut bytes = fs::read(sandbox.path(&profile)).unwrap();
    bytes[100] ^= 1;
    fs::write(sandbox.path(&profile), bytes).unwrap();
    for (previous, why) in
        [("first", "is no whole bundle"), ("golden", "is no whole bundle"), ("none", "cannot read `none`")]
    {
        let run = release(&sandbox, "out/second", "p256", &["--previous", previous]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{previous}: {}", run.err);
        assert!(run.err.contains(why), "{}", run.err);
        assert!(!sandbox.path("out").exists());
    }
}

/// A profile with a Wi-Fi password.
fn wifi(password: &str, hidden: bool) -> Vec<SourceFile> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.wifi.managed</string>\
         <key>PayloadIdentifier</key><string>a.wifi</string><key>PayloadUUID</key><string>0E1B2C3D-0000-4000-8000-000000000001</string><key>PayloadVersion</key><integer>1</integer>\
         <key>SSID_STR</key><string>Staff</string><key>HIDDEN_NETWORK</key><{hidden}/><key>Password</key><string>{password}</string></dict></array>\
         <key>PayloadType</key><string>Configuration</string><key>PayloadIdentifier</key><string>a</string><key>PayloadUUID</key><string>0E1B2C3D-0000-4000-8000-000000000002</string>\
         <key>PayloadVersion</key><integer>1</integer></dict></plist>\n"
    );
    let path = "acme/phones/com.apple.wifi.managed.mobileconfig".to_owned();
    vec![SourceFile { path, content: Content::Bytes(text.into_bytes()) }]
}

#[test]
fn a_secret_that_a_release_filled_in_moves_nothing_in_a_review() {
    let catalogue = Catalogue::embedded();
    let [one, other, hidden] = [wifi("first-canary", false), wifi("second-canary", false), wifi("second-canary", true)];
    let side = |files| Side::files("bundle", files);
    let filled = |files| side(files).with_secrets(["acme/phones/com.apple.wifi.managed.mobileconfig"].into_iter());
    // Files of which nothing is known are compared as ever, without a value; files with a secret, without its digest too.
    assert_eq!(between(&side(&one), &side(&other), &catalogue).changes.len(), 1);
    let changes = between(&filled(&one), &filled(&other), &catalogue).changes;
    assert!(changes.is_empty(), "{changes:?}");
    let review = between(&filled(&one), &filled(&hidden), &catalogue);
    let told = format!("{review:?}");
    assert!(review.changes.len() == 1 && told.contains("HIDDEN_NETWORK"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    // The ids of changes say nothing of it either.
    let ids = |before: &Side<'_>| -> Vec<String> {
        between(before, &Side::files("nothing", &[]), &catalogue).changes.into_iter().map(|change| change.id).collect()
    };
    assert_eq!(ids(&filled(&one)), ids(&filled(&other)));
}

#[test]
fn what_stands_around_a_secret_is_compared_and_the_secret_is_not() {
    let sandbox = super::secrets::project("file:wifi.txt");
    let notes = |out: &str| String::from_utf8(fs::read(sandbox.path(out).join(NOTES)).unwrap()).unwrap();
    let told = |arguments: &[&str]| {
        let out = diff(&sandbox, arguments);
        assert!(
            !out.contains("canary") && out.contains("holds secrets, which are not compared"),
            "{arguments:?}: {out}"
        );
        out
    };
    sandbox.write("wifi.txt", "first-canary\n");
    at(&sandbox, "first", SIGNED_AT, &[]);
    sandbox.write("wifi.txt", "second-canary\n");
    at(&sandbox, "second", LATER, &["--previous", "first"]);
    assert!(
        notes("second").contains("nothing differs") && notes("second").contains("holds secrets"),
        "{}",
        notes("second")
    );
    for sides in [&["first", "second"][..], &["second", "golden"], &["golden", "first"], &["first"]] {
        let out = told(&[sides, &["--fail-on", "any"]].concat());
        assert!(out.contains("nothing differs"), "{sides:?}: {out}");
    }
    // A weaker network, in a document that the secret stands in.
    let policy = "policy-sources/acme/policy.yaml";
    sandbox.edit(policy, "security: wpa3", "security: wpa2");
    sandbox.build_and_accept();
    commit(&sandbox);
    at(&sandbox, "third", LATER, &["--previous", "second"]);
    for text in [notes("third"), told(&["first"]), told(&["first", "golden"]), told(&["first", "--format", "json"])] {
        assert!(text.contains("WlanXml") && text.contains("EncryptionType"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

/// A tree of two organisations, one group of each, and a file of a route in a folder of its own.
fn of_two(sandbox: &Sandbox, folder: &str) {
    let node = "<Replace><Item><Target><LocURI>./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing</LocURI>\
        </Target><Data>0</Data></Item></Replace>";
    let policy = r##"{"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": "a", "omaSettings": [
        {"@odata.type": "#microsoft.graph.omaSettingInteger", "displayName": "a", "value": 1,
         "omaUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera"}]}"##;
    for organisation in ["acme", "beta"] {
        let group = format!("{folder}/{organisation}/laptops");
        sandbox.write(&format!("{group}/a.xml"), node);
        sandbox.write(&format!("{group}/intune/custom.a.json"), policy);
    }
}

#[test]
fn one_organisation_is_undone_alone_and_one_that_nobody_has_is_a_slip() {
    let sandbox = Sandbox::new();
    of_two(&sandbox, "old");
    sandbox.write("new/acme/laptops/a.xml", "<Replace/>");
    for command in ["undo", "diff"] {
        let run = sandbox.run(&[command, "old", "new", "--organisation", "acme"]);
        assert!(run.out.contains("acme") && !run.out.contains("beta"), "{command}: {}{}", run.out, run.err);
        let run = sandbox.run(&[command, "old", "new", "--organisation", "betta"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{command}: {}", run.err);
        assert!(run.err.contains("no organisation is called `betta`") && run.err.contains("`beta`?"), "{}", run.err);
    }
}

#[test]
fn a_folder_of_one_organisation_or_group_is_that_ones() {
    let sandbox = Sandbox::new();
    of_two(&sandbox, "old");
    of_two(&sandbox, "new");
    for (before, after) in [
        ("old", "new/acme"),
        ("old/acme", "new"),
        ("old/acme/laptops", "new"),
        ("old/acme/laptops", "new/acme"),
        ("old/acme/laptops", "new/beta/laptops"),
        ("old/acme/laptops/a.xml", "new"),
    ] {
        let run = sandbox.run(&["undo", before, after, "--json"]);
        assert_eq!(run.code, 0, "{before} {after}: {}{}", run.out, run.err);
        let undone: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let organisations: BTreeSet<&str> =
            undone["groups"].as_array().unwrap().iter().filter_map(|group| group["organisation"].as_str()).collect();
        // Of an organisation that only the earlier side has, all is taken back; nothing is of one that both have.
        let gone = if before == "old" { BTreeSet::from(["beta"]) } else { BTreeSet::new() };
        assert_eq!(organisations, gone, "{before} {after}: {}", run.out);
    }
}

#[test]
fn a_declaration_that_names_another_says_the_same_in_a_file() {
    let sandbox = Sandbox::new();
    let groups = "policy-sources/acme/groups.yaml";
    sandbox.edit(groups, "    supervised: true\n", "    supervised: true\n    deliver: [mobileconfig, declarations]\n");
    sandbox.edit(
        POLICY,
        "clauses:\n",
        "clauses:\n  - id: \"9\"\n    summary: An address book\n    class: partial\n    reason: an account\n    groups: [phones]\n    \
         settings:\n      - platforms: [iOS]\n        declaration: com.apple.asset.useridentity\n        instance: staff\n        \
         keys: { FullName: Staff, EmailAddress: staff@acme.example }\n      - platforms: [iOS]\n        \
         declaration: com.apple.configuration.account.google\n        \
         keys: { UserIdentityAssetReference: { $ref: com.apple.asset.useridentity, instance: staff } }\n",
    );
    sandbox.build_and_accept();
    sandbox.edit(POLICY, "min-length: 6", "min-length: 7");
    let run = sandbox.run(&["diff", "golden", ".", "--json"]);
    let review: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let changes: Vec<&str> =
        review["changes"].as_array().unwrap().iter().filter_map(|one| one["subject"].as_str()).collect();
    assert_eq!(changes, ["com.apple.mobiledevice.passwordpolicy · minLength"], "{}", run.out);
}

#[test]
fn a_template_of_the_sources_is_known_of_the_files_beside_them() {
    let sandbox = Sandbox::new();
    let case = super::project::root().join("tests/cases/admx/installed-first");
    for name in ["notes.admx", "notes.yaml"] {
        let text = fs::read_to_string(case.join("admx").join(name)).unwrap();
        sandbox.write(&format!("policy-sources/acme/admx/{name}"), &text);
    }
    let policy = fs::read_to_string(case.join("policy.yaml")).unwrap();
    sandbox.write("policy-sources/acme/notes.yaml", &policy.replace("policy: it\n", "policy: notes\n"));
    sandbox.build_and_accept();
    for sides in [["golden", "."], [".", "golden"]] {
        let run = sandbox.run(&["diff", sides[0], sides[1], "--fail-on", "any"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
}

#[test]
fn which_route_is_named_first_is_no_difference() {
    let sandbox = Sandbox::new();
    let groups = "policy-sources/acme/groups.yaml";
    sandbox.edit(groups, "    join: entra\n", "    join: entra\n    deliver: [intune, syncml]\n");
    sandbox.edit(groups, "    supervised: true\n", "    supervised: true\n    deliver: [intune, mobileconfig]\n");
    sandbox.build_and_accept();
    for sides in [["golden", "."], [".", "golden"]] {
        let run = sandbox.run(&["diff", sides[0], sides[1], "--fail-on", "any"]);
        assert_eq!((run.code, run.out.contains("nothing differs")), (0, true), "{}{}", run.out, run.err);
    }
}
