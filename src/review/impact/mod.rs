//! What a change does to devices, beyond what it asks of them: profiles that are installed anew, certificates that are issued again,
//! passcodes that people must change, values that stay behind. From the catalogue's records, its table of effects, and identities.
//!
//! Reading order: this file (the closed list of impacts, and what is asked of whom), `arrival.rs` (a value that comes or changes),
//! `removal.rs` (one that goes), `identity.rs` (a thing that devices take for another one).

mod arrival;
mod identity;
mod removal;
#[cfg(test)]
mod tests;

use crate::catalogue::{Catalogue, Effect};
use crate::compare::Direction;
use crate::gather::Arrange;
use crate::setting::{Address, Target, Value};
use std::fmt;

/// What is said of a change that has none of the impacts.
pub const NONE_KNOWN: &str = "none known";

/// What can happen to devices, those that need a reviewer most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// The same profile on another channel.
    ScopeRefused,
    /// A profile or declaration under another identity.
    Reinstall,
    /// A payload under another identity in a profile that stays.
    PayloadReplaced,
    /// A certificate is asked for once more.
    CertificateAgain,
    /// So many failures and the device is erased.
    WipeThreshold,
    /// Encrypted drives would have to be encrypted again.
    ReEncryption,
    /// Some people must choose another passcode.
    PasscodeChange,
    /// Devices restart by themselves.
    Reboot,
    /// Held by another file.
    Moved,
    /// Only new drives or passwords meet it.
    OnlyNew,
    /// Without effect on some members of the group.
    IneffectiveOnSome,
    /// No server can take it back.
    NotRemovable,
    /// It stays until the server takes it back.
    Tattooed,
    /// It goes, and what it did stays.
    NotReset,
    /// Nobody says whether it goes.
    RemovalUnknown,
}

impl Impact {
    /// Every impact: its word, and what it means in one sentence.
    pub const ALL: [(Impact, &'static str, &'static str); 15] = [
        (Impact::ScopeRefused, "scope-refused", "Devices refuse a profile that they have on the other channel."),
        (
            Impact::Reinstall,
            "reinstall",
            "Devices take it for another thing: they remove the old one and install this one.",
        ),
        (
            Impact::PayloadReplaced,
            "payload-replaced",
            "Devices remove the payload and install it anew within its profile.",
        ),
        (
            Impact::CertificateAgain,
            "certificate-again",
            "Devices ask for another certificate; until it comes they may be off the network.",
        ),
        (
            Impact::WipeThreshold,
            "wipe-threshold",
            "After a number of wrong passcodes a device loses its data, or asks for its recovery key.",
        ),
        (
            Impact::ReEncryption,
            "re-encryption",
            "Drives that are encrypted have it only after they were decrypted and encrypted again.",
        ),
        (
            Impact::PasscodeChange,
            "passcode-change",
            "Some people are made to choose another passcode, password or PIN.",
        ),
        (Impact::Reboot, "reboot", "Devices restart by themselves."),
        (Impact::Moved, "moved", "Another file holds the setting: until both files have arrived it may be missing."),
        (Impact::OnlyNew, "only-new", "Only what is chosen or encrypted from now on meets it."),
        (Impact::IneffectiveOnSome, "ineffective-on-some", "Some devices of the group pay no heed to it."),
        (Impact::NotRemovable, "not-removable", "No server can take it back: it stays until another value is written."),
        (Impact::Tattooed, "tattooed", "It stays on devices until the server deletes it."),
        (Impact::NotReset, "not-reset", "The setting goes, and what it did to the device stays."),
        (
            Impact::RemovalUnknown,
            "removal-unknown",
            "Nobody says whether devices keep it when nothing sets it any more.",
        ),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// What it means, in one sentence.
    pub fn sentence(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Impact, &'static str, &'static str) {
        Impact::ALL[self as usize]
    }
}

/// One impact of one change, and why it has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consequence {
    /// Which.
    pub impact: Impact,
    /// What happens here, in a few words.
    pub because: String,
    /// Who says so.
    pub source: String,
}

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.impact.word(), self.because)
    }
}

/// What devices take the holder of a setting for, before and after. Nodes of Windows are known by their LocURI, and so always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The same profile and payload, or the same declaration.
    Same,
    /// The same profile, with another `PayloadScope`.
    OtherScope,
    /// The same profile, in which the payload has another identifier or UUID.
    OtherPayload,
    /// Another profile or declaration.
    Other,
}

/// One setting on its way from one side to the other, for one group.
#[derive(Clone, Copy, Debug)]
pub struct Movement<'a> {
    /// The group: on the later side, or on the earlier one where it is gone. `None` for files alone, whose devices nobody knows.
    pub target: Option<&'a Target>,
    /// What is set.
    pub address: &'a Address,
    /// To what it was set; `None` where it was not.
    pub before: Option<&'a Value>,
    /// To what it is set; `None` where it is not any more.
    pub after: Option<&'a Value>,
    /// Which way it goes.
    pub direction: Direction,
    /// The file that held it, relative to the group's folder.
    pub file_before: Option<&'a str>,
    /// The file that holds it.
    pub file_after: Option<&'a str>,
    /// What devices take its holder for.
    pub identity: Identity,
    /// The types of everything in the file on the later side, its own among them.
    pub beside: &'a [&'a str],
}

impl Movement<'_> {
    /// Whether the value itself is another one.
    fn is_change(&self) -> bool {
        self.before != self.after
    }
}

/// Every impact that is known, sorted, each reason once. None at all is [`NONE_KNOWN`].
pub fn impacts(movement: &Movement<'_>, catalogue: &Catalogue) -> Vec<Consequence> {
    with(movement, catalogue, &|_| true)
}

/// The same under some rows of the table: how tests show that each of them is needed.
fn with(movement: &Movement<'_>, catalogue: &Catalogue, counts: &dyn Fn(&Effect) -> bool) -> Vec<Consequence> {
    let effects = || catalogue.effects(movement.address).filter(|effect| counts(effect));
    let mut all = identity::of(movement, catalogue, counts);
    match movement.after {
        Some(_) if movement.is_change() => all.extend(arrival::of(movement, catalogue, effects())),
        None if movement.before.is_some() => all.extend(removal::of(movement, catalogue, effects())),
        _ => {}
    }
    all.arrange();
    all.dedup();
    all
}

/// The impacts as people read them: never nothing.
pub fn said(all: &[Consequence]) -> Vec<String> {
    match all {
        [] => vec![NONE_KNOWN.to_owned()],
        _ => all.iter().map(Consequence::to_string).collect(),
    }
}

fn consequence(impact: Impact, because: impl Into<String>, source: impl Into<String>) -> Consequence {
    Consequence { impact, because: because.into(), source: source.into() }
}

fn by_row(movement: &Movement<'_>, impact: Impact, effect: &Effect) -> Consequence {
    let because = match effect.devices().filter(|_| movement.target.is_none()) {
        Some(devices) => format!("on {devices}: {}", effect.reason),
        None => effect.reason.clone(),
    };
    consequence(impact, because, effect.source.as_str())
}
