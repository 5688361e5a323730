//! Every node that can be set: its dynamic names filled in, with the nodes that the DDF makes it depend on, for a group whose build
//! and edition take it. Leaves that can only be read are refused.

use super::case::{Case, Outcome, quoted, written};
use super::{Trial, sample};
use policyc::catalogue::entry::{AdmxElement, Allowed, Dependency, Node};
use policyc::catalogue::{Availability, Catalogue, NodeLookup, NodeMatch};
use policyc::setting::{Address, Channel, Edition, Family, Leaf, OsVersion, Value};
use policyc::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

pub fn trial(catalogue: &Catalogue) -> Trial {
    let mut trial = Trial { of: "nodes", all: BTreeMap::new(), cases: Vec::new() };
    for uri in catalogue.uris() {
        let found = match catalogue.node(&filled(catalogue, uri)) {
            NodeLookup::Found(found) => found,
            // The generic nodes for the policies of any template are found by their own spelling alone.
            _ => match catalogue.node(uri) {
                NodeLookup::Found(found) => found,
                other => panic!("{uri}: {other:?}"),
            },
        };
        if found.node.format == "node" {
            continue;
        }
        let place = Place { catalogue, found };
        if place.is_settable() {
            trial.all.insert(uri.to_owned(), place.never());
            trial.cases.extend(place.cases());
        } else {
            let write = Written::Node(Value::text("text"));
            trial.cases.push(place.case(&[(place.found.node.uri.clone(), write)], Some("wrong-verb")));
        }
    }
    trial
}

/// The titles of a LocURI's dynamic nodes, with a name for each: one that its pattern takes, where it has one.
fn names(catalogue: &Catalogue, uri: &str) -> BTreeMap<String, String> {
    let ends = uri.match_indices('/').map(|(n, _)| n).chain([uri.len()]);
    let dynamic = ends.filter(|end| uri[..*end].ends_with('}')).map(|end| &uri[..end]);
    dynamic
        .map(|node| {
            let title = node.rsplit('/').next().unwrap().trim_matches(['{', '}']);
            let pattern = match catalogue.node(node) {
                NodeLookup::Found(found) => found.node.allowed.as_ref().filter(|allowed| allowed.kind == "RegEx"),
                _ => None,
            };
            let pattern = pattern.and_then(|allowed| allowed.values.first()).filter(|pattern| !pattern.is_empty());
            let name = match (title, pattern) {
                ("TenantId", _) => "01234567-89ab-cdef-0123-456789abcdef",
                (_, Some(pattern)) => sample::matching(pattern).unwrap(),
                (_, None) => "Example",
            };
            (title.to_owned(), name.to_owned())
        })
        .collect()
}

/// A LocURI with those names.
fn filled(catalogue: &Catalogue, uri: &str) -> String {
    let replaced = |uri: String, (title, name): (&String, &String)| uri.replace(&format!("{{{title}}}"), name);
    names(catalogue, uri).iter().fold(uri.to_owned(), replaced)
}

/// A node without which another is refused, though the DDF does not say so: only a password that is stored can be renewed.
const BESIDE: &[(&str, &str)] =
    &[("/ConfigureRecoveryPasswordRotation", "./Device/Vendor/MSFT/BitLocker/SystemDrivesRecoveryOptions")];

/// What an entry writes at a node.
#[derive(Clone)]
enum Written {
    Node(Value),
    Admx(Value),
}

struct Place<'a> {
    catalogue: &'a Catalogue,
    found: NodeMatch<'a>,
}

impl<'a> Place<'a> {
    fn is_settable(&self) -> bool {
        self.found.node.access.iter().any(|verb| verb == "Add" || verb == "Replace")
    }

    fn cases(&self) -> Vec<Case> {
        let here = |write: Written| (self.found.node.uri.clone(), write);
        let beside = self.beside(&self.found, 0);
        let mut cases = Vec::new();
        let value = self.narrowed().or_else(|| valid(self.found.node));
        if let Some(code) = self.never() {
            let value = value.unwrap_or(Written::Node(Value::text("text")));
            return vec![self.case(&[here(value)], Some(code))];
        }
        let others = if self.found.node.dependencies.is_empty() { others(self.found.node) } else { Vec::new() };
        for valid in value.into_iter().chain(others) {
            cases.push(self.case(&[beside.clone(), vec![here(valid)]].concat(), None));
        }
        for (write, code) in invalid(self.found.node) {
            cases.push(self.case(&[beside.clone(), vec![here(write)]].concat(), Some(code)));
        }
        cases
    }

    /// The code with which any value of the node is refused.
    fn never(&self) -> Option<&'static str> {
        let uri = &self.found.node.uri;
        match self.found.editions() {
            _ if uri.ends_with("/Policy/Config/{AreaName}/{PolicyName}") => Some("unknown-key"),
            _ if self.found.node.format == "null" => Some("wrong-type"),
            Some(editions) if editions.is_empty() => Some("wrong-edition"),
            _ => None,
        }
    }

    /// The value that a dependency leaves, where it narrows them.
    fn narrowed(&self) -> Option<Written> {
        let changed = self.found.node.dependencies.first()?.changed.as_ref().filter(|_| !is_admx(self.found.node))?;
        let node = Node { allowed: Some(changed.clone()), ..self.found.node.clone() };
        valid(&node)
    }

    fn case(&self, writes: &[(String, Written)], refused: Option<&'static str>) -> Case {
        let entries = writes.iter().map(|(uri, write)| {
            let (above, leaf) = uri.rsplit_once('/').unwrap();
            let names = names(self.catalogue, uri);
            let names: Vec<String> =
                names.iter().map(|(title, name)| format!("{}: {}", quoted(title), quoted(name))).collect();
            let instance =
                if names.is_empty() { String::new() } else { format!("instance: {{ {} }}, ", names.join(", ")) };
            let (body, value) = match write {
                Written::Node(value) => ("nodes", value),
                Written::Admx(value) => ("admx", value),
            };
            format!("{{ csp: {}, {instance}{body}: {{ {}: {} }} }}", quoted(above), quoted(leaf), written(value))
        });
        let outcome = match refused {
            Some(code) => Outcome::Refused(code),
            None => Outcome::Settings(
                writes.iter().flat_map(|(uri, write)| settings(&filled(self.catalogue, uri), write)).collect(),
            ),
        };
        Case { about: self.found.node.uri.clone(), group: self.group(), entries: entries.collect(), outcome }
    }

    fn group(&self) -> String {
        let builds = match self.found.availability(&OsVersion::parse("10.0.26100").unwrap()) {
            Availability::TooNew { builds } => builds.last().cloned(),
            Availability::Released | Availability::Unknown => None,
        };
        let levels = || [self.found.node].into_iter().chain(self.found.ancestors.iter().rev().copied());
        // Edge Legacy's area is marked without a build; its first ones are as good as any.
        let ended = levels().find_map(|node| node.deprecated.as_ref()).is_some();
        let first = levels()
            .find_map(|node| node.builds.as_ref())
            .into_iter()
            .flatten()
            .find(|build| build.starts_with("10.0."))
            .cloned();
        let os = quoted(&builds.or(first.filter(|_| ended)).unwrap_or("10.0.26100".to_owned()));
        let edition = match self.found.editions() {
            Some(editions) if !editions.contains(&Edition::Enterprise) => editions.first().copied(),
            _ => Some(Edition::Enterprise),
        };
        let edition = edition.unwrap_or(Edition::Enterprise);
        format!("platform: Windows, os: {os}, editions: [{edition}], join: entra, has: [tpm, touch, cellular]")
    }

    /// The nodes that a node depends on, and those that they depend on, with values that count.
    fn beside(&self, found: &NodeMatch<'_>, depth: usize) -> Vec<(String, Written)> {
        let mut writes = Vec::new();
        if let Some((_, other)) = BESIDE.iter().find(|(end, _)| found.node.uri.ends_with(end) && depth == 0)
            && let NodeLookup::Found(other) = self.catalogue.node(other)
        {
            writes.extend(valid(other.node).map(|write| (other.node.uri.clone(), write)));
        }
        let Some(group) = found.node.dependencies.first().filter(|_| depth < 4) else { return writes };
        for dependency in &group.on {
            let Some(parent) = self.resolved(found, dependency) else { continue };
            writes.extend(self.beside(&parent, depth + 1));
            writes.extend(counting(parent.node, dependency).map(|write| (parent.node.uri.clone(), write)));
        }
        let mut seen = BTreeSet::new();
        writes.retain(|(uri, _)| seen.insert(uri.clone()));
        writes
    }

    /// The node that a dependency means: its LocURI lacks the root, and maybe the channel; titles stand in brackets.
    fn resolved(&self, from: &NodeMatch<'_>, dependency: &Dependency) -> Option<NodeMatch<'a>> {
        let braced = dependency.uri.replace('[', "{").replace(']', "}");
        let root = if from.canonical.starts_with("./User/") { "./User/" } else { "./Device/" };
        let paths = [format!("./{braced}"), format!("{root}{braced}"), format!("./Device/{braced}")];
        paths.iter().find_map(|path| match self.catalogue.node(path) {
            NodeLookup::Found(found) | NodeLookup::WrongCase(found) => Some(found),
            _ => None,
        })
    }
}

fn settings(uri: &str, write: &Written) -> Vec<(Address, Value)> {
    let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
    let at = |leaf| Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf };
    match write {
        Written::Node(value) => vec![(at(Leaf::Node), value.clone())],
        Written::Admx(Value::Dictionary(elements)) => {
            let element =
                |(id, value): (&String, &Spanned<Value>)| (at(Leaf::AdmxElement(id.clone())), value.value.clone());
            std::iter::once((at(Leaf::AdmxState), Value::Boolean(true))).chain(elements.iter().map(element)).collect()
        }
        Written::Admx(value) => vec![(at(Leaf::AdmxState), value.clone())],
    }
}

fn allowed(node: &Node) -> Option<&Allowed> {
    node.allowed.as_ref()
}

fn kind(node: &Node) -> &str {
    allowed(node).map_or("None", |allowed| &allowed.kind)
}

fn is_admx(node: &Node) -> bool {
    kind(node) == "ADMX"
}

fn is_list(node: &Node) -> bool {
    allowed(node).is_some_and(|allowed| allowed.delimiter.is_some())
}

/// A value that the node takes.
fn valid(node: &Node) -> Option<Written> {
    if is_admx(node) {
        return Some(Written::Admx(body(node, &element)));
    }
    if node.secret {
        return Some(Written::Node(Value::Secret("sample".to_owned())));
    }
    let word = instead(&node.uri).map_or_else(|| word(node), |word| Some(word.to_owned()))?;
    let one = typed(node, &word)?;
    Some(Written::Node(if is_list(node) { Value::array([one]) } else { one }))
}

/// More values that the node takes: the rest of its list, the other end of its range, a disabled policy, no item at all.
fn others(node: &Node) -> Vec<Written> {
    let values = allowed(node).map_or(&[][..], |allowed| &allowed.values);
    let words: Vec<String> = match (kind(node), values) {
        _ if node.secret => Vec::new(),
        ("ADMX", _) => return vec![Written::Admx(Value::Boolean(false))],
        ("ENUM" | "Flag", values) => values.iter().skip(1).cloned().collect(),
        ("Range", [range, ..]) => vec![sample::bounds(range).1.to_string()],
        _ if node.format == "bool" => vec!["false".to_owned()],
        _ => Vec::new(),
    };
    let list = |one: Value| if is_list(node) { Value::array([one]) } else { one };
    let mut values: Vec<Written> =
        words.iter().filter_map(|word| typed(node, word)).map(list).map(Written::Node).collect();
    values.extend((is_list(node) && !node.secret).then(|| Written::Node(Value::array([]))));
    values
}

/// A text that the node takes, by its AllowedValues.
fn word(node: &Node) -> Option<String> {
    let values = allowed(node).map_or(&[][..], |allowed| &allowed.values);
    let first = values.first().map(String::as_str);
    Some(match (kind(node), first) {
        ("ENUM" | "Flag", Some(value)) => value.to_owned(),
        ("Range", Some(range)) => sample::bounds(range).0.to_string(),
        ("RegEx", Some(pattern)) if !pattern.is_empty() => sample::matching(pattern)?.to_owned(),
        ("XSD", _) => document(node),
        ("JSON", _) => "{}".to_owned(),
        ("SDDL", _) => "D:(A;;CC;;;SY)".to_owned(),
        _ => match node.format.as_str() {
            "int" => "1".to_owned(),
            "bool" => "true".to_owned(),
            "xml" => document(node),
            "time" => "2030-10-01T09:30:00Z".to_owned(),
            "b64" | "bin" => "data".to_owned(),
            _ => "text".to_owned(),
        },
    })
}

/// AppLocker's leaves take the rules of their kind.
fn document(node: &Node) -> String {
    let kinds = [("EXE", "Exe"), ("MSI", "Msi"), ("Script", "Script"), ("DLL", "Dll"), ("StoreApps", "Appx")];
    let above = node.uri.rsplit('/').nth(1).unwrap_or_default();
    match kinds.iter().find(|(leaf, _)| *leaf == above && node.uri.contains("/AppLocker/")) {
        Some((_, kind)) => format!("<RuleCollection Type=\"{kind}\" EnforcementMode=\"Enabled\"/>"),
        None => "<a/>".to_owned(),
    }
}

fn typed(node: &Node, word: &str) -> Option<Value> {
    match node.format.as_str() {
        "int" => Some(Value::Integer(number(word)?)),
        "bool" if word == "true" || word == "false" => Some(Value::Boolean(word == "true")),
        // Listed bytes are in Base64.
        "b64" | "bin" if kind(node) == "ENUM" => Some(Value::Data(base64(word)?)),
        "b64" | "bin" => Some(Value::Data(word.as_bytes().to_vec())),
        "null" => None,
        _ => Some(Value::text(word)),
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Values without another one beside them that the first of the list or range would need.
fn instead(name: &str) -> Option<&'static str> {
    const INSTEAD: &[(&str, &str)] = &[("/PINComplexity/MaximumPINLength", "8"), ("RDVCrossOrg", "false")];
    INSTEAD.iter().find(|(end, _)| name.ends_with(end)).map(|(_, word)| *word)
}

/// Bits are written `0x4`.
fn number(word: &str) -> Option<i128> {
    match word.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// The state, or the elements of an enabled policy where they are known.
fn body(node: &Node, value: &dyn Fn(&AdmxElement) -> Value) -> Value {
    match elements(node) {
        [] => Value::Boolean(true),
        elements => {
            let element = |element: &AdmxElement| (element.id.clone(), Spanned::nowhere(value(element)));
            Value::Dictionary(elements.iter().map(element).collect())
        }
    }
}

fn elements(node: &Node) -> &[AdmxElement] {
    allowed(node).and_then(|allowed| allowed.admx.as_ref()?.elements.as_deref()).unwrap_or_default()
}

fn element(element: &AdmxElement) -> Value {
    let least = element.range.as_ref().and_then(|range| range.min.as_ref()?.parse().ok());
    match element.kind.as_str() {
        "boolean" => Value::Boolean(instead(&element.id) != Some("false")),
        "decimal" => Value::Integer(least.unwrap_or(1)),
        "enum" => {
            let value = element.values.first().unwrap();
            value.parse().map_or(Value::text(value.as_str()), Value::Integer)
        }
        "multiText" | "list" => Value::array([Value::text("item"), Value::text("other")]),
        _ => Value::text("text"),
    }
}

/// A value of a node with which a dependency on it holds.
fn counting(node: &Node, dependency: &Dependency) -> Option<Written> {
    if node.format == "node" {
        return None;
    }
    if is_admx(node) {
        return Some(Written::Admx(body(node, &element)));
    }
    let listed = dependency.allowed.as_ref().map_or(&[][..], |allowed| &allowed.values);
    let word = match (dependency.kind.as_str(), listed.first()) {
        ("Not", _) => return None,
        (_, Some(value)) if value.starts_with('[') => {
            value.trim_matches(['[', ']']).split([',', '-']).next().unwrap().to_owned()
        }
        (_, Some(value)) => value.clone(),
        (_, None) => return valid(node),
    };
    typed(node, &word).map(Written::Node)
}

/// Values that the node does not take, with the code of each.
fn invalid(node: &Node) -> Vec<(Written, &'static str)> {
    if is_admx(node) {
        let unknown = Value::Dictionary(BTreeMap::from([(
            "No such element".to_owned(),
            Spanned::nowhere(Value::text("a\u{F000}b")),
        )]));
        let plain = |value| (Written::Node(value), "admx-body");
        return vec![
            (Written::Admx(Value::Plain("maybe".to_owned())), "invalid-value"),
            (Written::Admx(unknown), "admx-body"),
            plain(Value::text("<disabled>")),
            plain(Value::Integer(1)),
        ];
    }
    let mut values: Vec<(Value, &str)> = Vec::new();
    let values_of = |node| allowed(node).map_or(&[][..], |allowed: &Allowed| &allowed.values);
    let item = |value: Value| if is_list(node) { Value::array([value]) } else { value };
    values.push((item(Value::array([Value::text("item")])), "wrong-type"));
    match node.format.as_str() {
        // The one list of numbers takes addresses in practice.
        "int" if is_list(node) => {}
        "int" | "b64" | "bin" => values.push((Value::text("%%"), "wrong-type")),
        "bool" => values.push((Value::Plain("no".to_owned()), "wrong-type")),
        "xml" => values.push((Value::text("<a>"), "wrong-format")),
        _ => {}
    }
    match (kind(node), values_of(node).first()) {
        ("ENUM", Some(_)) => {
            let other = match node.format.as_str() {
                "int" => Some(Value::Integer(987_654)),
                "chr" => Some(item(Value::text("no such word"))),
                "b64" => Some(Value::Data(b"other".to_vec())),
                _ => None,
            };
            values.extend(other.map(|value| (value, "not-in-list")));
        }
        ("Flag", Some(_)) => values.push((typed(node, "987654321").unwrap(), "not-in-list")),
        ("Range", Some(range)) => {
            let (least, most) = sample::bounds(range);
            let ends = [least - 1, most + 1].map(|number| typed(node, &number.to_string()).unwrap());
            values.extend(ends.map(|value| (value, "out-of-range")));
        }
        ("RegEx", Some(pattern)) if !pattern.is_empty() => {
            values.extend(sample::differing(pattern).map(|text| (item(Value::text(text)), "wrong-format")));
        }
        ("XSD", _) => values.push((Value::text("<a>"), "wrong-format")),
        ("JSON", _) => values.push((Value::text("{"), "wrong-format")),
        ("SDDL", _) => values.push((item(Value::text("A;;CC")), "wrong-format")),
        _ => {}
    }
    if node.secret {
        let document = ["ProfileXML", "WlanXml", "LanXML"].iter().any(|name| node.uri.ends_with(name));
        let text = if document { "<a><keyMaterial>hunter2</keyMaterial></a>" } else { "hunter2" };
        let literal = typed(node, text).unwrap_or(Value::text(text));
        values = vec![(literal, "secret-literal"), (Value::array([Value::text("item")]), "wrong-type")];
    }
    values.into_iter().map(|(value, code)| (Written::Node(value), code)).collect()
}
