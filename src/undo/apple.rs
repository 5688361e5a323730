//! Apple: the identifiers to withdraw. A profile that both sides know by one identifier is replaced and not withdrawn, whatever its file
//! is called; one whose channel is another has to go first, since devices refuse it on the second (failure-modes A1).
//!
//! Apple, "TopLevel" (`PayloadIdentifier`, `PayloadScope`), "RemoveProfileCommand", "declarationbase".

use super::{Group, Remainder, RemoveProfile, Replaced, Withdrawn, effects, names, word};
use crate::backend::{Format, declaration_channel, declared, format_of, intune, listed};
use crate::catalogue::Catalogue;
use crate::gather::{Arrange, Gather};
use crate::review::{Given, Held};
use crate::setting::{Address, Channel, Family, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// A profile or declaration of one side.
struct Holder {
    is_profile: bool,
    identifier: String,
    kind: String,
    name: Option<String>,
    channel: Channel,
}

/// What devices take for one thing.
type Key = (bool, String, Channel);

impl Holder {
    fn key(&self) -> Key {
        (self.is_profile, self.identifier.clone(), self.channel)
    }
}

/// In which order declarations go: whatever is named by another after what names it.
const ORDER: [&str; 3] = ["com.apple.activation.", "com.apple.configuration.", "com.apple.management."];

/// Adds what is withdrawn, and what the later side replaces.
pub(super) fn undo(held: &Held<'_>, catalogue: &Catalogue, group: &mut Group) {
    let before = holders(&held.before);
    let later = held.after.iter().flat_map(|after| holders(after).into_values().chain(enveloped(after)));
    let after: BTreeSet<Key> = later.map(|holder| holder.key()).gather();
    let set: BTreeSet<&Address> =
        held.after.iter().flat_map(|after| &after.settings).map(|(setting, _)| &setting.address).gather();
    let mut taken = BTreeSet::new();
    for (file, holder) in &before {
        // The settings that end with it: those that the later side has elsewhere do not.
        let own = held.before.settings.iter().filter(|(_, holds)| holds == file).map(|(setting, _)| setting);
        let gone: Vec<&Setting> = own.filter(|setting| !set.contains(&setting.address)).collect();
        if after.contains(&holder.key()) {
            if !gone.is_empty() {
                let effects = effects(held, gone.iter().copied(), catalogue, false);
                group.replaced.push(Replaced { holder: holder.identifier.clone(), settings: names(gone), effects });
            }
        } else if taken.insert(holder.key()) {
            let list = if holder.is_profile { &mut group.profiles } else { &mut group.declarations };
            list.push(withdrawn(held, (file, holder), gone, catalogue));
        } else if let Some(same) = group.profiles.iter_mut().find(|one| one.identifier == holder.identifier) {
            // A second file with the identifier of the first.
            same.settings.extend(names(gone));
        }
    }
    group.declarations.arrange_by_key(|one| (rank(&one.kind), one.identifier.clone()));
    on_consoles(held, &before, &set, catalogue, group);
}

fn rank(kind: &str) -> usize {
    ORDER.iter().position(|start| kind.starts_with(start)).unwrap_or(ORDER.len())
}

fn holders<'g>(given: &'g Given<'_>) -> BTreeMap<&'g str, Holder> {
    let holder = |(path, bytes): (&'g String, &&[u8])| {
        let holder = match format_of(path)? {
            Format::Mobileconfig => profile(bytes)?,
            Format::Declaration => {
                let declared = declared(bytes)?;
                let channel = declaration_channel(path);
                Holder { is_profile: false, identifier: declared.identifier, kind: declared.kind, name: None, channel }
            }
            _ => return None,
        };
        Some((path.as_str(), holder))
    };
    given.files.iter().filter_map(holder).gather()
}

fn profile(bytes: &[u8]) -> Option<Holder> {
    let listed = listed(bytes)?;
    let is_user = listed.scope.as_deref() == Some("User");
    Some(Holder {
        is_profile: true,
        identifier: listed.profile.identifier,
        kind: listed.payloads.into_iter().next().map(|payload| payload.kind).unwrap_or_default(),
        name: listed.profile.name,
        channel: if is_user { Channel::User } else { Channel::Device },
    })
}

/// The profiles in a console's envelopes: devices know them by the identifiers inside.
fn enveloped<'g>(given: &'g Given<'_>) -> impl Iterator<Item = Holder> + 'g {
    let files = given.files.iter().filter(|(path, _)| format_of(path) == Some(Format::Intune));
    files.filter_map(|(_, bytes)| profile(&intune::carried(bytes).ok()?.profile))
}

fn withdrawn(
    held: &Held<'_>,
    (file, holder): (&str, &Holder),
    gone: Vec<&Setting>,
    catalogue: &Catalogue,
) -> Withdrawn {
    let identifier = holder.identifier.clone();
    let command = RemoveProfile { request_type: "RemoveProfile", identifier: identifier.clone() };
    Withdrawn {
        identifier,
        kind: holder.kind.clone(),
        name: holder.name.clone(),
        file: file.to_owned(),
        channel: word(holder.channel),
        command: holder.is_profile.then_some(command),
        effects: effects(held, gone.iter().copied(), catalogue, false),
        settings: names(gone),
    }
}

/// What files of consoles hold: of Apple's settings those that no other file has. They end when the policy is assigned no more.
fn on_consoles(
    held: &Held<'_>,
    before: &BTreeMap<&str, Holder>,
    set: &BTreeSet<&Address>,
    catalogue: &Catalogue,
    group: &mut Group,
) {
    let is_apple = |setting: &Setting| matches!(setting.address.family, Family::Profile | Family::Declaration);
    let direct: BTreeSet<&Address> = held
        .before
        .settings
        .iter()
        .filter(|(_, file)| before.contains_key(file.as_str()))
        .map(|(setting, _)| &setting.address)
        .gather();
    let mut files: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    for (setting, file) in &held.before.settings {
        if before.contains_key(file.as_str()) {
            continue;
        }
        let own = files.entry(file).or_default();
        if is_apple(setting) && !set.contains(&setting.address) && !direct.contains(&setting.address) {
            own.push(setting);
        }
    }
    for (file, gone) in files {
        let effects = effects(held, gone.iter().copied(), catalogue, false);
        let one = || Replaced { holder: file.to_owned(), settings: names(gone.iter().copied()), effects };
        let still = held.after.as_ref().is_some_and(|after| after.files.contains_key(file));
        match format_of(file) {
            Some(Format::Mobileconfig | Format::Declaration) => {
                let reason = format!("its file, {file}, has no identifier that devices know it by");
                let stays = |setting| Remainder { setting, reason: reason.clone() };
                group.remainder.extend(names(gone.iter().copied()).into_iter().map(stays));
            }
            // What was commanded is done, and no policy of a console keeps it up.
            Some(Format::Syncml | Format::Command) => {}
            _ if !still => group.consoles.push(one()),
            _ if !gone.is_empty() => group.replaced.push(one()),
            _ => {}
        }
    }
}
