//! What to offer for a LocURI that no node has: names that a slip of the hand could have meant, and the same name elsewhere.
//!
//! Comparing a name with all 5,815 costs more than a run may take, so names whose letters differ too much are passed over first.

use super::Catalogue;
use crate::diagnostic::nearest::nearest;
use crate::gather::{Arrange, Gather};
use std::collections::BTreeSet;

/// How many places are worth telling.
const PLACES: usize = 5;

impl Catalogue {
    /// LocURIs near to one that goes wrong below `at`, with the name `wrong` there and `rest` below it.
    pub(crate) fn nearest_uris(&self, at: &str, wrong: &str, rest: &[&str], last: &str) -> Vec<String> {
        let siblings = self.children(at);
        let mut found = Vec::new();
        let mut names = nearest(wrong, siblings.iter().copied());
        if names.is_empty() {
            names = siblings.iter().copied().filter(|name| is_cut(wrong, name)).take(3).collect();
        }
        for name in names {
            let name = name.to_ascii_lowercase();
            let below: Vec<&str> = [at, &name].into_iter().chain(rest.iter().copied()).collect();
            if let Some(row) = self.row(&below.join("/")) {
                found.push(self.uri(row).to_owned());
            } else if rest.is_empty() {
                found.extend(self.row(&below[..2].join("/")).map(|row| self.uri(row).to_owned()));
            }
        }
        if !found.is_empty() {
            return found;
        }
        let letters = letters_of(last);
        let alike: BTreeSet<&str> = self
            .last_names()
            .iter()
            .filter(|one| (one.letters ^ letters).count_ones() as usize <= 2 * slips(last) && could_be(last, &one.name))
            .map(|one| &*one.name)
            .gather();
        let names = nearest(last, alike.iter().copied());
        if names.is_empty() {
            return Vec::new();
        }
        let all = self.last_names().iter().enumerate();
        let mut near: Vec<(usize, usize)> = all
            .filter_map(|(row, one)| Some((names.iter().position(|near| *near == &*one.name)?, row)))
            .filter(|(_, row)| same_root(at, &self.folded_uri(*row)))
            .collect();
        near.arrange();
        near.into_iter().take(3).map(|(_, row)| self.uri(row).to_owned()).collect()
    }

    /// Nodes whose last name is the same.
    pub(crate) fn same_name(&self, last: &str) -> Vec<String> {
        let rows = self.last_names().iter().enumerate().filter(|(_, one)| *one.name == *last);
        rows.take(PLACES).map(|(row, _)| self.uri(row).to_owned()).collect()
    }

    fn last_names(&self) -> &[LastName] {
        self.last_names.get_or_init(|| {
            let of = |row| {
                let name: Box<str> = self.folded_uri(row).rsplit('/').next().unwrap_or_default().into();
                LastName { letters: letters_of(&name), name }
            };
            (0..self.rows.len()).map(of).collect()
        })
    }

    /// The names right below a folded LocURI. What stands below one of them is passed over at once.
    fn children(&self, at: &str) -> Vec<&'static str> {
        // Of all letters after `/`, `0` is the next.
        let (start, end) = (at.len() + 1, self.first_row(&format!("{at}0")));
        let mut names: Vec<&str> = Vec::new();
        let mut row = self.first_row(&format!("{at}/"));
        while row < end {
            let below = self.folded_text(row).get(start..).unwrap_or_default();
            let name = below.split('/').next().unwrap_or_default();
            names.push(name);
            row = match name.len() == below.len() {
                true => row + 1,
                false => self.first_row(&format!("{at}/{}0", name.to_ascii_lowercase())).max(row + 1),
            };
        }
        names
    }
}

/// Whether one name is the other without its first word, as policies of one area are called elsewhere.
fn is_cut(wrong: &str, name: &str) -> bool {
    let (short, long) = if wrong.len() < name.len() { (wrong, name) } else { (name, wrong) };
    let end = long.len() - short.len();
    short.len() > 7 && long.get(end..).is_some_and(|end| end.eq_ignore_ascii_case(short))
}

/// LocURIs near to one that no node has, and those of the same name.
pub(super) type Offered = (Vec<String>, Vec<String>);

/// The last name of a LocURI, folded, with the letters that it has.
pub(super) struct LastName {
    name: Box<str>,
    letters: u64,
}

/// Which letters a name has: one bit for each, whatever their number.
fn letters_of(name: &str) -> u64 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte.to_ascii_lowercase() % 64))
}

/// How many slips of the hand a name can have.
fn slips(wrong: &str) -> usize {
    (wrong.len() / 3).clamp(1, 6)
}

/// Whether both are under the user root, or neither is.
fn same_root(at: &str, uri: &str) -> bool {
    at.starts_with("./user") == uri.starts_with("./user")
}

/// Whether the letters of two names differ so little that `nearest` may accept them: each slip changes two counts at most.
fn could_be(wrong: &str, name: &str) -> bool {
    let limit = slips(wrong);
    if wrong.len().abs_diff(name.len()) > limit {
        return false;
    }
    let mut counts = [0i32; 256];
    wrong.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    name.bytes().for_each(|byte| counts[usize::from(byte)] -= 1);
    counts.iter().map(|count| count.unsigned_abs() as usize).sum::<usize>() <= 2 * limit
}
