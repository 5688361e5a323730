//! Contradictions between settings of several files: the rules of compilation over a group, and those across controls, over all that one
//! audience gets. What one file has by itself lint has said of the file.

use super::Meeting;
use super::finding::Findings;
use super::outcome::{self, Outcome};
use super::unit::Unit;
use super::way::Way;
use crate::check::Rules;
use crate::check::foreign::{Ask, Foreign, Unknown};
use crate::control::{self, OrganisationFacts, Watch};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::lint::Devices;
use crate::setting::Setting;
use crate::source::FileId;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with two settings, and not with what is not there.
const PAIRS: &[Code] = &[
    Code::MutuallyExclusive,
    Code::RemovableMediaContradiction,
    Code::SeveralStartupMethods,
    Code::SilentWithPin,
    Code::PinLengthsIgnored,
    Code::PasscodeCannotBeSet,
    Code::PasscodeTwice,
    Code::AppListsOverlap,
];

/// Where settings stand, and in which artefact.
type Places = BTreeMap<(FileId, u32), usize>;

pub(super) fn judge(meeting: &Meeting<'_>, members: &[usize], units: &[Unit<'_>], findings: &mut Findings) {
    if members.len() < 2 {
        return;
    }
    let settings = union(meeting, units);
    let devices = meeting.run.options.devices.iter().find(|devices| devices.platform == meeting.platform);
    let target = devices.cloned().unwrap_or_else(|| Devices::of(meeting.platform)).best();
    let unknown = Unknown::default();
    let foreign = Foreign::look(meeting.run.catalogue, settings.iter(), &unknown, None);
    let mut found = Diagnostics::default();
    for fault in Rules::all().foreign(&foreign.on(&target), Ask::Across) {
        found.push(fault.finding);
    }
    let facts = OrganisationFacts::default();
    let watch = Watch { target: &target, facts: &facts, controls: &[], settings: &settings };
    control::Rules::all().run(&watch, &BTreeSet::new(), &mut found);
    let places = places(units);
    for finding in found.iter().filter(|finding| PAIRS.contains(&finding.code)) {
        if let Some((one, other)) = apart(finding, &places) {
            let names = [one, other].map(|n| meeting.reading(n).name.as_str());
            let mut finding = finding.clone();
            finding.severity = finding.severity.max(finding.code.severity()).min(Severity::Warning);
            finding.message = format!("{}: `{}` beside `{}`", finding.message, names[0], names[1]);
            findings.add(meeting, finding);
        }
    }
}

/// What holds, as far as that is known; of what nobody knows what comes first.
fn union(meeting: &Meeting<'_>, units: &[Unit<'_>]) -> Vec<Setting> {
    let mut settings = Vec::new();
    for unit in units {
        let n = match outcome::of(meeting.run.catalogue, unit) {
            Outcome::Wins(n, _) | Outcome::Weaker(n) => n,
            _ => 0,
        };
        let Some(holder) = unit.holders.get(n) else { continue };
        for item in &holder.items {
            let mut setting = item.setting.clone();
            setting.address.instance = match (&unit.way, setting.address.instance) {
                (Way::Each, instance) => Some(format!("{}.{}", holder.reading, instance.unwrap_or_default())),
                _ => None,
            };
            settings.push(setting);
        }
    }
    settings
}

fn places(units: &[Unit<'_>]) -> Places {
    let mut places = Places::new();
    for holder in units.iter().flat_map(|unit| &unit.holders) {
        for item in &holder.items {
            places.insert((item.setting.span.file, item.setting.span.start), holder.reading);
        }
    }
    places
}

/// The two artefacts that a finding is about, where it is about two.
fn apart(finding: &Diagnostic, places: &Places) -> Option<(usize, usize)> {
    let of = |place: &Place| match place {
        Place::Source(span) if span.is_somewhere() => places.get(&(span.file, span.start)).copied(),
        _ => None,
    };
    let own = of(&finding.place)?;
    finding.also.iter().filter_map(|label| of(&label.place)).find(|other| *other != own).map(|other| (own, other))
}
