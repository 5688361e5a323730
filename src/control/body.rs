//! The body of an entry or guard, taken apart to its leaves: which key, node or element, and what is written there. What the written
//! things mean is left to those who ask (language.md §5, "Entries").

use super::scope::Writer;
use super::{Carrier, LeafKind};
use crate::diagnostic::Diagnostics;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use crate::source::{Span, Spanned};

/// One leaf as it is written.
pub(crate) struct Leaf<'n> {
    pub(crate) path: Vec<Spanned<String>>,
    pub(crate) kind: LeafKind,
    /// What is written there; `None` for the state of an ADMX body that its elements imply, and for a body without keys.
    pub(crate) node: Option<&'n Node>,
    pub(crate) span: Span,
}

/// What takes a mapping for a value and not for something that holds keys.
pub(crate) type IsValue = fn(&Node) -> bool;

/// Takes `keys`, or `nodes` and `admx`, apart.
pub(crate) fn leaves<'n>(
    fields: &mut Fields<'n>,
    carrier: Carrier,
    (writer, is_value, wanted): (Writer<'_>, IsValue, &str),
    found: &mut Diagnostics,
) -> Vec<Leaf<'n>> {
    let mut leaves = Vec::new();
    let others: &[&'static str] = if carrier == Carrier::Csp { &["keys"] } else { &["nodes", "admx"] };
    for other in others {
        if let Some(entry) = fields.take_entry(other) {
            let (what, cure) = match carrier {
                Carrier::Csp => ("a CSP has no `keys`".to_owned(), "write them under `nodes:` or `admx:`"),
                _ => (format!("only a CSP has `{other}`"), "write them under `keys:`"),
            };
            writer.fault(entry.key.span, what, cure, found);
            return leaves;
        }
    }
    if carrier == Carrier::Csp {
        let (nodes, admx) = (fields.take("nodes"), fields.take("admx"));
        if nodes.is_none() && admx.is_none() {
            writer.fault(fields.span, "the entry names no node", "add `nodes:` or `admx:`", found);
        }
        for entry in nodes.and_then(|node| fields::entries(node, "`nodes`", found)).unwrap_or_default() {
            if !is_value(&entry.value) && matches!(entry.value.kind, Kind::Map(_)) {
                let cure = format!("{wanted}; a path goes down to the node, with `/`, and elements stand under `admx`");
                writer.fault(entry.value.span, "a node has one value, and here is a mapping", cure, found);
                continue;
            }
            let path = vec![entry.key.clone()];
            leaves.push(Leaf { path, kind: LeafKind::Node, node: Some(&entry.value), span: entry.value.span });
        }
        for entry in admx.and_then(|node| fields::entries(node, "`admx`", found)).unwrap_or_default() {
            policy(&entry.key, &entry.value, is_value, &mut leaves);
        }
        return leaves;
    }
    match fields.take("keys") {
        Some(node) if fields::entries(node, "`keys`", found).is_some() => {
            keys(node, &mut Vec::new(), is_value, &mut leaves)
        }
        None if carrier == Carrier::Command => {
            leaves.push(Leaf { path: Vec::new(), kind: LeafKind::Key, node: None, span: fields.span });
        }
        None => {
            writer.fault(fields.span, "the entry has no `keys`", "add `keys:`; `{}` where there is none to set", found)
        }
        Some(_) => {}
    }
    leaves
}

/// Flattens nested keys. Inside a list nothing is flattened, and an empty dictionary is a leaf.
fn keys<'n>(node: &'n Node, path: &mut Vec<Spanned<String>>, is_value: IsValue, leaves: &mut Vec<Leaf<'n>>) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() && !is_value(node) => {
            for entry in entries {
                path.push(entry.key.clone());
                keys(&entry.value, path, is_value, leaves);
                path.pop();
            }
        }
        _ => leaves.push(Leaf { path: path.clone(), kind: LeafKind::Key, node: Some(node), span: node.span }),
    }
}

fn policy<'n>(name: &Spanned<String>, node: &'n Node, is_value: IsValue, leaves: &mut Vec<Leaf<'n>>) {
    let state = |node, span| Leaf { path: vec![name.clone()], kind: LeafKind::AdmxState, node, span };
    match &node.kind {
        Kind::Map(elements) if !elements.is_empty() && !is_value(node) => {
            leaves.push(state(None, name.span));
            leaves.extend(elements.iter().map(|element| Leaf {
                path: vec![name.clone()],
                kind: LeafKind::AdmxElement(element.key.clone()),
                node: Some(&element.value),
                span: element.value.span,
            }));
        }
        _ => leaves.push(state(Some(node), node.span)),
    }
}
