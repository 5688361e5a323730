//! The formats of the built program, held against what others say they are: the schema of SARIF (a crate carries it, nothing is fetched),
//! our own schema of JSON, both through Python's jsonschema, which says so where it is absent. What each format does to hostile text is
//! tested beside the formats, on the shared sample; here hostile text comes the way that it would, in sources and in names of files.

use super::bundles::{AS_OF, SIGNED_AT, key, released};
use super::cli::{Run, Sandbox};
use super::project::{root, say};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const FORMATS: &[&str] = &["text", "markdown", "json", "sarif", "junit", "github"];

/// Text that YAML writes in double quotes, and that does harm in a terminal, a page, a log and a comment.
const EVIL: &str = r#"<script>alert(1)</script> \e]0;x\a \u202E @team #1 | [l](https://evil.example) ]]> \n::error::owned\n##[error]x"#;

/// As much of it as sources may hold.
const SLY: &str =
    r#"<script>alert(1)</script> \u202E @team #1 | [l](https://evil.example) ]]> ::error::owned ##[error]x"#;

/// The same in a string of JSON.
const JSON_EVIL: &str = r#"<script>alert(1)</script> \u001b]0;x\u0007 \u202e @team #1 | [l](https://evil.example) ]]> \n::error::owned\n##[error]x"#;

/// A project with every sort of finding and difference, its texts hostile.
fn hostile() -> Sandbox {
    let sandbox = Sandbox::new();
    policy(&sandbox, "before");
    assert_eq!(sandbox.run(&["accept"]).code, 0, "{}", sandbox.run(&["accept"]).err);
    for name in ["organisation.yaml", "groups.yaml", "it-policy.yaml"] {
        let text = std::fs::read_to_string(sandbox.path(&format!("policy-sources/acme/{name}"))).unwrap();
        sandbox.write(&format!("earlier/policy-sources/acme/{name}"), &text);
    }
    policy(&sandbox, "after");
    for (side, word) in [("old", "old"), ("new", "new")] {
        let shared = r#""type": "com.apple.shareddeviceconfiguration", "form": "profile", "title": "Lock""#;
        let from = format!(r#""source": {{ "file": "a", "release": "{word} {JSON_EVIL}" }}"#);
        let key = format!(r#"{{ "key": "IfLostReturnToMessage", "type": "string", "default": "{word} {JSON_EVIL}" }}"#);
        let own = format!(r#"{{ "key": "{word} {JSON_EVIL}", "type": "string" }}"#);
        sandbox.write(
            &format!("{side}/apple/a.json"),
            &format!(r#"{{ {shared}, {from}, "payloadkeys": [{key}, {own}] }}"#),
        );
    }
    let evil =
        "&lt;script>alert(1)&lt;/script> \u{202e} ]] > &#10;::error::owned&#10;##[error]x | [l](https://evil.example)";
    let payload = |kind: &str| {
        format!(
            "<dict><key>PayloadType</key><string>{kind}</string><key>{evil}</key><true/><key>x</key><integer>1</integer></dict>"
        )
    };
    let own = "<key>PayloadType</key><string>Configuration</string>";
    let payloads = [payload("com.apple.applicationaccess"), payload(evil), payload("com.apple.wifi.manage")].concat();
    sandbox.write(
        "foreign/a.mobileconfig",
        &format!("<plist><dict>{own}<key>PayloadContent</key><array>{payloads}</array></dict></plist>"),
    );
    sandbox.write("foreign/b.json", &format!(r##"{{ "@odata.type": "#microsoft.graph.{JSON_EVIL}", "x": 1 }}"##));
    sandbox.write("bad/apple/a.json", &format!(r#"{{ "{JSON_EVIL}": 1 }}"#));
    sandbox.write("golden/acme/phones/@team #1 <b> ` | %0A::error::x.xml", "x");
    #[cfg(unix)]
    sandbox.write("golden/acme/phones/\u{1b}[2J\n::error::owned\n]]>\u{202e}.mobileconfig", "x");
    sandbox
}

fn policy(sandbox: &Sandbox, word: &str) {
    let text = format!(
        "policy: it-policy\ntitle: \"{SLY}\"\nclauses:\n  - id: \"1.1\"\n    summary: \"{SLY}\"\n    class: partial\n    reason: \"{SLY}\"\n    groups: [phones]\n    settings:\n      - payload: com.apple.shareddeviceconfiguration\n        platforms: [iOS]\n        keys: {{ IfLostReturnToMessage: \"{word} {SLY}\", LockScreenFootnote: \"{SLY}\" }}\n"
    );
    sandbox.write("policy-sources/acme/it-policy.yaml", &text);
}

/// A project whose sources have errors, hostile ones.
fn faulty() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "passcode:", &format!("\"{EVIL}\": {{}}\n      passcode:"));
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-lenght: 6");
    sandbox
}

/// A bundle in which everything is wrong, with names that do harm; and other sources.
fn altered() -> Sandbox {
    let sandbox = released();
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    let profile = sandbox.profile("bundle");
    let bytes = std::fs::read(sandbox.path(&profile)).unwrap();
    std::fs::write(sandbox.path(&profile), &bytes[..bytes.len() - 1]).unwrap();
    sandbox.write("bundle/acme/phones/@team #1 <b> ` | %0A::error::x.xml", "x");
    #[cfg(unix)]
    sandbox.write("bundle/acme/phones/\u{1b}[2J\n::error::owned\n]]>\u{202e}##[error].mobileconfig", "x");
    sandbox
}

#[test]
fn every_command_with_findings_speaks_every_format_and_ends_alike() {
    let (good, hostile, faulty) = (Sandbox::new(), hostile(), faulty());
    good.build_and_accept();
    let (bundled, altered, trusted) = (released(), altered(), key("root.pem"));
    for (sandbox, arguments, code) in [
        (&good, &["build"][..], 0),
        (&good, &["check"], 0),
        (&good, &["accept"], 0),
        (&good, &["report", "coverage"], 0),
        (&hostile, &["build"], 0),
        (&hostile, &["check"], 1),
        (&hostile, &["report", "coverage"], 0),
        (&hostile, &["diff", "earlier"], 0),
        (&hostile, &["diff", "earlier", "--fail-on", "any"], 1),
        (&hostile, &["catalogue", "diff", "old", "new"], 0),
        (&hostile, &["catalogue", "diff", "old", "new", "--fail-on", "touched"], 1),
        (&hostile, &["catalogue", "diff", "old", "bad"], 1),
        (&hostile, &["catalogue", "diff", "old", "nowhere"], 2),
        (&faulty, &["build"], 1),
        (&faulty, &["check"], 1),
        (&faulty, &["accept"], 1),
        (&faulty, &["report", "coverage"], 1),
        (&good, &["check", "nobody"], 2),
        (&good, &["verify", "profiles-out"], 1),
        (&bundled, &["verify", "bundle", "--root", &trusted, "--now", SIGNED_AT, "--sources"], 0),
        (&bundled, &["verify", "bundle/manifest.json", "golden", "--root", &trusted, "--now", SIGNED_AT], 1),
        (&altered, &["verify", "bundle", "--root", &trusted, "--now", SIGNED_AT, "--sources"], 1),
        (&altered, &["verify", "nothing"], 2),
        (&hostile, &["lint", "foreign"], 1),
        (&good, &["lint", "golden"], 0),
        (&good, &["lint", "nothing"], 2),
        (&hostile, &["drift", "--observed", "foreign"], 1),
        (&good, &["drift", "--observed", "golden"], 0),
        (&good, &["drift", "--observed", "nothing"], 2),
    ] {
        for format in FORMATS {
            let run = sandbox.run(&[arguments, &["--notes", "--format", format]].concat());
            assert_eq!(run.code, code, "{arguments:?} --format {format}: {}{}", run.out, run.err);
            expect_inert(&run, arguments, format);
            let findings_go_elsewhere = *format == "text" || (*format == "markdown" && arguments[0] == "report");
            let tells_failure = code == 2 && !matches!(*format, "json" | "github");
            if !findings_go_elsewhere {
                assert_eq!(run.err.is_empty(), !tells_failure, "{arguments:?} in {format}: {}", run.err);
            }
            assert!(code == 2 || *format == "text" || !run.out.is_empty(), "{arguments:?} says nothing in {format}");
            let here = sandbox.path("").display().to_string();
            // The root that is given stands in no document.
            assert!(!run.out.contains(here.trim_end_matches('/')), "{format} names a folder of this machine");
        }
    }
}

/// Nothing that a terminal obeys; in the log of a workflow no command but those of the format.
fn expect_inert(run: &Run, arguments: &[&str], format: &str) {
    let obeyed = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}');
    for text in [&run.out, &run.err] {
        assert_eq!(text.find(obeyed), None, "{arguments:?} in {format}: {text:?}");
    }
    if format == "github" {
        let ours = |line: &str| ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
        assert!(run.out.lines().all(ours) && !run.out.contains("##["), "{arguments:?}: {}", run.out);
    }
}

#[test]
fn a_format_that_makes_no_sense_is_refused_with_those_that_do() {
    let sandbox = Sandbox::new();
    for (arguments, named) in [
        (&["schema", "--format", "sarif"][..], "`text`, `json`"),
        (&["explain", "drift", "--format", "junit"], "`text`, `json`"),
        (&["catalogue", "search", "pin", "--format", "github"], "`text`, `json`"),
        (&["new", "other", "--format", "markdown"], "`text`, `json`"),
        (&["check", "--format", "yaml"], "sarif"),
        (&["check", "--json", "--format", "sarif"], "--json"),
    ] {
        let run = sandbox.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains(named), "{arguments:?}: {}", run.err);
    }
    assert!(!sandbox.path("policy-sources/other").exists(), "a refused command does nothing");
    let (json, same) = (sandbox.run(&["build", "--json"]), sandbox.run(&["build", "--format", "json"]));
    assert!(json.code == 0 && same.code == 0 && json.out.starts_with('{') && same.out.starts_with('{'));
}

/// Validates files against a schema; with `closed`, what the schema does not name is a fault too.
const VALIDATE: &str = r#"
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(3)
def closed(x):
    if isinstance(x, list): return [closed(v) for v in x]
    if not isinstance(x, dict): return x
    x = {k: closed(v) for k, v in x.items()}
    if "properties" in x: x.setdefault("additionalProperties", False)
    return x
schema = json.load(open(sys.argv[1], encoding="utf-8"))
if sys.argv[2] == "closed": schema = closed(schema)
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
validator = kind(schema)
faults = 0
for path in sys.argv[3:]:
    for error in validator.iter_errors(json.load(open(path, encoding="utf-8"))):
        faults += 1
        best = jsonschema.exceptions.best_match([error])
        print(path, list(best.absolute_path), best.message[:300])
sys.exit(1 if faults else 0)
"#;

pub(crate) fn validate(schema: &Path, how: &str, documents: &[PathBuf]) {
    let ran = Command::new("python3").args(["-c", VALIDATE]).arg(schema).arg(how).args(documents).output();
    match ran.as_ref().map(|output| output.status.code()) {
        Ok(Some(0)) => {}
        Ok(Some(3)) | Err(_) => {
            say("formats: not held against their schemas, because python3 with jsonschema is absent")
        }
        _ => {
            let output = ran.unwrap();
            panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        }
    }
}

/// The schema that `serde-sarif` carries.
fn sarif_schema() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Packages of other platforms are not there where nothing but this one is built.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let packages = metadata["packages"].as_array().unwrap();
    let carrier = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    Path::new(carrier["manifest_path"].as_str().unwrap()).with_file_name("src/schema.json")
}

#[test]
fn every_log_is_sarif() {
    let (good, hostile, faulty, altered) = (Sandbox::new(), hostile(), faulty(), altered());
    good.build_and_accept();
    let mut logs = Vec::new();
    for (n, (sandbox, arguments)) in [
        (&good, &["check"][..]),
        (&good, &["build", "--notes"]),
        (&hostile, &["check", "--notes"]),
        (&hostile, &["report", "coverage", "--notes"]),
        (&hostile, &["diff", "earlier", "--notes"]),
        (&hostile, &["catalogue", "diff", "old", "new"]),
        (&hostile, &["catalogue", "diff", "old", "bad"]),
        (&faulty, &["build"]),
        (&good, &["check", "nobody"]),
        (&altered, &["verify", "bundle", "--sources"]),
        (&hostile, &["lint", "foreign", "--notes"]),
        (&hostile, &["drift", "--observed", "foreign", "--notes"]),
    ]
    .into_iter()
    .enumerate()
    {
        let text = sandbox.run(&[arguments, &["--format", "sarif"]].concat()).out;
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert_eq!(log.runs.len(), 1, "another reader sees another log");
        let path = sandbox.path(&format!("{n}.sarif"));
        std::fs::write(&path, text).unwrap();
        logs.push(path);
    }
    validate(&sarif_schema(), "open", &logs);
    let wrong = good.path("wrong.sarif");
    std::fs::write(&wrong, r#"{ "version": "2.1.0", "runs": [{ "results": [{ "level": "fatal" }] }] }"#).unwrap();
    let accepts = std::panic::catch_unwind(|| validate(&sarif_schema(), "open", &[wrong])).is_ok();
    assert!(!accepts || !has_jsonschema(), "the schema refuses nothing");
}

fn has_jsonschema() -> bool {
    let ran = Command::new("python3").args(["-c", "import jsonschema"]).status();
    ran.is_ok_and(|status| status.success())
}

#[test]
fn a_log_points_at_the_line_and_knows_a_result_again_when_lines_have_shifted() {
    let results = |sandbox: &Sandbox, command: &str| -> Vec<Value> {
        let log: Value = serde_json::from_str(&sandbox.run(&[command, "--format", "sarif"]).out).unwrap();
        log["runs"][0]["results"].as_array().unwrap().clone()
    };
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
    let uri = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    let (faulty, drifted) = (faulty(), Sandbox::new());
    drifted.build_and_accept();
    drifted.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-length: 8");
    for (sandbox, command, line) in [(&faulty, "build", 9), (&drifted, "check", 9)] {
        let before = results(sandbox, command);
        assert_eq!(before.iter().map(region).next(), Some(line));
        assert_eq!(uri(&before[0]), "policy-sources/acme/it-policy.yaml");
        sandbox.edit("policy-sources/acme/it-policy.yaml", "title: IT Policy", "# two\n# lines\ntitle: IT Policy");
        let after = results(sandbox, command);
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before["partialFingerprints"], after["partialFingerprints"]);
            assert_eq!(region(before) + 2, region(after), "{command}");
        }
    }
}

#[test]
fn places_are_below_the_root_of_the_repository() {
    let sandbox = faulty();
    let (folder, moved) = (sandbox.path("a b/policies"), "a b/policies/policy-sources");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir(sandbox.path(".git")).unwrap();
    std::fs::rename(sandbox.path("policy-sources"), sandbox.path(moved)).unwrap();
    let log: Value =
        serde_json::from_str(&sandbox.run(&["-C", "a b/policies", "build", "--format", "sarif"]).out).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "a%20b/policies/policy-sources/acme/it-policy.yaml");
    assert!(log["runs"][0]["originalUriBaseIds"][place["uriBaseId"].as_str().unwrap()].is_object());
    let annotations = sandbox.run(&["-C", "a b/policies", "build", "--format", "github"]).out;
    assert!(
        annotations.contains("::error file=a b/policies/policy-sources/acme/it-policy.yaml,line=9,"),
        "{annotations}"
    );
}

#[test]
fn every_document_is_as_its_schema_says_and_holds_nothing_more() {
    let (good, hostile, faulty) = (Sandbox::new(), hostile(), faulty());
    let laptops = "  - { id: W, summary: s, class: partial, reason: r, groups: [laptops], settings: [{ csp: ./Device/Vendor/MSFT/BitLocker, nodes: { RequireDeviceEncryption: 1 } }] }\n";
    let policy = std::fs::read_to_string(good.path("policy-sources/acme/it-policy.yaml")).unwrap();
    good.write("policy-sources/acme/it-policy.yaml", &format!("{policy}{laptops}"));
    good.build_and_accept();
    let real = root();
    let real = real.to_str().unwrap();
    let [earlier, later] = ["cafcass-earlier", "cafcass"].map(|name| format!("{real}/policy-sources/{name}"));
    let (bundled, altered, trusted) = (released(), altered(), key("root.pem"));
    let (profile, own, certificate) = (bundled.profile("bundle"), key("rsa.key"), key("rsa.pem"));
    let mut documents = Vec::new();
    for (n, (sandbox, arguments)) in [
        (&good, &["build"][..]),
        (&good, &["check"]),
        (&good, &["accept"]),
        (&good, &["lint", "golden", "--notes"]),
        (&good, &["import", "golden/acme", "--organisation", "again", "--dry-run"]),
        (&hostile, &["lint", "foreign"]),
        (&hostile, &["drift", "--observed", "foreign"]),
        (&good, &["drift", "--observed", "golden"]),
        (&hostile, &["check"]),
        (&hostile, &["accept"]),
        (&hostile, &["diff", "earlier", "--fail-on", "any"]),
        (&good, &["diff", &earlier, &later, "--as-of", "2025-03-01"]),
        (&good, &["undo", &earlier, &later, "--as-of", "2025-03-01", "--out", "undone"]),
        (&good, &["-C", real, "undo", "golden/cafcass", "golden/ctcic"]),
        (&faulty, &["undo", "golden"]),
        (&hostile, &["catalogue", "diff", "old", "new", "--fail-on", "any"]),
        (&hostile, &["catalogue", "diff", "old", "bad"]),
        (&hostile, &["catalogue", "diff", "old", "nowhere"]),
        (&faulty, &["build"]),
        (&faulty, &["check"]),
        (&faulty, &["explain", "--group", "phones"]),
        (&good, &["check", "nobody"]),
        (&good, &["explain", "drift"]),
        (&good, &["explain", "minLength"]),
        (&good, &["-C", real, "explain", "--group", "cafcass/laptops"]),
        (&good, &["-C", real, "explain", "--group", "cafcass/iphones"]),
        (&good, &["-C", real, "report", "coverage", "--as-of", "2025-03-01"]),
        (&good, &["-C", real, "report", "policy", "cafcass", "--as-of", "2025-03-01"]),
        (&good, &["-C", real, "report", "policy", "cafcass", "--as-of", "2027-03-01"]),
        (&hostile, &["report", "policy", "acme"]),
        (&good, &["-C", real, "check", "--as-of", "2025-03-01"]),
        (&good, &["catalogue", "search", "pin"]),
        (&good, &["catalogue", "show", "allowCamera"]),
        (&good, &["catalogue", "show", "minLength"]),
        (&good, &["wrap", "profiles-out/acme/laptops/BitLocker.xml"]),
        (&good, &["new", "other"]),
        (&bundled, &["verify", "bundle", "--root", &trusted, "--now", SIGNED_AT, "--sources"]),
        (&bundled, &["verify", "bundle/manifest.json.p7s", "--root", &trusted]),
        (&bundled, &["verify", "--show", "bundle/manifest.json.p7s"]),
        (&bundled, &["verify", "--show", &profile]),
        (&bundled, &["release", "--out", "second", "--key", &own, "--certificate", &certificate, "--as-of", AS_OF]),
        (&altered, &["verify", "bundle", "--root", &trusted, "--now", SIGNED_AT, "--sources"]),
    ]
    .into_iter()
    .enumerate()
    {
        let run = sandbox.run(&[arguments, &["--format", "json"]].concat());
        let document: Value =
            serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", run.out));
        assert_eq!(document["version"], 1, "{arguments:?}");
        let path = good.path(&format!("{n}.json"));
        std::fs::write(&path, run.out).unwrap();
        documents.push(path);
    }
    let schema = good.path("output.schema.json");
    std::fs::write(&schema, good.run(&["schema", "output"]).out).unwrap();
    validate(&schema, "open", &documents);
    validate(&schema, "closed", &documents);
}
