//! The route by Intune. Profiles stand there in envelopes: what one back end writes, carried by what another knows. Only here the two meet.

use super::intune::{self, Carried, Carrier, DeploymentChannel, FOLDER, Named, is_by_intune};
use super::{Artefact, Backend, Decoded, Format, Unreadable, mobileconfig};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::encoding::json;
use crate::gather::Gather;
use crate::setting::{Address, Channel, Family, Platform, Target};
use std::collections::BTreeSet;

/// Policies of the settings catalogue and custom profiles, for groups of Windows devices that Intune manages.
pub(super) const WINDOWS: Backend = Backend {
    format: Format::Intune,
    family: Family::Csp,
    folder: Some(FOLDER),
    extensions: &[".json"],
    encode: intune::encode,
    decode,
    named: |_, _| {},
    serves: |target| *target.platform == Platform::Windows && is_by_intune(target),
};

/// Policies of the settings catalogue and profiles in envelopes, for groups of Apple devices that Intune manages. It has envelopes for these
/// platforms alone. Declarations stand in such policies too.
pub(super) const APPLE: Backend = Backend {
    family: Family::Profile,
    encode,
    serves: |target| matches!(*target.platform, Platform::Ios | Platform::MacOs) && is_by_intune(target),
    ..WINDOWS
};

/// What devices are judged by.
pub(super) const JUDGED: Backend =
    Backend { family: Family::Compliance, encode: intune::complied, serves: is_by_intune, ..WINDOWS };

/// What the settings catalogue holds, and each profile of the rest in its envelope.
fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let target = checked.target();
    let mut artefacts = intune::policies(checked, found);
    let profiles = profiles(checked, &artefacts, catalogue, found);
    artefacts.extend(profiles.into_iter().map(|profile| enveloped(target, profile)));
    artefacts
}

/// The profiles with what stands in none of these policies.
fn profiles(checked: &Checked, policies: &[Artefact], catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let held: BTreeSet<&Address> = policies.iter().flat_map(|policy| &policy.holds).gather();
    let rest = checked.only(|setting| !held.contains(&setting.address));
    (mobileconfig::BACKEND.encode)(&rest, catalogue, found)
}

/// A profile in its envelope. Devices list what is inside.
fn enveloped(target: &Target, profile: Artefact) -> Artefact {
    let file_name = profile.path.rsplit('/').next().unwrap_or(&profile.path).to_owned();
    let part =
        mobileconfig::BACKEND.extensions.iter().find_map(|end| file_name.strip_suffix(end)).unwrap_or(&file_name);
    let named = Named::of_kind(target, part, "profile");
    let carrier = match *target.platform {
        Platform::MacOs => Carrier::MacOs(Some(deployment(&profile.holds))),
        _ => Carrier::Ios,
    };
    let title = named.title(target);
    let carried =
        Carried { carrier, payload_name: title.name.to_owned(), file_name: file_name.clone(), profile: profile.bytes };
    let envelope = named.artefact(target, "profile", intune::carry(&title, &carried), profile.holds);
    Artefact { lists: profile.lists, ..envelope }
}

/// A profile stands on one channel.
fn deployment(holds: &[Address]) -> DeploymentChannel {
    match holds.iter().any(|address| address.channel == Channel::User) {
        true => DeploymentChannel::User,
        false => DeploymentChannel::Device,
    }
}

/// Reads any file of the console's.
fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let file = json::read_export(bytes)?;
    if !intune::is_envelope(&file) {
        return intune::decode(&file, catalogue);
    }
    let (carried, residue) = intune::carried_in(&file)?;
    let mut decoded = (mobileconfig::BACKEND.decode)(&carried.profile, catalogue)
        .map_err(|(place, cause)| (format!("payload: {place}"), cause))?;
    decoded.residue.extend(residue);
    Ok(decoded)
}
