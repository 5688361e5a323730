//! Bytes that somebody wrote to harm a reader: each ends in a finding with a code, within a moment and within memory.

use super::{PROFILE, gzipped, tarred, zipped};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Code;
use policyc::reader::{Given, Kind, Reader, Reading};
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

/// What a file is refused for, within a moment.
fn refused(what: &str, bytes: &[u8], code: Code) -> Vec<Reading> {
    let catalogue = Catalogue::embedded();
    let began = Instant::now();
    let read = Reader::new(&catalogue).read(Given { name: "a", bytes });
    assert!(began.elapsed() < Duration::from_secs(20), "{what} took {:?}", began.elapsed());
    let codes: Vec<Code> = read.iter().flat_map(|reading| reading.faults.iter().map(|fault| fault.code)).collect();
    assert!(codes.contains(&code), "{what}: {codes:?}");
    read
}

#[test]
fn hostile_text_ends_in_a_coded_error() {
    let plist = |inner: &str| format!("<plist version=\"1.0\">{inner}</plist>").into_bytes();
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + &close.repeat(n);
    let malformed = |what: &str, bytes: &[u8]| {
        refused(what, bytes, Code::MalformedArtefact);
    };
    malformed("100,000 dictionaries", &plist(&deep("<dict><key>a</key>", "</dict>", 100_000)));
    malformed("100,000 lists", &plist(&deep("<array>", "</array>", 100_000)));
    malformed("a million open tags", &plist(&"<array>".repeat(1_000_000)));
    malformed("300,000 values", &plist(&format!("<array>{}</array>", "<true/>".repeat(300_000))));
    malformed(
        "50,000 attributes",
        format!("<plist{}><dict/></plist>", (0..50_000).map(|n| format!(" a{n}=''")).collect::<String>()).as_bytes(),
    );
    malformed("300,000 wrong values", &plist(&format!("<array>{}</array>", "<x/>".repeat(200_000))));
    let entity = "<!DOCTYPE plist [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    malformed("an entity of its own", &[entity.as_bytes(), &plist("<string>&x;</string>")].concat());
    malformed("commands in commands", deep("<Atomic>", "</Atomic>", 100_000).as_bytes());
    malformed("100,000 empty commands", "<Replace/>".repeat(100_000).as_bytes());
    malformed(
        "a long LocURI",
        format!("<Add><Item><Target><LocURI>./{}</LocURI></Target></Item></Add>", "a/".repeat(1 << 20)).as_bytes(),
    );
    // What would be slow if each looked for its place among all the others.
    let domain = "<dict><key>PayloadType</key><string>com.apple.ManagedClient.preferences</string><key>PayloadContent</key><dict>\
        <key>a.b</key><dict><key>Forced</key><array><dict><key>mcx_preference_settings</key><dict><key>k</key><true/></dict></dict>\
        </array></dict></dict></dict>";
    let containers = format!(
        "<key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array>{}</array>",
        domain.repeat(12_000)
    );
    malformed("12,000 containers of one domain", &plist(&format!("<dict>{containers}<key>x</key></dict>")));
    let policies: String =
        (0..80_000).map(|n| format!("<p{n}>1</p{n}><p{n}_WinningProvider>x</p{n}_WinningProvider>")).collect();
    let area = format!("<CurrentPolicyValues><PolicyAreaName>A</PolicyAreaName>{policies}</CurrentPolicyValues>");
    malformed(
        "80,000 policies of one area",
        format!("<MDMEnterpriseDiagnosticsReport><currentPolicies>{area}").as_bytes(),
    );
    let json = |inner: &str| format!("{{\"@odata.type\": \"x\", \"settings\": {inner}}}").into_bytes();
    malformed("100,000 lists of JSON", &json(&deep("[", "]", 100_000)));
    malformed("300,000 values of JSON", &json(&format!("[{}1]", "1,".repeat(300_000))));
    malformed("a name twice", &json("{\"a\": 1, \"a\": 2}"));
    refused("17 MiB", &vec![b' '; 17 << 20], Code::TooLarge);
}

#[test]
fn hostile_binaries_end_in_a_coded_error() {
    // Lists of eight references to the next list: 1,321 bytes say 8^n values.
    let levels = 30u8;
    let mut bytes = b"bplist00".to_vec();
    let mut table = Vec::new();
    for level in 0..levels {
        table.extend((bytes.len() as u16).to_be_bytes());
        bytes.push(0xA8);
        bytes.extend([level + 1; 8]);
    }
    table.extend((bytes.len() as u16).to_be_bytes());
    bytes.extend([0x51, b'x']);
    let at = bytes.len() as u64;
    bytes.extend(&table);
    bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
    [u64::from(levels) + 1, 0, at].into_iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    refused("shared references", &bytes, Code::MalformedArtefact);
    let trailer = |count: u64, top: u64, at: u64| {
        let mut bytes = b"bplist00\xD0\x08".to_vec();
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        [count, top, at].into_iter().for_each(|number| bytes.extend(number.to_be_bytes()));
        bytes
    };
    refused("2^60 objects", &trailer(1 << 60, 0, 9), Code::MalformedArtefact);
    refused("a table of 2^64 bytes", &trailer(u64::MAX, 0, u64::MAX), Code::MalformedArtefact);
    let long = [&b"bplist00\x4F\x13\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x08"[..], &trailer(1, 0, 18)[10..]].concat();
    refused("data of 2^64 bytes", &long, Code::MalformedArtefact);
    // BER: nesting, and lengths that no file has.
    refused(
        "BER in BER",
        &[&[0x30, 0x80, 0x06][..], &[0x30, 0x80].repeat(100_000)].concat(),
        Code::UnreadableSignature,
    );
    refused("2^64 bytes of BER", &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x06, 0x01], Code::UnreadableSignature);
}

#[test]
fn hostile_archives_end_in_a_coded_error() {
    let zeros = vec![0u8; 1 << 20];
    // A file of 300 MiB, which packs to 300 KiB.
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("zeros", zip::write::SimpleFileOptions::default()).unwrap();
    (0..300).for_each(|_| writer.write_all(&zeros).unwrap());
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    refused("a bomb in a zip", &bomb, Code::UnreadableArchive);
    let mut packed = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::fast());
    let mut header = tar::Header::new_ustar();
    header.set_path("zeros").unwrap();
    header.set_size(300 << 20);
    header.set_cksum();
    packed.write_all(header.as_bytes()).unwrap();
    (0..300).for_each(|_| packed.write_all(&zeros).unwrap());
    refused("a bomb in a tar", &packed.finish().unwrap(), Code::UnreadableArchive);
    let mut many = tar::Builder::new(Vec::new());
    for n in 0..10_001 {
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        header.set_mode(0o644);
        many.append_data(&mut header, format!("{n}"), &[][..]).unwrap();
    }
    refused("10,001 entries", &many.into_inner().unwrap(), Code::UnreadableArchive);
    let record = [&b"PK\x01\x02"[..], &[0; 42]].concat();
    refused("200,000 records", &[b"PK\x03\x04".to_vec(), record.repeat(200_000)].concat(), Code::UnreadableArchive);
    refused("an archive in itself", &zipped(&[("a.zip", &zipped(&[("x", b"y")]))]), Code::RefusedEntry);
    for name in ["../x", "/x", "a/../../x", "C:\\x", "a\\b", "./../x"] {
        let read = refused(
            name,
            &zipped(&[(name, PROFILE.as_bytes()), ("good.mobileconfig", PROFILE.as_bytes())]),
            Code::RefusedEntry,
        );
        // One bad entry keeps no other from being read.
        assert!(
            read.iter().any(|reading| reading.kind == Kind::Profile && reading.name == "a/good.mobileconfig"),
            "{name}"
        );
    }
    let cut = gzipped(&tarred("x.mobileconfig", PROFILE.as_bytes()));
    refused("an archive cut short", &cut[..cut.len() - 20], Code::UnreadableArchive);
}
