//! Intune's own files (Microsoft Graph): what the settings catalogue can hold, custom OMA settings for the rest, and the rest of Apple's
//! profiles in the envelope that Intune wants. No tenant's ids and no template's references; secrets are markers.
//!
//! Microsoft documents the types (Graph reference) and not the names inside a policy of the catalogue: those are measured on exports of
//! the portal, see `id.rs`, `instance.rs` and `exceptions.json`.
//!
//! Reading order: this file, `id.rs`, `exception.rs`, `instance.rs`, `pairs.rs`, `nest.rs`, `encode.rs` and `decode.rs` (the catalogue),
//! `custom.rs` and `oma.rs` (OMA settings), `apple.rs` and `schema.rs` (Apple's in the catalogue), `carrier.rs` (Apple profiles), `ring.rs`
//! (updates), `compliance.rs` (what devices are judged by), `graph/` (Graph's own metadata), `verify.rs` (a file against all of these),
//! `route.rs` (which setting stands in which file).

mod apple;
mod audience;
mod carrier;
mod compliance;
mod custom;
mod decode;
mod encode;
mod envelope;
mod exception;
mod graph;
mod id;
mod instance;
mod nest;
mod oma;
mod pairs;
mod ring;
mod route;
mod schema;
mod verify;

pub use carrier::{Carried, Carrier, DeploymentChannel, carried, carry};
pub(super) use carrier::{carried_in, is_envelope};
pub use compliance::Part;
pub(super) use decode::instances;
pub use graph::{Version, needed};
pub use id::derived;
pub(super) use route::{FOLDER, Named, complied, files as encode, policies};

use super::found::{Found, How, Residue};
use super::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::encoding::json;
use crate::encoding::places::Places;
use crate::setting::{Address, Delivery, Setting, Target};
use crate::source::Span;
use serde_json::Value as Json;

/// Whether the group's devices are managed by Intune.
pub(super) fn is_by_intune(target: &Target) -> bool {
    target.deliver.iter().any(|form| **form == Delivery::Intune)
}

/// Reads a file of the console's that holds settings.
pub(super) fn decode(file: &Json, catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let kind = file.get("@odata.type").and_then(Json::as_str).unwrap_or_default();
    match file.get("omaSettings") {
        Some(_) => custom::decode(file, catalogue),
        None if kind.ends_with("CompliancePolicy") => compliance::decode(file, &Places::default()),
        None if kind.ends_with(".windowsUpdateForBusinessConfiguration") => ring::decode(file, &Places::default()),
        None => decode::decode(file, catalogue),
    }
}

/// The settings of a file of the console's, with their places; who gets it, and what the service says of it, are left to the caller.
pub(super) fn read(file: &Json, catalogue: &Catalogue, places: &Places) -> Result<Found, Unreadable> {
    let kind = file.get("@odata.type").and_then(Json::as_str).unwrap_or_default();
    let decoded = match file.get("omaSettings") {
        Some(_) => return custom::read(file, catalogue, places),
        None if kind.ends_with("CompliancePolicy") => compliance::decode(file, places)?,
        None if kind.ends_with(".windowsUpdateForBusinessConfiguration") => ring::decode(file, places)?,
        None => return decode::read(file, catalogue, places),
    };
    let mut found = Found::default();
    found.add("", &How::Set, decoded.settings);
    // The actions of a policy stand here alone where they are not the usual one.
    let is_own = |name: &str| name == "scheduledActionsForRule" || !envelope::is_known(name);
    let own = decoded.residue.into_iter().filter(|(name, _)| is_own(name));
    let left = own.map(|(place, what)| {
        let span = file.get(&place).map_or(Span::NOWHERE, |value| places.of(value));
        Residue { place, what, span }
    });
    found.residue.extend(left);
    Ok(found)
}

/// What people see of a policy in the console. Importers match by the name, so that a changed name is another policy.
#[derive(Clone, Debug)]
pub struct Title<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it says below the name.
    pub description: &'a str,
    /// Object ids of the directory's groups that get it.
    pub reached: Vec<&'a str>,
    /// Those of groups that do not, although another lets them in.
    pub left_out: Vec<&'a str>,
}

/// What the settings catalogue takes of some settings.
#[derive(Debug)]
pub struct Catalogued<'a> {
    /// The policy; `None` where it would be empty.
    pub bytes: Option<Vec<u8>>,
    /// What it holds.
    pub holds: Vec<Address>,
    /// What it cannot hold, and why.
    pub left: Vec<(&'a Setting, String)>,
}

/// Custom OMA settings.
#[derive(Debug)]
pub struct Custom<'a> {
    /// The profile; `None` where it would be empty.
    pub bytes: Option<Vec<u8>>,
    /// What it holds.
    pub holds: Vec<Address>,
    /// What it holds although Microsoft's page says that it may not work, and why.
    pub doubted: Vec<(&'a Setting, String)>,
    /// What no OMA setting can carry, and why: a finding for the caller.
    pub refused: Vec<(&'a Setting, String)>,
}

/// An update ring.
#[derive(Debug)]
pub struct Ring<'a> {
    /// The ring; `None` where it would be empty, or would say what nobody asked for.
    pub bytes: Option<Vec<u8>>,
    /// What it holds.
    pub holds: Vec<Address>,
    /// What has a property in a ring and is left to another file, and why.
    pub left: Vec<(&'a Setting, String)>,
    /// Properties that every ring has and nobody asked for: Intune may send what Graph gives them.
    pub implied: Vec<&'static str>,
}

/// A compliance policy.
#[derive(Debug)]
pub struct Complied<'a> {
    /// The policy; `None` where it would be empty.
    pub bytes: Option<Vec<u8>>,
    /// What it holds.
    pub holds: Vec<Address>,
    /// What it cannot hold, and why: a finding for the caller.
    pub refused: Vec<(&'a Setting, String)>,
}

/// The update ring (`windowsUpdateForBusinessConfiguration`) with what it can hold of the settings; the rest goes elsewhere.
pub fn ring<'a>(title: &Title<'_>, settings: &'a [Setting]) -> Ring<'a> {
    ring::encode(title, settings)
}

/// Reads an update ring.
///
/// # Errors
/// What is no such ring.
pub fn read_ring(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    ring::decode(&json::read_export(bytes)?, &Places::default())
}

/// The compliance policies that the settings need: one of each type, and another for what only the beta of Graph has.
pub fn compliance_parts(settings: &[Setting]) -> Vec<Part> {
    compliance::parts(settings)
}

/// One of the compliance policies.
pub fn compliance<'a>(title: &Title<'_>, part: &Part, settings: &'a [Setting]) -> Complied<'a> {
    compliance::encode(title, part, settings)
}

/// Reads a compliance policy.
///
/// # Errors
/// What is no such policy.
pub fn read_compliance(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    compliance::decode(&json::read_export(bytes)?, &Places::default())
}

/// Everything that is wrong with a file of Intune's, as place and cause: by Graph's metadata and by our own rules.
pub fn verify(bytes: &[u8], version: Version, catalogue: &Catalogue) -> Vec<(String, String)> {
    verify::verify(bytes, version, catalogue)
}

/// A policy of the settings catalogue (`deviceManagementConfigurationPolicy`) with what it can hold of the settings.
pub fn catalogued<'a>(title: &Title<'_>, settings: &'a [Setting], catalogue: &'a Catalogue) -> Catalogued<'a> {
    let encode::Policies { mut policies, left } = encode::policies(settings, catalogue, &|_| String::new());
    // Whose devices it is for stands in no setting; a policy is of one vendor's.
    let policy = policies.remove("").or_else(|| apple::policy(settings, encode::System::MAC_OS));
    let bytes = policy.as_ref().map(|policy| encode::document(title, policy));
    Catalogued { bytes, holds: policy.map(|policy| policy.holds).unwrap_or_default(), left }
}

/// Reads a policy of the settings catalogue.
///
/// # Errors
/// What is no such policy.
pub fn read_catalogued(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    decode::decode(&json::read_export(bytes)?, catalogue)
}

/// A custom profile (`windows10CustomConfiguration`) with the settings.
pub fn custom<'a>(
    title: &Title<'_>,
    settings: impl IntoIterator<Item = &'a Setting>,
    catalogue: &Catalogue,
) -> Custom<'a> {
    custom::encode(title, settings, catalogue)
}

/// Reads a custom profile.
///
/// # Errors
/// What is no such profile.
pub fn read_custom(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    custom::decode(&json::read_export(bytes)?, catalogue)
}
