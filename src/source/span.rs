//! Places in source text: a byte range of one file, and values that remember where they were written.

use super::FileId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A byte range in one source file. Half-open; [`Span::NOWHERE`] for what nobody wrote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file that holds the range.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The place of what no file holds: defaults, and settings that were read from artefacts.
    pub const NOWHERE: Span = Span { file: FileId::NONE, start: 0, end: 0 };

    /// A range of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end.max(start) as u32 }
    }

    /// Whether a file holds this place.
    pub fn is_somewhere(self) -> bool {
        self.file != FileId::NONE
    }

    /// The smallest range that covers both; `self` where they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_somewhere() {
            write!(f, "{:?}:{}..{}", self.file, self.start, self.end)
        } else {
            write!(f, "nowhere")
        }
    }
}

/// A value and where it was written. Equality and order look at the value alone: the same text at another place is the same.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }

    /// `value`, which no file holds.
    pub fn nowhere(value: T) -> Self {
        Spanned { value, span: Span::NOWHERE }
    }

    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl Default for Span {
    fn default() -> Self {
        Span::NOWHERE
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<T: Eq> Eq for Spanned<T> {}
impl<T: PartialOrd> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}
impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
