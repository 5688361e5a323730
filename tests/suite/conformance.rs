//! One suite over every back end: what is written is read back, the same settings give the same bytes in whatever order they
//! come, and no file makes a reader panic or hang. A new back end is met here by its line in `BACKENDS`.

use crate::generated::{groups, runner, setting, settings, text};
use policyc::backend::fill::{Secrets, asked, fill};
use policyc::backend::{self, Artefact, BACKENDS, Backend};
use policyc::catalogue::Catalogue;
use policyc::check::{self, Checked};
use policyc::diagnostic::{Diagnostics, Severity};
use policyc::setting::{Address, Channel, Family, Leaf, Secret, Setting, Target, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) fn checked(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>) -> Checked {
    check::against(catalogue, target, settings, &mut Diagnostics::default())
}

/// Of made-up settings those that the group's back ends can write. Refusals have tests of their own.
fn writable(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>) -> Checked {
    let is_refused = |settings: &[Setting]| {
        let mut found = Diagnostics::default();
        backend::encode(&checked(catalogue, target, settings.to_vec()), catalogue, &mut found);
        found.has_errors()
    };
    if !is_refused(&settings) {
        return checked(catalogue, target, settings);
    }
    let nodes = settings.chunk_by(|a, b| a.address.carrier() == b.address.carrier());
    let kept = nodes.filter(|node| !is_refused(node)).flatten().cloned().collect();
    checked(catalogue, target, kept)
}

pub(crate) fn encoded(checked: &Checked, catalogue: &Catalogue) -> Vec<Artefact> {
    let mut found = Diagnostics::default();
    let artefacts = backend::encode(checked, catalogue, &mut found);
    let errors: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    artefacts
}

/// Address → value over every file of a build, after each file has been looked at by itself.
fn read_back(artefacts: &[Artefact], catalogue: &Catalogue) -> BTreeMap<Address, Value> {
    let mut all = BTreeMap::new();
    for artefact in artefacts {
        assert_eq!(backend::format_of(&artefact.path), Some(artefact.format), "{}", artefact.path);
        let decoded = backend::decode_at(&artefact.path, &artefact.bytes, catalogue).unwrap_or_else(|fault| {
            panic!("{}: {fault:?}\n{}", artefact.path, String::from_utf8_lossy(&artefact.bytes))
        });
        assert_eq!(decoded.residue, [], "{}", artefact.path);
        let addresses: Vec<Address> = decoded.settings.iter().map(|setting| setting.address.clone()).collect();
        assert_eq!(addresses, artefact.holds, "{}", artefact.path);
        all.extend(decoded.settings.into_iter().map(|setting| (setting.address, setting.value)));
    }
    all
}

fn each_backend(run: impl Fn(&Backend)) {
    assert!(BACKENDS.len() >= 6);
    BACKENDS.iter().for_each(run);
}

#[test]
fn what_is_written_is_read_back() {
    let catalogue = Catalogue::embedded();
    each_backend(|backend| {
        let strategy = (settings(backend.family), prop::sample::select(groups(backend)));
        let written = std::cell::Cell::new(0);
        let law = |(settings, target): (Vec<Setting>, Target)| {
            let checked = writable(&catalogue, &target, settings);
            let artefacts = encoded(&checked, &catalogue);
            let expected: BTreeMap<Address, Value> =
                checked.settings().iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect();
            prop_assert_eq!(read_back(&artefacts, &catalogue), expected);
            written.set(written.get() + checked.settings().len());
            Ok(())
        };
        runner(96).run(&strategy, law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
        assert!(written.get() > 500, "{:?}: only {} settings got past the check", backend.format, written.get());
    });
}

/// The settings with each secret replaced by its value: as text, as bytes, and in a document as that document escapes it.
fn in_clear(settings: &[Setting], secrets: &Secrets) -> Vec<Setting> {
    fn clear(value: &mut Value, secrets: &Secrets) {
        let of = |name: &String| secrets[name].to_vec();
        match value {
            Value::Secret(Secret::Text(name)) => *value = Value::Text(String::from_utf8(of(name)).unwrap()),
            Value::Secret(Secret::Data(name)) => *value = Value::Data(of(name)),
            Value::Array(items) => items.iter_mut().for_each(|item| clear(&mut item.value, secrets)),
            Value::Dictionary(entries) => entries.values_mut().for_each(|entry| clear(&mut entry.value, secrets)),
            _ => {}
        }
    }
    let mut settings = settings.to_vec();
    settings.iter_mut().for_each(|setting| clear(&mut setting.value, secrets));
    settings
}

#[test]
fn filling_in_a_secret_writes_what_encoding_its_value_would() {
    let catalogue = Catalogue::embedded();
    each_backend(|backend| {
        // What only looks like a number, a truth or a list is one on a node whose template is not known.
        let secret = text().prop_map(|text| format!("s{}", text.replace(['\r', '\u{F000}'], "&<>\"'")));
        let strategy = (settings(backend.family), vec(secret, 3), prop::sample::select(groups(backend)));
        let filled = std::cell::Cell::new(0);
        let law = |(settings, values, target): (Vec<Setting>, Vec<String>, Target)| {
            let written = writable(&catalogue, &target, settings);
            let names = written.settings().iter().flat_map(|setting| setting.value.secrets());
            let secrets: Secrets =
                names.map(|name| (name.to_owned(), values[name.len() % 3].clone().into_bytes().into())).collect();
            let marked = encoded(&written, &catalogue);
            let clear = encoded(&checked(&catalogue, &target, in_clear(written.settings(), &secrets)), &catalogue);
            prop_assert_eq!(marked.len(), clear.len());
            for (marked, clear) in marked.iter().zip(&clear) {
                prop_assert_eq!(&marked.path, &clear.path);
                let given = fill(marked.format, &marked.bytes, &secrets).unwrap();
                prop_assert_eq!(String::from_utf8_lossy(&given), String::from_utf8_lossy(&clear.bytes));
                filled.set(filled.get() + asked(&marked.bytes).len());
            }
            Ok(())
        };
        runner(96).run(&strategy, law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
        // What devices are judged by holds no secret.
        let least = if backend.family == Family::Compliance { 0 } else { 51 };
        assert!(filled.get() >= least, "{:?}: only {} secrets were filled in", backend.format, filled.get());
    });
}

// rows: C3
#[test]
fn the_order_of_the_settings_changes_no_byte() {
    let catalogue = Catalogue::embedded();
    each_backend(|backend| {
        let strategy = (settings(backend.family), any::<prop::sample::Index>(), prop::sample::select(groups(backend)));
        let law = |(mut settings, at, target): (Vec<Setting>, prop::sample::Index, Target)| {
            settings = writable(&catalogue, &target, settings).settings().to_vec();
            let first = encoded(&checked(&catalogue, &target, settings.clone()), &catalogue);
            if !settings.is_empty() {
                let middle = at.index(settings.len());
                settings.rotate_left(middle);
                settings[..middle].reverse();
            }
            prop_assert_eq!(&first, &encoded(&checked(&catalogue, &target, settings), &catalogue));
            Ok(())
        };
        runner(32).run(&strategy, law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
    });
}

#[test]
fn random_bytes_are_refused_and_never_panic() {
    let catalogue = Catalogue::embedded();
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "/",
        "&",
        ";",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<!DOCTYPE",
        "[",
        "<plist>",
        "</plist>",
        "<dict>",
        "</dict>",
        "<key>",
        "</key>",
        "<array/>",
        "PayloadType",
        "<Replace>",
        "</Replace>",
        "<Item>",
        "<Data>",
        "&#xF000;",
        "\0",
        "é",
        "\u{FEFF}",
        " ",
        "\"",
        "=",
        "{",
        "}",
        ":",
        ",",
        "\"Type\"",
        "\"Payload\"",
        "\"com.apple.asset.data\"",
        "1e9",
        "null",
        "\\ud800",
    ]);
    let noise =
        prop_oneof![vec(any::<u8>(), 0..200), vec(pieces, 0..60).prop_map(|pieces| pieces.concat().into_bytes())];
    each_backend(|backend| {
        let law = |bytes: Vec<u8>| {
            let _ = backend::decode(backend.format, &bytes, &catalogue);
            Ok(())
        };
        runner(1000).run(&noise, law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
        for junk in [&b""[..], b"\0", b"\xFF\xFE<\0", b"bplist00\x00", b"0\x82\x01\x00", b"{}", b"<a/>", b"plain text"]
        {
            assert!(backend::decode(backend.format, junk, &catalogue).is_err(), "{:?}: {junk:?}", backend.format);
        }
    });
}

#[test]
fn damaged_artefacts_never_panic() {
    let catalogue = Catalogue::embedded();
    each_backend(|backend| {
        let target = groups(backend).remove(0);
        let (settings, damage) = (settings(backend.family), vec((any::<prop::sample::Index>(), any::<u8>()), 1..4));
        let law = |(settings, damage): (Vec<Setting>, Vec<(prop::sample::Index, u8)>)| {
            for artefact in encoded(&writable(&catalogue, &target, settings), &catalogue).iter().take(2) {
                let mut bytes = artefact.bytes.clone();
                for (at, byte) in &damage {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                let _ = backend::decode(backend.format, &bytes, &catalogue);
                let _ = backend::decode(backend.format, &bytes[..damage[0].0.index(bytes.len())], &catalogue);
            }
            Ok(())
        };
        runner(64).run(&(settings, damage), law).unwrap_or_else(|failure| panic!("{:?}: {failure}", backend.format));
    });
}

#[test]
fn an_artefact_cut_short_is_refused() {
    let catalogue = Catalogue::embedded();
    for (backend, settings) in BACKENDS.iter().zip(one_of_each()) {
        let target = groups(backend).remove(0);
        let artefacts = encoded(&checked(&catalogue, &target, vec![settings]), &catalogue);
        let [artefact] = artefacts.as_slice() else { panic!("{:?}: {} files", backend.format, artefacts.len()) };
        let whole = artefact.bytes.trim_ascii_end().len();
        for length in 0..whole {
            let cut = &artefact.bytes[..length];
            let fault = backend::decode(backend.format, cut, &catalogue).expect_err("a cut file");
            assert!(fault.0.starts_with("line "), "{fault:?}");
        }
    }
}

/// A setting for each back end, in their order.
fn one_of_each() -> Vec<Setting> {
    let made = |backend: &Backend| {
        let (owner, leaf) = match backend.family {
            Family::Profile => ("com.example.a".to_owned(), Leaf::Keys(vec!["key".to_owned()])),
            Family::Csp => ("./Device/Vendor/MSFT/Example/Node".to_owned(), Leaf::Node),
            // Of an asset, a group gets one file alone.
            Family::Declaration => ("com.apple.asset.made-up".to_owned(), Leaf::Keys(vec!["key".to_owned()])),
            Family::Command => ("MadeUp".to_owned(), Leaf::Keys(vec!["key".to_owned()])),
            Family::Compliance => {
                ("macOSCompliancePolicy".to_owned(), Leaf::Keys(vec!["passwordMinimumLength".to_owned()]))
            }
        };
        let address = Address { family: backend.family, channel: Channel::Device, owner, instance: None, leaf };
        // Graph knows a number there.
        let value = if backend.family == Family::Compliance { Value::Integer(6) } else { Value::text("ü & <") };
        setting(address, value, None)
    };
    BACKENDS.iter().map(made).collect()
}

#[test]
fn deep_and_large_files_are_refused_at_once() {
    let catalogue = Catalogue::embedded();
    let hostile = [
        "<dict>".repeat(1_000_000),
        "<array>".repeat(100_000) + &"</array>".repeat(100_000),
        "<plist><array>".to_owned() + &"<true/>".repeat(1_000_000) + "</array></plist>",
        "<Replace/>".repeat(1_000_000),
        "<Get/>".repeat(240_000),
        "<Atomic>".repeat(100_000),
        format!("<plist {}/>", (0..50_000).map(|n| format!(" a{n}='1'")).collect::<String>()),
        " ".repeat(17 << 20),
        "<!DOCTYPE plist [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><plist><string>&b;</string></plist>"
            .to_owned(),
        "&".repeat(1_000_000),
        "<!--".repeat(100_000),
        "[".repeat(1_000_000),
        "{\"a\":".repeat(100_000),
        format!("[{}1]", "1,".repeat(1_000_000)),
        format!("{{\"Type\":\"a\",\"Payload\":{{\"a\":{}}}}}", "9".repeat(1_000_000)),
    ];
    each_backend(|backend| {
        for text in &hostile {
            let read = backend::decode(backend.format, text.as_bytes(), &catalogue);
            // Commands that set nothing are no fault, however many.
            assert!(read.is_err() || text.starts_with("<Get/>"), "{:?}: {:.40}", backend.format, text);
        }
    });
}

#[test]
fn nothing_asked_for_is_no_file() {
    let catalogue = Catalogue::embedded();
    each_backend(|backend| {
        for target in groups(backend) {
            assert_eq!(encoded(&checked(&catalogue, &target, Vec::new()), &catalogue), []);
        }
    });
}

/// A file with something in it that no back end writes, in the syntax of the file.
fn with_something_unknown(text: &str) -> String {
    let after = |mark: &str, more: &str| text.replacen(mark, &format!("{mark}{more}"), 1);
    match text {
        json if json.starts_with('{') => after("{", "\"unheardOf\": [1],"),
        plist if plist.contains("<plist") => after("<dict>", "<key>UnheardOf</key><integer>1</integer>"),
        xml => format!("<Get><CmdID>9</CmdID><Item><Target><LocURI>./UnheardOf</LocURI></Target></Item></Get>{xml}"),
    }
}

#[test]
fn what_no_back_end_writes_is_kept() {
    let catalogue = Catalogue::embedded();
    for (backend, settings) in BACKENDS.iter().zip(one_of_each()) {
        let target = groups(backend).remove(0);
        for artefact in encoded(&checked(&catalogue, &target, vec![settings]), &catalogue) {
            let read = |bytes: &[u8]| backend::decode_at(&artefact.path, bytes, &catalogue).unwrap();
            let strange = with_something_unknown(std::str::from_utf8(&artefact.bytes).unwrap());
            let (plain, strange) = (read(&artefact.bytes), read(strange.as_bytes()));
            assert!(plain.settings.iter().all(|setting| strange.settings.contains(setting)), "{}", artefact.path);
            assert_eq!(plain.residue, []);
            // A key that only the format knows as one is a setting, which the check then has to say something of.
            let new = strange.settings.iter().filter(|setting| !plain.settings.contains(setting));
            let said = strange.residue.iter().map(|(place, what)| format!("{place} {what}"));
            let mut said = said.chain(new.map(|setting| setting.address.to_string()));
            assert!(said.any(|text| text.to_lowercase().contains("unheardof")), "{}", artefact.path);
        }
    }
}
