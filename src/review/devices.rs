//! What the devices of one group take the holders of settings for: what a change does to them follows from it.

use super::files;
use super::group::Organisations;
use super::impact::{Consequence, Identity, Movement, impacts};
use super::moved::Moving;
use super::side::{Contents, GroupSide};
use crate::catalogue::Catalogue;
use crate::compare::Direction;
use crate::gather::Gather;
use crate::setting::{Setting, Target};
use std::collections::BTreeMap;

/// One group's devices. Of files alone nobody knows them: what a change does to some devices is said with whom it is so for.
pub(super) struct Devices<'a> {
    catalogue: &'a Catalogue,
    target: Option<&'a Target>,
    /// Files of both sides that devices do not take for the same, by their path on the later one.
    identities: BTreeMap<&'a str, Identity>,
    /// What each file of the later side holds: the types of its payloads, its declaration, its nodes.
    beside: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Devices<'a> {
    /// The devices of a group that both sides have.
    pub(super) fn of(
        all: Organisations<'a>,
        before: &'a GroupSide<'a>,
        after: &'a GroupSide<'a>,
        contents: &'a Contents<'a>,
    ) -> Devices<'a> {
        let identity = |(path, now): (&&'a str, &&'a [u8])| {
            let then = before.files.get(path)?;
            let identity = files::identity(all, (path, then), (path, now));
            (identity != Identity::Same).then_some((*path, identity))
        };
        Devices {
            identities: after.files.iter().filter_map(identity).gather(),
            ..Devices::alone(all.catalogue, after, contents).or(before)
        }
    }

    /// The devices of a group of one side.
    pub(super) fn alone(catalogue: &'a Catalogue, group: &'a GroupSide<'a>, contents: &'a Contents<'a>) -> Devices<'a> {
        let mut beside: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (setting, file) in &contents.settings {
            let types = beside.entry(file.unwrap_or_default()).or_default();
            if types.last() != Some(&setting.address.owner.as_str()) {
                types.push(&setting.address.owner);
            }
        }
        let target = group.policy.map(|policy| &policy.target);
        Devices { catalogue, target, identities: BTreeMap::new(), beside }
    }

    fn or(mut self, before: &'a GroupSide<'a>) -> Devices<'a> {
        self.target = self.target.or(before.policy.map(|policy| &policy.target));
        self
    }

    /// What a setting that moves does to them.
    pub(super) fn impacts(&self, moving: &Moving<'_>, direction: Direction) -> Vec<String> {
        let value = |side: &[&'_ Setting]| side.first().map(|setting| setting.value.clone());
        let (before, after) = (value(&moving.before), value(&moving.after));
        let identity = moving.file_after.and_then(|file| self.identities.get(file)).copied().unwrap_or(Identity::Same);
        let movement = Movement {
            target: self.target,
            address: &moving.address,
            before: before.as_ref(),
            after: after.as_ref(),
            direction,
            file_before: moving.file_before,
            file_after: moving.file_after,
            identity,
            beside: moving.file_after.and_then(|file| self.beside.get(file)).map_or(&[], Vec::as_slice),
        };
        said(&impacts(&movement, self.catalogue))
    }

    /// What it does to them that they take a file for another one, though nothing in it moves.
    pub(super) fn impacts_of_file(&self, path: &str, identity: Identity, contents: &Contents<'_>) -> Vec<String> {
        let Some(setting) = contents.of_file(path).next() else { return vec![super::REINSTALL.to_owned()] };
        let movement = Movement {
            target: self.target,
            address: &setting.address,
            before: Some(&setting.value),
            after: Some(&setting.value),
            direction: Direction::Neutral,
            file_before: Some(path),
            file_after: Some(path),
            identity,
            beside: self.beside.get(path).map_or(&[], Vec::as_slice),
        };
        said(&impacts(&movement, self.catalogue))
    }
}

fn said(all: &[Consequence]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}
