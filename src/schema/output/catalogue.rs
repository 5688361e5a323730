//! Of the output: what `catalogue diff` says of two releases.

use super::{Fields, boolean, list, number, optional, record, text, texts};
use crate::catalogue::change::{Bearing, Stop, What};
use serde_json::{Value, json};

/// `catalogue diff`.
pub(super) fn diff() -> Fields {
    let side = || {
        record(vec![
            ("name", text("what the side is")),
            ("releases", texts("the vendors' releases that its files name")),
        ])
    };
    let summary = What::WORDS.iter().map(|(_, word)| (*word, number("entries of which that became")));
    let touching = ("touching", number("of them, on which settings of the project stand"));
    let reasons = json!({ "enum": Stop::WORDS.map(|(_, word)| word) });
    let stop = vec![("change", text("its id")), ("reasons", list(reasons))];
    vec![
        ("before", side()),
        ("after", side()),
        ("has_project", boolean("whether there was a project whose settings could be touched")),
        ("remarks", texts("what could not be compared, and why")),
        ("summary", record(summary.chain([touching]).collect())),
        ("changes", list(change())),
        ("stopped_by", list(record(stop))),
    ]
}

fn change() -> Value {
    let field = vec![
        ("field", text("its path in the record, in the vendor's words; of a list, `…, gone` and `…, new`")),
        ("os", optional(text("the OS that it speaks of"))),
        ("before", optional(text("null where nothing was stated"))),
        ("after", optional(text("null where nothing is stated any more"))),
        ("bearing", bearing()),
    ];
    let touched = vec![
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("address", text("the setting")),
        ("value", text("what it is set to")),
        ("bearing", bearing()),
        ("clauses", texts("policy and clause")),
    ];
    record(vec![
        ("id", text("a digest of the change itself")),
        ("what", json!({ "enum": What::WORDS.map(|(_, word)| word) })),
        ("topic", text("payload, declaration, command, key or node")),
        ("name", text("in full, for people")),
        ("owner", text("payload type, declaration type, request type or LocURI")),
        ("file", optional(text("the vendor's file, where several share the type"))),
        ("is_answer", boolean("whether the key is one of a command's answer")),
        ("key", texts("names of keys from the top; empty for a type or node")),
        ("below", number("keys or nodes that came or went with it")),
        ("brief", text("what it is, in a few words")),
        ("bearing", bearing()),
        ("fields", list(record(field))),
        ("touched", list(record(touched))),
    ])
}

/// What a difference asks of a setting.
fn bearing() -> Value {
    json!({ "enum": Bearing::WORDS.map(|(_, word)| word) })
}
