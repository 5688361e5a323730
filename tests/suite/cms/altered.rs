//! Signed files that were altered: every bit, every length, and by malice.

use super::*;
use rayon::prelude::*;

/// Bits of `bytes` that can be flipped without a word.
fn survivors(bytes: &[u8], trust: &Trust<'_>) -> Vec<usize> {
    let flipped = |bit: &usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        codes(&bytes, trust).is_empty()
    };
    (0..bytes.len() * 8).into_par_iter().filter(flipped).collect()
}

#[test]
fn no_bit_can_be_flipped() {
    let (roots, further) = (certificates(&["root"]), certificates(&["intermediate"]));
    for kind in KINDS {
        // The bits of the intermediate certificate are turned once: the other kinds of signer do without it, since they take longer.
        let (bytes, trust) = match kind {
            "rsa" => (signed(kind), trust(&roots)),
            _ => {
                let chain = Chain::order(certificates(&[kind]), None).unwrap();
                let alone = Identity::new(key(kind), chain).unwrap();
                let bytes = sign(CONTENT, &alone, now(), Placement::Enclosed).unwrap();
                (bytes, Trust { further: &further, ..trust(&roots) })
            }
        };
        assert_eq!(codes(&bytes, &trust), []);
        assert_eq!(survivors(&bytes, &trust), Vec::<usize>::new(), "{kind}, {} bytes", bytes.len());
        // Nor where it is not known that policyc wrote it. One kind is enough, and RSA the fastest.
        if kind == "rsa" {
            let trust = Trust { form: Form::Any, ..trust };
            assert_eq!(survivors(&bytes, &trust), Vec::<usize>::new(), "{kind}, {} bytes of anyone's", bytes.len());
        }
    }
}

#[test]
fn no_bit_of_a_detached_signature_can_be_flipped() {
    let roots = certificates(&["root"]);
    let bytes = sign(CONTENT, &identity("rsa"), now(), Placement::Detached).unwrap();
    let trust = Trust { content: Some(CONTENT), ..trust(&roots) };
    assert_eq!(codes(&bytes, &trust), []);
    assert_eq!(survivors(&bytes, &trust), Vec::<usize>::new());
}

#[test]
fn nothing_can_be_cut_off_or_added() {
    let roots = certificates(&["root"]);
    let bytes = signed("rsa");
    for length in 0..bytes.len() {
        let code = codes(&bytes[..length], &trust(&roots));
        assert!(matches!(code[..], [Code::UnreadableSignature] | [Code::NotSigned]), "{length}: {code:?}");
    }
    for more in [&b"\0"[..], b"\n", b"0\0", b"\x05\0"] {
        assert_eq!(codes(&[&bytes, more].concat(), &trust(&roots)), [Code::UnreadableSignature]);
    }
}

#[test]
fn another_certificate_is_noticed() {
    // The one that the signature names is exchanged for another of the same length in the same place.
    let roots = certificates(&["root"]);
    let (own, other) = (&certificates(&["p256"])[0], &certificates(&["stamp"])[0]);
    let bytes = signed("p256");
    let at = bytes.windows(own.der().len()).position(|window| window == own.der()).unwrap();
    let swapped = [&bytes[..at], other.der(), &bytes[at + own.der().len()..]].concat();
    assert!(!codes(&swapped, &trust(&roots)).is_empty());
}

#[test]
fn hostile_files_end_in_a_code() {
    let trust = trust(&[]);
    let nested = |open: &[u8]| codes(&open.repeat(100_000), &trust);
    assert_eq!(nested(&[0x30, 0x80]), [Code::UnreadableSignature]);
    assert_eq!(nested(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), [Code::UnreadableSignature]);
    assert_eq!(codes(&[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], &trust), [Code::UnreadableSignature]);
    let flat = [&[0x30, 0x80][..], &[5, 0].repeat(1 << 20), &[0, 0]].concat();
    assert_eq!(codes(&flat, &trust), [Code::ExcessiveSignature]);
    assert_eq!(codes(&vec![0x30; (32 << 20) + 1], &trust), [Code::ExcessiveSignature]);
    assert_eq!(codes(b"", &trust), [Code::NotSigned]);
    assert_eq!(codes(b"<?xml version=\"1.0\"?><plist/>", &trust), [Code::NotSigned]);
    assert_eq!(codes(b"0\0", &trust), [Code::UnreadableSignature]);
    assert_eq!(codes(b"-----BEGIN CMS-----\n*\n-----END CMS-----\n", &trust), [Code::UnreadableSignature]);
    assert_eq!(codes(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", &trust), [Code::NotSigned]);
}

/// A length as DER writes it, in four octets: lenient, as in the basic rules.
fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, 0x84][..], &u32::try_from(content.len()).unwrap().to_be_bytes(), &content].concat()
}

/// A signed file of so many copies of a certificate and of a signature.
fn crowd(certificates: usize, signers: usize) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let one = super::certificates(&["p256"])[0].der().repeat(certificates);
    let signer = wrap(0x30, &[&[2, 1, 1]]).repeat(signers);
    let parts: [&[u8]; 5] =
        [&[2, 1, 1], &wrap(0x31, &[]), &wrap(0x30, &[DATA]), &wrap(0xa0, &[&one]), &wrap(0x31, &[&signer])];
    wrap(0x30, &[SIGNED_DATA, &wrap(0xa0, &[&wrap(0x30, &parts)])])
}

#[test]
fn a_crowd_is_turned_away() {
    assert_eq!(codes(&crowd(10_000, 1), &trust(&[])), [Code::ExcessiveSignature]);
    assert_eq!(codes(&crowd(17, 1), &trust(&[])), [Code::ExcessiveSignature]);
    assert_eq!(codes(&crowd(1, 10_000), &trust(&[])), [Code::ExcessiveSignature]);
    assert_eq!(codes(&crowd(1, 0), &trust(&[])), [Code::NotSigned]);
    assert_eq!(codes(&crowd(16, 8), &trust(&[])), [Code::UnreadableSignature]);
}
