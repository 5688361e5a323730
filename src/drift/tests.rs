//! Drift on real artefacts: checked settings, encoded, and approved files that differ from them in one way each.

use super::*;
use crate::backend;
use crate::check::{Rules, sample};
use crate::diagnostic::Diagnostics;

const PHONES: &str = r#"
group: { platform: iOS, os: "18.0", enrolment: device, supervised: true }
settings:
  - { platforms: [iOS], payload: com.apple.mobiledevice.passwordpolicy, keys: { minLength: 8, forcePIN: true } }
"#;

/// What the block produces, against what the block's own artefacts have been made into.
fn check(block: &str, approve: impl FnOnce(&mut Vec<SourceFile>)) -> Vec<Difference> {
    let catalogue = Catalogue::embedded();
    let checked = sample::run(Rules::all(), block).checked;
    let mut found = Diagnostics::default();
    let artefacts = backend::encode(&checked, &catalogue, &mut found);
    assert!(!artefacts.is_empty() && !found.has_errors(), "{found:?}");
    let approved = |artefact: &Artefact| file(&artefact.path, artefact.bytes.clone());
    let mut golden: Vec<SourceFile> = artefacts.iter().map(approved).collect();
    approve(&mut golden);
    let exceptions = [("2026-001".to_owned(), Vec::new())];
    compare(
        &[Produced { artefacts: artefacts.iter().collect(), checked: &checked, exceptions: &exceptions }],
        &golden,
        &catalogue,
    )
}

fn file(path: &str, bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile { path: path.to_owned(), content: Content::Bytes(bytes.into()) }
}

fn edit(file: &mut SourceFile, from: &str, to: &str) {
    let Content::Bytes(bytes) = &file.content else { panic!("no bytes") };
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    file.content = Content::Bytes(text.replace(from, to).into_bytes());
}

fn shown(difference: &Difference) -> Vec<(String, Option<&str>, Option<&str>)> {
    let change = |change: &'_ Change| change.address.to_string();
    let sides = difference.changes.iter();
    sides.map(|c| (change(c), c.before.as_deref(), c.after.as_deref())).collect()
}

#[test]
fn what_is_as_approved_does_not_differ() {
    assert_eq!(check(PHONES, |_| {}), []);
}

#[test]
fn an_edited_value_is_named_with_the_clause_behind_it() {
    let found = check(PHONES, |golden| edit(&mut golden[0], "<integer>8</integer>", "<integer>6</integer>"));
    let [difference] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(difference.kind, Kind::Settings);
    let address = "com.apple.mobiledevice.passwordpolicy · minLength".to_owned();
    assert_eq!(shown(difference), [(address, Some("6"), Some("8"))]);
    assert!(!difference.changes[0].origins[0].clauses.is_empty());
    assert!(difference.changes[0].exceptions.is_empty());
    assert!(matches!(&difference.lines, Lines::Shown(lines, 0) if lines.iter().any(|l| l.side == Side::After)));
}

#[test]
fn a_setting_that_was_approved_and_is_gone_names_the_exceptions_in_force() {
    let found = check(PHONES, |golden| {
        let extra = "<key>maxInactivity</key>\n\t\t\t<integer>5</integer>\n\t\t\t<key>minLength</key>";
        edit(&mut golden[0], "<key>minLength</key>", extra);
    });
    let [difference] = found.as_slice() else { panic!("{found:?}") };
    let address = "com.apple.mobiledevice.passwordpolicy · maxInactivity".to_owned();
    assert_eq!(shown(difference), [(address, Some("5"), None)]);
    assert_eq!(difference.changes[0].exceptions[0].0, "2026-001");
}

#[test]
fn a_missing_file_lists_all_that_it_sets() {
    let found = check(PHONES, Vec::clear);
    assert_eq!(found[0].kind, Kind::Missing);
    assert_eq!(found[0].changes.len(), 2);
    assert!(found[0].changes.iter().all(|change| change.before.is_none() && change.after.is_some()));
}

#[test]
fn strays_are_unexpected_wherever_they_lie_and_whatever_they_are() {
    let found = check(PHONES, |golden| {
        golden.push(file("stray.txt", "x"));
        golden.push(file("acme/nowhere/deep/a.mobileconfig", "not a profile"));
        golden.push(SourceFile { path: "link".to_owned(), content: Content::Refused("a symbolic link".to_owned()) });
        golden.push(SourceFile { path: "large.xml".to_owned(), content: Content::TooLarge(1 << 40) });
    });
    let paths: Vec<&str> = found.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["acme/nowhere/deep/a.mobileconfig", "large.xml", "link", "stray.txt"]);
    assert!(found.iter().all(|difference| matches!(difference.kind, Kind::Unexpected(Some(_)))));
}

#[test]
fn an_approved_profile_of_a_group_that_is_gone_lists_what_it_set() {
    let found = check(PHONES, |golden| {
        let Content::Bytes(bytes) = golden[0].content.clone() else { panic!("no bytes") };
        golden.push(file("acme/tablets/com.apple.mobiledevice.passwordpolicy.mobileconfig", bytes));
    });
    assert_eq!((found.len(), &found[0].kind, found[0].changes.len()), (1, &Kind::Unexpected(None), 2));
}

#[test]
fn an_approved_file_that_cannot_be_read_is_a_finding() {
    for content in
        [Content::Bytes(b"<plist>".to_vec()), Content::Bytes(vec![0xff; 9]), Content::Refused("a link".into())]
    {
        let found = check(PHONES, |golden| golden[0].content = content);
        assert!(matches!(found[0].kind, Kind::Unreadable(_)), "{found:?}");
        assert_eq!(found[0].finding().code, Code::UnreadableArtefact);
    }
}

#[test]
fn another_identity_is_called_so() {
    let found = check(PHONES, |golden| {
        let Content::Bytes(bytes) = &golden[0].content else { panic!("no bytes") };
        let text = String::from_utf8(bytes.clone()).unwrap();
        let uuid = text.split("<key>PayloadUUID</key>").nth(1).unwrap().split("<string>").nth(1).unwrap();
        let uuid = uuid.split("</string>").next().unwrap().to_owned();
        edit(&mut golden[0], &uuid, "00000000-0000-0000-0000-000000000000");
    });
    assert_eq!(found[0].kind, Kind::Identity);
    assert_eq!(found[0].identities[0].0, "PayloadUUID");
}

#[test]
fn another_layout_is_cosmetic() {
    let found = check(PHONES, |golden| edit(&mut golden[0], "<true/>", "<true></true>"));
    assert_eq!((&found[0].kind, found[0].changes.len()), (&Kind::Cosmetic, 0));
}

#[test]
fn a_secret_in_an_approved_file_is_shown_neither_as_a_value_nor_in_lines() {
    let block = r#"
group: { platform: iOS, os: "18.0", enrolment: device, supervised: true }
settings:
  - platforms: [iOS]
    payload: com.apple.wifi.managed
    keys: { SSID_STR: Office, EncryptionType: WPA2, Password: { secret: office-wifi } }
"#;
    let found = check(block, |golden| edit(&mut golden[0], "policyc:secret:office-wifi", "hunter2-hunter2"));
    let text = format!("{found:?}");
    assert!(!text.contains("hunter2") && text.contains("withheld"), "{text}");
    assert_eq!(found[0].lines, Lines::Withheld);
}

#[test]
fn windows_fragments_are_compared_node_by_node() {
    let block = r#"
group: { platform: Windows, os: "10.0.22631", editions: [enterprise], join: entra }
settings:
  - csp: ./Device/Vendor/MSFT/Policy/Config/DeviceLock
    nodes: { MinDevicePasswordLength: 8, DevicePasswordEnabled: 0 }
"#;
    let found = check(block, |golden| edit(&mut golden[0], "<Data>8</Data>", "<Data>6</Data>"));
    let uri = "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength".to_owned();
    assert_eq!(shown(&found[0]), [(uri, Some("6"), Some("8"))]);
}
