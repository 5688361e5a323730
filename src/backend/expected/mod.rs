//! `expected.json`: for everything that a group is given, what a healthy device reports of it, in the terms of its report.
//!
//! A file beside the artefacts: no server takes it, and nothing is decoded from it. It reads the files of the other back ends, so that
//! identifiers and tokens are those that devices are really given. No clause stands in it: renumbering changes no byte.
//!
//! Reading order: this file (the shape), `windows.rs` (nodes, with the table `reports.json`), `apple.rs` (profiles and declarations).

mod apple;
mod windows;

use super::{Artefact, Decoded, Format, Unreadable};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::encoding::json;
use crate::gather::{Arrange, Gather};
use crate::setting::{Channel, Family, Setting};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the file, in the group's folder.
pub const NAME: &str = "expected.json";

/// The version of its shape. Within one, fields are added and never renamed.
const VERSION: u32 = 1;

/// What stands for a value that may not be read.
const SECRET: &str = "it is a secret";

/// The whole file.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// The version of the shape.
    pub version: u32,
    /// The organisation's id.
    pub organisation: String,
    /// The group's id.
    pub group: String,
    /// Its platform.
    pub platform: &'static str,
    /// What its devices report, by the route that they get their files by: a device is given one.
    pub reports: Vec<Report>,
}

/// What devices report that get their files by one of these routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The routes.
    pub routes: Vec<&'static str>,
    /// Windows: each node that is set.
    pub nodes: Vec<Node>,
    /// Windows: nodes that are never set, and tell whether a device is well.
    pub observed: Vec<Node>,
    /// Apple: each profile.
    pub profiles: Vec<Profile>,
    /// Apple: settings that stand in every profile of the group.
    pub in_every_profile: Vec<String>,
    /// Apple: each declaration.
    pub declarations: Vec<Declaration>,
    /// Settings of which no device reports anything, with why: commands that a server sends among them.
    pub unreported: Vec<Unreported>,
}

/// What `Get` of a node gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The LocURI.
    pub node: String,
    /// Device or user.
    pub channel: &'static str,
    /// The settings that it holds.
    pub settings: Vec<String>,
    /// The format of its value.
    pub format: String,
    /// The value as SyncML data; `None` where it cannot be known, or may not be read.
    pub data: Option<String>,
    /// The data of an ADMX policy, read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Body>,
    /// Which reports can show it: `get` of the node, `mdm-diagnostics` of the whole device.
    pub sources: Vec<&'static str>,
    /// Where the value that takes effect is read, which another authority may have decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What else is to be known of its report, with who says so.
    pub notes: Vec<String>,
}

/// An ADMX policy as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Body {
    /// `enabled` or `disabled`.
    pub state: &'static str,
    /// Its elements, in the order of the body.
    pub elements: Vec<Element>,
}

/// One element of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Element {
    /// Its id.
    pub id: String,
    /// Its value as text; the items of a list are parted by U+F000.
    pub value: String,
}

/// A profile as `ProfileList` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// `PayloadIdentifier`.
    pub identifier: String,
    /// `PayloadUUID`.
    pub uuid: String,
    /// `PayloadDisplayName`.
    pub name: Option<String>,
    /// Device or user.
    pub channel: &'static str,
    /// The file that brings it, below the group's folder: itself, or the envelope that carries it.
    pub file: String,
    /// Its payloads.
    pub payloads: Vec<Payload>,
}

/// A payload as `ProfileList` shows it: that it is there, and none of its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// `PayloadType`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `PayloadIdentifier`.
    pub identifier: String,
    /// `PayloadUUID`.
    pub uuid: String,
    /// `PayloadDisplayName`.
    pub name: Option<String>,
    /// The settings that it holds.
    pub settings: Vec<String>,
}

/// A declaration as the status item `management.declarations` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Declaration {
    /// Its identifier.
    pub identifier: String,
    /// Its type, which the report does not repeat.
    #[serde(rename = "type")]
    pub kind: String,
    /// The token of what it says; `None` where that is made when a secret is filled in.
    pub server_token: Option<String>,
    /// Whether it is in force; `None` where a predicate decides on each device.
    pub active: Option<bool>,
    /// `valid`.
    pub valid: &'static str,
    /// Device or user.
    pub channel: &'static str,
    /// Its file, below the group's folder.
    pub file: String,
    /// The settings that it holds.
    pub settings: Vec<String>,
}

/// A setting of which no device reports anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unreported {
    /// The setting.
    pub setting: String,
    /// Why.
    pub reason: String,
}

/// Nodes of which `Get` does not tell what was set, by LocURI, each with why.
pub(crate) fn untold<'a>(
    settings: impl Iterator<Item = &'a Setting>,
    catalogue: &Catalogue,
) -> BTreeMap<String, String> {
    let nodes = windows::nodes(settings, catalogue).into_iter();
    let untold = nodes.filter(|node| node.data.is_none() && !node.notes.is_empty());
    untold
        .filter(|node| !node.notes.iter().any(|note| note == SECRET))
        .map(|node| (node.node, node.notes.join("; ")))
        .gather()
}

/// What the devices of one group report when all is well, whose settings `routes` are. `observed` are the nodes that its controls look
/// at, and never set.
pub fn expected<'a>(
    routes: impl IntoIterator<Item = &'a Checked>,
    artefacts: &[Artefact],
    observed: &[Setting],
    catalogue: &Catalogue,
) -> Option<Expected> {
    let mut routes = routes.into_iter().peekable();
    let target = routes.peek()?.target();
    let mut reports: Vec<Report> = Vec::new();
    for checked in routes {
        let mut report = report(checked, artefacts, observed, catalogue);
        let route = checked.target().route().word();
        match reports.iter_mut().find(|other| report.is_like(other)) {
            Some(other) => other.routes.push(route),
            None => {
                report.routes.push(route);
                reports.push(report);
            }
        }
    }
    Some(Expected {
        version: VERSION,
        organisation: target.organisation.clone(),
        group: target.group.value.clone(),
        platform: target.platform.word(),
        reports,
    })
}

impl Report {
    /// Whether devices report the same.
    fn is_like(&self, other: &Report) -> bool {
        let routes = |report: &Report| report.routes.clone();
        Report { routes: routes(other), ..self.clone() } == *other
    }
}

fn report(checked: &Checked, artefacts: &[Artefact], observed: &[Setting], catalogue: &Catalogue) -> Report {
    let mut report = Report {
        nodes: windows::nodes(checked.settings().iter(), catalogue),
        observed: windows::nodes(observed.iter(), catalogue),
        ..Report::default()
    };
    apple::add(checked, artefacts, &mut report);
    let others = checked.settings().iter().filter(|setting| !setting.address.family.is_enforced());
    let unreported = |setting: &Setting| {
        let reason = match setting.address.family {
            Family::Compliance => {
                "a rule by which the console judges devices: the console reports it, and no device does"
            }
            _ => "a command that the server sends: devices answer it, and report nothing of it afterwards",
        };
        Unreported { setting: name(setting), reason: reason.to_owned() }
    };
    report.unreported.extend(others.map(unreported));
    report.unreported.arrange();
    report
}

/// The file of it, which holds no setting.
pub fn write(expected: &Expected) -> Artefact {
    let path = format!("{}/{}/{NAME}", expected.organisation, expected.group);
    let bytes = json::write(&serde_json::to_value(expected).unwrap_or_default());
    Artefact::new(path, bytes, Format::Expected, Vec::new())
}

/// What the file says follows from the artefacts beside it: it sets nothing, and a change of it is a change of theirs.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    // What cannot be known stands there as `null`.
    match json::read_export(bytes)? {
        serde_json::Value::Object(_) => Ok(Decoded::default()),
        _ => Err((String::new(), "what is expected is an object".to_owned())),
    }
}

/// A setting's address, as people write it.
fn name(setting: &Setting) -> String {
    setting.address.to_string()
}

fn word(channel: Channel) -> &'static str {
    channel.word()
}
