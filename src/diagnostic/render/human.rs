//! Findings for people: the look of rustc, by the renderer of rustc.
//!
//! The renderer panics on a span that leaves its text or cuts a character, scans all the text that it is given, and trusts some of
//! it; so it gets spans that are clamped, a window of few lines, and text without anything that a terminal obeys.

use super::lines::{Lines, Text, ceiling, floor};
use super::style::tame;
use super::{cut, printable, printable_line};
use crate::diagnostic::{Diagnostic, Diagnostics, Fix, Label, Place, Severity};
use crate::gather::Arrange;
use crate::source::{FileId, Span};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};
use std::borrow::Cow;

/// Findings rendered at most; the rest are counted.
const MOST: usize = 100;
/// Characters of a label.
const LABEL: usize = 200;
/// Bytes of the text that one snippet shows; a place in a longer line is named, not shown.
const WINDOW: usize = 16 << 10;
/// Lines that one marked place may cover; of a longer one the first line is marked.
const MARKED_LINES: usize = 4;

/// How findings look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// No colour.
    Plain,
    /// Colours, as ANSI sequences.
    Styled,
}

/// Errors and warnings in their order, notes too where `least` asks for them; errors come first where there are too many to show.
pub fn human(found: &Diagnostics, lines: &Lines<'_>, look: Look, least: Severity) -> String {
    let shown = shown(found, least);
    printed(&shown.findings, lines, look) + &shown.rest()
}

/// What people are shown of many findings.
#[derive(Debug)]
pub struct Shown<'a> {
    /// In the order in which they are printed.
    pub findings: Vec<&'a Diagnostic>,
    /// How many more there are.
    more: usize,
}

impl Shown<'_> {
    /// What is said of those that are not shown.
    pub fn rest(&self) -> String {
        if self.more > 0 { format!("… and {} more\n\n", self.more) } else { String::new() }
    }
}

/// Which findings [`human`] prints.
pub fn shown(found: &Diagnostics, least: Severity) -> Shown<'_> {
    let wanted: Vec<&Diagnostic> = found.iter().filter(|d| d.severity <= least).collect();
    let mut shown: Vec<(usize, &Diagnostic)> = wanted.iter().copied().enumerate().collect();
    shown.arrange_by_key(|(n, diagnostic)| (diagnostic.severity, *n));
    shown.truncate(MOST);
    shown.arrange_by_key(|(n, _)| *n);
    let more = wanted.len() - shown.len();
    Shown { findings: shown.into_iter().map(|(_, diagnostic)| diagnostic).collect(), more }
}

/// These findings, one after the other.
pub fn printed(findings: &[&Diagnostic], lines: &Lines<'_>, look: Look) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain(),
        Look::Styled => Renderer::styled(),
    };
    findings.iter().map(|finding| tame(one(finding, lines, &renderer)) + "\n\n").collect()
}

fn one(diagnostic: &Diagnostic, lines: &Lines<'_>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable_line(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title).elements(places(diagnostic, lines));
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help).into_owned()));
    }
    let mut groups = vec![group];
    groups.extend(diagnostic.fix.as_ref().and_then(|fix| patch(fix, lines)));
    renderer.render(&groups)
}

/// The marked places, those of one file in one snippet where they stand near each other.
fn places<'a>(diagnostic: &Diagnostic, lines: &Lines<'a>) -> Vec<Element<'a>> {
    let first = Label { place: diagnostic.place.clone(), text: diagnostic.label.clone() };
    let mut marked: Vec<(Mark, AnnotationKind)> = Vec::new();
    let mut elements = Vec::new();
    for (n, label) in std::iter::once(&first).chain(&diagnostic.also).enumerate() {
        let kind = if n == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let text = cut(&printable_line(&label.text), LABEL);
        match &label.place {
            Place::Artefact { path, inside } => elements.extend(in_artefact(path, inside, &text)),
            Place::Source(span) => match mark(*span, lines, text).filter(|_| diagnostic.code.shows_text()) {
                Some(mark) => marked.push((mark, kind)),
                None => elements.extend(named(*span, lines, &label.text)),
            },
        }
    }
    snippets(marked, lines).into_iter().chain(elements).collect()
}

/// A place that can be shown: its file, its lines, its bytes, and the words for it.
struct Mark {
    file: FileId,
    lines: std::ops::Range<usize>,
    bytes: std::ops::Range<usize>,
    text: String,
}

/// `None` where no file holds it, its line has no text (an empty file, the end of a file behind its last line), or is too long to show.
fn mark(span: Span, lines: &Lines<'_>, text: String) -> Option<Mark> {
    let Text { whole: source, starts } = lines.text(span.file);
    let range = lines.range(span);
    if starts[range.line - 1] == source.len() {
        return None;
    }
    let line_end = |line: usize| starts.get(line).map_or(source.len(), |next| next - 1);
    let start = floor(source, span.start as usize);
    let mut end = ceiling(source, span.end as usize).max(start);
    let mut last = range.end_line;
    if range.end_line - range.line >= MARKED_LINES {
        end = line_end(range.line).max(start);
        last = range.line;
    }
    let shown = starts[range.line - 1]..line_end(last);
    (shown.len() <= WINDOW).then(|| Mark { file: span.file, lines: range.line..last + 1, bytes: start..end, text })
}

/// One snippet for each run of marks whose lines fit one window.
fn snippets<'a>(marked: Vec<(Mark, AnnotationKind)>, lines: &Lines<'a>) -> Vec<Element<'a>> {
    let mut runs: Vec<Vec<(Mark, AnnotationKind)>> = Vec::new();
    for (mark, kind) in marked {
        let fits = |run: &&mut Vec<(Mark, AnnotationKind)>| {
            run[0].0.file == mark.file && window(run.iter().map(|(m, _)| m).chain([&mark]), lines).2.len() <= WINDOW
        };
        match runs.iter_mut().find(fits) {
            Some(run) => run.push((mark, kind)),
            None => runs.push(vec![(mark, kind)]),
        }
    }
    runs.into_iter().map(|run| snippet(run, lines)).collect()
}

/// First line, its first byte, and the text of the lines that hold all of `marks`.
fn window<'a, 'm>(marks: impl Iterator<Item = &'m Mark> + Clone, lines: &Lines<'a>) -> (usize, usize, &'a str) {
    let file = marks.clone().next().map_or(FileId::NONE, |mark| mark.file);
    let first = marks.clone().map(|mark| mark.lines.start).min().unwrap_or(1);
    let last = marks.map(|mark| mark.lines.end).max().unwrap_or(2) - 1;
    let Text { whole: text, starts } = lines.text(file);
    let start = starts[first - 1];
    let end = starts.get(last).copied().unwrap_or(text.len());
    (first, start, &text[start..end])
}

fn snippet<'a>(run: Vec<(Mark, AnnotationKind)>, lines: &Lines<'a>) -> Element<'a> {
    let (first, offset, text) = window(run.iter().map(|(mark, _)| mark), lines);
    let path = printable_line(lines.sources().path(run[0].0.file));
    let annotations = run.into_iter().map(|(mark, kind)| -> Annotation<'a> {
        let label = (!mark.text.is_empty()).then_some(mark.text);
        kind.span(mark.bytes.start - offset..mark.bytes.end - offset).label(label)
    });
    let snippet = Snippet::source(still(text)).line_start(first).path(path).annotations(annotations);
    snippet.into()
}

/// A place that is named, not shown. What no file holds has no name.
fn named<'a>(span: Span, lines: &Lines<'_>, text: &str) -> Vec<Element<'a>> {
    if lines.sources().file(span.file).is_none() {
        return Vec::new();
    }
    let range = lines.range(span);
    let path = printable_line(lines.sources().path(span.file));
    let mut elements: Vec<Element<'a>> = vec![Origin::path(path).line(range.line).char_column(range.column).into()];
    if !text.is_empty() {
        elements.push(Level::NOTE.message(cut(&printable_line(text), LABEL)).into());
    }
    elements
}

fn in_artefact<'a>(path: &str, inside: &str, text: &str) -> Vec<Element<'a>> {
    let mut elements: Vec<Element<'a>> = vec![Origin::path(printable_line(path)).into()];
    let said: Vec<String> = [inside, text].iter().filter(|s| !s.is_empty()).map(|s| printable_line(s)).collect();
    if !said.is_empty() {
        elements.push(Level::NOTE.message(said.join(": ")).into());
    }
    elements
}

/// The fix as the lines before and after; nothing where they are too long to show.
fn patch<'a>(fix: &Fix, lines: &Lines<'a>) -> Option<Group<'a>> {
    let mark = mark(fix.span, lines, String::new())?;
    let (first, offset, text) = window([&mark].into_iter(), lines);
    let path = printable_line(lines.sources().path(mark.file));
    let span = mark.bytes.start - offset..mark.bytes.end - offset;
    let change = Patch::new(span, printable(&cut(&fix.text, WINDOW)).into_owned());
    let title = Level::HELP.secondary_title("write it so");
    Some(title.element(Snippet::source(still(text)).line_start(first).path(path).patch(change)))
}

/// `text` with what a terminal obeys replaced by as many bytes that it shows, so that spans still hold. The renderer replaces
/// controls of ASCII and most that turn text by itself.
fn still(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| !c.is_ascii() && super::obeyed(c)) {
        return text.into();
    }
    let quiet = |c: char| match c.len_utf8() {
        _ if c.is_ascii() || !super::obeyed(c) => c,
        2 => '¿',
        3 => '\u{fffd}',
        _ => c,
    };
    text.chars().map(quiet).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{Content, SourceFile, Sources};
    use proptest::prelude::*;

    fn sources(files: &[(&str, &str)]) -> Sources {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: (*path).to_owned(),
            content: Content::Bytes(text.as_bytes().to_vec()),
        };
        Sources::new(files.iter().map(file).collect())
    }

    fn shown(sources: &Sources, diagnostics: impl IntoIterator<Item = Diagnostic>) -> String {
        let mut found = Diagnostics::default();
        for diagnostic in diagnostics {
            found.push(diagnostic);
        }
        human(&found, &Lines::new(sources), Look::Plain, Severity::Note)
    }

    #[test]
    fn a_finding_looks_as_people_know_it_from_rustc() {
        let sources = sources(&[("b.yaml", "groups:\n  laptops: {}\n"), ("a.yaml", "one: 1\nsupervised: no\n")]);
        let (a, b) = (sources.at("a.yaml").unwrap().0, sources.at("b.yaml").unwrap().0);
        let text = shown(
            &sources,
            [Diagnostic::new(Code::InvalidValue, Span::new(a, 19, 21), "`no` is not a boolean")
                .label("not a boolean")
                .also(Span::new(b, 10, 17), "for this group")
                .help("booleans are `true` and `false`")
                .fix(Span::new(a, 19, 21), "false")],
        );
        let expected = "\
error[invalid-value]: `no` is not a boolean
 --> a.yaml:2:13
  |
2 | supervised: no
  |             ^^ not a boolean
  |
 ::: b.yaml:2:3
  |
2 |   laptops: {}
  |   ------- for this group
  |
  = help: booleans are `true` and `false`
help: write it so
  |
2 - supervised: no
2 + supervised: false
  |

";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_no_file_holds_is_told_without_a_place() {
        let text = shown(&sources(&[]), [Diagnostic::new(Code::Gap, Span::NOWHERE, "nothing").help("do something")]);
        assert_eq!(text, "note[gap]: nothing\n |\n = help: do something\n\n");
    }

    #[test]
    fn a_place_in_an_artefact_names_file_and_key() {
        let finding = Diagnostic::in_artefact(Code::Drift, "golden/a.mobileconfig", "minLength", "it differs");
        let text = shown(&sources(&[]), [finding]);
        assert!(text.contains("golden/a.mobileconfig") && text.contains("minLength"), "{text}");
    }

    #[test]
    fn nothing_in_message_path_label_help_or_source_moves_the_terminal() {
        let evil = "\u{1b}]0;x\u{7}\u{202e}\u{9b}31m";
        let (path, text) = (format!("a{evil}.yaml"), format!("k: {evil} v\n"));
        let sources = sources(&[(path.as_str(), text.as_str())]);
        let id = sources.at(&path).unwrap().0;
        let finding = Diagnostic::new(Code::InvalidValue, Span::new(id, 3, 6), evil)
            .label(evil)
            .help(evil)
            .fix(Span::new(id, 0, 1), evil);
        let text = shown(&sources, [finding]);
        assert!(!text.contains(|c: char| c != '\n' && super::super::obeyed(c)), "{text:?}");
    }

    #[test]
    fn of_many_findings_a_hundred_are_shown_and_no_error_gives_way_to_a_warning() {
        let warnings = (0..150).map(|n| Diagnostic::new(Code::Deprecated, Span::NOWHERE, format!("old {n}")));
        let error = Diagnostic::new(Code::UnknownKey, Span::NOWHERE, "the one that counts");
        let text = shown(&sources(&[]), warnings.chain([error]));
        assert_eq!(text.matches("warning[deprecated]").count(), 99);
        assert!(text.contains("the one that counts") && text.ends_with("… and 51 more\n\n"));
    }

    #[test]
    fn a_place_in_a_file_without_text_or_in_a_huge_line_is_named() {
        let long = format!("x: {}", "y".repeat(1 << 20));
        let sources = sources(&[("empty.yaml", ""), ("long.yaml", &long)]);
        for (path, at) in [("empty.yaml", "empty.yaml:1:1"), ("long.yaml", "long.yaml:1:4")] {
            let id = sources.at(path).unwrap().0;
            let text = shown(&sources, [Diagnostic::new(Code::TooLarge, Span::new(id, 3, 9), "large")]);
            assert!(text.contains(at) && text.len() < 1000, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn any_span_of_any_text_is_rendered_at_its_line_and_column(
            text in "[a-z:é北\r\n\t\u{202e}\u{1b} -]{0,60}", start in 0usize..80, length in 0usize..80, other in 0usize..80,
        ) {
            let sources = sources(&[("a.yaml", text.as_str())]);
            let id = sources.at("a.yaml").unwrap().0;
            let span = Span::new(id, start, start + length);
            let finding = Diagnostic::new(Code::InvalidYaml, span, "m")
                .label("l")
                .also(Span::new(id, other, other + 3), "o")
                .fix(Span::new(id, other, start), "f\ng");
            let (line, column) = sources.line_column(span);
            let rendered = shown(&sources, [finding]);
            let at = format!("a.yaml:{line}:{column}");
            prop_assert!(rendered.contains(&at), "{at} in {rendered}");
        }
    }
}
