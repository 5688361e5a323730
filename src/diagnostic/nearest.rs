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
        .filter(|name| name.len().abs_diff(wrong.len()) <= limit)
        .map(|name| (strsim::osa_distance(&folded, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.arrange();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many letters are another, missing or swapped; letter case does not count.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase())
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
