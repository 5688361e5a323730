//! One device or server against what is approved for its group: every setting agrees, or is missing, different, extra, unknown, superseded.
//!
//! What a source cannot report is unknown and never missing. Payloads and declarations are in `payload.rs`, nodes and rules of compliance
//! in `node.rs`.

use super::approved::Approved;
use super::owner::{self, Seen};
use super::pair::FileNames;
use super::rules::{Applied, Reach, Sets};
use super::{Kind, node, payload};
use crate::backend::intune::derived;
use crate::catalogue::Catalogue;
use crate::consumer::{self, Consumer};
use crate::diagnostic::Code;
use crate::gather::Gather;
use crate::reader::{self, Item, Reading, Why};
use crate::setting::{Address, Family, Leaf, Route};
use std::collections::BTreeSet;

/// What is told of one setting.
#[derive(Clone, Debug)]
pub(super) struct Told<'r> {
    pub(super) kind: Kind,
    /// What it is about: its address, or where something stands that nothing can name.
    pub(super) about: About,
    /// The reading that approves it, and what it says.
    pub(super) approved: Option<(usize, &'r Item)>,
    /// The reading that is looked at.
    pub(super) reading: Option<usize>,
    /// What it says there.
    pub(super) seen: Option<&'r Item>,
    /// Who wins, where somebody else does.
    pub(super) by: Option<String>,
    /// Why nobody can tell, or what else is to be said.
    pub(super) why: Option<String>,
}

/// What is told about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Setting(Address),
    /// A place that holds something unnamed.
    Place(String),
}

/// What one comparison comes to.
#[derive(Debug, Default)]
pub(super) struct Verdict<'r> {
    pub(super) told: Vec<Told<'r>>,
    /// What is as approved.
    pub(super) agreed: Vec<Address>,
    /// Who is taken for the server that delivers what is approved, where a report names several.
    pub(super) provider: Option<String>,
}

impl<'r> Verdict<'r> {
    pub(super) fn tell(&mut self, kind: Kind, approved: (usize, &'r Item)) -> &mut Told<'r> {
        let about = About::Setting(approved.1.setting.address.clone());
        self.push(Told { kind, about, approved: Some(approved), reading: None, seen: None, by: None, why: None })
    }

    pub(super) fn extra(&mut self, reading: usize, item: &'r Item) {
        let about = About::Setting(item.setting.address.clone());
        let (reading, seen) = (Some(reading), Some(item));
        self.push(Told { kind: Kind::Extra, about, approved: None, reading, seen, by: None, why: None });
    }

    pub(super) fn push(&mut self, told: Told<'r>) -> &mut Told<'r> {
        self.told.push(told);
        let last = self.told.len() - 1;
        &mut self.told[last]
    }
}

fn is_encrypted(reading: &Reading) -> bool {
    reading.faults.iter().any(|fault| fault.code == Code::EncryptedPayload)
}

/// The two sides, as the parts of a comparison see them.
pub(super) struct Case<'r> {
    pub(super) catalogue: &'r Catalogue,
    pub(super) approved: Vec<(usize, &'r Reading)>,
    pub(super) seen: Vec<(usize, &'r Reading)>,
    pub(super) reach: Reach,
    pub(super) names: FileNames<'r>,
    /// The server whose files these are, where they are a server's and it is known.
    server: Option<&'static Consumer>,
    /// Names of what the side that is seen masks, or says in a way that nobody here reads, in lower case.
    masked: BTreeSet<(String, &'static str)>,
    /// Readings of approved files that travel as they are.
    pub(super) attached: &'r [usize],
}

/// Compares what is seen with what is approved. A device has its files by one route, and that is the one by which it comes closer.
pub(super) fn judge<'r>(
    approved: &'r Approved,
    readings: &'r [Reading],
    seen: &Seen,
    (catalogue, server): (&'r Catalogue, Option<&'static Consumer>),
    applied: &mut Applied,
) -> (Route, Verdict<'r>) {
    let group = &approved.groups[seen.group];
    let routes: Vec<Route> = match seen.route {
        Some(route) => vec![route],
        None => group.routes.keys().copied().collect(),
    };
    let mut best: Option<(usize, Route, Verdict<'r>, Applied)> = None;
    // What travels as it is comes beside the files of any route; a server shows it among files of its kind.
    let is_told = |n: &&usize| seen.route.is_none_or(|route| owner::shows(route, &approved.reading(**n).kind));
    let attached: Vec<usize> = group.attached.iter().filter(is_told).copied().collect();
    for route in routes {
        let own = group.routes.get(&route).into_iter().flatten().chain(&attached);
        let case = Case {
            catalogue,
            approved: own.map(|n| (*n, approved.reading(*n))).collect(),
            seen: seen.readings.iter().map(|n| (*n, &readings[*n])).collect(),
            reach: seen.reach,
            names: FileNames::default(),
            server: server.filter(|_| seen.route == Some(Route::Direct)),
            masked: BTreeSet::new(),
            attached: &group.attached,
        };
        let mut own = Applied::new();
        let verdict = case.named().verdict(&mut own);
        let away = verdict.told.iter().filter(|told| told.kind != Kind::Unknown).count();
        // Where both are as close, the provider says by which the device has them.
        let is_told = route == Route::Intune && verdict.provider.as_deref() == Some(node::INTUNE);
        if best.as_ref().is_none_or(|(least, ..)| away < *least || is_told && away == *least) {
            best = Some((away, route, verdict, own));
        }
    }
    let Some((_, route, verdict, own)) = best else { return (Route::Direct, Verdict::default()) };
    own.into_iter().for_each(|(rule, count)| *applied.entry(rule).or_default() += count);
    (route, verdict)
}

impl<'r> Case<'r> {
    fn named(mut self) -> Case<'r> {
        self.names = FileNames::new(&self.approved, &self.seen);
        let unknown = self.seen.iter().flat_map(|(_, reading)| &reading.unknown);
        let names = unknown.filter_map(|unknown| {
            let why = match unknown.why {
                Why::Masked => "the console keeps the value to itself",
                Why::NeedsTemplate => "only its ADMX template tells what it is: `policyc ingest-admx` takes one in",
                Why::NotReported | Why::NotThere => return None,
            };
            Some((unknown.name.to_lowercase(), why))
        });
        let left = self.seen.iter().flat_map(|(_, reading)| &reading.residue);
        let left = left.map(|left| (left.place.to_lowercase(), "it is there, with a value that nothing here can name"));
        self.masked = names.chain(left).gather();
        self
    }

    fn verdict(&self, applied: &mut Applied) -> Verdict<'r> {
        let mut verdict = Verdict::default();
        payload::compare(self, &mut verdict, applied);
        node::compare(self, &mut verdict, applied);
        self.strange(&mut verdict, applied);
        verdict
    }

    pub(super) fn sets(&self, reading: usize) -> Sets {
        let known = self.seen.iter().find(|(n, _)| *n == reading);
        Sets::of(known.map_or(&reader::Kind::Unknown, |(_, reading)| &reading.kind), self.is_fleet())
    }

    pub(super) fn kind(&self, reading: usize) -> &'r reader::Kind {
        self.seen.iter().find(|(n, _)| *n == reading).map_or(&reader::Kind::Unknown, |(_, reading)| &reading.kind)
    }

    fn is_fleet(&self) -> bool {
        self.server.is_some_and(|server| server.name.starts_with("fleet"))
    }

    /// Whether the server keeps what an address sets for a switch of its own, which no file of it shows.
    fn is_reserved(&self, address: &Address) -> bool {
        let rows = self.server.map_or(&[][..], |server| server.reserves.as_slice());
        rows.iter().any(|row| {
            let has_key = row.keys.is_empty() || address.keys().first().is_some_and(|key| row.keys.contains(key));
            match (row.kind, address.family) {
                (consumer::Kind::Uri, Family::Csp) => address.owner.contains(&row.matches),
                (consumer::Kind::Payload, Family::Profile) | (consumer::Kind::Declaration, Family::Declaration) => {
                    address.owner == row.matches && has_key
                }
                _ => false,
            }
        })
    }

    /// Why nobody can tell whether a whole file is missing; nothing where it is.
    pub(super) fn is_beside(&self, approved: usize) -> Option<&'static str> {
        (self.reach.word() == "server" && self.attached.contains(&approved)).then_some(
            "the file is attached, and goes to devices as it is: it may go by other hands than what is looked at here",
        )
    }

    /// Why nobody can tell whether something is missing; nothing where it is.
    pub(super) fn held_back(&self, approved: usize, address: &Address) -> Option<&'static str> {
        if let Some(why) = self.masked(address) {
            return Some(why);
        }
        if self.is_reserved(address) {
            return Some("the server keeps it for a switch of its own, which its files do not show");
        }
        self.seen.iter().filter(|(n, _)| self.names.are_one(approved, *n)).find_map(|(_, reading)| {
            let is_bare = || reading.unknown.iter().any(|one| one.name == "settings" && one.why == Why::NotReported);
            match () {
                () if reading.is_malformed() => Some("the file of it cannot be read whole"),
                () if is_encrypted(reading) => Some("the profile of it is encrypted for one device"),
                () if is_bare() => Some("the export lists the policy without its settings"),
                () => None,
            }
        })
    }

    fn masked(&self, address: &Address) -> Option<&'static str> {
        if self.masked.is_empty() || address.family != Family::Csp {
            return None;
        }
        let names = self.spelt(address);
        self.masked.iter().find(|(name, _)| names.contains(name)).map(|(_, why)| *why)
    }

    /// Every name by which a console may call a setting, in lower case.
    fn spelt(&self, address: &Address) -> Vec<String> {
        let found = self.catalogue.known_node(&address.owner);
        let uri = found.map_or_else(|| address.owner.clone(), |found| found.node.uri.clone());
        let mut names = vec![address.owner.to_lowercase(), derived(&uri), derived(&address.owner)];
        if let Leaf::AdmxElement(element) = &address.leaf {
            let below: Vec<String> = names[1..].iter().map(|id| format!("{id}_{}", element.to_lowercase())).collect();
            names.extend(below);
        }
        names
    }

    /// Whether a setting that is approved is told of already by what stands at a place.
    fn is_told(&self, verdict: &Verdict<'r>, place: &str) -> bool {
        let place = place.to_lowercase();
        let unknown = verdict.told.iter().filter(|told| told.kind == Kind::Unknown);
        let mut own = unknown.filter_map(|told| told.approved);
        own.any(|(_, item)| {
            let address = &item.setting.address;
            address.family == Family::Csp && self.spelt(address).contains(&place)
        })
    }

    /// What stands in policies of the group and nothing here can name.
    fn strange(&self, verdict: &mut Verdict<'r>, applied: &mut Applied) {
        for (n, reading) in &self.seen {
            let sets = Sets::of(&reading.kind, self.is_fleet());
            let known = || self.approved.iter().flat_map(|(_, own)| &own.residue);
            let is_policy = matches!(
                reading.kind,
                reader::Kind::Catalogued | reader::Kind::Custom | reader::Kind::Ring | reader::Kind::Compliance
            );
            for left in reading.residue.iter().filter(|_| is_policy) {
                if sets.own_member(&reading.kind, &left.place, &left.what, applied)
                    || known().any(|own| own.place == left.place && own.what == left.what)
                    || self.is_told(verdict, &left.place)
                {
                    continue;
                }
                let about = About::Place(left.place.clone());
                let why = Some("nothing here can name it, so that nobody can tell what it sets".to_owned());
                let reading = Some(*n);
                verdict.push(Told { kind: Kind::Unknown, about, approved: None, reading, seen: None, by: None, why });
            }
        }
    }
}
