//! Signed by OpenSSL, verified here; and released here, verified by the README's commands alone. Where it is absent, that is said.

use super::super::project::say;
use super::*;
use std::process::Command;

/// Signs a content with OpenSSL; false where there is none.
fn signed(sandbox: &Sandbox, out: &str, kind: &str, options: &[&str]) -> bool {
    sandbox.write("content", "<plist version=\"1.0\"><dict/></plist>\n");
    let names = [format!("{kind}.pem"), format!("{kind}.key"), "intermediate.pem".to_owned()].map(|name| key(&name));
    let given = [
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-in",
        "content",
        "-signer",
        &names[0],
        "-inkey",
        &names[1],
        "-certfile",
        &names[2],
        "-out",
        out,
    ];
    match Command::new("openssl").args(given).args(options).current_dir(sandbox.path("")).output() {
        Ok(output) => {
            assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(_) => {
            say("verify: signatures of openssl are not verified, because there is no openssl");
            false
        }
    }
}

/// OpenSSL signs with the time of its clock.
fn now(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.run(&[&["verify", "--root", &key("root.pem")], arguments].concat())
}

#[test]
fn what_openssl_signs_in_any_form_is_verified() {
    let sandbox = Sandbox::new();
    let (signer, further) = (key("p384.pem"), key("p384.key"));
    let forms: [(&str, &[&str], &str, usize); 6] = [
        ("der", &["-outform", "DER"], "DER", 1),
        ("streamed", &["-outform", "DER", "-stream"], "BER", 1),
        ("pem", &["-outform", "PEM"], "PEM", 1),
        ("keyid", &["-outform", "DER", "-keyid"], "DER", 1),
        ("no-time", &["-outform", "DER", "-noattr"], "DER", 1),
        ("two", &["-outform", "DER", "-signer", &signer, "-inkey", &further], "DER", 2),
    ];
    for kind in ["rsa", "p256"] {
        for (name, options, encoding, signers) in forms {
            let out = format!("{kind}-{name}.mobileconfig");
            if !signed(&sandbox, &out, kind, options) {
                return;
            }
            let run = now(&sandbox, &[&out]);
            assert_eq!((run.code, run.err.as_str()), (0, ""), "{out}: {}", run.out);
            assert!(run.out.contains(&format!("written in         {encoding}")), "{out}: {}", run.out);
            assert_eq!(run.out.matches("shows it as Verified").count(), signers, "{out}: {}", run.out);
            let timeless = name == "no-time";
            assert_eq!(run.out.contains("valid when signed  not known"), timeless, "{out}: {}", run.out);
            assert_eq!(sandbox.run(&["verify", "--show", &out]).out, "<plist version=\"1.0\"><dict/></plist>\n");
        }
    }
}

#[test]
fn algorithms_of_old_are_explained_and_refused() {
    let sandbox = Sandbox::new();
    for (name, options, said) in
        [("sha1", &["-md", "sha1"][..], "SHA-1"), ("pss", &["-keyopt", "rsa_padding_mode:pss"], "RSA-PSS")]
    {
        if !signed(&sandbox, name, "rsa", &[&["-outform", "DER"], options].concat()) {
            return;
        }
        let run = now(&sandbox, &[name]);
        expect_faults(&run, name, &["error[refused-algorithm]: it is signed with", said, "sign anew with SHA-256"]);
        assert!(run.out.contains("a device           does not install it"), "{}", run.out);
    }
}

#[test]
fn a_detached_signature_is_held_against_the_file_beside_it() {
    let sandbox = Sandbox::new();
    let names = ["rsa.pem", "rsa.key", "intermediate.pem"].map(key);
    sandbox.write("notes.txt", "content\n");
    let given = [
        "cms",
        "-sign",
        "-binary",
        "-in",
        "notes.txt",
        "-signer",
        &names[0],
        "-inkey",
        &names[1],
        "-certfile",
        &names[2],
        "-outform",
        "DER",
        "-out",
        "notes.txt.p7s",
    ];
    if Command::new("openssl").args(given).current_dir(sandbox.path("")).output().is_err() {
        return say("verify: detached signatures of openssl are not verified, because there is no openssl");
    }
    assert_eq!(now(&sandbox, &["notes.txt.p7s"]).code, 0);
    sandbox.write("notes.txt", "other\n");
    expect_faults(
        &now(&sandbox, &["notes.txt.p7s"]),
        "other",
        &["error[altered-content]: `notes.txt` is not what was signed"],
    );
    fs::remove_file(sandbox.path("notes.txt")).unwrap();
    expect_faults(&now(&sandbox, &["notes.txt.p7s"]), "gone", &["error[altered-content]"]);
}

/// The commands of the README that need no policyc.
fn commands() -> String {
    let page = fs::read_to_string(super::super::project::root().join("README.md")).unwrap();
    let section = page.split("\n## Verifying a release\n").nth(1).unwrap();
    section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn the_commands_of_the_readme_verify_a_bundle_without_this_program() {
    let tools = ["openssl version", "sha256sum --version", "sed --version", "find --version"];
    let is_there =
        |command: &&str| Command::new("sh").args(["-c", command]).output().is_ok_and(|run| run.status.success());
    if !tools.iter().all(is_there) {
        return say("verify: the README's commands are not run, because openssl or GNU's tools are absent");
    }
    let sandbox = released();
    fs::copy(key("root.pem"), sandbox.path("root.pem")).unwrap();
    let script = commands();
    let run = |folder: &str| {
        let output = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path(folder)).output().unwrap();
        (
            output.status.success(),
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        )
    };
    let (good, said) = run("bundle");
    assert!(good, "{said}");
    let original = files(&sandbox, "bundle");
    let profile = original.keys().find(|path| path.ends_with(".mobileconfig")).unwrap();
    type Change<'a> = &'a dyn Fn(&mut Files);
    let cases: [(&str, Change); 7] = [
        ("a profile", &|files| files.get_mut(profile).unwrap().push(0)),
        ("the manifest", &|files| files.get_mut(MANIFEST).unwrap().push(b'\n')),
        ("the provenance", &|files| files.get_mut(PROVENANCE).unwrap().push(b'\n')),
        ("the provenance, and its sum", &|files| {
            files.get_mut(PROVENANCE).unwrap().push(b'\n');
            files.insert(SUMS.to_owned(), sums(files));
        }),
        ("a file more", &|files| drop(files.insert("acme/more".to_owned(), b"x".to_vec()))),
        ("a file less", &|files| drop(files.remove(profile))),
        ("another profile of the same signer, and its sum", &|files| {
            files.insert(profile.clone(), sign(b"<plist/>", &identity("p256"), then(), Placement::Enclosed).unwrap());
            files.insert(SUMS.to_owned(), sums(files));
        }),
    ];
    for (n, (what, change)) in cases.iter().enumerate() {
        let mut files = original.clone();
        change(&mut files);
        let name = format!("altered-{n}");
        put(&sandbox, &name, &files);
        assert!(!run(&name).0, "{what} goes unnoticed");
    }
}
