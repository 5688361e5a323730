//! Bundles for the tools that bring files to Intune: `release --layout`, and what `verify` can say of such a bundle.

use super::bundles::{commit, key, release};
use super::cli::{Run, Sandbox};
use serde_json::Value;

const NOW: &str = "2027-05-19T00:00:00Z";

/// Phones and laptops that Intune manages, approved and committed.
fn by_intune() -> Sandbox {
    let sandbox = Sandbox::new();
    let groups = "policy-sources/acme/groups.yaml";
    sandbox.edit(groups, "    supervised: true\n", "    supervised: true\n    deliver: [mobileconfig, intune]\n");
    sandbox.edit(groups, "    join: entra\n", "    join: entra\n    deliver: [intune]\n");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "groups: [phones]", "groups: [phones, laptops]");
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

fn verify(sandbox: &Sandbox, further: &[&str]) -> Run {
    sandbox.run(&[&["verify", "bundle", "--root", &key("root.pem"), "--now", NOW], further].concat())
}

#[test]
fn each_layout_is_released_verified_and_what_its_sources_give() {
    let sandbox = by_intune();
    for (layout, folder) in [
        ("intune-management", "SettingsCatalog/"),
        ("intunecd", "Settings Catalog/"),
        ("terraform", "terraform/providers.tf.json"),
    ] {
        let run = release(&sandbox, "bundle", "p256", &["--layout", layout]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert!(run.out.contains(&format!("laid out for {layout}")), "{}", run.out);
        let files: Vec<String> = sandbox.tree("bundle").into_keys().collect();
        assert!(files.iter().any(|file| file.starts_with(&format!("bundle/acme/{folder}"))), "{files:?}");
        assert!(!files.iter().any(|file| file.contains("/phones/")), "{files:?}");
        let good = verify(&sandbox, &["--sources"]);
        assert_eq!((good.code, good.err.as_str()), (0, ""), "{}", good.out);
        assert!(good.out.contains("is exactly what ./policy-sources gives"), "{}", good.out);
        // One byte of one file, and the manifest no longer fits; other sources, and the bundle is not theirs.
        let one = files.iter().find(|file| file.starts_with("bundle/acme/")).unwrap();
        let bytes = std::fs::read(sandbox.path(one)).unwrap();
        std::fs::write(sandbox.path(one), [&bytes[..], b"\n"].concat()).unwrap();
        assert_eq!(verify(&sandbox, &[]).code, 1);
        std::fs::write(sandbox.path(one), bytes).unwrap();
        sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 7");
        let other = verify(&sandbox, &["--sources"]);
        assert_eq!(other.code, 1, "{}", other.out);
        assert!(other.err.contains("is not what these sources give in this layout"), "{}", other.err);
        sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 7", "min-length: 6");
        std::fs::remove_dir_all(sandbox.path("bundle")).unwrap();
    }
}

#[test]
fn what_a_tool_has_no_place_for_is_told_and_kept() {
    let sandbox = by_intune();
    let run = release(&sandbox, "bundle", "p256", &["--layout", "terraform", "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let said: Value = serde_json::from_str(&run.out).unwrap();
    let left = said["left_out"].as_array().unwrap_or_else(|| panic!("{}", run.out));
    // The provider's resource for Windows has no length of a password.
    let paths: Vec<&str> = left.iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["acme/laptops/intune/compliance.windows10CompliancePolicy.json"], "{left:?}");
    let files: Vec<String> = sandbox.tree("bundle").into_keys().collect();
    let kept = files.iter().filter(|file| file.starts_with("bundle/acme/left-out/")).count();
    assert_eq!(kept, left.len(), "{files:?}");
}

#[test]
fn a_layout_of_nothing_is_refused() {
    let sandbox = super::bundles::committed();
    let run = release(&sandbox, "bundle", "p256", &["--layout", "intunecd"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("deliver"), "{}", run.err);
    assert!(!sandbox.path("bundle").exists());
    let run = release(&sandbox, "bundle", "p256", &["--layout", "x"]);
    assert!(run.code == 2 && run.err.contains("intune-management, intunecd, terraform"), "{}", run.err);
}
