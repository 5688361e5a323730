//! A review as entries, which every format prints, and as data for other programs: what `policyc diff --json` says of its own.

use super::model::{self, Entry};
use super::rule;
use crate::compare::{Direction, Judgement};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{LabelText, PlaceText};
use crate::drift;
use crate::gather::Gather;
use crate::review::{self, Change, FailOn, FileChange, Kind, Moved, Place, Review, SourceChange, Subject};
use serde::Serialize;
use std::collections::BTreeSet;

/// A review.
#[derive(Debug, Serialize)]
pub struct Data {
    /// What the earlier side is.
    pub before: String,
    /// What the later side is.
    pub after: String,
    /// What could not be compared, and why.
    pub remarks: Vec<String>,
    /// Counts by kind and direction.
    pub summary: Summary,
    /// Everything that differs.
    pub changes: Vec<ChangeData>,
    /// Files of devices that differ.
    pub files: Vec<FileData>,
    /// Sources whose text differs.
    pub sources: Vec<SourceData>,
    /// Ids of the changes that `--fail-on` stops at, each with the reasons.
    pub stopped_by: Vec<Stop>,
}

/// How many changes there are.
#[derive(Debug, Default, Serialize)]
#[allow(missing_docs, reason = "the names are the words of the review")]
pub struct Summary {
    pub behaviour: usize,
    pub identity: usize,
    pub cosmetic: usize,
    pub weaker: usize,
    pub unknown: usize,
    pub stronger: usize,
    pub neutral: usize,
    pub approved: usize,
}

/// A change that a pipeline stops at.
#[derive(Debug, Serialize)]
pub struct Stop {
    /// Its id.
    pub change: String,
    /// Why.
    pub reasons: Vec<&'static str>,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct ChangeData {
    /// The digest of the change.
    pub id: String,
    /// `behaviour`, `identity`, `cosmetic`.
    pub kind: &'static str,
    /// `weaker`, `unknown`, `stronger`, `neutral`.
    pub direction: &'static str,
    /// Who says which way.
    pub because: String,
    /// What of it goes which way.
    pub parts: Vec<Part>,
    /// The organisation.
    pub organisation: String,
    /// The group.
    pub group: Option<String>,
    /// What has changed, for people.
    pub subject: String,
    /// What it is: `control`, `setting`, `clause`, ….
    pub subject_kind: &'static str,
    /// `added`, `removed`, `changed`, `renamed`, ….
    pub what: &'static str,
    /// Before.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
    /// Clauses.
    pub clauses: Vec<String>,
    /// Exceptions.
    pub exceptions: Vec<String>,
    /// Settings that move with it.
    pub settings: Vec<SettingData>,
    /// What it does to devices; empty: none known.
    pub impacts: Vec<String>,
    /// Where it is written.
    pub place: Option<PlaceData>,
    /// What to do.
    pub cure: Option<String>,
    /// Who approved it, when and why.
    pub approved: Option<ApprovalData>,
}

/// A part of a change.
#[derive(Debug, Serialize)]
pub struct Part {
    /// What.
    pub what: String,
    /// Which way.
    pub direction: &'static str,
}

/// An approval.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names are those of the approval file")]
pub struct ApprovalData {
    pub by: String,
    pub date: String,
    pub why: String,
}

/// One setting that moves.
#[derive(Debug, Serialize)]
pub struct SettingData {
    /// `profile`, `declaration`, `csp`, `command`.
    pub family: &'static str,
    /// The whole address, for people.
    pub address: String,
    /// Payload type, declaration type, request type or LocURI.
    pub owner: String,
    /// The occurrence.
    pub instance: Option<String>,
    /// `device` or `user`.
    pub channel: &'static str,
    /// The key path, or the element of an ADMX body.
    pub leaf: Vec<String>,
    /// Before; absent: not set.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
    /// Which way.
    pub direction: &'static str,
    /// Who says so.
    pub because: String,
    /// What of it goes which way.
    pub parts: Vec<Part>,
    /// Clauses.
    pub clauses: Vec<String>,
    /// The file before.
    pub file_before: Option<String>,
    /// The file after.
    pub file_after: Option<String>,
    /// What it does to devices.
    pub impacts: Vec<String>,
}

/// A place in a source.
#[derive(Debug, Serialize)]
pub struct PlaceData {
    /// `before` or `after`.
    pub side: &'static str,
    /// Path.
    pub path: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A file of devices.
#[derive(Debug, Serialize)]
pub struct FileData {
    /// Organisation.
    pub organisation: String,
    /// Group.
    pub group: String,
    /// Path before.
    pub before: Option<String>,
    /// Path after.
    pub after: Option<String>,
    /// Identities that differ.
    pub identities: Vec<IdentityData>,
}

/// An identity.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "key, before, after")]
pub struct IdentityData {
    pub key: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A source whose text differs.
#[derive(Debug, Serialize)]
pub struct SourceData {
    /// Its path.
    pub path: String,
    /// `added`, `removed`, `changed`.
    pub what: &'static str,
}

/// Each change as an entry, for the formats that all commands share.
pub fn entries(review: &Review, fail_on: &[FailOn]) -> Vec<Entry> {
    let stopping: BTreeSet<&str> =
        review::stopping(review, fail_on).into_iter().map(|(change, _)| change.id.as_str()).gather();
    review.changes.iter().map(|one| entry(one, review, stopping.contains(one.id.as_str()))).collect()
}

fn entry(change: &Change, review: &Review, stops: bool) -> Entry {
    let severity = match (change.kind, change.direction()) {
        _ if stops => Severity::Error,
        (Kind::Identity, _) | (Kind::Behaviour, Direction::Weaker | Direction::Unknown) => Severity::Warning,
        _ => Severity::Note,
    };
    let group = change.group.as_ref().map(|group| format!("{}/{group}", change.organisation));
    let mut body = vec![format!("{}: {}", change.direction().word(), change.judgement.because)];
    body.extend(change.judgement.parts.iter().map(|(part, direction)| format!("{}: {part}", direction.word())));
    if !change.exceptions.is_empty() {
        body.push(format!("under exception {}", change.exceptions.join(", ")));
    }
    if let Some(approval) = review.approved.get(&change.id) {
        body.push(format!("approved by {}, {}: {}", approval.by, approval.date, approval.why));
    }
    Entry {
        id: change.id.clone(),
        code: rule::code_of(change.kind, change.direction()),
        severity,
        kind: change.kind.word(),
        direction: Some(change.direction().word()),
        message: message(change),
        subject: change.subject.to_string(),
        groups: vec![group.unwrap_or_else(|| change.organisation.clone())],
        places: change.place.iter().map(label).collect(),
        changes: change.settings.iter().map(part).collect(),
        body,
        clauses: change.clauses.iter().map(ToString::to_string).collect(),
        impacts: change.impacts.clone(),
        lines: drift::Lines::None,
        help: change.cure.iter().cloned().collect(),
    }
}

/// The change on one line.
pub fn message(change: &Change) -> String {
    let subject = match &change.subject {
        Subject::Group(None) => format!("group {}", change.group.as_deref().unwrap_or_default()),
        subject => subject.to_string(),
    };
    match (&change.before, &change.after) {
        (None, None) => format!("{subject}: {}", change.what),
        (Some(one), None) | (None, Some(one)) => format!("{subject}: {} {one}", change.what),
        (Some(before), Some(after)) => format!("{subject}: {before} → {after}"),
    }
}

fn label(place: &Place) -> LabelText {
    let text = if place.later { "" } else { "on the earlier side" };
    let place = PlaceText {
        path: Some(place.path.clone()),
        line: Some(place.line),
        column: Some(place.column),
        ..PlaceText::default()
    };
    LabelText { place, text: text.to_owned() }
}

fn part(moved: &Moved) -> model::Change {
    let mut notes: Vec<String> = moved.clauses.iter().map(|clause| format!("asked by {clause}")).collect();
    notes.extend(moved.impacts.iter().map(|impact| format!("on devices: {impact}")));
    model::Change {
        kind: "setting",
        subject: moved.address.to_string(),
        before: moved.before.clone(),
        after: moved.after.clone(),
        direction: Some(moved.judgement.direction.word()),
        because: Vec::new(),
        notes,
    }
}

/// The review as data.
pub fn data(review: &Review, fail_on: &[FailOn]) -> Data {
    let stop = |(change, reasons): (&Change, Vec<FailOn>)| Stop {
        change: change.id.clone(),
        reasons: reasons.into_iter().map(FailOn::word).collect(),
    };
    Data {
        before: review.before.clone(),
        after: review.after.clone(),
        remarks: review.remarks.clone(),
        summary: summary(review),
        changes: review.changes.iter().map(|one| change(one, review)).collect(),
        files: review.files.iter().map(file).collect(),
        sources: review.sources.iter().map(source).collect(),
        stopped_by: review::stopping(review, fail_on).into_iter().map(stop).collect(),
    }
}

fn summary(review: &Review) -> Summary {
    let mut summary = Summary { approved: review.approved.len(), ..Summary::default() };
    for change in &review.changes {
        *match change.kind {
            Kind::Behaviour => &mut summary.behaviour,
            Kind::Identity => &mut summary.identity,
            Kind::Cosmetic => &mut summary.cosmetic,
        } += 1;
        *match change.direction() {
            Direction::Weaker => &mut summary.weaker,
            Direction::Unknown => &mut summary.unknown,
            Direction::Stronger => &mut summary.stronger,
            Direction::Neutral => &mut summary.neutral,
        } += 1;
    }
    summary
}

fn parts(judgement: &Judgement) -> Vec<Part> {
    judgement.parts.iter().map(|(what, direction)| Part { what: what.clone(), direction: direction.word() }).collect()
}

fn change(change: &Change, review: &Review) -> ChangeData {
    let approved = review.approved.get(&change.id);
    ChangeData {
        id: change.id.clone(),
        kind: change.kind.word(),
        direction: change.direction().word(),
        because: change.judgement.because.clone(),
        parts: parts(&change.judgement),
        organisation: change.organisation.clone(),
        group: change.group.clone(),
        subject: change.subject.to_string(),
        subject_kind: change.subject.word(),
        what: change.what,
        before: change.before.clone(),
        after: change.after.clone(),
        clauses: change.clauses.iter().map(ToString::to_string).collect(),
        exceptions: change.exceptions.clone(),
        settings: change.settings.iter().map(setting).collect(),
        impacts: change.impacts.clone(),
        place: change.place.as_ref().map(place),
        cure: change.cure.clone(),
        approved: approved.map(|approval| ApprovalData {
            by: approval.by.clone(),
            date: approval.date.clone(),
            why: approval.why.clone(),
        }),
    }
}

fn setting(moved: &Moved) -> SettingData {
    use crate::setting::{Family, Leaf};
    let address = &moved.address;
    SettingData {
        family: match address.family {
            Family::Profile => "profile",
            Family::Declaration => "declaration",
            Family::Csp => "csp",
            Family::Command => "command",
            Family::Compliance => "compliance",
        },
        address: address.to_string(),
        owner: address.owner.clone(),
        instance: address.instance.clone(),
        channel: address.channel.word(),
        leaf: match &address.leaf {
            Leaf::Keys(keys) => keys.clone(),
            Leaf::Node => Vec::new(),
            Leaf::AdmxState => vec!["(state)".to_owned()],
            Leaf::AdmxElement(id) => vec![id.clone()],
        },
        before: moved.before.clone(),
        after: moved.after.clone(),
        direction: moved.judgement.direction.word(),
        because: moved.judgement.because.clone(),
        parts: parts(&moved.judgement),
        clauses: moved.clauses.iter().map(ToString::to_string).collect(),
        file_before: moved.file_before.clone(),
        file_after: moved.file_after.clone(),
        impacts: moved.impacts.clone(),
    }
}

fn place(place: &Place) -> PlaceData {
    PlaceData {
        side: if place.later { "after" } else { "before" },
        path: place.path.clone(),
        line: place.line,
        column: place.column,
    }
}

fn file(file: &FileChange) -> FileData {
    let identity = |(key, before, after): &(String, Option<String>, Option<String>)| IdentityData {
        key: key.clone(),
        before: before.clone(),
        after: after.clone(),
    };
    FileData {
        organisation: file.organisation.clone(),
        group: file.group.clone(),
        before: file.before.clone(),
        after: file.after.clone(),
        identities: file.identities.iter().map(identity).collect(),
    }
}

fn source(source: &SourceChange) -> SourceData {
    let what = match (source.was, source.is) {
        (false, _) => "added",
        (_, false) => "removed",
        _ => "changed",
    };
    SourceData { path: source.path.clone(), what }
}
