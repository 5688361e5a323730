//! Files that travel as they are: their bytes are those of the source from the build to the bundle, and whoever changes one is told what
//! devices would have otherwise.

use super::bundles::{AS_OF, commit, key, release};
use super::cli::Sandbox;
use super::project::root;
use policyc::release::cms::{Certificate, Chain, Identity, Key, Placement, Time, sign};

const GROUPS: &str = "policy-sources/acme/groups.yaml";
const FILE: &str = "policy-sources/acme/vendor/agent.mobileconfig";
const BUILT: &str = "acme/phones/attached/agent.mobileconfig";
const PASSCODE: &str = "golden/acme/phones/com.apple.mobiledevice.passwordpolicy.mobileconfig";

fn profile(value: &str) -> String {
    let file = root().join("tests/cases/attach/a-file-that-travels-as-it-is/vendor/agent.mobileconfig");
    std::fs::read_to_string(file).unwrap().replace("allowAirDropp", "allowAirDrop").replace("<false/>", value)
}

/// The profile, signed by somebody else than who releases.
fn signed(text: &str) -> Vec<u8> {
    let file = |name: &str| std::fs::read(key(name)).unwrap();
    let certificates = |name: &str| Certificate::read(&file(&format!("{name}.pem"))).unwrap();
    let own = Key::read(&file("rsa.key"), None).unwrap();
    let chain: Vec<Certificate> = ["root", "intermediate", "rsa"].into_iter().flat_map(certificates).collect();
    let identity = Identity::new(own, Chain::order(chain, None).unwrap()).unwrap();
    let then = Time::from_unix(1_795_000_000 + 180 * 86_400).unwrap();
    sign(text.as_bytes(), &identity, then, Placement::Enclosed).unwrap()
}

fn sandbox(bytes: &[u8]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(FILE, "");
    std::fs::write(sandbox.path(FILE), bytes).unwrap();
    let attach = "    supervised: true\n    attach:\n      - { file: vendor/agent.mobileconfig, because: the vendor signs it }\n";
    sandbox.edit(GROUPS, "    supervised: true\n", attach);
    sandbox
}

#[test]
fn no_byte_of_it_changes_from_the_source_to_the_bundle() {
    for bytes in [signed(&profile("<false/>")), profile("<false/>").into_bytes(), b"what nobody can read".to_vec()] {
        let sandbox = sandbox(&bytes);
        sandbox.build_and_accept();
        for folder in ["profiles-out", "golden"] {
            assert_eq!(std::fs::read(sandbox.path(&format!("{folder}/{BUILT}"))).unwrap(), bytes, "{folder}");
        }
        let index = std::fs::read_to_string(sandbox.path("golden/acme/phones/index.json")).unwrap();
        let index: serde_json::Value = serde_json::from_str(&index).unwrap();
        let entry = &index["attached"][0];
        assert_eq!(entry["file"], "attached/agent.mobileconfig");
        assert_eq!(entry["sha256"], policyc::digest::sha256(&bytes));
        commit(&sandbox);
        let run = release(&sandbox, "bundle", "p256", &[]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert_eq!(std::fs::read(sandbox.path(&format!("bundle/{BUILT}"))).unwrap(), bytes);
        let manifest = std::fs::read_to_string(sandbox.path("bundle/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let mut files = manifest["files"].as_array().unwrap().iter();
        let listed = files.find(|file| file["path"] == BUILT).unwrap();
        assert_eq!((&listed["signed"], listed["clauses"].as_array().map(Vec::len)), (&false.into(), Some(0)));
        let verify = ["verify", "bundle", "--root", &key("root.pem")];
        assert_eq!(sandbox.run(&verify).code, 0, "{}", sandbox.run(&verify).err);
        // Whoever changes it in the bundle is found.
        std::fs::write(sandbox.path(&format!("bundle/{BUILT}")), "another").unwrap();
        let run = sandbox.run(&verify);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.err.contains("altered-file"), "{}", run.err);
    }
}

#[test]
fn whoever_changes_it_is_told_what_devices_would_have() {
    for sealed in [true, false] {
        let bytes = |value: &str| if sealed { signed(&profile(value)) } else { profile(value).into_bytes() };
        let sandbox = sandbox(&bytes("<false/>"));
        sandbox.build_and_accept();
        assert_eq!(sandbox.run(&["check"]).code, 0);
        std::fs::write(sandbox.path(FILE), bytes("<true/>")).unwrap();
        let run = sandbox.run(&["check"]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.out.contains("allowAirDrop") && run.out.contains("false → true"), "{}", run.out);
        let run = sandbox.run(&["diff", "golden", "profiles-out"]);
        assert!(run.code < 2, "{}", run.err);
        sandbox.run(&["build"]);
        let run = sandbox.run(&["diff", "golden", "profiles-out"]);
        assert!(run.out.contains("allowAirDrop"), "{}{}", run.out, run.err);
    }
}

#[test]
fn its_digest_holds_it() {
    let sandbox = sandbox(&signed(&profile("<false/>")));
    let digest = policyc::digest::sha256(&std::fs::read(sandbox.path(FILE)).unwrap());
    sandbox.edit(
        GROUPS,
        "because: the vendor signs it",
        &format!("because: the vendor signs it, sha256: \"{digest}\""),
    );
    assert_eq!(sandbox.run(&["build"]).code, 0);
    std::fs::write(sandbox.path(FILE), signed(&profile("<true/>"))).unwrap();
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.err.contains("altered-attachment"), "{}", run.err);
}

#[test]
fn import_keeps_signed_files_where_it_is_asked_to() {
    let sandbox = Sandbox::empty();
    let bytes = signed(&profile("<false/>"));
    std::fs::create_dir_all(sandbox.path("in")).unwrap();
    std::fs::write(sandbox.path("in/agent.mobileconfig"), &bytes).unwrap();
    std::fs::write(
        sandbox.path("in/own.mobileconfig"),
        profile("<true/>").replace("com.example.vendor", "com.example.own"),
    )
    .unwrap();
    let run = sandbox.run(&["import", "in", "--organisation", "acme", "--attach-signed"]);
    assert_eq!(run.code, 1, "one restriction has two values: {}{}", run.out, run.err);
    std::fs::remove_file(sandbox.path("in/own.mobileconfig")).unwrap();
    let run = sandbox.run(&["import", "in", "--organisation", "acme", "--attach-signed"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("attached in/agent.mobileconfig"), "{}", run.out);
    assert_eq!(std::fs::read(sandbox.path("policy-sources/acme/attached/agent.mobileconfig")).unwrap(), bytes);
    assert_eq!(sandbox.run(&["build"]).code, 0);
    assert_eq!(
        std::fs::read(sandbox.path("profiles-out/acme/ios-devices/attached/agent.mobileconfig")).unwrap(),
        bytes
    );
    // Without being asked to, it makes clauses of them.
    let run = sandbox.run(&["import", "in", "--organisation", "other"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = std::fs::read_to_string(sandbox.path("policy-sources/other/imported.yaml")).unwrap();
    assert!(text.contains("allowAirDrop"), "{text}");
}

#[test]
fn no_two_profiles_of_a_group_have_one_identifier() {
    let own = ">com.example.acme.phones.com.apple.mobiledevice.passwordpolicy<";
    let sandbox = sandbox(&signed(&profile("<false/>").replace(">com.example.vendor<", own)));
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.err.contains("duplicate-artefact") && run.err.contains("groups.yaml:"), "{}", run.err);
}

#[test]
fn a_layout_without_a_place_for_it_says_so() {
    let sandbox = sandbox(&signed(&profile("<false/>")));
    sandbox.build_and_accept();
    commit(&sandbox);
    let run = release(&sandbox, "fleet", "p256", &["--layout", "fleet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains(BUILT), "{}{}", run.out, run.err);
}

/// An answer to `ProfileList` with these profiles, each whole.
fn listed(profiles: &[&str]) -> String {
    let inside = |text: &&str| text[text.find("<dict>").unwrap()..text.rfind("</plist>").unwrap()].to_owned();
    let all: String = profiles.iter().map(inside).collect();
    format!("<plist version='1.0'><dict><key>ProfileList</key><array>{all}</array></dict></plist>")
}

#[test]
fn devices_and_servers_are_held_against_it_too() {
    let own = profile("<false/>");
    for sealed in [true, false] {
        let sandbox = sandbox(&if sealed { signed(&own) } else { own.clone().into_bytes() });
        sandbox.build_and_accept();
        let passcode = std::fs::read_to_string(sandbox.path(PASSCODE)).unwrap();
        let told = |profiles: &[&str]| {
            sandbox.write("phone.plist", &listed(profiles));
            let run = sandbox.run(&["drift", "--observed", "phone.plist"]);
            (run.code, run.out)
        };
        let (code, out) = told(&[&passcode, &own]);
        assert_eq!((code, out.contains("extra")), (0, false), "{out}");
        let (code, out) = told(&[&passcode, &own.replace("<false/>", "<true/>")]);
        assert_eq!(code, 1);
        assert!(out.contains("observed-different") && out.contains("allowAirDrop: false → true (weaker)"), "{out}");
        let (code, out) = told(&[&passcode]);
        assert_eq!(code, 1);
        assert!(out.contains("of `golden/acme/phones/attached/agent.mobileconfig` is missing"), "{out}");
        // Another server may bring it: its export alone does not tell that devices lack it.
        sandbox.write("export/passcode.mobileconfig", &passcode);
        let run = sandbox.run(&["drift", "--observed", "export"]);
        assert_eq!(run.code, 0, "{}", run.out);
        assert!(run.out.contains("1 unknown"), "{}", run.out);
        std::fs::copy(sandbox.path(FILE), sandbox.path("export/agent.mobileconfig")).unwrap();
        let run = sandbox.run(&["drift", "--observed", "export"]);
        assert!(run.code == 0 && !run.out.contains("unknown"), "{}", run.out);
    }
}

#[test]
fn no_clause_has_what_a_file_lacks_that_sets_the_same() {
    let own = profile("<false/>");
    let sandbox = sandbox(own.as_bytes());
    sandbox.edit(
        "policy-sources/acme/it-policy.yaml",
        "      passcode: { min-length: 6 }\n",
        "      passcode: { min-length: 6 }\n    settings:\n      - { platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowAirDrop: false } }\n",
    );
    sandbox.build_and_accept();
    let made = ["com.apple.applicationaccess", "com.apple.mobiledevice.passwordpolicy"];
    let made = made
        .map(|name| std::fs::read_to_string(sandbox.path(&format!("golden/acme/phones/{name}.mobileconfig"))).unwrap());
    sandbox.write("phone.plist", &listed(&[&made[0], &made[1]]));
    let run = sandbox.run(&["drift", "--observed", "phone.plist"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.out.contains("attached/agent.mobileconfig` is missing") && !run.out.contains("it-policy"),
        "{}",
        run.out
    );
}

#[test]
fn what_two_groups_attach_is_of_both() {
    let own = profile("<false/>");
    let sandbox = sandbox(own.as_bytes());
    let tablets = "  tablets:\n    title: Tablets\n    platform: iOS\n    os: \"18.0\"\n    enrolment: device\n    supervised: true\n    \
        attach:\n      - { file: vendor/agent.mobileconfig, because: the vendor signs it }\n  laptops:\n";
    sandbox.edit(GROUPS, "  laptops:\n", tablets);
    sandbox.build_and_accept();
    let passcode = std::fs::read_to_string(sandbox.path(PASSCODE)).unwrap();
    // What one group alone has says whose the device is.
    sandbox.write("phone.plist", &listed(&[&own, &passcode]));
    let run = sandbox.run(&["drift", "--observed", "phone.plist"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("acme/phones, phone.plist") && !run.out.contains("acme/tablets"), "{}", run.out);
    sandbox.write("tablet.plist", &listed(&[&own]));
    let run = sandbox.run(&["drift", "--observed", "tablet.plist"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.err.contains("acme/phones") && run.err.contains("acme/tablets"), "{}", run.err);
    // A group that has nothing else is a group.
    let run = sandbox.run(&["drift", "--observed", "tablet.plist", "--group", "tablets"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("1 setting as approved"), "{}", run.out);
    // Every copy is of the group in whose folder it lies, and one that lies in none of both.
    let run = sandbox.run(&["drift", "--observed", "golden"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!run.out.contains("unknown") && !run.out.contains("of no group"), "{}", run.out);
    sandbox.write("export/agent.mobileconfig", &own);
    let run = sandbox.run(&["drift", "--observed", "export"]);
    assert!(
        run.out.contains("acme/tablets, what is exported by the direct route: 1 setting as approved"),
        "{}",
        run.out
    );
}

#[test]
fn a_byte_that_nobody_can_read_is_a_change_of_which_nobody_knows_the_way() {
    let sandbox = sandbox(b"what nobody can read");
    sandbox.build_and_accept();
    commit(&sandbox);
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    std::fs::write(sandbox.path(FILE), "what nobody can reap").unwrap();
    let run = sandbox.run(&["check"]);
    assert!(run.code == 1 && run.out.contains("in what nothing here can read"), "{}", run.out);
    assert!(!run.out.contains("sets something else"), "{}", run.out);
    let run = sandbox.run(&["verify", "bundle", "--root", &key("root.pem"), "--sources", ".", "--as-of", AS_OF]);
    assert!(run.code == 1 && !run.out.contains("sets something else"), "{}{}", run.out, run.err);
    assert!(run.out.contains("in what nothing here can read"), "{}{}", run.out, run.err);
    sandbox.run(&["build"]);
    for sides in [&["HEAD"][..], &["golden", "profiles-out"]] {
        let run = sandbox.run(&[&["diff", "--fail-on", "unknown"], sides].concat());
        assert_eq!(run.code, 1, "{sides:?}: {}{}", run.out, run.err);
        let told = "unknown   file attached/agent.mobileconfig: sha256 ";
        assert!(run.out.contains(told) && run.out.contains("1 change of behaviour"), "{sides:?}: {}", run.out);
        assert!(!run.out.contains("agent.mobileconfig rewritten"), "{sides:?}: {}", run.out);
    }
}

#[test]
fn another_signature_sets_nothing_else() {
    let sandbox = sandbox(&signed(&profile("<false/>")));
    sandbox.build_and_accept();
    commit(&sandbox);
    std::fs::write(sandbox.path(FILE), profile("<false/>")).unwrap();
    let run = sandbox.run(&["check"]);
    assert!(run.code == 1, "{}", run.out);
    let told = "attached/agent.mobileconfig` differs from what is approved: same settings, other bytes";
    assert!(run.out.contains(told) && !run.out.contains("no setting: sha256"), "{}", run.out);
    let run = sandbox.run(&["diff", "HEAD"]);
    assert!(
        run.out.contains("agent.mobileconfig rewritten") && run.out.contains("0 changes of behaviour"),
        "{}",
        run.out
    );
}

#[test]
fn no_source_keeps_an_identity_that_is_its_authors() {
    for sealed in [true, false] {
        let bytes = |text: String| if sealed { signed(&text) } else { text.into_bytes() };
        let sandbox = sandbox(&bytes(profile("<false/>")));
        sandbox.build_and_accept();
        commit(&sandbox);
        let other = profile("<false/>").replace("com.example.vendor", "com.example.seller");
        std::fs::write(sandbox.path(FILE), bytes(other)).unwrap();
        let run = sandbox.run(&["check"]);
        assert!(run.out.contains("com.example.vendor → com.example.seller"), "{}", run.out);
        let run = sandbox.run(&["diff", "HEAD"]);
        assert!(run.out.contains("1 of identity") && !run.out.contains("formerly"), "{}", run.out);
        // A side with errors has no files, and nothing that is attached is gone for that.
        sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 60");
        let run = sandbox.run(&["diff", "HEAD"]);
        assert!(run.out.contains("files are not") && !run.out.contains("allowAirDrop"), "{}", run.out);
    }
}

#[test]
fn whoever_asks_what_a_group_has_is_told_of_it() {
    let sandbox = sandbox(&signed(&profile("<false/>")));
    let run = sandbox.run(&["explain", "--group", "phones"]);
    assert!(run.out.contains("attach: vendor/agent.mobileconfig (the vendor signs it)"), "{}", run.out);
    let run = sandbox.run(&["explain", "allowAirDrop"]);
    assert!(run.out.contains(BUILT) && !run.out.contains("nothing asks"), "{}", run.out);
    let run = sandbox.run(&["report", "policy", "acme"]);
    assert!(run.out.contains("vendor/agent.mobileconfig"), "{}", run.out);
    std::fs::write(sandbox.path(FILE), "").unwrap();
    let run = sandbox.run(&["build"]);
    assert!(run.err.contains("`vendor/agent.mobileconfig` is empty"), "{}", run.err);
    std::fs::write(sandbox.path(FILE), vec![0; 17 << 20]).unwrap();
    let run = sandbox.run(&["build"]);
    assert!(run.code == 1 && run.err.contains("has 17825792 bytes"), "{}", run.err);
}
