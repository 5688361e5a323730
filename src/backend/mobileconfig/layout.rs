//! Which setting stands in which profile, and what the profiles are called.
//!
//! One profile for each payload type, unless the group's `bundle` or an entry's `profile` says otherwise. Device and user channel
//! never share one: `PayloadScope` holds for a whole profile.

use super::TOP_LEVEL;
use crate::backend::items::Occurrence;
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Form;
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Bundle, Channel, Family, Setting, Target};
use std::collections::BTreeMap;

/// The name of the one profile that `bundle: single` gives a group on a channel.
pub(crate) const SINGLE: &str = "settings";

/// One profile.
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    /// What its identifier is made of: the name, or the one that it had before.
    pub(super) identity: &'a str,
    pub(super) channel: Channel,
    /// Its payloads with the settings of each, sorted.
    pub(super) payloads: BTreeMap<Occurrence<'a>, Vec<&'a Setting>>,
}

/// Every profile of the group, sorted by name, and the keys that each of them has at its top.
pub(super) fn lay_out<'a>(
    checked: &'a Checked,
    catalogue: &Catalogue,
    found: &mut Diagnostics,
) -> (Vec<Profile<'a>>, Vec<&'a Setting>) {
    let (top, inner): (Vec<&Setting>, Vec<&Setting>) = checked
        .settings()
        .iter()
        .filter(|setting| setting.address.family == Family::Profile)
        .partition(|setting| setting.address.owner == TOP_LEVEL);
    let named = named_profiles(&inner, found);
    let mut profiles: BTreeMap<(&str, Channel), Profile<'a>> = BTreeMap::new();
    for setting in inner {
        let (_, channel, owner, instance) = setting.address.carrier();
        let (name, identity) = match named.get(&(channel, owner, instance)) {
            Some((name, _)) => (*name, *name),
            None => match checked.target().kept.holding(owner, instance, channel) {
                Some(profile) => (profile.name.as_str(), profile.name.as_str()),
                None => default_name(checked.target(), catalogue, setting),
            },
        };
        let profile = profiles.entry((name, channel)).or_insert_with(|| Profile {
            name,
            identity,
            channel,
            payloads: BTreeMap::new(),
        });
        profile.payloads.entry((owner, instance)).or_default().push(setting);
    }
    (profiles.into_values().collect(), top)
}

type Payload<'a> = (Channel, &'a str, Option<&'a str>);

/// The profiles that entries name. One name takes the whole payload with it, since a payload stands in one place.
fn named_profiles<'a>(
    settings: &[&'a Setting],
    found: &mut Diagnostics,
) -> BTreeMap<Payload<'a>, (&'a str, &'a Setting)> {
    let mut named: BTreeMap<Payload<'a>, (&str, &Setting)> = BTreeMap::new();
    for &setting in settings {
        let Some(name) = &setting.profile else { continue };
        let (_, channel, owner, instance) = setting.address.carrier();
        let (first, by) = *named.entry((channel, owner, instance)).or_insert((name, setting));
        if first != name {
            let message = format!("one payload `{owner}` cannot stand in the profiles `{first}` and `{name}`");
            found.push(
                Diagnostic::new(Code::ConflictingValues, setting.span, message)
                    .also(by.span, "the other profile is named here")
                    .help("name the same profile in both entries, or give one of them an `instance`"),
            );
        }
    }
    named
}

/// The name of a profile that no entry names, and what its identifier is made of.
fn default_name<'a>(target: &Target, catalogue: &Catalogue, setting: &'a Setting) -> (&'a str, &'a str) {
    let owner = setting.address.owner.as_str();
    match target.bundle {
        Bundle::PerType => (owner, owner),
        Bundle::Single => (SINGLE, SINGLE),
        // A payload that a device takes once cannot be cut into several.
        Bundle::PerControl if taken_once(target, catalogue, owner) => (owner, owner),
        Bundle::PerControl => {
            let origin = setting.origins.first();
            let control = origin.and_then(|origin| origin.control.as_deref()).unwrap_or(owner);
            (control, origin.and_then(|origin| origin.formerly.as_deref()).unwrap_or(control))
        }
    }
}

fn taken_once(target: &Target, catalogue: &Catalogue, owner: &str) -> bool {
    let support = |schema: &crate::catalogue::entry::Schema| {
        schema.support.get(target.platform.word()).and_then(|support| support.multiple)
    };
    catalogue.schemas(Form::Profile, owner).iter().any(|schema| support(schema) == Some(false))
}
