//! Whose files are: readings → observations, each of one group, as one device reports it or as a server holds it.
//!
//! A group is asked for, or told by the names and identifiers of its files, by the folder that they lie in, or by who is assigned to
//! them. What belongs to nobody who is approved is passed over: an export of a tenant has the policies of everybody.

use super::approved::{Approved, Group, file_of, listed};
use super::rules::Reach;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::{Arrange, Gather};
use crate::reader::{How, Kind, Reading, Told, Why};
use crate::setting::{Family, Route};
use std::collections::{BTreeMap, BTreeSet};

/// What one device or one server has for one group.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The file of a device; of a server the route.
    pub(super) name: String,
    pub(super) group: usize,
    /// Of a server; what a device has may have come by any.
    pub(super) route: Option<Route>,
    pub(super) reach: Reach,
    pub(super) readings: Vec<usize>,
}

/// Which readings are whose.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) seen: Vec<Seen>,
    /// Readings of nobody who is approved, or of another group than the one that is asked for.
    pub(super) passed_over: Vec<usize>,
}

/// Whether a reading is for Windows.
pub(super) fn is_windows(reading: &Reading) -> bool {
    match reading.kind {
        Kind::Custom | Kind::Ring | Kind::Syncml | Kind::DiagnosticsReport | Kind::AppControl => true,
        Kind::Catalogued if reading.envelope.platforms.as_deref().is_some_and(|names| names.contains("windows")) => {
            true
        }
        _ => reading.settings().any(|setting| {
            setting.address.family == Family::Csp || setting.address.owner == "windows10CompliancePolicy"
        }),
    }
}

/// The route by whose files a server has one of this kind.
fn route_of(kind: &Kind) -> Route {
    match kind {
        Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier => Route::Intune,
        _ => Route::Direct,
    }
}

/// Whether a server may show a file of this kind among those of a route: consoles carry any profile.
pub(super) fn shows(route: Route, kind: &Kind) -> bool {
    *kind == Kind::Profile || route_of(kind) == route
}

/// The source by which a device reports, where a reading is such a report.
fn reported(reading: &Reading) -> Option<&'static str> {
    let is_answer = |item: &crate::reader::Item| matches!(item.how, How::Observed { .. });
    match reading.kind {
        Kind::DiagnosticsReport => Some("diagnostics-report"),
        Kind::Installed => Some("installed-profile"),
        Kind::Preferences => Some("preferences"),
        Kind::Syncml if says_anything(reading) && reading.items.iter().all(is_answer) => Some("answers"),
        _ => None,
    }
}

/// Whether it says of anything what it is, or that it is not there.
fn says_anything(reading: &Reading) -> bool {
    !reading.items.is_empty() || reading.unknown.iter().any(|one| one.why == Why::NotThere)
}

/// Whether a reading is a file that a server holds.
fn is_held(reading: &Reading) -> bool {
    match reading.kind {
        Kind::Profile | Kind::Declaration => true,
        // An answer that gives no node is no fragment of a server's that lacks them all.
        Kind::Syncml => !reading.items.is_empty() || !reading.unset.is_empty() || reading.is_malformed(),
        Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier => true,
        _ => reading.is_malformed(),
    }
}

/// Tells whose each reading is.
pub(super) fn sort(readings: &[Reading], approved: &Approved, asked: Option<usize>, found: &mut Diagnostics) -> Sorted {
    let sorting = Sorting { readings, approved, asked, outer: outers(readings) };
    let mut sorted = Sorted::default();
    sorting.devices(&mut sorted, found);
    sorting.server(&mut sorted, found);
    sorted
}

/// The envelope around each reading: the reading itself where there is none.
fn outers(readings: &[Reading]) -> Vec<usize> {
    let carriers = readings.iter().enumerate().filter(|(_, reading)| reading.kind == Kind::Carrier);
    let carriers: BTreeMap<&str, usize> = carriers.map(|(n, reading)| (reading.name.as_str(), n)).gather();
    let outer = |(n, reading): (usize, &Reading)| {
        reading.name.strip_suffix("/payload").and_then(|name| carriers.get(name).copied()).unwrap_or(n)
    };
    readings.iter().enumerate().map(outer).collect()
}

struct Sorting<'a> {
    readings: &'a [Reading],
    approved: &'a Approved,
    asked: Option<usize>,
    outer: Vec<usize>,
}

/// How surely a reading is of a group: its name, what its name begins with or its folder, who gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Assigned,
    Alike,
    Named,
}

impl Sorting<'_> {
    fn groups(&self) -> impl Iterator<Item = (usize, &Group)> {
        self.approved.groups.iter().enumerate()
    }

    /// The groups that a reading is most surely of.
    fn candidates(&self, n: usize, apple: bool) -> (Option<Sure>, Vec<usize>) {
        let mut best: (Option<Sure>, Vec<usize>) = (None, Vec::new());
        for (at, group) in self.groups().filter(|(_, group)| group.is_apple() == apple) {
            let sure = self.sure(n, group);
            match sure.cmp(&best.0) {
                std::cmp::Ordering::Greater => best = (sure, vec![at]),
                std::cmp::Ordering::Equal if sure.is_some() => best.1.push(at),
                _ => {}
            }
        }
        // Several groups may attach one file: then its folder says whose each copy is.
        if best.1.len() > 1 {
            let lies_in = |at: &usize| self.lies_in(n, &self.approved.groups[*at]);
            if best.1.iter().any(lies_in) {
                best.1.retain(lies_in);
            }
        }
        best
    }

    /// Whether a reading lies in a folder `organisation/group`.
    fn lies_in(&self, n: usize, group: &Group) -> bool {
        let folders: Vec<&str> = self.readings[self.outer[n]].name.split('/').rev().skip(1).collect();
        folders.windows(2).any(|pair| pair[0] == group.id && pair[1] == group.organisation)
    }

    fn sure(&self, n: usize, group: &Group) -> Option<Sure> {
        let (inner, outer) = (&self.readings[n].envelope, &self.readings[self.outer[n]]);
        let names = [&inner.identifier, &inner.name, &outer.envelope.name];
        let names: Vec<String> = names.into_iter().flatten().map(|name| name.to_lowercase()).collect();
        if names.iter().any(|name| group.names.contains(name)) {
            return Some(Sure::Named);
        }
        if self.lies_in(n, group) {
            return Some(Sure::Named);
        }
        let mut folders = outer.name.split('/').rev().skip(1);
        let is_alike = |name: &String| group.beginnings.iter().any(|beginning| name.starts_with(beginning.as_str()));
        if names.iter().any(is_alike) || folders.any(|folder| folder.eq_ignore_ascii_case(&group.id)) {
            return Some(Sure::Alike);
        }
        self.audience(n).iter().any(|id| group.assigned.contains(id)).then_some(Sure::Assigned)
    }

    /// Who is let in, in lower case.
    fn audience(&self, n: usize) -> BTreeSet<String> {
        let audience = &self.readings[self.outer[n]].audience;
        let names = audience.include.iter().map(|one| one.to.to_lowercase());
        // A label of Fleet's stands behind the team that it is of.
        names.flat_map(|name| [name.rsplit(": ").next().map(str::to_owned), Some(name)]).flatten().gather()
    }

    fn devices(&self, sorted: &mut Sorted, found: &mut Diagnostics) {
        let mut files: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (n, reading) in self.readings.iter().enumerate() {
            if let Some(source) = reported(reading) {
                files.entry((file_of(&reading.name), source)).or_default().push(n);
            }
        }
        for ((file, source), readings) in files {
            let apple = matches!(source, "installed-profile" | "preferences");
            if self.asked.is_some_and(|asked| self.approved.groups[asked].is_apple() != apple) {
                sorted.passed_over.extend(readings);
                continue;
            }
            match self.of_device(&readings, apple) {
                Ok(group) => {
                    let (name, reach) = (file.to_owned(), Reach::of(source));
                    sorted.seen.push(Seen { name, group, route: None, reach, readings });
                }
                Err(candidates) => {
                    sorted.passed_over.extend(&readings);
                    // Of what cannot be read that is said.
                    if readings.iter().any(|n| self.readings[*n].is_malformed()) {
                        continue;
                    }
                    found.push(unmatched(&self.readings[readings[0]], (file, 1), listed(candidates.into_iter())));
                }
            }
        }
    }

    /// The group of a device, by what it lists; else those that it may be of.
    fn of_device(&self, readings: &[usize], apple: bool) -> Result<usize, Vec<&Group>> {
        if let Some(asked) = self.asked {
            return Ok(asked);
        }
        let told: Vec<(Option<Sure>, Vec<usize>)> = readings.iter().map(|n| self.candidates(*n, apple)).collect();
        let best = told.iter().filter_map(|(sure, _)| *sure).max();
        let surest = || told.iter().filter(|(sure, _)| sure.is_some() && *sure == best).map(|(_, groups)| groups);
        // What several groups attach tells of each of them, and of none against what one alone has.
        let one = surest().any(|groups| groups.len() == 1);
        let named = surest().filter(|groups| !one || groups.len() == 1).flatten().copied();
        let named: BTreeSet<usize> = named.gather();
        let own = || self.groups().filter(|(_, group)| group.is_apple() == apple);
        match (named.len(), own().count()) {
            (1, _) => Ok(named.into_iter().next().unwrap_or_default()),
            (0, 1) => Ok(own().next().map_or(0, |(n, _)| n)),
            (0, _) => Err(own().map(|(_, group)| group).collect()),
            _ => Err(named.into_iter().map(|n| &self.approved.groups[n]).collect()),
        }
    }

    fn route(&self, n: usize) -> Route {
        route_of(&self.readings[self.outer[n]].kind)
    }

    /// Files of a GitOps repository that nothing in it names: Fleet makes a fleet exactly what its file says, and delivers nothing else.
    fn idle(&self) -> BTreeSet<usize> {
        let is_named = |reading: &&Reading| reading.audience.told == Told::Labels;
        // Files of fleets lie in a folder of their own beside the others.
        let folder = |reading: &'_ Reading| -> String {
            let parts: Vec<&str> = reading.name.split('/').rev().skip(1).collect();
            let own =
                parts.first().is_some_and(|last| reading.kind == Kind::Labels && matches!(*last, "fleets" | "teams"));
            parts.into_iter().skip(usize::from(own)).rev().collect::<Vec<_>>().join("/")
        };
        let named = || self.readings.iter().filter(|one| one.kind == Kind::Labels || is_named(one));
        let is_yaml = |reading: &Reading| reading.name.ends_with(".yml") || reading.name.ends_with(".yaml");
        // What another YAML file is to say, nobody here has read.
        if !named().any(|one| one.kind == Kind::Labels) || named().filter(is_named).any(is_yaml) {
            return BTreeSet::new();
        }
        let both = |a: String, b: String| -> String {
            let same = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).map(|(part, _)| part);
            same.collect::<Vec<_>>().join("/")
        };
        let root = named().map(folder).reduce(both).filter(|root| !root.is_empty());
        let root = root.map_or_else(String::new, |root| format!("{root}/"));
        let is_file = |kind: &Kind| matches!(kind, Kind::Profile | Kind::Declaration | Kind::Syncml);
        let is_idle = |one: &Reading| is_file(&one.kind) && !one.audience.is_stated && one.name.starts_with(&root);
        (0..self.readings.len()).filter(|n| is_idle(&self.readings[*n])).gather()
    }

    fn server(&self, sorted: &mut Sorted, found: &mut Diagnostics) {
        let idle = self.idle();
        let held: Vec<usize> = (0..self.readings.len())
            .filter(|n| reported(&self.readings[*n]).is_none() && is_held(&self.readings[*n]) && !idle.contains(n))
            .collect();
        sorted.passed_over.extend(&idle);
        if held.is_empty() && idle.is_empty() {
            return;
        }
        let attaches = |group: &usize| !self.approved.groups[*group].attached.is_empty();
        let mut own: BTreeMap<(usize, Route), Vec<usize>> = BTreeMap::new();
        let mut orphans = Vec::new();
        for &n in &held {
            let (sure, groups) = self.candidates(n, !is_windows(&self.readings[n]));
            match (self.asked, groups.as_slice()) {
                (Some(asked), groups) if groups.contains(&asked) => {
                    own.entry((asked, self.route(n))).or_default().push(n)
                }
                (Some(_), [_, ..]) if sure > Some(Sure::Assigned) => sorted.passed_over.push(n),
                (None, [group]) => own.entry((*group, self.route(n))).or_default().push(n),
                (None, [_, ..]) if sure == Some(Sure::Named) && groups.iter().all(attaches) => {
                    groups.iter().for_each(|group| own.entry((*group, self.route(n))).or_default().push(n));
                }
                _ => orphans.push(n),
            }
        }
        // A group all of whose files are left lying has none of them.
        for &n in &idle {
            if let [group] = self.candidates(n, !is_windows(&self.readings[n])).1.as_slice()
                && self.asked.is_none_or(|asked| asked == *group)
            {
                own.entry((*group, self.route(n))).or_default();
            }
        }
        let audiences: BTreeMap<usize, BTreeSet<String>> =
            own.iter().fold(BTreeMap::new(), |mut all, ((group, _), readings)| {
                let own: &mut BTreeSet<String> = all.entry(*group).or_default();
                readings.iter().for_each(|n| own.extend(self.audience(*n)));
                all
            });
        let mut lost = Vec::new();
        for n in orphans {
            let groups = self.adopted(n, &own, &audiences);
            for group in &groups {
                own.entry((*group, self.route(n))).or_default().push(n);
            }
            if groups.is_empty() {
                sorted.passed_over.push(n);
                lost.push(n);
            }
        }
        self.report_lost(&lost, found);
        self.gather_carried(&mut own);
        self.silent(&held, &mut own);
        for ((group, route), mut readings) in own {
            readings.arrange();
            let (name, reach) = (format!("what is exported by the {} route", route.word()), Reach::of("server"));
            sorted.seen.push(Seen { name, group, route: Some(route), reach, readings });
        }
    }

    /// Profiles beside the policies of Intune's that carry them, as some tools lay exports out, are of its route; unless the other one
    /// is there whole, in a folder of its own.
    fn gather_carried(&self, own: &mut BTreeMap<(usize, Route), Vec<usize>>) {
        for (at, group) in self.groups() {
            let (direct, intune) = ((at, Route::Direct), (at, Route::Intune));
            let (Some(readings), Some(policies)) = (own.get(&direct), own.get(&intune)) else { continue };
            let names = |route: Route| -> BTreeSet<&str> {
                let all = group.routes.get(&route).into_iter().flatten().map(|n| self.approved.reading(*n));
                all.filter_map(|reading| reading.envelope.identifier.as_deref()).gather()
            };
            let carried = names(Route::Intune);
            let seen: BTreeSet<Option<&str>> =
                readings.iter().map(|n| self.readings[*n].envelope.identifier.as_deref()).gather();
            let is_whole = names(Route::Direct).len() <= seen.len() && seen.iter().all(Option::is_some);
            // IntuneCD keeps each profile below its policies, in a folder `mobileconfig`.
            let folder = |n: usize| file_of(&self.readings[n].name).rsplit_once('/').map(|(folder, _)| folder);
            let is_kept = |n: &usize| {
                let above = folder(*n).and_then(|folder| folder.strip_suffix("/mobileconfig"));
                above.is_some() && policies.iter().any(|policy| folder(*policy) == above)
            };
            if (!is_whole || readings.iter().all(is_kept))
                && seen.iter().all(|name| name.is_some_and(|name| carried.contains(name)))
            {
                let says = |n: usize| self.readings[n].settings().map(|setting| (&setting.address, &setting.value));
                let is_other = |n: &usize| !policies.iter().any(|policy| says(*policy).eq(says(*n)));
                let moved: Vec<usize> = readings.iter().copied().filter(is_other).collect();
                own.remove(&direct);
                own.entry(intune).or_default().extend(moved);
            }
        }
    }

    /// The groups of what no name tells: those that have its audience; where it has none, the only one that it can be of.
    fn adopted(
        &self,
        n: usize,
        own: &BTreeMap<(usize, Route), Vec<usize>>,
        audiences: &BTreeMap<usize, BTreeSet<String>>,
    ) -> Vec<usize> {
        let (apple, route) = (!is_windows(&self.readings[n]), self.route(n));
        let is_whole = |group: &&usize| self.approved.groups[**group].is_apple() == apple;
        let audience = self.audience(n);
        if !audience.is_empty() {
            let everybody = audience.contains("all-devices") || audience.contains("all-users");
            let shares = |known: &BTreeSet<String>| everybody || !known.is_disjoint(&audience);
            let groups = audiences.iter().filter(|(group, known)| is_whole(group) && shares(known));
            let groups: Vec<usize> = groups.map(|(group, _)| *group).collect();
            let knows = |group: usize| {
                !self.approved.groups[group].assigned.is_empty()
                    || audiences.get(&group).is_some_and(|own| !own.is_empty())
            };
            // It is of others; unless nobody knows who the group's own are, or it has no name by which it could be told.
            let is_open = self.asked.map_or(self.readings[n].kind == Kind::Syncml, |asked| !knows(asked));
            if !groups.is_empty() || !is_open {
                return groups;
            }
        } else if self.readings[self.outer[n]].audience.is_stated {
            // An export that says that it goes to nobody sets nothing on anybody's devices.
            return Vec::new();
        }
        if let Some(asked) = self.asked {
            return Some(asked).filter(|asked| is_whole(&asked)).into_iter().collect();
        }
        let seen: BTreeSet<usize> =
            own.keys().filter(|(group, by)| *by == route && is_whole(&group)).map(|(group, _)| *group).gather();
        let can = |(_, group): &(usize, &Group)| group.is_apple() == apple && group.routes.contains_key(&route);
        let all: Vec<usize> = self.groups().filter(can).map(|(n, _)| n).collect();
        match (seen.len(), all.as_slice()) {
            (1, _) => seen.into_iter().collect(),
            (_, [only]) => vec![*only],
            _ => Vec::new(),
        }
    }

    /// What nobody has approved: that of others has names of its own; fragments without any may be anybody's, folder by folder.
    fn report_lost(&self, lost: &[usize], found: &mut Diagnostics) {
        let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &n in lost {
            let reading = &self.readings[n];
            let is_whole = !reading.items.is_empty() && !reading.is_malformed();
            if self.asked.is_none() && reading.kind == Kind::Syncml && is_whole {
                let folder = file_of(&reading.name).rsplit_once('/').map_or("", |(folder, _)| folder);
                folders.entry(folder).or_default().push(n);
            }
        }
        let windows = || self.groups().filter(|(_, group)| !group.is_apple()).map(|(_, group)| group);
        for (folder, all) in folders {
            let reading = &self.readings[all[0]];
            let (file, count) = (file_of(&reading.name), all.len());
            let name = if count == 1 || folder.is_empty() { file } else { folder };
            found.push(unmatched(reading, (name, count), listed(windows())));
        }
    }

    /// Groups of which an export has nothing, although it has files of their organisation for the same kind of devices.
    fn silent(&self, held: &[usize], own: &mut BTreeMap<(usize, Route), Vec<usize>>) {
        let mut seen: BTreeSet<(&str, Route, bool)> = BTreeSet::new();
        for (group, route) in own.keys() {
            let group = &self.approved.groups[*group];
            seen.insert((&group.organisation, *route, group.is_apple()));
        }
        if let Some(asked) = self.asked {
            let group = &self.approved.groups[asked];
            let routes = held.iter().filter(|n| is_windows(&self.readings[**n]) != group.is_apple());
            seen.extend(routes.map(|n| (group.organisation.as_str(), self.route(*n), group.is_apple())));
        }
        let told: BTreeSet<usize> = own.keys().map(|(group, _)| *group).gather();
        for (at, group) in self.groups().filter(|(at, _)| self.asked.is_none_or(|asked| asked == *at)) {
            for route in group.routes.keys().filter(|_| !told.contains(&at)) {
                if seen.contains(&(group.organisation.as_str(), *route, group.is_apple())) {
                    own.entry((at, *route)).or_default();
                }
            }
        }
    }
}

fn unmatched(reading: &Reading, (file, count): (&str, usize), groups: String) -> Diagnostic {
    let what = match count {
        1 => format!("a {}", reading.kind.word()),
        count => format!("{count} files of {}", reading.kind.word()),
    };
    let message = format!("nothing in it says of which group it is ({what})");
    let cure = match groups.is_empty() {
        true => "nothing is approved for such devices: `policyc accept` approves what is produced".to_owned(),
        false => format!("say which: {groups}; or lay it into a folder of that name"),
    };
    Diagnostic::in_artefact(Code::UnmatchedObservation, file, "", message).help(cure)
}
