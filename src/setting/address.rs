//! What a setting sets: down to the leaf, so that two controls that write one payload meet key by key.

use super::{Channel, Platform};
use std::fmt;

/// An address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Keys of a payload in an Apple configuration profile; the owner is the payload type.
    Profile,
    /// Keys of an Apple declaration's Payload; the owner is the declaration type.
    Declaration,
    /// A Windows CSP node; the owner is the LocURI.
    Csp,
    /// A command for the server to send; the owner is Apple's request type, or a LocURI that takes Exec.
    Command,
    /// A property of an Intune compliance policy; the owner is its type in Microsoft Graph. It judges devices and sets nothing on them.
    Compliance,
}

impl Family {
    /// Whether devices get a value by it. A command is sent once, and a compliance policy only judges: neither carries what a clause
    /// requires (language.md §4).
    pub fn is_enforced(self) -> bool {
        match self {
            Family::Profile | Family::Declaration | Family::Csp => true,
            Family::Command | Family::Compliance => false,
        }
    }
}

/// The types of compliance policies in Microsoft Graph, each with the platform whose devices it judges.
pub const JUDGED: [(&str, Platform); 3] = [
    ("iosCompliancePolicy", Platform::Ios),
    ("macOSCompliancePolicy", Platform::MacOs),
    ("windows10CompliancePolicy", Platform::Windows),
];

/// The platform that a type of compliance policy is for.
pub fn judged_platform(owner: &str) -> Option<Platform> {
    JUDGED.iter().find(|(name, _)| *name == owner).map(|(_, platform)| *platform)
}

/// The part of its owner that a setting sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf {
    /// Keys from the top of the payload, declaration or command to the leaf. Empty for a payload or command without keys.
    Keys(Vec<String>),
    /// The value of a CSP node.
    Node,
    /// Whether the policy of an ADMX-backed node is enabled; the value is a boolean.
    AdmxState,
    /// One element of an enabled ADMX body, by its id; the value is text, a number, a boolean or a list.
    AdmxElement(String),
}

/// What a setting sets.
///
/// Ordered so that the keys of one payload, and the elements of one node behind its state, stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The address space.
    pub family: Family,
    /// Device or user.
    pub channel: Channel,
    /// Payload type, declaration type, request type or LocURI; dynamic nodes of a LocURI are filled in.
    pub owner: String,
    /// The name of the occurrence, for a payload, declaration or command that occurs more than once.
    pub instance: Option<String>,
    /// The part that is set.
    pub leaf: Leaf,
}

/// The type of Apple's activations. Each configuration has one, which says when it holds.
pub const ACTIVATION: &str = "com.apple.activation.simple";

/// The declaration that leads devices to a profile.
pub const LEGACY: &str = "com.apple.configuration.legacy";

impl Address {
    /// Of a configuration, or a key of it: where the predicate of its activation stands.
    pub fn predicate(&self) -> Address {
        Address {
            owner: ACTIVATION.to_owned(),
            instance: Some(self.occurrence()),
            leaf: Leaf::Keys(vec!["Predicate".to_owned()]),
            ..*self
        }
    }

    /// Whether it is the predicate of a configuration's activation.
    pub fn is_predicate(&self) -> bool {
        let is_key = matches!(self.keys(), [key] if key == "Predicate");
        self.family == Family::Declaration && self.owner == ACTIVATION && self.instance.is_some() && is_key
    }

    /// The type with the instance, by which an activation names its configuration.
    pub fn occurrence(&self) -> String {
        let instance = self.instance.as_ref().map_or(String::new(), |instance| format!(".{instance}"));
        format!("{}{instance}", self.owner)
    }

    /// The address without its leaf: what two settings of one payload, declaration, command or node share.
    pub fn carrier(&self) -> (Family, Channel, &str, Option<&str>) {
        (self.family, self.channel, &self.owner, self.instance.as_deref())
    }

    /// The key path, for those that have one.
    pub fn keys(&self) -> &[String] {
        match &self.leaf {
            Leaf::Keys(keys) => keys,
            _ => &[],
        }
    }
}

/// As people write it: `com.apple.applicationaccess · allowCamera`, `./Device/…/BitLocker/… · MinPINLength`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)?;
        if let Some(instance) = &self.instance {
            write!(f, " [{instance}]")?;
        }
        match &self.leaf {
            Leaf::Keys(keys) if keys.is_empty() => {}
            Leaf::Keys(keys) => write!(f, " · {}", keys.join("."))?,
            Leaf::Node | Leaf::AdmxState => {}
            Leaf::AdmxElement(id) => write!(f, " · {id}")?,
        }
        if self.channel == Channel::User && !self.owner.starts_with("./") {
            f.write_str(" (user channel)")?;
        }
        Ok(())
    }
}
