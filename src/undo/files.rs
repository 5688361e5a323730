//! The files of an undo: fragments for the server to send, one for each channel, and all of it as data.

use super::{Command, Group, Undo};
use crate::encoding::json;
use crate::encoding::syncml::{self, Fragment};
use crate::gather::Gather;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of `undo.json`.
const VERSION: u32 = 1;

/// The fragments by channel.
const FRAGMENTS: [(&str, &str); 2] = [("device", "undo.xml"), ("user", "undo.user.xml")];

/// Every file, by its path.
pub fn files(undo: &Undo) -> BTreeMap<String, Vec<u8>> {
    undo.groups.iter().flat_map(of_group).gather()
}

fn of_group(group: &Group) -> Vec<(String, Vec<u8>)> {
    let path = |name: &str| {
        let parts = [group.organisation.as_str(), &group.group, name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    };
    let mut files = vec![(path("undo.json"), json::write(&data(group)))];
    for (channel, name) in FRAGMENTS {
        let own: Vec<&Command> = group.commands.iter().filter(|command| command.channel == channel).collect();
        if !own.is_empty() {
            files.push((path(name), fragment(&own).into_bytes()));
        }
    }
    files
}

/// A group as data: what `undo.json` holds, and what `--json` prints of it.
pub fn data(group: &Group) -> Value {
    let mut data = serde_json::to_value(group).unwrap_or_default();
    data["version"] = json!(VERSION);
    let is_there = |channel: &str| group.commands.iter().any(|command| command.channel == channel);
    let fragments = FRAGMENTS.iter().filter(|(channel, _)| is_there(channel)).map(|(_, name)| *name);
    data["fragments"] = fragments.collect();
    data
}

fn fragment(commands: &[&Command]) -> String {
    let mut out = Fragment::default();
    let same = |a: &&Command, b: &&Command| a.atomic.is_some() && a.atomic == b.atomic;
    for run in commands.chunk_by(same) {
        let printed: Vec<syncml::Command<'_>> = run.iter().map(|command| printed(command)).collect();
        match run.iter().any(|command| command.atomic.is_some()) {
            true => out.atomic(&printed),
            false => printed.iter().for_each(|command| out.command(command)),
        }
    }
    out.finish()
}

fn printed(command: &Command) -> syncml::Command<'_> {
    syncml::Command {
        verb: command.verb,
        uri: &command.node,
        format: command.format.as_deref(),
        data: command.data.clone(),
    }
}
