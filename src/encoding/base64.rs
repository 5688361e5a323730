//! Base64 (RFC 4648 §4, padded) as `<data>`, `b64` nodes and their kin hold it, read strictly: what is not exact would not compare
//! equal later.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

/// The text for bytes, on one line.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes; `None` for anything but canonical Base64. White space between the characters is passed over, as tools wrap lines.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(packed).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_test_vectors_of_rfc_4648_decode() {
        let check = |text: &str, expected: Option<&[u8]>| assert_eq!(decode(text).as_deref(), expected, "{text}");
        check("", Some(b""));
        check("Zg==", Some(b"f"));
        check("Zm8=", Some(b"fo"));
        check("Zm9v", Some(b"foo"));
        check("Zm9v\nYmFy", Some(b"foobar"));
        check("+/+/", Some(&[0xfb, 0xff, 0xbf]));
        for wrong in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v=", "Zm9v====", "Z!==", "Zg==Zg==", "-_-_"] {
            check(wrong, None);
        }
    }
}
