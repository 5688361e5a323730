//! A group that does not say which editions of Windows it has, said once.

use super::{Subject, Verdict};
use crate::check::rule::wrong_edition::listed;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Edition;

/// The editions that organisations have; the others are rare enough to be named.
const USUAL: [Edition; 4] = [Edition::Home, Edition::Pro, Edition::Enterprise, Edition::Education];

pub(super) fn editions(subjects: &[Subject<'_>]) -> Option<(usize, Verdict)> {
    let narrow = subjects.iter().enumerate().filter(|(_, subject)| {
        subject.target.editions.is_empty()
            && listed(subject).is_some_and(|listed| USUAL.iter().any(|edition| !listed.contains(edition)))
    });
    let places: Vec<usize> = narrow.map(|(place, _)| place).collect();
    let place = *places.first()?;
    let group = &subjects.get(place)?.target.group;
    let message = format!(
        "the group `{}` does not say its editions of Windows, and {} of its settings are not for all",
        group.value,
        places.len()
    );
    let finding = Diagnostic::new(Code::UnknownAvailability, group.span, message)
        .help("write `editions: [enterprise]`, or which it has, into groups.yaml");
    Some((place, Verdict::Remark(finding)))
}
