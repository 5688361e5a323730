//! Wrong edits to the real sources, one at a time and several at once: each gives a coded finding at the line and column of the fault,
//! with a cure, exit 1, and the old output stays as it was.

use super::project::{files, root};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A wrong edit: in `file`, `from` (which stands there once) becomes `to`, and `at` in the result is what the finding points at.
struct Edit {
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: String,
    code: &'static str,
    at: &'static str,
}

fn edit(
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &str,
    code: &'static str,
    at: &'static str,
) -> Edit {
    Edit { what, file, from, to: to.to_owned(), code, at }
}

/// A raw entry in a clause of its own.
fn raw(what: &'static str, entry: &str, code: &'static str, at: &'static str) -> Edit {
    let group = if entry.contains("csp:") { "laptops" } else { "iphones" };
    let clause = format!(
        "  - id: \"9.9\"\n    summary: s\n    class: partial\n    reason: r\n    groups: [{group}]\n    settings: [{{ {entry} }}]\n  - id: \"2.17\""
    );
    edit(what, POLICY, "  - id: \"2.17\"", &clause, code, at)
}

/// Edits that are several faults: settings of several clauses, or the alias of each anchor.
const SEVERAL: [&str; 3] = ["an anchor bomb", "an unsupervised group with an allowlist", "an edition that is too low"];

const POLICY: &str = "policy-sources/cafcass/it-policy.yaml";
const GROUPS: &str = "policy-sources/cafcass/groups.yaml";

/// A copy of the sources with its first build.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["policy-sources", "golden"] {
        for (relative, path) in files(&root().join(part)) {
            let target = folder.path().join(part).join(relative);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(path, target).unwrap();
        }
    }
    let built = policyc(folder.path(), &["build"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder
}

fn policyc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_policyc"))
        .args(arguments)
        .args(["--as-of", "2026-10-01"])
        .current_dir(folder)
        .output()
        .unwrap()
}

fn outputs(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in ["policy-sources", "golden", "profiles-out"] {
        let base = folder.join(part);
        let all =
            if part == "profiles-out" { walk(&base) } else { files(&base).into_iter().map(|(_, path)| path).collect() };
        found.extend(all.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())));
    }
    found
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

/// Makes the edit and gives the line and column (from 1) of what the finding must point at.
fn apply(folder: &Path, edit: &Edit) -> (u64, u64) {
    let path = folder.join(edit.file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(edit.from), "{}: {} no longer holds `{}`", edit.what, edit.file, edit.from);
    let at = text.find(edit.from).unwrap();
    let wrong = format!("{}{}{}", &text[..at], edit.to, &text[at + edit.from.len()..]);
    let place = at + edit.to.find(edit.at).unwrap_or_else(|| panic!("{}: `{}` is not in the edit", edit.what, edit.at));
    std::fs::write(&path, &wrong).unwrap();
    let before = &wrong[..place];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before[before.rfind('\n').map_or(0, |n| n + 1)..].chars().count() as u64 + 1;
    (line, column)
}

fn findings(output: &Output) -> Vec<Value> {
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "no JSON: {error}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    json["findings"].as_array().unwrap().clone()
}

fn edits() -> Vec<Edit> {
    let bomb = "\nx: &a [1]\n".to_owned() + &(0..40).map(|n| format!("y{n}: *a\n")).collect::<String>() + "clauses:";
    let deep = format!("\ndeep: {}\nclauses:", "[".repeat(100_000));
    vec![
        edit("an unknown key", POLICY, "owner:", "ownr:", "unknown-field", "ownr"),
        edit("a misspelt control", POLICY, "      passcode:", "      passcod:", "unknown-control", "passcod"),
        edit("a wrong type", POLICY, "min-length: 6", "min-length: six", "invalid-value", "six"),
        edit("`no` for a boolean", GROUPS, "supervised: true", "supervised: no", "invalid-value", "no"),
        edit("a version without quotes", POLICY, "version: \"6.0\"", "version: 6.0", "unquoted-text", "6.0"),
        edit("a PIN of three", POLICY, "min-length: 6", "min-length: 3", "parameter-out-of-range", "3"),
        edit("a PIN of forty", POLICY, "min-length: 6", "min-length: 40", "parameter-out-of-range", "40"),
        edit("a duplicate key", POLICY, "owner:", "title: Twice\nowner:", "duplicate-key", "title"),
        edit("a tab", GROUPS, "    supervised: true", "\tsupervised: true", "tab-indent", "\t"),
        edit("an anchor bomb", POLICY, "\nclauses:", &bomb, "forbidden-yaml", "&a"),
        edit("nesting 100,000 deep", POLICY, "\nclauses:", &deep, "too-deep", "["),
        raw(
            "a misspelt key",
            "platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamara: false }",
            "unknown-key",
            "allowCamara",
        ),
        raw(
            "a key in other letters",
            "platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowcamera: false }",
            "wrong-case",
            "allowcamera",
        ),
        raw(
            "a key in the wrong payload",
            "platforms: [iOS], payload: com.apple.applicationaccess, keys: { minLength: 6 }",
            "misplaced-key",
            "minLength",
        ),
        raw(
            "a misspelt payload",
            "platforms: [iOS], payload: com.apple.aplicationaccess, keys: { allowCamera: false }",
            "unknown-key",
            "com.apple.aplicationaccess",
        ),
        raw(
            "a payload of another platform",
            "platforms: [iOS], payload: com.apple.MCX.FileVault2, keys: { Enable: \"On\" }",
            "not-on-platform",
            "com.apple.MCX.FileVault2",
        ),
        raw(
            "a number for a boolean",
            "platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: 0 }",
            "wrong-type",
            "0",
        ),
        raw(
            "a list for a boolean",
            "platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: [false] }",
            "wrong-type",
            "[false]",
        ),
        raw(
            "a misspelt node",
            "csp: ./Device/Vendor/MSFT/Policy/Config/Camera, nodes: { AllowCamra: 0 }",
            "unknown-key",
            "AllowCamra",
        ),
        raw(
            "a misspelt area",
            "csp: ./Device/Vendor/MSFT/Policy/Config/Camra, nodes: { AllowCamera: 0 }",
            "misplaced-key",
            "./Device",
        ),
        raw(
            "a node in other letters",
            "csp: ./Device/Vendor/MSFT/Policy/Config/Camera, nodes: { allowcamera: 0 }",
            "wrong-case",
            "allowcamera",
        ),
        raw(
            "a path in other letters",
            "csp: ./Device/Vendor/MSFT/Policy/Config/camera, nodes: { AllowCamera: 0 }",
            "wrong-case",
            "./Device",
        ),
        raw(
            "the user's channel for the device's",
            "csp: ./User/Vendor/MSFT/Policy/Config/Camera, nodes: { AllowCamera: 0 }",
            "wrong-channel",
            "./User",
        ),
        raw(
            "a node that can only be read",
            "csp: ./Device/Vendor/MSFT/BitLocker, nodes: { Status/DeviceEncryptionStatus: 0 }",
            "wrong-verb",
            "Status/",
        ),
        raw(
            "a plain value for a policy",
            "csp: ./Device/Vendor/MSFT/BitLocker, nodes: { SystemDrivesMinimumPINLength: 6 }",
            "admx-body",
            "SystemDrivesMinimumPINLength",
        ),
        raw(
            "an unknown element",
            "csp: ./Device/Vendor/MSFT/BitLocker, admx: { SystemDrivesMinimumPINLength: { MinPinLength: 6 } }",
            "admx-body",
            "MinPinLength",
        ),
        edit(
            "a tenant that is no GUID",
            "policy-sources/cafcass/organisation.yaml",
            "\"00000000-0000-0000-0000-000000000000\"",
            "\"cafcass\"",
            "invalid-value",
            "\"cafcass\"",
        ),
        raw(
            "no platform",
            "payload: com.apple.applicationaccess, keys: { allowCamera: false }",
            "invalid-value",
            "{ payload",
        ),
        raw(
            "a misspelt platform",
            "platforms: [IOS], payload: com.apple.applicationaccess, keys: { allowCamera: false }",
            "invalid-value",
            "IOS",
        ),
        raw(
            "a misspelt key inside a list",
            "platforms: [iOS], payload: com.apple.networkusagerules, keys: { ApplicationRules: [{ AllowRoamingCelularData: false }] }",
            "unknown-key",
            "AllowRoamingCelularData",
        ),
        raw(
            "other capitals inside a list",
            "platforms: [iOS], payload: com.apple.networkusagerules, keys: { ApplicationRules: [{ allowroamingcellulardata: false }] }",
            "wrong-case",
            "allowroamingcellulardata",
        ),
        raw(
            "a mapping for a boolean",
            "platforms: [iOS], payload: com.apple.airplay, keys: { Passwords: [], AllowList: { DeviceName: x } }",
            "wrong-type",
            "AllowList",
        ),
        raw("no carrier", "nodes: { AllowCamera: 0 }", "invalid-value", "{ nodes"),
        raw(
            "two carriers",
            "csp: ./Device/Vendor/MSFT/Policy/Config/Camera, payload: com.apple.applicationaccess, nodes: { AllowCamera: 0 }",
            "invalid-value",
            "csp",
        ),
        raw(
            "a path that is no LocURI",
            "csp: Vendor/MSFT/Policy/Config/Camera, nodes: { AllowCamera: 0 }",
            "invalid-value",
            "Vendor",
        ),
        edit("an unknown group", POLICY, "groups: [iphones]", "groups: [iphnes]", "unknown-name", "iphnes"),
        edit(
            "an unsupervised group with an allowlist",
            GROUPS,
            "supervised: true",
            "supervised: false",
            "needs-supervision",
            "",
        ),
        edit("an edition that is too low", GROUPS, "editions: [enterprise]", "editions: [home]", "wrong-edition", ""),
    ]
}

#[test]
fn each_wrong_edit_is_found_at_its_place_and_touches_nothing() {
    for edit in edits() {
        let folder = project();
        let (line, column) = apply(folder.path(), &edit);
        let before = outputs(folder.path());
        let output = policyc(folder.path(), &["build", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{}: {}", edit.what, String::from_utf8_lossy(&output.stderr));
        let found = findings(&output);
        let fitting: Vec<&Value> = found.iter().filter(|finding| finding["code"] == edit.code).collect();
        assert!(!fitting.is_empty(), "{}: no {} in {found:#?}", edit.what, edit.code);
        if !edit.at.is_empty() {
            let at_place = |finding: &&&Value| {
                finding["path"] == edit.file
                    && finding["line"] == line
                    && (finding["column"] == column || edit.code == "too-deep")
            };
            assert!(
                fitting.iter().any(|finding| at_place(&finding)),
                "{}: not at {line}:{column}: {fitting:#?}",
                edit.what
            );
        }
        assert!(
            fitting.iter().all(|finding| !finding["help"].as_array().unwrap().is_empty()),
            "{}: no cure",
            edit.what
        );
        assert_eq!(outputs(folder.path()), before, "{}: output was touched", edit.what);
        if edit.code == "wrong-case" {
            let fix = fitting[0]["fix"]["text"].as_str().unwrap_or_default();
            assert!(fix.to_lowercase().starts_with(&edit.at.to_lowercase()), "{}: {fix}", edit.what);
        }
        let errors: Vec<String> = found
            .iter()
            .filter(|finding| finding["severity"] == "error")
            .map(|finding| {
                format!("{}:{}: {}: {}", finding["path"], finding["line"], finding["code"], finding["message"])
            })
            .collect();
        assert!(errors.len() == 1 || SEVERAL.contains(&edit.what), "{}: one mistake, and {errors:#?}", edit.what);
    }
}

#[test]
fn files_of_fifty_megabytes_are_refused_without_being_read() {
    let folder = project();
    std::fs::write(folder.path().join("policy-sources/cafcass/large.yaml"), vec![b'#'; 50 << 20]).unwrap();
    let output = policyc(folder.path(), &["build", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(findings(&output).iter().any(|finding| finding["code"] == "too-large"));
}

#[test]
fn several_faults_in_one_tree_are_all_reported_in_one_run() {
    let folder = project();
    let chosen = ["an unknown key", "a misspelt control", "`no` for a boolean"];
    let all = edits();
    for edit in all.iter().filter(|edit| chosen.contains(&edit.what)) {
        apply(folder.path(), edit);
    }
    std::fs::write(folder.path().join("policy-sources/cafcass/broken.yaml"), "policy: [\n").unwrap();
    let found = findings(&policyc(folder.path(), &["build", "--json"]));
    for code in ["unknown-field", "unknown-control", "invalid-value", "invalid-yaml"] {
        assert!(found.iter().any(|finding| finding["code"] == code), "{code} is missing in {found:#?}");
    }
}
