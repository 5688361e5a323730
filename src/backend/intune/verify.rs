//! Our own rules over Intune's files: what neither Graph's metadata nor Microsoft's SDK finds (windows.md §4.5), beside what the
//! metadata says. A file of the settings catalogue must be what we would write of what it says: no other rule knows ids, options and
//! who stands below whom.

use super::graph::{self, TYPE, Version};
use super::{Title, decode};
use crate::catalogue::Catalogue;
use crate::encoding::json;
use crate::gather::Gather;
use crate::setting::Address;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What Graph takes of a description.
const DESCRIPTION: usize = 1500;

/// The types that stand by themselves.
const ROOTS: [&str; 8] = [
    "deviceManagementConfigurationPolicy",
    "iosCompliancePolicy",
    "iosCustomConfiguration",
    "macOSCompliancePolicy",
    "macOSCustomConfiguration",
    "windows10CompliancePolicy",
    "windows10CustomConfiguration",
    "windowsUpdateForBusinessConfiguration",
];

/// Everything that is wrong with a file, as place and cause.
pub(super) fn verify(bytes: &[u8], version: Version, catalogue: &Catalogue) -> Vec<(String, String)> {
    let object = match json::read(bytes) {
        Ok(object) => object,
        Err(fault) => return vec![fault],
    };
    let mut faults: Vec<(String, String)> =
        graph::check(&object, version).into_iter().map(|fault| (fault.place, fault.cause)).collect();
    let said = object.get("@odata.type").and_then(Json::as_str).unwrap_or_default();
    let Some(root) = ROOTS.iter().find(|root| said.strip_prefix(TYPE) == Some(**root)) else {
        if faults.is_empty() {
            faults.push(("@odata.type".to_owned(), format!("`{said}` does not stand by itself")));
        }
        return faults;
    };
    named(&object, &mut faults);
    if root.ends_with("CompliancePolicy") {
        faults.extend(blocks(&object));
    }
    if let Some(list) = object.get("omaSettings").and_then(Json::as_array) {
        distinct(list, &mut faults);
    }
    // What the metadata refuses may not be read at all: its ids are looked at when the rest is right.
    if *root == ROOTS[0] && faults.is_empty() {
        catalogued(&object, catalogue, &mut faults);
    }
    faults
}

fn named(object: &Json, faults: &mut Vec<(String, String)>) {
    for name in ["name", "displayName"] {
        if object.get(name).and_then(Json::as_str) == Some("") {
            faults.push((name.to_owned(), "importers know a policy by its name, and this one is empty".to_owned()));
        }
    }
    let long = object.get("description").and_then(Json::as_str).map_or(0, |text| text.chars().count());
    if long > DESCRIPTION {
        faults.push(("description".to_owned(), format!("{long} characters; {DESCRIPTION} are the limit")));
    }
}

/// Graph takes a compliance policy with one action of type `block`, no other number of them.
fn blocks(policy: &Json) -> Option<(String, String)> {
    let rules = policy.get("scheduledActionsForRule").and_then(Json::as_array)?;
    let actions = |rule: &Json| rule.get("scheduledActionConfigurations").and_then(Json::as_array).cloned();
    let is_block = |action: &Json| action.get("actionType").and_then(Json::as_str) == Some("block");
    let count = rules.iter().filter_map(actions).flatten().filter(is_block).count();
    (count != 1).then(|| {
        ("scheduledActionsForRule".to_owned(), format!("{count} actions of type `block`, and Graph wants one alone"))
    })
}

fn distinct(list: &[Json], faults: &mut Vec<(String, String)>) {
    const MOST: usize = 1000;
    let mut seen = BTreeSet::new();
    for (n, one) in list.iter().enumerate() {
        let Some(uri) = one.get("omaUri").and_then(Json::as_str) else { continue };
        if uri.is_empty() || !seen.insert(uri) {
            let cause = if uri.is_empty() { "no node is named".to_owned() } else { format!("`{uri}` stands twice") };
            faults.push((format!("omaSettings[{n}].omaUri"), cause));
        }
    }
    if list.len() > MOST {
        faults.push(("omaSettings".to_owned(), format!("{} settings; {MOST} are the limit", list.len())));
    }
}

/// A policy of the settings catalogue beside what would be written of its own content.
fn catalogued(policy: &Json, catalogue: &Catalogue, faults: &mut Vec<(String, String)>) {
    let given = policy.get("settings").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for (n, setting) in given.iter().enumerate() {
        if setting.get("id").and_then(Json::as_str) != Some(n.to_string().as_str()) {
            faults.push((format!("settings[{n}].id"), format!("settings are numbered in their order: this is `{n}`")));
        }
    }
    let read = match decode::decode(policy, catalogue) {
        Ok(read) => read,
        Err(fault) => return faults.push(fault),
    };
    let title = Title { name: "", description: "", reached: Vec::new(), left_out: Vec::new() };
    let again = super::catalogued(&title, &read.settings, catalogue);
    let written = again.bytes.as_deref().and_then(|bytes| json::read(bytes).ok()).unwrap_or_default();
    let expected: Vec<&Json> = instances(written.get("settings")).collect();
    let mut comparing = Comparing { left: again.left, faults };
    let given: Vec<&Json> = instances(policy.get("settings")).collect();
    comparing.all(&given, &expected, "settings", ".settingInstance");
    both_scopes(&read.settings.iter().map(|setting| &setting.address).collect::<Vec<_>>(), comparing.faults);
}

fn instances(settings: Option<&Json>) -> impl Iterator<Item = &Json> {
    settings.and_then(Json::as_array).into_iter().flatten().filter_map(|setting| setting.get("settingInstance"))
}

fn id_of(instance: &Json) -> &str {
    instance.get("settingDefinitionId").and_then(Json::as_str).unwrap_or_default()
}

/// One node for devices and for users at once: Intune would set both, and nobody could say which holds.
fn both_scopes(addresses: &[&Address], faults: &mut Vec<(String, String)>) {
    let users: BTreeSet<&str> = addresses.iter().filter_map(|address| address.owner.strip_prefix("./User/")).gather();
    let twice: BTreeSet<&str> = addresses
        .iter()
        .filter_map(|address| address.owner.strip_prefix("./Device/"))
        .filter(|rest| users.contains(rest))
        .gather();
    let fault = |rest: &str| ("settings".to_owned(), format!("`{rest}` is set for the device and for its user"));
    faults.extend(twice.into_iter().map(fault));
}

struct Comparing<'a, 'f> {
    /// What cannot be written, and why.
    left: Vec<(&'a crate::setting::Setting, String)>,
    faults: &'f mut Vec<(String, String)>,
}

impl Comparing<'_, '_> {
    /// Instances beside those that would be written, by their ids; the order is free.
    fn all(&mut self, given: &[&Json], expected: &[&Json], place: &str, below: &str) {
        let mut seen = BTreeSet::new();
        for (n, one) in given.iter().enumerate() {
            let at = format!("{place}[{n}]{below}");
            if !seen.insert(id_of(one)) {
                self.faults.push((format!("{at}.settingDefinitionId"), format!("`{}` stands twice", id_of(one))));
                continue;
            }
            match expected.iter().find(|other| id_of(other) == id_of(one)) {
                Some(expected) => self.one(one, expected, &at),
                None => self.unknown(one, &at),
            }
        }
    }

    fn unknown(&mut self, one: &Json, at: &str) {
        let id = id_of(one);
        let why = self.left.iter().find(|(setting, _)| id.starts_with(&super::id::derived(&setting.address.owner)));
        let cause = match why {
            Some((_, why)) => format!("`{id}` cannot stand here: {why}"),
            None => format!("`{id}` is no setting that could stand here with this value"),
        };
        self.faults.push((format!("{at}.settingDefinitionId"), cause));
    }

    fn one(&mut self, given: &Json, expected: &Json, at: &str) {
        if given == expected {
            return;
        }
        let mut has_deeper = false;
        for (value, list) in [("choiceSettingValue", false), ("groupSettingCollectionValue", true)] {
            let (Some(own), Some(other)) = (given.get(value), expected.get(value)) else { continue };
            has_deeper = true;
            if list {
                let parts = |json: &Json| json.as_array().cloned().unwrap_or_default();
                let (own, other) = (parts(own), parts(other));
                if own.len() != other.len() {
                    self.faults.push((format!("{at}.{value}"), format!("{} groups, not {}", own.len(), other.len())));
                }
                for (n, (own, other)) in own.iter().zip(&other).enumerate() {
                    self.children(own, other, &format!("{at}.{value}[{n}]"));
                }
            } else {
                if own.get("value") != other.get("value") {
                    let cause = format!("`{}` has no such option", id_of(given));
                    self.faults.push((format!("{at}.{value}.value"), cause));
                }
                self.children(own, other, &format!("{at}.{value}"));
            }
        }
        if !has_deeper {
            self.faults.push((at.to_owned(), format!("`{}` is not written so: {expected}", id_of(given))));
        }
    }

    fn children(&mut self, own: &Json, other: &Json, at: &str) {
        let of = |json: &Json| json.get("children").and_then(Json::as_array).cloned().unwrap_or_default();
        let (own, other) = (of(own), of(other));
        self.all(&own.iter().collect::<Vec<_>>(), &other.iter().collect::<Vec<_>>(), &format!("{at}.children"), "");
    }
}

#[cfg(test)]
mod tests;
