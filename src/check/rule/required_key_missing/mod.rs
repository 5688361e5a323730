//! Keys that Apple requires, at each level that is there: the payload where any key of it is, a dictionary where it is written.
//! Here the levels around a setting, `inside.rs` those in its value.

mod inside;

use super::{Facts, GroupRule, Subject, Verdict};
use crate::catalogue::KeyMatch;
use crate::catalogue::entry::{Key, Kind};
use crate::check::availability::{is_there, version};
use crate::check::carrier::carriers;
use crate::check::envelope::is_envelope;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{ACTIVATION, Target};
use crate::source::Span;
use std::collections::BTreeSet;

pub(crate) use inside::RULE as INSIDE;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::RequiredKeyMissing], explain: include_str!("explain.md"), run };

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    // What only the server knows is left out of commands (language.md §5).
    // The compiler names the configuration in each activation.
    for ((_, _, owner, _), members) in carriers(subjects).filter(|((_, _, owner, _), _)| *owner != ACTIVATION) {
        let present = Present(&subjects[members.clone()]);
        let mut reported: BTreeSet<Vec<String>> = BTreeSet::new();
        for n in members {
            for (path, span) in missing(&subjects[n], &present) {
                if reported.insert(path.clone()) {
                    verdicts.push((n, Verdict::Wrong(finding(owner, &path.join("."), span))));
                }
            }
        }
    }
    verdicts
}

/// The settings of one payload, sorted by their keys.
struct Present<'s, 'a>(&'s [Subject<'a>]);

impl Present<'_, '_> {
    /// Whether something is written at a key of a level, or below it.
    fn has(&self, level: &[String], key: &str) -> bool {
        let path = || level.iter().map(String::as_str).chain([key]);
        let keys = |n: usize| self.0[n].setting.address.keys().iter().map(String::as_str);
        let first =
            self.0.partition_point(|subject| subject.setting.address.keys().iter().map(String::as_str).lt(path()));
        first < self.0.len() && keys(first).take(level.len() + 1).eq(path())
    }
}

/// The required keys that are missing around a setting; none where one of several vendor files misses none.
fn missing(subject: &Subject<'_>, present: &Present<'_, '_>) -> Vec<(Vec<String>, Span)> {
    let Facts::Key(matches) = subject.facts else { return Vec::new() };
    let mut first = None;
    for (file, found) in matches.iter().enumerate() {
        let mut missing = around(subject, found, present);
        missing.extend(inside::of_value(subject, file));
        if missing.is_empty() {
            return missing;
        }
        first.get_or_insert(missing);
    }
    match first {
        Some(missing) => missing,
        None => without_keys(subject),
    }
}

fn around(subject: &Subject<'_>, found: &KeyMatch<'_>, present: &Present<'_, '_>) -> Vec<(Vec<String>, Span)> {
    let mut missing = Vec::new();
    if is_envelope(found.schema) {
        return missing;
    }
    let path = subject.setting.address.keys();
    let mut level: &[Key] = &found.schema.keys;
    for depth in 0..path.len() {
        let (above, chain) = (&path[..depth], found.chain.get(..depth).unwrap_or_default());
        for key in level.iter().filter(|key| key.required && key.name != "ANY") {
            let wanted_key = || KeyMatch { schema: found.schema, chain: [chain, &[key]].concat(), key };
            if !present.has(above, &key.name) && on(subject.target, &wanted_key()) {
                missing.push((above.iter().cloned().chain([key.name.clone()]).collect(), subject.setting.span));
            }
        }
        match found.chain.get(depth) {
            Some(key) if key.kind == Kind::Dictionary => level = found.schema.below(key),
            _ => break,
        }
    }
    missing
}

/// A payload that is written without any key.
fn without_keys(subject: &Subject<'_>) -> Vec<(Vec<String>, Span)> {
    let address = &subject.setting.address;
    let Some(form) = crate::check::lookup::form(address) else { return Vec::new() };
    let schemas = subject.catalogue.schemas(form, &address.owner);
    let [schema] = schemas else { return Vec::new() };
    schema
        .keys
        .iter()
        .filter(|key| key.required)
        .filter(|key| on(subject.target, &KeyMatch { schema, chain: vec![key], key }))
        .map(|key| (vec![key.name.clone()], subject.setting.span))
        .collect()
}

/// Whether the group's oldest OS has the key at all: what it has not cannot be required.
fn on(target: &Target, found: &KeyMatch<'_>) -> bool {
    let Some(support) = found.support(target.platform.value).filter(|support| is_there(support)) else { return false };
    let introduced = version(&support.introduced).is_none_or(|introduced| introduced <= target.os.value);
    introduced && version(&support.removed).is_none_or(|removed| removed > target.os.value)
}

fn finding(owner: &str, key: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::RequiredKeyMissing, span, format!("`{owner}` needs the key `{key}`"))
        .help(format!("add `{key}`, or leave out what needs it; `policyc catalogue show {owner}` lists the keys"))
}
