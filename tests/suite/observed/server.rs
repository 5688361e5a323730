//! What servers and consoles hold: exports as a tenant gives them back, and files of the direct route.

use super::{APPROVED, CATALOGUE, Files, REALTIME_URI, golden, is_empty, observed, organisations, told};
use policyc::diagnostic::Code;
use policyc::observed::Kind;
use policyc::reader::{Given, read};
use serde_json::{Value, json};

/// A policy as a tenant gives it back: ids and dates of its own, annotations, every list of settings turned round, and every property that
/// the type has.
fn of_tenant(bytes: &[u8], n: usize) -> Value {
    let mut policy: Value = serde_json::from_slice(bytes).unwrap();
    let kind = policy["@odata.type"].as_str().unwrap().to_owned();
    let object = policy.as_object_mut().unwrap();
    object.insert("id".into(), format!("00000000-0000-4000-8000-{n:012}").into());
    object.insert("createdDateTime".into(), "2026-11-01T09:00:00.1234567Z".into());
    object.insert("lastModifiedDateTime".into(), "2026-11-02T09:00:00Z".into());
    object.insert("roleScopeTagIds".into(), json!(["0"]));
    object.insert("@odata.context".into(), "https://graph.example/beta/$metadata#deviceManagement".into());
    object.insert("assignments@odata.context".into(), "x".into());
    if let Some(Value::Array(settings)) = object.get_mut("settings") {
        settings.reverse();
        for (n, setting) in settings.iter_mut().enumerate() {
            setting["id"] = n.to_string().into();
            let children = setting.pointer_mut("/settingInstance/choiceSettingValue/children");
            if let Some(Value::Array(children)) = children {
                children.reverse();
            }
        }
        object.insert("settingCount".into(), json!(object["settings"].as_array().unwrap().len()));
        object.insert("priorityMetaData".into(), Value::Null);
    } else {
        object.insert("version".into(), 3.into());
        object.insert("supportsScopeTags".into(), true.into());
        object.insert("deviceManagementApplicabilityRuleOsEdition".into(), Value::Null);
    }
    if let Some(Value::Array(settings)) = object.get_mut("omaSettings") {
        settings.reverse();
        settings.iter_mut().for_each(|one| one["secretReferenceValueId"] = Value::Null);
    }
    let properties: &[(&str, Value)] = match kind.rsplit('.').next().unwrap() {
        "windowsUpdateForBusinessConfiguration" => &[
            ("driversExcluded", json!(false)),
            ("skipChecksBeforeRestart", json!(false)),
            ("featureUpdatesDeferralPeriodInDays", json!(0)),
            ("businessReadyUpdatesOnly", json!("userDefined")),
            ("automaticUpdateMode", json!("windowsDefault")),
            ("qualityUpdatesPaused", json!(false)),
            ("qualityUpdatesPauseExpiryDateTime", json!("0001-01-01T00:00:00Z")),
            ("featureUpdatesRollbackWindowInDays", json!(10)),
            ("installationSchedule", Value::Null),
            ("featureUpdatesRollbackStartDateTime", Value::Null),
        ],
        "windows10CompliancePolicy" => &[
            ("passwordBlockSimple", json!(false)),
            ("secureBootEnabled", json!(false)),
            ("passwordRequiredType", json!("deviceDefault")),
            ("osMaximumVersion", Value::Null),
            ("validOperatingSystemBuildRanges", json!([])),
            ("wslDistributions", json!([])),
        ],
        "iosCompliancePolicy" => {
            &[("securityBlockJailbrokenDevices", json!(false)), ("passcodeRequiredType", json!("deviceDefault"))]
        }
        _ => &[],
    };
    for (name, value) in properties {
        object.entry(*name).or_insert(value.clone());
    }
    // An answer has them only where it was asked to expand them.
    object.remove("scheduledActionsForRule");
    policy
}

/// A tenant's export of what an organisation has approved: a file for each policy, named as people name such files.
fn tenant(organisation: &str) -> Files {
    let own = golden(&format!("{organisation}/")).filter(|(path, _)| path.contains("/intune/"));
    own.enumerate()
        .map(|(n, (_, bytes))| {
            let text = serde_json::to_string_pretty(&of_tenant(bytes, n)).unwrap().replace('\n', "\r\n");
            (format!("export/policy {n:03}.json"), text.into_bytes())
        })
        .collect()
}

fn policies(files: &Files) -> Vec<Value> {
    files.values().map(|bytes| serde_json::from_slice(bytes).unwrap()).collect()
}

/// Changes each policy of an export, and takes away those for which nothing is given back.
fn changed(files: &Files, mut change: impl FnMut(&mut Value) -> bool) -> Files {
    let mut kept = Files::new();
    for (name, bytes) in files {
        let mut policy: Value = serde_json::from_slice(bytes).unwrap();
        if change(&mut policy) {
            kept.insert(name.clone(), serde_json::to_vec_pretty(&policy).unwrap());
        }
    }
    kept
}

#[test]
fn an_export_of_the_approved_state_is_as_approved() {
    for organisation in organisations() {
        let files = tenant(organisation);
        if files.is_empty() {
            continue;
        }
        let alone = observed(&files, None);
        is_empty(&alone);
        let groups = APPROVED.groups.iter().filter(|group| group.organisation == organisation);
        let with_intune = groups.filter(|group| golden(&format!("{}/intune/", group.name())).next().is_some());
        assert_eq!(alone.observations.len(), with_intune.count());
        // The answer of the service, in UTF-16.
        let answer = json!({ "@odata.context": "x", "value": policies(&files) }).to_string();
        let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(answer.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        is_empty(&observed(&Files::from([("all.json".to_owned(), wide)]), None));
    }
    let whole: Files = organisations()
        .into_iter()
        .flat_map(|name| tenant(name).into_iter().map(move |(file, bytes)| (format!("{name} {file}"), bytes)))
        .collect();
    is_empty(&observed(&whole, None));
}

#[test]
fn what_goes_direct_is_as_approved_where_a_server_has_it() {
    for group in &APPROVED.groups {
        let direct = golden(&format!("{}/", group.name())).filter(|(path, _)| path.matches('/').count() == 2);
        let own: Files = direct
            .filter(|(path, _)| !path.ends_with("index.json") && !path.ends_with("expected.json"))
            .map(|(path, bytes)| {
                let text = String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n");
                (format!("server/{}", path.rsplit('/').next().unwrap()), text.into_bytes())
            })
            .collect();
        is_empty(&observed(&own, Some(&group.name())));
        // Another identity for everything: each is known by its type and what it sets.
        let renamed = own.iter().map(|(name, bytes)| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let text = text.replace("<string>uk.", "<string>other.uk.").replace("\"uk.", "\"other.uk.");
            let text = text.lines().map(|line| match line.trim().strip_prefix("<string>") {
                Some(rest) if rest.len() == 45 && rest.as_bytes()[8] == b'-' => {
                    format!(
                        "<string>{}</string>",
                        rest[..36].chars().rev().map(|c| if c == '-' { '-' } else { c }).collect::<String>()
                    )
                }
                _ => line.to_owned(),
            });
            (name.clone(), text.collect::<Vec<_>>().join("\n").into_bytes())
        });
        is_empty(&observed(&renamed.collect(), Some(&group.name())));
    }
}

/// The value of the first setting of the catalogue with this id.
fn set_option(policy: &mut Value, id: &str, option: &str) -> bool {
    let Some(settings) = policy.get_mut("settings").and_then(Value::as_array_mut) else { return false };
    for setting in settings {
        let instance = &mut setting["settingInstance"];
        if instance["settingDefinitionId"] == id {
            instance["choiceSettingValue"]["value"] = format!("{id}_{option}").into();
            return true;
        }
    }
    false
}

const REALTIME: &str = "device_vendor_msft_policy_config_defender_allowrealtimemonitoring";

#[test]
fn a_value_that_changed_is_all_that_is_told() {
    let export = tenant("ctcic");
    let mut count = 0;
    let files = changed(&export, |policy| {
        count += usize::from(set_option(policy, REALTIME, "0"));
        true
    });
    assert_eq!(count, 1);
    let seen = observed(&files, None);
    assert_eq!(told(&seen), [format!("different ctcic/computers: {REALTIME_URI}: 1 → 0 weaker")]);
    let finding = &seen.findings[0];
    assert!(finding.places[0].span.is_somewhere() && finding.places[0].file.starts_with("export/policy "));
    assert_eq!(finding.file.as_deref(), Some("ctcic/computers/intune/settings.Policy.Defender.json"));
}

/// An option that is newer than the catalogue: the setting is there, whatever it says, and is not missing.
#[test]
fn an_option_that_nothing_here_names_is_unknown_and_not_missing() {
    let files = changed(&tenant("ctcic"), |policy| {
        set_option(policy, REALTIME, "7");
        true
    });
    assert_eq!(told(&observed(&files, None)), [format!("unknown ctcic/computers: {REALTIME_URI}: 1 → -")]);
}

#[test]
fn a_policy_that_is_gone_is_missing_whole() {
    for name in organisations() {
        let export = tenant(name);
        for (n, policy) in policies(&export).iter().enumerate() {
            let title = policy.get("displayName").or(policy.get("name")).unwrap().clone();
            let left = changed(&export, |one| one.get("displayName").or(one.get("name")) != Some(&title));
            let Some((path, bytes)) = golden(&format!("{name}/")).filter(|(path, _)| path.contains("/intune/")).nth(n)
            else {
                panic!("{title}")
            };
            let group = path.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
            let seen = observed(&left, Some(&group));
            let held = read(&[Given { name: "one", bytes }], &CATALOGUE);
            let settings: usize = held.readings.iter().map(|reading| reading.items.len()).sum();
            let told = told(&seen);
            let missing = |line: &String| line.starts_with(&format!("missing {group}: "));
            // What another file of the group sets too is still there.
            assert!(told.iter().all(missing) && told.len() <= settings && !told.is_empty(), "{path}: {told:#?}");
            assert!(seen.findings.iter().all(|one| one.file.as_deref() == Some(path)), "{path}");
        }
    }
}

#[test]
fn a_group_without_any_policy_is_missing_beside_others_of_its_organisation() {
    let export = tenant("childrens-homes");
    let files = changed(&export, |policy| !policy.to_string().contains("childrens-homes agreement-macs: "));
    assert!(files.len() < export.len());
    let told = told(&observed(&files, None));
    assert!(
        !told.is_empty() && told.iter().all(|line| line.starts_with("missing childrens-homes/agreement-macs: ")),
        "{told:#?}"
    );
}

fn camera(name: &str, more: &Value) -> Vec<u8> {
    let mut policy = json!({
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": name, "id": "7",
        "omaSettings": [{ "@odata.type": "#microsoft.graph.omaSettingInteger", "displayName": "x",
            "omaUri": "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "value": 0 }],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        policy[key] = value.clone();
    }
    policy.to_string().into_bytes()
}

#[test]
fn a_policy_that_nobody_approved_is_extra_where_it_reaches_the_group() {
    let with = |name: &str, more: Value| {
        let mut files = tenant("ctcic");
        files.insert("export/added.json".to_owned(), camera(name, &more));
        files
    };
    let extra =
        ["extra ctcic/computers: ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera: - → 0 stronger".to_owned()];
    // By its name, because it is asked for, or because only one group can have it.
    assert_eq!(told(&observed(&with("ctcic computers: camera", json!({})), None)), extra);
    assert_eq!(told(&observed(&with("Camera", json!({})), Some("ctcic/computers"))), extra);
    assert_eq!(told(&observed(&with("Camera", json!({})), None)), extra);
    let to = |kind: &str, group: &str| json!({ "assignments": [{ "target": { "@odata.type": format!("#microsoft.graph.{kind}"), "groupId": group } }] });
    assert_eq!(told(&observed(&with("Camera", to("allDevicesAssignmentTarget", "")), None)), extra);
    // Somebody else's, or nobody's.
    let other = observed(&with("Camera", to("groupAssignmentTarget", "8f1e4a52-0c5d-4a7e-9d53-2b6c1f0a9e11")), None);
    assert_eq!((told(&other).len(), other.passed_over.as_slice()), (0, &["export/added.json".to_owned()][..]));
    is_empty(&observed(&with("Camera", json!({ "assignments": [] })), None));
    // Of several groups, nobody can say which; it is named all the same.
    let mut files = tenant("childrens-homes");
    files.insert("export/added.json".to_owned(), camera("Camera", &json!({})));
    let seen = observed(&files, None);
    assert_eq!((told(&seen).len(), seen.passed_over.len()), (0, 1));
}

#[test]
fn masked_values_are_unknown() {
    let mut masked = Vec::new();
    let files = changed(&tenant("cafcass"), |policy| {
        for setting in policy.get_mut("omaSettings").and_then(Value::as_array_mut).into_iter().flatten() {
            if setting["@odata.type"] != "#microsoft.graph.omaSettingInteger" {
                setting["isEncrypted"] = true.into();
                setting["value"] = "****".into();
                masked.push(setting["omaUri"].as_str().unwrap().to_owned());
            }
        }
        true
    });
    let seen = observed(&files, None);
    assert!(!masked.is_empty());
    let unknown: Vec<&str> = seen.findings.iter().map(|one| one.address.as_ref().unwrap().owner.as_str()).collect();
    assert!(seen.findings.iter().all(|one| one.kind == Kind::Unknown && one.judgement.is_none()), "{:#?}", told(&seen));
    assert!(
        masked.iter().all(|uri| unknown.contains(&uri.as_str()))
            && unknown.iter().all(|uri| masked.iter().any(|one| one == uri))
    );
    // A secret of the catalogue, and a list of policies without their settings.
    let files = changed(&tenant("ctcic"), |policy| {
        let settings = policy.get_mut("settings").and_then(Value::as_array_mut);
        let own = settings.into_iter().flatten().find(|one| one["settingInstance"]["settingDefinitionId"] == REALTIME);
        if let Some(own) = own {
            own["settingInstance"] = json!({ "settingDefinitionId": REALTIME,
                "simpleSettingValue": { "value": "x", "valueState": "encryptedValueToken" } });
        }
        true
    });
    assert_eq!(told(&observed(&files, None)), [format!("unknown ctcic/computers: {REALTIME_URI}: 1 → -")]);
    let files = changed(&tenant("ctcic"), |policy| {
        if policy["name"] == "ctcic computers: Policy.Defender" {
            policy.as_object_mut().unwrap().remove("settings");
        }
        true
    });
    let seen = observed(&files, None);
    assert!(
        !seen.findings.is_empty() && seen.findings.iter().all(|one| one.kind == Kind::Unknown),
        "{:#?}",
        told(&seen)
    );
}

#[test]
fn a_file_that_is_cut_short_leaves_what_it_held_unknown() {
    let (path, bytes) = golden("ctcic/company-phones/com.apple.applicationaccess").next().unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut files: Files =
        golden("ctcic/company-phones/com.").map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    let cut = text.find("<key>safariAllowAutoFill</key>").unwrap();
    // What it says of itself stands before its payloads there.
    let identifier = "<key>PayloadIdentifier</key><string>uk.ctcic.company-phones.com.apple.applicationaccess</string>";
    let start = text.find("<dict>").unwrap() + "<dict>".len();
    let broken = format!("{}{identifier}{}", &text[..start], &text[start..cut]);
    files.insert(path.to_owned(), broken.into_bytes());
    let seen = observed(&files, Some("ctcic/company-phones"));
    assert!(seen.found.has_errors());
    let of = |kind: Kind| {
        seen.findings.iter().filter(|one| one.kind == kind).map(|one| one.subject.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of(Kind::Missing), [""; 0]);
    assert_eq!(of(Kind::Unknown), ["com.apple.applicationaccess · safariAllowAutoFill"]);
}

#[test]
fn what_fleet_keeps_for_its_switches_is_unknown_and_the_rest_is_there() {
    let fleet = policyc::consumer::named("fleet").unwrap();
    let reserved = |text: &str| fleet.reserves.iter().any(|row| text.contains(&row.matches));
    let own = golden("ctcic/computers/").filter(|(path, _)| path.matches('/').count() == 2 && path.ends_with(".xml"));
    let mut files: Files = own
        .filter(|(_, bytes)| !reserved(std::str::from_utf8(bytes).unwrap()))
        .map(|(path, bytes)| (format!("lib/{}", path.rsplit('/').next().unwrap()), bytes.to_vec()))
        .collect();
    let paths: String = files.keys().map(|path| format!("        - path: ../{path}\n")).collect();
    let team = format!("name: Computers\ncontrols:\n  windows_settings:\n    custom_settings:\n{paths}");
    files.insert("teams/computers.yml".to_owned(), team.into_bytes());
    let seen = observed(&files, Some("ctcic/computers"));
    assert!(!seen.findings.is_empty());
    for finding in &seen.findings {
        assert!(
            finding.kind == Kind::Unknown && reserved(&finding.address.as_ref().unwrap().owner),
            "{}",
            finding.subject
        );
    }
    // Another policy that is gone is missing there too, and so is one that lies there and is named no more.
    let whole = files.clone();
    files.remove("lib/Policy.Bluetooth.xml").unwrap();
    let mut idle = whole.clone();
    let team = String::from_utf8(whole["teams/computers.yml"].clone()).unwrap();
    let team = team.replace("        - path: ../lib/Policy.Bluetooth.xml\n", "");
    idle.insert("teams/computers.yml".to_owned(), team.into_bytes());
    for files in [files, idle] {
        let told = told(&observed(&files, Some("ctcic/computers")));
        let drift: Vec<&String> = told.iter().filter(|line| !line.starts_with("unknown ")).collect();
        assert!(drift.len() == 1 && drift[0].starts_with("missing ") && drift[0].contains("/Bluetooth/"), "{drift:#?}");
    }
    // What another file is to name, nobody here has read.
    let mut indirect = whole;
    let team = "name: Computers\ncontrols:\n  path: ../lib/computers.yml\n";
    indirect.insert("teams/computers.yml".to_owned(), team.into());
    indirect.insert("lib/computers.yml".to_owned(), "windows_settings:\n".into());
    assert!(told(&observed(&indirect, Some("ctcic/computers"))).iter().all(|line| line.starts_with("unknown ")));
}

#[test]
fn profiles_beside_the_policies_that_carry_them_are_no_route_of_their_own() {
    let mut files = tenant("ctcic");
    // Of the three profiles of the phones Intune carries two; the third is a policy of its catalogue there.
    let beside = golden("ctcic/company-phones/")
        .filter(|(path, _)| path.ends_with(".mobileconfig") && !path.contains("passwordpolicy"));
    files.extend(beside.map(|(path, bytes)| (format!("export/{}", path.rsplit('/').next().unwrap()), bytes.to_vec())));
    let seen = observed(&files, None);
    is_empty(&seen);
    assert_eq!(seen.observations.len(), 2);
    let bytes = files.get_mut("export/com.apple.applicationaccess.mobileconfig").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    *bytes = text.replacen("<false/>", "<true/>", 1).into_bytes();
    // One of the two says something else.
    assert!(!told(&observed(&files, None)).is_empty());
}

/// That a file cannot be read is why it is of nobody: it is said, and the other is not.
#[test]
fn a_file_that_cannot_be_read_is_told_as_that_alone() {
    let file = |name: &str| golden(name).next().unwrap().1;
    let cut = &file("ctcic/computers/Firewall.xml")[..400];
    let report = b"<MDMEnterpriseDiagnosticsReport><PolicyManager>";
    let profile = |identifier: &str| {
        format!(
            "<plist version=\"1.0\"><dict><key>EncryptedPayloadContent</key><data>AAAA</data><key>PayloadType</key>\
             <string>Configuration</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key>\
             <string>{identifier}</string><key>PayloadUUID</key>\
             <string>3B1B6C3E-6C1B-4C5B-9C39-8C7C5C1B4A10</string></dict></plist>"
        )
    };
    let other = profile("org.example.other");
    for (name, bytes, code) in [
        ("x.xml", cut, Code::MalformedArtefact),
        ("MDMDiagReport.xml", &report[..], Code::MalformedArtefact),
        ("x.mobileconfig", other.as_bytes(), Code::EncryptedPayload),
    ] {
        let seen = observed(&Files::from([(name.to_owned(), bytes.to_vec())]), None);
        let codes: Vec<Code> = seen.found.iter().map(|one| one.code).collect();
        assert!(seen.found.has_errors() && codes == [code], "{name}: {:?}", seen.found);
    }
    // Nobody can tell what it holds of what is approved.
    let text = file("cafcass/iphones/com.apple.mobiledevice.passwordpolicy.mobileconfig");
    let text = std::str::from_utf8(text).unwrap();
    let identifier = text.rsplit("<key>PayloadIdentifier</key>").next().unwrap();
    let identifier = identifier.split("<string>").nth(1).unwrap().split('<').next().unwrap();
    let seen = observed(&Files::from([("x.mobileconfig".to_owned(), profile(identifier).into_bytes())]), None);
    let own =
        seen.findings.iter().filter(|one| one.file.as_deref().is_some_and(|file| file.contains("passwordpolicy")));
    assert!(own.clone().count() > 3 && own.clone().all(|one| one.kind == Kind::Unknown), "{:#?}", told(&seen));
}

#[test]
fn nothing_to_compare_is_an_error() {
    let none = observed(&Files::new(), None);
    assert!(none.found.has_errors());
    let other = Files::from([("x.json".to_owned(), camera("Other", &json!({})))]);
    let seen = observed(&other, None);
    assert!(seen.found.has_errors() && seen.passed_over == ["x.json"]);
    // What is for other devices is none of a group's.
    let windows = Files::from([("x.json".to_owned(), camera("Camera", &json!({})))]);
    let phones = observed(&windows, Some("ctcic/company-phones"));
    let own = phones.found.iter().find(|one| one.code == Code::UnmatchedObservation).unwrap();
    assert!(own.help.iter().all(|help| !help.contains("--group")), "it is asked for already: {own:?}");
    // With a group, it has none of what is approved.
    let files = Files::from([("x.json".to_owned(), camera("cafcass laptops: x", &json!({})))]);
    let told = told(&observed(&files, Some("ctcic/computers")));
    assert!(told.len() > 50 && told.iter().all(|line| line.starts_with("missing ctcic/computers: ")));
}
