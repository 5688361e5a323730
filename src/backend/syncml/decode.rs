//! SyncML → settings: our fragments, and what other tools write: whole messages, comments, CDATA, raw child elements in `Data`,
//! several items in a command, commands without numbers or formats.

use super::plan::channel;
use super::value;
use crate::backend::{Decoded, secret_name};
use crate::catalogue::entry::Node;
use crate::catalogue::{Catalogue, NodeLookup};
use crate::encoding::xml::{self, Element, Fault, Shape};
use crate::encoding::{admx, plist::MAX_TEXT};
use crate::setting::{Address, Family, Leaf, Setting, Value};
use std::collections::BTreeMap;

/// Reads a fragment or a message. The error names the place and the cause.
pub(super) fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, (String, String)> {
    let read = || -> Result<Reading<'_>, Fault> {
        let roots = xml::parse(bytes, Shape::Fragment)?;
        let mut reading =
            Reading { bytes, catalogue, nodes: BTreeMap::new(), interior: Vec::new(), residue: Vec::new() };
        reading.commands(&roots)?;
        Ok(reading)
    };
    read().map(Reading::finish).map_err(|fault| (fault.place(), fault.cause))
}

struct Reading<'a> {
    bytes: &'a [u8],
    catalogue: &'a Catalogue,
    /// What each node gets. The last command decides, as on a device.
    nodes: BTreeMap<String, Vec<Setting>>,
    /// Interior nodes that are made.
    interior: Vec<String>,
    residue: Vec<(String, String)>,
}

impl Reading<'_> {
    fn fault(&self, element: &Element, cause: impl Into<String>) -> Fault {
        Fault::at(self.bytes, element.offset, cause)
    }

    /// Bounded by the depth of the tree.
    fn commands(&mut self, elements: &[Element]) -> Result<(), Fault> {
        for element in elements {
            match element.local() {
                "SyncML" | "SyncBody" | "Atomic" | "Sequence" => self.commands(&element.children)?,
                "SyncHdr" | "Final" | "CmdID" | "Meta" | "NoResp" => {}
                "Add" | "Replace" => self.items(element, "Target")?,
                // What a device reports that it has.
                "Results" => self.items(element, "Source")?,
                "Delete" | "Get" | "Exec" | "Copy" | "Alert" | "Status" => self.leave(element),
                other => return Err(self.fault(element, format!("`<{other}>` is no SyncML command"))),
            }
        }
        Ok(())
    }

    /// A command that sets nothing.
    fn leave(&mut self, command: &Element) {
        let items = command.children.iter().filter(|child| child.local() == "Item");
        let uris: Vec<String> = items.filter_map(|item| uri_of(item, "Target")).collect();
        let what = format!("`{}` sets nothing", command.local());
        if uris.is_empty() {
            self.residue.push((format!("byte {}", command.offset), what.clone()));
        }
        self.residue.extend(uris.into_iter().map(|uri| (uri, what.clone())));
    }

    fn items(&mut self, command: &Element, side: &str) -> Result<(), Fault> {
        let mut items = command.children.iter().filter(|child| child.local() == "Item").peekable();
        if items.peek().is_none() {
            return Err(self.fault(command, format!("`<{}>` has no item", command.local())));
        }
        for item in items {
            let uri = uri_of(item, side).filter(|uri| !uri.is_empty());
            let uri = uri.ok_or_else(|| self.fault(item, "the item names no LocURI"))?;
            let format = format_of(item).or_else(|| format_of(command));
            let text = match item.child("Data") {
                Some(data) => Some(self.text(data)?),
                None => None,
            };
            self.node(uri, format, text);
        }
        Ok(())
    }

    /// What stands in `Data`: text, or elements that somebody did not escape.
    fn text(&self, data: &Element) -> Result<String, Fault> {
        let text = if !data.children.is_empty() {
            String::from_utf8_lossy(self.bytes.get(data.inner.clone()).unwrap_or_default()).into_owned()
        } else if data.cdata {
            // The line breaks around a CDATA section are layout.
            data.text.trim().to_owned()
        } else {
            data.text.clone()
        };
        if text.len() > MAX_TEXT {
            return Err(self.fault(data, format!("the data has {} bytes, and at most {MAX_TEXT} are read", text.len())));
        }
        Ok(text)
    }

    fn node(&mut self, uri: String, format: Option<String>, text: Option<String>) {
        let (node, unknown) = match self.catalogue.node(&uri) {
            NodeLookup::Found(found) | NodeLookup::WrongCase(found) => (Some(found.node), false),
            _ => (None, true),
        };
        let format = format.as_deref();
        if text.is_none() && (format == Some("node") || node.is_some_and(|node| node.format == "node")) {
            self.interior.push(uri);
            return;
        }
        let text = text.unwrap_or_default();
        let is_admx = node.is_some_and(|node| node.allowed.as_ref().is_some_and(|allowed| allowed.admx.is_some()));
        let body = if is_admx || unknown { admx::parse(&text).ok() } else { None };
        let settings = match body {
            Some(body) => body_settings(&uri, node, body),
            None => vec![setting(&uri, Leaf::Node, value::value(node, format, &text))],
        };
        if let Some(earlier) = self.nodes.insert(uri.clone(), settings) {
            let what = format!("set before to {}, and a later command wins", describe(&earlier));
            self.residue.push((uri, what));
        }
    }

    fn finish(mut self) -> Decoded {
        for uri in std::mem::take(&mut self.interior) {
            let start = format!("{uri}/");
            // Made for the nodes below it: no more than the way to them.
            let leads = self.nodes.range(start.clone()..).next().is_some_and(|(node, _)| node.starts_with(&start));
            if !leads {
                self.residue.push((uri, "an interior node with nothing below it".to_owned()));
            }
        }
        let mut settings: Vec<Setting> = self.nodes.into_values().flatten().collect();
        settings.sort_by(|a, b| a.address.cmp(&b.address));
        Decoded { settings, residue: self.residue }
    }
}

fn describe(settings: &[Setting]) -> String {
    let values: Vec<String> = settings.iter().map(|setting| setting.value.to_string()).collect();
    values.join(", ")
}

fn setting(uri: &str, leaf: Leaf, value: Value) -> Setting {
    let address = Address { family: Family::Csp, channel: channel(uri), owner: uri.to_owned(), instance: None, leaf };
    Setting::found(address, value)
}

fn body_settings(uri: &str, node: Option<&Node>, body: admx::Body) -> Vec<Setting> {
    let known = node.and_then(|node| node.allowed.as_ref()?.admx.as_ref()?.elements.as_deref()).unwrap_or_default();
    let mut settings = vec![setting(uri, Leaf::AdmxState, Value::Boolean(body.enabled))];
    for element in body.elements {
        let kind = known.iter().find(|known| known.id == element.id).map(|known| known.kind.as_str());
        let value = match secret_name(&element.value) {
            Some(name) => Value::Secret(name.to_owned()),
            None => admx::value_of(kind, &element.value),
        };
        settings.push(setting(uri, Leaf::AdmxElement(element.id), value));
    }
    settings
}

/// The LocURI of an item. Some names in the DDF end in a space, so only layout is taken off.
fn uri_of(item: &Element, side: &str) -> Option<String> {
    let text = &item.child(side)?.child("LocURI")?.text;
    let trimmed = if text.contains('\n') { text.trim() } else { text.trim_start() };
    Some(trimmed.to_owned())
}

fn format_of(element: &Element) -> Option<String> {
    Some(element.child("Meta")?.child("Format")?.text.trim().to_owned())
}
