//! Group policy beside MDM (failure-modes B36): the rule of compilation, asked of files that some devices get together.

use super::{Batch, BatchRule};
use crate::check::rule::group_policy_wins::{beside as judge, in_domain};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::Devices;
use crate::reader::{How, Item, Reading};
use crate::setting::{Join, Platform};

pub(crate) const RULE: BatchRule = BatchRule { codes: &[Code::GroupPolicyWins], explain: None, run };

/// Over all files of a run, where somebody says that its devices are in a domain.
fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let devices = &batch.options.devices;
    let is_known = devices.iter().any(|devices| devices.platform == Platform::Windows && devices.join.is_some());
    if !is_known {
        return Vec::new();
    }
    let readings: Vec<&Reading> = batch.readings.readings.iter().collect();
    beside(&readings, devices).into_iter().collect()
}

/// What group policy does to what some devices get together.
pub(crate) fn beside(readings: &[&Reading], devices: &[Devices]) -> Option<Diagnostic> {
    let own: Vec<Option<Join>> =
        devices.iter().filter(|one| one.platform == Platform::Windows).map(|one| one.join).collect();
    let severity = match (own.iter().flatten().any(|join| in_domain(*join)), own.iter().all(Option::is_some)) {
        (true, _) => Severity::Warning,
        (false, true) if !own.is_empty() => return None,
        (false, _) => Severity::Note,
    };
    let is_set = |item: &&Item| !matches!(item.how, How::Observed { .. });
    let items = readings.iter().flat_map(|reading| &reading.items).filter(is_set);
    let (_, finding) = judge(items.map(|item| &item.setting))?;
    let severity = finding.severity.max(severity);
    Some(finding.severity(severity))
}
