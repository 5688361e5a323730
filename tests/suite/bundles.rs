//! Bundles for tests: a project in a git repository of its own, approved and committed, and what `policyc release` makes of it with the
//! keys of `tests/keys/`.

use super::cli::{Run, Sandbox};
use super::project::root;
use std::process::Command;

/// The time in the signatures: the keys of `tests/keys/` are good from the day on which they were made.
pub(super) const SIGNED_AT: &str = "2027-05-18T13:33:20Z";
/// The day of the policies.
pub(super) const AS_OF: &str = "2027-05-18";

/// A file of `tests/keys/`, as an argument.
pub(super) fn key(name: &str) -> String {
    root().join("tests/keys").join(name).display().to_string()
}

/// The sandbox's project, approved and committed.
pub(super) fn committed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

/// Commits all that is there.
pub(super) fn commit(sandbox: &Sandbox) {
    sandbox.write(".gitignore", "/*\n!/.gitignore\n!/policy-sources/\n!/golden/\n");
    let identity = ["-c", "user.name=Tests", "-c", "user.email=tests@policyc.example", "-c", "commit.gpgsign=false"];
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "as approved"]] {
        let status = Command::new("git").args(identity).args(arguments).current_dir(sandbox.path("")).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }
}

/// The arguments of a release to `out` with a kind of key: `rsa`, `p256`, `p384`; and further ones.
pub(super) fn release(sandbox: &Sandbox, out: &str, kind: &str, further: &[&str]) -> Run {
    let [own, certificate, chain] =
        [format!("{kind}.key"), format!("{kind}.pem"), "intermediate.pem".to_owned()].map(|name| key(&name));
    let given = ["release", "--out", out, "--key", &own, "--certificate", &certificate, "--chain", &chain];
    let fixed = ["--signing-time", SIGNED_AT, "--as-of", AS_OF];
    sandbox.run(&[&given, &fixed[..], further].concat())
}

/// A project, and the bundle of it in the folder `bundle`.
pub(super) fn released() -> Sandbox {
    let sandbox = committed();
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox
}

#[test]
fn a_bundle_is_made_of_what_is_approved_and_committed() {
    let sandbox = released();
    let files: Vec<String> = sandbox.tree("bundle").into_keys().collect();
    for name in ["bundle/SHA256SUMS", "bundle/manifest.json", "bundle/manifest.json.p7s", "bundle/provenance.json"] {
        assert!(files.iter().any(|file| file == name), "{files:?}");
    }
    assert!(sandbox.profile("bundle").ends_with(".mobileconfig"));
}
