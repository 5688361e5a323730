//! `policyc drift --observed`: exports and reports of the approved state, rewritten as tenants and devices write them, are as approved; after
//! each single thing that can happen to them it says just that.

mod device;
mod server;
mod together;

use super::cli::{Run, Sandbox};
use super::project::{files, root};
use policyc::catalogue::Catalogue;
use policyc::observed::{Approved, Asked, Observed, observe};
use policyc::reader::{Given, read};
use policyc::source::{Content, SourceFile};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Files as they are given: names and bytes.
type Files = BTreeMap<String, Vec<u8>>;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

/// Every approved file, by its path below golden/.
static GOLDEN: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let file = |(path, file): (String, std::path::PathBuf)| SourceFile {
        path,
        content: Content::Bytes(std::fs::read(file).unwrap()),
    };
    files(&root().join("golden")).into_iter().filter(|(path, _)| path.contains('/')).map(file).collect()
});

static APPROVED: LazyLock<Approved> = LazyLock::new(|| Approved::of(&GOLDEN, &CATALOGUE));

/// Approved files whose paths begin so.
fn golden(start: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> + use<> {
    let bytes = |file: &'static SourceFile| match &file.content {
        Content::Bytes(bytes) => (file.path.as_str(), bytes.as_slice()),
        _ => panic!("{}", file.path),
    };
    let own: Vec<_> = GOLDEN.iter().map(bytes).filter(|(path, _)| path.starts_with(start)).collect();
    own.into_iter()
}

fn organisations() -> Vec<&'static str> {
    let mut names: Vec<&str> = APPROVED.groups.iter().map(|group| group.organisation.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    names
}

fn group(name: &str) -> usize {
    APPROVED.groups.iter().position(|group| group.name() == name).unwrap()
}

fn observed(files: &Files, asked: Option<&str>) -> Observed {
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    observe(&APPROVED, &read(&given, &CATALOGUE), &CATALOGUE, Asked { group: asked.map(group), server: None })
}

/// What is told, a line each: `different organisation/group: setting: 1 → 0, weaker`.
fn told(observed: &Observed) -> Vec<String> {
    assert!(!observed.found.has_errors(), "{:?}", observed.found);
    let side = |value: &Option<String>| value.as_deref().unwrap_or("-").to_owned();
    observed
        .findings
        .iter()
        .map(|one| {
            let direction = one.judgement.as_ref().map_or("", |judged| judged.direction.word());
            let by = one.by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
            let group = APPROVED.groups[one.group].name();
            let (approved, seen) = (side(&one.approved), side(&one.seen));
            format!("{} {group}: {}: {approved} → {seen} {direction}{by}", one.kind.word(), one.subject)
                .trim_end()
                .to_owned()
        })
        .collect()
}

fn is_empty(observed: &Observed) {
    assert_eq!(told(observed), [""; 0]);
    assert!(!observed.observations.is_empty() && observed.observations.iter().all(|one| one.agreed > 0));
}

const REALTIME_URI: &str = "./Device/Vendor/MSFT/Policy/Config/Defender/AllowRealtimeMonitoring";

#[test]
fn no_secret_is_told() {
    // A value where a secret is approved is taken for it; another kind of value is not, and is not shown.
    let sandbox = project_with_secret();
    let run = sandbox.run(&["drift", "--observed", "export"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox.edit("export/wifi.mobileconfig", "<string>hunter2</string>", "<integer>270976</integer>");
    let run = sandbox.run(&["drift", "--observed", "export"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("Password") && !run.out.contains("270976"), "{}", run.out);
}

fn project_with_secret() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "policy-sources/acme/it-policy.yaml",
        "policy: it-policy\ntitle: IT\nclauses:\n  - id: \"1.1\"\n    summary: Wi-Fi\n    class: partial\n    reason: an example\n    groups: [phones]\n\
         \x20   settings:\n      - payload: com.apple.wifi.managed\n        platforms: [iOS]\n        keys: { SSID_STR: Office, EncryptionType: WPA2, HIDDEN_NETWORK: false, AutoJoin: true, Password: { secret: office-wifi } }\n",
    );
    sandbox.write("policy-sources/acme/secrets.yaml", "secrets:\n  office-wifi: env:OFFICE_WIFI\n");
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(sandbox.run(&["accept"]).code, 0);
    let (_, bytes) = sandbox.tree("golden").into_iter().find(|(name, _)| name.ends_with(".mobileconfig")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("policyc:secret:office-wifi"));
    sandbox.write("export/wifi.mobileconfig", &text.replace("policyc:secret:office-wifi", "hunter2"));
    sandbox
}

#[test]
fn the_program_says_it_in_every_format_and_ends_alike() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let name = sandbox.profile("golden");
    let text = std::fs::read_to_string(sandbox.path(&name)).unwrap();
    sandbox.write("phones/a.mobileconfig", &text);
    let run = |arguments: &[&str]| -> Run { sandbox.run(&[&["drift", "--observed", "phones"], arguments].concat()) };
    let clean = run(&[]);
    assert_eq!(clean.code, 0, "{}{}", clean.out, clean.err);
    assert!(
        clean.out.contains("acme/phones, what is exported by the direct route: ") && !clean.out.contains("missing"),
        "{}",
        clean.out
    );
    sandbox.edit("phones/a.mobileconfig", "<integer>6</integer>", "<integer>4</integer>");
    for format in ["text", "json", "sarif", "junit", "github", "markdown", "html"] {
        let found = run(&["--format", format]);
        assert_eq!(found.code, 1, "{format}: {}{}", found.out, found.err);
        assert!(found.out.contains("observed-different"), "{format}: {}", found.out);
    }
    let text = run(&[]).out;
    assert!(text.contains("minLength: 6 → 4 (weaker)") && text.contains("decided by it-policy"), "{text}");
    let sarif: Value = serde_json::from_str(&run(&["--format", "sarif"]).out).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "phones/a.mobileconfig");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 10);
    let (code, document) = sandbox.json(&["drift", "--observed", "phones"]);
    assert_eq!(
        (code, document["drift"][0]["kind"].as_str(), document["drift"][0]["direction"].as_str()),
        (1, Some("different"), Some("weaker"))
    );
    assert_eq!(document["drift"][0]["clauses"].as_array().unwrap().len(), 1);
    assert_eq!(document["clauses"][0]["counts"]["different"], 1);
    let verbose = run(&["--verbose"]).out;
    assert!(verbose.contains("intune defaults-of-rings") && verbose.contains("diagnostics-report: "), "{verbose}");
    // The run itself.
    for (arguments, word) in [
        (&["drift", "--observed", "nothing"][..], "nothing"),
        (&["drift", "--observed", "phones", "--group", "phone"], "did you mean `phones`?"),
        (&["drift"], "--observed"),
    ] {
        let failed = sandbox.run(arguments);
        assert_eq!(failed.code, 2, "{arguments:?}");
        assert!(failed.err.contains(word), "{}", failed.err);
    }
    // What is approved stands, whatever the sources say.
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-lenght: 6");
    let found = run(&[]);
    assert_eq!(found.code, 1);
    assert!(
        found.out.contains("minLength: 6 → 4 (weaker)") && found.out.contains("the sources do not compile"),
        "{}",
        found.out
    );
}
