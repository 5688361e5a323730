//! `policyc drift --observed`: exports and reports of the approved state, rewritten as tenants and devices write them, are as approved; after
//! each single thing that can happen to them it says just that.

use super::cli::{Run, Sandbox};
use super::project::{files, root};
use policyc::catalogue::Catalogue;
use policyc::observed::{Approved, Asked, Kind, Observed, observe};
use policyc::reader::{Given, read};
use policyc::source::{Content, SourceFile};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Files as they are given: names and bytes.
type Files = BTreeMap<String, Vec<u8>>;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

/// Every approved file, by its path below golden/.
static GOLDEN: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let file = |(path, file): (String, std::path::PathBuf)| SourceFile {
        path,
        content: Content::Bytes(std::fs::read(file).unwrap()),
    };
    files(&root().join("golden")).into_iter().filter(|(path, _)| path.contains('/')).map(file).collect()
});

static APPROVED: LazyLock<Approved> = LazyLock::new(|| Approved::of(&GOLDEN, &CATALOGUE));

/// Approved files whose paths begin so.
fn golden(start: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> + use<> {
    let bytes = |file: &'static SourceFile| match &file.content {
        Content::Bytes(bytes) => (file.path.as_str(), bytes.as_slice()),
        _ => panic!("{}", file.path),
    };
    let own: Vec<_> = GOLDEN.iter().map(bytes).filter(|(path, _)| path.starts_with(start)).collect();
    own.into_iter()
}

fn organisations() -> Vec<&'static str> {
    let mut names: Vec<&str> = APPROVED.groups.iter().map(|group| group.organisation.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    names
}

fn group(name: &str) -> usize {
    APPROVED.groups.iter().position(|group| group.name() == name).unwrap()
}

fn observed(files: &Files, asked: Option<&str>) -> Observed {
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    observe(&APPROVED, &read(&given, &CATALOGUE), &CATALOGUE, Asked { group: asked.map(group), fleet: false })
}

/// What is told, a line each: `different organisation/group: setting: 1 → 0, weaker`.
fn told(observed: &Observed) -> Vec<String> {
    assert!(!observed.found.has_errors(), "{:?}", observed.found);
    let side = |value: &Option<String>| value.as_deref().unwrap_or("-").to_owned();
    observed
        .findings
        .iter()
        .map(|one| {
            let direction = one.judgement.as_ref().map_or("", |judged| judged.direction.word());
            let by = one.by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
            let group = APPROVED.groups[one.group].name();
            let (approved, seen) = (side(&one.approved), side(&one.seen));
            format!("{} {group}: {}: {approved} → {seen} {direction}{by}", one.kind.word(), one.subject)
                .trim_end()
                .to_owned()
        })
        .collect()
}

fn is_empty(observed: &Observed) {
    assert_eq!(told(observed), [""; 0]);
    assert!(!observed.observations.is_empty() && observed.observations.iter().all(|one| one.agreed > 0));
}

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
            ("installationSchedule", Value::Null),
            ("featureUpdatesRollbackStartDateTime", Value::Null),
        ],
        "windows10CompliancePolicy" => &[
            ("passwordBlockSimple", json!(false)),
            ("secureBootEnabled", json!(false)),
            ("passwordRequiredType", json!("deviceDefault")),
            ("osMaximumVersion", Value::Null),
            ("validOperatingSystemBuildRanges", json!([])),
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
const REALTIME_URI: &str = "./Device/Vendor/MSFT/Policy/Config/Defender/AllowRealtimeMonitoring";

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

/// The report of a Windows device: what its server has set, and what is in force, from what a healthy device is expected to report.
fn diagnostics(group: &str, winner: &dyn Fn(&str) -> (&'static str, Option<&'static str>)) -> Vec<u8> {
    let (_, bytes) = golden(&format!("{group}/expected.json")).next().unwrap();
    let expected: Value = serde_json::from_slice(bytes).unwrap();
    let reports = expected["reports"].as_array().unwrap();
    let report = reports.iter().find(|one| one["routes"].to_string().contains("intune")).unwrap_or(&reports[0]);
    let mut areas: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut set: BTreeMap<(&str, String), String> = BTreeMap::new();
    for node in report["nodes"].as_array().unwrap() {
        let uri = node["node"].as_str().unwrap();
        let Some((root, policy)) = uri.split_once("/Vendor/MSFT/Policy/Config/") else { continue };
        assert!(node["sources"].to_string().contains("mdm-diagnostics"), "{uri}");
        let (area, name) = policy.split_once('/').unwrap();
        let name = name.replace('~', "_x007E_");
        let (by, other) = winner(uri);
        let own = escaped(node["data"].as_str().unwrap());
        let data = other.map_or_else(|| own.clone(), str::to_owned);
        let key = (if root == "./User" { "S-1-12-1-1" } else { "Device" }, area.to_owned());
        let text = areas.entry(key.clone()).or_default();
        writeln!(text, "<{name}>{data}</{name}><{name}_ProviderSet>1</{name}_ProviderSet>").unwrap();
        writeln!(text, "<{name}_WinningProvider>{by}</{name}_WinningProvider>").unwrap();
        writeln!(set.entry(key).or_default(), "<{name}>{own}</{name}><{name}_LastWrite>1</{name}_LastWrite>").unwrap();
    }
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<MDMEnterpriseDiagnosticsReport>\n<Enrollments>");
    for (id, provider) in [("AAAA", "MS DM Server"), ("BBBB", "Provisioning")] {
        write!(text, "<Enrollment><EnrollmentID>{id}</EnrollmentID><ProviderID>{provider}</ProviderID></Enrollment>")
            .unwrap();
    }
    text.push_str("</Enrollments>\n<PolicyManager><ConfigSource><EnrollmentId>aaaa</EnrollmentId>\n");
    for ((scope, area), values) in &set {
        write!(text, "<PolicyScope><PolicyScope>{scope}</PolicyScope><Area><PolicyAreaName>{area}</PolicyAreaName>\n{values}</Area></PolicyScope>").unwrap();
    }
    text.push_str("<PolicyScope><PolicyScope>Device</PolicyScope><Area><PolicyAreaName>knobs</PolicyAreaName><X>1</X></Area></PolicyScope></ConfigSource>");
    for ((scope, area), values) in &areas {
        write!(text, "<currentPolicies><PolicyScope>{scope}</PolicyScope><CurrentPolicyValues><PolicyAreaName>{area}</PolicyAreaName>\n{values}</CurrentPolicyValues></currentPolicies>").unwrap();
    }
    text.push_str("</PolicyManager>\n<Resources><Enrollment><Scope><ResourceTarget>./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption</ResourceTarget></Scope></Enrollment></Resources></MDMEnterpriseDiagnosticsReport>");
    text.into_bytes()
}

fn escaped(data: &str) -> String {
    data.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\u{F000}', "&#xF000;")
}

fn healthy(_: &str) -> (&'static str, Option<&'static str>) {
    ("AAAA", None)
}

fn drifted(observed: &Observed) -> Vec<String> {
    told(observed).into_iter().filter(|line| !line.starts_with("unknown ")).collect()
}

#[test]
fn a_device_of_windows_reports_what_it_can_and_the_rest_is_unknown() {
    let windows: Vec<String> =
        APPROVED.groups.iter().filter(|group| group.platform == "Windows").map(|group| group.name()).collect();
    assert!(windows.len() > 4);
    for group in &windows {
        let files = Files::from([("PC-1/MDMDiagReport.xml".to_owned(), diagnostics(group, &healthy))]);
        let seen = observed(&files, Some(group));
        assert_eq!(drifted(&seen), [""; 0], "{group}");
        assert_eq!(seen.observations.len(), 1);
        assert!(seen.observations[0].agreed > 0);
        for finding in &seen.findings {
            let owner = &finding.address.as_ref().unwrap().owner;
            assert!(!owner.contains("/Vendor/MSFT/Policy/Config/"), "{group}: {owner}: {:?}", finding.why);
            assert!(finding.why.as_ref().is_some_and(|why| why.contains("MDMDiagReport.xml")));
        }
        assert_eq!(seen.observations[0].provider.as_deref(), Some("MS DM Server"));
    }
    // Nothing in it says whose it is, and its folder may.
    let report = || diagnostics("ctcic/computers", &healthy);
    let seen = observed(&Files::from([("MDMDiagReport.xml".to_owned(), report())]), None);
    let finding = seen.found.iter().next().unwrap();
    assert!(finding.help[0].contains("--group ctcic/computers") && finding.help[0].contains("--group cafcass/laptops"));
    let seen = observed(&Files::from([("computers/MDMDiagReport.xml".to_owned(), report())]), None);
    assert_eq!(APPROVED.groups[seen.observations[0].group].name(), "ctcic/computers");
}

#[test]
fn a_provider_that_wins_is_all_that_is_told() {
    let device = |value: Option<&'static str>| {
        let winner = move |uri: &str| if uri == REALTIME_URI { ("BBBB", value) } else { ("AAAA", None) };
        Files::from([("PC-1.xml".to_owned(), diagnostics("ctcic/computers", &winner))])
    };
    let told = |files: &Files| drifted(&observed(files, Some("ctcic/computers")));
    let by = "superseded ctcic/computers";
    assert_eq!(told(&device(Some("0"))), [format!("{by}: {REALTIME_URI}: 1 → 0 weaker by Provisioning")]);
    assert_eq!(told(&device(None)), [format!("{by}: {REALTIME_URI}: 1 → 1 neutral by Provisioning")]);
}

#[test]
fn policies_of_a_report_are_different_missing_and_extra() {
    let report = String::from_utf8(diagnostics("ctcic/computers", &healthy)).unwrap();
    let line = "<AllowRealtimeMonitoring>1</AllowRealtimeMonitoring><AllowRealtimeMonitoring_ProviderSet>";
    assert_eq!(report.matches(line).count(), 1);
    let told = |text: String| {
        drifted(&observed(&Files::from([("PC-1.xml".to_owned(), text.into_bytes())]), Some("ctcic/computers")))
    };
    assert_eq!(
        told(report.replace(line, &line.replace(">1<", ">0<"))),
        [format!("different ctcic/computers: {REALTIME_URI}: 1 → 0 weaker")]
    );
    let gone = report.replace(line, "<AllowRealtimeMonitoring_ProviderSet>");
    assert_eq!(told(gone), [format!("missing ctcic/computers: {REALTIME_URI}: 1 → - neutral")]);
    let add = |name: &str, value: &str, by: &str| {
        let own = format!("<{name}>{value}</{name}><{name}_WinningProvider>{by}</{name}_WinningProvider>");
        let area = format!(
            "<currentPolicies><PolicyScope>Device</PolicyScope><CurrentPolicyValues><PolicyAreaName>Camera</PolicyAreaName>{own}</CurrentPolicyValues></currentPolicies></PolicyManager>"
        );
        report.replace("</PolicyManager>", &area)
    };
    let extra =
        "extra ctcic/computers: ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera: - → 0 stronger".to_owned();
    assert_eq!(told(add("AllowCamera", "0", "AAAA")), [extra]);
    // Another provider's own, and what is in force without any policy.
    assert_eq!(told(add("AllowCamera", "0", "BBBB")), [""; 0]);
    assert_eq!(told(add("AllowCamera", "1", "AAAA")), [""; 0]);
    // Nobody was signed in: what is for users is unknown.
    let start = report.find("<currentPolicies><PolicyScope>S-1-12").unwrap();
    let end = start + report[start..].rfind("S-1-12").unwrap();
    let end = end + report[end..].find("</currentPolicies>").unwrap() + "</currentPolicies>".len();
    let set = |text: &str| {
        let mut out = text.to_owned();
        while let Some(at) = out.find("<PolicyScope><PolicyScope>S-1-12") {
            let end = at + out[at..].find("</Area></PolicyScope>").unwrap() + "</Area></PolicyScope>".len();
            out.replace_range(at..end, "");
        }
        out
    };
    assert_eq!(told(set(&format!("{}{}", &report[..start], &report[end..]))), [""; 0]);
}

#[test]
fn answers_hold_what_was_asked_for() {
    let answer = |uri: &str, data: &str| {
        format!(
            "<Results><CmdID>2</CmdID><Item><Source><LocURI>{uri}</LocURI></Source><Data>{data}</Data></Item></Results>"
        )
    };
    let encryption = "./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption";
    let told = |encrypted: &str, realtime: &str| {
        let body = answer(encryption, encrypted) + &answer(REALTIME_URI, realtime);
        let text = format!("<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody>{body}<Final/></SyncBody></SyncML>");
        observed(&Files::from([("PC-1.xml".to_owned(), text.into_bytes())]), Some("ctcic/computers"))
    };
    let healthy = told("1", "1");
    assert_eq!((drifted(&healthy), healthy.observations[0].agreed), (Vec::new(), 2));
    let expected = [
        format!("different ctcic/computers: {encryption}: 1 → 0 weaker"),
        format!("different ctcic/computers: {REALTIME_URI}: 1 → 0 weaker"),
    ];
    assert_eq!(drifted(&told("0", "0")), expected);
}

/// An answer to `ProfileList` with these profiles, by their files; with or without what their payloads set.
fn profile_list(group: &str, skip: &str, is_whole: bool) -> String {
    let mut profiles = String::new();
    for (_, bytes) in
        golden(&format!("{group}/")).filter(|(path, _)| path.ends_with(".mobileconfig") && !path.contains(skip))
    {
        let text = std::str::from_utf8(bytes).unwrap();
        let start = text.find("<dict>").unwrap();
        let end = text.rfind("</dict>").unwrap();
        let words = "<key>IsManaged</key><true/><key>IsEncrypted</key><false/><key>SignerCertificates</key><array/>";
        write!(profiles, "{}{words}</dict>", &text[start..end]).unwrap();
    }
    let management = "<dict><key>PayloadIdentifier</key><string>com.example.enrolment</string><key>PayloadContent</key><array><dict>\
        <key>PayloadType</key><string>com.apple.mdm</string></dict></array></dict>\
        <dict><key>PayloadIdentifier</key><string>com.fleetdm.fleetd.config</string><key>PayloadContent</key><array><dict>\
        <key>PayloadType</key><string>com.fleetdm.fleetd.config</string></dict></array></dict>";
    let text = format!(
        "<plist version='1.0'><dict><key>Status</key><string>Acknowledged</string><key>ProfileList</key><array>{profiles}{management}</array></dict></plist>"
    );
    if is_whole { text } else { bare(&text) }
}

/// The same with payloads that have no keys but those of their envelopes, as devices answer.
fn bare(text: &str) -> String {
    let mut value = plist::Value::from_reader_xml(text.as_bytes()).unwrap();
    let list = value.as_dictionary_mut().unwrap().get_mut("ProfileList").unwrap().as_array_mut().unwrap();
    for profile in list {
        let content = profile.as_dictionary_mut().unwrap().get_mut("PayloadContent").unwrap().as_array_mut().unwrap();
        for payload in content {
            payload.as_dictionary_mut().unwrap().retain(|key, _| key.starts_with("Payload"));
        }
    }
    let mut out = Vec::new();
    plist::to_writer_xml(&mut out, &value).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_device_of_apples_lists_its_profiles() {
    let mut count = 0;
    for group in APPROVED.groups.iter().filter(|group| group.platform != "Windows") {
        let name = group.name();
        let whole = profile_list(&name, "nothing", true);
        let seen = observed(&Files::from([("phone.plist".to_owned(), whole.clone().into_bytes())]), None);
        assert_eq!(drifted(&seen), [""; 0], "{name}");
        assert_eq!(APPROVED.groups[seen.observations[0].group].name(), name);
        assert!(seen.observations[0].agreed > 0);
        let is_declaration = |line: &String| line.contains("com.apple.configuration.");
        assert!(told(&seen).iter().all(is_declaration), "{:#?}", told(&seen));
        let bare = profile_list(&name, "nothing", false);
        let seen = observed(&Files::from([("phone.plist".to_owned(), bare.into_bytes())]), None);
        assert_eq!((drifted(&seen).len(), seen.observations[0].agreed), (0, 0), "{name}");
        count += seen.findings.len();
    }
    assert!(count > 100, "{count}");
    let phones = "ctcic/company-phones";
    let told =
        |text: String| drifted(&observed(&Files::from([("phone.plist".to_owned(), text.into_bytes())]), Some(phones)));
    let missing = told(profile_list(phones, "com.apple.domains", false));
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert!(missing[0].starts_with("missing ctcic/company-phones: com.apple.domains · "), "{missing:#?}");
    let changed = profile_list(phones, "nothing", true)
        .replace("<key>minLength</key>\n\t\t\t<integer>6</integer>", "<key>minLength</key><integer>4</integer>");
    assert_eq!(
        told(changed),
        ["different ctcic/company-phones: com.apple.mobiledevice.passwordpolicy · minLength: 6 → 4 weaker"]
    );
    let added = "<array><dict><key>PayloadIdentifier</key><string>org.example</string><key>PayloadContent</key><array><dict>\
        <key>PayloadType</key><string>com.apple.vpn.managed</string></dict></array></dict>";
    let added = profile_list(phones, "nothing", false).replacen("<array>", added, 1);
    assert_eq!(told(added), ["extra ctcic/company-phones: com.apple.vpn.managed: - → - unknown"]);
    // A device without any profile has none of those that are approved.
    let none = "<plist version='1.0'><dict><key>ProfileList</key><array/></dict></plist>".to_owned();
    assert!(told(none).iter().all(|line| line.starts_with("missing ")));
}

#[test]
fn many_devices_are_counted() {
    let mut files = Files::new();
    for n in 0..40 {
        let value = match n {
            0..3 => Some("0"),
            _ => None,
        };
        let winner = move |uri: &str| ("AAAA", value.filter(|_| uri == REALTIME_URI));
        files.insert(format!("reports/computers/PC-{n:02}/MDMDiagReport.xml"), diagnostics("ctcic/computers", &winner));
    }
    let seen = observed(&files, None);
    let drift: Vec<_> = seen.findings.iter().filter(|one| one.kind.is_drift()).collect();
    assert_eq!(drift.len(), 1);
    let devices: Vec<&str> =
        drift[0].places.iter().map(|place| seen.observations[place.observation].name.as_str()).collect();
    assert_eq!(devices, ["00", "01", "02"].map(|n| format!("reports/computers/PC-{n}/MDMDiagReport.xml")));
    assert_eq!((drift[0].agreed, drift[0].of), (37, 40));
}

#[test]
fn no_secret_is_told() {
    // A value where a secret is approved is taken for it; another kind of value is not, and is not shown.
    let sandbox = project_with_secret();
    let run = sandbox.run(&["drift", "--observed", "export"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox.edit("export/wifi.mobileconfig", "<string>hunter2</string>", "<integer>270976</integer>");
    let run = sandbox.run(&["drift", "--observed", "export"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("Password") && !run.out.contains("270976"), "{}", run.out);
}

fn project_with_secret() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "policy-sources/acme/it-policy.yaml",
        "policy: it-policy\ntitle: IT\nclauses:\n  - id: \"1.1\"\n    summary: Wi-Fi\n    class: partial\n    reason: an example\n    groups: [phones]\n\
         \x20   settings:\n      - payload: com.apple.wifi.managed\n        platforms: [iOS]\n        keys: { SSID_STR: Office, EncryptionType: WPA2, HIDDEN_NETWORK: false, AutoJoin: true, Password: { secret: office-wifi } }\n",
    );
    sandbox.write("policy-sources/acme/secrets.yaml", "secrets:\n  office-wifi: env:OFFICE_WIFI\n");
    let run = sandbox.run(&["build"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(sandbox.run(&["accept"]).code, 0);
    let (_, bytes) = sandbox.tree("golden").into_iter().find(|(name, _)| name.ends_with(".mobileconfig")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("policyc:secret:office-wifi"));
    sandbox.write("export/wifi.mobileconfig", &text.replace("policyc:secret:office-wifi", "hunter2"));
    sandbox
}

#[test]
fn the_program_says_it_in_every_format_and_ends_alike() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let name = sandbox.profile("golden");
    let text = std::fs::read_to_string(sandbox.path(&name)).unwrap();
    sandbox.write("phones/a.mobileconfig", &text);
    let run = |arguments: &[&str]| -> Run { sandbox.run(&[&["drift", "--observed", "phones"], arguments].concat()) };
    let clean = run(&[]);
    assert_eq!(clean.code, 0, "{}{}", clean.out, clean.err);
    assert!(
        clean.out.contains("acme/phones, what is exported by the direct route: ") && !clean.out.contains("missing"),
        "{}",
        clean.out
    );
    sandbox.edit("phones/a.mobileconfig", "<integer>6</integer>", "<integer>4</integer>");
    for format in ["text", "json", "sarif", "junit", "github", "markdown", "html"] {
        let found = run(&["--format", format]);
        assert_eq!(found.code, 1, "{format}: {}{}", found.out, found.err);
        assert!(found.out.contains("observed-different"), "{format}: {}", found.out);
    }
    let text = run(&[]).out;
    assert!(text.contains("minLength: 6 → 4 (weaker)") && text.contains("decided by it-policy"), "{text}");
    let sarif: Value = serde_json::from_str(&run(&["--format", "sarif"]).out).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "phones/a.mobileconfig");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 10);
    let (code, document) = sandbox.json(&["drift", "--observed", "phones"]);
    assert_eq!(
        (code, document["drift"][0]["kind"].as_str(), document["drift"][0]["direction"].as_str()),
        (1, Some("different"), Some("weaker"))
    );
    assert_eq!(document["drift"][0]["clauses"].as_array().unwrap().len(), 1);
    assert_eq!(document["clauses"][0]["counts"]["different"], 1);
    let verbose = run(&["--verbose"]).out;
    assert!(verbose.contains("intune defaults-of-rings") && verbose.contains("diagnostics-report: "), "{verbose}");
    // The run itself.
    for (arguments, word) in [
        (&["drift", "--observed", "nothing"][..], "nothing"),
        (&["drift", "--observed", "phones", "--group", "phone"], "did you mean `phones`?"),
        (&["drift"], "--observed"),
    ] {
        let failed = sandbox.run(arguments);
        assert_eq!(failed.code, 2, "{arguments:?}");
        assert!(failed.err.contains(word), "{}", failed.err);
    }
    // What is approved stands, whatever the sources say.
    sandbox.edit("policy-sources/acme/it-policy.yaml", "min-length: 6", "min-lenght: 6");
    let found = run(&[]);
    assert_eq!(found.code, 1);
    assert!(
        found.out.contains("minLength: 6 → 4 (weaker)") && found.out.contains("the sources do not compile"),
        "{}",
        found.out
    );
}
