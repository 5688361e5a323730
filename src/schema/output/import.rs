//! Of the output: what `import` makes of the files that it was given.

use super::{Fields, list, number, optional, record, text, texts};
use serde_json::json;

/// `import`.
pub(super) fn import() -> Fields {
    let raised = record(vec![
        ("control", text("its id")),
        ("instance", optional(text("its instance, where it has several"))),
        ("settings", number("settings that it stands for")),
    ]);
    let differing = record(vec![
        ("setting", text("its address")),
        ("would-be", text("what the control would set it to")),
        ("now", optional(text("what it is; nothing where it is not set"))),
    ]);
    let near = record(vec![
        ("requirement", text("what a clause would write in the place of raw settings")),
        ("agreeing", number("settings of it that are there")),
        ("differing", list(differing)),
    ]);
    let raw = record(vec![("setting", text("its address")), ("file", text("the first file that says it"))]);
    let group = record(vec![
        ("id", text("the group")),
        ("platform", text("its platform")),
        ("files", texts("files that it is made of")),
        ("raised", list(raised)),
        ("near", list(near)),
        ("raw", list(raw)),
        ("attached", texts("files that stay as they are")),
    ]);
    let note = || {
        record(vec![
            ("file", text("the file")),
            ("place", text("where in it")),
            ("what", text("what it is")),
            ("why", text("why it is not in the sources")),
        ])
    };
    let secrets = json!({
        "type": "object",
        "description": "names of secrets, with where each is expected; no value of any is kept",
        "additionalProperties": { "type": "string" },
    });
    vec![
        ("groups", list(group)),
        ("dropped", list(note())),
        ("unknown", list(note())),
        ("secrets", secrets),
        ("would-write", texts("files that a dry run would write")),
        ("written", texts("files that were written")),
    ]
}
