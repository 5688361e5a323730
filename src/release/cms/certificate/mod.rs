//! Certificates (RFC 5280): what a signature needs to know of one.

mod extensions;
mod name;
mod usage;

use super::algorithm::{Identifier, Scheme};
use super::der::{Malformed, Reader, tag};
use super::public::PublicKey;
use super::{Fault, Time, pem};
use crate::diagnostic::Code;
use extensions::Extensions;
use std::fmt;

/// The largest file of certificates, and the most in it.
const LARGEST: usize = 1 << 20;
const MOST: usize = 512;

/// One certificate, its bytes and what they say.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    /// The part that its issuer signed.
    signed: Vec<u8>,
    scheme: Result<Scheme, Fault>,
    signature: Vec<u8>,
    /// The digits of its number, as encoded.
    pub(super) serial: Vec<u8>,
    /// The encoded names.
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    /// From when to when it is good, both included.
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    key: Result<PublicKey, Fault>,
    pub(super) extensions: Extensions,
}

/// Two certificates are one where every byte is the same.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Every certificate of a file, PEM or DER, in its order.
    pub fn read(bytes: &[u8]) -> Result<Vec<Certificate>, Fault> {
        let none = |why: &str| {
            Fault::new(Code::UnreadableCertificate, format!("there is no certificate: {why}")).help(
                "a certificate is DER, or PEM text with `-----BEGIN CERTIFICATE-----`; several may follow one another",
            )
        };
        if bytes.len() > LARGEST {
            return Err(none("the file is larger than 1 MiB"));
        }
        let mut found = Vec::new();
        if pem::is_pem(bytes) {
            let blocks = pem::blocks(bytes).map_err(none)?;
            for block in
                blocks.iter().filter(|block| matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE"))
            {
                found.push(Certificate::decode(&block.bytes).map_err(Fault::certificate)?);
            }
        } else {
            let mut rest = Reader::new(bytes);
            while !rest.is_empty() {
                found.push(rest.any().and_then(|one| Certificate::decode(one.whole)).map_err(Fault::certificate)?);
            }
        }
        match found.len() {
            0 => Err(none("the file holds none")),
            1..=MOST => Ok(found),
            _ => Err(none("the file holds more than 512")),
        }
    }

    /// One certificate and nothing else (RFC 5280 §4.1).
    pub(super) fn decode(der: &[u8]) -> Result<Certificate, Malformed> {
        let mut outer = Reader::new(der);
        let mut parts = outer.sequence()?;
        outer.end()?;
        let signed = parts.take(tag::SEQUENCE)?;
        let algorithm = parts;
        let scheme = Identifier::read(&mut parts)?;
        let signature = parts.take(tag::BIT_STRING)?.octets()?;
        parts.end()?;

        let mut fields = signed.inside();
        let version = match fields.optional(tag::constructed(0))? {
            Some(version) => version.inside().take(tag::INTEGER)?.small()?,
            None => 0,
        };
        let serial = fields.take(tag::INTEGER)?.content;
        let mut outside = algorithm;
        if outside.any()?.whole != fields.take(tag::SEQUENCE)?.whole {
            return Err(Malformed("it names one algorithm inside and another outside"));
        }
        let issuer = fields.take(tag::SEQUENCE)?.whole;
        let mut validity = fields.sequence()?;
        let (not_before, not_after) = (Time::decode(validity.any()?)?, Time::decode(validity.any()?)?);
        validity.end()?;
        let subject = fields.take(tag::SEQUENCE)?.whole;
        let key = PublicKey::read(Reader::new(fields.take(tag::SEQUENCE)?.whole))?;
        fields.optional(tag::primitive(1))?;
        fields.optional(tag::primitive(2))?;
        let extensions = match fields.optional(tag::constructed(3))? {
            Some(_) if version != 2 => return Err(Malformed("it has extensions and is not of version 3")),
            Some(extensions) => Extensions::read(extensions.inside())?,
            None => Extensions::default(),
        };
        fields.end()?;
        Ok(Certificate {
            der: der.to_vec(),
            signed: signed.whole.to_vec(),
            scheme: Scheme::named(scheme, None),
            signature: signature.to_vec(),
            serial: serial.to_vec(),
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            not_before,
            not_after,
            key,
            extensions,
        })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it speaks of, as people write names: `CN=Profiles, O=Acme`.
    pub fn subject(&self) -> String {
        name::show(&self.subject)
    }

    /// Who issued it.
    pub fn issuer(&self) -> String {
        name::show(&self.issuer)
    }

    /// Its number in hexadecimal digits, as `openssl x509 -serial` prints it.
    pub fn serial(&self) -> String {
        let digits = match self.serial.as_slice() {
            [0, digits @ ..] if !digits.is_empty() => digits,
            digits => digits,
        };
        digits.iter().take(32).map(|digit| format!("{digit:02X}")).collect()
    }

    /// The first and the last second in which it is good.
    pub fn validity(&self) -> (Time, Time) {
        (self.not_before, self.not_after)
    }

    /// Its key, or why a key of the kind is not taken.
    pub(super) fn key(&self) -> Result<&PublicKey, Fault> {
        self.key.as_ref().map_err(Clone::clone)
    }

    /// Whether it names itself as its issuer, as roots do.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether it says that `issuer` issued it. Key identifiers are hints for searches among many: here the signature decides.
    pub(super) fn names(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject
    }

    /// That the key of `issuer` signed this one.
    pub(super) fn is_signed_by(&self, issuer: &Certificate) -> Result<(), Fault> {
        let scheme = self.scheme.clone().map_err(|mut fault| {
            fault.message = format!("the certificate of {}: {}", self.subject(), fault.message);
            fault
        })?;
        if issuer.key()?.has_signed(scheme, &self.signed, &self.signature) {
            return Ok(());
        }
        let message = format!("the certificate of {} was not signed by {}", self.subject(), issuer.subject());
        Err(Fault::new(Code::SignatureMismatch, message)
            .help("the certificate was altered, or another authority of the same name issued it"))
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject())
    }
}
