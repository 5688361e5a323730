//! Files that somebody else wrote and that travel as they are: where they stand, and what the index says of them. What they set, `attached`
//! reads: no back end writes such files.

use super::Artefact;
use crate::digest::sha256;
use serde_json::{Value as Json, json};

/// The folder of attached files below a group's own.
pub(crate) const FOLDER: &str = "attached";

/// What the index says of one.
pub(super) fn entry(path: &str, artefact: &Artefact) -> Json {
    let mut entry = json!({ "file": path, "sha256": sha256(&artefact.bytes) });
    if let Some(listed) = &artefact.lists {
        entry["identifier"] = listed.profile.identifier.as_str().into();
    }
    entry
}
