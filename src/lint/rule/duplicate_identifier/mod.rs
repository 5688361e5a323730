//! One identifier for two things: a device knows profiles and payloads by it, and the second takes the place of the first (failure-modes A2).

use super::{Batch, BatchRule, may_meet, quoted_at};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::group::head;
use crate::reader::{Kind, Payload, Reading};
use crate::setting::Setting;
use std::collections::BTreeMap;

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::DuplicateIdentifier], explain: Some(include_str!("explain.md")), run };

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut by_identifier: BTreeMap<&str, Vec<&Reading>> = BTreeMap::new();
    for reading in batch.readings.readings.iter().filter(|reading| reading.kind == Kind::Profile) {
        found.extend(inside(reading));
        if let Some(identifier) = reading.envelope.identifier.as_deref().filter(|text| !text.is_empty()) {
            by_identifier.entry(identifier).or_default().push(reading);
        }
    }
    for (identifier, readings) in by_identifier {
        let Some((first, others)) = readings.split_first() else { continue };
        for other in others.iter().filter(|other| may_meet(&first.audience, &other.audience) && differ(first, other)) {
            let message = format!(
                "`{identifier}` is the identifier of another profile too: on one device this one takes its place"
            );
            let finding =
                Diagnostic::new(Code::DuplicateIdentifier, quoted_at(batch.readings, other, identifier), message)
                    .severity(Severity::Warning)
                    .also(quoted_at(batch.readings, first, identifier), "the other is here")
                    .help("give each profile an identifier of its own, unless no device gets both");
            found.push(finding);
        }
    }
    found
}

/// Whether two profiles set something else; a copy of a file is no second profile.
fn differ(one: &Reading, other: &Reading) -> bool {
    let same = |(a, b): (&Setting, &Setting)| a.address == b.address && a.value == b.value;
    one.items.len() != other.items.len() || !one.settings().zip(other.settings()).all(same)
}

/// What a payload says of itself.
type Of = fn(&Payload) -> Option<&str>;

/// Two payloads of one profile.
fn inside(reading: &Reading) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let keys: [(&str, Of); 2] = [
        ("PayloadUUID", |payload| payload.uuid.as_deref()),
        ("PayloadIdentifier", |payload| payload.identifier.as_deref()),
    ];
    let mut said = Vec::new();
    for (key, of) in keys {
        let mut seen: BTreeMap<String, &Payload> = BTreeMap::new();
        for payload in &reading.envelope.payloads {
            let Some(value) = of(payload).filter(|value| !value.is_empty()) else { continue };
            let Some(first) = seen.insert(value.to_ascii_uppercase(), payload) else { continue };
            if said.contains(&payload.span) {
                continue;
            }
            said.push(payload.span);
            let message = format!("the payloads `{}` and `{}` have one `{key}`: `{value}`", first.kind, payload.kind);
            // Devices tell payloads by their UUIDs; that identifiers differ is Apple's word for it.
            let severity = if key == "PayloadUUID" { Severity::Error } else { Severity::Warning };
            let finding = Diagnostic::new(Code::DuplicateIdentifier, head(payload.span), message)
                .severity(severity)
                .also(head(first.span), "the first is here")
                .help(format!("give each payload a `{key}` of its own, and keep it from then on"));
            found.push(finding);
        }
    }
    found
}
