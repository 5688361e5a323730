//! The rules over files: what only an artefact can have wrong. One folder each, `mod.rs` for the check and, where it has a code of its
//! own, `explain.md` for people. The tables here are the whole list.

mod activation;
mod app_list;
mod awkward_text;
mod dangling_reference;
mod duplicate_identifier;
mod enrolment_profile;
pub(crate) mod group_policy;
mod import_dialect;
mod incomplete_envelope;
mod install_order;
mod masked_secret;
mod missing_scope;
mod not_understood;
mod nothing_to_read;
mod practice;
mod raw_data;
mod repeated_node;
mod sent_format;
mod server;
mod server_token;
mod server_variable;
pub(crate) mod suppression;
mod unused_target;
mod verb;

use super::Options;
use crate::catalogue::Catalogue;
use crate::check::foreign::Unknown;
use crate::consumer;
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Assigned, Audience, Reading, Readings};
use crate::setting::Value;
use crate::source::Span;

/// One artefact under lint.
pub(crate) struct File<'a> {
    pub(crate) readings: &'a Readings,
    pub(crate) reading: &'a Reading,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a Options,
    pub(crate) unknown: &'a Unknown,
}

/// All artefacts of a run.
pub(crate) struct Batch<'a> {
    pub(crate) readings: &'a Readings,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a Options,
    pub(crate) unknown: &'a Unknown,
}

/// A rule over one artefact.
pub(crate) struct FileRule {
    /// What it finds; the first is the one that its page explains.
    pub(crate) codes: &'static [Code],
    /// Its page; none where a rule of compilation has the code, and the page.
    pub(crate) explain: Option<&'static str>,
    pub(crate) run: fn(&File<'_>) -> Vec<Diagnostic>,
}

/// A rule over all artefacts of a run.
pub(crate) struct BatchRule {
    /// As of [`FileRule`].
    pub(crate) codes: &'static [Code],
    /// As of [`FileRule`].
    pub(crate) explain: Option<&'static str>,
    pub(crate) run: fn(&Batch<'_>) -> Vec<Diagnostic>,
}

/// The rules over one artefact.
pub(crate) const FILE_RULES: &[FileRule] = &[
    // Apple.
    incomplete_envelope::RULE,
    duplicate_identifier::INSIDE,
    dangling_reference::OF_PROFILES,
    missing_scope::RULE,
    server_token::RULE,
    server_variable::RULE,
    app_list::RULE,
    enrolment_profile::RULE,
    // Windows.
    raw_data::RULE,
    verb::RULE,
    repeated_node::RULE,
    install_order::RULE,
    masked_secret::RULE,
    import_dialect::RULE,
    // Any.
    server::RULE,
    practice::RULE,
    awkward_text::RULE,
    not_understood::RULE,
];

/// The rules over all of them.
pub(crate) const BATCH_RULES: &[BatchRule] = &[
    duplicate_identifier::RULE,
    dangling_reference::RULE,
    activation::RULE,
    sent_format::RULE,
    group_policy::RULE,
    unused_target::RULE,
    nothing_to_read::RULE,
];

/// Every page, with the codes of its rule.
pub(crate) fn pages() -> impl Iterator<Item = (&'static [Code], &'static str)> {
    let files = FILE_RULES.iter().map(|rule| (rule.codes, rule.explain));
    let batches = BATCH_RULES.iter().map(|rule| (rule.codes, rule.explain));
    files.chain(batches).filter_map(|(codes, page)| Some((codes, page?))).chain([suppression::PAGE])
}

/// The codes of each rule, in the order of the tables.
pub(crate) fn codes() -> impl Iterator<Item = &'static [Code]> {
    FILE_RULES.iter().map(|rule| rule.codes).chain(BATCH_RULES.iter().map(|rule| rule.codes))
}

/// Where a text stands between quotes or tags of a file; nowhere where it does not, or the file has no text.
pub(crate) fn quoted_at(readings: &Readings, reading: &Reading, wanted: &str) -> Span {
    let text = readings.sources.text(reading.file);
    let between = |(start, _): &(usize, &str)| {
        let (before, after) = (text[..*start].chars().next_back(), text[start + wanted.len()..].chars().next());
        matches!((before, after), (Some('"'), Some('"')) | (Some('>'), Some('<')))
    };
    let found = text.match_indices(wanted).find(between);
    found.map_or(Span::NOWHERE, |(start, _)| Span::new(reading.file, start, start + wanted.len()))
}

/// Whether one device may get both of two artefacts, as far as is known who gets them.
pub(crate) fn may_meet(one: &Audience, other: &Audience) -> bool {
    let all = |audience: &Audience| audience.include.iter().any(|one| one.to.starts_with("all-"));
    let in_both = |to: &Assigned| other.include.iter().any(|assigned| assigned.to == to.to);
    let is_told = one.is_stated && other.is_stated;
    !is_told || all(one) || all(other) || one.include.iter().any(in_both)
}

/// Whether a value holds text that some server fills in. Bounded by the depth that the reader allows.
pub(crate) fn holds_variable(value: &Value) -> bool {
    match value {
        Value::Text(text) => {
            let mut placed = consumer::placeholders().placed(text);
            placed.any(|placed| {
                placed.known.is_some() || placed.text.starts_with("{{") || placed.text.starts_with("$FLEET")
            })
        }
        Value::Array(items) => items.iter().any(|item| holds_variable(&item.value)),
        Value::Dictionary(entries) => entries.values().any(|entry| holds_variable(&entry.value)),
        _ => false,
    }
}
