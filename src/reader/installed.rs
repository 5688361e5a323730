//! What a device lists of its profiles: the answer to `ProfileList`, and what macOS's `profiles show` and `system_profiler` give.
//!
//! Each profile of a list is a reading of its own. An answer names payloads and none of their values; `profiles show -output stdout-xml`
//! has the values too. Apple, "ProfileListCommand"; `man profiles`.

use super::apple;
use super::preferences;
use super::{Kind, Payload, Reading};
use crate::backend::found::{self, Found, How, Item as Setting, Unknown, Why};
use crate::encoding::plist::{Dictionary, Item};
use crate::source::{Span, Spanned};

/// The profiles of a list; `None` for what is none. A list is of what the device has, whatever its places.
pub(super) fn listed(name: &str, root: &Item) -> Option<Vec<Reading>> {
    let profiles = match root {
        Item::Dictionary(keys) => match keys.get("ProfileList") {
            Some(Item::Array(list)) => list.iter().filter_map(of_answer).collect(),
            _ => of_users(keys)?,
        },
        Item::Array(reports) => of_reports(reports)?,
        _ => return None,
    };
    if profiles.is_empty() {
        let mut reading = Reading::new(name, Kind::Installed);
        reading.strange("a list of no profile");
        return Some(vec![reading]);
    }
    let reading = |(n, profile): (usize, Dictionary)| profile_of(&format!("{name}[{n}]"), profile);
    Some(profiles.into_iter().enumerate().map(reading).collect())
}

/// An entry of an answer has the keys of a profile, and payloads without theirs.
fn of_answer(entry: &Spanned<Item>) -> Option<Dictionary> {
    dictionary(entry).cloned()
}

fn dictionary(item: &Spanned<Item>) -> Option<&Dictionary> {
    match &item.value {
        Item::Dictionary(keys) => Some(keys),
        _ => None,
    }
}

/// `profiles show`: a list for the computer, and one for each user.
fn of_users(keys: &Dictionary) -> Option<Vec<Dictionary>> {
    let is_shown = |item: &Spanned<Item>| {
        dictionary(item).is_some_and(|keys| keys.contains_key("ProfileIdentifier") || keys.contains_key("ProfileItems"))
    };
    let is_list = |item: &Item| matches!(item, Item::Array(list) if list.iter().all(is_shown));
    if keys.is_empty() || !keys.iter().all(|(_, item)| is_list(item)) {
        return None;
    }
    let mut all = Vec::new();
    for (user, list) in keys.iter() {
        let Item::Array(list) = list else { continue };
        let scope = if user == "_computerlevel" { "System" } else { "User" };
        all.extend(list.iter().filter_map(dictionary).map(|keys| of_shown(keys, scope)));
    }
    // A list of nothing is told from other dictionaries by its name alone.
    (!all.is_empty() || keys.contains_key("_computerlevel")).then_some(all)
}

/// The keys of a profile by the names of `profiles show`.
fn of_shown(keys: &Dictionary, scope: &str) -> Dictionary {
    const NAMES: [(&str, &str); 6] = [
        ("ProfileIdentifier", "PayloadIdentifier"),
        ("ProfileUUID", "PayloadUUID"),
        ("ProfileDisplayName", "PayloadDisplayName"),
        ("ProfileDescription", "PayloadDescription"),
        ("ProfileOrganization", "PayloadOrganization"),
        ("ProfileVersion", "PayloadVersion"),
    ];
    let named = NAMES.iter().filter_map(|(shown, own)| Some(((*own).to_owned(), keys.get(shown)?.clone())));
    let mut profile: Dictionary = named.collect();
    profile.insert("PayloadScope", Item::Text(scope.to_owned()));
    let payload = |item: &Spanned<Item>| {
        let Some(keys) = dictionary(item) else { return item.value.clone() };
        let mut payload = keys.clone();
        // The keys of the payload stand in a dictionary of their own.
        if let Some(Spanned { value: Item::Dictionary(content), .. }) = payload.remove("PayloadContent") {
            // Of two values with one key the payload's own.
            let own = payload.into_iter();
            payload = Dictionary::of(content.into_iter().chain(own).collect()).0;
        }
        Item::Dictionary(payload)
    };
    profile.insert("PayloadContent", Item::array(keys.list("ProfileItems").iter().map(payload)));
    profile
}

/// `system_profiler -xml SPConfigurationProfileDataType`: sections, with profiles and, below them, payloads in `_items`.
fn of_reports(reports: &[Spanned<Item>]) -> Option<Vec<Dictionary>> {
    let mut all = Vec::new();
    let mut is_one = false;
    for report in reports {
        let report = dictionary(report)?;
        is_one |= report.text("_dataType") == Some("SPConfigurationProfileDataType");
        for section in items(report) {
            let scope = match section.text("_name") {
                Some(name) if name.contains("user") => "User",
                _ => "System",
            };
            all.extend(items(section).map(|profile| of_report(profile, scope)));
        }
    }
    is_one.then_some(all)
}

fn items(of: &Dictionary) -> impl Iterator<Item = &Dictionary> {
    of.list("_items").iter().filter_map(dictionary)
}

fn of_report(profile: &Dictionary, scope: &str) -> Dictionary {
    const PROFILE: [(&str, &str); 4] = [
        ("spconfigprofile_profile_identifier", "PayloadIdentifier"),
        ("spconfigprofile_profile_uuid", "PayloadUUID"),
        ("spconfigprofile_organization", "PayloadOrganization"),
        ("_name", "PayloadDisplayName"),
    ];
    const PAYLOAD: [(&str, &str); 4] = [
        ("_name", "PayloadType"),
        ("spconfigprofile_payload_identifier", "PayloadIdentifier"),
        ("spconfigprofile_payload_uuid", "PayloadUUID"),
        ("spconfigprofile_payload_display_name", "PayloadDisplayName"),
    ];
    let renamed = |keys: &Dictionary, names: &[(&str, &str)]| -> Dictionary {
        let named = names.iter().filter_map(|(shown, own)| Some(((*own).to_owned(), keys.get(shown)?.clone())));
        named.collect()
    };
    let mut own = renamed(profile, &PROFILE);
    let payloads = items(profile).map(|payload| Item::Dictionary(renamed(payload, &PAYLOAD)));
    own.insert("PayloadContent", Item::array(payloads));
    own.insert("PayloadScope", Item::Text(scope.to_owned()));
    own
}

/// A profile that a device has.
fn profile_of(name: &str, keys: Dictionary) -> Reading {
    let mut reading = Reading::new(name, Kind::Installed);
    let mut keys = keys.nowhere();
    reading.envelope = apple::envelope(&keys);
    // A device's words about the profile are no keys of it.
    keys.retain(|key| key.starts_with("Payload") && key != "PayloadRemovalDisallowed");
    keys.insert("PayloadType", Item::Text("Configuration".to_owned()));
    // Devices leave out what is empty.
    keys.entry("PayloadContent".to_owned(), || Item::Array(Vec::new()));
    let mut found = found::profile(Spanned::nowhere(Item::Dictionary(keys)));
    preferences::open(&mut found);
    let observed = |item: Setting| Setting { how: How::Observed { by: None, in_force: true }, ..item };
    let (with, without): (Vec<Setting>, Vec<Setting>) =
        found.items.into_iter().partition(|item| !item.setting.address.keys().is_empty());
    let unknown = without.into_iter().map(|item| Unknown {
        name: item.setting.address.owner,
        place: item.place,
        why: Why::NotReported,
        span: Span::NOWHERE,
    });
    let unknown = unknown.collect();
    reading.take(Found { items: with.into_iter().map(observed).collect(), unknown, ..found });
    reading
}

/// What `profiles show` prints before each of its lines.
const LINE: &str = "] attribute: ";

/// Whether a text is what `profiles` prints.
pub(super) fn is_printed(text: &str) -> bool {
    text.lines().take(40).any(|line| line.contains(LINE)) || text.contains("no configuration profiles installed")
}

/// `profiles show`, as text: lines of `user[n] attribute: name: value`, and with `-verbose` of each payload.
pub(super) fn printed(name: &str, text: &str) -> Vec<Reading> {
    let mut readings: Vec<(String, Reading)> = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some((whose, rest)) = line.split_once(']') else { continue };
        let Some((user, number)) = whose.split_once('[').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())) else {
            continue;
        };
        let whose = format!("{user}[{number}");
        if readings.last().is_none_or(|(last, _)| *last != whose) {
            let mut reading = Reading::new(format!("{name}[{}]", readings.len()), Kind::Installed);
            reading.envelope.scope = Some(if user == "_computerlevel" { "System" } else { "User" }.to_owned());
            readings.push((whose, reading));
        }
        if let Some((_, reading)) = readings.last_mut() {
            line_of(reading, rest);
        }
    }
    for (_, reading) in &mut readings {
        let payloads = reading.envelope.payloads.iter().enumerate();
        let unknown = payloads.map(|(n, payload)| Unknown {
            place: format!("payload[{}]", n + 1),
            name: payload.kind.clone(),
            why: Why::NotReported,
            span: Span::NOWHERE,
        });
        reading.unknown = unknown.collect();
    }
    if readings.is_empty() {
        let mut reading = Reading::new(name, Kind::Installed);
        reading.strange("a list of no profile");
        return vec![reading];
    }
    readings.into_iter().map(|(_, reading)| reading).collect()
}

fn line_of(reading: &mut Reading, rest: &str) {
    let envelope = &mut reading.envelope;
    if let Some((key, value)) = rest.strip_prefix(&LINE[1..]).and_then(|rest| rest.split_once(':')) {
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match key {
            "name" => envelope.name = value,
            "profileIdentifier" => envelope.identifier = value,
            "profileUUID" => envelope.uuid = value,
            "organization" => envelope.organisation = value,
            "configurationDescription" => envelope.description = value,
            _ => {}
        }
        return;
    }
    let Some((_, rest)) = rest.trim_start().split_once("payload[").filter(|(before, _)| before.is_empty()) else {
        return;
    };
    let Some((number, rest)) = rest.split_once(']') else { return };
    let Some((key, value)) = rest.split_once('=') else { return };
    let value = value.trim().to_owned();
    // Numbered from 1, in their order.
    let count = envelope.payloads.len();
    match number.parse::<usize>() {
        Ok(number) if number == count + 1 => envelope.payloads.push(Payload::default()),
        Ok(number) if number == count => {}
        _ => return,
    }
    let Some(payload) = envelope.payloads.last_mut() else { return };
    match key.trim() {
        "type" => payload.kind = value,
        "name" => payload.name = Some(value),
        "identifier" => payload.identifier = Some(value),
        "uuid" => payload.uuid = Some(value),
        "organization" => payload.organisation = Some(value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;

    const PROFILE: &str = "<key>PayloadIdentifier</key><string>com.example.p</string>";

    #[test]
    fn an_answer_names_payloads_without_values() {
        let text = format!(
            "<plist version='1.0'><dict><key>Status</key><string>Acknowledged</string><key>ProfileList</key><array><dict>{PROFILE}\
             <key>IsManaged</key><true/><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.example.a</string>\
             <key>PayloadIdentifier</key><string>com.example.p.a</string></dict></array></dict></array></dict></plist>"
        );
        check("a", text.as_bytes(), &["installed-profile a[0]", "? com.example.a NotReported"]);
        // A device answers in binary as well, and every profile of the list is one there too.
        let mut root = plist::Value::from_reader_xml(text.as_bytes()).unwrap();
        let list = root.as_dictionary_mut().and_then(|keys| keys.get_mut("ProfileList")?.as_array_mut()).unwrap();
        list.push(list[0].clone());
        let mut binary = Vec::new();
        plist::to_writer_binary(&mut binary, &root).unwrap();
        let one = "? com.example.a NotReported";
        check("a", &binary, &["installed-profile a[0]", one, "installed-profile a[1]", one]);
        let empty = "<plist version='1.0'><dict><key>ProfileList</key><array/></dict></plist>";
        check("a", empty.as_bytes(), &["installed-profile a", "! unknown-format: a list of no profile"]);
    }

    #[test]
    fn profiles_show_has_values() {
        let text = "<plist version='1.0'><dict><key>_computerlevel</key><array><dict><key>ProfileIdentifier</key><string>com.example.p</string>\
            <key>ProfileItems</key><array><dict><key>PayloadType</key><string>com.example.a</string><key>PayloadContent</key>\
            <dict><key>k</key><true/></dict></dict></array></dict></array></dict></plist>";
        check("a", text.as_bytes(), &["installed-profile a[0]", "= com.example.a · k := true observed -"]);
        let printed = "_computerlevel[1] attribute: name: Example\n_computerlevel[1] attribute: profileIdentifier: com.example.p\n\
            _computerlevel[1] payload count = 2\n_computerlevel[1]            payload[1] name            = One\n\
            _computerlevel[1]            payload[1] type            = com.example.a\n_computerlevel[1]            payload[2] type            = com.example.b\n\
            jane[1] attribute: name: Other\nThere are 2 configuration profiles installed\n";
        let expected = [
            "installed-profile a[0]",
            "? com.example.a NotReported",
            "? com.example.b NotReported",
            "installed-profile a[1]",
        ];
        check("a", printed.as_bytes(), &expected);
    }

    #[test]
    fn the_profiler_names_payloads() {
        let text = "<plist version='1.0'><array><dict><key>_dataType</key><string>SPConfigurationProfileDataType</string><key>_items</key><array>\
            <dict><key>_name</key><string>spconfigprofile_section_deviceconfigprofiles</string><key>_items</key><array><dict>\
            <key>spconfigprofile_profile_identifier</key><string>com.example.p</string><key>_items</key><array><dict><key>_name</key>\
            <string>com.example.a</string></dict></array></dict></array></dict></array></dict></array></plist>";
        check("a", text.as_bytes(), &["installed-profile a[0]", "? com.example.a NotReported"]);
    }
}
