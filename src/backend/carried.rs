//! The route by Intune. Profiles stand there in envelopes: what one back end writes, carried by what another knows. Only here the two meet.

use super::intune::{self, Carried, Carrier, DeploymentChannel, FOLDER, Named, is_by_intune};
use super::{Artefact, Backend, Decoded, Format, Unreadable, mobileconfig};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::encoding::json;
use crate::setting::{Address, Channel, Family, Platform, Target};

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

/// Profiles in envelopes, for groups of Apple devices that Intune manages. It has envelopes for these platforms alone.
pub(super) const APPLE: Backend = Backend {
    family: Family::Profile,
    encode,
    serves: |target| matches!(*target.platform, Platform::Ios | Platform::MacOs) && is_by_intune(target),
    ..WINDOWS
};

/// What devices are judged by.
pub(super) const JUDGED: Backend =
    Backend { family: Family::Compliance, encode: intune::complied, serves: is_by_intune, ..WINDOWS };

/// Each profile of the group in its envelope.
fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let target = checked.target();
    let profiles = (mobileconfig::BACKEND.encode)(checked, catalogue, found);
    profiles.into_iter().map(|profile| enveloped(target, profile)).collect()
}

fn enveloped(target: &Target, profile: Artefact) -> Artefact {
    let file_name = profile.path.rsplit('/').next().unwrap_or(&profile.path).to_owned();
    let part =
        mobileconfig::BACKEND.extensions.iter().find_map(|end| file_name.strip_suffix(end)).unwrap_or(&file_name);
    let named = Named::of(target, part);
    let carrier = match *target.platform {
        Platform::MacOs => Carrier::MacOs(Some(deployment(&profile.holds))),
        _ => Carrier::Ios,
    };
    let title = named.title(target);
    let carried =
        Carried { carrier, payload_name: title.name.to_owned(), file_name: file_name.clone(), profile: profile.bytes };
    named.artefact(target, "profile", intune::carry(&title, &carried), profile.holds)
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
