//! Text → tree: strict YAML 1.2 with a place on every key and value. Alone knows the concrete syntax.
//!
//! Scalars stay text: a plain one has the type of its place, which only its reader knows. Anchors, aliases, merge keys, tags,
//! directives, second documents, duplicate keys, empty values and tabs are refused here, once, for every kind of file. Limits are those
//! of rust.md §8.
//!
//! Reading order: this file (the tree), `text.rs` (bytes that may be read), `builder.rs` (events → tree).

mod builder;
mod text;

use super::{FileId, Sources, Span, Spanned};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};

/// Bytes of the largest source file.
pub const MAX_FILE: u64 = 4 << 20;
/// Lists and mappings inside one another.
pub const MAX_DEPTH: usize = 64;
/// Keys, values and items of one file.
pub const MAX_NODES: usize = 250_000;
/// Bytes of one scalar.
pub const MAX_SCALAR: usize = 1 << 20;
/// Findings of one kind in one file that are worth a line each.
const MAX_REPEATED: usize = 20;

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Text, and whether it stood without quotes.
    Scalar {
        /// The text, escapes and folding resolved.
        text: String,
        /// Plain text has the type of its place; quoted text and block scalars are text.
        plain: bool,
    },
    /// `[a, b]` or lines with dashes.
    List(Vec<Node>),
    /// `{a: b}` or lines with keys, in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// Whether the key stood without quotes: only then can `$` be ours.
    pub plain: bool,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The word for what it is, in messages.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } => "a value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// Whether nothing stands here: that has its finding already.
    pub fn is_missing(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if text.is_empty())
    }
}

/// Reads one file. `None` where nothing can be made of it; the findings say why. What could be read despite findings is returned,
/// so that one run reports all it can.
pub fn parse(sources: &Sources, file: FileId, found: &mut Diagnostics) -> Option<Node> {
    let text = text::of(sources, file, found)?;
    text::warn_of_bidirectional(file, text, found);
    let (root, scalars) = builder::build(file, text, found)?;
    text::report_tabs(file, text, &scalars, found);
    if root.is_none() {
        found.push(
            Diagnostic::new(Code::EmptyValue, Span::new(file, 0, 0), "the file is empty")
                .help("write a document, or remove the file"),
        );
    }
    root
}

#[cfg(test)]
#[allow(clippy::disallowed_types)] // the clock measures the test, no artefact
mod tests {
    use super::{Kind, MAX_DEPTH, Node, parse};
    use crate::diagnostic::{Diagnostics, Place};
    use crate::source::{Content, FileId, SourceFile, Sources};
    use std::time::{Duration, Instant};

    fn read(bytes: &[u8]) -> (Option<Node>, Vec<String>, Sources) {
        let path = "policy-sources/acme/rules.yaml".to_owned();
        let sources = Sources::new(vec![SourceFile { path, content: Content::Bytes(bytes.to_vec()) }]);
        let file: FileId = sources.files().next().map(|(file, _)| file).unwrap();
        let mut found = Diagnostics::default();
        let node = parse(&sources, file, &mut found);
        found.sort(&sources);
        let findings = found.iter().map(|finding| {
            let Place::Source(span) = &finding.place else { return String::new() };
            assert!(!finding.help.is_empty(), "{} has no cure", finding.message);
            let (line, column) = sources.line_column(*span);
            format!("{} {line}:{column}", finding.code)
        });
        (node, findings.collect(), sources)
    }

    fn check(text: impl AsRef<[u8]>, expected: &[&str]) {
        // Generous: tests share the machine. What it guards against takes minutes.
        let (start, limit) = (Instant::now(), Duration::from_secs(60));
        let text = text.as_ref();
        let (_, findings, _) = read(text);
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        assert_eq!(findings, expected, "{shown:?}");
        assert!(start.elapsed() < limit, "{shown:?}");
    }

    #[test]
    fn what_the_language_leaves_out_of_yaml_is_refused_where_it_stands() {
        check("a: 1\nb: 2\na: 3\n", &["duplicate-key 3:1"]);
        check("{a: 1, 'a': 2}\n", &["duplicate-key 1:8"]);
        let many: String = (0..40).map(|n| format!("k{n}: 1\n")).collect();
        check(
            format!("{many}k3: 1\nk30: 1\nnew: 1\nnew: 1\n"),
            &["duplicate-key 41:1", "duplicate-key 42:1", "duplicate-key 44:1"],
        );
        check("a: &x 1\n", &["forbidden-yaml 1:4"]);
        check("a: &x {b: 1}\n", &["forbidden-yaml 1:4"]);
        check("a: 1\nb: *x\n", &["forbidden-yaml 2:4"]);
        check("a: &x 1\nb: *x\n", &["forbidden-yaml 1:4", "forbidden-yaml 2:4"]);
        check("a: &x {b: 1}\nc:\n  <<: *x\n", &["forbidden-yaml 1:4", "forbidden-yaml 3:3", "forbidden-yaml 3:7"]);
        check("a: !!str 1\n", &["forbidden-yaml 1:4"]);
        check("a: !ours 1\n", &["forbidden-yaml 1:4"]);
        check("%YAML 1.2\n---\na: 1\n", &["forbidden-yaml 1:1"]);
        check("%TAG ! tag:acme,2000:\n---\na: 1\n", &["forbidden-yaml 1:1"]);
        check("a: 1\n---\nb: 2\n", &["forbidden-yaml 2:1"]);
        check("---\na: 1\n", &[]);
        check("a: 1\n...\n", &[]);
        check("? [x]\n: 1\n", &["forbidden-yaml 1:3"]);
        check("? {x: 1}\n: 1\n", &["forbidden-yaml 1:3"]);
        check("[x]: 1\n", &["forbidden-yaml 1:1"]);
        check("? x\n: 1\n", &[]);
    }

    #[test]
    fn a_place_without_a_value_is_named() {
        check("a:\nb: 1\n", &["empty-value 1:1"]);
        check("a: 1\nb:\n", &["empty-value 2:1"]);
        check("a:\n  - 1\n  -\n", &["empty-value 3:4"]);
        check("a: {b: , c: 1}\n", &["empty-value 1:5"]);
        check("a: {b}\n", &["empty-value 1:5"]);
        check("a: ''\n", &[]);
        check("", &["empty-value 1:1"]);
        check("\n\n# nothing\n", &["empty-value 1:1"]);
        check("---\n", &["empty-value 1:4"]);
        check(": 1\n", &["empty-value 1:1"]);
        check("a: null\nb: ~\nc: 'null'\n", &["empty-value 1:4", "empty-value 2:4"]);
    }

    #[test]
    fn a_tab_is_named_where_it_stands_and_is_text_inside_text() {
        check("a:\n\tb: 1\n", &["tab-indent 2:1"]);
        check("a: 1\nb:\n  c: 1\n\td: 2\n", &["tab-indent 4:1"]);
        check("a:\n  \tb: 1\n", &["tab-indent 2:3"]);
        check("a:\t1\n", &["tab-indent 1:3"]);
        check("a: 1\t\n", &["tab-indent 1:5"]);
        check("a: [1,\t2]\n", &["tab-indent 1:7"]);
        check("a: 1 #\tcomment\n", &[]);
        check("#\tcomment\na: 1\n", &[]);
        check("a: \"x\ty\"\n", &[]);
        check("a: 'x # \ty'\n", &[]);
        check("a: x#y\tz\n", &[]);
        check("a: |\n  x\ty\n", &[]);
        check("a: '#'\nb:\t1\n", &["tab-indent 2:3"]);
        check("a: \"#\" \t\n", &["tab-indent 1:8"]);
    }

    #[test]
    fn what_is_no_yaml_is_named_at_its_place() {
        check("a: [1, 2\n", &["invalid-yaml 1:4"]);
        check("a: [1, 2\nb: 3\n", &["invalid-yaml 2:2"]);
        check("a: \"x\n", &["invalid-yaml 1:4"]);
        check("a: 1\n b: 2\n", &["invalid-yaml 2:3"]);
        check("a: b: c\n", &["invalid-yaml 1:5"]);
        check("a: 1\n]\n", &["invalid-yaml 2:1"]);
        check("a: @x\n", &["invalid-yaml 1:4"]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        check(b"a: \xFF\n", &["unreadable-file 1:4"]);
        check(b"\xFF\xFEa\x00", &["unreadable-file 1:1"]);
        check("a: \u{202E}x\n", &["bidirectional-text 1:4"]);
        check("a: x\u{0}\n", &["invalid-yaml 1:5"]);
        check("\u{FEFF}a: 1\n", &[]);
        check("\u{FEFF}a: 1\na: 2\n", &["duplicate-key 2:1"]);
        check("\u{FEFF}a: 1\na:\n\tb", &["duplicate-key 2:1", "tab-indent 3:1"]);
        check("a: 1\r\na: 2\r\n", &["duplicate-key 2:1"]);
        check("a:\r\n  b:\r\n", &["empty-value 2:3"]);
        check("é: 1\né: 2\n", &["duplicate-key 2:1"]);
        check("ключ: x\n\"é\": {é: 1, é: 2}\n", &["duplicate-key 2:13"]);
    }

    #[test]
    fn hostile_files_end_fast_with_one_finding() {
        let deep = 100_000;
        check("[".repeat(deep), &["too-deep 1:65"]);
        check("{a: ".repeat(deep), &["too-deep 1:257"]);
        check("- ".repeat(deep), &["too-deep 1:129"]);
        check("? ".repeat(deep), &["forbidden-yaml 1:3"]);
        let nested: String = (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        check(nested, &["too-deep 65:65"]);
        check(format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)), &[]);
        check(format!("{}1{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1)), &["too-deep 1:65"]);
        let bomb: String =
            (1..10).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))).collect();
        let (_, findings, _) = read(format!("a0: &a0 x\n{bomb}").as_bytes());
        assert_eq!((findings.len(), findings[0].as_str()), (20, "forbidden-yaml 1:5"));
        let anchors: String = (0..200_000).map(|n| format!("- &a{n} x\n")).collect();
        let (_, findings, _) = read(anchors.as_bytes());
        assert_eq!((findings.len(), findings[0].as_str()), (20, "forbidden-yaml 1:3"));
        check(format!("a: {}\n", "x".repeat(64 << 20)), &["too-large 1:1"]);
        check(format!("a: {}\n", "x".repeat(2 << 20)), &["too-large 1:4"]);
        check("- x\n".repeat(300_000), &["too-large 250000:3"]);
        check("x ".repeat(1 << 20), &["too-large 1:1"]);
        assert_eq!(read("a: 1\n".repeat(100_000).as_bytes()).1.len(), 20);
        check("\t".repeat(1 << 20), &["empty-value 1:1", "tab-indent 1:1"]);
        check("a: 1 # \t\n".to_owned() + &"# \t\n".repeat(200_000), &[]);
    }

    fn spans(node: &Node, sources: &Sources, out: &mut Vec<String>) {
        let text = &sources.text(node.span.file)[node.span.start as usize..node.span.end as usize];
        out.push(text.to_owned());
        match &node.kind {
            Kind::Scalar { .. } => {}
            Kind::List(items) => items.iter().for_each(|item| spans(item, sources, out)),
            Kind::Map(entries) => entries.iter().for_each(|entry| {
                out.push(
                    sources.text(entry.key.span.file)[entry.key.span.start as usize..entry.key.span.end as usize]
                        .to_owned(),
                );
                spans(&entry.value, sources, out);
            }),
        }
    }

    fn marks(text: &str, expected: &[&str]) {
        let (node, findings, sources) = read(text.as_bytes());
        assert_eq!(findings, Vec::<String>::new());
        let mut out = Vec::new();
        spans(&node.unwrap(), &sources, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_span_is_what_the_author_wrote_and_no_more() {
        marks("a: {b: [1, 'x']} # c\n", &["a: {b: [1, 'x']}", "a", "{b: [1, 'x']}", "b", "[1, 'x']", "1", "'x'"]);
        marks(
            "a:\n  b: 1\n  c: \"2\"   \n\n# end\nd: e f\n",
            &[
                "a:\n  b: 1\n  c: \"2\"   \n\n# end\nd: e f",
                "a",
                "b: 1\n  c: \"2\"",
                "b",
                "1",
                "c",
                "\"2\"",
                "d",
                "e f",
            ],
        );
        marks("- a\n- - b\n  - c\n", &["- a\n- - b\n  - c", "a", "- b\n  - c", "b", "c"]);
        marks("é: [ü, {}, []]\n", &["é: [ü, {}, []]", "é", "[ü, {}, []]", "ü", "{}", "[]"]);
        marks("\u{FEFF}a: b\n", &["a: b", "a", "b"]);
        marks("a: b\r\nc: d\r\n", &["a: b\r\nc: d", "a", "b", "c", "d"]);
        marks("a: b\n  c\nd: e\n", &["a: b\n  c\nd: e", "a", "b\n  c", "d", "e"]);
    }

    #[test]
    fn a_block_scalar_marks_its_text_alone() {
        let (node, _, sources) = read(b"a: |\n  one\n  two\nb: >-\n  three\n  four\nc: 1\n");
        let mut out = Vec::new();
        spans(&node.unwrap(), &sources, &mut out);
        assert_eq!(out[2], "one\n  two");
        assert_eq!(out[4], "three\n  four");
    }

    #[test]
    fn scalars_stay_text_and_remember_their_quotes() {
        let (node, _, _) = read(b"a: off\nb: \"off\"\nc: 1.20\nd: '017'\ne: |\n  x\nf: 2026-10-01\n");
        let Kind::Map(entries) = node.unwrap().kind else { panic!("a mapping") };
        let scalars: Vec<(String, bool)> = entries
            .into_iter()
            .map(|entry| match entry.value.kind {
                Kind::Scalar { text, plain } => (text, plain),
                _ => panic!("a scalar"),
            })
            .collect();
        let expected =
            [("off", true), ("off", false), ("1.20", true), ("017", false), ("x\n", false), ("2026-10-01", true)];
        assert_eq!(scalars, expected.map(|(text, plain)| (text.to_owned(), plain)));
    }

    #[test]
    fn one_run_reports_all_that_can_be_known() {
        check(
            "a: &x 1\na: 2\nb:\nc: !t 3\n",
            &["forbidden-yaml 1:4", "duplicate-key 2:1", "empty-value 3:1", "forbidden-yaml 4:4"],
        );
        let (node, _, _) = read(b"a: 1\na: 2\n");
        let Kind::Map(entries) = node.unwrap().kind else { panic!("a mapping") };
        assert_eq!(entries.len(), 1, "the first of two equal keys counts");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            read(&bytes);
        }

        #[test]
        fn no_yaml_makes_it_panic(text in "([ \\t\\n#:,\\[\\]{}&*!|>'\"%@`?-]|[a-c]|é|\r\n|---|: |- |<<){0,120}") {
            let (node, findings, sources) = read(text.as_bytes());
            if let (Some(node), true) = (node, findings.is_empty()) {
                spans(&node, &sources, &mut Vec::new());
            }
        }
    }
}
