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
        let mut names = nearest(wrong, siblings.iter().map(String::as_str));
        if names.is_empty() {
            names = siblings.iter().map(String::as_str).filter(|name| is_cut(wrong, name)).take(3).collect();
        }
        for name in names {
            let below: Vec<&str> = [at, name].into_iter().chain(rest.iter().copied()).collect();
            if let Some(row) = self.row(&below.join("/")) {
                found.push(self.uri(row).to_owned());
            } else if rest.is_empty() {
                found.extend(self.row(&below[..2].join("/")).map(|row| self.uri(row).to_owned()));
            }
        }
        if !found.is_empty() {
            return found;
        }
        let alike: BTreeSet<String> =
            self.last_names().map(|(_, name)| name).filter(|name| could_be(last, name)).gather();
        let names = nearest(last, alike.iter().map(String::as_str));
        let mut near: Vec<(usize, usize)> = self
            .last_names()
            .filter_map(|(row, name)| Some((names.iter().position(|near| *near == name)?, row)))
            .filter(|(_, row)| same_root(at, &self.folded_uri(*row)))
            .collect();
        near.arrange();
        near.into_iter().take(3).map(|(_, row)| self.uri(row).to_owned()).collect()
    }

    /// Nodes whose last name is the same.
    pub(crate) fn same_name(&self, last: &str) -> Vec<String> {
        let rows = self.last_names().filter(|(_, name)| *name == last);
        rows.take(PLACES).map(|(row, _)| self.uri(row).to_owned()).collect()
    }

    fn last_names(&self) -> impl Iterator<Item = (usize, String)> {
        (0..self.rows.len()).map(|row| (row, self.folded_uri(row).rsplit('/').next().unwrap_or_default().to_owned()))
    }

    /// The names right below a folded LocURI.
    fn children(&self, at: &str) -> BTreeSet<String> {
        let start = format!("{at}/");
        let first = self.first_row(&start);
        (first..self.rows.len())
            .map_while(|row| Some(self.folded_uri(row).strip_prefix(&start)?.split('/').next()?.to_owned()))
            .gather()
    }
}

/// Whether one name is the other without its first word, as policies of one area are called elsewhere.
fn is_cut(wrong: &str, name: &str) -> bool {
    let (short, long) = if wrong.len() < name.len() { (wrong, name) } else { (name, wrong) };
    short.len() > 7 && long.ends_with(short)
}

/// Whether both are under the user root, or neither is.
fn same_root(at: &str, uri: &str) -> bool {
    at.starts_with("./user") == uri.starts_with("./user")
}

/// Whether the letters of two names differ so little that `nearest` may accept them: each slip changes two counts at most.
fn could_be(wrong: &str, name: &str) -> bool {
    let limit = (wrong.len() / 3).clamp(1, 6);
    if wrong.len().abs_diff(name.len()) > limit {
        return false;
    }
    let mut counts = [0i32; 256];
    wrong.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    name.bytes().for_each(|byte| counts[usize::from(byte)] -= 1);
    counts.iter().map(|count| count.unsigned_abs() as usize).sum::<usize>() <= 2 * limit
}
