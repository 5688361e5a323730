//! Signed files by malice: each ends at once, with a code.

use super::*;
use std::time::{Duration, Instant};

/// A value with its length in four octets.
fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, 0x84][..], &u32::try_from(content.len()).unwrap().to_be_bytes(), &content].concat()
}

/// A signed file of so many copies of a certificate.
fn crowd(certificates: usize) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let one = Certificate::read(&fs::read(key("p256.pem")).unwrap()).unwrap()[0].der().repeat(certificates);
    let signer = wrap(0x30, &[&[2, 1, 1]]);
    let parts: [&[u8]; 5] =
        [&[2, 1, 1], &wrap(0x31, &[]), &wrap(0x30, &[DATA]), &wrap(0xa0, &[&one]), &wrap(0x31, &[&signer])];
    wrap(0x30, &[SIGNED_DATA, &wrap(0xa0, &[&wrap(0x30, &parts)])])
}

#[test]
fn malice_ends_at_once_and_with_a_code() {
    let sandbox = Sandbox::new();
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("nested without end", [0x30, 0x80].repeat(100_000), "unreadable-signature"),
        ("nested with lengths", [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff].repeat(100_000), "unreadable-signature"),
        ("a length of 2^64", vec![0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], "unreadable-signature"),
        ("a million values", [&[0x30, 0x80][..], &[5, 0].repeat(1 << 20), &[0, 0]].concat(), "excessive-signature"),
        ("more than 32 MiB", vec![0x30; (32 << 20) + 1], "excessive-signature"),
        ("ten thousand certificates", crowd(10_000), "excessive-signature"),
        ("seventeen certificates", crowd(17), "excessive-signature"),
        ("nothing", Vec::new(), "not-signed"),
        ("a profile that is not signed", b"<?xml version=\"1.0\"?><plist/>".to_vec(), "not-signed"),
    ];
    for (n, (what, bytes, code)) in cases.iter().enumerate() {
        let name = format!("{n}.mobileconfig");
        fs::write(sandbox.path(&name), bytes).unwrap();
        let before = Instant::now();
        expect_faults(&verify(&sandbox, &[&name]), what, &[&format!("error[{code}]")]);
        let shown = sandbox.run(&["verify", "--show", &name]);
        assert!(shown.code == 1 && shown.out.is_empty(), "{what}: {}", shown.err);
        assert!(before.elapsed() < Duration::from_secs(60), "{what} takes {:?}", before.elapsed());
    }
}

#[test]
fn a_bundle_of_malice_ends_too() {
    let sandbox = released();
    let original = files(&sandbox, "bundle");
    let profile = original.keys().find(|path| path.ends_with(".mobileconfig")).unwrap();
    for (n, bytes) in [[0x30, 0x80].repeat(100_000), crowd(10_000), b"]".repeat(1 << 20)].into_iter().enumerate() {
        for path in [profile, SIGNATURE, MANIFEST] {
            let mut files = original.clone();
            files.insert(path.to_owned(), bytes.clone());
            let name = format!("{n}.zip");
            fs::write(sandbox.path(&name), Archive::Zip.pack(&files).unwrap()).unwrap();
            assert_eq!(verify(&sandbox, &[&name]).code, 1, "{n} in {path}");
        }
    }
}
