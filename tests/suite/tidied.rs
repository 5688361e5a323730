//! Trees of artefacts that somebody wrote anew: what looks different and says the same is no behaviour, and the one value that is
//! another one is told with its file.

use policyc::catalogue::Catalogue;
use policyc::compare::Direction;
use policyc::review::{Change, Kind, Review, Side, between};
use policyc::source::{Content, SourceFile};

const FILES: usize = 200;

fn file(name: &str, text: String) -> SourceFile {
    SourceFile { path: format!("acme/all/{name}"), content: Content::Bytes(text.into_bytes()) }
}

fn review(before: &[SourceFile], after: &[SourceFile]) -> Review {
    between(&Side::files("before", before), &Side::files("after", after), &Catalogue::embedded())
}

fn behaviour(review: &Review) -> Vec<&Change> {
    review.changes.iter().filter(|change| change.kind == Kind::Behaviour).collect()
}

/// A payload: its type, its identifiers and more keys.
fn payload(kind: &str, (identifier, uuid): (&str, &str), keys: &[(&str, &str)], layout: Layout) -> String {
    let own = [
        ("PayloadType", format!("<string>{kind}</string>")),
        ("PayloadIdentifier", format!("<string>{identifier}</string>")),
        ("PayloadUUID", format!("<string>{uuid}</string>")),
    ];
    let mut all: Vec<(String, String)> = own.map(|(key, value)| (key.to_owned(), value)).into();
    all.extend(keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    dictionary(all, layout)
}

fn dictionary(mut keys: Vec<(String, String)>, layout: Layout) -> String {
    if layout == Layout::Other {
        keys.reverse();
    }
    let entry = |(key, value): (String, String)| match layout {
        Layout::Plain => format!("<key>{key}</key>{value}"),
        Layout::Other => {
            let text = value.strip_prefix("<string>").and_then(|text| text.strip_suffix("</string>"));
            let value = match text {
                Some(text) => format!("<string><![CDATA[{text}]]></string>"),
                None => value.replace("<true/>", "<true></true>"),
            };
            format!("\r\n    <!-- {key} -->\r\n<key>{key}</key>\r\n {value}")
        }
    };
    format!("<dict>{}</dict>", keys.into_iter().map(entry).collect::<String>())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Plain,
    Other,
}

fn profile(identifier: &str, mut payloads: Vec<String>, layout: Layout) -> String {
    if layout == Layout::Other {
        payloads.reverse();
    }
    let keys = [
        ("PayloadType", "<string>Configuration</string>".to_owned()),
        ("PayloadIdentifier", format!("<string>{identifier}</string>")),
        ("PayloadVersion", "<integer>1</integer>".to_owned()),
        ("PayloadContent", format!("<array>{}</array>", payloads.concat())),
    ];
    let keys = keys.map(|(key, value)| (key.to_owned(), value)).into();
    let head = if layout == Layout::Other { "\u{FEFF}<?xml version='1.0'?>\r\n" } else { "" };
    format!("{head}<plist version=\"1.0\">{}</plist>", dictionary(keys, layout))
}

/// One of many profiles of a folder, all with the same payloads: two roots, two networks that trust one of them each, restrictions.
fn office(n: usize, camera: bool, layout: Layout) -> String {
    let uuid = |m: usize| format!("{n:08}-0000-4000-8000-{m:012}");
    let root = |m: usize| {
        // Only the first has a version: it stands in another place when the payloads are turned round.
        let version = ("PayloadVersion", "<integer>1</integer>");
        let data = format!("<data>{}</data>", ["AAAA", "BBBB"][m]);
        let keys = [("PayloadContent", data.as_str()), version];
        payload("com.apple.security.root", (&format!("r{m}"), &uuid(m)), &keys[..2 - m], layout)
    };
    let wifi = |m: usize| {
        let (name, trusted) =
            (format!("<string>net{m}</string>"), format!("<array><string>{}</string></array>", uuid(m)));
        let trusted = format!("<dict><key>PayloadCertificateAnchorUUID</key>{trusted}</dict>");
        let keys = [("SSID_STR", name.as_str()), ("EAPClientConfiguration", &trusted), ("AutoJoin", "<true/>")];
        payload("com.apple.wifi.managed", (&format!("w{m}"), &uuid(m + 2)), &keys, layout)
    };
    let keys = [("allowCamera", if camera { "<true/>" } else { "<false/>" }), ("allowAirDrop", "<false/>")];
    let restrictions = payload("com.apple.applicationaccess", ("a", &uuid(4)), &keys, layout);
    profile(&format!("org.example.{n}"), vec![root(0), root(1), wifi(0), wifi(1), restrictions], layout)
}

fn fragment(length: usize, layout: Layout) -> String {
    let item = |uri: &str, data: &str| {
        let data = if layout == Layout::Other {
            format!("\n<![CDATA[{data}]]>\n")
        } else {
            data.replace('<', "&lt;").replace('"', "&quot;")
        };
        let target = format!("<Target><LocURI>./Device/Vendor/MSFT/{uri}</LocURI></Target>");
        format!("<Replace><Item>{target}<Data>{data}</Data></Item></Replace>")
    };
    let mut items = [
        item("Policy/Config/DeviceLock/MinDevicePasswordLength", &length.to_string()),
        item("BitLocker/SystemDrivesMinimumPINLength", "<enabled/><data id=\"MinPINLength\" value=\"8\"/>"),
    ];
    if layout == Layout::Other {
        items.reverse();
        return format!("<SyncML><SyncBody>{}<Final/></SyncBody></SyncML>", items.join("<!-- next -->\r\n"));
    }
    items.concat()
}

fn tree(layout: Layout, camera: impl Fn(usize) -> bool, length: impl Fn(usize) -> usize) -> Vec<SourceFile> {
    let profiles = (0..FILES).map(|n| file(&format!("p{n}.mobileconfig"), office(n, camera(n), layout)));
    let fragments = (0..FILES).map(|n| file(&format!("f{n}.xml"), fragment(length(n), layout)));
    profiles.chain(fragments).collect()
}

#[test]
fn files_in_another_layout_say_the_same() {
    let before = tree(Layout::Plain, |_| true, |_| 8);
    let review = review(&before, &tree(Layout::Other, |_| true, |_| 8));
    let other: Vec<_> = review.changes.iter().filter(|change| change.kind != Kind::Cosmetic).collect();
    assert!(other.is_empty(), "{} changes, the first {:?}", other.len(), other.first());
    assert_eq!(review.files.len(), 2 * FILES);
    assert!(review.files.iter().all(|file| file.identities.is_empty()));
}

#[test]
fn one_value_among_many_files_is_all_that_is_behaviour() {
    let before = tree(Layout::Plain, |_| true, |_| 8);
    for (profile, fragment) in [(Some(137), None), (None, Some(42))] {
        let after = tree(Layout::Other, |n| Some(n) != profile, |n| if Some(n) == fragment { 9 } else { 8 });
        let review = review(&before, &after);
        let found = behaviour(&review);
        let [change] = found.as_slice() else { panic!("{} changes, the first {:?}", found.len(), found.first()) };
        let (address, sides, path) = match profile {
            Some(_) => ("com.apple.applicationaccess · allowCamera", ("true", "false"), "p137.mobileconfig"),
            None => ("./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength", ("8", "9"), "f42.xml"),
        };
        assert_eq!(change.subject.to_string(), address);
        assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some(sides.0), Some(sides.1)));
        assert_eq!(change.settings[0].file_after.as_deref(), Some(path));
        // The other files say otherwise, and nobody here knows which of them a device takes.
        assert_eq!(change.direction(), Direction::Unknown);
        assert!(change.judgement.because.contains(path), "{}", change.judgement.because);
    }
}

#[test]
fn the_same_change_of_two_files_is_two_changes() {
    let before = tree(Layout::Plain, |_| true, |_| 8);
    let review = review(&before, &tree(Layout::Plain, |n| n > 1, |_| 8));
    let found = behaviour(&review);
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].id, found[1].id);
}

/// A profile of one payload, and of more keys in it.
fn single(identifier: &str, keys: &str) -> String {
    let own = "<key>PayloadType</key><string>com.example.a</string>";
    profile("org.example", vec![format!("<dict>{own}{identifier}{keys}</dict>")], Layout::Plain)
}

#[test]
fn one_payload_on_each_side_is_the_same_whatever_it_is_called() {
    // The names that some editors give: the profile's, the type, and a UUID.
    let named = |uuid: &str| format!("<key>PayloadIdentifier</key><string>org.example.com.example.a.{uuid}</string>");
    let keys = "<key>x</key><integer>1</integer><key>y</key><true/>";
    for (was, is) in [(named("1"), named("2")), (String::new(), named("2")), (named("1"), String::new())] {
        let before = [file("one.mobileconfig", single(&was, keys))];
        let after = [file("one.mobileconfig", single(&is, &keys.replace('1', "2")))];
        let review = review(&before, &after);
        let found = behaviour(&review);
        let sides: Vec<_> = found
            .iter()
            .filter(|change| !change.settings.is_empty())
            .map(|change| (change.before.as_deref(), change.after.as_deref()))
            .collect();
        assert_eq!(sides, [(Some("1"), Some("2"))], "{was} {is}");
    }
}

#[test]
fn a_file_under_another_name_moves_nothing() {
    let keys = "<key>x</key><integer>1</integer><key>y</key><true/>";
    let one = |name: &str| file(name, single("", keys));
    let beside = || file("beside.mobileconfig", office(1, true, Layout::Plain));
    for (before, after) in [
        (vec![one("old.mobileconfig")], vec![one("new.mobileconfig")]),
        (vec![one("old.mobileconfig"), beside()], vec![one("new.mobileconfig"), beside()]),
    ] {
        let review = review(&before, &after);
        assert!(review.changes.iter().all(|change| change.what == "renamed"), "{:?}", review.changes);
        assert_eq!(review.files.len(), 1);
    }
}

#[test]
fn what_one_file_loses_and_another_gets_has_moved() {
    let keys = |n: usize| format!("<key>x</key><integer>{n}</integer>");
    let own = |name: &str, keys: &str| {
        file(
            name,
            profile(
                name,
                vec![format!("<dict><key>PayloadType</key><string>com.example.a</string>{keys}</dict>")],
                Layout::Plain,
            ),
        )
    };
    let review = review(
        &[own("a.mobileconfig", &keys(1)), own("b.mobileconfig", "<key>y</key><true/>")],
        &[
            own("a.mobileconfig", "<key>z</key><true/>"),
            own("b.mobileconfig", &format!("<key>y</key><true/>{}", keys(1))),
        ],
    );
    let moved: Vec<_> = review.changes.iter().filter(|change| change.what == "moved").collect();
    assert_eq!(moved.len(), 1, "{:?}", review.changes);
    let files = |change: &Change| (change.settings[0].file_before.clone(), change.settings[0].file_after.clone());
    assert_eq!(files(moved[0]), (Some("a.mobileconfig".to_owned()), Some("b.mobileconfig".to_owned())));
}

#[test]
fn a_key_with_a_dot_is_not_two_keys() {
    let nested =
        |keys: &str, value: usize| [file("one.mobileconfig", single("", &keys.replace('#', &value.to_string())))];
    let plain = "<key>a</key><dict><key>b.c</key><integer>#</integer></dict>";
    let deeper = "<key>a</key><dict><key>b</key><dict><key>c</key><integer>#</integer></dict></dict>";
    let id = |keys: &str| behaviour(&review(&nested(keys, 1), &nested(keys, 2)))[0].id.clone();
    assert_ne!(id(plain), id(deeper));
}
