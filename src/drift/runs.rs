//! What two texts share and where they differ, by lines or by words.
//!
//! Lines and words become numbers first, so that the algorithm is compiled once for whatever is compared. The work is bounded by
//! sizes, not by a clock, so that two runs show the same.

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};
use std::collections::BTreeMap;

/// Largest product of the numbers of lines that differ on both sides: more would take seconds.
const WORK: usize = 16_000_000;

/// The runs that are the same, gone, come or replaced, in order.
pub(crate) fn runs<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<DiffOp> {
    let mut numbers: BTreeMap<&'a str, usize> = BTreeMap::new();
    let mut numbered = |parts: &[&'a str]| -> Vec<usize> {
        parts
            .iter()
            .map(|part| {
                let next = numbers.len();
                *numbers.entry(part).or_insert(next)
            })
            .collect()
    };
    let (before, after) = (numbered(before), numbered(after));
    let (before, after) = (before.as_slice(), after.as_slice());
    let mut hook = Compact::new(Replace::new(Capture::new()), before, after);
    match myers::diff(&mut hook, before, 0..before.len(), after, 0..after.len()) {
        Ok(()) => hook.into_inner().into_inner().into_ops(),
        Err(never) => match never {},
    }
}

/// The lines of a text, each with its end.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The words of a text, and each character between them: together they are the text.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match rest.find(|c: char| !c.is_alphanumeric()) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_the_whole_text(text in any::<String>()) {
            prop_assert_eq!(words(&text).concat(), text);
        }

        #[test]
        fn the_runs_cover_both_sides_in_order(before in "[ab \n]{0,40}", after in "[ab \n]{0,40}") {
            let (before, after) = (words(&before), words(&after));
            let (mut old, mut new) = (0, 0);
            for op in runs(&before, &after) {
                prop_assert_eq!((op.old_range().start, op.new_range().start), (old, new));
                if op.tag() == similar::DiffTag::Equal {
                    prop_assert_eq!(&before[op.old_range()], &after[op.new_range()]);
                }
                (old, new) = (op.old_range().end, op.new_range().end);
            }
            prop_assert_eq!((old, new), (before.len(), after.len()));
        }
    }
}
