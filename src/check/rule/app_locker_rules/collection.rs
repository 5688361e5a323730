//! What a `RuleCollection` allows and denies of what Windows needs (AppLocker CSP; rule kinds as in its schema `AppLockerPolicy`).

use crate::encoding::xml::{self, Element, Shape};
use std::collections::BTreeSet;

/// The local administrators: a rule for them alone lets nobody else run anything.
const ADMINISTRATORS: &str = "S-1-5-32-544";

/// Something that has to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lets {
    WindowsFolder,
    InBoxApps,
}

/// One collection, as far as it matters here.
pub(super) struct Collection {
    /// Its `Type`.
    pub(super) kind: String,
    /// Anything but recording: rules that say nothing of it are enforced.
    pub(super) enforced: bool,
    pub(super) allowed: BTreeSet<Lets>,
    pub(super) denied: BTreeSet<Lets>,
}

impl Collection {
    /// `None` for what is no such document: that has a finding of its own.
    pub(super) fn read(text: &str) -> Option<Collection> {
        let roots = xml::parse(text.as_bytes(), Shape::Document).ok()?;
        let root = roots.first().filter(|root| root.local() == "RuleCollection")?;
        let enforced = attribute(root, "EnforcementMode") != Some("AuditOnly");
        let mut collection = Collection {
            kind: attribute(root, "Type")?.to_owned(),
            enforced,
            allowed: BTreeSet::new(),
            denied: BTreeSet::new(),
        };
        for rule in root.children.iter().filter(|rule| attribute(rule, "UserOrGroupSid") != Some(ADMINISTRATORS)) {
            let list = match attribute(rule, "Action") {
                Some("Allow") => &mut collection.allowed,
                Some("Deny") => &mut collection.denied,
                _ => continue,
            };
            list.extend(
                rule.child("Conditions").into_iter().flat_map(|conditions| &conditions.children).flat_map(lets),
            );
        }
        Some(collection)
    }
}

/// What a condition covers as a whole.
fn lets(condition: &Element) -> Vec<Lets> {
    match condition.local() {
        "FilePathCondition" => {
            let path = attribute(condition, "Path").unwrap_or_default().to_ascii_uppercase();
            let all = ["*", "*.*", "%OSDRIVE%\\*", "C:\\*", "%WINDIR%\\*", "C:\\WINDOWS\\*", "%OSDRIVE%\\WINDOWS\\*"];
            all.contains(&path.as_str()).then_some(Lets::WindowsFolder).into_iter().collect()
        }
        "FilePublisherCondition" => {
            let named = |name: &str| attribute(condition, name).unwrap_or_default().to_ascii_uppercase();
            let (publisher, product) = (named("PublisherName"), named("ProductName"));
            if product != "*" && !product.contains("WINDOWS® OPERATING SYSTEM") {
                return Vec::new();
            }
            let mut all = Vec::new();
            if publisher == "*" || publisher.starts_with("O=MICROSOFT CORPORATION") {
                all.push(Lets::WindowsFolder);
            }
            if publisher == "*" || publisher.starts_with("CN=MICROSOFT WINDOWS") {
                all.push(Lets::InBoxApps);
            }
            all
        }
        _ => Vec::new(),
    }
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}
