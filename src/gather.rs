//! Gathering into ordered maps and sets, and arranging: without a sort for each type.
//!
//! The standard library sorts with code of its own for each type and each way of comparing, 6.5 kB a time, and `collect` sorts before it
//! builds a map: an eighth of the program, before this. Here there is one sort, of places; the maps of a policy are small or arrive in
//! order, and inserting takes no longer.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Iterators whose items an ordered map or set takes.
pub trait Gather: Iterator + Sized {
    /// What `collect` gives: of two items with one key, the later.
    fn gather<O: Ordered + Extend<Self::Item>>(self) -> O {
        let mut gathered = O::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gather for I {}

/// An ordered map or set.
pub trait Ordered: Default {}

impl<K, V> Ordered for BTreeMap<K, V> {}
impl<T> Ordered for BTreeSet<T> {}

/// Lists that are put in order; equal items keep theirs.
pub trait Arrange<T> {
    /// By how two items compare.
    fn arrange_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// By a key of each item.
    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }

    /// By the items' own order.
    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }
}

impl<T> Arrange<T> for [T] {
    fn arrange_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        if self.len() > 1 {
            let mut places: Vec<usize> = (0..self.len()).collect();
            by(&mut places, &mut |a, b| compare(&self[a], &self[b]));
            move_to(self, &mut places);
        }
    }
}

/// The one sort.
fn by(places: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    places.sort_by(|a, b| compare(*a, *b));
}

/// Moves each item to where `places` names it: round each circle of moves once.
fn move_to<T>(items: &mut [T], places: &mut [usize]) {
    for start in 0..items.len() {
        let mut at = start;
        while places[at] != start {
            let next = std::mem::replace(&mut places[at], at);
            items.swap(at, next);
            at = next;
        }
        places[at] = at;
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrange, Gather};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn arranging_is_what_the_standard_library_does(items: Vec<(u8, u16)>) {
            let (mut ours, mut theirs) = (items.clone(), items.clone());
            ours.arrange_by_key(|item| item.0);
            theirs.sort_by_key(|item| item.0);
            prop_assert_eq!(&ours, &theirs);
            ours.arrange();
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn gathering_is_what_collecting_is(items: Vec<(u8, u16)>) {
            prop_assert_eq!(
                items.iter().copied().gather::<BTreeMap<u8, u16>>(),
                items.iter().copied().collect::<BTreeMap<u8, u16>>()
            );
            prop_assert_eq!(
                items.iter().gather::<BTreeSet<&(u8, u16)>>(),
                items.iter().collect::<BTreeSet<&(u8, u16)>>()
            );
        }
    }
}
