//! What devices report of what they have (`expected.json`): every setting of a group once, on the real trees and on generated settings, and
//! what no device reports told with its reason.

use super::conformance::checked;
use super::generated::{groups, runner, settings};
use super::project::{root, sources};
use super::undo::{Tree, of_folder, undone};
use policyc::backend::expected::{Report, write};
use policyc::backend::{Artefact, BACKENDS, encode};
use policyc::catalogue::Catalogue;
use policyc::check::Checked;
use policyc::diagnostic::Diagnostics;
use policyc::setting::{Address, Date, Family, Route, Setting, Target};
use policyc::undo::files;
use policyc::{CompiledGroup, Request, compile};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Every name of a setting in a report.
fn shown(expected: &Report) -> Vec<String> {
    let nodes = expected.nodes.iter().flat_map(|node| node.settings.clone());
    let payloads = expected.profiles.iter().flat_map(|profile| &profile.payloads);
    let payloads = payloads.flat_map(|payload| payload.settings.clone());
    let declarations = expected.declarations.iter().flat_map(|declaration| declaration.settings.clone());
    let all = nodes.chain(payloads).chain(declarations).chain(expected.in_every_profile.iter().cloned());
    let mut all: Vec<String> = all.chain(expected.unreported.iter().map(|one| one.setting.clone())).collect();
    all.sort();
    all
}

fn names(checked: &Checked) -> Vec<String> {
    let mut names: Vec<String> = checked.settings().iter().map(|setting| setting.address.to_string()).collect();
    names.sort();
    names
}

/// What a report says that no device reports, by the beginning of the reason.
fn unreported(expected: &Report) -> BTreeSet<(String, &str)> {
    let short = |reason: &'_ str| reason.find([':', ',']).unwrap_or(reason.len());
    expected.unreported.iter().map(|one| (one.setting.clone(), &one.reason[..short(&one.reason)])).collect()
}

/// What no device can report: commands leave nothing behind, consoles judge by themselves, and a payload or declaration that stands in a
/// policy of Intune's settings catalogue has no name of ours. Whatever else is set, some device reports.
fn unknowable<'a>(group: &CompiledGroup, checked: &Checked) -> BTreeSet<(String, &'a str)> {
    let in_policies: BTreeSet<&Address> = match checked.target().route() {
        Route::Intune => group.artefacts.iter().filter(|one| is_policy(one)).flat_map(|one| &one.holds).collect(),
        Route::Direct => BTreeSet::new(),
    };
    let why = |setting: &Setting| match setting.address.family {
        Family::Command => Some("a command that the server sends"),
        Family::Compliance => Some("a rule by which the console judges devices"),
        Family::Csp => None,
        Family::Profile | Family::Declaration => {
            in_policies.contains(&setting.address).then_some("Intune sends it under an identifier of its own")
        }
    };
    checked.settings().iter().filter_map(|one| Some((one.address.to_string(), why(one)?))).collect()
}

/// A policy of the settings catalogue: by its name, for it is the bytes that the test asks about.
fn is_policy(artefact: &Artefact) -> bool {
    artefact.path.rsplit_once('/').is_some_and(|(_, name)| name.starts_with("settings."))
}

#[test]
fn every_setting_of_a_group_is_expected_once() {
    let catalogue = Catalogue::embedded();
    let sources = sources(&root());
    let request = Request { as_of: Date::parse("2025-03-01").unwrap() };
    let compiled = compile(&sources, &catalogue, &request);
    assert!(!compiled.found.has_errors());
    let (mut observed, mut other) = (0, 0);
    for group in &compiled.groups {
        let expected = policyc::expected(&compiled.policy, group, &catalogue).unwrap();
        for checked in group.routes() {
            let route = checked.target().route().word();
            let own: Vec<&Report> = expected.reports.iter().filter(|report| report.routes.contains(&route)).collect();
            assert_eq!(own.len(), 1, "{route}");
            assert_eq!(shown(own[0]), names(checked), "{} by {route}", *group.checked.target().group);
            observed += own[0].observed.len();
            assert_eq!(unreported(own[0]), unknowable(group, checked), "{route}");
        }
        let file = write(&expected);
        assert_eq!(file, write(&policyc::expected(&compiled.policy, group, &catalogue).unwrap()));
        assert!(!String::from_utf8(file.bytes).unwrap().contains("policyc:secret:"));
        let sent = group.artefacts.iter().filter(|artefact| artefact.format == policyc::backend::Format::Syncml);
        let sent: String = sent.map(|artefact| String::from_utf8(artefact.bytes.clone()).unwrap()).collect();
        for node in expected.reports.iter().filter(|one| one.routes.contains(&"direct")).flat_map(|one| &one.nodes) {
            // Whatever reports what was set reports what the artefact sends.
            let data = node.data.as_ref().map(|data| data.replace('&', "&amp;").replace('<', "&lt;"));
            let data = data.map(|data| data.replace('>', "&gt;").replace('\u{F000}', "&#xF000;"));
            assert!(data.is_none_or(|data| sent.contains(&format!("<Data>{data}</Data>"))), "{node:?}");
            other += usize::from(!node.notes.is_empty());
            assert!(node.data.is_some() || !node.notes.is_empty(), "{node:?}");
        }
    }
    assert!(observed > 1 && other > 1, "{observed} {other}");
    // The files, and those of an undo, are as the schema says.
    let folder = tempfile::tempdir().unwrap();
    let undo = undone(&of_folder("golden"), &Tree::new(), &catalogue);
    let undo = files(&undo).into_iter().filter(|(path, _)| path.ends_with(".json"));
    let expected = |group| write(&policyc::expected(&compiled.policy, group, &catalogue).unwrap());
    let expected = compiled.groups.iter().map(expected);
    let kinds = [
        ("expected", expected.map(|file| file.bytes).collect::<Vec<_>>()),
        ("undone", undo.map(|(_, bytes)| bytes).collect()),
    ];
    for (kind, files) in kinds {
        let mut schema = policyc::schema::output();
        let object = schema.as_object_mut().unwrap();
        object.remove("anyOf");
        object.insert("$ref".to_owned(), format!("#/$defs/{kind}").into());
        let path = folder.path().join(format!("{kind}.schema.json"));
        std::fs::write(&path, schema.to_string()).unwrap();
        let documents: Vec<_> = (0..files.len()).map(|n| folder.path().join(format!("{kind}.{n}.json"))).collect();
        documents.iter().zip(&files).for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        assert!(documents.len() > 5, "{kind}");
        super::formats::validate(&path, "closed", &documents);
    }
}

#[test]
fn what_was_generated_is_expected_once_by_every_route() {
    let catalogue = Catalogue::embedded();
    let carried = std::cell::Cell::new(0);
    for backend in BACKENDS {
        let strategy = (settings(backend.family), prop::sample::select(groups(backend)));
        let law = |(settings, target): (Vec<Setting>, Target)| {
            let checked = checked(&catalogue, &target, settings);
            let artefacts = encode(&checked, &catalogue, &mut Diagnostics::default());
            let expected = policyc::backend::expected::expected([&checked], &artefacts, &[], &catalogue).unwrap();
            prop_assert_eq!(expected.reports.len(), 1);
            prop_assert_eq!(shown(&expected.reports[0]), names(&checked));
            let inside = expected.reports[0].profiles.iter().filter(|one| one.file.starts_with("intune/"));
            carried.set(carried.get() + inside.count());
            Ok(())
        };
        runner(32).run(&strategy, law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
    }
    assert!(carried.get() > 10, "only {} profiles in envelopes", carried.get());
}
