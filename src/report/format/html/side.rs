//! Two texts side by side, with what differs inside a line marked.
//!
//! The work is bounded by sizes, not by a clock, so that two runs show the same.

use crate::drift::{is_too_much, lines, runs, words};
use similar::{DiffOp, DiffTag, group_diff_ops};

/// Lines that stand around a change.
const CONTEXT: usize = 3;
/// Characters shown of a line.
const WIDTH: usize = 1200;
/// Largest product of the sizes of two passages whose words are compared.
const WORDS: usize = 40_000_000;
/// Of a hundred bytes of two passages, how many must be alike that the rest is marked: else nothing is there to recognise.
const ALIKE: usize = 30;

/// A piece of a text, and whether the other side has something else there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) differs: bool,
    pub(super) text: String,
}

/// A line of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// From 1.
    pub(super) line: usize,
    pub(super) pieces: Vec<Piece>,
}

/// A line of both sides, or where lines that are the same were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Same(Cell, Cell),
    Differs(Option<Cell>, Option<Cell>),
    Skipped(usize),
}

/// What is shown of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// They hold the same lines.
    Same,
    /// More differs than can be compared in reasonable time.
    TooMuch,
    /// These rows, and so many more.
    Shown(Vec<Row>, usize),
}

/// Both texts beside one another, `most` rows of them.
pub(super) fn by_line(before: &str, after: &str, most: usize) -> Sides {
    if is_too_much(before, after) {
        return Sides::TooMuch;
    }
    let (before, after) = (lines(before), lines(after));
    let groups = group_diff_ops(runs(&before, &after), CONTEXT);
    if groups.is_empty() {
        return Sides::Same;
    }
    let mut rows = Vec::new();
    let mut seen = 0;
    for group in groups {
        let start = group.first().map_or(0, |op| op.old_range().start);
        if start > seen {
            rows.push(Row::Skipped(start - seen));
        }
        for op in &group {
            push(op, &before, &after, &mut rows);
        }
        seen = group.last().map_or(seen, |op| op.old_range().end);
    }
    if before.len() > seen {
        rows.push(Row::Skipped(before.len() - seen));
    }
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    Sides::Shown(rows, more)
}

/// The rows of one run of lines. Where lines were replaced, the first stands beside the first.
fn push(op: &DiffOp, before: &[&str], after: &[&str], rows: &mut Vec<Row>) {
    let cells = |start: usize, lines: Vec<Vec<Piece>>| -> Vec<Cell> {
        lines.into_iter().zip(start + 1..).map(|(pieces, line)| Cell { line, pieces: fitting(pieces) }).collect()
    };
    let (old, new) = (op.old_range(), op.new_range());
    let (before, after) = (&before[old.clone()], &after[new.clone()]);
    let (gone, come) = match op.tag() {
        DiffTag::Replace => by_word(&before.concat(), &after.concat()),
        _ => (whole(&before.concat()), whole(&after.concat())),
    };
    let (gone, come) = (cells(old.start, by_its_lines(gone)), cells(new.start, by_its_lines(come)));
    if op.tag() == DiffTag::Equal {
        rows.extend(gone.into_iter().zip(come).map(|(before, after)| Row::Same(before, after)));
        return;
    }
    let (mut gone, mut come) = (gone.into_iter(), come.into_iter());
    loop {
        match (gone.next(), come.next()) {
            (None, None) => return,
            (before, after) => rows.push(Row::Differs(before, after)),
        }
    }
}

/// The pieces of some lines, line by line.
fn by_its_lines(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut split: Vec<Vec<Piece>> = Vec::new();
    let mut ended = true;
    for Piece { differs, text } in pieces {
        for line in lines(&text) {
            let piece = Piece { differs, text: line.to_owned() };
            match split.last_mut() {
                Some(last) if !ended => last.push(piece),
                _ => split.push(vec![piece]),
            }
            ended = line.ends_with('\n');
        }
    }
    split
}

/// A text of which the other side has nothing to compare.
fn whole(text: &str) -> Vec<Piece> {
    vec![Piece { differs: false, text: text.to_owned() }]
}

/// Pieces of one line without its end, cut where it is longer than anybody reads, which is said.
fn fitting(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut left = WIDTH;
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    for Piece { differs, text } in pieces {
        let text = text.trim_end_matches(['\n', '\r']);
        let length = text.chars().count();
        let shown = match text.char_indices().nth(left) {
            Some((end, _)) => format!("{}… and {} more characters", &text[..end], length - left),
            None => text.to_owned(),
        };
        left = left.saturating_sub(length);
        match kept.last_mut() {
            Some(last) if last.differs == differs => last.text.push_str(&shown),
            _ => kept.push(Piece { differs, text: shown }),
        }
    }
    kept
}

/// Two texts with the words that differ marked, or each whole where little is alike or too much is there.
pub(super) fn by_word(before: &str, after: &str) -> (Vec<Piece>, Vec<Piece>) {
    if before.len().saturating_mul(after.len()) > WORDS {
        return (whole(before), whole(after));
    }
    let (old, new) = (words(before), words(after));
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let mut alike = 0;
    for op in runs(&old, &new) {
        let differs = op.tag() != DiffTag::Equal;
        let (old, new) = (old[op.old_range()].concat(), new[op.new_range()].concat());
        if !differs {
            alike += old.len() + new.len();
        }
        join(&mut gone, differs, &old);
        join(&mut come, differs, &new);
    }
    if alike * 100 < (before.len() + after.len()) * ALIKE {
        return (whole(before), whole(after));
    }
    (gone, come)
}

fn join(pieces: &mut Vec<Piece>, differs: bool, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => pieces.push(Piece { differs, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(differs: bool, text: &str) -> Piece {
        Piece { differs, text: text.to_owned() }
    }

    fn shown(pieces: &[Piece]) -> String {
        pieces.iter().map(|p| if p.differs { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn what_differs_inside_a_line_is_marked_and_what_is_far_away_left_out() {
        let text = |middle: &str| {
            let around = |from: usize| (from..from + 6).map(|n| format!("line {n}\n")).collect::<String>();
            format!("{}{middle}\n{}", around(0), around(7))
        };
        let before = text("<integer>6 of ten</integer>");
        let Sides::Shown(rows, 0) = by_line(&before, &text("<integer>8 of ten</integer>"), 50) else { panic!() };
        assert_eq!((&rows[0], rows.last().unwrap()), (&Row::Skipped(3), &Row::Skipped(3)));
        let Row::Differs(Some(old), Some(new)) = &rows[4] else { panic!("{rows:?}") };
        assert_eq!((old.line, shown(&old.pieces)), (7, "<integer>[6] of ten</integer>".to_owned()));
        assert_eq!((new.line, shown(&new.pieces)), (7, "<integer>[8] of ten</integer>".to_owned()));
        assert_eq!(by_line(&before, &before, 50), Sides::Same);
    }

    #[test]
    fn a_file_that_one_side_lacks_stands_alone_and_long_ones_are_cut_truthfully() {
        let text: String = (0..30).map(|n| format!("{n}\n")).collect();
        let Sides::Shown(rows, 20) = by_line("", &text, 10) else { panic!("not cut") };
        assert!(rows.iter().all(|row| matches!(row, Row::Differs(None, Some(_)))));
        let long = "x".repeat(WIDTH + 7);
        assert!(fitting(whole(&long))[0].text.ends_with("… and 7 more characters"));
        assert_eq!(fitting(vec![piece(false, "a"), piece(false, "b\n")]), [piece(false, "ab")]);
    }

    #[test]
    fn what_would_take_seconds_is_not_tried() {
        let lines = |word: &str| (0..5000).map(|n| format!("{word}{n}\n")).collect::<String>();
        assert_eq!(by_line(&lines("a"), &lines("b"), 10), Sides::TooMuch);
        let words = |word: &str| format!("{word} ").repeat(10_000);
        assert_eq!(by_word(&words("a"), &words("b")).0.len(), 1);
    }

    #[test]
    fn words_of_a_value_are_marked_where_the_rest_is_alike() {
        let (old, new) = by_word("a passcode of six digits", "a passcode of eight digits");
        assert_eq!(
            (shown(&old), shown(&new)),
            ("a passcode of [six] digits".into(), "a passcode of [eight] digits".into())
        );
        let (old, _) = by_word("6", "8");
        assert_eq!(old, [piece(false, "6")]);
    }
}
