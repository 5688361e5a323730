//! Which platform a file is for. Intune and SyncML say it; of Apple's files the catalogue tells which platforms know all of it, and of
//! several the one that other files for the same devices name: an index of ours, an envelope or a policy of Intune's.

use crate::catalogue::Catalogue;
use crate::catalogue::KeyLookup;
use crate::catalogue::entry::Form;
use crate::diagnostic::Code;
use crate::reader::{Kind, Reading};
use crate::setting::{Family, Platform, Setting, judged_platform};
use std::collections::BTreeMap;

/// The platform of each reading; `None` for what sets nothing.
pub(super) fn of_all(
    readings: &[Reading],
    labels: &[Option<Vec<String>>],
    catalogue: &Catalogue,
) -> Vec<Option<Platform>> {
    let stated: Vec<Option<Platform>> = readings.iter().map(stated).collect();
    // Files for the same devices are for one platform, where one knows all of them.
    let mut together: BTreeMap<&Vec<String>, Vec<&Setting>> = BTreeMap::new();
    for (reading, label) in readings.iter().zip(labels) {
        if let (Some(label), true) = (label, is_apple(reading)) {
            together.entry(label).or_default().extend(reading.settings());
        }
    }
    let shared: BTreeMap<&Vec<String>, Platform> = together
        .into_iter()
        .filter_map(|(label, settings)| {
            let (platform, strange) = best(&settings, (label, named_beside(readings, labels, label)), catalogue)?;
            (strange == 0).then_some((label, platform))
        })
        .collect();
    let one = |n: usize| {
        let reading = &readings[n];
        // Devices take a profile as a whole or not at all, and the preferences of a domain too.
        let is_broken = matches!(reading.kind, Kind::Profile | Kind::Preferences)
            && reading.faults.iter().any(|one| one.code == Code::MalformedArtefact);
        let sets = !is_broken
            && !reading.items.is_empty()
            && !matches!(reading.kind, Kind::DiagnosticsReport | Kind::Installed);
        if !sets {
            return None;
        }
        stated[n].or_else(|| {
            let of_label = labels[n].as_ref().and_then(|label| shared.get(label).copied());
            let named = [reading.name.clone()];
            let own = || best(&reading.settings().collect::<Vec<_>>(), (&named, None), catalogue).map(|found| found.0);
            is_apple(reading).then(|| of_label.or_else(own)).flatten()
        })
    };
    (0..readings.len()).map(one).collect()
}

fn is_apple(reading: &Reading) -> bool {
    let of_apple = matches!(reading.kind, Kind::Profile | Kind::Preferences | Kind::Command | Kind::Declaration);
    of_apple && stated(reading).is_none()
}

/// The platform of a group, where the files that say theirs agree on it.
fn named_beside(readings: &[Reading], labels: &[Option<Vec<String>>], label: &Vec<String>) -> Option<Platform> {
    let of_label = readings.iter().zip(labels).filter(|(_, other)| other.as_ref() == Some(label));
    let mut named =
        of_label.filter_map(|(reading, _)| named(reading).or_else(|| stated(reading))).filter(|one| one.is_apple());
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

/// The platform that an envelope names.
fn named(reading: &Reading) -> Option<Platform> {
    match reading.envelope.platforms.as_deref()? {
        "windows10" => Some(Platform::Windows),
        word => Platform::named(word),
    }
}

/// The platform that a file says by itself.
fn stated(reading: &Reading) -> Option<Platform> {
    match &reading.kind {
        Kind::Syncml | Kind::Custom | Kind::Ring => Some(Platform::Windows),
        Kind::Preferences => Some(Platform::MacOs),
        Kind::Compliance => reading.settings().find_map(|setting| judged_platform(&setting.address.owner)),
        Kind::Command if reading.settings().any(|setting| setting.address.owner.starts_with("./")) => {
            Some(Platform::Windows)
        }
        Kind::Catalogued => {
            let is_windows = || reading.settings().any(|setting| setting.address.family == Family::Csp);
            named(reading).or_else(|| is_windows().then_some(Platform::Windows))
        }
        // What the envelope of a profile is for, its profile is for.
        Kind::Profile => named(reading),
        _ => None,
    }
}

/// In the order in which they are preferred, where several know a file.
const APPLE: [Platform; 5] = [Platform::Ios, Platform::MacOs, Platform::TvOs, Platform::VisionOs, Platform::WatchOs];

/// The platform that knows the most of some settings, and how many it does not know. Of several it is the one that is named beside them,
/// or else by the names.
fn best(
    settings: &[&Setting],
    (names, beside): (&[String], Option<Platform>),
    catalogue: &Catalogue,
) -> Option<(Platform, usize)> {
    let named = names.join(" ").to_lowercase();
    let hinted = |platform: Platform| match platform {
        Platform::MacOs => ["mac", "osx"].iter().any(|word| named.contains(word)),
        Platform::Ios => ["ios", "iphone", "ipad"].iter().any(|word| named.contains(word)),
        other => named.contains(&other.word().to_lowercase()),
    };
    let strange = |platform: Platform| settings.iter().filter(|setting| !knows(catalogue, platform, setting)).count();
    APPLE
        .into_iter()
        .map(|platform| (strange(platform), beside != Some(platform), !hinted(platform), platform))
        .min_by_key(|(strange, unnamed, unhinted, _)| (*strange, *unnamed, *unhinted))
        .map(|(strange, _, _, platform)| (platform, strange))
}

/// Whether a platform has a setting; what no catalogue knows is a preference of macOS.
fn knows(catalogue: &Catalogue, platform: Platform, setting: &Setting) -> bool {
    let form = match setting.address.family {
        Family::Profile => Form::Profile,
        Family::Declaration => Form::Declaration,
        Family::Command => Form::Command,
        Family::Compliance | Family::Csp => return true,
    };
    let schemas = catalogue.schemas(form, &setting.address.owner);
    if schemas.is_empty() {
        return platform == Platform::MacOs;
    }
    let of_type = schemas.iter().any(|schema| schema.support(platform).is_some());
    let of_key = match catalogue.key(form, &setting.address.owner, setting.address.keys()) {
        // A command that takes no keys has a match of none.
        KeyLookup::Found(matches) => {
            matches.is_empty() || matches.iter().any(|found| found.support(platform).is_some())
        }
        // Of a name that nobody knows, no platform can be told.
        _ => true,
    };
    of_type && of_key
}
