//! Commands for the server to send, one file for each: no profile does what they do, and nothing here counts as enforced.
//!
//! Apple's request types as the property list that an MDM server sends (the MDM protocol's "Commands and Queries": `CommandUUID`, and
//! `Command` with its `RequestType`); LocURIs that take Exec as a SyncML fragment of one `Exec`. A comment names what only the server
//! knows.
//!
//! Reading order: this file, `encode.rs`, `awaited.rs` (what the server adds), `decode.rs`.

mod awaited;
mod decode;
mod encode;

pub(super) use awaited::in_file as awaited_in;
pub(super) use decode::read;

use super::{Backend, Format, names};
use crate::setting::Family;

/// Commands for any group that asks for some, whatever else its server takes.
pub(super) const BACKEND: Backend = Backend {
    format: Format::Command,
    family: Family::Command,
    folder: Some(FOLDER),
    extensions: EXTENSIONS,
    encode: encode::encode,
    decode: decode::decode,
    named: |path, decoded| names::complete(path, EXTENSIONS, decoded),
    serves: |_| true,
};

/// Apple's, and Windows'.
const EXTENSIONS: &[&str] = &[".plist", ".xml"];

/// What a file says of keys that the server adds, before their names.
const ADDS: &str = "For the server to send, which adds: ";

/// The folder of a group's commands.
pub(super) const FOLDER: &str = "commands";

/// The key of Apple's files that holds the command itself.
const COMMAND: &str = "Command";

/// The key that the server knows an answer by.
const COMMAND_UUID: &str = "CommandUUID";

/// The key that says which command it is.
const REQUEST_TYPE: &str = "RequestType";
