//! The table of directions against the catalogue: what must be decided, how much is, and the laws of the order.

use crate::facts::{files, folder};
use crate::generated::group;
use policyc::catalogue::entry::{Form, Key, Kind};
use policyc::catalogue::{Catalogue, Polarity};
use policyc::check::Rules;
use policyc::compare::{Direction, direction};
use policyc::control::{
    Bound, BoundParameter, Control, Given, Order, OrganisationFacts, Parameter, Type, library_control, library_ids,
    lower,
};
use policyc::diagnostic::Diagnostics;
use policyc::setting::{Address, Basis, Channel, Delivery, Family, Leaf, Platform, Target, Value};
use policyc::source::Span;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// How many were decided when this was last raised: none may become undecided again.
const FLOORS: [(&str, usize); 4] =
    [("profile keys", 1289), ("declaration keys", 520), ("nodes", 1865), ("templates", 2486)];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

fn address(family: Family, owner: &str, leaf: Leaf) -> Address {
    let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
    Address { family, channel, owner: owner.to_owned(), instance: None, leaf }
}

/// The keys of payloads or declarations that can be set: all but dictionaries that only hold others.
fn keys(form: Form, family: Family) -> Vec<Address> {
    fn collect(owner: &str, family: Family, keys: &[Key], above: &[String], all: &mut BTreeSet<Address>) {
        for key in keys {
            let path: Vec<String> = above.iter().cloned().chain([key.name.clone()]).collect();
            if key.kind == Kind::Dictionary && !key.subkeys.is_empty() {
                collect(owner, family, &key.subkeys, &path, all);
            } else {
                all.insert(address(family, owner, Leaf::Keys(path)));
            }
        }
    }
    let mut all = BTreeSet::new();
    for name in CATALOGUE.names(form) {
        for schema in CATALOGUE.schemas(form, name) {
            collect(name, family, &schema.keys, &[], &mut all);
        }
    }
    all.into_iter().collect()
}

/// Nodes with a value that can be set, apart from policies of templates.
fn nodes() -> Vec<Address> {
    settable(false)
}

/// The states of policies of templates, and the elements of those that somebody has read.
fn templates() -> Vec<Address> {
    settable(true)
}

fn settable(of_templates: bool) -> Vec<Address> {
    let mut all = Vec::new();
    for node in CATALOGUE.nodes().filter(|node| node.format != "node") {
        let sets = |verb: &String| verb == "Add" || verb == "Replace";
        let admx = node.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref());
        if !node.access.iter().any(sets) || admx.is_some() != of_templates {
            continue;
        }
        let leaf = |leaf| address(Family::Csp, &node.uri, leaf);
        all.push(leaf(if of_templates { Leaf::AdmxState } else { Leaf::Node }));
        let elements = admx.and_then(|admx| admx.elements.as_ref()).into_iter().flatten();
        all.extend(elements.map(|element| leaf(Leaf::AdmxElement(element.id.clone()))));
    }
    all
}

fn decided(all: &[Address]) -> usize {
    all.iter().filter(|address| CATALOGUE.polarity(address).is_some()).count()
}

#[test]
fn every_boolean_of_the_restrictions_is_decided() {
    let name = "com.apple.applicationaccess";
    let schema = &CATALOGUE.schemas(Form::Profile, name)[0];
    let booleans: Vec<&Key> = schema.keys.iter().filter(|key| key.kind == Kind::Boolean).collect();
    assert_eq!(booleans.len(), 189);
    let unknown =
        |key: &&&Key| CATALOGUE.polarity(&address(Family::Profile, name, Leaf::Keys(vec![key.name.clone()]))).is_none();
    let names: Vec<&str> = booleans.iter().filter(unknown).map(|key| key.name.as_str()).collect();
    assert!(names.is_empty(), "nobody has said which side of these is stricter: {names:?}");
}

/// The nodes that files of the table name, agreeing with Microsoft or not.
fn reviewed() -> BTreeSet<String> {
    let mut reviewed = BTreeSet::new();
    for file in files(&folder("polarity/windows")) {
        let table: Json = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let roots: Vec<&str> = match &table["csp"] {
            Json::String(root) => vec![root],
            roots => roots.as_array().unwrap().iter().map(|root| root.as_str().unwrap()).collect(),
        };
        for row in table["rows"].as_array().unwrap() {
            for name in row["names"].as_array().unwrap() {
                reviewed.extend(roots.iter().map(|root| format!("{root}/{}", name.as_str().unwrap())));
            }
        }
    }
    reviewed
}

#[test]
fn somebody_has_looked_at_every_node_of_which_microsoft_names_the_secure_side() {
    let reviewed = reviewed();
    let states = |rule: &String| rule.contains("MostSecure");
    let stated: Vec<&str> =
        CATALOGUE.nodes().filter(|node| node.conflict.as_ref().is_some_and(states)).map(|node| &*node.uri).collect();
    assert_eq!(stated.len(), 522);
    let missing: Vec<&&str> = stated.iter().filter(|uri| !reviewed.contains(**uri)).collect();
    assert!(missing.is_empty(), "agree with Microsoft (`stated`) or overrule: {missing:#?}");
    let none = |uri: &&&str| CATALOGUE.polarity(&address(Family::Csp, uri, Leaf::Node)).is_none();
    assert_eq!(stated.iter().find(none), None);
}

#[test]
fn the_share_that_is_decided_does_not_fall() {
    let kinds =
        [keys(Form::Profile, Family::Profile), keys(Form::Declaration, Family::Declaration), nodes(), templates()];
    for ((what, floor), all) in FLOORS.iter().zip(kinds) {
        let decided = decided(&all);
        eprintln!("{what}: {decided} of {} decided ({}%)", all.len(), 100 * decided / all.len());
        assert!(decided >= *floor, "{what}: {decided} decided, {floor} were before");
    }
}

#[test]
fn every_parameter_of_the_library_says_which_side_is_stricter_or_why_neither_is() {
    let ids = library_ids();
    assert_eq!(ids.len(), 31);
    for id in ids {
        for parameter in &library_control(id).unwrap().parameters {
            // Texts, days, times and the like have no sides at all: what meets must be equal, and a change is neutral.
            let sides = !matches!(
                parameter.kind,
                Type::Text(_) | Type::List(_) | Type::Date | Type::Time | Type::Secret | Type::Certificate
            );
            let said = parameter.order != Order::Equal || parameter.reason.is_some();
            assert!(said || !sides, "{id}: nobody says which side of `{}` is stricter", parameter.name.value);
        }
    }
}

/// Some values of a parameter, the ends of its order among them.
fn steps(parameter: &Parameter) -> Vec<Given> {
    let some = |values: Vec<Value>| -> Vec<Given> { values.into_iter().map(Some).collect() };
    let words = |words: &[String]| words.iter().map(|word| Value::text(word.as_str())).collect::<Vec<_>>();
    let mut steps: Vec<Given> = match (&parameter.order, &parameter.kind) {
        (Order::True | Order::False, _) => some(vec![Value::Boolean(false), Value::Boolean(true)]),
        (Order::Higher | Order::Lower, Type::Integer { range, values }) => {
            let ends =
                range.map_or_else(|| values.clone(), |(least, most)| vec![least, least + (most - least) / 2, most]);
            some(ends.into_iter().map(Value::Integer).collect())
        }
        (Order::Chains(_), Type::Word(all)) => some(words(all)),
        (Order::Larger | Order::Smaller, Type::Set { values, .. }) if !values.is_empty() => {
            [0, values.len() / 2, values.len()].map(|n| Some(Value::array(words(&values[..n])))).to_vec()
        }
        _ => Vec::new(),
    };
    if parameter.is_optional() {
        steps.push(None);
    }
    steps
}

/// What a control with these values sets.
fn set(control: &Arc<Control>, target: &Target, given: &BTreeMap<String, Given>) -> BTreeMap<Address, Value> {
    let bound = |value: &Given| BoundParameter {
        value: value.clone(),
        span: Span::NOWHERE,
        basis: Basis::Stated,
        contributions: Vec::new(),
        exceptions: Vec::new(),
    };
    let parameters = given.iter().map(|(name, value)| (name.clone(), bound(value))).collect();
    let instance = control.named_instances.then(|| "one".to_owned());
    let bound = Bound { control: control.clone(), instance, formerly: None, parameters, clauses: Vec::new() };
    let mut found = Diagnostics::default();
    let settings = lower(target, &OrganisationFacts::default(), &[bound], &[], &mut found).settings;
    let checked = Rules::all().against(&CATALOGUE, target, settings, &mut found);
    checked.settings().iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
}

/// Which way the settings of one platform go where one parameter becomes stricter: those that go the other way.
fn backwards(control: &Arc<Control>, target: &Target, parameter: &Parameter) -> Vec<String> {
    let first = |parameter: &Parameter| match &parameter.default {
        Some(value) => Some(value.clone()),
        None => steps(parameter).into_iter().next(),
    };
    let rest: BTreeMap<String, Given> =
        control.parameters.iter().filter_map(|other| Some((other.name.value.clone(), first(other)?))).collect();
    let with = |value: &Given| {
        let mut given = rest.clone();
        given.insert(parameter.name.value.clone(), value.clone());
        set(control, target, &given)
    };
    let steps: Vec<(Given, BTreeMap<Address, Value>)> =
        steps(parameter).into_iter().map(|value| (value.clone(), with(&value))).collect();
    let mut backwards = Vec::new();
    for ((weak, before), (strict, after)) in
        steps.iter().flat_map(|weak| steps.iter().map(move |strict| (weak, strict)))
    {
        if parameter.compare(strict, weak) != Some(Ordering::Greater) {
            continue;
        }
        let both: BTreeSet<&Address> = before.keys().chain(after.keys()).collect();
        for address in both {
            let judged = direction(&CATALOGUE, address, before.get(address), after.get(address));
            if judged.is_some_and(|judged| judged.direction == Direction::Weaker) {
                let name = (&control.id.value, &parameter.name.value);
                backwards.push(format!(
                    "{}.{}: {weak:?} to {strict:?}: {address}: {:?} to {:?}",
                    name.0,
                    name.1,
                    before.get(address),
                    after.get(address)
                ));
            }
        }
    }
    backwards
}

/// Parameters that share one limit: what one phase no longer takes is given to the next, whose own setting is then the weaker.
const SHARED: &[(&str, &str)] = &[
    ("os-updates.deferral-days", "Update/ConfigureDeadlineFor"),
    ("os-updates.grace-days", "Update/ConfigureDeadlineFor"),
];

#[test]
fn a_stricter_parameter_makes_no_setting_weaker() {
    let mut all = Vec::new();
    for (platform, os, deliver) in [
        (Platform::Ios, "26.0", Delivery::Mobileconfig),
        (Platform::Ios, "26.0", Delivery::Declarations),
        (Platform::MacOs, "26.0", Delivery::Mobileconfig),
        (Platform::MacOs, "26.0", Delivery::Declarations),
        (Platform::Windows, "10.0.26100", Delivery::Syncml),
    ] {
        let target = group(platform, os, deliver);
        for control in library_ids().into_iter().filter_map(library_control) {
            for parameter in &control.parameters {
                all.extend(backwards(&control, &target, parameter));
            }
        }
    }
    for (parameter, address) in SHARED {
        let before = all.len();
        all.retain(|line: &String| !(line.starts_with(&format!("{parameter}:")) && line.contains(address)));
        assert!(all.len() < before, "{parameter} shares nothing with {address}");
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// Values of every kind, and none: the address decides which of them it can compare.
fn values() -> impl Strategy<Value = Option<Value>> {
    let word = prop::sample::select(vec!["", "a", "b", "0", "2", "Allow", "AllowAll"]);
    prop_oneof![
        Just(None),
        any::<bool>().prop_map(|value| Some(Value::Boolean(value))),
        (0i128..8).prop_map(|value| Some(Value::Integer(value))),
        prop::sample::select(vec![-1i128, 30, 65535, 524_288, 537_395_200])
            .prop_map(|value| Some(Value::Integer(value))),
        word.prop_map(|value| Some(Value::text(value))),
        prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c"]), 0..3)
            .prop_map(|items| Some(Value::array(items.into_iter().map(Value::text)))),
    ]
}

static DECIDED: LazyLock<Vec<Address>> = LazyLock::new(|| {
    let all =
        [keys(Form::Profile, Family::Profile), keys(Form::Declaration, Family::Declaration), nodes(), templates()];
    all.into_iter().flatten().filter(|address| CATALOGUE.polarity(address).is_some()).collect()
});

/// The lists among them, each with whether what it names is allowed.
static LISTS: LazyLock<Vec<(&Address, bool)>> = LazyLock::new(|| {
    let listed = |address| match CATALOGUE.polarity(address)?.0 {
        Polarity::SmallerSet => Some((address, true)),
        Polarity::LargerSet => Some((address, false)),
        _ => None,
    };
    DECIDED.iter().filter_map(listed).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_way_back_is_the_other_way(which in any::<prop::sample::Index>(), a in values(), b in values(), c in values()) {
        let address = which.get(&DECIDED);
        let judge = |a: &Option<Value>, b: &Option<Value>| direction(&CATALOGUE, address, a.as_ref(), b.as_ref());
        prop_assert_eq!(judge(&a, &a), None);
        let (there, back) = (judge(&a, &b), judge(&b, &a));
        prop_assert_eq!(there.is_some(), back.is_some());
        if let (Some(there), Some(back)) = (there, back) {
            let mut mirrored: Vec<_> = back.parts.iter().map(|(item, way)| (item.clone(), way.reversed())).collect();
            let mut parts = there.parts.clone();
            parts.sort();
            mirrored.sort();
            prop_assert_eq!(&parts, &mirrored);
            let mixed = parts.iter().any(|(_, way)| *way != parts[0].1);
            prop_assert_eq!(there.direction, if mixed { Direction::Weaker } else { back.direction.reversed() });
        }
        // Two steps up are not one down.
        let up = |a, b| judge(a, b).is_some_and(|judged| judged.direction == Direction::Stronger);
        if up(&a, &b) && up(&b, &c) {
            prop_assert!(judge(&a, &c).is_none_or(|judged| judged.direction != Direction::Weaker), "{}", address);
        }
    }

    #[test]
    fn a_list_that_allows_more_is_weaker_and_one_that_forbids_more_is_stronger(
        which in any::<prop::sample::Index>(), items in prop::collection::btree_set("[a-f]", 1..5), more in "[g-k]"
    ) {
        let (address, allows) = *which.get(&LISTS);
        let value = |items: Vec<&String>| Value::array(items.into_iter().map(|item| Value::text(item.as_str())));
        let (before, after) = (value(items.iter().collect()), value(items.iter().chain([&more]).collect()));
        let judged = direction(&CATALOGUE, address, Some(&before), Some(&after)).unwrap();
        prop_assert_eq!(judged.direction, if allows { Direction::Weaker } else { Direction::Stronger });
        prop_assert_eq!(judged.parts.len(), 1);
    }
}
