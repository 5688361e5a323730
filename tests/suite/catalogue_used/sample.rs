//! Texts that fit the vendors' patterns, and texts that do not.

use regex_lite::Regex;

/// Some text for each kind of pattern; which is for which, the pattern says.
const TEXTS: &[&str] = &[
    "text",
    "123456",
    "1.2",
    "https://example.org/x",
    "example.org",
    "00:11:22:aa:bb:cc",
    "01234567-89ab-cdef-0123-456789abcdef",
    "{01234567-89AB-CDEF-0123-456789ABCDEF}",
    "abcde-01234-abcde-01234",
    "10.0.0.1",
    "a.msix",
    "a.appinstaller",
    "1",
];

/// A text that the pattern takes as a whole.
pub fn matching(pattern: &str) -> Option<&'static str> {
    let regex = whole(pattern);
    TEXTS.iter().copied().find(|text| regex.is_match(text))
}

/// A text that it does not take.
pub fn differing(pattern: &str) -> Option<&'static str> {
    let regex = whole(pattern);
    ["", "- ¶ -", "a very long text that no name or number of a vendor's would ever be, or so one should hope"]
        .into_iter()
        .find(|text| !regex.is_match(text))
}

/// The pattern for a whole text. The DDF writes one between slashes, as JavaScript does, and others with a brace that is meant.
fn whole(pattern: &str) -> Regex {
    let pattern = pattern.strip_prefix("/").and_then(|pattern| pattern.strip_suffix("/")).unwrap_or(pattern);
    Regex::new(&format!("^(?:{pattern})$")).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

/// The smallest and largest number of a DDF range, `[(-1)-100]`.
pub fn bounds(range: &str) -> (i128, i128) {
    let inside = range.trim_matches(['[', ']']).replace(['(', ')'], "");
    let dash = inside.char_indices().skip(1).find(|(_, character)| *character == '-').map(|(n, _)| n);
    let Some(dash) = dash else { return (inside.parse().unwrap(), inside.parse().unwrap()) };
    (inside[..dash].parse().unwrap(), inside[dash + 1..].parse().unwrap())
}
