//! The route by Intune, for a group of Windows devices: policies of the settings catalogue with all that it can hold, custom profiles with
//! the rest, or with everything where the group is `intune: custom`; for one of Apple devices the policies, and `carried.rs` has the rest.
//! One of each for every area of settings, or as the group's `bundle` says; never one node in two of them, since Intune then reports a
//! conflict.

use super::encode::{Policy, System};
use super::{Title, apple, compliance, custom, encode, ring};
use crate::backend::node::{area, channel};
use crate::backend::{Artefact, Format};
use crate::catalogue::Catalogue;
use crate::check::{Checked, envelope};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Address, Bundle, Channel, Dialect, Family, Platform, Setting, Target};
use std::collections::{BTreeMap, BTreeSet};

/// The folder of the route below the group's own.
pub(in crate::backend) const FOLDER: &str = "intune";

const EXTENSION: &str = ".json";

/// The name of the one policy that `bundle: single` gives a group on a channel.
const SINGLE: &str = "all";

/// How many characters of titles a description shows: Graph takes 1500, and a policy may add names that it leaves to Intune.
const DESCRIPTION: usize = 1000;

/// Every file of the group.
pub(in crate::backend) fn files(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let target = checked.target();
    let mut artefacts = Vec::new();
    let left: Vec<&Setting> = match *target.intune {
        Dialect::Catalogue => in_policies(checked, catalogue, &mut artefacts, found),
        Dialect::Custom => checked.settings().iter().collect(),
    };
    let mut rest: BTreeMap<String, Vec<&Setting>> = BTreeMap::new();
    for setting in left {
        rest.entry(part(target, setting)).or_default().push(setting);
    }
    for (part, settings) in rest {
        let named = Named::of_kind(target, &part, "custom");
        let profile = custom::encode(&named.title(target), settings, catalogue);
        report(&profile, (checked, catalogue), found);
        if let Some(bytes) = profile.bytes {
            artefacts.push(named.artefact(target, "custom", bytes, profile.holds));
        }
    }
    artefacts
}

/// Writes the update ring and the policies of the settings catalogue. What is left is what neither can hold.
fn in_policies<'a>(
    checked: &'a Checked,
    catalogue: &'a Catalogue,
    artefacts: &mut Vec<Artefact>,
    found: &mut Diagnostics,
) -> Vec<&'a Setting> {
    let target = checked.target();
    let ringed: BTreeSet<Address> = update_ring(checked, artefacts, found).into_iter().gather();
    let others = checked.settings().iter().filter(|setting| !ringed.contains(&setting.address));
    let catalogued = encode::policies(others, catalogue, &|setting| part(target, setting));
    for (part, policy) in &catalogued.policies {
        let named = Named::of(target, part);
        let bytes = encode::document(&named.title(target), policy);
        artefacts.push(named.artefact(target, "settings", bytes, policy.holds.clone()));
    }
    catalogued.left.into_iter().map(|(setting, _)| setting).collect()
}

/// What the settings catalogue holds of a group of Apple devices, payloads and declarations whole. A key that every profile is to have
/// keeps payloads in profiles, and so does a group that takes custom profiles alone. A declaration that the catalogue does not hold stops the
/// build: nothing else would carry it.
pub(in crate::backend) fn policies(checked: &Checked, found: &mut Diagnostics) -> Vec<Artefact> {
    let target = checked.target();
    if *target.intune == Dialect::Custom {
        return Vec::new();
    }
    let system = if *target.platform == Platform::MacOs { System::MAC_OS } else { System::IOS };
    let in_profiles = checked.settings().iter().any(|setting| setting.address.owner == envelope::PROFILE);
    let mut policies: BTreeMap<String, Policy> = BTreeMap::new();
    for payload in checked.settings().chunk_by(|a, b| a.address.carrier() == b.address.carrier()) {
        let settings: Vec<&Setting> = payload.iter().collect();
        let Some(first) = payload.first() else { continue };
        let is_payload = first.address.family == Family::Profile;
        match apple::instance(&settings).filter(|_| !(is_payload && in_profiles)) {
            Some(instance) => {
                policies.entry(part(target, first)).or_insert_with(|| Policy::empty(system)).add(instance, &settings);
            }
            None if first.address.family == Family::Declaration => {
                refuse(
                    first,
                    "its settings catalogue does not have all that is asked of the type, in one instance",
                    found,
                );
            }
            None => {}
        }
    }
    let artefact = |(part, policy): (String, Policy)| {
        let named = Named::of(target, &part);
        let bytes = encode::document(&named.title(target), &policy);
        named.artefact(target, "settings", bytes, policy.holds)
    };
    policies.into_iter().map(artefact).collect()
}

/// What a ring holds of the group's updates: the console has no other place for rings of updates.
fn update_ring(checked: &Checked, artefacts: &mut Vec<Artefact>, found: &mut Diagnostics) -> Vec<Address> {
    let target = checked.target();
    let named = Named::of_kind(target, "updates", "ring");
    let ring = ring::encode(&named.title(target), checked.settings());
    let Some(bytes) = ring.bytes else { return Vec::new() };
    if !ring.implied.is_empty() {
        let said = ring.implied.iter().map(|property| format!("`{property}`")).collect::<Vec<_>>().join(", ");
        let message = format!("every update ring has {said}, which nobody asked for: Intune may send what Graph gives");
        let first = checked.settings().iter().find(|setting| ring.holds.contains(&setting.address));
        let place = first.map_or(target.group.span, |setting| setting.span);
        found.push(
            Diagnostic::new(Code::DoubtfulDelivery, place, message).help("ask for these too, or look at what arrives"),
        );
    }
    artefacts.push(named.artefact(target, "ring", bytes, ring.holds.clone()));
    ring.holds
}

/// The compliance policies of a group: what its devices are judged by, and never what they are set to.
pub(in crate::backend) fn complied(checked: &Checked, _: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let target = checked.target();
    let mut artefacts = Vec::new();
    for part in compliance::parts(checked.settings()) {
        let named = Named::of(target, &part.name());
        let policy = compliance::encode(&named.title(target), &part, checked.settings());
        policy.refused.iter().for_each(|(setting, why)| refuse(setting, why, found));
        if let Some(bytes) = policy.bytes {
            artefacts.push(named.artefact(target, "compliance", bytes, policy.holds));
        }
    }
    artefacts
}

fn refuse(setting: &Setting, why: &str, found: &mut Diagnostics) {
    let message = format!("Intune cannot carry `{}`: {why}", setting.address);
    found.push(
        Diagnostic::new(Code::CannotDeliver, setting.span, message)
            .help("write a value that it can carry, or deliver the group by another route"),
    );
}

/// Whether a policy of the settings catalogue would hold a setting.
fn would_hold(setting: &Setting, checked: &Checked, catalogue: &Catalogue) -> bool {
    let all = encode::policies(checked.settings(), catalogue, &|setting| part(checked.target(), setting));
    all.left.iter().all(|(left, _)| left.address != setting.address)
}

/// The catalogue holds what a custom profile cannot, and the group does not take it.
fn refuse_alone(setting: &Setting, why: &str, target: &Target, found: &mut Diagnostics) {
    let message = format!("no custom profile can carry `{}`: {why}", setting.address);
    found.push(
        Diagnostic::new(Code::CannotDeliver, setting.span, message)
            .also(target.intune.span, "the group takes custom profiles alone")
            .help("write a value that one can carry, or let the settings catalogue hold it: `intune: catalogue`"),
    );
}

/// What no OMA setting carries stops the build; what may not work is said.
fn report(profile: &super::Custom<'_>, (checked, catalogue): (&Checked, &Catalogue), found: &mut Diagnostics) {
    for (setting, why) in &profile.refused {
        let target = checked.target();
        match *target.intune == Dialect::Custom && would_hold(setting, checked, catalogue) {
            true => refuse_alone(setting, why, target, found),
            false => refuse(setting, why, found),
        }
    }
    let mut reasons: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    for (setting, why) in &profile.doubted {
        reasons.entry(why).or_default().push(setting);
    }
    for (why, settings) in reasons {
        let Some(first) = settings.first() else { continue };
        let others = match settings.len() {
            1 => String::new(),
            n => format!(" and {} other settings", n - 1),
        };
        let message = format!("nobody has confirmed that Intune delivers `{}`{others}: {why}", first.address);
        found.push(
            Diagnostic::new(Code::DoubtfulDelivery, first.span, message)
                .help("try it on one device, and look at what Intune reports of it"),
        );
    }
}

/// The policy that a setting stands in. Users and devices have policies of their own.
fn part(target: &Target, setting: &Setting) -> String {
    let uri = setting.address.owner.as_str();
    let area = |uri: &str| if setting.address.family == Family::Csp { area(uri) } else { uri.to_owned() };
    let name = match target.bundle {
        Bundle::PerType => area(uri),
        Bundle::Single => SINGLE.to_owned(),
        Bundle::PerControl => {
            let control = setting.origins.first().and_then(|origin| origin.control.clone());
            control.unwrap_or_else(|| area(uri))
        }
    };
    if channel(uri) == Channel::User { format!("{name}.user") } else { name }
}

/// A file of the route, and what the console calls it: made of ids, since importers match by the name, and titles change.
pub(in crate::backend) struct Named {
    part: String,
    name: String,
    description: String,
}

impl Named {
    pub(in crate::backend) fn of(target: &Target, part: &str) -> Named {
        Named {
            part: part.to_owned(),
            name: match target.kept.policies.get(part) {
                Some(name) => name.clone(),
                None => format!("{} {}: {part}", target.organisation, target.identity),
            },
            description: format!("{}: {}", target.organisation_name, target.title).chars().take(DESCRIPTION).collect(),
        }
    }

    /// A file of which another of the group, of another kind, may have the part's name.
    pub(in crate::backend) fn of_kind(target: &Target, part: &str, kind: &str) -> Named {
        Named { part: part.to_owned(), ..Named::of(target, &format!("{part} ({kind})")) }
    }

    pub(in crate::backend) fn title<'a>(&'a self, target: &'a Target) -> Title<'a> {
        let (reached, left_out) = target.audience("entra");
        Title { name: &self.name, description: &self.description, reached, left_out }
    }

    pub(in crate::backend) fn artefact(
        &self,
        target: &Target,
        kind: &str,
        bytes: Vec<u8>,
        holds: Vec<Address>,
    ) -> Artefact {
        let Target { organisation, group, .. } = target;
        let path = format!("{organisation}/{}/{FOLDER}/{kind}.{}{}", **group, self.part, EXTENSION);
        Artefact::new(path, bytes, Format::Intune, holds)
    }
}
