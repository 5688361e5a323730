//! One node ↔ one setting of the catalogue: which kind of instance it is, its option ids, its values.
//!
//! The kinds are those that exports show for each kind of node of the DDF: an ENUM is a choice, a range a number, a list a collection,
//! an ADMX policy a choice of `_1` and `_0` with a child for each element.

use super::super::looks_secret;
use super::id::below;
use super::{exception, pairs};
use crate::catalogue::entry::{AdmxElement, Allowed, Node};
use crate::check::node::{delimiter, elements, is_admx};
use crate::gather::Arrange;
use crate::setting::{Leaf, Secret, Setting, Value};
use serde_json::{Value as Json, json};

/// What every `@odata.type` of the catalogue begins with.
const TYPE: &str = "#microsoft.graph.deviceManagementConfiguration";

/// What one setting of the catalogue holds.
pub(super) enum Content {
    /// One option, by what its id ends in, and the settings below it.
    Choice(String, Vec<Json>),
    /// Several options.
    Choices(Vec<String>),
    /// One value.
    Simple(Json),
    /// Several values.
    Collection(Vec<Json>),
    /// Settings of their own.
    Group(Vec<Json>),
}

impl Content {
    /// The instance of this id, with `children` below its option.
    pub(super) fn instance(self, id: &str, children: Vec<Json>) -> Json {
        match self {
            Content::Choice(option, own) => {
                let children: Vec<Json> = own.into_iter().chain(children).collect();
                json!({
                    "@odata.type": format!("{TYPE}ChoiceSettingInstance"),
                    "settingDefinitionId": id,
                    "choiceSettingValue": { "value": below(id, &option), "children": children },
                })
            }
            Content::Choices(options) => {
                let values: Vec<Json> =
                    options.iter().map(|option| json!({ "value": below(id, option), "children": [] })).collect();
                json!({
                    "@odata.type": format!("{TYPE}ChoiceSettingCollectionInstance"),
                    "settingDefinitionId": id,
                    "choiceSettingCollectionValue": values,
                })
            }
            Content::Simple(value) => json!({
                "@odata.type": format!("{TYPE}SimpleSettingInstance"),
                "settingDefinitionId": id,
                "simpleSettingValue": value,
            }),
            Content::Collection(values) => json!({
                "@odata.type": format!("{TYPE}SimpleSettingCollectionInstance"),
                "settingDefinitionId": id,
                "simpleSettingCollectionValue": values,
            }),
            Content::Group(settings) => group(id, &settings),
        }
    }
}

/// Settings that stand together: those below one dynamic node, whose name Intune fills in, or the parts of one.
pub(super) fn group(id: &str, children: &[Json]) -> Json {
    json!({
        "@odata.type": format!("{TYPE}GroupSettingCollectionInstance"),
        "settingDefinitionId": id,
        "groupSettingCollectionValue": [{ "children": children }],
    })
}

/// Whether a node is one that policies set. Of some commands Intune makes a choice, and sends them when it sees fit.
pub(super) fn is_set(node: &Node) -> bool {
    node.access.iter().any(|verb| matches!(verb.as_str(), "Add" | "Replace"))
}

/// What a node is set to, as its setting in the catalogue; the error says why the catalogue cannot hold it.
pub(super) fn content(node: &Node, id: &str, settings: &[&Setting]) -> Result<Content, String> {
    if !is_set(node) {
        return Err("the node is a command".to_owned());
    }
    match settings {
        [single] if single.address.leaf == Leaf::Node && !is_admx(node) => {
            match (pairs::of(&node.uri), &single.value) {
                (Some(pairs), Value::Text(text)) => pairs.content(id, text),
                (Some(_), value) => Err(format!("pairs are never {}", value.kind())),
                (None, value) => plain(node, value),
            }
        }
        _ if is_admx(node) => body(node, id, settings),
        _ => Err("the node has a value and an ADMX body".to_owned()),
    }
}

fn kind(node: &Node) -> &str {
    node.allowed.as_ref().map_or("None", |allowed| allowed.kind.as_str())
}

fn plain(node: &Node, value: &Value) -> Result<Content, String> {
    let allowed = node.allowed.as_ref();
    match (node.format.as_str(), kind(node), delimiter(node)) {
        ("int" | "bool" | "chr", "ENUM", None) => {
            option(allowed, value).map(|option| Content::Choice(option, Vec::new()))
        }
        ("int", "Flag", None) => flags(allowed, value).map(Content::Choices),
        ("int", "Range" | "None", None) => number(value).map(Content::Simple),
        ("chr", "None" | "RegEx", None) => text(value, node.secret).map(Content::Simple),
        ("chr", "None" | "RegEx", Some(delimiter)) => {
            let items = texts(value)?;
            Ok(match exception::is_joined(&node.uri) {
                true => Content::Simple(joined(&items, delimiter)),
                false => Content::Collection(items),
            })
        }
        (format, kind, _) => {
            Err(format!("no export shows how the catalogue holds a node of format `{format}` and values `{kind}`"))
        }
    }
}

/// The option of a listed value. Ids are in lower case, so that values which differ in case alone have no option of their own.
fn option(allowed: Option<&Allowed>, value: &Value) -> Result<String, String> {
    let written = match value {
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        other => return Err(format!("an option is never {}", other.kind())),
    };
    let listed = allowed.map_or(&[][..], |allowed| &allowed.values);
    let same: Vec<&String> = listed.iter().filter(|listed| listed.eq_ignore_ascii_case(&written)).collect();
    match same.as_slice() {
        [one] if **one == written => Ok(written),
        [] => Err(format!("`{written}` is none of the node's options")),
        _ => Err(format!("`{written}` is no option's own spelling")),
    }
}

/// A bit as the DDF lists it: decimal or hexadecimal.
fn bit(text: &str) -> Option<i128> {
    match text.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The listed bits of a number, each an option whose id ends in it as a decimal.
fn flags(allowed: Option<&Allowed>, value: &Value) -> Result<Vec<String>, String> {
    let Value::Integer(number) = value else { return Err(format!("bits are never {}", value.kind())) };
    let listed = allowed.map_or(&[][..], |allowed| &allowed.values).iter().filter_map(|text| bit(text));
    let mut bits: Vec<i128> = listed.filter(|bit| bit.count_ones() <= 1 && number & bit == *bit).collect();
    bits.arrange();
    bits.dedup();
    if *number != 0 {
        bits.retain(|bit| *bit != 0);
    }
    match bits.iter().fold(0, |all, bit| all | bit) == *number && !bits.is_empty() {
        true => Ok(bits.iter().map(i128::to_string).collect()),
        false => Err(format!("`{number}` is not made of the node's own bits")),
    }
}

/// A number, of Intune's 32 bits.
pub(super) fn number(value: &Value) -> Result<Json, String> {
    let Value::Integer(number) = value else { return Err(format!("a number is never {}", value.kind())) };
    let number = i32::try_from(*number).map_err(|_| format!("{number} is more than Intune's 32 bits hold"))?;
    Ok(json!({ "@odata.type": format!("{TYPE}IntegerSettingValue"), "value": number }))
}

fn string(text: &str) -> Json {
    json!({ "@odata.type": format!("{TYPE}StringSettingValue"), "value": text })
}

/// A text; where the node holds a secret, one that Intune encrypts when it takes it.
fn text(value: &Value, is_secret: bool) -> Result<Json, String> {
    let text = match value {
        Value::Text(text) => match looks_secret(text) {
            Some(cause) => return Err(cause),
            None => text.clone(),
        },
        Value::Secret(secret @ (Secret::Text(_) | Secret::Document(_))) => secret.marked(),
        other => return Err(format!("a text is never {}", other.kind())),
    };
    Ok(match is_secret {
        true => {
            json!({ "@odata.type": format!("{TYPE}SecretSettingValue"), "value": text, "valueState": "notEncrypted" })
        }
        false => string(&text),
    })
}

/// The items of a collection as one text.
fn joined(items: &[Json], delimiter: &str) -> Json {
    let texts: Vec<&str> = items.iter().filter_map(|item| item["value"].as_str()).collect();
    string(&texts.join(delimiter))
}

fn texts(value: &Value) -> Result<Vec<Json>, String> {
    let Value::Array(items) = value else { return Err(format!("a list is never {}", value.kind())) };
    let item = |value: &Value| match value {
        Value::Text(text) if !text.is_empty() => match looks_secret(text) {
            Some(cause) => Err(cause),
            None => Ok(string(text)),
        },
        other => Err(format!("an item of a collection is text, not {}", other.kind())),
    };
    match items.is_empty() {
        true => Err("a collection has one item at least".to_owned()),
        false => items.iter().map(|value| item(&value.value)).collect(),
    }
}

/// The state of a policy and, below it, a child for each element.
fn body(node: &Node, id: &str, settings: &[&Setting]) -> Result<Content, String> {
    let mut enabled = None;
    let mut children: Vec<(usize, Json)> = Vec::new();
    for setting in settings {
        match (&setting.address.leaf, &setting.value) {
            (Leaf::AdmxState, Value::Boolean(state)) => enabled = Some(*state),
            (Leaf::AdmxElement(element), value) => {
                let known =
                    elements(node).ok_or("nobody has read the policy's template: its elements are not known")?;
                let found = known.iter().enumerate().find(|(_, known)| known.id == *element);
                let (at, known) = found.ok_or_else(|| format!("the template has no element `{element}`"))?;
                children.push((at, child(known, &below(id, element), value)?));
            }
            (_, value) => return Err(format!("a policy is never {}", value.kind())),
        }
    }
    children.arrange_by_key(|(at, _)| *at);
    let children = children.into_iter().map(|(_, child)| child).collect::<Vec<_>>();
    match enabled {
        Some(true) => Ok(Content::Choice("1".to_owned(), children)),
        Some(false) if children.is_empty() => Ok(Content::Choice("0".to_owned(), children)),
        Some(false) => Err("a disabled policy has no elements".to_owned()),
        None => Err("the policy has elements and no state".to_owned()),
    }
}

fn child(element: &AdmxElement, id: &str, value: &Value) -> Result<Json, String> {
    let choice = |option: String| Content::Choice(option, Vec::new());
    let content = match (element.kind.as_str(), value) {
        ("boolean", Value::Boolean(truth)) => choice(i32::from(*truth).to_string()),
        ("enum", Value::Integer(number)) => choice(number.to_string()),
        ("enum", Value::Text(text)) => {
            let spelt = |listed: &&String| listed.eq_ignore_ascii_case(text);
            match element.values.iter().filter(spelt).collect::<Vec<_>>().as_slice() {
                [one] if *one == text => choice(text.clone()),
                _ => return Err(format!("`{text}` is none of the options of `{}`", element.id)),
            }
        }
        ("decimal", value) => Content::Simple(number(value)?),
        ("text", Value::Secret(Secret::Text(_)) | Value::Text(_)) => Content::Simple(text(value, false)?),
        ("multiText" | "list", Value::Array(_)) => Content::Collection(texts(value)?),
        ("list", Value::Dictionary(entries)) if !entries.is_empty() => return pairs(id, value),
        (kind, value) => return Err(format!("an element of kind `{kind}` is never {}", value.kind())),
    };
    Ok(content.instance(id, Vec::new()))
}

/// A list whose entries have names of their own: a group for each, with its name and its value.
fn pairs(id: &str, value: &Value) -> Result<Json, String> {
    let Value::Dictionary(entries) = value else { return Err("no pairs".to_owned()) };
    let mut groups = Vec::new();
    for (name, value) in entries {
        let key = Content::Simple(text(&Value::text(name), false)?).instance(&below(id, "key"), Vec::new());
        let value = Content::Simple(text(&value.value, false)?).instance(&below(id, "value"), Vec::new());
        groups.push(json!({ "children": [key, value] }));
    }
    Ok(json!({
        "@odata.type": format!("{TYPE}GroupSettingCollectionInstance"),
        "settingDefinitionId": id,
        "groupSettingCollectionValue": groups,
    }))
}
