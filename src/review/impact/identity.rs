//! A setting whose holder devices take for another thing. Apple, "TopLevel" and "CommonPayloadKeys": an equal `PayloadIdentifier`
//! replaces a profile; payloads with equal identifier and `PayloadUUID` are updated in place, others removed and installed anew.

use super::{Consequence, Identity, Impact, Movement, by_row, consequence};
use crate::catalogue::entry::Form;
use crate::catalogue::{Catalogue, Effect};
use crate::setting::Family;

pub(super) fn of(movement: &Movement<'_>, catalogue: &Catalogue, counts: &dyn Fn(&Effect) -> bool) -> Vec<Consequence> {
    let mut all: Vec<Consequence> = holder(movement).into_iter().chain(moved(movement)).collect();
    if !all.is_empty() || movement.is_change() {
        all.extend(certificates(movement, catalogue, counts));
    }
    all
}

fn holder(movement: &Movement<'_>) -> Option<Consequence> {
    let both = movement.before.is_some() && movement.after.is_some();
    match movement.identity {
        Identity::Same => None,
        _ if !both => None,
        Identity::OtherScope => Some(consequence(
            Impact::ScopeRefused,
            "`PayloadScope` changes under the same `PayloadIdentifier`: remove the profile first, or give it another identifier",
            "failure-modes A4 (fleetdm/fleet#44456)",
        )),
        Identity::OtherPayload => Some(consequence(
            Impact::PayloadReplaced,
            "the payload has another identifier or UUID: what it gave is gone for a moment, a network connection drops",
            "Apple's schema, CommonPayloadKeys; failure-modes A1",
        )),
        Identity::Other => {
            let what = match movement.address.family {
                Family::Declaration => {
                    "the declaration has another `Identifier`: what it gave is gone until it is installed again"
                }
                Family::Csp => {
                    "the policy has another name: an import makes a second one, and the first stays until it is removed"
                }
                _ => "the profile has another `PayloadIdentifier`: what it gave is gone until it is installed again",
            };
            Some(consequence(Impact::Reinstall, what, "Apple's schema, TopLevel and declarationbase; failure-modes A1"))
        }
    }
}

/// A setting that leaves one file for another. A file that has only another name is the same thing to devices.
fn moved(movement: &Movement<'_>) -> Option<Consequence> {
    let (before, after) = (movement.file_before?, movement.file_after?);
    let known_by_file = matches!(movement.address.family, Family::Profile | Family::Declaration);
    (before != after && !(known_by_file && movement.identity == Identity::Same)).then(|| {
        let because = format!("from `{before}` to `{after}`: deliver the new file before the old one goes");
        consequence(Impact::Moved, because, "deduced: servers deliver file by file")
    })
}

/// A file that is delivered again has the device ask for its certificates again, whatever in it has changed.
fn certificates(movement: &Movement<'_>, catalogue: &Catalogue, counts: &dyn Fn(&Effect) -> bool) -> Vec<Consequence> {
    let form = match movement.address.family {
        Family::Profile => Form::Profile,
        Family::Declaration => Form::Declaration,
        Family::Csp | Family::Command | Family::Compliance => return Vec::new(),
    };
    let rows = movement.beside.iter().filter_map(|owner| catalogue.requests_certificate(form, owner));
    rows.filter(|row| counts(row)).map(|row| by_row(movement, Impact::CertificateAgain, row)).collect()
}
