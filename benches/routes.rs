//! How long the program takes for every route: this project's own organisations with each group on every route that carries it, from
//! nothing; and 51 made-up groups with some 5,200 files, from nothing and where nothing changed.
//! A measurement, not a test: `cargo bench --bench routes`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

mod timing;

use policyc::Request;
use policyc::catalogue::{Catalogue, NodeLookup};
use policyc::diagnostic::Severity;
use policyc::setting::Date;
use policyc::source::{Content, SourceFile, Sources};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use timing::{PROGRAM, heading, report};

const RUNS: usize = 15;
const GROUPS: usize = 51;
/// Areas of settings, and web clips in profiles of their own, that each group has: a file on each of two routes.
const PARTS: usize = 50;
/// The made-up computers.
const COMPUTERS: &str = "platform: Windows, os: \"10.0.26100.6000\", editions: [enterprise], deliver: [syncml, intune]";
/// The organisation that they are of.
const ORGANISATION: &str = "organisation: acme\nname: Acme\nidentifier: org.example.acme\n";
/// What the organisations are to stay below, what the made-up tree is to from nothing, and where nothing changed.
const LIMITS: [Duration; 3] = [Duration::from_millis(150), Duration::from_millis(250), Duration::from_millis(100)];

fn main() {
    let own = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("policy-sources"), &own.path().join("policy-sources"));
    let made_up = tempfile::tempdir().unwrap();
    generate(made_up.path());
    heading(&format!("median and best of {RUNS}, {} threads", rayon::current_num_threads()));
    let from_nothing = |project: &Path| {
        let output = project.join("profiles-out");
        let clear = || {
            if output.exists() {
                std::fs::remove_dir_all(&output).unwrap();
            }
        };
        timing::measured(RUNS, PROGRAM, &["build"], project, clear)
    };
    let taken = from_nothing(own.path());
    let name = |what: &str, project: &Path| format!("{what}, {} files", files(&project.join("profiles-out")));
    report(&name("the organisations", own.path()), &taken, LIMITS[0]);
    let taken = from_nothing(made_up.path());
    report(&name(&format!("{GROUPS} groups"), made_up.path()), &taken, LIMITS[1]);
    let taken = timing::measured(RUNS, PROGRAM, &["build"], made_up.path(), || {});
    report("the same, nothing changed", &taken, LIMITS[2]);
}

/// The sources, every Windows group on both of its routes.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else if path.ends_with("groups.yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let stated = |line: &&str| !line.contains("deliver: [syncml");
            let text: String = text.lines().filter(stated).map(|line| format!("{line}\n")).collect();
            let windows = "    platform: Windows\n";
            std::fs::write(&to, text.replace(windows, &format!("{windows}    deliver: [syncml, intune]\n"))).unwrap();
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// Groups of phones with web clips and of computers with settings of many areas, in turns, on two routes each.
fn generate(project: &Path) {
    let mut groups = "groups:\n".to_owned();
    let (mut phones, mut computers) = (Vec::new(), Vec::new());
    for n in 0..GROUPS {
        let name = format!("site-{n:02}");
        let (facts, members) = match n % 2 {
            0 => (COMPUTERS, &mut computers),
            _ => ("platform: iOS, os: \"18.4\", supervised: true, deliver: [mobileconfig, intune]", &mut phones),
        };
        groups.push_str(&format!("  {name}: {{ title: Devices of {name}, {facts} }}\n"));
        members.push(name);
    }
    let mut policy = "policy: made-up\ntitle: Made up\nclauses:\n".to_owned();
    for (id, members) in [("phones", &phones), ("computers", &computers)] {
        policy.push_str(&clause(id, &members.join(", ")));
        match id {
            "phones" => (0..PARTS).for_each(|n| policy.push_str(&format!(
                "      - platforms: [iOS]\n        payload: com.apple.webClip.managed\n        instance: clip-{n}\n        profile: clip-{n}\n        \
                 keys: {{ Label: Clip {n}, URL: \"https://clips.example.org/{n}\" }}\n"
            ))),
            _ => areas().for_each(|area| policy.push_str(&line(&area))),
        }
    }
    let folder = project.join("policy-sources/acme");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [("organisation", ORGANISATION.to_owned()), ("groups", groups), ("made-up", policy)] {
        std::fs::write(folder.join(name).with_extension("yaml"), text).unwrap();
    }
}

/// The head of a clause, up to its settings.
fn clause(id: &str, groups: &str) -> String {
    format!(
        "  - id: {id}\n    summary: Every device has all of it\n    class: partial\n    reason: for the clock\n    groups: [{groups}]\n    \
         settings:\n"
    )
}

/// An area, a node of it, and a value that the node lists.
type Area = (String, (String, String));

fn line((area, (name, value)): &Area) -> String {
    format!("      - {{ csp: ./Device/Vendor/MSFT/Policy/Config/{area}, nodes: {{ {name}: {value} }} }}\n")
}

/// So many areas, each with a node that such computers take.
fn areas() -> impl Iterator<Item = Area> {
    let catalogue = Catalogue::embedded();
    let mut areas: BTreeMap<String, (String, String)> = BTreeMap::new();
    for uri in catalogue.uris() {
        let Some((area, name)) =
            uri.strip_prefix("./Device/Vendor/MSFT/Policy/Config/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let NodeLookup::Found(found) = catalogue.node(uri) else { continue };
        let listed = found.node.allowed.as_ref().filter(|allowed| allowed.kind == "ENUM");
        let plain = found.node.format == "int" && found.node.dependencies.is_empty() && found.node.deprecated.is_none();
        if let (Some(allowed), true, false) = (listed, plain, area == "Browser") {
            areas.entry(area.to_owned()).or_insert_with(|| (name.to_owned(), allowed.values[0].clone()));
        }
    }
    let refused = refused(&areas, &catalogue);
    areas.into_iter().filter(move |(_, (name, _))| !refused.contains(&format!("`{name}`"))).take(PARTS)
}

/// What the compiler says against those nodes that it refuses.
fn refused(areas: &BTreeMap<String, (String, String)>, catalogue: &Catalogue) -> String {
    let lines: String = areas.clone().into_iter().map(|area| line(&area)).collect();
    let file = |name: &str, text: String| SourceFile {
        path: format!("policy-sources/acme/{name}.yaml"),
        content: Content::Bytes(text.into_bytes()),
    };
    let sources = Sources::new(vec![
        file("groups", format!("groups:\n  site: {{ title: Site, {COMPUTERS} }}\n")),
        file("made-up", format!("policy: made-up\ntitle: Made up\nclauses:\n{}{lines}", clause("all", "site"))),
        file("organisation", ORGANISATION.to_owned()),
    ]);
    let compiled = policyc::compile(&sources, catalogue, &Request { as_of: Date::new(2026, 1, 1).unwrap() });
    let errors = compiled.found.iter().filter(|finding| finding.code.severity() == Severity::Error);
    errors.map(|finding| finding.message.clone() + "\n").collect()
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}
