//! The JSON Schema (2020-12) of what `--format json` prints, version 1. Within a version fields are added, never renamed or removed, so
//! that a reader passes over what it does not know. Tests hold what every command prints against it, both ways.
//!
//! A document has `failure`, or `command` and what that command says. What compiles has `findings` and `counts`, and `entries` for what a
//! reviewer goes through; a command that stopped at errors has these alone.
//!
//! Reading order: this file, `policy.rs` (whole policies, groups, settings), `effective.rs`
//! (one organisation's whole policy), `review.rs` (what changed between two sides), `catalogue.rs`
//! (between two releases), `lint.rs` (files of anybody's), `import.rs` (what becomes of them), `observed.rs` (what devices
//! report), `release.rs` (bundles and signatures), `undo.rs` (what is taken back, and what
//! devices report).

mod catalogue;
mod effective;
mod import;
mod lint;
mod observed;
mod policy;
mod release;
mod review;
mod undo;

use serde_json::{Map, Value, json};

/// Names and what they stand for.
type Fields = Vec<(&'static str, Value)>;

/// The schema of every document.
pub fn output() -> Value {
    let mut definitions = Map::new();
    for (name, schema) in parts().into_iter().chain(documents()) {
        definitions.insert(name.to_owned(), schema);
    }
    let documents: Vec<Value> = documents().iter().map(|(name, _)| part(name)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "policyc output, version 1",
        "type": "object",
        "anyOf": documents,
        "$defs": definitions,
    })
}

/// Every document, by the command that prints it.
fn documents() -> Fields {
    let failure =
        record(vec![("message", text("what went wrong")), ("help", optional(text("what can be done about it")))]);
    let group = record(vec![
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("files", number("files that it gets")),
        ("settings", number("settings that it gets")),
        ("unmanaged", optional(text("why no server reaches it, where none does"))),
    ]);
    let name = record(vec![("kind", text("payload, declaration, command, key or node")), ("name", text("in full"))]);
    vec![
        ("failure", record(vec![("version", version()), ("failure", failure)])),
        (
            "build",
            compiled(
                "build",
                vec![
                    ("groups", list(group)),
                    ("written", texts("files that were written, below profiles-out/")),
                    ("unchanged", number("files that were as they are")),
                    ("removed", texts("files that nothing produces any more")),
                    ("remarks", texts("what was odd about the folder")),
                ],
            ),
        ),
        ("check", compiled("check", vec![("files", number("files that were compared"))])),
        (
            "accept",
            compiled(
                "accept",
                vec![
                    ("approved", texts("files that golden/ holds now as they are produced")),
                    ("removed", texts("files that golden/ holds no more")),
                ],
            ),
        ),
        ("diff", compiled("diff", review::diff())),
        ("drift", compiled("drift", observed::drift())),
        ("undo", compiled("undo", undo::undo())),
        ("release", compiled("release", release::release())),
        ("verify", compiled("verify", release::verify())),
        ("verify-show", compiled("verify", release::shown())),
        ("catalogue-diff", compiled("catalogue diff", catalogue::diff())),
        ("report-coverage", compiled("report", policy::coverage())),
        ("report-policy", compiled("report", effective::effective())),
        ("explain-group", compiled("explain", policy::group())),
        ("explain-setting", compiled("explain", policy::setting())),
        (
            "explain-code",
            said(
                "explain",
                vec![
                    ("code", text("the code")),
                    ("severity", severity()),
                    ("summary", text("one sentence")),
                    ("text", text("fault and cure, in Markdown")),
                ],
            ),
        ),
        ("catalogue-search", said("catalogue search", vec![("names", list(name))])),
        (
            "catalogue-show",
            said(
                "catalogue show",
                vec![
                    ("name", text("in full")),
                    ("kind", text("payload, declaration, command, key or node")),
                    ("entries", list(json!({ "type": "object", "description": "in the vendor's own field names" }))),
                ],
            ),
        ),
        ("catalogue-candidates", said("catalogue show", vec![("candidates", texts("what the name is short for"))])),
        (
            "ingest-admx",
            compiled(
                "ingest-admx",
                vec![
                    ("app", text("what LocURIs call it")),
                    ("file", text("the name of the ADMX file")),
                    ("policies", number("policies that it has")),
                    ("elements", number("elements that they have together")),
                    ("written", texts("files that were written, below the project")),
                    ("new", texts("policies that the facts before did not have")),
                    ("gone", texts("policies that they had, and the file has not")),
                    ("changed", texts("policies of which they said something else")),
                ],
            ),
        ),
        ("import", compiled("import", import::import())),
        ("lint", compiled("lint", lint::lint())),
        ("new", said("new", vec![("written", texts("files that were written"))])),
        ("wrap", said("wrap", vec![("message", text("the whole message"))])),
    ]
}

/// What documents are made of.
fn parts() -> Fields {
    let asked = record(vec![
        ("clause", text("policy and clause")),
        ("place", optional(text("path:line:column"))),
        ("decided", boolean("whether its value decided")),
    ]);
    let exception = record(vec![("exception", text("its id")), ("place", optional(text("path:line:column")))]);
    let mut label = place();
    label.push(("text", text("what is there, or what to put there")));
    vec![
        ("counts", counts()),
        ("label", record(label)),
        ("asked", asked),
        ("exception", exception),
        ("finding", finding()),
        ("reason", reason()),
        ("change", change()),
        ("entry", entry()),
        ("undone", undo::undone()),
        ("expected", undo::expected()),
    ]
}

fn counts() -> Value {
    record(vec![("errors", number("all of them, listed or not")), ("warnings", number("")), ("notes", number(""))])
}

/// A place, in numbers for people: all from 1, columns in characters, the end exclusive.
fn place() -> Fields {
    vec![
        ("path", optional(text("the file, relative to the project"))),
        ("line", optional(number("first line, from 1"))),
        ("column", optional(number("first column, from 1, in characters"))),
        ("end_line", optional(number("line of the end"))),
        ("end_column", optional(number("column one past the end"))),
        ("inside", optional(text("in an artefact: the key path, LocURI or element"))),
    ]
}

fn finding() -> Value {
    let mut fields = vec![
        ("code", text("as `policyc explain` takes it")),
        ("severity", severity()),
        ("message", text("the cause")),
        ("label", text("a few words on the marked place")),
        ("help", texts("the cure, a sentence each")),
        ("labels", list(part("label"))),
        ("fix", optional(part("label"))),
    ];
    fields.extend(place());
    record(fields)
}

fn reason() -> Value {
    record(vec![
        ("control", optional(text("null where a clause writes the setting itself"))),
        ("instance", optional(text("which of several"))),
        ("parameters", texts("parameters that the value depends on")),
        ("role", words(&["raw", "carrying", "helping", "relaxing"])),
        ("basis", words(&["stated", "excepted", "assumed", "default", "fixed"])),
        ("clauses", list(part("asked"))),
        ("exceptions", list(part("exception"))),
    ])
}

fn change() -> Value {
    record(vec![
        ("kind", text("setting, identity, field, …")),
        ("subject", text("an address, a key")),
        ("before", optional(text("null where it was not set"))),
        ("after", optional(text("null where it is not set any more"))),
        ("direction", direction()),
        ("because", list(part("reason"))),
        ("notes", texts("what else is known of it")),
    ])
}

fn entry() -> Value {
    let lines = record(vec![
        ("state", words(&["none", "withheld", "too-many", "shown"])),
        ("lines", texts("as `diff -u` marks them")),
        ("more", number("lines that are left out")),
    ]);
    record(vec![
        ("id", text("a digest of the matter itself, the same on every machine")),
        ("code", text("the kind of matter")),
        ("severity", severity()),
        (
            "kind",
            text(
                "of the catalogue: removed, deprecated, changed, added; of drift: missing, unexpected, settings, identity, cosmetic, follows (from other files), unreadable; of what is observed: missing, different, superseded, extra, unknown",
            ),
        ),
        ("direction", direction()),
        ("message", text("what is the matter")),
        ("subject", text("what it is about")),
        ("groups", texts("organisation/group")),
        ("places", list(part("label"))),
        ("changes", list(part("change"))),
        ("body", texts("what else is to be said")),
        ("clauses", texts("the clauses behind it")),
        ("impacts", texts("what it does to devices")),
        ("lines", lines),
        ("help", texts("what to do about it")),
    ])
}

/// What a command says that compiles: its own fields are absent where it stopped at errors.
fn compiled(command: &str, own: Fields) -> Value {
    let mut schema = said(command, Vec::new());
    let shared =
        vec![("entries", list(part("entry"))), ("findings", list(part("finding"))), ("counts", part("counts"))];
    for (name, field) in &shared {
        schema["properties"][*name] = field.clone();
    }
    schema["required"] = json!(["version", "command", "entries", "findings", "counts"]);
    for (name, field) in own {
        schema["properties"][name] = field;
    }
    schema
}

/// What a command says that looks something up.
fn said(command: &str, own: Fields) -> Value {
    let mut fields = vec![("version", version()), ("command", json!({ "const": command }))];
    fields.extend(own);
    record(fields)
}

fn version() -> Value {
    json!({ "const": 1 })
}

fn severity() -> Value {
    words(&["error", "warning", "note"])
}

fn direction() -> Value {
    json!({ "enum": ["stronger", "weaker", "neutral", "unknown", null] })
}

/// An object that has all of these.
pub(super) fn record(fields: Fields) -> Value {
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

pub(super) fn part(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

pub(super) fn optional(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

pub(super) fn texts(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

pub(super) fn number(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

pub(super) fn boolean(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

pub(super) fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}
