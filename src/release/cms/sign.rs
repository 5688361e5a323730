//! Signing (RFC 5652 §5): what is to be signed, and the whole once the signature is there. The two are apart, since the key may be in
//! another program or another house.

use super::algorithm::{Hash, Scheme};
use super::der::{header, integer, oid, set_of, tag, wrap};
use super::{Chain, Fault, Key, Time};
use crate::diagnostic::Code;

/// Whether the signature holds what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Inside, as devices want profiles.
    Enclosed,
    /// In a file of its own.
    Detached,
}

/// A key and the chain of its certificate, which belong together.
#[derive(Debug)]
pub struct Identity {
    key: Key,
    chain: Chain,
}

impl Identity {
    /// The two, where the certificate is that of the key.
    pub fn new(key: Key, chain: Chain) -> Result<Identity, Fault> {
        if chain.leaf().key()? == key.public() {
            return Ok(Identity { key, chain });
        }
        let message = format!("the private key is not that of the certificate of {}", chain.leaf());
        Err(Fault::new(Code::KeyMismatch, message).help("give the certificate that was issued for this key"))
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

/// Content that waits for its signature.
#[derive(Debug)]
pub struct Prepared<'a> {
    content: &'a [u8],
    chain: &'a Chain,
    scheme: Scheme,
    /// The signed attributes, as the set that is signed (RFC 5652 §5.4).
    attributes: Vec<u8>,
}

/// The pieces of a signed file, of which [`Parts::assemble`] makes the one form that it has.
pub(super) struct Parts<'a> {
    pub(super) content: Option<&'a [u8]>,
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) issuer: &'a [u8],
    pub(super) serial: &'a [u8],
    /// The contents of the set.
    pub(super) attributes: &'a [u8],
    pub(super) scheme: Scheme,
    pub(super) signature: &'a [u8],
}

/// Prepares content to be signed at a moment by the signer of a chain. Whether its certificates are good then, [`Chain::faults`] says.
pub fn prepare<'a>(content: &'a [u8], chain: &'a Chain, at: Time) -> Result<Prepared<'a>, Fault> {
    let scheme = chain.leaf().key()?.scheme();
    let attributes = attributes(Hash::Sha256.of(content).as_ref(), Some(at));
    Ok(Prepared { content, chain, scheme, attributes })
}

impl Prepared<'_> {
    /// The bytes that the key must sign: SHA-256 with RSA (PKCS#1 v1.5), or with ECDSA as `SEQUENCE { r, s }`.
    pub fn to_be_signed(&self) -> &[u8] {
        &self.attributes
    }

    /// The signed file, where the signature is that of the certificate. Signatures that come from elsewhere go through here.
    pub fn finish(&self, signature: &[u8], placement: Placement) -> Result<Vec<u8>, Fault> {
        let leaf = self.chain.leaf();
        if leaf.key()?.has_signed(self.scheme, &self.attributes, signature) {
            return Ok(self.assemble(signature, placement));
        }
        let help = match self.scheme {
            Scheme::Rsa(_) => {
                "it must be RSA with PKCS#1 v1.5 padding over SHA-256, over the bytes and not over their digest"
            }
            Scheme::Ecdsa(_) => {
                "it must be ECDSA over SHA-256, in the DER form of OpenSSL, over the bytes and not over their digest"
            }
        };
        let message = format!("the signature is not that of the key of {leaf} over what was to be signed");
        Err(Fault::new(Code::SignatureMismatch, message).help(help))
    }

    fn assemble(&self, signature: &[u8], placement: Placement) -> Vec<u8> {
        let leaf = self.chain.leaf();
        let parts = Parts {
            content: (placement == Placement::Enclosed).then_some(self.content),
            certificates: self.chain.enclosed().map(|one| one.der()).collect(),
            issuer: &leaf.issuer,
            serial: &leaf.serial,
            attributes: set_content(&self.attributes),
            scheme: self.scheme,
            signature,
        };
        parts.assemble()
    }
}

/// Signs content at a moment. With the same key, chain, content and moment, the bytes are the same.
///
/// That the key is the certificate's is known from [`Identity::new`], so that the signature is not verified here once more: with ECDSA
/// that takes four times as long as signing.
pub fn sign(content: &[u8], identity: &Identity, at: Time, placement: Placement) -> Result<Vec<u8>, Fault> {
    let prepared = prepare(content, &identity.chain, at)?;
    let signature = identity.key.sign(prepared.to_be_signed())?;
    Ok(prepared.assemble(&signature, placement))
}

/// The signed attributes as a set: content type, signing time, digest.
pub(super) fn attributes(digest: &[u8], at: Option<Time>) -> Vec<u8> {
    let attribute =
        |kind: &[u8], value: &[u8]| wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[kind]), &wrap(tag::SET, &[value])]);
    let kind = attribute(oid::CONTENT_TYPE, &wrap(tag::OID, &[oid::DATA]));
    let time = at.map(|at| attribute(oid::SIGNING_TIME, &at.encode()));
    let digest = attribute(oid::MESSAGE_DIGEST, &wrap(tag::OCTET_STRING, &[digest]));
    set_of(tag::SET, time.iter().chain([&kind, &digest]).map(Vec::as_slice).collect())
}

/// What stands inside a set that was written here.
pub(super) fn set_content(set: &[u8]) -> &[u8] {
    super::der::Reader::new(set).any().map_or(&[], |set| set.content)
}

impl Parts<'_> {
    /// `ContentInfo`, by the distinguished rules, with the fewest fields that say it all.
    pub(super) fn assemble(&self) -> Vec<u8> {
        let version = integer(&[1]);
        let digest = Hash::Sha256.identifier().encode();
        let signer = wrap(
            tag::SEQUENCE,
            &[
                &version,
                &wrap(tag::SEQUENCE, &[self.issuer, &wrap(tag::INTEGER, &[self.serial])]),
                &digest,
                &wrap(tag::constructed(0), &[self.attributes]),
                &self.scheme.identifier().encode(),
                &wrap(tag::OCTET_STRING, &[self.signature]),
            ],
        );
        let before = [version, wrap(tag::SET, &[&digest])].concat();
        let after = [set_of(tag::constructed(0), self.certificates.clone()), wrap(tag::SET, &[&signer])].concat();
        let content = match self.content {
            Some(content) => Around::new(content).inside(tag::OCTET_STRING).inside(tag::constructed(0)),
            None => Around::new(&[]),
        };
        let signed = content.after(&wrap(tag::OID, &[oid::DATA])).inside(tag::SEQUENCE);
        let signed = signed.after(&before).before(&after).inside(tag::SEQUENCE).inside(tag::constructed(0));
        signed.after(&wrap(tag::OID, &[oid::SIGNED_DATA])).inside(tag::SEQUENCE).whole()
    }
}

/// What stands around a content, which may be a secret and is copied once, into the file itself.
struct Around<'a> {
    head: Vec<u8>,
    content: &'a [u8],
    tail: Vec<u8>,
}

impl<'a> Around<'a> {
    fn new(content: &'a [u8]) -> Around<'a> {
        Around { head: Vec::new(), content, tail: Vec::new() }
    }

    /// All of it as the content of a type.
    fn inside(self, tag: u8) -> Around<'a> {
        let length = self.head.len() + self.content.len() + self.tail.len();
        let head = std::iter::once(tag).chain(header(length)).chain(self.head).collect();
        Around { head, ..self }
    }

    /// With something in front of it.
    fn after(self, first: &[u8]) -> Around<'a> {
        Around { head: [first, &self.head].concat(), ..self }
    }

    /// With something behind it.
    fn before(self, last: &[u8]) -> Around<'a> {
        Around { tail: [&self.tail, last].concat(), ..self }
    }

    fn whole(self) -> Vec<u8> {
        [&self.head, self.content, &self.tail].concat()
    }
}
