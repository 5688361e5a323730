//! A small organisation and two made-up controls, for the tests of this room.

use super::names::Library;
use super::resolve::resolve_sample;
use super::{Group, Policy};
use crate::control::{Control, Given, Order, Parameter, Type};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::setting::{Date, Value};
use crate::source::{Content, SourceFile, Sources, Spanned};
use std::collections::BTreeMap;

pub(super) const ORGANISATION: &str = "organisation: acme\nname: Acme\nidentifier: com.acme\n";

pub(super) const GROUPS: &str = "\
groups:
  phones: { title: Phones, platform: iOS, os: \"18.0\", supervised: true }
  pilots: { title: Pilots, part-of: phones }
  laptops: { title: Laptops, platform: Windows, os: \"10.0.22631\" }
  handsets: { title: Handsets, unmanaged: no server reaches them }
";

macro_rules! real {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../policy-sources/cafcass/", $name)))),*]
    };
}

/// The first real policy, file by file.
pub(super) const CAFCASS: &[(&str, &str)] =
    real!["exceptions.yaml", "groups.yaml", "it-policy.yaml", "organisation.yaml"];

/// What one run over sample files gives.
pub(super) struct Run {
    pub(super) policy: Policy,
    /// `code line:column message` of each finding, in the order of reports.
    pub(super) findings: Vec<String>,
    pub(super) all: Vec<Diagnostic>,
}

impl Run {
    pub(super) fn group(&self, id: &str) -> &Group {
        let groups = &self.policy.organisations[0].groups;
        groups.iter().find(|group| group.target.group.value == id).expect("the sample has the group")
    }

    /// A parameter of `lock` in a group, as people write it; empty where the control is not asked for.
    pub(super) fn value(&self, group: &str, name: &str) -> String {
        let bound = self.group(group).controls.iter().find(|bound| bound.control.id.value == "lock");
        bound.map_or(String::new(), |bound| super::merge::show(&bound.parameters[name].value).replace('`', ""))
    }
}

/// Runs a policy and exceptions of the sample organisation.
pub(super) fn run(clauses: &str, exceptions: &str, as_of: &str) -> Run {
    let policy = format!("policy: rules\ntitle: Rules\nclauses:\n{clauses}");
    let mut files = vec![("organisation.yaml", ORGANISATION), ("groups.yaml", GROUPS), ("rules.yaml", &policy)];
    let exceptions = format!("exceptions:\n{exceptions}");
    if exceptions.len() > "exceptions:\n".len() {
        files.push(("exceptions.yaml", &exceptions));
    }
    run_files(&files, as_of)
}

/// Runs files of the folder `acme`.
pub(super) fn run_files(files: &[(&str, &str)], as_of: &str) -> Run {
    let files = files.iter().map(|(name, text)| SourceFile {
        path: format!("policy-sources/acme/{name}"),
        content: Content::Bytes(text.as_bytes().to_vec()),
    });
    let sources = Sources::new(files.collect());
    let mut found = Diagnostics::default();
    let documents = super::parse(&sources, &mut found);
    let library =
        Library { baselines: Vec::new(), controls: crate::control::Library::of([lock(), strict()].into_iter()) };
    let as_of = Date::parse(as_of).expect("a day");
    let policy = resolve_sample(documents, &library, &sources, as_of, &mut found);
    found.sort(&sources);
    let line = |finding: &Diagnostic| match &finding.place {
        Place::Source(span) => {
            let (line, column) = sources.line_column(*span);
            format!("{} {line}:{column} {}", finding.code, finding.message)
        }
        Place::Artefact { .. } => String::new(),
    };
    Run { policy, findings: found.iter().map(line).collect(), all: found.iter().cloned().collect() }
}

/// One clause that requires `lock` of the phones.
pub(super) fn clause(id: &str, lock: &str) -> String {
    format!("  - {{ id: {id}, summary: s, class: enforced, groups: [phones], require: {{ lock: {lock} }} }}\n")
}

/// One exception of the pilots.
pub(super) fn exception(id: &str, clauses: &str, rest: &str) -> String {
    format!("  - {{ id: {id}, clauses: [{clauses}], groups: [pilots], reason: r, {rest} }}\n")
}

fn lock() -> Control {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let set = || Type::Set { values: words(&["usb", "phone", "tape"]), format: None };
    let sorted = |list: &[&str]| Some(Value::array(list.iter().map(|word| Value::text(*word))));
    let number = Type::Integer { range: Some((4, 20)), values: Vec::new() };
    let chains = Order::Chains(vec![words(&["allow", "require"]), words(&["allow", "forbid"])]);
    control(
        "lock",
        vec![
            parameter("length", number.clone(), Order::Higher, Some(Some(Value::Integer(6)))),
            parameter("wait", number, Order::Lower, Some(None)),
            parameter("simple", Type::Boolean, Order::False, Some(Some(Value::Boolean(true)))),
            parameter(
                "letters",
                Type::Word(words(&["allow", "require", "forbid"])),
                chains,
                Some(Some(Value::text("allow"))),
            ),
            parameter("cover", set(), Order::Larger, Some(sorted(&["phone", "usb"]))),
            parameter("apps", set(), Order::Smaller, Some(sorted(&["phone", "tape", "usb"]))),
            parameter("colour", Type::Text(None), Order::Equal, Some(None)),
        ],
    )
}

fn strict() -> Control {
    let number = Type::Integer { range: Some((1, 9)), values: Vec::new() };
    control("strict", vec![parameter("level", number, Order::Higher, None)])
}

fn parameter(name: &str, kind: Type, order: Order, default: Option<Given>) -> Parameter {
    let name = Spanned::nowhere(name.to_owned());
    Parameter { name, kind, order, default, platforms: Vec::new(), unit: None, reason: None }
}

fn control(id: &str, parameters: Vec<Parameter>) -> Control {
    Control {
        id: Spanned::nowhere(id.to_owned()),
        formerly: None,
        title: id.to_owned(),
        needs_facts: Vec::new(),
        needs: Vec::new(),
        parameters,
        named_instances: false,
        constrains: Vec::new(),
        settings: Vec::new(),
        guards: Vec::new(),
        observe: Vec::new(),
        gaps: Vec::new(),
        inherent: BTreeMap::new(),
    }
}
