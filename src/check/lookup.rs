//! An address → what the catalogue knows of it.

use super::Judged;
use super::rule::Facts;
use crate::catalogue::entry::Form;
use crate::catalogue::{Catalogue, KeyLookup, KeyMatch, NodeLookup};
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
            KeyLookup::Found(matches) => Facts::Key(by_name(matches, address.keys())),
            _ => Facts::Nothing,
        },
        None => match catalogue.node(&address.owner) {
            NodeLookup::Found(node) | NodeLookup::WrongCase(node) => Facts::Node(node),
            _ => Facts::Nothing,
        },
    }
}

/// Where one file of a type takes any name and another states this one, the one that states it decides: the Kerberos extension's
/// keys beside those of any single sign-on extension.
fn by_name<'a>(matches: Vec<KeyMatch<'a>>, path: &[String]) -> Vec<KeyMatch<'a>> {
    let stated = |found: &KeyMatch<'_>| found.chain.iter().zip(path).all(|(key, name)| key.name == *name);
    if !matches.iter().any(stated) {
        return matches;
    }
    matches.into_iter().filter(stated).collect()
}

/// The setting under the DDF's spelling of its LocURI, so that two spellings of one node meet (failure-modes B34).
pub(super) fn canonical(catalogue: &Catalogue, mut judged: Judged) -> Judged {
    if let Facts::Node(node) = facts(catalogue, &judged.setting.address) {
        judged.setting.address.owner = node.canonical;
    }
    judged
}

/// Why the catalogue knows nothing of an address.
pub(crate) enum Missing {
    /// No such payload, declaration or command.
    Owner {
        /// The type that differs in letter case alone.
        case: Option<String>,
        /// Nearest types.
        nearest: Vec<String>,
        /// Another form that has a type of this name.
        other: Option<Form>,
    },
    /// The owner has no such key.
    Key {
        /// Which part of the path is wrong.
        depth: usize,
        /// The name that differs in letter case alone.
        case: Option<String>,
        /// Nearest names.
        nearest: Vec<String>,
        /// Where the key is: owner and path.
        elsewhere: Vec<(String, Vec<String>)>,
    },
    /// No such node.
    Node {
        /// Nearest LocURIs.
        nearest: Vec<String>,
        /// Nodes of that last name.
        elsewhere: Vec<String>,
    },
    /// Not a LocURI, and why.
    Malformed(String),
    /// A policy of a template that the device gets itself.
    Ingested,
}

/// Why the catalogue knows nothing of an address; `None` where it does, and for a node of the other channel.
pub(crate) fn missing(catalogue: &Catalogue, address: &Address) -> Option<Missing> {
    let Some(form) = form(address) else {
        return match catalogue.node(&address.owner) {
            NodeLookup::Unknown { nearest, elsewhere } => Some(Missing::Node { nearest, elsewhere }),
            NodeLookup::Malformed(why) => Some(Missing::Malformed(why)),
            NodeLookup::Ingested => Some(Missing::Ingested),
            NodeLookup::Found(_) | NodeLookup::WrongCase(_) | NodeLookup::OtherChannel(_) => None,
        };
    };
    if address.keys().is_empty() && !catalogue.schemas(form, &address.owner).is_empty() {
        return None;
    }
    match catalogue.key(form, &address.owner, address.keys()) {
        KeyLookup::Found(_) => None,
        KeyLookup::UnknownOwner { case, nearest } => {
            let forms = [Form::Profile, Form::Declaration, Form::Command];
            let other = forms.into_iter().find(|other| !catalogue.schemas(*other, &address.owner).is_empty());
            Some(Missing::Owner { case, nearest, other })
        }
        KeyLookup::UnknownKey { depth, case, nearest, elsewhere } => {
            Some(Missing::Key { depth, case, nearest, elsewhere })
        }
    }
}
