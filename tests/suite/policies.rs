//! The real policies: what must hold of them whatever they say. Their settings are held by `golden/`.

use super::project::{files, root, sources};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::{Code, Severity};
use policyc::report::coverage::{Coverage, coverage};
use policyc::setting::{Address, Date};
use policyc::{Compiled, Request};
use std::collections::{BTreeMap, BTreeSet};

fn compile(day: &str) -> Compiled {
    policyc::compile(&sources(&root()), &Catalogue::embedded(), &Request { as_of: Date::parse(day).unwrap() })
}

fn bytes(compiled: &Compiled) -> BTreeMap<String, Vec<u8>> {
    compiled.artefacts().map(|artefact| (artefact.path.clone(), artefact.bytes.clone())).collect()
}

#[test]
fn they_compile_to_what_is_approved_on_any_day_of_the_next_ten_years() {
    let approved: BTreeMap<String, Vec<u8>> = files(&root().join("golden"))
        .into_iter()
        .filter(|(path, _)| path != "README.md")
        .map(|(path, file)| (path, std::fs::read(file).unwrap()))
        .collect();
    let mut first: Option<BTreeSet<(Code, String)>> = None;
    for day in ["2026-11-22", "2027-02-28", "2029-12-31", "2032-02-29", "2036-11-22"] {
        let compiled = compile(day);
        assert_eq!(bytes(&compiled), approved, "on {day}");
        // The days in the message of an overdue review are the one thing that a day may change.
        let findings = compiled.found.iter().filter(|finding| finding.code != Code::ReviewOverdue);
        let findings: BTreeSet<(Code, String)> =
            findings.map(|finding| (finding.code, finding.message.clone())).collect();
        assert_eq!(*first.get_or_insert(findings.clone()), findings, "on {day}");
        assert_eq!(compiled.found.count(Severity::Error), 0, "on {day}");
    }
}

fn report() -> (Compiled, Coverage) {
    let compiled = compile("2026-11-22");
    let coverage = coverage(&compiled);
    (compiled, coverage)
}

#[test]
fn every_row_of_the_five_policies_is_there_with_its_class() {
    let (_, coverage) = report();
    let rows: BTreeMap<(&str, &str), [usize; 6]> = coverage
        .policies
        .iter()
        .filter(|policy| !policy.baseline)
        .map(|policy| ((policy.organisation.as_str(), policy.policy.as_str()), policy.classes.rows().map(|(_, n)| n)))
        .collect();
    // enforced, partial, inherent, mdm-command, service, procedural
    let expected = BTreeMap::from([
        (("cafcass", "information-assurance"), [0, 4, 0, 1, 5, 14]),
        (("cafcass", "it-policy"), [8, 15, 5, 2, 20, 52]),
        (("cafcass-earlier", "it-policy"), [6, 15, 5, 2, 18, 44]),
        (("childrens-homes", "it-and-communications"), [2, 9, 1, 0, 2, 33]),
        (("ctcic", "ict-policy"), [3, 14, 2, 1, 11, 31]),
    ]);
    assert_eq!(rows, expected);
    assert_eq!(coverage.totals.clauses, 325);
}

#[test]
fn what_carries_an_enforced_clause_stands_in_an_approved_file_of_each_of_its_groups() {
    let (compiled, coverage) = report();
    let mut held: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
    for artefact in compiled.artefacts() {
        let group = artefact.path.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let approved = std::fs::read(root().join("golden").join(&artefact.path)).unwrap();
        assert_eq!(approved, artefact.bytes, "{}", artefact.path);
        held.entry(group).or_default().extend(artefact.holds.iter().cloned());
    }
    let answers = compiled.policy.organisations.iter().zip(&compiled.answers);
    let mut checked = 0;
    for (organisation, answer) in
        answers.flat_map(|(organisation, answers)| answers.iter().map(move |answer| (organisation, answer)))
    {
        let group = format!("{}/{}", *organisation.id, answer.group);
        let class = coverage
            .policies
            .iter()
            .filter(|policy| policy.organisation == *organisation.id && policy.policy == answer.clause.policy)
            .flat_map(|policy| &policy.clauses)
            .find(|clause| clause.clause == answer.clause.clause)
            .unwrap()
            .class;
        if !matches!(class, "enforced" | "partial") || answer.excepted {
            continue;
        }
        assert!(!answer.carrying.is_empty(), "{group}: nothing carries {}", answer.clause);
        for address in &answer.carrying {
            assert!(
                held[&group].contains(address),
                "{group}: {} is carried by {address}, which no file holds",
                answer.clause
            );
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}
