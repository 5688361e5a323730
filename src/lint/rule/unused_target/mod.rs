//! Devices that are named (`--target`) and for which no file is: nothing was asked for them, however clean the run ends.

use super::{Batch, BatchRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::judge::may_be_for;
use crate::setting::Platform;

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::UnusedTarget], explain: Some(include_str!("explain.md")), run };

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let all = &batch.readings.readings;
    // Where nothing is set at all, that is said.
    let Some(first) = all.iter().find(|reading| !reading.items.is_empty()) else { return Vec::new() };
    let is_unused = |platform: &&Platform| {
        batch.options.devices.iter().any(|devices| devices.platform == **platform)
            && !all.iter().any(|reading| reading.items.iter().any(|item| may_be_for(item, **platform)))
    };
    let finding = |platform: &Platform| {
        let message = format!("`--target` names devices with {platform}, and no file here sets anything on them");
        Diagnostic::in_artefact(Code::UnusedTarget, first.name.as_str(), "", message)
            .help("name the devices that the files are for, or give the files of these devices")
    };
    Platform::ALL.iter().filter(is_unused).map(finding).collect()
}
