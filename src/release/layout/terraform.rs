//! Terraform with the provider `deploymenttheory/microsoft365`: one resource for each object, in Terraform's JSON syntax. Which resource
//! takes which type, under which attributes, is data (`terraform.json`, from the provider's documentation).
//!
//! A text of a configuration is a template: `${` and `%{` are doubled.

use super::intune::{List, Object};
use super::{Arranging, Laid};
use crate::encoding::base64;
use crate::gather::Gather;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The root module of an organisation, below its folder.
const FOLDER: &str = "terraform";

const RESOURCE: &str = "microsoft365_graph_beta_device_management_";

#[derive(Deserialize)]
struct Resource {
    /// Its name, without what all of them begin with.
    resource: String,
    /// Properties that it takes, by the attribute that groups them; those at the top by an empty name.
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    /// Attributes without which it is refused.
    #[serde(default)]
    required: Vec<String>,
}

static RESOURCES: LazyLock<BTreeMap<String, Resource>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("terraform.json")).expect("internal: terraform.json is not what it should be")
});

/// Members that stand elsewhere, or that a resource says of itself.
const ENVELOPE: [&str; 5] = ["@odata.type", "displayName", "description", "scheduledActionsForRule", "assignments"];

pub(super) fn lay(object: &Object<'_>, arranging: &mut Arranging) -> Result<(), String> {
    let known =
        RESOURCES.get(&object.kind).ok_or_else(|| format!("the provider has no resource for `{}`", object.kind))?;
    let mut body = match object.kind.as_str() {
        "deviceManagementConfigurationPolicy" => catalogue(object),
        "windows10CustomConfiguration" => custom(object)?,
        "macOSCustomConfiguration" => envelope(object)?,
        _ => properties(object, known)?,
    };
    let missing: Vec<&String> = known.required.iter().filter(|name| !body.contains_key(*name)).collect();
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        return Err(format!("the provider wants {}, which nobody asked for", names.join(", ")));
    }
    if object.list == List::Compliance {
        let of_windows = object.kind.starts_with("windows");
        body.insert("scheduled_actions_for_rule".to_owned(), actions(object, of_windows));
    }
    let assignments = assignments(object)?;
    if !assignments.is_empty() {
        body.insert("assignments".to_owned(), Json::Array(assignments));
    }
    let stem = object.path.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
    let name = identifier(&format!("{}_{stem}", object.group()));
    let resource = format!("{RESOURCE}{}", known.resource);
    let text = json!({ "resource": { resource: { name.as_str(): literal(&Json::Object(body)) } } });
    arranging.add(
        (&format!("{}/{FOLDER}", object.organisation()), &name, ".tf.json"),
        format!("{text:#}\n").into_bytes(),
        object.path,
    );
    Ok(())
}

/// Beside the resources of an organisation: which provider they are of.
pub(super) fn settle(arranging: &mut Arranging) {
    let is_resource = |laid: &&Laid| laid.path.ends_with(".tf.json");
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for laid in arranging.done.files.iter().filter(is_resource) {
        let organisation = laid.path.split('/').next().unwrap_or_default().to_owned();
        of.entry(organisation).or_default().extend(laid.from.iter().cloned());
    }
    let text = json!({ "terraform": { "required_providers": { "microsoft365": { "source": "deploymenttheory/microsoft365" } } } });
    for (organisation, from) in of {
        let path = format!("{organisation}/{FOLDER}/providers.tf.json");
        let from: BTreeSet<String> = from.into_iter().gather();
        arranging.done.files.push(Laid {
            path,
            bytes: format!("{text:#}\n").into_bytes(),
            from: from.into_iter().collect(),
        });
    }
}

fn titled(object: &Object<'_>, name: &str) -> Map<String, Json> {
    let mut body = Map::from_iter([(name.to_owned(), object.name.as_str().into())]);
    if !object.text("description").is_empty() {
        body.insert("description".to_owned(), object.text("description").into());
    }
    body
}

/// The settings are one text of JSON: a list with a number and an instance each.
fn catalogue(object: &Object<'_>) -> Map<String, Json> {
    let settings = json!({ "settings": object.list_of("settings") });
    let mut body = titled(object, "name");
    body.insert("platforms".to_owned(), object.text("platforms").into());
    body.insert("technologies".to_owned(), object.text("technologies").split(',').collect::<Vec<_>>().into());
    body.insert("role_scope_tag_ids".to_owned(), object.list_of("roleScopeTagIds").into());
    body.insert("settings".to_owned(), settings.to_string().into());
    body
}

/// Values are texts, a document of XML as it is.
fn custom(object: &Object<'_>) -> Result<Map<String, Json>, String> {
    let one = |setting: &Json| {
        let text = |name: &str| setting.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let kind = text("@odata.type").unwrap_or_default();
        let value = match setting.get("value") {
            Some(Json::String(value)) if kind.ends_with("omaSettingStringXml") => {
                let bytes = base64::decode(value);
                bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or("a document is not base64 of text")?
            }
            Some(Json::String(value)) => value.clone(),
            Some(value) => value.to_string(),
            None => return Err("an OMA setting has no value".to_owned()),
        };
        let members = [
            ("odata_type", Some(kind)),
            ("display_name", text("displayName")),
            ("description", text("description")),
            ("oma_uri", text("omaUri")),
            ("file_name", text("fileName")),
            ("value", Some(value.as_str())),
        ];
        let members = members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
        Ok(Json::Object(members.collect()))
    };
    let settings = object.list_of("omaSettings").iter().map(one).collect::<Result<Vec<_>, String>>()?;
    let mut body = titled(object, "display_name");
    body.insert("oma_settings".to_owned(), Json::Array(settings));
    Ok(body)
}

fn envelope(object: &Object<'_>) -> Result<Map<String, Json>, String> {
    let bytes = base64::decode(object.text("payload")).ok_or("its profile is not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "the provider takes profiles as text, and this one is signed")?;
    let channel = object.text("deploymentChannel");
    let mut body = titled(object, "display_name");
    let own = json!({
        "deployment_channel": if channel.is_empty() { "deviceChannel" } else { channel },
        "payload_file_name": object.text("payloadFileName"),
        "payload_name": object.text("payloadName"),
        "payload": text,
    });
    body.insert("custom_configuration".to_owned(), own);
    Ok(body)
}

/// A ring, or a compliance policy: each property under its attribute. One without an attribute keeps the whole object out, since what
/// is left of it would ask for less.
fn properties(object: &Object<'_>, known: &Resource) -> Result<Map<String, Json>, String> {
    let mut body = titled(object, "display_name");
    let mut homeless: Vec<String> = Vec::new();
    for (name, value) in object.members.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())) {
        let home = known.attributes.iter().find(|(_, names)| names.contains(name)).map(|(group, _)| group.as_str());
        match (home, value) {
            (Some(""), value) if !value.is_array() && !value.is_object() => {
                body.insert(snake(name), value.clone());
            }
            (Some(group), value) if !value.is_array() && !value.is_object() => {
                let group = body.entry(group).or_insert_with(|| Json::Object(Map::new()));
                group.as_object_mut().into_iter().for_each(|group| {
                    group.insert(snake(name), value.clone());
                });
            }
            _ => homeless.push(format!("`{name}`")),
        }
    }
    match homeless.is_empty() {
        true => Ok(body),
        false => Err(format!("the provider's resource has no place for {}", homeless.join(", "))),
    }
}

fn actions(object: &Object<'_>, of_windows: bool) -> Json {
    let action = |action: &Json| {
        json!({
            "action_type": action.get("actionType").cloned().unwrap_or_default(),
            "grace_period_hours": action.get("gracePeriodHours").cloned().unwrap_or_default(),
        })
    };
    let rule = |rule: &Json| {
        let own = rule.get("scheduledActionConfigurations").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut body = Map::new();
        body.insert("scheduled_action_configurations".to_owned(), own.iter().map(action).collect());
        // The resource for Windows has no name for a rule.
        if let (false, Some(name)) = (of_windows, rule.get("ruleName").filter(|name| name.is_string())) {
            body.insert("rule_name".to_owned(), name.clone());
        }
        Json::Object(body)
    };
    object.list_of("scheduledActionsForRule").iter().map(rule).collect()
}

fn assignments(object: &Object<'_>) -> Result<Vec<Json>, String> {
    let one = |assignment: &Json| {
        let target = assignment.get("target")?.as_object()?;
        let kind = target.get("@odata.type")?.as_str()?.strip_prefix("#microsoft.graph.")?;
        let mut body = Map::from_iter([("type".to_owned(), kind.into())]);
        match (target.get("groupId"), target.len()) {
            (Some(group), 2) => body.extend([("group_id".to_owned(), group.clone())]),
            (None, 1) => {}
            _ => return None,
        }
        Some(Json::Object(body))
    };
    let all: Option<Vec<Json>> = object.list_of("assignments").iter().map(one).collect();
    all.ok_or_else(|| "an assignment has more than a group, and the layout has no place for it".to_owned())
}

/// `passwordMinimumLength` as the provider spells it.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// A name of Terraform's: letters, digits and `_`, a letter first.
fn identifier(text: &str) -> String {
    let name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("p_{name}") }
}

/// The value as it is: in Terraform every text is a template. Bounded by the depth that the reader of JSON allows.
fn literal(value: &Json) -> Json {
    match value {
        Json::String(text) => text.replace("${", "$${").replace("%{", "%%{").into(),
        Json::Array(items) => items.iter().map(literal).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), literal(value))).collect(),
        other => other.clone(),
    }
}
