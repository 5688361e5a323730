//! Findings as data: what `--format json` prints under `findings` and `counts`, and what every other format is made from. Fields are
//! added, never renamed or removed, within version 1.

use super::cut;
use super::lines::{Lines, Text, ceiling, floor};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use crate::source::Span;
use serde::Serialize;

/// Findings printed at most; `counts` always counts all of them.
const MOST: usize = 10_000;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The code, as `policyc explain` takes it.
    pub code: &'static str,
    /// `error`, `warning`, `note`.
    pub severity: Severity,
    /// The cause.
    pub message: String,
    /// A few words on the marked place; may be empty.
    pub label: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: PlaceText,
    /// The cure, a sentence each.
    pub help: Vec<String>,
    /// Further places.
    pub labels: Vec<LabelText>,
    /// Text that would mend it, in place of a range.
    pub fix: Option<LabelText>,
    /// What stands at the place: by it a finding is known again when lines have shifted.
    #[serde(skip)]
    pub marked: Marked,
}

/// The text at a place, its spaces made one and its length bounded; empty for what no file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The line.
    pub line: String,
    /// The marked part of it.
    pub text: String,
}

/// A place, in numbers for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlaceText {
    /// The file, relative to the project; `null` for what no file holds.
    pub path: Option<String>,
    /// First line, from 1.
    pub line: Option<usize>,
    /// First column, from 1, in characters.
    pub column: Option<usize>,
    /// Line of the end.
    pub end_line: Option<usize>,
    /// Column one past the end.
    pub end_column: Option<usize>,
    /// For an artefact: the key path, LocURI or element inside it.
    pub inside: Option<String>,
}

/// A place and a text for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabelText {
    /// Where.
    #[serde(flatten)]
    pub place: PlaceText,
    /// What is there, or what to put there.
    pub text: String,
}

/// How many findings of each weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Counts {
    /// Counts all of `found`.
    pub fn of(found: &Diagnostics) -> Counts {
        Counts {
            errors: found.count(Severity::Error),
            warnings: found.count(Severity::Warning),
            notes: found.count(Severity::Note),
        }
    }
}

/// The findings as data, in their order; at most ten thousand.
pub fn findings(found: &Diagnostics, lines: &Lines<'_>) -> Vec<Finding> {
    found.iter().take(MOST).map(|diagnostic| finding(diagnostic, lines)).collect()
}

fn finding(diagnostic: &Diagnostic, lines: &Lines<'_>) -> Finding {
    let labels =
        diagnostic.also.iter().map(|label| LabelText { place: place(&label.place, lines), text: label.text.clone() });
    let fix = diagnostic.fix.as_ref();
    Finding {
        code: diagnostic.code.name(),
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        label: diagnostic.label.clone(),
        place: place(&diagnostic.place, lines),
        help: diagnostic.help.clone(),
        labels: labels.collect(),
        fix: fix.map(|fix| LabelText { place: place(&Place::Source(fix.span), lines), text: fix.text.clone() }),
        marked: match &diagnostic.place {
            Place::Source(span) => marked(*span, lines),
            Place::Artefact { .. } => Marked::default(),
        },
    }
}

/// Characters kept of what is marked.
const MARKED: usize = 400;

fn marked(span: Span, lines: &Lines<'_>) -> Marked {
    if lines.sources().file(span.file).is_none() {
        return Marked::default();
    }
    let Text { whole: text, starts } = lines.text(span.file);
    let line = lines.range(span).line;
    let end = starts.get(line).copied().unwrap_or(text.len());
    let start = floor(text, span.start as usize);
    let (whole, part) = (&text[starts[line - 1]..end], &text[start..ceiling(text, span.end as usize).max(start)]);
    Marked { line: known_by(whole), text: known_by(part) }
}

fn known_by(text: &str) -> String {
    let text = cut(text, MARKED); // before the words are counted: a line may be megabytes
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn place(place: &Place, lines: &Lines<'_>) -> PlaceText {
    let nowhere = PlaceText::default();
    match place {
        Place::Artefact { path, inside } => {
            PlaceText { path: Some(path.clone()), inside: Some(inside.clone()), ..nowhere }
        }
        Place::Source(span) => match lines.sources().file(span.file) {
            None => nowhere,
            Some(file) => {
                let range = lines.range(*span);
                PlaceText {
                    path: Some(file.path.to_string()),
                    line: Some(range.line),
                    column: Some(range.column),
                    end_line: Some(range.end_line),
                    end_column: Some(range.end_column),
                    inside: None,
                }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{Content, SourceFile, Sources};

    #[test]
    fn a_finding_has_every_field_of_its_shape() {
        let file =
            SourceFile { path: "policy-sources/a.yaml".into(), content: Content::Bytes(b"one\ntwo: no\n".to_vec()) };
        let sources = Sources::new(vec![file]);
        let (id, _) = sources.at("policy-sources/a.yaml").unwrap();
        let mut found = Diagnostics::default();
        found.push(
            Diagnostic::new(Code::InvalidValue, Span::new(id, 9, 11), "`no` is not a boolean")
                .help("write `false`")
                .also(Span::new(id, 0, 3), "first")
                .fix(Span::new(id, 9, 11), "false"),
        );
        let json = serde_json::to_value(findings(&found, &Lines::new(&sources))).unwrap();
        let expected = serde_json::json!([{
            "code": "invalid-value", "severity": "error", "message": "`no` is not a boolean", "label": "",
            "path": "policy-sources/a.yaml", "line": 2, "column": 6, "end_line": 2, "end_column": 8, "inside": null,
            "help": ["write `false`"],
            "labels": [{ "path": "policy-sources/a.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 4,
                         "inside": null, "text": "first" }],
            "fix": { "path": "policy-sources/a.yaml", "line": 2, "column": 6, "end_line": 2, "end_column": 8,
                     "inside": null, "text": "false" },
        }]);
        assert_eq!(json, expected);
    }
}
