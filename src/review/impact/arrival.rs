//! A value that comes or changes: what the table says of it, restarts that the DDF states, and devices that are too new for it.

use super::{Consequence, Impact, Movement, by_row, consequence};
use crate::catalogue::entry::Form;
use crate::catalogue::{Catalogue, Does, Effect};
use crate::compare::Direction;
use crate::setting::{Family, OsVersion, Target};

pub(super) fn of<'e>(
    movement: &Movement<'_>,
    catalogue: &Catalogue,
    effects: impl Iterator<Item = &'e Effect>,
) -> Vec<Consequence> {
    let rows = effects.filter(|effect| effect.is_for(movement.target, movement.after));
    let mut all: Vec<Consequence> =
        rows.filter_map(|row| Some(by_row(movement, impact(row.does, movement.direction)?, row))).collect();
    all.extend(restart(movement, catalogue));
    all.extend(too_new(movement, catalogue));
    all
}

/// What a row means for a value that comes. One that asks for less is met by what is there.
fn impact(does: Does, direction: Direction) -> Option<Impact> {
    match does {
        Does::ChangesPasscode | Does::MeetsOnlyNew if direction == Direction::Weaker => None,
        Does::ChangesPasscode => Some(Impact::PasscodeChange),
        Does::MeetsOnlyNew => Some(Impact::OnlyNew),
        Does::NeedsEncryptionAnew => Some(Impact::ReEncryption),
        Does::Erases => Some(Impact::WipeThreshold),
        Does::Restarts => Some(Impact::Reboot),
        Does::MissesSome => Some(Impact::IneffectiveOnSome),
        Does::RequestsCertificate | Does::KeepsEffect | Does::Reverts => None,
    }
}

/// DDF: `RebootBehavior` of a node (failure-modes B29).
fn restart(movement: &Movement<'_>, catalogue: &Catalogue) -> Option<Consequence> {
    let node = (movement.address.family == Family::Csp).then(|| catalogue.known_node(&movement.address.owner))??.node;
    (node.reboot.as_deref() == Some("Automatic")).then(|| {
        let because = "a computer restarts when it receives the node, during set-up too";
        consequence(Impact::Reboot, because, "DDF, RebootBehavior")
    })
}

/// The group's `os` is the oldest of its devices: from some later version on the setting is gone. Without a group there is none.
fn too_new(movement: &Movement<'_>, catalogue: &Catalogue) -> Option<Consequence> {
    match movement.address.family {
        Family::Profile => gone_from(movement, catalogue, Form::Profile),
        Family::Declaration => gone_from(movement, catalogue, Form::Declaration),
        Family::Csp => ageing(movement, catalogue),
        Family::Command | Family::Compliance => None,
    }
}

fn gone_from(movement: &Movement<'_>, catalogue: &Catalogue, form: Form) -> Option<Consequence> {
    let Movement { target: Some(target), address, .. } = movement else { return None };
    let matches = catalogue.known_key(form, &address.owner, address.keys())?;
    let platform = target.platform.value;
    let last = matches.iter().map(|found| removed(&found.support(platform)?.removed)).collect::<Option<Vec<_>>>()?;
    let version = last.into_iter().max().filter(|version| is_ahead(version, target))?;
    let because = format!("{platform} {version} took it away: devices of the group that have it pay no heed");
    Some(consequence(Impact::IneffectiveOnSome, because, "Apple's schema, supportedOS"))
}

fn removed(version: &Option<String>) -> Option<OsVersion> {
    OsVersion::parse(version.as_deref()?)
}

fn ageing(movement: &Movement<'_>, catalogue: &Catalogue) -> Option<Consequence> {
    let node = catalogue.known_node(&movement.address.owner)?.node;
    let build =
        removed(&node.deprecated).filter(|build| movement.target.is_some_and(|target| is_ahead(build, target)))?;
    let because =
        format!("it is deprecated from build {build} on: computers of the group that have it may pay no heed");
    Some(consequence(Impact::IneffectiveOnSome, because, "DDF, Deprecated"))
}

fn is_ahead(version: &OsVersion, target: &Target) -> bool {
    *version > target.os.value
}
