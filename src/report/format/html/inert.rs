//! Text without power over the page: no markup, and nothing that turns, hides or joins what stands beside it.
//!
//! The templates know no other way to show a value (`askama.toml`), so none can be forgotten. HTML's five characters follow the HTML
//! standard §13.3; what a terminal would obey is written out as everywhere else in reports.

use crate::diagnostic::render::printable;
use askama::filters::Escaper;
use std::fmt::{self, Write};

/// The escaper of every template here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inert;

impl Escaper for Inert {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> fmt::Result {
        let text = printable(text);
        let mut rest: &str = &text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| special(*c)) {
            to.write_str(&rest[..at])?;
            match c {
                '&' => to.write_str("&amp;")?,
                '<' => to.write_str("&lt;")?,
                '>' => to.write_str("&gt;")?,
                '"' => to.write_str("&quot;")?,
                '\'' => to.write_str("&#39;")?,
                unseen => write!(to, "{}", unseen.escape_unicode())?,
            }
            rest = &rest[at + c.len_utf8()..];
        }
        to.write_str(rest)
    }
}

/// HTML's own characters, and those that take no room: two names that differ in one look alike.
fn special(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\'' | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = String::new();
        Inert.write_escaped_str(&mut out, text).unwrap();
        assert_eq!(out, expected);
    }

    #[test]
    fn nothing_that_a_browser_obeys_passes() {
        check("a clause <script>alert(1)</script>", "a clause &lt;script&gt;alert(1)&lt;/script&gt;");
        check("\"' onload='x' & y", "&quot;&#39; onload=&#39;x&#39; &amp; y");
        check("a\u{202e}b\u{1b}[31mc\u{0}", "a\\u{202e}b\\u{1b}[31mc\\u{0}");
        check("iph\u{200b}one\u{ad}s\u{e0041}", "iph\\u{200b}one\\u{ad}s\\u{e0041}");
        check("é – 北\nline\tend", "é – 北\nline\tend");
    }
}
