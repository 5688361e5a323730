//! The catalogue is used and not only stored: for every key of every payload and every node that can be set, a valid raw value
//! compiles and the artefacts decode to it, and invalid ones are refused with their codes. What cannot be made is in a table with
//! its reason, and a row that is no longer needed fails.

mod apple;
mod case;
mod exempt;
mod group;
mod key;
mod node;
mod sample;
mod windows;

use case::{Case, Outcome};
use policyc::backend::{Artefact, Format};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Severity;
use policyc::setting::{Address, Date, Value};
use policyc::{Compiled, Request, backend, compile};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// So many cases are compiled at once.
const AT_ONCE: usize = 150;

/// What is tried of one vendor.
struct Trial {
    /// Keys, or nodes.
    of: &'static str,
    /// Everything that there is to try; with the code, where every value is refused.
    all: BTreeMap<String, Option<&'static str>>,
    cases: Vec<Case>,
}

#[test]
fn every_profile_key_is_compiled_read_back_and_refused() {
    let catalogue = Catalogue::embedded();
    run(&catalogue, apple::profiles(&catalogue), 2324);
}

#[test]
fn every_declaration_key_is_compiled_read_back_and_refused() {
    let catalogue = Catalogue::embedded();
    run(&catalogue, apple::declarations(&catalogue), 1056);
}

#[test]
fn every_node_that_can_be_set_is_compiled_read_back_and_refused() {
    let catalogue = Catalogue::embedded();
    run(&catalogue, windows::trial(&catalogue), 4544);
}

/// The artefacts of every valid value, for other readers.
pub fn artefacts(catalogue: &Catalogue) -> Vec<Artefact> {
    let trials = [apple::profiles(catalogue), apple::declarations(catalogue), windows::trial(catalogue)];
    let valid = trials.iter().flat_map(|trial| trial.cases.iter().map(|case| (trial.of, case)));
    let valid = valid.filter(|(of, case)| is_valid(case) && exempt::case(of, case).is_none());
    // What no release has yet, other readers do not know.
    let newer: BTreeSet<&str> = crate::facts::newer().into_iter().map(|node| node.uri.as_str()).collect();
    let cases: Vec<&Case> = valid.map(|(_, case)| case).filter(|case| !newer.contains(case.about.as_str())).collect();
    let made = cases.par_chunks(AT_ONCE).enumerate().flat_map_iter(|(n, batch)| {
        let (compiled, _) = compiled(catalogue, batch);
        let artefacts = compiled.groups.into_iter().flat_map(|group| group.artefacts);
        artefacts.map(move |artefact| {
            Artefact::new(format!("{n}/{}", artefact.path), artefact.bytes, artefact.format, artefact.holds)
        })
    });
    made.collect()
}

fn run(catalogue: &Catalogue, trial: Trial, expected: usize) {
    assert_eq!(trial.all.len(), expected, "{}", trial.of);
    let (excepted, tried): (Vec<&Case>, Vec<&Case>) =
        trial.cases.iter().partition(|case| exempt::case(trial.of, case).is_some());
    let (valid, invalid): (Vec<&Case>, Vec<&Case>) = tried.iter().copied().partition(|case| is_valid(case));
    let batches = valid.chunks(AT_ONCE).chain(invalid.chunks(AT_ONCE)).collect::<Vec<_>>();
    let mut wrong: Vec<String> = batches.into_par_iter().flat_map_iter(|batch| faults(catalogue, batch)).collect();
    // Each by itself: what an exempted case does to its neighbours is nobody's business.
    let failing = excepted.par_iter().filter(|case| !faults(catalogue, &[case]).is_empty());
    let mut used: Vec<usize> = failing.filter_map(|case| exempt::case(trial.of, case)).collect();
    for (what, made) in [("valid", true), ("invalid", false)] {
        let made = |case: &&Case| is_valid(case) == made;
        let covered: BTreeSet<&str> = trial.cases.iter().filter(made).map(|case| case.about.as_str()).collect();
        for (about, never) in trial.all.iter().filter(|(about, _)| !covered.contains(about.as_str())) {
            match exempt::row(trial.of, what, never.unwrap_or(about)) {
                Some(row) => used.push(row),
                None => wrong.push(format!("{about}: nobody makes a value that is {what}")),
            }
        }
    }
    wrong.extend(exempt::miscounted(trial.of, &used));
    wrong.sort();
    crate::project::say(&format!(
        "{} {}: {} valid values compiled and read back, {} invalid ones refused; {} are exempt",
        trial.all.len(),
        trial.of,
        valid.len(),
        invalid.len(),
        used.len(),
    ));
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

fn is_valid(case: &Case) -> bool {
    matches!(case.outcome, Outcome::Settings(_))
}

/// What did not come as it should. Cases that should be refused come together, and so do the others.
fn faults(catalogue: &Catalogue, cases: &[&Case]) -> Vec<String> {
    match cases.first() {
        Some(case) if is_valid(case) => not_taken(catalogue, cases.to_vec()),
        Some(_) => not_refused(catalogue, cases),
        None => Vec::new(),
    }
}

/// Code and message of each error, by the case that it is about.
type Errors = BTreeMap<Option<usize>, Vec<(String, String)>>;

fn compiled(catalogue: &Catalogue, cases: &[&Case]) -> (Compiled, Errors) {
    let sources = case::sources(cases);
    let compiled = compile(&sources, catalogue, &Request { as_of: Date::parse("2026-10-01").unwrap() });
    let mut errors = Errors::new();
    for finding in compiled.found.iter().filter(|finding| finding.severity == Severity::Error) {
        let said = (finding.code.to_string(), finding.message.clone());
        errors.entry(case::of(finding, &sources)).or_default().push(said);
    }
    (compiled, errors)
}

/// Where cases are refused, the others are tried again without them.
fn not_taken(catalogue: &Catalogue, mut cases: Vec<&Case>) -> Vec<String> {
    let mut wrong = Vec::new();
    while !cases.is_empty() {
        let (compiled, errors) = compiled(catalogue, &cases);
        if errors.is_empty() {
            wrong.extend(compiled.groups.iter().filter_map(|group| {
                let case = cases[case::place(&group.checked.target().group)];
                let fault = not_read_back(catalogue, group, case)?;
                Some(format!("{}: {fault}\n    {} | {}", case.about, case.group, case.entries.join(", ")))
            }));
            break;
        }
        for (n, said) in &errors {
            let case = n.and_then(|n| cases.get(n));
            let about = case.map_or("somewhere", |case| case.about.as_str());
            let source =
                case.map_or(String::new(), |case| format!("\n    {} | {}", case.group, case.entries.join(", ")));
            wrong.push(format!("{about}: refused: {}: {}{source}", said[0].0, said[0].1));
        }
        if errors.contains_key(&None) {
            break;
        }
        let mut place = 0..;
        cases.retain(|_| !errors.contains_key(&place.next()));
    }
    wrong
}

fn not_read_back(catalogue: &Catalogue, group: &policyc::CompiledGroup, case: &Case) -> Option<String> {
    let Outcome::Settings(expected) = &case.outcome else { return None };
    let flat = |settings: &[policyc::setting::Setting]| -> BTreeMap<Address, Value> {
        settings.iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
    };
    let checked = flat(group.checked.settings());
    if checked != *expected {
        return Some(format!("checked as {checked:?}, wanted {expected:?}"));
    }
    let identified = identified(&group.artefacts);
    let mut read = BTreeMap::new();
    for artefact in &group.artefacts {
        match backend::decode_at(&artefact.path, &artefact.bytes, catalogue) {
            Ok(decoded) if decoded.residue.is_empty() => read.extend(flat(&decoded.settings)),
            Ok(decoded) => return Some(format!("{}: residue {:?}", artefact.path, decoded.residue)),
            Err(fault) => return Some(format!("{}: {fault:?}", artefact.path)),
        }
    }
    read.values_mut().for_each(|value| refer(value, &identified));
    (read != *expected).then(|| format!("read back as {read:?}, wanted {expected:?}"))
}

/// The declarations of a build by their identifiers.
fn identified(artefacts: &[Artefact]) -> BTreeMap<String, Value> {
    let declarations = artefacts.iter().filter(|artefact| artefact.format == Format::Declaration);
    let identified = declarations.filter_map(|artefact| {
        let root: serde_json::Value = serde_json::from_slice(&artefact.bytes).unwrap();
        let address = artefact.holds.first()?;
        let reference = Value::Reference { owner: address.owner.clone(), instance: address.instance.clone() };
        Some((root["Identifier"].as_str().unwrap().to_owned(), reference))
    });
    identified.collect()
}

/// An identifier comes back as text: what it belongs to stands in another file of the same build.
fn refer(value: &mut Value, identified: &BTreeMap<String, Value>) {
    match value {
        Value::Text(text) => {
            if let Some(reference) = identified.get(text) {
                *value = reference.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(&mut item.value, identified)),
        Value::Dictionary(entries) => entries.values_mut().for_each(|entry| refer(&mut entry.value, identified)),
        _ => {}
    }
}

fn not_refused(catalogue: &Catalogue, cases: &[&Case]) -> Vec<String> {
    let (compiled, errors) = compiled(catalogue, cases);
    let fault = |(n, case): (usize, &&Case)| {
        let Outcome::Refused(code) = case.outcome else { return None };
        let said = errors.get(&Some(n)).map(Vec::as_slice).unwrap_or_default();
        let right = said.iter().any(|(found, _)| found == code);
        let source = format!("{} | {}", case.group, case.entries.join(", "));
        (!right).then(|| format!("{}: wanted {code}, found {said:?}\n    {source}", case.about))
    };
    let mut wrong: Vec<String> = cases.iter().enumerate().filter_map(fault).collect();
    if compiled.artefacts().next().is_some() {
        wrong.push("artefacts in spite of errors".to_owned());
    }
    wrong
}
