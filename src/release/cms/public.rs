//! Public keys, and whether a signature is theirs. RSA of 2048 bits and more, P-256 and P-384; nothing else is trusted by devices.

use super::Fault;
use super::algorithm::{Hash, Identifier, Scheme};
use super::der::{Element, Malformed, Reader, integer, oid, tag, wrap};
use crate::diagnostic::Code;
use ecdsa::elliptic_curve::FieldBytes;
use ecdsa::{Signature, hazmat};
use p256::NistP256;
use p384::NistP384;
use ring::signature as rsa;

/// The smallest modulus that is still trusted, in bits.
const RSA_BITS: usize = 2048;
/// The largest that is verified, in bits: time grows with its square.
const RSA_MOST_BITS: usize = 8192;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// Modulus and exponent (RFC 8017 §A.1.1).
    Rsa(Vec<u8>),
    P256(p256::PublicKey),
    P384(p384::PublicKey),
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7); the outer fault is damage, the inner one a kind of key that is not taken.
    pub(super) fn read(mut from: Reader<'_>) -> Result<Result<PublicKey, Fault>, Malformed> {
        let mut info = from.sequence()?;
        from.end()?;
        let algorithm = Identifier::read(&mut info)?;
        let key = info.take(tag::BIT_STRING)?.octets()?;
        info.end()?;
        let off_curve = Malformed("a public key is not on its curve");
        match algorithm.oid {
            oid::RSA => PublicKey::rsa(key),
            oid::EC => match curve(algorithm.parameters).unwrap_or(oid::EC) {
                oid::P256 => {
                    p256::PublicKey::from_sec1_bytes(key).map(|key| Ok(PublicKey::P256(key))).map_err(|_| off_curve)
                }
                oid::P384 => {
                    p384::PublicKey::from_sec1_bytes(key).map(|key| Ok(PublicKey::P384(key))).map_err(|_| off_curve)
                }
                other => Ok(Err(unsupported(other))),
            },
            other => Ok(Err(unsupported(other))),
        }
    }

    /// An RSA key, with its size looked at.
    pub(super) fn rsa(key: &[u8]) -> Result<Result<PublicKey, Fault>, Malformed> {
        let mut outer = Reader::new(key);
        let mut parts = outer.sequence()?;
        outer.end()?;
        let modulus = parts.take(tag::INTEGER)?.natural()?;
        parts.take(tag::INTEGER)?.natural()?;
        parts.end()?;
        if let Err(fault) = rsa_size(bits(modulus), RSA_MOST_BITS) {
            return Ok(Err(fault));
        }
        Ok(Ok(PublicKey::Rsa(key.to_vec())))
    }

    /// The scheme in which `sign` signs with the key of this one.
    pub(super) fn scheme(&self) -> Scheme {
        match self {
            PublicKey::Rsa(_) => Scheme::Rsa(Hash::Sha256),
            PublicKey::P256(_) | PublicKey::P384(_) => Scheme::Ecdsa(Hash::Sha256),
        }
    }

    /// Whether `signature` over `message` was made with the key of this one.
    pub(super) fn has_signed(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (PublicKey::Rsa(key), Scheme::Rsa(hash)) => {
                let padding = match hash {
                    Hash::Sha256 => &rsa::RSA_PKCS1_2048_8192_SHA256,
                    Hash::Sha384 => &rsa::RSA_PKCS1_2048_8192_SHA384,
                    Hash::Sha512 => &rsa::RSA_PKCS1_2048_8192_SHA512,
                };
                rsa::UnparsedPublicKey::new(padding, key).verify(message, signature).is_ok()
            }
            (PublicKey::P256(key), Scheme::Ecdsa(hash)) => {
                let numbers = numbers::<NistP256>(signature);
                numbers.is_some_and(|own| {
                    hazmat::verify_prehashed(&key.to_projective(), hash.of(message).as_ref(), &own).is_ok()
                })
            }
            (PublicKey::P384(key), Scheme::Ecdsa(hash)) => {
                let numbers = numbers::<NistP384>(signature);
                numbers.is_some_and(|own| {
                    hazmat::verify_prehashed(&key.to_projective(), hash.of(message).as_ref(), &own).is_ok()
                })
            }
            _ => false,
        }
    }
}

/// How many bits a number has.
pub(super) fn bits(digits: &[u8]) -> usize {
    digits.len() * 8 - digits.first().map_or(0, |first| first.leading_zeros() as usize)
}

/// That an RSA key is large enough to be trusted, and no larger than can be computed with.
pub(super) fn rsa_size(bits: usize, most: usize) -> Result<(), Fault> {
    let message = match bits {
        ..RSA_BITS => format!("the RSA key has {bits} bits, and devices trust none below {RSA_BITS}"),
        _ if bits > most => format!("the RSA key has {bits} bits, more than {most}"),
        _ => return Ok(()),
    };
    Err(Fault::new(Code::UnsupportedKey, message)
        .help("make a key of 3072 bits, or on P-256, and have a certificate issued for it"))
}

/// An elliptic key whose curve is spelled out, and not named.
pub(super) const UNNAMED_CURVE: Malformed = Malformed("an elliptic key does not name its curve");

/// The curve that the parameters of an elliptic key name; none where they spell a curve out, which RFC 5480 §2.1.1 forbids.
pub(super) fn curve(parameters: &[u8]) -> Result<&[u8], Malformed> {
    let mut parameters = Reader::new(parameters);
    let curve = parameters.take(tag::OID).map_err(|_| UNNAMED_CURVE)?.content;
    parameters.end()?;
    Ok(curve)
}

/// The two numbers of an ECDSA signature (RFC 3279 §2.2.3), each as wide as the curve.
fn numbers<C: ecdsa::EcdsaCurve>(signature: &[u8]) -> Option<Signature<C>> {
    let mut outer = Reader::new(signature);
    let mut parts = outer.sequence().ok()?;
    let mut number = || {
        let digits = parts.take(tag::INTEGER).and_then(Element::natural).ok()?;
        let mut field = FieldBytes::<C>::default();
        let start = field.len().checked_sub(digits.len())?;
        field[start..].copy_from_slice(digits);
        Some(field)
    };
    let (r, s) = (number()?, number()?);
    (parts.is_empty() && outer.is_empty()).then(|| Signature::from_scalars(r, s).ok())?
}

/// The two numbers of an ECDSA signature as structures carry them.
pub(super) fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    wrap(tag::SEQUENCE, &[&integer(r), &integer(s)])
}

/// Why a kind of key is not taken.
pub(super) fn unsupported(oid: &[u8]) -> Fault {
    let what = match oid {
        oid::EC => "an elliptic key that does not name its curve".to_owned(),
        oid::P521 => "an elliptic key on P-521".to_owned(),
        oid::ED25519 => "an Ed25519 key".to_owned(),
        oid::ED448 => "an Ed448 key".to_owned(),
        oid::DSA => "a DSA key".to_owned(),
        oid::RSA_PSS => "an RSA key for RSA-PSS alone".to_owned(),
        other => format!("a key of the kind {}", oid::dotted(other)),
    };
    Fault::new(Code::UnsupportedKey, format!("{what} cannot sign what every device reads"))
        .help("sign with RSA of at least 2048 bits, P-256 or P-384")
}
