//! Signed files: who signed them, whether what they hold is what was signed, and what that is. Whom to believe, `verify` asks.

use super::Reading;
use crate::release::cms::{self, Encoding, Form, Time, Trust};
use crate::source::Span;

/// A signature around a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How it is written.
    pub encoding: Encoding,
    /// The subject of each signer's certificate, where that is enclosed.
    pub signers: Vec<String>,
    /// Whether the content is what every one of them signed.
    pub is_intact: bool,
}

/// Whether bytes look like a signed file: an ASN.1 sequence whose first member is an object identifier, or the text of one.
pub(super) fn looks_signed(bytes: &[u8]) -> bool {
    let label = bytes.trim_ascii_start().strip_prefix(b"-----BEGIN ");
    let is_text =
        |kind: &[u8]| label.and_then(|label| label.strip_prefix(kind)).is_some_and(|end| end.starts_with(b"-----"));
    // The length takes one byte, or as many more as its lowest bits say.
    let is_sequence = match bytes {
        [0x30, length @ 0x00..=0x84, rest @ ..] => {
            rest.get(usize::from(length & 0x7f) * usize::from(length >> 7)) == Some(&0x06)
        }
        _ => false,
    };
    is_sequence || [&b"CMS"[..], b"PKCS7", b"PKCS #7 SIGNED DATA"].into_iter().any(is_text)
}

/// What a signed file holds, whoever signed it.
pub(crate) fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    looks_signed(bytes).then(|| cms::open(bytes).ok())??.content
}

/// Opens a signed file: what it holds, with the verdict on its signature in the reading. `None` where it cannot be opened.
pub(super) fn open(bytes: &[u8], reading: &mut Reading) -> Option<Vec<u8>> {
    const CURE: &str = "take the file anew from where it was released";
    let opened = match cms::open(bytes) {
        Ok(opened) => opened,
        Err(fault) => {
            reading.fault(fault.code, Span::NOWHERE, fault.message, fault.help.unwrap_or(CURE));
            return None;
        }
    };
    if opened.content.is_none() {
        reading.strange(
            "a signature without what it signs, which stands in another file: `policyc verify` holds them together",
        );
        return None;
    }
    // Whether its content is what was signed does not depend on the moment, nor on who is trusted.
    let now = Time::from_unix(0)?;
    let trust = Trust { roots: &[], further: &[], now, content: None, form: Form::Any };
    let verdicts = opened.verify(&trust);
    let mut is_intact = true;
    for verdict in &verdicts {
        let [first, second] = [verdict.integrity.as_ref().err(), verdict.algorithms.as_ref().err()];
        for fault in first.into_iter().chain(second.filter(|fault| Some(*fault) != first)) {
            is_intact = false;
            reading.fault(fault.code, Span::NOWHERE, fault.message.clone(), fault.help.unwrap_or(CURE));
        }
    }
    let signers = verdicts.iter().filter_map(|verdict| Some(verdict.signer.as_ref()?.subject())).collect();
    reading.signature = Some(Signature { encoding: opened.encoding, signers, is_intact });
    opened.content
}
