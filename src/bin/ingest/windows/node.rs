//! Nodes and their `DFProperties`. A node's URI is the root's `Path` and the names on the way down; a node without a name takes any,
//! and its `DFTitle` is what the URI calls it. `Scope` says whether a node can be created and deleted, not device or user.

use super::allowed;
use super::xml::Element;
use policyc::catalogue::entry::{Dependency, DependencyGroup, GpMapping, Node};

/// Sentences, titles, and (in `DynamicNodeNaming`) the namer's instructions.
const PROSE: [&str; 3] = ["Description", "DFTitle", "CommonErrorResults"];

/// Adds a node and all below it to `nodes`.
pub(crate) fn read(
    element: &Element,
    above: &str,
    nodes: &mut Vec<Node>,
    unread: &mut Vec<String>,
) -> Result<(), String> {
    let empty = Element::default();
    let properties = element.first("DFProperties").unwrap_or(&empty);
    // SUPL and two of its nodes end in a space, which no URI has.
    let name = element.first("NodeName").map_or("", |name| name.text.trim());
    let segment = if name.is_empty() { dynamic(properties, above, nodes)? } else { name.to_owned() };
    let uri = format!("{above}/{segment}");
    let mut node = Node { uri: uri.clone(), ..Node::default() };
    for property in &properties.children {
        read_property(property, &mut node, unread);
    }
    if !name.is_empty() {
        // One named leaf carries a naming rule by mistake.
        node.naming = None;
    }
    if node.format.is_empty() {
        return Err(format!("`{uri}` has no format"));
    }
    nodes.push(node);
    for child in element.all("Node") {
        read(child, &uri, nodes, unread)?;
    }
    Ok(())
}

/// The segment of a node that takes any name. Siblings of one title are told apart by a number.
fn dynamic(properties: &Element, above: &str, nodes: &[Node]) -> Result<String, String> {
    let title = properties.first("DFTitle").map_or("", |title| title.text.trim());
    if title.is_empty() {
        return Err(format!("a node below `{above}` has neither name nor title"));
    }
    let taken = |segment: &String| {
        let uri = format!("{above}/{segment}").to_lowercase();
        nodes.iter().any(|node| node.uri.to_lowercase() == uri)
    };
    let mut segment = format!("{{{title}}}");
    let mut number = 2;
    while taken(&segment) {
        segment = format!("{{{title} {number}}}");
        number += 1;
    }
    Ok(segment)
}

fn read_property(property: &Element, node: &mut Node, unread: &mut Vec<String>) {
    match property.name.as_str() {
        "AccessType" => {
            node.access = property.children.iter().map(|verb| verb.name.clone()).collect();
            node.access.sort();
            node.access.dedup();
        }
        "DFFormat" => node.format = choice(property).unwrap_or_default(),
        "Occurrence" => node.occurrence = choice(property),
        "Scope" => node.scope = choice(property),
        "DFType" => {
            node.mime = property.first("MIME").map(|mime| mime.text.trim().to_owned()).filter(|mime| !mime.is_empty())
        }
        "CaseSense" => node.case_sense = choice(property),
        "DefaultValue" => node.default = Some(property.text.clone()),
        "Applicability" => read_applicability(property, node, unread),
        "AllowedValues" => node.allowed = Some(allowed::read(property, unread)),
        "DependencyBehavior" => {
            node.dependencies = property.all("DependencyGroup").map(|group| read_group(group, unread)).collect()
        }
        "ConflictResolution" => node.conflict = Some(property.text.trim().to_owned()),
        "Deprecated" => node.deprecated = Some(property.attribute("OsBuildDeprecated")),
        "GpMapping" => node.gp.push(GpMapping {
            name: property.attribute("GpEnglishName"),
            area: property.attribute("GpAreaPath"),
            element: property.attributes.get("GpElement").cloned(),
        }),
        "AtomicRequired" => node.atomic = true,
        "RebootBehavior" => node.reboot = Some(property.text.trim().to_owned()).filter(|text| text != "None"),
        // The kind alone: how a unique name is made is told in a sentence.
        "DynamicNodeNaming" => node.naming = choice(property),
        prose if PROSE.contains(&prose) => {}
        other => unread.push(format!("{}: {other}", node.uri)),
    }
}

/// The name of the one element inside.
fn choice(property: &Element) -> Option<String> {
    property.children.first().map(|child| child.name.clone())
}

/// Builds, CSP version and editions, each of which is inherited by itself. An empty list of editions means none, an absent one
/// nothing.
fn read_applicability(property: &Element, node: &mut Node, unread: &mut Vec<String>) {
    let split = |text: &str, separator: char| {
        text.split(separator).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    for part in &property.children {
        match part.name.as_str() {
            "OsBuildVersion" => node.builds = Some(split(&part.text, ',')),
            "CspVersion" => node.csp_version = Some(part.text.trim().to_owned()),
            "EditionAllowList" => node.editions = Some(split(&part.text, ';')),
            other => unread.push(format!("{}: Applicability/{other}", node.uri)),
        }
    }
}

fn read_group(group: &Element, unread: &mut Vec<String>) -> DependencyGroup {
    let changed = group.first("DependencyChangedAllowedValues");
    let on = group.all("Dependency").map(|dependency| Dependency {
        kind: dependency.attribute("Type"),
        uri: dependency.first("DependencyUri").map_or("", |uri| uri.text.trim()).to_owned(),
        allowed: dependency.first("DependencyAllowedValue").map(|allowed| allowed::read(allowed, unread)),
    });
    let on = on.collect();
    DependencyGroup {
        id: group.attribute("FriendlyId"),
        changed: changed.map(|values| allowed::read(values, unread)),
        on,
    }
}
