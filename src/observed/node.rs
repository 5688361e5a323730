//! Nodes of Windows and rules of compliance: each by its address, wherever it stands.

use super::Kind;
use super::judge::{Case, Verdict};
use super::rules::Applied;
use super::same::{Names, same};
use crate::backend::expected;
use crate::catalogue::Catalogue;
use crate::gather::Gather;
use crate::reader::{self, How, Item, Reading, Why};
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The provider by which Intune is known to Windows.
pub(super) const INTUNE: &str = "MS DM Server";

/// Why nobody can tell what stands behind the end of a report.
const SHORT: &str = "the report cannot be read to its end, and may have it behind that place";

/// An address in the one spelling by which the sides meet.
type Key = (Family, String, Leaf);
type Own<'r> = BTreeMap<Key, (usize, &'r Item)>;
type Found<'r> = BTreeMap<Key, Vec<(usize, &'r Item)>>;

fn key(address: &Address, catalogue: &Catalogue) -> Option<Key> {
    if !matches!(address.family, Family::Csp | Family::Compliance) {
        return None;
    }
    let known = (address.family == Family::Csp).then(|| catalogue.known_node(&address.owner)).flatten();
    let owner = known.map_or_else(|| address.owner.clone(), |found| found.canonical);
    let leaf = match &address.leaf {
        Leaf::AdmxElement(id) => Leaf::AdmxElement(id.to_lowercase()),
        leaf => leaf.clone(),
    };
    Some((address.family, owner.to_lowercase(), leaf))
}

/// Tells of every node and every rule of compliance.
pub(super) fn compare<'r>(case: &Case<'r>, verdict: &mut Verdict<'r>, applied: &mut Applied) {
    let mut own: Own<'r> = BTreeMap::new();
    for (n, reading) in &case.approved {
        for item in &reading.items {
            if let Some(key) = key(&item.setting.address, case.catalogue) {
                own.entry(key).or_insert((*n, item));
            }
        }
    }
    let mut found: Found<'r> = BTreeMap::new();
    for (n, reading) in &case.seen {
        for item in reading.items.iter().filter(|item| item.how != How::Executed) {
            if let Some(key) = key(&item.setting.address, case.catalogue) {
                found.entry(key).or_default().push((*n, item));
            }
        }
    }
    let report = case.seen.iter().any(|(_, reading)| reading.kind == reader::Kind::DiagnosticsReport);
    let (unset, gone, untold) = (unset(case), gone(case), untold(case));
    let mut comparing = Comparing { case, unset, gone, untold, provider: None, is_report: report };
    if report {
        comparing.provider = provider(&own, &found, case.catalogue);
        verdict.provider.clone_from(&comparing.provider);
    }
    for (key, approved) in &own {
        let seen = found.get(key).map_or(&[][..], Vec::as_slice);
        let seen = comparing.counting(*approved, seen, applied);
        comparing.one(*approved, &seen, &found, verdict);
    }
    for (key, seen) in &found {
        // A policy without a value that can be read stands for all that is approved of it.
        let is_told = report
            && seen.iter().all(|(_, item)| blank(item).is_some())
            && own.range((key.0, key.1.clone(), Leaf::Node)..).next().is_some_and(|(other, _)| other.1 == key.1);
        if !own.contains_key(key) && !is_told {
            comparing.extra(seen, verdict, applied);
        }
    }
}

/// Nodes that a side takes back, in lower case.
fn unset(case: &Case<'_>) -> BTreeSet<String> {
    case.seen.iter().flat_map(|(_, reading)| &reading.unset).map(|(uri, _)| uri.to_lowercase()).gather()
}

/// Nodes that devices say are not there, in the catalogue's spelling and lower case, each with the reading that says so.
fn gone(case: &Case<'_>) -> BTreeMap<String, usize> {
    let all = case.seen.iter().flat_map(|(n, reading)| reading.unknown.iter().map(move |one| (*n, one)));
    let one = |(n, one): (usize, &reader::Unknown)| {
        let known = case.catalogue.known_node(&one.name);
        (known.map_or_else(|| one.name.clone(), |found| found.canonical).to_lowercase(), n)
    };
    all.filter(|(_, one)| one.why == Why::NotThere).map(one).gather()
}

/// Nodes of which a device does not say what was set, each with why.
fn untold(case: &Case<'_>) -> BTreeMap<String, String> {
    let settings: Vec<&Setting> = case.approved.iter().flat_map(|(_, reading)| reading.settings()).collect();
    match case.reach.word() {
        "answers" => expected::untold(settings.into_iter(), case.catalogue),
        _ => BTreeMap::new(),
    }
}

/// The provider that sets what is approved: of those that a report names, the one that sets most of it.
fn provider(own: &Own<'_>, found: &Found<'_>, catalogue: &Catalogue) -> Option<String> {
    let mut score: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (key, (_, approved)) in own {
        for (_, seen) in found.get(key).into_iter().flatten() {
            if let How::Observed { by: Some(by), in_force } = &seen.how {
                let is_same = same(&approved.setting, &seen.setting.value, &Names::default(), catalogue);
                let score = score.entry(by).or_default();
                // What an enrolment has set tells whose it is; what is in force may be another's by the same value.
                *(if *in_force { &mut score.1 } else { &mut score.0 }) += usize::from(is_same);
            }
        }
    }
    let best = score.iter().max_by_key(|(by, (set, wins))| (*set, *wins, **by == INTUNE));
    best.filter(|(_, (set, wins))| set + wins > 0).map(|(by, _)| (*by).to_owned())
}

struct Comparing<'c, 'r> {
    case: &'c Case<'r>,
    unset: BTreeSet<String>,
    gone: BTreeMap<String, usize>,
    untold: BTreeMap<String, String>,
    provider: Option<String>,
    is_report: bool,
}

impl<'r> Comparing<'_, 'r> {
    /// One setting that is approved.
    fn one(
        &self,
        approved: (usize, &'r Item),
        seen: &[(usize, &'r Item)],
        found: &Found<'r>,
        verdict: &mut Verdict<'r>,
    ) {
        let address = &approved.1.setting.address;
        if let Some(why) = self.refused(address, found) {
            verdict.tell(Kind::Unknown, approved).why = Some(why);
        } else if self.is_report {
            self.reported(approved, seen, found, verdict);
        } else if seen.is_empty() {
            self.absent(approved, verdict);
        } else {
            match seen.iter().find(|(_, item)| !self.same(approved.1, item)) {
                Some((reading, item)) => {
                    let told = verdict.tell(Kind::Different, approved);
                    (told.reading, told.seen) = (Some(*reading), Some(*item));
                }
                None => verdict.agreed.push(address.clone()),
            }
        }
    }

    /// Without what stands in another policy because every policy of its kind has it.
    fn counting(
        &self,
        approved: (usize, &'r Item),
        seen: &[(usize, &'r Item)],
        applied: &mut Applied,
    ) -> Vec<(usize, &'r Item)> {
        let mut counting = seen.to_vec();
        counting.retain(|(reading, item)| {
            let is_its = self.same(approved.1, item) || self.case.names.are_one(approved.0, *reading);
            let (sets, kind) = (self.case.sets(*reading), self.case.kind(*reading));
            // A report tells what is in force, whatever the vendor's default is.
            is_its || self.is_report || !sets.is_default(kind, item, self.case.catalogue, applied)
        });
        counting
    }

    fn same(&self, approved: &Item, seen: &Item) -> bool {
        same(&approved.setting, &seen.setting.value, &Names::default(), self.case.catalogue)
    }

    /// Why the source can say nothing of an address.
    fn refused(&self, address: &Address, found: &Found<'r>) -> Option<String> {
        if let Some(why) = self.case.reach.refuses(address) {
            return Some(why.to_owned());
        }
        // A device that answers of a node which the DDF says takes no `Get` knows better.
        let has_answered = || {
            let known = self.case.catalogue.known_node(&address.owner);
            let takes_get = known.is_none_or(|known| known.node.access.iter().any(|verb| verb == "Get"));
            !takes_get && key(address, self.case.catalogue).is_some_and(|key| found.contains_key(&key))
        };
        if let Some(why) = self.untold.get(&address.owner).filter(|_| !has_answered()) {
            return Some(why.clone());
        }
        let untold = |reading: &Reading| reading.unknown.iter().any(|one| one.name == reader::POLICIES[0]);
        if self.is_report && self.case.seen.iter().all(|(_, reading)| untold(reading)) {
            return Some("the report has no part that tells of policies".to_owned());
        }
        let is_user = |item: &Item| item.setting.address.channel == Channel::User;
        let of_user = || found.values().flatten().any(|(_, item)| is_user(item));
        (self.is_report && address.channel == Channel::User && !of_user())
            .then(|| "the report has no policy of any user: nobody was signed in whom the server manages".to_owned())
    }

    fn absent(&self, approved: (usize, &'r Item), verdict: &mut Verdict<'r>) {
        let address = &approved.1.setting.address;
        if let Some(reading) = self.not_there(address) {
            let told = verdict.tell(Kind::Missing, approved);
            told.reading = Some(reading);
            told.why =
                Some("asked for it, the device answers that there is no such node (404): nothing sets it".to_owned());
            return;
        }
        let listed = self.case.reach.is_listed().then(|| self.case.reach.otherwise());
        let beside = || self.case.is_beside(approved.0);
        if let Some(why) = listed.or_else(beside).or_else(|| self.case.held_back(approved.0, address)) {
            let told = verdict.tell(Kind::Unknown, approved);
            told.why = Some(why.to_owned());
            told.reading = self.like(approved.0);
            return;
        }
        let told = verdict.tell(Kind::Missing, approved);
        told.reading = self.like(approved.0);
        if self.unset.contains(&address.owner.to_lowercase()) {
            told.why = Some("it is taken back (`Delete`)".to_owned());
        }
    }

    /// The reading that says that a node is not there, or one above it.
    fn not_there(&self, address: &Address) -> Option<usize> {
        if self.gone.is_empty() || address.family != Family::Csp {
            return None;
        }
        let known = self.case.catalogue.known_node(&address.owner);
        let uri = known.map_or_else(|| address.owner.clone(), |found| found.canonical).to_lowercase();
        let above = uri.match_indices('/').map(|(at, _)| &uri[..at]);
        above.chain([uri.as_str()]).find_map(|uri| self.gone.get(uri).copied())
    }

    /// The file that something should stand in, where there is one of its name.
    fn like(&self, approved: usize) -> Option<usize> {
        let mut seen = self.case.seen.iter();
        seen.find(|(n, _)| self.case.names.are_one(approved, *n)).map(|(n, _)| *n)
    }

    /// A policy in a report: what is in force decides; where a report has nothing of that, what the server has set.
    fn reported(
        &self,
        approved: (usize, &'r Item),
        seen: &[(usize, &'r Item)],
        found: &Found<'r>,
        verdict: &mut Verdict<'r>,
    ) {
        let in_force = |item: &Item| matches!(item.how, How::Observed { in_force: true, .. });
        let winners: Vec<&(usize, &'r Item)> = seen.iter().filter(|(_, item)| in_force(item)).collect();
        let has_force = self.case.seen.iter().any(|(_, reading)| reading.items.iter().any(in_force));
        let own: Vec<&(usize, &'r Item)> =
            seen.iter().filter(|(_, item)| !in_force(item) && self.is_ours(item)).collect();
        let looked_at = if winners.is_empty() && !has_force { own.clone() } else { winners };
        let first = self.case.seen.first().map(|(n, _)| *n);
        let foreign = looked_at.iter().any(|(_, item)| !self.is_ours(item));
        let is_short = (looked_at.is_empty() || !has_force) && self.is_short() && !foreign;
        let unsaid = if is_short {
            Some(SHORT)
        } else if looked_at.is_empty() {
            self.without_value(&approved.1.setting.address, found)
        } else {
            looked_at.iter().find_map(|(_, seen)| unsaid(approved.1, seen))
        };
        if let Some(why) = unsaid.or_else(|| self.case.held_back(approved.0, &approved.1.setting.address)) {
            let told = verdict.tell(Kind::Unknown, approved);
            (told.reading, told.why) = (first, Some(why.to_owned()));
            return;
        }
        if looked_at.is_empty() {
            let told = verdict.tell(Kind::Missing, approved);
            told.reading = own.first().map(|(n, _)| *n).or(first);
            told.why = own.first().map(|_| "the server has set it, and it is not in force".to_owned());
            return;
        }
        if let Some((reading, item)) = looked_at.iter().find(|(_, item)| !self.is_ours(item)) {
            let is_same = self.same(approved.1, item);
            let told = verdict.tell(Kind::Superseded, approved);
            (told.reading, told.seen) = (Some(*reading), Some(*item));
            told.by = by(item).map(str::to_owned);
            told.why = is_same.then(|| "it has the value that is approved".to_owned());
            return;
        }
        match looked_at.iter().find(|(_, item)| !self.same(approved.1, item)) {
            Some((reading, item)) => {
                let told = verdict.tell(Kind::Different, approved);
                (told.reading, told.seen) = (Some(*reading), Some(*item));
            }
            None => verdict.agreed.push(approved.1.setting.address.clone()),
        }
    }

    /// Why the policy that something is part of has no value in a report.
    fn without_value(&self, address: &Address, found: &Found<'r>) -> Option<&'static str> {
        let (family, owner, _) = key(address, self.case.catalogue)?;
        found.get(&(family, owner, Leaf::Node))?.iter().find_map(|(_, item)| blank(item))
    }

    /// Whether a report ends before its end, or cannot be read to it.
    fn is_short(&self) -> bool {
        self.case.seen.iter().any(|(_, reading)| reading.is_malformed())
    }

    /// Whether it is the server's that delivers what is approved, or nobody says whose.
    fn is_ours(&self, item: &Item) -> bool {
        match (by(item), &self.provider) {
            (Some(by), Some(provider)) => by == provider,
            _ => true,
        }
    }

    /// What nobody has approved. Of a report only what is in force, by the server that delivers what is approved.
    fn extra(&self, seen: &[(usize, &'r Item)], verdict: &mut Verdict<'r>, applied: &mut Applied) {
        let counts = |item: &Item| match &item.how {
            How::Observed { in_force, .. } if self.is_report => *in_force && self.is_ours(item),
            _ => true,
        };
        for (reading, item) in seen.iter().filter(|(_, item)| counts(item)) {
            let sets = self.case.sets(*reading);
            if !sets.is_default(self.case.kind(*reading), item, self.case.catalogue, applied) {
                verdict.extra(*reading, item);
            }
        }
    }
}

/// Why a value in a report is none; nothing where it is one.
fn unsaid(approved: &Item, seen: &Item) -> Option<&'static str> {
    let is_empty = matches!(&seen.setting.value, Value::Text(text) if text.trim().is_empty());
    // A text may be empty.
    blank(seen).filter(|_| !is_empty || !matches!(approved.setting.value, Value::Text(_)))
}

/// Why what stands in the place of a value is none.
fn blank(seen: &Item) -> Option<&'static str> {
    let Value::Text(text) = &seen.setting.value else { return None };
    match text.trim() {
        "" => Some("the report names the policy, and no value of it"),
        text if text.len() > 2 && text.bytes().all(|byte| byte == b'*') => Some("the report masks the value"),
        _ => None,
    }
}

fn by(item: &Item) -> Option<&str> {
    match &item.how {
        How::Observed { by, .. } => by.as_deref(),
        _ => None,
    }
}
