//! What devices of Apple's make of several files together: payloads that they put into one, and declarations that others activate; and
//! one profile that a tool keeps twice.

use super::{Files, golden, is_empty, observed, told};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Devices put restrictions and passcodes together, however many payloads hold them.
#[test]
fn what_stands_in_several_payloads_is_compared_key_by_key() {
    let group = "ctcic/company-phones";
    let own = || -> Files {
        golden(&format!("{group}/com.")).map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
    };
    let text = |files: &Files, of: &str| -> (String, String) {
        let (name, bytes) = files.iter().find(|(name, _)| name.contains(of)).unwrap();
        (name.clone(), String::from_utf8(bytes.clone()).unwrap())
    };
    let named = |text: &str, other: &str| text.replace("<string>uk.ctcic.", &format!("<string>{other}."));
    // One approved profile as two, each without what the other has.
    let mut files = own();
    let (name, whole) = text(&files, "applicationaccess");
    let (first, second) =
        ("<key>allowAutoUnlock</key>\n\t\t\t<true/>", "<key>safariAllowAutoFill</key>\n\t\t\t<false/>");
    assert!(whole.contains(first) && whole.contains(second));
    files.insert(name.clone(), whole.replace(second, "").into_bytes());
    files.insert("more.mobileconfig".to_owned(), named(&whole, "more").replace(first, "").into_bytes());
    is_empty(&observed(&files, Some(group)));
    files.insert("more.mobileconfig".to_owned(), named(&whole, "more").replace(second, "").into_bytes());
    let missing = format!("missing {group}: com.apple.applicationaccess · safariAllowAutoFill: false → - weaker");
    assert_eq!(told(&observed(&files, Some(group))), [missing]);
    // A second payload that says the same, and one that does not.
    let mut files = own();
    let (_, passcode) = text(&files, "passwordpolicy");
    files.insert("more.mobileconfig".to_owned(), named(&passcode, "more").into_bytes());
    is_empty(&observed(&files, Some(group)));
    let weaker = named(&passcode, "more").replace("<integer>6</integer>", "<integer>4</integer>");
    files.insert("more.mobileconfig".to_owned(), weaker.into_bytes());
    let seen = observed(&files, Some(group));
    let length = "com.apple.mobiledevice.passwordpolicy · minLength";
    assert_eq!(told(&seen), [format!("different {group}: {length}: 6 → 4 weaker")]);
    assert_eq!(seen.findings[0].places[0].file, "more.mobileconfig");
}

/// A configuration that no activation names is on no device in force, whatever the two are called.
#[test]
fn what_nothing_activates_is_missing() {
    let group = "cafcass/iphones";
    let own = || -> Files {
        golden(&format!("{group}/com.")).map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut files = own();
        for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".json")) {
            let mut declaration: Value = serde_json::from_slice(bytes).unwrap();
            change(&mut declaration);
            *bytes = declaration.to_string().into_bytes();
        }
        observed(&files, Some(group))
    };
    let renamed = |text: &str| text.replacen(|c: char| c.is_ascii_hexdigit(), "server.", 8);
    let rename = |one: &mut Value| {
        one["Identifier"] = renamed(one["Identifier"].as_str().unwrap()).into();
        if let Some(names) = one.pointer_mut("/Payload/StandardConfigurations").and_then(Value::as_array_mut) {
            names.iter_mut().for_each(|name| *name = renamed(name.as_str().unwrap()).into());
        }
    };
    is_empty(&changed(&rename));
    let seen = changed(&|one| {
        rename(one);
        if let Some(names) = one["Payload"].get_mut("StandardConfigurations") {
            *names = json!(["another"]);
        }
    });
    let told = told(&seen);
    assert_eq!(told.len(), 4, "{told:#?}");
    let updates = format!("missing {group}: com.apple.configuration.softwareupdate.settings · ");
    assert!(told.iter().all(|line| line.starts_with(&updates) && line.ends_with(" weaker")), "{told:#?}");
    assert!(
        seen.findings.iter().all(|one| one.why.as_deref().is_some_and(|why| why.contains("no activation names it")))
    );
}

/// IntuneCD keeps each profile below the policies, beside the one that its policy carries: that is one, changed or not.
#[test]
fn a_profile_that_a_backup_keeps_twice_is_one() {
    let group = "childrens-homes/staff-phones";
    let mut files = Files::new();
    for (path, bytes) in golden(&format!("{group}/")) {
        let name = path.rsplit('/').next().unwrap();
        let folder =
            if path.contains("/intune/") { "Device Configurations" } else { "Device Configurations/mobileconfig" };
        if path.contains("/intune/") || name.ends_with(".mobileconfig") {
            files.insert(format!("backup/{folder}/{name}"), bytes.to_vec());
        }
    }
    let seen = observed(&files, Some(group));
    is_empty(&seen);
    assert_eq!(seen.observations.len(), 1);
    let own = golden(group)
        .find(|(path, _)| path.ends_with("staff-phones/com.apple.webcontent-filter.mobileconfig"))
        .unwrap()
        .1;
    let text = std::str::from_utf8(own).unwrap();
    let changed = text.replacen("<true/>", "<false/>", 1);
    let of = |text: &str| STANDARD.encode(text);
    for bytes in files.values_mut() {
        let old = String::from_utf8(bytes.clone()).unwrap();
        *bytes = old.replace(&of(text), &of(&changed)).replace(text, &changed).into_bytes();
    }
    let told = told(&observed(&files, Some(group)));
    assert!(
        told.len() == 1 && told[0].starts_with("different ") && told[0].ends_with(": true → false weaker"),
        "{told:#?}"
    );
}
