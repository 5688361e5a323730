//! Of the output: what `undo` takes back, which is also what `undo.json` holds of a group, and what `expected.json` holds.

use super::{Fields, boolean, list, number, optional, part, record, text, texts, words};
use serde_json::{Value, json};

/// `undo`.
pub(super) fn undo() -> Fields {
    vec![
        ("before", text("what the earlier side is")),
        ("after", text("what the later side is")),
        ("remarks", texts("what else is to be known of the sides")),
        ("groups", list(part("undone"))),
        ("remaining", number("settings that stay")),
        ("written", texts("files that were written, below --out")),
    ]
}

/// A group: `undo.json`.
pub(super) fn undone() -> Value {
    let command = record(vec![
        ("verb", words(&["Delete", "Replace"])),
        ("node", text("the LocURI")),
        ("channel", channel()),
        ("format", optional(text("of the node, for Replace"))),
        ("data", optional(text("the vendor's default, for Replace"))),
        ("atomic", optional(text("the node that wants all commands below it in one Atomic"))),
        ("settings", texts("what it takes back")),
        ("effects", effects()),
    ]);
    let replaced = record(vec![
        ("holder", text("profile, declaration or node that the later side writes anew, or the file of a console")),
        ("settings", texts("what goes with that")),
        ("effects", effects()),
    ]);
    let left = record(vec![("setting", text("or the file that cannot be read")), ("reason", text("why it stays"))]);
    record(vec![
        ("version", version()),
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("formerly", optional(text("its id on the earlier side, where that was another"))),
        ("gone", boolean("whether the later side has no such group")),
        ("fragments", texts("files of commands for the server to send, one for each channel")),
        ("commands", list(command)),
        ("profiles", list(withdrawn(true))),
        ("declarations", list(withdrawn(false))),
        ("consoles", list(replaced.clone())),
        ("replaced", list(replaced)),
        ("remainder", list(left)),
        ("notes", texts("when this is to be sent, and by whom")),
    ])
}

fn withdrawn(is_profile: bool) -> Value {
    let mut fields = vec![
        ("identifier", text("what devices know it by")),
        ("kind", text("type of the declaration, or of the first payload")),
        ("name", optional(text("as people see it"))),
        ("file", text("that brought it")),
        ("channel", channel()),
        ("settings", texts("what ends with it")),
        ("effects", effects()),
    ];
    if is_profile {
        let command = record(vec![
            ("RequestType", json!({ "const": "RemoveProfile" })),
            ("Identifier", text("the profile's PayloadIdentifier")),
        ]);
        fields.push(("command", command));
    }
    record(fields)
}

fn effects() -> Value {
    texts("what is known of what that does and does not do on the device, each with who says so")
}

fn channel() -> Value {
    words(&["device", "user"])
}

fn version() -> Value {
    json!({ "const": 1 })
}

/// `expected.json`.
pub(super) fn expected() -> Value {
    let payload = record(vec![
        ("type", text("PayloadType")),
        ("identifier", text("PayloadIdentifier")),
        ("uuid", text("PayloadUUID")),
        ("name", optional(text("PayloadDisplayName"))),
        ("settings", texts("what it holds")),
    ]);
    let profile = record(vec![
        ("identifier", text("PayloadIdentifier")),
        ("uuid", text("PayloadUUID")),
        ("name", optional(text("PayloadDisplayName"))),
        ("channel", channel()),
        ("file", text("below the group's folder")),
        ("payloads", list(payload)),
    ]);
    let declaration = record(vec![
        ("identifier", text("as the status item management.declarations has it")),
        ("type", text("which the report does not repeat")),
        ("server-token", optional(text("null where it is made when a secret is filled in"))),
        ("active", json!({ "type": ["boolean", "null"], "description": "null where a predicate decides" })),
        ("valid", json!({ "const": "valid" })),
        ("channel", channel()),
        ("file", text("below the group's folder")),
        ("settings", texts("what it holds")),
    ]);
    let unreported = record(vec![("setting", text("in full")), ("reason", text("why no device reports it"))]);
    let report = record(vec![
        ("routes", texts("by which devices get their files that report so; a device is given one")),
        ("nodes", list(node())),
        ("observed", list(node())),
        ("profiles", list(profile)),
        ("in_every_profile", texts("settings that stand in each profile")),
        ("declarations", list(declaration)),
        ("unreported", list(unreported)),
    ]);
    record(vec![
        ("version", version()),
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("platform", text("the vendor's name of it")),
        ("reports", list(report)),
    ])
}

fn node() -> Value {
    let element = record(vec![("id", text("of the element")), ("value", text("items of a list are parted by U+F000"))]);
    let policy = record(vec![("state", words(&["enabled", "disabled"])), ("elements", list(element))]);
    let mut node = record(vec![
        ("node", text("the LocURI")),
        ("channel", channel()),
        ("settings", texts("what it holds")),
        ("format", text("of its value")),
        ("data", optional(text("what Get gives; null where that cannot be known, or may not be read"))),
        ("sources", list(words(&["get", "mdm-diagnostics"]))),
        ("notes", texts("what else is to be known of its report")),
    ]);
    node["properties"]["policy"] = policy;
    node["properties"]["result"] = text("the LocURI of the value that takes effect");
    node
}
