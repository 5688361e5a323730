//! Files of groups that may have devices in common: nobody here knows who is in a group. What they would disagree on is a note, and no
//! conflict.

use super::finding::{Findings, also_at, placed};
use super::reach::{Reach, Sure};
use super::unit::Holder;
use super::way::Way;
use super::{Run, unit};
use crate::diagnostic::{Code, Severity};
use crate::gather::Gather;
use crate::setting::Platform;
use std::collections::{BTreeMap, BTreeSet};

/// Two artefacts, where they disagree first, and how often.
type Pairs<'a> = BTreeMap<(usize, usize), (String, [&'a Holder<'a>; 2], usize)>;

pub(super) fn judge(run: Run<'_>, reach: &Reach, platforms: &[BTreeSet<Platform>], findings: &mut Findings) {
    if !run.options.notes {
        return;
    }
    let stated: Vec<usize> = (0..reach.ways.len()).filter(|n| reach.ways[*n].sure() == Some(Sure::Stated)).collect();
    let all: BTreeSet<Platform> = stated.iter().flat_map(|n| platforms[*n].iter().copied()).gather();
    for platform in all {
        let members: Vec<usize> = stated.iter().copied().filter(|n| platforms[*n].contains(&platform)).collect();
        let units = unit::of(run, platform, &members);
        let mut pairs = Pairs::new();
        for unit in units.iter().filter(|unit| !matches!(unit.way, Way::Each | Way::Merged(_))) {
            for (n, later) in unit.holders.iter().enumerate() {
                for earlier in unit.holders[..n].iter().filter(|earlier| !earlier.agrees(later)) {
                    let key = (earlier.reading, later.reading);
                    pairs.entry(key).or_insert_with(|| (unit.address.to_string(), [earlier, later], 0)).2 += 1;
                }
            }
        }
        for ((a, b), (address, [earlier, later], count)) in pairs {
            let meet = |cell: &super::reach::Cell| reach.ways[a].reach(cell) && reach.ways[b].reach(cell);
            if reach.cells.iter().any(meet) {
                continue;
            }
            let Some(common) = reach.ways[a].common(&reach.ways[b]) else { continue };
            let readings = [a, b].map(|n| &run.readings.readings[n]);
            let more = if count > 1 { format!(" and on {} more", count - 1) } else { String::new() };
            let message = format!(
                "`{}` and `{}` disagree on `{address}`{more}: a device that is in both groups would get both",
                readings[1].name, readings[0].name
            );
            let finding = placed(readings[1], later.span(), "", Code::ConflictingValues, message);
            let finding = also_at(finding, readings[0], earlier.span(), "", format!("{} here", earlier.shown(run)));
            let finding = finding.severity(Severity::Note);
            findings.of(
                &common.name,
                finding.help("exclude each group from the other's policy, or see that no device is in both"),
            );
        }
    }
}
