//! Names and bytes → digests. Bytes: SHA-256 in lower-case hexadecimal, as manifests carry it (FIPS 180-4). Names: UUIDs, version 5
//! (RFC 9562 §5.5), so that the same names give the same identifiers on every machine and for ever.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The namespace of every UUID: version 5 of `urn:policyc:identity` in RFC 9562's namespace for URLs. Never to be changed, since
/// every device would install everything anew.
const NAMESPACE: Uuid = Uuid::from_u128(0x0e97_e736_8cee_5f51_819f_5c60_ec6f_b7d7);

/// The SHA-256 of `bytes`, 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 of a value as JSON without a blank. It is written to the digest alone: it may hold what nobody may find in memory.
pub(crate) fn sha256_of_json(value: &impl serde::Serialize) -> String {
    struct Digesting(Sha256);
    impl std::io::Write for Digesting {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut digest = Digesting(Sha256::new());
    serde_json::to_writer(&mut digest, value).expect("internal: the value is JSON, and a digest takes all");
    hexadecimal(&digest.0.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The SHA-256 of `bytes` as browsers are told it (Content Security Policy level 3, §2.3.1).
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))
}

/// The SHA-1 of `bytes`: not for safety, but because Windows names certificates by it (FIPS 180-4).
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    sha1_smol::Sha1::from(bytes).digest().bytes()
}

/// The UUID of a name, in lower case and without braces.
pub fn uuid(name: &str) -> String {
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).hyphenated().to_string()
}

/// Whether a text is a UUID as [`uuid()`] writes them.
pub fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|uuid| uuid.get_version_num() == 5 && uuid.hyphenated().to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_hold() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn browsers_are_told_in_base64() {
        // The second opinion is `openssl dgst -sha256 -binary | base64`.
        assert_eq!(integrity(b"abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn the_namespace_is_the_uuid_of_its_name() {
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:policyc:identity"));
    }

    #[test]
    fn a_name_has_one_uuid_for_ever() {
        // The second opinion is Python's uuid.uuid5.
        assert_eq!(uuid("org.example.phones.com.apple.applicationaccess"), "adb8b307-3cff-5db1-bfc5-a18bd4624b4f");
        assert!(is_uuid(&uuid("a name")) && !is_uuid("ADB8B307-3CFF-5DB1-BFC5-A18BD4624B4F") && !is_uuid("a name"));
    }
}
