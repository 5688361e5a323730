//! Many devices: one finding for what several of them have alike, with the devices behind it and how many agree.

use super::approved::{Approved, file_of};
use super::judge::{About, Told, Verdict};
use super::owner::Seen;
use super::{Finding, Kind, Observation, Observed, Sighting};
use crate::catalogue::Catalogue;
use crate::compare::{self, Direction, Judgement};
use crate::drift;
use crate::reader::{Item, Reading};
use crate::setting::{Address, Family, Route};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What makes several findings one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    group: usize,
    kind: Kind,
    about: About,
    seen: Option<String>,
    by: Option<String>,
    why: Option<String>,
    route: Route,
}

/// Counts what was told.
pub(super) fn tally(
    approved: &Approved,
    readings: &[Reading],
    catalogue: &Catalogue,
    verdicts: Vec<(&Seen, Route, Verdict<'_>)>,
    observed: &mut Observed,
) {
    let mut of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut agreed: BTreeMap<(usize, Address), usize> = BTreeMap::new();
    let mut findings: BTreeMap<Same, Finding> = BTreeMap::new();
    for (at, (seen, route, verdict)) in verdicts.into_iter().enumerate() {
        let group = seen.group;
        *of.entry(group).or_default() += 1;
        let mut one = observation(seen, readings, route);
        one.agreed = verdict.agreed.len();
        one.provider = verdict.provider;
        let mut told_of: BTreeSet<Same> = BTreeSet::new();
        for told in verdict.told {
            let shown = Shown { approved, readings, catalogue };
            let same = shown.same(&told, group, route);
            // One device has each once, however many of its users or files say it.
            if !told_of.insert(same.clone()) {
                continue;
            }
            if let Some(n) = Kind::ALL.iter().position(|kind| *kind == told.kind) {
                one.counts[n] += 1;
            }
            let place = shown.sighting(&told, at, seen);
            findings.entry(same).or_insert_with_key(|same| shown.finding(&told, same)).places.push(place);
        }
        verdict.agreed.into_iter().for_each(|address| *agreed.entry((group, address)).or_default() += 1);
        observed.observations.push(one);
    }
    observed.findings = findings.into_values().collect();
    for finding in &mut observed.findings {
        finding.of = of.get(&finding.group).copied().unwrap_or_default();
        let key = finding.address.clone().map(|address| (finding.group, address));
        finding.agreed = key.and_then(|key| agreed.get(&key).copied()).unwrap_or_default();
    }
}

fn observation(seen: &Seen, readings: &[Reading], route: Route) -> Observation {
    let mut files: Vec<String> = seen.readings.iter().map(|n| file_of(&readings[*n].name).to_owned()).collect();
    files.dedup();
    Observation {
        name: seen.name.clone(),
        group: seen.group,
        is_device: seen.route.is_none(),
        source: seen.reach.word(),
        route,
        provider: None,
        files,
        agreed: 0,
        counts: [0; 5],
    }
}

/// What may be shown of both sides.
struct Shown<'a> {
    approved: &'a Approved,
    readings: &'a [Reading],
    catalogue: &'a Catalogue,
}

impl Shown<'_> {
    fn same(&self, told: &Told<'_>, group: usize, route: Route) -> Same {
        let seen = told.seen.map(|item| self.value(item, told.approved.map(|(_, own)| own)));
        let (kind, about) = (told.kind, told.about.clone());
        Same { group, kind, about, seen, by: told.by.clone(), why: told.why.clone(), route }
    }

    /// A value as it may be shown: what either side calls a secret is none's to see.
    fn value(&self, item: &Item, approved: Option<&Item>) -> String {
        let address = &item.setting.address;
        let of_node = || self.catalogue.known_node(&address.owner).is_some_and(|found| found.node.secret);
        let is_secret = drift::is_secret(address, approved.map(|own| &own.setting), self.catalogue)
            || approved.is_some_and(|own| !own.setting.value.secrets().is_empty())
            || address.family == Family::Csp && of_node();
        drift::side(&item.setting.value, address, is_secret, self.catalogue)
    }

    fn finding(&self, told: &Told<'_>, same: &Same) -> Finding {
        let (address, subject) = match &told.about {
            About::Setting(address) => (Some(address.clone()), address.to_string()),
            About::Place(place) => (None, place.clone()),
        };
        Finding {
            group: same.group,
            kind: told.kind,
            subject,
            approved: told.approved.map(|(_, item)| self.value(item, Some(item))),
            seen: same.seen.clone(),
            by: told.by.clone(),
            why: told.why.clone(),
            judgement: address.as_ref().and_then(|address| self.judged(told, address)),
            file: told.approved.map(|(n, _)| self.approved.path(n).to_owned()),
            address,
            places: Vec::new(),
            agreed: 0,
            of: 0,
        }
    }

    /// Which way it goes that devices have what they have in place of what is approved.
    fn judged(&self, told: &Told<'_>, address: &Address) -> Option<Judgement> {
        let own = told.approved.map(|(_, item)| &item.setting.value);
        let seen = told.seen.map(|item| &item.setting.value);
        let neutral = || Judgement {
            direction: Direction::Neutral,
            parts: Vec::new(),
            because: "the value is the one that is approved".to_owned(),
        };
        match told.kind {
            Kind::Unknown => None,
            Kind::Extra if seen.is_none() => Some(Judgement {
                direction: Direction::Unknown,
                parts: Vec::new(),
                because: "nobody says what it sets".to_owned(),
            }),
            Kind::Superseded if told.why.is_some() => Some(neutral()),
            _ => Some(compare::direction(self.catalogue, address, own, seen).unwrap_or_else(neutral)),
        }
    }

    fn sighting(&self, told: &Told<'_>, observation: usize, seen: &Seen) -> Sighting {
        let reading = told.reading.map(|n| &self.readings[n]);
        let span = told.seen.map(|item| item.setting.span).filter(|span| span.is_somewhere());
        let inside = told.seen.map(|item| item.place.clone()).filter(|place| !place.is_empty());
        Sighting {
            observation,
            file: reading.map_or_else(|| seen.name.clone(), |reading| reading.name.clone()),
            span: span.unwrap_or(Span::NOWHERE),
            inside: inside.unwrap_or_else(|| match &told.about {
                About::Setting(address) => address.to_string(),
                About::Place(place) => place.clone(),
            }),
        }
    }
}
