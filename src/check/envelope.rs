//! What the back end writes around every payload (apple.md §2): the keys of `TopLevel` and `CommonPayloadKeys` that carry identity,
//! form and what users see of it, which are derived from names and which nobody writes (language.md §8).

use crate::catalogue::KeyMatch;
use crate::catalogue::entry::Schema;

/// The type of the profile itself.
pub(crate) const PROFILE: &str = "TopLevel";
/// The type of the keys that every payload has.
const PAYLOAD: &str = "CommonPayloadKeys";

/// What a profile says of itself beside its settings.
pub(crate) const OF_PROFILE: &[&str] = &[
    "PayloadContent",
    "PayloadDescription",
    "PayloadDisplayName",
    "PayloadIdentifier",
    "PayloadOrganization",
    "PayloadScope",
    "PayloadType",
    "PayloadUUID",
    "PayloadVersion",
];

/// What a payload says of itself beside its settings.
pub(crate) const OF_PAYLOAD: &[&str] = &[
    "PayloadDescription",
    "PayloadDisplayName",
    "PayloadIdentifier",
    "PayloadOrganization",
    "PayloadType",
    "PayloadUUID",
    "PayloadVersion",
];

/// What a server puts in place of all payloads when it encrypts a profile for one device.
const SEALED: &str = "EncryptedPayloadContent";

/// Whether a file describes the envelope and no payload.
pub(crate) fn is_envelope(schema: &Schema) -> bool {
    [PAYLOAD, PROFILE].contains(&schema.name.as_str())
}

/// Whether a key is the encrypted form of all payloads, which nobody writes beside them.
pub(crate) fn is_sealed(found: &KeyMatch<'_>) -> bool {
    is_envelope(found.schema) && found.chain.first().is_some_and(|key| key.name == SEALED)
}

/// Whether a key is one that the compiler derives.
pub(crate) fn is_derived(found: &KeyMatch<'_>) -> bool {
    let derived = match found.schema.name.as_str() {
        PROFILE => OF_PROFILE,
        PAYLOAD => OF_PAYLOAD,
        _ => &[],
    };
    found.chain.first().is_some_and(|key| derived.contains(&key.name.as_str()))
}
