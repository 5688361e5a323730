//! Keys of one dictionary inside a list, wherever the list stands in the payload.

use crate::check::place::dictionaries;
use crate::check::rule::{Facts, SettingRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic};

/// A second rule of this page, over single settings: an array is one value.
pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::MutuallyExclusive], explain: include_str!("explain.md"), run };

const ROWS: &[(&str, [&str; 2])] = &[("com.apple.TCC.configuration-profile-policy", ["Allowed", "Authorization"])];

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let Facts::Key(matches) = &subject.facts else { return Vec::new() };
    let Some(found) = matches.first() else { return Vec::new() };
    let rows = ROWS.iter().filter(|(owner, _)| *owner == subject.setting.address.owner);
    rows.flat_map(|(_, [a, b])| {
        dictionaries(subject.setting, found).into_iter().filter_map(move |dictionary| {
            let (first, second) = (dictionary.entries.get(*a)?, dictionary.entries.get(*b)?);
            let span = if second.span.is_somewhere() { second.span } else { dictionary.span };
            let message = format!("`{}` has both `{a}` and `{b}`", dictionary.path);
            let finding = Diagnostic::new(Code::MutuallyExclusive, span, message)
                .also(first.span, format!("`{a}` here"))
                .help(format!("leave `{b}`, the newer of the two, or `{a}` alone for older systems"));
            Some(Verdict::Wrong(finding))
        })
    })
    .collect()
}
