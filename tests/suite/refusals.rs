//! What stops a release, each reason by itself: nothing is written, the exit code is 1, and the message says what to do. And each
//! `--allow-…`: it releases, and the manifest says so.

use super::bundles::{AS_OF, SIGNED_AT, commit, committed, key, release};
use super::cli::{Run, Sandbox};
use super::project::say;
use policyc::release::manifest::Manifest;
use std::fs;
use std::process::Command;

const POLICY: &str = "policy-sources/acme/it-policy.yaml";
/// A folder that is not there, for a bundle that must not be.
const OUT: &str = "out/bundle";

/// Holds that a run stopped at a finding, with these words in its message or cure, and wrote nothing.
fn refused(sandbox: &Sandbox, run: &Run, code: &str, says: &[&str]) {
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{code}: {}", run.err);
    assert!(run.err.contains(&format!("error[{code}]")), "not {code}: {}", run.err);
    for word in says.iter().chain(&["= help: ", "nothing was released"]) {
        assert!(run.err.contains(word), "{code} does not say `{word}`: {}", run.err);
    }
    assert!(!sandbox.path("out").exists(), "{code}: something was written");
}

fn refuses(sandbox: &Sandbox, code: &str, says: &[&str]) {
    refused(sandbox, &release(sandbox, OUT, "p256", &[]), code, says);
}

/// A release that goes through, and its manifest.
fn releases(sandbox: &Sandbox, out: &str, further: &[&str]) -> Manifest {
    let run = release(sandbox, out, "p256", further);
    assert_eq!(run.code, 0, "{further:?}: {}{}", run.out, run.err);
    Manifest::parse(&fs::read(sandbox.path(out).join("manifest.json")).unwrap()).unwrap()
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(sandbox.path("")).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// Adds a web clip with this address to the policy, approved and committed.
fn with_web_clip(url: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = fs::read_to_string(sandbox.path(POLICY)).unwrap();
    text.push_str(&format!(
        "  - id: \"1.2\"\n    summary: A link\n    class: enforced\n    groups: [phones]\n    settings:\n      - platforms: [iOS]\n        \
         payload: com.apple.webClip.managed\n        keys: {{ URL: \"{url}\", Label: Help, IsRemovable: false }}\n"
    ));
    sandbox.write(POLICY, &text);
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

#[test]
fn no_bundle_goes_among_sources_approvals_and_what_is_built() {
    let sandbox = committed();
    let folder = |name: &str| fs::create_dir_all(sandbox.path(name)).unwrap();
    folder("profiles-out");
    for out in ["policy-sources/out", "policy-sources/acme/new/out.zip", "golden/out.tar.gz", "./profiles-out/out"] {
        let before = sandbox.tree("");
        let run = release(&sandbox, out, "p256", &["--allow-drift", "--allow-uncommitted"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{out}: {}", run.err);
        assert!(
            run.err.contains("taken for what it was made of") && run.err.contains("name a place outside"),
            "{}",
            run.err
        );
        assert_eq!(sandbox.tree(""), before, "{out}");
    }
    fs::remove_dir_all(sandbox.path("profiles-out")).unwrap();
    assert_eq!(release(&sandbox, "profiles-out", "p256", &[]).code, 2);
    assert_eq!(release(&sandbox, "policy-sources-1", "p256", &[]).code, 0, "a name that begins so");
}

#[test]
fn errors_stop_a_release_and_so_do_warnings_that_count_as_errors() {
    let sandbox = committed();
    sandbox.edit(POLICY, "min-length", "min-lenght");
    commit(&sandbox);
    let all = ["--allow-drift", "--allow-uncommitted", "--allow-placeholders"];
    refused(&sandbox, &release(&sandbox, OUT, "p256", &all), "unknown-parameter", &["did you mean `min-length`?"]);
    sandbox.edit(POLICY, "min-lenght", "min-length");
    commit(&sandbox);
    let soon = ["--deny", "certificate-expires-soon"];
    releases(&sandbox, "good", &soon);
    let arguments = own("p256", &["--signing-time", "2126-10-20T00:00:00Z"]);
    refused(&sandbox, &run(&sandbox, &arguments, &soon), "certificate-expires-soon", &["have it renewed"]);
}

#[test]
fn a_lapsed_exception_stops_a_release() {
    let sandbox = Sandbox::new();
    let exception = "exceptions:\n  - id: \"2026-001\"\n    clauses: [it-policy 1.1]\n    groups: [phones]\n    \
                     relax: { passcode: { min-length: 4 } }\n    reason: gloves\n    endorsed-by: A manager\n    \
                     from: 2026-01-01\n    expires: 2027-07-31\n";
    sandbox.write("policy-sources/acme/exceptions.yaml", exception);
    assert_eq!(sandbox.run(&["accept", "--as-of", AS_OF]).code, 0);
    commit(&sandbox);
    let manifest = releases(&sandbox, "good", &[]);
    let told = &manifest.exceptions[..];
    assert_eq!((told.len(), told[0].id.as_str(), told[0].expires.as_deref()), (1, "2026-001", Some("2027-07-31")));
    sandbox.edit("policy-sources/acme/exceptions.yaml", "2027-07-31", "2027-05-17");
    commit(&sandbox);
    refuses(&sandbox, "lapsed-exception", &["2026-001", "2027-05-17", "exceptions.yaml:9:"]);
    // A signing time in the past does not bring it back, unless its day is asked for.
    sandbox.edit("policy-sources/acme/exceptions.yaml", "from: 2026-01-01", "from: 2019-01-01");
    sandbox.edit("policy-sources/acme/exceptions.yaml", "2027-05-17", "2020-06-30");
    commit(&sandbox);
    let run = |further: &[&str]| {
        let arguments = own("p256", &["--signing-time", "2020-06-01T00:00:00Z"]);
        let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
        sandbox.run(&[&["release", "--out", OUT], &given[..], further].concat())
    };
    refused(&sandbox, &run(&[]), "lapsed-exception", &["after the day of the signing time", "`--as-of 2020-06-01`"]);
    let asked = run(&["--as-of", "2020-06-01"]);
    assert!(!asked.err.contains("lapsed-exception"), "{}", asked.err);
    assert!(asked.err.contains("error[certificate-not-yet-valid]"), "the one other reason: {}", asked.err);
}

#[test]
fn what_is_not_approved_stops_a_release_unless_it_is_let_through() {
    let sandbox = committed();
    sandbox.edit(POLICY, "min-length: 6", "min-length: 8");
    commit(&sandbox);
    refuses(&sandbox, "drift", &["passwordpolicy.mobileconfig` is not as approved", "`policyc accept`"]);
    let manifest = releases(&sandbox, "good", &["--allow-drift"]);
    let [allowed] = &manifest.allowed[..] else { panic!("{:?}", manifest.allowed) };
    assert_eq!((allowed.flag.as_str(), allowed.what.len()), ("--allow-drift", 1));
    assert!(allowed.what[0].contains("passwordpolicy.mobileconfig` is not as approved"), "{:?}", allowed.what);
    assert!(manifest.sources.revision.is_some());
    // An approved file that nothing produces, and one that is gone.
    sandbox.edit(POLICY, "min-length: 8", "min-length: 6");
    let golden = sandbox.profile("golden");
    let bytes = fs::read(sandbox.path(&golden)).unwrap();
    sandbox.write("golden/acme/phones/stray.mobileconfig", "stray");
    commit(&sandbox);
    refuses(&sandbox, "drift", &["stray.mobileconfig"]);
    fs::remove_file(sandbox.path("golden/acme/phones/stray.mobileconfig")).unwrap();
    fs::remove_file(sandbox.path(&golden)).unwrap();
    commit(&sandbox);
    refuses(&sandbox, "drift", &["passwordpolicy.mobileconfig"]);
    fs::create_dir_all(sandbox.path("golden/acme/phones")).unwrap();
    fs::write(sandbox.path(&golden), bytes).unwrap();
    commit(&sandbox);
    assert_eq!(releases(&sandbox, "again", &["--allow-drift"]).allowed, []);
}

#[test]
fn what_no_commit_holds_stops_a_release_unless_it_is_let_through() {
    let cure = "commit sources and approvals first";
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    refuses(&sandbox, "uncommitted", &["the project is in no git repository", cure]);
    git(&sandbox, &["init", "--quiet"]);
    refuses(&sandbox, "uncommitted", &["the repository has no commit", cure]);
    let manifest = releases(&sandbox, "before", &["--allow-uncommitted"]);
    assert_eq!((manifest.sources.revision, manifest.allowed.len()), (None, 1));
    sandbox.write("policy-sources/acme/notes.md", "notes");
    commit(&sandbox);
    assert!(releases(&sandbox, "committed", &["--allow-uncommitted"]).allowed.is_empty());
    // Each file by itself: what the file is made to hold, and what is said of it.
    let group = "policy-sources/acme/groups.yaml";
    let golden = sandbox.profile("golden");
    let text = |path: &str| fs::read_to_string(sandbox.path(path)).unwrap();
    let (policy, groups, approved) = (text(POLICY), text(group), text(&golden));
    let changes: [(&str, Option<String>, &str); 4] = [
        (group, Some(format!("{groups}# a remark\n")), "is not as committed"),
        ("policy-sources/acme/more.md", Some("more".to_owned()), "is not committed"),
        ("policy-sources/acme/notes.md", None, "is committed, and not here"),
        ("policy-sources/notes.md", Some("notes".to_owned()), "is not committed"),
    ];
    for (path, content, why) in &changes {
        let before = fs::read(sandbox.path(path)).ok();
        match content {
            Some(content) => sandbox.write(path, content),
            None => fs::remove_file(sandbox.path(path)).unwrap(),
        }
        let message = format!("`{path}` {why}");
        refuses(&sandbox, "uncommitted", &[&message, cure]);
        git(&sandbox, &["add", "--all"]);
        refuses(&sandbox, "uncommitted", &[&message]);
        let out = format!("let-through-{}", path.replace('/', "-"));
        let manifest = releases(&sandbox, &out, &["--allow-uncommitted"]);
        assert_eq!(manifest.sources.revision, None, "{path}");
        assert_eq!(manifest.allowed[0].what, [message]);
        match before {
            Some(bytes) => fs::write(sandbox.path(path), bytes).unwrap(),
            None => fs::remove_file(sandbox.path(path)).unwrap(),
        }
        git(&sandbox, &["add", "--all"]);
    }
    // An approval that nobody else has seen: the sources are those of the commit all the same.
    sandbox.write(POLICY, &policy.replace("min-length: 6", "min-length: 8"));
    sandbox.build_and_accept();
    git(&sandbox, &["add", "--", "policy-sources"]);
    git(
        &sandbox,
        &["-c", "user.name=T", "-c", "user.email=t@policyc.example", "commit", "--quiet", "-m", "sources alone"],
    );
    assert_ne!(text(&golden), approved);
    refuses(&sandbox, "uncommitted", &[&format!("`{golden}` is not as committed"), cure]);
    let manifest = releases(&sandbox, "unseen", &["--allow-uncommitted"]);
    assert!(manifest.sources.revision.is_some() && manifest.allowed.len() == 1);
}

#[test]
fn another_organisations_work_stops_nothing() {
    let sandbox = committed();
    sandbox.write(
        "policy-sources/other/organisation.yaml",
        "organisation: other\nname: Other\nidentifier: com.example.other\n",
    );
    sandbox.write("golden/other/phones/stray.mobileconfig", "stray");
    refuses(
        &sandbox,
        "uncommitted",
        &["policy-sources/other/organisation.yaml", "golden/other/phones/stray.mobileconfig"],
    );
    let manifest = releases(&sandbox, "good", &["acme"]);
    assert_eq!((manifest.allowed.len(), manifest.sources.organisation.as_deref()), (0, Some("acme")));
    assert!(manifest.sources.revision.is_some());
}

// rows: A29
#[test]
fn what_a_server_would_fill_in_stops_a_release_unless_it_is_let_through() {
    for placeholder in ["$FLEET_VAR_HOST_UUID", "${FLEET_SECRET_TOKEN}", "{{user.email}}", "%SerialNumber%"] {
        let sandbox = with_web_clip(&format!("https://acme.example/{placeholder}"));
        let message = format!("com.apple.webClip.managed.mobileconfig`, line 23: `{placeholder}` is left");
        refuses(&sandbox, "placeholder", &[&message, "write the value itself"]);
        let manifest = releases(&sandbox, "good", &["--allow-placeholders"]);
        let [allowed] = &manifest.allowed[..] else { panic!("{:?}", manifest.allowed) };
        assert_eq!((allowed.flag.as_str(), allowed.what.len()), ("--allow-placeholders", 1));
        assert!(allowed.what[0].contains(placeholder), "{:?}", allowed.what);
    }
    releases(&with_web_clip("https://acme.example/100%25"), "good", &[]);
}

/// The arguments of a release with a kind of key, but for its times.
fn own(kind: &str, further: &[&str]) -> Vec<String> {
    let given =
        ["--key", &key(&format!("{kind}.key")), "--certificate", &key(&format!("{kind}.pem"))].map(str::to_owned);
    let chain = ["--chain".to_owned(), key("intermediate.pem")];
    given.into_iter().chain(chain).chain(further.iter().map(|word| (*word).to_owned())).collect()
}

fn run(sandbox: &Sandbox, arguments: &[String], further: &[&str]) -> Run {
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    sandbox.run(&[&["release", "--out", OUT, "--as-of", AS_OF], &given[..], further].concat())
}

#[test]
fn keys_and_certificates_that_cannot_sign_stop_a_release() {
    let sandbox = committed();
    let at = ["--signing-time", SIGNED_AT];
    let (p256, chain) = (key("p256.key"), key("intermediate.pem"));
    for (certificate, chain, code, says) in [
        ("p384.pem", "intermediate.pem", "key-mismatch", "that was issued for this key"),
        ("encipher.pem", "intermediate.pem", "certificate-may-not-sign", "key usage `digitalSignature`"),
        ("stamp.pem", "intermediate.pem", "certificate-may-not-sign", "`codeSigning` or `emailProtection`"),
        ("critical.pem", "intermediate.pem", "certificate-may-not-sign", "2.5.29.30"),
        ("issued-by-leaf.pem", "rsa.pem", "certificate-may-not-sign", "may not issue another"),
        ("p256.pem", "rsa.pem", "unrelated-certificate", "leave it out"),
        ("p256.key", "intermediate.pem", "unreadable-certificate", "-----BEGIN CERTIFICATE-----"),
    ] {
        let arguments = ["--key", &p256, "--certificate", &key(certificate), "--chain", &key(chain)].map(str::to_owned);
        refused(&sandbox, &run(&sandbox, &arguments, &at), code, &[says]);
    }
    for (time, code, says) in [
        ("2020-01-01T00:00:00Z", "certificate-not-yet-valid", "look at the clock and the signing time"),
        ("2200-01-01T00:00:00Z", "certificate-expired", "have it renewed, and sign anew"),
    ] {
        refused(&sandbox, &run(&sandbox, &own("p256", &[]), &["--signing-time", time]), code, &[says]);
    }
    let no_key = ["--key", &key("p256.pem"), "--certificate", &key("p256.pem"), "--chain", &chain].map(str::to_owned);
    refused(&sandbox, &run(&sandbox, &no_key, &at), "unreadable-key", &["openssl pkey -in KEY -out NEW.pem"]);
    // A key without a certificate is a mistake in the arguments, as is a file that is not there.
    for (arguments, says) in [
        (vec!["--key", &p256], "give the certificate of the key: `--certificate FILE`"),
        (vec!["--key", &p256, "--certificate", "none.pem"], "cannot read `none.pem`"),
        (
            vec!["--key", &p256, "--passphrase", "env:POLICYC_NO_SUCH_NAME"],
            "the environment has no `POLICYC_NO_SUCH_NAME`",
        ),
        (vec!["--signer", "true"], "--certificate <FILE>"),
        (vec!["--key", &p256, "--passphrase", "hunter2"], "never stands in an argument"),
    ] {
        let run = sandbox.run(&[&["release", "--out", OUT], &arguments[..]].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(says), "{}", run.err);
        assert!(!sandbox.path("out").exists());
    }
    // One that is good for a month yet signs, and says so.
    let soon = run(&sandbox, &own("p256", &["--signing-time", "2126-10-20T00:00:00Z"]), &[]);
    assert_eq!(soon.code, 0, "{}", soon.err);
    assert!(
        soon.err.contains("warning[certificate-expires-soon]") && soon.err.contains("have it renewed"),
        "{}",
        soon.err
    );
}

/// What OpenSSL writes for these arguments into a file of the sandbox; `None` where there is none, which is said.
fn openssl(sandbox: &Sandbox, arguments: &[&str]) -> Option<()> {
    match Command::new("openssl").args(arguments).current_dir(sandbox.path("")).output() {
        Err(_) => {
            say("encrypted keys and signers of others: not run, because there is no openssl");
            None
        }
        Ok(done) => {
            assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            Some(())
        }
    }
}

#[test]
fn a_wrong_passphrase_stops_a_release_and_the_right_one_signs_the_same() {
    let sandbox = committed();
    let (own_key, certificate, chain) = (key("p256.key"), key("p256.pem"), key("intermediate.pem"));
    let pass = ["-passout", "pass:open sesame"];
    let encrypted = ["pkcs8", "-topk8", "-in", &own_key, "-out", "key.pem"];
    let both = ["pkcs12", "-export", "-inkey", &own_key, "-in", &certificate, "-certfile", &chain, "-out", "key.p12"];
    let Some(()) = openssl(&sandbox, &[&encrypted[..], &pass].concat()) else { return };
    openssl(&sandbox, &[&both[..], &pass].concat());
    sandbox.write("pass", "open sesame\n");
    assert_eq!(release(&sandbox, "plain", "p256", &[]).code, 0);
    let plain: Vec<Vec<u8>> = sandbox.tree("plain").into_values().collect();
    let pem = vec!["--key", "key.pem", "--certificate", &certificate, "--chain", &chain];
    for (form, given) in [("pem", pem), ("p12", vec!["--key", "key.p12"])] {
        let run = |out: &str, passphrase: &[&str]| {
            let given =
                [&["release", "--out", out, "--as-of", AS_OF, "--signing-time", SIGNED_AT], &given[..]].concat();
            sandbox.run(&[&given[..], passphrase].concat())
        };
        refused(&sandbox, &run(OUT, &[]), "wrong-passphrase", &["no passphrase is given", "`--passphrase env:NAME`"]);
        let wrong = run(OUT, &["--passphrase", "cmd:echo open sesam"]);
        refused(&sandbox, &wrong, "wrong-passphrase", &["does not open the", "give the one that it was"]);
        for source in ["file:pass", "cmd:cat pass"] {
            let out = format!("{form}-{}", &source[..3]);
            let right = run(&out, &["--passphrase", source]);
            assert_eq!(right.code, 0, "{form}: {}", right.err);
            assert_eq!(sandbox.tree(&out).into_values().collect::<Vec<_>>(), plain, "{form} {source}");
        }
    }
}

#[test]
fn a_signer_that_does_not_sign_stops_a_release() {
    let sandbox = committed();
    let certificates = |kind: &str| {
        let own = key(&format!("{kind}.pem"));
        ["--certificate".to_owned(), own, "--chain".to_owned(), key("intermediate.pem")].to_vec()
    };
    let at = ["--signing-time", SIGNED_AT, "--signer-timeout", "1"];
    let by = |signer: &str| run(&sandbox, &certificates("rsa"), &[&at[..], &["--signer", signer]].concat());
    for (signer, code, says) in [
        ("exit 3", "signer-failed", "it ended with exit status: 3"),
        ("no-such-signer-anywhere", "signer-failed", "run the command by itself"),
        ("true", "signer-failed", "it gave no signature"),
        ("cat; sleep 60", "signer-failed", "within 1 s"),
        ("head -c 100000 /dev/zero", "signer-failed", "more than 16 KiB"),
        ("head -c 256 /dev/zero", "signature-mismatch", "over the bytes and not over their digest"),
        ("cat", "signature-mismatch", "is not that of the key of CN=Profiles (rsa)"),
    ] {
        refused(&sandbox, &by(signer), code, &[says]);
    }
    let Some(()) = openssl(&sandbox, &["version"]) else { return };
    let with = |name: &str| format!("openssl dgst -sha256 -sign '{}'", key(name));
    refused(&sandbox, &by(&with("p256.key")), "signature-mismatch", &["PKCS#1 v1.5"]);
    let pss = format!("{} -sigopt rsa_padding_mode:pss", with("rsa.key"));
    refused(&sandbox, &by(&pss), "signature-mismatch", &["PKCS#1 v1.5"]);
    // RSA has one signature for each message, whoever makes it.
    assert_eq!(release(&sandbox, "own", "rsa", &[]).code, 0);
    let theirs = by(&with("rsa.key"));
    assert_eq!(theirs.code, 0, "{}", theirs.err);
    let bytes = |out: &str| sandbox.tree(out).into_values().collect::<Vec<_>>();
    assert_eq!(bytes("own"), bytes(OUT));
}

#[test]
fn no_bundle_is_overwritten() {
    let sandbox = committed();
    for out in ["bundle", "bundle.zip", "bundle.tar.gz"] {
        assert_eq!(release(&sandbox, out, "p256", &[]).code, 0);
        let before = sandbox.tree("");
        let again = release(&sandbox, out, "p256", &[]);
        assert_eq!(again.code, 2);
        assert!(again.err.contains("no bundle is overwritten") && again.err.contains("--out"), "{}", again.err);
        assert!(before == sandbox.tree(""), "{out}");
    }
}
