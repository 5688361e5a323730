//! Private keys: PKCS#8, plain or encrypted, the traditional forms of RSA and elliptic keys, as PEM or DER, and PKCS#12.
//!
//! What is read is cleared from memory when it is dropped. `ring` keeps an RSA key in memory that it does not clear: that key is gone when
//! the program ends.

mod elliptic;
mod encrypted;
mod pkcs12;

use super::algorithm::{Identifier, Scheme};
use super::der::{Malformed, Reader, oid, tag};
use super::public::{self, PublicKey};
use super::{Certificate, Fault, pem};
use crate::diagnostic::Code;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use std::fmt;
use zeroize::Zeroizing;

/// The largest file that is read as a key.
const LARGEST: usize = 1 << 20;
/// What opens it.
const GIVE: &str =
    "give its passphrase: `--passphrase env:NAME`, `file:PATH` or `cmd:COMMAND`; at a terminal it is asked for";
/// The largest RSA key that signs: `ring` takes no larger one.
const RSA_MOST_BITS: usize = 4096;

/// A private key, and the public one to it.
pub struct Key {
    private: Private,
    public: PublicKey,
}

enum Private {
    Rsa(Box<RsaKeyPair>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

/// Nothing of the private key is ever printed.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, withheld)", self.public)
    }
}

impl Key {
    /// Reads a key. The passphrase is asked for where the key is encrypted, and otherwise of no account.
    pub fn read(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Key, Fault> {
        let der = der(bytes)?;
        let mut outer = Reader::new(&der);
        let shape = Shape::of(outer).map_err(|_| unknown())?;
        let body = outer.sequence().map_err(Fault::key)?;
        outer.end().map_err(Fault::key)?;
        match shape {
            Shape::Plain => plain(body),
            Shape::Encrypted => {
                let passphrase = passphrase.ok_or_else(|| {
                    Fault::new(Code::WrongPassphrase, "the private key is encrypted, and no passphrase is given")
                        .help(GIVE)
                })?;
                let opened = encrypted::open(body, passphrase)?;
                plain(Reader::new(&opened).sequence().map_err(Fault::key)?)
            }
            Shape::Rsa => rsa(&der),
            Shape::Elliptic => elliptic::read(body, None),
        }
    }

    /// Reads a PKCS#12 file: the one key in it, and the certificates that stand beside it.
    pub fn read_pkcs12(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<(Key, Vec<Certificate>), Fault> {
        if bytes.len() > LARGEST {
            return Err(too_large());
        }
        let passphrase = passphrase.ok_or_else(|| {
            Fault::new(Code::WrongPassphrase, "the PKCS#12 file is encrypted, and no passphrase is given").help(GIVE)
        })?;
        pkcs12::read(bytes, passphrase)
    }

    /// Whether a file is PKCS#12.
    pub fn is_pkcs12(bytes: &[u8]) -> bool {
        bytes.len() <= LARGEST && pkcs12::is_pkcs12(bytes)
    }

    /// Whether a passphrase is needed to read it: so that one is asked for only then.
    pub fn is_encrypted(bytes: &[u8]) -> bool {
        Key::is_pkcs12(bytes)
            || der(bytes).is_ok_and(|der| matches!(Shape::of(Reader::new(&der)), Ok(Shape::Encrypted)))
    }

    /// The public key.
    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its signature over `message`: SHA-256 with PKCS#1 v1.5 padding, or with ECDSA and the nonces of RFC 6979, so that one message has one
    /// signature.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        match (&self.private, self.public.scheme()) {
            (Private::Rsa(pair), _) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                // The padding takes no random bytes: the generator is asked for by the interface alone.
                let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
                signed.map_err(|_| {
                    Fault::new(Code::SignatureMismatch, "the RSA key does not give a signature that is its own")
                })?;
                Ok(signature)
            }
            (Private::P256(key), Scheme::Ecdsa(hash) | Scheme::Rsa(hash)) => {
                Ok(elliptic::sign(key, hash.of(message).as_ref()))
            }
            (Private::P384(key), Scheme::Ecdsa(hash) | Scheme::Rsa(hash)) => {
                Ok(elliptic::sign(key, hash.of(message).as_ref()))
            }
        }
    }
}

/// The forms that a key has in DER.
enum Shape {
    /// `PrivateKeyInfo` (RFC 5958).
    Plain,
    /// `EncryptedPrivateKeyInfo`.
    Encrypted,
    /// `RSAPrivateKey` (RFC 8017).
    Rsa,
    /// `ECPrivateKey` (RFC 5915).
    Elliptic,
}

impl Shape {
    fn of(mut from: Reader<'_>) -> Result<Shape, Malformed> {
        let mut body = from.sequence()?;
        let first = body.any()?.tag;
        let second = body.any()?.tag;
        match (first, second) {
            (tag::INTEGER, tag::SEQUENCE) => Ok(Shape::Plain),
            (tag::SEQUENCE, tag::OCTET_STRING) => Ok(Shape::Encrypted),
            (tag::INTEGER, tag::INTEGER) => Ok(Shape::Rsa),
            (tag::INTEGER, tag::OCTET_STRING) => Ok(Shape::Elliptic),
            _ => Err(Malformed("it has the form of no private key")),
        }
    }
}

/// The bytes of the one key in a file.
fn der(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if bytes.len() > LARGEST {
        return Err(too_large());
    }
    if !pem::is_pem(bytes) {
        return Ok(Zeroizing::new(bytes.to_vec()));
    }
    let wrong = |why: &str| Fault::new(Code::UnreadableKey, format!("the private key is damaged: {why}"));
    let blocks = pem::blocks(bytes).map_err(wrong)?;
    let mut keys = blocks.into_iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let key = keys.next().ok_or_else(unknown)?;
    if keys.next().is_some() {
        return Err(
            Fault::new(Code::UnreadableKey, "the file holds more than one private key").help("give the one that signs")
        );
    }
    if key.has_headers {
        return Err(Fault::new(
            Code::UnreadableKey,
            "the private key is encrypted in the old way (`Proc-Type: 4,ENCRYPTED`), by one round of MD5",
        )
        .help("encrypt it anew: openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"));
    }
    if key.label == "OPENSSH PRIVATE KEY" {
        return Err(Fault::new(Code::UnreadableKey, "the private key is in the form of OpenSSH")
            .help("write it in the common form, in place: ssh-keygen -p -m PKCS8 -f KEY"));
    }
    Ok(key.bytes)
}

fn too_large() -> Fault {
    Fault::new(Code::UnreadableKey, "the file of the private key is larger than 1 MiB").help("give the key alone")
}

fn unknown() -> Fault {
    Fault::new(Code::UnreadableKey, "the file holds no private key that is known here").help(
        "a private key is PKCS#8, RSA or EC, as PEM or DER, or in a PKCS#12 file; `openssl pkey -in KEY -out NEW.pem` writes others so",
    )
}

/// `PrivateKeyInfo`, whose algorithm says what the key is.
fn plain(mut body: Reader<'_>) -> Result<Key, Fault> {
    let mut read = || -> Result<_, Malformed> {
        body.take(tag::INTEGER)?.small()?;
        let algorithm = Identifier::read(&mut body)?;
        Ok((algorithm, body.take(tag::OCTET_STRING)?.content))
    };
    let (algorithm, key) = read().map_err(Fault::key)?;
    match algorithm.oid {
        oid::RSA => rsa(key),
        oid::EC => {
            let curve = public::curve(algorithm.parameters).map_err(Fault::key)?;
            let mut outer = Reader::new(key);
            outer.sequence().map_err(Fault::key).and_then(|body| elliptic::read(body, Some(curve)))
        }
        other => Err(public::unsupported(other)),
    }
}

/// `RSAPrivateKey`. Its size is looked at first, for a message of its own; `ring` checks that its numbers belong together.
fn rsa(der: &[u8]) -> Result<Key, Fault> {
    let modulus = |mut outer: Reader<'_>| -> Result<usize, Malformed> {
        let mut body = outer.sequence()?;
        body.take(tag::INTEGER)?.small()?;
        Ok(public::bits(body.take(tag::INTEGER)?.natural()?))
    };
    let bits = modulus(Reader::new(der)).map_err(Fault::key)?;
    public::rsa_size(bits, RSA_MOST_BITS)?;
    let pair = RsaKeyPair::from_der(der).map_err(|why| {
        Fault::new(Code::UnreadableKey, format!("the numbers of the RSA key do not belong together: {why}"))
            .help("find an undamaged copy: openssl pkey -in KEY -check -noout")
    })?;
    let public = PublicKey::rsa(pair.public().as_ref()).map_err(Fault::key)??;
    Ok(Key { private: Private::Rsa(Box::new(pair)), public })
}
