//! A run in which nothing is of a kind that is read: the path may be another one than was meant, and a clean end would hide it.

use super::{Batch, BatchRule, enrolment_profile};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::{Kind, Reading};

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::NothingToRead], explain: Some(include_str!("explain.md")), run };

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let all = &batch.readings.readings;
    // What is broken is told as that.
    let is_nothing = |reading: &Reading| {
        matches!(reading.kind, Kind::Unknown | Kind::Archive)
            && reading.faults.iter().all(|fault| fault.severity == Severity::Note)
            && enrolment_profile::at(reading, batch.readings.sources.text(reading.file)).is_none()
    };
    let Some(first) = all.first().filter(|_| all.iter().all(is_nothing)) else { return Vec::new() };
    let message = match all.len() {
        1 => "nothing here is of a kind that is read".to_owned(),
        files => format!("none of {files} files is of a kind that is read"),
    };
    let finding = Diagnostic::in_artefact(Code::NothingToRead, first.name.as_str(), "", message);
    vec![finding.help("give the profiles, declarations, SyncML or exports themselves, or the folder that they lie in")]
}
