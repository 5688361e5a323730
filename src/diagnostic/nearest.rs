//! "Did you mean": the names nearest to one that is wrong.

use crate::gather::Arrange;

/// Up to three of `candidates` that a slip of the hand could have turned into `wrong`, nearest first.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    among(wrong, &mut candidates.into_iter())
}

/// One body for all kinds of candidates: it stands on paths that are rarely walked.
fn among<'a>(wrong: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Vec<&'a str> {
    let folded: String = wrong.chars().take(200).collect::<String>().to_lowercase();
    let limit = (folded.chars().count() / 3).clamp(1, 6);
    let mut near: Vec<(usize, &str)> = candidates
        .filter(|name| name.len().abs_diff(wrong.len()) <= limit && lacking(&folded, name) <= limit)
        .map(|name| (strsim::osa_distance(&folded, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.arrange();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many letters of one the other lacks, wherever they stand: never more than have to be changed, and told in a part of the time. Of
/// letters beyond ASCII nothing is said.
fn lacking(folded: &str, name: &str) -> usize {
    let mut counts = [0i32; 128];
    if !folded.is_ascii() || !name.is_ascii() {
        return 0;
    }
    folded.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    name.bytes().for_each(|byte| counts[usize::from(byte.to_ascii_lowercase())] -= 1);
    let lacking: i32 = counts.into_iter().filter(|count| *count > 0).sum();
    lacking as usize
}

/// How many letters are another, missing or swapped; letter case does not count.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase())
}

/// The longest list that a sentence has room for.
const LISTED: usize = 8;

/// Names for a sentence: as many as it has room for, how many more there are, and where they stand.
pub fn shortened(names: &[String], place: &str) -> String {
    match names.len().saturating_sub(LISTED) {
        0 | 1 => names.join(", "),
        more => format!("{} and {more} more ({place})", names[..LISTED].join(", ")),
    }
}

/// The sentence for it: "did you mean `a` or `b`?"; `None` where nothing is near.
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    sentence(&among(wrong, &mut candidates.into_iter()))
}

fn sentence(names: &[&str]) -> Option<String> {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, first) = names.split_last()?;
    if first.is_empty() {
        return Some(format!("did you mean {last}?"));
    }
    Some(format!("did you mean {} or {last}?", first.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(count: usize, expected: &str) {
        let names: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
        assert_eq!(shortened(&names, "the page"), expected);
    }

    #[test]
    fn a_long_list_says_how_many_more_there_are_and_where() {
        check(0, "");
        check(2, "1, 2");
        check(9, "1, 2, 3, 4, 5, 6, 7, 8, 9");
        check(50, "1, 2, 3, 4, 5, 6, 7, 8 and 42 more (the page)");
    }

    proptest! {
        #[test]
        fn letters_that_lack_are_never_more_than_have_to_be_changed(wrong in "[a-cé]{0,8}", name in "[A-Ca-cé]{0,8}") {
            prop_assert!(lacking(&wrong, &name) <= distance(&wrong, &name));
        }
    }
}
