//! The shared sample: a report whose every text would do harm somewhere. Each format is run on it, and on it at great length.

use crate::diagnostic::Severity;
use crate::diagnostic::render::{Counts, Finding, LabelText, Lines, Marked, PlaceText};
use crate::diagnostic::{Code, Diagnostics};
use crate::drift;
use crate::report::reason::{Asked, Named, Reason};
use crate::report::{Change, Ending, Entry, Report};
use crate::source::Sources;

/// Texts that a terminal, a browser, a comment, an XML reader, a runner or a viewer of logs would obey.
pub(super) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</details></summary></code><!-- <b>",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{90}x\u{9c}",
    "\u{202e}desrever\u{2066}\u{200f}\u{feff}\u{2028}\u{2029}",
    "a | b\r\n\r\n# heading\n- item\n1. one\n> quote\n---\n    code",
    "[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example www.evil.example mail@evil.example ftp://evil.example",
    "@team @org/team #1 org/repo#1 GH-1 :shipit: $x^2$ ~~no~~ **b** _i_ ==m==",
    "``` ` `` ```` ~~~~ \\` \\",
    "]]> <![CDATA[ <!ENTITY x SYSTEM \"file:///etc/passwd\"> &x; &#0; \u{0}\u{b}\u{fffe}\u{ffff}",
    "\n::error file=x::owned\n::set-output name=a::b\n::stop-commands::x\n##[error]owned\n%0A::debug::x %25",
    "title,line=1::owned: a,b:c%",
    "{0} {{1}} [text](1) \\[",
    "\"quoted\" 'single' \\u0000 \u{7f} \u{10ffff} é 北",
    "",
    "-",
];

/// All of the hostile texts in one, and then each of them.
fn texts() -> impl Iterator<Item = String> {
    std::iter::once(HOSTILE.join(" ")).chain(HOSTILE.iter().map(|text| (*text).to_owned()))
}

/// A report in which every text that is not ours is hostile.
pub(super) fn hostile() -> Report {
    let mut report = empty();
    report.summary = texts().collect();
    report.folder = format!("{}/", HOSTILE[10].replace('/', ""));
    report.subjects = texts().collect();
    report.findings = texts().enumerate().map(|(n, text)| finding(&text, n)).collect();
    report.entries = texts().enumerate().map(|(n, text)| entry(&text, n)).collect();
    let count = |weight| report.findings.iter().filter(|finding| finding.severity == weight).count();
    report.counts =
        Counts { errors: count(Severity::Error), warnings: count(Severity::Warning), notes: count(Severity::Note) };
    report
}

/// A report of so many entries and findings, each of them hostile.
pub(super) fn long(entries: usize, findings: usize) -> Report {
    let text = |n: usize| format!("{n}{}", HOSTILE[n % HOSTILE.len()]);
    let mut report = empty();
    report.entries = (0..entries).map(|n| entry(&text(n), n)).collect();
    // Some of them nobody has to decide on.
    for entry in report.entries.iter_mut().skip(2).step_by(9) {
        (entry.changes, entry.impacts, entry.lines) = (Vec::new(), Vec::new(), drift::Lines::None);
    }
    report.findings = (0..findings).map(|n| finding(&text(n), 0)).collect();
    report.counts = Counts { errors: findings, warnings: 0, notes: 0 };
    report
}

/// A run that failed for a hostile reason.
pub(super) fn failed() -> Report {
    Report::failed("check", HOSTILE.join(" "), Some(HOSTILE.join(" ")))
}

pub(super) fn empty() -> Report {
    let report = Report::new("check", &Diagnostics::default(), &Lines::new(&Sources::default()));
    Report { ending: Ending::Faulty, least: Severity::Note, ..report }
}

fn place(text: &str) -> PlaceText {
    PlaceText {
        path: Some(text.to_owned()),
        line: Some(3),
        column: Some(5),
        end_line: Some(3),
        end_column: Some(9),
        inside: None,
    }
}

fn finding(text: &str, n: usize) -> Finding {
    let label = LabelText { place: place(text), text: text.to_owned() };
    Finding {
        code: Code::UnknownKey.name(),
        severity: [Severity::Error, Severity::Warning, Severity::Note][n % 3],
        message: text.to_owned(),
        label: text.to_owned(),
        place: place(text),
        help: vec![text.to_owned()],
        labels: vec![label.clone()],
        fix: Some(label),
        marked: Marked { line: text.to_owned(), text: text.to_owned() },
    }
}

fn entry(text: &str, n: usize) -> Entry {
    let named = text.to_owned();
    let reason = Reason {
        control: Some(named.clone()),
        instance: Some(named.clone()),
        parameters: vec![named.clone()],
        role: "carrying",
        basis: "stated",
        clauses: vec![Asked { clause: named.clone(), place: Some(named.clone()), decided: true }],
        exceptions: vec![Named { exception: named.clone(), place: Some(named.clone()) }],
    };
    let change = Change {
        kind: "setting",
        subject: named.clone(),
        before: Some(named.clone()),
        after: (n > 0).then(|| named.clone()),
        direction: Some("weaker"),
        because: vec![reason],
        notes: vec![named.clone()],
    };
    let line = |side| drift::Line { side, text: named.replace(['\n', '\r'], " ") };
    let inside = PlaceText {
        line: None,
        column: None,
        end_line: None,
        end_column: None,
        inside: Some(named.clone()),
        ..place(text)
    };
    Entry {
        id: format!("{n:016x}"),
        code: Code::Drift.name(),
        severity: [Severity::Error, Severity::Warning, Severity::Note][n % 3],
        kind: "settings",
        direction: Some("weaker"),
        message: named.clone(),
        subject: named.clone(),
        groups: vec![named.clone()],
        places: vec![
            LabelText { place: place(text), text: named.clone() },
            LabelText { place: inside, text: named.clone() },
        ],
        changes: vec![change],
        body: vec![named.clone()],
        clauses: vec![named.clone()],
        impacts: vec![named.clone()],
        lines: drift::Lines::Shown(
            vec![line(drift::Side::Header), line(drift::Side::Before), line(drift::Side::After)],
            n,
        ),
        help: vec![named.clone()],
    }
}
