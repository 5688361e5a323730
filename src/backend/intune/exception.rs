//! Where Intune's catalogue leaves the rules, as data with reason and source (`exceptions.json`), and which CSPs it is known to have.

use serde::Deserialize;
use std::sync::LazyLock;

/// What is not as the rules say. Each row has its source too, which people read in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    /// Nodes with an id of their own.
    renamed: Vec<Renamed>,
    /// Nodes that stand at the top although the DDF has them depend on another.
    flat: Vec<Row>,
    /// Nodes and trees that the catalogue has in another form, or not at all; their reasons stand in messages.
    absent: Vec<Row>,
    /// Trees of nodes that exports show in the catalogue. What lies elsewhere is not sent there.
    present: Vec<Row>,
    /// Dynamic nodes whose names Intune fills in.
    filled: Vec<Row>,
    /// Lists that the catalogue holds as one text, items and delimiters as the device gets them.
    joined: Vec<Row>,
}

/// A LocURI, or the start of several, and why it stands here.
#[derive(Deserialize)]
struct Row {
    uri: String,
    reason: String,
}

#[derive(Deserialize)]
struct Renamed {
    uri: String,
    id: String,
    /// Only below this value of this node.
    #[serde(default)]
    under: Option<(String, String)>,
}

static EXCEPTIONS: LazyLock<Exceptions> = LazyLock::new(|| {
    serde_json::from_str(include_str!("exceptions.json")).expect("internal: exceptions.json is not what it should be")
});

fn is_at_or_below(uri: &str, root: &str) -> bool {
    uri.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The id that a node has instead of the derived one, below its parent of that LocURI and value.
pub(super) fn renamed(uri: &str, parent: Option<(&str, &str)>) -> Option<&'static str> {
    let fits = |row: &&Renamed| {
        let under = row.under.as_ref().map(|(parent, value)| (parent.as_str(), value.as_str()));
        row.uri == uri && (under.is_none() || under == parent)
    };
    EXCEPTIONS.renamed.iter().find(fits).map(|row| row.id.as_str())
}

/// Every id that is not derived, with its LocURI.
pub(super) fn renames() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXCEPTIONS.renamed.iter().map(|row| (row.id.as_str(), row.uri.as_str()))
}

/// Whether a node stands at the top whatever it depends on.
pub(super) fn is_flat(uri: &str) -> bool {
    EXCEPTIONS.flat.iter().any(|row| row.uri == uri)
}

/// Whether a list is one text in the catalogue.
pub(super) fn is_joined(uri: &str) -> bool {
    EXCEPTIONS.joined.iter().any(|row| row.uri == uri)
}

/// Whether Intune fills in the name of this dynamic node.
pub(super) fn is_filled(uri: &str) -> bool {
    EXCEPTIONS.filled.iter().any(|row| row.uri == uri)
}

/// How a description tells the name that Intune fills in for a dynamic node.
pub(super) fn note(uri: &str, name: &str) -> String {
    format!(" · {} = {name}", title(uri))
}

/// The names that a description of ours tells, by the LocURI of the dynamic node.
pub(super) fn noted(description: &str) -> impl Iterator<Item = (String, String)> {
    EXCEPTIONS.filled.iter().filter_map(move |row| {
        // Ours stand behind the titles, which people write.
        let (_, rest) = description.rsplit_once(&note(&row.uri, ""))?;
        let name = rest.split(" · ").next().unwrap_or(rest);
        Some((row.uri.clone(), name.to_owned()))
    })
}

fn title(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

/// Why the catalogue does not take a node; `None` where it does.
pub(super) fn absent(uri: &str) -> Option<String> {
    if let Some(row) = EXCEPTIONS.absent.iter().find(|row| is_at_or_below(uri, &row.uri)) {
        return Some(row.reason.clone());
    }
    let has = EXCEPTIONS.present.iter().any(|row| is_at_or_below(uri, &row.uri));
    (!has).then(|| "no export shows that the settings catalogue has this CSP".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use std::collections::BTreeMap;

    #[test]
    fn every_row_has_a_reason_a_source_and_nodes() {
        let all: BTreeMap<String, Vec<BTreeMap<String, serde_json::Value>>> =
            serde_json::from_str(include_str!("exceptions.json")).unwrap();
        let catalogue = Catalogue::embedded();
        let uris = catalogue.uris();
        for row in all.values().flatten() {
            let text = |name: &str| row.get(name).and_then(|text| text.as_str()).unwrap_or_default();
            let uri = text("uri");
            assert!(!text("reason").is_empty() && !text("source").is_empty(), "{uri}");
            assert!(uris.iter().any(|known| is_at_or_below(known, uri)), "{uri} is no node");
        }
    }
}
