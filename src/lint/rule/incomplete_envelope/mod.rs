//! What every profile and payload must say of itself (Apple, "TopLevel" and "CommonPayloadKeys"): without a version iOS and Apple Business
//! Manager refuse it (failure-modes A12).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::group::head;
use crate::reader::Kind;
use crate::source::Span;

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::IncompleteEnvelope], explain: Some(include_str!("explain.md")), run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let reading = file.reading;
    // Where it was cut short, what is missing has its finding.
    if reading.kind != Kind::Profile || reading.is_malformed() {
        return Vec::new();
    }
    let envelope = &reading.envelope;
    let mut found = Vec::new();
    let own = missing(&envelope.identifier, &envelope.uuid, envelope.version);
    if !own.is_empty() {
        found.push(finding(Span::NOWHERE, "the profile", &own));
    }
    found.extend(other_version(Span::NOWHERE, "the profile", envelope.version));
    for payload in envelope.payloads.iter().filter(|payload| !payload.kind.is_empty()) {
        let own = missing(&payload.identifier, &payload.uuid, payload.version);
        if !own.is_empty() {
            found.push(finding(head(payload.span), &format!("the payload `{}`", payload.kind), &own));
        }
        found.extend(other_version(head(payload.span), &format!("the payload `{}`", payload.kind), payload.version));
    }
    found
}

fn missing(identifier: &Option<String>, uuid: &Option<String>, version: Option<i128>) -> Vec<&'static str> {
    let all = [
        ("PayloadIdentifier", identifier.is_none()),
        ("PayloadUUID", uuid.is_none()),
        ("PayloadVersion", version.is_none()),
    ];
    all.into_iter().filter(|(_, missing)| *missing).map(|(key, _)| key).collect()
}

/// Apple's schema lists one version of both. macOS has been seen to take others.
fn other_version(span: Span, what: &str, version: Option<i128>) -> Option<Diagnostic> {
    let other = version.filter(|version| *version != 1)?;
    let message = format!("{what} has `PayloadVersion` {other}, and Apple's schema knows 1 alone");
    let finding = Diagnostic::new(Code::IncompleteEnvelope, span, message).severity(Severity::Warning);
    Some(finding.help("write `<key>PayloadVersion</key><integer>1</integer>`"))
}

fn finding(span: Span, what: &str, keys: &[&str]) -> Diagnostic {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let message = format!("{what} has no {}, or of another type", quoted.join(", no "));
    let finding = Diagnostic::new(Code::IncompleteEnvelope, span, message);
    match keys.contains(&"PayloadVersion") {
        true => finding
            .help("write `<key>PayloadVersion</key><integer>1</integer>`: devices and servers refuse what has none"),
        false => finding.help("give it one of its own, and keep it: a device knows by it what it has already"),
    }
}
