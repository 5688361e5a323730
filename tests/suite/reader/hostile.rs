//! Bytes that somebody wrote to harm a reader: each ends in a finding with a code, within a moment and within memory.

use super::{PROFILE, gzipped, tarred, zipped};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Code;
use policyc::reader::{Given, Kind, Reader, Reading};
use policyc::source::{Content, SourceFile, Sources};
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

/// What a file is refused for, within a moment.
fn refused(what: &str, bytes: &[u8], code: Code) -> Vec<Reading> {
    let catalogue = Catalogue::embedded();
    let began = Instant::now();
    let read = Reader::new(&catalogue).read(Given { name: "a", bytes });
    assert!(began.elapsed() < Duration::from_secs(60), "{what} took {:?}", began.elapsed());
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

/// What a text by itself says in a profile.
fn key(inner: &str) -> Vec<u8> {
    let head = "<plist version=\"1.0\"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array><dict>";
    let payload = "<key>PayloadType</key><string>com.example.app</string><key>k</key>";
    format!("{head}{payload}{inner}</dict></array></dict></plist>").into_bytes()
}

/// Every input that rust.md says of some reader that it loses, drops, or takes for another (§2.2).
#[test]
fn what_other_readers_of_property_lists_lose_is_said() {
    let all = [
        ("an entity of HTML", "<string>a&nbsp;b</string>"),
        ("an entity of nobody's", "<string>&x;</string>"),
        ("a character that is none", "<string>&#0;</string>"),
        ("a surrogate", "<string>&#xD800;</string>"),
        ("a key twice", "<true/><key>k</key><false/>"),
        ("not a number", "<real>nan</real>"),
        ("beyond all numbers", "<real>1e999</real>"),
        ("infinity", "<real>inf</real>"),
        ("2^64", "<integer>18446744073709551616</integer>"),
        ("-2^63 - 1", "<integer>-9223372036854775809</integer>"),
        ("a number in blanks", "<integer> 5 </integer>"),
        ("hexadecimal", "<integer>0xff</integer>"),
        ("a sign", "<integer>+5</integer>"),
        ("a month that is none", "<date>2024-13-45T00:00:00Z</date>"),
        ("a day that is none", "<date>2026-02-30T00:00:00Z</date>"),
        ("a date without a zone", "<date>2024-01-01T00:00:00</date>"),
        ("the year 10000", "<date>10000-01-01T00:00:00Z</date>"),
        ("no base64", "<data>A</data>"),
        ("NUL", "<string>a\0b</string>"),
        ("an escape", "<string>a\u{1b}[31m</string>"),
        ("a value in a text", "<string>a<b/></string>"),
        ("no name", "<1a/>"),
        ("the end of CDATA", "<string>a]]></string>"),
        ("a processing instruction", "<string>a</string><?php x?>"),
    ];
    for (what, inner) in all {
        refused(what, &key(inner), Code::MalformedArtefact);
    }
    let latin: Vec<u8> =
        key("<string>!</string>").into_iter().map(|byte| if byte == b'!' { 0xE4 } else { byte }).collect();
    refused("ISO-8859-1", &latin, Code::MalformedArtefact);
    let whole = key("<string>abc</string>");
    for (what, bytes) in [
        ("cut short in a text", whole[..whole.len() - 45].to_vec()),
        ("a second root", [&whole[..], b"<plist/>"].concat()),
        ("text behind the end", [&whole[..], b"x"].concat()),
        ("text before the beginning", [b"<!-- --> x ", &whole[..]].concat()),
        ("a subset of its own", [b"<!DOCTYPE plist [<!ENTITY a \"b\">]>", &whole[..]].concat()),
        ("another encoding", [b"<?xml version='1.0' encoding='latin1'?><!-- \xC3\xA4 -->", &whole[..]].concat()),
    ] {
        refused(what, &bytes, Code::MalformedArtefact);
    }
    // And what they lose silently is there.
    let catalogue = Catalogue::embedded();
    let text = |inner: &str| {
        let read = Reader::new(&catalogue).read(Given { name: "a", bytes: &key(inner) });
        read[0].items[0].setting.value.to_string()
    };
    assert_eq!(text("<string><![CDATA[hello & <b>]]></string>"), "\"hello & <b>\"");
    assert_eq!(text("<string>a&amp;&#x62;</string>"), "\"a&b\"");
}

/// Entities that are made of entities: a billion laughs, and the same on one level.
#[test]
fn entities_are_never_made_of_others() {
    let levels: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let bomb =
        |root: &str, inner: &str| format!("<!DOCTYPE {root} [<!ENTITY l0 \"lol\">{levels}]><{root}>{inner}</{root}>");
    refused("a billion laughs", bomb("plist", "<string>&l9;</string>").as_bytes(), Code::MalformedArtefact);
    refused("the same in SyncML", bomb("SyncML", "&l9;").as_bytes(), Code::MalformedArtefact);
    let report = bomb("MDMEnterpriseDiagnosticsReport", "&l9;");
    refused("the same in a report", report.as_bytes(), Code::MalformedArtefact);
    let long =
        format!("<!DOCTYPE plist [<!ENTITY a \"{}\">]><plist>{}</plist>", "a".repeat(1 << 20), "&a;".repeat(100_000));
    refused("one long entity, often", long.as_bytes(), Code::MalformedArtefact);
    let outside = "<!DOCTYPE plist SYSTEM \"file:///dev/zero\" [<!ENTITY % x SYSTEM \"http://localhost/x\"> %x;]><plist><true/></plist>";
    refused("a document type elsewhere", outside.as_bytes(), Code::MalformedArtefact);
}

/// Of binary property lists: §2.2, and what their offsets and references may lead to.
#[test]
fn binary_property_lists_lead_nowhere_else() {
    // Objects, and which of them is the whole.
    let bplist = |objects: &[&[u8]]| {
        let mut bytes = b"bplist00".to_vec();
        let mut table = Vec::new();
        for object in objects {
            table.push(bytes.len() as u8);
            bytes.extend(*object);
        }
        let at = bytes.len() as u64;
        bytes.extend(&table);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        [objects.len() as u64, 0, at].into_iter().for_each(|number| bytes.extend(number.to_be_bytes()));
        bytes
    };
    let nan = [&[0x33][..], &f64::NAN.to_be_bytes()].concat();
    for (what, objects) in [
        ("a list in itself", &[&[0xA1, 0][..]][..]),
        ("two lists in each other", &[&[0xA1, 1], &[0xA1, 0]]),
        ("a dictionary in itself", &[&[0xD1, 1, 0], &[0x51, b'k']]),
        ("a reference to nothing", &[&[0xA1, 9]]),
        ("a key twice", &[&[0xD2, 1, 1, 1, 1], &[0x51, b'k']]),
        ("a key that is a number", &[&[0xD1, 1, 1], &[0x10, 1]]),
        ("a date that is no number", &[&nan]),
        ("1 GiB of data", &[&[0x4F, 0x12, 0x40, 0, 0, 0]]),
        ("a list of a billion", &[&[0xAF, 0x12, 0x40, 0, 0, 0]]),
        ("text that is no UTF-16", &[&[0x61, 0xD8, 0x00]]),
        ("text that is no ASCII", &[&[0x51, 0xFF]]),
        ("a number of 2^15 bytes", &[&[0x1F, 0]]),
    ] {
        refused(what, &bplist(objects), Code::MalformedArtefact);
    }
    let mut behind = bplist(&[&[0x09]]);
    let end = behind.len();
    behind[end - 1] = 0xFF;
    refused("a table behind the end", &behind, Code::MalformedArtefact);
    refused("nothing but its name", b"bplist00", Code::MalformedArtefact);
    let deep: Vec<[u8; 2]> = (1..=200).map(|n| [0xA1, n]).collect();
    let mut objects: Vec<&[u8]> = deep.iter().map(|object| &object[..]).collect();
    objects.push(&[0x09]);
    refused("200 lists deep", &bplist(&objects), Code::MalformedArtefact);
}

/// Names by malice: what no system would keep as it is, or what people would read as another.
#[test]
fn hostile_names_end_in_a_coded_error() {
    let long = "a".repeat(300);
    let deep = "a/".repeat(3000) + "a";
    let names = [
        "CON",
        "d/nul.json",
        "Lpt1.xml",
        "aux",
        "com1.mobileconfig",
        "a\n.json",
        "a\u{1b}]0;x\u{7}.json",
        "a\u{7f}.json",
        "a\u{202e}nosj.exe",
        "\u{2066}a.json",
        "a\u{200f}.json",
        "/etc/passwd",
        "C:x",
        "\\\\host\\x",
        "a//b",
        "./.",
        "a/./b",
        "a/..",
        "",
        &long,
        &deep,
    ];
    for name in names {
        let what = name.escape_debug().to_string();
        let what = &what[..what.len().min(40)];
        let good = ("good.mobileconfig", PROFILE.as_bytes());
        let read = refused(what, &zipped(&[(name, PROFILE.as_bytes()), good]), Code::RefusedEntry);
        assert!(read.iter().any(|reading| reading.name == "a/good.mobileconfig"), "{what}");
    }
    // Names that are no text, which only the bytes of an archive can have.
    let mut tar = tarred("x.mobileconfig", PROFILE.as_bytes());
    tar[0] = 0xFF;
    // The checksum counts every byte of the header.
    let sum: u32 = tar[..512]
        .iter()
        .enumerate()
        .map(|(n, byte)| if (148..156).contains(&n) { 32 } else { u32::from(*byte) })
        .sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let read = refused("a name that is no UTF-8", &tar, Code::RefusedEntry);
    assert!(read.iter().all(|reading| reading.faults.iter().all(|fault| !fault.message.contains('\u{fffd}'))));
}

/// What is no file: links, devices, folders in place of files.
#[test]
fn entries_that_are_no_files_are_left() {
    use tar::EntryType;
    let kinds = [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo];
    for kind in kinds {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, "link.json", "/etc/passwd").unwrap();
        refused(&format!("{kind:?}"), &builder.into_inner().unwrap(), Code::RefusedEntry);
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("link.json", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    refused("a link in a zip", &writer.finish().unwrap().into_inner(), Code::RefusedEntry);
    for (what, inner) in [
        ("a tar in a zip", tarred("x.json", b"{}")),
        ("a tar.gz in a zip", gzipped(&tarred("x.json", b"{}"))),
        ("a bomb in a bomb", zipped(&[("a.zip", &zipped(&[("zeros", &vec![0u8; 1 << 20])]))])),
    ] {
        refused(what, &zipped(&[("inner", &inner)]), Code::RefusedEntry);
    }
    refused("a file twice", &[0, 1].map(|_| tarred("x.json", b"{}")[..1024].to_vec()).concat(), Code::RefusedEntry);
    let many: Vec<(String, Vec<u8>)> = (0..10_001).map(|n| (n.to_string(), Vec::new())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    refused("10,001 entries of a zip", &zipped(&many), Code::UnreadableArchive);
}

/// Sources by malice (§1.3): each ends in a code, and as soon as in rust.md.
#[test]
fn hostile_sources_end_in_a_coded_error() {
    let check = |what: &str, text: String, code: Code| {
        let began = Instant::now();
        let file =
            |path: &str, text: &[u8]| SourceFile { path: path.to_owned(), content: Content::Bytes(text.to_vec()) };
        let organisation = b"organisation: acme\nname: Acme\nidentifier: org.example.acme\n";
        let path = "policy-sources/acme/policy.yaml";
        let sources = Sources::new(vec![
            file("policy-sources/acme/organisation.yaml", organisation),
            file(path, text.as_bytes()),
        ]);
        let request = policyc::Request { as_of: policyc::setting::Date::new(2026, 1, 1).unwrap() };
        let compiled = policyc::compile(&sources, &Catalogue::embedded(), &request);
        assert!(began.elapsed() < Duration::from_secs(60), "{what} took {:?}", began.elapsed());
        let codes: Vec<Code> = compiled.found.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&code), "{what}: {codes:?}");
    };
    let bomb: String =
        (1..10).map(|n| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "))).collect();
    let cases = [
        ("mappings in mappings", "{a: ".repeat(100_000), Code::TooDeep),
        ("lists in lists", "[".repeat(100_000), Code::TooDeep),
        ("dashes", "- ".repeat(100_000), Code::TooDeep),
        ("keys that are keys", "? ".repeat(100_000), Code::ForbiddenYaml),
        ("aliases of aliases", format!("l0: &l0 lol\n{bomb}"), Code::ForbiddenYaml),
        ("200,000 anchors", (0..200_000).map(|n| format!("- &a{n} x\n")).collect(), Code::ForbiddenYaml),
        ("a merge key", "a: { b: c }\nd: { <<: { e: f } }\n".to_owned(), Code::ForbiddenYaml),
        ("a tag", "a: !!python/object x\n".to_owned(), Code::ForbiddenYaml),
        ("300,000 values", format!("[{}1]", "1,".repeat(300_000)), Code::TooLarge),
        ("5 MiB", "#".repeat(5 << 20), Code::TooLarge),
        ("a text of 2 MiB", format!("a: {}", "x".repeat(2 << 20)), Code::TooLarge),
    ];
    for (what, text, code) in cases {
        check(what, text, code);
    }
}
