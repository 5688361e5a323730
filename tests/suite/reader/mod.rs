//! Files of anybody's: what we write reads back, and no bytes bring the readers down, hostile or broken ones.

mod hostile;

use super::project::{files, root, say};
use policyc::backend::{self, Format};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::{Code, Severity};
use policyc::reader::{self, Given, Kind, Reader, Reading};
use policyc::release::cms::{Certificate, Chain, Encoding, Identity, Key, Placement, Time, sign};
use policyc::setting::Setting;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};

fn every(folder: &Path) -> Vec<(String, Vec<u8>)> {
    files(folder).into_iter().map(|(path, file)| (path, std::fs::read(file).unwrap())).collect()
}

fn given(files: &[(String, Vec<u8>)]) -> Vec<Given<'_>> {
    files.iter().map(|(name, bytes)| Given { name, bytes }).collect()
}

/// Settings without their places, in the order of their addresses.
fn plain(readings: &[&Reading]) -> Vec<Setting> {
    let bare = |setting: &Setting| Setting::found(setting.address.clone(), setting.value.clone());
    let mut settings: Vec<Setting> = readings.iter().flat_map(|reading| reading.settings()).map(bare).collect();
    settings.sort_by(|a, b| a.address.cmp(&b.address));
    settings
}

#[test]
fn what_is_approved_reads_back_with_the_settings_that_it_holds() {
    let catalogue = Catalogue::embedded();
    let files = every(&root().join("golden"));
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let all = reader::read(&given(&files), &catalogue);
    for (path, bytes) in files.iter().filter(|(path, _)| !path.ends_with(".md")) {
        let inside = format!("{path}/");
        let own: Vec<&Reading> =
            all.readings.iter().filter(|r| r.name == *path || r.name.starts_with(&inside)).collect();
        own.iter().for_each(|reading| *kinds.entry(reading.kind.clone()).or_default() += 1);
        assert!(!own.is_empty(), "{path} has no verdict");
        for reading in &own {
            let found: Vec<_> = reading.faults.iter().collect();
            assert!(found.is_empty(), "{path}: {found:?}");
            assert_eq!(reading.residue, [], "{path}");
            assert!(reading.unknown.is_empty(), "{path}");
        }
        let format = backend::format_of(path).unwrap();
        let expected = backend::decode(format, bytes, &catalogue).unwrap().settings;
        assert_eq!(plain(&own), expected, "{path}");
        assert_eq!(format == Format::Command, own[0].kind == Kind::Command, "{path}");
    }
    let seen: Vec<&str> = kinds.keys().map(Kind::word).collect();
    for kind in
        ["profile", "declaration", "syncml", "settings-catalogue", "custom-profile", "compliance-policy", "index"]
    {
        assert!(seen.contains(&kind), "golden/ has no {kind}: {kinds:?}");
    }
}

/// Files of other people's are not ours to publish: whoever has some names their folder.
#[test]
fn foreign_files_all_have_a_verdict() {
    let Some(folder) = std::env::var_os("POLICYC_FOREIGN") else {
        say("reader: not held against foreign files, because none are given (set POLICYC_FOREIGN to their folder)");
        return;
    };
    let catalogue = Catalogue::embedded();
    let files = every(Path::new(&folder));
    let began = Instant::now();
    let all = reader::read(&given(&files), &catalogue);
    let took = began.elapsed();
    let mut kinds: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    let verbose = std::env::var_os("POLICYC_FOREIGN_VERBOSE").is_some();
    for reading in &all.readings {
        let row = kinds.entry(reading.kind.word()).or_default();
        row[0] += 1;
        row[1] += reading.items.len();
        row[2] += usize::from(reading.is_malformed());
        row[3] += reading.residue.len();
        row[4] += reading.unknown.len();
        if verbose {
            for fault in reading.faults.iter() {
                let place = match &fault.place {
                    policyc::diagnostic::Place::Source(span) => format!("{:?}", all.sources.line_column(*span)),
                    policyc::diagnostic::Place::Artefact { .. } => String::new(),
                };
                say(&format!("  {} {place} [{}] {}", reading.name, fault.code, fault.message));
            }
            for left in &reading.residue {
                say(&format!("  {}: residue {}: {:.120}", reading.name, left.place, left.what));
            }
        }
    }
    say(&format!("reader: {} files, {} readings in {took:?}", files.len(), all.readings.len()));
    for (kind, [count, items, malformed, residue, unknown]) in kinds {
        say(&format!(
            "  {kind}: {count}, {items} settings, {malformed} malformed, {residue} residue, {unknown} unknown"
        ));
    }
    let named = |name: &str| {
        let inside = [format!("{name}/"), format!("{name}[")];
        let is_its =
            |reading: &Reading| reading.name == *name || inside.iter().any(|start| reading.name.starts_with(start));
        all.readings.iter().any(is_its)
    };
    files.iter().for_each(|(name, _)| assert!(named(name), "{name} has no verdict"));
    let again = files.iter().filter(|(_, bytes)| is_the_same_in_binary(bytes, &catalogue)).count();
    say(&format!("reader: {again} property lists say the same in binary, as another package writes it"));
}

/// Whether a profile has the settings that it has as another reader reads it and writes it in binary; false for what that cannot read.
fn is_the_same_in_binary(bytes: &[u8], catalogue: &Catalogue) -> bool {
    let Ok(value) = plist::Value::from_reader_xml(bytes) else { return false };
    let mut packed = Vec::new();
    plist::to_writer_binary(&mut packed, &value).unwrap();
    let reader = Reader::new(catalogue);
    let name = "com.example.app.plist";
    let of = |bytes: &[u8]| reader.read(Given { name, bytes });
    let (text, binary) = (of(bytes), of(&packed));
    // What one of them refuses cannot be compared.
    if text.iter().chain(&binary).any(Reading::is_malformed) {
        return false;
    }
    let settings = |readings: &[Reading]| plain(&readings.iter().collect::<Vec<_>>());
    assert_eq!(settings(&text), settings(&binary), "{}", String::from_utf8_lossy(bytes));
    true
}

#[test]
fn approved_profiles_say_the_same_in_binary() {
    let catalogue = Catalogue::embedded();
    let files = every(&root().join("golden"));
    let profiles: Vec<_> = files.iter().filter(|(path, _)| path.ends_with(".mobileconfig")).collect();
    assert!(profiles.len() > 5);
    profiles.iter().for_each(|(path, bytes)| assert!(is_the_same_in_binary(bytes, &catalogue), "{path}"));
}

/// A signer of `tests/keys/`.
fn signed(content: &[u8]) -> Vec<u8> {
    let file = |name: &str| std::fs::read(root().join("tests/keys").join(name)).unwrap();
    let certificates = |name: &str| Certificate::read(&file(&format!("{name}.pem"))).unwrap();
    let key = Key::read(&file("p256.key"), None).unwrap();
    let chain: Vec<Certificate> = ["root", "intermediate", "p256"].into_iter().flat_map(certificates).collect();
    let identity = Identity::new(key, Chain::order(chain, None).unwrap()).unwrap();
    let then = Time::from_unix(1_795_000_000 + 180 * 86_400).unwrap();
    sign(content, &identity, then, Placement::Enclosed).unwrap()
}

const PROFILE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadType</key>
			<string>com.apple.applicationaccess</string>
			<key>allowCamera</key>
			<false/>
			<key>data</key>
			<data>AAECAw==</data>
			<key>when</key>
			<date>2026-01-31T12:00:00Z</date>
		</dict>
		<dict>
			<key>PayloadType</key>
			<string>com.apple.ManagedClient.preferences</string>
			<key>PayloadContent</key>
			<dict>
				<key>com.example.app</key>
				<dict>
					<key>Forced</key>
					<array><dict><key>mcx_preference_settings</key><dict><key>k</key><real>1.5</real></dict></dict></array>
				</dict>
			</dict>
		</dict>
	</array>
	<key>PayloadType</key>
	<string>Configuration</string>
</dict>
</plist>
";

fn binary(xml: &str) -> Vec<u8> {
    let value = plist::Value::from_reader_xml(xml.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    plist::to_writer_binary(&mut bytes, &value).unwrap();
    bytes
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// One file of each kind.
fn of_each_kind() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let custom = r##"{"value": [{"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "omaSettings": [{"@odata.type":
        "#microsoft.graph.omaSettingStringXml", "omaUri": "./Device/Vendor/MSFT/X", "value": "PGEvPg=="}]}]}"##;
    let policy = r##"{"name": "x", "platforms": "windows10", "settings": [{"settingInstance": {"settingDefinitionId":
        "device_vendor_msft_bitlocker_systemdrivesminimumpinlength", "choiceSettingValue": {"value":
        "device_vendor_msft_bitlocker_systemdrivesminimumpinlength_1", "children": [{"settingDefinitionId":
        "device_vendor_msft_bitlocker_systemdrivesminimumpinlength_minpinlength", "simpleSettingValue": {"value": 6}}]}}}]}"##;
    let report = "<MDMEnterpriseDiagnosticsReport><PolicyManager><currentPolicies><PolicyScope>Device</PolicyScope><CurrentPolicyValues>\
        <PolicyAreaName>Camera</PolicyAreaName><AllowCamera>0</AllowCamera></CurrentPolicyValues></currentPolicies></PolicyManager>\
        </MDMEnterpriseDiagnosticsReport>";
    let syncml = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Atomic><CmdID>1</CmdID><Replace><Item><Target><LocURI>./Device/Vendor/MSFT/BitLocker/\
        SystemDrivesMinimumPINLength</LocURI></Target><Data><![CDATA[<enabled/><data id=\"MinPINLength\" value=\"6\"/>]]></Data>\
        </Item></Replace></Atomic><Final/></SyncBody></SyncML>";
    let list = format!(
        "<plist version='1.0'><dict><key>ProfileList</key><array>{}</array></dict></plist>",
        "<dict><key>PayloadIdentifier</key><string>x</string></dict>"
    );
    vec![
        ("profile", text(PROFILE)),
        ("binary profile", binary(PROFILE)),
        ("signed profile", signed(PROFILE.as_bytes())),
        ("syncml", text(syncml)),
        ("report", text(report)),
        ("custom profile", text(custom)),
        ("custom profile in utf-16", [b"\xFF\xFE".to_vec(), wide(custom)].concat()),
        ("policy", text(policy)),
        (
            "declaration",
            text("{\"Type\": \"com.apple.configuration.passcode.settings\", \"Payload\": {\"MinimumLength\": 6}}"),
        ),
        ("list", text(&list)),
        ("printed", text("_computerlevel[1] attribute: name: x\n_computerlevel[1]   payload[1] type = y\n")),
        ("zip", zipped(&[("a/x.mobileconfig", PROFILE.as_bytes()), ("b.json", policy.as_bytes())])),
        ("tar.gz", gzipped(&tarred("x.mobileconfig", PROFILE.as_bytes()))),
    ]
}

fn tarred(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, name, bytes).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn signed_files_are_read_with_a_verdict_on_their_signature() {
    let catalogue = Catalogue::embedded();
    let reader = Reader::new(&catalogue);
    let plain = reader.read(Given { name: "a", bytes: PROFILE.as_bytes() });
    let settings: Vec<Setting> = plain[0].settings().cloned().collect();
    let read = |bytes: &[u8], encoding: Encoding, code: Option<Code>| {
        let [reading] = &reader.read(Given { name: "a", bytes })[..] else { panic!("not one reading") };
        assert_eq!(reading.settings().cloned().collect::<Vec<_>>(), settings);
        let signature = reading.signature.clone().unwrap();
        assert_eq!((signature.encoding, signature.signers.len(), signature.is_intact), (encoding, 1, code.is_none()));
        assert_eq!(reading.faults.iter().map(|fault| fault.code).next(), code);
    };
    let mut der = signed(PROFILE.as_bytes());
    read(&der, Encoding::Der, None);
    let text = base64(&der);
    read(format!("-----BEGIN PKCS7-----\n{text}-----END PKCS7-----\n").as_bytes(), Encoding::Pem, None);
    // A signature alone says nothing of what another file holds.
    let detached = std::fs::read(root().join("tests/fuzz/corpus/signed/detached.p7s")).unwrap();
    let [alone] = &reader.read(Given { name: "a.p7s", bytes: &detached })[..] else { panic!("not one reading") };
    let codes: Vec<Code> = alone.faults.iter().map(|fault| fault.code).collect();
    assert_eq!((codes, &alone.signature), (vec![Code::UnknownFormat], &None));
    // The last byte belongs to the signature.
    let last = der.len() - 1;
    der[last] ^= 1;
    read(&der, Encoding::Der, Some(Code::SignatureMismatch));
}

#[test]
fn streamed_signatures_are_opened() {
    let keys = root().join("tests/keys");
    let file = |name: &str| keys.join(name).to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content");
    std::fs::write(&content, PROFILE).unwrap();
    let (signer, key) = (file("rsa.pem"), file("rsa.key"));
    let given = ["cms", "-sign", "-binary", "-nodetach", "-stream", "-indef", "-outform", "DER", "-signer", &signer];
    let output = std::process::Command::new("openssl").args(given).args(["-inkey", &key, "-in"]).arg(&content).output();
    let bytes = match output {
        Ok(output) if output.status.success() => output.stdout,
        _ => return say("reader: no streamed signature read, because there is no openssl"),
    };
    let catalogue = Catalogue::embedded();
    let [reading] = &Reader::new(&catalogue).read(Given { name: "a", bytes: &bytes })[..] else {
        panic!("not one reading")
    };
    let signature = reading.signature.as_ref().unwrap();
    assert_eq!((signature.encoding, signature.is_intact, reading.is_malformed()), (Encoding::Ber, true, false));
    assert_eq!(reading.items.len(), 4);
}

/// Lines of base64, by no package of ours.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, three) in bytes.chunks(3).enumerate() {
        let number = three.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[(number >> (18 - 6 * place) & 63) as usize]);
            out.push(if place > three.len() { '=' } else { digit });
        }
        if n % 16 == 15 {
            out.push('\n');
        }
    }
    out + "\n"
}

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// One wrong turn: a bit, a cut, or a piece of the file or of another put elsewhere.
fn mutated(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(out.len());
        match dice.below(5) {
            0 if !out.is_empty() => out[at] ^= 1 << dice.below(8),
            1 => out.truncate(at),
            2 => {
                let end = (at + dice.below(40)).min(out.len());
                out.drain(at..end);
            }
            3 => {
                let piece = dice.below(other.len());
                let end = (piece + dice.below(60)).min(other.len());
                out.splice(at..at, other[piece..end].iter().copied());
            }
            _ if !out.is_empty() => out[at] = b"<>&\"{}[]\0\xFF0x\n"[dice.below(13)],
            _ => {}
        }
    }
    out
}

#[test]
fn no_mutation_brings_a_reader_down() {
    const ROUNDS: usize = 400;
    let catalogue = Catalogue::embedded();
    let reader = Reader::new(&catalogue);
    let all = of_each_kind();
    for (n, (kind, bytes)) in all.iter().enumerate() {
        let whole = reader.read(Given { name: "a", bytes });
        assert!(whole.iter().any(|reading| reading.kind != Kind::Unknown), "{kind}");
        assert!(!whole.iter().any(Reading::is_malformed), "{kind}");
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ n as u64);
        for round in 0..ROUNDS {
            let other = &all[dice.below(all.len())].1;
            let broken = mutated(bytes, other, &mut dice);
            let began = Instant::now();
            let read = reader.read(Given { name: "a", bytes: &broken });
            assert!(!read.is_empty(), "{kind}, round {round}");
            assert!(began.elapsed() < Duration::from_secs(60), "{kind}, round {round}");
        }
    }
}

/// What a finding about a name would point at.
#[test]
fn names_have_places_of_their_own() {
    let catalogue = Catalogue::embedded();
    let check = |bytes: &[u8], owner: &str, key: Option<&str>| {
        let all = reader::read(&[Given { name: "a", bytes }], &catalogue);
        let setting = all.readings.iter().flat_map(Reading::settings).next().unwrap();
        let text = |span: policyc::source::Span| &all.sources.text(span.file)[span.start as usize..span.end as usize];
        assert_eq!(text(setting.names.owner), owner);
        assert_eq!(setting.names.keys.last().map(|span| text(*span)), key);
    };
    check(PROFILE.as_bytes(), "<string>com.apple.applicationaccess</string>", Some("allowCamera"));
    let all = of_each_kind();
    let of = |kind: &str| &all.iter().find(|(name, _)| *name == kind).unwrap().1;
    let kind = "\"com.apple.configuration.passcode.settings\"";
    check(of("declaration"), kind, Some("MinimumLength"));
    check(of("custom profile"), "\"./Device/Vendor/MSFT/X\"", None);
    check(of("policy"), "\"device_vendor_msft_bitlocker_systemdrivesminimumpinlength\"", None);
    check(of("syncml"), "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength", None);
}

#[test]
fn one_bad_file_stops_no_batch() {
    let catalogue = Catalogue::embedded();
    let mut files: Vec<(String, Vec<u8>)> =
        of_each_kind().into_iter().map(|(kind, bytes)| (format!("{kind}.x"), bytes)).collect();
    files.push(("broken.mobileconfig".to_owned(), b"<plist><dict><key>".to_vec()));
    files.push(("empty".to_owned(), Vec::new()));
    let all = reader::read(&given(&files), &catalogue);
    let names: Vec<&String> = all.readings.iter().map(|reading| &reading.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert!(files.iter().all(|(name, _)| names.iter().any(|read| read.starts_with(name.as_str()))), "{names:?}");
    let errors = |reading: &&Reading| reading.faults.count(Severity::Error) > 0;
    let broken: Vec<&str> = all.readings.iter().filter(errors).map(|reading| reading.name.as_str()).collect();
    assert_eq!(broken, ["broken.mobileconfig"]);
    // Whatever order files come in, the same is said of them.
    files.reverse();
    let again = reader::read(&given(&files), &catalogue);
    assert_eq!(format!("{:?}", again.readings), format!("{:?}", all.readings));
}
