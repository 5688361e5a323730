//! The rules over files: what only an artefact can have wrong. One folder each, `mod.rs` for the check and, where it has a code of its
//! own, `explain.md` for people. The tables here are the whole list.

mod incomplete_envelope;

use super::Options;
use crate::catalogue::Catalogue;
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Reading, Readings};

/// One artefact under lint.
pub(crate) struct File<'a> {
    pub(crate) readings: &'a Readings,
    pub(crate) reading: &'a Reading,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a Options,
}

/// All artefacts of a run.
pub(crate) struct Batch<'a> {
    pub(crate) readings: &'a Readings,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) options: &'a Options,
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
pub(crate) const FILE_RULES: &[FileRule] = &[incomplete_envelope::RULE];

/// The rules over all of them.
pub(crate) const BATCH_RULES: &[BatchRule] = &[];

/// Every page, with the codes of its rule.
pub(crate) fn pages() -> impl Iterator<Item = (&'static [Code], &'static str)> {
    let files = FILE_RULES.iter().map(|rule| (rule.codes, rule.explain));
    let batches = BATCH_RULES.iter().map(|rule| (rule.codes, rule.explain));
    files.chain(batches).filter_map(|(codes, page)| Some((codes, page?)))
}
