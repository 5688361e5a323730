//! For tests: controls bound by a line of YAML, and groups to lower them for.

use super::library::library_control;
use super::{
    Bound, BoundParameter, Contribution, Control, Given, Lowered, OrganisationFacts, Parameter, Type, lower, parse,
};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::setting::{
    Basis, Bundle, ClauseRef, Date, Delivery, DeviceFact, Dialect, Edition, Enrolment, Leaf, OsVersion, Platform,
    Target, Value,
};
use crate::source::yaml::{self, Kind, Node};
use crate::source::{Content, FileId, SourceFile, Sources, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One source file and its tree.
pub(super) fn tree(text: &str) -> (Sources, Node) {
    let file =
        SourceFile { path: "policy-sources/a/b.yaml".to_owned(), content: Content::Bytes(text.as_bytes().to_vec()) };
    let sources = Sources::new(vec![file]);
    let mut found = Diagnostics::default();
    let id: FileId = sources.files().next().unwrap().0;
    let node = yaml::parse(&sources, id, &mut found).unwrap();
    assert!(!found.has_errors(), "{found:?}");
    (sources, node)
}

/// A control from text, which must be without a fault.
pub(super) fn control(text: &str) -> Arc<Control> {
    let (_, node) = tree(text);
    let mut found = Diagnostics::default();
    let control = parse(&node, &mut found);
    assert_eq!(messages(&found), Vec::<String>::new());
    Arc::new(control.unwrap())
}

/// A control of the library.
pub(super) fn of_library(id: &str) -> Arc<Control> {
    library_control(id).unwrap()
}

pub(super) fn messages(found: &Diagnostics) -> Vec<String> {
    found.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
}

pub(super) fn clause(id: &str) -> ClauseRef {
    ClauseRef { policy: "it-policy".to_owned(), clause: id.to_owned() }
}

/// A control that one clause asks for, as `{ mode: required }`.
pub(super) fn bound(control: &Arc<Control>, give: &str) -> Bound {
    let (_, node) = tree(give);
    let Kind::Map(entries) = &node.kind else { panic!("{give}") };
    let mut found = Diagnostics::default();
    let mut parameters = BTreeMap::new();
    for parameter in &control.parameters {
        let given = entries.iter().find(|entry| entry.key.value == parameter.name.value);
        let bound = match given {
            Some(entry) => {
                let read = parameter.read(&entry.value, &mut found).unwrap_or_else(|| panic!("{found:?}"));
                let contribution = Contribution {
                    clause: clause("1"),
                    span: read.span,
                    value: read.value.clone(),
                    basis: Basis::Stated,
                    decided: true,
                };
                of_value(read, Basis::Stated, vec![contribution])
            }
            None => of_value(Spanned::nowhere(parameter.default.clone().unwrap_or(None)), Basis::Default, Vec::new()),
        };
        parameters.insert(parameter.name.value.clone(), bound);
    }
    assert!(entries.iter().all(|entry| parameters.contains_key(&entry.key.value)), "{give}");
    Bound {
        control: Arc::clone(control),
        instance: None,
        formerly: None,
        parameters,
        clauses: vec![(clause("1"), node.span)],
    }
}

fn of_value(value: Spanned<Given>, basis: Basis, contributions: Vec<Contribution>) -> BoundParameter {
    BoundParameter { value: value.value, span: value.span, basis, contributions, exceptions: Vec::new() }
}

/// A group that takes everything that its platform knows.
pub(super) fn target(platform: Platform) -> Target {
    let deliver = match platform.is_apple() {
        true => vec![Delivery::Mobileconfig, Delivery::Declarations],
        false => vec![Delivery::Syncml],
    };
    Target {
        organisation: "acme".to_owned(),
        organisation_name: "Acme".to_owned(),
        identifier: "com.example".to_owned(),
        group: Spanned::nowhere("devices".to_owned()),
        identity: "devices".to_owned(),
        title: "Devices".to_owned(),
        platform: Spanned::nowhere(platform),
        os: Spanned::nowhere(OsVersion::parse(if platform.is_apple() { "26.0" } else { "10.0.26100" }).unwrap()),
        enrolment: Spanned::nowhere(Enrolment::Device),
        supervised: Spanned::nowhere(true),
        deliver: deliver.into_iter().map(Spanned::nowhere).collect(),
        editions: vec![Spanned::nowhere(Edition::Enterprise)],
        join: None,
        has: DeviceFact::ALL.iter().copied().gather(),
        bundle: Bundle::PerType,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: crate::setting::Compliance::Derived,
        intune: Spanned::nowhere(Dialect::Catalogue),
        kept: Default::default(),
    }
}

pub(super) fn facts() -> OrganisationFacts {
    let texts =
        [("name", "Acme"), ("identifier", "com.example"), ("entra-tenant", "00000000-0000-0000-0000-000000000001")];
    OrganisationFacts {
        texts: texts.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).gather(),
        files: BTreeMap::from([("escrow.cer".to_owned(), Arc::new(vec![0x30, 0x03]))]),
        unopened: BTreeMap::new(),
        certificates: BTreeMap::from([("escrow".to_owned(), "escrow.cer".to_owned())]),
        unread: BTreeSet::new(),
        releases: [Platform::Ios, Platform::MacOs]
            .into_iter()
            .filter_map(|platform| {
                let version = OsVersion::parse("26.0")?;
                Some((platform, vec![super::release::release(&version, Date::parse("2026-09-14")?)]))
            })
            .gather(),
    }
}

/// Lowers one control; a finding fails the test.
pub(super) fn lowered(bound: &Bound, target: &Target) -> Lowered {
    let mut found = Diagnostics::default();
    let lowered = lower(target, &facts(), std::slice::from_ref(bound), &[], &mut found);
    assert_eq!(messages(&found), Vec::<String>::new());
    lowered
}

/// Its settings, one line each, without the common head of their paths.
pub(super) fn lines(lowered: &Lowered) -> Vec<String> {
    let line = |setting: &crate::setting::Setting| {
        let owner = setting.address.owner.replace("./Device/Vendor/MSFT/", "").replace("Policy/Config/", "");
        let leaf = match &setting.address.leaf {
            Leaf::Keys(keys) => format!(" {}", keys.join(".")),
            Leaf::Node => String::new(),
            Leaf::AdmxState => " state".to_owned(),
            Leaf::AdmxElement(id) => format!(" {id}"),
        };
        let form = setting.choice.as_ref().map(|choice| format!(" ({})", choice.form)).unwrap_or_default();
        format!("{owner}{leaf} = {}{form}", setting.value)
    };
    lowered.settings.iter().map(line).collect()
}

/// Values that the parameter may have and that are not this one: all of them where they are few.
pub(super) fn others(parameter: &Parameter, value: &Given) -> Vec<Given> {
    let format =
        |name: &Option<String>| name.as_deref().and_then(super::format::named).map_or("x", |form| form.example);
    let candidates: Vec<Value> = match &parameter.kind {
        Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Type::Integer { range, values } => values
            .iter()
            .copied()
            .chain(range.iter().flat_map(|(low, high)| [*low + 1, *high]))
            .map(Value::Integer)
            .collect(),
        Type::Word(words) => words.iter().map(|word| Value::text(word.as_str())).collect(),
        Type::Set { values, .. } if !values.is_empty() => {
            vec![Value::array([Value::text(values[0].as_str())]), Value::array([])]
        }
        Type::Set { format: name, .. } => vec![Value::array([Value::text(format(name))]), Value::array([])],
        Type::List(fields) => {
            let field = |(name, kind): &(String, Type)| {
                let value = match kind {
                    Type::Word(words) => Value::text(words[0].as_str()),
                    _ => Value::text("one"),
                };
                (name.clone(), Spanned::nowhere(value))
            };
            vec![Value::array([Value::Dictionary(fields.iter().map(field).gather())])]
        }
        Type::Date => vec![Value::text("2026-10-11")],
        Type::Certificate => vec![Value::text("escrow")],
        Type::Time => vec![Value::text("21:30")],
        _ => vec![Value::text("one")],
    };
    candidates.into_iter().map(Some).filter(|other| other != value).collect()
}
