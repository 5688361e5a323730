//! A policy of the settings catalogue → settings: ours, and what the portal and other tools export.

use super::id::{self, below};
use super::instance::is_set;
use super::{apple, audience, exception, pairs};
use crate::backend::found::{self, Found, How, Residue, Unknown, Why};
use crate::backend::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{AdmxElement, Node};
use crate::check::node::{delimiter, elements, is_admx, typed};
use crate::encoding::admx;
use crate::encoding::places::Places;
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Channel, Family, Leaf, Secret, Setting, Value};
use crate::source::{Span, Spanned};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a policy. What no rule names is kept as residue, verbatim.
pub(super) fn decode(policy: &Json, catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let found = read(policy, catalogue, &Places::default())?;
    let mut residue = audience::said(policy);
    residue.extend(found.unknown.into_iter().map(|unknown| (unknown.name, MASKED.to_owned())));
    residue.extend(found.residue.into_iter().map(|left| (left.place, left.what)));
    let mut settings = Vec::new();
    for item in found.items {
        match item.doubt {
            None => settings.push(Setting::found(item.setting.address, item.setting.value)),
            Some(_) => residue.push((item.setting.address.to_string(), item.setting.value.to_string())),
        }
    }
    settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(Decoded { settings, residue })
}

const MASKED: &str = "its value is a secret, which the console keeps to itself";

/// The settings of a policy with their places, and what no rule names.
pub(super) fn read(policy: &Json, catalogue: &Catalogue, places: &Places) -> Result<Found, Unreadable> {
    let Some(settings) = policy.get("settings").and_then(Json::as_array) else {
        return Err((String::new(), "it has no `settings`: it is no policy of the settings catalogue".to_owned()));
    };
    let description = policy.get("description").and_then(Json::as_str).unwrap_or_default();
    Ok(instances(settings, description, catalogue, places))
}

/// The settings of a list; the description of their policy names what Intune fills in.
pub(in crate::backend) fn instances(
    settings: &[Json],
    description: &str,
    catalogue: &Catalogue,
    places: &Places,
) -> Found {
    let names: BTreeMap<String, String> = exception::noted(description).gather();
    let (place, at, id_at) = (String::new(), Span::NOWHERE, Span::NOWHERE);
    let mut reading = Reading { catalogue, names, places, place, at, id_at, found: Found::default() };
    for (n, setting) in settings.iter().enumerate() {
        reading.place = format!("settings[{n}]");
        match setting.get("settingInstance") {
            Some(instance) => reading.instance(instance),
            None => reading.strange(setting, reading.place.clone()),
        }
    }
    reading.found
}

struct Reading<'a> {
    catalogue: &'a Catalogue,
    names: BTreeMap<String, String>,
    places: &'a Places,
    /// The setting of the policy that is read.
    place: String,
    /// The instance that is read, and its id.
    at: Span,
    id_at: Span,
    found: Found,
}

pub(super) fn id_of(instance: &Json) -> &str {
    instance.get("settingDefinitionId").and_then(Json::as_str).unwrap_or_default()
}

/// The settings below the option of a choice.
pub(super) fn children(instance: &Json) -> &[Json] {
    let below = instance.get("choiceSettingValue").and_then(|value| value.get("children"));
    below.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// What the id of an option adds to that of its setting.
pub(super) fn option<'j>(value: &'j Json, id: &str) -> Option<&'j str> {
    value.get("value")?.as_str()?.strip_prefix(id)?.strip_prefix('_')
}

impl Reading<'_> {
    /// Bounded by the depth that the reader of JSON allows.
    fn instance(&mut self, instance: &Json) {
        self.stand_at(instance);
        if is_masked(instance) {
            let (place, name) = (self.place.clone(), id_of(instance).to_owned());
            self.found.unknown.push(Unknown { place, name, why: Why::Masked, span: self.at });
        } else if self.known(instance).is_none() {
            self.strange(instance, id_of(instance).to_owned());
        }
    }

    fn stand_at(&mut self, instance: &Json) {
        self.at = self.places.of(instance);
        self.id_at = instance.get("settingDefinitionId").map_or(self.at, |id| self.places.of(id));
    }

    /// Keeps what no rule names.
    fn strange(&mut self, what: &Json, place: String) {
        let span = self.places.of(what);
        self.found.residue.push(Residue { place, what: what.to_string(), span });
    }

    fn known(&mut self, instance: &Json) -> Option<()> {
        let id = id_of(instance);
        if let Some((settings, unknown)) = apple::settings(instance, self.catalogue) {
            let span = self.at;
            let placed = settings.into_iter().map(|setting| Setting { span, ..setting });
            self.found.add(&self.place, &How::Set, placed);
            unknown.into_iter().for_each(|child| self.strange(child, id_of(child).to_owned()));
            return Some(());
        }
        let uri = id::uri(self.catalogue, id)?.to_owned();
        let catalogue = self.catalogue;
        let node = catalogue.known_node(&uri)?.node;
        if let (Some(pairs), Some(groups)) = (pairs::of(&uri), instance.get("groupSettingCollectionValue")) {
            let text = pairs.value(id, groups)?;
            self.push(&uri, Leaf::Node, Value::text(text));
            return Some(());
        }
        if let Some(groups) = instance.get("groupSettingCollectionValue").and_then(Json::as_array) {
            return self.groups(id, &uri, groups);
        }
        if !is_set(node) {
            self.strange(instance, id.to_owned());
            self.below(instance);
            return Some(());
        }
        let uri = self.named(&uri);
        if is_admx(node) {
            return self.policy(instance, node, &uri);
        }
        let value = plain(node, id, instance)?;
        self.push(&uri, Leaf::Node, value);
        self.below(instance);
        Some(())
    }

    /// The settings below a dynamic node, once for each of its names. Of a rule Intune makes the name up: its title tells them apart.
    fn groups(&mut self, id: &str, uri: &str, groups: &[Json]) -> Option<()> {
        let title = |group: &Json| {
            let wanted = below(id, "name");
            let child = group.get("children")?.as_array()?.iter().find(|child| id_of(child) == wanted)?;
            let text = child.get("simpleSettingValue")?.get("value")?.as_str()?;
            (!text.contains(['/', '{']) && !text.is_empty()).then(|| text.to_owned())
        };
        let titles: BTreeSet<String> = groups.iter().filter_map(title).gather();
        if groups.len() > 1 && titles.len() < groups.len() {
            return None;
        }
        for group in groups {
            let before = self.names.clone();
            if let Some(title) = title(group) {
                self.names.entry(uri.to_owned()).or_insert(title);
            }
            group.get("children")?.as_array()?.iter().for_each(|child| self.instance(child));
            self.names = before;
        }
        Some(())
    }

    /// What depends on an option stands below it, whether it is a setting's own, an element's, or one of several.
    fn below(&mut self, instance: &Json) {
        let several = instance.get("choiceSettingCollectionValue").and_then(Json::as_array);
        let of_several =
            several.into_iter().flatten().filter_map(|choice| choice.get("children")?.as_array()).flatten();
        children(instance).iter().chain(of_several).for_each(|child| self.instance(child));
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
                Some((element, Some(value))) => {
                    self.stand_at(child);
                    self.push(uri, Leaf::AdmxElement(element.id.clone()), value);
                    self.below(child);
                }
                Some((_, None)) => self.strange(child, id_of(child).to_owned()),
                // Without its template nobody knows the elements of a policy: their letters and kinds are those of Intune.
                None if elements(node).is_none() && self.doubted(uri, id, child).is_some() => {}
                None => self.instance(child),
            }
        }
        Some(())
    }

    /// An element by its id and value as Intune spells them. `None` for what has an id of its own.
    fn doubted(&mut self, uri: &str, id: &str, child: &Json) -> Option<()> {
        let name = id_of(child).strip_prefix(id)?.strip_prefix('_').filter(|name| !name.is_empty())?;
        if id::uri(self.catalogue, id_of(child)).is_some() {
            return None;
        }
        let value = match child.get("choiceSettingValue") {
            Some(choice) => Value::text(option(choice, id_of(child))?),
            None => simple_value(child)?,
        };
        self.stand_at(child);
        self.push(uri, Leaf::AdmxElement(name.to_owned()), value);
        if let Some(last) = self.found.items.last_mut() {
            last.doubt = Some(Why::NeedsTemplate);
        }
        self.below(child);
        Some(())
    }

    fn push(&mut self, uri: &str, leaf: Leaf, value: Value) {
        let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
        let address = Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf };
        let setting = Setting { span: self.at, names: found::named(self.id_at), ..Setting::found(address, value) };
        self.found.add(&self.place, &How::Set, [setting]);
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

/// Whether the value is a secret that the console shows as a token, or not at all.
fn is_masked(instance: &Json) -> bool {
    let value = instance.get("simpleSettingValue");
    let state = value.and_then(|value| value.get("valueState")).and_then(Json::as_str);
    state == Some("encryptedValueToken")
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
        let options: Vec<&str> = choices.as_array()?.iter().map(|choice| option(choice, id)).collect::<Option<_>>()?;
        if delimiter(node).is_some() {
            let spelt = |option: &&str| listed().iter().find(|value| value.to_lowercase() == **option);
            return options
                .iter()
                .map(|option| spelt(option).map(Value::text))
                .collect::<Option<Vec<_>>>()
                .map(Value::array);
        }
        let bits = options.iter().map(|option| option.parse::<i128>().ok());
        return bits
            .collect::<Option<Vec<i128>>>()
            .map(|bits| Value::Integer(bits.iter().fold(0, |all, bit| all | bit)));
    }
    if let Some(values) = instance.get("simpleSettingCollectionValue") {
        return collection(values);
    }
    match scalar(instance.get("simpleSettingValue")?)? {
        // Intune has one text for a list whose delimiter only Microsoft's page tells.
        Value::Text(text) if node.format == "int" || delimiter(node).is_some() => {
            Some(settled(typed(node, Value::Plain(text))))
        }
        value => Some(value),
    }
}

fn settled(value: Value) -> Value {
    match value {
        Value::Plain(text) => Value::Text(text),
        other => other,
    }
}

pub(super) fn scalar(value: &Json) -> Option<Value> {
    match value.get("value")? {
        Json::String(text) => Some(Secret::read(text).map_or_else(|| Value::text(text), Value::Secret)),
        Json::Number(number) => number.as_i64().map(|number| Value::Integer(number.into())),
        _ => None,
    }
}

pub(super) fn collection(values: &Json) -> Option<Value> {
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
    simple_value(instance)
}

fn simple_value(instance: &Json) -> Option<Value> {
    if let Some(values) = instance.get("simpleSettingCollectionValue") {
        return collection(values);
    }
    if let Some(groups) = instance.get("groupSettingCollectionValue") {
        return pairs(groups, id_of(instance));
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

#[cfg(test)]
mod tests {
    use super::super::instance::group;
    use super::*;
    use serde_json::json;

    fn choice(id: &str, option: &str, children: &[Json]) -> Json {
        json!({ "settingDefinitionId": id, "choiceSettingValue": { "value": below(id, option), "children": children } })
    }

    fn simple(id: &str, text: &str) -> Json {
        json!({ "settingDefinitionId": id, "simpleSettingValue": { "value": text } })
    }

    /// What an instance sets, and the ids that are left.
    fn check(instance: &Json, expected: &[&str], left: &[&str]) {
        let setting = json!({ "settingInstance": instance });
        let found = instances(&[setting], "", &Catalogue::embedded(), &Places::default());
        let said = |setting: &Setting| format!("{} = {}", setting.address, setting.value);
        assert_eq!(found.items.iter().map(|item| said(&item.setting)).collect::<Vec<_>>(), expected);
        assert_eq!(found.residue.iter().map(|left| left.place.as_str()).collect::<Vec<_>>(), left);
    }

    #[test]
    fn what_stands_below_an_element_is_read_too() {
        let id = |name: &str| format!("device_vendor_msft_bitlocker_removabledrives{name}");
        let kind = choice(&id("encryptiontype_rdvencryptiontypedropdown_name"), "1", &[]);
        let inner = choice(&id("encryptiontype"), "1", &[kind]);
        let allowed = choice(&id("configurebde_rdvallowbde_name"), "1", &[inner]);
        check(
            &choice(&id("configurebde"), "1", &[allowed]),
            &[
                "./Device/Vendor/MSFT/BitLocker/RemovableDrivesConfigureBDE = true",
                "./Device/Vendor/MSFT/BitLocker/RemovableDrivesConfigureBDE · RDVAllowBDE_Name = true",
                "./Device/Vendor/MSFT/BitLocker/RemovableDrivesEncryptionType = true",
                "./Device/Vendor/MSFT/BitLocker/RemovableDrivesEncryptionType · RDVEncryptionTypeDropDown_Name = 1",
            ],
            &[],
        );
    }

    #[test]
    fn rules_are_told_apart_by_their_titles() {
        let id = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}";
        let rule = |title: &str| {
            let kinds = below(id, "interfacetypes");
            let kinds = json!({ "settingDefinitionId": kinds,
                "choiceSettingCollectionValue": [{ "value": below(&kinds, "lan"), "children": [] }] });
            json!({ "children": [simple(&below(id, "name"), title), kinds] })
        };
        let rules = |titles: [&str; 2]| {
            let mut rules = group(id, &[]);
            rules["groupSettingCollectionValue"] = titles.into_iter().map(rule).collect();
            rules
        };
        let at = |rest: &str| format!("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/{rest}");
        let expected =
            ["A/Name = \"A\"", "A/InterfaceTypes = [\"Lan\"]", "B/Name = \"B\"", "B/InterfaceTypes = [\"Lan\"]"];
        let expected = expected.map(at);
        check(&rules(["A", "B"]), &expected.each_ref().map(String::as_str), &[]);
        check(&rules(["A", "A"]), &[], &[id]);
        check(&rules(["A", "up/down"]), &[], &[id]);
    }

    #[test]
    fn a_list_may_be_one_text_and_a_command_is_left() {
        let at = "./Device/Vendor/MSFT/PassportForWork/DeviceUnlock/GroupA";
        let texts = simple("device_vendor_msft_passportforwork_deviceunlock_groupa", "{A},{B}");
        check(&texts, &[&format!("{at} = [\"{{A}}\", \"{{B}}\"]")], &[]);
        let command = "device_vendor_msft_windowsdefenderapplicationguard_installwindowsdefenderapplicationguard";
        check(&choice(command, "install", &[]), &[], &[command]);
    }
}
