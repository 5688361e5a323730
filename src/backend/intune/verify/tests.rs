//! Each mutation that Microsoft's SDK or Graph's metadata lets through (windows.md §4.5), and each that they refuse, made to files of
//! ours: it has a fault, at its place.

use super::super::{
    Carried, Carrier, DeploymentChannel, Title, carry, catalogued, compliance, compliance_parts, custom, ring,
};
use super::*;
use crate::backend::sample::{declared, key};
use crate::setting::{Channel, Family, Leaf, Setting, Value};

const TITLE: Title<'_> = Title { name: "acme laptops: x", description: "", reached: Vec::new(), left_out: Vec::new() };

fn setting(owner: &str, leaf: Leaf, value: Value) -> Setting {
    let family = if owner.starts_with("./") { Family::Csp } else { Family::Compliance };
    let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
    Setting::found(Address { family, channel, owner: owner.to_owned(), instance: None, leaf }, value)
}

fn node(rest: &str, value: Value) -> Setting {
    setting(&format!("./Device/Vendor/MSFT/{rest}"), Leaf::Node, value)
}

fn a_catalogue() -> Vec<u8> {
    let pin = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
    let settings = [
        node("BitLocker/AllowStandardUserEncryption", Value::Integer(1)),
        node("BitLocker/AllowWarningForOtherDiskEncryption", Value::Integer(0)),
        setting(pin, Leaf::AdmxState, Value::Boolean(true)),
        setting(pin, Leaf::AdmxElement("MinPINLength".to_owned()), Value::Integer(6)),
        node("Policy/Config/Camera/AllowCamera", Value::Integer(0)),
    ];
    let catalogue = Catalogue::embedded();
    let made = catalogued(&TITLE, &settings, &catalogue);
    assert!(made.left.is_empty(), "{:?}", made.left);
    made.bytes.unwrap()
}

fn a_profile() -> Vec<u8> {
    let settings = [
        node("AppLocker/ApplicationLaunchRestrictions/a/EXE/Policy", Value::text("<RuleCollection Type=\"Exe\"/>")),
        node("Policy/Config/Camera/AllowCamera", Value::Integer(0)),
        node("DMClient/Provider/a/FirstSyncStatus/BlockInStatusPage", Value::Integer(1)),
    ];
    custom(&TITLE, &settings, &Catalogue::embedded()).bytes.unwrap()
}

fn a_compliance(version: Version) -> Vec<u8> {
    let key = |name: &str, value| setting("windows10CompliancePolicy", Leaf::Keys(vec![name.to_owned()]), value);
    let settings = [
        key("passwordRequired", Value::Boolean(true)),
        key("passwordRequiredType", Value::text("numeric")),
        key("passwordMinimumLength", Value::Integer(6)),
        key("tpmRequired", Value::Boolean(true)),
    ];
    let part = compliance_parts(&settings).into_iter().find(|part| part.version == version).unwrap();
    compliance(&TITLE, &part, &settings).bytes.unwrap()
}

fn a_ring() -> Vec<u8> {
    let update = |name: &str, number| node(&format!("Policy/Config/Update/{name}"), Value::Integer(number));
    let settings = [
        update("ActiveHoursEnd", 18),
        update("ActiveHoursStart", 8),
        update("AllowAutoUpdate", 2),
        update("ConfigureDeadlineGracePeriod", 2),
    ];
    ring(&TITLE, &settings).bytes.unwrap()
}

fn of_apple() -> Vec<u8> {
    let updates = "com.apple.configuration.softwareupdate.settings";
    let settings = [
        declared(updates, "AutomaticActions.Download", Value::text("AlwaysOn")),
        declared(updates, "Deferrals.CombinedPeriodInDays", Value::Integer(3)),
        key("com.apple.security.firewall", "EnableFirewall", Value::Boolean(true)),
    ];
    catalogued(&TITLE, &settings, &Catalogue::embedded()).bytes.unwrap()
}

fn an_envelope(carrier: Carrier) -> Vec<u8> {
    let carried = Carried {
        carrier,
        payload_name: "Passcode".to_owned(),
        file_name: "passcode.mobileconfig".to_owned(),
        profile: b"<plist/>\n".to_vec(),
    };
    carry(&TITLE, &carried)
}

#[test]
fn what_we_write_has_no_fault() {
    use Version::{Beta, V1};
    let catalogue = Catalogue::embedded();
    for (file, version) in [
        (a_catalogue(), Beta),
        (of_apple(), Beta),
        (a_profile(), V1),
        (a_compliance(V1), V1),
        (a_compliance(Beta), Beta),
        (a_ring(), V1),
        (an_envelope(Carrier::Ios), V1),
        (an_envelope(Carrier::MacOs(None)), V1),
        (an_envelope(Carrier::MacOs(Some(DeploymentChannel::User))), Beta),
    ] {
        assert_eq!(verify(&file, version, &catalogue), [], "{}", String::from_utf8_lossy(&file));
        assert_eq!(graph::needed(&json::read(&file).unwrap()), version);
    }
}

/// Changes one member of a file, by its JSON pointer; `null` takes it away.
fn mutated(file: &[u8], pointer: &str, value: &str) -> Vec<u8> {
    let mut object = json::read(file).unwrap();
    let (above, name) = pointer.rsplit_once('/').unwrap();
    let above = object.pointer_mut(above).unwrap_or_else(|| panic!("{pointer}: {}", String::from_utf8_lossy(file)));
    let value: Json = serde_json::from_str(value).unwrap();
    match above {
        Json::Object(members) if value.is_null() => {
            members.remove(name).unwrap_or_else(|| panic!("{pointer}"));
        }
        Json::Object(members) => {
            members.insert(name.to_owned(), value);
        }
        Json::Array(items) if name == "-" => items.push(value),
        Json::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    json::write(&object)
}

/// A pointer, what is put there, and the place and cause of the first fault.
type Mutation = (&'static str, &'static str, &'static str, &'static str);

fn refused(file: &[u8], version: Version, mutations: &[Mutation]) {
    let catalogue = Catalogue::embedded();
    for (pointer, value, place, cause) in mutations {
        let faults = verify(&mutated(file, pointer, value), version, &catalogue);
        let first = faults.first().unwrap_or_else(|| panic!("{pointer} = {value} is let through"));
        assert!(first.0 == *place && first.1.contains(cause), "{pointer} = {value}: {faults:?}");
    }
}

#[test]
fn policies_of_apples_settings() {
    let group = "groupSettingCollectionValue/0/children/0";
    let updates = format!("/settings/0/settingInstance/{group}/{group}");
    for below in ["choiceSettingValue/value", "settingDefinitionId"] {
        let file =
            mutated(&of_apple(), &format!("{updates}/{below}"), "\"softwareupdate_automaticactions_download_7\"");
        let faults = verify(&file, Version::Beta, &Catalogue::embedded());
        assert!(faults.iter().any(|fault| fault.0.starts_with("settings[0]")), "{below}: {faults:?}");
    }
}

const BLOCK: &str = r#"{"actionType": "block", "gracePeriodHours": 0}"#;

#[test]
fn custom_profiles() {
    refused(
        &a_profile(),
        Version::V1,
        &[
            ("/omaSettings/1/value", "\"1\"", "omaSettings[1].value", "whole number"),
            ("/omaSettings/1/value", "4294967295", "omaSettings[1].value", "32 bits"),
            ("/omaSettings/1/value", "1.5", "omaSettings[1].value", "whole number"),
            ("/omaSettings/0/value", "\"<RuleCollection/>\"", "omaSettings[0].value", "base64"),
            ("/omaSettings/0/fileName", "null", "omaSettings[0].fileName", "needs `fileName`"),
            ("/omaSettings/1/@odata.type", "null", "omaSettings[1].@odata.type", "say which"),
            (
                "/omaSettings/1/@odata.type",
                "\"#microsoft.graph.omaSettingInt\"",
                "omaSettings[1].@odata.type",
                "no type",
            ),
            (
                "/omaSettings/1/@odata.type",
                "\"#microsoft.graph.omaSettingBoolean\"",
                "omaSettings[1].value",
                "true or false",
            ),
            (
                "/omaSettings/1/@odata.type",
                "\"#microsoft.graph.iosCustomConfiguration\"",
                "omaSettings[1].@odata.type",
                "`omaSetting` is",
            ),
            ("/omaSettings/1/omaUri", "null", "omaSettings[1].omaUri", "needs `omaUri`"),
            ("/omaSettings/1/omaURI", "\"x\"", "omaSettings[1].omaURI", "it has `omaUri`"),
            ("/omaSettings/1/value", "null", "omaSettings[1].value", "needs `value`"),
            ("/omaSettings/1/displayName", "null", "omaSettings[1].displayName", "needs `displayName`"),
            ("/omaSettings/1/isEncrypted", "true", "omaSettings[1].isEncrypted", "the beta's"),
            ("/displayName", "null", "displayName", "needs `displayName`"),
            ("/displayName", "\"\"", "displayName", "empty"),
            ("/omaSettings", "null", "omaSettings", "needs `omaSettings`"),
            ("/omaSettings", "{}", "omaSettings", "a list"),
            ("/@odata.type", "null", "@odata.type", "nothing says"),
            ("/@odata.type", "\"#microsoft.graph.deviceConfiguration\"", "@odata.type", "say which"),
            ("/@odata.type", "\"#microsoft.graph.iosCustomConfiguration\"", "omaSettings", "no property"),
        ],
    );
    let twice =
        mutated(&a_profile(), "/omaSettings/1/omaUri", "\"./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera\"");
    let faults = verify(&twice, Version::V1, &Catalogue::embedded());
    assert!(faults.len() == 1 && faults[0].1.contains("stands twice"), "{faults:?}");
    let long = mutated(&a_profile(), "/description", &format!("\"{}\"", "x".repeat(DESCRIPTION + 1)));
    assert_eq!(verify(&long, Version::V1, &Catalogue::embedded())[0].0, "description");
}

#[test]
fn compliance_policies() {
    let actions = "/scheduledActionsForRule/0/scheduledActionConfigurations";
    refused(
        &a_compliance(Version::V1),
        Version::V1,
        &[
            ("/scheduledActionsForRule", "null", "scheduledActionsForRule", "needs"),
            ("/scheduledActionsForRule", "[]", "scheduledActionsForRule", "0 actions"),
            ("/passwordRequiredType", "\"numerical\"", "passwordRequiredType", "it has `numeric`"),
            ("/passwordRequired", "\"true\"", "passwordRequired", "true or false"),
            ("/passwordMinimumLength", "2147483648", "passwordMinimumLength", "32 bits"),
            ("/passwordMinimumLenght", "6", "passwordMinimumLenght", "it has `passwordMinimumLength`"),
            ("/tpmRequired", "true", "tpmRequired", "the beta's"),
            ("/osMinimumVersion", "10", "osMinimumVersion", "a text"),
            ("/@odata.type", "\"#microsoft.graph.androidCompliancePolicy\"", "@odata.type", "no type"),
            ("/roleScopeTagIds", "[\"0\"]", "roleScopeTagIds", "the beta's"),
        ],
    );
    let add = format!("{actions}/-");
    let doubled = mutated(&a_compliance(Version::V1), &add, BLOCK);
    let faults = verify(&doubled, Version::V1, &Catalogue::embedded());
    assert!(faults[0].0 == "scheduledActionsForRule" && faults[0].1.starts_with("2 actions"), "{faults:?}");
    let first = format!("{actions}/0");
    let other =
        |value: &str| verify(&mutated(&a_compliance(Version::V1), &first, value), Version::V1, &Catalogue::embedded());
    assert!(other(r#"{"actionType": "notification", "gracePeriodHours": 0}"#)[0].1.starts_with("0 actions"));
    assert!(other(r#"{"actionType": "lock", "gracePeriodHours": 0}"#)[0].1.contains("has no `lock`"));
    assert!(other(r#"{"actionType": "remoteLock", "gracePeriodHours": 0}"#)[0].1.contains("the beta's"));
    assert!(other(r#"{"actionType": "block", "gracePeriodHours": 9000}"#)[0].1.contains("outside 0 to 8760"));
    assert!(other(r#"{"actionType": "block"}"#)[0].1.contains("needs `gracePeriodHours`"));
    assert_eq!(other(r#"{"actionType": "block", "gracePeriodHours": 24}"#), []);
}

#[test]
fn rings_and_envelopes() {
    refused(
        &a_ring(),
        Version::V1,
        &[
            ("/deadlineGracePeriodInDays", "8", "deadlineGracePeriodInDays", "outside 0 to 7"),
            ("/automaticUpdateMode", "\"windowsDefault\"", "automaticUpdateMode", "the beta's"),
            ("/installationSchedule/@odata.type", "null", "installationSchedule.@odata.type", "say which"),
            ("/installationSchedule/activeHoursStart", "\"8\"", "installationSchedule.activeHoursStart", "time of day"),
        ],
    );
    refused(
        &an_envelope(Carrier::MacOs(Some(DeploymentChannel::User))),
        Version::Beta,
        &[
            ("/deploymentChannel", "\"bothChannels\"", "deploymentChannel", "has no `bothChannels`"),
            ("/payload", "\"<plist/>\"", "payload", "base64"),
            ("/payloadName", "null", "payloadName", "needs"),
        ],
    );
    let channel = an_envelope(Carrier::MacOs(Some(DeploymentChannel::User)));
    assert!(verify(&channel, Version::V1, &Catalogue::embedded())[0].1.contains("the beta's"));
}

#[test]
fn policies_of_the_catalogue() {
    let file = a_catalogue();
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.contains("allowwarningforotherdiskencryption_0"), "{text}");
    refused(
        &file,
        Version::Beta,
        &[
            (
                "/settings/0/settingInstance/choiceSettingValue/value",
                "\"device_vendor_msft_x_7\"",
                "settings[0].settingInstance.settingDefinitionId",
                "no setting",
            ),
            (
                "/settings/0/settingInstance/settingDefinitionId",
                "\"device_vendor_msft_bitlocker_allowwarning\"",
                "settings[0].settingInstance.settingDefinitionId",
                "no setting",
            ),
            ("/settings/0/id", "\"7\"", "settings[0].id", "numbered"),
            ("/settings/0/settingInstance/@odata.type", "null", "settings[0].settingInstance.@odata.type", "say which"),
            (
                "/settings/0/settingInstance/settingDefinitionId",
                "null",
                "settings[0].settingInstance.settingDefinitionId",
                "needs",
            ),
            ("/platforms", "\"windows11\"", "platforms", "has no `windows11`"),
            ("/technologies", "\"mdm,nothing\"", "technologies", "has no `nothing`"),
            ("/name", "null", "name", "needs"),
        ],
    );
    let at = |needle: &str| -> String {
        let object = json::read(&file).unwrap();
        let list = object["settings"].as_array().unwrap();
        let place = list.iter().position(|one| id_of(&one["settingInstance"]).ends_with(needle)).unwrap();
        format!("/settings/{place}/settingInstance")
    };
    let pin = at("systemdrivesminimumpinlength");
    let warning = at("allowwarningforotherdiskencryption");
    let camera = at("allowcamera");
    let check = |pointer: &str, value: &str, place: &str, cause: &str| {
        let faults = verify(&mutated(&file, pointer, value), Version::Beta, &Catalogue::embedded());
        assert!(faults.iter().any(|fault| fault.0.contains(place) && fault.1.contains(cause)), "{pointer}: {faults:?}");
    };
    // An option that its node does not have, a child of another policy, a child below the wrong option, one that stands at the top.
    let option = "\"device_vendor_msft_policy_config_camera_allowcamera_7\"";
    check(&format!("{camera}/choiceSettingValue/value"), option, "settingDefinitionId", "no setting");
    let child = "\"device_vendor_msft_bitlocker_systemdrivesminimumpinlength_maxpinlength\"";
    check(
        &format!("{pin}/choiceSettingValue/children/0/settingDefinitionId"),
        child,
        "children[0].settingDefinitionId",
        "no setting",
    );
    let allowed = "\"device_vendor_msft_bitlocker_allowwarningforotherdiskencryption_1\"";
    check(&format!("{warning}/choiceSettingValue/value"), allowed, "children[0].settingDefinitionId", "stands below");
    let object = json::read(&file).unwrap();
    let nested = object.pointer(&format!("{warning}/choiceSettingValue/children/0")).unwrap();
    let count = object["settings"].as_array().unwrap().len();
    let lone = serde_json::json!({ "id": count.to_string(), "settingInstance": nested }).to_string();
    check("/settings/-", &lone, &format!("settings[{count}]"), "");
    let again = serde_json::json!({ "id": count.to_string(), "settingInstance": object.pointer(&camera).unwrap() });
    check("/settings/-", &again.to_string(), &format!("settings[{count}]"), "stands twice");
    let number = format!("{pin}/choiceSettingValue/children/0/simpleSettingValue/value");
    check(&number, "\"6\"", "simpleSettingValue.value", "whole number");
    check(&number, "4294967295", "simpleSettingValue.value", "32 bits");
}

#[test]
fn one_node_is_never_for_the_device_and_for_its_user() {
    let rest = "Vendor/MSFT/Policy/Config/Experience/AllowWindowsSpotlight";
    let catalogue = Catalogue::embedded();
    let both: Vec<&str> = catalogue
        .uris()
        .into_iter()
        .filter_map(|uri| uri.strip_prefix("./User/"))
        .filter(|rest| catalogue.known_node(&format!("./Device/{rest}")).is_some())
        .collect();
    let both = both.into_iter().find(|one| *one != rest).unwrap();
    let addresses: Vec<Address> = ["./User/", "./Device/"]
        .iter()
        .map(|root| setting(&format!("{root}{both}"), Leaf::Node, Value::Integer(1)).address)
        .collect();
    let mut faults = Vec::new();
    both_scopes(&addresses.iter().collect::<Vec<_>>(), &mut faults);
    assert!(faults[0].1.contains(both), "{faults:?}");
}

#[test]
fn what_is_no_file_of_intunes_is_refused() {
    let check = |text: &str, place: &str| {
        let faults = verify(text.as_bytes(), Version::Beta, &Catalogue::embedded());
        assert_eq!(faults.first().map(|fault| fault.0.as_str()), Some(place), "{text}");
    };
    check("", "line 1, column 0");
    check("[]", "");
    check("{}", "@odata.type");
    check(r##"{"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "x"}"##, "@odata.type");
    check(r#"{"a": 1, "a": 2}"#, "line 1, column 12");
}
