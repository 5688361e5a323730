//! Routes: each is whole by itself. Every setting of a group stands in exactly one file of a route, and the files together say just what
//! the group is to have.

use crate::project::{files, root, source};
use policyc::backend::{self, Artefact, Format};
use policyc::catalogue::Catalogue;
use policyc::check::Checked;
use policyc::diagnostic::Code;
use policyc::setting::{Address, Date, Dialect, Family, Route, Value};
use policyc::source::Sources;
use policyc::{Compiled, CompiledGroup, Judges, Request, compile, compile_under};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ORGANISATION: &str = "organisation: acme\nname: Acme\nidentifier: com.example.acme\n";

/// The organisations, every Windows group of theirs on both routes, and Intune's files in one dialect.
pub(crate) fn on_every_route(catalogue: &Catalogue, dialect: Dialect) -> Compiled {
    let sources = files(&root().join("policy-sources")).into_iter().map(|(path, at)| {
        let text = std::fs::read_to_string(&at).unwrap();
        source(&format!("policy-sources/{path}"), widened(&path, text))
    });
    let sources = Sources::new(sources.collect());
    let request = Request { as_of: Date::parse("2026-11-22").unwrap() };
    let judges = Judges { intune: Some(dialect), ..Judges::all() };
    let compiled = compile_under(&sources, catalogue, &request, judges);
    assert!(!compiled.found.has_errors(), "{:#?}", compiled.found.iter().collect::<Vec<_>>());
    compiled
}

fn widened(path: &str, text: String) -> String {
    if Path::new(path).file_name().is_none_or(|name| name != "groups.yaml") {
        return text;
    }
    let windows = "    platform: Windows\n";
    let stated = |line: &&str| !line.contains("deliver: [syncml") && !line.contains("deliver: [intune");
    let text: String = text.lines().filter(stated).map(|line| format!("{line}\n")).collect();
    text.replace(windows, &format!("{windows}    deliver: [syncml, intune]\n"))
}

#[test]
fn a_route_holds_every_setting_once_and_nothing_else() {
    let catalogue = Catalogue::embedded();
    for dialect in Dialect::ALL {
        let compiled = on_every_route(&catalogue, *dialect);
        let mut routes: BTreeMap<Route, usize> = BTreeMap::new();
        for group in &compiled.groups {
            for checked in group.routes() {
                *routes.entry(checked.target().route()).or_default() += held_once(group, checked, &catalogue);
            }
        }
        assert!(routes[&Route::Direct] > 500 && routes[&Route::Intune] > 400, "{dialect}: {routes:?}");
    }
}

#[test]
fn a_dialect_has_its_own_files_and_says_the_same() {
    let catalogue = Catalogue::embedded();
    // The kinds of files, of each group of Windows and of Apple's; `settings` and `ring` are of the catalogue's dialect alone.
    let kinds = |compiled: &Compiled| -> BTreeSet<String> {
        let own = compiled.artefacts().filter(|artefact| artefact.format == Format::Intune);
        own.filter_map(|artefact| artefact.path.rsplit('/').next()?.split('.').next().map(str::to_owned)).collect()
    };
    let emitted = |compiled: &Compiled| -> Vec<(String, Address, Value)> {
        let all = compiled.groups.iter().flat_map(|group| group.routes());
        let of = |checked: &Checked| {
            let target = checked.target();
            let name = format!("{}/{} {}", target.organisation, *target.group, target.route());
            let own = checked.settings().iter();
            own.map(|one| (name.clone(), one.address.clone(), one.value.clone())).collect::<Vec<_>>()
        };
        all.flat_map(of).collect()
    };
    let [catalogued, custom] = [Dialect::Catalogue, Dialect::Custom].map(|dialect| on_every_route(&catalogue, dialect));
    assert_eq!(Vec::from_iter(kinds(&catalogued)), ["compliance", "custom", "profile", "ring", "settings"]);
    assert_eq!(Vec::from_iter(kinds(&custom)), ["compliance", "custom", "profile"]);
    assert_eq!(emitted(&catalogued), emitted(&custom));
}

/// The organisations, every phone of theirs led to its profiles by declarations. (Not every Mac of theirs takes such.)
fn led(catalogue: &Catalogue) -> Compiled {
    let sources = files(&root().join("policy-sources")).into_iter().map(|(path, at)| {
        let mut text = std::fs::read_to_string(&at).unwrap();
        if path.ends_with("/groups.yaml") {
            let stated = |line: &&str| !line.trim_start().starts_with("deliver: [mobileconfig");
            text = text.lines().filter(stated).map(|line| format!("{line}\n")).collect();
            let own = "    platform: iOS\n";
            let more = "    deliver: [declarations, mobileconfig]\n    profile-url: https://mdm.example.org/\n";
            text = text.replace(own, &format!("{own}{more}"));
        }
        source(&format!("policy-sources/{path}"), text)
    });
    let sources = Sources::new(sources.collect());
    compile_under(&sources, catalogue, &Request { as_of: Date::parse("2026-11-22").unwrap() }, Judges::all())
}

#[test]
fn a_declaration_leads_to_each_profile_and_sets_nothing_a_second_time() {
    let catalogue = Catalogue::embedded();
    let compiled = led(&catalogue);
    assert!(!compiled.found.has_errors(), "{:#?}", compiled.found.iter().collect::<Vec<_>>());
    let (mut profiles, mut settings) = (0, 0);
    for group in compiled.groups.iter().filter(|group| group.checked.target().profile_url.is_some()) {
        settings += held_once(group, &group.checked, &catalogue);
        let of = |format: Format| group.artefacts.iter().filter(move |artefact| artefact.format == format);
        let mut own: BTreeMap<String, usize> = of(Format::Mobileconfig).map(|one| (one.path.clone(), 0)).collect();
        for declaration in of(Format::Declaration) {
            let text: serde_json::Value = serde_json::from_slice(&declaration.bytes).unwrap();
            if let Some(url) = text["Payload"]["ProfileURL"].as_str() {
                assert!(declaration.holds.is_empty(), "{}", declaration.path);
                *own.get_mut(url.strip_prefix("https://mdm.example.org/").unwrap()).expect(url) += 1;
            }
        }
        assert!(own.values().all(|times| *times == 1), "{own:?}");
        profiles += own.len();
    }
    assert!(profiles > 10 && settings > 100, "{profiles} profiles, {settings} settings");
}

/// How many settings a route holds.
fn held_once(group: &CompiledGroup, checked: &Checked, catalogue: &Catalogue) -> usize {
    let route = checked.target().route();
    let name = format!("{} {route}", checked.target().group.value);
    let mut held: BTreeMap<Address, Value> = BTreeMap::new();
    let is_its = |artefact: &&Artefact| artefact.format.route().is_none_or(|own| own == route);
    for artefact in group.artefacts.iter().filter(is_its) {
        // The index says who gets it, and sets nothing.
        if artefact.format == Format::Index {
            continue;
        }
        let decoded = backend::decode_at(&artefact.path, &artefact.bytes, catalogue).unwrap();
        let addresses: Vec<&Address> = decoded.settings.iter().map(|setting| &setting.address).collect();
        assert_eq!(addresses, artefact.holds.iter().collect::<Vec<_>>(), "{}", artefact.path);
        for setting in decoded.settings {
            let address = setting.address.clone();
            let before = held.insert(setting.address, setting.value);
            // What a profile says of itself, each profile of the group says.
            assert!(before.is_none() || address.owner == "TopLevel", "{name}: {address} stands twice");
        }
    }
    let own = checked.settings().iter();
    let wanted: BTreeMap<Address, Value> =
        own.map(|setting| (setting.address.clone(), setting.value.clone())).collect();
    assert_eq!(held, wanted, "{name}");
    held.len()
}

#[test]
fn no_group_is_called_like_a_folder_below_groups() {
    let organisation = source("policy-sources/acme/organisation.yaml", ORGANISATION.to_owned());
    for folder in backend::FOLDERS {
        let groups = format!("groups:\n  {folder}: {{ title: G, platform: iOS, os: \"18.0\" }}\n");
        let sources = Sources::new(vec![organisation.clone(), source("policy-sources/acme/groups.yaml", groups)]);
        let compiled =
            compile(&sources, &Catalogue::embedded(), &Request { as_of: Date::parse("2026-11-22").unwrap() });
        let found: Vec<_> = compiled.found.iter().map(|finding| (finding.code, finding.message.clone())).collect();
        let message = format!("each group has a folder `{folder}` of its own");
        assert_eq!(found, [(Code::UnportableName, message)]);
    }
}

#[test]
fn both_routes_of_a_windows_group_say_the_same() {
    let catalogue = Catalogue::embedded();
    let compiled = on_every_route(&catalogue, Dialect::Custom);
    let mut groups = 0;
    for group in compiled.groups.iter().filter(|group| !group.alternatives.is_empty()) {
        let nodes = |checked: &Checked| -> Vec<(Address, Value)> {
            let own = checked.settings().iter().filter(|setting| setting.address.family == Family::Csp);
            own.map(|setting| (setting.address.clone(), setting.value.clone())).collect()
        };
        let mut routes = group.routes().map(nodes);
        let first = routes.next().unwrap();
        assert!(routes.all(|other| other == first), "{}", group.checked.target().group.value);
        groups += 1;
    }
    assert!(groups >= 6, "{groups}");
}

#[test]
fn consoles_know_each_file_by_a_name_of_its_own() {
    let catalogue = Catalogue::embedded();
    for dialect in Dialect::ALL {
        named_apart(&on_every_route(&catalogue, *dialect));
    }
}

fn named_apart(compiled: &Compiled) {
    let mut names = BTreeSet::new();
    for artefact in compiled.artefacts().filter(|artefact| artefact.format == Format::Intune) {
        let file: serde_json::Value = serde_json::from_slice(&artefact.bytes).unwrap();
        let name = file.get("displayName").or(file.get("name")).and_then(|name| name.as_str()).unwrap().to_owned();
        assert!(names.insert(name.clone()), "{}: `{name}` is taken", artefact.path);
    }
    assert!(names.len() > 50, "{}", names.len());
}
