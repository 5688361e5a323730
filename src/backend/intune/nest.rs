//! Which setting stands below which: one that the DDF has depend on another is a child of the other's option (DDF v2,
//! `DependencyBehavior`; so exports show it, even across the device and the user channel).

use super::exception;
use super::instance::Content;
use crate::backend::node::is_meant;
use crate::catalogue::entry::{Dependency, DependencyGroup};
use crate::catalogue::{Catalogue, NodeMatch};
use crate::check::node::admits;
use crate::gather::Arrange;
use crate::setting::{Leaf, Setting, Value};
use std::collections::BTreeMap;

/// One node of a policy, on its way into the catalogue.
pub(super) struct Item<'a> {
    pub(super) found: NodeMatch<'a>,
    pub(super) settings: Vec<&'a Setting>,
}

/// The nodes of a policy by LocURI.
pub(super) type Items<'a> = BTreeMap<&'a str, Item<'a>>;

impl Item<'_> {
    /// What the node is set to; for a policy, whether it is enabled.
    pub(super) fn value(&self) -> Option<&Value> {
        let carries = |setting: &&&Setting| matches!(setting.address.leaf, Leaf::Node | Leaf::AdmxState);
        self.settings.iter().find(carries).map(|setting| &setting.value)
    }
}

/// Where a node stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stands<'a> {
    Top,
    Below(&'a str),
    /// It depends on what is not there: there is no place for it.
    Nowhere,
}

/// The place of one node among the others.
pub(super) fn place<'a>(items: &Items<'a>, uri: &str, catalogue: &Catalogue) -> Stands<'a> {
    let Some(item) = items.get(uri) else { return Stands::Nowhere };
    let node = item.found.node;
    let known = |one: &&Dependency| is_node(catalogue, &one.uri);
    let asks = |group: &&DependencyGroup| group.on.iter().any(|one| known(&one));
    if exception::is_flat(&node.uri) || !node.dependencies.iter().any(|group| asks(&group)) {
        return Stands::Top;
    }
    for group in node.dependencies.iter().filter(asks) {
        let met: Option<Vec<&'a str>> = group.on.iter().filter(known).map(|one| met(items, uri, one)).collect();
        let Some(met) = met else { continue };
        // Of several, the one that stands below the others.
        let is_deepest =
            |parent: &&&'a str| met.iter().any(|other| place(items, parent, catalogue) == Stands::Below(other));
        if let Some(parent) = met.iter().find(is_deepest).or(met.first()) {
            return Stands::Below(parent);
        }
    }
    Stands::Nowhere
}

/// The node that a dependency means, where it is set as the dependency wants it. A node never depends on itself.
fn met<'a>(items: &Items<'a>, from: &str, one: &Dependency) -> Option<&'a str> {
    if one.kind == "Not" {
        return None;
    }
    let fits = |uri: &&&'a str, item: &&Item<'a>| {
        let holds = match (item.value(), &one.allowed) {
            (Some(Value::Boolean(enabled)), _) if crate::check::node::is_admx(item.found.node) => *enabled,
            (Some(value), Some(allowed)) if !allowed.values.is_empty() => admits(item.found.node, allowed, value),
            (value, _) => value.is_some(),
        };
        holds && **uri != from && is_meant(&one.uri, uri)
    };
    let same_root = |uri: &str| uri.starts_with("./User/") == one.uri.starts_with("User/");
    let mut fitting: Vec<&'a str> = items.iter().filter(|(uri, item)| fits(uri, item)).map(|(uri, _)| *uri).collect();
    fitting.arrange_by_key(|uri| !same_root(uri));
    fitting.first().copied()
}

/// Some dependencies name nodes that do not exist: they ask for nothing.
fn is_node(catalogue: &Catalogue, dependency: &str) -> bool {
    let path = dependency.trim_start_matches("./").replace('[', "{").replace(']', "}");
    let spellings = [format!("./{path}"), format!("./Device/{path}"), format!("./User/{path}")];
    spellings.iter().any(|uri| catalogue.known_node(uri).is_some())
}

/// Whether children can stand below it.
pub(super) fn takes_children(content: &Content) -> bool {
    matches!(content, Content::Choice(..))
}
