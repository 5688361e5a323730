//! `tests/demonstration/`: what really changed between two published versions of a policy, as a reviewer would read it. The report
//! is committed; here it is held against what people who compared the two texts noted (the catalogue of controls, section 6).

use super::project::root;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn diff(format: &str) -> String {
    let arguments = ["diff", "policy-sources/cafcass-earlier", "policy-sources/cafcass", "--as-of", "2026-10-01"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_policyc"));
    let output = command.current_dir(root()).args(arguments).args(["--format", format]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_report_is_as_committed() {
    let (path, printed) = (root().join("tests/demonstration/cafcass.md"), diff("markdown"));
    if std::env::var_os("POLICYC_ACCEPT").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == printed, "POLICYC_ACCEPT=1 writes the report anew");
}

/// Clauses of the IT policy that only the later version has.
const NEW: &[&str] = &[
    "2.6",
    "2.7.k",
    "2.7.n",
    "2.7.o",
    "7.5.a",
    "7.5.b",
    "7.5.c",
    "7.5.d",
    "7.5.e",
    "7.5.f",
    "7.6",
    "preamble·exemptions",
];
/// What may be opened with a PIN and a finger *or* a face, where both were asked for.
const RECLASSIFIED: &[&str] = &["2.13.a", "4.11.a·unlock"];
/// Wordings that the comparison names: PIN with fingerprint and face, the ways into Hello, the allowance of data.
const REWORDED: &[&str] = &["2.13.a", "4.11.a·unlock", "2.12.c.i–iv", "4.4"];
/// Where the later version still cites numbers of the earlier.
const STALE: &[(&str, &str)] = &[("2.1", "2.6"), ("4.13", "2.6"), ("6.2", "2.6.h")];
/// Policies and a baseline that the earlier tree does not have at all.
const OTHERS: [&str; 2] = ["information-assurance", "cyber-essentials"];

/// The number in the later version of a clause of the earlier: 2.6 to 2.21 are 2.7 to 2.22, and in 2.7 the letters k, n and o are new.
fn later(number: &str) -> String {
    let Some(rest) = number.strip_prefix("2.") else { return number.to_owned() };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (point, tail) = rest.split_at(digits);
    let point: u32 = point.parse().unwrap();
    if !(6..=21).contains(&point) {
        return number.to_owned();
    }
    let letter = |letter: char| match letter {
        'a'..='j' => letter,
        'k' | 'l' => (letter as u8 + 1) as char,
        _ => (letter as u8 + 3) as char,
    };
    let tail = match tail.strip_prefix('.').filter(|_| point == 6) {
        Some(list) => format!(".{}{}", letter(list.chars().next().unwrap()), &list[1..]),
        // Three ways into Hello became four.
        None => tail.replace("i–iii", "i–iv"),
    };
    format!("2.{}{tail}", point + 1)
}

struct Demonstration {
    changes: Vec<Json>,
}

impl Demonstration {
    fn new() -> Demonstration {
        let document: Json = serde_json::from_str(&diff("json")).unwrap();
        Demonstration { changes: document["changes"].as_array().unwrap().clone() }
    }

    /// Changes of one kind of subject, by what became of it: the subject without its kind's word.
    fn what(&self, kind: &str, what: &str) -> BTreeSet<String> {
        let named = |change: &&Json| change["subject_kind"] == kind && change["what"] == what;
        let name = |change: &Json| {
            let subject = change["subject"].as_str().unwrap();
            subject.strip_prefix(&format!("{kind} ")).unwrap_or(subject).to_owned()
        };
        self.changes.iter().filter(named).map(name).collect()
    }

    fn of_it_policy(&self, what: &str) -> BTreeSet<String> {
        let own = self.what("clause", what).into_iter();
        own.filter_map(|name| name.strip_prefix("it-policy ").map(str::to_owned)).collect()
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_report_holds_every_line_of_the_comparison_and_nothing_that_is_not_so() {
    let found = Demonstration::new();
    let fields = |what: &str, field: &str| -> BTreeSet<String> {
        let all = found.of_it_policy(what).into_iter();
        all.filter_map(|name| name.strip_suffix(&format!(" · {field}")).map(str::to_owned)).collect()
    };
    let whole: BTreeSet<String> =
        found.of_it_policy("added").into_iter().filter(|name| !name.contains(" · ")).collect();
    assert_eq!(whole, names(NEW));
    assert!(found.of_it_policy("removed").iter().all(|name| name.ends_with(" · reason")), "no clause went");
    assert_eq!(fields("reclassified", "class"), names(RECLASSIFIED));
    assert!(fields("reworded", "summary").is_superset(&names(REWORDED)));
    let cites: BTreeSet<String> = STALE.iter().map(|(clause, cited)| format!("{clause} · cites.{cited}")).collect();
    let added = found.of_it_policy("added");
    assert_eq!(added.into_iter().filter(|name| name.contains(" · cites.")).collect::<BTreeSet<_>>(), cites);
    // Exceptions: the general exemption and permission for an AI tool are new, and one covers one more clause.
    assert_eq!(found.what("exception", "added"), names(&["exemption", "permitted-ai-tool"]));
    assert!(found.what("exception", "removed").is_empty());
    let behaviour = |change: &&Json| {
        change["subject_kind"] == "exception" && change["what"] == "changed" && change["kind"] == "behaviour"
    };
    let changed: Vec<&Json> = found.changes.iter().filter(behaviour).map(|change| &change["subject"]).collect();
    assert_eq!(changed, ["exception own-devices · clauses"]);
}

#[test]
fn every_clause_between_2_6_and_2_21_has_the_number_that_the_comparison_gives_it() {
    let found = Demonstration::new();
    let earlier = std::fs::read_to_string(root().join("policy-sources/cafcass-earlier/it-policy.yaml")).unwrap();
    let ids =
        earlier.lines().filter_map(|line| line.strip_prefix("  - id: ")).map(|id| id.trim_matches('"').to_owned());
    let expected: BTreeMap<String, String> =
        ids.map(|id| (id.clone(), later(&id))).filter(|(was, is)| was != is).collect();
    let renumbered = found.changes.iter().filter(|change| change["what"] == "renumbered");
    let said: BTreeMap<String, String> = renumbered
        .map(|change| (change["before"].as_str().unwrap().to_owned(), change["after"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(said, expected);
    assert!(expected.len() > 40, "{}", expected.len());
    assert!(
        found.changes.iter().filter(|change| change["what"] == "renumbered").all(|change| change["kind"] == "cosmetic")
    );
}

#[test]
fn settings_move_where_the_comparison_says_so_and_for_policies_that_are_new() {
    let found = Demonstration::new();
    let (mut of_the_policy, mut seen) = (BTreeSet::new(), 0);
    for change in found.changes.iter().filter(|change| change["group"].is_string()) {
        let clauses: Vec<&str> =
            change["clauses"].as_array().unwrap().iter().map(|clause| clause.as_str().unwrap()).collect();
        if clauses.is_empty() {
            // Words about what is assumed of a group.
            assert_eq!(change["kind"], "cosmetic", "{change}");
            continue;
        }
        seen += 1;
        if clauses.iter().any(|clause| !OTHERS.iter().any(|other| clause.starts_with(other))) {
            let asked = clauses.iter().find(|clause| clause.starts_with("it-policy ")).unwrap();
            let row =
                [&change["group"], &change["subject"], &change["what"]].map(|field| field.as_str().unwrap().to_owned());
            of_the_policy.insert((
                row.join(" "),
                (*asked).to_owned(),
                change["direction"].as_str().unwrap().to_owned(),
            ));
        }
    }
    let expected = [
        ("iphones ai-tools added", "it-policy 7.6", "stronger"),
        ("laptops ai-tools added", "it-policy 7.6", "stronger"),
        ("laptops screen-privacy added", "it-policy 2.7.k", "neutral"),
        // Bluetooth was to be off where nobody used it: a command of the server.
        ("iphones bluetooth removed", "it-policy 4.11.f", "weaker"),
    ];
    assert_eq!(
        of_the_policy,
        expected.map(|(row, clause, way)| (row.to_owned(), clause.to_owned(), way.to_owned())).into()
    );
    assert!(seen > 8, "{seen}");
    let bluetooth = found.changes.iter().find(|change| change["subject"] == "bluetooth").unwrap();
    let settings = bluetooth["settings"].as_array().unwrap();
    assert!(
        settings.iter().any(|setting| setting["family"] == "command" && setting["owner"] == "Settings"),
        "{settings:?}"
    );
}
