//! The three layouts on one tree of files as the route `intune` writes them.

use super::*;
use serde_json::{Value as Json, json};

fn file(kind: &str, name: &str, more: Json) -> Vec<u8> {
    let mut object = json!({ "@odata.type": format!("#microsoft.graph.{kind}"), "displayName": name });
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    format!("{object:#}\n").into_bytes()
}

fn actions() -> Json {
    json!([{ "ruleName": "PasswordRequired", "scheduledActionConfigurations": [{ "actionType": "block", "gracePeriodHours": 0 }] }])
}

fn tree() -> Vec<(String, Vec<u8>)> {
    let profile = crate::encoding::base64::encode("<plist>ü ${x}</plist>\n".as_bytes());
    let envelope = json!({ "payloadName": "Passcode", "payloadFileName": "passcode.mobileconfig", "payload": profile });
    let group = json!([{ "target": { "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "1" } }]);
    let instance = json!({ "id": "0", "settingInstance": { "settingDefinitionId": "a", "simpleSettingValue": { "value": "%{x} ü" } } });
    let catalogue = json!({ "name": "acme laptops: catalogue", "platforms": "windows10", "technologies": "mdm,microsoftSense",
        "roleScopeTagIds": ["0"], "templateReference": {}, "settings": [instance], "assignments": group });
    let xml = crate::encoding::base64::encode(b"<a/>");
    let oma = json!({ "omaSettings": [
        { "@odata.type": "#microsoft.graph.omaSettingInteger", "displayName": "n", "description": "", "omaUri": "./a", "value": 1 },
        { "@odata.type": "#microsoft.graph.omaSettingStringXml", "displayName": "x", "omaUri": "./b", "fileName": "v.xml", "value": xml },
        { "@odata.type": "#microsoft.graph.omaSettingBoolean", "displayName": "t", "omaUri": "./c", "value": true },
    ]});
    let whole = json!({ "allowWindows11Upgrade": true, "automaticUpdateMode": "notifyDownload", "driversExcluded": false,
        "featureUpdatesDeferralPeriodInDays": 0, "featureUpdatesRollbackWindowInDays": 10, "microsoftUpdateServiceAllowed": true,
        "qualityUpdatesDeferralPeriodInDays": 3, "skipChecksBeforeRestart": false, "deadlineGracePeriodInDays": 2 });
    [
        ("acme/laptops/intune/catalogue.json", file("deviceManagementConfigurationPolicy", "", catalogue)),
        ("acme/laptops/intune/custom.json", file("windows10CustomConfiguration", "acme laptops: custom", oma)),
        ("acme/laptops/intune/ring.json", file("windowsUpdateForBusinessConfiguration", "acme laptops: ring", whole)),
        (
            "acme/laptops/intune/windows10CompliancePolicy.json",
            file(
                "windows10CompliancePolicy",
                "acme laptops: compliance",
                json!({ "passwordRequired": true, "secureBootEnabled": true, "scheduledActionsForRule": actions() }),
            ),
        ),
        ("acme/macs/intune/passcode.json", file("macOSCustomConfiguration", "acme macs: passcode", envelope.clone())),
        ("acme/phones/intune/passcode.json", file("iosCustomConfiguration", "acme phones: passcode", envelope)),
        (
            "acme/phones/intune/iosCompliancePolicy.json",
            file(
                "iosCompliancePolicy",
                "acme phones: compliance",
                json!({ "passcodeRequired": true, "scheduledActionsForRule": actions() }),
            ),
        ),
        ("acme/phones/com.apple.wifi.mobileconfig", b"<plist/>".to_vec()),
        ("acme/phones/index.json", b"{}".to_vec()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into()
}

fn arranged(layout: Tool, files: &[(String, Vec<u8>)]) -> Arranged {
    let given: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let arranged = arrange(layout, &given);
    // Deterministic; every path once; everything comes from somewhere, and everything that the layout takes is somewhere.
    assert_eq!(arrange(layout, &given), arranged);
    let paths: BTreeSet<&str> = arranged.files.iter().map(|laid| laid.path.as_str()).collect();
    assert_eq!(paths.len(), arranged.files.len());
    let from: BTreeSet<&str> = arranged.files.iter().flat_map(|laid| &laid.from).map(String::as_str).collect();
    let taken: BTreeSet<&str> = given.iter().map(|(path, _)| *path).filter(|path| layout.takes(path)).collect();
    assert_eq!(from, taken);
    assert!(paths.iter().all(|path| super::super::archive::is_plain(path)));
    arranged
}

fn paths(arranged: &Arranged) -> Vec<&str> {
    arranged.files.iter().map(|laid| laid.path.as_str()).collect()
}

fn json_of(arranged: &Arranged, path: &str) -> Json {
    let laid = arranged.files.iter().find(|laid| laid.path == path).unwrap_or_else(|| panic!("{:?}", paths(arranged)));
    serde_json::from_slice(&laid.bytes).unwrap()
}

#[test]
fn intune_management_has_a_folder_for_each_list_and_objects_as_they_are() {
    let tree = tree();
    let arranged = arranged(Tool::IntuneManagement, &tree);
    let expected = [
        "acme/CompliancePolicies/acme laptops_ compliance.json",
        "acme/CompliancePolicies/acme phones_ compliance.json",
        "acme/DeviceConfiguration/acme laptops_ custom.json",
        "acme/DeviceConfiguration/acme macs_ passcode.json",
        "acme/DeviceConfiguration/acme phones_ passcode.json",
        "acme/SettingsCatalog/acme laptops_ catalogue.json",
        "acme/UpdatePolicies/acme laptops_ ring.json",
    ];
    assert_eq!((paths(&arranged), arranged.left.len()), (expected.to_vec(), 0));
    for laid in &arranged.files {
        let (_, own) = tree.iter().find(|(path, _)| [path] == laid.from.iter().collect::<Vec<_>>()[..]).unwrap();
        let (own, laid_out): (Json, Json) =
            (serde_json::from_slice(own).unwrap(), serde_json::from_slice(&laid.bytes).unwrap());
        assert_eq!(own, laid_out);
        assert!(laid.bytes.is_ascii() && own["@odata.type"].is_string());
    }
}

#[test]
fn intunecd_has_each_apple_profile_beside_its_object() {
    let arranged = arranged(Tool::Intunecd, &tree());
    let expected = [
        "acme/Compliance Policies/Policies/acme laptops_ compliance.json",
        "acme/Compliance Policies/Policies/acme phones_ compliance.json",
        "acme/Device Configurations/acme laptops_ custom.json",
        "acme/Device Configurations/acme laptops_ ring.json",
        "acme/Device Configurations/acme macs_ passcode.json",
        "acme/Device Configurations/acme phones_ passcode.json",
        "acme/Device Configurations/mobileconfig/macs.passcode.mobileconfig",
        "acme/Device Configurations/mobileconfig/phones.passcode.mobileconfig",
        "acme/Settings Catalog/acme laptops_ catalogue.json",
    ];
    assert_eq!((paths(&arranged), arranged.left.len()), (expected.to_vec(), 0));
    let object = json_of(&arranged, "acme/Device Configurations/acme macs_ passcode.json");
    assert_eq!(object["payloadFileName"], "macs.passcode.mobileconfig");
    assert_eq!(arranged.files[6].bytes, "<plist>ü ${x}</plist>\n".as_bytes());
}

#[test]
fn terraform_has_a_resource_for_each_object_that_the_provider_can_hold_whole() {
    let arranged = arranged(Tool::Terraform, &tree());
    let expected = [
        "acme/left-out/phones.passcode.json",
        "acme/terraform/laptops_catalogue.tf.json",
        "acme/terraform/laptops_custom.tf.json",
        "acme/terraform/laptops_ring.tf.json",
        "acme/terraform/laptops_windows10compliancepolicy.tf.json",
        "acme/terraform/macs_passcode.tf.json",
        "acme/terraform/phones_ioscompliancepolicy.tf.json",
        "acme/terraform/providers.tf.json",
    ];
    assert_eq!(paths(&arranged), expected);
    let why = "the provider has no resource for `iosCustomConfiguration`";
    assert_eq!(arranged.left, [("acme/phones/intune/passcode.json".to_owned(), why.to_owned())]);
    let body = |path: &str, resource: &str, name: &str| {
        let file = json_of(&arranged, path);
        file["resource"][format!("microsoft365_graph_beta_device_management_{resource}")][name].clone()
    };
    let catalogue = body(expected[1], "settings_catalog_configuration_policy_json", "laptops_catalogue");
    assert_eq!(catalogue["technologies"], json!(["mdm", "microsoftSense"]));
    assert_eq!(catalogue["assignments"], json!([{ "type": "groupAssignmentTarget", "group_id": "1" }]));
    let settings = catalogue["settings"].as_str().unwrap();
    assert!(
        settings.contains("%%{x} ü") && settings.starts_with("{\"settings\":[{\"id\":\"0\",\"settingInstance\":{"),
        "{settings}"
    );
    let custom = body(expected[2], "windows_custom_configuration", "laptops_custom");
    let values: Vec<&Json> = custom["oma_settings"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!(values, [&json!("1"), &json!("<a/>"), &json!("true")]);
    let ring = body(expected[3], "windows_update_ring", "laptops_ring");
    assert_eq!(
        (&ring["automatic_update_mode"], &ring["deadline_settings"]),
        (&json!("notifyDownload"), &json!({ "deadline_grace_period_in_days": 2 }))
    );
    let windows = body(expected[4], "windows_device_compliance_policy", "laptops_windows10compliancepolicy");
    assert_eq!(windows["device_health"], json!({ "secure_boot_enabled": true }));
    assert_eq!(windows["system_security"], json!({ "password_required": true }));
    let block = json!({ "action_type": "block", "grace_period_hours": 0 });
    assert_eq!(windows["scheduled_actions_for_rule"], json!([{ "scheduled_action_configurations": [block] }]));
    let mac = body(expected[5], "macos_device_configuration_templates", "macs_passcode");
    assert_eq!(mac["custom_configuration"]["payload"], "<plist>ü $${x}</plist>\n");
    let ios = body(expected[6], "ios_device_compliance_policy", "phones_ioscompliancepolicy");
    assert_eq!(ios["passcode_required"], json!(true));
    assert_eq!(ios["scheduled_actions_for_rule"][0]["rule_name"], "PasswordRequired");
}

#[test]
fn what_a_resource_could_hold_in_part_alone_is_left_out_whole() {
    let check = |kind: &str, more: Json, why: &str| {
        let files = [("acme/x/intune/a.json".to_owned(), file(kind, "a", more))];
        let arranged = arranged(Tool::Terraform, &files);
        assert_eq!(paths(&arranged), ["acme/left-out/x.a.json"]);
        assert!(arranged.left[0].1.contains(why), "{:?}", arranged.left);
        assert_eq!(arranged.files[0].bytes, files[0].1);
    };
    let actions = actions();
    check(
        "windows10CompliancePolicy",
        json!({ "passwordRequired": true, "passwordMinimumLength": 8, "scheduledActionsForRule": actions }),
        "no place for `passwordMinimumLength`",
    );
    check(
        "windowsUpdateForBusinessConfiguration",
        json!({ "driversExcluded": true }),
        "wants `allow_windows11_upgrade`",
    );
    let signed = crate::encoding::base64::encode(&[0x30, 0x80, 0xff]);
    check("macOSCustomConfiguration", json!({ "payload": signed }), "signed");
    let filtered = json!([{ "target": { "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "1",
        "deviceAndAppManagementAssignmentFilterId": "2" } }]);
    check("iosCompliancePolicy", json!({ "passcodeRequired": true, "assignments": filtered }), "assignment");
    check("androidStuff", json!({}), "none of the lists");
}

#[test]
fn two_of_one_name_keep_both_files_and_what_is_no_json_is_kept() {
    let one = |path: &str, name: &str| (path.to_owned(), file("iosCompliancePolicy", name, json!({})));
    let mut files = vec![one("acme/a/intune/x.json", "A:B"), one("acme/b/intune/x.json", "a?b")];
    files.push(("acme/c/intune/x.json".to_owned(), b"{".to_vec()));
    let arranged = arranged(Tool::IntuneManagement, &files);
    let expected =
        ["acme/CompliancePolicies/A_B.json", "acme/CompliancePolicies/a_b (2).json", "acme/left-out/c.x.json"];
    assert_eq!(paths(&arranged), expected);
}

#[test]
fn layouts_are_called_by_their_words() {
    for layout in Tool::ALL {
        assert_eq!(Tool::named(layout.word()), Some(layout));
    }
    assert_eq!(Tool::named("x"), None);
}
