//! Of the output: what `lint` says of the files that it was given.

use super::{Fields, list, number, optional, record, text, texts};
use serde_json::json;

/// `lint`.
pub(super) fn lint() -> Fields {
    let residue = record(vec![("place", text("where in the artefact")), ("what", text("what it says"))]);
    let artefact = record(vec![
        ("name", text("the file; behind it where in the file, of what is not the whole of it")),
        ("kind", text("what it is: `profile`, `syncml`, `settings-catalogue`, … or a type of Microsoft Graph")),
        ("identifier", optional(text("what it is known by"))),
        ("settings", number("settings that it has")),
        ("unknown", number("settings that it names without a value")),
        ("residue", list(residue)),
        ("corrections", texts("what had to be put right before it could be read")),
        (
            "signers",
            optional(
                json!({ "type": "array", "items": { "type": "string" }, "description": "who signed it, where it is signed" }),
            ),
        ),
    ]);
    vec![
        ("files", number("files that were read")),
        ("artefacts", list(artefact)),
        ("suppressed", number("findings that a comment allows, or the baseline holds")),
    ]
}
