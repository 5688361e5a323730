//! Findings → text: for people ([`mod@human`]) and for other programs ([`json`]).
//!
//! What authors and vendors wrote reaches a terminal only through [`printable`]: a policy, an artefact or a path may hold
//! escape sequences and characters that turn the direction of text.

mod human;
mod json;
mod lines;
mod style;

pub use human::{Look, Shown, human, printed, shown};
pub use json::{Counts, Finding, LabelText, Marked, PlaceText, findings};
pub use lines::Lines;
pub use style::{Style, styled};

/// `text` with everything that a terminal would obey written as `\u{…}`; line ends and tabs stay.
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(obeyed) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if obeyed(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out.into()
}

/// As [`printable`], on one line: line ends and tabs are escaped too.
pub fn printable_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Controls of C0 and C1 but line feed and tab, and the Unicode controls that turn, join or break lines of text.
pub(crate) fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` cut to `most` characters, with `…` where something is left out.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_passes() {
        let hostile = "a\u{1b}]0;x\u{7}b\u{9b}31m\u{202e}c\r\n\td";
        assert_eq!(printable(hostile), "a\\u{1b}]0;x\\u{7}b\\u{9b}31m\\u{202e}c\\u{d}\n\td");
        assert_eq!(printable_line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(printable("é – 北"), "é – 北");
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("ééé", 2), "éé…");
        assert_eq!(cut("ééé", 3), "ééé");
    }
}
