//! SyncML → settings: our fragments, and what other tools write: whole messages, comments, CDATA, raw child elements in `Data`,
//! several items in a command, commands without numbers or formats.

use super::value;
use crate::backend::found::{self, Found, How, Residue, Unknown, Why, Wrong};
use crate::backend::node::channel;
use crate::backend::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node;
use crate::check::node::is_admx;
use crate::encoding::xml::{self, Element, Fault, Shape};
use crate::encoding::{admx, plist::MAX_FAULTS, plist::MAX_TEXT};
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Family, Leaf, Names, Setting, Value, secret};
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of the longest LocURI; Windows takes no longer ones.
const LONGEST_URI: usize = 2048;

/// Elements of ADMX bodies in one file. Each holds its node's LocURI, so that many of them are more than they look.
const MAX_BODY_ELEMENTS: usize = 50_000;

/// Reads a fragment or a message.
pub(super) fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let roots = xml::parse(bytes, Shape::Fragment).map_err(|fault| (fault.place(), fault.cause))?;
    let reading = Reading::of(bytes, &roots, catalogue);
    match reading.found.faults.first() {
        Some(fault) => Err((Fault::at(bytes, fault.span.start as usize, "").place(), fault.cause.clone())),
        None => Ok(reading.finish()),
    }
}

/// As much as can be read of a file: every command in its order, also where a later one takes it back.
pub(in crate::backend) fn read(bytes: &[u8], catalogue: &Catalogue) -> Found {
    let (roots, fault) = xml::salvage(bytes, Shape::Found);
    let mut reading = Reading::of(bytes, &roots, catalogue);
    let interior = std::mem::take(&mut reading.interior);
    let mut found = reading.found;
    let owners: BTreeSet<&str> = found.items.iter().map(|item| item.setting.address.owner.as_str()).gather();
    let left = interior.into_iter().filter(|(uri, _)| !leads(uri, &owners));
    let residue: Vec<Residue> =
        left.map(|(uri, span)| Residue { place: uri, what: NOTHING_BELOW.to_owned(), span }).collect();
    // What is not to be configured has a list of its own, and so has what is sent once.
    found.residue.retain(|left| !left.what.starts_with("`Delete`") && !left.what.starts_with("`Exec`"));
    for (place, setting, has_data) in reading.executed {
        let (uri, span) = (setting.address.owner.clone(), setting.span);
        found.residue.extend(has_data.then(|| Residue { place: uri, what: "its data is left out".to_owned(), span }));
        found.add(&place, &How::Executed, [setting]);
    }
    found.residue.extend(residue);
    found.faults.extend(reading.misspelt);
    // What follows from the place where reading ended is no fault of its own.
    if let Some(fault) = &fault {
        found.faults.retain(|other| (other.span.end as usize) < fault.offset);
    }
    found.faults.truncate(MAX_FAULTS);
    found.faults.extend(fault.map(Wrong::from));
    found
}

const MISSPELT: &str = "`<disable/>` is no state of a policy, and devices refuse the body: it is `<disabled/>`";
const NOTHING_BELOW: &str = "an interior node with nothing below it";

/// Whether an interior node is no more than the way to others.
fn leads(uri: &str, nodes: &BTreeSet<&str>) -> bool {
    let start = format!("{uri}/");
    nodes.range(start.as_str()..).next().is_some_and(|node| node.starts_with(&start))
}

struct Reading<'a> {
    bytes: &'a [u8],
    catalogue: &'a Catalogue,
    found: Found,
    /// Interior nodes that are made.
    interior: Vec<(String, Span)>,
    /// Elements of ADMX bodies so far.
    elements: usize,
    /// Commands so far.
    commands: usize,
    /// Bodies with a state as some pages of the vendor's have it, which no device takes.
    misspelt: Vec<Wrong>,
    /// The number of the message that is read, and the node of each `Get` by its own and its message's; none of several.
    message: String,
    asked: BTreeMap<String, String>,
    /// Nodes that are executed, each with its command, and whether that gives it data.
    executed: Vec<(String, Setting, bool)>,
}

impl<'a> Reading<'a> {
    fn of(bytes: &'a [u8], roots: &[Element], catalogue: &'a Catalogue) -> Reading<'a> {
        let found = Found::default();
        let mut reading = Reading {
            bytes,
            catalogue,
            found,
            interior: Vec::new(),
            elements: 0,
            commands: 0,
            misspelt: Vec::new(),
            message: String::new(),
            asked: BTreeMap::new(),
            executed: Vec::new(),
        };
        reading.commands(roots);
        reading
    }

    fn fault(&mut self, element: &Element, cause: impl Into<String>) {
        self.found.faults.push(Wrong::at(span(element), "", cause));
    }

    /// Bounded by the depth of the tree.
    fn commands(&mut self, elements: &[Element]) {
        for element in elements {
            match element.local() {
                "SyncML" | "SyncBody" | "Atomic" | "Sequence" => self.commands(&element.children),
                "SyncHdr" => self.message = said(element, "MsgID").to_owned(),
                "Final" | "CmdID" | "Meta" | "NoResp" => {}
                "Add" => self.items(element, "Target", &How::Added),
                "Replace" => self.items(element, "Target", &How::Replaced),
                // What a device reports that it has.
                "Results" => self.items(element, "Source", &How::Observed { by: None, in_force: true }),
                "Status" if self.not_there(element) => {}
                "Delete" | "Get" | "Exec" | "Copy" | "Alert" | "Status" => self.leave(element),
                other => self.fault(element, format!("`<{other}>` is no SyncML command")),
            }
        }
    }

    /// A command that sets nothing.
    fn leave(&mut self, command: &Element) {
        let items = command.children.iter().filter(|child| child.local() == "Item");
        let named: Vec<(String, &Element)> = items.filter_map(|item| Some((uri_of(item, "Target")?, item))).collect();
        let what = format!("`{}` sets nothing", command.local());
        let left = |place, span| Residue { place, what: what.clone(), span };
        if named.is_empty() {
            self.found.residue.push(left(format!("byte {}", command.offset), span(command)));
        }
        match command.local() {
            "Get" => {
                let uri = if let [(uri, _)] = named.as_slice() { uri.clone() } else { String::new() };
                let number = format!("{}/{}", self.message, said(command, "CmdID"));
                // Of two of one number nobody knows which is answered.
                self.asked.entry(number).and_modify(String::clear).or_insert(uri);
            }
            "Delete" => self.found.unset.extend(named.iter().map(|(uri, item)| (uri.clone(), span(item)))),
            "Exec" => {
                self.commands += 1;
                let place = format!("Exec[{}]", self.commands);
                let sent = named.iter().map(|(uri, item)| {
                    let has_data = item.child("Data").is_some_and(|data| !data.inner.is_empty());
                    (place.clone(), executed(uri, span(item)), has_data)
                });
                self.executed.extend(sent);
            }
            _ => {}
        }
        self.found.residue.extend(named.into_iter().map(|(uri, item)| left(uri, span(item))));
    }

    /// Whether a status says of a node that was asked for that it is not there (Microsoft, "OMA DM protocol support": 404). It names the
    /// node, or the command that asked, which may stand in another message of the file.
    fn not_there(&mut self, status: &Element) -> bool {
        if said(status, "Cmd") != "Get" || said(status, "Data") != "404" {
            return false;
        }
        let mut uris: Vec<String> = status
            .children
            .iter()
            .filter(|child| child.local() == "TargetRef")
            .map(|child| child.text.trim().to_owned())
            .collect();
        let items = || status.children.iter().filter(|child| child.local() == "Item");
        uris.extend(items().filter_map(|item| uri_of(item, "Target").or_else(|| uri_of(item, "Source"))));
        if uris.is_empty() {
            let asked = self.asked.get(&format!("{}/{}", said(status, "MsgRef"), said(status, "CmdRef")));
            uris.extend(asked.cloned());
        }
        uris.retain(|uri| !uri.is_empty() && uri.len() <= LONGEST_URI);
        let (place, span, is_told) = (format!("byte {}", status.offset), span(status), !uris.is_empty());
        self.found.unknown.extend(uris.into_iter().map(|uri| {
            let bare = uri.split('?').next().unwrap_or_default();
            let name = bare.trim_end_matches('/').replacen("/Policy/Result/", "/Policy/Config/", 1);
            Unknown { place: place.clone(), name, why: Why::NotThere, span }
        }));
        is_told
    }

    fn items(&mut self, command: &Element, side: &str, how: &How) {
        self.commands += 1;
        let place = format!("{}[{}]", command.local(), self.commands);
        let mut items = command.children.iter().filter(|child| child.local() == "Item").peekable();
        if items.peek().is_none() {
            return self.fault(command, format!("`<{}>` has no item", command.local()));
        }
        for item in items {
            let uri = uri_of(item, side).filter(|uri| !uri.is_empty() && uri.len() <= LONGEST_URI);
            let Some(mut uri) = uri else {
                self.fault(item, "the item names no LocURI, or none that Windows takes");
                continue;
            };
            // What takes effect is reported beside what is set.
            if matches!(how, How::Observed { .. }) {
                uri = uri.replacen("/Policy/Result/", "/Policy/Config/", 1);
            }
            let format = format_of(item).or_else(|| format_of(command));
            let text = match item.child("Data").map(|data| self.text(data)) {
                Some(Some(text)) => Some(text),
                Some(None) => continue,
                None => None,
            };
            let before = self.found.items.len();
            self.node(uri, format, text, (&place, item.child("Data").unwrap_or(item), how));
            if let Some(named) = item.child(side).and_then(|side| side.child("LocURI")) {
                let added = self.found.items[before..].iter_mut();
                added.for_each(|item| item.setting.names = found::named(within(named)));
            }
            if self.elements > MAX_BODY_ELEMENTS {
                return self.fault(item, format!("more than {MAX_BODY_ELEMENTS} elements in ADMX bodies"));
            }
        }
    }

    /// What stands in `Data`: text, or elements that somebody did not escape.
    fn text(&mut self, data: &Element) -> Option<String> {
        let text = if !data.children.is_empty() {
            String::from_utf8_lossy(self.bytes.get(data.inner.clone()).unwrap_or_default()).into_owned()
        } else if data.cdata {
            // The line breaks around a CDATA section are layout.
            data.text.trim().to_owned()
        } else {
            data.text.clone()
        };
        if text.len() > MAX_TEXT {
            self.fault(data, format!("the data has {} bytes, and at most {MAX_TEXT} are read", text.len()));
            return None;
        }
        Some(text)
    }

    fn node(
        &mut self,
        uri: String,
        format: Option<String>,
        text: Option<String>,
        (place, data, how): (&str, &Element, &How),
    ) {
        let node = self.catalogue.known_node(&uri).map(|found| found.node);
        let format = format.as_deref();
        // Asked for an interior node, a device answers with the names of what stands below it.
        let is_bare = || text.as_ref().is_none_or(|text| text.trim().is_empty() || matches!(how, How::Observed { .. }));
        if (format == Some("node") || node.is_some_and(|node| node.format == "node")) && is_bare() {
            self.interior.push((uri, span(data)));
            return;
        }
        let text = text.unwrap_or_default();
        if text.contains("<disable") && admx::parse(&text).is_ok_and(|body| body.misspelt) {
            self.misspelt.push(Wrong::at(span(data), place, MISSPELT));
        }
        let mut settings = settings_of(&uri, node, format, &text);
        let elements = settings.iter().filter(|setting| matches!(setting.address.leaf, Leaf::AdmxElement(_)));
        self.elements += elements.count();
        settings.iter_mut().for_each(|setting| setting.span = span(data));
        self.found.add(place, how, settings);
    }

    /// What holds after the last command: it decides, as on a device.
    fn finish(self) -> Decoded {
        let mut nodes: BTreeMap<String, Vec<Setting>> = BTreeMap::new();
        let mut residue: Vec<(String, String)> =
            self.found.residue.into_iter().map(|left| (left.place, left.what)).collect();
        let mut items = self.found.items.into_iter().peekable();
        while let Some(first) = items.next() {
            let uri = first.setting.address.owner.clone();
            let mut settings = vec![first.setting];
            // The elements of a body follow its state.
            while let Some(more) = items.next_if(|next| {
                next.setting.address.owner == uri && matches!(next.setting.address.leaf, Leaf::AdmxElement(_))
            }) {
                settings.push(more.setting);
            }
            settings.iter_mut().for_each(|setting| {
                (setting.span, setting.names) = (Span::NOWHERE, Names::default());
            });
            if let Some(earlier) = nodes.insert(uri.clone(), settings) {
                let what = format!("set before to {}, and a later command wins", describe(&earlier));
                residue.push((uri, what));
            }
        }
        let owners: BTreeSet<&str> = nodes.keys().map(String::as_str).gather();
        let empty = self.interior.into_iter().filter(|(uri, _)| !leads(uri, &owners));
        residue.extend(empty.map(|(uri, _)| (uri, NOTHING_BELOW.to_owned())).collect::<Vec<_>>());
        let mut settings: Vec<Setting> = nodes.into_values().flatten().collect();
        settings.arrange_by(|a, b| a.address.cmp(&b.address));
        Decoded { settings, residue }
    }
}

/// What the data of a node set. Nobody knows of an unlisted node whether a policy is behind it, but what reads as a body is one.
pub(in crate::backend) fn settings_of(
    uri: &str,
    node: Option<&Node>,
    format: Option<&str>,
    text: &str,
) -> Vec<Setting> {
    match if node.is_none_or(is_admx) { admx::parse(text).ok() } else { None } {
        Some(body) => body_settings(uri, node, body),
        None => vec![setting(uri, Leaf::Node, value::value(node, format, text))],
    }
}

/// The place of what stands between the tags of an element.
fn within(element: &Element) -> Span {
    Span::new(FileId::NONE, element.inner.start, element.inner.end)
}

/// The place of an element, in a file that has no name yet.
fn span(element: &Element) -> Span {
    Span::new(FileId::NONE, element.offset, element.end)
}

fn describe(settings: &[Setting]) -> String {
    let values: Vec<String> = settings.iter().map(|setting| setting.value.to_string()).collect();
    values.join(", ")
}

fn setting(uri: &str, leaf: Leaf, value: Value) -> Setting {
    let address = Address { family: Family::Csp, channel: channel(uri), owner: uri.to_owned(), instance: None, leaf };
    Setting::found(address, value)
}

/// A node that is told to act.
fn executed(uri: &str, span: Span) -> Setting {
    let none = Value::Dictionary(BTreeMap::new());
    let set = setting(uri, Leaf::Keys(Vec::new()), none);
    Setting { span, address: Address { family: Family::Command, ..set.address }, ..set }
}

fn body_settings(uri: &str, node: Option<&Node>, body: admx::Body) -> Vec<Setting> {
    let known = node.and_then(|node| node.allowed.as_ref()?.admx.as_ref()?.elements.as_deref()).unwrap_or_default();
    let mut settings = vec![setting(uri, Leaf::AdmxState, Value::Boolean(body.enabled))];
    for element in body.elements {
        let kind = known.iter().find(|known| known.id == element.id).map(|known| known.kind.as_str());
        let mut marks = secret::marks(&element.value);
        let value = match marks.next().filter(|mark| mark.in_xml && mark.at == (0..element.value.len())) {
            Some(mark) => Value::secret(mark.name),
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

/// The text of a part of a command.
fn said<'e>(command: &'e Element, name: &str) -> &'e str {
    command.child(name).map_or("", |child| child.text.trim())
}

fn format_of(element: &Element) -> Option<String> {
    Some(element.child("Meta")?.child("Format")?.text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::node;
    use crate::backend::{Decoded, Format, Unreadable, decode, wrap};
    use crate::catalogue::Catalogue;
    use crate::setting::{Leaf, Setting, Value};

    const PIN: &str = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
    const SHARING: &str = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";

    fn read(text: &str) -> Result<Decoded, Unreadable> {
        decode(Format::Syncml, text.as_bytes(), &Catalogue::embedded())
    }

    fn item(uri: &str, data: &str) -> String {
        format!("<Item><Target><LocURI>{uri}</LocURI></Target><Data>{data}</Data></Item>")
    }

    fn body() -> Vec<Setting> {
        vec![
            node(PIN, Leaf::AdmxState, Value::Boolean(true)),
            node(PIN, Leaf::AdmxElement("MinPINLength".to_owned()), Value::Integer(8)),
        ]
    }

    #[test]
    fn a_body_is_read_in_every_spelling() {
        for data in [
            "&lt;enabled/&gt;&lt;data id=\"MinPINLength\" value=\"8\"/&gt;",
            "\n  <![CDATA[<enabled/><data id=\"MinPINLength\" value=\"8\"/>]]>\n",
            "<enabled/><data id=\"MinPINLength\" value=\"8\"/>",
            "<Enabled/>\n<Data id='MinPINLength' value='8'></Data>",
        ] {
            let text = format!("<Replace>{}</Replace>", item(PIN, data));
            let expected = Decoded { settings: body(), residue: Vec::new() };
            assert_eq!(read(&text), Ok(expected.clone()), "{data}");
            // A byte-order mark before it moves every place by three.
            assert_eq!(read(&format!("\u{FEFF}{text}")), Ok(expected.clone()), "{data}");
            let message = String::from_utf8(wrap(text.as_bytes())).unwrap();
            assert_eq!(read(&message), Ok(expected), "{message}");
        }
    }

    #[test]
    fn lists_are_read_in_every_spelling() {
        let uri = "./Device/Vendor/MSFT/Policy/Config/UserRights/AllowLocalLogOn";
        let expected = vec![node(uri, Leaf::Node, Value::array([Value::text("a"), Value::text("b")]))];
        for data in ["a&#xF000;b", "a\u{F000}b", "<![CDATA[a\u{F000}b]]>"] {
            let read = read(&format!("<Add>{}</Add>", item(uri, data))).unwrap();
            assert_eq!(read.settings, expected, "{data}");
        }
    }

    #[test]
    fn messages_of_other_tools_are_read() {
        let text = format!(
            "<?xml version='1.0' encoding='utf-8'?><SyncML xmlns='SYNCML:SYNCML1.1'><SyncHdr><VerDTD>1.1</VerDTD></SyncHdr>
             <SyncBody><!-- why --><Atomic><CmdID>7</CmdID><Replace><Meta><Format xmlns='syncml:metinf'>int</Format></Meta>
             {}{}</Replace></Atomic><Get>{}</Get><Delete>{}</Delete><Alert/>
             <Results><Item><Source><LocURI>./Device/Vendor/MSFT/Example/Other</LocURI></Source>
             <Meta><Format>bool</Format></Meta><Data>TRUE</Data></Item></Results><Final/></SyncBody></SyncML>",
            item(&format!("\n {SHARING}\n "), " 0 "),
            item("./Vendor/MSFT/Example/Node", "5"),
            item("./DevInfo/DevId", ""),
            item("./Vendor/MSFT/Example", ""),
        );
        let decoded = read(&text).unwrap();
        let expected = vec![
            node("./Device/Vendor/MSFT/Example/Other", Leaf::Node, Value::Boolean(true)),
            node(SHARING, Leaf::Node, Value::Integer(0)),
            node("./Vendor/MSFT/Example/Node", Leaf::Node, Value::Integer(5)),
        ];
        assert_eq!(decoded.settings, expected);
        let places: Vec<&str> = decoded.residue.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places[..2], ["./DevInfo/DevId", "./Vendor/MSFT/Example"]);
        assert!(places[2].starts_with("byte "), "{places:?}");
    }

    #[test]
    fn the_last_command_for_a_node_wins() {
        let text = format!("<Replace>{}</Replace><Replace>{}</Replace>", item(SHARING, "1"), item(SHARING, "0"));
        let decoded = read(&text).unwrap();
        assert_eq!(decoded.settings, [node(SHARING, Leaf::Node, Value::Integer(0))]);
        assert_eq!(decoded.residue, [(SHARING.to_owned(), "set before to 1, and a later command wins".to_owned())]);
    }

    #[test]
    fn interior_nodes_are_no_settings() {
        let add = |uri: &str| {
            let meta = "<Meta><Format xmlns='syncml:metinf'>node</Format></Meta>";
            format!("<Add><Item><Target><LocURI>{uri}</LocURI></Target>{meta}</Item></Add>")
        };
        let root = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions";
        let policy = format!("{root}/one/EXE/Policy");
        let leaf = format!("<Replace>{}</Replace>", item(&policy, "<RuleCollection Type='Exe'/>"));
        let text =
            [add(&format!("{root}/one")), add(&format!("{root}/one/EXE")), add(&format!("{root}/two")), leaf].concat();
        let decoded = read(&text).unwrap();
        assert_eq!(decoded.settings, [node(&policy, Leaf::Node, Value::text("<RuleCollection Type='Exe'/>"))]);
        let expected = (format!("{root}/two"), "an interior node with nothing below it".to_owned());
        assert_eq!(decoded.residue, [expected]);
        // An empty element is as good as none, and a device answers with the names below.
        let empty = text.replace("</Meta></Item></Add>", "</Meta><Data></Data></Item></Add>");
        assert_eq!(read(&empty).unwrap(), decoded);
        let answer =
            format!("<Results>{}</Results>", item(&format!("{root}/one"), "EXE/StoreApps").replace("Target", "Source"));
        assert_eq!(read(&answer).unwrap().settings, []);
    }

    #[test]
    fn what_is_no_syncml_is_refused_with_its_place() {
        for (text, line) in [
            ("<plist/>", 1),
            ("<Replace/>", 1),
            ("<Replace>\n<Item/></Replace>", 2),
            ("<Replace>\n<Item><Target><LocURI> </LocURI></Target></Item></Replace>", 2),
            ("<Replace>\n\n<Item>", 3),
            ("<Atomic><Unknown/></Atomic>", 1),
            ("<!DOCTYPE x><Replace/>", 1),
        ] {
            let (place, _) = read(text).unwrap_err();
            assert!(place.starts_with(&format!("line {line},")), "{text}: {place}");
        }
    }
}
