//! Keys of one dictionary inside a list, wherever the list stands in the payload.

use crate::check::place::dictionaries;
use crate::check::rule::{SettingRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic};

/// A second rule of this page, over single settings: an array is one value.
pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::MutuallyExclusive], explain: include_str!("explain.md"), run };

const ROWS: &[(&str, [&str; 2])] = &[("com.apple.TCC.configuration-profile-policy", ["Allowed", "Authorization"])];

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let rows = ROWS.iter().filter(|(owner, _)| *owner == subject.setting.address.owner);
    rows.flat_map(|(_, [a, b])| {
        let places = subject.places().first().map_or(&[][..], Vec::as_slice);
        dictionaries(places).filter_map(move |dictionary| {
            let (first, second) = (dictionary.entries.get(*a)?, dictionary.entries.get(*b)?);
            let span = if second.span.is_somewhere() { second.span } else { dictionary.place.span };
            let message = format!("`{}` has both `{a}` and `{b}`", dictionary.place.path());
            let finding = Diagnostic::new(Code::MutuallyExclusive, span, message)
                .also(first.span, format!("`{a}` here"))
                .help(format!("leave `{b}`, the newer of the two, or `{a}` alone for older systems"));
            Some(Verdict::Wrong(finding))
        })
    })
    .collect()
}
