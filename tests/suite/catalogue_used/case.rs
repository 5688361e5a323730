//! One try of one key or node: a group that can take it, the raw entries of a clause, and what should come of them. Cases are
//! compiled by the hundred: each is a group and a clause of its own, on a line of its own, so that findings are told apart by line.

use crate::project::source;
use policyc::diagnostic::{Diagnostic, Place};
use policyc::setting::{Address, Value};
use policyc::source::Sources;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is tried.
pub struct Case {
    /// The key or node: `TYPE · key.below`, or a LocURI.
    pub about: String,
    /// Facts of the group, as a flow mapping holds them.
    pub group: String,
    /// Entries of the clause.
    pub entries: Vec<String>,
    /// What should come of it.
    pub outcome: Outcome,
}

/// What should come of a case.
pub enum Outcome {
    /// It compiles to exactly these settings, and the artefacts decode to them.
    Settings(BTreeMap<Address, Value>),
    /// It is refused with this code, and there is no artefact.
    Refused(&'static str),
}

/// Lines before the first group or clause.
const HEAD: usize = 3;

/// A source tree with a group and a clause for each case.
pub fn sources(cases: &[&Case]) -> Sources {
    let mut groups = "groups:\n# One line for each case.\n#\n".to_owned();
    let mut policy = "policy: rules\ntitle: Rules\nclauses:\n".to_owned();
    for (n, case) in cases.iter().enumerate() {
        writeln!(groups, "  g{n}: {{ title: Devices, {} }}", case.group).unwrap();
        let entries = case.entries.join(", ");
        writeln!(
            policy,
            "  - {{ id: c{n}, summary: s, class: procedural, reason: r, groups: [g{n}], settings: [{entries}] }}"
        )
        .unwrap();
    }
    Sources::new(vec![
        source("policy-sources/acme/organisation.yaml", "organisation: acme\nname: Acme\nidentifier: org.acme\n"),
        source("policy-sources/acme/groups.yaml", groups),
        source("policy-sources/acme/rules.yaml", policy),
    ])
}

/// The case that a finding is about.
pub fn of(finding: &Diagnostic, sources: &Sources) -> Option<usize> {
    let Place::Source(span) = &finding.place else { return None };
    (span.is_somewhere() && sources.path(span.file).starts_with("policy-sources/"))
        .then(|| sources.line_column(*span).0.checked_sub(HEAD + 1))
        .flatten()
}

/// The place of the case that a group is for.
pub fn place(group: &str) -> usize {
    group[1..].parse().unwrap()
}

/// A value as a clause writes it, on one line.
pub fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Real(number) => format!("{:?}", number.get()),
        Value::Plain(_) | Value::Boolean(_) | Value::Integer(_) | Value::Date(_) => value.to_string(),
        Value::Data(bytes) => format!("{{ base64: \"{}\" }}", base64(bytes)),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(|item| written(&item.value)))),
        Value::Dictionary(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", quoted(key), written(&value.value)));
            format!("{{ {} }}", joined(entries))
        }
        Value::Secret(secret) => format!("{{ secret: {} }}", secret.names().join(" ")),
        Value::Reference { owner, instance: None } => format!("{{ $ref: {owner} }}"),
        Value::Reference { owner, instance: Some(name) } => format!("{{ $ref: {owner}, instance: {name} }}"),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// Text in double quotes, with the escapes of YAML.
pub fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            other => write!(out, "\\U{:08X}", u32::from(other)).unwrap(),
        }
    }
    out.push('"');
    out
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
