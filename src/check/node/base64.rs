//! Base64 as `b64` nodes hold it (RFC 4648 §4, padded), read strictly: what is not exact would not compare equal later.

/// The bytes; `None` for anything but canonical Base64. White space between the characters is passed over, as tools wrap lines.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let characters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !characters.len().is_multiple_of(4) {
        return None;
    }
    let padding = characters.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = characters.get(..characters.len() - padding)?;
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(body.len()), 0u32, 0);
    for byte in body {
        held = held << 6 | sextet(*byte)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    // The bits that padding leaves over are zero, and there are exactly as many as it stands for.
    (held == 0 && bits == [0, 2, 4].get(padding).copied()?).then_some(bytes)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
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
