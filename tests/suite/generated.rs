//! Groups and settings made up at random, the same on every run: what any policy could ask of any back end.
//!
//! A new family needs an arm in [`groups`] and [`settings`].

use policyc::backend::{Backend, Format};
use policyc::catalogue::entry::{Allowed, Form, Kind, Node};
use policyc::catalogue::{Catalogue, NodeLookup};
use policyc::setting::{
    Address, Basis, Bundle, Channel, Delivery, Dialect, Enrolment, Family, Leaf, Origin, OsVersion, Platform, Real,
    Role, Secret, Setting, Target, Value,
};
use policyc::source::{Span, Spanned};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};

/// The same cases on every run.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// A group of that platform with everything else at rest.
pub(crate) fn group(platform: Platform, os: &str, deliver: Delivery) -> Target {
    Target {
        organisation: "example".to_owned(),
        organisation_name: "Example & Söhne <Ltd>".to_owned(),
        identifier: "org.example".to_owned(),
        group: Spanned::nowhere("devices".to_owned()),
        identity: "devices".to_owned(),
        title: "Devices".to_owned(),
        platform: Spanned::nowhere(platform),
        os: Spanned::nowhere(OsVersion::parse(os).unwrap()),
        enrolment: Spanned::nowhere(Enrolment::Device),
        supervised: Spanned::nowhere(true),
        deliver: vec![Spanned::nowhere(deliver)],
        editions: Vec::new(),
        join: None,
        has: BTreeSet::new(),
        bundle: Bundle::PerType,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: policyc::setting::Compliance::Derived,
        intune: Spanned::nowhere(Dialect::Catalogue),
        kept: Default::default(),
    }
}

/// Groups that a back end serves alone, one for each way to cut profiles; those of Intune in each of its dialects.
pub(crate) fn groups(backend: &Backend) -> Vec<Target> {
    let mac = Delivery::ALL.iter().map(|one| group(Platform::MacOs, "26.0", *one));
    let windows = Delivery::ALL.iter().map(|one| group(Platform::Windows, "10.0.26100", *one));
    let served = mac.chain(windows).find(|target| (backend.serves)(target));
    let one = served.unwrap_or_else(|| panic!("{:?} serves no group", backend.format));
    let dialects = if backend.format == Format::Intune { Dialect::ALL } else { &Dialect::ALL[..1] };
    let cut = |bundle: &Bundle| {
        let of = |dialect: &Dialect| (*bundle, Spanned::nowhere(*dialect));
        dialects.iter().map(of).collect::<Vec<_>>()
    };
    let all = Bundle::ALL.iter().flat_map(cut);
    all.map(|(bundle, intune)| Target { bundle, intune, ..one.clone() }).collect()
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    // What XML can carry, with a taste for what has to be escaped. Without the carriage return: property lists have none.
    let nasty =
        prop::sample::select(vec!['&', '<', '>', '"', '\'', '\t', '\n', ' ', ']', ';', '\u{F000}', '\u{FFFD}', '😀']);
    let any = prop::char::ranges(vec![' '..='\u{D7FF}', '\u{E000}'..='\u{FFFD}', '\u{10000}'..='\u{10FFFF}'].into());
    vec(prop_oneof![nasty, any], 0..12).prop_map(String::from_iter)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][A-Za-z0-9]{0,8}", text().prop_filter("not empty", |text| !text.is_empty())]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| Value::Integer(number.into())),
        any::<u64>().prop_map(|number| Value::Integer(number.into())),
        any::<f64>().prop_filter_map("finite", |number| Real::new(number).map(Value::Real)),
        (-1000i32..1000).prop_filter_map("finite", |number| Real::new(f64::from(number) / 8.0).map(Value::Real)),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    let date = (1u16..=9999, 1u8..=12, 1u8..=28, 0u8..24, 0u8..60, 0u8..60).prop_map(|(year, month, day, h, m, s)| {
        Value::Date(format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z"))
    });
    prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        number(),
        text().prop_map(Value::Text),
        date,
        vec(any::<u8>(), 0..120).prop_map(Value::Data),
        "[a-z][a-z0-9-]{0,12}".prop_map(Value::secret),
        "[a-z][a-z0-9-]{0,40}".prop_map(|name| Value::Secret(Secret::Data(name))),
    ]
}

/// Anything below a key: lists hold dictionaries, a dictionary outside a list is empty or flattened.
fn value() -> impl Strategy<Value = Value> {
    let inner = scalar().prop_recursive(4, 24, 4, |inner| {
        let entries = btree_map(name(), inner.clone().prop_map(Spanned::nowhere), 0..4);
        prop_oneof![vec(inner, 0..4).prop_map(Value::array), entries.prop_map(Value::Dictionary)]
    });
    inner.prop_map(|value| match value {
        Value::Dictionary(_) => Value::Dictionary(BTreeMap::new()),
        other => other,
    })
}

pub(crate) fn setting(address: Address, value: Value, control: Option<String>) -> Setting {
    let origin = Origin {
        control,
        formerly: None,
        instance: None,
        parameters: Vec::new(),
        clauses: Vec::new(),
        deciding: 0,
        role: Role::Raw,
        basis: Basis::Stated,
        exceptions: Vec::new(),
        entry: Span::NOWHERE,
    };
    Setting { origins: vec![origin], unlisted: Some("made up".to_owned()), ..Setting::found(address, value) }
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(Channel::ALL)
}

fn profile_setting() -> impl Strategy<Value = Setting> {
    let owner = prop_oneof!["com\\.example\\.[a-e]", "com\\.example\\.[a-c]\\.[a-c]"];
    // Capitals, so that no type and instance together read like another type: that would be one identifier for two payloads.
    let instance = prop::option::of("[A-Z]{1,4}");
    let keys = vec(name(), 1..5).prop_map(Leaf::Keys);
    let payload = (channel(), owner, instance, keys, value(), prop::option::of("control-[a-c]")).prop_map(
        |(channel, owner, instance, leaf, value, control)| {
            setting(Address { family: Family::Profile, channel, owner, instance, leaf }, value, control)
        },
    );
    let empty = channel().prop_map(|channel| {
        let owner = "com.example.without-keys".to_owned();
        let leaf = Leaf::Keys(Vec::new());
        let address = Address { family: Family::Profile, channel, owner, instance: None, leaf };
        setting(address, Value::Dictionary(BTreeMap::new()), None)
    });
    let top = (name(), scalar()).prop_map(|(key, value)| {
        let owner = "TopLevel".to_owned();
        let leaf = Leaf::Keys(vec![key]);
        setting(Address { family: Family::Profile, channel: Channel::Device, owner, instance: None, leaf }, value, None)
    });
    prop_oneof![8 => payload, 1 => empty, 1 => top]
}

/// A key of a made-up declaration, which only says what it is by the form of its JSON: there, times and bytes are text.
fn declaration_setting() -> impl Strategy<Value = Setting> {
    let owner = "com\\.apple\\.(configuration|asset|management)\\.made-up\\.[a-c]";
    let instance = prop::option::of(prop_oneof![name(), Just("user".to_owned()), "[1-9]\\.[0-9]"]);
    let keys = vec(name(), 1..5).prop_map(Leaf::Keys);
    let value = value()
        .prop_filter("has a type in JSON", |value| !holds(value, &|v| matches!(v, Value::Date(_) | Value::Data(_))));
    let declaration = (channel(), owner, instance, keys, value);
    let declaration = declaration.prop_map(|(channel, owner, instance, leaf, value)| {
        setting(Address { family: Family::Declaration, channel, owner, instance, leaf }, value, None)
    });
    let empty = channel().prop_map(|channel| {
        let owner = "com.apple.configuration.made-up.without-keys".to_owned();
        let leaf = Leaf::Keys(Vec::new());
        let address = Address { family: Family::Declaration, channel, owner, instance: None, leaf };
        setting(address, Value::Dictionary(BTreeMap::new()), None)
    });
    prop_oneof![9 => declaration, 1 => empty]
}

/// A key of a made-up command, or one that has none.
fn command_setting() -> impl Strategy<Value = Setting> {
    let instance = prop::option::of(prop_oneof![name(), Just("user".to_owned())]);
    let keys = prop_oneof![9 => vec(name(), 1..5), 1 => Just(Vec::new())];
    (channel(), "MadeUp[A-C]", instance, keys, value()).prop_map(|(channel, owner, instance, keys, value)| {
        let value = if keys.is_empty() { Value::Dictionary(BTreeMap::new()) } else { value };
        let leaf = Leaf::Keys(keys);
        setting(Address { family: Family::Command, channel, owner, instance, leaf }, value, None)
    })
}

/// Whether a value, or one inside it, is such a one.
fn holds(value: &Value, such: &dyn Fn(&Value) -> bool) -> bool {
    such(value)
        || match value {
            Value::Array(items) => items.iter().any(|item| holds(&item.value, such)),
            Value::Dictionary(entries) => entries.values().any(|entry| holds(&entry.value, such)),
            _ => false,
        }
}

/// Real nodes that take any text, and real nodes that take a policy whose template nobody has read: LocURIs with names for what
/// is dynamic. Looking up made-up ones costs a search for likely names, so there are few of these.
fn known_nodes(is_its: impl Fn(&Node) -> bool) -> Vec<String> {
    let catalogue = Catalogue::embedded();
    let settable = |uri: &&str| match catalogue.node(uri) {
        NodeLookup::Found(found) => is_its(found.node) && found.node.access.iter().any(|verb| verb == "Replace"),
        _ => false,
    };
    let name = |part: &str| if part.starts_with('{') { "name".to_owned() } else { part.to_owned() };
    let named = |uri: &str| uri.split('/').map(name).collect::<Vec<_>>().join("/");
    let known: Vec<String> = catalogue.uris().into_iter().filter(settable).map(named).collect();
    assert!(known.len() > 100, "only {} such nodes", known.len());
    known
}

fn takes_any_text(node: &Node) -> bool {
    let is_free =
        |allowed: &Allowed| allowed.kind == "None" && allowed.values.is_empty() && allowed.delimiter.is_none();
    node.format == "chr" && node.allowed.as_ref().is_none_or(is_free)
}

fn takes_any_body(node: &Node) -> bool {
    let admx = node.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref());
    admx.is_some_and(|admx| admx.elements.is_none())
}

fn csp_settings() -> impl Strategy<Value = Vec<Setting>> {
    let unknown = "\\./(Device|User)/Vendor/MSFT/(Example|Policy/Config/[A-C])/[A-Za-z0-9 &<>]{1,6}(/[a-z]{1,3})?"
        .prop_filter("no space at the end", |uri| !uri.split('/').any(|part| part.trim() != part || part.is_empty()));
    let free = prop::sample::select(known_nodes(takes_any_text));
    let backed = prop::sample::select(known_nodes(takes_any_body));
    let text = || text().prop_map(Value::Text);
    // On a made-up node the format in the file says what the value is; a real one here takes text.
    let plain = (free, prop_oneof![text(), "[a-z]{1,8}".prop_map(Value::secret)]);
    let made_up = (unknown, prop_oneof![scalar(), text()]);
    let plain = prop_oneof![6 => plain, 1 => made_up].prop_map(|(uri, value)| (uri, vec![(Leaf::Node, value)]));
    let element = prop_oneof![
        text(),
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(|number| Value::Integer(number.into())),
        vec("[a-z]{0,4}", 2..4).prop_map(|items| Value::array(items.into_iter().map(Value::text))),
        "[a-z]{1,8}".prop_map(Value::secret),
    ];
    // An element of an unknown template is what its text looks like: only such text as looks like text comes back as text.
    let element = element.prop_filter("looks like what it is", |value| match value {
        Value::Text(text) => {
            text.parse::<i128>().is_err() && text != "true" && text != "false" && !text.contains('\u{F000}')
        }
        _ => true,
    });
    let body = btree_map("[A-Za-z][A-Za-z_]{0,8}[0-9]", element, 0..4).prop_map(|elements| {
        let mut seen = BTreeSet::new();
        let elements = elements.into_iter().filter(move |(id, _)| seen.insert(id.to_lowercase()));
        let elements = elements.map(|(id, value)| (Leaf::AdmxElement(id), value));
        elements.chain([(Leaf::AdmxState, Value::Boolean(true))]).collect::<Vec<_>>()
    });
    let disabled = Just(vec![(Leaf::AdmxState, Value::Boolean(false))]);
    let body = (backed, prop_oneof![3 => body, 1 => disabled]);
    prop_oneof![plain, body].prop_map(|(owner, leaves)| {
        let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
        let address = |leaf| Address { family: Family::Csp, channel, owner: owner.clone(), instance: None, leaf };
        leaves.into_iter().map(|(leaf, value)| setting(address(leaf), value, None)).collect()
    })
}

/// Settings that can stand together: no address twice, no key both a value and a dictionary, no node both text and a body.
pub(crate) fn settings(family: Family) -> BoxedStrategy<Vec<Setting>> {
    match family {
        Family::Profile => vec(profile_setting(), 0..24).prop_map(without_prefixes).boxed(),
        Family::Csp => vec(csp_settings(), 0..16)
            .prop_map(|nodes| {
                let mut seen = BTreeSet::new();
                let fresh = |node: &Vec<Setting>| seen.insert(node[0].address.owner.to_lowercase());
                nodes.into_iter().filter(fresh).flatten().collect()
            })
            .boxed(),
        Family::Declaration => vec(declaration_setting(), 0..24).prop_map(without_prefixes).boxed(),
        Family::Command => vec(command_setting(), 0..24).prop_map(without_prefixes).boxed(),
        Family::Compliance => vec(judged_setting(), 0..24).prop_map(without_prefixes).boxed(),
    }
}

/// A property that Graph's compliance policies have, with a value of its type.
fn judged_setting() -> impl Strategy<Value = Setting> {
    let owner = "macOSCompliancePolicy";
    let catalogue = Catalogue::embedded();
    let keys = catalogue.schemas(Form::Compliance, owner).iter().flat_map(|schema| &schema.keys);
    let known: Vec<(String, Kind, Vec<String>)> = keys
        .filter(|key| matches!(key.kind, Kind::Boolean | Kind::Integer | Kind::String))
        .map(|key| (key.name.clone(), key.kind, key.rangelist.iter().map(ToString::to_string).collect()))
        .collect();
    assert!(known.len() > 10, "{known:?}");
    (prop::sample::select(known), any::<bool>(), 0i32..16, any::<prop::sample::Index>()).prop_map(
        move |((name, kind, listed), truth, number, at)| {
            let value = match kind {
                Kind::Boolean => Value::Boolean(truth),
                Kind::Integer => Value::Integer(number.into()),
                _ if listed.is_empty() => Value::text(format!("{number}.1")),
                _ => Value::text(listed[at.index(listed.len())].clone()),
            };
            let leaf = Leaf::Keys(vec![name]);
            let family = Family::Compliance;
            setting(
                Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf },
                value,
                None,
            )
        },
    )
}

fn without_prefixes(settings: Vec<Setting>) -> Vec<Setting> {
    let mut kept: Vec<Setting> = Vec::new();
    for setting in settings {
        let meets = |other: &Setting| {
            let (a, b) = (setting.address.keys(), other.address.keys());
            other.address.carrier() == setting.address.carrier() && (a.starts_with(b) || b.starts_with(a))
        };
        if !kept.iter().any(meets) {
            kept.push(setting);
        }
    }
    let any_payload = kept.iter().any(|setting| setting.address.owner != "TopLevel");
    // A key of the profile itself needs a profile.
    kept.retain(|setting| any_payload || setting.address.owner != "TopLevel");
    kept
}
