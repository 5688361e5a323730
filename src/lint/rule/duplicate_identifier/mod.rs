//! One identifier for two things: a device knows profiles and payloads by it, and the second takes the place of the first (failure-modes A2).

use super::{Batch, BatchRule, FileRule, may_meet, quoted_at};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::effective::finding::{also_at, placed};
use crate::lint::group::head;
use crate::reader::{Kind, Payload, Reading};
use crate::setting::Setting;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::DuplicateIdentifier], explain: Some(include_str!("explain.md")), run };

/// The same of the payloads of one profile.
pub(crate) const INSIDE: FileRule =
    FileRule { codes: &[Code::DuplicateIdentifier], explain: None, run: |file| inside(file.reading) };

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let alike: Vec<Vec<&Reading>> = of_one_identifier(&batch.readings.readings).into_values().collect();
    alike.par_iter().flat_map_iter(|readings| of_several(batch, readings)).collect()
}

/// Profiles of one identifier.
fn of_several(batch: &Batch<'_>, readings: &[&Reading]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some((first, others)) = readings.split_first() {
        let identifier = first.envelope.identifier.as_deref().unwrap_or_default();
        for other in others.iter().filter(|other| may_meet(&first.audience, &other.audience) && differ(first, other)) {
            let message = format!(
                "`{identifier}` is the identifier of another profile too: on one device this one takes its place"
            );
            let [here, there] = [other, first].map(|reading| quoted_at(batch.readings, reading, identifier));
            let finding = placed(other, here, "PayloadIdentifier", Code::DuplicateIdentifier, message)
                .severity(Severity::Warning)
                .help("give each profile an identifier of its own, unless no device gets both");
            found.push(also_at(finding, first, there, "PayloadIdentifier", "the other is here".to_owned()));
        }
    }
    found
}

/// The profiles that share an identifier with another one. Nearly all have one of their own, so that digests are compared first: to sort
/// the identifiers of ten thousand profiles, each somewhere in memory, takes as long as to parse a thousand of them.
fn of_one_identifier(readings: &[Reading]) -> BTreeMap<&str, Vec<&Reading>> {
    let own = |reading: &Reading| {
        let identifier = reading.envelope.identifier.as_deref().filter(|text| !text.is_empty())?;
        let mut digest = DefaultHasher::new();
        identifier.hash(&mut digest);
        (reading.kind == Kind::Profile).then(|| digest.finish())
    };
    let own = |(n, reading): (usize, &Reading)| own(reading).map(|digest| (digest, n));
    let mut digests: Vec<(u64, usize)> = readings.par_iter().enumerate().filter_map(own).collect();
    digests.sort_unstable();
    let mut alike: BTreeMap<&str, Vec<&Reading>> = BTreeMap::new();
    for (_, n) in digests.chunk_by(|one, next| one.0 == next.0).filter(|same| same.len() > 1).flatten() {
        let identifier = readings[*n].envelope.identifier.as_deref().unwrap_or_default();
        alike.entry(identifier).or_default().push(&readings[*n]);
    }
    alike
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
    if reading.kind != Kind::Profile || reading.envelope.payloads.len() < 2 {
        return found;
    }
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
