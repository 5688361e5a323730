//! JSON: policies of Intune's in every dialect that its consoles and tools write (windows.md §6), declarations, and our own indexes.
//!
//! A file holds one policy, a list of them, or the answer of a service with a list in `value`. Each is a reading of its own.

use super::one::{Within, bare};
use super::{Envelope, Given, Kind, Read, Reader, Reading, audience};
use crate::backend::found::{self, Residue, Unknown, Why, Wrong};
use crate::encoding::json;
use crate::encoding::places::Places;
use crate::source::{FileId, Span};
use serde_json::Value as Json;

/// What types of Graph begin with.
const TYPE: &str = "#microsoft.graph.";

/// Words by which a text is one of these, although it cannot be read.
const OURS: [&str; 6] = [
    "@odata.type",
    "settingDefinitionId",
    "omaSettings",
    "com.apple.configuration.",
    "com.apple.activation.",
    "deviceManagement/",
];

/// The artefacts of a text, and the profiles in it.
pub(super) fn read(reader: &Reader<'_>, name: &str, text: &str) -> Vec<Read> {
    let whole = |readings| Read { name: name.to_owned(), text: None, readings, labels: Vec::new() };
    let plain = text.trim_start_matches('\u{FEFF}');
    let before = text.len() - plain.len();
    let value = match json::read_export(plain.as_bytes()) {
        Ok(value) => value,
        Err((place, cause)) => {
            let mut reading = Reading::new(name, Kind::Unknown);
            let at = before + offset(plain, &place);
            match OURS.iter().any(|word| plain.contains(word)) {
                true => reading.wrong(Wrong::at(Span::new(FileId::NONE, at, at + 1), "", format!("not JSON: {cause}"))),
                false => reading.strange(format!("it opens like JSON, and is none: {cause} ({place})")),
            }
            return vec![whole(vec![reading])];
        }
    };
    let places = json::places(text, &value);
    let mut reading = Documents { reader, places: &places, readings: Vec::new(), inside: Vec::new() };
    let list = value.as_array().or_else(|| value.get("value").and_then(Json::as_array).filter(|_| is_answer(&value)));
    match list {
        // The answer to a question for the settings of one policy.
        Some(list) if list.first().is_some_and(|one| one.get("settingInstance").is_some()) => {
            let mut settings = Reading::new(name, Kind::Catalogued);
            settings.take(found::instances(list, reader.catalogue, &places));
            reading.readings.push(settings);
        }
        Some(list) => {
            for (n, one) in list.iter().enumerate() {
                reading.document(&format!("{name}[{n}]"), one);
            }
            if list.is_empty() {
                let mut empty = Reading::new(name, Kind::Unknown);
                empty.strange("a list of nothing");
                reading.readings.push(empty);
            }
        }
        None => reading.document(name, &value),
    }
    let Documents { readings, inside, .. } = reading;
    let mut all = vec![whole(readings)];
    all.extend(inside);
    all
}

/// The byte of a place that the reader of JSON tells.
fn offset(text: &str, place: &str) -> usize {
    let number = |name: &str| {
        let (_, rest) = place.split_once(name)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    let line = number("line ").unwrap_or(1).saturating_sub(1);
    let start = text.match_indices('\n').nth(line.wrapping_sub(1)).map_or(0, |(at, _)| at + 1);
    let at = start + number("column ").unwrap_or(1).saturating_sub(1);
    at.min(text.len().saturating_sub(1))
}

/// The answer of a service to a question for many: it says what it answers, or holds nothing else of a policy.
fn is_answer(value: &Json) -> bool {
    let own = |name: &str| value.get(name).is_some();
    !(own("omaSettings") || own("settings") || own("displayName"))
}

struct Documents<'a, 'c> {
    reader: &'a Reader<'c>,
    places: &'a Places,
    readings: Vec<Reading>,
    inside: Vec<Read>,
}

impl Documents<'_, '_> {
    fn document(&mut self, name: &str, value: &Json) {
        let kind = kind(value);
        let mut reading = Reading::new(name, kind.clone());
        match kind {
            Kind::Declaration => self.declaration(&mut reading, value),
            Kind::Catalogued if value.get("settings").is_none_or(Json::is_null) => {
                // A list of policies has them without their settings, which are asked for by themselves.
                policy(&mut reading, value);
                let (place, span) = ("settings".to_owned(), self.places.of(value));
                reading.unknown.push(Unknown { name: place.clone(), place, why: Why::NotReported, span });
            }
            Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance => {
                policy(&mut reading, value);
                reading.take(found::policy(value, self.reader.catalogue, self.places));
            }
            Kind::Carrier => {
                policy(&mut reading, value);
                self.carried(&mut reading, value);
            }
            Kind::Graph(ref what) => {
                policy(&mut reading, value);
                let what = format!("a `{what}`, of which nothing here knows what it sets");
                reading.residue.push(Residue { place: "@odata.type".to_owned(), what, span: self.places.of(value) });
            }
            Kind::Own => {
                reading.envelope.platforms = value.get("platform").and_then(Json::as_str).map(str::to_owned);
            }
            _ => match quoted(value) {
                Some((member, text)) => {
                    reading.kind = Kind::Carrier;
                    // Text in text takes twice the room each time, so there are few of them in one another.
                    let mut inside = read(self.reader, &format!("{name}/{member}"), text);
                    if let Some(first) = inside.first_mut() {
                        first.text = Some(text.to_owned());
                    }
                    self.inside.extend(inside);
                }
                None => reading.strange("JSON, and no policy or declaration"),
            },
        }
        self.readings.push(reading);
    }

    fn declaration(&self, reading: &mut Reading, value: &Json) {
        let text = |name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
        reading.envelope =
            Envelope { identifier: text("Identifier"), token: text("ServerToken"), ..Envelope::default() };
        let mut found = found::declaration(value, self.reader.catalogue, self.places);
        found.residue.retain(|left| !["Identifier", "ServerToken"].contains(&left.place.as_str()));
        let named = value.get("Type").map_or(Span::NOWHERE, |kind| self.places.of(kind));
        found.items.iter_mut().for_each(|item| item.setting.names.owner = named);
        reading.take(found);
    }

    /// The profile of an envelope has a text of its own.
    fn carried(&mut self, reading: &mut Reading, value: &Json) {
        if value.get("payload").is_none_or(Json::is_null) {
            // A list of profiles may have them without what they carry.
            let (place, span) = ("payload".to_owned(), self.places.of(value));
            return reading.unknown.push(Unknown { name: place.clone(), place, why: Why::NotReported, span });
        }
        let profile = match found::carried(value) {
            Some(Ok(profile)) => profile,
            Some(Err((place, cause))) => return reading.wrong(Wrong::at(self.places.of(value), place, cause)),
            None => return,
        };
        let name = format!("{}/payload", reading.name);
        let mut inside = match super::archive::is_archive(&profile) {
            true => vec![bare(Reading::new(&name, Kind::Unknown))],
            false => self.reader.within(Given { name: &name, bytes: &profile }, Within::Envelope),
        };
        for inner in inside.iter_mut().flat_map(|read| &mut read.readings) {
            inner.audience.clone_from(&reading.audience);
            inner.envelope.platforms.clone_from(&reading.envelope.platforms);
        }
        self.inside.extend(inside);
    }
}

/// A policy that a tool keeps as text in a template of its own (CIPP writes `RAWJson`, in turn inside `JSON`).
fn quoted(value: &Json) -> Option<(&'static str, &str)> {
    let text = |member: &'static str| Some((member, value.get(member)?.as_str().filter(|text| text.starts_with('{'))?));
    text("RAWJson").or_else(|| text("JSON"))
}

/// What a value is.
fn kind(value: &Json) -> Kind {
    let text = |name: &str| value.get(name).and_then(Json::as_str);
    let has = |name: &str| value.get(name).is_some();
    let is_list = |name: &str| value.get(name).is_some_and(Json::is_array);
    if let Some(kind) = text("@odata.type").and_then(|kind| kind.strip_prefix(TYPE)) {
        return graph(kind, is_list("omaSettings"));
    }
    let context = text("@odata.context").unwrap_or_default();
    if is_list("omaSettings") {
        return Kind::Custom;
    }
    let is_policy = context.contains("/configurationPolicies") || has("technologies") || has("platforms");
    if is_list("settings") && (is_policy || is_instances(value)) {
        return Kind::Catalogued;
    }
    if text("Type").is_some_and(|kind| kind.starts_with("com.apple.")) && has("Payload") {
        return Kind::Declaration;
    }
    if is_list("settingsDelta") || list_of(value, "definitionId") {
        return Kind::Graph("deviceManagementIntent".to_owned());
    }
    if has("organisation") && has("group") && (has("routes") || has("reports")) {
        return Kind::Own;
    }
    // An answer without types says in its context of what they are.
    if let Some((_, what)) = context.split_once("deviceManagement/") {
        return Kind::Graph(what.split(['(', '/', '$']).next().unwrap_or(what).to_owned());
    }
    Kind::Unknown
}

fn graph(kind: &str, has_settings: bool) -> Kind {
    match kind {
        "deviceManagementConfigurationPolicy" => Kind::Catalogued,
        "windows10CustomConfiguration" if has_settings => Kind::Custom,
        "windowsUpdateForBusinessConfiguration" => Kind::Ring,
        "windows10CompliancePolicy" | "iosCompliancePolicy" | "macOSCompliancePolicy" => Kind::Compliance,
        "iosCustomConfiguration" | "macOSCustomConfiguration" => Kind::Carrier,
        other => Kind::Graph(other.to_owned()),
    }
}

/// Whether `settings` are those of a policy of the catalogue.
fn is_instances(value: &Json) -> bool {
    list_of(value, "settingInstance")
}

/// Whether one of `settings` has such a member.
fn list_of(value: &Json, member: &str) -> bool {
    let settings = value.get("settings").and_then(Json::as_array);
    settings.is_some_and(|settings| settings.iter().any(|setting| setting.get(member).is_some()))
}

/// The system that an envelope of a profile is for: its type says so.
fn carrier_of(value: &Json) -> Option<&'static str> {
    let kind = value.get("@odata.type")?.as_str()?.strip_prefix(TYPE)?;
    ["iOS", "macOS"]
        .into_iter()
        .find(|system| kind.strip_suffix("CustomConfiguration").is_some_and(|start| start.eq_ignore_ascii_case(system)))
}

/// What a policy says of itself, and who gets it.
fn policy(reading: &mut Reading, value: &Json) {
    let text = |name: &str| value.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let template = value.get("templateReference");
    let template = template.and_then(|template| template.get("templateFamily")).and_then(Json::as_str);
    reading.envelope = Envelope {
        identifier: text("id"),
        name: text("displayName").or(text("name")),
        description: text("description"),
        scope: text("deploymentChannel"),
        version: value.get("version").and_then(Json::as_i64).map(i128::from),
        platforms: text("platforms").or_else(|| carrier_of(value).map(str::to_owned)),
        template: template.filter(|family| *family != "none").map(str::to_owned),
        ..Envelope::default()
    };
    reading.audience = audience::of(value);
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use crate::encoding::base64;

    const CUSTOM: &str = r##"{"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": "x",
"assignments": [{"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}], "omaSettings": [
{"@odata.type": "#microsoft.graph.omaSettingInteger", "omaUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "value": 0},
{"@odata.type": "#microsoft.graph.omaSettingString", "omaUri": "./Device/Vendor/MSFT/X/Y", "isEncrypted": true, "value": "****"}, 7]}"##;
    const EXPECTED: [&str; 3] = [
        "= ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera := 0 @3:1",
        "? ./Device/Vendor/MSFT/X/Y Masked @4:1",
        "~ omaSettings[2]: 7 @4:131",
    ];

    #[test]
    fn exports_come_in_every_wrapping() {
        let [set, masked, odd] = EXPECTED;
        check("a", CUSTOM.as_bytes(), &["custom-profile a", set, masked, odd]);
        let marked = format!("\u{FEFF}{CUSTOM}");
        check("a", marked.as_bytes(), &["custom-profile a +byte-order-mark", set, masked, odd]);
        let wide: Vec<u8> = CUSTOM.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check("a", &[b"\xFF\xFE", &wide[..]].concat(), &["custom-profile a +utf-16", set, masked, odd]);
        check("a", format!("[{CUSTOM}]").as_bytes(), &["custom-profile a[0]", set, masked, odd]);
        let answer = format!("{{\"@odata.context\": \"c\", \"value\": [{CUSTOM}, {{}}]}}");
        let none = "! unknown-format: JSON, and no policy or declaration";
        check("a", answer.as_bytes(), &["custom-profile a[0]", set, masked, odd, "unknown a[1]", none]);
        let text = serde_json::to_string(CUSTOM).unwrap();
        check("a", text.as_bytes(), &["custom-profile a +json-in-json", set, masked, odd]);
        let cut = &CUSTOM[..CUSTOM.len() - 9];
        let fault = "! malformed-artefact @4:124: not JSON: EOF while parsing a string";
        check("a", cut.as_bytes(), &["unknown a", fault]);
    }

    #[test]
    fn policies_of_the_catalogue_keep_what_only_a_template_could_tell() {
        let text = r##"{"name": "x", "platforms": "windows10", "settings": [{"id": "0", "settingInstance": {
"@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
"settingDefinitionId": "device_vendor_msft_policy_config_autoplay_turnoffautoplay", "choiceSettingValue": {
"value": "device_vendor_msft_policy_config_autoplay_turnoffautoplay_1", "children": [
{"settingDefinitionId": "device_vendor_msft_policy_config_autoplay_turnoffautoplay_autorun_box",
"choiceSettingValue": {"value": "device_vendor_msft_policy_config_autoplay_turnoffautoplay_autorun_box_255"}}]}}},
{"settingInstance": {"settingDefinitionId": "device_vendor_msft_x", "simpleSettingValue": {"value": "y"}}},
{"settingInstance": {"settingDefinitionId": "device_vendor_msft_z", "simpleSettingValue": {"value": "1", "valueState": "encryptedValueToken"}}}
]}"##;
        let uri = "./Device/Vendor/MSFT/Policy/Config/Autoplay/TurnOffAutoPlay";
        check(
            "a",
            text.as_bytes(),
            &[
                "settings-catalogue a",
                &format!("= {uri} := true @1:85"),
                &format!("= {uri} · autorun_box := \"255\" (doubted) @5:1"),
                "? device_vendor_msft_z Masked @8:21",
                "~ device_vendor_msft_x: {\"settingDefinitionId\":\"device_vendor_msft_x\",\"simpleSettingValue\":{\"value\":\"y\"}} @7:21",
            ],
        );
        let listed =
            r##"{"value": [{"@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy", "name": "x"}]}"##;
        check("a", listed.as_bytes(), &["settings-catalogue a[0]", "? settings NotReported @1:12"]);
    }

    #[test]
    fn a_profile_in_an_envelope_is_a_reading_of_its_own() {
        let profile = "<plist version='1.0'><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array>\n\
            <dict><key>PayloadType</key><string>com.example.a</string><key>k</key><true/></dict></array></dict></plist>";
        let envelope = |payload: &str| {
            format!(
                "{{\"@odata.type\": \"#microsoft.graph.iosCustomConfiguration\", \"payloadName\": \"n\", \"payloadFileName\": \"f\", \"payload\": \"{}\"}}",
                base64::encode(payload.as_bytes())
            )
        };
        let inside = ["profile a/payload", "= com.example.a · k := true @2:71"];
        check("a", envelope(profile).as_bytes(), &["profile-envelope a", inside[0], inside[1]]);
        let listed =
            r##"[{"@odata.type": "#microsoft.graph.macOSCustomConfiguration", "displayName": "x", "payload": null}]"##;
        check("a", listed.as_bytes(), &["profile-envelope a[0]", "? payload NotReported @1:2"]);
        let strange = "! unknown-format: no text, and no file that is known here";
        check("a", envelope(&envelope(profile)).as_bytes(), &["profile-envelope a", "unknown a/payload", strange]);
    }

    #[test]
    fn templates_of_tools_hold_policies_as_text() {
        let quoted = |member: &str, text: &str| serde_json::json!({ "GUID": "x", member: text }).to_string();
        let raw = quoted("RAWJson", CUSTOM);
        let [set, masked, odd] = EXPECTED;
        let inside = "custom-profile a/RAWJson";
        check("a", raw.as_bytes(), &["profile-envelope a", inside, set, masked, odd]);
        let outer =
            ["profile-envelope a", "profile-envelope a/JSON", "custom-profile a/JSON/RAWJson", set, masked, odd];
        check("a", quoted("JSON", &raw).as_bytes(), &outer);
        let intent =
            r#"{"displayName": "x", "settingsDelta": [{"definitionId": "deviceConfiguration--x", "valueJson": "1"}]}"#;
        let said = "~ @odata.type: a `deviceManagementIntent`, of which nothing here knows what it sets @1:1";
        check("a", intent.as_bytes(), &["deviceManagementIntent a", said]);
    }

    #[test]
    fn declarations_and_files_of_other_types_are_told_apart() {
        let text = "{\"Type\": \"com.apple.configuration.passcode.settings\", \"Identifier\": \"a\", \"ServerToken\": \"b\",\n\"Payload\": {\"MinimumLength\": 6}}";
        let set = "= com.apple.configuration.passcode.settings · MinimumLength := 6 @2:30";
        check("a.xml", text.as_bytes(), &["declaration a.xml", set]);
        let other =
            r##"{"@odata.type": "#microsoft.graph.windows10EndpointProtectionConfiguration", "displayName": "x"}"##;
        let said = "~ @odata.type: a `windows10EndpointProtectionConfiguration`, of which nothing here knows what it sets @1:1";
        check("a", other.as_bytes(), &["windows10EndpointProtectionConfiguration a", said]);
    }
}
