//! Apple configuration profiles: XML property lists as Apple's device-management schema describes them in `TopLevel` and
//! `CommonPayloadKeys`.
//!
//! Reading order: this file, `layout.rs` (which setting stands in which profile), `encode.rs`, `decode.rs`; values are `items.rs`, above.

mod decode;
mod encode;
mod identities;
mod layout;

pub(super) use decode::read;
pub(crate) use identities::{Entry, Identities, Listed, identities, listed};
pub(crate) use layout::SINGLE;

use super::{Backend, Format};
use crate::check::envelope;
use crate::setting::{Delivery, Family, Target};

/// Profiles for groups of Apple devices whose server takes them.
pub(super) const BACKEND: Backend = Backend {
    format: Format::Mobileconfig,
    family: Family::Profile,
    folder: None,
    extensions: &[EXTENSION],
    encode: encode::encode,
    decode: decode::decode,
    named: |_, _| {},
    serves,
};

const EXTENSION: &str = ".mobileconfig";

/// The owner whose keys stand in the profile itself. Each one of a group stands in every profile of the group.
const TOP_LEVEL: &str = envelope::PROFILE;

/// The `PayloadType` of a profile.
const CONFIGURATION: &str = "Configuration";

fn serves(target: &Target) -> bool {
    target.platform.is_apple() && target.deliver.iter().any(|form| **form == Delivery::Mobileconfig)
}
