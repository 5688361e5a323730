//! Microsoft's DDF v2: one XML file for each CSP or Policy area, one or more root nodes in each. Elements are read by name, in any
//! order: the published XSD fixes an order that the files do not keep.
//!
//! Reading order: `xml.rs` (a tree of elements), `node.rs`, `allowed.rs`.

mod allowed;
mod node;
mod xml;

use crate::failure::Failure;
use crate::folder::VendorFile;
use crate::release::Releases;
use crate::store::{Entry, portable};
use policyc::catalogue::entry::{Csp, Node, Release};
use std::collections::BTreeMap;

/// The facts of each file.
pub(crate) fn entries(
    files: &[VendorFile],
    releases: &Releases,
    unread: &mut Vec<String>,
) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    let mut seen = BTreeMap::new();
    for file in files {
        let mut here = Vec::new();
        let nodes = read(&file.text, &mut here).map_err(|message| Failure::vendor(&file.path, message))?;
        for node in &nodes {
            if let Some(other) = seen.insert(node.uri.to_lowercase(), &file.path) {
                return Err(Failure::Collision(format!("`{}` is in `{other}` and in `{}`", node.uri, file.path)));
            }
        }
        unread.extend(here.into_iter().map(|place| format!("{}: {place}", file.path)));
        let source = Release { file: file.path.clone(), release: releases.of(&file.path) };
        let json = serde_json::to_string(&Csp { source, nodes })
            .map_err(|source| Failure::Json { file: file.path.clone(), source })?;
        entries.push(Entry { path: portable(file.stem_below("")), json });
    }
    Ok(entries)
}

/// The nodes of one file, sorted by URI.
fn read(text: &str, unread: &mut Vec<String>) -> Result<Vec<Node>, String> {
    let tree = xml::parse(text)?;
    if tree.name != "MgmtTree" {
        return Err(format!("its root is `{}`, not `MgmtTree`", tree.name));
    }
    let mut nodes = Vec::new();
    for root in tree.all("Node") {
        let path = root.first("Path").map_or("", |path| path.text.trim());
        node::read(root, path.trim_end_matches('/'), &mut nodes, unread)?;
    }
    if nodes.is_empty() {
        return Err("it has no node".to_owned());
    }
    nodes.sort_by(|a, b| a.uri.cmp(&b.uri));
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_several_roots_and_nodes_are_sorted() {
        let node = |name: &str, path: &str| {
            format!(
                "<Node><NodeName>{name}</NodeName><Path>{path}</Path><DFProperties><DFFormat><int/></DFFormat></DFProperties></Node>"
            )
        };
        let roots = [node("B", "./User/Vendor/MSFT"), node("A", "./Device/Vendor/MSFT/")].concat();
        let nodes = read(&format!("<MgmtTree><VerDTD>1.2</VerDTD>{roots}</MgmtTree>"), &mut Vec::new()).unwrap();
        let uris: Vec<_> = nodes.iter().map(|node| node.uri.as_str()).collect();
        assert_eq!(
            uris,
            ["./Device/Vendor/MSFT/A", "./User/Vendor/MSFT/B"],
            "and a slash at a path's end is not doubled"
        );
    }

    #[test]
    fn a_uri_of_two_files_is_refused_in_any_letter_case() {
        let file = |path: &str, name: &str| VendorFile {
            path: path.to_owned(),
            text: format!(
                "<MgmtTree><Node><NodeName>{name}</NodeName><Path>.</Path><DFProperties><DFFormat><int/></DFFormat></DFProperties></Node></MgmtTree>"
            ),
        };
        let files = [file("a.xml", "Lock"), file("b.xml", "lock")];
        let releases = crate::release::of_windows(&files, Some("test")).unwrap();
        assert!(matches!(entries(&files, &releases, &mut Vec::new()), Err(Failure::Collision(_))));
    }

    #[test]
    fn another_xml_file_is_no_ddf_file() {
        assert!(read("<html/>", &mut Vec::new()).is_err());
        assert!(read("<MgmtTree/>", &mut Vec::new()).is_err());
    }
}
