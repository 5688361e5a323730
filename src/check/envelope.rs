//! What the back end writes around every payload (apple.md §2): the keys of `TopLevel` and `CommonPayloadKeys` that carry identity,
//! form and what users see of it, which are derived from names and which nobody writes (language.md §8).

use crate::catalogue::KeyMatch;
use crate::catalogue::entry::Schema;

/// The types of the profile itself and of the keys that every payload has.
const TYPES: &[&str] = &["CommonPayloadKeys", "TopLevel"];
const DERIVED: &[&str] = &[
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

/// What a server puts in place of all payloads when it encrypts a profile for one device.
const SEALED: &str = "EncryptedPayloadContent";

/// Whether a file describes the envelope and no payload.
pub(crate) fn is_envelope(schema: &Schema) -> bool {
    TYPES.contains(&schema.name.as_str())
}

/// Whether a key is the encrypted form of all payloads, which nobody writes beside them.
pub(crate) fn is_sealed(found: &KeyMatch<'_>) -> bool {
    is_envelope(found.schema) && found.chain.first().is_some_and(|key| key.name == SEALED)
}

/// Whether a key is one that the compiler derives.
pub(crate) fn is_derived(found: &KeyMatch<'_>) -> bool {
    let top = found.chain.first().map_or("", |key| key.name.as_str());
    is_envelope(found.schema) && DERIVED.contains(&top)
}
