//! Readings → groups of settings: who gets what, on which platform and by which route, each setting once with every place that says it.

use super::{Note, Wanted, platform, slug};
use crate::backend::{self, identity};
use crate::catalogue::Catalogue;
use crate::control;
use crate::diagnostic::{Code, Diagnostics, Place};
use crate::gather::Gather;
use crate::reader::{Audience, Kind, Reading};
use crate::setting::{ACTIVATION, Address, Bundle, Channel, Dialect, Family, Platform, Route, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One setting of a group.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Its value, as the files have it.
    pub(super) value: Value,
    /// Where it stands in the first file that says it.
    pub(super) place: Place,
    /// The readings that say it.
    pub(super) readings: BTreeSet<usize>,
    /// The routes by which it is delivered.
    pub(super) routes: BTreeSet<Route>,
    /// Why it must be written as one that no catalogue knows, where it must.
    pub(super) unlisted: Option<&'static str>,
    /// What the compiler finds of it, and it is written as it was nevertheless.
    pub(super) allowed: BTreeSet<Code>,
}

/// A payload of a file, and what it is in the group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    /// The reading.
    pub(super) reading: usize,
    /// Type, and the name that the reading has for it.
    pub(super) owner: String,
    pub(super) instance: Option<String>,
}

/// What one group has.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) platform: Platform,
    pub(super) audience: Audience,
    /// Whether Intune is given everything as custom profiles.
    pub(super) dialect: Dialect,
    /// How policies for Intune are cut.
    pub(super) bundle: Bundle,
    /// The readings that it is made of, in their order.
    pub(super) readings: Vec<usize>,
    /// Those whose files stay as they are.
    pub(super) attached: Vec<usize>,
    pub(super) pieces: BTreeMap<Address, Piece>,
    /// The name of each payload and declaration in the group.
    pub(super) instances: BTreeMap<Occurrence, Option<String>>,
    /// Declarations by their identifiers, to which others refer: reading, type and instance.
    pub(super) declared: BTreeMap<String, (usize, String, Option<String>)>,
    /// Readings that are declarations for users, as the names of their files tell.
    pub(super) users: BTreeSet<usize>,
    /// Readings that are activations, each with those of the configurations that it names.
    pub(super) activations: BTreeMap<usize, Vec<usize>>,
}

/// Folders that say what files are, or by which route they go, and nothing of who gets them.
const KINDS_OF_FILES: [&str; 15] = [
    "intune",
    "commands",
    "attached",
    "settings catalog",
    "settingscatalog",
    "device configurations",
    "deviceconfigurations",
    "configuration profiles",
    "compliance policies",
    "compliancepolicies",
    "policies",
    "profiles",
    "payloads",
    "mobileconfig",
    "declarations",
];

/// What a reading is part of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The folder that names its devices, or who is assigned to it.
    label: Vec<String>,
    platform: Platform,
    /// Files of one folder that are for Intune, and the others, are alternatives only where we laid them out so.
    route: Option<Route>,
}

/// The groups that the readings tell of; what sets nothing, or cannot be said in a source, is noted.
pub(super) fn groups(
    readings: &[Reading],
    (catalogue, wanted): (&Catalogue, &Wanted<'_>),
    (notes, found): (&mut Vec<Note>, &mut Diagnostics),
) -> Vec<Group> {
    let mut parts: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
    let indexed: BTreeSet<&str> = readings
        .iter()
        .filter(|reading| reading.kind == Kind::Own)
        .filter_map(|reading| reading.name.strip_suffix("/index.json"))
        .gather();
    let labelled: Vec<Option<Vec<String>>> =
        readings.iter().map(|reading| label(reading, (readings, &indexed), wanted)).collect();
    let platforms = platform::of_all(readings, &labelled, catalogue);
    for (n, reading) in readings.iter().enumerate() {
        let Some(platform) = platforms[n] else { continue };
        let route = (!laid_out(reading)).then(|| route(reading, readings));
        let label = labelled[n].clone().unwrap_or_default();
        parts.entry(Part { label, platform, route }).or_default().push(n);
    }
    let mut taken = BTreeSet::new();
    let merged = merged(parts);
    let mut groups = Vec::new();
    for (part, members) in &merged {
        for &n in members {
            note_audience(&readings[n], notes);
        }
        let (mut attached, mut left): (Vec<usize>, Vec<usize>) =
            members.iter().copied().partition(|n| wanted.attached(&readings[*n]).is_some());
        // Of files that contradict each other no device has all: each set that agrees is for devices of its own.
        while !left.is_empty() || !attached.is_empty() {
            let (mut group, others) = Group::of(part, left, (readings, catalogue), (notes, found), &mut taken);
            group.attached = std::mem::take(&mut attached);
            if group.pieces.is_empty() && group.attached.is_empty() {
                taken.remove(&group.id);
            } else {
                groups.push(group);
            }
            left = others;
        }
    }
    let is_activation = |n: usize| groups.iter().any(|group: &Group| group.activations.contains_key(&n));
    let over = readings.iter().enumerate().filter(|(n, _)| platforms[*n].is_none() && !is_activation(*n));
    over.for_each(|(_, reading)| pass_over(reading, notes));
    groups
}

/// Parts of one folder that we laid out: one group with two routes.
fn merged(parts: BTreeMap<Part, Vec<usize>>) -> BTreeMap<Part, Vec<usize>> {
    let ours: BTreeSet<(Vec<String>, Platform)> =
        parts.keys().filter(|part| part.route.is_none()).map(|part| (part.label.clone(), part.platform)).gather();
    let mut merged: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
    for (mut part, members) in parts {
        if ours.contains(&(part.label.clone(), part.platform)) {
            part.route = None;
        }
        merged.entry(part).or_default().extend(members);
    }
    merged.values_mut().for_each(|members| members.sort_unstable());
    merged
}

/// A name that no group has yet; of two routes to the same devices that of Intune says so.
fn free(name: &str, taken: &mut BTreeSet<String>, route: Option<Route>) -> String {
    let base = match route {
        Some(Route::Intune) if taken.contains(name) => format!("{name}-intune"),
        _ => name.to_owned(),
    };
    let (mut free, mut n) = (base.clone(), 2);
    while !taken.insert(free.clone()) {
        free = format!("{base}-{n}");
        n += 1;
    }
    free
}

/// Whether a file lies where this compiler puts files for Intune, or commands.
fn laid_out(reading: &Reading) -> bool {
    reading.name.split('/').any(|part| part == "intune")
}

/// By which route a file goes.
pub(super) fn route(reading: &Reading, readings: &[Reading]) -> Route {
    match reading.kind {
        Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier | Kind::Graph(_) => {
            Route::Intune
        }
        _ if carrier(reading, readings).is_some() => Route::Intune,
        _ => Route::Direct,
    }
}

/// What Intune is given: where nothing is a policy of its catalogue or an update ring, and anything a custom profile, those alone.
fn dialect(members: Vec<&Reading>, readings: &[Reading]) -> Dialect {
    let is_policy = |reading: &&&Reading| matches!(reading.kind, Kind::Catalogued | Kind::Ring);
    let is_custom = |reading: &&&Reading| reading.kind == Kind::Custom || carrier(reading, readings).is_some();
    match members.iter().find(is_policy).is_none() && members.iter().any(|reading| is_custom(&reading)) {
        true => Dialect::Custom,
        false => Dialect::Catalogue,
    }
}

/// How profiles and policies are cut, which the names of those tell that this compiler named: devices and consoles know them by these.
fn bundle(group: &str, members: &[usize], readings: &[Reading]) -> Bundle {
    let single = format!(".{group}.{}", backend::SINGLE);
    let is_single = |identifier: &str| identifier.trim_end_matches(".user").ends_with(&single);
    let mut parts: BTreeSet<&str> = BTreeSet::new();
    for reading in members.iter().map(|n| &readings[*n]) {
        let (name, identifier) = (reading.envelope.name.as_deref(), reading.envelope.identifier.as_deref());
        if reading.kind == Kind::Profile && identifier.is_some_and(is_single) {
            return Bundle::Single;
        }
        let of_policy = name.filter(|_| matches!(reading.kind, Kind::Catalogued | Kind::Custom));
        let part = of_policy.and_then(|name| name.split_once(&format!(" {group}: ")));
        parts.extend(part.and_then(|(_, part)| part.split([' ', '.']).next()));
    }
    match parts {
        parts if parts.contains("all") => Bundle::Single,
        parts if control::library_ids().iter().any(|id| parts.contains(id)) => Bundle::PerControl,
        _ => Bundle::PerType,
    }
}

/// The instance and the channel of what stands in a file by itself, as names of this compiler's files tell them.
pub(super) fn told(reading: &Reading, owner: &str) -> Option<(Option<String>, Channel)> {
    let alone = matches!(reading.kind, Kind::Declaration | Kind::Command);
    backend::told(&reading.name, &[".json", ".plist", ".xml"], owner).filter(|_| alone)
}

/// Who is assigned in words that no source has: a console keeps such assignments, and new policies have to be given them there.
fn note_audience(reading: &Reading, notes: &mut Vec<Note>) {
    let all = || reading.audience.include.iter().chain(&reading.audience.exclude);
    for one in all().filter(|one| !super::tree::is_id(&one.to)) {
        let why = "only object ids of Entra's groups are kept: assign what is new in the console";
        notes.push(Note::new(reading, "assignments", &one.to, why));
    }
    for filter in all().filter_map(|one| one.filter.as_ref()) {
        let why = "no source says filters: give them to what is new in the console";
        notes.push(Note::new(reading, "assignments", &format!("the filter {}", filter.id), why));
    }
}

/// The envelope of Intune's around a profile.
pub(super) fn carrier<'a>(reading: &Reading, readings: &'a [Reading]) -> Option<&'a Reading> {
    let name = reading.name.strip_suffix("/payload")?;
    readings.iter().find(|other| other.kind == Kind::Carrier && other.name == name)
}

/// Who gets a file, by assignment, else by the folder that it lies in. Where an index of ours lies in that, it has all files of one group.
fn label(
    reading: &Reading,
    (readings, indexed): (&[Reading], &BTreeSet<&str>),
    wanted: &Wanted<'_>,
) -> Option<Vec<String>> {
    if let Some(group) = wanted.group {
        return Some(vec![group.to_owned()]);
    }
    let outer = carrier(reading, readings).unwrap_or(reading);
    let is_indexed = || outer.name.match_indices('/').any(|(at, _)| indexed.contains(&outer.name[..at]));
    if outer.audience.is_stated && !is_indexed() {
        let mut to: Vec<String> = outer.audience.include.iter().map(|one| one.to.clone()).collect();
        to.extend(outer.audience.exclude.iter().map(|one| format!("not-{}", one.to)));
        to.sort_unstable();
        if to.is_empty() {
            to.push("unassigned".to_owned());
        }
        return Some(to);
    }
    let root =
        wanted.roots.iter().filter_map(|root| outer.name.strip_prefix(root.as_str())).min_by_key(|rest| rest.len());
    let folders: Vec<&str> = root.unwrap_or(&outer.name).split('/').collect();
    let folders = &folders[..folders.len().saturating_sub(1)];
    let named = folders.iter().rev().find(|folder| !KINDS_OF_FILES.contains(&folder.to_lowercase().as_str()));
    named.filter(|name| !matches!(**name, "" | "." | "..")).map(|name| vec![(*name).to_owned()])
}

/// What a reading says that sets nothing.
fn pass_over(reading: &Reading, notes: &mut Vec<Note>) {
    let why = match reading.kind {
        Kind::Profile | Kind::Preferences if reading.is_malformed() => {
            "it is malformed, and devices refuse the whole of it: mend it, and import it again"
        }
        // What they hold has readings of its own, and an index says what stands in other files.
        Kind::Own | Kind::Archive | Kind::Carrier => return,
        Kind::DiagnosticsReport | Kind::Installed => "what a device reports, and no file that a server delivers",
        Kind::AppControl => "a compiled policy: keep the file, and name it in a control of your own",
        _ if reading.items.is_empty() && !reading.residue.is_empty() => return,
        _ => "nothing in it sets anything",
    };
    notes.push(Note {
        file: reading.name.clone(),
        place: String::new(),
        what: reading.kind.word().to_owned(),
        why: why.to_owned(),
    });
}

impl Group {
    /// The group of those files that agree, and the files that do not.
    fn of(
        part: &Part,
        members: Vec<usize>,
        (readings, catalogue): (&[Reading], &Catalogue),
        (notes, found): (&mut Vec<Note>, &mut Diagnostics),
        taken: &mut BTreeSet<String>,
    ) -> (Group, Vec<usize>) {
        let mut group = Group::empty(part);
        let mut quiet = (Vec::new(), Diagnostics::default());
        let others = group.take(members.clone(), (readings, catalogue), (&mut quiet.0, &mut quiet.1));
        if !others.is_empty() {
            let agreeing = members.into_iter().filter(|n| !others.contains(n)).collect();
            group = Group { id: group.id, title: group.title, ..Group::empty(part) };
            quiet.0.clear();
            group.take(agreeing, (readings, catalogue), (&mut quiet.0, &mut Diagnostics::default()));
        }
        notes.extend(quiet.0);
        found.absorb(quiet.1);
        let name = group.id.clone();
        group.id = free(&name, taken, part.route);
        if let Some(number) = group.id.strip_prefix(&format!("{name}-")) {
            group.title = format!("{} ({})", group.title, number);
        }
        (group, others.into_iter().collect())
    }

    fn empty(part: &Part) -> Group {
        let word = part.platform.word().to_lowercase();
        // Eight digits of an object id tell it from others of one tenant, and people can say them.
        let said =
            |name: &String| if super::tree::is_id(name) { format!("entra-{}", &name[..8]) } else { name.clone() };
        let (id, title) = match part.label.as_slice() {
            [] => (format!("{word}-devices"), format!("Devices with {}", part.platform)),
            label => {
                let id = slug(&label.iter().map(said).collect::<Vec<_>>().join("-"), &format!("{word}-devices"));
                (id, label.join(", "))
            }
        };
        Group {
            id,
            title,
            platform: part.platform,
            audience: Audience::default(),
            dialect: Dialect::Catalogue,
            bundle: Bundle::PerType,
            readings: Vec::new(),
            attached: Vec::new(),
            pieces: BTreeMap::new(),
            instances: BTreeMap::new(),
            activations: BTreeMap::new(),
            declared: BTreeMap::new(),
            users: BTreeSet::new(),
        }
    }

    /// Fills it with what files set; those of them that contradict others.
    fn take(
        &mut self,
        members: Vec<usize>,
        (readings, catalogue): (&[Reading], &Catalogue),
        (notes, found): (&mut Vec<Note>, &mut Diagnostics),
    ) -> BTreeSet<usize> {
        let told = members.iter().find(|n| readings[**n].audience.is_stated).or(members.first());
        self.audience = told.map(|n| readings[*n].audience.clone()).unwrap_or_default();
        self.dialect = dialect(members.iter().map(|n| &readings[*n]).collect(), readings);
        self.bundle = bundle(&self.id, &members, readings);
        self.readings = members;
        self.find_activations(readings);
        self.name_occurrences(readings, catalogue);
        self.find_declared(readings);
        self.fill(readings, catalogue, (notes, found))
    }

    /// Assets and configurations, by what others call them.
    fn find_declared(&mut self, readings: &[Reading]) {
        for &n in self.readings.iter().filter(|n| readings[**n].kind == Kind::Declaration) {
            let (Some(identifier), Some(item)) = (&readings[n].envelope.identifier, readings[n].items.first()) else {
                continue;
            };
            let address = &item.setting.address;
            let instance = self.renamed(n, &address.owner, address.instance.as_ref());
            self.declared.insert(identifier.clone(), (n, address.owner.clone(), instance));
        }
    }

    /// Which files are activations, and of which configurations of the group.
    fn find_activations(&mut self, readings: &[Reading]) {
        let declared = |n: &usize| readings[*n].kind == Kind::Declaration;
        let by_identifier: BTreeMap<&str, usize> = self
            .readings
            .iter()
            .filter(|n| declared(n) && readings[**n].settings().any(|setting| setting.address.owner != ACTIVATION))
            .filter_map(|n| Some((readings[*n].envelope.identifier.as_deref()?, *n)))
            .gather();
        let ours: BTreeMap<String, usize> =
            by_identifier.iter().map(|(identifier, n)| (identity::activation(identifier), *n)).gather();
        for (n, reading) in readings.iter().enumerate().filter(|(_, reading)| reading.kind == Kind::Declaration) {
            let own = reading.envelope.identifier.as_ref().and_then(|identifier| ours.get(identifier));
            let listed = reading.residue.iter().find(|left| left.place == "Payload.StandardConfigurations");
            let listed: Vec<String> = listed.and_then(|left| serde_json::from_str(&left.what).ok()).unwrap_or_default();
            let of: Vec<usize> =
                listed.iter().filter_map(|identifier| by_identifier.get(identifier.as_str()).copied()).collect();
            match own {
                Some(configuration) => drop(self.activations.insert(n, vec![*configuration])),
                None if !of.is_empty() => drop(self.activations.insert(n, of)),
                None => {}
            }
        }
    }

    /// Gives every payload of one type a name of its own, where a device takes several; else they are one.
    fn name_occurrences(&mut self, readings: &[Reading], catalogue: &Catalogue) {
        let mut by_type: BTreeMap<(Family, Route, Channel, &str), Vec<Occurrence>> = BTreeMap::new();
        for &n in &self.readings {
            let route = route(&readings[n], readings);
            for setting in readings[n].settings() {
                let (family, channel, owner, instance) = setting.address.carrier();
                if family == Family::Csp || owner == "TopLevel" {
                    continue;
                }
                let of_file = told(&readings[n], owner).map(|(_, channel)| channel);
                if of_file == Some(Channel::User) && family == Family::Declaration {
                    self.users.insert(n);
                }
                let channel = if self.users.contains(&n) { Channel::User } else { channel };
                let occurrence =
                    Occurrence { reading: n, owner: owner.to_owned(), instance: instance.map(str::to_owned) };
                let all = by_type.entry((family, route, channel, owner)).or_default();
                if !all.contains(&occurrence) {
                    all.push(occurrence);
                }
            }
        }
        for ((family, route, _, owner), occurrences) in by_type {
            // Of declarations Intune's catalogue has one of a type.
            let once = family == Family::Compliance
                || family == Family::Declaration && route == Route::Intune
                || family == Family::Profile && catalogue.takes_once(self.platform, owner);
            let mut taken: BTreeSet<Option<String>> = BTreeSet::new();
            for occurrence in occurrences {
                let file = readings[occurrence.reading].name.rsplit('/').next().unwrap_or_default();
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                // Files of this compiler are named by type and instance.
                let of_file = || told(&readings[occurrence.reading], owner).and_then(|(instance, _)| instance);
                let ours = occurrence.instance.clone().filter(|name| !name.starts_with('#'));
                let ours = ours.or_else(|| of_file().filter(|_| family != Family::Profile));
                let name = match once {
                    true => None,
                    false if taken.insert(ours.clone()) => ours,
                    false => {
                        let base = slug(stem, "other");
                        let mut name = base.clone();
                        let mut n = 2;
                        while !taken.insert(Some(name.clone())) {
                            name = format!("{base}-{n}");
                            n += 1;
                        }
                        Some(name)
                    }
                };
                self.instances.insert(occurrence, name);
            }
        }
    }
}
