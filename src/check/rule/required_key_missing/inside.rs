//! Keys missing in a dictionary that is written as a value: an empty one, and those inside lists.

use super::{finding, on};
use crate::catalogue::KeyMatch;
use crate::check::place::{Dictionary, dictionaries, unless_one_accepts};
use crate::check::rule::{SettingRule, Subject, Verdict};
use crate::diagnostic::Code;
use crate::setting::Family;
use crate::source::Span;

/// A second rule of this page, over single settings: a list is one value.
pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::RequiredKeyMissing], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let address = &subject.setting.address;
    // What only the server knows is left out of commands (language.md §5).
    if !matches!(address.family, Family::Profile | Family::Declaration) {
        return Vec::new();
    }
    unless_one_accepts(subject, |found| {
        let missing = below(subject, found, |dictionary| !is_value(dictionary, found));
        let verdict =
            |(path, span): (Vec<String>, Span)| Verdict::Wrong(finding(&address.owner, &path.join("."), span));
        missing.into_iter().map(verdict).collect()
    })
}

/// Where the value itself is a dictionary: what it lacks may stand in another setting, so this is for when all have met.
pub(super) fn of_value(subject: &Subject<'_>, found: &KeyMatch<'_>) -> Vec<(Vec<String>, Span)> {
    below(subject, found, |dictionary| is_value(dictionary, found))
}

fn is_value(dictionary: &Dictionary<'_>, found: &KeyMatch<'_>) -> bool {
    dictionary.found.chain.len() == found.chain.len()
}

fn below(
    subject: &Subject<'_>,
    found: &KeyMatch<'_>,
    wanted: impl Fn(&Dictionary<'_>) -> bool,
) -> Vec<(Vec<String>, Span)> {
    let mut missing = Vec::new();
    for dictionary in dictionaries(subject.setting, found).into_iter().filter(wanted) {
        for key in dictionary.keys.iter().filter(|key| key.required && key.name != "ANY") {
            let chain = dictionary.found.chain.iter().copied().chain([key]).collect();
            let wanted = KeyMatch { schema: found.schema, chain, key };
            if !dictionary.entries.contains_key(&key.name) && on(subject.target, &wanted) {
                missing.push((vec![dictionary.path.clone(), key.name.clone()], dictionary.span));
            }
        }
    }
    missing
}
