//! `--intune`: what a run asks of Intune's files, beside what the sources say, from `build` to `verify --sources`.

use super::bundles::{commit, key, release};
use super::cli::Sandbox;

const GROUPS: &str = r#"groups:
  phones: { title: Phones, platform: iOS, os: "18.0", supervised: true, deliver: [mobileconfig, intune] }
  laptops: { title: Laptops, platform: Windows, os: "10.0.26100", editions: [enterprise], deliver: [syncml, intune] }
"#;

const POLICY: &str = r#"policy: it-policy
title: IT Policy
clauses:
  - id: "1.1"
    summary: A passcode of six characters or more
    class: enforced
    groups: [phones, laptops]
    require:
      passcode: { min-length: 6 }
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/groups.yaml", GROUPS);
    sandbox.write("policy-sources/acme/it-policy.yaml", POLICY);
    sandbox
}

#[test]
fn a_run_may_ask_for_what_the_sources_do_not_say() {
    let stated = sandbox();
    stated.edit("policy-sources/acme/groups.yaml", "intune] }", "intune], intune: custom }");
    let asked = sandbox();
    assert_eq!(stated.run(&["build"]).code, 0);
    assert_eq!(asked.run(&["build", "--intune", "custom"]).code, 0);
    let files = |sandbox: &Sandbox| {
        let mut files = sandbox.tree("profiles-out");
        files.retain(|path, _| path.contains("/acme/"));
        files
    };
    assert_eq!(files(&stated), files(&asked));
    assert!(files(&asked).keys().any(|path| path.ends_with("/laptops/intune/custom.Policy.DeviceLock.json")));
    assert!(!files(&asked).keys().any(|path| path.contains("/intune/settings.")));
    // The other way round the run decides too.
    assert_eq!(stated.run(&["build", "--intune", "catalogue"]).code, 0);
    assert_eq!(asked.run(&["build"]).code, 0);
    assert_eq!(files(&stated), files(&asked));
    assert!(files(&asked).keys().any(|path| path.ends_with("/laptops/intune/settings.Policy.DeviceLock.json")));
}

#[test]
fn another_dialect_is_drift_until_it_is_approved() {
    let sandbox = sandbox();
    sandbox.build_and_accept();
    let run = sandbox.run(&["check", "--intune", "custom"]);
    assert_eq!(run.code, 1);
    for file in ["settings.Policy.DeviceLock.json", "custom.Policy.DeviceLock.json", "index.json"] {
        assert!(run.out.contains(file), "{file}: {}", run.out);
    }
    assert_eq!(sandbox.run(&["accept", "--intune", "custom"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--intune", "custom"]).code, 0);
    assert_eq!(sandbox.run(&["check"]).code, 1);
}

#[test]
fn a_bundle_says_which_dialect_was_asked_for_and_is_held_against_it() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&["accept", "--intune", "custom"]).code, 0);
    commit(&sandbox);
    let refused = release(&sandbox, "refused", "p256", &[]);
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    let run = release(&sandbox, "bundle", "p256", &["--intune", "custom"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let bundle = sandbox.tree("bundle");
    let text = |name: &str| String::from_utf8(bundle[name].clone()).unwrap();
    assert!(text("bundle/manifest.json").contains("\"intune\": \"custom\""));
    assert!(text("bundle/provenance.json").contains("\"intune\": \"custom\""));
    let root = key("root.pem");
    let run = sandbox.run(&["verify", "bundle", "--root", &root, "--sources"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn a_wrong_word_is_met_with_the_nearest() {
    let run = sandbox().run(&["check", "--intune", "custm"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("did you mean `custom`?"), "{}", run.err);
}
