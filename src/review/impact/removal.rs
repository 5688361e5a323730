//! A value that nothing sets any more. On Apple it ends with its profile, but for what the table names. On Windows it stays until the
//! server deletes its node, where the node can be deleted at all, and each CSP decides what happens then (failure-modes B26).

use super::{Consequence, Impact, Movement, by_row, consequence};
use crate::catalogue::{Catalogue, Does, Effect, NodeMatch};
use crate::setting::{Family, Leaf};

pub(super) fn of<'e>(
    movement: &Movement<'_>,
    catalogue: &Catalogue,
    effects: impl Iterator<Item = &'e Effect>,
) -> Vec<Consequence> {
    let rows: Vec<&Effect> = effects.filter(|effect| effect.is_for(movement.target, None)).collect();
    let of = |does: Does, impact: Impact| {
        rows.iter()
            .filter(move |row| row.does == does)
            .map(move |row| by_row(movement, impact, row))
            .collect::<Vec<_>>()
    };
    let mut all = of(Does::KeepsEffect, Impact::NotReset);
    // An element goes with the body that held it, which is written anew or has an entry of its own.
    let is_whole = matches!(movement.address.leaf, Leaf::Node | Leaf::AdmxState);
    if movement.address.family != Family::Csp || !is_whole {
        return all;
    }
    let reverts = of(Does::Reverts, Impact::Tattooed);
    match catalogue.known_node(&movement.address.owner) {
        Some(found) if !is_deletable(&found) => {
            let because = "the node takes no `Delete`: write the value that is wanted instead";
            all.push(consequence(Impact::NotRemovable, because, "DDF, AccessType"));
        }
        _ if !reverts.is_empty() => all.extend(reverts),
        _ => {
            let because =
                "each CSP decides by itself whether a value goes with its node, and nobody says so of this one";
            all.push(consequence(Impact::RemovalUnknown, because, "failure-modes B26"));
        }
    }
    all
}

/// Whether a server can delete the node, or the dynamic node that it stands in.
fn is_deletable(found: &NodeMatch<'_>) -> bool {
    let deletes = |node: &crate::catalogue::entry::Node| node.access.iter().any(|verb| verb == "Delete");
    let dynamic = found.ancestors.iter().filter(|node| node.uri.ends_with('}'));
    deletes(found.node) || dynamic.into_iter().any(|node| deletes(node))
}
