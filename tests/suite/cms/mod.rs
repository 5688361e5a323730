//! Signatures: what is signed opens again, and nothing else does. The keys are those of `tests/keys/`.

mod altered;
mod keys;
mod openssl;

use crate::project::root;
use policyc::diagnostic::Code;
use policyc::release::cms::{
    Certificate, Chain, Encoding, Fault, Form, Identity, Key, Opened, Placement, Standing, Time, Trust, Verdict, open,
    prepare, sign,
};
use std::path::PathBuf;

/// A kind of signer: the name of its files.
const KINDS: [&str; 3] = ["rsa", "p256", "p384"];
const CONTENT: &[u8] = b"<plist version=\"1.0\"><dict/></plist>\n";

/// The moment of everything here: the day on which the keys were made, and half a year.
fn now() -> Time {
    Time::from_unix(1_795_000_000 + 180 * 86_400).unwrap()
}

fn path(name: &str) -> PathBuf {
    root().join("tests/keys").join(name)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn certificates(names: &[&str]) -> Vec<Certificate> {
    names.iter().flat_map(|name| Certificate::read(&file(&format!("{name}.pem"))).unwrap()).collect()
}

fn key(name: &str) -> Key {
    Key::read(&file(&format!("{name}.key")), None).unwrap()
}

fn identity(kind: &str) -> Identity {
    let key = key(kind);
    let chain = Chain::order(certificates(&["root", "intermediate", kind]), Some(&key)).unwrap();
    Identity::new(key, chain).unwrap()
}

fn signed(kind: &str) -> Vec<u8> {
    sign(CONTENT, &identity(kind), now(), Placement::Enclosed).unwrap()
}

fn trust(roots: &[Certificate]) -> Trust<'_> {
    Trust { roots, further: &[], now: now(), content: None, form: Form::Own }
}

fn only(opened: &Opened, trust: &Trust<'_>) -> Verdict {
    let [verdict] = &opened.verify(trust)[..] else { panic!("not one signature") };
    verdict.clone()
}

/// The codes of everything that is wrong with a file, first what keeps it from being opened.
fn codes(bytes: &[u8], trust: &Trust<'_>) -> Vec<Code> {
    match open(bytes) {
        Err(fault) => vec![fault.code],
        Ok(opened) => {
            opened.verify(trust).iter().flat_map(|one| one.faults().into_iter().map(|fault| fault.code)).collect()
        }
    }
}

#[test]
fn what_is_signed_opens_again() {
    let roots = certificates(&["root"]);
    for kind in KINDS {
        let opened = open(&signed(kind)).unwrap();
        assert_eq!((opened.encoding, opened.content.as_deref()), (Encoding::Der, Some(CONTENT)), "{kind}");
        let enclosed: Vec<String> = opened.certificates.iter().map(Certificate::subject).collect();
        assert!(
            enclosed.contains(&"CN=Intermediate, O=policyc tests".to_owned()) && enclosed.len() == 2,
            "{enclosed:?}"
        );
        let verdict = only(&opened, &trust(&roots));
        assert_eq!(verdict.faults(), Vec::<&Fault>::new(), "{kind}");
        assert_eq!(verdict.standing(), Standing::Verified);
        assert_eq!(verdict.signing_time, Some(now()));
        assert_eq!(verdict.signer.unwrap().subject(), format!("CN=Profiles ({kind}), O=policyc tests"));
    }
}

#[test]
fn the_same_key_content_and_moment_give_the_same_bytes() {
    for kind in KINDS {
        assert_eq!(signed(kind), signed(kind), "{kind}");
        let later = Time::from_unix(now().unix() + 1).unwrap();
        assert_ne!(signed(kind), sign(CONTENT, &identity(kind), later, Placement::Enclosed).unwrap());
    }
}

#[test]
fn a_detached_signature_needs_what_it_signs() {
    let roots = certificates(&["root"]);
    let bytes = sign(CONTENT, &identity("p256"), now(), Placement::Detached).unwrap();
    assert_eq!(open(&bytes).unwrap().content, None);
    let with = |content| codes(&bytes, &Trust { content, ..trust(&roots) });
    assert_eq!(with(Some(CONTENT)), []);
    assert_eq!(with(None), [Code::AlteredContent]);
    assert_eq!(with(Some(b"other")), [Code::AlteredContent]);
    assert_eq!(codes(&signed("p256"), &Trust { content: Some(b"other"), ..trust(&roots) }), [Code::AlteredContent]);
}

#[test]
fn a_signature_from_elsewhere_must_be_the_certificates() {
    let chain = Chain::order(certificates(&["p256", "intermediate"]), None).unwrap();
    let prepared = prepare(CONTENT, &chain, now()).unwrap();
    let wrong = |signature: &[u8]| prepared.finish(signature, Placement::Enclosed).unwrap_err().code;
    assert_eq!(wrong(b""), Code::SignatureMismatch);
    assert_eq!(wrong(&[0; 72]), Code::SignatureMismatch);
    assert_eq!(wrong(&[0; 1 << 20]), Code::SignatureMismatch);
    assert!(!prepared.to_be_signed().is_empty());
}

#[test]
fn each_question_has_its_own_answer() {
    let (roots, others) = (certificates(&["root"]), certificates(&["other-root"]));
    let bytes = signed("rsa");
    let at = |years: i64| Time::from_unix(now().unix() + years * 365 * 86_400).unwrap();
    assert_eq!(codes(&bytes, &trust(&[])), [Code::IncompleteChain]);
    assert_eq!(codes(&bytes, &trust(&others)), [Code::SignatureMismatch]);
    assert_eq!(codes(&bytes, &Trust { now: at(150), ..trust(&roots) }), [Code::CertificateExpired]);
    assert_eq!(codes(&bytes, &Trust { now: at(-10), ..trust(&roots) }), [Code::CertificateNotYetValid]);
    let expired = only(&open(&bytes).unwrap(), &Trust { now: at(150), ..trust(&roots) });
    assert_eq!(
        (expired.validity_then.is_ok(), expired.validity_now.is_ok(), expired.chain.is_ok()),
        (true, false, true)
    );
    assert!(matches!(expired.standing(), Standing::Unverified(fault) if fault.code == Code::CertificateExpired));
    let unknown = only(&open(&bytes).unwrap(), &trust(&[])).standing();
    assert!(matches!(unknown, Standing::Unverified(fault) if fault.code == Code::IncompleteChain));
}

#[test]
fn a_missing_intermediate_is_named_and_can_be_given() {
    let (roots, further) = (certificates(&["root"]), certificates(&["intermediate"]));
    let key = key("p384");
    let chain = Chain::order(certificates(&["p384"]), Some(&key)).unwrap();
    let bytes = sign(CONTENT, &Identity::new(key, chain).unwrap(), now(), Placement::Enclosed).unwrap();
    assert_eq!(codes(&bytes, &trust(&roots)), [Code::IncompleteChain]);
    assert_eq!(codes(&bytes, &Trust { further: &further, ..trust(&roots) }), []);
}

#[test]
fn a_certificate_that_may_not_sign_is_said_to_be_so_before_and_after() {
    let roots = certificates(&["root"]);
    for name in ["encipher", "stamp", "critical"] {
        let chain = Chain::order(certificates(&[name, "intermediate"]), Some(&key("p256"))).unwrap();
        let before: Vec<Code> = chain.faults(now()).iter().map(|fault| fault.code).collect();
        assert_eq!(before, [Code::CertificateMayNotSign], "{name}");
        let bytes = sign(CONTENT, &Identity::new(key("p256"), chain).unwrap(), now(), Placement::Enclosed).unwrap();
        assert_eq!(codes(&bytes, &trust(&roots)), [Code::CertificateMayNotSign], "{name}");
    }
    let refused = Chain::order(certificates(&["issued-by-leaf", "rsa"]), Some(&key("p256"))).unwrap_err();
    assert_eq!(refused.code, Code::CertificateMayNotSign);
}

#[test]
fn a_chain_is_ordered_whatever_the_order_of_its_file() {
    let key = key("rsa");
    for names in [["rsa", "intermediate", "root"], ["root", "rsa", "intermediate"], ["intermediate", "root", "rsa"]] {
        for key in [Some(&key), None] {
            let chain = Chain::order(certificates(&names), key).unwrap();
            let enclosed: Vec<String> =
                chain.enclosed().map(|one| one.subject().split(',').next().unwrap().to_owned()).collect();
            assert_eq!(enclosed, ["CN=Profiles (rsa)", "CN=Intermediate"]);
            assert_eq!(chain.root().map(Certificate::subject).as_deref(), Some("CN=Root, O=policyc tests"));
            assert_eq!(chain.faults(now()), []);
        }
    }
}

#[test]
fn a_chain_that_does_not_hold_is_refused() {
    let key = key("rsa");
    let code = |names: &[&str]| Chain::order(certificates(names), Some(&key)).map(|_| ()).map_err(|fault| fault.code);
    assert_eq!(code(&["rsa", "intermediate", "rsa"]), Ok(()));
    assert_eq!(code(&["p256", "intermediate"]), Err(Code::KeyMismatch));
    assert_eq!(code(&["rsa", "intermediate", "p256"]), Err(Code::UnrelatedCertificate));
    assert_eq!(code(&["rsa", "root"]), Err(Code::UnrelatedCertificate));
    assert_eq!(code(&["rsa", "intermediate", "other-root"]), Err(Code::SignatureMismatch));
}

#[test]
fn a_certificate_is_held_against_the_day() {
    let chain = Chain::order(certificates(&["rsa", "intermediate"]), None).unwrap();
    let (from, to) = chain.leaf().validity();
    let at = |time: Time, days: i64| {
        let time = Time::from_unix(time.unix() + days * 86_400).unwrap();
        chain.faults(time).iter().map(|fault| fault.code).next()
    };
    assert_eq!(at(from, -1), Some(Code::CertificateNotYetValid));
    assert_eq!(at(from, 1), None);
    assert_eq!(at(to, -31), None);
    assert_eq!(at(to, -29), Some(Code::CertificateExpiresSoon));
    assert_eq!(at(to, 1), Some(Code::CertificateExpired));
}
