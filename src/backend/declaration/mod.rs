//! Apple declarations: one JSON file for each, as declarative device management sends them.
//!
//! Apple's "declarationbase" (`Type`, `Identifier`, `ServerToken`, `Payload`) and "Activation:Simple". A configuration does nothing
//! until an activation names it, so each has one of its own, and what is added to a group, or taken from it, changes no other file.
//!
//! Reading order: this file, `name.rs` (what a declaration is called), `encode.rs`, `decode.rs`.

mod decode;
mod encode;
mod name;

use super::{Backend, Format};
use crate::digest;
use crate::encoding::json;
use crate::setting::{Delivery, Family, Target};
use serde_json::{Map, Value};

/// Declarations for groups of Apple devices whose server takes them.
pub(super) const BACKEND: Backend = Backend {
    format: Format::Declaration,
    family: Family::Declaration,
    extension: EXTENSION,
    encode: encode::encode,
    decode: decode::decode,
    named: name::complete,
    serves,
};

const EXTENSION: &str = ".json";

/// The type of the activations, which no setting writes.
const ACTIVATION: &str = "com.apple.activation.simple";

/// The key of an activation that lists identifiers of configurations.
const CONFIGURATIONS: &str = "StandardConfigurations";

fn serves(target: &Target) -> bool {
    target.platform.is_apple() && target.deliver.iter().any(|form| **form == Delivery::Declarations)
}

/// The digest of what a declaration says: a device fetches one again when its token has changed. 64 octets, all that there may be.
fn server_token(kind: &str, payload: &Map<String, Value>) -> String {
    let content = [("Payload", Value::Object(payload.clone())), ("Type", kind.into())];
    let content: Map<String, Value> = content.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    digest::sha256(&json::canonical(&Value::Object(content)))
}
