//! PKCS#12 (RFC 7292): a key and its certificates in one file, as keychains and browsers export them. Its contents may be hidden with PBES2
//! or with triple DES; RC2, which OpenSSL itself opens only when asked twice, is not taken.

use super::super::Certificate;
use super::super::algorithm::Identifier;
use super::super::der::{Element, Malformed, Reader, ber, oid, tag};
use super::encrypted::{self, MOST_ROUNDS};
use super::{Code, Fault, Key};
use ring::{digest, hmac};
use zeroize::Zeroizing;

/// What the bytes that are derived are for (RFC 7292 §B.3).
const FOR_KEY: u8 = 1;
const FOR_VECTOR: u8 = 2;
const FOR_MAC: u8 = 3;
/// Certificates in one file.
const MOST: usize = 64;

/// What the bags hold.
#[derive(Default)]
struct Bags {
    keys: Vec<Key>,
    certificates: Vec<Certificate>,
}

/// Whether a file has the form.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    let parts = |mut outer: Reader<'_>| -> Result<bool, Malformed> {
        let mut body = outer.sequence()?;
        let is_third = body.take(tag::INTEGER)?.small()? == 3;
        Ok(is_third && body.take(tag::SEQUENCE).is_ok())
    };
    ber::to_der(bytes).is_ok_and(|der| parts(Reader::new(&der)).unwrap_or(false))
}

/// The key and the certificates of a file.
pub(super) fn read(bytes: &[u8], passphrase: &[u8]) -> Result<(Key, Vec<Certificate>), Fault> {
    let der = Zeroizing::new(ber::to_der(bytes).map_err(Fault::key)?);
    let mut bags = Bags::default();
    let safe = authentic(&der, passphrase)?;
    let mut list = Reader::new(&safe).sequence().map_err(Fault::key)?;
    while !list.is_empty() {
        let (kind, content) = content(&mut list).map_err(Fault::key)?;
        match kind {
            oid::DATA => bags.read(octets(content).map_err(Fault::key)?, passphrase)?,
            oid::ENCRYPTED_DATA => {
                let (algorithm, data) = hidden(content).map_err(Fault::key)?;
                bags.read(&open(algorithm, &data, passphrase)?, passphrase)?;
            }
            _ => return Err(Fault::key(Malformed("it is closed with a public key"))),
        }
    }
    let mut keys = bags.keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok((key, bags.certificates)),
        (None, _) => Err(Fault::new(Code::UnreadableKey, "the PKCS#12 file holds no private key")
            .help("export the key together with its certificate")),
        (Some(_), Some(_)) => Err(Fault::new(Code::UnreadableKey, "the PKCS#12 file holds more than one private key")
            .help("export the one that signs")),
    }
}

/// A content type, and what stands behind it.
fn content<'a>(from: &mut Reader<'a>) -> Result<(&'a [u8], Reader<'a>), Malformed> {
    let mut parts = from.sequence()?;
    Ok((parts.take(tag::OID)?.content, parts.take(tag::constructed(0))?.inside()))
}

fn octets<'a>(mut from: Reader<'a>) -> Result<&'a [u8], Malformed> {
    from.take(tag::OCTET_STRING).map(|octets| octets.content)
}

/// `EncryptedData`: how it is hidden, and what. By the basic rules the octets may come in pieces.
fn hidden<'a>(mut from: Reader<'a>) -> Result<(Identifier<'a>, Zeroizing<Vec<u8>>), Malformed> {
    let mut parts = from.sequence()?;
    parts.take(tag::INTEGER)?;
    let mut inside = parts.sequence()?;
    inside.take(tag::OID)?;
    let algorithm = Identifier::read(&mut inside)?;
    let data = inside.any()?;
    match data.tag {
        tag if tag == tag::primitive(0) => Ok((algorithm, Zeroizing::new(data.content.to_vec()))),
        _ => {
            let (mut whole, mut pieces) = (Zeroizing::new(Vec::new()), data.inside());
            while !pieces.is_empty() {
                whole.extend_from_slice(pieces.take(tag::OCTET_STRING)?.content);
            }
            Ok((algorithm, whole))
        }
    }
}

/// The contents, once the code over them (RFC 7292 §4) says that the passphrase is right; files without one are taken as they are.
fn authentic(der: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, Fault> {
    let frame = |mut outer: Reader<'_>| -> Result<_, Malformed> {
        let mut body = outer.sequence()?;
        body.take(tag::INTEGER)?;
        let (_, safe) = content(&mut body)?;
        Ok((octets(safe)?.to_vec(), body.optional(tag::SEQUENCE)?.map(|mac| mac.content.to_vec())))
    };
    let (safe, mac) = frame(Reader::new(der)).map_err(Fault::key)?;
    let Some(mac) = mac else { return Ok(safe) };
    let parts = |mut mac: Reader<'_>| -> Result<_, Malformed> {
        let mut info = mac.sequence()?;
        let algorithm = Identifier::read(&mut info)?.oid.to_vec();
        let code = octets(info)?.to_vec();
        let salt = mac.take(tag::OCTET_STRING)?.content.to_vec();
        let rounds = mac.optional(tag::INTEGER)?.map_or(Ok(1), Element::small)?;
        Ok((algorithm, code, salt, rounds))
    };
    let (algorithm, code, salt, rounds) = parts(Reader::new(&mac)).map_err(Fault::key)?;
    let (digest, algorithm) = match algorithm.as_slice() {
        oid::SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        oid::SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        oid::SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        oid::SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(encrypted::old(other)),
    };
    let mut key = Zeroizing::new(vec![0; digest.output_len()]);
    derive(digest, FOR_MAC, passphrase, (&salt, rounds), &mut key)?;
    match hmac::verify(&hmac::Key::new(algorithm, &key), &safe, &code) {
        Ok(()) => Ok(safe),
        Err(_) => Err(Fault::new(
            Code::WrongPassphrase,
            "the passphrase does not open the PKCS#12 file, or the file is damaged",
        )
        .help("give the one that it was exported with")),
    }
}

/// What an algorithm hides.
fn open(algorithm: Identifier<'_>, data: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if algorithm.oid != oid::PBE_SHA1_3DES {
        return encrypted::decrypt(algorithm, data, passphrase);
    }
    let parameters = |mut outer: Reader<'_>| -> Result<_, Malformed> {
        let mut parameters = outer.sequence()?;
        Ok((parameters.take(tag::OCTET_STRING)?.content.to_vec(), parameters.take(tag::INTEGER)?.small()?))
    };
    let (salt, rounds) = parameters(Reader::new(algorithm.parameters)).map_err(Fault::key)?;
    let (mut key, mut vector) = (Zeroizing::new([0; 24]), [0; 8]);
    let digest = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    derive(digest, FOR_KEY, passphrase, (&salt, rounds), &mut *key)?;
    derive(digest, FOR_VECTOR, passphrase, (&salt, rounds), &mut vector)?;
    let mut data = Zeroizing::new(data.to_vec());
    encrypted::chain::<des::TdesEde3>(&*key, &vector, &mut data).ok_or_else(encrypted::wrong_passphrase)?;
    Ok(data)
}

impl Bags {
    /// `SafeContents` (RFC 7292 §4.2).
    fn read(&mut self, safe: &[u8], passphrase: &[u8]) -> Result<(), Fault> {
        let mut list = Reader::new(safe).sequence().map_err(Fault::key)?;
        while !list.is_empty() {
            let (kind, mut inside) = content(&mut list).map_err(Fault::key)?;
            match kind {
                oid::KEY_BAG => self.keys.push(super::plain(inside.sequence().map_err(Fault::key)?)?),
                oid::SHROUDED_KEY_BAG => {
                    let mut body = inside.sequence().map_err(Fault::key)?;
                    let algorithm = Identifier::read(&mut body).map_err(Fault::key)?;
                    let opened = open(algorithm, octets(body).map_err(Fault::key)?, passphrase)?;
                    self.keys.push(super::plain(Reader::new(&opened).sequence().map_err(Fault::key)?)?);
                }
                oid::CERTIFICATE_BAG if self.certificates.len() < MOST => {
                    let mut bag = inside.sequence().map_err(Fault::certificate)?;
                    if bag.take(tag::OID).map_err(Fault::certificate)?.content == oid::X509_CERTIFICATE {
                        let inside = bag.take(tag::constructed(0)).map_err(Fault::certificate)?.inside();
                        let one = octets(inside).and_then(Certificate::decode).map_err(Fault::certificate)?;
                        self.certificates.push(one);
                    }
                }
                // Revocation lists, secrets and bags in bags sign nothing.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Bytes from a passphrase (RFC 7292 §B.2), which is taken as UTF-16 with an end mark.
fn derive(
    digest: &'static digest::Algorithm,
    purpose: u8,
    passphrase: &[u8],
    (salt, rounds): (&[u8], u32),
    to: &mut [u8],
) -> Result<(), Fault> {
    if !(1..=MOST_ROUNDS).contains(&rounds) {
        return Err(encrypted::costly(&format!("{rounds} rounds, and not between 1 and {MOST_ROUNDS}")));
    }
    let width = digest.block_len();
    let text = Zeroizing::new(String::from_utf8_lossy(passphrase).into_owned());
    let wide: Zeroizing<Vec<u8>> = Zeroizing::new(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect());
    let fill = |from: &[u8]| -> Vec<u8> {
        let length = from.len().div_ceil(width) * width;
        from.iter().copied().cycle().take(length).collect()
    };
    let mut state = Zeroizing::new([fill(salt), fill(&wide)].concat());
    for piece in to.chunks_mut(digest.output_len()) {
        let mut first = digest::Context::new(digest);
        first.update(&vec![purpose; width]);
        first.update(&state);
        let mut hash = first.finish();
        for _ in 1..rounds {
            hash = digest::digest(digest, hash.as_ref());
        }
        piece.copy_from_slice(&hash.as_ref()[..piece.len()]);
        let mask: Vec<u8> = hash.as_ref().iter().copied().cycle().take(width).collect();
        for block in state.chunks_mut(width) {
            let mut carry = 1u16;
            for (byte, mask) in block.iter_mut().zip(&mask).rev() {
                carry += u16::from(*byte) + u16::from(*mask);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
    }
    Ok(())
}
