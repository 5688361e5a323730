//! `release --layout fleet` by the built program, under a second reader of Fleet's own rules (`tests/oracle/fleet.py`), and what shows
//! when a group's server, a variable or what is known of a server changes.

use super::bundles::{AS_OF, SIGNED_AT, commit, committed, key, release};
use super::cli::{Run, Sandbox};
use super::project::{root, say};
use super::secrets;
use std::path::Path;
use std::process::Command;

/// What the second reader says of a folder: whether it is good, and its lines. `None` where it cannot run here.
fn judged(folder: &Path) -> Option<(bool, String)> {
    let script = root().join("tests/oracle/fleet.py");
    let output = match Command::new("python3").arg("-B").arg(script).arg(folder).output() {
        Ok(output) => output,
        Err(error) => {
            say(&format!("Fleet's rules: not run, because there is no python3 ({error})"));
            return None;
        }
    };
    if output.status.code() == Some(3) {
        say("Fleet's rules: not run, because python3 has no PyYAML");
        return None;
    }
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some((output.status.success(), said))
}

fn expect_good(folder: &Path) {
    if let Some((good, said)) = judged(folder) {
        assert!(good, "{said}");
        say(&format!("Fleet's rules: {}", said.lines().last().unwrap_or_default()));
    }
}

fn laid(sandbox: &Sandbox, further: &[&str]) -> Run {
    let run = release(sandbox, "fleet", "p256", &[&["--layout", "fleet"], further].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const LAPTOPS: &str = r#"policy: laptops
title: Laptops
clauses:
  - id: "1"
    summary: Encrypted, up to date, and off the air
    class: partial
    reason: an example
    groups: [laptops]
    settings:
      - csp: ./Device/Vendor/MSFT/BitLocker
        nodes: { RequireDeviceEncryption: 1 }
        admx: { SystemDrivesMinimumPINLength: { MinPINLength: 8 } }
      - csp: ./Device/Vendor/MSFT/Policy/Config/Update
        nodes:
          ConfigureDeadlineForQualityUpdates: 5
          ConfigureDeadlineForFeatureUpdates: 5
          ConfigureDeadlineGracePeriod: 2
          AllowAutoUpdate: 2
          SetDisablePauseUXAccess: 1
      - csp: ./Device/Vendor/MSFT/Policy/Config/Wifi
        nodes: { AllowInternetSharing: 0 }
"#;

fn with_laptops() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/laptops.yaml", LAPTOPS);
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

#[test]
fn the_folders_of_all_organisations_obey_fleets_rules() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("fleet").display().to_string();
    let project = root().display().to_string();
    let sandbox = Sandbox::new();
    let (own, certificate) = (key("p256.key"), key("p256.pem"));
    let arguments =
        ["release", "-C", &project, "--layout", "fleet", "--out", &out, "--key", &own, "--certificate", &certificate];
    let fixed = ["--signing-time", SIGNED_AT, "--as-of", "2026-11-22", "--allow-drift", "--allow-uncommitted"];
    let run = sandbox.run(&[&arguments[..], &fixed].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("0 of them signed"), "{}", run.out);
    expect_good(&folder.path().join("fleet"));
    let page = std::fs::read_to_string(folder.path().join("fleet/LEFT-OUT.md")).unwrap();
    assert!(page.contains("BitLocker/RequireDeviceEncryption` = `1`"), "{page}");
}

#[test]
fn options_follow_where_they_are_exact_and_a_person_chooses_the_rest() {
    let sandbox = with_laptops();
    let run = laid(&sandbox, &[]);
    assert!(run.out.contains("not set by these files"), "{}", run.out);
    expect_good(&sandbox.path("fleet"));
    let fleet = read(&sandbox, "fleet/fleets/acme.laptops.yml");
    for line in [
        "name: \"acme laptops\"",
        "  enable_disk_encryption: true",
        "    deadline_days: 5",
        "    grace_period_days: 2",
        "      - path: \"../lib/acme/laptops/acme laptops Policy.Wifi.xml\"",
    ] {
        assert!(fleet.lines().any(|one| one == line), "no `{line}` in {fleet}");
    }
    assert!(
        !fleet.contains("BitLocker") && !fleet.contains("Update.xml") && !fleet.contains("bitlocker_pin"),
        "{fleet}"
    );
    let told: serde_json::Value = serde_json::from_str(&read(&sandbox, "fleet/left-out.json")).unwrap();
    let left = told["fleets"][0]["left_out"].as_array().unwrap();
    let outcome = |end: &str| {
        let one =
            left.iter().find(|one| one["setting"].as_str().unwrap().ends_with(end)).unwrap_or_else(|| panic!("{end}"));
        (one["outcome"].as_str().unwrap(), one["server_writes"].as_str().unwrap_or(""))
    };
    assert_eq!(outcome("RequireDeviceEncryption"), ("carried", ""));
    assert_eq!(outcome("SetDisablePauseUXAccess"), ("carried", ""));
    assert_eq!(outcome("AllowAutoUpdate"), ("overruled", "1"));
    assert_eq!(outcome("MinPINLength"), ("open", ""));
    assert_eq!(left.len(), 8, "{left:?}");
    // Where a deadline is none of those that the option takes, or the two differ, none is set.
    sandbox.edit("policy-sources/acme/laptops.yaml", "ForFeatureUpdates: 5", "ForFeatureUpdates: 6");
    std::fs::remove_dir_all(sandbox.path("fleet")).unwrap();
    laid(&sandbox, &["--allow-drift", "--allow-uncommitted"]);
    assert!(!read(&sandbox, "fleet/fleets/acme.laptops.yml").contains("windows_updates"));
    expect_good(&sandbox.path("fleet"));
    // A server that is set up to take them gets all of it.
    std::fs::remove_dir_all(sandbox.path("fleet")).unwrap();
    laid(&sandbox, &["--allow-drift", "--allow-uncommitted", "--server", "fleet-custom"]);
    let whole = read(&sandbox, "fleet/fleets/acme.laptops.yml");
    assert!(whole.contains("BitLocker.xml") && whole.contains("Policy.Update.xml"), "{whole}");
    assert!(!whole.contains("enable_disk_encryption"), "{whole}");
}

#[test]
fn the_second_reader_finds_what_is_broken() {
    let sandbox = with_laptops();
    laid(&sandbox, &[]);
    let fragment = "fleet/lib/acme/laptops/acme laptops Policy.Wifi.xml";
    let fleet = "fleet/fleets/acme.laptops.yml";
    let good = read(&sandbox, fragment);
    for (path, from, to) in [
        (fragment, "<Add>", "<?xml version=\"1.0\"?><Add>"),
        (fragment, "<Add>", "<Atomic/><Add>"),
        (fragment, "<Add>", "<Delete/><Add>"),
        (fragment, "Policy/Config/Wifi/AllowInternetSharing", "Policy/Config/Update/AllowAutoUpdate"),
        (fragment, "Policy/Config/Wifi/AllowInternetSharing", "BitLocker/X"),
        (fragment, "<Data>0", "<Data>$HOME"),
        (fleet, "grace_period_days: 2", "grace_period_days: 9"),
        (fleet, "policies:\n", ""),
        (fleet, "Policy.Wifi.xml", "Policy.Other.xml"),
    ] {
        let before = read(&sandbox, path);
        sandbox.edit(path, from, to);
        if let Some((is_good, said)) = judged(&sandbox.path("fleet")) {
            assert!(!is_good, "{from} → {to}: {said}");
        }
        std::fs::write(sandbox.path(path), before).unwrap();
    }
    assert_eq!(read(&sandbox, fragment), good);
    expect_good(&sandbox.path("fleet"));
}

#[test]
fn labels_part_the_groups_of_one_fleet() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "policy-sources/acme/groups.yaml",
        "groups:\n  phones: { title: Phones, platform: iOS, os: \"18.0\", assign: { fleet: { include: [Staff], exclude: [Pilots] } } }\n  \
         pilots: { title: Pilots, part-of: phones, assign: { fleet: [Pilots] } }\n  \
         other: { title: Others, part-of: phones }\n",
    );
    sandbox.build_and_accept();
    commit(&sandbox);
    laid(&sandbox, &[]);
    expect_good(&sandbox.path("fleet"));
    let shared = read(&sandbox, "fleet/fleets/acme.yml");
    assert!(
        shared.contains(
            "labels_include_any:\n          - \"Staff\"\n        labels_exclude_any:\n          - \"Pilots\""
        ),
        "{shared}"
    );
    assert!(
        shared.contains("lib/acme/pilots/acme pilots com.apple.mobiledevice.passwordpolicy.mobileconfig"),
        "{shared}"
    );
    assert!(!shared.contains("acme other"), "{shared}");
    let own = read(&sandbox, "fleet/fleets/acme.other.yml");
    assert!(own.contains("acme other") && !own.contains("labels"), "{own}");
    let profile =
        read(&sandbox, "fleet/lib/acme/pilots/acme pilots com.apple.mobiledevice.passwordpolicy.mobileconfig");
    assert!(profile.contains("<string>acme pilots: com.apple.mobiledevice.passwordpolicy</string>"), "{profile}");
}

#[test]
fn secrets_stay_where_they_are_and_a_variable_stands_for_each() {
    // Nothing gives the secret, and nothing asks for it.
    let sandbox = secrets::project("env:POLICYC_TEST_OF_NO_SECRET");
    laid(&sandbox, &[]);
    let files = sandbox.tree("fleet");
    let held: Vec<&String> = files
        .iter()
        .filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("$FLEET_SECRET_ACME_OFFICE_WIFI"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(held.len(), 3, "{held:?}");
    assert!(files.values().all(|bytes| !String::from_utf8_lossy(bytes).contains("policyc:secret:")));
    let page = read(&sandbox, "fleet/LEFT-OUT.md");
    assert!(page.contains("`FLEET_SECRET_ACME_OFFICE_WIFI`: the secret `office-wifi` of acme"), "{page}");
    expect_good(&sandbox.path("fleet"));
}

#[test]
fn a_folder_for_fleet_is_verified_like_any_bundle() {
    let sandbox = with_laptops();
    laid(&sandbox, &[]);
    let root = key("root.pem");
    let verify = |further: &[&str]| {
        let run = sandbox.run(&[&["verify", "fleet", "--root", &root, "--now", SIGNED_AT], further].concat());
        (run.code, format!("{}{}", run.out, run.err))
    };
    let (code, said) = verify(&["--sources"]);
    assert!(code == 0 && said.contains("is exactly what"), "{said}");
    // Other sources give other files, and files beside them.
    sandbox.edit("policy-sources/acme/laptops.yaml", "AllowInternetSharing: 0", "AllowInternetSharing: 1");
    let (code, said) = verify(&["--sources"]);
    assert!(code == 1 && said.contains("Policy.Wifi.xml"), "{said}");
    sandbox.edit("policy-sources/acme/laptops.yaml", "AllowInternetSharing: 1", "AllowInternetSharing: 0");
    sandbox.edit("policy-sources/acme/laptops.yaml", "GracePeriod: 2", "GracePeriod: 3");
    let (code, said) = verify(&["--sources"]);
    assert!(code == 1 && said.contains("`fleets/acme.laptops.yml` is not what these sources give"), "{said}");
    sandbox.edit("fleet/fleets/acme.laptops.yml", "grace_period_days: 2", "grace_period_days: 7");
    let (code, said) = verify(&[]);
    assert!(code == 1 && said.contains("fleets/acme.laptops.yml"), "{said}");
}

#[test]
fn a_server_that_is_stated_asked_for_or_known_otherwise_shows() {
    let sandbox = committed();
    let groups = "policy-sources/acme/groups.yaml";
    let run = sandbox.run(&["check", "--server", "fleet"]);
    assert_eq!(run.code, 0, "a server that a run asks for changes no file: {}{}", run.out, run.err);
    sandbox.edit(groups, "    platform: iOS\n", "    platform: iOS\n    server: fleet\n");
    let check = sandbox.run(&["check"]);
    assert!(check.code == 1 && check.out.contains("acme/phones/index.json"), "{}{}", check.out, check.err);
    let diff = sandbox.run(&["diff", "HEAD:policy-sources", "policy-sources"]);
    assert!(diff.out.contains("server") && diff.out.contains("fleet"), "{}{}", diff.out, diff.err);
    sandbox.build_and_accept();
    // What is known of the server, as it was when the group was approved.
    let index = read(&sandbox, "golden/acme/phones/index.json");
    let known = index.lines().find(|line| line.contains("\"known\"")).unwrap();
    sandbox.write("golden/acme/phones/index.json", &index.replace(known, "    \"known\": \"0000\","));
    let check = sandbox.run(&["check"]);
    assert!(check.code == 1 && check.out.contains("index.json"), "{}{}", check.out, check.err);
    assert!(policyc::digests().contains_key("consumers"));
}

#[test]
fn a_changed_variable_shows_and_its_server_is_asked() {
    let sandbox = Sandbox::new();
    let policy = "policy-sources/acme/it-policy.yaml";
    let entry = "    settings:\n      - platforms: [iOS]\n        payload: com.apple.caldav.account\n        keys: { CalDAVHostName: calendar.acme.example, CalDAVUsername: \"$FLEET_VAR_HOST_UUID\" }\n";
    sandbox.edit(policy, "    require:\n", &format!("{entry}    require:\n"));
    sandbox.edit("policy-sources/acme/groups.yaml", "    platform: iOS\n", "    platform: iOS\n    server: fleet\n");
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox.edit(policy, "HOST_UUID", "HOST_HARDWARE_SERIAL");
    let check = sandbox.run(&["check"]);
    assert!(check.code == 1 && check.out.contains("$FLEET_VAR_HOST_HARDWARE_SERIAL"), "{}{}", check.out, check.err);
    let diff = sandbox.run(&["diff", "HEAD:policy-sources", "policy-sources"]);
    assert!(diff.out.contains("$FLEET_VAR_HOST_HARDWARE_SERIAL"), "{}{}", diff.out, diff.err);
    sandbox.edit(policy, "HOST_HARDWARE_SERIAL", "HOST_SERIAL");
    let check = sandbox.run(&["check"]);
    assert!(check.code == 1 && check.err.contains("server-variable"), "{}{}", check.out, check.err);
    let other = sandbox.run(&["check", "--server", "apple-strict", "--as-of", AS_OF]);
    assert!(other.code == 1 && other.err.contains("is a variable of another server"), "{}{}", other.out, other.err);
}
