//! SyncML → settings: our fragments, and what other tools write: whole messages, comments, CDATA, raw child elements in `Data`,
//! several items in a command, commands without numbers or formats.

use super::value;
use crate::backend::node::channel;
use crate::backend::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node;
use crate::check::node::is_admx;
use crate::encoding::xml::{self, Element, Fault, Shape};
use crate::encoding::{admx, plist::MAX_TEXT};
use crate::gather::Arrange;
use crate::setting::{Address, Family, Leaf, Setting, Value, secret};
use std::collections::BTreeMap;

/// Bytes of the longest LocURI; Windows takes no longer ones.
const LONGEST_URI: usize = 2048;

/// Elements of ADMX bodies in one file. Each holds its node's LocURI, so that many of them are more than they look.
const MAX_BODY_ELEMENTS: usize = 50_000;

/// Reads a fragment or a message.
pub(super) fn decode(bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let read = || -> Result<Reading<'_>, Fault> {
        let roots = xml::parse(bytes, Shape::Fragment)?;
        let mut reading = Reading {
            bytes,
            catalogue,
            nodes: BTreeMap::new(),
            interior: Vec::new(),
            elements: 0,
            residue: Vec::new(),
        };
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
    /// Elements of ADMX bodies so far.
    elements: usize,
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
            let uri = uri_of(item, side).filter(|uri| !uri.is_empty() && uri.len() <= LONGEST_URI);
            let uri = uri.ok_or_else(|| self.fault(item, "the item names no LocURI, or none that Windows takes"))?;
            let format = format_of(item).or_else(|| format_of(command));
            let text = match item.child("Data") {
                Some(data) => Some(self.text(data)?),
                None => None,
            };
            self.node(uri, format, text);
            if self.elements > MAX_BODY_ELEMENTS {
                return Err(self.fault(item, format!("more than {MAX_BODY_ELEMENTS} elements in ADMX bodies")));
            }
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
        let node = self.catalogue.known_node(&uri).map(|found| found.node);
        let format = format.as_deref();
        if text.is_none() && (format == Some("node") || node.is_some_and(|node| node.format == "node")) {
            self.interior.push(uri);
            return;
        }
        let text = text.unwrap_or_default();
        // Nobody knows of an unlisted node whether a policy is behind it, but what reads as a body is one.
        let body = if node.is_none_or(is_admx) { admx::parse(&text).ok() } else { None };
        self.elements += body.as_ref().map_or(0, |body| body.elements.len());
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
        settings.arrange_by(|a, b| a.address.cmp(&b.address));
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
