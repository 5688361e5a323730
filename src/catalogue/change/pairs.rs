//! What belongs to what in two releases, and so what came, went or differs.
//!
//! A type is known by its form and name; where several files share it, by the file too. A key is known by its names from the top, a
//! node by its LocURI in any letter case. What came or went with something above it is counted there and not told by itself.

use super::fields::{Field, Level, fields};
use super::{Bearing, Change, Facts, Name, What, brief};
use crate::catalogue::entry::{Form, Key, Node, Schema};
use crate::gather::{Arrange, Gather};
use crate::setting::Family;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that differs, sorted by name.
pub fn between(before: &Facts<'_>, after: &Facts<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let types: BTreeSet<_> = before.types.keys().chain(after.types.keys()).gather();
    for key in types {
        let files = |facts: &'_ Facts<'_>| facts.types.get(key).map(Vec::len).unwrap_or_default();
        let is_shared = files(before).max(files(after)) > 1;
        let (old, new) = (parts(before.types.get(key), is_shared), parts(after.types.get(key), is_shared));
        let names: BTreeSet<&Option<String>> = old.keys().chain(new.keys()).gather();
        for file in names {
            let name = Name {
                family: family(key.0),
                owner: key.1.clone(),
                file: file.clone(),
                is_answer: false,
                path: Vec::new(),
            };
            schema(&name, (old.get(file).copied(), new.get(file).copied()), &mut changes);
        }
    }
    nodes(before, after, &mut changes);
    changes.arrange_by(|a, b| (&a.name, a.what).cmp(&(&b.name, b.what)));
    changes
}

/// The files of one type, by their paths where there are several.
fn parts<'a>(schemas: Option<&'a Vec<Cow<'_, Schema>>>, is_shared: bool) -> BTreeMap<Option<String>, &'a Schema> {
    let name = |schema: &Schema| is_shared.then(|| schema.source.file.clone());
    schemas.into_iter().flatten().map(|schema| (name(schema), schema.as_ref())).gather()
}

fn family(form: Form) -> Family {
    match form {
        Form::Profile => Family::Profile,
        // What is reported, predicates of declarations speak of.
        Form::Declaration | Form::Status => Family::Declaration,
        Form::Command => Family::Command,
        Form::Compliance => Family::Compliance,
    }
}

fn schema(name: &Name, sides: (Option<&Schema>, Option<&Schema>), changes: &mut Vec<Change>) {
    let one_sided = |what, one: &Schema| Change {
        name: name.clone(),
        what,
        below: count(&one.keys) + count(&one.response),
        fields: Vec::new(),
        brief: brief::of_type(one),
        is_required: false,
    };
    match sides {
        (Some(before), None) => changes.push(one_sided(What::Removed, before)),
        (None, Some(after)) => changes.push(one_sided(What::Added, after)),
        (Some(before), Some(after)) if before != after => {
            let bare = |schema: &Schema| Schema { keys: Vec::new(), response: Vec::new(), ..schema.clone() };
            let fields = fields(&json(&bare(before)), &json(&bare(after)), Level::Type);
            changed(name.clone(), fields, brief::of_type(after), changes);
            keys(name, (&before.keys, &after.keys), changes);
            let answer = Name { is_answer: true, ..name.clone() };
            keys(&answer, (&before.response, &after.response), changes);
        }
        _ => {}
    }
}

fn keys(above: &Name, (before, after): (&[Key], &[Key]), changes: &mut Vec<Change>) {
    let by_name = |keys: &'_ [Key]| keys.iter().map(|key| key.name.clone()).zip(0..).gather::<BTreeMap<_, usize>>();
    let (old, new) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).gather();
    for key in names {
        let name = Name { path: above.path.iter().chain([key]).cloned().collect(), ..above.clone() };
        let sides = (old.get(key).and_then(|n| before.get(*n)), new.get(key).and_then(|n| after.get(*n)));
        let one_sided = |what, one: &Key| Change {
            name: name.clone(),
            what,
            below: count(&one.subkeys),
            fields: Vec::new(),
            brief: brief::of_key(one),
            is_required: one.required,
        };
        match sides {
            (Some(before), None) => changes.push(one_sided(What::Removed, before)),
            (None, Some(after)) => changes.push(one_sided(What::Added, after)),
            (Some(before), Some(after)) if before != after => {
                let bare = |key: &Key| Key { subkeys: Vec::new(), ..key.clone() };
                let fields = fields(&json(&bare(before)), &json(&bare(after)), Level::Below);
                changed(name.clone(), fields, brief::of_key(after), changes);
                keys(&name, (&before.subkeys, &after.subkeys), changes);
            }
            _ => {}
        }
    }
}

fn nodes(before: &Facts<'_>, after: &Facts<'_>, changes: &mut Vec<Change>) {
    alone(before, after, What::Removed, changes);
    alone(after, before, What::Added, changes);
    for (uri, old) in &before.nodes {
        let Some(new) = after.nodes.get(uri).filter(|new| *new != old) else { continue };
        changed(node_name(new), fields(&json(&**old), &json(&**new), Level::Below), brief::of_node(new), changes);
    }
}

/// Nodes that one release has and the other has not, each with how many there are below it.
fn alone(has: &Facts<'_>, has_not: &Facts<'_>, what: What, changes: &mut Vec<Change>) {
    let mut tops: BTreeMap<&str, (&Node, usize)> = BTreeMap::new();
    for (uri, node) in has.nodes.iter().filter(|(uri, _)| !has_not.nodes.contains_key(*uri)) {
        // Sorted by letters, `a/b` may come before `a-c`, but never before `a`.
        let levels = uri.match_indices('/').filter_map(|(end, _)| uri.get(..end));
        let top = levels.into_iter().find(|level| tops.contains_key(level));
        match top.and_then(|top| tops.get_mut(top)) {
            Some((_, below)) => *below += 1,
            None => drop(tops.insert(uri, (node, 0))),
        }
    }
    changes.extend(tops.into_values().map(|(node, below)| Change {
        name: node_name(node),
        what,
        below,
        fields: Vec::new(),
        brief: brief::of_node(node),
        is_required: false,
    }));
}

fn node_name(node: &Node) -> Name {
    Name { family: Family::Csp, owner: node.uri.clone(), file: None, is_answer: false, path: Vec::new() }
}

fn changed(name: Name, fields: Vec<Field>, brief: String, changes: &mut Vec<Change>) {
    if fields.is_empty() {
        return;
    }
    let is_deprecated = fields.iter().any(|field| field.bearing == Bearing::Deprecated);
    let what = if is_deprecated { What::Deprecated } else { What::Changed };
    changes.push(Change { name, what, below: 0, fields, brief, is_required: false });
}

fn count(keys: &[Key]) -> usize {
    keys.iter().map(|key| 1 + count(&key.subkeys)).sum()
}

/// A record as its fields, which every record of the catalogue has.
fn json(record: &impl Serialize) -> Value {
    serde_json::to_value(record).unwrap_or_default()
}
