//! Back ends: checked settings → the files that servers take, and back. They know formats, never controls or policies.

use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::setting::{Address, Family, Setting, Target};

/// A file format that the compiler writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// An Apple configuration profile.
    Mobileconfig,
    /// A Windows SyncML fragment.
    Syncml,
}

/// One file of a build, in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Relative path, `organisation/group/name.extension`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// The addresses that it holds, in their order: with the group's settings, the way back to who asked.
    pub holds: Vec<Address>,
}

/// What a decoder reads out of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Settings, sorted by address, without origins.
    pub settings: Vec<Setting>,
    /// What the file holds beside settings and the back end's own envelope: where, and what.
    pub residue: Vec<(String, String)>,
}

/// One back end.
pub struct Backend {
    /// Its format.
    pub format: Format,
    /// What its settings are.
    pub family: Family,
    /// The end of its files' names, with the dot.
    pub extension: &'static str,
    /// Checked settings of its family → files. Total: what it cannot write, `check` has refused.
    pub encode: fn(&Checked, &Catalogue, &mut Diagnostics) -> Vec<Artefact>,
    /// Bytes → settings. The error names the place in the file and the cause.
    pub decode: fn(&[u8], &Catalogue) -> Result<Decoded, (String, String)>,
    /// Whether it serves this group at all.
    pub serves: fn(&Target) -> bool,
}
