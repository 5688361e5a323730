//! Where the parts of an address were written. A finding about a name points at the name, not at the value beside it.

use crate::source::Span;
use std::collections::BTreeMap;

/// The places of an address's parts, where a clause wrote them itself; empty where a control's entry did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The payload type, declaration or command, or the path of the CSP.
    pub owner: Span,
    /// How many parts of a LocURI stand in that path; the others stand in the node's own name.
    pub owner_parts: usize,
    /// The names below it: keys from the outermost in, or the node and its element.
    pub keys: Vec<Span>,
    /// The names inside the value, by their path from the top of the payload: `Services.Camera[2].Allowed`.
    pub inner: BTreeMap<String, Span>,
}

impl Names {
    /// The owner; `other` where nobody wrote it.
    pub fn owner_or(&self, other: Span) -> Span {
        if self.owner.is_somewhere() { self.owner } else { other }
    }

    /// The name at this depth; `other` where nobody wrote it.
    pub fn key_or(&self, depth: usize, other: Span) -> Span {
        self.keys.get(depth).copied().filter(|span| span.is_somewhere()).unwrap_or(other)
    }

    /// The last name; the owner where there is none below it.
    pub fn last_or(&self, other: Span) -> Span {
        match self.keys.len() {
            0 => self.owner_or(other),
            n => self.key_or(n - 1, other),
        }
    }

    /// The name of an entry inside the value; `other` where nobody wrote it.
    pub fn inner_or(&self, path: &str, other: Span) -> Span {
        self.inner.get(path).copied().filter(|span| span.is_somewhere()).unwrap_or(other)
    }

    /// The name that holds this part of a LocURI, counted from 0.
    pub fn part_or(&self, part: usize, other: Span) -> Span {
        if part < self.owner_parts { self.owner_or(other) } else { self.key_or(0, other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, SourceFile, Sources};

    #[test]
    fn each_part_of_a_locuri_stands_in_the_path_or_in_the_nodes_name() {
        let file = SourceFile { path: "a.yaml".to_owned(), content: Content::Bytes(Vec::new()) };
        let file = Sources::new(vec![file]).files().next().unwrap().0;
        let at = |start: usize| Span::new(file, start, start + 1);
        let names = Names { owner: at(1), owner_parts: 4, keys: vec![at(2), at(3)], ..Names::default() };
        assert_eq!([3, 4, 9].map(|part| names.part_or(part, at(8))), [at(1), at(2), at(2)]);
        assert_eq!((names.last_or(at(8)), names.key_or(5, at(8))), (at(3), at(8)));
        let none = Names::default();
        assert_eq!([none.owner_or(at(8)), none.last_or(at(8)), none.part_or(0, at(8))], [at(8); 3]);
    }
}
