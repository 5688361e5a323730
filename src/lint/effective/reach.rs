//! Who gets which files: groups and labels as sets of devices, as far as anybody has said what they are.
//!
//! A cell is some devices of which it is known to which groups they belong. Whoever is in an Entra group gets what the group gets and
//! what all devices or all users get, less what is taken from the group; that a device of the one has a licensed user of the other is
//! taken for granted. Of two Entra groups nobody here knows whether they share a device: that is for `overlap.rs`. Two teams of Fleet
//! share none: a host is in one. Groups of a map share none either.

use super::{Run, Scope, map, sets};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Form;
use crate::check::envelope::PROFILE;
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::lint::Options;
use crate::reader::{Audience, Filter, Reading, Told};
use crate::setting::{Family, Platform, judged_platform};
use std::collections::{BTreeMap, BTreeSet};

/// How sure it is that one device gets all of the files of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// Somebody said so.
    Stated,
    /// Somebody said so, of the devices that a filter matches.
    Filtered,
    /// Nobody says who gets them, and no file of the run says it of itself.
    Likely,
    /// Nobody says who gets them, and other files do.
    Perhaps,
}

/// Some devices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// Where their groups have their names: a tenant, a team, a group of a map.
    pub(super) realm: String,
    /// The groups or labels that they are known to have.
    pub(super) groups: BTreeSet<String>,
    /// The filter that matches them.
    pub(super) filter: Option<String>,
    pub(super) name: String,
    pub(super) sure: Sure,
}

/// One way in which an artefact reaches devices.
#[derive(Clone, Debug)]
pub(super) struct Way {
    realm: String,
    needs: BTreeSet<String>,
    filter: Option<Filter>,
}

/// How an artefact reaches devices.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    include: Vec<Way>,
    exclude: BTreeSet<(String, String)>,
    sure: Option<Sure>,
}

/// Who gets what.
pub(super) struct Reach {
    pub(super) cells: Vec<Cell>,
    /// Of each reading.
    pub(super) ways: Vec<Ways>,
    pub(super) unstated: usize,
    pub(super) nobody: usize,
}

const TENANT: &str = "";
const TOGETHER: &str = "\u{1}together";
const UNSTATED: &str = "\u{1}unstated";

/// Who gets what was read.
pub(super) fn of(run: Run<'_>, scope: &Scope, found: &mut Diagnostics) -> Reach {
    let readings = &run.readings.readings;
    let map = map::read(run.readings, &scope.maps, found);
    let is_told = !scope.maps.is_empty() || readings.iter().any(|one| one.audience.is_stated);
    let mut reach = Reach { cells: Vec::new(), ways: Vec::new(), unstated: 0, nobody: 0 };
    for (n, reading) in readings.iter().enumerate() {
        let mut ways = Ways::default();
        if sets(reading) {
            let is_together = scope.together.iter().any(|name| is_of(&reading.name, name));
            if is_together {
                ways.include.push(whole(TOGETHER));
                ways.sure = Some(Sure::Stated);
            } else if let Some(groups) = map.get(&n) {
                ways.include = groups.iter().map(|group| whole(&format!("\u{1}map {group}"))).collect();
                ways.sure = Some(Sure::Stated);
            } else if !scope.maps.is_empty() {
                reach.nobody += 1;
            } else if reading.audience.is_stated {
                ways = stated(&reading.audience);
                reach.nobody += usize::from(ways.include.is_empty());
            } else {
                ways.include.push(whole(UNSTATED));
                let perhaps = is_told || !scope.together.is_empty();
                ways.sure = Some(if perhaps { Sure::Perhaps } else { Sure::Likely });
                reach.unstated += usize::from(perhaps);
            }
        }
        reach.ways.push(ways);
    }
    reach.cells = cells(&reach.ways);
    reach
}

/// Whether an artefact is, or stands in, a file.
pub(super) fn is_of(name: &str, file: &str) -> bool {
    name.strip_prefix(file).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[']))
}

fn whole(realm: &str) -> Way {
    Way { realm: realm.to_owned(), needs: BTreeSet::new(), filter: None }
}

/// What assignments or labels say.
fn stated(audience: &Audience) -> Ways {
    let by_label = audience.told == Told::Labels;
    let split = |to: &str| match (by_label, to.split_once(": ")) {
        (true, Some((team, labels))) => (team.to_owned(), labels.split(" + ").map(str::to_owned).gather()),
        (true, None) => (to.to_owned(), BTreeSet::new()),
        (false, _) if to.starts_with("all-") => (TENANT.to_owned(), BTreeSet::new()),
        (false, _) => (TENANT.to_owned(), BTreeSet::from([to.to_owned()])),
    };
    let way = |to: &str, filter: &Option<Filter>| {
        let (realm, needs) = split(to);
        Way { realm, needs, filter: filter.clone() }
    };
    let include = audience.include.iter().map(|one| way(&one.to, &one.filter)).collect();
    let exclude = audience.exclude.iter().flat_map(|one| {
        let (realm, groups): (String, BTreeSet<String>) = split(&one.to);
        groups.into_iter().map(move |group| (realm.clone(), group))
    });
    Ways { include, exclude: exclude.gather(), sure: Some(Sure::Stated) }
}

/// Every cell that some artefact names, those with the fewest groups first.
fn cells(all: &[Ways]) -> Vec<Cell> {
    let mut found: BTreeMap<(String, usize, BTreeSet<String>, Option<String>), Sure> = BTreeMap::new();
    let mut add = |way: &Way, filter: Option<&str>, sure: Sure| {
        let key = (way.realm.clone(), way.needs.len(), way.needs.clone(), filter.map(str::to_owned));
        found.entry(key).or_insert(sure);
    };
    for ways in all {
        for way in &ways.include {
            add(way, None, ways.sure.unwrap_or(Sure::Stated));
            if let Some(filter) = &way.filter {
                add(way, Some(&filter.id), Sure::Filtered);
            }
        }
    }
    // What goes to everybody may be narrowed by a filter that a group's own policies do not have.
    let filters: BTreeSet<String> = all
        .iter()
        .flat_map(|ways| ways.include.iter().filter(|way| way.needs.is_empty()))
        .filter_map(|way| way.filter.as_ref().map(|filter| filter.id.clone()))
        .gather();
    let groups: Vec<Way> =
        all.iter().flat_map(|ways| &ways.include).filter(|way| way.realm == TENANT).cloned().collect();
    groups.iter().for_each(|way| filters.iter().for_each(|filter| add(way, Some(filter), Sure::Filtered)));
    let cell = |((realm, _, groups, filter), sure): ((String, usize, BTreeSet<String>, Option<String>), Sure)| {
        let name = name(&realm, &groups, filter.as_deref());
        Cell { realm, groups, filter, name, sure }
    };
    found.into_iter().map(cell).collect()
}

fn name(realm: &str, groups: &BTreeSet<String>, filter: Option<&str>) -> String {
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let who = match (realm, groups.is_empty()) {
        (TENANT, true) => "all devices and users".to_owned(),
        (TENANT, false) => groups.join(" + "),
        (TOGETHER, _) => "the files of --group".to_owned(),
        (UNSTATED, _) => "whoever gets all files that do not say who gets them".to_owned(),
        (realm, _) if realm.starts_with('\u{1}') => realm.trim_start_matches("\u{1}map ").to_owned(),
        (team, true) => team.to_owned(),
        (team, false) => format!("{team}: {}", groups.join(" + ")),
    };
    match filter {
        Some(filter) => format!("{who} (filter {filter})"),
        None => who,
    }
}

impl Reach {
    /// The artefacts that devices of a cell get.
    pub(super) fn members(&self, cell: &Cell) -> Vec<usize> {
        let gets = |(_, ways): &(usize, &Ways)| ways.reach(cell);
        self.ways.iter().enumerate().filter(gets).map(|(n, _)| n).collect()
    }
}

impl Ways {
    /// How sure it is who gets it; nothing of what sets nothing.
    pub(super) fn sure(&self) -> Option<Sure> {
        self.sure
    }

    /// Whether devices of a cell get it.
    pub(super) fn reach(&self, cell: &Cell) -> bool {
        let is_in = |way: &Way| {
            let passes = way
                .filter
                .as_ref()
                .is_none_or(|filter| (cell.filter.as_deref() == Some(filter.id.as_str())) == filter.includes);
            way.realm == cell.realm && way.needs.is_subset(&cell.groups) && passes
        };
        let is_out = self.exclude.iter().any(|(realm, group)| *realm == cell.realm && cell.groups.contains(group));
        !is_out && self.include.iter().any(is_in)
    }

    /// Devices that are in a group of each of two, where these may have some in common.
    pub(super) fn common(&self, other: &Ways) -> Option<Cell> {
        let pairs = self.include.iter().flat_map(|a| other.include.iter().map(move |b| (a, b)));
        let cells = pairs.filter(|(a, b)| a.realm == b.realm).map(|(a, b)| {
            let groups: BTreeSet<String> = a.needs.union(&b.needs).cloned().gather();
            let filter = [a, b].iter().find_map(|way| way.filter.as_ref().filter(|filter| filter.includes));
            let filter = filter.map(|filter| filter.id.clone());
            let name = name(&a.realm, &groups, filter.as_deref());
            Cell { realm: a.realm.clone(), groups, filter, name, sure: Sure::Perhaps }
        });
        let mut both = cells.filter(|cell| self.reach(cell) && other.reach(cell));
        both.next()
    }
}

/// The platforms that an artefact is for: those that it names, else those that have its types and keys, and of them those that the
/// devices of the run have.
pub(super) fn platforms(catalogue: &Catalogue, options: &Options, reading: &Reading) -> BTreeSet<Platform> {
    if let Some(named) = reading.envelope.platforms.as_deref().map(str::to_lowercase) {
        let is_named = |platform: &Platform| named.contains(&platform.word().to_lowercase());
        return Platform::ALL.iter().copied().filter(is_named).gather();
    }
    let fits = guessed(catalogue, reading);
    let own: BTreeSet<Platform> =
        options.devices.iter().map(|devices| devices.platform).filter(|platform| fits.contains(platform)).gather();
    // macOS alone has scopes, although some write them for all.
    match own.is_empty() && reading.envelope.scope.is_some() && fits.contains(&Platform::MacOs) {
        true => BTreeSet::from([Platform::MacOs]),
        false if own.is_empty() => fits,
        false => own,
    }
}

fn guessed(catalogue: &Catalogue, reading: &Reading) -> BTreeSet<Platform> {
    let mut families: BTreeSet<Family> = BTreeSet::new();
    for setting in reading.settings() {
        match setting.address.family {
            Family::Csp => return BTreeSet::from([Platform::Windows]),
            Family::Compliance => return judged_platform(&setting.address.owner).into_iter().gather(),
            family => _ = families.insert(family),
        }
    }
    // macOS alone has preference domains.
    let is_unknown = |reading: &Reading| {
        reading.settings().any(|setting| {
            setting.address.family == Family::Profile
                && catalogue.schemas(Form::Profile, &setting.address.owner).is_empty()
        })
    };
    if is_unknown(reading) {
        return BTreeSet::from([Platform::MacOs]);
    }
    let mut counted: Vec<(usize, Platform)> = Vec::new();
    for platform in Platform::ALL.iter().copied().filter(|platform| platform.is_apple()) {
        let lacking = reading.settings().filter(|setting| !has(catalogue, platform, setting)).count();
        counted.push((lacking, platform));
    }
    let least = counted.iter().map(|(lacking, _)| *lacking).min().unwrap_or_default();
    let fits: BTreeSet<Platform> =
        counted.into_iter().filter(|(lacking, _)| *lacking == least).map(|(_, platform)| platform).gather();
    // What telephones and Macs take is hardly ever meant for televisions alone.
    let usual: BTreeSet<Platform> =
        fits.iter().copied().filter(|platform| matches!(platform, Platform::Ios | Platform::MacOs)).gather();
    if usual.is_empty() { fits } else { usual }
}

fn has(catalogue: &Catalogue, platform: Platform, setting: &crate::setting::Setting) -> bool {
    let form = match setting.address.family {
        Family::Declaration => Form::Declaration,
        _ => Form::Profile,
    };
    if setting.address.owner == PROFILE {
        return true;
    }
    match catalogue.known_key(form, &setting.address.owner, setting.address.keys()) {
        Some(found) if !found.is_empty() => found.iter().any(|found| found.support(platform).is_some()),
        _ => {
            let schemas = catalogue.schemas(form, &setting.address.owner);
            schemas.iter().any(|schema| schema.support(platform).is_some())
        }
    }
}
