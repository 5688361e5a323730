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
