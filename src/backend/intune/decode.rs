//! A policy of the settings catalogue → settings: ours, and what the portal and other tools export.

use super::id::{Ids, below};
use super::{apple, audience, exception, pairs};
use crate::backend::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{AdmxElement, Node};
use crate::check::node::{elements, is_admx, typed};
use crate::encoding::admx;
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Channel, Family, Leaf, Secret, Setting, Value};
use crate::source::Spanned;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads a policy. What no rule names is kept as residue, verbatim.
pub(super) fn decode(policy: &Json, catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let Some(settings) = policy.get("settings").and_then(Json::as_array) else {
        return Err((String::new(), "it has no `settings`: it is no policy of the settings catalogue".to_owned()));
    };
    let description = policy.get("description").and_then(Json::as_str).unwrap_or_default();
    let names: BTreeMap<String, String> = exception::noted(description).gather();
    let residue = audience::said(policy);
    let mut reading = Reading { catalogue, names, ids: Ids::of(catalogue), settings: Vec::new(), residue };
    for (n, setting) in settings.iter().enumerate() {
        match setting.get("settingInstance") {
            Some(instance) => reading.instance(instance),
            None => reading.residue.push((format!("settings[{n}]"), setting.to_string())),
        }
    }
    let Reading { mut settings, residue, .. } = reading;
    settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(Decoded { settings, residue })
}

struct Reading<'a> {
    catalogue: &'a Catalogue,
    names: BTreeMap<String, String>,
    ids: Ids,
    settings: Vec<Setting>,
    residue: Vec<(String, String)>,
}

fn id_of(instance: &Json) -> &str {
    instance.get("settingDefinitionId").and_then(Json::as_str).unwrap_or_default()
}

/// The settings below the option of a choice.
fn children(instance: &Json) -> &[Json] {
    let below = instance.get("choiceSettingValue").and_then(|value| value.get("children"));
    below.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// What the id of an option adds to that of its setting.
fn option<'j>(value: &'j Json, id: &str) -> Option<&'j str> {
    value.get("value")?.as_str()?.strip_prefix(id)?.strip_prefix('_')
}

impl Reading<'_> {
    /// Bounded by the depth that the reader of JSON allows.
    fn instance(&mut self, instance: &Json) {
        if self.known(instance).is_none() {
            self.residue.push((id_of(instance).to_owned(), instance.to_string()));
        }
    }

    fn known(&mut self, instance: &Json) -> Option<()> {
        let id = id_of(instance);
        if let Some((settings, unknown)) = apple::settings(instance) {
            self.settings.extend(settings);
            self.residue.extend(unknown.into_iter().map(|child| (id_of(child).to_owned(), child.to_string())));
            return Some(());
        }
        let uri = self.ids.uri(id)?.to_owned();
        let catalogue = self.catalogue;
        let node = catalogue.known_node(&uri)?.node;
        if let (Some(pairs), Some(groups)) = (pairs::of(&uri), instance.get("groupSettingCollectionValue")) {
            let text = pairs.value(id, groups)?;
            self.push(&uri, Leaf::Node, Value::text(text));
            return Some(());
        }
        if let Some(groups) = instance.get("groupSettingCollectionValue").and_then(Json::as_array) {
            let [group] = groups.as_slice() else { return None };
            group.get("children")?.as_array()?.iter().for_each(|child| self.instance(child));
            return Some(());
        }
        let uri = self.named(&uri);
        if is_admx(node) {
            return self.policy(instance, node, &uri);
        }
        let value = plain(node, id, instance)?;
        self.push(&uri, Leaf::Node, value);
        children(instance).iter().for_each(|child| self.instance(child));
        Some(())
    }

    /// An ADMX policy with its elements, and what depends on it beside them.
    fn policy(&mut self, instance: &Json, node: &Node, uri: &str) -> Option<()> {
        let id = id_of(instance);
        let enabled = match option(instance.get("choiceSettingValue")?, id)? {
            "1" => true,
            "0" => false,
            _ => return None,
        };
        self.push(uri, Leaf::AdmxState, Value::Boolean(enabled));
        for child in children(instance) {
            let own = |element: &&AdmxElement| below(id, &element.id) == id_of(child);
            let element = elements(node).and_then(|known| known.iter().find(own));
            match element.map(|element| (element, element_value(element, child))) {
                Some((element, Some(value))) => self.push(uri, Leaf::AdmxElement(element.id.clone()), value),
                Some((_, None)) => self.residue.push((id_of(child).to_owned(), child.to_string())),
                None => self.instance(child),
            }
        }
        Some(())
    }

    fn push(&mut self, uri: &str, leaf: Leaf, value: Value) {
        let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
        let address = Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf };
        self.settings.push(Setting::found(address, value));
    }

    /// The LocURI with the names that Intune fills in, where somebody knows them.
    fn named(&self, uri: &str) -> String {
        let fits =
            |(node, _): &(&String, &String)| uri.strip_prefix(node.as_str()).is_some_and(|rest| rest.starts_with('/'));
        match self.names.iter().find(fits) {
            Some((node, name)) => {
                let above = node.rsplit_once('/').map_or("", |(above, _)| above);
                format!("{above}/{name}{}", &uri[node.len()..])
            }
            None => uri.to_owned(),
        }
    }
}

/// What a node is set to; `None` for what is not of the node's kind.
fn plain(node: &Node, id: &str, instance: &Json) -> Option<Value> {
    let listed = || node.allowed.as_ref().map_or(&[][..], |allowed| &allowed.values);
    if let Some(choice) = instance.get("choiceSettingValue") {
        let option = option(choice, id)?;
        let value = listed().iter().find(|value| value.to_lowercase() == option)?;
        return Some(settled(typed(node, Value::Plain(value.clone()))));
    }
    if let Some(choices) = instance.get("choiceSettingCollectionValue") {
        let bits = choices.as_array()?.iter().map(|choice| option(choice, id)?.parse::<i128>().ok());
        return bits
            .collect::<Option<Vec<i128>>>()
            .map(|bits| Value::Integer(bits.iter().fold(0, |all, bit| all | bit)));
    }
    if let Some(values) = instance.get("simpleSettingCollectionValue") {
        return collection(values);
    }
    match scalar(instance.get("simpleSettingValue")?)? {
        Value::Text(text) if node.format == "int" => Some(settled(typed(node, Value::Plain(text)))),
        value => Some(value),
    }
}

fn settled(value: Value) -> Value {
    match value {
        Value::Plain(text) => Value::Text(text),
        other => other,
    }
}

fn scalar(value: &Json) -> Option<Value> {
    match value.get("value")? {
        Json::String(text) => Some(Secret::read(text).map_or_else(|| Value::text(text), Value::Secret)),
        Json::Number(number) => number.as_i64().map(|number| Value::Integer(number.into())),
        _ => None,
    }
}

fn collection(values: &Json) -> Option<Value> {
    let items = values.as_array()?.iter().map(scalar);
    items.collect::<Option<Vec<Value>>>().map(Value::array)
}

fn element_value(element: &AdmxElement, instance: &Json) -> Option<Value> {
    let id = id_of(instance);
    let kind = Some(element.kind.as_str());
    if let Some(choice) = instance.get("choiceSettingValue") {
        let option = option(choice, id)?;
        let spelt = element.values.iter().find(|value| value.to_lowercase() == option);
        return Some(admx::value_of(kind, spelt.map_or(option, String::as_str)));
    }
    if let Some(values) = instance.get("simpleSettingCollectionValue") {
        return collection(values);
    }
    if let Some(groups) = instance.get("groupSettingCollectionValue") {
        return pairs(groups, id);
    }
    scalar(instance.get("simpleSettingValue")?)
}

/// Groups of a name and a value.
fn pairs(groups: &Json, id: &str) -> Option<Value> {
    let pair = |group: &Json| {
        let part = |name: &str| {
            let wanted = below(id, name);
            let child = group.get("children")?.as_array()?.iter().find(|child| id_of(child) == wanted)?;
            scalar(child.get("simpleSettingValue")?)
        };
        let Value::Text(name) = part("key")? else { return None };
        Some((name, Spanned::nowhere(part("value")?)))
    };
    groups.as_array()?.iter().map(pair).collect::<Option<_>>().map(Value::Dictionary)
}
