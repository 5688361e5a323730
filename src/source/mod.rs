//! Source files as the compiler sees them: relative paths and bytes, handed in by the program. The library opens nothing.
//!
//! Reading order: [`span`], then [`yaml`] (text → tree with a place on every key and value).

pub mod fields;
mod library;
mod span;
pub mod yaml;

use crate::gather::Arrange;
use library::LIBRARY;
use serde::{Deserialize, Serialize};
pub use span::{Span, Spanned};
use std::borrow::Cow;
use std::fmt;

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct FileId(u32);

/// In records, which are all of the library, its files are 0, 1, 2, …: one byte each.
impl From<FileId> for u32 {
    fn from(file: FileId) -> u32 {
        file.0 ^ FIRST_OF_LIBRARY
    }
}

impl From<u32> for FileId {
    fn from(number: u32) -> FileId {
        FileId(number ^ FIRST_OF_LIBRARY)
    }
}

impl FileId {
    /// The file of what no file holds.
    pub const NONE: FileId = FileId(u32::MAX);

    /// The file at this place of a [`Sources`] whose files came in the order of their paths.
    pub(crate) fn nth(place: usize) -> FileId {
        FileId(place as u32)
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {}", self.0)
    }
}

/// What the program found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The whole file.
    Bytes(Vec<u8>),
    /// Larger than [`yaml::MAX_FILE`]; so many bytes, none of them read.
    TooLarge(u64),
    /// Not a file to read, and why: a link that leaves the folder, a device, a name that is not UTF-8.
    Refused(String),
}

/// One file: a path relative to the project with `/` between its parts, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative path, such as `policy-sources/cafcass/groups.yaml`.
    pub path: String,
    /// What stands there.
    pub content: Content,
}

/// One file of a [`Sources`].
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative path, such as `policy-sources/cafcass/groups.yaml`.
    pub path: Cow<'static, str>,
    /// What stands there.
    pub content: Body,
}

/// What is known of a file's content. Whether it is text is found out once: findings ask for it by the thousand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The whole file, which is UTF-8.
    Text(Cow<'static, str>),
    /// The whole file, which is not.
    Bytes(Vec<u8>),
    /// As [`Content::TooLarge`].
    TooLarge(u64),
    /// As [`Content::Refused`].
    Refused(String),
}

impl Source {
    /// Its bytes, where they were read.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Body::Text(text) => Some(text.as_bytes()),
            Body::Bytes(bytes) => Some(bytes),
            Body::TooLarge(_) | Body::Refused(_) => None,
        }
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Body {
        match content {
            Content::Bytes(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Body::Text(text.into()),
                Err(error) => Body::Bytes(error.into_bytes()),
            },
            Content::TooLarge(size) => Body::TooLarge(size),
            Content::Refused(why) => Body::Refused(why),
        }
    }
}

/// Every file of a project below `policy-sources/`, sorted by path, and the control library that ships in the binary.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// Library files are numbered from here, so that no order of the author's files moves them.
const FIRST_OF_LIBRARY: u32 = 1 << 30;

impl Sources {
    /// The files in the order of their paths, whatever order they came in.
    pub fn new(mut files: Vec<SourceFile>) -> Sources {
        files.arrange_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let source = |file: SourceFile| Source { path: file.path.into(), content: file.content.into() };
        Sources { files: files.into_iter().map(source).collect() }
    }

    /// Texts in the order of their paths, each once.
    pub(crate) fn of_texts(texts: Vec<(String, String)>) -> Sources {
        let source = |(path, text): (String, String)| Source { path: path.into(), content: Body::Text(text.into()) };
        Sources { files: texts.into_iter().map(source).collect() }
    }

    /// The author's files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(n, file)| (FileId(n as u32), file))
    }

    /// The control library's files, sorted by path.
    pub fn library() -> impl Iterator<Item = (FileId, &'static Source)> {
        LIBRARY.iter().enumerate().map(|(n, file)| (FileId(FIRST_OF_LIBRARY + n as u32), file))
    }

    /// One file; `None` for [`FileId::NONE`].
    pub fn file(&self, id: FileId) -> Option<&Source> {
        match id.0 {
            n if n >= FIRST_OF_LIBRARY => LIBRARY.get((n - FIRST_OF_LIBRARY) as usize),
            n => self.files.get(n as usize),
        }
    }

    /// The author's file at `path`.
    pub fn at(&self, path: &str) -> Option<(FileId, &Source)> {
        let n = self.files.binary_search_by(|file| file.path.as_ref().cmp(path)).ok()?;
        Some((FileId(n as u32), &self.files[n]))
    }

    /// The path of a file, for messages.
    pub fn path(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.path)
    }

    /// The text of a file, as far as it is UTF-8.
    pub fn text(&self, id: FileId) -> &str {
        match self.file(id).map(|file| &file.content) {
            Some(Body::Text(text)) => text,
            Some(Body::Bytes(bytes)) => bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid()),
            _ => "",
        }
    }

    /// Line and column of a place, both from 1, the column in characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
