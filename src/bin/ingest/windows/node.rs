//! Nodes and their `DFProperties`. A node's URI is the root's `Path` and the names on the way down; a node without a name takes any,
//! and its `DFTitle` is what the URI calls it. `Scope` says whether a node can be created and deleted, not device or user.

use super::allowed;
use super::xml::Element;
use policyc::catalogue::entry::{Dependency, DependencyGroup, Node};

/// Sentences, titles (those of group policies too), and (in `DynamicNodeNaming`) the namer's instructions.
const PROSE: [&str; 4] = ["Description", "DFTitle", "CommonErrorResults", "GpMapping"];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::xml;
    use policyc::catalogue::entry::Allowed;

    const INT: &str = "<DFFormat><int/></DFFormat>";

    fn nodes(inner: &str) -> Result<Vec<Node>, String> {
        let root = xml::parse(&format!("<Node>{inner}</Node>"))?;
        let mut nodes = Vec::new();
        let mut unread = Vec::new();
        read(&root, "./Vendor/MSFT", &mut nodes, &mut unread)?;
        assert_eq!(unread, Vec::<String>::new());
        Ok(nodes)
    }

    fn one(properties: &str) -> Node {
        nodes(&format!("<NodeName>N</NodeName><DFProperties>{INT}{properties}</DFProperties>")).unwrap().remove(0)
    }

    fn child(name: &str, properties: &str) -> String {
        format!("<Node><NodeName>{name}</NodeName><DFProperties>{INT}{properties}</DFProperties></Node>")
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn elements_are_read_in_any_order_and_verbs_are_put_in_theirs() {
        let first = one(
            "<AccessType><Replace/><Get/><Add/></AccessType><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>",
        );
        let other = one(
            "<Scope><Permanent/></Scope><Occurrence><One/></Occurrence><AccessType><Get/><Add/><Replace/></AccessType>",
        );
        assert_eq!(first, other);
        assert_eq!(first.access, texts(&["Add", "Get", "Replace"]));
        assert_eq!((first.occurrence.as_deref(), first.scope.as_deref()), (Some("One"), Some("Permanent")));
    }

    #[test]
    fn a_node_without_a_name_is_called_by_its_title() {
        let inner = child(
            "",
            "<DFTitle>Account GUID</DFTitle><DynamicNodeNaming><UniqueName>A sentence.</UniqueName></DynamicNodeNaming>",
        );
        let read = nodes(&format!("<NodeName>N</NodeName><DFProperties>{INT}</DFProperties>{inner}")).unwrap();
        assert_eq!(read[1].uri, "./Vendor/MSFT/N/{Account GUID}");
        assert_eq!(read[1].naming.as_deref(), Some("UniqueName"), "the kind, and not the sentence");
    }

    #[test]
    fn siblings_of_one_title_are_both_kept() {
        let twins = child("", "<DFTitle>Id</DFTitle>").repeat(3);
        let read = nodes(&format!("<NodeName>N</NodeName><DFProperties>{INT}</DFProperties>{twins}")).unwrap();
        let uris: Vec<_> = read.iter().skip(1).map(|node| node.uri.as_str()).collect();
        assert_eq!(uris, ["./Vendor/MSFT/N/{Id}", "./Vendor/MSFT/N/{Id 2}", "./Vendor/MSFT/N/{Id 3}"]);
    }

    #[test]
    fn a_node_with_neither_name_nor_title_is_refused() {
        assert!(nodes(&format!("<NodeName/><DFProperties>{INT}</DFProperties>")).is_err());
    }

    #[test]
    fn a_space_at_a_names_end_is_not_of_the_uri() {
        let read =
            nodes(&format!("<NodeName>V2UPL1 </NodeName><DFProperties>{INT}</DFProperties>{}", child(" T ", "")))
                .unwrap();
        assert_eq!((read[0].uri.as_str(), read[1].uri.as_str()), ("./Vendor/MSFT/V2UPL1", "./Vendor/MSFT/V2UPL1/T"));
    }

    #[test]
    fn a_named_node_has_no_naming_rule() {
        assert_eq!(one("<DynamicNodeNaming><UniqueName>A sentence.</UniqueName></DynamicNodeNaming>").naming, None);
    }

    #[test]
    fn a_type_is_kept_where_it_is_a_text() {
        assert_eq!(one("<DFType><MIME>text/plain</MIME></DFType>").mime.as_deref(), Some("text/plain"));
        assert_eq!(one("<DFType><MIME/></DFType>").mime, None);
        assert_eq!(one("<DFType><DDFName/></DFType>").mime, None);
    }

    #[test]
    fn builds_and_editions_are_lists_and_an_empty_list_is_not_an_absent_one() {
        let applicable = |inner: &str| one(&format!("<Applicability>{inner}</Applicability>"));
        let node = applicable(
            "<OsBuildVersion>10.0.22000, 10.0.19044.1202</OsBuildVersion><CspVersion>1.0</CspVersion><EditionAllowList>0x4;0x1B;</EditionAllowList>",
        );
        assert_eq!(node.builds, Some(texts(&["10.0.22000", "10.0.19044.1202"])));
        assert_eq!(node.csp_version.as_deref(), Some("1.0"));
        assert_eq!(node.editions, Some(texts(&["0x4", "0x1B"])));
        assert_eq!(applicable("<EditionAllowList>0x4;0x1B</EditionAllowList>").editions, Some(texts(&["0x4", "0x1B"])));
        assert_eq!(applicable("<EditionAllowList></EditionAllowList>").editions, Some(Vec::new()));
        assert_eq!(one("").editions, None);
    }

    #[test]
    fn deprecated_is_dated_or_bare() {
        assert_eq!(one("<Deprecated OsBuildDeprecated=\"10.0.22000\"/>").deprecated.as_deref(), Some("10.0.22000"));
        assert_eq!(one("<Deprecated/>").deprecated.as_deref(), Some(""));
        assert_eq!(one("").deprecated, None);
    }

    #[test]
    fn atomic_reboot_conflict_case_and_default_are_kept() {
        let node = one(
            "<AtomicRequired/><RebootBehavior>Automatic</RebootBehavior><ConflictResolution>LastWrite</ConflictResolution>\
             <CaseSense><CIS/></CaseSense><DefaultValue>-1</DefaultValue>",
        );
        assert!(node.atomic);
        assert_eq!((node.reboot.as_deref(), node.conflict.as_deref()), (Some("Automatic"), Some("LastWrite")));
        assert_eq!((node.case_sense.as_deref(), node.default.as_deref()), (Some("CIS"), Some("-1")));
        assert_eq!(one("<RebootBehavior>None</RebootBehavior>").reboot, None);
    }

    #[test]
    fn dependencies_keep_groups_kinds_and_spelling() {
        let node = one(
            "<DependencyBehavior><DependencyGroup FriendlyId=\"G\"><DependencyChangedAllowedValues ValueType=\"Range\"><Value>[1-2]\
             </Value></DependencyChangedAllowedValues><Dependency Type=\"Not\"><DependencyUri>Vendor/MSFT/[Title]/X</DependencyUri>\
             <DependencyAllowedValue ValueType=\"ENUM\"><Enum><Value>1</Value></Enum></DependencyAllowedValue></Dependency>\
             </DependencyGroup></DependencyBehavior>",
        );
        let allowed = |kind: &str, value: &str| {
            Some(Allowed { kind: kind.to_owned(), values: texts(&[value]), ..Allowed::default() })
        };
        let on = Dependency {
            kind: "Not".to_owned(),
            uri: "Vendor/MSFT/[Title]/X".to_owned(),
            allowed: allowed("ENUM", "1"),
        };
        assert_eq!(
            node.dependencies,
            [DependencyGroup { id: "G".to_owned(), changed: allowed("Range", "[1-2]"), on: vec![on] }]
        );
    }

    #[test]
    fn a_new_property_is_reported() {
        let root = xml::parse(&format!(
            "<Node><NodeName>N</NodeName><DFProperties>{INT}<ReplaceBehavior/></DFProperties></Node>"
        ))
        .unwrap();
        let mut unread = Vec::new();
        read(&root, ".", &mut Vec::new(), &mut unread).unwrap();
        assert_eq!(unread, ["./N: ReplaceBehavior"]);
    }
}
