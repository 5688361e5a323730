//! The schema under yaml-language-server, driven as an editor drives it by `tests/oracle/editor.mjs`: what it offers at the cursor, what it
//! says of the word there, and what it marks. Without node or the package that is said on stderr, and nothing is claimed.

use super::project::{root, say};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// The package's folder: where `.ci/run` puts it, or where the variable says.
fn server() -> Option<PathBuf> {
    let installed = || root().join("target/oracle/node_modules/yaml-language-server");
    let folder = std::env::var_os("POLICYC_YAML_LANGUAGE_SERVER").map_or_else(installed, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A clause of a policy, with these lines at its end.
fn clause(lines: &str) -> String {
    let head = "policy: p\ntitle: T\nclauses:\n  - id: \"1\"\n    summary: s\n    class: partial\n    reason: r\n    groups: [a]\n";
    format!("{head}{lines}")
}

fn required(lines: &str) -> String {
    clause(&format!("    require:\n{lines}"))
}

fn raw(lines: &str) -> String {
    clause(&format!("    settings:\n{lines}"))
}

fn offers(what: &str, text: String, labels: &[&str]) -> Value {
    json!({ "what": what, "text": text, "completes": labels })
}

fn says(what: &str, text: String, words: &[&str]) -> Value {
    json!({ "what": what, "text": text, "hovers": words, "marks": 0 })
}

fn marks(what: &str, text: String, faults: usize) -> Value {
    json!({ "what": what, "text": text, "marks": faults })
}

fn all() -> Vec<Value> {
    let pin = "      startup-pin:\n";
    let lock = "      - platforms: [iOS]\n        payload: com.apple.mobiledevice.passwordpolicy\n        keys:\n";
    let wifi = "      - csp: ./Device/Vendor/MSFT/Policy/Config/Wifi\n        nodes:\n";
    vec![
        offers("controls", required("      ‸\n"), &["startup-pin", "passcode", "web-filter"]),
        offers(
            "parameters",
            required(&format!("{pin}        ‸\n")),
            &["mode", "min-length", "enhanced", "users-may-change", "slate-keyboard", "groups"],
        ),
        offers("parameters in braces", required("      startup-pin: { m‸ }\n"), &["mode", "min-length"]),
        // The server quotes what another reader of YAML takes for a boolean.
        offers("words", required(&format!("{pin}        mode: ‸\n")), &["\"off\"", "allowed", "required"]),
        says(
            "a parameter",
            required(&format!("{pin}        min-len‸gth: 6\n")),
            &["4 to 20 characters", "more is stricter", "default 6"],
        ),
        says(
            "a control",
            required("      startup‸-pin: { mode: required }\n"),
            &["start-up PIN", "no start-up PIN exists"],
        ),
        offers(
            "classes",
            "policy: p\ntitle: T\nclauses:\n  - id: \"1\"\n    class: ‸\n".to_owned(),
            &["enforced", "partial", "inherent", "mdm-command", "service", "procedural"],
        ),
        offers("platforms", "groups:\n  a:\n    platform: ‸\n".to_owned(), &["iOS", "macOS", "Windows"]),
        offers(
            "payload types",
            raw("      - platforms: [iOS]\n        payload: ‸\n"),
            &["com.apple.applicationaccess", "com.apple.mobiledevice.passwordpolicy"],
        ),
        offers("keys of a payload", raw(&format!("{lock}          ‸\n")), &["forcePIN", "minLength"]),
        says("a key", raw(&format!("{lock}          minLen‸gth: 6\n")), &["range 0–16", "iOS 4.0", "default 0"]),
        says(
            "a key for supervised devices",
            raw(
                "      - platforms: [iOS]\n        payload: com.apple.applicationaccess\n        keys:\n          allowListed‸AppBundleIDs: [a.b]\n",
            ),
            &["iOS 15.0, supervised"],
        ),
        offers(
            "LocURIs",
            raw("      - csp: ‸\n"),
            &["./Device/Vendor/MSFT/BitLocker", "./Device/Vendor/MSFT/Policy/Config/Wifi"],
        ),
        offers("nodes of an area", raw(&format!("{wifi}          ‸\n")), &["AllowInternetSharing"]),
        offers("values of a node", raw(&format!("{wifi}          AllowInternetSharing: ‸\n")), &["0", "1"]),
        says(
            "a node",
            raw(&format!("{wifi}          AllowInternet‸Sharing: 0\n")),
            &["default 1", "Windows 10.0.10240", "enterprise"],
        ),
        marks("a good clause", required("      startup-pin: { mode: required, min-length: 6 }\n"), 0),
        marks("a word that is none", required("      startup-pin: { mode: maybe }\n"), 1),
        marks("a number out of its range", required("      startup-pin: { min-length: 40 }\n"), 1),
        marks("an unknown control", required("      startup-pn: {}\n"), 1),
    ]
}

#[test]
fn an_editor_completes_explains_and_marks() {
    let who = "yaml-language-server";
    let Some(server) = server() else {
        return say(&format!(
            "{who}: not asked, because it is not installed (npm install --prefix target/oracle {who}, or set \
             POLICYC_YAML_LANGUAGE_SERVER to the package's folder)"
        ));
    };
    let folder = tempfile::tempdir().unwrap();
    let (schema, cases) = (folder.path().join("schema.json"), folder.path().join("cases.json"));
    let printed = Command::new(env!("CARGO_BIN_EXE_policyc")).arg("schema").current_dir(root()).output().unwrap();
    std::fs::write(&schema, printed.stdout).unwrap();
    std::fs::write(&cases, Value::Array(all()).to_string()).unwrap();
    let script = root().join("tests/oracle/editor.mjs");
    let output = match Command::new("node").arg(script).args([&server, &schema, &cases]).output() {
        Ok(output) => output,
        Err(error) => return say(&format!("{who}: not asked, because there is no node ({error})")),
    };
    let (said, failure) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failure}");
}
