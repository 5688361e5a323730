//! Findings and entries alike, as formats tell them that know one thing at one place: SARIF, JUnit, annotations.

use crate::diagnostic::Severity;
use crate::diagnostic::render::{Finding, LabelText, PlaceText};
use crate::digest::sha256;
use crate::gather::Arrange;
use crate::report::{Entry, Report};
use std::collections::BTreeMap;

/// Lines of detail in one notice; the rest are counted.
const DETAILS: usize = 40;

/// One thing to tell, at one place.
pub(super) struct Notice<'a> {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) message: &'a str,
    /// What belongs to it, a line each.
    pub(super) details: Vec<String>,
    pub(super) help: &'a [String],
    /// Where it is; nothing where no file holds it.
    pub(super) place: Option<&'a PlaceText>,
    /// Further places.
    pub(super) also: Vec<&'a LabelText>,
    /// Text that would mend it.
    pub(super) fix: Option<&'a LabelText>,
    /// The entry behind it, where it is none of the findings.
    pub(super) entry: Option<&'a Entry>,
    /// By what it is known again: never a number of a line.
    pub(super) known_by: Fingerprint,
}

/// A digest of what makes the notice this one, and which of several such it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) digest: String,
    pub(super) ordinal: usize,
}

/// Everything that people want to see, in the order of its weight: entries, then findings.
pub(super) fn notices(report: &Report) -> Vec<Notice<'_>> {
    let entries = report.entries.iter().map(of_entry);
    let mut notices: Vec<Notice<'_>> = entries.chain(report.shown().into_iter().map(of_finding)).collect();
    notices.arrange_by_key(|notice| notice.severity);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for notice in &mut notices {
        let ordinal = seen.entry(notice.known_by.digest.clone()).or_default();
        *ordinal += 1;
        notice.known_by.ordinal = *ordinal;
    }
    notices
}

fn of_finding(finding: &Finding) -> Notice<'_> {
    let place = Some(&finding.place).filter(|place| place.path.is_some());
    let path = finding.place.path.as_deref().unwrap_or("");
    let inside = finding.place.inside.as_deref().unwrap_or("");
    let subject = if path.is_empty() { finding.message.as_str() } else { "" };
    Notice {
        code: finding.code,
        severity: finding.severity,
        message: &finding.message,
        details: Some(finding.label.clone()).filter(|label| !label.is_empty()).into_iter().collect(),
        help: &finding.help,
        place,
        also: finding.labels.iter().filter(|label| label.place.path.is_some()).collect(),
        fix: finding.fix.as_ref(),
        entry: None,
        known_by: known_by(&[finding.code, path, &finding.marked.line, &finding.marked.text, inside, subject]),
    }
}

fn of_entry(entry: &Entry) -> Notice<'_> {
    let mut places = entry.places.iter().filter(|label| label.place.path.is_some());
    let place = places.next().map(|label| &label.place);
    let mut parts = vec![entry.code, entry.kind, &entry.subject];
    parts.extend(entry.groups.iter().map(String::as_str));
    parts.extend(entry.changes.iter().map(|change| change.subject.as_str()));
    Notice {
        code: entry.code,
        severity: entry.severity,
        message: &entry.message,
        details: details(entry),
        help: &entry.help,
        place,
        also: places.collect(),
        fix: None,
        entry: Some(entry),
        known_by: known_by(&parts),
    }
}

fn details(entry: &Entry) -> Vec<String> {
    let changes = entry.changes.iter().map(|change| {
        let direction = change.direction.map_or_else(String::new, |direction| format!(" ({direction})"));
        format!("{}: {}{direction}", change.subject, change.values())
    });
    let clauses = (!entry.clauses.is_empty()).then(|| format!("clauses: {}", entry.clauses.join(", ")));
    let impacts = entry.impacts.iter().map(|impact| format!("on devices: {impact}"));
    let mut details: Vec<String> = changes.chain(entry.body.iter().cloned()).collect();
    let more = details.len().saturating_sub(DETAILS);
    details.truncate(DETAILS);
    details.extend((more > 0).then(|| format!("… and {more} more")));
    details.extend(clauses.into_iter().chain(impacts));
    details
}

fn known_by(parts: &[&str]) -> Fingerprint {
    Fingerprint { digest: sha256(parts.join("\u{0}").as_bytes()), ordinal: 0 }
}
