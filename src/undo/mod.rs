//! What is to be done on devices so that nothing of an earlier side stays behind that the later side does not ask for.
//!
//! On Windows a value that nothing sets any more stays: [`between`] gives the commands that take it back, node by node. On Apple's
//! systems it ends with its profile or declaration: it gives the identifiers to withdraw. What can be taken back by nobody is listed with
//! the reason, never left out.
//!
//! This file is the model. Reading order: this file, `windows.rs` (which command takes a node back), `order.rs` (in which order),
//! `apple.rs` (identifiers), `files.rs` (the files of it).

mod apple;
mod files;
mod order;
mod windows;

use crate::gather::Arrange;
pub use files::{data, files};

use crate::catalogue::Catalogue;
use crate::review::impact::{Consequence, Identity, Impact, Movement, impacts};
use crate::review::{Given, Held, Side, held};
use crate::setting::{Channel, Setting};
use serde::Serialize;

/// Everything that has to be undone between two sides.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Undo {
    /// What the earlier side is, as its reader named it.
    pub before: String,
    /// What the later side is.
    pub after: String,
    /// What else is to be known of the sides.
    pub remarks: Vec<String>,
    /// Groups of which something has to be undone, or cannot be.
    pub groups: Vec<Group>,
}

impl Undo {
    /// Settings that nobody can take back.
    pub fn remaining(&self) -> usize {
        self.groups.iter().map(|group| group.remainder.len()).sum()
    }
}

/// What has to be undone on the devices of one group.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    /// The organisation's id on the later side, or on the earlier one where it is gone.
    pub organisation: String,
    /// The group's id on the later side, or on the earlier one where it is gone.
    pub group: String,
    /// Its id on the earlier side, where that was another.
    pub formerly: Option<String>,
    /// Whether the later side has no such group: all that it was given is undone.
    pub gone: bool,
    /// Windows: what the server sends, in this order.
    pub commands: Vec<Command>,
    /// Apple: profiles to remove.
    pub profiles: Vec<Withdrawn>,
    /// Apple: declarations that the server no longer lists, those that others depend on last.
    pub declarations: Vec<Withdrawn>,
    /// Policies of a console to delete or to assign no more: files of the earlier side that the later one has not.
    pub consoles: Vec<Replaced>,
    /// What goes by itself, since the later side writes anew what held it.
    pub replaced: Vec<Replaced>,
    /// What stays.
    pub remainder: Vec<Remainder>,
    /// When this is to be sent, and by whom.
    pub notes: Vec<String>,
}

impl Group {
    fn is_empty(&self) -> bool {
        let taken = self.commands.len() + self.profiles.len() + self.declarations.len();
        taken + self.consoles.len() + self.replaced.len() + self.remainder.len() == 0
    }
}

/// One SyncML command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// `Delete`, or `Replace` by the vendor's own value.
    pub verb: &'static str,
    /// The LocURI, in the spelling of the earlier side.
    pub node: String,
    /// Device or user: each has a file of its own.
    pub channel: &'static str,
    /// The format of the node, for `Replace`.
    pub format: Option<String>,
    /// The vendor's value, for `Replace`.
    pub data: Option<String>,
    /// The LocURI of the node that wants all commands to it and below it in one Atomic.
    pub atomic: Option<String>,
    /// The settings that it takes back.
    pub settings: Vec<String>,
    /// What is known of what that does, and does not, on the device.
    pub effects: Vec<String>,
}

/// A profile or a declaration to withdraw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    /// What devices know it by.
    pub identifier: String,
    /// The payload type of a profile's first payload, or the declaration's type.
    pub kind: String,
    /// Its name, as people see it.
    pub name: Option<String>,
    /// The file that brought it, below the group's folder.
    pub file: String,
    /// Device or user.
    pub channel: &'static str,
    /// The command that a server sends for it; a declaration has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<RemoveProfile>,
    /// The settings that end with it.
    pub settings: Vec<String>,
    /// What is known of what that does, and does not, on the device.
    pub effects: Vec<String>,
}

/// Apple's command, key by key ("RemoveProfileCommand").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveProfile {
    /// The name of the command.
    pub request_type: &'static str,
    /// The profile's `PayloadIdentifier`.
    pub identifier: String,
}

/// Settings that go with what held them, without a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// The profile, declaration, node or file.
    pub holder: String,
    /// The settings.
    pub settings: Vec<String>,
    /// What is known of what that does, and does not, on the device.
    pub effects: Vec<String>,
}

/// A setting that stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remainder {
    /// The setting, or the file that could not be read.
    pub setting: String,
    /// Why nobody can take it back.
    pub reason: String,
}

/// What has to be undone on devices that had `before` and get `after`. Commands that were sent are no settings: nothing takes them back.
pub fn between(before: &Side<'_>, after: &Side<'_>, catalogue: &Catalogue) -> Undo {
    let held = held(before, after, catalogue);
    let sets = |given: &Given<'_>| given.settings.iter().any(|(setting, _)| setting.address.family.is_enforced());
    let mut remarks = Vec::new();
    if !held.iter().any(|held| sets(&held.before)) {
        remarks.push(format!("`{}` sets nothing that could be taken back", before.name));
    } else if !held.iter().filter_map(|held| held.after.as_ref()).any(sets) {
        remarks.push(format!("`{}` sets nothing for these groups: all that they have is taken back", after.name));
    }
    let groups = held.iter().map(|held| group(held, catalogue)).filter(|group| !group.is_empty());
    Undo { before: before.name.clone(), after: after.name.clone(), remarks, groups: groups.collect() }
}

fn group(held: &Held<'_>, catalogue: &Catalogue) -> Group {
    let id = held.after.as_ref().map_or(held.before.id, |after| after.id);
    let mut group = Group {
        organisation: held.organisation.to_owned(),
        group: id.to_owned(),
        formerly: (id != held.before.id).then(|| held.before.id.to_owned()),
        gone: held.after.is_none(),
        ..Group::default()
    };
    let (before, after) = (&held.before.unreadable, held.after.iter().flat_map(|after| &after.unreadable));
    let unread = |side: &str, (path, why): &(String, String)| Remainder {
        setting: path.clone(),
        reason: format!("nothing can read this file of the {side} side: {why}"),
    };
    group.remainder.extend(before.iter().map(|file| unread("earlier", file)));
    let blind: Vec<Remainder> = after.map(|file| unread("later", file)).collect();
    if blind.is_empty() {
        windows::undo(held, catalogue, &mut group);
        apple::undo(held, catalogue, &mut group);
    } else {
        // What it asks for could be deleted with what it does not.
        group.remainder.extend(blind);
        let kept = |setting: &Setting| Remainder {
            setting: setting.address.to_string(),
            reason: "a file of the later side cannot be read, so that nobody knows whether it is still asked for"
                .into(),
        };
        let settings = held.before.settings.iter().filter(|(setting, _)| setting.address.family.is_enforced());
        group.remainder.extend(settings.map(|(setting, _)| kept(setting)));
    }
    group.remainder.arrange();
    group.remainder.dedup();
    group.notes = notes(held, &group);
    group
}

/// When an undo is to be sent, and by whom.
fn notes(held: &Held<'_>, group: &Group) -> Vec<String> {
    let mut notes = Vec::new();
    if group.gone {
        let when = "before the files of the group that its devices go to, which may ask for some of it again";
        notes.push(format!("the later side has no such group: send this {when}"));
    }
    if let Some(why) = held.after.as_ref().and_then(|after| after.unmanaged) {
        notes.push(format!("no server reaches it on the later side ({why}): send this before its devices leave"));
    }
    if group.commands.iter().any(|command| command.verb == "Delete") {
        notes.push(
            "for servers that send SyncML as it is: Fleet takes no `Delete`, and Intune's custom profiles no SyncML"
                .to_owned(),
        );
    }
    notes
}

/// What is known of a setting that goes, beyond that it goes. `resets` where the vendor's value takes its place.
fn effects<'a>(
    held: &Held<'_>,
    settings: impl IntoIterator<Item = &'a Setting>,
    catalogue: &Catalogue,
    resets: bool,
) -> Vec<String> {
    let of = |setting: &'a Setting| {
        let movement = Movement {
            target: held.before.target,
            address: &setting.address,
            before: Some(&setting.value),
            after: None,
            direction: crate::compare::Direction::Unknown,
            file_before: None,
            file_after: None,
            identity: Identity::Same,
            beside: &[],
        };
        impacts(&movement, catalogue)
    };
    let is_said = |known: &Consequence| match known.impact {
        // What the command itself is there to change.
        Impact::NotRemovable => false,
        Impact::Tattooed | Impact::RemovalUnknown => !resets,
        _ => true,
    };
    let mut all: Vec<Consequence> = settings.into_iter().flat_map(of).filter(is_said).collect();
    all.arrange();
    all.dedup();
    all.iter().map(|known| format!("{} ({})", known.because, known.source)).collect()
}

fn names<'a>(settings: impl IntoIterator<Item = &'a Setting>) -> Vec<String> {
    let mut names: Vec<String> = settings.into_iter().map(|setting| setting.address.to_string()).collect();
    names.arrange();
    names.dedup();
    names
}

fn word(channel: Channel) -> &'static str {
    channel.word()
}
