//! Encrypted keys: PBES2 (RFC 8018 §6.2) with AES or triple DES, under PBKDF2 or scrypt (RFC 7914). What a stranger's file may cost to open
//! is bounded.

use super::super::algorithm::Identifier;
use super::super::der::{Malformed, Reader, oid, tag};
use super::{Code, Fault};
use aes::cipher::{Block, BlockCipherDecrypt, KeyInit};
use ring::pbkdf2;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Ten seconds or so of one core.
pub(super) const MOST_ROUNDS: u32 = 10_000_000;
/// 256 MiB.
const MOST_MEMORY: u64 = 256 << 20;
/// How often over scrypt may go through its memory.
const MOST_LANES: u32 = 16;

/// `EncryptedPrivateKeyInfo`: the key in it.
pub(super) fn open(mut body: Reader<'_>, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let algorithm = Identifier::read(&mut body).map_err(Fault::key)?;
    let data = body.take(tag::OCTET_STRING).map_err(Fault::key)?.content;
    decrypt(algorithm, data, passphrase)
}

/// What `algorithm` hides in `data`.
pub(super) fn decrypt(algorithm: Identifier<'_>, data: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if algorithm.oid != oid::PBES2 {
        return Err(old(algorithm.oid));
    }
    let mut outer = Reader::new(algorithm.parameters);
    let mut both = outer.sequence().map_err(Fault::key)?;
    let derivation = Identifier::read(&mut both).map_err(Fault::key)?;
    let cipher = Identifier::read(&mut both).map_err(Fault::key)?;
    let vector = Reader::new(cipher.parameters).take(tag::OCTET_STRING).map_err(Fault::key)?.content;
    let length = match cipher.oid {
        oid::AES128_CBC => 16,
        oid::AES192_CBC | oid::DES_EDE3_CBC => 24,
        oid::AES256_CBC => 32,
        other => return Err(old(other)),
    };
    let mut key = Zeroizing::new(vec![0; length]);
    derive(derivation, passphrase, &mut key)?;
    let mut data = Zeroizing::new(data.to_vec());
    let is_open = match cipher.oid {
        oid::AES128_CBC => chain::<aes::Aes128>(&key, vector, &mut data),
        oid::AES192_CBC => chain::<aes::Aes192>(&key, vector, &mut data),
        oid::AES256_CBC => chain::<aes::Aes256>(&key, vector, &mut data),
        _ => chain::<des::TdesEde3>(&key, vector, &mut data),
    };
    is_open.ok_or_else(wrong_passphrase)?;
    Ok(data)
}

/// The key of the cipher, from the passphrase.
fn derive(how: Identifier<'_>, passphrase: &[u8], key: &mut [u8]) -> Result<(), Fault> {
    let mut outer = Reader::new(how.parameters);
    let mut parameters = outer.sequence().map_err(Fault::key)?;
    let salt = parameters.take(tag::OCTET_STRING).map_err(Fault::key)?.content;
    let mut number = || parameters.take(tag::INTEGER).and_then(|number| number.small()).map_err(Fault::key);
    match how.oid {
        oid::PBKDF2 => {
            let rounds = NonZeroU32::new(number()?).ok_or(Fault::key(Malformed("it asks for no rounds")))?;
            if rounds.get() > MOST_ROUNDS {
                return Err(costly(&format!("{rounds} rounds of PBKDF2, more than {MOST_ROUNDS}")));
            }
            parameters.optional(tag::INTEGER).map_err(Fault::key)?;
            let digest = match parameters.is_empty() {
                true => pbkdf2::PBKDF2_HMAC_SHA1,
                false => match Identifier::read(&mut parameters).map_err(Fault::key)?.oid {
                    oid::HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
                    oid::HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    oid::HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
                    oid::HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
                    other => return Err(old(other)),
                },
            };
            pbkdf2::derive(digest, rounds, salt, passphrase, key);
        }
        oid::SCRYPT => {
            let (cost, block, lanes) = (number()?, number()?, number()?);
            if u64::from(cost) * u64::from(block) * 128 > MOST_MEMORY || lanes > MOST_LANES {
                return Err(costly("more than 256 MiB of memory for scrypt, or more than 16 times over"));
            }
            let unfit = || Fault::key(Malformed("its numbers for scrypt do not fit one another"));
            let logarithm = cost.is_power_of_two().then(|| cost.ilog2() as u8).ok_or_else(unfit)?;
            let parameters = scrypt::Params::new(logarithm, block, lanes).map_err(|_| unfit())?;
            scrypt::scrypt(passphrase, salt, &parameters, key).map_err(|_| unfit())?;
        }
        other => return Err(old(other)),
    }
    Ok(())
}

/// Cipher block chaining (NIST SP 800-38A §6.2), backwards and in place, without the padding; none where the passphrase cannot be right.
pub(super) fn chain<C: BlockCipherDecrypt + KeyInit>(key: &[u8], vector: &[u8], data: &mut Vec<u8>) -> Option<()> {
    let cipher = C::new_from_slice(key).ok()?;
    let size = C::block_size();
    if vector.len() != size || data.is_empty() || !data.len().is_multiple_of(size) {
        return None;
    }
    let mut before = vector.to_vec();
    for block in data.chunks_exact_mut(size) {
        let hidden = block.to_vec();
        cipher.decrypt_block(<&mut Block<C>>::try_from(&mut *block).ok()?);
        block.iter_mut().zip(&before).for_each(|(byte, mask)| *byte ^= mask);
        before = hidden;
    }
    let padding = usize::from(*data.last()?);
    let is_right =
        (1..=size).contains(&padding) && data.iter().rev().take(padding).all(|byte| usize::from(*byte) == padding);
    is_right.then(|| data.truncate(data.len() - padding))?;
    // One wrong passphrase in 256 leaves something that looks like padding: what is hidden is always one sequence.
    let mut outer = Reader::new(data);
    (outer.sequence().is_ok() && outer.is_empty()).then_some(())
}

pub(super) fn wrong_passphrase() -> Fault {
    Fault::new(Code::WrongPassphrase, "the passphrase does not open the private key")
        .help("give the one that it was encrypted with")
}

pub(super) fn costly(what: &str) -> Fault {
    Fault::new(Code::UnreadableKey, format!("the private key asks for {what}"))
        .help("encrypt it anew: openssl pkcs8 -topk8 -in KEY -out NEW.pem")
}

/// Why a way to encrypt is not taken.
pub(super) fn old(oid: &[u8]) -> Fault {
    let message = match oid::is_below(oid, oid::PBES1) || oid::is_below(oid, oid::PKCS12_PBE) {
        true => "the private key is encrypted in an old way (PBES1 or PKCS#12), which is weak".to_owned(),
        false => {
            format!("the private key is encrypted with the algorithm {}, which is not known here", oid::dotted(oid))
        }
    };
    let cure = "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem; what a PKCS#12 file holds, openssl pkcs12 \
                -legacy -in OLD.p12 -out OLD.pem writes";
    Fault::new(Code::UnreadableKey, message).help(cure)
}
