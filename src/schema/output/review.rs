//! Of the output: what `diff` says of two sides.

use super::{Fields, list, number, optional, record, text, texts, words};
use crate::compare::Direction;
use crate::review::{FailOn, Kind};
use serde_json::{Value, json};

/// `diff`.
pub(super) fn diff() -> Fields {
    let stop = vec![("change", text("its id")), ("reasons", list(fail_on()))];
    let source = vec![("path", text("relative to its project")), ("what", words(&["added", "removed", "changed"]))];
    vec![
        ("before", text("what the earlier side is")),
        ("after", text("what the later side is")),
        ("remarks", texts("what could not be compared, and why")),
        ("summary", summary()),
        ("changes", list(change())),
        ("files", list(file())),
        ("sources", list(record(source))),
        ("stopped_by", list(record(stop))),
    ]
}

fn summary() -> Value {
    let kinds = Kind::WORDS.iter().map(|(_, word)| (*word, number("changes of this kind")));
    let directions = Direction::WORDS.iter().map(|(_, word)| (*word, number("changes that go so")));
    record(kinds.chain(directions).chain([("approved", number("changes that somebody approved"))]).collect())
}

fn change() -> Value {
    let approval = record(vec![("by", text("who")), ("date", text("when")), ("why", text("why"))]);
    let place = record(vec![
        ("side", words(&["before", "after"])),
        ("path", text("relative to its project")),
        ("line", number("from 1")),
        ("column", number("from 1, in characters")),
    ]);
    record(vec![
        ("id", text("a digest of the change itself: what an approval names")),
        ("kind", kind()),
        ("direction", direction()),
        ("because", text("who says which way it goes")),
        ("parts", parts()),
        ("organisation", text("its id")),
        ("group", optional(text("its id, where the change is one group's"))),
        ("subject", text("what has changed, for people")),
        ("subject_kind", text("control, setting, clause, …")),
        ("what", text("added, removed, changed, renamed, …")),
        ("before", optional(text("null where it was not there"))),
        ("after", optional(text("null where it is not there any more"))),
        ("clauses", texts("policy and clause")),
        ("exceptions", texts("exceptions that have a part in it")),
        ("settings", list(setting())),
        ("impacts", texts("what it does to devices; empty: none known")),
        ("place", optional(place)),
        ("cure", optional(text("what to do about it"))),
        ("approved", optional(approval)),
    ])
}

fn setting() -> Value {
    record(vec![
        ("family", words(&["profile", "declaration", "csp", "command", "compliance"])),
        ("address", text("whole, for people")),
        ("owner", text("payload type, declaration type, request type or LocURI")),
        ("instance", optional(text("which of several"))),
        ("channel", words(&["device", "user"])),
        ("leaf", texts("the key path, or the element of an ADMX body")),
        ("before", optional(text("null where it was not set"))),
        ("after", optional(text("null where it is not set any more"))),
        ("direction", direction()),
        ("because", text("who says which way it goes")),
        ("parts", parts()),
        ("clauses", texts("policy and clause")),
        ("file_before", optional(text("the file that held it, by its present name where it was renamed"))),
        ("file_after", optional(text("the file that holds it"))),
        ("impacts", texts("what it does to devices")),
    ])
}

fn file() -> Value {
    let identity =
        vec![("key", text("which")), ("before", optional(text("before"))), ("after", optional(text("after")))];
    record(vec![
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("before", optional(text("its path on the earlier side"))),
        ("after", optional(text("its path on the later side"))),
        ("identities", list(record(identity))),
    ])
}

/// Where a change goes several ways.
fn parts() -> Value {
    list(record(vec![("what", text("what of it")), ("direction", direction())]))
}

fn kind() -> Value {
    json!({ "enum": Kind::WORDS.iter().map(|(_, word)| *word).collect::<Vec<_>>() })
}

fn direction() -> Value {
    json!({ "enum": Direction::WORDS.iter().map(|(_, word)| *word).collect::<Vec<_>>() })
}

fn fail_on() -> Value {
    json!({ "enum": FailOn::WORDS.map(|(_, word)| word) })
}
