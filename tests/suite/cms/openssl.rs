//! The second opinion: OpenSSL verifies what is signed here, and what it signs is verified here. Where it is absent, that is said.

use super::*;
use crate::project::say;
use std::process::{Command, Output};

/// OpenSSL, and a folder for its files.
pub(super) struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    /// None where there is no OpenSSL, which is said.
    pub(super) fn new(who: &str) -> Option<Shell> {
        match Command::new("openssl").arg("version").output() {
            Ok(output) if output.status.success() => Some(Shell { folder: tempfile::tempdir().unwrap() }),
            _ => {
                say(&format!("{who}: not run, because there is no openssl"));
                None
            }
        }
    }

    fn output(&self, arguments: &[&str]) -> Output {
        Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// What it prints, when it succeeds.
    pub(super) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.output(arguments);
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    /// A signature of OpenSSL's over the content, with further options.
    fn sign(&self, kind: &str, options: &[&str]) -> Vec<u8> {
        self.write("content", CONTENT);
        let files =
            [format!("{kind}.pem"), format!("{kind}.key"), "intermediate.pem".to_owned()].map(|name| path(&name));
        let [signer, key, further] = files.each_ref().map(|file| file.to_str().unwrap());
        let given =
            ["-sign", "-binary", "-nodetach", "-in", "content", "-signer", signer, "-inkey", key, "-certfile", further];
        self.run(&[&["cms"], &given[..], options].concat())
    }
}

#[test]
fn openssl_verifies_what_is_signed_here() {
    let Some(shell) = Shell::new("signatures under openssl") else { return };
    let root = path("root.pem");
    let root = root.to_str().unwrap();
    for kind in KINDS {
        shell.write("signed", &signed(kind));
        for command in ["cms", "smime"] {
            let content =
                shell.run(&[command, "-verify", "-binary", "-inform", "DER", "-in", "signed", "-CAfile", root]);
            assert_eq!(content, CONTENT, "{kind} under openssl {command}");
        }
        shell.write("content", CONTENT);
        shell.write("detached", &sign(CONTENT, &identity(kind), now(), Placement::Detached).unwrap());
        let beside = ["-inform", "DER", "-in", "detached", "-content", "content", "-CAfile", root];
        assert_eq!(shell.run(&[&["cms", "-verify", "-binary"], &beside[..]].concat()), CONTENT);
        // Every byte is as OpenSSL would write it: its own encoder gives the same.
        assert_eq!(shell.run(&["cms", "-cmsout", "-inform", "DER", "-in", "signed", "-outform", "DER"]), signed(kind));
    }
}

#[test]
fn what_openssl_signs_is_verified_here() {
    let Some(shell) = Shell::new("signatures of openssl") else { return };
    let roots = certificates(&["root"]);
    let trust = Trust { form: Form::Any, ..trust(&roots) };
    let forms: [(&[&str], Encoding); 6] = [
        (&["-outform", "DER"], Encoding::Der),
        (&["-outform", "DER", "-stream"], Encoding::Ber),
        (&["-outform", "PEM"], Encoding::Pem),
        (&["-outform", "DER", "-keyid"], Encoding::Der),
        (&["-outform", "DER", "-noattr"], Encoding::Der),
        (&["-outform", "DER", "-md", "sha512"], Encoding::Der),
    ];
    for (kind, (options, encoding)) in KINDS.iter().flat_map(|kind| forms.map(|form| (kind, form))) {
        let bytes = shell.sign(kind, options);
        let opened = open(&bytes).unwrap_or_else(|fault| panic!("{kind} {options:?}: {fault}"));
        assert_eq!((opened.encoding, opened.content.as_deref()), (encoding, Some(CONTENT)), "{kind} {options:?}");
        assert_eq!(codes(&bytes, &trust), [], "{kind} {options:?}");
        // The same file is not in our own form.
        assert_eq!(
            codes(&bytes, &Trust { form: Form::Own, ..trust }),
            [Code::IrregularSignature],
            "{kind} {options:?}"
        );
    }
}

#[test]
fn text_after_a_signature_and_a_second_one_are_refused() {
    let Some(shell) = Shell::new("PEM with more behind it") else { return };
    let pem = shell.sign("p256", &["-outform", "PEM"]);
    let opens = |parts: &[&[u8]]| open(&parts.concat()).map(|opened| opened.encoding).map_err(|fault| fault.code);
    assert_eq!(opens(&[b"Explained\n", &pem, b"\r\n \n"]), Ok(Encoding::Pem));
    for behind in [&b"more"[..], &pem, b"-----BEGIN X-----\n-----END X-----\n"] {
        assert_eq!(opens(&[&pem, behind]), Err(Code::UnreadableSignature));
    }
}

#[test]
fn several_signers_have_a_verdict_each() {
    let Some(shell) = Shell::new("several signers") else { return };
    let roots = certificates(&["root"]);
    let (signer, key) = (path("p384.pem"), path("p384.key"));
    let second = ["-outform", "DER", "-signer", signer.to_str().unwrap(), "-inkey", key.to_str().unwrap()];
    let opened = open(&shell.sign("rsa", &second)).unwrap();
    let verdicts = opened.verify(&Trust { form: Form::Any, ..trust(&roots) });
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.iter().all(|verdict| verdict.faults().is_empty()), "{verdicts:?}");
    assert_ne!(verdicts[0].signer, verdicts[1].signer);
}

#[test]
fn algorithms_of_old_and_unread_ones_are_refused_with_a_reason() {
    let Some(shell) = Shell::new("algorithms that are refused") else { return };
    let roots = certificates(&["root"]);
    let trust = Trust { form: Form::Any, ..trust(&roots) };
    for (options, part) in [(&["-md", "sha1"][..], "SHA-1"), (&["-keyopt", "rsa_padding_mode:pss"], "RSA-PSS")] {
        let bytes = shell.sign("rsa", &[&["-outform", "DER"], options].concat());
        let verdict = only(&open(&bytes).unwrap(), &trust);
        let [fault] = verdict.faults()[..] else { panic!("{verdict:?}") };
        assert_eq!(fault.code, Code::RefusedAlgorithm);
        assert!(fault.message.contains(part) && fault.help.is_some(), "{fault:?}");
        assert!(matches!(verdict.standing(), Standing::Refused(_)));
    }
}

#[test]
fn openssl_can_be_the_signer() {
    let Some(shell) = Shell::new("an external signer") else { return };
    let roots = certificates(&["root"]);
    for kind in KINDS {
        let chain = Chain::order(certificates(&[kind, "intermediate"]), None).unwrap();
        let prepared = prepare(CONTENT, &chain, now()).unwrap();
        shell.write("bytes", prepared.to_be_signed());
        let with = |kind: &str| {
            let key = path(&format!("{kind}.key"));
            shell.run(&["dgst", "-sha256", "-binary", "-sign", key.to_str().unwrap(), "bytes"])
        };
        let bytes = prepared.finish(&with(kind), Placement::Enclosed).unwrap();
        assert_eq!(codes(&bytes, &trust(&roots)), [], "{kind}");
        let other = if kind == "rsa" { "p256" } else { "rsa" };
        assert_eq!(prepared.finish(&with(other), Placement::Enclosed).unwrap_err().code, Code::SignatureMismatch);
    }
}
