//! Identities of what is installed, as far as names would not give them: so that a first delivery replaces it (language.md §8).

use super::estate::{Group, Occurrence};
use super::yaml::{Key, Yaml, ours, print};
use super::{Note, judge, slug};
use crate::backend::{
    self,
    identity::{self, Identity},
};
use crate::catalogue::Catalogue;
use crate::gather::Gather;
use crate::reader::{Envelope, Kind, Reading};
use crate::setting::{
    Address, Bundle, Channel, Family, Kept, KeptDeclaration, KeptPayload, KeptProfile, Route, Target,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a group keeps; what cannot be kept is noted.
pub(super) fn kept(group: &Group, target: &Target, readings: &[Reading], notes: &mut Vec<Note>) -> Kept {
    let (placed, names, taken) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    let mut keeping = Keeping { group, target, readings, kept: Kept::default(), placed, names, taken };
    // Intune's catalogue takes payloads out of a profile that has them on the direct route.
    let on = |route: Route| {
        group.readings.iter().copied().filter(move |n| super::estate::route(&readings[*n], readings) == route)
    };
    for n in on(Route::Direct).chain(on(Route::Intune)) {
        match readings[n].kind {
            Kind::Profile => keeping.profile(n, notes),
            Kind::Declaration => keeping.declaration(n),
            _ => {}
        }
    }
    keeping.kept
}

struct Keeping<'a> {
    group: &'a Group,
    target: &'a Target,
    readings: &'a [Reading],
    kept: Kept,
    /// The profile in which each payload stands.
    placed: BTreeMap<(Channel, String, Option<String>), String>,
    names: BTreeSet<String>,
    /// Identifiers that are kept.
    taken: BTreeSet<String>,
}

/// A payload in the group.
type Named = (String, Option<String>);

impl Keeping<'_> {
    fn profile(&mut self, n: usize, notes: &mut Vec<Note>) {
        let reading = &self.readings[n];
        let Some(identifier) = reading.envelope.identifier.clone().filter(|text| can_be_kept(text)) else { return };
        let is_users = reading.envelope.scope.as_ref().is_some_and(|scope| scope.eq_ignore_ascii_case("User"));
        let channel = if is_users { Channel::User } else { Channel::Device };
        // By another route, or as a copy: what is kept for the one is kept for both.
        let is_same = |named: &Named| {
            self.placed.get(&(channel, named.0.clone(), named.1.clone())).is_some_and(|other| *other == identifier)
        };
        if self.payloads(n).iter().all(|(_, named)| is_same(named)) {
            return;
        }
        if !self.taken.insert(identifier.to_lowercase()) {
            let why = "another file for the same devices has this identifier, so that each replaces the other: it gets one of its own";
            notes.push(Note::new(reading, "PayloadIdentifier", &identifier, why));
            return;
        }
        let mut payloads = Vec::new();
        for (at, named) in self.payloads(n) {
            let known = reading.envelope.payloads.get(at).filter(|payload| payload.kind == named.0);
            let place = (channel, named.0.clone(), named.1.clone());
            match self.placed.get(&place) {
                Some(other) if *other == identifier => continue,
                Some(other) => {
                    let why = format!(
                        "devices take one of the type: it is joined with that of `{other}`; remove `{identifier}` once that is delivered"
                    );
                    notes.push(Note::new(reading, &format!("PayloadContent[{at}]"), &named.0, &why));
                    continue;
                }
                None => drop(self.placed.insert(place, identifier.clone())),
            }
            let (own, uuid) = known.map_or((None, None), |known| (known.identifier.clone(), known.uuid.clone()));
            let is_own = |text: &String| *text == identifier;
            let own = own.filter(|text| is_own(text) || self.taken.insert(text.to_lowercase()));
            let [own, uuid] = [own, uuid].map(|text| text.filter(|text| can_be_kept(text)));
            payloads.push(KeptPayload { owner: named.0, instance: named.1, identifier: own, uuid });
        }
        if payloads.is_empty() || self.is_natural(&reading.envelope, channel, &payloads) {
            return;
        }
        let name = self.free(&reading.name, channel);
        let uuid = reading.envelope.uuid.clone();
        let uuid = uuid.filter(|text| can_be_kept(text));
        self.kept.profiles.push(KeptProfile { name, channel, identifier, uuid, payloads });
    }

    /// The payloads of a file by their places in it.
    fn payloads(&self, n: usize) -> Vec<(usize, Named)> {
        let mut payloads = Vec::new();
        for item in &self.readings[n].items {
            let (family, _, owner, instance) = item.setting.address.carrier();
            let Some(at) = payload_of(&item.place).filter(|_| family == Family::Profile) else { continue };
            let occurrence = Occurrence { reading: n, owner: owner.to_owned(), instance: instance.map(str::to_owned) };
            let instance = self.group.instances.get(&occurrence).cloned().unwrap_or(occurrence.instance);
            let named = (at, (occurrence.owner, instance));
            if !payloads.contains(&named) {
                payloads.push(named);
            }
        }
        payloads
    }

    /// Whether names give a profile and its payloads the identities that they have.
    fn is_natural(&self, envelope: &Envelope, channel: Channel, payloads: &[KeptPayload]) -> bool {
        let Some(first) = payloads.first() else { return true };
        let is_single = self.group.bundle == Bundle::Single;
        let name = if is_single { backend::SINGLE } else { first.owner.as_str() };
        let own = identity::of_profile(self.target, (name, name), channel);
        let is = |known: &Identity, identifier: Option<&String>, uuid: Option<&String>| {
            identifier == Some(&known.identifier) && uuid == Some(&known.uuid)
        };
        (is_single || payloads.iter().all(|payload| payload.owner == name))
            && is(&own, envelope.identifier.as_ref(), envelope.uuid.as_ref())
            && payloads.iter().all(|payload| {
                let which = (payload.owner.as_str(), payload.instance.as_deref());
                let known = identity::of_payload(self.target, (name, channel, &own), which);
                is(&known, payload.identifier.as_ref(), payload.uuid.as_ref())
            })
    }

    fn free(&mut self, file: &str, channel: Channel) -> String {
        let last = |path: &'_ str| path.rsplit('/').next().unwrap_or_default().to_owned();
        // In an envelope a profile is called as it is without one.
        let stem = match file.strip_suffix("/payload").map(last) {
            Some(outer) => outer.strip_prefix("profile.").unwrap_or(&outer).to_owned(),
            None => last(file),
        };
        let stem = stem.trim_end_matches(".mobileconfig").trim_end_matches(".json");
        let stem = stem.strip_suffix(".user").filter(|_| channel == Channel::User).unwrap_or(stem);
        let base = slug(stem, "profile");
        let (mut name, mut n) = (base.clone(), 2);
        while !self.names.insert(name.clone()) {
            name = format!("{base}-{n}");
            n += 1;
        }
        name
    }

    fn declaration(&mut self, n: usize) {
        let reading = &self.readings[n];
        let Some(identifier) = reading.envelope.identifier.clone().filter(|text| can_be_kept(text)) else { return };
        let Some(item) = reading.items.iter().find(|item| {
            !self.group.activations.contains_key(&n) && item.setting.address.family == Family::Declaration
        }) else {
            return;
        };
        let address = &item.setting.address;
        let occurrence = Occurrence { reading: n, owner: address.owner.clone(), instance: address.instance.clone() };
        let instance = self.group.instances.get(&occurrence).cloned().unwrap_or(occurrence.instance);
        let channel = if self.group.users.contains(&n) { Channel::User } else { address.channel };
        let which = (channel, address.owner.as_str(), instance.as_deref());
        let natural = identity::of_named_declaration(self.target, which);
        let activation = self.group.activations.iter().find(|(_, of)| of.contains(&n)).and_then(|(at, of)| {
            let own = self.readings[*at].envelope.identifier.clone()?;
            (of.len() == 1 && own != identity::activation(&identifier)).then_some(own)
        });
        if natural != identifier || activation.is_some() {
            let owner = address.owner.clone();
            self.kept.declarations.push(KeptDeclaration { owner, instance, channel, identifier, activation });
        }
    }
}

/// Keeps what consoles call policies whose settings go into one again; whether any has another name than it would get. What is cut
/// otherwise is noted.
pub(super) fn name_policies(
    (groups, kept): (&[Group], &mut [Kept]),
    written: &[(usize, String, BTreeSet<Address>)],
    (readings, catalogue, organisation): (&[Reading], &Catalogue, &str),
    notes: &mut Vec<Note>,
) -> bool {
    let mut any = false;
    for (n, group) in groups.iter().enumerate() {
        let prefix = format!("{organisation} {}: ", group.id);
        for &at in &group.readings {
            let reading = &readings[at];
            let outer = super::estate::carrier(reading, readings).unwrap_or(reading);
            let is_policy =
                matches!(outer.kind, Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier);
            let Some(name) = outer.envelope.name.as_ref().filter(|name| is_policy && can_be_kept(name)) else {
                continue;
            };
            let own: BTreeSet<Address> =
                reading.settings().map(|setting| group.address(at, setting, catalogue)).gather();
            let same = written.iter().find(|(of, _, holds)| *of == n && *holds == own);
            match same.and_then(|(_, given, _)| Some((given, given.strip_prefix(&prefix)?))) {
                Some((given, part)) if given != name => {
                    kept[n].policies.insert(part.to_owned(), name.clone());
                    any = true;
                }
                Some(_) => {}
                None => {
                    let why =
                        "no policy of the new delivery holds just its settings: delete it once they are delivered";
                    notes.push(Note::new(outer, "", name, why));
                }
            }
        }
    }
    any
}

/// What a source can hold and a device has: a line of text.
fn can_be_kept(text: &str) -> bool {
    !text.trim().is_empty()
        && text.trim() == text
        && text.chars().count() <= 1024
        && !text.chars().any(char::is_control)
}

/// The number of the payload in `PayloadContent[3].key`.
fn payload_of(place: &str) -> Option<usize> {
    place.strip_prefix("PayloadContent[")?.split(']').next()?.parse().ok()
}

const HEAD: &str = "`policyc import` wrote this: what devices and consoles know already, so that the first delivery replaces it and reinstalls\n\
    nothing. Once all of it is delivered under other names, a group or profile may be taken out.";

/// identities.yaml; `None` where names give all of it.
pub(super) fn text(all: &[(&str, &Kept)]) -> Option<String> {
    let groups: Vec<(Key, Yaml)> = all
        .iter()
        .filter(|(_, kept)| !kept.is_empty())
        .map(|(id, kept)| (Key::Other((*id).to_owned()), group(kept)))
        .collect();
    (!groups.is_empty()).then(|| print(HEAD, &[(Key::Ours("identities"), Yaml::Map(groups))]))
}

fn group(kept: &Kept) -> Yaml {
    let text = |text: &Option<String>| text.clone().map(Yaml::Text);
    let user = |channel: Channel| (channel == Channel::User).then(|| Yaml::plain("user"));
    let payload = |payload: &KeptPayload| {
        Yaml::Map(ours([
            ("type", Some(Yaml::text(payload.owner.as_str()))),
            ("instance", text(&payload.instance)),
            ("identifier", text(&payload.identifier)),
            ("uuid", text(&payload.uuid)),
        ]))
    };
    let profile = |profile: &KeptProfile| {
        let entries = ours([
            ("identifier", Some(Yaml::text(profile.identifier.as_str()))),
            ("uuid", text(&profile.uuid)),
            ("channel", user(profile.channel)),
            ("payloads", Some(Yaml::List(profile.payloads.iter().map(payload).collect()))),
        ]);
        (Key::Other(profile.name.clone()), Yaml::Map(entries))
    };
    let declaration = |one: &KeptDeclaration| {
        Yaml::Map(ours([
            ("type", Some(Yaml::text(one.owner.as_str()))),
            ("instance", text(&one.instance)),
            ("channel", user(one.channel)),
            ("identifier", Some(Yaml::text(one.identifier.as_str()))),
            ("activation", text(&one.activation)),
        ]))
    };
    let profiles: Vec<(Key, Yaml)> = kept.profiles.iter().map(profile).collect();
    let declarations: Vec<Yaml> = kept.declarations.iter().map(declaration).collect();
    let policies: Vec<(Key, Yaml)> =
        kept.policies.iter().map(|(part, name)| (Key::Other(part.clone()), Yaml::text(name.as_str()))).collect();
    Yaml::Map(ours([
        ("profiles", (!profiles.is_empty()).then_some(Yaml::Map(profiles))),
        ("declarations", (!declarations.is_empty()).then_some(Yaml::List(declarations))),
        ("policies", (!policies.is_empty()).then_some(Yaml::Map(policies))),
    ]))
}

/// A group with the names of the organisation, from which its identities derive.
pub(super) fn target(organisation: (&str, &str), group: &Group, facts: &judge::Facts) -> Target {
    let (id, identifier) = organisation;
    Target { identifier: identifier.to_owned(), ..judge::target(id, group, facts) }
}
