//! Keys on P-256 and P-384, and their signatures.

use super::super::der::{Malformed, Reader, oid, tag};
use super::super::public::{self, PublicKey};
use super::{Code, Fault, Key, Private};
use ecdsa::elliptic_curve::{CurveArithmetic, FieldBytes};
use ecdsa::{DigestAlgorithm, EcdsaCurve, SigningKey, hazmat};
use p256::NistP256;
use zeroize::Zeroize;

/// SHA-256, on either curve: the digest that everything here is signed with.
type Sha256 = <NistP256 as DigestAlgorithm>::Digest;

/// `ECPrivateKey` (RFC 5915 §3); its curve is named inside, outside or both.
pub(super) fn read(mut body: Reader<'_>, outside: Option<&[u8]>) -> Result<Key, Fault> {
    let mut parts = || -> Result<_, Malformed> {
        body.take(tag::INTEGER)?.small()?;
        let number = body.take(tag::OCTET_STRING)?.content;
        let inside = body.optional(tag::constructed(0))?.map(|curve| public::curve(curve.content)).transpose()?;
        let public = match body.optional(tag::constructed(1))? {
            Some(public) => Some(public.inside().take(tag::BIT_STRING)?.octets()?),
            None => None,
        };
        let curve = outside.or(inside).ok_or(Malformed("it does not name its curve"))?;
        Ok((number, curve, public))
    };
    let (number, curve, stated) = parts().map_err(Fault::key)?;
    let key = match curve {
        oid::P256 => {
            let key: SigningKey<NistP256> = signing(number).map_err(Fault::key)?;
            Key { public: PublicKey::P256(key.verifying_key().into()), private: Private::P256(key) }
        }
        oid::P384 => {
            let key: SigningKey<p384::NistP384> = signing(number).map_err(Fault::key)?;
            Key { public: PublicKey::P384(key.verifying_key().into()), private: Private::P384(key) }
        }
        other => return Err(public::unsupported(other)),
    };
    let is_own = |stated: &[u8]| match &key.public {
        PublicKey::P256(own) => p256::PublicKey::from_sec1_bytes(stated).is_ok_and(|stated| stated == *own),
        PublicKey::P384(own) => p384::PublicKey::from_sec1_bytes(stated).is_ok_and(|stated| stated == *own),
        PublicKey::Rsa(_) => false,
    };
    if stated.is_none_or(is_own) {
        return Ok(key);
    }
    Err(Fault::new(Code::UnreadableKey, "the private key holds a public key that is not its own")
        .help("find an undamaged copy"))
}

/// A number as a key; old tools leave out leading zeros.
fn signing<C: EcdsaCurve + CurveArithmetic>(number: &[u8]) -> Result<SigningKey<C>, Malformed> {
    let mut field = FieldBytes::<C>::default();
    let start = field.len().checked_sub(number.len()).ok_or(Malformed("its number is larger than its curve"))?;
    field[start..].copy_from_slice(number);
    let key = SigningKey::from_bytes(&field).map_err(|_| Malformed("its number is zero or larger than its curve"));
    field.as_mut_slice().zeroize();
    key
}

/// The signature of a digest.
pub(super) fn sign<C: EcdsaCurve + CurveArithmetic>(key: &SigningKey<C>, digest: &[u8]) -> Vec<u8> {
    let (signature, _) = hazmat::sign_prehashed_rfc6979::<C, Sha256>(key.as_nonzero_scalar(), digest, &[]);
    let (r, s) = signature.split_bytes();
    public::signature(&r, &s)
}
