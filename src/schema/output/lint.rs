//! Of the output: what `lint` says of the files that it was given.

use super::{Fields, boolean, list, number, optional, record, text, texts, words};
use crate::lint::effective::WORDS;
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
        ("audiences", optional(list(audience()))),
    ]
}

/// What one audience gets (`--effective`).
fn audience() -> serde_json::Value {
    let loser = record(vec![("file", text("a file that says something else")), ("value", text("what it says"))]);
    let held = record(vec![
        ("address", text("what is set")),
        ("value", optional(text("what holds; nothing where nobody can say"))),
        ("why", words(WORDS)),
        ("by", texts("the files that say so")),
        ("losers", list(loser)),
    ]);
    record(vec![
        ("name", text("a group, a label, or everybody")),
        ("platform", text("the platform of its devices")),
        ("known", boolean("whether it is known that one device gets all of the files")),
        ("files", texts("the files that it gets")),
        ("settings", list(held)),
    ])
}
