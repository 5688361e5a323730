//! Names → identifiers. The same names give the same identifiers on every machine and for ever; content never enters, so that a
//! new build replaces what the last one installed.
//!
//! Apple, "TopLevel" and "CommonPayloadKeys" of the profile schema: an equal `PayloadIdentifier` replaces a profile, equal
//! identifier and `PayloadUUID` update a payload in place. UUIDs: RFC 9562 §5.5 (version 5).

use super::names;
use crate::digest;
use crate::setting::{Channel, Target};

/// The identifier of a profile.
pub(crate) fn profile(target: &Target, name: &str, channel: Channel) -> String {
    let user = if channel == Channel::User { ".user" } else { "" };
    format!("{}.{}.{name}{user}", target.identifier, target.identity)
}

/// The identifier of a payload, which begins with that of its profile.
pub(crate) fn payload(profile: &str, owner: &str, instance: Option<&str>) -> String {
    match instance {
        Some(instance) => format!("{profile}.{owner}.{instance}"),
        None => format!("{profile}.{owner}"),
    }
}

/// What devices know a profile or a payload by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// `PayloadIdentifier`.
    pub(crate) identifier: String,
    /// `PayloadUUID`.
    pub(crate) uuid: String,
}

impl Identity {
    fn new(identifier: String, uuid: Option<&String>) -> Identity {
        let uuid = uuid.cloned().unwrap_or_else(|| self::uuid(&identifier));
        Identity { identifier, uuid }
    }
}

/// A profile of a group: what is kept of it where devices have it already, else what its names give. `name` is what its file is called,
/// `identity` what its identifier is made of.
pub(crate) fn of_profile(target: &Target, (name, identity): (&str, &str), channel: Channel) -> Identity {
    match target.kept.profile(name, channel) {
        Some(kept) => Identity::new(kept.identifier.clone(), kept.uuid.as_ref()),
        None => Identity::new(profile(target, identity, channel), None),
    }
}

/// A payload of a profile, in the same way.
pub(crate) fn of_payload(
    target: &Target,
    (name, channel, profile): (&str, Channel, &Identity),
    (owner, instance): (&str, Option<&str>),
) -> Identity {
    let kept = target.kept.profile(name, channel).and_then(|profile| profile.payload(owner, instance));
    let identifier = kept.and_then(|kept| kept.identifier.clone());
    let identifier = identifier.unwrap_or_else(|| payload(&profile.identifier, owner, instance));
    Identity::new(identifier, kept.and_then(|kept| kept.uuid.as_ref()))
}

/// The identifier of a declaration: the one that devices know already, else the UUID of its name.
pub(crate) fn of_declaration(
    target: &Target,
    (channel, owner, instance): (Channel, &str, Option<&str>),
    stem: &str,
) -> String {
    match target.kept.declaration(owner, instance, channel) {
        Some(kept) => kept.identifier.clone(),
        None => uuid(&declaration(target, stem)),
    }
}

/// The identifier that names give a declaration.
pub(crate) fn of_named_declaration(
    target: &Target,
    (channel, owner, instance): (Channel, &str, Option<&str>),
) -> String {
    uuid(&declaration(target, &names::stem(owner, instance, channel)))
}

/// The identifier of its activation, in the same way.
pub(crate) fn of_activation(
    target: &Target,
    (channel, owner, instance): (Channel, &str, Option<&str>),
    identifier: &str,
) -> String {
    let kept = target.kept.declaration(owner, instance, channel).and_then(|kept| kept.activation.clone());
    kept.unwrap_or_else(|| activation(identifier))
}

/// The name of a declaration. Its identifier is the UUID of it, since 64 octets do not hold the name.
pub(crate) fn declaration(target: &Target, name: &str) -> String {
    format!("{}.{}.{name}", target.identifier, target.identity)
}

/// The `CommandUUID` of a command: the same as long as its name is.
pub(crate) fn command(target: &Target, name: &str) -> String {
    uuid(&format!("command {}", declaration(target, name)))
}

/// The identifier of the activation that a configuration has for itself, from the configuration's own.
pub(crate) fn activation(configuration: &str) -> String {
    uuid(&format!("activation of {configuration}"))
}

/// Whether a text is a UUID as this compiler writes them: of version 5, in capitals.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.to_uppercase() == text && digest::is_uuid(&lower)
}

/// The UUID of an identifier, in capitals as Apple's tools write them.
pub(crate) fn uuid(identifier: &str) -> String {
    digest::uuid(identifier).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_uuid_for_ever() {
        assert_eq!(uuid("org.example.phones.com.apple.applicationaccess"), "ADB8B307-3CFF-5DB1-BFC5-A18BD4624B4F");
    }
}
