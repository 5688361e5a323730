//! What one run has to say, as a page: the findings, and what a reviewer goes through.

use super::{Frame, many, written};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{Finding, PlaceText};
use crate::drift::{Line, Lines, Side};
use crate::gather::Gather;
use crate::report::{Ending, Entry, Report};
use askama::Template;
use std::collections::BTreeSet;

/// The page.
#[derive(Template)]
#[template(path = "run.html", config = "src/report/format/html/askama.toml")]
struct Page<'a> {
    frame: Frame,
    title: String,
    report: &'a Report,
    /// `failed`, `clean`, `faulty`, for people.
    ending: &'static str,
    failure: Option<(&'a str, Option<&'a str>)>,
    tiles: Vec<(usize, String, &'static str)>,
    entries: Vec<EntryView<'a>>,
    findings: Vec<FindingView<'a>>,
    /// Findings with the code of an entry are the entry, and are not said twice.
    codes: Vec<&'a str>,
    groups: Vec<&'a str>,
    unlisted: usize,
}

struct EntryView<'a> {
    entry: &'a Entry,
    places: Vec<(String, &'a str)>,
    lines: Option<(&'a [Line], usize)>,
    withheld: Option<&'static str>,
    /// What the filters look at.
    code: usize,
    groups: String,
}

struct FindingView<'a> {
    finding: &'a Finding,
    place: String,
    labels: Vec<(String, &'a str)>,
    code: usize,
}

/// The whole page.
pub fn run(report: &Report) -> String {
    let shown = report.shown();
    let named: BTreeSet<&str> =
        report.entries.iter().map(|entry| entry.code).chain(shown.iter().map(|finding| finding.code)).gather();
    let codes: Vec<&str> = named.into_iter().collect();
    let groups: BTreeSet<&str> = report.entries.iter().flat_map(|entry| &entry.groups).map(String::as_str).gather();
    let groups: Vec<&str> = groups.into_iter().collect();
    let failure = match &report.ending {
        Ending::Failed { message, help } => Some((message.as_str(), help.as_deref())),
        Ending::Clean | Ending::Faulty => None,
    };
    let page = Page {
        frame: Frame::new(),
        title: format!("policyc {}", report.command),
        report,
        ending: match report.ending {
            Ending::Clean => "clean",
            Ending::Faulty => "not clean",
            Ending::Failed { .. } => "failed",
        },
        failure,
        tiles: tiles(report),
        entries: report.entries.iter().map(|one| entry(one, &codes, &groups)).collect(),
        findings: shown.into_iter().map(|one| finding(one, &codes)).collect(),
        unlisted: report.unlisted(),
        codes,
        groups,
    };
    written(&page)
}

fn tiles(report: &Report) -> Vec<(usize, String, &'static str)> {
    let counts = report.counts;
    let plural = |count: usize, word: &str| many(count, word).split_once(' ').map_or("", |(_, word)| word).to_owned();
    let weighed = |count, severity: Severity| (count, plural(count, severity.word()), severity.word());
    let mut tiles = vec![weighed(counts.errors, Severity::Error), weighed(counts.warnings, Severity::Warning)];
    if report.least >= Severity::Note {
        tiles.push(weighed(counts.notes, Severity::Note));
    }
    if !report.entries.is_empty() {
        tiles.push((report.entries.len(), "to review".to_owned(), "entry"));
    }
    tiles
}

fn entry<'a>(entry: &'a Entry, codes: &[&str], groups: &[&str]) -> EntryView<'a> {
    let own: Vec<String> =
        entry.groups.iter().filter_map(|group| index(groups, group)).map(|n| n.to_string()).collect();
    EntryView {
        entry,
        places: entry.places.iter().map(|label| (place(&label.place), label.text.as_str())).collect(),
        lines: match &entry.lines {
            Lines::Shown(lines, more) => Some((lines.as_slice(), *more)),
            _ => None,
        },
        withheld: match &entry.lines {
            Lines::Withheld => Some("The lines hold a secret and are withheld."),
            Lines::TooMany => Some("More lines differ than can be compared in reasonable time."),
            Lines::None | Lines::Shown(..) => None,
        },
        code: index(codes, entry.code).unwrap_or_default(),
        groups: own.join(" "),
    }
}

fn finding<'a>(finding: &'a Finding, codes: &[&str]) -> FindingView<'a> {
    FindingView {
        finding,
        place: place(&finding.place),
        labels: finding.labels.iter().map(|label| (place(&label.place), label.text.as_str())).collect(),
        code: index(codes, finding.code).unwrap_or_default(),
    }
}

fn index(list: &[&str], one: &str) -> Option<usize> {
    list.iter().position(|other| *other == one)
}

/// `path:line:column`, and what is inside a file that has no lines.
fn place(place: &PlaceText) -> String {
    let mut text = place.path.clone().unwrap_or_default();
    for number in [place.line, place.column].into_iter().flatten() {
        text.push_str(&format!(":{number}"));
    }
    match &place.inside {
        Some(inside) if text.is_empty() => inside.clone(),
        Some(inside) => format!("{text} · {inside}"),
        None => text,
    }
}

/// How a line of a difference is drawn.
fn drawn(side: Side) -> &'static str {
    match side {
        Side::Header => "l-head",
        Side::Both => "l-both",
        Side::Before => "l-was",
        Side::After => "l-is",
    }
}
