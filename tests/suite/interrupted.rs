//! Disks that are full and places that cannot be written: exit 2, and all is as it was. Runs that are killed have a campaign of their own,
//! `tests/campaigns/kill.py`.

use super::bundles::{AS_OF, SIGNED_AT, committed, key};
use super::cli::Sandbox;
use std::process::{Command, Output};

/// Runs the program where no file may grow beyond so many blocks of 512 bytes: to a program that is as a disk that is full.
fn with_room_for(sandbox: &Sandbox, blocks: u32, arguments: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_policyc")])
        .args(arguments)
        .current_dir(sandbox.path(""))
        .output()
        .unwrap()
}

fn failed(what: &str, output: &Output, why: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {told}");
    assert!(told.contains("failed: ") && told.contains(why), "{what}: {told}");
}

/// Folders too: one that is left behind is no state of before.
fn everything(sandbox: &Sandbox) -> (Vec<String>, usize) {
    let listed =
        Command::new("find").args([".", "-not", "-path", "./.git/*"]).current_dir(sandbox.path("")).output().unwrap();
    let mut names: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    names.sort();
    let bytes = sandbox.tree("").into_values().map(|bytes| bytes.len()).sum();
    (names, bytes)
}

#[test]
fn a_full_disk_ends_a_release_and_leaves_nothing() {
    let sandbox = committed();
    let [own, certificate, chain] = ["p256.key", "p256.pem", "intermediate.pem"].map(key);
    let given = [
        "--key",
        &own,
        "--certificate",
        &certificate,
        "--chain",
        &chain,
        "--as-of",
        AS_OF,
        "--signing-time",
        SIGNED_AT,
    ];
    let before = everything(&sandbox);
    for out in ["bundle", "far/away/bundle", "bundle.zip", "far/away/bundle.tar.gz"] {
        let arguments = [&["release", "--out", out], &given[..]].concat();
        for blocks in [0, 1, 4] {
            failed(out, &with_room_for(&sandbox, blocks, &arguments), "cannot write");
            assert_eq!(everything(&sandbox), before, "{out}, {blocks} blocks");
        }
        // Places that are none: below a file, and where nobody may write.
        for place in ["policy-sources/acme/groups.yaml", "/proc"] {
            let out = format!("{place}/{out}");
            failed(
                &out,
                &with_room_for(&sandbox, 4096, &[&["release", "--out", &out], &given[..]].concat()),
                "cannot ",
            );
            assert_eq!(everything(&sandbox), before, "{out}");
        }
    }
    for out in ["bundle", "far/away/bundle.zip"] {
        let arguments = [&["release", "--out", out], &given[..]].concat();
        assert!(with_room_for(&sandbox, 4096, &arguments).status.success(), "{out}");
    }
}

#[test]
fn a_full_disk_ends_a_build_and_leaves_the_last_one() {
    let sandbox = Sandbox::new();
    let policy = "policy-sources/acme/it-policy.yaml";
    // One file that has room, and one that has none.
    sandbox.edit(policy, "groups: [phones]", "groups: [phones, laptops]");
    for (blocks, state) in [(1, "the first build"), (3, "the first build"), (1, "a later build"), (3, "a later build")]
    {
        if state == "a later build" {
            assert_eq!(sandbox.run(&["build"]).code, 0);
            assert_eq!(sandbox.run(&["check"]).code, 1, "nothing is approved");
            sandbox.edit(policy, if blocks == 1 { "min-length: 6" } else { "min-length: 8" }, "min-length: 10");
        }
        let (before, files) = (everything(&sandbox).0, sandbox.tree("profiles-out"));
        failed(state, &with_room_for(&sandbox, blocks, &["build"]), "cannot write");
        assert!(sandbox.tree("profiles-out") == files, "{state}, {blocks}: files differ");
        let after = everything(&sandbox).0;
        let new: Vec<&String> =
            after.iter().filter(|name| !before.contains(name) && *name != "./profiles-out").collect();
        assert!(new.is_empty(), "{state}: {new:?}");
        if state == "a later build" {
            sandbox.edit(policy, "min-length: 10", "min-length: 8");
        }
    }
    assert_eq!(sandbox.run(&["build"]).code, 0);
    assert_eq!(sandbox.run(&["accept"]).code, 0);
    assert_eq!(sandbox.run(&["check"]).code, 0);
}
