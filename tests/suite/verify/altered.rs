//! Bundles that were altered: each way has its own message, whatever form the bundle has.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

/// One way to alter a bundle: its name, how it is done, and what is said of it.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Files), &'a [&'a str]);

/// The one signed profile, the first and the second of the files that are not signed.
fn paths(files: &Files) -> (String, String) {
    let of = |end: &str| files.keys().find(|path| path.starts_with("acme/") && path.ends_with(end)).unwrap().clone();
    (of(".mobileconfig"), of(".xml"))
}

/// A project with a signed profile and a fragment that is not.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let path = "policy-sources/acme/it-policy.yaml";
    let policy = fs::read_to_string(sandbox.path(path)).unwrap();
    let laptops = "  - { id: W, summary: s, class: partial, reason: r, groups: [laptops], settings: [{ csp: ./Device/Vendor/MSFT/BitLocker, nodes: { RequireDeviceEncryption: 1 } }] }\n";
    sandbox.write(path, &format!("{policy}{laptops}"));
    sandbox.build_and_accept();
    super::super::bundles::commit(&sandbox);
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox
}

/// The files with this text in the place of that, in one of them.
fn edited(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "no {from} in {path}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
}

#[test]
fn every_alteration_of_a_bundle_has_its_own_message() {
    let sandbox = sandbox();
    let original = files(&sandbox, "bundle");
    let (profile, fragment) = paths(&original);
    let (profile, fragment) = (profile.as_str(), fragment.as_str());
    let another = |name: &str| Certificate::read(&fs::read(key(name)).unwrap()).unwrap().remove(0);
    let (own, other) = (another("p256.pem"), another("stamp.pem"));
    let swap = |files: &mut Files| {
        let swapped = spliced(&files[profile], own.der(), other.der());
        assert_ne!(swapped, files[profile]);
        files.insert(profile.to_owned(), swapped);
    };
    let cut = |path: &'static str| move |files: &mut Files| cut_off(files, path);
    let not_released = format!("error[altered-file]: `{profile}` is not the file that was released");
    let cases: &[Case] = &[
        (
            "cut off",
            &|files| cut_off(files, profile),
            &[&not_released, "error[unreadable-signature]: the signed file is damaged"],
        ),
        (
            "one more byte",
            &|files| files.get_mut(profile).unwrap().push(0),
            &[&not_released, "error[unreadable-signature]"],
        ),
        (
            "a bit of the content",
            &|files| edited_bytes(files, profile),
            &[&not_released, "error[altered-content]: the content is not what was signed"],
        ),
        (
            "another certificate",
            &swap,
            &[&not_released, "error[incomplete-chain]: the certificate of the signer is not enclosed"],
        ),
        (
            "no signature any more",
            &|files| drop(files.insert(profile.to_owned(), open_profile(&files[profile]))),
            &[&not_released, "error[not-signed]"],
        ),
        (
            "a fragment",
            &|files| files.get_mut(fragment).unwrap().push(b' '),
            &[&format!("error[altered-file]: `{fragment}` is not the file")],
        ),
        (
            "manifest edited",
            &|files| edited(files, MANIFEST, "2027-05-18\"", "2027-05-19\""),
            &[
                "error[altered-content]: `manifest.json` is not what was signed",
                "error[altered-file]: the provenance does not say",
            ],
        ),
        (
            "manifest written anew",
            &|files| edited(files, MANIFEST, "{\n", "{ \n"),
            &[
                "error[unreadable-manifest]: it is not written as a release writes it",
                "error[altered-content]: `manifest.json` is not",
            ],
        ),
        ("manifest cut off", &cut(MANIFEST), &["error[unreadable-manifest]"]),
        (
            "manifest gone",
            &|files| drop(files.remove(MANIFEST)),
            &["error[unreadable-manifest]: the bundle has no manifest"],
        ),
        (
            "its signature gone",
            &|files| drop(files.remove(SIGNATURE)),
            &["error[missing-file]: `manifest.json.p7s` is missing: nothing says whose"],
        ),
        ("its signature cut off", &cut(SIGNATURE), &["error[unreadable-signature]"]),
        (
            "its signature that of something else",
            &|files| drop(files.insert(SIGNATURE.to_owned(), files[profile].clone())),
            &["error[altered-content]: it holds another content than it is said to sign"],
        ),
        (
            "provenance edited",
            &|files| edited(files, PROVENANCE, "2027-05-18\"", "2027-05-19\""),
            &["error[altered-file]: `provenance.json` is not the file that was released"],
        ),
        ("sums edited", &|files| edited(files, SUMS, "a", "b"), &["error[altered-file]: `SHA256SUMS` does not list"]),
        (
            "a file added",
            &|files| drop(files.insert("acme/phones/new.mobileconfig".to_owned(), b"x".to_vec())),
            &["error[extra-file]: `acme/phones/new.mobileconfig` is not in the manifest"],
        ),
        (
            "a file removed",
            &|files| drop(files.remove(profile)),
            &[&format!("error[missing-file]: `{profile}` is missing")],
        ),
        (
            "a file renamed",
            &|files| {
                let bytes = files.remove(profile).unwrap();
                files.insert("acme/phones/other.mobileconfig".to_owned(), bytes);
            },
            &[
                &format!("error[missing-file]: `{profile}` is missing: `acme/phones/other.mobileconfig` has its bytes"),
                "error[extra-file]: `acme/phones/other.mobileconfig`",
            ],
        ),
        (
            "two files swapped",
            &|files| {
                let (a, b) = (files[profile].clone(), files[fragment].clone());
                files.insert(profile.to_owned(), b);
                files.insert(fragment.to_owned(), a);
            },
            &[
                &format!("error[altered-file]: `{profile}` holds what `{fragment}` should hold"),
                &format!("error[altered-file]: `{fragment}` holds what `{profile}`"),
            ],
        ),
    ];
    for (n, (name, alter, expected)) in cases.iter().enumerate() {
        let mut files = original.clone();
        alter(&mut files);
        put(&sandbox, &format!("altered-{n}"), &files);
        expect_faults(&verify(&sandbox, &[&format!("altered-{n}")]), name, expected);
        for (archive, end) in [(Archive::Tar, "tar.gz"), (Archive::Zip, "zip")] {
            let packed = format!("altered-{n}.{end}");
            fs::write(sandbox.path(&packed), archive.pack(&files).unwrap()).unwrap();
            expect_faults(&verify(&sandbox, &[&packed]), name, expected);
        }
    }
    expect_good(&sandbox, &["bundle"]);
}

/// A value in DER with one inside it exchanged for another, and all lengths right.
fn spliced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    if der == from {
        return to.to_vec();
    }
    if der[0] & 0x20 == 0 || !der.windows(from.len()).any(|window| window == from) {
        return der.to_vec();
    }
    let header = |der: &[u8]| match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let end = 2 + usize::from(long & 0x7f);
            (end, der[2..end].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    let (mut at, mut content) = (header(der).0, Vec::new());
    while at < der.len() {
        let (start, length) = header(&der[at..]);
        content.extend(spliced(&der[at..at + start + length], from, to));
        at += start + length;
    }
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut whole = vec![der[0]];
    match content.len() {
        short @ 0..0x80 => whole.push(short as u8),
        _ => whole.extend([0x80 | digits.len() as u8].iter().chain(digits)),
    }
    whole.extend(content);
    whole
}

fn edited_bytes(files: &mut Files, path: &str) {
    let bytes = files.get_mut(path).unwrap();
    let at = bytes.windows(9).position(|window| window == b"minLength").unwrap();
    bytes[at] = b'M';
}

fn cut_off(files: &mut Files, path: &str) {
    files.get_mut(path).unwrap().pop().unwrap();
}

fn open_profile(bytes: &[u8]) -> Vec<u8> {
    policyc::release::cms::open(bytes).unwrap().content.unwrap()
}

#[test]
fn certificates_that_are_not_trusted_or_not_valid_are_told_once_for_all_files() {
    let sandbox = released();
    let at = |root: &str, now: &str| sandbox.run(&["verify", "bundle", "--root", &key(root), "--now", now]);
    for (root, now, expected) in [
        (
            "other-root.pem",
            SIGNED_AT,
            "error[signature-mismatch]: the certificate of CN=Intermediate, O=policyc tests was not signed by CN=Root",
        ),
        ("rsa.pem", SIGNED_AT, "error[incomplete-chain]: the certificate of CN=Root, O=policyc tests, which issued"),
        ("root.pem", "2200-01-01T00:00:00Z", "error[certificate-expired]"),
        ("root.pem", "2020-01-01T00:00:00Z", "error[certificate-not-yet-valid]"),
    ] {
        let run = at(root, now);
        expect_faults(&run, expected, &[expected, "and the same of 1 more"]);
        assert_eq!(run.err.matches("error[").count(), 1, "{}", run.err);
    }
}

#[test]
fn who_has_the_key_of_another_cannot_put_a_bundle_together() {
    let sandbox = released();
    let original = files(&sandbox, "bundle");
    let same = |text: &str| text.to_owned();
    let later = Time::from_unix(then().unix() + 60).unwrap();
    let cases: &[Case] = &[
        (
            "another signer",
            &|files| resigned(files, |manifest, files| replace(files, manifest, ("rsa", then()), same)),
            &["error[other-signer]: CN=Profiles (rsa), O=policyc tests signed it, and CN=Profiles (p256)"],
        ),
        (
            "another time",
            &|files| resigned(files, |manifest, files| replace(files, manifest, ("p256", later), same)),
            &[
                "error[other-signing-time]: it was signed at 2027-05-18T13:34:20Z, and the manifest says 2027-05-18T13:33:20Z",
            ],
        ),
        (
            "another time in the manifest",
            &|files| resigned(files, |manifest, _| manifest.signing_time = later.to_string()),
            &["error[other-signing-time]"],
        ),
        (
            "another content than is measured",
            &|files| {
                resigned(files, |manifest, _| {
                    let file = manifest.files.iter_mut().find(|file| file.signed).unwrap();
                    file.content = Some(Measure::of(b"x"));
                })
            },
            &["does not hold the content that the manifest says was signed"],
        ),
    ];
    for (n, (name, alter, expected)) in cases.iter().enumerate() {
        let mut files = original.clone();
        alter(&mut files);
        put(&sandbox, &format!("altered-{n}"), &files);
        expect_faults(&verify(&sandbox, &[&format!("altered-{n}")]), name, expected);
    }
}

#[cfg(unix)]
#[test]
fn nothing_in_a_folder_leads_out_of_it() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let sandbox = released();
    let at = |name: &str| sandbox.path("bundle").join(name);
    symlink("/etc/hostname", at("acme/link")).unwrap();
    fs::write(at("acme").join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    fs::write(at("acme/a\\..\\b"), "x").unwrap();
    let run = verify(&sandbox, &["bundle"]);
    expect_faults(
        &run,
        "a link",
        &[
            "error[unsafe-path]: `acme/link` is not taken from the bundle: it is a link",
            "its name is not UTF-8",
            "`acme/a\\\\..\\\\b` is not taken",
        ],
    );
    fs::remove_file(at("acme/link")).unwrap();
    fs::remove_file(at("acme/a\\..\\b")).unwrap();
    fs::remove_file(at("acme").join(std::ffi::OsStr::from_bytes(b"bad\xff"))).unwrap();
    expect_good(&sandbox, &["bundle"]);
    // A file of the bundle that has become a link to the same bytes elsewhere.
    fs::rename(at(PROVENANCE), sandbox.path("elsewhere")).unwrap();
    symlink(sandbox.path("elsewhere"), at(PROVENANCE)).unwrap();
    let run = verify(&sandbox, &["bundle"]);
    expect_faults(&run, "a link", &["error[unsafe-path]: `provenance.json`", "error[missing-file]: `provenance.json`"]);
}

/// An archive of a good bundle with one more entry in it.
fn tar_with(sandbox: &Sandbox, add: impl FnOnce(&mut tar::Builder<GzEncoder<Vec<u8>>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, bytes) in files(sandbox, "bundle") {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    add(&mut builder);
    builder.into_inner().unwrap().finish().unwrap()
}

/// A header with a name that the builder would refuse.
fn named(name: &[u8], size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_size(size);
    header.set_cksum();
    header
}

#[test]
fn nothing_in_an_archive_leads_out_of_it() {
    let sandbox = released();
    let link = |builder: &mut tar::Builder<GzEncoder<Vec<u8>>>| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "acme/link", Path::new("/etc/passwd")).unwrap();
    };
    let plain = tar_with(&sandbox, |_| {});
    let twice = tar_with(&sandbox, |builder| builder.append(&named(MANIFEST.as_bytes(), 1), &b"x"[..]).unwrap());
    let cases = [
        (
            "up.tar.gz",
            tar_with(&sandbox, |builder| builder.append(&named(b"../up", 1), &b"x"[..]).unwrap()),
            "error[unsafe-path]: `../up` is not taken from the archive: its name leaves",
        ),
        (
            "root.tar.gz",
            tar_with(&sandbox, |builder| builder.append(&named(b"/etc/x", 1), &b"x"[..]).unwrap()),
            "error[unsafe-path]: `/etc/x`",
        ),
        (
            "link.tar.gz",
            tar_with(&sandbox, link),
            "error[unsafe-path]: `acme/link` is not taken from the archive: it is a link",
        ),
        (
            "utf.tar.gz",
            tar_with(&sandbox, |builder| builder.append(&named(b"bad\xff", 1), &b"x"[..]).unwrap()),
            "its name is not UTF-8",
        ),
        (
            "twice.tar.gz",
            twice,
            "error[unreadable-bundle]: `manifest.json` is not taken from the archive: it stands in the archive twice",
        ),
        ("cut.tar.gz", plain[..plain.len() - 5].to_vec(), "error[unreadable-bundle]: the archive cannot be read"),
        ("more.tar.gz", [&plain[..], b"x"].concat(), "something stands behind its end"),
    ];
    let zipped = |name: &str, link: bool| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (path, bytes) in files(&sandbox, "bundle") {
            writer.start_file(path, options).unwrap();
            writer.write_all(&bytes).unwrap();
        }
        match link {
            true => writer.add_symlink(name, "/etc/passwd", options).unwrap(),
            false => writer.start_file(name, options).unwrap(),
        }
        writer.finish().unwrap().into_inner()
    };
    let plain = Archive::Zip.pack(&files(&sandbox, "bundle")).unwrap();
    let of_zip = [
        ("up.zip", zipped("../up", false), "error[unsafe-path]: `../up`"),
        (
            "link.zip",
            zipped("acme/link", true),
            "error[unsafe-path]: `acme/link` is not taken from the archive: it is a link",
        ),
        ("cut.zip", plain[..plain.len() - 5].to_vec(), "error[unreadable-bundle]"),
        ("more.zip", [&plain[..], b"x"].concat(), "something stands behind its end"),
    ];
    for (name, bytes, expected) in cases.into_iter().chain(of_zip) {
        fs::write(sandbox.path(name), bytes).unwrap();
        expect_faults(&verify(&sandbox, &[name]), name, &[expected]);
    }
    assert!(!sandbox.path("up").exists() && !sandbox.path("../up").exists());
}
