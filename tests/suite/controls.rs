//! `tests/cases/controls/`: every control where it can be had, every parameter of it felt, and every row of the control catalogue that
//! the library was written from. Beside the goldens, which say what comes out, these say that nothing is left out.

use super::{cases, project};
use policyc::catalogue::Catalogue;
use policyc::check;
use policyc::control::{
    self, Bound, Contribution, Control, Given, OrganisationFacts, Parameter, Type, Watch, library_ids,
};
use policyc::diagnostic::Diagnostics;
use policyc::setting::{Address, Basis, Enrolment, Platform, Role, Target, Value};
use policyc::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// One group of a case about a control.
struct Shown {
    target: Target,
    facts: OrganisationFacts,
    /// The control that the case is about.
    bound: Bound,
    /// Whatever else is asked of the group.
    beside: Vec<Bound>,
}

/// The groups of `tests/cases/controls/<id>`.
fn shown(id: &str) -> Vec<Shown> {
    let folder = project::root().join("tests/cases/controls").join(id);
    let compiled = cases::compile(&folder, &cases::sources(&folder));
    assert!(!compiled.found.has_errors(), "{id}: the case has no goldens");
    let [organisation] = compiled.policy.organisations.as_slice() else { panic!("{id}") };
    let of_group = |group: &policyc::policy::Group| {
        let is_it = |bound: &&Bound| bound.control.id.value == id;
        Some(Shown {
            target: group.target.clone(),
            facts: organisation.facts.clone(),
            bound: group.controls.iter().find(is_it)?.clone(),
            beside: group.controls.iter().filter(|bound| !is_it(bound)).cloned().collect(),
        })
    };
    organisation.groups.iter().filter_map(of_group).collect()
}

/// What devices of a group get of these controls, and what the rules across controls say.
fn outcome(facts: &OrganisationFacts, target: &Target, controls: &[Bound], catalogue: &Catalogue) -> Outcome {
    let mut found = Diagnostics::default();
    let lowered = control::lower(target, facts, controls, &[], &mut found);
    let checked = check::against(catalogue, target, lowered.settings, &mut found);
    let watch = Watch { target, facts, controls, settings: checked.settings() };
    let mut ruled = Diagnostics::default();
    control::Rules::all().run(&watch, &BTreeSet::new(), &mut ruled);
    Outcome {
        taken: !found.has_errors() && checked.settings().iter().any(|setting| setting.role() == Role::Carrying),
        settings: checked.settings().iter().map(|one| (one.address.clone(), one.value.clone())).collect(),
        ruled: ruled.iter().map(|finding| finding.message.clone()).collect(),
    }
}

struct Outcome {
    /// Devices take it whole.
    taken: bool,
    settings: BTreeMap<Address, Value>,
    ruled: Vec<String>,
}

/// Parameters that a rule in code judges where no setting carries them.
const RULED: &[(&str, &str)] = &[
    ("app-allowlist", "portal"),
    ("app-allowlist", "web-clips"),
    ("local-storage", "temporary-copies"),
    ("pin-separation", "strategy"),
    ("scheduled-restart", "day"),
];

// rows: C1
#[test]
fn flipping_any_parameter_changes_what_some_group_of_its_case_gets() {
    let catalogue = Catalogue::embedded();
    let (mut numb, mut felt, mut unused) = (BTreeSet::new(), 0, RULED.to_vec());
    for id in library_ids() {
        // Whether settings feel a parameter on a platform, and whether a rule does.
        let mut feels: BTreeMap<(Platform, String), (bool, bool)> = BTreeMap::new();
        for Shown { target, facts, bound, beside } in shown(id) {
            let platform = target.platform.value;
            let of = |bound: Bound| outcome(&facts, &target, &[&beside[..], &[bound]].concat(), &catalogue);
            let before = of(bound.clone());
            for parameter in bound.control.parameters.iter().filter(|one| counts(one, &bound.control, platform)) {
                let name = &parameter.name.value;
                let feel = feels.entry((platform, name.clone())).or_default();
                for value in others(parameter, &bound.parameters[name].value) {
                    let after = of(flipped(&bound, name, value));
                    feel.0 |= after.settings != before.settings;
                    feel.1 |= after.ruled != before.ruled;
                }
            }
        }
        for ((platform, name), (settings, rules)) in feels {
            let ruled = !settings && rules && RULED.contains(&(id, &name));
            if ruled {
                unused.retain(|row| *row != (id, name.as_str()));
            } else if !settings {
                numb.insert(format!("{id} on {platform}: `{name}` changes nothing"));
            }
            felt += 1;
        }
    }
    assert!(numb.is_empty(), "{numb:#?}");
    assert!(unused.is_empty(), "settings carry {unused:#?}");
    assert!(felt > 150, "{felt}");
}

/// The control with another value for a parameter, which its first clause gives.
fn flipped(bound: &Bound, name: &str, value: Given) -> Bound {
    let mut flipped = bound.clone();
    let (clause, span) = bound.clauses[0].clone();
    let parameter = flipped.parameters.get_mut(name).unwrap();
    parameter.contributions =
        vec![Contribution { clause, span, value: value.clone(), basis: Basis::Stated, decided: true }];
    parameter.value = value;
    flipped
}

/// Whether a platform can express the parameter.
fn counts(parameter: &Parameter, control: &Control, platform: Platform) -> bool {
    let named = |gap: &&control::Gap| {
        gap.platform == platform
            && gap.words.is_empty()
            && gap.parameter.as_ref().is_none_or(|name| *name == parameter.name.value)
    };
    let writes = |entry: &control::Entry| match platform.is_apple() {
        true => entry.platforms.iter().any(|other| other.value == platform),
        false => entry.platforms.is_empty(),
    };
    let speaks = parameter.platforms.is_empty() || parameter.platforms.contains(&platform);
    let says = !control.constrains.is_empty() || control.settings.iter().any(writes);
    speaks && says && !control.gaps.iter().any(|gap| named(&gap))
}

/// Values that the parameter may have and that are not this one: all of them where they are few.
fn others(parameter: &Parameter, value: &Given) -> Vec<Given> {
    let candidates: Vec<Value> = match &parameter.kind {
        Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Type::Integer { range, values } => {
            let ends = range.iter().flat_map(|(low, high)| [*low, *high]);
            values.iter().copied().chain(ends).map(Value::Integer).collect()
        }
        Type::Word(words) => words.iter().map(|word| Value::text(word.as_str())).collect(),
        Type::Set { values, .. } => {
            let one = values.iter().map(|word| Value::array([Value::text(word.as_str())]));
            one.chain([Value::array([Value::text("com.example.other")]), Value::array([])]).collect()
        }
        Type::List(fields) => {
            let field = |(name, kind): &(String, Type)| {
                let word = if let Type::Word(words) = kind { words[0].as_str() } else { "one" };
                (name.clone(), Spanned::nowhere(Value::text(word)))
            };
            vec![Value::array([Value::Dictionary(fields.iter().map(field).collect())])]
        }
        Type::Date => vec![Value::text("2026-10-11")],
        Type::Time => vec![Value::text("21:30")],
        Type::Text(_) | Type::Secret | Type::Certificate => vec![Value::text("one")],
    };
    let none = parameter.is_optional().then_some(None);
    candidates.into_iter().map(Some).chain(none).filter(|other| other != value).collect()
}

/// How devices come under management: enrolment and supervision.
const WAYS: [(Enrolment, bool); 3] = [(Enrolment::Device, true), (Enrolment::Device, false), (Enrolment::User, false)];

#[test]
fn each_control_is_shown_on_every_platform_and_under_every_enrolment_that_takes_it() {
    let catalogue = Catalogue::embedded();
    let (mut missing, mut ways) = (BTreeSet::new(), 0);
    for id in library_ids() {
        let shown = shown(id);
        for platform in [Platform::Ios, Platform::MacOs, Platform::Windows] {
            let here: Vec<&Shown> = shown.iter().filter(|shown| shown.target.platform.value == platform).collect();
            if here.is_empty() {
                missing.insert(format!("{id}: no group on {platform}"));
            }
            for (enrolment, supervised) in WAYS.iter().filter(|_| platform.is_apple()) {
                let is_so =
                    |target: &Target| target.enrolment.value == *enrolment && target.supervised.value == *supervised;
                let takes = here.iter().any(|shown| {
                    let mut target = shown.target.clone();
                    target.enrolment.value = *enrolment;
                    target.supervised.value = *supervised;
                    outcome(&shown.facts, &target, std::slice::from_ref(&shown.bound), &catalogue).taken
                });
                ways += usize::from(takes);
                if takes && !here.iter().any(|shown| is_so(&shown.target)) {
                    missing.insert(format!(
                        "{id} on {platform}: no group with enrolment {enrolment}, supervised {supervised}"
                    ));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(ways > 60, "{ways}");
}

/// The page lies beside the reference files, outside the project: it says so where it is absent.
#[test]
fn every_row_of_the_control_catalogue_is_emitted_guarded_read_or_a_gap() {
    let who = "rows of the control catalogue";
    let page = project::root().join("../shared/seeds/controls.md");
    if !page.is_file() {
        return project::say(&format!("{who}: not looked at, because the page is absent"));
    }
    let script = project::root().join("tests/oracle/rows.py");
    let output = match Command::new("python3").arg("-B").arg(script).arg(page).arg(project::root()).output() {
        Ok(output) => output,
        Err(error) => return project::say(&format!("{who}: not looked at, because there is no python3 ({error})")),
    };
    if output.status.code() == Some(3) {
        return project::say(&format!("{who}: not looked at, because python3 has no PyYAML"));
    }
    let (said, failure) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failure}");
    project::say(&format!("{who}: {}", said.lines().last().unwrap_or_default()));
}
