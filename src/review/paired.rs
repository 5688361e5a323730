//! What people wrote on both sides, and which of it is which: by name, and clauses by what they say where their numbers moved.

use super::pair::{Name, Pairs, by_likeness, by_name, overlap};
use super::written::{Item, Key, Renumbered, What};
use crate::gather::{Arrange, Gather};
use std::collections::{BTreeMap, BTreeSet};

/// How alike two clauses must be to be one under two numbers, out of 1000.
const ALIKE: u32 = 600;

/// The items of both sides.
pub(super) struct Items {
    pub(super) before: BTreeMap<Key, Item>,
    pub(super) after: BTreeMap<Key, Item>,
}

impl Items {
    /// Names clauses on the earlier side as the later one does, wherever something refers to them: a reference that moved with its
    /// clause says the same.
    pub(super) fn follow_numbers(&mut self) {
        let mut numbers = Renumbered::default();
        for (was, is) in paired(self, What::Policy, None).both {
            for (old, new) in paired(self, What::Clause, Some((&was.2, &is.2))).both {
                numbers.note((&was.2, &old.2), (&is.2, &new.2));
            }
        }
        for (key, item) in &mut self.before {
            item.rename_clauses(&key.1, &numbers);
        }
    }
}

/// Items of one kind on both sides, by their keys.
pub(super) struct PairedKeys<'a> {
    pub(super) both: Vec<(&'a Key, &'a Key)>,
    pub(super) gone: Vec<&'a Key>,
    pub(super) new: Vec<&'a Key>,
}

pub(super) fn paired<'a>(items: &'a Items, what: What, policies: Option<(&str, &str)>) -> PairedKeys<'a> {
    let of = |side: &'a BTreeMap<Key, Item>, policy: Option<&str>| -> Vec<(&'a Key, &'a Item)> {
        side.iter().filter(|(key, _)| key.0 == what && policy.is_none_or(|policy| key.1 == policy)).collect()
    };
    let before = of(&items.before, policies.map(|(policy, _)| policy));
    let after = of(&items.after, policies.map(|(_, policy)| policy));
    let mut pairs = by_name(&names(&before), &names(&after));
    if what == What::Clause {
        renumbered(&before, &after, &mut pairs);
    }
    PairedKeys {
        both: pairs.both.iter().map(|(b, a)| (before[*b].0, after[*a].0)).collect(),
        gone: pairs.gone.iter().map(|n| before[*n].0).collect(),
        new: pairs.new.iter().map(|n| after[*n].0).collect(),
    }
}

fn names<'a>(side: &[(&'a Key, &'a Item)]) -> Vec<Name<'a>> {
    let formerly = |item: &'a Item| item.formerly.as_deref().map(|text| text.rsplit(' ').next().unwrap_or(text));
    side.iter().map(|(key, item)| Name { id: &key.2, formerly: formerly(item) }).collect()
}

/// Numbers that two clauses share by chance, and clauses that kept what they say under another number. A text that gained a clause in
/// its middle moves every number after it, so what clauses say speaks before their numbers wherever the two disagree.
fn renumbered(before: &[(&Key, &Item)], after: &[(&Key, &Item)], pairs: &mut Pairs) {
    let alike = |b: usize, a: usize| likeness(before[b].1, after[a].1);
    let stated = |b: usize, a: usize| after[a].1.formerly.is_some() || before[b].1.formerly.is_some();
    let doubtful: Vec<(usize, usize)> =
        pairs.both.iter().copied().filter(|(b, a)| !stated(*b, *a) && alike(*b, *a) < ALIKE).collect();
    let whole = pairs.clone();
    pairs.both.retain(|pair| !doubtful.contains(pair));
    pairs.gone.extend(doubtful.iter().map(|(b, _)| *b));
    pairs.new.extend(doubtful.iter().map(|(_, a)| *a));
    by_likeness(pairs, ALIKE, alike);
    // Under the same number, and unlike: a rewording, unless what it said stands elsewhere now.
    for (b, a) in whole.both {
        if pairs.gone.contains(&b) && pairs.new.contains(&a) {
            pairs.gone.retain(|n| *n != b);
            pairs.new.retain(|n| *n != a);
            pairs.both.push((b, a));
        }
    }
    pairs.gone.arrange();
    pairs.new.arrange();
    pairs.both.arrange();
}

/// How alike two clauses are: by the words of their summaries, and by what they ask for.
fn likeness(a: &Item, b: &Item) -> u32 {
    let words = |item: &Item| -> BTreeSet<String> {
        let text = item.fields.get("summary").map_or("", |field| field.text.as_str());
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2).map(str::to_lowercase).gather()
    };
    let asks = |item: &Item| -> BTreeSet<(String, String)> {
        let asks = |path: &str| ["require.", "settings", "guard"].iter().any(|start| path.starts_with(start));
        let asked = item.fields.iter().filter(|(path, _)| asks(path));
        asked.map(|(path, field)| (path.clone(), field.text.clone())).gather()
    };
    let said = overlap(&words(a), &words(b));
    match (asks(a), asks(b)) {
        (a, b) if a.is_empty() && b.is_empty() => said,
        (a, b) => (said + overlap(&a, &b)) / 2,
    }
}
