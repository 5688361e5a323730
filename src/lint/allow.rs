//! Findings that somebody has looked at: a comment `policyc: allow CODE reason` in the file itself, beside the line or before all of it.
//!
//! In XML it stands in a comment of its own, `<!-- policyc: allow secret-literal the guests' network -->`, on the line of the finding or on the one
//! before it; before the first element it is for the whole file. JSON has no comments: a baseline does there.

use super::rule::suppression;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::gather::Gather;
use crate::source::{FileId, Sources, Span};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What such a comment begins with.
const WORDS: &str = "policyc: allow";
/// What may be found as a note alone.
const OF_NOTES: &[Code] = &[
    Code::NotOnPlatform,
    Code::TooNew,
    Code::Deprecated,
    Code::NeedsSupervision,
    Code::IgnoredUnderEnrolment,
    Code::ForbiddenUnderEnrolment,
    Code::WrongChannel,
    Code::WrongEdition,
    Code::UnknownKey,
    Code::UnknownDomain,
    Code::UnknownFormat,
    Code::AwkwardText,
    Code::NotUnderstood,
    Code::SideEffect,
    Code::Restarts,
];
/// What may be found between files alone, where these are held together.
const OF_SEVERAL: &[Code] = &[
    Code::ConflictingValues,
    Code::OverriddenValue,
    Code::DuplicateAddress,
    Code::SeveralInstances,
    Code::WeakerValueWins,
    Code::MutuallyExclusive,
    Code::PasscodeCannotBeSet,
    Code::PasscodeTwice,
    Code::AppListsOverlap,
    Code::GroupPolicyWins,
];
/// Characters of the reason that are read.
const LONGEST: usize = 400;

/// What a run looks for.
#[derive(Clone, Copy)]
pub(super) struct Sought {
    /// Notes too.
    pub(super) notes: bool,
    /// What is wrong between files that one device gets.
    pub(super) together: bool,
}

struct Allowed<'a> {
    code: Result<Code, &'a str>,
    has_reason: bool,
    span: Span,
    /// Lines that it is for, counted from 1; none: all of them.
    lines: Option<(usize, usize)>,
    is_used: bool,
}

/// Takes out what comments allow, with a finding for each comment that allows nothing; how many were taken out.
pub(super) fn take_out(found: &mut Diagnostics, sources: &Sources, sought: Sought) -> usize {
    let files: Vec<FileId> = sources.files().map(|(file, _)| file).collect();
    let own = |file: &FileId| (*file, comments(*file, sources.text(*file)));
    let commented: Vec<_> = files.par_iter().map(own).filter(|(_, own)| !own.is_empty()).collect();
    let mut allowed: BTreeMap<FileId, Vec<Allowed<'_>>> = commented.into_iter().gather();
    if allowed.is_empty() {
        return 0;
    }
    let before = found.iter().count();
    found.retain(|finding| !is_allowed(finding, &mut allowed, sources));
    let taken = before - found.iter().count();
    // What was not looked for cannot be missed.
    let is_sought = |one: &Allowed<'_>| {
        one.code.map_or(true, |code| {
            (sought.notes || !OF_NOTES.contains(&code)) && (sought.together || !OF_SEVERAL.contains(&code))
        })
    };
    for one in allowed.into_values().flatten().filter(|one| !one.has_reason || !one.is_used && is_sought(one)) {
        found.push(suppression::finding(one.code, one.has_reason, one.span));
    }
    taken
}

fn is_allowed(finding: &Diagnostic, allowed: &mut BTreeMap<FileId, Vec<Allowed<'_>>>, sources: &Sources) -> bool {
    let (file, line) = match &finding.place {
        Place::Source(span) => (span.file, Some(sources.line_column(*span).0)),
        Place::Artefact { path, .. } => match sources.at(path) {
            Some((file, _)) => (file, None),
            None => return false,
        },
    };
    let Some(own) = allowed.get_mut(&file) else { return false };
    let fits = |one: &&mut Allowed<'_>| {
        let here = match (one.lines, line) {
            (None, _) => true,
            (Some((first, last)), Some(line)) => (first..=last).contains(&line),
            (Some(_), None) => false,
        };
        here && one.has_reason && one.code == Ok(finding.code)
    };
    match own.iter_mut().find(fits) {
        Some(one) => {
            one.is_used = true;
            true
        }
        None => false,
    }
}

fn comments(file: FileId, text: &str) -> Vec<Allowed<'_>> {
    let mut found = Vec::new();
    // Nearly all files have none, and that is told sooner than where they are.
    if !text.contains(WORDS) {
        return found;
    }
    for (start, _) in text.match_indices(WORDS) {
        // Values may hold the words too.
        let opened = text[..start].rfind("<!--");
        if opened.is_none_or(|opened| text[opened..start].contains("-->")) {
            continue;
        }
        let rest = &text[start + WORDS.len()..];
        let end = rest.find("-->").unwrap_or(rest.len());
        let said = rest[..end].trim();
        let (word, reason) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
        let line = 1 + text[..start].matches('\n').count();
        let last = line + rest[..end].matches('\n').count();
        found.push(Allowed {
            code: Code::named(word).ok_or(word),
            has_reason: !reason.trim().is_empty() && reason.len() <= LONGEST,
            span: Span::new(file, start, start + WORDS.len()),
            lines: (!is_before_all(&text[..start])).then_some((line, last + 1)),
            is_used: false,
        });
    }
    found
}

/// Whether no element has begun. The document type of a property list is none.
fn is_before_all(text: &str) -> bool {
    let begins = |(at, _): (usize, &str)| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
    !text.match_indices('<').any(begins)
}
