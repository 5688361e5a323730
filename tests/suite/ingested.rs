//! `policyc ingest-admx` as people run it: what it writes and what it never overwrites, and what a template then does for its
//! organisation, on each route.

use super::cli::Sandbox;
use super::project::root;
use policyc::backend::decode_at;
use policyc::catalogue::Catalogue;
use policyc::policy::templates;
use policyc::source::{Content, SourceFile, Sources};
use serde_json::Value;
use std::fs;

const FACTS: &str = "policy-sources/acme/admx/notes.yaml";
const FILE: &str = "policy-sources/acme/admx/notes.admx";

/// A project with an ADMX file beside it, as somebody has downloaded it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let admx = fs::read_to_string(root().join("tests/cases/admx/installed-first/admx/notes.admx")).unwrap();
    sandbox.write("notes.admx", &admx);
    sandbox
}

const INGEST: [&str; 6] = ["ingest-admx", "notes.admx", "--organisation", "acme", "--app", "Notes"];

#[test]
fn facts_and_file_are_written_once_and_replaced_on_demand() {
    let sandbox = sandbox();
    let run = sandbox.run(&INGEST);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning[blocked-root]") && run.err.contains("notes.admx:49:5"), "{}", run.err);
    let facts = fs::read_to_string(sandbox.path(FACTS)).unwrap();
    assert_eq!(facts, fs::read_to_string(root().join("tests/cases/admx/installed-first/admx/notes.yaml")).unwrap());
    assert_eq!(fs::read(sandbox.path(FILE)).unwrap(), fs::read(sandbox.path("notes.admx")).unwrap());
    assert!(sandbox.run(&INGEST).out.contains("all of it is there already"));

    sandbox.edit("notes.admx", "maxValue=\"24\"", "maxValue=\"12\"");
    sandbox.edit("notes.admx", "\"Telemetry\" class", "\"Reports\" class");
    let run = sandbox.run(&INGEST);
    assert_eq!((run.code, run.err.contains("`--replace`")), (2, true), "{}", run.err);
    assert_eq!(fs::read_to_string(sandbox.path(FACTS)).unwrap(), facts, "nothing is overwritten");
    let run = sandbox.run(&[&INGEST[..], &["--replace", "--json"]].concat());
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["new"], serde_json::json!(["notes/Reports"]));
    assert_eq!(document["gone"], serde_json::json!(["notes/Telemetry"]));
    assert_eq!(document["changed"], serde_json::json!(["notes~Sync/SyncHours"]));
    assert_eq!(document["written"], serde_json::json!([FACTS, FILE]));
}

#[test]
fn what_cannot_be_ingested_leaves_nothing_behind() {
    let sandbox = sandbox();
    let before = sandbox.tree("policy-sources");
    for (text, code) in [("<policyDefinitions/>", 1), ("", 1), ("\u{0}", 1)] {
        sandbox.write("notes.admx", text);
        assert_eq!(sandbox.run(&INGEST).code, code, "{text:?}");
    }
    assert_eq!(sandbox.run(&["ingest-admx", "none.admx", "--organisation", "acme"]).code, 2);
    assert_eq!(sandbox.run(&["ingest-admx", "notes.admx", "--organisation", "acmee"]).code, 2);
    let again = self::sandbox();
    assert_eq!(again.run(&["ingest-admx", "notes.admx", "--organisation", "acme", "--app", "a/b"]).code, 2);
    assert_eq!(sandbox.tree("policy-sources"), before);
}

const POLICY: &str = r#"policy: it-policy
title: IT Policy
clauses:
  - id: "1"
    summary: Notes is set up
    class: enforced
    groups: [laptops]
    settings:
      - csp: ./Device/Vendor/MSFT/Policy/Config/Notes~Policy~notes
        admx: { Telemetry: disabled }
      - csp: ./User/Vendor/MSFT/Policy/Config/Notes~Policy~notes~Sync
        admx:
          Servers: { ServersDesc: [a.example.org], NamedDesc: { main: b }, Title: Court, Lines: [one, two] }
"#;

/// A template's policies come back from the files of every route, with the catalogue of the organisation that brings it.
#[test]
fn every_route_carries_the_template_and_its_policies() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&INGEST).code, 0);
    sandbox.write("policy-sources/acme/it-policy.yaml", POLICY);
    sandbox.edit(
        "policy-sources/acme/groups.yaml",
        "has: [tpm, touch]",
        "has: [tpm, touch]\n    deliver: [syncml, intune]",
    );
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let content = Content::Bytes(fs::read(sandbox.path(FACTS)).unwrap());
    let own = templates(&Sources::new(vec![SourceFile { path: FACTS.to_owned(), content }]));
    let catalogue = Catalogue::embedded().extended(&own);
    let files = sandbox.tree("profiles-out/acme/laptops");
    let read = |intune: bool| {
        let mut settings = Vec::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.contains("intune/") == intune) {
            if !path.ends_with("index.json") {
                let decoded = decode_at(&format!("acme/laptops/{path}"), bytes, &catalogue).unwrap();
                settings.extend(decoded.settings);
            }
        }
        settings.sort_by(|a, b| a.address.cmp(&b.address));
        settings.into_iter().map(|setting| (setting.address, setting.value)).collect::<Vec<_>>()
    };
    let (direct, intune) = (read(false), read(true));
    assert_eq!(direct.len(), 7, "{direct:?}");
    assert_eq!(direct, intune);
    let custom: Vec<&String> = files.keys().filter(|path| path.contains("intune/")).collect();
    assert!(custom.iter().all(|path| path.contains("custom")), "{custom:?}");
}
