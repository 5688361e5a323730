//! Certificates as organisations keep them, PEM (RFC 7468) or DER: devices are given DER.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The one certificate of a file, in DER; `None` where it holds none, several, or something else.
pub fn der(file: &[u8]) -> Option<Vec<u8>> {
    let der = match std::str::from_utf8(file).ok().and_then(|text| text.split_once(BEGIN)) {
        Some((_, rest)) => {
            let (body, after) = rest.split_once(END)?;
            let packed: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(packed).ok().filter(|_| !after.contains(BEGIN))?
        }
        None => file.to_vec(),
    };
    is_sequence(&der).then_some(der)
}

/// Whether the bytes are one SEQUENCE of X.690, whole, of the size that certificates have.
fn is_sequence(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, 0x81, length, rest @ ..] => usize::from(*length) == rest.len(),
        [0x30, 0x82, high, low, rest @ ..] => usize::from(u16::from_be_bytes([*high, *low])) == rest.len(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    const PEM: &str = include_str!("../../tests/keys/root.pem");

    #[test]
    fn pem_and_der_are_one_certificate() {
        let der = super::der(PEM.as_bytes()).unwrap();
        assert_eq!(super::der(&der).as_ref(), Some(&der));
        assert_eq!(super::der(format!("subject=CN\n{PEM}").as_bytes()), Some(der.clone()));
        for other in
            [&b""[..], b"certificate", &der[1..], &[&der[..], b"\n"].concat(), format!("{PEM}{PEM}").as_bytes()]
        {
            assert_eq!(super::der(other), None);
        }
    }
}
