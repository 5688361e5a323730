//! Preferences of macOS's domains: a property list of one domain's keys, and the container of many, `com.apple.ManagedClient.preferences`.
//!
//! A bare list says nowhere whose keys it holds: that is the name of its file alone, as macOS keeps it (`com.example.app.plist`). In the
//! container each domain has lists by how strongly it holds: `Forced` always, `Set-Once` and `Often` until a user changes it
//! (Apple, "ManagedPreferences"; `mcx_preference_settings`).

use super::{Kind, Reading};
use crate::backend::found::{self, Found, How, Item, Residue, Wrong};
use crate::encoding::plist::Dictionary;
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// The payload type of the container.
const CONTAINER: &str = "com.apple.ManagedClient.preferences";
/// The keys of one list of the container.
const SETTINGS: &str = "mcx_preference_settings";

/// The keys of one domain.
pub(super) fn bare(name: &str, keys: Dictionary, span: Span) -> Reading {
    let mut reading = Reading::new(name, Kind::Preferences);
    let known =
        [("Label", "a job of launchd's"), ("pfm_domain", "a manifest of preferences, which says what could be set")];
    if let Some((_, what)) = known.iter().find(|(key, _)| keys.contains_key(key)) {
        reading.kind = Kind::Unknown;
        reading.strange(format!("it is {what}"));
        return reading;
    }
    let Some(domain) = domain(name) else {
        reading.kind = Kind::Unknown;
        reading.strange("a property list of keys, and its name is no preference domain (`com.example.app.plist`)");
        return reading;
    };
    match found::domain(&address(Channel::Device, domain, None), keys) {
        Ok(settings) => {
            let mut found = Found::default();
            found.add("", &How::Set, settings);
            reading.take(found);
        }
        Err((place, cause)) => reading.wrong(Wrong::at(span, place, cause)),
    }
    reading
}

/// The domain in the name of a file.
fn domain(name: &str) -> Option<&str> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.strip_suffix(".plist").unwrap_or(file);
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    // Two parts would be any file's name and ending.
    let parts = stem.split('.').count();
    (parts >= 3 && stem.split('.').all(is_part) || stem == ".GlobalPreferences").then_some(stem)
}

fn address(channel: Channel, owner: &str, instance: Option<String>) -> Address {
    Address { family: Family::Profile, channel, owner: owner.to_owned(), instance, leaf: Leaf::Keys(Vec::new()) }
}

/// Opens every container among the settings of a profile.
pub(super) fn open(found: &mut Found) {
    if !found.items.iter().any(|item| item.setting.address.owner == CONTAINER) {
        return;
    }
    let mut opening = Opening::default();
    opening.taken.extend(found.items.iter().map(|item| occurrence(&item.setting.address)));
    for item in std::mem::take(&mut found.items) {
        match item.setting.address.owner == CONTAINER {
            true => opening.container(item, found),
            false => found.items.push(item),
        }
    }
}

type Occurrence = (String, Option<String>);

fn occurrence(address: &Address) -> Occurrence {
    (address.owner.clone(), address.instance.clone())
}

#[derive(Default)]
struct Opening {
    /// Payloads that have their names already.
    taken: BTreeSet<Occurrence>,
    /// How many instances of each domain have been tried.
    last: BTreeMap<String, usize>,
    /// The domains of each container, with the instance that each has got.
    domains: BTreeMap<(Option<String>, String), Option<String>>,
}

impl Opening {
    fn container(&mut self, item: Item, found: &mut Found) {
        let Item { setting, place, .. } = item;
        let keys = setting.address.keys();
        let (domain, how) = match keys {
            [content, domain, strength] if content == "PayloadContent" => match strength.as_str() {
                "Forced" => (domain.clone(), How::Set),
                "Set-Once" | "Often" => (domain.clone(), How::Once),
                _ => return strange(found, place, &setting),
            },
            // Old tools of Apple's write it around every container, and no device asks for it.
            [key] if key == "PayloadEnabled" && setting.value == Value::Boolean(true) => return,
            _ => return strange(found, place, &setting),
        };
        let instance = self.instance(&setting.address, &domain);
        let Value::Array(lists) = setting.value else { return strange(found, place, &setting) };
        let address = address(setting.address.channel, &domain, instance);
        for (n, list) in lists.into_iter().enumerate() {
            let place = format!("{place}[{n}]");
            match list.value {
                Value::Dictionary(entries) => keys_of(entries, &address, (&place, &how), found),
                _ => found.faults.push(Wrong::at(list.span, place, "a list of a domain holds dictionaries")),
            }
        }
    }

    /// A domain of a container is a payload of its own: of a name that no other has.
    fn instance(&mut self, container: &Address, domain: &str) -> Option<String> {
        let key = (container.instance.clone(), domain.to_owned());
        if let Some(known) = self.domains.get(&key) {
            return known.clone();
        }
        let last = self.last.entry(domain.to_owned()).or_default();
        let mut instance = None;
        loop {
            *last += 1;
            if *last > 1 {
                instance = Some(format!("#{last}"));
            }
            if self.taken.insert((domain.to_owned(), instance.clone())) {
                break;
            }
        }
        self.domains.insert(key, instance.clone());
        instance
    }
}

/// What stands in one list of a domain.
fn keys_of(
    entries: BTreeMap<String, Spanned<Value>>,
    address: &Address,
    (place, how): (&str, &How),
    found: &mut Found,
) {
    for (key, value) in entries {
        let place = format!("{place}.{key}");
        match value.value {
            Value::Dictionary(own) if key == SETTINGS => match found::keys(address, own) {
                Ok(settings) => found.add(&place, how, settings),
                Err((inside, cause)) => found.faults.push(Wrong::at(value.span, inside, cause)),
            },
            // When it was written says nothing of what is set.
            _ if key == "mcx_data_timestamp" => {}
            other => found.residue.push(Residue { place, what: other.to_string(), span: value.span }),
        }
    }
}

fn strange(found: &mut Found, place: String, setting: &Setting) {
    let span: Span = setting.span;
    let what = format!("no list of a domain that is `Forced`, `Set-Once` or `Often`: {}", setting.value);
    found.residue.push(Residue { place, what, span });
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;

    #[test]
    fn the_name_of_a_bare_list_is_its_domain() {
        let text =
            "<plist version='1.0'><dict><key>A</key><dict><key>B</key><integer>1</integer></dict></dict></plist>";
        let expected = |kind: &str| [format!("preferences {kind}"), "= com.example.app · A.B := 1 @1:58".to_owned()];
        for name in ["com.example.app.plist", "x/com.example.app.plist"] {
            let [first, second] = expected(name);
            check(name, text.as_bytes(), &[&first, &second]);
        }
        let [first, second] = expected("com.example.app.plist");
        let [from, to] = ["<plist version='1.0'>", "</plist>"];
        let alone = text.replace(from, "").replace(to, "");
        check("com.example.app.plist", alone.as_bytes(), &[&first, &second.replace("58", "37")]);
        let keys = alone.strip_prefix("<dict>").and_then(|keys| keys.strip_suffix("</dict>")).unwrap();
        check("com.example.app.plist", keys.as_bytes(), &[&first, &second.replace("58", "31")]);
        let none =
            "! unknown-format: a property list of keys, and its name is no preference domain (`com.example.app.plist`)";
        check("Info.plist", text.as_bytes(), &["unknown Info.plist", none]);
        let job = "<plist><dict><key>Label</key><string>x</string></dict></plist>";
        check(
            "com.example.job.plist",
            job.as_bytes(),
            &["unknown com.example.job.plist", "! unknown-format: it is a job of launchd's"],
        );
    }

    #[test]
    fn a_container_is_opened() {
        let list = |strength: &str, keys: &str| {
            format!(
                "<key>{strength}</key><array><dict><key>mcx_preference_settings</key><dict>{keys}</dict>\
                 <key>mcx_data_timestamp</key><date>2020-01-01T00:00:00Z</date></dict></array>"
            )
        };
        let payload = |domains: &str| {
            format!(
                "<dict><key>PayloadType</key><string>com.apple.ManagedClient.preferences</string><key>PayloadEnabled</key><true/>\n\
                 <key>PayloadContent</key><dict>{domains}</dict></dict>"
            )
        };
        let forced = list("Forced", "<key>B</key><dict><key>C</key><true/></dict>");
        let once = list("Set-Once", "<key>D</key><integer>1</integer>");
        let odd = "<key>Sometimes</key><array/>";
        let one = payload(&format!("<key>com.example.app</key><dict>{forced}{once}{odd}</dict>"));
        let two = payload(&format!("<key>com.example.app</key><dict>{forced}</dict>"));
        let text = format!(
            "<plist><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array>{one}{two}</array></dict></plist>"
        );
        check(
            "a",
            text.as_bytes(),
            &[
                "profile a",
                "= com.example.app · B.C := true @2:164",
                "= com.example.app · D := 1 once @2:346",
                "= com.example.app [#2] · B.C := true @3:164",
                "~ PayloadContent[0].PayloadContent.com.example.app.Sometimes: no list of a domain that is `Forced`, `Set-Once` or `Often`: [] @2:470",
            ],
        );
    }
}
