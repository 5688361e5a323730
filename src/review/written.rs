//! What people wrote, item by item and field by field, without places' weight, layout or order: two texts that say the same are equal.
//!
//! Read from the sources' trees, not from what became of them: a field that no stage uses is compared too, so nothing goes unseen.

use crate::diagnostic::Diagnostics;
use crate::gather::{Arrange, Gather};
use crate::source::yaml::{self, Entry, Kind, Node};
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeMap;

/// A thing that sources state under an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Organisation,
    Policy,
    Clause,
    Exception,
    /// Everything else that an organisation's folder holds: own controls, secrets, identities; and what all organisations share.
    Other,
}

/// Which item: its kind, the policy of a clause, and its own id.
pub(super) type Key = (What, String, String);

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Where its id stands.
    pub(super) span: Span,
    /// The id that it had.
    pub(super) formerly: Option<String>,
    /// Its fields by path (`class`, `require.passcode.min-length`), without the id itself.
    pub(super) fields: BTreeMap<String, Field>,
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// What it says, the same for every way to write it, by the names of the other side where those are other ones.
    pub(super) text: String,
    /// The same by the names that it was written with, to be shown.
    pub(super) said: String,
    /// Its tree.
    pub(super) node: Node,
}

/// Lists whose order means something; in all others it is chance.
const ORDERED: &[&str] = &["deliver"];

/// Every item of one folder of `policy-sources/`; of the files beside the organisations' folders where it is empty.
pub(super) fn items(sources: &Sources, folder: &str) -> BTreeMap<Key, Item> {
    let mut all = BTreeMap::new();
    for (file, source) in sources.files() {
        let Some(path) = source.path.strip_prefix("policy-sources/") else { continue };
        let own = match path.split_once('/') {
            Some((first, _)) if first != "baselines" => first,
            _ => "",
        };
        if own == folder && path.ends_with(".yaml") {
            read(sources, file, path, &mut all);
        }
    }
    all
}

fn read(sources: &Sources, file: FileId, path: &str, all: &mut BTreeMap<Key, Item>) {
    // Findings were reported when the side was compiled.
    let Some(root) = yaml::parse(sources, file, &mut Diagnostics::default()) else { return };
    let Kind::Map(entries) = &root.kind else { return };
    let Some(first) = entries.first() else { return };
    match first.key.value.as_str() {
        "organisation" => {
            all.insert((What::Organisation, String::new(), String::new()), item(entries, "organisation", &[]));
        }
        "policy" | "baseline" => {
            let policy = scalar(&first.value);
            all.insert((What::Policy, String::new(), policy.clone()), item(entries, &first.key.value, &["clauses"]));
            for (id, clause) in listed(entries, "clauses") {
                all.insert((What::Clause, policy.clone(), id), clause);
            }
        }
        "exceptions" => {
            all.extend(listed(entries, "exceptions").map(|(id, item)| ((What::Exception, String::new(), id), item)));
        }
        // What groups say is compared as it is after inheritance.
        "groups" => {}
        _ => {
            all.insert((What::Other, String::new(), path.to_owned()), item(entries, "", &[]));
        }
    }
}

/// The items of a list of mappings, by their ids.
fn listed(entries: &[Entry], list: &str) -> impl Iterator<Item = (String, Item)> {
    let items = entries.iter().find(|entry| entry.key.value == list).map(|entry| &entry.value.kind);
    let items = match items {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(|node| {
        let Kind::Map(entries) = &node.kind else { return None };
        let id = entries.iter().find(|entry| entry.key.value == "id")?;
        Some((scalar(&id.value), item(entries, "id", &[])))
    })
}

fn item(entries: &[Entry], id: &str, without: &[&str]) -> Item {
    let value = |key: &str| entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value);
    let mut fields = BTreeMap::new();
    for entry in entries {
        let key = entry.key.value.as_str();
        if key != id && key != "formerly" && !without.contains(&key) {
            flatten(key, &entry.value, &mut fields);
        }
    }
    Item { span: value(id).map_or(Span::NOWHERE, |node| node.span), formerly: value("formerly").map(scalar), fields }
}

impl Item {
    /// Calls groups as they are called on the other side: who is bound is compared, not how they are called.
    pub(super) fn rename_groups(&mut self, present: &BTreeMap<String, String>) {
        let named = |path: &str| path == "groups" || path.ends_with(".groups") || path.starts_with("adopts.");
        for (path, field) in self.fields.iter_mut().filter(|(path, _)| named(path)) {
            if let Kind::List(items) = &mut field.node.kind {
                for item in items {
                    if let Kind::Scalar { text, .. } = &mut item.kind
                        && let Some(now) = present.get(text)
                    {
                        text.clone_from(now);
                    }
                }
            }
            field.text = canonical(path, &field.node);
        }
    }
}

/// Controls and instances by the names that they had, and the names that they have on the other side.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    pub(super) controls: BTreeMap<String, String>,
    /// By the present name of the control.
    pub(super) instances: BTreeMap<(String, String), String>,
}

impl Renamed {
    /// What `formerly` says in the clauses of a side about instances; `controls` says it about controls.
    pub(super) fn of(items: &BTreeMap<Key, Item>, controls: BTreeMap<String, String>) -> Renamed {
        let mut instances = BTreeMap::new();
        for (path, field) in items.values().flat_map(|item| &item.fields) {
            if let ["require", control, instance, "formerly"] = path.split('.').collect::<Vec<_>>().as_slice() {
                instances.insert(((*control).to_owned(), field.text.clone()), (*instance).to_owned());
            }
        }
        Renamed { controls, instances }
    }

    fn path(&self, path: &str) -> String {
        let mut parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        if parts.first().is_some_and(|head| head == "require") {
            if let Some(now) = parts.get(1).and_then(|control| self.controls.get(control)).cloned() {
                parts[1] = now;
            }
            let own = parts.get(1).cloned().zip(parts.get(2).cloned());
            if let Some(now) = own.and_then(|own| self.instances.get(&own)) {
                parts[2].clone_from(now);
            }
        }
        parts.join(".")
    }
}

impl Item {
    /// Calls controls and instances as the other side calls them.
    pub(super) fn rename_required(&mut self, renamed: &Renamed) {
        let fields = std::mem::take(&mut self.fields);
        self.fields = fields.into_iter().map(|(path, field)| (renamed.path(&path), field)).gather();
    }
}

/// Clauses by policy and number, and by both as the other side has them.
#[derive(Debug, Default)]
pub(super) struct Renumbered(BTreeMap<(String, String), (String, String)>);

impl Renumbered {
    pub(super) fn note(&mut self, was: (&str, &str), is: (&str, &str)) {
        if was != is {
            self.0.insert((was.0.to_owned(), was.1.to_owned()), (is.0.to_owned(), is.1.to_owned()));
        }
    }

    /// `policy clause`, or `clause` alone within its policy, as the other side writes it.
    fn reference(&self, own: &str, text: &str) -> Option<String> {
        let (policy, clause) = text.split_once(' ').unwrap_or((own, text));
        let (policy, clause) = self.0.get(&(policy.to_owned(), clause.to_owned()))?;
        Some(if text.contains(' ') { format!("{policy} {clause}") } else { clause.clone() })
    }
}

impl Item {
    /// Refers to clauses as the other side numbers them; `own` is the policy in which the item stands.
    pub(super) fn rename_clauses(&mut self, own: &str, numbers: &Renumbered) {
        const REFERRING: [&str; 3] = ["clauses", "meets", "cites"];
        for (path, field) in &mut self.fields {
            if REFERRING.contains(&path.split('.').next().unwrap_or(path)) {
                for node in scalars(&mut field.node) {
                    if let Some(now) = numbers.reference(own, node) {
                        *node = now;
                    }
                }
                field.text = canonical(path, &field.node);
            }
        }
        let fields = std::mem::take(&mut self.fields);
        let renamed = |path: String| match path.strip_prefix("conflicts-with.").map(|text| numbers.reference(own, text))
        {
            Some(Some(now)) => format!("conflicts-with.{now}"),
            _ => path,
        };
        self.fields = fields.into_iter().map(|(path, field)| (renamed(path), field)).gather();
    }
}

/// The words of a value, and of each item of a list.
fn scalars(node: &mut Node) -> Vec<&mut String> {
    match &mut node.kind {
        Kind::Scalar { text, .. } => vec![text],
        Kind::List(items) => items.iter_mut().flat_map(scalars).collect(),
        Kind::Map(_) => Vec::new(),
    }
}

/// Mappings are taken apart, lists are one field: their items have no names.
fn flatten(path: &str, node: &Node, fields: &mut BTreeMap<String, Field>) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            for entry in entries {
                flatten(&format!("{path}.{}", entry.key.value), &entry.value, fields);
            }
        }
        _ => {
            let text = canonical(path, node);
            fields.insert(path.to_owned(), Field { said: text.clone(), text, node: node.clone() });
        }
    }
}

fn canonical(path: &str, node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } => text.clone(),
        Kind::List(items) => {
            let mut items: Vec<String> = items.iter().map(|item| canonical("", item)).collect();
            if !ORDERED.contains(&path) {
                items.arrange();
            }
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let mut entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", entry.key.value, canonical("", &entry.value))).collect();
            entries.arrange();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn scalar(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } => text.clone(),
        _ => String::new(),
    }
}

/// The members of a list of words, sorted; the word alone where it is no list.
pub(super) fn members(field: Option<&Field>) -> Vec<String> {
    let Some(field) = field else { return Vec::new() };
    let mut all = match &field.node.kind {
        Kind::List(items) => items.iter().map(|item| canonical("", item)).collect(),
        _ => vec![field.text.clone()],
    };
    all.arrange();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, SourceFile};

    fn texts(policy: &str) -> Vec<(Key, Vec<(String, String)>)> {
        let path = "policy-sources/acme/rules.yaml".to_owned();
        let sources = Sources::new(vec![SourceFile { path, content: Content::Bytes(policy.as_bytes().to_vec()) }]);
        let fields = |item: Item| item.fields.into_iter().map(|(path, field)| (path, field.text)).collect::<Vec<_>>();
        items(&sources, "acme").into_iter().map(|(key, item)| (key, fields(item))).collect()
    }

    #[test]
    fn layout_and_order_do_not_count_and_every_field_does() {
        let one = "policy: p\ntitle: T\nclauses:\n  - id: \"1\"\n    summary: S\n    class: enforced\n    groups: [a, b]\n    \
                   require: { passcode: { min-length: 6, form: digits } }\n";
        let other = "# comment\npolicy: p\ntitle: \"T\"\nclauses:\n  - class: enforced\n    id: '1'\n    groups:\n      - b\n      \
                     - a\n    require:\n      passcode:\n        form: digits\n        min-length: 6\n    summary: S\n";
        assert_eq!(texts(one), texts(other));
        for (from, to) in [("min-length: 6", "min-length: 8"), ("[a, b]", "[a]"), ("title: T", "title: U")] {
            assert_ne!(texts(one), texts(&one.replace(from, to)), "{from}");
        }
        assert_eq!(texts(one).len(), 2);
    }
}
