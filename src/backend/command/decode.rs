//! Commands → settings: ours exactly, and anybody's with what it says beside them as residue.

use super::{COMMAND, COMMAND_UUID, REQUEST_TYPE};
use crate::backend::items::{self, Payloads, value};
use crate::backend::leaves::Leaves;
use crate::backend::{Decoded, Unreadable, identity};
use crate::catalogue::Catalogue;
use crate::encoding::plist::{self, Item};
use crate::encoding::xml::{self, Element, Shape};
use crate::setting::{Address, Channel, Family, Leaf};

/// Reads a command of either vendor: what opens with a comment or an element of SyncML is Windows'.
pub(super) fn decode(bytes: &[u8], _: &Catalogue) -> Result<Decoded, Unreadable> {
    let is_plist = [&b"<?xml"[..], b"<!DOCTYPE", b"<plist", b"bplist"].iter().any(|start| bytes.starts_with(start));
    if is_plist { request(bytes) } else { fragment(bytes) }
}

fn request(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    read(plist::read(bytes).map_err(|fault| (fault.place(), fault.cause))?)
}

/// A command of Apple's that has been read; settings with their places.
pub(in crate::backend) fn read(root: Item) -> Result<Decoded, Unreadable> {
    let wrong = |place: &str, cause: &str| Err((place.to_owned(), cause.to_owned()));
    let Item::Dictionary(mut root) = root else { return wrong("the root", "a command is a dictionary") };
    let Some(Item::Dictionary(mut command)) = root.remove(COMMAND).map(|command| command.value) else {
        return wrong(COMMAND, "there is no command, which is a dictionary");
    };
    let Some(Item::Text(owner)) = command.remove(REQUEST_TYPE).map(|owner| owner.value) else {
        return wrong("Command.RequestType", "a command says which it is, in text");
    };
    let none = Payloads::default();
    let mut residue = Vec::new();
    match root.get(COMMAND_UUID) {
        Some(Item::Text(uuid)) if identity::is_uuid(uuid) => {}
        Some(other) => residue.push((COMMAND_UUID.to_owned(), value(other, &none).to_string())),
        None => residue.push((COMMAND_UUID.to_owned(), "not given".to_owned())),
    }
    let others = root.iter().filter(|(key, _)| *key != COMMAND_UUID);
    residue.extend(others.map(|(key, item)| (key.clone(), value(item, &none).to_string())));
    let mut leaves = Leaves::new();
    items::settings(&address(owner), command.into_iter(), &none, &mut leaves)?;
    Ok(Decoded { settings: leaves.settings, residue })
}

fn address(owner: String) -> Address {
    let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
    Address { family: Family::Command, channel, owner, instance: None, leaf: Leaf::Keys(Vec::new()) }
}

fn fragment(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    let roots = xml::parse(bytes, Shape::Fragment).map_err(|fault| (fault.place(), fault.cause))?;
    let mut decoded = Decoded::default();
    let mut leaves = Leaves::new();
    for root in &roots {
        let at = |cause: String| (xml::Fault::at(bytes, root.offset, "").place(), cause);
        if root.local() != "Exec" {
            return Err(at(format!("`<{}>` executes nothing", root.local())));
        }
        for item in root.children.iter().filter(|child| child.local() == "Item") {
            let uri = item.child("Target").and_then(|target| target.child("LocURI")).map(|uri| uri.text.trim());
            let uri = uri.filter(|uri| uri.starts_with("./"));
            let uri = uri.ok_or_else(|| at("the item names no LocURI".to_owned()))?;
            leaves.whole(&address(uri.to_owned()));
            decoded.residue.extend(data(item).map(|data| (uri.to_owned(), data)));
        }
    }
    match leaves.settings.is_empty() {
        true => Err((String::new(), "there is no command".to_owned())),
        false => Ok(Decoded { settings: leaves.settings, ..decoded }),
    }
}

/// What the node is given, which no policy says.
fn data(item: &Element) -> Option<String> {
    let data = item.child("Data")?;
    (!data.text.is_empty() || !data.children.is_empty()).then(|| "its data is left out".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::backend::sample::{commanded, encoded, group};
    use crate::backend::{Decoded, Format, Unreadable, decode, decode_at};
    use crate::catalogue::Catalogue;
    use crate::setting::{Platform, Setting, Value};

    fn read(text: &str) -> Result<Decoded, Unreadable> {
        decode(Format::Command, text.as_bytes(), &Catalogue::embedded())
    }

    #[test]
    fn what_is_written_comes_back() {
        let none = || Value::Dictionary(Default::default());
        let check = |platform: Platform, mut settings: Vec<Setting>| {
            let (artefacts, found) = encoded(&group(platform), settings.clone());
            assert_eq!(found, []);
            let mut read = Vec::new();
            for artefact in artefacts {
                let decoded = decode_at(&artefact.path, &artefact.bytes, &Catalogue::embedded()).unwrap();
                assert_eq!(decoded.residue, []);
                read.extend(decoded.settings);
            }
            read.sort_by(|a, b| a.address.cmp(&b.address));
            settings.sort_by(|a, b| a.address.cmp(&b.address));
            assert_eq!(read, settings);
        };
        let lock = |path: &str, value: Value| commanded("DeviceLock", path, value).instance("a b");
        let restart = commanded("RestartDevice", "", none()).user();
        check(Platform::MacOs, vec![lock("PIN", Value::secret("pin")), lock("Message", Value::text("<")), restart]);
        let wipe = commanded("./Device/Vendor/MSFT/RemoteWipe/doWipe", "", none()).instance("lost");
        check(Platform::Windows, vec![wipe, commanded("./User/Vendor/MSFT/Example/Do", "", none()).user()]);
    }

    #[test]
    fn what_others_say_is_residue() {
        let text = "<plist><dict><key>Command</key><dict><key>RequestType</key><string>DeviceLock</string></dict>
            <key>CommandUUID</key><string>17</string><key>Note</key><true/></dict></plist>";
        let decoded = read(text).unwrap();
        assert_eq!(decoded.settings, [commanded("DeviceLock", "", Value::Dictionary(Default::default()))]);
        let places: Vec<&str> = decoded.residue.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["CommandUUID", "Note"]);
        let exec = |data: &str| format!("<Exec><Item><Target><LocURI>./a</LocURI></Target>{data}</Item></Exec>");
        assert_eq!(read(&exec("<Data></Data>")).unwrap().residue, []);
        assert_eq!(read(&exec("<Data>1</Data>")).unwrap().residue.len(), 1);
    }

    #[test]
    fn what_is_no_command_is_refused_with_its_place() {
        let check = |text: &str, place: &str| assert_eq!(read(text).map_err(|(place, _)| place), Err(place.to_owned()));
        check("<plist><array/></plist>", "the root");
        check("<plist><dict/></plist>", "Command");
        check("<plist><dict><key>Command</key><dict/></dict></plist>", "Command.RequestType");
        check("<Replace/>", "line 1, byte 0");
        check("<Exec/>", "");
        check("\n<Exec><Item/></Exec>", "line 2, byte 1");
    }
}
