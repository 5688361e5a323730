//! Intune's files before Microsoft's own eyes: our rules, Graph's metadata and the vendor's SDKs over everything that is written for the
//! organisations, over every property of every compliance policy and over every row of the update ring.

use crate::project::{files, root, say, sources};
use crate::routes::on_every_route;
use policyc::backend::Format;
use policyc::backend::intune::{self, Carried, Carrier, Part, Title, Version};
use policyc::catalogue::Catalogue;
use policyc::catalogue::entry::{Form, Key, Kind};
use policyc::setting::{Address, Channel, Date, Dialect, Family, JUDGED, Leaf, Platform, Setting, Value};
use policyc::source::Spanned;
use policyc::{Request, compile};
use std::collections::BTreeMap;
use std::process::Command;

const TITLE: Title<'_> = Title {
    name: "example devices: a part",
    description: "Generated for a test.",
    reached: Vec::new(),
    left_out: Vec::new(),
};

/// A file by a name for messages, and the version of Graph that takes it.
type Written = BTreeMap<String, Vec<u8>>;

fn organisations(catalogue: &Catalogue, written: &mut Written) {
    let compiled = compile(&sources(&root()), catalogue, &Request { as_of: Date::parse("2026-01-31").unwrap() });
    for group in &compiled.groups {
        let target = group.checked.target();
        let name = format!("{}.{}", target.organisation, *target.group);
        let own = group.checked.settings();
        let ring = intune::ring(&TITLE, own);
        let rest: Vec<Setting> = own.iter().filter(|one| !ring.holds.contains(&one.address)).cloned().collect();
        let catalogued = intune::catalogued(&TITLE, &rest, catalogue);
        let custom = intune::custom(&TITLE, catalogued.left.iter().map(|(setting, _)| *setting), catalogue);
        for (part, bytes) in [("ring", ring.bytes), ("catalogue", catalogued.bytes), ("custom", custom.bytes)] {
            written.extend(bytes.map(|bytes| (format!("{name}.{part}"), bytes)));
        }
        let nodes = own.iter().filter(|one| one.address.family == Family::Csp).count();
        assert_eq!(
            ring.holds.len()
                + catalogued.holds.iter().filter(|one| one.family == Family::Csp).count()
                + custom.holds.len()
                + custom.refused.len(),
            nodes,
            "{name}"
        );
        let carriers = match target.platform.value {
            Platform::Ios => vec![Carrier::Ios],
            Platform::MacOs => vec![Carrier::MacOs(None), Carrier::MacOs(Some(intune::DeploymentChannel::Device))],
            _ => Vec::new(),
        };
        for artefact in group.artefacts.iter().filter(|artefact| artefact.format == Format::Mobileconfig) {
            for (n, carrier) in carriers.iter().enumerate() {
                let file_name = artefact.path.rsplit('/').next().unwrap().to_owned();
                let carried = Carried {
                    carrier: *carrier,
                    payload_name: name.clone(),
                    file_name,
                    profile: artefact.bytes.clone(),
                };
                written.insert(format!("{}.{n}", artefact.path.replace('/', ".")), intune::carry(&TITLE, &carried));
            }
        }
    }
}

fn sample(key: &Key) -> Value {
    let range = key.range.as_ref().and_then(|range| range.max.as_ref()?.parse::<i128>().ok());
    match key.kind {
        Kind::Boolean => Value::Boolean(true),
        Kind::Integer => Value::Integer(range.unwrap_or(1)),
        Kind::Array => Value::array(key.subkeys.iter().map(sample)),
        Kind::Dictionary => {
            Value::Dictionary(key.subkeys.iter().map(|key| (key.name.clone(), Spanned::nowhere(sample(key)))).collect())
        }
        _ => Value::text(key.rangelist.last().map_or("18.0", String::as_str)),
    }
}

/// Every property that sources may write.
fn judged(catalogue: &Catalogue, written: &mut Written) {
    for (owner, _) in JUDGED {
        let schema = &catalogue.schemas(Form::Compliance, owner)[0];
        let address = |key: &Key| Address {
            family: Family::Compliance,
            channel: Channel::Device,
            owner: owner.to_owned(),
            instance: None,
            leaf: Leaf::Keys(vec![key.name.clone()]),
        };
        let settings: Vec<Setting> = schema.keys.iter().map(|key| Setting::found(address(key), sample(key))).collect();
        let parts = intune::compliance_parts(&settings);
        assert_eq!(parts.iter().map(|part| part.version).collect::<Vec<_>>(), [Version::V1, Version::Beta]);
        let mut held = 0;
        for part in &parts {
            let complied = intune::compliance(&TITLE, part, &settings);
            assert!(complied.refused.is_empty(), "{:?}", complied.refused);
            held += complied.holds.len();
            written.insert(Part::name(part), complied.bytes.unwrap());
        }
        assert_eq!(held, schema.keys.len());
    }
}

fn rings(written: &mut Written) {
    let text = std::fs::read_to_string(root().join("src/backend/intune/ring.json")).unwrap();
    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    let update = |node: &str, number: i128| {
        let owner = format!("./Device/Vendor/MSFT/Policy/Config/Update/{node}");
        let leaf = Leaf::Node;
        let address = Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf };
        Setting::found(address, Value::Integer(number))
    };
    let rows = table["rows"].as_array().unwrap();
    for row in rows {
        let node = row["node"].as_str().unwrap();
        let values = row.get("values").and_then(|values| values.as_object());
        let numbers: Vec<i128> =
            values.map_or_else(|| vec![2], |values| values.keys().map(|number| number.parse().unwrap()).collect());
        for number in numbers {
            let settings = [update(node, number)];
            written.insert(format!("ring.{node}.{number}"), intune::ring(&TITLE, &settings).bytes.unwrap());
        }
    }
    for mode in [0, 1, 2, 4] {
        let settings = [update("ActiveHoursEnd", 18), update("ActiveHoursStart", 8), update("AllowAutoUpdate", mode)];
        written.insert(format!("ring.AllowAutoUpdate.{mode}"), intune::ring(&TITLE, &settings).bytes.unwrap());
    }
}

/// Everything of the organisations in each dialect, as it is built.
fn built(catalogue: &Catalogue, written: &mut Written) {
    for dialect in Dialect::ALL {
        let compiled = on_every_route(catalogue, *dialect);
        let own = compiled.artefacts().filter(|artefact| artefact.format == Format::Intune);
        written.extend(own.map(|file| (format!("{dialect}.{}", file.path.replace('/', ".")), file.bytes.clone())));
    }
}

/// Intune's files among the approved ones, those of the cases too, by the path of their group and by their own.
fn approved() -> Vec<(String, String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in ["golden", "tests/cases"] {
        for (path, file) in files(&root().join(folder)) {
            let group = path.rsplit_once('/').and_then(|(above, _)| above.strip_suffix("/intune"));
            if let Some(group) = group.filter(|_| path.ends_with(".json")) {
                all.push((format!("{folder}/{group}"), format!("{folder}/{path}"), std::fs::read(file).unwrap()));
            }
        }
    }
    all
}

fn golden(written: &mut Written) {
    written.extend(approved().into_iter().map(|(_, path, bytes)| (path.replace('/', "."), bytes)));
}

/// Importers match by name, and some consoles and file systems do not tell cases apart.
#[test]
fn no_two_files_of_a_group_have_one_name_in_the_console() {
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    for (group, path, bytes) in approved() {
        let object: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let name = object.get("name").or(object.get("displayName")).and_then(serde_json::Value::as_str).unwrap();
        let other = names.insert((group, name.to_lowercase()), path.clone());
        assert_eq!(other, None, "{path} is called `{name}` too");
    }
    assert!(names.len() > 60, "only {} files", names.len());
}

fn everything(catalogue: &Catalogue) -> Written {
    let mut written = Written::new();
    organisations(catalogue, &mut written);
    judged(catalogue, &mut written);
    rings(&mut written);
    golden(&mut written);
    built(catalogue, &mut written);
    assert!(written.len() > 250, "only {} files", written.len());
    written
}

fn version(bytes: &[u8]) -> Version {
    intune::needed(&serde_json::from_slice(bytes).unwrap())
}

#[test]
fn our_own_rules_find_nothing_in_what_we_write() {
    let catalogue = Catalogue::embedded();
    for (name, bytes) in everything(&catalogue) {
        assert_eq!(intune::verify(&bytes, version(&bytes), &catalogue), [], "{name}");
    }
}

#[test]
fn microsofts_own_sdks_read_what_we_write_whole() {
    let python = std::env::var("POLICYC_GRAPH_PYTHON")
        .map_or_else(|_| root().join("target/oracle/python/bin/python"), std::path::PathBuf::from);
    let is_there = Command::new(&python).args(["-c", "import msgraph, msgraph_beta"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        say(
            "microsofts_own_sdks_read_what_we_write_whole: not asked, because msgraph-sdk and msgraph-beta-sdk are not installed \
             (python3 -m venv target/oracle/python, and its pip; .ci/run does; or set POLICYC_GRAPH_PYTHON)",
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let written = everything(&Catalogue::embedded());
    for (name, bytes) in &written {
        let end = if version(bytes) == Version::V1 { "v1.json" } else { "json" };
        std::fs::write(folder.path().join(format!("{name}.{end}")), bytes).unwrap();
    }
    let output = Command::new(&python)
        .arg(root().join("tests/oracle/graph.py"))
        .arg(folder.path())
        .arg(root().join("src/backend/intune/graph/types.json"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    say(&format!("microsofts_own_sdks_read_what_we_write_whole: {}", said.trim()));
}
