//! Where LocURIs were found, kept: each stage of a build asks for the same few hundred, and the way down the tree takes a hundred times
//! what it takes to look here.

use super::node::Walk;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept: more than an organisation has, and little even where thousands of foreign files are read.
const MOST: usize = 4096;

/// The node that a LocURI names.
pub(super) struct Located {
    /// Rows of the nodes on the way, the node's own last.
    pub(super) rows: Vec<usize>,
    /// Dynamic nodes on the way, and what was given for them.
    pub(super) dynamic: Vec<(usize, String)>,
    /// Whether every name was spelt as the DDF spells it.
    pub(super) exact: bool,
}

impl From<Walk> for Located {
    fn from(walk: Walk) -> Located {
        Located { rows: walk.rows, dynamic: walk.dynamic, exact: walk.exact }
    }
}

/// What has been found so far, on whatever thread.
#[derive(Default)]
pub(super) struct Kept(Mutex<BTreeMap<String, Arc<Located>>>);

impl Kept {
    /// What is kept of a LocURI, or what `find` finds.
    pub(super) fn or_find(&self, uri: &str, find: impl FnOnce() -> Option<Located>) -> Option<Arc<Located>> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(located) = kept().get(uri) {
            return Some(located.clone());
        }
        // Not while others wait: two threads may find the same.
        let located = Arc::new(find()?);
        let mut kept = kept();
        if kept.len() < MOST {
            kept.insert(uri.to_owned(), located.clone());
        }
        Some(located)
    }
}
