//! Editions of Windows: `EditionAllowList` of the DDF, as families (failure-modes B14).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::NodeMatch;
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Edition, Family};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongEdition], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let stated = &subject.target.editions;
    let Some(found) = node(subject) else { return Vec::new() };
    let editions = stated.iter().map(|edition| edition.value);
    let missing: Vec<Edition> = editions.filter(|edition| found.takes(*edition) == Some(false)).collect();
    let Some(first) = missing.first() else { return Vec::new() };
    let listed = found.editions().unwrap_or_default();
    let name = leaf(&found.node.uri);
    let message = match listed.is_empty() {
        true => format!("no edition of Windows takes `{name}`"),
        false => format!("Windows {} does not take `{name}`", words(&missing)),
    };
    let place = stated.iter().find(|edition| edition.value == *first).map_or(stated[0].span, |edition| edition.span);
    let finding = Diagnostic::new(Code::WrongEdition, subject.setting.span, message).also(place, "the group has it");
    let finding = match listed.is_empty() {
        true => finding.help("take it out: the node is left over from devices that are no more"),
        false => finding
            .help(format!("{} do", words(&listed)))
            .help("put the devices of the other edition in a group of their own (`part-of`)"),
    };
    vec![Verdict::CannotTake(finding)]
}

/// The editions that take the node; `None` where the DDF says nothing.
pub(super) fn listed(subject: &Subject<'_>) -> Option<Vec<Edition>> {
    node(subject)?.editions()
}

fn node<'s, 'a>(subject: &'s Subject<'a>) -> Option<&'s NodeMatch<'a>> {
    among::node(subject).filter(|_| matches!(subject.setting.address.family, Family::Csp | Family::Command))
}

fn words(editions: &[Edition]) -> String {
    let words: Vec<&str> = editions.iter().map(|edition| edition.word()).collect();
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has_for, target};
    use crate::diagnostic::Code;
    use crate::setting::Edition;
    use crate::source::Spanned;

    const POLICY: &str = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing = 0";

    fn check(editions: &[Edition], expected: bool) {
        let mut target = target();
        target.editions = editions.iter().copied().map(Spanned::nowhere).collect();
        assert_eq!(has_for(&target, Code::WrongEdition, POLICY), expected, "{editions:?}");
    }

    #[test]
    fn every_edition_of_the_group_is_listed() {
        check(&[Edition::Enterprise], false);
        check(&[Edition::Enterprise, Edition::Pro], false);
        check(&[Edition::Enterprise, Edition::Home], true);
        check(&[Edition::Home], true);
    }

    #[test]
    fn a_group_that_names_none_is_not_refused() {
        check(&[], false);
    }
}
