//! What devices and servers have otherwise than approved, as entries: those of one file, or of one group of devices, together; each
//! setting with its direction, and with who asked for it.

use super::model::{Change, Entry};
use super::reason::Reason;
use crate::backend::{self, Format};
use crate::compare::Direction;
use crate::diagnostic::Severity;
use crate::diagnostic::render::{LabelText, Lines, PlaceText};
use crate::digest::sha256;
use crate::drift;
use crate::gather::Gather;
use crate::observed::{Approved, Finding, Kind, Observed, rules};
use crate::setting::{Address, Origin};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Places that an entry names at most, and devices that its text names.
const MOST: usize = 20;
const NAMED: usize = 3;
/// Hexadecimal digits of an id.
const ID: usize = 16;

/// Who asked for a setting: `organisation/group`, then the address.
pub type Asked = BTreeMap<String, BTreeMap<Address, Vec<Origin>>>;

/// The two sides' texts, for places in them.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Of what is observed.
    pub seen: &'a Lines<'a>,
    /// Of the sources.
    pub sources: &'a Lines<'a>,
    /// What is approved.
    pub approved: &'a Approved,
    /// Who asked for it.
    pub asked: &'a Asked,
}

/// What several findings have in common, to be told together.
type Together<'f> = (usize, Kind, String, Option<&'f str>, Option<&'f str>, Vec<usize>, bool);

/// The findings as entries, those that are drift first.
pub fn entries(observed: &Observed, sides: &Sides<'_>) -> Vec<Entry> {
    let mut together: BTreeMap<Together<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in &observed.findings {
        let devices: BTreeSet<usize> = finding.places.iter().map(|place| place.observation).gather();
        let file = finding.file.clone().or_else(|| finding.places.first().map(|place| place.file.clone()));
        let whole = is_masked(finding);
        let key = (
            finding.group,
            finding.kind,
            file.unwrap_or_default(),
            finding.by.as_deref(),
            finding.why.as_deref(),
            devices.into_iter().collect(),
            whole,
        );
        together.entry(key).or_default().push(finding);
    }
    let mut entries: Vec<Entry> = together.into_values().map(|findings| entry(&findings, observed, sides)).collect();
    crate::gather::Arrange::arrange_by_key(entries.as_mut_slice(), |entry| entry.severity);
    entries
}

/// Whether somebody keeps the value to himself who could tell it.
fn is_masked(finding: &Finding) -> bool {
    finding.kind == Kind::Unknown && finding.why.as_deref().is_some_and(|why| why.contains("console keeps"))
}

fn entry(findings: &[&Finding], observed: &Observed, sides: &Sides<'_>) -> Entry {
    let Some(first) = findings.first() else { panic!("internal: an entry has a finding") };
    let group = sides.approved.groups[first.group].name();
    let changes: Vec<Change> = findings.iter().map(|finding| change(finding, &group, sides)).collect();
    let clauses: BTreeSet<String> =
        changes.iter().flat_map(|one| &one.because).flat_map(|why| &why.clauses).map(|one| one.clause.clone()).gather();
    let directions = findings.iter().filter_map(|finding| finding.judgement.as_ref());
    let direction =
        directions.clone().next().is_some().then(|| Direction::of_parts(directions.map(|one| one.direction)));
    let severity = match (first.kind, is_masked(first)) {
        (Kind::Unknown, true) => Severity::Warning,
        (kind, _) => kind.code().severity(),
    };
    let mut body: Vec<String> = first.why.iter().cloned().collect();
    body.extend(devices(first, observed));
    let subject =
        first.file.clone().unwrap_or_else(|| first.places.first().map_or(String::new(), |place| place.file.clone()));
    Entry {
        id: id(first, &group, &changes),
        code: first.kind.code().name(),
        severity,
        kind: first.kind.word(),
        direction: direction.map(Direction::word),
        message: message(findings, &group, observed),
        subject,
        groups: vec![group],
        places: places(findings, sides),
        changes,
        body,
        clauses: clauses.into_iter().collect(),
        impacts: Vec::new(),
        lines: drift::Lines::None,
        help: vec![cure(first.kind).to_owned()],
    }
}

fn cure(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing | Kind::Different => {
            "deliver what is approved again; where the new value is meant, change the clause and `policyc accept` it"
        }
        Kind::Superseded => "take the policy away from the other provider, or the devices out of its audience",
        Kind::Extra => "take it away, or write a clause that asks for it and `policyc accept` what it gives",
        Kind::Unknown => {
            "ask another source: the console for a masked value, the device by `Get` for what its report leaves out"
        }
    }
}

/// What is the matter, in one line.
fn message(findings: &[&Finding], group: &str, observed: &Observed) -> String {
    let first = findings[0];
    let many = |word: &str| match findings.len() {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let of = match (&first.file, first.places.first()) {
        (Some(file), _) => format!(" of `golden/{file}`"),
        (None, Some(place)) => format!(" in `{}`", place.file),
        (None, None) => String::new(),
    };
    let one = findings.len() == 1;
    let said = match first.kind {
        Kind::Missing => format!("{}{of} {} missing", many("setting"), if one { "is" } else { "are" }),
        Kind::Different => format!("{}{of} {} another value", many("setting"), if one { "has" } else { "have" }),
        Kind::Superseded => {
            let by = first.by.as_deref().unwrap_or("another provider");
            format!("`{by}` decides {}{of}", many("setting"))
        }
        Kind::Extra => format!("{}{of} that nobody has approved", many("setting")),
        Kind::Unknown => format!("nobody can tell {}{of}", many("setting")),
    };
    let is_device = first.places.iter().any(|place| observed.observations[place.observation].is_device);
    let on = match (is_device, first.of) {
        (true, of) if of > 1 => format!(", on {} of {of} devices ({} agree)", counted(first), first.agreed),
        _ => String::new(),
    };
    format!("`{group}`: {said}{on}")
}

fn counted(finding: &Finding) -> usize {
    let devices: BTreeSet<usize> = finding.places.iter().map(|place| place.observation).gather();
    devices.len()
}

/// The devices behind it.
fn devices(finding: &Finding, observed: &Observed) -> Option<String> {
    let names: BTreeSet<&str> = finding
        .places
        .iter()
        .map(|place| &observed.observations[place.observation])
        .filter(|one| one.is_device)
        .map(|one| one.name.as_str())
        .gather();
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(NAMED);
    let mut shown: Vec<&str> = names.into_iter().take(NAMED).collect();
    let rest = format!("and {more} more");
    if more > 0 {
        shown.push(&rest);
    }
    Some(format!("on {}", shown.join(", ")))
}

fn origins<'a>(finding: &Finding, group: &str, asked: &'a Asked) -> &'a [Origin] {
    // What travels as it is no clause asks for, though one may ask for the same beside it.
    let is_attached = finding.file.as_deref().and_then(backend::format_of) == Some(Format::Attached);
    let address = finding.address.as_ref().filter(|_| !is_attached);
    let own = address.and_then(|address| asked.get(group)?.get(address));
    own.map_or(&[], Vec::as_slice)
}

fn change(finding: &Finding, group: &str, sides: &Sides<'_>) -> Change {
    let mut notes = Vec::new();
    if let Some(judged) = finding.judgement.as_ref().filter(|judged| judged.direction != Direction::Neutral) {
        notes.push(format!("{}: {}", judged.direction.word(), judged.because));
    }
    notes.extend(seen_at(finding, sides));
    let because = origins(finding, group, sides.asked).iter().map(|origin| Reason::of(origin, sides.sources)).collect();
    let untold = match finding.kind {
        Kind::Unknown => Some("unknown"),
        // A list names it and none of its values.
        Kind::Extra => Some("there"),
        Kind::Different => Some("another"),
        _ => None,
    };
    Change {
        kind: if finding.address.is_some() { "setting" } else { "place" },
        subject: finding.subject.clone(),
        before: finding.approved.clone(),
        after: finding.seen.clone().or(untold.map(str::to_owned)),
        direction: finding.judgement.as_ref().map(|judged| judged.direction.word()),
        because,
        notes,
    }
}

/// Where the value stands: in the first file that has it, and how many more do.
fn seen_at(finding: &Finding, sides: &Sides<'_>) -> Option<String> {
    let first = finding.places.iter().find(|place| finding.seen.is_some() || place.span.is_somewhere())?;
    let place = match sides.seen.at(first.span).filter(|_| first.span.is_somewhere()) {
        Some(place) => place,
        None => format!("{}, {}", first.file, first.inside),
    };
    Some(match finding.places.len() {
        1 => format!("seen at {place}"),
        n => format!("seen at {place}, and in {} more", n - 1),
    })
}

/// Where it is seen, then the approved file.
fn places(findings: &[&Finding], sides: &Sides<'_>) -> Vec<LabelText> {
    let mut places: Vec<LabelText> = Vec::new();
    for place in findings.iter().flat_map(|finding| finding.places.iter()) {
        let at = match place.span.is_somewhere() {
            true => PlaceText { inside: Some(place.inside.clone()), ..sides.seen.place(place.span) },
            false => {
                PlaceText { path: Some(place.file.clone()), inside: Some(place.inside.clone()), ..PlaceText::default() }
            }
        };
        if places.len() < MOST && places.iter().all(|known| known.place != at) {
            places.push(LabelText { place: at, text: String::new() });
        }
    }
    if let Some(file) = &findings[0].file {
        let inside: Vec<&str> = findings.iter().take(MOST).map(|finding| finding.subject.as_str()).collect();
        let (path, inside) = (Some(format!("golden/{file}")), Some(inside.join(", ")));
        let place = PlaceText { path, inside, ..PlaceText::default() };
        places.push(LabelText { place, text: "approved here".to_owned() });
    }
    places
}

/// What makes it this matter and no other: the group, the kind, each value; not the devices, of which there are more tomorrow.
fn id(first: &Finding, group: &str, changes: &[Change]) -> String {
    let by = first.by.clone().unwrap_or_default();
    let mut parts = vec![group.to_owned(), first.kind.word().to_owned(), by];
    parts.extend(changes.iter().flat_map(|change| [change.subject.clone(), change.values()]));
    let mut id = sha256(parts.join("\u{0}").as_bytes());
    id.truncate(ID);
    id
}

/// What other programs get beside the entries: every setting with its count, what was looked at, clause by clause, and the rules.
pub fn data(observed: &Observed, sides: &Sides<'_>) -> Value {
    let group = |n: usize| sides.approved.groups[n].name();
    let counts = |counts: &[usize; 5]| -> Value {
        Kind::ALL.iter().zip(counts).map(|(kind, count)| (kind.word().to_owned(), Value::from(*count))).collect()
    };
    let observation = |one: &crate::observed::Observation| {
        json!({
            "name": one.name,
            "group": group(one.group),
            "device": one.is_device,
            "source": one.source,
            "route": one.route.word(),
            "provider": one.provider,
            "files": one.files.len(),
            "agreed": one.agreed,
            "counts": counts(&one.counts),
        })
    };
    let finding = |one: &Finding| {
        let clauses = asking(one, &group(one.group), sides.asked);
        let names: BTreeSet<&str> =
            one.places.iter().map(|place| observed.observations[place.observation].name.as_str()).gather();
        json!({
            "group": group(one.group),
            "kind": one.kind.word(),
            "setting": one.subject,
            "approved": one.approved,
            "observed": one.seen,
            "provider": one.by,
            "reason": one.why,
            "direction": one.judgement.as_ref().map(|judged| judged.direction.word()),
            "file": one.file.as_ref().map(|file| format!("golden/{file}")),
            "clauses": clauses,
            "observations": names,
            "count": names.len(),
            "agreed": one.agreed,
            "of": one.of,
        })
    };
    let clause = |((group, clause), counted): (&(String, String), &[usize; 5])| json!({ "group": group, "clause": clause, "counts": counts(counted) });
    let rule = |(n, rule): (usize, &crate::observed::Rule)| {
        json!({
            "server": rule.server,
            "rule": rule.name,
            "what": rule.what,
            "reason": rule.reason,
            "applied": observed.applied.get(&n).copied().unwrap_or_default(),
        })
    };
    json!({
        "observations": observed.observations.iter().map(observation).collect::<Vec<_>>(),
        "drift": observed.findings.iter().map(finding).collect::<Vec<_>>(),
        "clauses": by_clause(observed, sides).iter().map(clause).collect::<Vec<_>>(),
        "passed_over": observed.passed_over,
        "rules": rules().iter().enumerate().map(rule).collect::<Vec<_>>(),
    })
}

/// The clauses that ask for a setting; where values were decided, those that decided.
fn asking(finding: &Finding, group: &str, asked: &Asked) -> BTreeSet<String> {
    let deciding = |origin: &Origin| {
        let count = if origin.deciding == 0 { origin.clauses.len() } else { origin.deciding.min(origin.clauses.len()) };
        origin.clauses[..count].iter().map(|(clause, _)| clause.to_string()).collect::<Vec<_>>()
    };
    origins(finding, group, asked).iter().flat_map(deciding).gather()
}

/// How many settings of each clause are not as approved, by [`Kind::ALL`]: group and clause.
pub fn by_clause(observed: &Observed, sides: &Sides<'_>) -> BTreeMap<(String, String), [usize; 5]> {
    let mut all: BTreeMap<(String, String), [usize; 5]> = BTreeMap::new();
    for finding in &observed.findings {
        let group = sides.approved.groups[finding.group].name();
        let Some(n) = Kind::ALL.iter().position(|kind| *kind == finding.kind) else { continue };
        for clause in asking(finding, &group, sides.asked) {
            all.entry((group.clone(), clause)).or_default()[n] += 1;
        }
    }
    all
}
