//! The law of `formerly` (language.md §8): a rename with it changes paths and titles, and no identity; one without it changes them.
//!
//! Groups with each way to cut profiles, with declarations and with nodes, an instance and a control are renamed in every combination.

use super::project::source;
use policyc::catalogue::Catalogue;
use policyc::setting::{Bundle, Date, Setting};
use policyc::source::Sources;
use policyc::{Compiled, Request};
use std::collections::BTreeMap;

/// A name that a thing has, and what it says it was called before.
#[derive(Clone, Copy)]
struct Name {
    now: &'static str,
    formerly: Option<&'static str>,
}

impl Name {
    fn line(self) -> String {
        self.formerly.map_or(String::new(), |former| format!("formerly: {former}, "))
    }
}

/// The names of one version of the sources: of the groups (each bundle adds its own end), of the control and of the instance.
type Names = [Name; 3];

const BEFORE: Names = [
    Name { now: "handsets", formerly: None },
    Name { now: "office-network", formerly: None },
    Name { now: "head-office", formerly: None },
];

/// The same with those of `which` (a bit each) renamed, with and without a word about it.
fn renamed(which: usize, with_formerly: bool) -> Names {
    let after = ["phones", "staff-wifi", "office"];
    let name = |n: usize| match which & (1 << n) {
        0 => BEFORE[n],
        _ => Name { now: after[n], formerly: with_formerly.then_some(BEFORE[n].now) },
    };
    [name(0), name(1), name(2)]
}

fn sources([group, control, instance]: Names) -> Sources {
    let end = |former: Name, end: &str| former.formerly.map_or(String::new(), |id| format!("formerly: {id}{end}, "));
    let phones = |bundle: &Bundle| {
        let facts =
            "title: Devices, platform: iOS, os: \"18.0\", supervised: true, deliver: [mobileconfig, declarations]";
        format!("  {}-{bundle}: {{ {}bundle: {bundle}, {facts} }}\n", group.now, end(group, &format!("-{bundle}")))
    };
    let laptops = "title: Devices, platform: Windows, os: \"10.0.22631\", editions: [enterprise]";
    let laptops = format!("  {}-laptops: {{ {}{laptops} }}\n", group.now, end(group, "-laptops"));
    let groups: String = Bundle::ALL.iter().map(phones).chain([laptops]).collect();
    let all: Vec<String> = Bundle::ALL.iter().map(|bundle| format!("{}-{bundle}", group.now)).collect();
    let control_text = format!(
        "control: {}\n{}title: Networks\ninstances: named\nparameters: {{ ssid: {{ type: text }} }}\nsettings:\n  \
         - {{ platforms: [iOS], payload: com.apple.wifi.managed, profile: wifi, instance: $instance, \
         keys: {{ SSID_STR: $ssid, EncryptionType: WPA2, PayloadCertificateUUID: {{ $ref: com.apple.security.scep, instance: $instance }} }} }}\n  \
         - {{ platforms: [iOS], payload: com.apple.security.scep, profile: wifi, instance: $instance, keys: {{ PayloadContent: {{ URL: \"https://ca.example\" }} }} }}\n  \
         - {{ platforms: [iOS], payload: com.apple.font, instance: $instance, keys: {{ Font: {{ base64: \"AAE=\" }} }} }}\n  \
         - {{ platforms: [iOS], payload: com.apple.applicationaccess, keys: {{ allowCamera: false }} }}\n  \
         - {{ platforms: [iOS], declaration: com.apple.configuration.account.ldap, instance: $instance, keys: {{ HostName: $ssid }} }}\n  \
         - {{ csp: \"./Device/Vendor/MSFT/WiFi/Profile/{{SSID}}\", instance: {{ SSID: $instance }}, nodes: {{ ProxyPacUrl: $ssid }} }}\n\
         gaps: {{ macOS: not written }}\n",
        control.now,
        control.line().replace(", ", "\n"),
    );
    let policy = format!(
        "policy: it\ntitle: IT\nclauses:\n  - id: a\n    summary: s\n    class: partial\n    reason: r\n    groups: [{}, {}-laptops]\n    \
         require: {{ {}: {{ {}: {{ {}ssid: x }} }} }}\n",
        all.join(", "),
        group.now,
        control.now,
        instance.now,
        instance.line()
    );
    Sources::new(vec![
        source("policy-sources/acme/organisation.yaml", "organisation: acme\nname: Acme\nidentifier: com.example\n"),
        source("policy-sources/acme/groups.yaml", format!("groups:\n{groups}")),
        source("policy-sources/acme/controls/own.yaml", control_text),
        source("policy-sources/acme/it.yaml", policy),
    ])
}

fn compiled(names: Names) -> Compiled {
    let request = Request { as_of: Date::new(2026, 1, 1).unwrap() };
    let compiled = policyc::compile(&sources(names), &Catalogue::embedded(), &request);
    let messages: Vec<&String> = compiled.found.iter().map(|finding| &finding.message).collect();
    assert!(!compiled.found.has_errors(), "{messages:?}");
    compiled
}

/// Every identifier in a file, and the lines that say nothing of a title.
fn identities(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut lines = text.lines().map(str::trim).peekable();
    let (mut identities, mut rest) = (Vec::new(), Vec::new());
    while let Some(line) = lines.next() {
        let is_title = line.contains("<key>PayloadDisplayName</key>");
        if is_title {
            lines.next();
        } else if ["<key>PayloadIdentifier</key>", "<key>PayloadUUID</key>", "<key>PayloadCertificateUUID</key>"]
            .contains(&line)
        {
            identities.extend(lines.next().map(str::to_owned));
        } else if line.starts_with("\"Identifier\"")
            || line.starts_with("<LocURI>")
            || line.contains("-5") && line.len() < 42
        {
            identities.push(line.to_owned());
        } else {
            rest.push(line.to_owned());
        }
    }
    (identities, rest)
}

/// Every file by its path, as it would be called with the old names.
fn files(compiled: &Compiled) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let old = |path: &str| {
        let path = path.replace("acme/phones-", "acme/handsets-");
        path.replace("/staff-wifi.mobileconfig", "/office-network.mobileconfig")
    };
    // What tells of the group has no identity.
    let files = compiled.artefacts().filter(|artefact| artefact.format.route().is_some());
    files.map(|artefact| (old(&artefact.path), identities(&artefact.bytes))).collect()
}

fn settings(compiled: &Compiled) -> Vec<Vec<(String, String)>> {
    let shown = |setting: &Setting| (setting.address.to_string(), setting.value.to_string());
    let mut all: Vec<Vec<_>> =
        compiled.groups.iter().map(|group| group.checked.settings().iter().map(shown).collect()).collect();
    all.sort();
    all
}

#[test]
fn a_rename_that_says_so_changes_no_identity() {
    let before = compiled(BEFORE);
    let (old, old_settings) = (files(&before), settings(&before));
    assert_eq!(old.values().map(|(identities, _)| identities.len()).min(), Some(1), "each file has an identity");
    for which in 1..8 {
        let after = compiled(renamed(which, true));
        assert_eq!(files(&after), old, "renamed: {which:03b}");
        assert_eq!(settings(&after), old_settings, "renamed: {which:03b}");
    }
}

#[test]
fn a_rename_that_says_nothing_is_another_identity() {
    let old = files(&compiled(BEFORE));
    for which in 1..8 {
        let new = files(&compiled(renamed(which, false)));
        let changed = old.iter().filter(|(path, (before, _))| new.get(*path).is_none_or(|(after, _)| after != before));
        let changed: Vec<&String> = changed.map(|(path, _)| path).collect();
        // A group is in every profile and declaration, an instance in its payloads and nodes, a control where profiles are cut by it.
        let wanted = |path: &str| {
            let syncml = path.ends_with(".xml");
            let instance = path.contains("/wifi.")
                || path.contains("ldap")
                || path.contains("font")
                || syncml
                || path.contains("per-control/office-network")
                || path.contains("/settings.");
            which & 1 != 0 && !syncml
                || which & 2 != 0 && path.contains("/office-network.")
                || which & 4 != 0 && instance
        };
        let expected: Vec<&String> = old.keys().filter(|path| wanted(path)).collect();
        assert_eq!(changed, expected, "renamed: {which:03b}");
    }
}

#[test]
fn an_organisation_goes_on_under_one_folder_only() {
    let organisation = |id: &str, formerly: &str| {
        let text = format!("organisation: {id}\n{formerly}name: A\nidentifier: com.{id}\n");
        source(&format!("policy-sources/{id}/organisation.yaml"), text)
    };
    let check = |files: Vec<policyc::source::SourceFile>, expected: &[&str]| {
        let request = Request { as_of: Date::new(2026, 1, 1).unwrap() };
        let compiled = policyc::compile(&Sources::new(files), &Catalogue::embedded(), &request);
        let found: Vec<String> = compiled.found.iter().map(|d| format!("{} {}", d.code, d.message)).collect();
        assert_eq!(found, expected);
        compiled.policy.organisations.iter().map(|organisation| organisation.formerly.clone()).collect::<Vec<_>>()
    };
    let old = "formerly: old\n";
    assert_eq!(check(vec![organisation("acme", old)], &[]), [Some("old".to_owned())]);
    check(
        vec![organisation("acme", old), organisation("old", "")],
        &["identity-taken `acme` was formerly `old`, and the organisation `old` is still there"],
    );
    check(
        vec![organisation("acme", old), organisation("bcme", old)],
        &["identity-taken `bcme` and `acme` both were formerly `old`"],
    );
    // Two that change names: each says so.
    check(vec![organisation("acme", old), organisation("old", "formerly: acme\n")], &[]);
}
