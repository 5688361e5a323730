//! Apple: which profiles and declarations a device lists. It lists that a payload is there and none of its values; of a declaration also
//! the token of what it says, and whether that is valid and in force.
//!
//! Apple, "ProfileListCommand" (the answer's keys), status item "management.declarations".

use super::{Declaration, Payload, Profile, Report, Unreported, name, word};
use crate::backend::{Artefact, Entry, Format, Listed, declared, identity, names, secrets};
use crate::check::{Checked, envelope};
use crate::encoding::json;
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Channel, Family, Route, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// Adds profiles and declarations, and settings that stand in neither.
pub(super) fn add(checked: &Checked, artefacts: &[Artefact], report: &mut Report) {
    if !checked.target().platform.is_apple() {
        return;
    }
    let route = checked.target().route();
    // Whoever brings profiles to devices brings those that are attached.
    let is_of_route = |format: Format| format == Format::Attached || format.route() == Some(route);
    let of_route = artefacts.iter().filter(|artefact| is_of_route(artefact.format));
    let settings: BTreeMap<&Address, &Setting> =
        checked.settings().iter().map(|setting| (&setting.address, setting)).gather();
    let mut shown: BTreeSet<&Address> = BTreeSet::new();
    for artefact in of_route {
        let holds = artefact.holds.iter().filter(|address| !is_everywhere(address));
        let own: Vec<&Setting> = holds.filter_map(|address| settings.get(address).copied()).collect();
        match &artefact.lists {
            Some(listed) => report.profiles.push(profile(checked, artefact, listed, &own)),
            None if artefact.format == Format::Declaration => {
                report.declarations.extend(declaration(checked, artefact, &own));
            }
            None => continue,
        }
        shown.extend(own.iter().map(|setting| &setting.address));
    }
    for setting in checked.settings() {
        let is_apple = matches!(setting.address.family, Family::Profile | Family::Declaration);
        if is_everywhere(&setting.address) {
            report.in_every_profile.push(name(setting));
        } else if is_apple && !shown.contains(&setting.address) {
            let reason = match route == Route::Intune {
                true => "Intune sends it under an identifier of its own, which no list of ours can know",
                false => "no profile or declaration of this build holds it, so that no list of a device shows it",
            };
            report.unreported.push(Unreported { setting: name(setting), reason: reason.to_owned() });
        }
    }
    report.profiles.arrange_by(|a, b| a.identifier.cmp(&b.identifier));
    report.declarations.arrange_by(|a, b| a.file.cmp(&b.file));
}

/// Whether every profile of the group holds it.
fn is_everywhere(address: &Address) -> bool {
    address.family == Family::Profile && address.owner == envelope::PROFILE
}

/// The path below the group's folder.
fn file(artefact: &Artefact) -> String {
    artefact.path.splitn(3, '/').nth(2).unwrap_or(&artefact.path).to_owned()
}

fn profile(checked: &Checked, artefact: &Artefact, listed: &Listed, own: &[&Setting]) -> Profile {
    let kept = checked.target().kept.profiles.iter().find(|kept| kept.identifier == listed.profile.identifier);
    let whose = |payload: &Entry, setting: &Setting| {
        let (_, _, owner, instance) = setting.address.carrier();
        let known = kept.and_then(|profile| profile.payload(owner, instance)?.identifier.clone());
        let known = known.unwrap_or_else(|| identity::payload(&listed.profile.identifier, owner, instance));
        owner == payload.kind && known == payload.identifier
    };
    let payloads = listed.payloads.iter().map(|payload| Payload {
        kind: payload.kind.clone(),
        identifier: payload.identifier.clone(),
        uuid: payload.uuid.clone(),
        name: payload.name.clone(),
        settings: own.iter().filter(|setting| whose(payload, setting)).map(|setting| name(setting)).collect(),
    });
    Profile {
        payloads: payloads.collect(),
        channel: word(own.first().map_or(Channel::Device, |setting| setting.address.channel)),
        file: file(artefact),
        identifier: listed.profile.identifier.clone(),
        uuid: listed.profile.uuid.clone(),
        name: listed.profile.name.clone(),
    }
}

fn declaration(checked: &Checked, artefact: &Artefact, own: &[&Setting]) -> Option<Declaration> {
    let declared = declared(&artefact.bytes)?;
    // With a secret in it, what it says is another thing once it is released.
    let is_final = secrets(checked, artefact).is_empty();
    let payload = json::read(&artefact.bytes).ok();
    let has_predicate = payload.is_some_and(|root| root["Payload"].get("Predicate").is_some());
    Some(Declaration {
        identifier: declared.identifier,
        kind: declared.kind,
        server_token: is_final.then_some(declared.token),
        active: (!has_predicate).then_some(true),
        valid: "valid",
        channel: word(names::channel(&artefact.path)),
        file: file(artefact),
        settings: own.iter().map(|setting| name(setting)).collect(),
    })
}
