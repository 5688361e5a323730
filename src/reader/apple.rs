//! Property lists of Apple's: profiles, payloads by themselves, commands, what devices list, and the preferences of a domain.

use super::installed;
use super::preferences;
use super::{Envelope, Kind, Payload, Reading};
use crate::backend::found::{self, Wrong};
use crate::diagnostic::{Code, Place};
use crate::encoding::bplist;
use crate::encoding::plist::{self, Dictionary, Item};
use crate::source::{Span, Spanned};

/// What stands in place of all payloads where a server has encrypted them.
const SEALED: &str = "EncryptedPayloadContent";

/// A property list in XML.
pub(super) fn xml(name: &str, text: &str) -> Vec<Reading> {
    let plist::Found { root, faults } = plist::salvage(text);
    let mut readings = match root {
        Some(root) => of(name, root),
        None => vec![Reading::new(name, Kind::Unknown)],
    };
    if let Some(first) = readings.first_mut() {
        if first.kind == Kind::Unknown && !faults.is_empty() {
            // It opens as one of Apple's, and a profile is what most of these are.
            first.kind = Kind::Profile;
        }
        if !faults.is_empty() {
            // What is not there, a fault of the text may have taken.
            first.faults.retain(|fault| matches!(fault.place, Place::Source(_)));
        }
        faults.into_iter().for_each(|fault| first.wrong(fault.into()));
    }
    readings
}

/// A property list in binary.
pub(super) fn binary(name: &str, bytes: &[u8]) -> Vec<Reading> {
    match bplist::read(bytes) {
        Ok(root) => of(name, Spanned::nowhere(root)),
        Err(fault) => {
            let mut reading = Reading::new(name, Kind::Profile);
            let place = format!("byte {}", fault.offset);
            reading.wrong(Wrong::at(Span::NOWHERE, place, fault.cause));
            vec![reading]
        }
    }
}

/// What a property list is, and what it says.
fn of(name: &str, root: Spanned<Item>) -> Vec<Reading> {
    if let Some(readings) = installed::listed(name, &root) {
        return readings;
    }
    let Spanned { value: Item::Dictionary(keys), span } = root else {
        let mut reading = Reading::new(name, Kind::Unknown);
        reading.strange("a property list that is no dictionary");
        return vec![reading];
    };
    let is_profile = keys.text("PayloadType") == Some("Configuration")
        || matches!(keys.get("PayloadContent"), Some(Item::Array(_)))
        || keys.contains_key(SEALED);
    let is_command = matches!(keys.get("Command"), Some(Item::Dictionary(_)));
    vec![match is_profile {
        true => profile(name, keys, span),
        false if keys.contains_key("PayloadType") => payload(name, keys, span),
        false if is_command => command(name, keys, span),
        false => preferences::bare(name, keys, span),
    }]
}

fn profile(name: &str, keys: Dictionary, span: Span) -> Reading {
    let mut reading = Reading::new(name, Kind::Profile);
    reading.envelope = envelope(&keys);
    if keys.contains_key(SEALED) {
        let cure = "ask the server that encrypted it for the profile as it was before";
        let why = "the profile is encrypted for one device: nobody else can read its payloads";
        reading.fault(Code::EncryptedPayload, span, why, cure);
    }
    let mut found = found::profile(Spanned::new(Item::Dictionary(keys), span));
    found.faults.retain(|fault| fault.place != SEALED);
    found.items.retain(|item| item.place != SEALED);
    preferences::open(&mut found);
    reading.take(found);
    reading
}

/// One payload by itself, as some tools keep them.
fn payload(name: &str, keys: Dictionary, span: Span) -> Reading {
    let whole = Dictionary::from_iter([
        ("PayloadContent".to_owned(), Item::array([Item::Dictionary(keys.nowhere())])),
        ("PayloadType".to_owned(), Item::Text("Configuration".to_owned())),
    ]);
    let mut reading = profile(name, whole, Span::NOWHERE);
    // It stands where no profile has it: its place is that of the whole.
    reading.items.iter_mut().for_each(|item| item.setting.span = span);
    let missing = "the payload stands by itself, and no profile around it";
    reading.wrong(Wrong::at(span, "", missing));
    reading
}

fn command(name: &str, keys: Dictionary, span: Span) -> Reading {
    let mut reading = Reading::new(name, Kind::Command);
    reading.envelope.identifier = keys.text("CommandUUID").map(str::to_owned);
    let mut found = found::command(Spanned::new(Item::Dictionary(keys), span));
    found.residue.retain(|left| left.place != "CommandUUID");
    reading.take(found);
    reading
}

/// What a profile says of itself and of its payloads.
pub(super) fn envelope(keys: &Dictionary) -> Envelope {
    let own = of_payload(keys, Span::NOWHERE);
    let payload = |item: &Spanned<Item>| match &item.value {
        Item::Dictionary(keys) => of_payload(keys, item.span),
        _ => Payload { span: item.span, ..Payload::default() },
    };
    Envelope {
        identifier: own.identifier,
        uuid: own.uuid,
        name: own.name,
        description: own.description,
        organisation: own.organisation,
        version: own.version,
        scope: keys.text("PayloadScope").map(str::to_owned),
        payloads: keys.list("PayloadContent").iter().map(payload).collect(),
        ..Envelope::default()
    }
}

fn of_payload(keys: &Dictionary, span: Span) -> Payload {
    let mut payload = Payload { span, ..Payload::default() };
    for (key, item) in keys.iter() {
        match (key.as_str(), item) {
            ("PayloadType", Item::Text(text)) => payload.kind.clone_from(text),
            ("PayloadIdentifier", Item::Text(text)) => payload.identifier = Some(text.clone()),
            ("PayloadUUID", Item::Text(text)) => payload.uuid = Some(text.clone()),
            ("PayloadDisplayName", Item::Text(text)) => payload.name = Some(text.clone()),
            ("PayloadDescription", Item::Text(text)) => payload.description = Some(text.clone()),
            ("PayloadOrganization", Item::Text(text)) => payload.organisation = Some(text.clone()),
            ("PayloadVersion", Item::Integer(number)) => payload.version = Some(*number),
            _ => {}
        }
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;

    const DOCTYPE: &str = "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"x\">";

    fn profile(payloads: &str, more: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{DOCTYPE}\n<plist version=\"1.0\"><dict>\n\
             <key>PayloadType</key><string>Configuration</string>{more}\n<key>PayloadContent</key><array>\n{payloads}\n</array></dict></plist>\n"
        )
    }

    const CAMERA: &str = "<dict><key>PayloadType</key><string>com.apple.applicationaccess</string>\n<key>allowCamera</key><false/>\n\
        <key>list</key><array><string>a</string></array></dict>";

    #[test]
    fn settings_have_the_places_of_their_values() {
        let expected = [
            "profile a.mobileconfig",
            "= com.apple.applicationaccess · allowCamera := false @7:23",
            "= com.apple.applicationaccess · list := [\"a\"] @8:16",
        ];
        let text = profile(CAMERA, "");
        check("a.mobileconfig", text.as_bytes(), &expected);
        let crlf = text.replace('\n', "\r\n");
        check("a", crlf.as_bytes(), &["profile a +carriage-returns", expected[1], expected[2]]);
        let mark = format!("\u{FEFF}{text}");
        check("a", mark.as_bytes(), &["profile a +byte-order-mark", expected[1], expected[2]]);
        let later = expected.map(|line| line.replace("@8:", "@9:").replace("@7:", "@8:"));
        let blank = format!("\n{text}");
        check("a", blank.as_bytes(), &["profile a +space-before-declaration", &later[1], &later[2]]);
    }

    #[test]
    fn what_stands_around_a_fault_is_read() {
        let broken = format!(
            "{CAMERA}<string>x</string><dict/><dict><key>PayloadType</key><string>b</string><key>k</key>\
            <integer>x</integer><key>l</key><key>m</key><true/><key>m</key><false/></dict>"
        );
        check(
            "a",
            profile(&broken, "<key>PayloadScope</key><integer>1</integer>").as_bytes(),
            &[
                "profile a",
                "= com.apple.applicationaccess · allowCamera := false @7:23",
                "= com.apple.applicationaccess · list := [\"a\"] @8:16",
                "= b · m := false @8:202",
                "! malformed-artefact @4:76: `PayloadScope`: neither `System` nor `User`",
                "! malformed-artefact @8:56: `PayloadContent[1]`: a payload is a dictionary",
                "! malformed-artefact @8:74: `PayloadContent[2]`: the payload has no `PayloadType`",
                "! malformed-artefact @8:139: `x` is not a whole number",
                "! malformed-artefact @8:159: the key `l` has no value",
                "! malformed-artefact @8:190: the key `m` stands twice",
            ],
        );
        let whole = profile(CAMERA, "");
        let (cut, _) = whole.split_at(whole.find("<key>list").unwrap());
        check(
            "a",
            cut.as_bytes(),
            &[
                "profile a",
                "= com.apple.applicationaccess · allowCamera := false @7:23",
                "! malformed-artefact @6:1: `<dict>` is not closed: the file is cut short",
            ],
        );
        let found = [
            "profile a +not-utf-8",
            "= com.apple.applicationaccess · x := \"\u{FFFD}\" @6:85",
            "! malformed-artefact @6:93: a byte that is no UTF-8",
        ];
        let bytes = profile(
            "<dict><key>PayloadType</key><string>com.apple.applicationaccess</string><key>x</key><string>\x01</string></dict>",
            "",
        );
        let bytes: Vec<u8> = bytes.bytes().map(|byte| if byte == 1 { 0xE4 } else { byte }).collect();
        check("a", &bytes, &found);
    }

    #[test]
    fn a_scope_with_other_capitals_is_read() {
        let scope = |written: &str| profile(CAMERA, &format!("<key>PayloadScope</key><string>{written}</string>"));
        let check = |written: &str, channel: &str, fault: &[&str]| {
            let camera = format!("= com.apple.applicationaccess · allowCamera{channel} := false @7:23");
            let list = format!("= com.apple.applicationaccess · list{channel} := [\"a\"] @8:16");
            check("a", scope(written).as_bytes(), &[&["profile a", &camera, &list], fault].concat());
        };
        check("System", "", &[]);
        check("User", " (user channel)", &[]);
        let fault = "! wrong-case @4:76: `PayloadScope`: the vendor writes `USER` with other capitals";
        check("USER", " (user channel)", &[fault]);
        check("all", "", &["! malformed-artefact @4:76: `PayloadScope`: neither `System` nor `User`"]);
    }

    #[test]
    fn binary_property_lists_say_the_same() {
        let value = plist::Value::from_reader_xml(profile(CAMERA, "").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        plist::to_writer_binary(&mut bytes, &value).unwrap();
        let expected = [
            "profile a",
            "= com.apple.applicationaccess · allowCamera := false",
            "= com.apple.applicationaccess · list := [\"a\"]",
        ];
        check("a", &bytes, &expected);
        let cut = ["profile a", "! malformed-artefact: `byte 20`: the binary property list is cut short"];
        check("a", &bytes[..20], &cut);
    }

    #[test]
    fn commands_payloads_and_encrypted_profiles_are_told_apart() {
        let plist = |inner: &str| format!("<plist version='1.0'>{inner}</plist>");
        let command = "<dict><key>Command</key><dict><key>RequestType</key><string>DeviceLock</string><key>PIN</key><string>1</string>\
            </dict><key>CommandUUID</key><string>7</string><key>Note</key><true/></dict>";
        let expected = ["command a", "= DeviceLock · PIN := \"1\" @1:115", "~ Note: true"];
        check("a", plist(command).as_bytes(), &expected);
        let alone = "! malformed-artefact @1:22: the payload stands by itself, and no profile around it";
        let expected = ["profile a", "= com.example.a · k := true @1:22", alone];
        check(
            "a",
            plist("<dict><key>PayloadType</key><string>com.example.a</string><key>k</key><true/></dict>").as_bytes(),
            &expected,
        );
        let sealed = "<dict><key>PayloadType</key><string>Configuration</string><key>EncryptedPayloadContent</key><data></data></dict>";
        let message =
            "! encrypted-payload @1:22: the profile is encrypted for one device: nobody else can read its payloads";
        check("a", plist(sealed).as_bytes(), &["profile a", message]);
    }
}
