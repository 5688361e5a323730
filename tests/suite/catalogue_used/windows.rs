//! Every node that can be set: its dynamic names filled in, with the nodes that the DDF makes it depend on, for a group whose build
//! and edition take it. Leaves that can only be read are refused.

use super::case::{Case, Outcome, quoted, written};
use super::node::{Written, counting, invalid, is_admx, others, valid};
use super::{Trial, sample};
use policyc::catalogue::entry::{Dependency, Node};
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
