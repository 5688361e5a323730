//! Which algorithms a signature may be made with: SHA-2 with RSA (PKCS#1 v1.5) or ECDSA (RFC 5754, RFC 5758). The others that occur are
//! known by name, so that they are refused with a reason.

use super::Fault;
use super::der::{Malformed, Reader, oid, tag, wrap};
use crate::diagnostic::Code;
use ring::digest;

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// How bytes are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Rsa(Hash),
    Ecdsa(Hash),
}

/// An algorithm as structures name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identifier<'a> {
    pub(super) oid: &'a [u8],
    /// All of the parameters' bytes; none where they are left out.
    pub(super) parameters: &'a [u8],
}

const NULL: &[u8] = &[tag::NULL, 0];

impl<'a> Identifier<'a> {
    /// Reads the next one.
    pub(super) fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut inside = from.sequence()?;
        let oid = inside.take(tag::OID)?.content;
        let parameters = if inside.is_empty() { &[] } else { inside.any()?.whole };
        inside.end()?;
        Ok(Identifier { oid, parameters })
    }

    /// Whether there are no parameters, in either of the ways to say so.
    pub(super) fn is_plain(self) -> bool {
        self.parameters.is_empty() || self.parameters == NULL
    }

    /// The bytes that stand for it.
    pub(super) fn encode(self) -> Vec<u8> {
        wrap(tag::SEQUENCE, &[&wrap(tag::OID, &[self.oid]), self.parameters])
    }
}

impl Hash {
    /// The digest of these bytes.
    pub(super) fn of(self, bytes: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes)
    }

    /// Which digest an identifier names.
    pub(super) fn named(identifier: Identifier<'_>) -> Result<Hash, Fault> {
        let hash = match identifier.oid {
            oid::SHA256 => Hash::Sha256,
            oid::SHA384 => Hash::Sha384,
            oid::SHA512 => Hash::Sha512,
            other => return Err(refused(other)),
        };
        if identifier.is_plain() { Ok(hash) } else { Err(refused(identifier.oid)) }
    }

    /// As [`super::sign()`] names it: without parameters (RFC 5754 §2).
    pub(super) fn identifier(self) -> Identifier<'static> {
        let oid = match self {
            Hash::Sha256 => oid::SHA256,
            Hash::Sha384 => oid::SHA384,
            Hash::Sha512 => oid::SHA512,
        };
        Identifier { oid, parameters: &[] }
    }
}

impl Scheme {
    /// Which scheme an identifier names. A signer may say `rsaEncryption` and leave the digest to its other field.
    pub(super) fn named(identifier: Identifier<'_>, beside: Option<Hash>) -> Result<Scheme, Fault> {
        let scheme = match (identifier.oid, beside) {
            (oid::RSA, Some(hash)) => Scheme::Rsa(hash),
            (oid::SHA256_WITH_RSA, _) => Scheme::Rsa(Hash::Sha256),
            (oid::SHA384_WITH_RSA, _) => Scheme::Rsa(Hash::Sha384),
            (oid::SHA512_WITH_RSA, _) => Scheme::Rsa(Hash::Sha512),
            (oid::ECDSA_WITH_SHA256, _) => Scheme::Ecdsa(Hash::Sha256),
            (oid::ECDSA_WITH_SHA384, _) => Scheme::Ecdsa(Hash::Sha384),
            (oid::ECDSA_WITH_SHA512, _) => Scheme::Ecdsa(Hash::Sha512),
            (other, _) => return Err(refused(other)),
        };
        let hash = match scheme {
            Scheme::Rsa(hash) | Scheme::Ecdsa(hash) => hash,
        };
        let is_fine = identifier.is_plain() && beside.is_none_or(|beside| beside == hash);
        if is_fine { Ok(scheme) } else { Err(refused(identifier.oid)) }
    }

    /// As people name it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Scheme::Rsa(Hash::Sha256) => "RSA with SHA-256",
            Scheme::Rsa(Hash::Sha384) => "RSA with SHA-384",
            Scheme::Rsa(Hash::Sha512) => "RSA with SHA-512",
            Scheme::Ecdsa(Hash::Sha256) => "ECDSA with SHA-256",
            Scheme::Ecdsa(Hash::Sha384) => "ECDSA with SHA-384",
            Scheme::Ecdsa(Hash::Sha512) => "ECDSA with SHA-512",
        }
    }

    /// As [`super::sign()`] names it, which is how OpenSSL does.
    pub(super) fn identifier(self) -> Identifier<'static> {
        match self {
            Scheme::Rsa(_) => Identifier { oid: oid::RSA, parameters: NULL },
            Scheme::Ecdsa(Hash::Sha256) => Identifier { oid: oid::ECDSA_WITH_SHA256, parameters: &[] },
            Scheme::Ecdsa(Hash::Sha384) => Identifier { oid: oid::ECDSA_WITH_SHA384, parameters: &[] },
            Scheme::Ecdsa(Hash::Sha512) => Identifier { oid: oid::ECDSA_WITH_SHA512, parameters: &[] },
        }
    }
}

/// Why an algorithm is not taken.
pub(super) fn refused(oid: &[u8]) -> Fault {
    let anew = "sign anew with SHA-256, and RSA with PKCS#1 v1.5 padding or ECDSA on P-256 or P-384";
    let why = match oid {
        oid::SHA1 | oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 => {
            "it is signed with SHA-1, for which two contents with one signature can be made".to_owned()
        }
        oid::MD5 | oid::MD5_WITH_RSA => {
            "it is signed with MD5, for which two contents with one signature can be made".to_owned()
        }
        oid::RSA_PSS => "it is signed with RSA-PSS, which not every device reads in a profile".to_owned(),
        oid::ED25519 | oid::ED448 => {
            "it is signed with an Edwards curve (Ed25519, Ed448), which devices do not read in a profile".to_owned()
        }
        oid::SHA256 | oid::SHA384 | oid::SHA512 => "its digest has parameters, which no digest of SHA-2 has".to_owned(),
        other => {
            format!("it is signed with the algorithm {} or with parameters that it does not have", oid::dotted(other))
        }
    };
    Fault::new(Code::RefusedAlgorithm, why).help(anew)
}
