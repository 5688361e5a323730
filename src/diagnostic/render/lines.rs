//! Offsets → lines and columns, with the starts of each file's lines found once: findings come by the thousand.

use super::json::PlaceText;
use crate::diagnostic::Place;
use crate::source::{FileId, Sources, Span};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Lines of the files that findings point into.
#[derive(Debug)]
pub struct Lines<'a> {
    sources: &'a Sources,
    known: RefCell<BTreeMap<FileId, Text<'a>>>,
}

/// The text of a file, asked for once since it is checked each time, and the first byte of each of its lines.
#[derive(Clone, Debug)]
pub(super) struct Text<'a> {
    pub(super) whole: &'a str,
    /// There is always a first line.
    pub(super) starts: Rc<Vec<usize>>,
}

/// A range of a file, in numbers for people: all from 1, columns in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

impl<'a> Lines<'a> {
    /// Lines of `sources`; nothing is counted before it is asked for.
    pub fn new(sources: &'a Sources) -> Lines<'a> {
        Lines { sources, known: RefCell::new(BTreeMap::new()) }
    }

    /// `path:line:column`; `None` for what no file holds.
    pub fn at(&self, span: Span) -> Option<String> {
        let file = self.sources.file(span.file)?;
        let (line, column) = self.line_column(span.file, span.start as usize);
        Some(format!("{}:{line}:{column}", file.path))
    }

    /// A span as a place in numbers for people.
    pub fn place(&self, span: Span) -> PlaceText {
        super::json::place(&Place::Source(span), self)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        let (line, column) = self.line_column(span.file, span.start as usize);
        let (end_line, end_column) = self.line_column(span.file, span.end as usize);
        Range { line, column, end_line, end_column }
    }

    /// Line and column of an offset, both from 1. An offset past the end or inside a character counts as the boundary before it.
    fn line_column(&self, file: FileId, offset: usize) -> (usize, usize) {
        let Text { whole, starts } = self.text(file);
        let offset = floor(whole, offset);
        let line = starts.partition_point(|start| *start <= offset);
        let start = starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        (line.max(1), whole[start..offset].chars().count() + 1)
    }

    pub(super) fn text(&self, file: FileId) -> Text<'a> {
        let mut known = self.known.borrow_mut();
        let text = known.entry(file).or_insert_with(|| {
            let whole = self.sources.text(file);
            let starts = std::iter::once(0).chain(whole.match_indices('\n').map(|(n, _)| n + 1));
            Text { whole, starts: Rc::new(starts.collect()) }
        });
        text.clone()
    }

    pub(super) fn sources(&self) -> &'a Sources {
        self.sources
    }
}

/// The last character boundary at or before `offset`.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The first character boundary at or after `offset`.
pub(super) fn ceiling(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset += 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, SourceFile};

    #[test]
    fn every_offset_agrees_with_the_sources_own_count() {
        let text = "é: 1\r\n\nb: \"北\"\nlast";
        let sources = Sources::new(vec![SourceFile { path: "a".into(), content: Content::Bytes(text.into()) }]);
        let (file, _) = sources.at("a").unwrap();
        let lines = Lines::new(&sources);
        for offset in 0..text.len() + 3 {
            let span = Span::new(file, offset, offset);
            assert_eq!(lines.line_column(file, offset), sources.line_column(span), "at {offset}");
        }
        assert_eq!(lines.at(Span::NOWHERE), None);
    }
}
