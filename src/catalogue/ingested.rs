//! Policies of templates that an organisation brings, as nodes like any other: the DDF has generic nodes for them alone.
//!
//! Microsoft Learn, "Win32 and Desktop Bridge app ADMX policy ingestion": `{app}~Policy~{categories}/{policy}`, below `./Device` for the
//! class Machine, below `./User` for User, below either for Both.

use super::entry::{AdmxBacked, AdmxElement, Allowed, Node, Range};
use super::{Catalogue, NodeLookup, NodeMatch};
use crate::diagnostic::nearest::nearest;
use crate::gather::{Arrange, Gather};
use crate::setting::Channel;
use crate::template::{BETWEEN, Class, Element, POLICY, Policy, Template, app_of};
use std::collections::{BTreeMap, BTreeSet};

/// Where areas stand, by channel.
const ROOTS: [(Channel, &str); 2] =
    [(Channel::Device, "./Device/Vendor/MSFT/Policy/Config"), (Channel::User, "./User/Vendor/MSFT/Policy/Config")];

/// The first build whose DDF has `ADMXInstall`.
const FIRST_BUILD: &str = "10.0.16299";

/// How many places are worth telling.
const PLACES: usize = 3;

/// The nodes that an organisation's templates add, by folded LocURI.
#[derive(Default)]
pub(super) struct Ingested {
    nodes: BTreeMap<String, Node>,
    /// The apps, folded.
    apps: BTreeSet<String>,
    /// Elements by file, folded, and policy: of Windows' own templates the DDF names no more than these two.
    elements: BTreeMap<(String, String), Vec<AdmxElement>>,
}

impl Catalogue {
    /// This catalogue, and the policies of an organisation's templates.
    pub fn extended(&self, templates: &[Template]) -> Catalogue {
        let mut own = Catalogue::of(self.image);
        for template in templates {
            own.ingested.apps.insert(template.app.to_lowercase());
            for policy in &template.policies {
                own.ingested.add(template, policy);
            }
        }
        own
    }

    /// The elements of a policy of Windows' own whose template nobody had read before the organisation brought it.
    pub(super) fn describe(&self, node: &mut Node) {
        let admx = node.allowed.as_mut().and_then(|allowed| allowed.admx.as_mut());
        let Some(admx) = admx.filter(|admx| admx.elements.is_none() && !self.ingested.elements.is_empty()) else {
            return;
        };
        admx.elements = self.ingested.elements.get(&(admx.file.to_lowercase(), admx.name.clone())).cloned();
    }

    /// The node of an ingested policy, in any letter case and either spelling of the device root.
    pub(super) fn ingested_node(&self, uri: &str) -> Option<NodeMatch<'_>> {
        if self.ingested.nodes.is_empty() {
            return None;
        }
        let folded = rooted(uri).to_lowercase();
        let node = self.ingested.nodes.get(&folded)?;
        let above = folded.split_once("/config/").and_then(|(root, _)| self.row(&format!("{root}/config")));
        let ancestors = above.map(|row| self.way_to(row).into_iter().map(|row| self.node_of(row)).collect());
        let ancestors = ancestors.unwrap_or_default();
        Some(NodeMatch { node, ancestors, canonical: node.uri.clone(), dynamic: Vec::new() })
    }

    /// What a look-up of a LocURI gives whose area has a `~`.
    pub(super) fn look_up_ingested(&self, uri: &str) -> NodeLookup<'_> {
        if let Some(found) = self.ingested_node(uri) {
            return if rooted(uri) == found.canonical {
                NodeLookup::Found(found)
            } else {
                NodeLookup::WrongCase(found)
            };
        }
        let uri = rooted(uri);
        if !app_of(&uri).is_some_and(|app| self.ingested.apps.contains(&app.to_lowercase())) {
            return NodeLookup::Ingested;
        }
        let other = ROOTS.iter().find_map(|(_, root)| {
            let below = uri.split_once("/Config/")?.1;
            self.ingested.nodes.get(&format!("{root}/{below}").to_lowercase())
        });
        match other {
            Some(node) => NodeLookup::OtherChannel(node.uri.clone()),
            None => self.ingested.unknown(&uri),
        }
    }

    /// Whether a LocURI is that of an area which some template has.
    pub(crate) fn has_area(&self, uri: &str) -> bool {
        let start = format!("{}/", rooted(uri).to_lowercase());
        self.ingested.nodes.range(start.clone()..).next().is_some_and(|(uri, _)| uri.starts_with(&start))
    }

    /// The ingested policies, in the order of their folded LocURIs.
    pub(super) fn ingested_nodes(&self) -> impl Iterator<Item = &Node> {
        self.ingested.nodes.values()
    }

    /// Their LocURIs.
    pub(super) fn ingested_uris(&self) -> impl Iterator<Item = &str> {
        self.ingested_nodes().map(|node| node.uri.as_str())
    }
}

impl Ingested {
    fn add(&mut self, template: &Template, policy: &Policy) {
        let area = format!("{}~{POLICY}~{}", template.app, policy.categories.join("~"));
        let elements = policy.elements.iter().map(|element| of_element(element, &template.file)).collect();
        self.elements.insert((template.file.to_lowercase(), policy.name.clone()), elements);
        for (channel, root) in ROOTS {
            let is_for = match policy.class {
                Class::Both => true,
                Class::Machine => channel == Channel::Device,
                Class::User => channel == Channel::User,
            };
            if is_for {
                let uri = format!("{root}/{area}/{}", policy.name);
                self.nodes.insert(uri.to_lowercase(), node(uri, &area, template, policy));
            }
        }
    }

    /// Names near to one that no template has, and the same name in other areas.
    fn unknown(&self, uri: &str) -> NodeLookup<'_> {
        let (area, name) = uri.rsplit_once('/').unwrap_or(("", uri));
        let (area, name) = (area.to_lowercase(), name.to_lowercase());
        let split = |folded: &'_ str| folded.rsplit_once('/').map(|(a, n)| (a.to_owned(), n.to_owned()));
        let (root, _) = area.split_once(BETWEEN).unwrap_or((&area, ""));
        let of_app: Vec<(&Node, String, String)> = self
            .nodes
            .iter()
            .filter(|(folded, _)| folded.starts_with(root) && folded[root.len()..].starts_with(BETWEEN))
            .filter_map(|(folded, node)| split(folded).map(|(area, name)| (node, area, name)))
            .collect();
        let spelt = |nodes: Vec<&Node>| nodes.iter().take(PLACES).map(|node| node.uri.clone()).collect::<Vec<_>>();
        let elsewhere = spelt(of_app.iter().filter(|(_, _, other)| *other == name).map(|(node, ..)| *node).collect());
        let names: BTreeSet<&str> = of_app.iter().map(|(_, _, name)| name.as_str()).gather();
        let near = nearest(&name, names.iter().copied());
        // The name in its own area before the same one in another.
        let mut close: Vec<(bool, usize, &Node)> = of_app
            .iter()
            .filter_map(|(node, at, name)| Some((*at != area, near.iter().position(|near| near == name)?, *node)))
            .collect();
        close.arrange_by_key(|(elsewhere, place, _)| (*elsewhere, *place));
        let found = if elsewhere.is_empty() {
            spelt(close.into_iter().map(|(.., node)| node).collect())
        } else {
            elsewhere.clone()
        };
        NodeLookup::Unknown { nearest: found, elsewhere }
    }
}

/// `./Vendor` is `./Device/Vendor`.
fn rooted(uri: &str) -> String {
    match uri.get(..9).filter(|start| start.eq_ignore_ascii_case("./Vendor/")) {
        Some(start) => format!("./Device/{}", &uri[start.len() - "Vendor/".len()..]),
        None => uri.to_owned(),
    }
}

fn node(uri: String, area: &str, template: &Template, policy: &Policy) -> Node {
    let elements = policy.elements.iter().map(|element| of_element(element, &template.file)).collect();
    let admx = AdmxBacked {
        file: template.file.clone(),
        area: area.to_owned(),
        name: policy.name.clone(),
        blocked: policy.blocked().map(str::to_owned),
        elements: Some(elements),
    };
    Node {
        uri,
        format: "chr".to_owned(),
        access: ["Add", "Delete", "Get", "Replace"].map(str::to_owned).to_vec(),
        scope: Some("Dynamic".to_owned()),
        builds: Some(vec![FIRST_BUILD.to_owned()]),
        allowed: Some(Allowed { kind: "ADMX".to_owned(), admx: Some(admx), ..Allowed::default() }),
        ..Node::default()
    }
}

fn of_element(element: &Element, file: &str) -> AdmxElement {
    let text = |number: Option<u64>| number.map(|number| number.to_string());
    let range = match element.kind.as_str() {
        "text" | "multiText" => Range { min: None, max: text(element.max_length) },
        // A decimal without bounds is an unsigned 32-bit number, a long one has 64 bits (ADMX schema).
        "longDecimal" => Range { min: text(element.min), max: text(element.max.or(Some(u64::MAX))) },
        _ => Range { min: text(element.min), max: text(element.max) },
    };
    AdmxElement {
        id: element.id.clone(),
        kind: element.kind.clone(),
        values: element.values.clone(),
        range: (range != Range::default()).then_some(range),
        required: element.required,
        explicit: element.explicit,
        source: file.to_owned(),
    }
}
