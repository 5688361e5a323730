//! Controls in the schema: what a clause may require, with each parameter's type, range, default and stricter side as hover text.

use super::{closed, list, text};
use crate::control::{Control, Order, Parameter, Type};
use crate::setting::Value as Setting;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `require`: controls with their parameters.
pub(super) fn require(controls: &[Arc<Control>]) -> Value {
    by_control(controls, schema)
}

/// `relax`: `all`, `none`, or controls with parameters; a set may also be changed.
pub(super) fn relax(controls: &[Arc<Control>]) -> Value {
    let parameters = by_control(controls, |parameter| match &parameter.kind {
        Type::Set { .. } => json!({ "anyOf": [schema(parameter), changed(parameter)] }),
        _ => schema(parameter),
    });
    json!({ "anyOf": [{ "enum": ["all", "none"] }, parameters] })
}

fn changed(parameter: &Parameter) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": { "add": value(&parameter.kind), "remove": value(&parameter.kind) } })
}

fn by_control(controls: &[Arc<Control>], of: impl Fn(&Parameter) -> Value) -> Value {
    let mut properties = Map::new();
    for control in controls {
        let mut own = Map::new();
        for parameter in &control.parameters {
            own.insert(parameter.name.value.clone(), of(parameter));
        }
        own.insert("groups".to_owned(), list(text("fewer groups than the clause names")));
        if control.named_instances {
            let hover = "the name that the instance had before: its payloads and declarations keep their identity";
            own.insert("formerly".to_owned(), text(hover));
        }
        let body = json!({ "type": "object", "additionalProperties": false, "properties": own });
        let body = match control.named_instances {
            true => json!({ "type": "object", "additionalProperties": body }),
            false => body,
        };
        let mut body = body;
        body["description"] = json!(about(control));
        properties.insert(control.id.value.clone(), body);
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn about(control: &Control) -> String {
    let mut about = control.title.clone();
    for need in &control.needs {
        about.push_str(&format!("\n\nneeds: {need}"));
    }
    for gap in &control.gaps {
        match &gap.parameter {
            Some(parameter) => about.push_str(&format!("\n\nnot on {}, {parameter}: {}", gap.platform, gap.reason)),
            None => about.push_str(&format!("\n\nnot on {}: {}", gap.platform, gap.reason)),
        }
    }
    about
}

fn schema(parameter: &Parameter) -> Value {
    let plain = value(&parameter.kind);
    let mut schema = if parameter.is_optional() { json!({ "anyOf": [plain, { "const": "none" }] }) } else { plain };
    schema["description"] = json!(hover(parameter));
    if let Some(Some(default)) = &parameter.default {
        schema["default"] = literal(default);
    }
    schema
}

fn value(kind: &Type) -> Value {
    match kind {
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Integer { range: Some((least, most)), .. } => {
            json!({ "type": "integer", "minimum": *least as i64, "maximum": *most as i64 })
        }
        Type::Integer { values, .. } if !values.is_empty() => {
            json!({ "enum": values.iter().map(|value| *value as i64).collect::<Vec<_>>() })
        }
        Type::Integer { .. } => json!({ "type": "integer" }),
        Type::Word(words) => json!({ "enum": words }),
        Type::Set { values, .. } if !values.is_empty() => {
            json!({ "type": "array", "uniqueItems": true, "items": { "enum": values } })
        }
        Type::Set { .. } => json!({ "type": "array", "uniqueItems": true, "items": { "type": "string" } }),
        Type::List(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, kind)| (name.clone(), value(kind))).collect();
            list(closed(&[], Value::Object(properties)))
        }
        Type::Text(Some(most)) => json!({ "type": "string", "maxLength": most }),
        Type::Date => json!({ "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Type::Time => json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" }),
        Type::Text(None) | Type::Secret | Type::Certificate => json!({ "type": "string" }),
    }
}

fn hover(parameter: &Parameter) -> String {
    let stricter = match &parameter.order {
        Order::Equal => "neither side is stricter".to_owned(),
        Order::True => "true is stricter".to_owned(),
        Order::False => "false is stricter".to_owned(),
        Order::Higher => "more is stricter".to_owned(),
        Order::Lower => "less is stricter".to_owned(),
        Order::Larger => "more members are stricter".to_owned(),
        Order::Smaller => "fewer members are stricter".to_owned(),
        Order::Chains(chains) => {
            let chains: Vec<String> = chains.iter().map(|chain| chain.join(" < ")).collect();
            format!("strictness: {}", chains.join(", "))
        }
    };
    let platforms: Vec<&str> = parameter.platforms.iter().map(|platform| platform.word()).collect();
    let on = if platforms.is_empty() { String::new() } else { format!("; on {}", platforms.join(", ")) };
    let why = parameter.reason.as_ref().map_or(String::new(), |reason| format!("; {reason}"));
    let default = match &parameter.default {
        Some(Some(default)) => format!("; default {}", literal(default)),
        Some(None) => "; default none".to_owned(),
        None => "; some clause must give it".to_owned(),
    };
    format!("{}{stricter}{on}{default}{why}", numbers(parameter))
}

/// `4 to 20 characters; `.
fn numbers(parameter: &Parameter) -> String {
    let all = match &parameter.kind {
        Type::Integer { range: Some((least, most)), .. } => format!("{least} to {most}"),
        Type::Integer { values, .. } => values.iter().map(i128::to_string).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    let said: Vec<&str> = [all.as_str(), parameter.unit.as_deref().unwrap_or_default()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    if said.is_empty() { String::new() } else { format!("{}; ", said.join(" ")) }
}

fn literal(value: &Setting) -> Value {
    match value {
        Setting::Boolean(value) => json!(value),
        Setting::Integer(value) => json!(*value as i64),
        Setting::Text(text) => json!(text),
        Setting::Array(items) => Value::Array(items.iter().map(|item| literal(&item.value)).collect()),
        other => json!(other.to_string()),
    }
}

/// A file that defines a control: its envelope. What stands in its settings is the compiler's to check.
pub(super) fn file() -> Value {
    let parameter = closed(
        &["type"],
        json!({
            "type": { "enum": ["boolean", "integer", "word", "set", "list", "text", "date", "time", "secret", "certificate"] },
            "stricter": {}, "default": {}, "range": {}, "values": {}, "unit": {}, "format": {}, "fields": {}, "platforms": {},
            "reason": {}, "max": {},
        }),
    );
    closed(
        &["control", "title"],
        json!({
            "control": text("the id, kebab-case, that the library does not use"),
            "title": text("what it is, for people"),
            "formerly": text("the id that it had before: with `bundle: per-control` its profiles keep their identity"),
            "needs": { "type": "array" },
            "parameters": { "type": "object", "additionalProperties": parameter },
            "instances": { "const": "named" },
            "constrains": list(text("a control that it only watches")),
            "settings": list(json!({ "type": "object" })),
            "guard": list(json!({ "type": "object" })),
            "observe": list(json!({ "type": "object" })),
            "gaps": { "type": "object" },
            "inherent": { "type": "object" },
        }),
    )
}
