//! What devices report: `MDMDiagReport.xml` in its own shape, answers to `Get`, lists of profiles.

use super::{APPROVED, Files, REALTIME_URI, golden, observed, told};
use policyc::observed::{Kind, Observed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

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
    // What the DDF gives no `Get` a device may tell all the same.
    let firewall = "./Vendor/MSFT/Firewall/MdmStore/DomainProfile/EnableFirewall";
    let text = format!("<SyncML><SyncBody>{}</SyncBody></SyncML>", answer(firewall, "false"));
    let seen = observed(&Files::from([("PC-1.xml".to_owned(), text.into_bytes())]), Some("cafcass/laptops"));
    assert_eq!(drifted(&seen), [format!("different cafcass/laptops: {firewall}: true → false weaker")]);
}

/// What a device was asked for and has not is missing, be it named by the answer or by the question; what it was not asked for is unknown.
#[test]
fn a_node_that_a_device_does_not_have_is_missing() {
    let encryption = "./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption";
    let other = "./Device/Vendor/MSFT/BitLocker/AllowStandardUserEncryption";
    let status = |more: &str, code: u16| {
        format!(
            "<Status><CmdID>9</CmdID><MsgRef>4</MsgRef><CmdRef>7</CmdRef><Cmd>Get</Cmd>{more}<Data>{code}</Data></Status>"
        )
    };
    let told = |question: &str, answer: &str| {
        let answer =
            format!("<SyncML><SyncHdr><MsgID>1</MsgID></SyncHdr><SyncBody>{answer}<Final/></SyncBody></SyncML>");
        observed(
            &Files::from([("PC-1.xml".to_owned(), format!("{question}{answer}").into_bytes())]),
            Some("ctcic/computers"),
        )
    };
    let get = |uri: &str| format!("<Get><CmdID>7</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item></Get>");
    let asked =
        |gets: &str| format!("<SyncML><SyncHdr><MsgID>4</MsgID></SyncHdr><SyncBody>{gets}<Final/></SyncBody></SyncML>");
    let named = |uri: &str| format!("<TargetRef>{uri}</TargetRef>");
    let missing = [format!("missing ctcic/computers: {encryption}: 1 → - weaker")];
    let question = asked(&get(encryption));
    for (question, answer) in [
        ("", status(&named(encryption), 404)),
        ("", status(&format!("<Item><Source><LocURI>{encryption}</LocURI></Source></Item>"), 404)),
        ("", status(&named("./Vendor/MSFT/BitLocker/RequireDeviceEncryption"), 404)),
        (question.as_str(), status("", 404)),
    ] {
        let seen = told(question, &answer);
        assert_eq!(drifted(&seen), missing, "{question}{answer}");
        let one = seen.findings.iter().find(|one| one.kind == Kind::Missing).unwrap();
        assert!(one.why.as_deref().is_some_and(|why| why.contains("404")) && one.places.len() == 1, "{one:?}");
        assert!(
            seen.findings.iter().any(|one| one.kind == Kind::Unknown && one.subject == other),
            "{:#?}",
            super::told(&seen)
        );
    }
    // Of an interior node that is not there nothing below it is; another answer, or one to nobody knows which question, tells nothing.
    assert!(drifted(&told("", &status(&named("./Device/Vendor/MSFT/BitLocker"), 404))).len() > 3);
    let several = asked(&format!("{}{}", get(encryption), get(other)));
    for (question, answer) in
        [("", status("", 404)), (several.as_str(), status("", 404)), (question.as_str(), status("", 500))]
    {
        let seen = told(question, &answer);
        assert!(seen.findings.is_empty() && seen.found.has_errors(), "{question}{answer}: {:#?}", seen.findings);
    }
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
    // The provider is Intune, so that its file is the one to look at.
    assert_eq!(drift[0].file.as_deref(), Some("ctcic/computers/intune/settings.Policy.Defender.json"));
}

#[test]
fn a_mac_shows_what_its_payloads_set_and_what_is_managed_of_a_domain() {
    let group = "childrens-homes/agreement-macs";
    let (_, bytes) = golden(group).find(|(path, _)| path.ends_with(".mobileconfig")).unwrap();
    let profile = plist::Value::from_reader_xml(bytes).unwrap();
    let profile = profile.as_dictionary().unwrap();
    let payload = profile["PayloadContent"].as_array().unwrap()[0].as_dictionary().unwrap().clone();
    let (envelope, content): (Vec<_>, Vec<_>) = payload.into_iter().partition(|(key, _)| key.starts_with("Payload"));
    let content: plist::Dictionary = content.into_iter().collect();
    let mut item: plist::Dictionary = envelope.into_iter().collect();
    item.insert("PayloadContent".to_owned(), plist::Value::Dictionary(content.clone()));
    let mut shown = plist::Dictionary::new();
    shown.insert("ProfileIdentifier".to_owned(), profile["PayloadIdentifier"].clone());
    shown.insert("ProfileItems".to_owned(), plist::Value::Array(vec![item.into()]));
    let mut root = plist::Dictionary::new();
    root.insert("_computerlevel".to_owned(), plist::Value::Array(vec![shown.into()]));
    let write = |value: plist::Dictionary| {
        let mut out = Vec::new();
        plist::to_writer_xml(&mut out, &plist::Value::Dictionary(value)).unwrap();
        out
    };
    let seen = observed(&Files::from([("mac.plist".to_owned(), write(root))]), None);
    assert_eq!(told(&seen), [""; 0]);
    assert_eq!((seen.observations[0].source, seen.observations[0].agreed), ("installed-profile", 9));
    let name = "com.apple.familycontrols.timelimits.v2.plist";
    let managed = |value: plist::Dictionary| observed(&Files::from([(name.to_owned(), write(value))]), Some(group));
    let seen = managed(content.clone());
    assert_eq!((told(&seen).len(), seen.observations[0].agreed), (0, 9));
    let mut less = content;
    less.remove("familyControlsEnabled");
    let key = "com.apple.familycontrols.timelimits.v2 · familyControlsEnabled";
    assert_eq!(told(&managed(less)), [format!("missing {group}: {key}: true → - weaker")]);
}

/// A report that was cut down to another part says nothing of policies, and so none is missing.
#[test]
fn a_report_without_policies_leaves_all_unknown() {
    let bare = "<MDMEnterpriseDiagnosticsReport><DeviceInfo/></MDMEnterpriseDiagnosticsReport>";
    let seen = observed(&Files::from([("x.xml".to_owned(), bare.into())]), Some("ctcic/computers"));
    assert!(
        !seen.findings.is_empty() && seen.findings.iter().all(|one| one.kind == Kind::Unknown),
        "{:#?}",
        told(&seen)
    );
    let none = "<MDMEnterpriseDiagnosticsReport><PolicyManager/></MDMEnterpriseDiagnosticsReport>";
    let seen = observed(&Files::from([("x.xml".to_owned(), none.into())]), Some("ctcic/computers"));
    assert!(seen.findings.iter().any(|one| one.kind == Kind::Missing), "{:#?}", told(&seen));
}

#[test]
fn what_stands_behind_the_end_of_a_report_is_unknown() {
    let report = String::from_utf8(diagnostics("ctcic/computers", &healthy)).unwrap();
    let from = report.find("<PolicyManager>").unwrap();
    let force = report.find("<CurrentPolicyValues>").unwrap();
    let last = force + report[force..].find("</CurrentPolicyValues>").unwrap();
    // Through what enrolments have set in long steps, and at each byte of the end of an area that is in force.
    for cut in (from..report.len() - 50).step_by(997).chain(last - 120..last) {
        let seen = observed(
            &Files::from([("PC-1.xml".to_owned(), report.as_bytes()[..cut].to_vec())]),
            Some("ctcic/computers"),
        );
        let drifted: Vec<_> = seen.findings.iter().filter(|one| one.kind != Kind::Unknown).collect();
        assert!(drifted.is_empty(), "cut at {cut}: {drifted:#?}");
        let is_told = seen.found.iter().any(|finding| finding.code == policyc::diagnostic::Code::MalformedArtefact);
        assert!(is_told && seen.findings.len() > 2, "cut at {cut}");
        // What an enrolment has set does not say what is in force.
        assert!(cut > force || seen.observations[0].agreed == 0, "cut at {cut}");
    }
}

#[test]
fn values_that_a_report_masks_or_leaves_out_are_unknown_and_hexadecimal_is_a_number() {
    let report = String::from_utf8(diagnostics("ctcic/computers", &healthy)).unwrap();
    let told = |value: &str| {
        let text = report.replace(
            "<AllowRealtimeMonitoring>1</AllowRealtimeMonitoring>",
            &format!("<AllowRealtimeMonitoring>{value}</AllowRealtimeMonitoring>"),
        );
        let seen = observed(&Files::from([("PC-1.xml".to_owned(), text.into_bytes())]), Some("ctcic/computers"));
        let own: Vec<String> = told(&seen).into_iter().filter(|line| line.contains(REALTIME_URI)).collect();
        own.into_iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for value in ["1", "01", "0x1", "0x00000001"] {
        assert_eq!(told(value), [""; 0], "{value}");
    }
    assert_eq!((told("****"), told("")), (vec!["unknown".to_owned()], vec!["unknown".to_owned()]));
    assert_eq!(told("0x0"), ["different"]);
    // What would stand in elements: all of the policy.
    let force = report.find("<currentPolicies>").unwrap();
    let start = force + report[force..].find(">&lt;enabled/&gt;").unwrap() + 1;
    let end = start + report[start..].find("</").unwrap();
    for value in ["****", ""] {
        let text = format!("{}{value}{}", &report[..start], &report[end..]);
        let seen = observed(&Files::from([("PC-1.xml".to_owned(), text.into_bytes())]), Some("ctcic/computers"));
        assert_eq!(drifted(&seen), [""; 0], "{value}");
        assert!(seen.findings.iter().any(|one| one.why.as_deref().is_some_and(|why| why.contains("the report "))));
    }
}

/// What `profiles show -output stdout-xml` gives of profiles for the computer, and for users.
fn shown(profiles: &[(&str, &str)]) -> Files {
    let mut all = plist::Dictionary::new();
    all.insert("_computerlevel".to_owned(), plist::Value::Array(Vec::new()));
    for (whose, text) in profiles {
        let profile = plist::Value::from_reader_xml(text.as_bytes()).unwrap().into_dictionary().unwrap();
        let mut own = plist::Dictionary::new();
        for (shown, key) in [("ProfileIdentifier", "PayloadIdentifier"), ("ProfileUUID", "PayloadUUID")] {
            own.insert(shown.to_owned(), profile[key].clone());
        }
        own.insert("ProfileItems".to_owned(), profile["PayloadContent"].clone());
        if !all.contains_key(whose) {
            all.insert((*whose).to_owned(), plist::Value::Array(Vec::new()));
        }
        all.get_mut(whose).unwrap().as_array_mut().unwrap().push(plist::Value::Dictionary(own));
    }
    let mut out = Vec::new();
    plist::to_writer_xml(&mut out, &plist::Value::Dictionary(all)).unwrap();
    Files::from([("mac.plist".to_owned(), out)])
}

#[test]
fn a_profile_in_the_other_channel_is_not_where_it_is_approved() {
    let mut count = 0;
    for group in APPROVED.groups.iter().filter(|group| group.platform == "macOS") {
        let name = group.name();
        let own: Vec<&str> = golden(&format!("{name}/"))
            .filter(|(path, _)| path.ends_with(".mobileconfig"))
            .map(|(_, bytes)| std::str::from_utf8(bytes).unwrap())
            .collect();
        let of_device = |text: &str| text.contains("<key>PayloadScope</key>\n\t<string>System</string>");
        let right = |text: &'static str| (if of_device(text) { "_computerlevel" } else { "alice" }, text);
        let all: Vec<(&str, &str)> = own.iter().map(|text| right(text)).collect();
        let whole = observed(&shown(&all), Some(&name));
        assert_eq!(drifted(&whole), [""; 0], "{name}");
        let Some(moved) = own.iter().position(|text| of_device(text)) else { continue };
        let mut wrong = all.clone();
        wrong[moved].0 = "alice";
        let seen = observed(&shown(&wrong), Some(&name));
        let lines = drifted(&seen);
        assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("missing ")), "{name}: {lines:#?}");
        let why = seen.findings.iter().filter(|one| one.kind == Kind::Missing).map(|one| one.why.as_deref());
        assert!(why.into_iter().all(|why| why.is_some_and(|why| why.contains("for a user alone"))));
        // One that is there twice is where it belongs, whichever is listed first.
        let mut twice = all.clone();
        twice.push(("alice", all[moved].1));
        assert_eq!(drifted(&observed(&shown(&twice), Some(&name))), [""; 0], "{name}");
        count += 1;
    }
    assert!(count > 0);
}
