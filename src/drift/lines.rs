//! The lines that differ, three lines of context around them: what is left to look at when the settings are known.
//!
//! The work is bounded by the number of lines, not by a clock, so that two runs show the same.

use super::runs::{is_too_much, lines, runs};
use similar::{DiffOp, DiffTag, group_diff_ops};
use std::ops::Range;

/// Lines that stand around a change.
const CONTEXT: usize = 3;
/// Lines shown of one file.
const MOST: usize = 80;
/// Characters shown of a line.
const WIDTH: usize = 200;

/// The lines of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// There are none to compare.
    None,
    /// They hold a secret.
    Withheld,
    /// Too many differ.
    TooMany,
    /// These, and so many more.
    Shown(Vec<Line>, usize),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub side: Side,
    /// Its text, without its end.
    pub text: String,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `@@ -1,7 +1,7 @@`: where a run of lines begins.
    Header,
    /// In both.
    Both,
    /// Only in what is approved.
    Before,
    /// Only in what is produced.
    After,
}

impl Side {
    /// What `diff -u` puts before the line.
    pub fn mark(self) -> &'static str {
        match self {
            Side::Header => "",
            Side::Both => " ",
            Side::Before => "-",
            Side::After => "+",
        }
    }
}

/// The lines that differ between two files.
pub(super) fn between(before: &[u8], after: &[u8]) -> Lines {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    if is_too_much(&before, &after) {
        return Lines::TooMany;
    }
    let (before, after) = (lines(&before), lines(&after));
    let mut shown = Vec::new();
    for hunk in group_diff_ops(runs(&before, &after), CONTEXT) {
        shown.push(Line { side: Side::Header, text: header(&hunk) });
        for op in &hunk {
            let mut push = |side, lines: &[&str]| {
                let text = |line: &str| line.trim_end_matches(['\n', '\r']).chars().take(WIDTH).collect();
                shown.extend(lines.iter().map(|line| Line { side, text: text(line) }));
            };
            if op.tag() == DiffTag::Equal {
                push(Side::Both, &before[op.old_range()]);
            } else {
                push(Side::Before, &before[op.old_range()]);
                push(Side::After, &after[op.new_range()]);
            }
        }
    }
    let more = shown.len().saturating_sub(MOST);
    shown.truncate(MOST);
    Lines::Shown(shown, more)
}

/// `@@ -1,7 +1,7 @@`, as `diff -u` writes it: a single line has no count, and no line is said to stand after the one before.
fn header(hunk: &[DiffOp]) -> String {
    let range = |ranges: fn(&DiffOp) -> Range<usize>| {
        let start = hunk.first().map_or(0, |op| ranges(op).start);
        let length = hunk.last().map_or(start, |op| ranges(op).end) - start;
        match length {
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            _ => format!("{},{length}", start + 1),
        }
    };
    format!("@@ -{} +{} @@", range(DiffOp::old_range), range(DiffOp::new_range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stands_between_three_lines_on_either_side() {
        let text = |middle: &str| format!("1\n2\n3\n4\n{middle}\n6\n7\n8\n9\n");
        let Lines::Shown(lines, 0) = between(text("old").as_bytes(), text("new").as_bytes()) else {
            panic!("not shown")
        };
        let shown: Vec<(Side, &str)> = lines.iter().map(|line| (line.side, line.text.as_str())).collect();
        let both = |text| (Side::Both, text);
        let expected = [
            (Side::Header, "@@ -2,7 +2,7 @@"),
            both("2"),
            both("3"),
            both("4"),
            (Side::Before, "old"),
            (Side::After, "new"),
            both("6"),
            both("7"),
            both("8"),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_would_take_seconds_is_not_tried() {
        let text = |word: &str| (0..5000).map(|n| format!("{word}{n}\n")).collect::<String>();
        assert_eq!(between(text("a").as_bytes(), text("b").as_bytes()), Lines::TooMany);
        let Lines::Shown(lines, more) = between(text("a").as_bytes(), b"") else { panic!("not shown") };
        assert_eq!((lines.len(), more), (MOST, 5001 - MOST));
    }
}
