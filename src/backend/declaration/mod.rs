//! Apple declarations: one JSON file for each, as declarative device management sends them.
//!
//! Apple's "declarationbase" (`Type`, `Identifier`, `ServerToken`, `Payload`) and "Activation:Simple". A configuration does nothing
//! until an activation names it, so each has one of its own, and what is added to a group, or taken from it, changes no other file.
//!
//! Reading order: this file, `encode.rs`, `decode.rs`; what a declaration is called is `names.rs`, above.

mod decode;
mod encode;

pub(super) use decode::read;
pub(super) use encode::leading;

use super::{Backend, Format, identity, names};
use crate::digest;
use crate::encoding::json;
use crate::setting::{Delivery, Family, LEGACY, Target};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// Declarations for groups of Apple devices whose server takes them.
pub(super) const BACKEND: Backend = Backend {
    format: Format::Declaration,
    family: Family::Declaration,
    folder: None,
    extensions: &[EXTENSION],
    encode: encode::encode,
    decode: decode::decode,
    named: |path, decoded| names::complete(path, &[EXTENSION], decoded),
    serves,
};

const EXTENSION: &str = ".json";

/// The key of an activation that lists identifiers of configurations.
const CONFIGURATIONS: &str = "StandardConfigurations";

/// The key of an activation that says when its configurations hold.
const PREDICATE: &str = "Predicate";

fn serves(target: &Target) -> bool {
    target.platform.is_apple() && target.deliver.iter().any(|form| **form == Delivery::Declarations)
}

/// The digest of what a declaration says: a device fetches one again when its token has changed. 64 octets, all that there may be.
fn server_token(kind: &str, payload: &Map<String, Value>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Content<'a> {
        payload: &'a Map<String, Value>,
        r#type: &'a str,
    }
    digest::sha256_of_json(&Content { payload, r#type: kind })
}

/// The key that says where a profile is.
pub(super) const PROFILE_URL: &str = "ProfileURL";

/// A profile that a declaration leads to.
pub(super) struct Led<'a> {
    /// Where devices fetch it.
    pub(super) url: &'a str,
    /// What they find there, without a signature.
    pub(super) profile: &'a [u8],
}

/// Half of the token says what the declaration says, half what the profile holds: each change of either makes another one, and either can be
/// held against what it is of. The profile counts without its signature: signed anew with nothing else changed, it is nothing that devices
/// would have to fetch again.
fn token_of_both(kind: &str, payload: &Map<String, Value>, profile: &[u8]) -> String {
    format!("{}{}", &server_token(kind, payload)[..HALF], &digest::sha256(profile)[..HALF])
}

/// Digits of half a token.
const HALF: usize = 32;

/// Where a declaration of this compiler's leads: its token is of both, and all that it says is the place.
fn leads_to<'a>(kind: &str, payload: &'a Map<String, Value>, token: &str) -> Option<&'a str> {
    let own = server_token(kind, payload);
    let of_both = kind == LEGACY && token.len() == own.len() && token.starts_with(&own[..HALF]) && token != own;
    payload.get(PROFILE_URL)?.as_str().filter(|_| of_both && payload.len() == 1)
}

/// Where a file leads devices, if it is a declaration that does so for a profile of this compiler's.
pub(super) fn led_to(bytes: &[u8]) -> Option<String> {
    let root = json::read(bytes).ok()?;
    let text = |key: &str| root.get(key).and_then(Value::as_str);
    leads_to(text("Type")?, root.get("Payload")?.as_object()?, text("ServerToken")?).map(str::to_owned)
}

/// Identifiers are UUIDs of ours, which nobody else writes. Bounded by the depth that the reader allows.
fn collect(value: &Value, refers: &mut Vec<String>) {
    match value {
        Value::String(text) if identity::is_uuid(text) => refers.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, refers)),
        Value::Object(entries) => entries.values().for_each(|entry| collect(entry, refers)),
        _ => {}
    }
}

/// Gives a declaration whose secrets have been filled in the token of what it says now; `before` is the same without them.
pub(super) fn renew_token(filled: &mut [u8], before: &str) {
    let read = |bytes: &[u8]| json::read(bytes).ok();
    let (Some(before), Some(mut after)) = (read(before.as_bytes()), read(filled)) else { return };
    let (Some(old), Some(kind)) = (before["ServerToken"].as_str(), after["Type"].as_str()) else { return };
    let new = after["Payload"].as_object().map(|payload| server_token(kind, payload));
    wipe(&mut after);
    // Both are 64 digits, and nothing but the `Type` comes after.
    let at = filled.windows(old.len()).rposition(|window| window == old.as_bytes());
    if let (Some(new), Some(at)) = (new.filter(|new| new.len() == old.len()), at) {
        filled[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
}

/// What a device knows a declaration by (Apple, status item "management.declarations").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// `Type`.
    pub(crate) kind: String,
    /// `Identifier`.
    pub(crate) identifier: String,
    /// `ServerToken`.
    pub(crate) token: String,
    /// The identifiers of ours in it: an activation refers to its configuration, a configuration to its assets.
    pub(crate) refers: Vec<String>,
}

/// What a device knows a file by; `None` for what is no declaration.
pub(crate) fn declared(bytes: &[u8]) -> Option<Declared> {
    let root = json::read(bytes).ok()?;
    let text = |key: &str| root.get(key)?.as_str().map(str::to_owned);
    let mut refers = Vec::new();
    root.get("Payload").into_iter().for_each(|payload| collect(payload, &mut refers));
    Some(Declared {
        refers,
        kind: text("Type")?,
        identifier: text("Identifier")?,
        token: text("ServerToken").unwrap_or_default(),
    })
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(entries) => entries.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
