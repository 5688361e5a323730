//! What an entry is, in a few words: for what came or went, of which no field can be told before and after.

use crate::catalogue::entry::{Key, Node, Schema, Support};
use std::collections::BTreeMap;

pub(super) fn of_type(schema: &Schema) -> String {
    joined([Some(schema.title.clone()), versions(&schema.support)])
}

pub(super) fn of_key(key: &Key) -> String {
    let kind = serde_json::to_value(key.kind).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
    joined([Some(kind), key.required.then(|| "required".to_owned()), versions(&key.support)])
}

pub(super) fn of_node(node: &Node) -> String {
    let builds = node.builds.as_ref().map(|builds| format!("from {}", builds.join(", ")));
    joined([Some(node.format.clone()), builds, node.deprecated.as_ref().map(|_| "deprecated".to_owned())])
}

/// `iOS 17.0, macOS 14.0 until 26.0`: deprecated from then on.
fn versions(support: &BTreeMap<String, Support>) -> Option<String> {
    let one = |(os, support): (&String, &Support)| {
        let introduced = support.introduced.as_deref().filter(|version| *version != "n/a")?;
        let deprecated = support.deprecated.as_ref().map(|version| format!(" until {version}")).unwrap_or_default();
        Some(format!("{os} {introduced}{deprecated}"))
    };
    let said: Vec<String> = support.iter().filter_map(one).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
