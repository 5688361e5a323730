//! Private keys: every form that is taken, and a message of its own for each that is not. The forms come from `openssl`, so most of this
//! says what it leaves out where there is none.

use super::openssl::Shell;
use super::*;

/// The fault of a key that must not be read.
fn refused(bytes: &[u8], passphrase: Option<&[u8]>) -> Fault {
    Key::read(bytes, passphrase).map(|_| ()).unwrap_err()
}

#[test]
fn what_is_no_key_is_said_to_be_none() {
    for bytes in [&b""[..], b"key", b"0\0", &[0x30, 0x80, 0, 0], &file("rsa.pem"), &[0x30; 2 << 20]] {
        assert_eq!(refused(bytes, None).code, Code::UnreadableKey);
    }
    let both = [file("rsa.key"), file("p256.key")].concat();
    assert!(refused(&both, None).message.contains("more than one"));
    let old = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nZg==\n-----END RSA PRIVATE KEY-----\n";
    assert!(refused(old, None).help.unwrap().contains("openssl pkcs8 -topk8"));
    let ssh = b"-----BEGIN OPENSSH PRIVATE KEY-----\nZg==\n-----END OPENSSH PRIVATE KEY-----\n";
    assert!(refused(ssh, None).help.unwrap().contains("ssh-keygen"));
}

#[test]
fn a_damaged_key_never_signs_otherwise() {
    // Whatever bit of a key is turned, it is refused, or is still the key of its certificate.
    for kind in ["rsa", "p256"] {
        let text = String::from_utf8(file(&format!("{kind}.key"))).unwrap();
        for at in (30..text.len() - 30).step_by(if kind == "rsa" { 29 } else { 1 }) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let Ok(key) = Key::read(&bytes, None) else { continue };
            let Ok(chain) = Chain::order(certificates(&[kind, "intermediate"]), Some(&key)) else { continue };
            assert!(Identity::new(key, chain).is_ok());
        }
    }
}

#[test]
fn a_key_is_never_shown() {
    let shown = format!("{:?}", key("p256"));
    assert!(shown.contains("withheld") && !shown.contains("secret"), "{shown}");
}

#[test]
fn every_form_of_a_key_signs_the_same() {
    let Some(shell) = Shell::new("the forms of private keys") else { return };
    for kind in KINDS {
        let source = path(&format!("{kind}.key"));
        let source = source.to_str().unwrap();
        let mut forms: Vec<Vec<&str>> = vec![
            vec!["pkey", "-outform", "DER"],
            vec!["pkey", "-outform", "PEM", "-traditional"],
            vec!["pkey", "-outform", "DER", "-traditional"],
            vec!["pkcs8", "-topk8", "-passout", "pass:open sesame"],
            vec!["pkcs8", "-topk8", "-passout", "pass:open sesame", "-outform", "DER"],
            vec!["pkcs8", "-topk8", "-passout", "pass:open sesame", "-scrypt"],
        ];
        for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"] {
            forms.push(vec!["pkcs8", "-topk8", "-passout", "pass:open sesame", "-v2", cipher]);
        }
        for digest in ["hmacWithSHA1", "hmacWithSHA384", "hmacWithSHA512"] {
            forms.push(vec!["pkcs8", "-topk8", "-passout", "pass:open sesame", "-v2", "aes256", "-v2prf", digest]);
        }
        for form in forms {
            let bytes = shell.run(&[&form[..], &["-in", source]].concat());
            let is_encrypted = form.contains(&"-passout");
            assert_eq!(Key::is_encrypted(&bytes), is_encrypted, "{form:?}");
            let key = Key::read(&bytes, Some(b"open sesame")).unwrap_or_else(|fault| panic!("{form:?}: {fault}"));
            let chain = Chain::order(certificates(&[kind, "intermediate"]), Some(&key)).unwrap();
            let own = sign(CONTENT, &Identity::new(key, chain).unwrap(), now(), Placement::Enclosed).unwrap();
            assert_eq!(own, signed(kind), "{form:?}");
            if is_encrypted {
                assert_eq!(refused(&bytes, None).code, Code::WrongPassphrase);
                assert_eq!(refused(&bytes, Some(b"open sesam")).code, Code::WrongPassphrase, "{form:?}");
            }
        }
    }
}

#[test]
fn other_kinds_of_key_have_their_own_message() {
    let Some(shell) = Shell::new("kinds of private keys that are refused") else { return };
    let make = |arguments: &[&str]| shell.run(&[&["genpkey"], arguments].concat());
    let message = |bytes: &[u8], code: Code, part: &str| {
        let fault = refused(bytes, Some(b"x"));
        assert!(fault.code == code && fault.message.contains(part) && fault.help.is_some(), "{fault:?}");
    };
    message(&make(&["-algorithm", "ED25519"]), Code::UnsupportedKey, "Ed25519");
    message(&make(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]), Code::UnsupportedKey, "P-521");
    message(&make(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]), Code::UnsupportedKey, "1024 bits");
    let source = path("p256.key");
    let source = source.to_str().unwrap();
    message(&shell.run(&["ec", "-in", source, "-param_enc", "explicit"]), Code::UnsupportedKey, "name its curve");
    let old = shell.run(&["pkcs8", "-topk8", "-in", source, "-v1", "PBE-SHA1-3DES", "-passout", "pass:x"]);
    message(&old, Code::UnreadableKey, "old way");
    let old = shell.run(&["ec", "-in", source, "-aes128", "-passout", "pass:x"]);
    message(&old, Code::UnreadableKey, "old way");
    // The last of scrypt's numbers, how often over, stands before the name of the cipher.
    let mut costly = shell.run(&["pkcs8", "-topk8", "-in", source, "-scrypt", "-outform", "DER", "-passout", "pass:x"]);
    let at = costly.windows(6).position(|window| window == [2, 1, 8, 2, 1, 1]).unwrap();
    costly[at + 5] = 0x7f;
    message(&costly, Code::UnreadableKey, "256 MiB");
}

#[test]
fn a_pkcs12_file_gives_key_and_chain() {
    let Some(shell) = Shell::new("PKCS#12 files") else { return };
    for (kind, options) in [
        ("rsa", &[][..]),
        ("p256", &["-macalg", "sha512", "-certpbe", "aes-128-cbc"]),
        ("p384", &["-certpbe", "NONE", "-keypbe", "aes-256-cbc"]),
        ("rsa", &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]),
        ("rsa", &["-nomac"]),
        ("p256", &["-keypbe", "NONE", "-certpbe", "NONE"]),
    ] {
        let files =
            [format!("{kind}.pem"), format!("{kind}.key"), "intermediate.pem".to_owned()].map(|name| path(&name));
        let [own, key, further] = files.each_ref().map(|file| file.to_str().unwrap());
        let given = ["pkcs12", "-export", "-in", own, "-inkey", key, "-certfile", further, "-passout", "pass:Sésame 🗝"];
        let bytes = shell.run(&[&given[..], options].concat());
        assert!(Key::is_pkcs12(&bytes) && Key::is_encrypted(&bytes));
        let (key, certificates) = Key::read_pkcs12(&bytes, Some("Sésame 🗝".as_bytes()))
            .unwrap_or_else(|fault| panic!("{options:?}: {fault}"));
        let chain = Chain::order(certificates, Some(&key)).unwrap();
        assert_eq!(
            sign(CONTENT, &Identity::new(key, chain).unwrap(), now(), Placement::Enclosed).unwrap(),
            signed(kind)
        );
        let refused = |passphrase: Option<&[u8]>| Key::read_pkcs12(&bytes, passphrase).unwrap_err().code;
        assert_eq!(refused(None), Code::WrongPassphrase);
        assert_eq!(refused(Some(b"Sesame")), Code::WrongPassphrase, "{options:?}");
    }
    assert!(!Key::is_pkcs12(&file("rsa.key")) && !Key::is_pkcs12(b"") && !Key::is_pkcs12(&[0x30, 0x80].repeat(1000)));
}
