//! Signed by OpenSSL, verified here. Where it is absent, that is said.

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
