//! Keys missing in a dictionary that is written as a value: an empty one, and those inside lists.

use super::{finding, on};
use crate::catalogue::KeyMatch;
use crate::check::place::{Dictionary, Place, dictionaries, unless_one_accepts};
use crate::check::rule::{SettingRule, Subject, Verdict};
use crate::diagnostic::Code;
use crate::setting::{Family, Value};
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
    unless_one_accepts(subject, |places| {
        let missing = places.split_first().map(|(_, inner)| below(subject, inner)).unwrap_or_default();
        let verdict =
            |(path, span): (Vec<String>, Span)| Verdict::Wrong(finding(&address.owner, &path.join("."), span));
        missing.into_iter().map(verdict).collect()
    })
}

/// Where the value itself is a dictionary: what it lacks may stand in another setting, so this is for when all have met.
pub(super) fn of_value(subject: &Subject<'_>, file: usize) -> Vec<(Vec<String>, Span)> {
    if !matches!(subject.setting.value, Value::Dictionary(_)) {
        return Vec::new();
    }
    let places = subject.places().get(file).and_then(|places| places.get(..1));
    places.map(|value| below(subject, value)).unwrap_or_default()
}

fn below(subject: &Subject<'_>, places: &[Place<'_>]) -> Vec<(Vec<String>, Span)> {
    let mut missing = Vec::new();
    for Dictionary { place, keys, entries } in dictionaries(places) {
        for key in keys.iter().filter(|key| key.required && key.name != "ANY" && !entries.contains_key(&key.name)) {
            let chain = place.found.chain.iter().copied().chain([key]).collect();
            if on(subject.target, &KeyMatch { schema: place.found.schema, chain, key }) {
                missing.push((vec![place.path(), key.name.clone()], place.span));
            }
        }
    }
    missing
}
