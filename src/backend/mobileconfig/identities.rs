//! What devices know a profile and its payloads by, as it stands in a file, whoever wrote it.
//!
//! Apple, "TopLevel" and "CommonPayloadKeys": `PayloadIdentifier` and `PayloadUUID`.

use crate::encoding::plist::{self, Dictionary, Item};
use crate::source::Spanned;

const KEYS: [&str; 2] = ["PayloadIdentifier", "PayloadUUID"];

/// The identities of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identities {
    /// Those of the profile itself.
    pub(crate) profile: Vec<(&'static str, String)>,
    /// The name by which servers match it when they import.
    pub(crate) name: Option<String>,
    /// Type and identities of each payload, in the order of the file.
    pub(crate) payloads: Vec<(String, Vec<(&'static str, String)>)>,
}

/// The identities in a file; `None` where it is no profile.
pub(crate) fn identities(bytes: &[u8]) -> Option<Identities> {
    let Ok(Item::Dictionary(root)) = plist::read(bytes) else { return None };
    let payload = |item: &Spanned<Item>| match &item.value {
        Item::Dictionary(keys) => Some((text(keys, "PayloadType").unwrap_or_default(), of(keys))),
        _ => None,
    };
    let (name, payloads) = (text(&root, "PayloadDisplayName"), root.list("PayloadContent"));
    Some(Identities { profile: of(&root), name, payloads: payloads.iter().filter_map(payload).collect() })
}

/// A profile as a device lists it (Apple, "ProfileListCommand").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its own entry.
    pub(crate) profile: Entry,
    /// Its channel, as `PayloadScope` says it.
    pub(crate) scope: Option<String>,
    /// Its payloads, in the order of the file.
    pub(crate) payloads: Vec<Entry>,
}

/// What the list has of a profile or a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `PayloadType`.
    pub(crate) kind: String,
    /// `PayloadIdentifier`.
    pub(crate) identifier: String,
    /// `PayloadUUID`.
    pub(crate) uuid: String,
    /// `PayloadDisplayName`.
    pub(crate) name: Option<String>,
}

/// What a device lists of a profile; `None` for what is no profile, or has no identifier.
pub(crate) fn listed(bytes: &[u8]) -> Option<Listed> {
    match plist::read(bytes) {
        Ok(Item::Dictionary(root)) => Listed::of(&root),
        _ => None,
    }
}

impl Listed {
    /// What a device lists of a profile with this root.
    pub(super) fn of(root: &Dictionary) -> Option<Listed> {
        let payload = |item: &Spanned<Item>| match &item.value {
            Item::Dictionary(keys) => entry(keys),
            _ => None,
        };
        let payloads = root.list("PayloadContent").iter().filter_map(payload).collect();
        Some(Listed { profile: entry(root)?, scope: text(root, "PayloadScope"), payloads })
    }
}

fn entry(keys: &Dictionary) -> Option<Entry> {
    Some(Entry {
        kind: text(keys, "PayloadType").unwrap_or_default(),
        identifier: text(keys, "PayloadIdentifier")?,
        uuid: text(keys, "PayloadUUID").unwrap_or_default(),
        name: text(keys, "PayloadDisplayName"),
    })
}

fn of(keys: &Dictionary) -> Vec<(&'static str, String)> {
    KEYS.iter().filter_map(|key| Some((*key, text(keys, key)?))).collect()
}

fn text(keys: &Dictionary, key: &str) -> Option<String> {
    keys.text(key).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::identities;

    #[test]
    fn layout_and_order_do_not_count() {
        let one = b"<plist><dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>t</string>\
            <key>PayloadUUID</key><string>U&amp;</string></dict></array><key>PayloadIdentifier</key><string>a</string></dict></plist>";
        let other = b"<plist><dict><key>PayloadIdentifier</key><!-- x --><string>a</string><key>PayloadContent</key><array><dict>\
            <key>PayloadUUID</key>\n<string><![CDATA[U&]]></string><key>PayloadType</key><string>t</string></dict></array></dict></plist>";
        let expected = identities(one).unwrap();
        assert_eq!(expected.profile, [("PayloadIdentifier", "a".to_owned())]);
        assert_eq!(expected.payloads, [("t".to_owned(), vec![("PayloadUUID", "U&".to_owned())])]);
        assert_eq!(identities(other), Some(expected));
        assert_eq!(identities(b"{}"), None);
    }
}
