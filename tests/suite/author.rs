//! What authors are given: `new` writes a tree that compiles, and `schema` accepts every source that the compiler accepts. The schema is
//! checked by another implementation (Python's jsonschema), which says so where it is absent.

use super::project::{files, root, say};
use std::path::Path;
use std::process::{Command, Output};

fn policyc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_policyc")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn in_an_empty_folder_new_build_accept_and_check_succeed() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["new", "acme"][..], &["build"], &["accept"], &["check"]] {
        let output = policyc(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let again = policyc(folder.path(), &["new", "acme"]);
    assert_eq!(again.status.code(), Some(2), "what is there is overwritten");
    let policy = std::fs::read_to_string(folder.path().join("policy-sources/acme/it-policy.yaml")).unwrap();
    assert!(policy.starts_with("# yaml-language-server: $schema="));
    for class in ["enforced", "partial", "inherent", "mdm-command", "service", "procedural"] {
        assert!(policy.contains(&format!("class: {class}\n")), "no clause of class {class}");
    }
    let schema = folder.path().join("policy-sources/acme").join("../../.policyc/schema.json");
    assert!(schema.is_file(), "the files name a schema that is not there");
}

/// Loads YAML as 1.2 does, and validates each file; then wrong documents, each of which must be refused.
const VALIDATE: &str = r#"
import datetime, json, sys
try:
    import jsonschema
    from ruamel.yaml import YAML
except ImportError:
    sys.exit(3)
def plain(x):
    if isinstance(x, dict): return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list): return [plain(v) for v in x]
    return x.isoformat() if isinstance(x, datetime.date) else x
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
yaml = YAML(typ="safe", pure=True)
faults = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(plain(yaml.load(open(path, encoding="utf-8")))):
        faults += 1
        print(path, list(error.path), error.message[:200])
head = "policy: p\ntitle: T\nclauses:\n  - id: '1'\n    summary: s\n    groups: [a]\n    "
for wrong in ["class: enforced\n    require: { passcod: {} }", "class: enforcd", "class: enforced\n    require: { passcode: { min-length: 40 } }",
              "class: enforced\n    require: { startup-pin: { mode: maybe } }",
              "class: partial\n    settings: [{ payload: com.apple.applicationaccess, keys: { allowCamra: false } }]",
              "class: partial\n    settings: [{ csp: ./Device/Vendor/MSFT/Policy/Config/Wifi, nodes: { AllowInternetSharing: 7 } }]"]:
    if not list(validator.iter_errors(yaml.load(head + wrong))):
        faults += 1
        print("accepted:", wrong)
sys.exit(1 if faults else 0)
"#;

#[test]
fn the_schema_accepts_every_shipped_source_and_refuses_wrong_ones() {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    std::fs::write(&schema, policyc(&root(), &["schema"]).stdout).unwrap();
    let sources: Vec<String> = files(&root().join("policy-sources"))
        .into_iter()
        .filter(|(name, _)| name.ends_with(".yaml"))
        .map(|(_, path)| path.to_str().unwrap().to_owned())
        .collect();
    let ran = Command::new("python3").args(["-c", VALIDATE]).arg(&schema).args(&sources).output();
    match ran.as_ref().map(|output| output.status.code()) {
        Ok(Some(0)) => {}
        Ok(Some(3)) | Err(_) => say("schema: not validated, because python3 with jsonschema and ruamel.yaml is absent"),
        _ => panic!(
            "{}{}",
            String::from_utf8_lossy(&ran.as_ref().unwrap().stdout),
            String::from_utf8_lossy(&ran.as_ref().unwrap().stderr)
        ),
    }
}

#[test]
fn each_kind_of_file_has_a_schema_and_all_of_them_have_one() {
    for kind in policyc::schema::KINDS {
        let output = policyc(&root(), &["schema", kind]);
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["$ref"], format!("#/$defs/{kind}"));
        assert!(schema["$defs"][*kind]["properties"][*kind].is_object(), "{kind} does not know its own key");
    }
    let pin = &policyc::schema::all(
        &policyc::catalogue::Catalogue::embedded(),
        &policyc::schema::controls(&policyc::source::Sources::new(Vec::new())),
    );
    let parameters = &pin["$defs"]["require"]["properties"]["startup-pin"]["properties"];
    assert_eq!(parameters["min-length"]["maximum"], 20);
    assert!(parameters["mode"]["description"].as_str().unwrap().contains("off < allowed < required"));
}
