//! Compliance policies of one audience: what one of them leaves open is no contradiction of another that asks it.

use super::{compiled, imported, settings};
use policyc::backend::Format;

fn policy(name: &str, asked: &str) -> (String, Vec<u8>) {
    let text = format!(
        r##"{{"@odata.type": "#microsoft.graph.windows10CompliancePolicy", "displayName": "{name}", {asked}}}"##
    );
    (format!("{name}.json"), text.into_bytes())
}

#[test]
fn policies_side_by_side_are_one_group_and_alone_each_is_whole() {
    let health = policy(
        "health",
        r#""bitLockerEnabled": true, "passwordRequired": false, "passwordRequiredType": "deviceDefault""#,
    );
    let password = policy(
        "password",
        r#""bitLockerEnabled": false, "passwordRequired": true, "passwordRequiredType": "alphanumeric""#,
    );
    let both = imported(&vec![health.clone(), password.clone()], "acme", &[]);
    assert_eq!(both.groups.len(), 1, "{:#?}", both.groups);
    assert_eq!(both.found.iter().count(), 0, "{:#?}", both.found);
    let left: Vec<(&str, &str)> = both
        .dropped
        .iter()
        .filter_map(|note| Some((note.file.as_str(), note.what.strip_prefix("windows10CompliancePolicy · ")?)))
        .collect();
    let expected = [
        ("health.json", "passwordRequired"),
        ("health.json", "passwordRequiredType"),
        ("password.json", "bitLockerEnabled"),
    ];
    assert_eq!(left, expected);
    // Two that really ask for different things are for different devices.
    let other = policy("other", r#""passwordRequiredType": "numeric""#);
    assert_eq!(imported(&vec![password.clone(), other], "acme", &[]).groups.len(), 2);
    for file in [health, password] {
        let alone = imported(&vec![file.clone()], "acme", &[]);
        assert!(alone.dropped.is_empty(), "{:#?}", alone.dropped);
        let built = compiled(&alone);
        let sets = built.artefacts().filter(|file| file.format == Format::Intune);
        let written: Vec<_> = sets.flat_map(|file| settings(&file.path, &file.bytes)).collect();
        assert_eq!(written, settings("acme/g/intune/x.json", &file.1));
    }
}
