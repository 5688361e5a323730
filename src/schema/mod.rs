//! The JSON Schema (2020-12) of source files, for editors: completion and hover for controls, parameters, payload types, keys and
//! LocURIs. Made from the same definitions that the compiler reads, so it cannot fall behind them. It is an aid: what it accepts may
//! still be wrong, and the compiler says how.
//!
//! Reading order: this file (the kinds of file), `controls.rs` (what clauses ask for), `vendor.rs` (raw entries); and apart from
//! sources, `output` (what the program prints as JSON).

mod controls;
mod output;
mod vendor;

pub use output::output;

use crate::catalogue::Catalogue;
use crate::consumer;
use crate::control::{self, Control};
use crate::diagnostic::Diagnostics;
use crate::policy::document::Text;
use crate::policy::{self, Class};
use crate::setting::{Bundle, Compliance, Delivery, DeviceFact, Dialect, Edition, Enrolment, Join, Platform};
use crate::source::Sources;
use crate::template;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The kinds of file: the first key, and the definition behind it.
pub const KINDS: &[&str] = &[
    "organisation",
    "groups",
    "policy",
    "exceptions",
    "control",
    "baseline",
    "releases",
    "secrets",
    "identities",
    "admx",
];

/// Every control that clauses of these sources can name: the library's, and the organisations' own. What is wrong in a file is left out:
/// the compiler reports it.
pub fn controls(sources: &Sources) -> Vec<Arc<Control>> {
    let mut all = control::library();
    for document in policy::parse(sources, &mut Diagnostics::default()) {
        if let Text::Control(own) = document.content {
            all.entry(own.id.value.clone()).or_insert(own);
        }
    }
    all.into_values().collect()
}

/// One schema for every kind of file; the first key decides which part holds.
pub fn all(catalogue: &Catalogue, controls: &[Arc<Control>]) -> Value {
    let branches: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({ "if": { "required": [kind] }, "then": { "$ref": format!("#/$defs/{kind}") } }))
        .collect();
    let first: Vec<Value> = KINDS.iter().map(|kind| json!({ "required": [kind] })).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "policyc source",
        "type": "object",
        "anyOf": first,
        "allOf": branches,
    });
    schema["$defs"] = Value::Object(definitions(catalogue, controls));
    schema
}

/// The schema of one kind of file.
pub fn one(kind: &str, catalogue: &Catalogue, controls: &[Arc<Control>]) -> Option<Value> {
    let kind = KINDS.iter().find(|known| **known == kind)?;
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("policyc {kind}"),
        "$ref": format!("#/$defs/{kind}"),
        "$defs": match *kind {
            "policy" | "baseline" | "exceptions" => definitions(catalogue, controls),
            _ => envelopes(),
        },
    }))
}

fn definitions(catalogue: &Catalogue, controls: &[Arc<Control>]) -> Map<String, Value> {
    let mut definitions = envelopes();
    definitions.insert("require".to_owned(), controls::require(controls));
    definitions.insert("relax".to_owned(), controls::relax(controls));
    definitions.extend(vendor::definitions(catalogue));
    definitions
}

/// The kinds of file, without what clauses ask for.
fn envelopes() -> Map<String, Value> {
    let mut definitions = Map::new();
    let mut add = |name: &str, schema: Value| drop(definitions.insert(name.to_owned(), schema));
    add("organisation", organisation());
    add("groups", groups());
    add("policy", policy("policy", "groups"));
    add("baseline", policy("baseline", "platforms"));
    add("exceptions", exceptions());
    add("control", controls::file());
    add("releases", releases());
    add(
        "secrets",
        closed(&["secrets"], json!({ "secrets": { "type": "object", "additionalProperties": { "type": "string" } } })),
    );
    add("identities", identities());
    add("admx", admx());
    add("clause-groups", clause("groups", list(text("the id of a group"))));
    add("clause-platforms", clause("platforms", list(one_of(&words(Platform::ALL, Platform::word), "a platform"))));
    definitions
}

fn organisation() -> Value {
    closed(
        &["organisation", "name", "identifier"],
        json!({
            "organisation": text("the id: the name of the folder"),
            "name": text("what users see"),
            "identifier": text("what every PayloadIdentifier starts with, such as uk.gov.cafcass"),
            "entra-tenant": text("the GUID of the Entra directory, quoted, without braces"),
            "domains": list(text("a domain of the organisation")),
            "certificates": { "type": "object", "additionalProperties": text("the path of a certificate in this folder") },
            "adopts": { "type": "object", "additionalProperties": list(text("a group that the baseline binds")), "description": "baselines, and the groups that each binds" },
            "formerly": text("the id that it had before its folder was renamed: comparisons pair the two"),
            "deny": list(text("the code of a warning that counts as an error here")),
        }),
    )
}

fn groups() -> Value {
    let group = closed(
        &["title"],
        json!({
            "title": text("what users see"),
            "platform": one_of(&words(Platform::ALL, Platform::word), "the one platform of the group"),
            "os": text("the oldest version or build in the group, quoted: \"18.0\", \"10.0.22631\""),
            "enrolment": one_of(&words(Enrolment::ALL, Enrolment::word), "how the devices came under management"),
            "supervised": boolean("Apple's stronger form of management"),
            "deliver": list(one_of(&words(Delivery::ALL, Delivery::word), "a form that the server takes, the preferred one first")),
            "intune": one_of(&words(Dialect::ALL, Dialect::word), "which of Intune's files hold the settings: its catalogue, or custom profiles alone"),
            "compliance": one_of(&words(Compliance::ALL, Compliance::word), "what Intune judges devices by: what their controls say, or nothing but what clauses write themselves"),
            "editions": list(one_of(&words(Edition::ALL, Edition::word), "an edition of Windows in the group")),
            "join": one_of(&words(Join::ALL, Join::word), "the directory that the devices are joined to"),
            "has": list(one_of(&words(DeviceFact::ALL, DeviceFact::word), "hardware that controls may need")),
            "profile-url": text("where devices find the profiles: with declarations before profiles in `deliver`, one leads to each; https, no query"),
            "bundle": one_of(&words(Bundle::ALL, Bundle::word), "how many payloads share a profile"),
            "server": one_of(consumer::NAMES, "the server or console that the files go to: what it refuses is found"),
            "part-of": text("the group that this one takes its devices out of"),
            "unmanaged": text("why no server reaches the devices"),
            "assign": { "type": "object", "description": "the audience in the server's own terms", "additionalProperties": audience() },
            "attach": list(closed(&["file", "because"], json!({
                "file": text("a file of the organisation's folder, which travels as it is"),
                "because": text("why it is not written as sources"),
                "sha256": text("the digest that it has to have: 64 hexadecimal digits, quoted"),
            }))),
            "assumed": { "type": "object", "description": "facts that no text gives, and why", "additionalProperties": { "type": "string" } },
            "formerly": text("the id that the group had before: its profiles keep their identity"),
        }),
    );
    closed(&["groups"], json!({ "groups": { "type": "object", "additionalProperties": group } }))
}

fn policy(kind: &str, whom: &str) -> Value {
    let mut properties = json!({
        "title": text("as printed"),
        "version": text("as printed, quoted"),
        "owner": text("who answers for it"),
        "approved": closed(&["by"], json!({ "by": text("who"), "date": day("when") })),
        "in-force": day("changes no output"),
        "next-review": day("a warning from the day after; a month means its last day"),
        "formerly": text("the id that it had before: comparisons pair the two"),
        "left-out": list(closed(&["clauses", "reason"], json!({ "clauses": text("which, quoted"), "reason": text("why") }))),
        "clauses": list(json!({ "$ref": format!("#/$defs/clause-{whom}") })),
    });
    properties[kind] = text("the id, kebab-case");
    closed(&[kind, "title", "clauses"], properties)
}

fn clause(whom: &str, names: Value) -> Value {
    let classes: Vec<&str> = Class::WORDS.iter().map(|(word, _)| *word).collect();
    let mut properties = json!({
        "id": { "description": "as the written policy numbers it, quoted", "type": "string" },
        "summary": text("one line, in our own words"),
        "class": one_of(&classes, "how it holds: by settings, partly, by itself, by a command, by a service, by people"),
        "reason": text("why it is no more than that; every class but enforced has one"),
        "require": { "$ref": "#/$defs/require" },
        "settings": list(json!({ "$ref": "#/$defs/entry" })),
        "guard": list(json!({ "type": "object", "required": ["reason"] })),
        "assumed": { "type": "object", "description": "control.parameter: why, for values that the text does not give", "additionalProperties": { "type": "string" } },
        "needs": list(text("what else must be true")),
        "cites": { "type": "object", "description": "references as printed and as meant", "additionalProperties": { "type": "string" } },
        "conflicts-with": { "type": "object", "description": "clauses that cannot be followed beside it, and why", "additionalProperties": { "type": "string" } },
        "meets": list(text("a baseline clause that it fulfils: baseline, space, id")),
        "formerly": text("its id in an earlier version, so that renumbering is no change"),
    });
    properties[whom] = names;
    closed(&["id", "summary", "class"], properties)
}

fn exceptions() -> Value {
    let exception = closed(
        &["id", "clauses", "groups", "relax", "reason"],
        json!({
            "id": text("quoted where it looks like a number"),
            "clauses": list(text("policy, space, clause id")),
            "groups": list(text("the id of a group")),
            "relax": { "$ref": "#/$defs/relax" },
            "reason": text("why"),
            "endorsed-by": text("who stands behind it"),
            "from": day("the first day; it counts"),
            "expires": day("the last day; it counts"),
            "template": boolean("waits for a person: checked, not applied"),
            "formerly": text("the id that it had before: comparisons pair the two"),
        }),
    );
    closed(&["exceptions"], json!({ "exceptions": list(exception) }))
}

fn identities() -> Value {
    let known = || text("as devices have it");
    let channel = || one_of(&["user", "device"], "the channel of the profile or declaration");
    let payload = closed(
        &["type"],
        json!({
            "type": text("the payload type"),
            "instance": text("the instance that sources give it"),
            "identifier": known(),
            "uuid": known(),
        }),
    );
    let profile = closed(
        &["identifier"],
        json!({ "identifier": known(), "uuid": known(), "channel": channel(), "payloads": list(payload) }),
    );
    let declaration = closed(
        &["type", "identifier"],
        json!({
            "type": text("the declaration type"),
            "instance": text("the instance that sources give it"),
            "channel": channel(),
            "identifier": known(),
            "activation": text("the identifier of the activation that devices have"),
        }),
    );
    let group = closed(
        &[],
        json!({
            "profiles": { "type": "object", "description": "profiles by the names that their files get", "additionalProperties": profile },
            "declarations": list(declaration),
            "policies": { "type": "object", "description": "policies of a console's: the part of the group that each holds, and its name there", "additionalProperties": { "type": "string" } },
        }),
    );
    closed(
        &["identities"],
        json!({ "identities": { "type": "object", "description": "what devices and consoles know already, by group", "additionalProperties": group } }),
    )
}

fn releases() -> Value {
    let release = closed(
        &["os", "version", "published"],
        json!({
            "os": one_of(&words(Platform::ALL, Platform::word), "the platform"),
            "version": text("quoted"),
            "published": day("when it was published"),
        }),
    );
    closed(&["releases"], json!({ "releases": list(release) }))
}

/// What `ingest-admx` writes.
fn admx() -> Value {
    let mut element = json!({
        "required": boolean("it may not be empty"),
        "explicit": boolean("the entries of a list have names of their own"),
        "additive": boolean("a list adds to what is there"),
        "min": { "type": "integer" },
        "max": { "type": "integer" },
        "max-length": { "type": "integer" },
        "true-value": text("what the registry gets for true"),
        "false-value": text("what the registry gets for false"),
        "prefix": text("what the names of a list's entries begin with"),
        "values": list(text("a stored value of an enum")),
    });
    for kind in template::KINDS {
        element[kind] = text("the id of the element");
    }
    let classes = template::Class::WORDS.map(|(word, _)| word);
    let policy = closed(
        &["class", "keys"],
        json!({
            "class": one_of(&classes, "who it is for"),
            "keys": list(text("a registry key that it writes below")),
            "supported": text("the definition of what it is supported on"),
            "elements": list(closed(&[], element)),
        }),
    );
    closed(
        &["admx", "file", "sha256", "policies"],
        json!({
            "admx": text("what LocURIs call the app"),
            "file": text("the ADMX file"),
            "sha256": text("the digest of that file"),
            "policies": { "type": "object", "additionalProperties": policy, "description": "categories with `~` between them, `/`, the policy" },
        }),
    )
}

/// An object with these properties and no others.
fn closed(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

/// Ids of one server, or those of whom some are left out.
fn audience() -> Value {
    let ids = || list(json!({ "type": "string" }));
    json!({ "oneOf": [ids(), closed(&[], json!({ "include": ids(), "exclude": ids() }))] })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn boolean(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// A day or a month. No `type`: some YAML readers make dates of them.
fn day(description: &str) -> Value {
    json!({ "pattern": "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$", "description": description })
}

fn one_of(words: &[&str], description: &str) -> Value {
    json!({ "enum": words, "description": description })
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| word(*one)).collect()
}
