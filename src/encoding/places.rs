//! Where the values of a file stand in its text: nodes of the tree that was read ⇄ bytes.
//!
//! A tree of values has no room for places, and most readers want none. Who wants them keeps them beside the tree, each node known by
//! where it lies in memory: that is what tells two equal values of one file apart. They hold as long as the tree is not moved.

use crate::source::{FileId, Span};
use std::ops::Range;

/// The places of the nodes of one tree. Empty for who does not ask: every node then stands nowhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// By the address of the node, once it is settled.
    known: Vec<(usize, u32, u32)>,
}

impl Places {
    /// One more node.
    pub(super) fn add<T>(&mut self, node: &T, at: Range<usize>) {
        let number = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        self.known.push((std::ptr::from_ref(node).addr(), number(at.start), number(at.end)));
    }

    /// Makes them ready to be asked for. Of two places for one node, the later holds.
    pub(super) fn settle(&mut self) {
        self.known.sort_unstable();
    }

    /// The range of a node, in a file that has no name yet.
    pub(crate) fn of<T>(&self, node: &T) -> Span {
        let wanted = std::ptr::from_ref(node).addr();
        let after = self.known.partition_point(|(node, ..)| *node <= wanted);
        match after.checked_sub(1).and_then(|last| self.known.get(last)) {
            Some((node, start, end)) if *node == wanted => {
                Span { start: *start, end: *end, ..Span::new(FileId::NONE, 0, 0) }
            }
            _ => Span::NOWHERE,
        }
    }
}
