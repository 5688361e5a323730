//! The lines that differ, three lines of context around them: what is left to look at when the settings are known.
//!
//! The work is bounded by the number of lines, not by a clock, so that two runs show the same.

use similar::{ChangeTag, TextDiff};

/// Lines that stand around a change.
const CONTEXT: usize = 3;
/// Lines shown of one file.
const MOST: usize = 80;
/// Characters shown of a line.
const WIDTH: usize = 200;
/// Largest product of the numbers of lines that differ on both sides: more would take seconds.
const WORK: usize = 16_000_000;

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
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(Line { side: Side::Header, text: hunk.header().to_string() });
        for change in hunk.iter_changes() {
            let side = match change.tag() {
                ChangeTag::Equal => Side::Both,
                ChangeTag::Delete => Side::Before,
                ChangeTag::Insert => Side::After,
            };
            let text = change.value().trim_end_matches(['\n', '\r']).chars().take(WIDTH).collect();
            lines.push(Line { side, text });
        }
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    Lines::Shown(lines, more)
}

/// Whether comparing the lines of two texts might take seconds: how many neither begin nor end both sides alike.
pub(crate) fn is_too_much(before: &str, after: &str) -> bool {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    (before.len() - end).saturating_mul(after.len() - end) > WORK
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
