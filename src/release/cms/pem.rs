//! Text around DER (RFC 7468): blocks between `-----BEGIN LABEL-----` and `-----END LABEL-----`, with other text between them passed over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block. Its bytes may be a private key, so memory is cleared behind it.
pub(super) struct Block {
    pub(super) label: String,
    /// Whether header lines (`Proc-Type`, RFC 1421) stand before the text: the old way to encrypt a key.
    pub(super) has_headers: bool,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

const BEGIN: &str = "-----BEGIN ";

/// Whether this is text with a block in it.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).take(1 << 16).any(|window| window == BEGIN.as_bytes())
}

/// Every block, or what is wrong with one.
pub(super) fn blocks(bytes: &[u8]) -> Result<Vec<Block>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text")?;
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let after = &rest[at + BEGIN.len()..];
        let (label, after) = after.split_once("-----").ok_or("a BEGIN line does not end")?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(end.as_str()).ok_or("a block has no END line, or one of another label")?;
        found.push(block(label, body)?);
        rest = after;
    }
    Ok(found)
}

fn block(label: &str, body: &str) -> Result<Block, &'static str> {
    let has_headers = body.lines().any(|line| line.contains(':'));
    // Header lines end with an empty one; what follows an encrypted body's is of no use here.
    let body = if has_headers { "" } else { body };
    let packed: Zeroizing<Vec<u8>> = Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    // The estimate holds what is written, so that the vector never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(packed.len())]);
    let length = STANDARD.decode_slice(&*packed, &mut bytes).map_err(|_| "a block holds something else than Base64")?;
    bytes.truncate(length);
    Ok(Block { label: label.to_owned(), has_headers, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A label, whether there are headers, and the bytes.
    type Found<'a> = (&'a str, bool, &'a [u8]);

    fn check(text: &str, expected: Result<&[Found<'_>], &'static str>) {
        let found = blocks(text.as_bytes());
        let found = found.as_ref().map(|blocks| {
            blocks.iter().map(|block| (block.label.as_str(), block.has_headers, block.bytes.as_slice())).collect()
        });
        assert_eq!(found.map_err(|why| *why), expected.map(<[_]>::to_vec));
    }

    #[test]
    fn blocks_are_found_between_other_text() {
        check("", Ok(&[]));
        check(
            "Bag Attributes\n-----BEGIN A B-----\nZm9v\nYmFy\n-----END A B-----\nmore",
            Ok(&[("A B", false, b"foobar")]),
        );
        check(
            "-----BEGIN A-----\r\nZg==\r\n-----END A-----\r\n-----BEGIN B-----\n-----END B-----",
            Ok(&[("A", false, b"f"), ("B", false, b"")]),
        );
        check("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nZg==\n-----END A-----", Ok(&[("A", true, b"")]));
    }

    #[test]
    fn broken_blocks_are_refused() {
        check("-----BEGIN A", Err("a BEGIN line does not end"));
        check("-----BEGIN A-----\nZg==\n-----END B-----", Err("a block has no END line, or one of another label"));
        check("-----BEGIN A-----\nZ*==\n-----END A-----", Err("a block holds something else than Base64"));
    }
}
