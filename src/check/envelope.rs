//! What the back end writes around every payload (apple.md §2): the keys of `TopLevel` and `CommonPayloadKeys` that carry identity
//! and form, which are derived from names and which nobody writes (language.md §8).

use crate::catalogue::KeyMatch;
use crate::catalogue::entry::Schema;

/// The types of the profile itself and of the keys that every payload has.
const TYPES: &[&str] = &["CommonPayloadKeys", "TopLevel"];
const DERIVED: &[&str] =
    &["PayloadContent", "PayloadIdentifier", "PayloadScope", "PayloadType", "PayloadUUID", "PayloadVersion"];

/// Whether a file describes the envelope and no payload.
pub(crate) fn is_envelope(schema: &Schema) -> bool {
    TYPES.contains(&schema.name.as_str())
}

/// Whether a key is one that the compiler derives.
pub(crate) fn is_derived(found: &KeyMatch<'_>) -> bool {
    let top = found.chain.first().map_or("", |key| key.name.as_str());
    is_envelope(found.schema) && DERIVED.contains(&top)
}
