//! Files that travel as they are: their bytes are those of the source from the build to the bundle, and whoever changes one is told what
//! devices would have otherwise.

use super::bundles::{commit, key, release};
use super::cli::Sandbox;
use super::project::root;
use policyc::release::cms::{Certificate, Chain, Identity, Key, Placement, Time, sign};

const GROUPS: &str = "policy-sources/acme/groups.yaml";
const FILE: &str = "policy-sources/acme/vendor/agent.mobileconfig";
const BUILT: &str = "acme/phones/attached/agent.mobileconfig";

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
