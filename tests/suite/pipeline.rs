//! What runs in pipelines: the action, the hooks, and the workflows and scripts of the README. Each file is parsed, each command in it is
//! taken by the program, and each script runs here as it would there, with `gh` and `cargo` played by scripts that note what they are told.

use super::bundles::{commit, committed, key};
use super::cli::Sandbox;
use super::project::{root, say};
use policyc::diagnostic::Diagnostics;
use policyc::source::yaml::{Kind, Node, parse};
use policyc::source::{Content, SourceFile, Sources};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Parses YAML as strictly as sources are parsed.
fn yaml(name: &str, text: &str) -> Node {
    let sources = Sources::new(vec![SourceFile { path: name.to_owned(), content: Content::Bytes(text.into()) }]);
    let mut found = Diagnostics::default();
    let node = parse(&sources, sources.files().next().unwrap().0, &mut found);
    let messages: Vec<&String> = found.iter().map(|finding| &finding.message).collect();
    assert!(messages.is_empty(), "{name}: {messages:?}");
    node.unwrap()
}

fn at<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value),
        _ => None,
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match &at(node, key)?.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => panic!("`{key}` is no text"),
    }
}

fn list(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => panic!("not a list, but {}", node.describe()),
    }
}

fn keys(node: &Node) -> Vec<&str> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().map(|entry| entry.key.value.as_str()).collect(),
        _ => panic!("not a mapping, but {}", node.describe()),
    }
}

/// Fenced blocks of a language in a section of the README.
fn blocks(section: &str, language: &str) -> Vec<String> {
    let page = read("README.md");
    let page = page.split_once(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}")).1;
    let page = page.split("\n## ").next().unwrap();
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The steps of the one job of a workflow.
fn steps(workflow: &Node) -> &[Node] {
    let jobs = at(workflow, "jobs").unwrap();
    let [job] = keys(jobs)[..] else { panic!("not one job") };
    list(at(at(jobs, job).unwrap(), "steps").unwrap())
}

/// Programs of others, which note what they are told, and a PATH on which they and ours come first.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        let stage = Stage { folder: tempfile::tempdir().unwrap() };
        stage.play(
            "gh",
            "printf '%s\\n' \"$*\" >>\"$STAGE/gh.log\"\ncase \"$1 $2\" in 'release download') exit 1;; esac",
        );
        stage.play("cargo", "printf '%s\\n' \"$*\" >>\"$STAGE/cargo.log\"");
        stage
    }

    fn play(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
    }

    fn told(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    /// Runs a script as the runners of GitHub do.
    fn run(&self, folder: &Path, script: &str, environment: &[(&str, &str)]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_policyc")).parent().unwrap();
        let path = format!("{}:{}:{}", self.folder.path().display(), program.display(), std::env::var("PATH").unwrap());
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(folder)
            .env("PATH", path)
            .env("STAGE", self.folder.path())
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_PATH", self.folder.path().join("path"))
            .env("NO_COLOR", "1")
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }
}

fn succeeded(what: &str, output: &Output) {
    let told = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&told));
}

/// That nothing of a workflow's context is pasted into a script, and that what the script takes from the environment is given.
fn is_safe(step: &Node) {
    let Some(script) = text(step, "run") else { return };
    assert!(!script.contains("${{"), "pasted into a script: {script}");
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let identity = ["-c", "user.name=Tests", "-c", "user.email=tests@policyc.example", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(sandbox.path("")).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// A key and certificates as the README's pipeline finds them: `key.pem`, `chain.pem`, `root.pem`.
fn with_identity(sandbox: &Sandbox) {
    let file = |name: &str| fs::read_to_string(key(name)).unwrap();
    sandbox.write("chain.pem", &[file("rsa.pem"), file("intermediate.pem")].concat());
    sandbox.write("root.pem", &file("root.pem"));
}

#[test]
fn the_action_runs_one_command_and_nothing_that_its_inputs_say_otherwise() {
    let action = yaml("action.yml", &read(".github/actions/policyc/action.yml"));
    let runs = at(&action, "runs").unwrap();
    assert_eq!(text(runs, "using"), Some("composite"));
    let inputs = at(&action, "inputs").unwrap();
    for name in keys(inputs) {
        assert!(text(at(inputs, name).unwrap(), "description").is_some(), "{name}");
    }
    let [put, run] = list(at(runs, "steps").unwrap()) else { panic!("not two steps") };
    for step in [put, run] {
        is_safe(step);
        assert_eq!(text(step, "shell"), Some("bash"));
        let environment = at(step, "env").unwrap();
        for name in keys(environment) {
            let value = text(environment, name).unwrap();
            let known = value == "${{ github.action_path }}"
                || keys(inputs).iter().any(|input| value == format!("${{{{ inputs.{input} }}}}"));
            assert!(known, "{name}: {value}");
            assert!(text(step, "run").unwrap().contains(&format!("${name}")), "{name} is of no use");
        }
    }
    let stage = Stage::new();
    let sandbox = committed();
    let here = sandbox.path("");
    let action = root().join(".github/actions/policyc").display().to_string();
    // Built from the revision of the action, which is three folders above it.
    let built = stage.run(&here, text(put, "run").unwrap(), &[("PROGRAM", ""), ("ACTION", &action)]);
    succeeded("put", &built);
    let told = stage.told("cargo");
    let path = told.split("--path ").nth(1).unwrap().split(" --root ").next().unwrap();
    assert!(
        told.starts_with("install ") && told.contains("--locked") && Path::new(path).join("Cargo.toml").is_file(),
        "{told}"
    );
    let program = env!("CARGO_BIN_EXE_policyc");
    succeeded("given", &stage.run(&here, text(put, "run").unwrap(), &[("PROGRAM", program), ("ACTION", &action)]));
    let path = fs::read_to_string(stage.folder.path().join("path")).unwrap();
    assert_eq!(path.lines().last(), Path::new(program).parent().unwrap().to_str());
    assert!(
        !stage
            .run(&here, text(put, "run").unwrap(), &[("PROGRAM", "/nowhere/policyc"), ("ACTION", "")])
            .status
            .success()
    );

    let script = text(run, "run").unwrap();
    let given = |command: &str, arguments: &str, output: &str| {
        let environment = [("COMMAND", command), ("ARGUMENTS", arguments), ("DIRECTORY", "."), ("OUTPUT", output)];
        stage.run(&here, script, &environment)
    };
    succeeded("check", &given("check", "", ""));
    succeeded("diff", &given("diff", "HEAD\n--fail-on\nany\n--format\nmarkdown\n", "comment.md"));
    assert!(fs::read_to_string(sandbox.path("comment.md")).unwrap().starts_with("### policyc diff"));
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    assert_eq!(given("check", "--json", "").status.code(), Some(1), "the exit code is the command's");
    for hostile in
        ["$(touch owned)", "`touch owned`", "; touch owned", "\" && touch owned \"", "*", "--out\n$(touch owned)"]
    {
        assert_eq!(given("check", hostile, "").status.code(), Some(2), "{hostile}");
        assert_ne!(given(hostile, "", "").status.code(), Some(0), "{hostile}");
    }
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn the_hooks_run_on_what_they_are_for() {
    let hooks = yaml("hooks.yaml", &read(".pre-commit-hooks.yaml"));
    let sandbox = committed();
    let stage = Stage::new();
    let here = sandbox.path("");
    let entries: Vec<(&str, &str)> =
        list(&hooks).iter().map(|hook| (text(hook, "id").unwrap(), text(hook, "entry").unwrap())).collect();
    let page = read("README.md");
    for hook in list(&hooks) {
        assert_eq!((text(hook, "language"), text(hook, "pass_filenames")), (Some("rust"), Some("false")));
        let id = text(hook, "id").unwrap();
        assert!(text(hook, "name").is_some() && page.contains(&format!("`{id}`")), "{id}");
    }
    let codes = || -> Vec<Option<i32>> {
        entries.iter().map(|(_, entry)| stage.run(&here, entry, &[]).status.code()).collect()
    };
    assert_eq!(codes(), [Some(0), Some(0)]);
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    assert_eq!(codes(), [Some(1), Some(0)], "not approved, and stronger");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 8", "min-length: 4");
    assert_eq!(sandbox.run(&["accept"]).code, 0);
    assert_eq!(codes(), [Some(0), Some(1)], "approved, and weaker");
}

#[test]
fn the_workflow_of_a_pull_request_comments_and_stops_at_what_goes_weaker() {
    let block = blocks("On a pull request", "yaml").remove(0);
    let workflow = yaml("pull-request.yaml", &block);
    let sandbox = committed();
    git(&sandbox, &["checkout", "--quiet", "-b", "proposal"]);
    sandbox.write("policy-sources/README.md", "a remark");
    sandbox.write(
        "policy-approvals.yaml",
        "approved:\n  - { change: d5292f07e31a432c, by: Head of IT, date: 2026-10-01, why: a test }\n",
    );
    commit(&sandbox);
    let ends = |sandbox: &Sandbox| -> Vec<(String, i32)> {
        let stage = Stage::new();
        let run = |step: &Node| {
            is_safe(step);
            let script = text(step, "run")?;
            let environment = [("NUMBER", "7"), ("GH_TOKEN", "x")];
            let output = stage.run(&sandbox.path(""), script, &environment);
            Some((script.to_owned(), output.status.code().unwrap()))
        };
        let ends = steps(&workflow).iter().filter_map(run).collect();
        assert_eq!(stage.told("gh"), "pr comment 7 --body-file comment.md --edit-last --create-if-none\n");
        ends
    };
    let good = ends(&sandbox);
    assert_eq!(good.len(), 4, "{good:?}");
    assert!(good.iter().all(|(_, code)| *code == 0), "{good:?}");
    assert!(fs::read_to_string(sandbox.path("comment.md")).unwrap().starts_with("### policyc diff\n\nnothing differs"));
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 4");
    sandbox.build_and_accept();
    commit(&sandbox);
    let weaker = ends(&sandbox);
    assert_eq!(weaker.iter().map(|(_, code)| *code).collect::<Vec<_>>(), [0, 0, 0, 1], "{weaker:?}");
    let comment = fs::read_to_string(sandbox.path("comment.md")).unwrap();
    assert!(comment.contains("min-length: 6 characters → 4 characters"), "{comment}");
    let action = ".github/actions/policyc";
    assert!(block.contains(&format!("/{action}@")) && root().join(action).join("action.yml").is_file());
}

#[test]
fn the_workflow_of_a_tag_releases_and_verifies_before_it_publishes() {
    let block = blocks("Releasing", "yaml").remove(0);
    let workflow = yaml("release.yaml", &block);
    let sandbox = committed();
    with_identity(&sandbox);
    let signing_key = fs::read_to_string(key("rsa.key")).unwrap();
    let environment = [
        ("GH_TOKEN", "x"),
        ("GITHUB_REF_NAME", "policies-1"),
        ("SIGNING_KEY", signing_key.as_str()),
        ("SIGNING_PASSPHRASE", "unused"),
        ("SOURCE_DATE_EPOCH", "1810647200"),
    ];
    let scripts: Vec<&str> =
        steps(&workflow).iter().inspect(|step| is_safe(step)).filter_map(|step| text(step, "run")).collect();
    let place =
        |what: &str| scripts.iter().position(|script| script.contains(what)).unwrap_or_else(|| panic!("{what}"));
    assert!(place("policyc release") < place("policyc verify") && place("policyc verify") < place("gh release create"));
    // All that steps are given is named in their env; runners give GITHUB_REF_NAME and RUNNER_TEMP.
    for name in ["SIGNING_KEY", "SIGNING_PASSPHRASE"] {
        assert!(block.contains(&format!("{name}: \"${{{{ secrets.{name} }}}}\"")), "{name}");
    }
    let stage = Stage::new();
    for script in &scripts {
        succeeded(script, &stage.run(&sandbox.path(""), script, &environment));
    }
    assert!(
        stage.told("gh").ends_with("release create policies-1 policies.tar.gz --notes-file notes.md\n"),
        "{}",
        stage.told("gh")
    );
    assert_eq!(fs::read_to_string(sandbox.path("notes.md")).unwrap(), "The first release.\n");
    let kept = Command::new("stat").args(["-c", "%a"]).arg(stage.folder.path().join("key.pem")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&kept.stdout).trim(), "600");

    // The next one tells what changed since.
    fs::create_dir_all(sandbox.path("previous")).unwrap();
    fs::rename(sandbox.path("policies.tar.gz"), sandbox.path("previous/policies.tar.gz")).unwrap();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 4");
    sandbox.build_and_accept();
    commit(&sandbox);
    for script in &scripts {
        succeeded(script, &stage.run(&sandbox.path(""), script, &environment));
    }
    assert!(fs::read_to_string(sandbox.path("notes.md")).unwrap().contains("minLength: 6 → 4"));

    // What was altered on the way is not published.
    fs::remove_file(sandbox.path("policies.tar.gz")).unwrap();
    fs::rename(sandbox.path("previous/policies.tar.gz"), sandbox.path("policies.tar.gz")).unwrap();
    let verified = stage.run(&sandbox.path(""), scripts[place("policyc verify")], &environment);
    assert_eq!(verified.status.code(), Some(1), "another commit's bundle");
}

#[test]
fn the_readmes_releases_run() {
    if !Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success()) {
        return say("the README's releases: not run, because there is no openssl");
    }
    let sandbox = committed();
    let stage = Stage::new();
    let scripts = blocks("Releasing", "sh");
    assert!(scripts.len() >= 2);
    // One moment for all, and one at which the certificate that the first script makes is good.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 5;
    for script in &scripts {
        succeeded(script, &stage.run(&sandbox.path(""), script, &[("SOURCE_DATE_EPOCH", &now.to_string())]));
    }
    for name in ["release-1", "release-2.tar.gz", "by-openssl", "by-digest.zip"] {
        assert!(sandbox.path(name).exists(), "{name}");
    }
    // The digest is signed as what it is of: the two ways give the same bytes.
    let (one, other) = (sandbox.path("by-openssl"), sandbox.path("by-digest.zip"));
    let unpacked = policyc::release::archive::Archive::Zip.unpack(&fs::read(other).unwrap()).unwrap();
    for (path, bytes) in unpacked {
        assert!(fs::read(one.join(&path)).unwrap() == bytes, "{path}");
    }
}
