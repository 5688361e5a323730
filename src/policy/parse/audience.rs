//! `assign` of a group: who gets its files, in the servers' own terms.
//!
//! Microsoft Graph names groups of a directory by GUID; Fleet assigns by labels.

use super::organisation::looks_like_guid;
use super::texts;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::EXCLUDE;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Entry, Kind, Node};
use std::collections::BTreeMap;

/// Servers whose terms are known.
const KNOWN: [&str; 4] = ["entra", "entra-exclude", "fleet", "fleet-exclude"];

/// The audience, sorted by server. `entra: { include: […], exclude: […] }` is `entra: […]` and `entra-exclude: […]`.
pub(super) fn assign(node: &Node, found: &mut Diagnostics) -> Vec<(String, Vec<String>)> {
    let Some(entries) = fields::entries(node, "`assign`", found) else { return Vec::new() };
    let mut audience: BTreeMap<String, Vec<Spanned<String>>> = BTreeMap::new();
    for entry in entries {
        check_server(&entry.key, found);
        for (name, ids) in lists(entry, found) {
            audience.entry(name).or_default().extend(ids);
        }
    }
    audience.iter().for_each(|(server, ids)| check_ids(server, ids, &audience, found));
    check_anybody(&audience, found);
    let plain = |(server, ids): (String, Vec<Spanned<String>>)| (server, ids.into_iter().map(|id| id.value).collect());
    audience.into_iter().map(plain).collect()
}

fn lists(entry: &Entry, found: &mut Diagnostics) -> Vec<(String, Vec<Spanned<String>>)> {
    let server = &entry.key.value;
    if !matches!(entry.value.kind, Kind::Map(_)) {
        return vec![(server.clone(), texts(&entry.value, "an audience", found))];
    }
    let Some(mut fields) = Fields::of(&entry.value, "an audience", found) else { return Vec::new() };
    let mut lists = Vec::new();
    for (part, end) in [("include", ""), ("exclude", EXCLUDE)] {
        if let Some(node) = fields.take(part) {
            lists.push((format!("{server}{end}"), texts(node, "an audience", found)));
        }
    }
    fields.finish(found);
    lists
}

/// Any server may be named; one that is nearly a known one is misspelt.
fn check_server(server: &Spanned<String>, found: &mut Diagnostics) {
    if KNOWN.contains(&server.as_str()) {
        return;
    }
    if let Some(cure) = did_you_mean(server, KNOWN) {
        let message = format!("no server is known as `{}`", server.value);
        found.push(Diagnostic::new(Code::UnknownName, server.span, message).help(cure));
    }
}

/// Intune takes groups away from those that it lets in: without these it reaches nobody. Fleet's labels take away from all hosts.
fn check_anybody(audience: &BTreeMap<String, Vec<Spanned<String>>>, found: &mut Diagnostics) {
    let of = |server: &str| audience.get(server).filter(|ids| !ids.is_empty());
    if let (None, Some([first, ..])) = (of("entra"), of("entra-exclude").map(Vec::as_slice)) {
        let message = format!("`{}` is left out, and nobody is let in", first.value);
        found.push(
            Diagnostic::new(Code::InvalidValue, first.span, message)
                .help("name in `include` whom the files are for: Intune takes the others away from these"),
        );
    }
}

/// Neither a directory nor Fleet tells cases apart.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn check_ids(
    server: &str,
    ids: &[Spanned<String>],
    audience: &BTreeMap<String, Vec<Spanned<String>>>,
    found: &mut Diagnostics,
) {
    for (n, id) in ids.iter().enumerate() {
        if server.starts_with("entra") && !looks_like_guid(id) {
            found.push(
                Diagnostic::new(Code::InvalidValue, id.span, format!("`{}` is no object id of Entra", id.value))
                    .help("write the group's object id, a GUID such as \"11111111-2222-3333-4444-555555555555\""),
            );
        }
        if let Some(first) = ids[..n].iter().find(|first| is_same(first, id)) {
            found.push(
                Diagnostic::new(Code::DuplicateName, id.span, format!("`{}` stands twice", id.value))
                    .also(first.span, "the first")
                    .help("remove one of them"),
            );
        }
        let out = audience.get(&format!("{server}{EXCLUDE}")).into_iter().flatten();
        for other in out.filter(|other| is_same(other, id)) {
            found.push(
                Diagnostic::new(Code::InvalidValue, other.span, format!("`{}` is let in and left out", id.value))
                    .also(id.span, "let in here")
                    .help("remove one of the two"),
            );
        }
    }
}
