//! Identities that devices and consoles know already, by the names from which this compiler would derive its own (language.md §8,
//! identities.yaml). Where nothing is kept, names decide.

use super::Channel;
use std::collections::BTreeMap;

/// What one group keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Profiles, each with the payloads that stand in it.
    pub profiles: Vec<KeptProfile>,
    /// `Identifier` of declarations.
    pub declarations: Vec<KeptDeclaration>,
    /// What consoles call policies, by the part of the group's settings that each holds.
    pub policies: BTreeMap<String, String>,
}

/// A profile that devices have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptProfile {
    /// What it is called in sources, and its file.
    pub name: String,
    /// Its channel.
    pub channel: Channel,
    /// `PayloadIdentifier`.
    pub identifier: String,
    /// `PayloadUUID`, where it is not the one that its identifier gives.
    pub uuid: Option<String>,
    /// Its payloads.
    pub payloads: Vec<KeptPayload>,
}

/// A payload of a profile that devices have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPayload {
    /// `PayloadType`.
    pub owner: String,
    /// Its instance in sources.
    pub instance: Option<String>,
    /// `PayloadIdentifier`; `None` for the one that names give.
    pub identifier: Option<String>,
    /// `PayloadUUID`, where it is not the one that its identifier gives.
    pub uuid: Option<String>,
}

/// A declaration that devices have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDeclaration {
    /// `Type`.
    pub owner: String,
    /// Its instance in sources.
    pub instance: Option<String>,
    /// Its channel.
    pub channel: Channel,
    /// `Identifier`.
    pub identifier: String,
    /// `Identifier` of its activation; `None` for the one that its own gives.
    pub activation: Option<String>,
}

impl Kept {
    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.declarations.is_empty() && self.policies.is_empty()
    }

    /// The profile of this name.
    pub fn profile(&self, name: &str, channel: Channel) -> Option<&KeptProfile> {
        self.profiles.iter().find(|profile| profile.name == name && profile.channel == channel)
    }

    /// The profile in which a payload stands.
    pub fn holding(&self, owner: &str, instance: Option<&str>, channel: Channel) -> Option<&KeptProfile> {
        let of_channel = self.profiles.iter().filter(|profile| profile.channel == channel);
        of_channel.into_iter().find(|profile| profile.payload(owner, instance).is_some())
    }

    /// What is kept of a declaration.
    pub fn declaration(&self, owner: &str, instance: Option<&str>, channel: Channel) -> Option<&KeptDeclaration> {
        self.declarations
            .iter()
            .find(|one| one.owner == owner && one.instance.as_deref() == instance && one.channel == channel)
    }
}

impl KeptProfile {
    /// What is kept of a payload in it.
    pub fn payload(&self, owner: &str, instance: Option<&str>) -> Option<&KeptPayload> {
        self.payloads.iter().find(|payload| payload.owner == owner && payload.instance.as_deref() == instance)
    }
}
