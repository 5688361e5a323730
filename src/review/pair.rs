//! Which thing of one side is which of the other: by name, by the name that it had, and last by what it says.

use crate::gather::{Arrange, Gather};
use std::collections::{BTreeMap, BTreeSet};

/// Things of two sides, by place in the lists that they came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// On both sides.
    pub(super) both: Vec<(usize, usize)>,
    /// Only on the earlier side.
    pub(super) gone: Vec<usize>,
    /// Only on the later side.
    pub(super) new: Vec<usize>,
}

/// How a thing is known.
#[derive(Clone, Debug)]
pub(super) struct Name<'a> {
    pub(super) id: &'a str,
    /// The id that it had before this one.
    pub(super) formerly: Option<&'a str>,
}

/// Pairs by name. `formerly` speaks first, since a renumbered clause may have the number that another one had; it is heard from either
/// side, so that a comparison and its reverse pair alike.
pub(super) fn by_name(before: &[Name<'_>], after: &[Name<'_>]) -> Pairs {
    let mut pairs = Pairs::default();
    let (mut taken_before, mut taken_after) = (BTreeSet::new(), BTreeSet::new());
    let ids = |names: &[Name<'_>]| -> BTreeMap<String, usize> {
        names.iter().enumerate().map(|(n, name)| (name.id.to_owned(), n)).gather()
    };
    let (earlier, later) = (ids(before), ids(after));
    let mut take = |b: usize, a: usize, pairs: &mut Pairs| {
        if !taken_before.contains(&b) && !taken_after.contains(&a) {
            taken_before.insert(b);
            taken_after.insert(a);
            pairs.both.push((b, a));
        }
    };
    // A `formerly` that both sides have has done its work: the two are known by their ids.
    let news = |name: &Name<'_>, others: &BTreeMap<String, usize>, side: &[Name<'_>]| {
        name.formerly
            .filter(|_| others.get(name.id).is_none_or(|n| side[*n].formerly != name.formerly))
            .map(str::to_owned)
    };
    for (a, name) in after.iter().enumerate() {
        if let Some(b) = news(name, &earlier, before).and_then(|former| earlier.get(&former).copied()) {
            take(b, a, &mut pairs);
        }
    }
    for (b, name) in before.iter().enumerate() {
        if let Some(a) = news(name, &later, after).and_then(|former| later.get(&former).copied()) {
            take(b, a, &mut pairs);
        }
    }
    for (b, name) in before.iter().enumerate() {
        if let Some(a) = later.get(name.id) {
            take(b, *a, &mut pairs);
        }
    }
    pairs.gone = (0..before.len()).filter(|n| !taken_before.contains(n)).collect();
    pairs.new = (0..after.len()).filter(|n| !taken_after.contains(n)).collect();
    pairs.both.arrange();
    pairs
}

/// Pairs what is left by how alike it is, the most alike first; `least` is how alike two must be, out of 1000.
pub(super) fn by_likeness(pairs: &mut Pairs, least: u32, alike: impl Fn(usize, usize) -> u32) -> Vec<(usize, usize)> {
    let mut candidates: Vec<(u32, usize, usize)> = Vec::new();
    for before in &pairs.gone {
        for after in &pairs.new {
            let score = alike(*before, *after);
            if score >= least {
                candidates.push((score, *before, *after));
            }
        }
    }
    candidates.arrange_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)).then(x.2.cmp(&y.2)));
    let mut found = Vec::new();
    for (_, before, after) in candidates {
        if pairs.gone.contains(&before) && pairs.new.contains(&after) {
            pairs.gone.retain(|n| *n != before);
            pairs.new.retain(|n| *n != after);
            pairs.both.push((before, after));
            found.push((before, after));
        }
    }
    pairs.both.arrange();
    found
}

/// How alike two sets are, out of 1000: what they share of all that they hold.
pub(super) fn overlap<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> u32 {
    let all = a.union(b).count();
    (a.intersection(b).count() * 1000).checked_div(all).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(written: &[&'a str]) -> Vec<Name<'a>> {
        let name = |text: &&'a str| match text.split_once('<') {
            Some((id, former)) => Name { id, formerly: Some(former) },
            None => Name { id: text, formerly: None },
        };
        written.iter().map(name).collect()
    }

    fn check(before: &[&str], after: &[&str], both: &[(usize, usize)]) {
        let pairs = by_name(&names(before), &names(after));
        assert_eq!(pairs.both, both, "{before:?} {after:?}");
        let mut turned: Vec<(usize, usize)> = both.iter().map(|(b, a)| (*a, *b)).collect();
        turned.sort_unstable();
        assert_eq!(by_name(&names(after), &names(before)).both, turned, "{after:?} {before:?}");
    }

    #[test]
    fn former_names_speak_before_names() {
        check(&["a", "b"], &["a", "b"], &[(0, 0), (1, 1)]);
        check(&["a", "b"], &["b", "c<a"], &[(0, 1), (1, 0)]);
        // Everything moves on by one: each takes the number of the next.
        check(&["1", "2"], &["1", "2<1", "3<2"], &[(0, 1), (1, 2)]);
        // What was said once stands on both sides later, and means nothing any more.
        check(&["1", "2<1", "3<2"], &["1", "2<1", "3<2"], &[(0, 0), (1, 1), (2, 2)]);
        check(&["x"], &["y"], &[]);
    }

    #[test]
    fn the_most_alike_are_one() {
        let mut pairs = by_name(&names(&["a", "b"]), &names(&["c", "d"]));
        let found = by_likeness(&mut pairs, 500, |b, a| if (b, a) == (0, 1) { 900 } else { 600 });
        assert_eq!(found, [(0, 1), (1, 0)]);
        assert!(pairs.gone.is_empty() && pairs.new.is_empty());
    }
}
