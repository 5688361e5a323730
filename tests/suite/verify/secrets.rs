//! Bundles with secrets: all but their values is compared with the sources, they are counted, and none is ever shown.

use super::super::bundles::commit;
use super::super::project::root;
use super::*;
use policyc::release::cms::open;

/// A passphrase with all that some format escapes.
const CANARY: &str = "canary<&>\"'7f3a\\ö";

/// The staff's networks, one of them with a passphrase: in profiles, and inside a document for Windows.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let case = root().join("tests/cases/secrets/staff-wifi");
    fs::remove_dir_all(sandbox.path("policy-sources/acme")).unwrap();
    for name in ["policy.yaml", "organisation.yaml", "groups.yaml", "radius-root.pem", "controls/staff-wifi.yaml"] {
        let to = sandbox.path("policy-sources/acme").join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(case.join(name), to).unwrap();
    }
    sandbox.write("policy-sources/acme/secrets.yaml", "secrets:\n  office-wifi: file:office-wifi.txt\n");
    sandbox.write("office-wifi.txt", &format!("{CANARY}\n"));
    sandbox.build_and_accept();
    commit(&sandbox);
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    // Who verifies does not have the secret.
    fs::remove_file(sandbox.path("office-wifi.txt")).unwrap();
    sandbox
}

/// Alters a file with a secret, signed anew by its own key.
fn alter(files: &mut Files, manifest: &mut Manifest, path: &str, change: &dyn Fn(&str) -> String) {
    let released = manifest.files.iter_mut().find(|file| file.path == path).unwrap();
    let bytes = files[path].clone();
    let content = if released.signed { open(&bytes).unwrap().content.unwrap() } else { bytes };
    let before = String::from_utf8(content).unwrap();
    let text = change(&before);
    assert_ne!(before, text, "nothing is altered in {path}");
    if released.signed {
        let signed = sign(text.as_bytes(), &identity("p256"), then(), Placement::Enclosed).unwrap();
        released.file = Some(Measure::without_size(&signed));
        files.insert(path.to_owned(), signed);
    } else {
        let seal = sign(text.as_bytes(), &identity("p256"), then(), Placement::Detached).unwrap();
        released.seal = Some(Measure::of(&seal));
        files.insert(released.seal_path(), seal);
        files.insert(path.to_owned(), text.into_bytes());
    }
}

#[test]
fn all_but_the_values_is_compared_and_they_are_counted() {
    let sandbox = sandbox();
    let out = expect_good(&sandbox, &["bundle", "--sources"]);
    assert!(out.contains("is exactly what ./policy-sources gives"), "{out}");
    assert!(out.contains("  not compared: 3 secret values, which only a release knows"), "{out}");
    for file in ["laptops/WiFi.xml", "macs/staff-wifi.mobileconfig", "phones/staff-wifi.mobileconfig"] {
        assert!(out.contains(&format!("    office-wifi in acme/{file}")), "{out}");
    }
    assert!(!out.contains("canary"));
    // The seal of a file that is not signed inside itself.
    let mut altered = files(&sandbox, "bundle");
    let fragment = "acme/laptops/WiFi.xml";
    altered.get_mut(fragment).unwrap().push(b' ');
    put(&sandbox, "altered", &altered);
    expect_faults(
        &verify(&sandbox, &["altered"]),
        "a sealed file",
        &["error[altered-content]: `acme/laptops/WiFi.xml` is not what was signed"],
    );
    altered.remove(&format!("{fragment}.p7s"));
    put(&sandbox, "gone", &altered);
    expect_faults(
        &verify(&sandbox, &["gone"]),
        "no seal",
        &["error[missing-file]: `acme/laptops/WiFi.xml.p7s` is missing"],
    );
}

#[test]
fn what_differs_around_a_secret_is_named_and_the_secret_is_not() {
    let sandbox = sandbox();
    let original = files(&sandbox, "bundle");
    let (profile, fragment) = ("acme/phones/staff-wifi.mobileconfig", "acme/laptops/WiFi.xml");
    let insert = |text: &str| {
        let canary = text.find("canary").unwrap();
        let end = canary + text[canary..].find("</string>").unwrap() + "</string>".len();
        format!("{}<key>CaptiveBypass</key><true/>{}", &text[..end], &text[end..])
    };
    let more = |text: &str| {
        let canary = text.find("canary").unwrap();
        format!("{}x&lt;/keyMaterial&gt;&lt;a/&gt;&lt;keyMaterial&gt;{}", &text[..canary], &text[canary..])
    };
    type Case<'a> = (&'a str, &'a str, &'a dyn Fn(&str) -> String, &'a str);
    let cases: [Case; 7] = [
        (
            "what nobody can read",
            profile,
            &|text| text.replacen("<key>Password</key>", "<key>Password", 1),
            "cannot be read",
        ),
        ("a setting beside it", profile, &|text| text.replacen("Acme Office", "Acme Offices", 1), "SSID_STR"),
        ("a setting put in behind it", profile, &insert, "CaptiveBypass"),
        ("another type", profile, &|text| text.replacen("<key>Password</key>", "<key>Passwords</key>", 1), "Password"),
        ("white space", profile, &|text| format!("{text}\n"), "same settings, other bytes"),
        ("the document around it", fragment, &|text| text.replacen("passPhrase", "networkKey", 1), "WlanXml"),
        ("mark-up in its place", fragment, &more, "WlanXml"),
    ];
    for (n, (what, path, change, expected)) in cases.iter().enumerate() {
        let mut files = original.clone();
        resigned(&mut files, |manifest, files| alter(files, manifest, path, change));
        let name = format!("altered-{n}");
        put(&sandbox, &name, &files);
        assert_eq!(verify(&sandbox, &[&name]).code, 0, "{what}");
        for format in ["text", "json", "markdown", "sarif", "junit", "github", "html"] {
            let run = verify(&sandbox, &[&name, "--sources", "--format", format]);
            assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
            assert!(
                !run.out.contains("canary") && !run.err.contains("canary"),
                "{what} in {format}: {}{}",
                run.out,
                run.err
            );
            if format == "text" {
                assert!(
                    run.out.contains("error[drift]") && run.out.contains(expected),
                    "{what}: {}{}",
                    run.out,
                    run.err
                );
            }
        }
    }
}
