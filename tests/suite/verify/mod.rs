//! `policyc verify` on bundles and signed files as people have them: good ones in every form, and each way in which one is not. What the
//! signatures themselves are held against is tested at the library, in `tests/suite/cms/`.

mod altered;
mod hostile;
mod openssl;
mod secrets;
mod sources;

use super::bundles::{SIGNED_AT, committed, key, release, released};
use super::cli::{Run, Sandbox};
use policyc::release::archive::{Archive, Files};
use policyc::release::bundle::sums;
use policyc::release::cms::{Certificate, Chain, Identity, Key, Placement, Time, sign};
use policyc::release::manifest::{MANIFEST, Manifest, Measure, PROVENANCE, SIGNATURE, SUMS};
use policyc::release::provenance::statement;
use std::fs;

/// The moment of the signatures.
fn then() -> Time {
    Time::from_unix(1_810_647_200).unwrap()
}

/// Verifies with the root of the keys, at the moment of the signatures.
fn verify(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.run(&[&["verify", "--root", &key("root.pem"), "--now", SIGNED_AT], arguments].concat())
}

fn expect_good(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = verify(sandbox, arguments);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}: {}", run.out);
    run.out
}

/// Not good, for these reasons: each the beginning of a finding with its code.
fn expect_faults(run: &Run, what: &str, expected: &[&str]) {
    assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
    for expected in expected {
        assert!(run.err.contains(expected), "{what}: no `{expected}` in\n{}", run.err);
    }
    assert!(run.out.contains("NOT verified") || run.out.contains("not verified"), "{what}: {}", run.out);
}

/// The files of the bundle in a folder.
fn files(sandbox: &Sandbox, folder: &str) -> Files {
    let tree = sandbox.tree(folder);
    tree.into_iter().map(|(path, bytes)| (path[folder.len() + 1..].to_owned(), bytes)).collect()
}

fn put(sandbox: &Sandbox, folder: &str, files: &Files) {
    for (path, bytes) in files {
        let path = sandbox.path(folder).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn identity(kind: &str) -> Identity {
    let read = |name: String| fs::read(key(&name)).unwrap();
    let own = Key::read(&read(format!("{kind}.key")), None).unwrap();
    let names = [format!("{kind}.pem"), "intermediate.pem".to_owned()];
    let certificates = names.into_iter().flat_map(|name| Certificate::read(&read(name)).unwrap()).collect();
    let chain = Chain::order(certificates, Some(&own)).unwrap();
    Identity::new(own, chain).unwrap()
}

/// The bundle as somebody with the key would alter it: everything that is derived fits again, and only the sources tell.
fn resigned(files: &mut Files, change: impl FnOnce(&mut Manifest, &mut Files)) {
    let mut manifest = Manifest::parse(&files[MANIFEST]).unwrap();
    change(&mut manifest, files);
    let provenance = statement(&manifest);
    manifest.beside.insert(PROVENANCE.to_owned(), Measure::of(&provenance));
    let text = manifest.print();
    files.insert(PROVENANCE.to_owned(), provenance);
    files.insert(SIGNATURE.to_owned(), sign(&text, &identity("p256"), then(), Placement::Detached).unwrap());
    files.insert(MANIFEST.to_owned(), text);
    files.insert(SUMS.to_owned(), sums(files));
}

/// Puts other content into a signed profile of the bundle, with a good signature of this kind of key at this moment.
fn replace(files: &mut Files, manifest: &mut Manifest, (kind, at): (&str, Time), change: impl Fn(&str) -> String) {
    let released = manifest.files.iter_mut().find(|file| file.signed).unwrap();
    let opened = policyc::release::cms::open(&files[&released.path]).unwrap();
    let content = change(std::str::from_utf8(&opened.content.unwrap()).unwrap());
    let signed = sign(content.as_bytes(), &identity(kind), at, Placement::Enclosed).unwrap();
    released.content = Some(Measure::of(content.as_bytes()));
    released.file = Some(Measure::of(&signed));
    files.insert(released.path.clone(), signed);
}

#[test]
fn a_bundle_is_good_in_every_form_and_with_every_kind_of_key() {
    let sandbox = committed();
    for kind in ["rsa", "p256", "p384"] {
        let (folder, tar, zip) = (format!("{kind}-folder"), format!("{kind}.tar.gz"), format!("{kind}.zip"));
        for out in [&folder, &tar, &zip] {
            let run = release(&sandbox, out, kind, &[]);
            assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        }
        let profile = sandbox.profile(&folder);
        let manifest = format!("{folder}/{MANIFEST}");
        let seal = format!("{folder}/{SIGNATURE}");
        let out = expect_good(&sandbox, &[&folder, &tar, &zip, &manifest, &seal, &profile]);
        assert_eq!(out.matches(": verified\n").count(), 6, "{out}");
        for said in [
            &format!("signer             CN=Profiles ({kind}), O=policyc tests"),
            "integrity          good",
            "algorithms         good",
            "chain              good, CN=Profiles",
            "key usage          good",
            "valid when signed  good, at 2027-05-18T13:33:20Z",
            "valid now          good",
            "a device           shows it as Verified where it trusts CN=Root, O=policyc tests",
            "as of 2027-05-18",
        ] {
            assert!(out.contains(said), "{kind}: no `{said}` in {out}");
        }
    }
}

#[test]
fn a_manifest_without_its_bundle_says_whose_it_is_and_what_was_not_looked_at() {
    let sandbox = released();
    for name in [MANIFEST, SIGNATURE] {
        fs::create_dir_all(sandbox.path("alone")).unwrap();
        fs::copy(sandbox.path("bundle").join(name), sandbox.path("alone").join(name)).unwrap();
    }
    let out = expect_good(&sandbox, &["alone/manifest.json"]);
    assert!(out.contains("manifest alone/manifest.json: verified") && out.contains("were not looked at"), "{out}");
    fs::remove_file(sandbox.path("alone").join(SIGNATURE)).unwrap();
    let run = verify(&sandbox, &["alone/manifest.json"]);
    expect_faults(&run, "no signature", &["error[missing-file]: `manifest.json.p7s` is missing: nothing says whose"]);
    let run = verify(&sandbox, &["alone/manifest.json", "--sources"]);
    assert_eq!(run.code, 1, "{}", run.err);
}

// rows: A30
#[test]
fn what_a_device_makes_of_it_is_told_apart_from_what_is_wrong_with_it() {
    let sandbox = committed();
    let own = [key("p256.key"), key("p256.pem"), key("intermediate.pem")];
    let lacking =
        ["release", "--out", "lacking", "--key", &own[0], "--certificate", &own[1], "--signing-time", SIGNED_AT];
    assert_eq!(sandbox.run(&lacking).code, 0);
    let profile = sandbox.profile("lacking");
    // A missing intermediate is named; given, all is good but for devices.
    let run = verify(&sandbox, &[&profile]);
    let missing = "error[incomplete-chain]: the certificate of CN=Intermediate, O=policyc tests";
    expect_faults(&run, "missing intermediate", &[missing]);
    let run = verify(&sandbox, &[&profile, "--chain", &own[2]]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning[incomplete-chain]: the chain is not enclosed"), "{}", run.err);
    assert!(
        run.out.contains("a device           shows it as Unverified: the certificate of CN=Intermediate"),
        "{}",
        run.out
    );
    assert_eq!(verify(&sandbox, &[&profile, "--chain", &own[2], "--deny", "incomplete-chain"]).code, 1);
    // Without a root that is trusted nothing is believed, and the cure is named.
    let run = sandbox.run(&["verify", &profile, "--now", SIGNED_AT, "--root", &key("rsa.pem")]);
    expect_faults(&run, "another root", &[missing, "name the root with which to verify"]);
    let run = sandbox.run(&["verify", &profile, "--root", &key("rsa.key")]);
    expect_faults(&run, "no root at all", &["error[unreadable-certificate]"]);
    assert_eq!(sandbox.run(&["verify", &profile, "--root", "nothing.pem"]).code, 2);
    assert_eq!(sandbox.run(&["verify", "nothing"]).code, 2);
}

#[test]
fn what_is_let_through_and_excepted_is_shown() {
    let sandbox = committed();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    let run = release(&sandbox, "bundle", "p256", &["--allow-drift", "--allow-uncommitted"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let out = expect_good(&sandbox, &["bundle"]);
    for said in [
        "let through by --allow-drift: `acme/phones/",
        "let through by --allow-uncommitted: `policy-sources/acme/it-policy.yaml`",
        "of the sources of no commit",
    ] {
        assert!(out.contains(said), "no `{said}` in {out}");
    }
}

#[test]
fn show_prints_exactly_what_is_inside() {
    let sandbox = released();
    let profile = sandbox.profile("bundle");
    let golden = sandbox.tree("golden").into_iter().find(|(name, _)| name.ends_with(".mobileconfig")).unwrap().1;
    let run = sandbox.run(&["verify", "--show", &profile]);
    assert_eq!((run.code, run.out.as_bytes(), run.err.as_str()), (0, golden.as_slice(), ""));
    let path = sandbox.profile("golden");
    let run = sandbox.run(&["verify", "--show", &path]);
    assert!(run.code == 1 && run.out.is_empty() && run.err.contains("error[not-signed]"), "{}", run.err);
    assert_eq!(sandbox.run(&["verify", "--show", "bundle/manifest.json.p7s"]).code, 1);
    assert_eq!(sandbox.run(&["verify", "--show", &profile, &profile]).code, 2);
    assert_eq!(sandbox.run(&["verify", "--show", "--root", "x", &profile]).code, 2);
}
