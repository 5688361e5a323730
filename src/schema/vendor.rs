//! Raw entries in the schema: payload types and their keys, declarations, commands, LocURIs, with ranges, versions and supervision as
//! hover text. Values that are ours (`$…`, `{ secret: … }`) are let through anywhere.

use super::{list, text};
use crate::catalogue::entry::{Form, Key, Kind, Node, Support};
use crate::catalogue::{Catalogue, NodeLookup};
use crate::setting::Platform;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// `entry`, and what it refers to.
pub(super) fn definitions(catalogue: &Catalogue) -> Vec<(String, Value)> {
    let ours = json!({ "anyOf": [
        { "type": "string", "pattern": "^(\\$.*|none)$" },
        { "type": "object", "minProperties": 1, "maxProperties": 2, "propertyNames": { "pattern": "^(secret|file|base64|instance|as|\\$.*)$" } },
        { "type": "object", "required": ["$xml"] },
    ] });
    vec![("ours".to_owned(), ours), ("entry".to_owned(), entry(catalogue)), ("csp".to_owned(), csp(catalogue))]
}

fn entry(catalogue: &Catalogue) -> Value {
    let platforms: Vec<&str> = Platform::ALL.iter().map(|platform| platform.word()).collect();
    let types = |form: Form| -> Vec<&str> { catalogue.names(form) };
    let mut branches = Vec::new();
    let carriers = [
        ("payload", Form::Profile),
        ("declaration", Form::Declaration),
        ("command", Form::Command),
        ("compliance", Form::Compliance),
    ];
    for (carrier, form) in carriers {
        for name in types(form) {
            let keys = keys_of(catalogue, form, name);
            branches.push(json!({
                "if": { "required": [carrier], "properties": { carrier: { "const": name } } },
                "then": { "properties": { "keys": keys } },
            }));
        }
    }
    branches.push(json!({ "if": { "required": ["csp"] }, "then": { "$ref": "#/$defs/csp" } }));
    json!({
        "type": "object",
        "properties": {
            "payload": { "enum": types(Form::Profile), "description": "a payload type of a configuration profile" },
            "declaration": { "enum": types(Form::Declaration), "description": "a declaration type" },
            "command": text("Apple's request type, or a LocURI that takes Exec"),
            "compliance": { "enum": types(Form::Compliance), "description": "a type of compliance policy of Intune's" },
            "csp": text("a path of Windows settings; nodes and admx go on from there"),
            "keys": { "type": "object" },
            "nodes": { "type": "object" },
            "admx": { "type": "object" },
            "platforms": list(json!({ "enum": platforms })),
            "channel": { "enum": ["user", "device"] },
            "instance": { "description": "a name for each payload of a type that occurs more than once, or the names of dynamic nodes" },
            "profile": text("the profile that it shares with another type"),
            "predicate": text("when a configuration is active: Apple's predicate, with @status(item) and @property(name)"),
            "unlisted": text("why it stands although no catalogue knows it"),
            "allow": {
                "type": "object",
                "description": "codes of findings, each with why it may be: the entry is written as it is, and carries no clause",
                "additionalProperties": { "type": "string" },
            },
            "needs": { "type": "array" },
            "either": list(json!({ "type": "object" })),
            "when": { "type": "object" },
            "each": { "type": "string" },
            "helping": { "type": "boolean" },
            "relaxing": { "type": "boolean" },
        },
        "additionalProperties": false,
        "allOf": branches,
    })
}

fn keys_of(catalogue: &Catalogue, form: Form, name: &str) -> Value {
    let mut properties = Map::new();
    for schema in catalogue.schemas(form, name) {
        for key in &schema.keys {
            properties.insert(key.name.clone(), key_schema(key, &schema.support, 0));
        }
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// One key; dictionaries go down three levels, which is where completion stops helping.
fn key_schema(key: &Key, above: &BTreeMap<String, Support>, depth: usize) -> Value {
    let support = within(&key.support, above);
    let mut own = match key.kind {
        _ if !key.rangelist.is_empty() => {
            json!({ "enum": key.rangelist.iter().map(|word| typed(word, key.kind)).collect::<Vec<_>>() })
        }
        Kind::String => json!({ "type": "string" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Real => json!({ "type": "number" }),
        Kind::Array => json!({ "type": "array" }),
        Kind::Dictionary if depth < 3 && !key.subkeys.is_empty() && key.subkeys.iter().all(|sub| sub.name != "ANY") => {
            let properties: Map<String, Value> =
                key.subkeys.iter().map(|sub| (sub.name.clone(), key_schema(sub, &support, depth + 1))).collect();
            json!({ "type": "object", "properties": properties })
        }
        Kind::Dictionary => json!({ "type": "object" }),
        Kind::Date | Kind::Data | Kind::Any => json!({}),
    };
    if let Some(range) = &key.range {
        for (side, bound) in [("minimum", &range.min), ("maximum", &range.max)] {
            if let Some(number) = bound.as_ref().and_then(|text| text.parse::<i64>().ok()) {
                own[side] = json!(number);
            }
        }
    }
    json!({ "anyOf": [own, { "$ref": "#/$defs/ours" }], "description": hover(key, &support) })
}

/// Availability of a level inside another one.
fn within(own: &BTreeMap<String, Support>, above: &BTreeMap<String, Support>) -> BTreeMap<String, Support> {
    let mut all = above.clone();
    for (os, support) in own {
        let support = above.get(os).map_or_else(|| support.clone(), |above| support.under(above));
        all.insert(os.clone(), support);
    }
    all
}

fn typed(word: &str, kind: Kind) -> Value {
    match kind {
        Kind::Integer => word.parse::<i64>().map_or(json!(word), |number| json!(number)),
        Kind::Boolean => json!(word == "true"),
        _ => json!(word),
    }
}

fn hover(key: &Key, support: &BTreeMap<String, Support>) -> String {
    let mut lines = Vec::new();
    if key.required {
        lines.push("required".to_owned());
    }
    if let Some(default) = &key.default {
        lines.push(format!("default {default}"));
    }
    if let Some(range) = &key.range {
        let bound = |side: &Option<String>| side.clone().unwrap_or_default();
        lines.push(format!("range {}–{}", bound(&range.min), bound(&range.max)));
    }
    for (os, support) in support {
        let mut line = match support.introduced.as_deref() {
            Some("n/a") => continue,
            Some(version) => format!("{os} {version}"),
            None => os.clone(),
        };
        if support.supervised == Some(true) {
            line.push_str(", supervised");
        }
        if let Some(version) = &support.deprecated {
            line.push_str(&format!(", deprecated {version}"));
        }
        lines.push(line);
    }
    lines.join("; ")
}

/// For each path of nodes, what stands one or two levels below it.
fn csp(catalogue: &Catalogue) -> Value {
    let mut below: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for node in catalogue.nodes() {
        let settable = node.access.iter().any(|verb| verb == "Add" || verb == "Replace");
        if node.format == "node" || !settable {
            continue;
        }
        let parts: Vec<&str> = node.uri.split('/').collect();
        for depth in 1..=2usize.min(parts.len().saturating_sub(3)) {
            let (path, rest) = parts.split_at(parts.len() - depth);
            let path = path.join("/");
            paths.insert(path.clone());
            below.entry(path).or_default().insert(rest.join("/"), node_schema(catalogue, node));
        }
    }
    let branches: Vec<Value> = below
        .into_iter()
        .map(|(path, nodes)| {
            let admx = |value: &Value| value.get("x-admx").is_some();
            let plain: Map<String, Value> =
                nodes.iter().filter(|(_, v)| !admx(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
            let bodies: Map<String, Value> =
                nodes.iter().filter(|(_, v)| admx(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
            json!({
                "if": { "properties": { "csp": { "const": path } } },
                "then": { "properties": { "nodes": { "properties": plain }, "admx": { "properties": bodies } } },
            })
        })
        .collect();
    json!({ "properties": { "csp": { "anyOf": [{ "enum": paths }, { "type": "string" }] } }, "allOf": branches })
}

/// What a node takes, from which build on, on which editions, and what holds without it.
fn node_hover(catalogue: &Catalogue, node: &Node) -> String {
    let mut parts = vec![node.format.clone()];
    if let Some(values) = node.allowed.as_ref().filter(|allowed| allowed.kind == "Range").map(|allowed| &allowed.values)
    {
        parts.push(format!("range {}", values.join(", ")));
    }
    if let Some(default) = node.default.as_ref().filter(|default| !default.is_empty()) {
        parts.push(format!("default {default}"));
    }
    if let NodeLookup::Found(found) = catalogue.node(&node.uri) {
        let released = |build: &&String| !build.starts_with("99.9.") && !build.starts_with("88.8.");
        if let Some(builds) = found.inherited(|node| node.builds.as_ref()) {
            let builds: Vec<&str> = builds.iter().filter(released).map(String::as_str).collect();
            parts.push(if builds.is_empty() {
                "in no released build".to_owned()
            } else {
                format!("Windows {}", builds.join(", "))
            });
        }
        if let Some(editions) = found.editions() {
            let words: Vec<&str> = editions.iter().map(|edition| edition.word()).collect();
            parts.push(if words.is_empty() { "no edition".to_owned() } else { words.join(", ") });
        }
    }
    parts.join("; ")
}

fn node_schema(catalogue: &Catalogue, node: &Node) -> Value {
    let allowed = node.allowed.as_ref();
    let hover = node_hover(catalogue, node);
    if let Some(admx) = allowed.and_then(|allowed| allowed.admx.as_ref()) {
        let elements: Map<String, Value> = admx
            .elements
            .iter()
            .flatten()
            .map(|element| (element.id.clone(), json!({ "description": element.kind })))
            .collect();
        let body = json!({ "type": "object", "properties": elements });
        return json!({ "anyOf": [{ "enum": ["enabled", "disabled", true, false] }, body, { "$ref": "#/$defs/ours" }], "description": hover, "x-admx": true });
    }
    let number = |word: &String| match node.format.as_str() {
        "int" => word.parse::<i64>().map_or(json!(word), |number| json!(number)),
        "bool" => json!(word.eq_ignore_ascii_case("true") || word == "1"),
        _ => json!(word),
    };
    let mut own = match allowed {
        Some(allowed) if allowed.kind == "ENUM" && allowed.delimiter.is_none() => {
            json!({ "enum": allowed.values.iter().map(number).collect::<Vec<_>>() })
        }
        _ => match node.format.as_str() {
            "int" => json!({ "type": "integer" }),
            "bool" => json!({ "type": ["boolean", "integer"] }),
            _ => json!({}),
        },
    };
    if let Some((least, most)) =
        allowed.filter(|allowed| allowed.kind == "Range").and_then(|allowed| bounds(allowed.values.first()?))
    {
        own["minimum"] = json!(least);
        own["maximum"] = json!(most);
    }
    json!({ "anyOf": [own, { "$ref": "#/$defs/ours" }], "description": hover })
}

/// `[0-999]`; the few other forms give no bounds.
fn bounds(text: &str) -> Option<(i64, i64)> {
    let (least, most) = text.strip_prefix('[')?.strip_suffix(']')?.rsplit_once('-')?;
    Some((least.trim_matches(['(', ')']).parse().ok()?, most.parse().ok()?))
}
