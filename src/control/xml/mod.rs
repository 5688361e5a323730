//! Vendors' documents as values: `{ $xml: app-locker, … }`, a closed list (language.md §5, "Values").
//!
//! Group membership can be read back. AppLocker rules, assigned access and networks go one way: what they add of their own (the rules that keep
//! Windows running, a start menu) is not in any parameter, and import takes such documents as the text that they are.

mod app_locker;
mod assigned_access;
mod group_membership;
mod text;
mod wlan_profile;

use super::transform::text_of;
use crate::setting::{Secret, Value};
use std::collections::BTreeMap;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// One `RuleCollection` of AppLocker.
    AppLocker,
    /// An `AssignedAccessConfiguration` with one app.
    AssignedAccess,
    /// A `GroupConfiguration` that replaces the members of one local group.
    GroupMembership,
    /// A `WLANProfile` of one network.
    WlanProfile,
}

/// What a document is made of, by name; what is `none` is not there.
pub(crate) type Parts = BTreeMap<String, Value>;

impl Document {
    /// Every kind, by the word that follows `$xml`.
    pub(crate) const ALL: [(&'static str, Document); 4] = [
        ("app-locker", Document::AppLocker),
        ("assigned-access", Document::AssignedAccess),
        ("group-membership", Document::GroupMembership),
        ("wlan-profile", Document::WlanProfile),
    ];

    /// The parts that it takes: those that must be written, then the others.
    pub(crate) fn parts(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Document::AppLocker => (&["name", "collection"], &["mode", "allow", "deny"]),
            Document::AssignedAccess => (&["name", "app", "groups"], &[]),
            Document::GroupMembership => (&["group", "members"], &[]),
            Document::WlanProfile => (&["ssid", "security"], &["passphrase", "authority", "server", "hidden"]),
        }
    }

    /// The document; `None` where its parts ask for none. Identifiers in it are made of names that begin with `identifier`.
    pub(crate) fn write(self, parts: &Parts, identifier: &str) -> Result<Option<Value>, String> {
        let document = match self {
            Document::AppLocker => app_locker::write(parts, identifier),
            Document::AssignedAccess => assigned_access::write(parts, identifier),
            Document::GroupMembership => group_membership::write(parts),
            Document::WlanProfile => wlan_profile::write(parts),
        };
        // Only what a part names as a secret is one: text that looks like a marker is refused where it is written.
        let has_secrets = parts.values().any(|part| matches!(part, Value::Secret(_)));
        let value = |document| match has_secrets {
            true => Value::Secret(Secret::Document(document)),
            false => Value::Text(document),
        };
        document.map(|document| document.map(value))
    }

    /// The parts of a document that [`Document::write`] wrote; `None` for others, and for the kinds that go one way.
    pub(crate) fn read(self, document: &str) -> Option<Parts> {
        match self {
            Document::GroupMembership => group_membership::read(document),
            Document::AppLocker | Document::AssignedAccess | Document::WlanProfile => None,
        }
    }
}

/// A part that is text.
fn word<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.get(name).and_then(text_of)
}

/// A part that is a list of texts.
fn words<'a>(parts: &'a Parts, name: &str) -> Result<Option<Vec<&'a str>>, String> {
    let Some(value) = parts.get(name) else { return Ok(None) };
    let Value::Array(items) = value else { return Err(format!("`{name}` is no list")) };
    let texts: Option<Vec<&str>> = items.iter().map(|item| text_of(item)).collect();
    texts.map(Some).ok_or_else(|| format!("an item of `{name}` is no text"))
}
