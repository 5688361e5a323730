//! An address → what the catalogue knows of it.

use super::Judged;
use super::rule::Facts;
use crate::catalogue::entry::Form;
use crate::catalogue::{Catalogue, KeyLookup, NodeLookup};
use crate::setting::{Address, Family};

/// The form of Apple's files that describe the address; `None` for a LocURI.
pub(crate) fn form(address: &Address) -> Option<Form> {
    match address.family {
        Family::Profile => Some(Form::Profile),
        Family::Declaration => Some(Form::Declaration),
        Family::Command if !address.owner.starts_with("./") => Some(Form::Command),
        Family::Command | Family::Csp => None,
    }
}

/// What the catalogue knows. A known owner without a key path has facts without a match: its `schemas` hold them.
pub(crate) fn facts<'a>(catalogue: &'a Catalogue, address: &Address) -> Facts<'a> {
    match form(address) {
        Some(form) if address.keys().is_empty() => match catalogue.schemas(form, &address.owner) {
            [] => Facts::Nothing,
            _ => Facts::Key(Vec::new()),
        },
        Some(form) => match catalogue.key(form, &address.owner, address.keys()) {
            KeyLookup::Found(matches) => Facts::Key(matches),
            _ => Facts::Nothing,
        },
        None => match catalogue.node(&address.owner) {
            NodeLookup::Found(node) | NodeLookup::WrongCase(node) => Facts::Node(node),
            _ => Facts::Nothing,
        },
    }
}

/// The setting under the DDF's spelling of its LocURI, so that two spellings of one node meet (failure-modes B34).
pub(super) fn canonical(catalogue: &Catalogue, mut judged: Judged) -> Judged {
    if let Facts::Node(node) = facts(catalogue, &judged.setting.address) {
        judged.setting.address.owner = node.canonical;
    }
    judged
}
