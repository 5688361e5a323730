//! Names → identifiers. The same names give the same identifiers on every machine and for ever; content never enters, so that a
//! new build replaces what the last one installed.
//!
//! Apple, "TopLevel" and "CommonPayloadKeys" of the profile schema: an equal `PayloadIdentifier` replaces a profile, equal
//! identifier and `PayloadUUID` update a payload in place. UUIDs: RFC 9562 §5.5 (version 5).

use crate::setting::{Channel, Target};
use uuid::Uuid;

/// The namespace of every UUID: version 5 of `urn:policyc:identity` in RFC 9562's namespace for URLs. Never to be changed, since
/// every device would install everything anew.
const NAMESPACE: Uuid = Uuid::from_u128(0x0e97_e736_8cee_5f51_819f_5c60_ec6f_b7d7);

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

/// The name of a declaration. Its identifier is the UUID of it, since 64 octets do not hold the name.
pub(crate) fn declaration(target: &Target, name: &str) -> String {
    format!("{}.{}.{name}", target.identifier, target.identity)
}

/// The identifier of the activation that a configuration has for itself, from the configuration's own.
pub(crate) fn activation(configuration: &str) -> String {
    uuid(&format!("activation of {configuration}"))
}

/// Whether a text is a UUID as this compiler writes them: of version 5, in capitals.
pub(crate) fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text)
        .is_ok_and(|uuid| uuid.get_version_num() == 5 && uuid.hyphenated().to_string().to_uppercase() == text)
}

/// The UUID of an identifier, in capitals as Apple's tools write them.
pub(crate) fn uuid(identifier: &str) -> String {
    Uuid::new_v5(&NAMESPACE, identifier.as_bytes()).hyphenated().to_string().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_uuid_of_its_name() {
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:policyc:identity"));
    }

    #[test]
    fn a_name_has_one_uuid_for_ever() {
        // The second opinion is Python's uuid.uuid5.
        assert_eq!(uuid("org.example.phones.com.apple.applicationaccess"), "ADB8B307-3CFF-5DB1-BFC5-A18BD4624B4F");
    }
}
