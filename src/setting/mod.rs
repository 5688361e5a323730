//! The waist of the compiler: one address, one value, for one target, and why it is there. No file format is known here.
//!
//! Reading order: [`address`], [`names`], [`value`], [`secret`], `kept.rs` (identities that devices know already), [`target`], [`variable`], [`origin`].

mod address;
mod date;
mod kept;
mod names;
mod origin;
pub mod secret;
mod target;
mod value;
pub mod variable;

pub use address::{ACTIVATION, Address, Family, JUDGED, LEGACY, Leaf, judged_platform};
pub use date::Date;
pub use kept::{Kept, KeptDeclaration, KeptPayload, KeptProfile};
pub use names::Names;
pub use origin::{Basis, Choice, ClauseRef, Origin, Role};
pub use secret::Secret;
pub use target::{
    Bundle, Channel, Compliance, Delivery, DeviceFact, Dialect, EXCLUDE, Edition, Enrolment, Join, OsVersion, Platform,
    Route, Server, Target,
};
pub use value::{Real, Value};

use crate::diagnostic::Code;
use crate::source::Span;

/// One address, its value, and why.
///
/// Before `check` a value may still be [`Value::Plain`]: its type is the vendor's to say. After it, none is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What is set.
    pub address: Address,
    /// To what.
    pub value: Value,
    /// Where the value was written, or the clause's control where the library gives it: what a finding points at.
    pub span: Span,
    /// Where the names of its address were written.
    pub names: Names,
    /// Everybody who asked for it; the one that decided comes first. Empty for what was read from an artefact.
    pub origins: Vec<Origin>,
    /// The profile that holds it, where an entry names one to share.
    pub profile: Option<String>,
    /// Why it stands although no catalogue knows it.
    pub unlisted: Option<String>,
    /// What may be found of it, and it is written nevertheless.
    pub allowed: Vec<Allowance>,
    /// Set where it belongs to one of several forms of a demand.
    pub choice: Option<Choice>,
}

/// A finding that somebody has looked at: the setting is written as it is, and carries no clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The code of the finding.
    pub code: Code,
    /// Why it may be.
    pub reason: String,
    /// Whether it was found.
    pub is_used: bool,
}

impl Setting {
    /// A setting that nobody asked for: what a decoder reads.
    pub fn found(address: Address, value: Value) -> Setting {
        Setting {
            address,
            value,
            span: Span::NOWHERE,
            names: Names::default(),
            origins: Vec::new(),
            profile: None,
            unlisted: None,
            allowed: Vec::new(),
            choice: None,
        }
    }

    /// Whether something that devices or the vendors' schemas refuse was allowed of it: nobody can say that it is in force.
    pub fn is_doubtful(&self) -> bool {
        self.allowed.iter().any(|one| one.is_used)
    }

    /// The strongest claim that anybody makes on it: raw entries and carrying settings before helping ones.
    pub fn role(&self) -> Role {
        self.origins.iter().map(|origin| origin.role).min().unwrap_or(Role::Raw)
    }
}
