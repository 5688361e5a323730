//! Events → tree. What the parser passes on and the language does not have is refused here, at its place.

use super::text::tab_finding;
use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, MAX_REPEATED, MAX_SCALAR, Node};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span, Spanned};
use granit_parser::{Event, Parser, ScalarStyle};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Keys of a mapping that are compared one by one.
const FEW: usize = 16;

/// The byte ranges of scalars, in order.
pub(super) type Scalars = Vec<(usize, usize)>;

/// The tree of a text, and where its scalars stand. `None` where nothing can be made of it.
pub(super) fn build(file: FileId, text: &str, found: &mut Diagnostics) -> Option<(Option<Node>, Scalars)> {
    let mut builder = Builder {
        file,
        text,
        found,
        stack: Vec::new(),
        root: None,
        nodes: 0,
        reported: BTreeMap::new(),
        scalars: Vec::new(),
        last: 0,
    };
    builder.run()?;
    Some((builder.root, builder.scalars))
}

enum Open<'a> {
    List {
        start: usize,
        end: usize,
        items: Vec<Node>,
    },
    /// `names` are those of many entries; it is empty where they are few.
    Map {
        start: usize,
        end: usize,
        entries: Vec<Entry>,
        key: Option<PendingKey>,
        names: BTreeMap<Cow<'a, str>, Span>,
    },
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
    stack: Vec<Open<'a>>,
    root: Option<Node>,
    nodes: usize,
    /// How many findings of each kind.
    reported: BTreeMap<Code, usize>,
    scalars: Scalars,
    /// The end of the event before: anchors and tags stand between it and the next.
    last: usize,
}

impl<'a> Builder<'a, '_> {
    /// `None` where the file had to be given up.
    fn run(&mut self) -> Option<()> {
        let options = granit_parser::options! {
            // The parser reads ahead, and so meets a limit before its events say so; mixed nesting is counted here.
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
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
                Event::DocumentStart(..) => {
                    documents += 1;
                    self.directives(start);
                    if documents > 1 {
                        self.forbid(start, end, "a second document", "put each document into a file of its own");
                        return Some(());
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.properties(start, anchor, tag.is_some());
                    self.scalar(text, style, start, end)?;
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
                        Node { span: self.span(start, end), kind: Kind::Scalar { text: String::new(), plain: true } };
                    self.place(node)?;
                }
                _ => {}
            }
            self.last = end.max(self.last);
        }
    }

    /// Adds a finding, unless there are many of its kind.
    fn report(&mut self, finding: Diagnostic) {
        let count = self.reported.entry(finding.code).or_default();
        *count += 1;
        if *count <= MAX_REPEATED {
            self.found.push(finding);
        }
    }

    /// Lines that begin with `%`, before the document that starts at `end`.
    fn directives(&mut self, end: usize) {
        let mut at = self.last;
        for line in self.text.get(self.last..end).unwrap_or("").split_inclusive('\n') {
            if line.starts_with('%') {
                self.forbid(at, at + line.trim_end().len(), "a directive", "remove the line");
            }
            at += line.len();
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start.min(self.text.len()), end.min(self.text.len()))
    }

    /// The character that begins there.
    fn character(&self, at: usize) -> Span {
        let rest = self.text.get(at..).unwrap_or_default();
        let width = rest.chars().next().map_or(1, char::len_utf8);
        self.span(at, at + width)
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let at = (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        // A tab indent is noticed too late: at the token before it, or at the end of the line after.
        let line_end = self.text[at..].match_indices('\n').nth(1).map_or(self.text.len(), |(n, _)| at + n);
        let mut line_start = self.text[..self.last.min(at)].rfind('\n').map_or(0, |n| n + 1);
        for line in self.text[line_start..line_end].split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indent].find('\t') {
                self.found.push(tab_finding(self.file, line_start + tab));
                return;
            }
            line_start += line.len();
        }
        let info = error.info();
        if info.contains("nest") || info.contains("recursion") {
            return self.too_deep(at);
        }
        if self.text[at..].starts_with('*') {
            return self.forbid(at, at + 1, "an alias", "write the value again: each stands where it is read");
        }
        // Quotes that nobody closes are noticed at the end of the file, and opened after the event before.
        let opened = self.text[self.last.min(at)..at].find(['"', '\'']).map(|n| self.last + n);
        let at = opened.filter(|_| self.text[at..].trim().is_empty()).unwrap_or(at);
        let finding = Diagnostic::new(Code::InvalidYaml, self.character(at), format!("this is not YAML: {info}"));
        let finding = match info.contains("flow") {
            true => finding.help("inside `{ }` and `[ ]`, put quotes around text that holds a bracket, brace or comma"),
            false => finding,
        };
        self.found.push(finding.help("the rest of the file is not read: mend this and run again"));
    }

    fn too_deep(&mut self, at: usize) {
        self.found.push(
            Diagnostic::new(
                Code::TooDeep,
                self.character(at),
                format!("lists and mappings stand inside one another deeper than {MAX_DEPTH}"),
            )
            .help("nothing in the language needs such depth: look for an unclosed bracket"),
        );
    }

    fn forbid(&mut self, start: usize, end: usize, what: &str, cure: &str) {
        let span = self.span(start, end);
        self.report(
            Diagnostic::new(Code::ForbiddenYaml, span, format!("{what} is not part of the language")).help(cure),
        );
    }

    /// The anchor and tag of what starts at `start`.
    fn properties(&mut self, start: usize, anchor: usize, tag: bool) {
        if anchor > 0 {
            let (at, end) = self.property('&', start);
            self.forbid(at, end, "an anchor", "write the value where it is needed");
        }
        if tag {
            let (at, end) = self.property('!', start);
            self.forbid(at, end, "a tag", "remove it: a value has the type of its place");
        }
    }

    /// Where a word that begins with `sign` stands between the event before and this one. Events do not say.
    fn property(&self, sign: char, start: usize) -> (usize, usize) {
        let mut at = self.last.min(start);
        for line in self.text.get(at..start).unwrap_or("").split_inclusive('\n') {
            let code = line.find(" #").map_or(line, |comment| &line[..comment]);
            if let Some(found) = code.find(sign) {
                let length = code[found..].find(char::is_whitespace).unwrap_or(code.len() - found);
                return (at + found, at + found + length);
            }
            at += line.len();
        }
        (start, start)
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

    fn open(&mut self, at: usize, open: Open<'a>) -> Option<()> {
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

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, start: usize, end: usize) -> Option<()> {
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
        let mut repeated = None;
        if let Some(Open::Map { key: key @ None, names, entries, .. }) = self.stack.last_mut() {
            let first = if entries.len() < FEW {
                entries.iter().find(|entry| entry.key.value == text).map(|entry| entry.key.span)
            } else {
                if names.is_empty() {
                    names.extend(entries.iter().map(|entry| (Cow::Owned(entry.key.value.clone()), entry.key.span)));
                }
                names.get(&text).copied()
            };
            if let Some(first) = first {
                repeated = Some(
                    Diagnostic::new(Code::DuplicateKey, span, format!("the key `{text}` stands twice in one mapping"))
                        .also(first, "first here")
                        .help("keep one of the two"),
                );
            } else if entries.len() >= FEW {
                names.insert(text.clone(), span);
            }
            let merge = plain && written == 2 && text == "<<";
            *key = Some(PendingKey { name: Spanned::new(text.into_owned(), span), plain, repeated: first.is_some() });
            if let Some(repeated) = repeated {
                self.report(repeated);
            }
            if merge {
                self.forbid(start, end, "a merge key", "write the keys where they are needed");
            }
            if plain && written == 0 {
                self.report(
                    Diagnostic::new(Code::EmptyValue, span, "nothing stands here where a key is wanted")
                        .help("write the key before the colon"),
                );
            }
            return Some(());
        }
        // Where nothing stands, the event's text is `~`; written out it would say the same, and no place here takes it.
        if plain && (written == 0 || text == "~" || text == "null") {
            let place = if written > 0 { span } else { self.key_span().unwrap_or(span) };
            let mut finding = Diagnostic::new(Code::EmptyValue, place, "nothing stands here where a value is wanted");
            if self.is_half_a_sentence() {
                finding = finding.help("inside `{ }` a comma cuts a sentence in two: put it in quotes");
            }
            self.report(finding.help(
                "write the value; `{}`, `[]` and `none` say that there is none, and quotes make a text of a word",
            ));
            return self.place(Node { span, kind: Kind::Scalar { text: String::new(), plain } });
        }
        self.place(Node { span, kind: Kind::Scalar { text: text.into_owned(), plain } })
    }

    /// Whether the key that waits for its value has several words.
    fn is_half_a_sentence(&self) -> bool {
        matches!(self.stack.last(), Some(Open::Map { key: Some(key), .. }) if key.plain && key.name.contains(' '))
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
