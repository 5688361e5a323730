//! What a dictionary of a property list holds: keys in the order of their bytes, as they are written, each with its value and place.

use super::Item;
use crate::gather::Arrange;
use crate::source::Spanned;

/// A key and its value.
pub(crate) type Entry = (String, Spanned<Item>);

/// The content of a dictionary: each key once, sorted by its bytes. Most files have them so, which makes a list of them the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dictionary {
    entries: Vec<Entry>,
}

impl Dictionary {
    /// One without a key.
    pub(crate) fn new() -> Dictionary {
        Dictionary::default()
    }

    /// What a file holds, in any order; of two values with one key the later. With it a key that stands twice.
    pub(crate) fn of(mut entries: Vec<Entry>) -> (Dictionary, Option<String>) {
        let mut twice = None;
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            entries.arrange_by(|(one, _), (other, _)| one.cmp(other));
            entries.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                if is_same {
                    std::mem::swap(later, earlier);
                    twice = Some(later.0.clone());
                }
                is_same
            });
        }
        (Dictionary { entries }, twice)
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        // As they mostly come.
        match self.entries.last() {
            Some((last, _)) if last.as_str() < key => Err(self.entries.len()),
            _ => self.entries.binary_search_by(|(known, _)| known.as_str().cmp(key)),
        }
    }

    /// The value at a key, with its place.
    pub(crate) fn at(&self, key: &str) -> Option<&Spanned<Item>> {
        self.find(key).ok().map(|at| &self.entries[at].1)
    }

    /// The value at a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        self.at(key).map(|item| &item.value)
    }

    /// The value at a key, where it is text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Item::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The items of the list at a key; none where there is no list.
    pub(crate) fn list(&self, key: &str) -> &[Spanned<Item>] {
        match self.get(key) {
            Some(Item::Array(items)) => items,
            _ => &[],
        }
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// The value at a key, which is the given one where there was none.
    pub(crate) fn entry(&mut self, key: String, new: impl FnOnce() -> Item) -> &mut Item {
        let at = self.find(&key).unwrap_or_else(|at| {
            self.entries.insert(at, (key, Spanned::nowhere(new())));
            at
        });
        &mut self.entries[at].1.value
    }

    /// Sets the value of a key that no file holds.
    pub(crate) fn insert(&mut self, key: &str, item: Item) {
        match self.find(key) {
            Ok(at) => self.entries[at].1 = Spanned::nowhere(item),
            Err(at) => self.entries.insert(at, (key.to_owned(), Spanned::nowhere(item))),
        }
    }

    /// Takes the value of a key.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Spanned<Item>> {
        self.find(key).ok().map(|at| self.entries.remove(at).1)
    }

    /// Leaves out what is not wanted.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.entries.retain(|(key, _)| is_wanted(key));
    }

    /// The same without its places.
    pub(crate) fn nowhere(self) -> Dictionary {
        let entries = self.entries.into_iter();
        Dictionary { entries: entries.map(|(key, item)| (key, Spanned::nowhere(nowhere(item.value)))).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every key with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Item)> {
        self.entries.iter().map(|(key, item)| (key, &item.value))
    }
}

fn nowhere(item: Item) -> Item {
    match item {
        Item::Array(items) => Item::array(items.into_iter().map(|item| nowhere(item.value))),
        Item::Dictionary(keys) => Item::Dictionary(keys.nowhere()),
        other => other,
    }
}

impl IntoIterator for Dictionary {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Of values that no file holds.
impl FromIterator<(String, Item)> for Dictionary {
    fn from_iter<I: IntoIterator<Item = (String, Item)>>(items: I) -> Dictionary {
        Dictionary::of(items.into_iter().map(|(key, item)| (key, Spanned::nowhere(item))).collect()).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], expected: &[(&str, i128)], twice: Option<&str>) {
        let entry = |(n, key): (usize, &&str)| ((*key).to_owned(), Spanned::nowhere(Item::Integer(n as i128)));
        let (dictionary, found) = Dictionary::of(keys.iter().enumerate().map(entry).collect());
        let expected: Vec<(String, Item)> =
            expected.iter().map(|(key, n)| ((*key).to_owned(), Item::Integer(*n))).collect();
        assert_eq!(dictionary.iter().map(|(key, item)| (key.clone(), item.clone())).collect::<Vec<_>>(), expected);
        assert_eq!(found.as_deref(), twice);
        expected.iter().for_each(|(key, item)| assert_eq!(dictionary.get(key), Some(item)));
        assert_eq!((dictionary.get("~"), dictionary.get("")), (None, None));
    }

    #[test]
    fn keys_are_sorted_and_the_later_value_holds() {
        check(&[], &[], None);
        check(&["a", "b"], &[("a", 0), ("b", 1)], None);
        check(&["b", "a", "B"], &[("B", 2), ("a", 1), ("b", 0)], None);
        check(&["b", "a", "b", "c", "b"], &[("a", 1), ("b", 4), ("c", 3)], Some("b"));
        let mut dictionary = Dictionary::from_iter([("b".to_owned(), Item::Boolean(true))]);
        dictionary.insert("a", Item::Boolean(true));
        dictionary.insert("b", Item::Boolean(false));
        *dictionary.entry("c".to_owned(), || Item::Integer(1)) = Item::Integer(2);
        let keys: String = dictionary.iter().map(|(key, item)| format!("{key} {item:?} ")).collect();
        assert_eq!(keys, "a Boolean(true) b Boolean(false) c Integer(2) ");
        assert_eq!(dictionary.remove("b").map(|item| item.value), Some(Item::Boolean(false)));
        assert!(!dictionary.contains_key("b") && !dictionary.is_empty());
    }
}
