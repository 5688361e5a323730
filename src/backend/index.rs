//! The index of a group: who gets its files, by which routes, and what each of them is. People hand it to whoever stands before the console,
//! and programs read it; it sets nothing.

use super::{Artefact, Decoded, Format, Unreadable, attached, command, legacy};
use crate::consumer;
use crate::encoding::json;
use crate::gather::Gather;
use crate::setting::{EXCLUDE, Target};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The name of its file, in the group's folder.
pub(super) const NAME: &str = "index.json";

/// The index of a group with these files, whichever route they belong to.
pub(crate) fn index(target: &Target, artefacts: &[Artefact]) -> Artefact {
    let folder = format!("{}/{}/", target.organisation, *target.group);
    let mut routes: BTreeMap<&str, Vec<Json>> =
        target.routes().into_iter().map(|route| (route.word(), Vec::new())).gather();
    let (mut commands, mut given) = (Vec::new(), Vec::new());
    for artefact in artefacts {
        let own = artefact.path.strip_prefix(&folder).unwrap_or(&artefact.path);
        match artefact.format.route() {
            Some(route) => {
                let mut entry = entry(own, artefact);
                if let Some(profile) = legacy::led_to(artefact, artefacts) {
                    entry["leads-to"] = profile.path.strip_prefix(&folder).unwrap_or(&profile.path).into();
                }
                routes.entry(route.word()).or_default().push(entry);
            }
            None if artefact.format == Format::Command => {
                let adds = command::awaited_in(&artefact.bytes);
                commands.push(json!({ "file": own, "server-adds": adds }));
            }
            None if artefact.format == Format::Attached => given.push(attached::entry(own, artefact)),
            None => {}
        }
    }
    let mut index = json!({
        "organisation": target.organisation,
        "group": *target.group,
        "title": target.title,
        "platform": target.platform.word(),
        "assign": assigned(target),
        "routes": routes,
    });
    if let Some(server) = target.stated_server() {
        // With what is known of it: where that changes, so does what was held against it.
        index["server"] = json!({ "name": server, "known": consumer::digest(server) });
    }
    if !commands.is_empty() {
        index["commands"] = commands.into();
    }
    if !given.is_empty() {
        index["attached"] = given.into();
    }
    Artefact::new(format!("{folder}{NAME}"), json::write(&index), Format::Index, Vec::new())
}

/// One file: its path, its format, how many settings it holds, and what servers and devices know it by.
fn entry(path: &str, artefact: &Artefact) -> Json {
    let mut entry = json!({ "file": path, "format": artefact.format.word(), "settings": artefact.holds.len() });
    // The set is closed: what an activation or configuration refers to stands in this index, too.
    if let Some(known) = (artefact.format == Format::Declaration).then(|| super::declared(&artefact.bytes)).flatten() {
        // A release writes the token anew where it fills in a secret.
        if super::fill::asked(&artefact.bytes).is_empty() {
            entry["token"] = known.token.into();
        }
        if !known.refers.is_empty() {
            entry["refers-to"] = known.refers.into();
        }
    }
    if matches!(artefact.format, Format::Intune | Format::Declaration) {
        let text = |name: &str| json::top_text(&artefact.bytes, name);
        let kind = text("@odata.type").map(|kind| kind.trim_start_matches("#microsoft.graph.").to_owned());
        let said = [
            ("type", kind.or(text("Type"))),
            ("name", text("displayName").or(text("name"))),
            ("identifier", text("Identifier")),
        ];
        said.into_iter().for_each(|(name, text)| {
            if let Some(text) = text {
                entry[name] = text.into();
            }
        });
    } else if let Some(listed) = &artefact.lists {
        entry["identifier"] = listed.profile.identifier.as_str().into();
    }
    entry
}

/// The audience by server: who gets the files, and who is left out.
fn assigned(target: &Target) -> Json {
    let mut servers: BTreeMap<&str, Map<String, Json>> = BTreeMap::new();
    for (name, ids) in &target.assign {
        let (server, part) = match name.strip_suffix(EXCLUDE) {
            Some(server) => (server, "exclude"),
            None => (name.as_str(), "include"),
        };
        servers.entry(server).or_default().insert(part.to_owned(), ids.as_slice().into());
    }
    json!(servers)
}

/// What an index says of its group, as residue: a change of it is one, and no setting. What it says of the files, the files say themselves.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    let Json::Object(index) = json::read(bytes)? else {
        return Err((String::new(), "an index is an object".to_owned()));
    };
    let mut residue = Vec::new();
    for (server, lists) in index.get("assign").and_then(Json::as_object).into_iter().flatten() {
        for (part, ids) in lists.as_object().into_iter().flatten() {
            let ids = ids.as_array().into_iter().flatten().filter_map(Json::as_str);
            residue.extend(ids.map(|id| (format!("assign.{server}.{part}"), id.to_owned())));
        }
    }
    for part in ["name", "known"] {
        let said = index.get("server").and_then(|server| server.get(part)).and_then(Json::as_str);
        residue.extend(said.map(|said| (format!("server.{part}"), said.to_owned())));
    }
    Ok(Decoded { settings: Vec::new(), residue })
}
