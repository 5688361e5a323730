//! An address → what the catalogue knows of it.

use super::rule::{Facts, Subject};
use super::{Judged, typing};
use crate::catalogue::entry::{Form, Kind};
use crate::catalogue::{Catalogue, KeyLookup, KeyMatch, NodeLookup};
use crate::setting::{Address, Family};
use crate::source::Span;

/// The form of Apple's files that describe the address; `None` for a LocURI.
pub(crate) fn form(address: &Address) -> Option<Form> {
    match address.family {
        Family::Profile => Some(Form::Profile),
        Family::Declaration => Some(Form::Declaration),
        Family::Command if !address.owner.starts_with("./") => Some(Form::Command),
        Family::Compliance => Some(Form::Compliance),
        Family::Command | Family::Csp => None,
    }
}

/// What the catalogue knows, or why it knows nothing. A known owner without a key path has facts without a match: its `schemas`
/// hold them.
pub(crate) fn look<'a>(catalogue: &'a Catalogue, address: &Address) -> Facts<'a> {
    let Some(form) = form(address) else { return look_up_node(catalogue, &address.owner) };
    let path = address.keys();
    if path.is_empty() && !catalogue.schemas(form, &address.owner).is_empty() {
        return Facts::Key(Vec::new());
    }
    let missing = match catalogue.key(form, &address.owner, path) {
        KeyLookup::Found(matches) => return Facts::Key(by_name(matches, path)),
        KeyLookup::UnknownOwner { case, nearest } => {
            let other = Form::ALL.into_iter().find(|other| !catalogue.schemas(*other, &address.owner).is_empty());
            Missing::Owner { case, nearest, other }
        }
        KeyLookup::UnknownKey { depth, case, nearest, elsewhere } => {
            match scalar_above(catalogue, (form, address), depth) {
                Some(words) => Missing::Inside { depth: depth - 1, words },
                None => Missing::Key { depth, case, nearest, elsewhere },
            }
        }
    };
    Facts::Nothing(missing)
}

/// What the key above the unknown one takes, where that is no dictionary.
fn scalar_above(catalogue: &Catalogue, (form, address): (Form, &Address), depth: usize) -> Option<&'static str> {
    let above = address.keys().get(..depth).filter(|above| !above.is_empty())?;
    let KeyLookup::Found(matches) = catalogue.key(form, &address.owner, above) else { return None };
    let scalar = |found: &KeyMatch<'_>| !matches!(found.key.kind, Kind::Dictionary | Kind::Any);
    let first = matches.first().filter(|_| matches.iter().all(scalar))?;
    Some(typing::words(first.key.kind))
}

fn look_up_node<'a>(catalogue: &'a Catalogue, uri: &str) -> Facts<'a> {
    let missing = match catalogue.node(uri) {
        NodeLookup::Found(node) | NodeLookup::WrongCase(node) => return Facts::Node(node),
        NodeLookup::Unknown { nearest, elsewhere } => Missing::Node { nearest, elsewhere },
        NodeLookup::OtherChannel(there) => Missing::OtherChannel(there),
        NodeLookup::Malformed(why) => Missing::Malformed(why),
        NodeLookup::Ingested => Missing::Ingested,
    };
    Facts::Nothing(missing)
}

/// Where one file of a type takes any name and another states this one, the one that states it decides: the Kerberos extension's
/// keys beside those of any single sign-on extension.
pub(super) fn by_name<'a>(matches: Vec<KeyMatch<'a>>, path: &[String]) -> Vec<KeyMatch<'a>> {
    let stated = |found: &KeyMatch<'_>| found.chain.iter().zip(path).all(|(key, name)| key.name == *name);
    if !matches.iter().any(stated) {
        return matches;
    }
    matches.into_iter().filter(stated).collect()
}

/// The setting under the DDF's spelling of its LocURI, so that two spellings of one node meet (failure-modes B34).
pub(super) fn canonical(mut judged: Judged<'_>) -> Judged<'_> {
    if let Facts::Node(found) = &judged.facts {
        judged.setting.address.owner.clone_from(&found.canonical);
    }
    judged
}

/// The name that makes a LocURI unknown: the CSP's path where nothing is there, else the node's.
pub(crate) fn unknown_part(subject: &Subject<'_>) -> Span {
    let (names, owner) = (&subject.setting.names, &subject.setting.address.owner);
    let parts: Vec<&str> = owner.split('/').take(names.owner_parts).collect();
    match subject.catalogue.node(&parts.join("/")) {
        _ if subject.catalogue.has_area(&parts.join("/")) => names.key_or(0, subject.setting.span),
        NodeLookup::Found(_) | NodeLookup::WrongCase(_) => names.key_or(0, subject.setting.span),
        _ => names.owner_or(subject.setting.span),
    }
}

/// Why the catalogue knows nothing of an address.
#[derive(Clone)]
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
    /// A mapping stands where the key takes something else.
    Inside {
        /// Which part of the path is that key.
        depth: usize,
        /// What it takes, in words.
        words: &'static str,
    },
    /// No such node.
    Node {
        /// Nearest LocURIs.
        nearest: Vec<String>,
        /// Nodes of that last name.
        elsewhere: Vec<String>,
    },
    /// On the other channel only: the LocURI there.
    OtherChannel(String),
    /// Not a LocURI, and why.
    Malformed(String),
    /// A policy of a template that the device gets itself.
    Ingested,
}
