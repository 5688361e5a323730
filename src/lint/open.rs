//! Where what a schema does not list is no error: payload types that are preference domains too, what old tools write and devices pass over,
//! and what a console fills in.

use crate::check::foreign::{Fault, UnknownKey};
use crate::diagnostic::Code;
use crate::diagnostic::nearest::distance;
use crate::reader::{Item, Kind, Reading};
use crate::setting::{Address, Family};

/// Payload types whose keys no schema closes, one in a line.
const OPEN: &str = include_str!("data/open.txt");
/// Keys that tools write into every payload and no device acts upon: Profile Manager's and iPhone Configuration
/// Utility's `PayloadEnabled`. And a restriction that iOS has and Apple's schema has not (named in the framework ManagedConfiguration, and
/// in ProfileManifests, com.apple.applicationaccess).
const PASSED_OVER: &[(Family, &str)] =
    &[(Family::Profile, "PayloadEnabled"), (Family::Profile, "allowSiriServerLogging")];
/// Letters that a slip of the hand changes.
const SLIP: usize = 2;

/// Whether an item is a preference of a domain, for which no vendor closes the list of keys.
pub(super) fn is_preference(reading: &Reading, item: &Item) -> bool {
    reading.kind == Kind::Preferences || item.place.contains("mcx_preference_settings")
}

/// Whether nothing is to be said of a fault.
pub(super) fn is_passed_over(reading: &Reading, address: &Address, fault: &Fault) -> bool {
    let key = address.keys().last().map_or("", String::as_str);
    let is_unknown =
        fault.finding.code == Code::UnknownKey && (PASSED_OVER.contains(&(address.family, key)) || is_consent(address));
    // In the names of its own nodes the settings catalogue leaves open what Intune knows: the tenant, the provider.
    let is_filled = reading.kind == Kind::Catalogued
        && fault.finding.code == Code::WrongFormat
        && address.owner.split('/').any(|part| part.starts_with('{') && part.ends_with('}'));
    is_unknown || is_filled
}

/// Languages of the text that a person consents to, `default` among them: Apple's schema has another level above them, and its documentation
/// of "TopLevel" has not.
fn is_consent(address: &Address) -> bool {
    address.owner == "TopLevel" && address.keys().first().is_some_and(|key| key == "ConsentText")
}

/// Whether an unknown key of a known type may be one all the same, and is no slip.
pub(super) fn may_be_there(address: &Address, unknown: &UnknownKey<'_>) -> bool {
    let is_open = OPEN.lines().filter(|line| !line.starts_with('#')).any(|line| line == address.owner);
    is_open && unknown.case.is_none() && !unknown.nearest.iter().any(|near| distance(unknown.name, near) <= SLIP)
}
