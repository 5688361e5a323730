//! Text → tree: strict YAML 1.2 with a place on every key and value. Alone knows the concrete syntax.
//!
//! Scalars stay text: a plain one has the type of its place, which only its reader knows. Anchors, aliases, merge keys, tags,
//! directives, second documents, duplicate keys, empty values and tabs are refused here, once, for every kind of file.

use super::{Content, FileId, Sources, Span, Spanned};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// Reads one file. `None` where nothing can be made of it; the findings say why. What could be read despite findings is returned,
/// so that one run reports all it can.
pub fn parse(sources: &Sources, file: FileId, found: &mut Diagnostics) -> Option<Node> {
    let text = text_of(sources, file, found)?;
    warn_of_bidirectional(file, text, found);
    let mut builder =
        Builder { file, text, found, stack: Vec::new(), root: None, nodes: 0, forbidden: 0, scalars: Vec::new() };
    let outcome = builder.run();
    let (root, scalars) = (builder.root.take(), std::mem::take(&mut builder.scalars));
    outcome?;
    report_tabs(file, text, &scalars, found);
    if root.is_none() {
        found.push(
            Diagnostic::new(Code::EmptyValue, Span::new(file, 0, 0), "the file is empty")
                .help("write a document, or remove the file"),
        );
    }
    root
}

fn text_of<'a>(sources: &'a Sources, file: FileId, found: &mut Diagnostics) -> Option<&'a str> {
    let start = Span::new(file, 0, 0);
    match &sources.file(file)?.content {
        Content::TooLarge(size) => {
            found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    start,
                    format!("the file has {size} bytes; a source may have {MAX_FILE}"),
                )
                .help("split it: an organisation may have any number of policy files"),
            );
            None
        }
        Content::Refused(why) => {
            found.push(
                Diagnostic::new(Code::UnreadableFile, start, why.clone())
                    .help("put the file itself into policy-sources, or remove it"),
            );
            None
        }
        Content::Bytes(bytes) if bytes.len() as u64 > MAX_FILE => {
            let size = bytes.len();
            found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    start,
                    format!("the file has {size} bytes; a source may have {MAX_FILE}"),
                )
                .help("split it: an organisation may have any number of policy files"),
            );
            None
        }
        Content::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                found.push(
                    Diagnostic::new(
                        Code::UnreadableFile,
                        start,
                        format!("the file is not UTF-8 (byte {})", error.valid_up_to()),
                    )
                    .help("save it as UTF-8"),
                );
                None
            }
        },
    }
}

/// Characters that reorder what a reader sees (Unicode bidirectional controls) can hide a change from a reviewer.
fn warn_of_bidirectional(file: FileId, text: &str, found: &mut Diagnostics) {
    let is_control =
        |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    for (at, c) in text.char_indices().filter(|(_, c)| is_control(*c)).take(MAX_REPEATED) {
        found.push(
            Diagnostic::new(
                Code::BidirectionalText,
                Span::new(file, at, at + c.len_utf8()),
                format!(
                    "the character U+{:04X} changes the direction of text: what is shown is not what is read",
                    c as u32
                ),
            )
            .help("remove it"),
        );
    }
}

/// A tab outside scalars and comments. Inside a scalar it is text.
fn report_tabs(file: FileId, text: &str, scalars: &[(usize, usize)], found: &mut Diagnostics) {
    let mut reported = 0;
    for (at, _) in text.match_indices('\t') {
        let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let inside =
            scalars.partition_point(|(start, _)| *start <= at).checked_sub(1).is_some_and(|n| at < scalars[n].1);
        if inside || text[line_start..at].contains('#') || reported == MAX_REPEATED {
            continue;
        }
        reported += 1;
        found.push(tab_finding(file, at));
    }
}

fn tab_finding(file: FileId, at: usize) -> Diagnostic {
    Diagnostic::new(Code::TabIndent, Span::new(file, at, at + 1), "a tab stands where YAML wants spaces")
        .help("write two spaces for each level")
        .fix(Span::new(file, at, at + 1), "  ")
}

enum Open {
    List { start: usize, end: usize, items: Vec<Node> },
    Map { start: usize, end: usize, entries: Vec<Entry>, key: Option<PendingKey>, names: BTreeMap<String, Span> },
}

/// A key that waits for its value.
struct PendingKey {
    name: Spanned<String>,
    plain: bool,
    /// The second of two equal keys: it has its finding, and the first one counts.
    repeated: bool,
}

struct Builder<'a, 'f> {
    file: FileId,
    text: &'a str,
    found: &'f mut Diagnostics,
    stack: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    forbidden: usize,
    /// Byte ranges of scalars, in order.
    scalars: Vec<(usize, usize)>,
}

impl Builder<'_, '_> {
    /// `None` where the file had to be given up.
    fn run(&mut self) -> Option<()> {
        let options = granit_parser::options! {
            // One more than ours, so that the finding is ours and has a place.
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
            simple_key_max_lookahead: 1024,
        };
        let mut parser = Parser::new_from_str_with_options(self.text, options);
        let mut documents = 0;
        loop {
            let (event, span) = match parser.next_event()? {
                Ok(event) => event,
                Err(error) => {
                    self.syntax_error(&error);
                    return None;
                }
            };
            let (start, end) = span.byte_range().map_or((0, 0), |range| (range.start, range.end));
            match event {
                Event::StreamEnd => return Some(()),
                Event::DocumentStart(_, version) => {
                    documents += 1;
                    if version.is_some() {
                        self.forbid(start, start, "a directive", "remove the line");
                    }
                    if documents > 1 {
                        self.forbid(start, end, "a second document", "put each document into a file of its own");
                        return Some(());
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.properties(start, anchor, tag.is_some());
                    self.scalar(&text, style, start, end)?;
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.properties(start, anchor, tag.is_some());
                    self.open(start, Open::List { start, end, items: Vec::new() })?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.properties(start, anchor, tag.is_some());
                    self.open(start, Open::Map { start, end, entries: Vec::new(), key: None, names: BTreeMap::new() })?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(start, end)?,
                Event::Alias(_) => {
                    self.forbid(start, end, "an alias", "write the value again: each stands where it is read");
                    let node =
                        Node { span: self.span(start, end), kind: Kind::Scalar { text: String::new(), plain: false } };
                    self.place(node)?;
                }
                _ => {}
            }
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start.min(self.text.len()), end.min(self.text.len()))
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        // A tab indent is noticed too late: at the token before it, or at the end of the line after.
        let line_end = self.text[at..].match_indices('\n').nth(1).map_or(self.text.len(), |(n, _)| at + n);
        let mut line_start = 0;
        for line in self.text[..line_end].split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indent].find('\t') {
                self.found.push(tab_finding(self.file, line_start + tab));
                return;
            }
            line_start += line.len();
        }
        let info = error.info();
        if info.contains("nest") || info.contains("recursion") {
            self.too_deep(at);
            return;
        }
        self.found.push(
            Diagnostic::new(Code::InvalidYaml, self.span(at, at + 1), format!("this is not YAML: {info}"))
                .help("the rest of the file is not read: mend this and run again"),
        );
    }

    fn too_deep(&mut self, at: usize) {
        self.found.push(
            Diagnostic::new(
                Code::TooDeep,
                self.span(at, at + 1),
                format!("lists and mappings stand inside one another deeper than {MAX_DEPTH}"),
            )
            .help("nothing in the language needs such depth: look for an unclosed bracket"),
        );
    }

    fn forbid(&mut self, start: usize, end: usize, what: &str, cure: &str) {
        self.forbidden += 1;
        if self.forbidden <= MAX_REPEATED {
            self.found.push(
                Diagnostic::new(
                    Code::ForbiddenYaml,
                    self.span(start, end),
                    format!("{what} is not part of the language"),
                )
                .help(cure),
            );
        }
    }

    fn properties(&mut self, start: usize, anchor: usize, tag: bool) {
        if anchor > 0 {
            self.forbid(start, start, "an anchor", "write the value where it is needed");
        }
        if tag {
            self.forbid(start, start, "a tag", "remove it: a value has the type of its place");
        }
    }

    fn count(&mut self, at: usize) -> Option<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    self.span(at, at),
                    format!("the file holds more than {MAX_NODES} values"),
                )
                .help("split it: an organisation may have any number of policy files"),
            );
            return None;
        }
        Some(())
    }

    fn open(&mut self, at: usize, open: Open) -> Option<()> {
        self.count(at)?;
        if let Some(Open::Map { key: None, .. }) = self.stack.last() {
            self.forbid(at, at, "a key that is a list or a mapping", "keys are words");
            return None;
        }
        if self.stack.len() >= MAX_DEPTH {
            self.too_deep(at);
            return None;
        }
        self.stack.push(open);
        Some(())
    }

    fn close(&mut self, start: usize, end: usize) -> Option<()> {
        let node = match self.stack.pop()? {
            Open::List { start: first, end: last, items } => {
                let last = if self.text.get(start..end) == Some("]") { end } else { last };
                Node { span: self.span(first, last), kind: Kind::List(items) }
            }
            Open::Map { start: first, end: last, entries, .. } => {
                let last = if self.text.get(start..end) == Some("}") { end } else { last };
                Node { span: self.span(first, last), kind: Kind::Map(entries) }
            }
        };
        self.place(node)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, start: usize, end: usize) -> Option<()> {
        self.count(start)?;
        if text.len() > MAX_SCALAR {
            self.found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    self.span(start, start),
                    format!("a value has more than {MAX_SCALAR} bytes"),
                )
                .help("keep large content in a file and name it with `{ file: PATH }`"),
            );
            return None;
        }
        let plain = style == ScalarStyle::Plain;
        let written = self.text.get(start..end).unwrap_or("").trim_end().len();
        self.scalars.push((start, end));
        let span = self.span(start, start + written);
        if let Some(Open::Map { key: key @ None, names, .. }) = self.stack.last_mut() {
            let first = names.get(text).copied();
            if let Some(first) = first {
                self.found.push(
                    Diagnostic::new(Code::DuplicateKey, span, format!("the key `{text}` stands twice in one mapping"))
                        .also(first, "first here")
                        .help("keep one of the two"),
                );
            } else {
                names.insert(text.to_owned(), span);
            }
            let merge = plain && text == "<<";
            *key = Some(PendingKey { name: Spanned::new(text.to_owned(), span), plain, repeated: first.is_some() });
            if merge {
                self.forbid(start, end, "a merge key", "write the keys where they are needed");
            }
            return Some(());
        }
        if plain && text.is_empty() {
            let place = self.key_span().unwrap_or(span);
            self.found.push(
                Diagnostic::new(Code::EmptyValue, place, "nothing stands here where a value is wanted")
                    .help("write the value; `{}`, `[]` and `none` say that there is none"),
            );
        }
        self.place(Node { span, kind: Kind::Scalar { text: text.to_owned(), plain } })
    }

    fn key_span(&self) -> Option<Span> {
        match self.stack.last()? {
            Open::Map { key: Some(key), .. } => Some(key.name.span),
            _ => None,
        }
    }

    fn place(&mut self, node: Node) -> Option<()> {
        let node_end = node.span.end as usize;
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, end, .. }) => {
                *end = node_end.max(*end);
                items.push(node);
            }
            Some(Open::Map { entries, key, end, .. }) => {
                *end = node_end.max(*end);
                match key.take() {
                    Some(PendingKey { repeated: true, .. }) => {}
                    Some(PendingKey { name, plain, .. }) => entries.push(Entry { key: name, plain, value: node }),
                    None => {
                        let at = node.span.start as usize;
                        self.forbid(at, at, "a key that is not a word", "keys are words");
                        return None;
                    }
                }
            }
        }
        Some(())
    }
}
