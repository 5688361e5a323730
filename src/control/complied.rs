//! Configuration and compliance cannot disagree: both are written from the same parameters, and what weakens a control never
//! strengthens what Intune judges by (which side of a property is stricter: `catalogue/polarity/graph`, with a reason for each).

#[cfg(test)]
mod tests {
use super::super::sample::{bound, facts, messages, of_library, others, target};
use super::super::{Bound, Given, Parameter, Type, lower};
use crate::catalogue::Catalogue;
use crate::check;
use crate::diagnostic::Diagnostics;
use crate::setting::{Address, Delivery, Family, JUDGED, Platform, Target, Value};
use crate::source::Spanned;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Steps of a range that are tried from its lower end; what is above them repeats the last.
const STEPS: i128 = 64;

/// What Intune judges the devices of a group by.
fn judged(bound: &Bound, target: &Target, catalogue: &Catalogue) -> BTreeMap<Address, Value> {
    let mut found = Diagnostics::default();
    let lowered = lower(target, &facts(), std::slice::from_ref(bound), &[], &mut found);
    let own = lowered.settings.into_iter().filter(|setting| setting.address.family == Family::Compliance).collect();
    let mut found = Diagnostics::default();
    let checked = check::against(catalogue, target, own, &mut found);
    assert_eq!(messages(&found), Vec::<String>::new(), "{}", bound.control.id.value);
    checked.settings().iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
}

fn by_intune(platform: Platform) -> Target {
    let mut target = target(platform);
    target.deliver.push(Spanned::nowhere(Delivery::Intune));
    target
}

/// Values of a parameter, enough to see every step that it can take.
fn values(parameter: &Parameter, bound: &Bound) -> Vec<Given> {
    let now = bound.parameters[&parameter.name.value].value.clone();
    let mut all = others(parameter, &now);
    if let Type::Integer { range: Some((low, high)), .. } = &parameter.kind {
        all.extend((*low..=*high.min(&(low + STEPS))).map(|number| Some(Value::Integer(number))));
    }
    all.extend(parameter.is_optional().then_some(None));
    all.push(now);
    all
}

fn with(bound: &Bound, name: &str, value: Given) -> Bound {
    let mut changed = bound.clone();
    changed.parameters.get_mut(name).unwrap().value = value;
    changed
}

/// The controls of the library that have a counterpart, by platform, with the parameters that Intune sees. Each is an entry of the
/// library; a parameter that is not here has none.
const SEEN: &[(&str, Platform, &[&str])] = &[
    ("disk-encryption", Platform::MacOs, &["required"]),
    ("disk-encryption", Platform::Windows, &["required"]),
    ("firewall", Platform::MacOs, &["enabled"]),
    ("firewall", Platform::Windows, &["enabled"]),
    ("malware-protection", Platform::MacOs, &[]),
    ("malware-protection", Platform::Windows, &["engine"]),
    ("os-updates", Platform::Ios, &[]),
    ("os-updates", Platform::MacOs, &[]),
    ("os-updates", Platform::Windows, &[]),
    ("passcode", Platform::Ios, &["required", "min-length", "alphanumeric", "allow-simple", "max-age-days", "history"]),
    ("passcode", Platform::MacOs, &["required", "min-length", "alphanumeric", "allow-simple", "max-age-days", "history"]),
    ("passcode", Platform::Windows, &["required", "min-length", "alphanumeric", "allow-simple", "max-age-days", "history"]),
    ("screen-lock", Platform::Ios, &["idle-minutes-phone"]),
    ("screen-lock", Platform::MacOs, &["idle-minutes-computer"]),
    ("screen-lock", Platform::Windows, &["idle-minutes-computer"]),
];

#[test]
fn the_library_judges_by_intune_what_is_listed_here_and_nothing_else() {
    let catalogue = Catalogue::embedded();
    let mut seen = Vec::new();
    for id in super::super::library::library_ids() {
        let control = of_library(id);
        for platform in Platform::ALL {
            let has = |form: &super::super::Form| super::super::entry::serves(form) == Some(*platform) && form.carrier == super::super::Carrier::Compliance;
            if !control.settings.iter().flat_map(|entry| &entry.forms).any(|form| has(form)) {
                continue;
            }
            let (bound, target) = (bound(&control, "{}"), by_intune(*platform));
            let before = judged(&bound, &target, &catalogue);
            assert!(!before.is_empty(), "{id} on {platform}");
            let counts = |parameter: &&Parameter| {
                let name = &parameter.name.value;
                values(parameter, &bound).into_iter().any(|value| judged(&with(&bound, name, value), &target, &catalogue) != before)
            };
            let names: Vec<String> =
                control.parameters.iter().filter(counts).map(|parameter| parameter.name.value.clone()).collect();
            seen.push((id.to_owned(), *platform, names));
        }
    }
    seen.sort();
    let listed: Vec<(String, Platform, Vec<String>)> = SEEN
        .iter()
        .map(|(id, platform, names)| ((*id).to_owned(), *platform, names.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    assert_eq!(seen, listed);
}

#[test]
fn what_weakens_a_control_never_strengthens_what_intune_judges_by() {
    let catalogue = Catalogue::embedded();
    let (mut steps, mut weaker) = (0, BTreeSet::new());
    for (id, platform, _) in SEEN {
        let control = of_library(id);
        let (base, target) = (bound(&control, "{}"), by_intune(*platform));
        for parameter in &control.parameters {
            let name = parameter.name.value.as_str();
            let all = values(parameter, &base);
            for (weak, strong) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
                if parameter.compare(weak, strong) != Some(Ordering::Less) {
                    continue;
                }
                steps += 1;
                let (weak, strong) = (with(&base, name, weak.clone()), with(&base, name, strong.clone()));
                let (weak, strong) =
                    (judged(&weak, &target, &catalogue), judged(&strong, &target, &catalogue));
                for address in weak.keys().chain(strong.keys()) {
                    let (weak, strong) = (weak.get(address), strong.get(address));
                    if weak == strong {
                        continue;
                    }
                    let side = catalogue.side(address).unwrap_or_else(|| panic!("{id}: nobody says of {address}"));
                    let order = side.compare(weak, strong);
                    assert_eq!(order, Some(Ordering::Less), "{id}, {name}: {address} {weak:?} {strong:?}");
                    weaker.insert((*id, *platform, name));
                }
            }
        }
    }
    // Every parameter that Intune sees and that has a stricter side is seen to weaken something.
    let expected: BTreeSet<_> = SEEN
        .iter()
        .flat_map(|(id, platform, names)| names.iter().map(move |name| (*id, *platform, *name)))
        .filter(|(_, _, name)| *name != "engine")
        .collect();
    assert_eq!(weaker, expected);
    assert!(steps > 5000, "{steps} steps");
}

#[test]
fn without_intune_nothing_is_judged() {
    let bound = bound(&of_library("passcode"), "{}");
    for (_, platform) in JUDGED {
        assert!(judged(&bound, &target(platform), &Catalogue::embedded()).is_empty());
    }
}

#[test]
fn the_types_that_carry_are_those_that_the_catalogue_knows() {
    let names: Vec<&str> = JUDGED.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, Catalogue::embedded().names(crate::catalogue::entry::Form::Compliance));
}

#[test]
fn windows_says_its_oldest_version_in_four_numbers() {
    let check = |platform: Platform, expected: &str| {
        let settings = judged(&bound(&of_library("os-updates"), "{}"), &by_intune(platform), &Catalogue::embedded());
        assert_eq!(settings.into_values().collect::<Vec<_>>(), [Value::text(expected)]);
    };
    check(Platform::Windows, "10.0.26100.0");
    check(Platform::Ios, "26.0");
}
}
