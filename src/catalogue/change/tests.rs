//! The comparison as a whole: a pair of small releases with each kind of change, its laws, and the real data beside itself.

use super::*;
use crate::diagnostic::{Code, Diagnostics};
use crate::setting::{Address, Channel, Leaf, OsVersion, Platform, Setting, Value};
use crate::source::{Content, SourceFile, Sources};

const OLD: &str = r#"[
    {"type": "com.example.lock", "form": "profile", "title": "Lock", "source": {"file": "a.yaml", "release": "1"},
     "supportedOS": {"iOS": {"introduced": "9.0"}, "macOS": {"introduced": "10.7"}, "tvOS": {"introduced": "n/a"}},
     "payloadkeys": [
        {"key": "Length", "type": "integer", "range": {"min": "0", "max": "16"}},
        {"key": "Gone", "type": "dictionary", "subkeys": [{"key": "A", "type": "string"}, {"key": "B", "type": "string"}]},
        {"key": "List", "type": "array", "subkeys": [{"key": "Item", "type": "string", "rangelist": ["a", "b"]}]},
        {"key": "Old", "type": "boolean", "supportedOS": {"iOS": {"introduced": "10.0"}}},
        {"key": "Vendor", "type": "dictionary", "subkeys": [{"key": "ANY", "type": "string"}]}]},
    {"type": "com.example.away", "form": "profile", "title": "", "source": {"file": "b.yaml", "release": "1"},
     "payloadkeys": [{"key": "Name", "type": "string"}]},
    {"type": "Lock", "form": "command", "title": "", "source": {"file": "c.yaml", "release": "1"},
     "payloadkeys": [{"key": "Pin", "type": "string"}], "responsekeys": [{"key": "Status", "type": "string"}]}
]"#;

const NEW: &str = r#"[
    {"type": "com.example.lock", "form": "profile", "title": "Lock", "source": {"file": "renamed.yaml", "release": "2"},
     "supportedOS": {"iOS": {"introduced": "9.0"}, "macOS": {"introduced": "12.0"}, "visionOS": {"introduced": "2.0"}},
     "payloadkeys": [
        {"key": "Length", "type": "integer", "range": {"min": "4", "max": "16"}},
        {"key": "List", "type": "array", "subkeys": [{"key": "Item", "type": "string", "rangelist": ["b", "c"]}]},
        {"key": "Must", "type": "string", "required": true},
        {"key": "Old", "type": "boolean", "supportedOS": {"iOS": {"introduced": "10.0", "deprecated": "27.0"}}},
        {"key": "Vendor", "type": "dictionary", "subkeys": [{"key": "ANY", "type": "data"}]}]},
    {"type": "com.example.new", "form": "declaration", "title": "New", "source": {"file": "d.yaml", "release": "2"},
     "supportedOS": {"iOS": {"introduced": "27.0"}}, "payloadkeys": [{"key": "Name", "type": "string"}]},
    {"type": "Lock", "form": "command", "title": "", "source": {"file": "c.yaml", "release": "2"},
     "payloadkeys": [{"key": "Pin", "type": "string"}], "responsekeys": [{"key": "Status", "type": "integer"}]}
]"#;

const OLD_NODES: &str = r#"{"source": {"file": "N.xml", "release": "1"}, "nodes": [
    {"uri": "./Device/Vendor/MSFT/Lock", "format": "node", "access": ["Get"], "builds": ["10.0.10240"]},
    {"uri": "./Device/Vendor/MSFT/Lock/Max", "format": "int", "access": ["Get", "Replace"], "builds": ["10.0.10240"],
     "allowed": {"kind": "Range", "values": ["[0-100]"]}},
    {"uri": "./Device/Vendor/MSFT/Lock/{Name}", "format": "node", "access": ["Add", "Get"]},
    {"uri": "./Device/Vendor/MSFT/Lock/{Name}/Value", "format": "chr", "access": ["Get"]},
    {"uri": "./User/Vendor/MSFT/Away", "format": "node", "access": ["Get"]},
    {"uri": "./User/Vendor/MSFT/Away/One", "format": "int", "access": ["Get"]},
    {"uri": "./User/Vendor/MSFT/Away-Too", "format": "int", "access": ["Get"]}]}"#;

const NEW_NODES: &str = r#"{"source": {"file": "N.xml", "release": "2"}, "nodes": [
    {"uri": "./Device/Vendor/MSFT/Lock", "format": "node", "access": ["Get"], "builds": ["10.0.22000"]},
    {"uri": "./Device/Vendor/MSFT/Lock/Max", "format": "int", "access": ["Get", "Replace"], "builds": ["10.0.10240"],
     "allowed": {"kind": "Range", "values": ["[1-100]"]}},
    {"uri": "./Device/Vendor/MSFT/Lock/{Name}", "format": "node", "access": ["Add", "Get"]},
    {"uri": "./Device/Vendor/MSFT/Lock/{Name}/Value", "format": "chr", "access": ["Get"], "deprecated": "10.0.26100"},
    {"uri": "./Device/Vendor/MSFT/Lock/Min", "format": "int", "access": ["Get"], "builds": ["10.0.26100"]}]}"#;

fn sources(files: &[(&str, &str)]) -> Sources {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: format!("side/{path}"),
        content: Content::Bytes(text.as_bytes().to_vec()),
    };
    Sources::new(files.iter().map(file).collect())
}

fn facts(files: &[(&str, &str)]) -> Facts<'static> {
    let mut found = Diagnostics::default();
    let facts = read(&sources(files), "side", &mut found);
    assert_eq!(found.iter().collect::<Vec<_>>(), Vec::<&crate::diagnostic::Diagnostic>::new());
    facts
}

fn pair() -> (Facts<'static>, Facts<'static>) {
    let side =
        |apple, windows| facts(&[("apple/profiles/a.json", apple), ("windows/n.json", windows), ("note.txt", "!")]);
    (side(OLD, OLD_NODES), side(NEW, NEW_NODES))
}

fn told(changes: &[Change]) -> Vec<String> {
    let field = |field: &Field| {
        let side = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
        format!(" | {}: {} → {} {}", field.field, side(&field.before), side(&field.after), field.bearing.word())
    };
    let below = |n: usize| if n > 0 { format!(" +{n}") } else { String::new() };
    let line = |change: &Change| {
        let fields: String = change.fields.iter().map(field).collect();
        format!("{} {} {}{}{fields}", change.what.word(), change.name.topic().word(), change.name, below(change.below))
    };
    changes.iter().map(line).collect()
}

#[test]
fn each_kind_of_change_is_told_once_in_the_order_of_the_names() {
    let (old, new) = pair();
    let expected = [
        "removed payload com.example.away +1",
        "changed payload com.example.lock | supportedOS.macOS.introduced: 10.7 → 12.0 narrower | supportedOS.tvOS: introduced n/a → - neutral | supportedOS.visionOS: - → introduced 2.0 wider",
        "removed key com.example.lock · Gone +2",
        "changed key com.example.lock · Length | range.min: 0 → 4 narrower",
        "changed key com.example.lock · List.Item | rangelist, gone: a → - narrower | rangelist, new: - → c wider",
        "added key com.example.lock · Must",
        "deprecated key com.example.lock · Old | supportedOS.iOS.deprecated: - → 27.0 deprecated",
        "changed key com.example.lock · Vendor.ANY | type: string → data different",
        "added declaration com.example.new +1",
        "changed node ./Device/Vendor/MSFT/Lock | builds: 10.0.10240 → 10.0.22000 narrower",
        "changed node ./Device/Vendor/MSFT/Lock/Max | allowed.values: [0-100] → [1-100] narrower",
        "added node ./Device/Vendor/MSFT/Lock/Min",
        "deprecated node ./Device/Vendor/MSFT/Lock/{Name}/Value | deprecated: - → 10.0.26100 deprecated",
        "removed node ./User/Vendor/MSFT/Away +1",
        "removed node ./User/Vendor/MSFT/Away-Too",
        "changed key Lock · Status (in the answer) | type: string → integer different",
    ];
    assert_eq!(told(&between(&old, &new)), expected);
    assert_eq!((old.releases.len(), old.releases.first().map(String::as_str)), (1, Some("1")));
}

#[test]
fn a_release_does_not_differ_from_itself_and_the_way_back_is_the_mirror() {
    let (old, new) = pair();
    assert_eq!(between(&old, &old), []);
    assert_eq!(between(&new, &new), []);
    let mirrored = |change: &Change| {
        let what = match change.what {
            What::Removed => "added",
            What::Added => "removed",
            What::Deprecated | What::Changed => "changed",
        };
        let mut fields: Vec<(String, Option<String>, Option<String>)> = Vec::new();
        for field in &change.fields {
            let name = match field.field.rsplit_once(", ") {
                Some((list, "gone")) => format!("{list}, new"),
                Some((list, "new")) => format!("{list}, gone"),
                _ => field.field.clone(),
            };
            fields.push((name, field.after.clone(), field.before.clone()));
        }
        fields.sort();
        (change.name.to_string(), what, change.below, fields)
    };
    let plain = |change: &Change| {
        let what = if change.what == What::Deprecated { What::Changed } else { change.what };
        let mut fields: Vec<_> = change
            .fields
            .iter()
            .map(|field| (field.field.clone(), field.before.clone(), field.after.clone()))
            .collect();
        fields.sort();
        (change.name.to_string(), what.word(), change.below, fields)
    };
    let there: Vec<_> = between(&old, &new).iter().map(mirrored).collect();
    let back: Vec<_> = between(&new, &old).iter().map(plain).collect();
    assert_eq!(there, back);
}

fn setting(family: Family, owner: &str, leaf: Leaf) -> Setting {
    let address = Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf };
    Setting::found(address, Value::Boolean(true))
}

/// Which changes touch one setting, by name and by what they ask of it.
fn check_touched(platform: Platform, setting: Setting, expected: &[&str]) {
    let (old, new) = pair();
    let changes = between(&old, &new);
    let settings = [setting];
    let os = OsVersion::parse("10.0").expect("a version");
    let given = Given { organisation: "acme", group: "all", platform, os: &os, settings: &settings };
    let touched = touched(&changes, &[given]);
    let named = changes.iter().zip(&touched).flat_map(|(change, touched)| {
        touched.iter().map(move |one| format!("{} {} {}", change.what.word(), change.name, one.bearing.word()))
    });
    assert_eq!(named.collect::<Vec<_>>(), expected, "{}", settings[0].address);
}

#[test]
fn a_setting_is_touched_by_what_it_stands_on_and_by_nothing_else() {
    let keys = |keys: &[&str]| Leaf::Keys(keys.iter().map(|key| (*key).to_owned()).collect());
    let lock = |path: &[&str]| setting(Family::Profile, "com.example.lock", keys(path));
    let (required, on_macs) = ("added com.example.lock · Must narrower", "changed com.example.lock narrower");
    check_touched(Platform::Ios, lock(&["Length"]), &["changed com.example.lock · Length narrower", required]);
    check_touched(
        Platform::MacOs,
        lock(&["Length"]),
        &[on_macs, "changed com.example.lock · Length narrower", required],
    );
    check_touched(Platform::Ios, lock(&["Old"]), &[required, "deprecated com.example.lock · Old deprecated"]);
    check_touched(Platform::MacOs, lock(&["Old"]), &[on_macs, required]);
    check_touched(Platform::Ios, lock(&["List"]), &["changed com.example.lock · List.Item narrower", required]);
    check_touched(Platform::Ios, lock(&["Gone", "A"]), &["removed com.example.lock · Gone narrower", required]);
    check_touched(
        Platform::Ios,
        lock(&["Vendor", "x"]),
        &[required, "changed com.example.lock · Vendor.ANY different"],
    );
    let long = |value| Setting { value: Value::Integer(value), ..lock(&["Length"]) };
    check_touched(Platform::Ios, long(3), &["changed com.example.lock · Length narrower", required]);
    check_touched(Platform::Ios, long(4), &["changed com.example.lock · Length neutral", required]);
    check_touched(Platform::Ios, setting(Family::Command, "Lock", keys(&[])), &[]);
    let away = setting(Family::Profile, "com.example.away", keys(&["Name"]));
    check_touched(Platform::Ios, away, &["removed com.example.away narrower"]);
    let node = |uri: &str| setting(Family::Csp, uri, Leaf::Node);
    let above = "changed ./Device/Vendor/MSFT/Lock narrower";
    let max = "changed ./Device/Vendor/MSFT/Lock/Max narrower";
    check_touched(Platform::Windows, node("./Vendor/MSFT/lock/max"), &[above, max]);
    let value = "deprecated ./Device/Vendor/MSFT/Lock/{Name}/Value deprecated";
    check_touched(Platform::Windows, node("./Device/Vendor/MSFT/Lock/Mine/Value"), &[above, value]);
    check_touched(
        Platform::Windows,
        node("./User/Vendor/MSFT/Away/One"),
        &["removed ./User/Vendor/MSFT/Away narrower"],
    );
    check_touched(Platform::Windows, node("./User/Vendor/MSFT/Lock/Max"), &[]);
}

/// What is said of a file that is not as it should be, and on which line.
fn check_refused(path: &str, text: &str, line: usize, expected: &str) {
    let sources = sources(&[(path, text)]);
    let mut found = Diagnostics::default();
    let facts = read(&sources, "side", &mut found);
    let lines = crate::diagnostic::render::Lines::new(&sources);
    let findings = crate::diagnostic::render::findings(&found, &lines);
    let [finding] = findings.as_slice() else { panic!("{path}: {findings:?}") };
    assert_eq!((finding.code, finding.place.line), (Code::InvalidCatalogue.name(), Some(line)), "{finding:?}");
    assert!(finding.message.contains(expected), "{finding:?}");
    drop(facts);
}

#[test]
fn whatever_is_not_as_ingest_writes_it_is_refused_with_its_place() {
    let node = r#"{"uri": "./A", "format": "int", "access": []}"#;
    let csp = |nodes: &str| format!(r#"{{"source": {{"file": "", "release": ""}}, "nodes": [{nodes}]}}"#);
    check_refused("windows/a.json", "{\n\"source\": ", 2, "EOF");
    check_refused("windows/a.json", &csp("\n{\"uri\": 4}"), 2, "invalid type: integer");
    check_refused(
        "windows/a.json",
        &csp(r#"{"uri": "./A", "format": "int", "access": [], "hidden": 1}"#),
        1,
        "unknown field `hidden`",
    );
    check_refused("windows/a.json", &csp(&format!("{node}, {node}")), 1, "`./A` is described twice");
    check_refused("apple/a.json", OLD_NODES, 1, "unknown field `nodes`");
    check_refused("apple/x/a.json", &"[".repeat(100_000), 1, "");
    check_refused("apple/a.json", &format!("[{}", "{\"payloadkeys\": [".repeat(10_000)), 1, "");
    let twice = r#"{"type": "T", "form": "profile", "title": "", "source": {"file": "", "release": ""}, "payloadkeys": [
        {"key": "A", "type": "string"}, {"key": "A", "type": "data"}]}"#;
    check_refused("apple/a.json", twice, 1, "the key `A` twice");
}

fn embedded_files() -> Vec<(String, String)> {
    #![allow(clippy::disallowed_methods, reason = "the data lies in files, which the library never reads")]
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue/data");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the data") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let below = path.strip_prefix(&root).expect("below").display().to_string().replace('\\', "/");
                    files.push((below, std::fs::read_to_string(&path).expect("text")));
                }
            }
        }
    }
    files
}

fn of_files(files: &[(String, String)]) -> Facts<'static> {
    facts(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

#[test]
fn the_data_is_what_is_embedded_and_one_edit_is_one_change() {
    let catalogue = Catalogue::embedded();
    let mut files = embedded_files();
    assert_eq!(
        told(&between(&Facts::embedded(&catalogue), &of_files(&files))),
        [""; 0],
        "our corrections stand on both sides"
    );
    let (_, lock) =
        files.iter_mut().find(|(path, _)| path.ends_with("windows/DeviceLock_AreaDDF.json")).expect("a file");
    let edited = lock.replacen(r#""values": ["[0-1]"]"#, r#""values": ["[0-2]"]"#, 1);
    assert_ne!(*lock, edited);
    *lock = edited;
    let changes = between(&Facts::embedded(&catalogue), &of_files(&files));
    assert_eq!(
        told(&changes),
        [
            "changed node ./Device/Vendor/MSFT/Policy/Config/DeviceLock/AllowAdministratorLockout | allowed.values: [0-1] → [0-2] wider"
        ]
    );
    files.retain(|(path, _)| !path.ends_with("passwordpolicy.json"));
    let gone = between(&Facts::embedded(&catalogue), &of_files(&files));
    assert_eq!(
        told(&gone).first().map(String::as_str),
        Some("removed payload com.apple.mobiledevice.passwordpolicy +16")
    );
}
