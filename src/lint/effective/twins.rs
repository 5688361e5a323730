//! Files of which a device keeps one: profiles and declarations with one identifier (failure-modes A2), and payloads and declarations that
//! a device takes once (A15).

use super::Meeting;
use super::finding::{Findings, also_at, placed};
use super::way::{self, Way};
use crate::diagnostic::Code;
use crate::lint::group::head;
use crate::reader::{Item, Kind, Reading};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Says what is there twice. Gives what another artefact takes the place of, or what is the same thing a second time: nobody compares
/// its values.
pub(super) fn judge(meeting: &Meeting<'_>, findings: &mut Findings) -> BTreeSet<usize> {
    let replaced = identifiers(meeting, findings);
    instances(meeting, &replaced, findings);
    replaced
}

fn identifiers(meeting: &Meeting<'_>, findings: &mut Findings) -> BTreeSet<usize> {
    let mut replaced = BTreeSet::new();
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for n in &meeting.members {
        let reading = meeting.reading(*n);
        let Some(identifier) = reading.envelope.identifier.as_deref().filter(|text| !text.is_empty()) else { continue };
        let Some(earlier) = first.get(&(reading.kind.word(), identifier)) else {
            first.insert((reading.kind.word(), identifier), *n);
            continue;
        };
        replaced.insert(*n);
        let earlier = meeting.reading(*earlier);
        // One policy of Intune's, exported twice, is one policy; and a copy of a profile is no second one.
        if !matches!(reading.kind, Kind::Profile | Kind::Declaration) || is_copy(earlier, reading) {
            continue;
        }
        let what = if reading.kind == Kind::Profile { "profile" } else { "declaration" };
        let message = format!(
            "`{identifier}` is the identifier of this {what} and of that in `{}`: a device keeps one of them",
            earlier.name
        );
        let finding = placed(reading, place(meeting, reading, identifier), "", Code::DuplicateIdentifier, message);
        let other = place(meeting, earlier, identifier);
        let finding = also_at(finding, earlier, other, "", "the other is here".to_owned());
        findings.add(meeting, finding.help("give each an identifier of its own, or keep the audiences apart"));
    }
    replaced
}

fn place(meeting: &Meeting<'_>, reading: &Reading, identifier: &str) -> Span {
    crate::lint::rule::quoted_at(meeting.run.readings, reading, identifier)
}

fn is_copy(one: &Reading, other: &Reading) -> bool {
    let same = |(a, b): (&Item, &Item)| {
        a.setting.address == b.setting.address && a.setting.value == b.setting.value && a.how == b.how
    };
    one.items.len() == other.items.len() && one.items.iter().zip(&other.items).all(same)
}

fn instances(meeting: &Meeting<'_>, replaced: &BTreeSet<usize>, findings: &mut Findings) {
    let mut first: BTreeMap<String, (usize, &Item)> = BTreeMap::new();
    for n in meeting.members.iter().filter(|n| !replaced.contains(n)) {
        let reading = meeting.reading(*n);
        let mut said: BTreeSet<&str> = BTreeSet::new();
        for item in &reading.items {
            let address = &item.setting.address;
            let is_once = !said.contains(address.owner.as_str())
                && way::of(meeting.run.catalogue, meeting.platform, address) == Way::Once;
            if !is_once {
                continue;
            }
            said.insert(&address.owner);
            let key = format!("{:?} {:?} {}", address.family, address.channel, address.owner);
            let (earlier, other) = first.entry(key).or_insert((*n, item));
            if earlier == n {
                continue;
            }
            let earlier = meeting.reading(*earlier);
            let owner = &address.owner;
            let message = format!(
                "a device takes `{owner}` once, and gets it from `{}` and from `{}`",
                reading.name, earlier.name
            );
            let finding = placed(reading, beginning(reading, item), &item.place, Code::SeveralInstances, message);
            let finding =
                also_at(finding, earlier, beginning(earlier, other), &other.place, "the first is here".into());
            findings.add(meeting, finding.help("put its keys into one file, or keep the audiences apart"));
        }
    }
}

/// Where the payload of an item begins; of what is none the item.
fn beginning(reading: &Reading, item: &Item) -> Span {
    let number = item.place.strip_prefix("PayloadContent[").and_then(|rest| rest.split_once(']'));
    let payload = number.and_then(|(n, _)| reading.envelope.payloads.get(n.parse::<usize>().ok()?));
    payload.map(|payload| payload.span).filter(|span| span.is_somewhere()).map_or(item.setting.span, head)
}
