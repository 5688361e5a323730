//! Opening a signed file (RFC 5652 §5): what it holds. Whether to believe it, [`super::verify`] says.

use super::algorithm::{Hash, Identifier, Scheme};
use super::der::{Element, Malformed, Reader, ber, oid, set_of, tag};
use super::{Certificate, Fault, Time, pem};
use crate::diagnostic::Code;

/// The largest signed file, and the most signers and certificates in one.
const LARGEST: usize = 32 << 20;
const SIGNERS: usize = 8;
const CERTIFICATES: usize = 16;

/// How a signed file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// By the distinguished rules: every value in its one form.
    Der,
    /// By the basic rules, as when the content was streamed.
    Ber,
    /// As text around either.
    Pem,
}

/// What a signed file holds.
#[derive(Clone, Debug)]
pub struct Opened {
    /// How it is written.
    pub encoding: Encoding,
    /// What was signed; none where that is in a file of its own.
    pub content: Option<Vec<u8>>,
    /// The certificates that it encloses, in its order.
    pub certificates: Vec<Certificate>,
    pub(super) signers: Vec<Signer>,
    /// What is not as the standard has it, where no signature reaches.
    pub(super) irregular: Option<&'static str>,
    /// The whole, by the distinguished rules.
    pub(super) der: Vec<u8>,
}

/// One signature.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    version: u32,
    pub(super) name: Name,
    pub(super) hash: Result<Hash, Fault>,
    pub(super) scheme: Result<Scheme, Fault>,
    pub(super) attributes: Option<Attributes>,
    pub(super) signature: Vec<u8>,
}

/// How a signature names the certificate of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// By the issuer's encoded name, and the digits of the number that it gave.
    Issued { issuer: Vec<u8>, serial: Vec<u8> },
    /// By the identifier of the key.
    Key(Vec<u8>),
}

/// What was signed in place of the content.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    /// As a set, in its order.
    pub(super) set: Vec<u8>,
    pub(super) digest: Vec<u8>,
    pub(super) time: Option<Time>,
}

/// Opens a signed file: DER, BER or PEM.
pub fn open(bytes: &[u8]) -> Result<Opened, Fault> {
    if bytes.len() > LARGEST {
        return Err(excessive("is larger than 32 MiB"));
    }
    let block;
    let (bytes, is_text) = if bytes.first() != Some(&tag::SEQUENCE) && pem::is_pem(bytes) {
        let wrong = |why: &str| Fault::new(Code::UnreadableSignature, format!("the signed file is damaged: {why}"));
        let blocks = pem::blocks(bytes).map_err(wrong)?;
        let known = |label: &str| matches!(label, "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA");
        // Readers differ in what they make of the rest, and no signature covers it.
        if blocks.len() > 1 || !bytes.trim_ascii_end().ends_with(b"-----") {
            return Err(wrong("there is more than there should be"));
        }
        block = blocks.into_iter().find(|block| known(&block.label)).ok_or_else(not_signed)?;
        (block.bytes.as_slice(), true)
    } else {
        (bytes, false)
    };
    if bytes.first() != Some(&tag::SEQUENCE) {
        return Err(not_signed());
    }
    let der = ber::to_der(bytes).map_err(|why| match why {
        ber::TOO_MANY => excessive("holds more than 250,000 values"),
        other => Fault::signature(other),
    })?;
    let encoding = match is_text {
        true => Encoding::Pem,
        false if der == bytes => Encoding::Der,
        false => Encoding::Ber,
    };
    let (content, certificates, signers, irregular) = content_info(&der)?;
    Ok(Opened { encoding, content, certificates, signers, irregular, der })
}

type Held = (Option<Vec<u8>>, Vec<Certificate>, Vec<Signer>, Option<&'static str>);

fn content_info(der: &[u8]) -> Result<Held, Fault> {
    let mut outer = Reader::new(der);
    let (kind, signed) = typed(&mut outer).map_err(Fault::signature)?;
    let kind = match kind {
        oid::SIGNED_DATA => signed.ok_or(Malformed("it holds nothing")),
        oid::ENVELOPED_DATA => {
            return Err(Fault::new(Code::NotSigned, "the file is encrypted for a device, not signed")
                .help("only that device, or the server that made it, can open it"));
        }
        _ => return Err(not_signed()),
    };
    signed_data(kind.map_err(Fault::signature)?)
}

/// A content type, and what stands in `[0]` behind it.
fn typed<'a>(from: &mut Reader<'a>) -> Result<(&'a [u8], Option<Reader<'a>>), Malformed> {
    let mut parts = from.sequence()?;
    let kind = parts.take(tag::OID)?.content;
    let inside = parts.optional(tag::constructed(0))?.map(Element::inside);
    parts.end()?;
    Ok((kind, inside))
}

fn signed_data(mut from: Reader<'_>) -> Result<Held, Fault> {
    let mut parts = from.sequence().map_err(Fault::signature)?;
    let version = parts.take(tag::INTEGER).and_then(Element::small).map_err(Fault::signature)?;
    let digests = parts.take(tag::SET).map_err(Fault::signature)?;
    let (kind, content) = typed(&mut parts).map_err(Fault::signature)?;
    if kind != oid::DATA {
        return Err(Fault::new(
            Code::NotSigned,
            format!("what is signed is of the type {}, no profile", oid::dotted(kind)),
        ));
    }
    let octets = |mut inside: Reader<'_>| inside.take(tag::OCTET_STRING).map(|content| content.content.to_vec());
    let content = content.map(octets).transpose().map_err(Fault::signature)?;
    let mut certificates = Vec::new();
    if let Some(set) = parts.optional(tag::constructed(0)).map_err(Fault::signature)? {
        let each = members(set, CERTIFICATES)
            .map_err(Fault::signature)?
            .ok_or_else(|| excessive("holds more than 16 certificates"))?;
        for one in each.iter().filter(|one| one.tag == tag::SEQUENCE) {
            certificates.push(Certificate::decode(one.whole).map_err(Fault::certificate)?);
        }
    }
    // Revocation lists: a device asks the authority instead.
    parts.optional(tag::constructed(1)).map_err(Fault::signature)?;
    let set = parts.take(tag::SET).map_err(Fault::signature)?;
    parts.end().map_err(Fault::signature)?;
    let each =
        members(set, SIGNERS).map_err(Fault::signature)?.ok_or_else(|| excessive("holds more than 8 signatures"))?;
    if each.is_empty() {
        return Err(
            Fault::new(Code::NotSigned, "the file has the form of a signed one, and no signature").help("sign it")
        );
    }
    let signers: Vec<Signer> =
        each.into_iter().map(signer).collect::<Result<_, Malformed>>().map_err(Fault::signature)?;
    let irregular = irregular(version, digests, &signers).map_err(Fault::signature)?;
    Ok((content, certificates, signers, irregular))
}

/// What the standard (RFC 5652 §5.1, §5.3) wants of the parts that no signature covers, and that would otherwise say nothing.
fn irregular(version: u32, digests: Element<'_>, signers: &[Signer]) -> Result<Option<&'static str>, Malformed> {
    let by_key = |signer: &Signer| matches!(signer.name, Name::Key(_));
    let expected = |by_key: bool| if by_key { 3 } else { 1 };
    let mut named: Vec<Hash> = Vec::new();
    let mut inside = digests.inside();
    while !inside.is_empty() {
        match Hash::named(Identifier::read(&mut inside)?) {
            Ok(hash) => named.push(hash),
            // A refused one is told of where a signer names it.
            Err(_) if signers.iter().any(|signer| signer.hash.is_err()) => {}
            Err(_) => return Ok(Some("it lists a digest that no signature uses")),
        }
    }
    let used: Vec<Hash> = signers.iter().filter_map(|signer| signer.hash.clone().ok()).collect();
    Ok(if version != expected(signers.iter().any(by_key)) {
        Some("its version is not that of what it holds")
    } else if signers.iter().any(|signer| signer.version != expected(by_key(signer))) {
        Some("the version of a signature is not that of what it holds")
    } else if named.iter().any(|hash| !used.contains(hash)) || used.iter().any(|hash| !named.contains(hash)) {
        Some("the digests that it lists are not those that its signatures use")
    } else {
        None
    })
}

/// The values of a set; none where there are more than so many.
fn members(set: Element<'_>, most: usize) -> Result<Option<Vec<Element<'_>>>, Malformed> {
    let (mut each, mut inside) = (Vec::new(), set.inside());
    while !inside.is_empty() {
        if each.len() == most {
            return Ok(None);
        }
        each.push(inside.any()?);
    }
    Ok(Some(each))
}

/// `SignerInfo` (RFC 5652 §5.3).
fn signer(element: Element<'_>) -> Result<Signer, Malformed> {
    let mut parts = match element.tag {
        tag::SEQUENCE => element.inside(),
        _ => return Err(Malformed("a signature is of another type than its place wants")),
    };
    let version = parts.take(tag::INTEGER)?.small()?;
    let name = match parts.optional(tag::primitive(0))? {
        Some(key) => Name::Key(key.content.to_vec()),
        None => {
            let mut issued = parts.sequence()?;
            let issuer = issued.take(tag::SEQUENCE)?.whole.to_vec();
            let serial = issued.take(tag::INTEGER)?.content.to_vec();
            issued.end()?;
            Name::Issued { issuer, serial }
        }
    };
    let hash = Hash::named(Identifier::read(&mut parts)?);
    let attributes = parts.optional(tag::constructed(0))?.map(attributes).transpose()?;
    let scheme = Identifier::read(&mut parts)?;
    let scheme = hash.clone().and_then(|hash| Scheme::named(scheme, Some(hash)));
    let signature = parts.take(tag::OCTET_STRING)?.content.to_vec();
    parts.optional(tag::constructed(1))?;
    parts.end()?;
    Ok(Signer { version, name, hash, scheme, attributes, signature })
}

/// The signed attributes: each at most once, with one value (RFC 5652 §11).
fn attributes(set: Element<'_>) -> Result<Attributes, Malformed> {
    let (mut kind, mut digest, mut time) = (None, None, None);
    let mut inside = set.inside();
    let mut each = Vec::new();
    while !inside.is_empty() {
        let attribute = inside.take(tag::SEQUENCE)?;
        each.push(attribute.whole);
        let mut parts = attribute.inside();
        let name = parts.take(tag::OID)?.content;
        let mut values = parts.take(tag::SET)?.inside();
        parts.end()?;
        let place = match name {
            oid::CONTENT_TYPE => &mut kind,
            oid::MESSAGE_DIGEST => &mut digest,
            oid::SIGNING_TIME => &mut time,
            _ => continue,
        };
        let value = values.any()?;
        values.end()?;
        if place.replace(value).is_some() {
            return Err(Malformed("a signed attribute stands twice"));
        }
    }
    if kind.is_none_or(|kind| kind.tag != tag::OID || kind.content != oid::DATA) {
        return Err(Malformed("the signed attributes do not say what type of content was signed"));
    }
    let digest = digest.filter(|digest| digest.tag == tag::OCTET_STRING);
    let digest = digest.ok_or(Malformed("the signed attributes hold no digest"))?.content.to_vec();
    let time = time.map(Time::decode).transpose()?;
    // Signed is the set by the distinguished rules, whatever order it was sent in (RFC 5652 §5.4).
    Ok(Attributes { set: set_of(tag::SET, each), digest, time })
}

fn not_signed() -> Fault {
    Fault::new(Code::NotSigned, "the file is not signed")
        .help("a signed profile is a CMS structure around the property list; `policyc release` writes one")
}

fn excessive(what: &str) -> Fault {
    Fault::new(Code::ExcessiveSignature, format!("the signed file {what}"))
        .help("no tool that signs profiles writes such a file: find out where it comes from")
}
