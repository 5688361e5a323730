//! Shares as bars, for those who would rather look; the numbers stand in the same row of the same table.

use super::managed;
use crate::report::effective::Effective;

/// One row: a name, and what its whole is made of.
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    /// Said beside the name.
    pub(super) note: &'static str,
    pub(super) whole: usize,
    pub(super) parts: Vec<Part>,
}

/// A part of a whole.
pub(super) struct Part {
    pub(super) word: &'static str,
    pub(super) count: usize,
    /// Where the bar has it, and how wide: out of 1000.
    pub(super) from: usize,
    pub(super) wide: usize,
}

/// Clauses of each policy by class.
pub(super) fn classes(effective: &Effective) -> Vec<Bar<'_>> {
    let bar = |policy: &'_ crate::report::effective::PolicyPart| policy.classes.rows().to_vec();
    let bars = effective.policies.iter().map(|policy| Bar {
        name: &policy.title,
        note: if policy.baseline { "adopted baseline" } else { "" },
        whole: policy.classes.clauses,
        parts: parts(&bar(policy)),
    });
    bars.collect()
}

/// Settings of each group by what their value rests on.
pub(super) fn bases(effective: &Effective) -> Vec<Bar<'_>> {
    let titles = effective.groups.iter().filter(|group| group.counts.unmanaged.is_none()).map(|group| &group.title);
    let bars = titles.zip(managed(effective)).map(|(title, group)| {
        let counted = [("stated", group.stated), ("assumed", group.assumed), ("default", group.defaults)];
        Bar { name: title, note: "", whole: group.settings, parts: parts(&counted) }
    });
    bars.collect()
}

fn parts(counted: &[(&'static str, usize)]) -> Vec<Part> {
    let all: usize = counted.iter().map(|(_, count)| count).sum();
    let mut seen = 0;
    let part = |(word, count): &(&'static str, usize)| {
        let from = seen * 1000 / all.max(1);
        seen += count;
        Part { word, count: *count, from, wide: seen * 1000 / all.max(1) - from }
    };
    counted.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_however_its_parts_are_rounded() {
        for counted in [&[("a", 1), ("b", 1), ("c", 1)][..], &[("a", 0), ("b", 7)], &[("a", 0)]] {
            let parts = parts(counted);
            let ends: Vec<usize> = parts.iter().map(|part| part.from + part.wide).collect();
            assert!(parts.windows(2).all(|two| two[0].from + two[0].wide == two[1].from));
            assert_eq!(*ends.last().unwrap(), if counted.iter().any(|(_, n)| *n > 0) { 1000 } else { 0 });
        }
    }
}
