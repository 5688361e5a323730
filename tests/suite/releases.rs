//! `policyc catalogue diff` in folders of its own: two small releases with each kind of change, what of it touches a project, and sides
//! that nobody should trust.

use super::cli::{Run, Sandbox};
use super::project::{root, say};
use serde_json::Value;
use std::process::Command;

/// Facts of the payload that the sandbox's clause needs, and of a node that nobody sets.
const OLD: &str = r#"{ "type": "com.apple.mobiledevice.passwordpolicy", "form": "profile", "title": "Passcode",
  "source": { "file": "mdm/profiles/passcode.yaml", "release": "1" },
  "supportedOS": { "iOS": { "introduced": "4.0" }, "macOS": { "introduced": "10.7" } },
  "payloadkeys": [
    { "key": "allowSimple", "type": "boolean" },
    { "key": "forcePIN", "type": "boolean" },
    { "key": "minLength", "type": "integer", "range": { "min": "0", "max": "16" } },
    { "key": "pinHistory", "type": "integer" } ] }
"#;
const NODES: &str = r#"{ "source": { "file": "A.xml", "release": "1" }, "nodes": [
    { "uri": "./Vendor/MSFT/A", "format": "node", "access": ["Get"] },
    { "uri": "./Vendor/MSFT/A/B", "format": "int", "access": ["Get", "Replace"], "allowed": { "kind": "ENUM", "values": ["0", "1"] } } ] }
"#;

const TOLD: &str = "\
what settings of this project stand on
  key com.apple.mobiledevice.passwordpolicy · forcePIN: removed (boolean)
      acme/phones sets it to true; asked by it-policy 1.1
  key com.apple.mobiledevice.passwordpolicy · minLength: changed
      range.max: 16 → 4 (takes less than before)
      acme/phones sets it to 6; asked by it-policy 1.1
  key com.apple.mobiledevice.passwordpolicy · allowSimple: deprecated from iOS 27.0
      supportedOS.iOS.deprecated: nothing → 27.0
      acme/phones sets it to false; asked by it-policy 1.1
changed, and set nowhere here
  payload com.apple.mobiledevice.passwordpolicy: changed
      supportedOS.macOS.introduced: 10.7 → 12.0 (takes less than before)
  node ./Vendor/MSFT/A/B: changed
      access, gone: Replace (takes less than before)
      allowed.values, new: 2 (takes more than before)
added, and set nowhere here
  key com.apple.mobiledevice.passwordpolicy · newKey: added (string)
  node ./Vendor/MSFT/A/C: added (int)
1 removed, 1 deprecated, 3 changed, 2 added; 3 of them touch settings of this project
from old (1) to new (2)
";

/// A project beside two releases.
fn pair() -> Sandbox {
    let sandbox = Sandbox::new();
    for (side, release) in [("old", "1"), ("new", "2")] {
        let of = |text: &str| text.replace(r#""release": "1""#, &format!(r#""release": "{release}""#));
        sandbox.write(&format!("{side}/apple/profiles/passcode.json"), &of(OLD));
        sandbox.write(&format!("{side}/windows/A.json"), &of(NODES));
        sandbox.write(&format!("{side}/apple/README.md"), "no data");
    }
    let apple = "new/apple/profiles/passcode.json";
    sandbox.edit(apple, "    { \"key\": \"forcePIN\", \"type\": \"boolean\" },\n", "");
    sandbox.edit(apple, r#""max": "16""#, r#""max": "4""#);
    sandbox.edit(apple, r#""macOS": { "introduced": "10.7" }"#, r#""macOS": { "introduced": "12.0" }"#);
    let deprecated = r#""type": "boolean", "supportedOS": { "iOS": { "deprecated": "27.0" } } }"#;
    sandbox.edit(apple, r#""type": "boolean" }"#, deprecated);
    let more = r#""type": "integer" }, { "key": "newKey", "type": "string" } ]"#;
    sandbox.edit(apple, r#""type": "integer" } ]"#, more);
    sandbox.edit("new/windows/A.json", r#"["Get", "Replace"]"#, r#"["Get"]"#);
    let another = r#"["0", "1", "2"] } }, { "uri": "./Vendor/MSFT/A/C", "format": "int", "access": ["Get"] }"#;
    sandbox.edit("new/windows/A.json", r#"["0", "1"] } }"#, another);
    sandbox
}

fn diff(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.run(&[&["catalogue", "diff"], arguments].concat())
}

#[test]
fn what_touches_the_project_comes_first_and_each_change_is_told() {
    let sandbox = pair();
    let run = diff(&sandbox, &["old", "new"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, TOLD, ""));
    assert_eq!(diff(&sandbox, &["old/", "./new"]).out.lines().count(), TOLD.lines().count());
}

#[test]
fn a_pipeline_stops_at_what_it_asks_for() {
    let sandbox = pair();
    for (sides, word, code) in [
        (["old", "new"], "narrower", 1),
        (["old", "new"], "touched", 1),
        (["old", "new"], "any", 1),
        (["new", "old"], "narrower", 0),
        (["new", "old"], "touched", 1),
        (["old", "old"], "any", 0),
    ] {
        let run = diff(&sandbox, &[&sides[..], &["--fail-on", word]].concat());
        assert_eq!(run.code, code, "{sides:?} --fail-on {word}: {}{}", run.out, run.err);
        assert_eq!(run.out.contains("stopped by --fail-on:"), code == 1, "{}", run.out);
    }
    let run = diff(&sandbox, &["old", "new", "--fail-on", "narrower", "--json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, document["stopped_by"].as_array().unwrap().len()), (1, 2));
    assert_eq!(document["summary"]["touching"], 3);
    let severities: Vec<&Value> = document["entries"].as_array().unwrap().iter().map(|one| &one["severity"]).collect();
    assert_eq!(severities[..4], ["error", "error", "warning", "note"]);
    let place = &document["entries"][0]["places"][0];
    assert_eq!((&place["path"], &place["line"]), (&"policy-sources/acme/it-policy.yaml".into(), &9.into()));
}

#[test]
fn what_keeps_within_a_narrower_range_stops_nothing() {
    let sandbox = pair();
    sandbox.edit("new/apple/profiles/passcode.json", r#""max": "4""#, r#""max": "6""#);
    let run = diff(&sandbox, &["old", "new", "--fail-on", "narrower"]);
    let stopped = run.out.split("stopped by --fail-on:\n").nth(1).unwrap();
    assert_eq!(stopped, "  com.apple.mobiledevice.passwordpolicy · forcePIN (narrower)\n");
    assert!(run.out.contains("acme/phones sets it to 6, which still fits; asked by it-policy 1.1\n"), "{}", run.out);
}

#[test]
fn the_way_back_tells_as_much() {
    let sandbox = pair();
    let names = |sides: [&str; 2]| -> Vec<(String, String)> {
        let run = diff(&sandbox, &[&sides[..], &["--json"]].concat());
        let document: Value = serde_json::from_str(&run.out).unwrap();
        let changes = document["changes"].as_array().unwrap().iter();
        let word = |change: &Value, of: &str| change[of].as_str().unwrap().to_owned();
        let mut names: Vec<_> = changes.map(|change| (word(change, "name"), word(change, "what"))).collect();
        names.sort();
        names
    };
    let (there, back) = (names(["old", "new"]), names(["new", "old"]));
    assert_eq!(there.len(), back.len());
    for ((name, what), (same, other)) in there.iter().zip(&back) {
        let mirrored = match what.as_str() {
            "removed" => "added",
            "added" => "removed",
            _ => "changed",
        };
        assert_eq!((name, mirrored), (same, other.as_str()));
    }
}

#[test]
fn without_a_project_the_releases_are_compared_alone() {
    let sandbox = pair();
    let side = |name: &str| sandbox.path(name).display().to_string();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().to_str().unwrap();
    let run = sandbox.run(&["-C", elsewhere, "catalogue", "diff", &side("old"), &side("new")]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("no project is here") && run.out.starts_with("removed\n"), "{}", run.out);
    let run = sandbox.run(&["-C", elsewhere, "catalogue", "diff", "old", "new", "--organisation", "acme"]);
    assert_eq!(run.code, 2, "{}", run.out);
}

#[test]
fn the_programs_own_data_is_what_it_holds() {
    let sandbox = Sandbox::new();
    let data = root().join("src/catalogue/data");
    for sides in [&["embedded", data.to_str().unwrap()][..], &[root().to_str().unwrap()], &["embedded"]] {
        let run = diff(&sandbox, &[sides, &["--fail-on", "any"]].concat());
        assert!(run.code == 0 && run.out.starts_with("nothing differs\n"), "{sides:?}: {}{}", run.out, run.err);
    }
}

#[test]
fn a_side_may_be_a_revision() {
    let sandbox = pair();
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        Command::new("git").arg("-C").arg(sandbox.path("")).args(who).args(arguments).output()
    };
    if git(&["init", "-q"]).is_err() {
        return say("releases: revisions not compared, because git is absent");
    }
    std::fs::create_dir_all(sandbox.path("src/catalogue")).unwrap();
    std::fs::rename(sandbox.path("old"), sandbox.path("src/catalogue/data")).unwrap();
    for arguments in [&["add", "."][..], &["commit", "-q", "-m", "one"], &["tag", "v1"]] {
        assert!(git(arguments).unwrap().status.success());
    }
    let told = |arguments: &[&str]| {
        let run = diff(&sandbox, arguments);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}");
        run.out.lines().filter(|line| !line.starts_with("from ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let wanted = TOLD.trim_end_matches("from old (1) to new (2)\n");
    assert_eq!(told(&["v1", "new"]), wanted);
    assert_eq!(told(&["v1:src/catalogue/data..HEAD:new"]), wanted);
    assert_eq!(told(&[".", "HEAD:new/"]), wanted);
    assert!(told(&["v1..HEAD"]).starts_with("nothing differs"));
    assert_eq!(diff(&sandbox, &["v2", "new"]).code, 2);
    assert_eq!(diff(&sandbox, &["v1:policy-sources", "new"]).code, 2);
}

/// What is said of a side, how the run ends, and that it is nothing but words.
fn check_refused(sandbox: &Sandbox, side: &str, code: i32, expected: &[&str]) {
    let run = diff(sandbox, &["old", side]);
    assert_eq!((run.code, run.out.as_str()), (code, ""), "{side}: {}", run.err);
    for part in expected {
        assert!(run.err.contains(part), "{side}: {part}: {}", run.err);
    }
    let run = diff(sandbox, &["old", side, "--json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, document["changes"].is_null()), (code, true));
}

#[test]
fn a_side_that_is_none_is_refused_with_its_place_and_cure() {
    let sandbox = pair();
    sandbox.write("bad/windows/A.json", "{ \"source\":\n  { \"file\": 1 } }");
    check_refused(&sandbox, "bad", 1, &["error[invalid-catalogue]", "bad/windows/A.json:2:", "nothing was compared"]);
    sandbox.write("hidden/windows/A.json", &NODES.replace("\"format\"", "\"fromat\""));
    check_refused(&sandbox, "hidden", 1, &["unknown field `fromat`", "hidden/windows/A.json:2:"]);
    sandbox.write("large/apple/a.json", &" ".repeat((4 << 20) + 1));
    check_refused(&sandbox, "large", 1, &["error[too-large]", "large/apple/a.json"]);
    sandbox.write("deep/apple/a.json", &"[".repeat(1 << 20));
    check_refused(&sandbox, "deep", 1, &["error[invalid-catalogue]", "deep/apple/a.json:1:"]);
    std::fs::create_dir_all(sandbox.path("bytes/apple")).unwrap();
    std::fs::write(sandbox.path("bytes/apple/a.json"), b"\xff").unwrap();
    check_refused(&sandbox, "bytes", 1, &["error[unreadable-file]", "not UTF-8"]);
    check_refused(&sandbox, "nowhere", 2, &["no folder or git revision is called `nowhere`", "embedded"]);
    check_refused(&sandbox, "policy-sources", 2, &["holds no data of a catalogue"]);
    for n in 0..13 {
        sandbox.write(&format!("many/apple/{n}.json"), &" ".repeat(4 << 20));
    }
    check_refused(&sandbox, "many", 2, &["holds more than 48 MiB"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    use std::os::unix::fs::symlink;
    let sandbox = pair();
    for folder in ["file/windows", "folder"] {
        std::fs::create_dir_all(sandbox.path(folder)).unwrap();
    }
    symlink(sandbox.path("new/windows/A.json"), sandbox.path("file/windows/A.json")).unwrap();
    symlink(sandbox.path("new/apple"), sandbox.path("folder/apple")).unwrap();
    check_refused(&sandbox, "file", 1, &["error[unreadable-file]", "file/windows/A.json", "a symbolic link"]);
    check_refused(&sandbox, "folder", 1, &["error[unreadable-file]", "folder/apple", "a symbolic link"]);
}
