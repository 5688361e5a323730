//! Secrets by the built program: planted canaries are looked for, in every spelling, in whatever a run leaves or says. They may stand in
//! the released files that need them, and nowhere else; and no command of the sources runs but for a release.

use super::bundles::{commit, key, release};
use super::cli::{Run, Sandbox};
use super::project::root;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use policyc::release::cms;
use std::collections::BTreeMap;

/// With a character that each escaping changes.
const CANARY: &str = "Canary<&\"7d1f";

/// The project of the case `secrets/staff-wifi`, its secret from here.
pub(super) fn project(from: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let case = root().join("tests/cases/secrets/staff-wifi");
    std::fs::remove_file(sandbox.path("policy-sources/acme/it-policy.yaml")).unwrap();
    for (name, file) in super::project::files(&case) {
        if !name.starts_with("golden/") && name != "case.md" {
            sandbox.write(&format!("policy-sources/acme/{name}"), &std::fs::read_to_string(file).unwrap());
        }
    }
    sandbox.write("policy-sources/acme/secrets.yaml", &format!("secrets:\n  office-wifi: {from}\n"));
    assert_eq!(sandbox.run(&["accept"]).code, 0);
    commit(&sandbox);
    sandbox
}

/// The canary as it is, and as files and logs could write it.
fn spellings() -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = CANARY
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let xml = CANARY.replace('&', "&amp;").replace('<', "&lt;");
    let twice = xml.replace('"', "&quot;").replace('&', "&amp;");
    let digest = policyc::digest::sha256(CANARY.as_bytes());
    let mut all = vec![
        ("clear", CANARY.to_owned()),
        ("JSON", CANARY.replace('"', "\\\"")),
        ("hexadecimal", hex.clone()),
        ("hexadecimal in capitals", hex.to_uppercase()),
        ("URL", url.clone()),
        ("URL in small letters", url.to_lowercase()),
        ("XML", xml.clone()),
        ("an attribute of XML", xml.replace('"', "&quot;")),
        ("XML twice", twice),
        ("its digest", digest),
    ];
    // In base64 by what stands before it: at each of the three places in a group of bytes, without the groups that it shares.
    for (n, name) in ["base64", "base64, one further", "base64, two further"].into_iter().enumerate() {
        let shifted = [vec![0; n], CANARY.as_bytes().to_vec()].concat();
        for text in [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)] {
            all.push((name, text[if n > 0 { 4 } else { 0 }..text.len() - 4].to_owned()));
        }
    }
    all.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// That no spelling of the canary stands in these bytes.
#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    for (spelling, text) in spellings() {
        assert!(text.len() >= 8, "{spelling}");
        let found = bytes.windows(text.len()).any(|window| window == text);
        assert!(!found, "{what} holds the canary as {spelling}");
    }
}

#[track_caller]
fn clean_run(run: &Run) {
    clean("stdout", run.out.as_bytes());
    clean("stderr", run.err.as_bytes());
}

/// The project with its secret from each kind of place.
fn forms() -> Vec<(&'static str, Sandbox)> {
    let from_file = project("file:wifi.txt");
    from_file.write("wifi.txt", &format!("{CANARY}\n"));
    let from_command = project("\"cmd:cat wifi.txt\"");
    from_command.write("wifi.txt", CANARY);
    vec![("env", with_environment(CANARY)), ("file", from_file), ("cmd", from_command)]
}

/// The project, its secret in the environment.
fn with_environment(value: &str) -> Sandbox {
    let mut sandbox = project("env:POLICYC_TEST_CANARY");
    sandbox.environment.push(("POLICYC_TEST_CANARY", value.to_owned()));
    sandbox
}

/// The files of a folder by their paths in it.
fn inside(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let tree = sandbox.tree(folder).into_iter();
    tree.map(|(path, bytes)| (path.strip_prefix(&format!("{folder}/")).unwrap().to_owned(), bytes)).collect()
}

/// What is in the released files that hold the secret, in clear.
fn opened(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    let bytes = &files[path];
    let content = match cms::open(bytes) {
        Ok(opened) => opened.content.unwrap_or_default().to_vec(),
        Err(_) => bytes.clone(),
    };
    String::from_utf8(content).unwrap()
}

#[test]
fn a_secret_stands_in_the_files_that_need_it_and_nowhere_else() {
    for (form, sandbox) in forms() {
        let run = release(&sandbox, "bundle", "p256", &[]);
        assert_eq!(run.code, 0, "{form}: {}{}", run.out, run.err);
        clean_run(&run);
        let files = inside(&sandbox, "bundle");
        let holders =
            ["acme/laptops/WiFi.xml", "acme/macs/staff-wifi.mobileconfig", "acme/phones/staff-wifi.mobileconfig"];
        let xml = "<string>Canary&lt;&amp;\"7d1f</string>";
        assert!(opened(&files, holders[1]).contains(xml) && opened(&files, holders[2]).contains(xml));
        let twice = "&lt;keyMaterial&gt;Canary&amp;lt;&amp;amp;&amp;quot;7d1f&lt;/keyMaterial&gt;";
        assert!(opened(&files, holders[0]).contains(twice), "{}", opened(&files, holders[0]));
        for (path, bytes) in files.iter().filter(|(path, _)| !holders.contains(&path.as_str())) {
            clean(path, bytes);
        }
        // Neither the length nor a plain digest of a file that holds it.
        let manifest = String::from_utf8(files["manifest.json"].clone()).unwrap();
        let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
        let laptops = policyc::digest::sha256(&files[holders[0]]);
        let content = policyc::digest::sha256(opened(&files, holders[1]).as_bytes());
        for digest in [&laptops, &content] {
            assert!(!manifest.contains(digest.as_str()) && !sums.contains(digest.as_str()), "{form}");
        }
        for path in holders {
            assert!(!manifest.contains(&format!("\"size\": {}", files[path].len())), "{form}: {path}");
        }
        // The rest of the project: goldens, and nothing left over.
        for (path, bytes) in sandbox.tree("") {
            if !path.starts_with("bundle/") && path != "wifi.txt" {
                clean(&path, &bytes);
            }
        }
    }
}

#[test]
fn the_filled_in_file_is_the_golden_one_but_for_its_marker() {
    let sandbox = with_environment(CANARY);
    assert_eq!(release(&sandbox, "bundle", "p256", &[]).code, 0);
    let (files, golden) = (inside(&sandbox, "bundle"), inside(&sandbox, "golden"));
    for (path, marker, written) in [
        ("acme/phones/staff-wifi.mobileconfig", "policyc:secret:office-wifi", "Canary&lt;&amp;\"7d1f"),
        ("acme/laptops/WiFi.xml", "policyc:secret:office-wifi:xml", "Canary&amp;lt;&amp;amp;&amp;quot;7d1f"),
        ("acme/laptops/RootCATrustedCertificates.xml", "policyc:secret:", "-"),
    ] {
        let golden = String::from_utf8(golden[path].clone()).unwrap();
        assert_eq!(opened(&files, path), golden.replace(marker, written), "{path}");
    }
}

#[test]
fn a_run_that_fails_half_way_tells_and_leaves_nothing() {
    let mut sandbox = with_environment(CANARY);
    sandbox.write("in-the-way", "");
    // A signer that fails after the secret was read; a folder that cannot be made; a secret that a file cannot carry.
    let certificate = key("p256.pem");
    let chain = key("intermediate.pem");
    let failing = ["release", "--out", "b", "--signer", "exit 3", "--certificate", &certificate, "--chain", &chain];
    let fixed = ["--signing-time", super::bundles::SIGNED_AT, "--as-of", super::bundles::AS_OF];
    let signer = sandbox.run(&[&failing[..], &fixed].concat());
    assert_eq!(signer.code, 1, "{}{}", signer.out, signer.err);
    let folder = release(&sandbox, "in-the-way/bundle", "p256", &[]);
    assert_eq!(folder.code, 2, "{}{}", folder.out, folder.err);
    sandbox.environment = vec![("POLICYC_TEST_CANARY", format!("{CANARY}\u{1}"))];
    let unfit = release(&sandbox, "bundle", "p256", &["--json"]);
    assert_eq!(unfit.code, 1, "{}{}", unfit.out, unfit.err);
    assert!(unfit.out.contains("unavailable-secret") && unfit.out.contains("office-wifi"), "{}", unfit.out);
    for run in [signer, folder, unfit] {
        clean_run(&run);
    }
    for (path, bytes) in sandbox.tree("") {
        clean(&path, &bytes);
        assert!(!path.starts_with("bundle/") && !path.starts_with("b/"), "{path}");
    }
}

#[test]
fn a_secret_that_is_not_there_stops_a_release_before_anything_is_written() {
    for (from, why) in [
        ("env:POLICYC_NO_SUCH_NAME", "the environment has no `POLICYC_NO_SUCH_NAME`"),
        ("file:nowhere.txt", "nowhere.txt"),
        ("\"cmd:exit 7\"", "its command ended with exit status: 7"),
        ("\"cmd:printf ''\"", "it is empty"),
        ("\"cmd:cat wifi.txt >&2; cat wifi.txt; exit 4\"", "its command ended with exit status: 4"),
    ] {
        let sandbox = project(from);
        sandbox.write("wifi.txt", CANARY);
        let run = release(&sandbox, "bundle", "p256", &[]);
        assert_eq!(run.code, 1, "{from}: {}{}", run.out, run.err);
        clean_run(&run);
        assert!(run.err.contains("unavailable-secret") && run.err.contains(why), "{from}: {}", run.err);
        assert!(!sandbox.path("bundle").exists());
    }
}

#[test]
fn nothing_but_a_release_runs_a_command_of_the_sources() {
    let sandbox = project("\"cmd:touch was-run; echo secret-enough\"");
    for arguments in [
        &["build"][..],
        &["check"],
        &["accept"],
        &["diff", "HEAD"],
        &["explain", "--group", "phones"],
        &["report", "coverage"],
        &["schema", "policy"],
    ] {
        let run = sandbox.run(arguments);
        assert_ne!(run.code, 2, "{arguments:?}: {}", run.err);
        assert!(!sandbox.path("was-run").exists(), "{arguments:?} ran it");
    }
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(sandbox.path("was-run").exists());
    std::fs::remove_file(sandbox.path("was-run")).unwrap();
    let run = sandbox.run(&["verify", "bundle", "--sources", "--root", &key("root.pem")]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!sandbox.path("was-run").exists(), "verify ran it");
}

#[test]
fn what_is_written_out_by_mistake_is_not_repeated() {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/secrets.yaml", &format!("secrets:\n  wifi: '{CANARY}'\n"));
    sandbox.edit(
        "policy-sources/acme/it-policy.yaml",
        "    require:\n",
        &format!("    settings:\n      - {{ platforms: [iOS], payload: com.apple.wifi.managed, instance: a, keys: {{ SSID_STR: a, EncryptionType: WPA2, Password: '{CANARY}' }} }}\n    require:\n"),
    );
    for format in ["text", "json", "markdown", "sarif", "junit", "github"] {
        let run = sandbox.run(&["check", "--format", format]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(format!("{}{}", run.out, run.err).contains("secret-literal"), "{format}: {}{}", run.out, run.err);
        clean_run(&run);
    }
}

/// A process that is killed as for a core file leaves none, nor its secret in one.
#[cfg(target_os = "linux")]
#[test]
fn no_core_file_holds_a_secret() {
    let sandbox = with_environment(CANARY);
    // The signer of the first file ends the program that waits for it.
    let script = format!(
        "ulimit -c unlimited; POLICYC_TEST_CANARY='{CANARY}' exec \"$0\" release --out bundle --signer 'kill -ABRT $PPID; sleep 5' --certificate {} --chain {} --signing-time {} --as-of {}",
        key("p256.pem"),
        key("intermediate.pem"),
        super::bundles::SIGNED_AT,
        super::bundles::AS_OF
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_policyc")])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert!(!status.status.success());
    for (path, bytes) in sandbox.tree("") {
        assert!(!path.contains("core"), "{path}");
        clean(&path, &bytes);
    }
}

#[test]
fn each_file_in_which_a_secret_cannot_stand_is_named_in_order_and_nothing_is_signed() {
    let sandbox = with_environment("Canary\r7d1f");
    let folders = ["macs", "phones"];
    for threads in ["1", "4", "4", "4"] {
        let run = release(&sandbox, "bundle", "p256", &["--threads", threads]);
        assert_eq!(run.code, 1, "{}", run.err);
        let at =
            folders.map(|folder| run.err.find(&format!("cannot stand in `acme/{folder}/staff-wifi.mobileconfig`")));
        assert!(at[0].is_some() && at[0] < at[1], "{}", run.err);
        assert!(!sandbox.path("bundle").exists());
    }
}

#[test]
fn what_a_server_would_fill_in_is_looked_for_in_secrets_too_and_not_told() {
    for value in ["Canary$FLEET_VAR_7d1f", "Canary{{7d1f}}", "Canary%Serial%7d1f"] {
        let sandbox = with_environment(value);
        let refused = release(&sandbox, "bundle", "p256", &[]);
        assert_eq!(refused.code, 1, "{}", refused.err);
        for path in ["acme/macs/staff-wifi.mobileconfig", "acme/phones/staff-wifi.mobileconfig"] {
            let message =
                format!("error[placeholder]: `{path}`: what a server would fill in is left in a secret, `office-wifi`");
            assert!(refused.err.contains(&message), "{}", refused.err);
        }
        assert!(!sandbox.path("bundle").exists());
        let let_through = release(&sandbox, "bundle", "p256", &["--allow-placeholders"]);
        assert_eq!(let_through.code, 0, "{}", let_through.err);
        let manifest = std::fs::read_to_string(sandbox.path("bundle/manifest.json")).unwrap();
        assert!(manifest.contains("--allow-placeholders") && manifest.contains("is left in a secret, `office-wifi`"));
        for told in [refused.out, refused.err, let_through.out, let_through.err, manifest] {
            assert!(!told.contains("7d1f") && !told.contains("Canary"), "{told}");
        }
    }
}
