//! A group that does not say which editions it has, said once.

use crate::check::rule::{GroupRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::Edition;

pub(crate) const RULE: GroupRule = GroupRule { codes: &[Code::WrongEdition], explain: include_str!("explain.md"), run };

/// The editions that organisations have; the others are rare enough to be named.
const USUAL: [Edition; 4] = [Edition::Home, Edition::Pro, Edition::Enterprise, Edition::Education];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let narrow = subjects.iter().enumerate().filter(|(_, subject)| {
        subject.target.editions.is_empty()
            && super::listed(subject).is_some_and(|listed| USUAL.iter().any(|edition| !listed.contains(edition)))
    });
    let places: Vec<usize> = narrow.map(|(place, _)| place).collect();
    let Some(first) = places.first().and_then(|place| subjects.get(*place)) else { return Vec::new() };
    let group = &first.target.group;
    let message = format!(
        "the group `{}` does not say its editions of Windows, and {} of its settings are not for all",
        group.value,
        places.len()
    );
    let finding = Diagnostic::new(Code::WrongEdition, group.span, message)
        .severity(Severity::Warning)
        .help("write `editions: [enterprise]`, or which it has, into groups.yaml");
    places.first().map(|place| (*place, Verdict::Remark(finding))).into_iter().collect()
}
