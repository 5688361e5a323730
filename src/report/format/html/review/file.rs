//! Files that devices are given: what became of each, and both texts side by side.

use super::super::side::{Row, Sides, by_line};
use super::Lists;
use crate::review::{FileChange, FileText};

/// Rows shown of one file, and of all together: a page that nobody can load shows nothing.
const MOST: usize = 400;
const ALL: usize = 3000;

pub(super) struct FileView<'a> {
    pub(super) change: &'a FileChange,
    /// `added`, `removed`, `renamed`, `changed`, and how that is drawn.
    pub(super) what: &'static str,
    pub(super) path: &'a str,
    pub(super) sides: View<'a>,
    /// How many rows differ.
    pub(super) differing: usize,
    /// What the filters look at: places in their lists.
    pub(super) organisation: usize,
    pub(super) group: Option<usize>,
}

/// What is shown of a file's text.
pub(super) enum View<'a> {
    Rows(Vec<Row>, usize),
    Same,
    TooMuch,
    /// The page is full.
    Full,
    Withheld(&'a str),
}

pub(super) fn views<'a>(files: &'a [FileChange], lists: &Lists) -> Vec<FileView<'a>> {
    let mut left = ALL;
    files.iter().map(|file| view(file, lists, &mut left)).collect()
}

fn view<'a>(file: &'a FileChange, lists: &Lists, left: &mut usize) -> FileView<'a> {
    let sides = match &file.text {
        FileText::Withheld(why) => View::Withheld(why),
        FileText::Shown { .. } if *left == 0 => View::Full,
        FileText::Shown { before, after } => match by_line(before, after, MOST.min(*left)) {
            Sides::Same => View::Same,
            Sides::TooMuch => View::TooMuch,
            Sides::Shown(rows, more) => View::Rows(rows, more),
        },
    };
    let rows = match &sides {
        View::Rows(rows, _) => rows.as_slice(),
        _ => &[],
    };
    *left = left.saturating_sub(rows.len());
    let differing = rows.iter().filter(|row| matches!(row, Row::Differs(..))).count();
    let (what, path) = match (&file.before, &file.after) {
        (None, Some(path)) => ("added", path.as_str()),
        (Some(path), None) => ("removed", path.as_str()),
        (Some(before), Some(after)) if before != after => ("renamed", after.as_str()),
        (_, after) => ("changed", after.as_deref().unwrap_or_default()),
    };
    FileView {
        change: file,
        what,
        path,
        sides,
        differing,
        organisation: lists.organisation(&file.organisation),
        group: lists.group(&file.organisation, &file.group),
    }
}
