//! JUnit's XML as build servers read it (there is no standard; Jenkins' `junit-10.xsd` and what GitLab documents are the common part):
//! a test for everything that was looked at, and one for each finding. An error is a failure; what is no error passes, and says so.

use super::notice::{Notice, notices};
use crate::diagnostic::Severity;
use crate::diagnostic::render::printable;
use crate::report::{Ending, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The report as suites of tests.
pub(super) fn suites(report: &Report) -> String {
    let suites = match &report.ending {
        Ending::Failed { message, help } => vec![failed(message, help.as_deref())],
        _ => vec![looked_at(report), found(report)],
    };
    let (tests, failures, errors) = suites.iter().fold((0, 0, 0), |(tests, failures, errors), suite| {
        (tests + suite.tests.len(), failures + suite.count("failure"), errors + suite.count("error"))
    });
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = text(&format!("policyc {}", report.command));
    let _ = writeln!(
        out,
        "<testsuites name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"0\">"
    );
    suites.iter().for_each(|suite| suite.push(&mut out));
    out.push_str("</testsuites>\n");
    out
}

struct Suite {
    name: &'static str,
    tests: Vec<Test>,
    out: String,
}

struct Test {
    class: String,
    name: String,
    file: Option<String>,
    line: Option<usize>,
    outcomes: Vec<Outcome>,
}

/// What a test has to say: `failure`, `error`, or `system-out`.
struct Outcome {
    element: &'static str,
    kind: &'static str,
    message: String,
    details: String,
}

/// A test for each subject and each entry about another one.
fn looked_at(report: &Report) -> Suite {
    let notices = notices(report);
    let entries: Vec<&Notice<'_>> = notices.iter().filter(|notice| notice.entry.is_some()).collect();
    let mut tests: BTreeMap<&str, Vec<Outcome>> = BTreeMap::new();
    for subject in &report.subjects {
        tests.entry(subject).or_default();
    }
    for notice in entries {
        tests.entry(about(notice, report)).or_default().push(outcome(notice));
    }
    let test = |(subject, outcomes): (&str, Vec<Outcome>)| {
        let (class, _) = subject.rsplit_once('/').unwrap_or((report.command, subject));
        Test { class: class.replace('/', "."), name: subject.to_owned(), file: None, line: None, outcomes }
    };
    Suite { name: report.command, tests: tests.into_iter().map(test).collect(), out: report.summary.join("\n") }
}

/// Which of the subjects an entry is about: itself, or the group that it concerns.
fn about<'a>(notice: &Notice<'a>, report: &Report) -> &'a str {
    let Some(entry) = notice.entry else { return "" };
    let groups = || entry.groups.iter().find(|group| report.subjects.contains(group));
    match report.subjects.contains(&entry.subject) {
        true => &entry.subject,
        false => groups().unwrap_or(&entry.subject),
    }
}

/// A test for each finding, and one that says that there is no error.
fn found(report: &Report) -> Suite {
    let mut tests = Vec::new();
    let mut names: BTreeMap<(String, String), usize> = BTreeMap::new();
    for notice in notices(report).iter().filter(|notice| notice.entry.is_none()) {
        let path = notice.place.and_then(|place| place.path.as_deref()).unwrap_or("sources");
        let mut name = format!("{}: {}", notice.code, notice.message);
        // Build servers know a test by class and name.
        let times = names.entry((path.to_owned(), name.clone())).or_default();
        *times += 1;
        if *times > 1 {
            name = format!("{name} ({times})");
        }
        tests.push(Test {
            class: path.replace('/', "."),
            name,
            file: notice.place.map(|_| format!("{}{path}", report.folder)),
            line: notice.place.and_then(|place| place.line),
            outcomes: vec![outcome(notice)],
        });
    }
    if report.counts.errors == 0 {
        let name = "the sources have no error".to_owned();
        tests.push(Test { class: "sources".to_owned(), name, file: None, line: None, outcomes: Vec::new() });
    }
    let more = report.unlisted();
    let out = if more > 0 { format!("{more} more findings are not listed") } else { String::new() };
    Suite { name: "findings", tests, out }
}

fn failed(message: &str, help: Option<&str>) -> Suite {
    let outcome = Outcome {
        element: "error",
        kind: "failed",
        message: message.to_owned(),
        details: help.unwrap_or_default().to_owned(),
    };
    let (class, name) = ("policyc".to_owned(), "the run".to_owned());
    Suite {
        name: "run",
        tests: vec![Test { class, name, file: None, line: None, outcomes: vec![outcome] }],
        out: String::new(),
    }
}

fn outcome(notice: &Notice<'_>) -> Outcome {
    let place = notice.place.and_then(|place| {
        let path = place.path.as_ref()?;
        Some(match (place.line, place.column) {
            (Some(line), Some(column)) => format!("{path}:{line}:{column}"),
            _ => path.clone(),
        })
    });
    let help = notice.help.iter().map(|help| format!("help: {help}"));
    let details: Vec<String> = place.into_iter().chain(notice.details.iter().cloned()).chain(help).collect();
    Outcome {
        element: if notice.severity == Severity::Error { "failure" } else { "system-out" },
        kind: notice.code,
        message: format!("{}[{}]: {}", notice.severity.word(), notice.code, notice.message),
        details: details.join("\n"),
    }
}

impl Suite {
    fn count(&self, element: &str) -> usize {
        self.tests.iter().filter(|test| test.outcomes.iter().any(|outcome| outcome.element == element)).count()
    }

    fn push(&self, out: &mut String) {
        let (failures, errors) = (self.count("failure"), self.count("error"));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" time=\"0\">",
            text(self.name),
            self.tests.len()
        );
        self.tests.iter().for_each(|test| test.push(out));
        if !self.out.is_empty() {
            let _ = writeln!(out, "    <system-out>{}</system-out>", text(&self.out));
        }
        out.push_str("  </testsuite>\n");
    }
}

impl Test {
    fn push(&self, out: &mut String) {
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", text(&self.class), text(&self.name));
        if let Some(file) = &self.file {
            let _ = write!(out, " file=\"{}\"", text(file));
        }
        if let Some(line) = self.line {
            let _ = write!(out, " line=\"{line}\"");
        }
        out.push_str(" time=\"0\"");
        if self.outcomes.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push_str(">\n");
        self.outcomes.iter().for_each(|outcome| outcome.push(out));
        out.push_str("    </testcase>\n");
    }
}

impl Outcome {
    fn push(&self, out: &mut String) {
        let (element, message, details) = (self.element, text(&self.message), text(&self.details));
        let _ = match element {
            "system-out" => writeln!(out, "      <{element}>{message}\n{details}</{element}>"),
            _ => writeln!(out, "      <{element} type=\"{}\" message=\"{message}\">{details}</{element}>", self.kind),
        };
    }
}

/// Text in XML 1.0, between tags or in quotes: nothing that a terminal obeys, nothing that the standard forbids (§2.2), no markup.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_is_neither_markup_nor_forbidden() {
        for (given, expected) in
            [("a]]><b \"&\n", "a]]&gt;&lt;b &quot;&amp;&#10;"), ("\u{0}\u{b}\u{ffff}é", "\\u{0}\\u{b}\\u{ffff}é")]
        {
            assert_eq!(text(given), expected);
        }
    }
}
