//! What the vendors say can be set: Apple's schema and Microsoft's DDF as facts, embedded, decoded on first look-up.
//!
//! Reading order: [`entry`] (the records), this file (what a look-up gives), `key.rs` and `support.rs` (Apple), `node.rs`,
//! `located.rs`, `locuri.rs`, `near.rs` and `builds.rs` (Windows), `polarity.rs` and `order.rs` (which side is stricter), `impact.rs` (what
//! a setting does to devices), `search.rs`, `show`, [`change`] (two releases of it). How the data gets here: `build.rs`, `correct.rs`,
//! `overlay.rs`, `table.rs`, `pack.rs`, `facts.rs`, `image.rs`.

pub mod entry;

mod builds;
pub mod change;
mod combine;
mod correct;
mod facts;
mod image;
mod impact;
mod ingested;
mod key;
mod located;
mod locuri;
mod near;
mod node;
mod order;
#[cfg(test)]
mod overlay;
#[cfg(test)]
mod pack;
mod place;
mod polarity;
#[cfg(test)]
mod sample;
mod search;
mod show;
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod whole;

use entry::{Key, Node, Schema};
use image::{Image, Rows};
pub use impact::{Does, Effect};
use ingested::Ingested;
pub(crate) use locuri::same;
pub use order::{Polarity, Side, Unset};
pub use search::{Hit, Topic};
pub use show::Shown;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, OnceLock};

/// The vendors' facts. Cheap to make: nothing is decoded before it is asked for.
pub struct Catalogue {
    image: Image,
    types: Rows,
    rows: Rows,
    sides: Rows,
    schemas: Vec<OnceLock<Vec<Schema>>>,
    /// The row of the keys that every payload has.
    common: OnceLock<Option<usize>>,
    nodes: Vec<OnceLock<Box<Node>>>,
    located: located::Kept,
    /// The last name of each node, once somebody asks for names like one.
    last_names: OnceLock<Vec<near::LastName>>,
    /// What was offered for LocURIs that no node has: near ones, and the same name elsewhere.
    missed: Mutex<BTreeMap<String, near::Offered>>,
    /// What an organisation's templates add.
    ingested: Ingested,
}

impl Catalogue {
    /// The catalogue in the binary.
    pub fn embedded() -> Catalogue {
        Catalogue::of(image::EMBEDDED)
    }

    /// Everything that ships in the binary, section by section: what a digest of it is taken of.
    pub fn embedded_sections() -> [&'static [u8]; 5] {
        let image::Image { facts, offsets, types, nodes, sides } = image::EMBEDDED;
        [facts, offsets, types, nodes, sides]
    }

    fn of(image: Image) -> Catalogue {
        let types = Rows::new(image.types, image::types::WIDTH);
        let rows = Rows::new(image.nodes, image::nodes::WIDTH);
        Catalogue {
            image,
            types,
            rows,
            sides: Rows::new(image.sides, image::sides::WIDTH),
            schemas: std::iter::repeat_with(OnceLock::new).take(types.len()).collect(),
            common: OnceLock::new(),
            nodes: std::iter::repeat_with(OnceLock::new).take(rows.len()).collect(),
            located: located::Kept::default(),
            last_names: OnceLock::new(),
            missed: Mutex::default(),
            ingested: Ingested::default(),
        }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue of {} types and {} nodes", self.types.len(), self.rows.len())
    }
}

/// A key of a payload, declaration or command, found by its path.
#[derive(Clone, Debug)]
pub struct KeyMatch<'a> {
    /// The file that states it.
    pub schema: &'a Schema,
    /// The keys from the top of the payload to it; array items and `ANY` count as levels of the schema, not of the path.
    pub chain: Vec<&'a Key>,
    /// The key itself: the last of the chain.
    pub key: &'a Key,
}

/// What a look-up of a key path gives.
#[derive(Clone, Debug)]
pub enum KeyLookup<'a> {
    /// It is there. More than one where several files of one type state it.
    Found(Vec<KeyMatch<'a>>),
    /// No such payload type, declaration or command. `case` is the name that differs in letter case alone, `nearest` others.
    UnknownOwner {
        /// The type that differs in letter case alone.
        case: Option<String>,
        /// Nearest type names.
        nearest: Vec<String>,
    },
    /// The owner is known, the key at `depth` of the path is not.
    UnknownKey {
        /// Which part of the path is wrong.
        depth: usize,
        /// The name that differs in letter case alone.
        case: Option<String>,
        /// Nearest names at that level.
        nearest: Vec<String>,
        /// Where a key of exactly this name is known: other paths in this owner, then other owners (`owner`, path).
        elsewhere: Vec<(String, Vec<String>)>,
    },
}

/// A CSP node, found by a LocURI.
#[derive(Clone, Debug)]
pub struct NodeMatch<'a> {
    /// The node.
    pub node: &'a Node,
    /// Its ancestors, from the root down.
    pub ancestors: Vec<&'a Node>,
    /// The LocURI in the DDF's spelling, dynamic segments as given.
    pub canonical: String,
    /// Dynamic segments: the node that takes them, and what was given.
    pub dynamic: Vec<(&'a Node, String)>,
}

/// Where a Windows node is available, after inheritance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// From this build on, or in one of its back-ports.
    Released,
    /// Only in builds above the one given.
    TooNew {
        /// The builds that have it, oldest first.
        builds: Vec<String>,
    },
    /// The DDF names no released build.
    Unknown,
}

/// What a look-up of a LocURI gives.
#[derive(Clone, Debug)]
pub enum NodeLookup<'a> {
    /// It is there, spelt as the DDF spells it (or as `./Vendor` for `./Device/Vendor`, which is the same).
    Found(NodeMatch<'a>),
    /// It is there in another spelling: letter case alone.
    WrongCase(NodeMatch<'a>),
    /// It is only under the other of `./Device` and `./User`; the LocURI there.
    OtherChannel(String),
    /// A policy of a template that the organisation brings (`~` in the area) and whose facts nobody has ingested.
    Ingested,
    /// Not there; nearest LocURIs, and nodes of the same last name elsewhere.
    Unknown {
        /// Nearest LocURIs.
        nearest: Vec<String>,
        /// Nodes whose last segment is the same.
        elsewhere: Vec<String>,
    },
    /// Not a LocURI at all, and why.
    Malformed(String),
}
