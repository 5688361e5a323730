//! The embedded form: a table of distinct facts, and rows of numbers that point into it.
//!
//! Equal facts are kept once, whole lists and maps too: 5,815 nodes share 43 edition lists and a few hundred build lists. Each fact
//! is one postcard record of its own, so that a look-up decodes what it reads and nothing else. `build.rs` writes it through
//! `pack.rs`, `image.rs` reads it. Records keep their names, because the entries leave out what they do not state, which
//! postcard's own form of a struct could not express.

use serde::{Deserialize, Serialize};

/// Bytes of a number in the embedded form, the lowest first: there are fewer than sixteen million of anything.
pub(crate) const NUMBER: usize = 3;

/// The letters and digits of a LocURI, folded, from its end: most LocURIs begin alike.
pub(crate) fn letters(uri: &str) -> impl Iterator<Item = u8> {
    uri.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// The LocURI as look-ups compare it: lower case, without the empty segments and the spaces at segments' ends that a few DDF
/// files have (SUPL; three names).
pub(crate) fn folded(uri: &str) -> String {
    let mut before = b'/';
    let as_usual = uri.bytes().all(|byte| {
        let as_usual = byte.is_ascii_graphic() && (byte != b'/' || before != b'/');
        before = byte;
        as_usual
    });
    if as_usual && before != b'/' {
        return uri.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(uri.len());
    for segment in uri.split('/').map(str::trim).filter(|segment| !segment.is_empty()) {
        if !folded.is_empty() {
            folded.push('/');
        }
        folded.push_str(segment);
    }
    if folded.is_ascii() {
        folded.make_ascii_lowercase();
        return folded;
    }
    folded.to_lowercase()
}

/// What stands for an element's id where the state of a policy is meant: no template can have such an id.
pub(crate) const STATE: &str = "<state>";

/// Between the names of a path; no name has one.
pub(crate) const BETWEEN: &str = "\t";

/// The path of a key, as directions name it.
pub(crate) fn path<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(BETWEEN)
}

/// The side that ConflictResolution calls the most secure. `LastWrite` says who wins, not what is safer.
pub(crate) fn most_secure(rule: &str) -> Option<&'static str> {
    match rule {
        "LowestValueMostSecure" => Some("lower"),
        "HighestValueMostSecure" => Some("higher"),
        "LowestValueMostSecureZeroHasNoLimits" => Some("lower-zero-unlimited"),
        "HighestValueMostSecureZeroHasNoLimits" => Some("higher-zero-unlimited"),
        _ => None,
    }
}

/// The direction of one address, as it is embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// A word of `table.rs`, or chains of values.
    pub(crate) stricter: Vec<String>,
    /// What holds where nothing is set, where that is not the vendor's default, or the weakest without one: a value, `strictest`,
    /// `weakest` or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unset: Option<String>,
    pub(crate) reason: String,
    pub(crate) source: String,
}
