//! The built program in folders of its own: exit codes, what it prints where, and what it must never touch. It is long because each
//! command has its own promises.

use super::project::root;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A project in a folder that vanishes with it: the organisation `acme` of `tests/cases/base`, and one clause of a policy.
pub(super) struct Sandbox {
    folder: TempDir,
    /// What its runs find in their environment besides what is there.
    pub(super) environment: Vec<(&'static str, String)>,
}

/// How a run ended.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

const POLICY: &str = r#"policy: it-policy
title: IT Policy
clauses:
  - id: "1.1"
    summary: A passcode of six characters or more
    class: enforced
    groups: [phones]
    require:
      passcode: { min-length: 6 }
"#;

impl Sandbox {
    pub(super) fn new() -> Sandbox {
        let sandbox = Sandbox { folder: tempfile::tempdir().unwrap(), environment: Vec::new() };
        for name in ["organisation.yaml", "groups.yaml"] {
            let text = fs::read_to_string(root().join("tests/cases/base").join(name)).unwrap();
            sandbox.write(&format!("policy-sources/acme/{name}"), &text);
        }
        sandbox.write("policy-sources/acme/it-policy.yaml", POLICY);
        sandbox
    }

    /// A folder with nothing in it.
    pub(super) fn empty() -> Sandbox {
        Sandbox { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(super) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn edit(&self, relative: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(relative)).unwrap();
        assert!(text.contains(from), "{from} is not in {relative}");
        fs::write(self.path(relative), text.replace(from, to)).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        run_in(self.folder.path(), arguments, &self.environment)
    }

    /// Runs a command that prints JSON.
    pub(super) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(run.err, "", "with --json all stands in the document");
        (run.code, serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.out)))
    }

    /// Every file below a folder with its bytes.
    pub(super) fn tree(&self, relative: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path(relative)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap().display().to_string();
                    found.insert(name, fs::read(path).unwrap());
                }
            }
        }
        found
    }

    /// The one passcode profile, below `profiles-out` or `golden`.
    pub(super) fn profile(&self, below: &str) -> String {
        let tree = self.tree(below);
        let name = tree.keys().find(|name| name.contains("/phones/") && name.ends_with(".mobileconfig"));
        name.unwrap_or_else(|| panic!("no profile in {:?}", tree.keys())).clone()
    }

    pub(super) fn build_and_accept(&self) {
        assert_eq!(self.run(&["build"]).code, 0);
        assert_eq!(self.run(&["accept"]).code, 0);
        assert_eq!(self.run(&["check"]).code, 0);
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    run_in(folder, arguments, &[])
}

fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, String)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_policyc"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_build_writes_once_and_a_second_one_nothing() {
    let sandbox = Sandbox::new();
    let first = sandbox.run(&["build"]);
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    assert!(first.out.contains("acme") && first.out.contains("phones"), "{}", first.out);
    let before = sandbox.tree("profiles-out");
    assert!(before.keys().any(|name| name.ends_with("manifest.json")));
    let second = sandbox.run(&["build"]);
    assert!(second.out.contains("0 written"), "{}", second.out);
    assert_eq!(before, sandbox.tree("profiles-out"));
    let (code, document) = sandbox.json(&["build"]);
    assert_eq!((code, document["written"].as_array().unwrap().len()), (0, 0));
    assert_eq!(document["unchanged"], before.len() - 1);
}

#[test]
fn an_error_is_a_finding_at_its_line_and_leaves_the_output_alone() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let (output, golden) = (sandbox.tree("profiles-out"), sandbox.tree("golden"));
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-lenght: 6");
    for command in ["build", "check", "accept"] {
        let run = sandbox.run(&[command]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{command}");
        assert!(run.err.contains("error[unknown-parameter]"), "{}", run.err);
        assert!(run.err.contains("policy-sources/acme/it-policy.yaml:9:19"), "{}", run.err);
        assert!(run.err.contains("min-length"), "{}", run.err);
    }
    assert_eq!((output, golden), (sandbox.tree("profiles-out"), sandbox.tree("golden")));
    let (code, document) = sandbox.json(&["build"]);
    assert_eq!((code, &document["counts"]["errors"]), (1, &1.into()));
    assert_eq!(document["version"], 1);
    let finding = &document["findings"][0];
    assert_eq!((finding["code"].as_str(), finding["severity"].as_str()), (Some("unknown-parameter"), Some("error")));
    assert_eq!((&finding["line"], &finding["column"]), (&9.into(), &19.into()));
    assert!(!finding["help"].as_array().unwrap().is_empty());
}

#[test]
fn broken_files_are_findings_beside_good_ones() {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/tab.yaml", "policy: other\n\ttitle: x\n");
    sandbox.write("policy-sources/acme/latin.yaml", "");
    fs::write(sandbox.path("policy-sources/acme/latin.yaml"), b"policy: \xe9\n").unwrap();
    fs::write(sandbox.path("policy-sources/acme/large.yaml"), vec![b'#'; 50_000_000]).unwrap();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 40");
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 1);
    for (code, file) in [
        ("tab-indent", "tab.yaml"),
        ("unreadable-file", "latin.yaml"),
        ("too-large", "large.yaml"),
        ("parameter-out-of-range", "it-policy.yaml"),
    ] {
        assert!(run.err.contains(&format!("error[{code}]")) && run.err.contains(file), "{code}: {}", run.err);
    }
    assert!(!sandbox.path("profiles-out").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink("/etc/hostname", sandbox.path("policy-sources/acme/out.yaml")).unwrap();
    let pipe = sandbox.path("policy-sources/acme/pipe.yaml");
    let has_pipe = Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("policy-sources/acme/out.yaml:1:1"), "{}", run.err);
    assert!(!has_pipe || run.err.contains("policy-sources/acme/pipe.yaml:1:1"), "{}", run.err);
}

#[test]
fn check_names_setting_clause_and_values_for_a_changed_source() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let golden = sandbox.tree("golden");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    let run = sandbox.run(&["check"]);
    assert_eq!(run.code, 1);
    for part in ["error[drift]", "minLength: 6 → 8", "it-policy 1.1", "policy-sources/acme/it-policy.yaml:", "+"] {
        assert!(run.out.contains(part), "{part} is not in {}", run.out);
    }
    assert_eq!(golden, sandbox.tree("golden"), "check writes nothing");
    let (code, document) = sandbox.json(&["check"]);
    assert_eq!(code, 1);
    let setting = &document["entries"][0]["changes"][0];
    assert_eq!((setting["before"].as_str(), setting["after"].as_str()), (Some("6"), Some("8")));
    assert_eq!(setting["because"][0]["clauses"][0]["clause"], "it-policy 1.1");
    assert!(document["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "drift"));
    let accept = sandbox.run(&["accept"]);
    assert!(
        accept.code == 0 && accept.out.contains("minLength: 6 → 8") && accept.out.contains("approved"),
        "{}",
        accept.out
    );
    assert_eq!(sandbox.run(&["check"]).code, 0);
}

#[test]
fn check_names_what_was_done_to_the_approved_files() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let profile = sandbox.profile("golden");
    let whole = fs::read_to_string(sandbox.path(&profile)).unwrap();

    sandbox.edit(&profile, "<integer>6</integer>", "<integer>4</integer>");
    let run = sandbox.run(&["check"]);
    assert!(run.code == 1 && run.out.contains("minLength: 4 → 6") && run.out.contains("it-policy 1.1"), "{}", run.out);

    fs::remove_file(sandbox.path(&profile)).unwrap();
    let run = sandbox.run(&["check"]);
    assert!(
        run.code == 1 && run.out.contains("error[missing-golden]") && run.out.contains("it-policy 1.1"),
        "{}",
        run.out
    );

    sandbox.write(&profile, "junk");
    let run = sandbox.run(&["check"]);
    assert!(run.code == 1 && run.out.contains("error[unreadable-artefact]"), "{}", run.out);

    sandbox.write(&profile, &whole);
    for stray in ["golden/stray.txt", "golden/acme/phones/deep/er/x.bin", "golden/acme/phones/README.md"] {
        sandbox.write(stray, "x");
        let run = sandbox.run(&["check"]);
        assert!(
            run.code == 1 && run.out.contains("error[unexpected-golden]") && run.out.contains(stray),
            "{}",
            run.out
        );
        let accept = sandbox.run(&["accept", stray]);
        assert!(accept.code == 0 && !sandbox.path(stray).exists(), "{}{}", accept.out, accept.err);
    }
    sandbox.write("golden/README.md", "for people");
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert!(sandbox.path("golden/README.md").exists());
}

#[test]
fn accept_takes_what_is_named_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    sandbox.write("golden/acme/phones/stray.txt", "x");
    let profile = sandbox.profile("golden");
    let output = profile.replacen("golden/", "profiles-out/", 1);
    let run = sandbox.run(&["accept", &output]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(fs::read_to_string(sandbox.path(&profile)).unwrap().contains("<integer>8</integer>"));
    assert!(sandbox.path("golden/acme/phones/stray.txt").exists());
    assert_eq!(sandbox.run(&["accept", "acme/phones"]).code, 0);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    let run = sandbox.run(&["accept", "acme/fones"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`acme/phones`"), "{}", run.err);
    assert!(sandbox.run(&["accept", "acme"]).out.contains("nothing to approve"));
}

#[test]
fn nothing_of_the_machine_enters_the_output() {
    let first = Sandbox::new();
    assert_eq!(first.run(&["build", "--threads", "1", "--as-of", "2026-10-01"]).code, 0);
    let second = Sandbox { folder: tempfile::tempdir().unwrap(), environment: Vec::new() };
    let mut sources: Vec<(String, Vec<u8>)> = first.tree("policy-sources").into_iter().collect();
    sources.reverse();
    for (path, bytes) in sources {
        second.write(&path, std::str::from_utf8(&bytes).unwrap());
    }
    assert_eq!(second.run(&["build", "--threads", "4", "--as-of", "2031-01-01"]).code, 0);
    assert_eq!(first.tree("profiles-out"), second.tree("profiles-out"));
}

#[test]
fn one_organisation_is_built_and_checked_without_the_others() {
    let sandbox = Sandbox::new();
    for name in ["organisation.yaml", "groups.yaml", "it-policy.yaml"] {
        let text = fs::read_to_string(sandbox.path(&format!("policy-sources/acme/{name}"))).unwrap();
        let text = text.replace("acme", "other");
        sandbox.write(&format!("policy-sources/other/{name}"), &text);
    }
    sandbox.build_and_accept();
    let other = sandbox.tree("profiles-out/other");
    sandbox.edit("policy-sources/other/it-policy.yaml", "min-length", "broken");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    assert_eq!(sandbox.run(&["build"]).code, 1);
    assert_eq!(sandbox.run(&["build", "acme"]).code, 0);
    assert_eq!(sandbox.run(&["check", "acme"]).code, 1);
    assert_eq!(sandbox.run(&["accept", "acme"]).code, 0, "what is wrong in `other` does not hinder `acme`");
    assert_eq!(sandbox.run(&["check", "acme"]).code, 0);
    assert!(!other.is_empty() && other == sandbox.tree("profiles-out/other"));
    sandbox.edit("policy-sources/other/it-policy.yaml", "broken", "min-length");
    let run = sandbox.run(&["build"]);
    assert!(run.code == 0 && run.out.contains("0 written"), "the other's files are still known: {}", run.out);
}

#[test]
fn what_is_no_longer_produced_is_removed_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let profile = sandbox.profile("profiles-out");
    sandbox.write("profiles-out/acme/phones/mine.txt", "mine");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "class: enforced", "class: procedural\n    reason: people");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "    require:\n      passcode: { min-length: 6 }\n", "");
    let run = sandbox.run(&["build"]);
    assert!(run.code == 0 && run.out.contains("removed"), "{}{}", run.out, run.err);
    assert!(!sandbox.path(&profile).exists() && sandbox.path("profiles-out/acme/phones/mine.txt").exists());
    let run = sandbox.run(&["check"]);
    assert!(run.out.contains("error[unexpected-golden]") && run.out.contains("minLength: 6 → not set"), "{}", run.out);
}

#[test]
fn a_hostile_manifest_reaches_nothing_outside_the_output() {
    let sandbox = Sandbox::new();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    sandbox.write("precious", "");
    sandbox.write("profiles-out/README.md", "");
    let line = |path: &str| format!(r#"{{"path":"{path}","sha256":"{empty}","size":0}}"#);
    let lines = ["../precious", "a/b/../../../precious", "README.md"].map(line).join(",");
    sandbox.write("profiles-out/manifest.json", &format!(r#"{{"version":1,"files":[{lines}]}}"#));
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("../precious"), "{}", run.err);
    assert!(sandbox.path("precious").exists() && sandbox.path("profiles-out/README.md").exists());
    sandbox.write("profiles-out/manifest.json", "\0\0");
    assert_eq!(sandbox.run(&["build"]).code, 0);
}

#[test]
fn warnings_leave_the_exit_code_alone_until_they_are_denied() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "policy-sources/acme/exceptions.yaml",
        "exceptions:\n  - id: \"1\"\n    clauses: [it-policy 1.1]\n    groups: [phones]\n    relax: none\n    reason: on record\n",
    );
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning[standing-exception]"), "{}", run.err);
    let output = sandbox.tree("profiles-out");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    for denied in ["warnings", "standing-exception"] {
        let run = sandbox.run(&["build", "--deny", denied]);
        assert!(run.code == 1 && run.err.contains("error[standing-exception]"), "{}", run.err);
        assert_eq!(output, sandbox.tree("profiles-out"));
    }
    assert_eq!(sandbox.run(&["build", "--deny", "gap"]).code, 0);
    assert_eq!(sandbox.run(&["build", "--deny", "no-such-code"]).code, 2);
}

#[test]
fn explain_says_who_asked_and_what_carries_it() {
    let sandbox = Sandbox::new();
    let second = "  - id: \"1.2\"\n    summary: Eight on phones\n    class: enforced\n    groups: [phones]\n    require:\n      passcode: { min-length: 8 }\n";
    sandbox.write("policy-sources/acme/it-policy.yaml", &format!("{POLICY}{second}"));
    assert_eq!(sandbox.run(&["build"]).code, 0);
    let run = sandbox.run(&["explain", "--group", "phones"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for part in ["min-length: 8", "it-policy 1.1", "it-policy 1.2", "minLength: 8", ".mobileconfig", "platform: iOS"] {
        assert!(run.out.contains(part), "{part} is not in {}", run.out);
    }
    let (_, document) = sandbox.json(&["explain", "--group", "acme/phones"]);
    let control = document["controls"].as_array().unwrap().iter().find(|c| c["control"] == "passcode").unwrap();
    let length = control["parameters"].as_array().unwrap().iter().find(|p| p["parameter"] == "min-length").unwrap();
    assert_eq!((length["value"].as_str(), length["basis"].as_str()), (Some("8"), Some("stated")));
    let said = length["contributions"].as_array().unwrap();
    let said: Vec<(&str, &str, bool)> = said
        .iter()
        .map(|c| (c["clause"].as_str().unwrap(), c["value"].as_str().unwrap(), c["decided"].as_bool().unwrap()))
        .collect();
    assert_eq!(said, [("it-policy 1.1", "6", false), ("it-policy 1.2", "8", true)]);
    for subject in ["minLength", "com.apple.mobiledevice.passwordpolicy minLength"] {
        let run = sandbox.run(&["explain", subject]);
        assert!(run.code == 0 && run.out.contains("acme/phones") && run.out.contains("it-policy 1.2"), "{}", run.out);
        assert!(!run.out.contains("acme/laptops"), "{}", run.out);
    }
    let run = sandbox.run(&["explain", "allowCamera"]);
    assert!(run.code == 0 && run.out.contains("nothing asks for allowCamera"), "{}", run.out);
    let run = sandbox.run(&["explain", "--group", "fones"]);
    assert!(run.code == 2 && run.err.contains("`phones`"), "{}", run.err);
}

#[test]
fn the_program_works_from_below_from_elsewhere_and_says_where_it_cannot() {
    let sandbox = Sandbox::new();
    let below = sandbox.path("policy-sources/acme");
    assert_eq!(run(&below, &["build"]).code, 0);
    assert!(sandbox.path("profiles-out/manifest.json").exists());
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(run(elsewhere.path(), &["build", "-C", sandbox.folder.path().to_str().unwrap()]).code, 0);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    for arguments in
        [&["build"][..], &["build", "-C", "nowhere"], &["build", "--as-of", "someday"], &["no-such-command"]]
    {
        let run = run(elsewhere.path(), arguments);
        assert!(run.code == 2 && !run.err.is_empty() && run.out.is_empty(), "{arguments:?}: {}", run.err);
    }
    let run = sandbox.run(&["build", "acne"]);
    assert!(run.code == 2 && run.err.contains("`acme`"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_a_failure_with_its_path() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("profiles-out")).unwrap();
    fs::set_permissions(sandbox.path("profiles-out"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(sandbox.path("profiles-out/probe"), "x").is_ok() {
        // Whoever may do everything is stopped by a file in the folder's place.
        fs::remove_dir_all(sandbox.path("profiles-out")).unwrap();
        sandbox.write("profiles-out", "");
    }
    let run = sandbox.run(&["build"]);
    assert!(run.code == 2 && run.err.contains("profiles-out"), "{}", run.err);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_policyc"))
        .args(["catalogue", "search", "allow", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn the_catalogue_is_there_without_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let hits = run(folder.path(), &["catalogue", "search", "MINIMUMPINLENGTH"]);
    assert!(hits.code == 0 && hits.out.contains("SystemDrivesMinimumPINLength"), "{}", hits.out);
    assert_eq!(run(folder.path(), &["catalogue", "search", "no-vendor-has-this"]).code, 1);
    let shown = run(folder.path(), &["catalogue", "show", "com.apple.applicationaccess", "allowCamera"]);
    assert!(shown.code == 0 && shown.out.contains("allowCamera"), "{}", shown.out);
    let near = run(folder.path(), &["catalogue", "show", "allowCamra"]);
    assert!(near.code == 2 && near.err.contains("`allowCamera`"), "{}", near.err);
    let page = run(folder.path(), &["explain", "drift"]);
    assert!(page.code == 0 && page.out.contains("# drift"), "{}", page.out);
}

#[test]
fn with_json_every_command_prints_one_document() {
    let sandbox = Sandbox::new();
    let laptops = "  - { id: W, summary: s, class: partial, reason: r, groups: [laptops], settings: [{ csp: ./Device/Vendor/MSFT/BitLocker, nodes: { RequireDeviceEncryption: 1 } }] }\n";
    let path = "policy-sources/acme/it-policy.yaml";
    let policy = fs::read_to_string(sandbox.path(path)).unwrap();
    sandbox.write(path, &format!("{policy}{laptops}"));
    assert_eq!(sandbox.run(&["build"]).code, 0);
    let document = |arguments: &[&str], code: i32, key: &str| {
        let (got, document) = sandbox.json(arguments);
        assert_eq!((got, &document["version"]), (code, &Value::from(1)), "{arguments:?}");
        assert!(document.get(key).is_some(), "{arguments:?} says nothing of {key}: {document}");
        document
    };
    let fragment = "profiles-out/acme/laptops/BitLocker.xml";
    let commands = [
        (&["build"][..], 0, "written"),
        (&["check"], 1, "entries"),
        (&["accept"], 0, "approved"),
        (&["explain", "drift"], 0, "text"),
        (&["explain", "minLength"], 0, "groups"),
        (&["explain", "--group", "phones"], 0, "settings"),
        (&["catalogue", "search", "pin"], 0, "names"),
        (&["catalogue", "show", "minLength"], 0, "entries"),
        (&["wrap", fragment], 0, "message"),
        (&["wrap", "profiles-out/manifest.json"], 2, "failure"),
        (&["build", "nobody"], 2, "failure"),
        (&["catalogue", "show", "nothing"], 2, "failure"),
    ];
    for (arguments, code, key) in commands {
        document(arguments, code, key);
    }
    let whole = document(&["wrap", fragment], 0, "command")["message"].as_str().unwrap().to_owned();
    assert_eq!(whole, sandbox.run(&["wrap", fragment]).out);
    sandbox.write("whole.xml", &whole);
    assert_eq!(sandbox.run(&["wrap", "whole.xml"]).code, 2, "a whole message is not wrapped again");
}

#[test]
fn a_fragment_is_wrapped_whole() {
    let sandbox = Sandbox::new();
    let item = "<CmdID>1</CmdID><Item><Target><LocURI>./Device/Vendor/MSFT/X</LocURI></Target><Data>1</Data></Item>";
    sandbox.write("fragment.xml", &format!("<Replace>{item}</Replace>\n"));
    let wrapped = sandbox.run(&["wrap", "fragment.xml"]);
    assert!(wrapped.code == 0 && wrapped.out.starts_with("<SyncML") && wrapped.out.contains(item), "{}", wrapped.out);
    sandbox.write("text.xml", "no command\n");
    for wrong in ["nothing.xml", "text.xml"] {
        assert_eq!(sandbox.run(&["wrap", wrong]).code, 2, "{wrong}");
    }
}
