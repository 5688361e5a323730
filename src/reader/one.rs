//! One file: opened, told what it is, and read.

use super::archive;
use super::kind::{self, Look};
use super::text;
use super::{Given, How, Kind, Read, Reading, apple, console, installed, labels, report, signed};
use crate::backend::found;
use crate::catalogue::Catalogue;
use crate::diagnostic::Code;
use crate::encoding::xml::MAX_BYTES;
use crate::encoding::{bplist, ci_policy};
use crate::source::Span;

/// Bytes of the largest file that is opened to see whether it is a signed one.
const MAX_SIGNED: usize = 32 << 20;

/// Reads one file after another. What all of them need is made once.
pub struct Reader<'c> {
    pub(super) catalogue: &'c Catalogue,
}

/// Where a file comes from, of which not all may be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// The program.
    Nothing,
    /// An archive: another one in it is not opened.
    Archive,
    /// An envelope of Intune's: it holds a profile, signed or not.
    Envelope,
    /// A signature: it holds a profile and nothing else.
    Signature,
}

impl<'c> Reader<'c> {
    /// A reader that tells types by this catalogue.
    pub fn new(catalogue: &'c Catalogue) -> Reader<'c> {
        Reader { catalogue }
    }

    /// Every artefact in a file. Places count in its text, which no source holds.
    pub fn read(&self, file: Given<'_>) -> Vec<Reading> {
        self.texts(file).into_iter().flat_map(|read| read.readings).collect()
    }

    pub(super) fn texts(&self, file: Given<'_>) -> Vec<Read> {
        self.within(file, Within::Nothing)
    }

    pub(super) fn within(&self, file: Given<'_>, within: Within) -> Vec<Read> {
        let Given { name, bytes } = file;
        if archive::is_archive(bytes) {
            return archive::read(self, file, within);
        }
        if bytes.starts_with(bplist::MAGIC) {
            let readings = apple::binary(name, bytes);
            return vec![Read { name: name.to_owned(), text: None, readings, labels: Vec::new() }];
        }
        if let Some(policy) = ci_policy::read(bytes) {
            let mut reading = Reading::new(name, Kind::AppControl);
            reading.envelope.identifier = policy.id.map(|id| id.to_string());
            return vec![bare(reading)];
        }
        if signed::looks_signed(bytes) && bytes.len() <= MAX_SIGNED && within != Within::Signature {
            return self.signed(file);
        }
        if bytes.len() > MAX_BYTES {
            let mut reading = Reading::new(name, Kind::Unknown);
            let why = format!("the file has {} bytes, and at most {MAX_BYTES} are read", bytes.len());
            reading.fault(Code::TooLarge, Span::NOWHERE, why, "read the parts of it by themselves");
            return vec![bare(reading)];
        }
        let Some(decoded) = text::decode(bytes) else { return vec![bare(binary(name))] };
        let mut all =
            match matches!(within, Within::Envelope | Within::Signature) && kind::look(&decoded.text) == Look::Json {
                true => vec![bare(binary(name))],
                false => self.text(name, &decoded.text),
            };
        if let Some(first) = all.first_mut() {
            for reading in &mut first.readings {
                reading.corrections.extend(&decoded.corrections);
                if let Some(byte) = decoded.broken.filter(|_| reading.kind != Kind::Unknown) {
                    let cure = "save it as UTF-8: what stands here is read as a replacement character";
                    reading.fault_at(Code::MalformedArtefact, byte, "a byte that is no UTF-8", cure);
                }
            }
            first.text = Some(decoded.text.into_owned());
        }
        all
    }

    /// The readings of a text, and of what stands in it in a text of its own.
    fn text(&self, name: &str, text: &str) -> Vec<Read> {
        let one = |readings| vec![Read { name: name.to_owned(), text: None, readings, labels: Vec::new() }];
        match kind::look(text) {
            Look::Plist => one(apple::xml(name, text)),
            Look::Syncml => one(vec![self.syncml(name, text)]),
            Look::Report => one(vec![report::read(self.catalogue, name, text)]),
            Look::Json => console::read(self, name, text),
            Look::Labels => {
                let (reading, labels) = labels::read(name, text);
                vec![Read { name: name.to_owned(), text: None, readings: vec![reading], labels }]
            }
            Look::Printed => one(installed::printed(name, text)),
            Look::Xml => {
                let mut reading = Reading::new(name, Kind::Unknown);
                let root = kind::root(text).unwrap_or_default();
                reading.strange(format!("`<{}>` is no root of a file that is known here", root.escape_debug()));
                one(vec![reading])
            }
            Look::Other => {
                let mut reading = Reading::new(name, Kind::Unknown);
                reading.strange("neither XML nor JSON nor a property list");
                one(vec![reading])
            }
        }
    }

    fn syncml(&self, name: &str, text: &str) -> Reading {
        let mut reading = Reading::new(name, Kind::Syncml);
        reading.take(found::syncml(text.as_bytes(), self.catalogue));
        if !reading.items.is_empty() && reading.items.iter().all(|item| item.how == How::Executed) {
            reading.kind = Kind::Command;
        }
        reading
    }

    /// A signed file, by what it holds.
    fn signed(&self, file: Given<'_>) -> Vec<Read> {
        let mut outer = Reading::new(file.name, Kind::Unknown);
        let Some(content) = signed::open(file.bytes, &mut outer) else { return vec![bare(outer)] };
        if signed::looks_signed(&content) || archive::is_archive(&content) {
            outer.strange("it is signed, and what it holds is no profile");
            return vec![bare(outer)];
        }
        let mut all = self.within(Given { bytes: &content, ..file }, Within::Signature);
        for reading in all.iter_mut().flat_map(|read| &mut read.readings) {
            reading.signature.clone_from(&outer.signature);
            reading.faults.absorb(outer.faults.clone());
        }
        all
    }
}

/// What is no text.
pub(super) fn bare(reading: Reading) -> Read {
    Read { name: reading.name.clone(), text: None, readings: vec![reading], labels: Vec::new() }
}

fn binary(name: &str) -> Reading {
    let mut reading = Reading::new(name, Kind::Unknown);
    reading.strange("no text, and no file that is known here");
    reading
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;

    const CAMERA: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
    const PIN: &str = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";

    fn item(uri: &str, data: &str) -> String {
        format!("<Item><Target><LocURI>{uri}</LocURI></Target>{data}</Item>")
    }

    #[test]
    fn syncml_is_read_command_by_command() {
        let data = "<Data>0</Data>";
        let text = format!(
            "<!-- c --><Atomic><Add>{}{}</Add>\n<Replace>{}</Replace></Atomic>\n<Delete>{}</Delete>\n<Get>{}</Get>\n<Exec>{}</Exec>",
            item(CAMERA, data),
            item(PIN, "<Data><![CDATA[<enabled/><data id=\"MinPINLength\" value=\"6\"/>]]></Data>"),
            item(CAMERA, data),
            item(PIN, ""),
            item("./DevInfo/DevId", ""),
            item("./Device/Vendor/MSFT/Reboot/RebootNow", "<Data>now</Data>"),
        );
        check(
            "a.mobileconfig",
            text.as_bytes(),
            &[
                "syncml a.mobileconfig",
                &format!("= {CAMERA} := 0 added @1:117"),
                &format!("= {PIN} := true added @1:237"),
                &format!("= {PIN} · MinPINLength := 6 added @1:237"),
                &format!("= {CAMERA} := 0 replaced @2:103"),
                "= ./Device/Vendor/MSFT/Reboot/RebootNow := {} executed @5:7",
                &format!("- {PIN} @3:9"),
                "~ ./DevInfo/DevId: `Get` sets nothing @4:6",
                "~ ./Device/Vendor/MSFT/Reboot/RebootNow: its data is left out @5:7",
            ],
        );
    }

    #[test]
    fn what_a_device_answers_is_what_it_has() {
        let text = format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Status><CmdID>1</CmdID></Status><Results><Item><Source><LocURI>{}</LocURI></Source>\
             <Data>1</Data></Item></Results><Final/></SyncBody></SyncML>",
            CAMERA.replace("Config", "Result")
        );
        let expected = [
            "syncml a".to_owned(),
            format!("= {CAMERA} := 1 observed - @1:179"),
            "~ byte 43: `Status` sets nothing @1:44".to_owned(),
        ];
        check("a", text.as_bytes(), &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn what_a_device_answers_not_to_have_is_told_with_its_node() {
        let text = format!(
            "<SyncML><SyncBody><Status><Cmd>Get</Cmd><TargetRef>{}?list=StructData</TargetRef><Data>404</Data></Status>\
             <Status><Cmd>Replace</Cmd><TargetRef>{PIN}</TargetRef><Data>404</Data></Status></SyncBody></SyncML>",
            CAMERA.replace("Config", "Result")
        );
        let residue = text.find("<Status><Cmd>Replace").unwrap_or_default();
        let expected = [
            "syncml a".to_owned(),
            format!("? {CAMERA} NotThere @1:19"),
            format!("~ byte {residue}: `Status` sets nothing @1:{}", residue + 1),
        ];
        check("a", text.as_bytes(), &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn what_stands_around_a_fault_is_read() {
        let text = format!(
            "<Replace>{}</Replace>\n<Replace/>\n<Put/>\n<Replace>{}",
            item(CAMERA, "<Data>0</Data>"),
            "<Item>&nbsp;"
        );
        check(
            "a",
            text.as_bytes(),
            &[
                "syncml a",
                &format!("= {CAMERA} := 0 replaced @1:103"),
                "! malformed-artefact @2:1: `<Replace>` has no item",
                "! malformed-artefact @3:1: `<Put>` is no SyncML command",
                "! malformed-artefact @4:16: the entity `&nbsp;` is not known",
            ],
        );
    }

    #[test]
    fn a_state_that_no_device_takes_is_a_fault() {
        let text = format!("<Replace>{}</Replace>", item(PIN, "<Data>&lt;disable/&gt;</Data>"));
        let fault = "! malformed-artefact @1:109: `Replace[1]`: `<disable/>` is no state of a policy, and devices refuse the body: \
            it is `<disabled/>`";
        check("a", text.as_bytes(), &["syncml a", &format!("= {PIN} := false replaced @1:109"), fault]);
    }

    #[test]
    fn a_file_may_say_that_it_was_of_another_encoding() {
        let text =
            format!("<?xml version='1.0' encoding='UTF-16'?><Replace>{}</Replace>", item(CAMERA, "<Data>0</Data>"));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let set = format!("= {CAMERA} := 0 replaced @1:142");
        check("a", &[b"\xFF\xFE", &wide[..]].concat(), &["syncml a +utf-16", &set]);
        let latin = text.replace("UTF-16", "latin1");
        check("a", latin.as_bytes(), &["syncml a", &set]);
        let other = latin.replace("<Data>", "<Data><!-- \u{E4} -->");
        check("a", other.as_bytes(), &["syncml a", "! malformed-artefact @1:1: the encoding `latin1` is not UTF-8"]);
    }

    #[test]
    fn what_is_nothing_known_is_passed_over() {
        let check = |text: &[u8], why: &str| check("a", text, &["unknown a", &format!("! unknown-format: {why}")]);
        check(b"", "neither XML nor JSON nor a property list");
        check(b"hello", "neither XML nor JSON nor a property list");
        check(b"<html></html>", "`<html>` is no root of a file that is known here");
        check(b"\0\x01\x02", "no text, and no file that is known here");
        check(b"{}", "JSON, and no policy or declaration");
        check(b"[]", "a list of nothing");
        check(b"{ x", "it opens like JSON, and is none: key must be a string (line 1, column 3)");
    }
}
