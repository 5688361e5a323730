//! For tests: a group and raw entries, as the pages of the rules write them → settings, and the codes that checking finds.

use super::{Checked, Rules};
use crate::catalogue::Catalogue;
use crate::diagnostic::{Code, Diagnostics};
use crate::encoding::base64;
use crate::gather::Gather;
use crate::setting::*;
use crate::source::yaml::{Entry, Kind, Node, parse};
use crate::source::{Content, SourceFile, Sources, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// One run.
pub(crate) struct Run {
    pub(crate) checked: Checked,
    pub(crate) found: Diagnostics,
}

impl Run {
    pub(crate) fn codes(&self) -> BTreeSet<Code> {
        self.found.iter().map(|finding| finding.code).gather()
    }

    /// Every finding on one line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.found
            .iter()
            .map(|d| format!("{} {}: {} | {}", d.severity.word(), d.code, d.message, d.help.join(" | ")))
            .collect()
    }
}

/// Checks a page's block: `group`, and `settings` of one clause or `clauses`, id → entries.
pub(crate) fn run(rules: Rules, block: &str) -> Run {
    let root = tree(block);
    let target = target(field(&root, "group").expect("a group"));
    let mut settings = Vec::new();
    if let Some(entries) = field(&root, "settings") {
        settings.extend(list(entries).iter().flat_map(|entry| lowered(entry, "1.1")));
    }
    for clause in field(&root, "clauses").map(map).unwrap_or_default() {
        settings.extend(list(&clause.value).iter().flat_map(|entry| lowered(entry, &clause.key.value)));
    }
    let mut found = Diagnostics::default();
    let checked = rules.against(&Catalogue::embedded(), &target, settings, &mut found);
    Run { checked, found }
}

fn tree(block: &str) -> Node {
    let content = Content::Bytes(block.as_bytes().to_vec());
    let sources = Sources::new(vec![SourceFile { path: "page.yaml".into(), content }]);
    let mut found = Diagnostics::default();
    let (file, _) = sources.at("page.yaml").expect("the page");
    let root = parse(&sources, file, &mut found);
    assert!(!found.has_errors(), "{:?}\n{block}", found.iter().collect::<Vec<_>>());
    root.expect("a tree")
}

fn map(node: &Node) -> &[Entry] {
    match &node.kind {
        Kind::Map(entries) => entries,
        _ => panic!("a mapping is wanted: {node:?}"),
    }
}

fn list(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => panic!("a list is wanted: {node:?}"),
    }
}

fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    map(node).iter().find(|entry| entry.key.value == name).map(|entry| &entry.value)
}

fn text(node: &Node) -> &str {
    match &node.kind {
        Kind::Scalar { text, .. } => text,
        _ => panic!("a scalar is wanted: {node:?}"),
    }
}

/// A group by its facts, as YAML.
pub(crate) fn target_of(facts: &str) -> Target {
    target(&tree(facts))
}

fn target(group: &Node) -> Target {
    let at = |name: &str| Span::new(group.span.file, 0, name.len());
    let get = |name: &str| field(group, name).map(text);
    let platform = Platform::named(get("platform").expect("a platform")).expect("a known platform");
    let default = if platform.is_apple() { Delivery::Mobileconfig } else { Delivery::Syncml };
    let deliver = field(group, "deliver")
        .map(|node| list(node).iter().map(|d| Delivery::named(text(d)).expect("a delivery")).collect());
    let editions = field(group, "editions").map(|node| {
        list(node).iter().map(|e| Spanned::nowhere(Edition::named(text(e)).expect("an edition"))).collect()
    });
    Target {
        organisation: "example".into(),
        organisation_name: "Example".into(),
        identifier: "org.example".into(),
        group: Spanned::new("devices".into(), at("group")),
        identity: "devices".into(),
        title: "Devices".into(),
        platform: Spanned::new(platform, at("platform")),
        os: Spanned::new(OsVersion::parse(get("os").expect("an os")).expect("a version"), at("os")),
        enrolment: Spanned::new(
            get("enrolment").and_then(Enrolment::named).unwrap_or(Enrolment::Device),
            at("enrolment"),
        ),
        supervised: Spanned::new(get("supervised") == Some("true"), at("supervised")),
        deliver: deliver.unwrap_or(vec![default]).into_iter().map(Spanned::nowhere).collect(),
        editions: editions.unwrap_or_default(),
        join: get("join").and_then(Join::named).map(Spanned::nowhere),
        has: BTreeSet::new(),
        bundle: Bundle::PerType,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: crate::setting::Compliance::Derived,
        intune: Spanned::nowhere(Dialect::Catalogue),
        kept: Default::default(),
    }
}

/// An entry, or the forms of one demand. With `control`, the entry is a control's; with `helping`, it helps.
fn lowered(entry: &Node, clause: &str) -> Vec<Setting> {
    let Some(forms) = field(entry, "either") else { return plain_entry(entry, clause) };
    let demand = format!("{:?}", entry.span);
    let mut settings = Vec::new();
    for (form, entry) in list(forms).iter().enumerate() {
        let choice = Some(Choice { demand: demand.clone(), form });
        settings.extend(plain_entry(entry, clause).into_iter().map(|one| Setting { choice: choice.clone(), ..one }));
    }
    settings
}

fn plain_entry(entry: &Node, clause: &str) -> Vec<Setting> {
    let carriers = [
        ("payload", Family::Profile),
        ("declaration", Family::Declaration),
        ("csp", Family::Csp),
        ("command", Family::Command),
        ("compliance", Family::Compliance),
    ];
    let (owner, family) = carriers
        .iter()
        .find_map(|(word, family)| Some((text(field(entry, word)?).to_owned(), *family)))
        .expect("a carrier");
    let get = |name: &str| field(entry, name).map(|node| text(node).to_owned());
    let channel = get("channel").and_then(|word| Channel::named(&word)).unwrap_or(Channel::Device);
    let address = |owner: String, leaf: Leaf| Address { family, channel, owner, instance: get("instance"), leaf };
    let mut flat: Vec<(Address, Value, Span)> = Vec::new();
    for node in field(entry, "keys").map(map).unwrap_or_default() {
        keys(vec![node.key.value.clone()], &node.value, &mut |path, value, span| {
            flat.push((address(owner.clone(), Leaf::Keys(path)), value, span));
        });
    }
    for node in field(entry, "nodes").map(map).unwrap_or_default() {
        flat.push((address(format!("{owner}/{}", node.key.value), Leaf::Node), value(&node.value), node.value.span));
    }
    for node in field(entry, "admx").map(map).unwrap_or_default() {
        let uri = format!("{owner}/{}", node.key.value);
        match &node.value.kind {
            Kind::Map(elements) => {
                flat.push((address(uri.clone(), Leaf::AdmxState), Value::Boolean(true), node.value.span));
                for element in elements {
                    let leaf = Leaf::AdmxElement(element.key.value.clone());
                    flat.push((address(uri.clone(), leaf), value(&element.value), element.value.span));
                }
            }
            _ => flat.push((address(uri, Leaf::AdmxState), value(&node.value), node.value.span)),
        }
    }
    if flat.is_empty() {
        let leaf = if family == Family::Csp { Leaf::Node } else { Leaf::Keys(Vec::new()) };
        flat.push((address(owner, leaf), Value::Dictionary(BTreeMap::new()), entry.span));
    }
    if let (Some(node), Some((of, ..))) = (field(entry, "predicate"), flat.first()) {
        flat.push((of.predicate(), value(node), node.span));
    }
    let role = match (get("control"), get("helping")) {
        (None, _) => Role::Raw,
        (_, None) => Role::Carrying,
        (_, Some(_)) => Role::Helping,
    };
    let origin = Origin {
        control: get("control"),
        formerly: None,
        instance: None,
        parameters: Vec::new(),
        clauses: vec![(ClauseRef { policy: "policy".into(), clause: clause.into() }, entry.span)],
        deciding: 1,
        role,
        basis: Basis::Stated,
        exceptions: Vec::new(),
        entry: entry.span,
    };
    let setting = |(address, value, span)| Setting {
        origins: vec![origin.clone()],
        profile: get("profile"),
        unlisted: get("unlisted"),
        allowed: field(entry, "allow").map(map).unwrap_or_default().iter().map(allowance).collect(),
        span,
        ..Setting::found(address, value)
    };
    flat.into_iter().map(setting).collect()
}

fn allowance(entry: &Entry) -> Allowance {
    let code = Code::named(&entry.key.value).expect("a code");
    Allowance { code, reason: text(&entry.value).to_owned(), is_used: false }
}

fn keys(path: Vec<String>, node: &Node, add: &mut dyn FnMut(Vec<String>, Value, Span)) {
    match (&node.kind, value(node)) {
        (Kind::Map(entries), Value::Dictionary(_)) if !entries.is_empty() => {
            for entry in entries {
                keys([path.clone(), vec![entry.key.value.clone()]].concat(), &entry.value, add);
            }
        }
        (_, value) => add(path, value, node.span),
    }
}

fn value(node: &Node) -> Value {
    let spanned = |node: &Node| Spanned::new(value(node), node.span);
    match &node.kind {
        Kind::Scalar { text, plain: true } => Value::Plain(text.clone()),
        Kind::Scalar { text, plain: false } => Value::Text(text.clone()),
        Kind::List(items) => Value::Array(items.iter().map(spanned).collect()),
        Kind::Map(entries) => match (entries.first().map(|entry| entry.key.value.as_str()), entries.first()) {
            (Some("secret"), Some(entry)) => Value::secret(text(&entry.value)),
            (Some("base64"), Some(entry)) => {
                let written = text(&entry.value);
                Value::Data(base64::decode(written).unwrap_or_else(|| written.as_bytes().to_vec()))
            }
            (Some("$ref"), Some(entry)) => Value::Reference {
                owner: text(&entry.value).to_owned(),
                instance: field(node, "instance").map(|node| text(node).to_owned()),
            },
            _ => Value::Dictionary(entries.iter().map(|e| (e.key.value.clone(), spanned(&e.value))).gather()),
        },
    }
}

/// The part of a page under a heading, without its fence.
pub(crate) fn block<'a>(page: &'a str, heading: &str) -> &'a str {
    let part = page.split(&format!("\n## {heading}\n")).nth(1).expect("the part");
    let fenced = part.split("```yaml\n").nth(1).expect("a fence");
    fenced.split("```").next().expect("its end")
}
