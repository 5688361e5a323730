//! Profiles: the keys that must be there, what of their payloads is kept, and the names that consoles show.

use super::refusal::{File, Refusal, shown};
use super::{Consumer, Kind};
use crate::encoding::plist::{self, Dictionary, Item};

pub(super) fn refusals(consumer: &'static Consumer, file: &File<'_>) -> Vec<Refusal> {
    let Some(rules) = &consumer.profile else { return Vec::new() };
    if let (Some(why), false) = (&consumer.signed, file.bytes.trim_ascii_start().starts_with(b"<?xml")) {
        return vec![Refusal::whole(
            format!("the profile does not begin as XML: {why}"),
            "give it the unsigned profile",
        )];
    }
    let root = match plist::read(file.bytes) {
        Ok(Item::Dictionary(root)) => root,
        Ok(_) => {
            return vec![Refusal::whole("the profile is no dictionary", "take the profile from where it was written")];
        }
        Err(fault) => {
            let cause = format!("the profile cannot be read: {}: {}", fault.place(), fault.cause);
            return vec![Refusal::whole(cause, "mend it there, or write it anew")];
        }
    };
    let mut found = Vec::new();
    let title = &consumer.title;
    for key in rules.keys.iter().filter(|key| !is_there(&root, key)) {
        found.push(Refusal::whole(
            format!("the profile has no `{key}`, and {title} asks for one"),
            format!("give it a `{key}`"),
        ));
    }
    if !matches!(root.text("PayloadType"), None | Some("Configuration")) {
        found.push(Refusal::whole(
            "the `PayloadType` of a profile is `Configuration`",
            "write `Configuration`; types of payloads stand in `PayloadContent`",
        ));
    }
    if let Some(scope) = root
        .text("PayloadScope")
        .filter(|scope| !rules.scopes.is_empty() && !rules.scopes.iter().any(|one| one == scope))
    {
        let cause = format!("the scope `{}` is none that {title} knows", shown(scope));
        found.push(Refusal::whole(cause, format!("it knows {}", rules.scopes.join(" and "))));
    }
    found.extend(kept(consumer, &root, "TopLevel"));
    for payload in payloads(&root) {
        let owner = payload.text("PayloadType").unwrap_or_default();
        for key in rules.payload_keys.iter().filter(|key| !is_there(payload, key)) {
            let cause = format!("the payload `{}` has no `{key}`, and {title} asks for one", shown(owner));
            found.push(Refusal::at(owner, cause, format!("give it a `{key}`")));
        }
        let row = consumer.reserved(Kind::Payload, owner, payload.iter().map(|(key, _)| key.as_str()));
        found.extend(row.map(|row| consumer.keeps(row, owner)));
        found.extend(kept(consumer, payload, owner));
    }
    found
}

/// Names and identifiers that the consumer keeps.
fn kept(consumer: &'static Consumer, level: &Dictionary, owner: &str) -> Vec<Refusal> {
    let named = level.text("PayloadDisplayName").and_then(|name| consumer.name_refused(name));
    let identified = level
        .text("PayloadIdentifier")
        .and_then(|name| consumer.reserved(Kind::Identifier, name, std::iter::empty()))
        .map(|row| consumer.keeps(row, owner));
    named.into_iter().chain(identified).collect()
}

fn payloads(root: &Dictionary) -> impl Iterator<Item = &Dictionary> {
    root.list("PayloadContent").iter().filter_map(|payload| match &payload.value {
        Item::Dictionary(payload) => Some(payload),
        _ => None,
    })
}

fn is_there(level: &Dictionary, key: &str) -> bool {
    level.get(key).is_some_and(|item| !matches!(item, Item::Text(text) if text.is_empty()))
}

#[cfg(test)]
mod tests {
    use crate::consumer::named;
    use crate::consumer::refusal::{File, Form};

    fn check(server: &str, top: &str, payload: &str, expected: &[&str]) {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>{top}<key>PayloadContent</key><array><dict>{payload}</dict></array></dict></plist>"
        );
        causes(server, text.as_bytes(), expected);
    }

    fn causes(server: &str, bytes: &[u8], expected: &[&str]) {
        let file = File { path: "a/b/c.mobileconfig", form: Form::Mobileconfig, bytes };
        let refusals = named(server).unwrap().refusals(&file);
        let found: Vec<String> = refusals.iter().map(|one| format!("{} {}", one.code, one.cause)).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for expected in expected {
            assert!(found.iter().any(|found| found.contains(expected)), "no `{expected}` in {found:?}");
        }
        assert!(refusals.iter().all(|one| !one.cure.is_empty()));
    }

    fn keys(pairs: &[(&str, &str)]) -> String {
        pairs.iter().map(|(key, value)| format!("<key>{key}</key><string>{value}</string>")).collect()
    }

    const TOP: &[(&str, &str)] =
        &[("PayloadDisplayName", "Acme: Dock"), ("PayloadIdentifier", "com.acme"), ("PayloadType", "Configuration")];

    #[test]
    fn fleet_keeps_its_names_identifiers_and_encryption() {
        let dock = keys(&[("PayloadType", "com.apple.dock"), ("PayloadIdentifier", "com.acme.dock")]);
        check("fleet", &keys(TOP), &dock, &[]);
        let vault = keys(&[("PayloadType", "com.apple.MCX.FileVault2")]);
        check("fleet", &keys(TOP), &vault, &["server-reserves Fleet keeps `com.apple.MCX.FileVault2`"]);
        check("fleet-custom", &keys(TOP), &vault, &[]);
        let time = keys(&[("PayloadType", "com.apple.MCX"), ("timeServer", "time.example")]);
        check("fleet", &keys(TOP), &time, &[]);
        let options = keys(&[("PayloadType", "com.apple.MCX"), ("DestroyFVKeyOnStandby", "x")]);
        check("fleet", &keys(TOP), &options, &["server-reserves Fleet keeps `com.apple.MCX`"]);
        let named = keys(&[("PayloadType", "com.apple.dock"), ("PayloadDisplayName", "Disk encryption")]);
        check("fleet", &keys(TOP), &named, &["server-refuses Fleet keeps `Disk encryption`"]);
        let own = keys(&[("PayloadType", "com.apple.dock"), ("PayloadIdentifier", "com.fleetdm.fleetd.config")]);
        check("fleet", &keys(TOP), &own, &["server-refuses Fleet keeps `com.fleetdm.fleetd.config`"]);
    }

    #[test]
    fn what_a_profile_must_say_differs() {
        let dock = keys(&[("PayloadType", "com.apple.dock")]);
        check("fleet", &keys(&TOP[1..]), &dock, &["the profile has no `PayloadDisplayName`"]);
        let odd = keys(&[TOP, &[("PayloadScope", "Device")]].concat());
        check("fleet", &odd, &dock, &["the scope `Device`"]);
        check("apple-lenient", &odd, &dock, &[]);
        let strict = [
            "the profile has no `PayloadOrganization`",
            "the profile has no `PayloadScope`",
            "the profile has no `PayloadUUID`",
            "the profile has no `PayloadVersion`",
            "`com.apple.dock` has no `PayloadIdentifier`",
            "`com.apple.dock` has no `PayloadUUID`",
            "`com.apple.dock` has no `PayloadVersion`",
        ];
        check("apple-strict", &keys(TOP), &dock, &strict);
    }

    #[test]
    fn files_that_are_no_profiles_are_told() {
        causes("fleet", b"\x30\x82\x01", &["Fleet signs profiles itself"]);
        causes("fleet", b"<?xml version=\"1.0\"?><plist", &["cannot be read"]);
        causes("fleet", b"<?xml version=\"1.0\"?><plist version=\"1.0\"><array/></plist>", &["no dictionary"]);
        causes("fleet", b" \n", &["the file is empty"]);
        causes("intune-portal", b"x", &["takes no `mobileconfig` files"]);
        causes("fleet", &vec![b'x'; (1 << 20) + 1], &["the file has 1048577 bytes", "does not begin as XML"]);
    }
}
