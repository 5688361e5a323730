//! Declarations that lead to profiles, from the sources to a bundle: signing changes a profile's bytes and no token, and a console that
//! installs profiles itself is given none.

use super::bundles::{commit, key, release};
use super::cli::Sandbox;
use policyc::digest::sha256;
use serde_json::Value;

const GROUPS: &str = r#"groups:
  phones:
    title: Phones
    platform: iOS
    os: "18.0"
    supervised: true
    deliver: [declarations, mobileconfig]
    profile-url: https://mdm.example.org/profiles
"#;

const POLICY: &str = r#"policy: it-policy
title: IT Policy
clauses:
  - id: "1.1"
    summary: No camera
    class: enforced
    groups: [phones]
    settings:
      - { platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: false } }
"#;

const PROFILE: &str = "acme/phones/com.apple.applicationaccess.mobileconfig";
const LEADING: &str = "acme/phones/com.apple.configuration.legacy.com.apple.applicationaccess.json";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/groups.yaml", GROUPS);
    sandbox.write("policy-sources/acme/it-policy.yaml", POLICY);
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

fn token(declaration: &[u8]) -> String {
    let declaration: Value = serde_json::from_slice(declaration).unwrap();
    declaration["ServerToken"].as_str().unwrap().to_owned()
}

#[test]
fn signing_a_profile_leaves_the_token_of_what_it_holds() {
    let sandbox = sandbox();
    let golden = sandbox.tree("golden");
    let [profile, leading] = [PROFILE, LEADING].map(|path| &golden[&format!("golden/{path}")]);
    assert!(token(leading).ends_with(&sha256(profile)[..32]));
    let mut signed = Vec::new();
    for (out, kind) in [("one", "p256"), ("two", "rsa")] {
        let run = release(&sandbox, out, kind, &[]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let bundle = sandbox.tree(out);
        assert_eq!(&bundle[&format!("{out}/{LEADING}")], leading, "as it was approved");
        signed.push(bundle[&format!("{out}/{PROFILE}")].clone());
        let run = sandbox.run(&["verify", out, "--root", &key("root.pem"), "--sources"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    assert!(signed[0] != signed[1] && !signed.contains(profile));
}

#[test]
fn another_profile_has_another_token_and_drifts() {
    let sandbox = sandbox();
    let before = sandbox.tree("profiles-out");
    sandbox.edit(
        "policy-sources/acme/it-policy.yaml",
        "allowCamera: false",
        "allowCamera: false, allowScreenShot: false",
    );
    assert_eq!(sandbox.run(&["build"]).code, 0);
    let after = sandbox.tree("profiles-out");
    let path = format!("profiles-out/{LEADING}");
    assert_ne!(token(&before[&path]), token(&after[&path]));
    let run = sandbox.run(&["check"]);
    assert!(run.code == 1 && run.out.contains(LEADING) && run.out.contains(PROFILE), "{}", run.out);
    // Whether or not a declaration leads to it, the setting is one.
    assert_eq!(run.out.matches("allowScreenShot: not set → false").count(), 1, "{}", run.out);
}

#[test]
fn a_console_that_installs_profiles_itself_is_given_each_once() {
    let sandbox = sandbox();
    let run = release(&sandbox, "fleet", "p256", &["--layout", "fleet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files: Vec<String> = sandbox.tree("fleet").into_keys().collect();
    assert!(files.iter().any(|file| file.ends_with("com.apple.applicationaccess.mobileconfig")), "{files:?}");
    assert!(!files.iter().any(|file| file.contains("configuration.legacy")), "{files:?}");
    let run = sandbox.run(&["verify", "fleet", "--root", &key("root.pem"), "--sources"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn where_no_declaration_leads_any_more_it_is_withdrawn_and_the_profile_stays() {
    let sandbox = sandbox();
    sandbox.edit("policy-sources/acme/groups.yaml", "    profile-url: https://mdm.example.org/profiles\n", "");
    let run = sandbox.run(&["undo", "golden", ".", "--json"]);
    let undone: Value = serde_json::from_str(&run.out).unwrap();
    let group = &undone["groups"][0];
    let kinds: Vec<&str> =
        group["declarations"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["com.apple.activation.simple", "com.apple.configuration.legacy"], "{}", run.out);
    assert_eq!(group["profiles"].as_array().map(Vec::len), Some(0));
    let run = sandbox.run(&["diff", "golden", "."]);
    assert!(run.out.contains(LEADING) && !run.out.contains("allowCamera"), "{}", run.out);
}
