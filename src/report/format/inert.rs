//! Text of sources and artefacts in Markdown and HTML, without power over the page: GitHub's dialect (GFM 0.29) and what GitHub itself
//! makes of rendered text afterwards: mentions, references, links, emoji.
//!
//! Characters of Markdown become entities, which a renderer turns back only after it has looked for markup; what GitHub looks for in
//! rendered text is broken by a space of no width, the way that bots quote people's names.

use crate::diagnostic::render::{cut, printable};

/// A space of no width: what stands on either side of it is one word to a reader, and none to a filter.
const BREAK: &str = "&#8203;";

/// Characters kept of one text.
const WIDTH: usize = 600;

/// A line of prose, in Markdown or in HTML. What stands in backticks is shown as code.
pub(super) fn prose(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return opening(words(&text));
    }
    let shown = |(n, part): (usize, &&str)| match n % 2 {
        0 => words(part),
        _ => format!("<code>{}</code>", words(part)),
    };
    opening(parts.iter().enumerate().map(shown).collect())
}

/// Text that begins no list, heading or rule where it begins a line.
fn opening(text: String) -> String {
    // A number begins a list where a point or a bracket follows it.
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() < text.len() && !after.starts_with(['.', ')']) {
        return text;
    }
    match text.chars().next() {
        Some(c) if c.is_ascii() && !c.is_ascii_alphabetic() && !matches!(c, '&' | '<') => {
            format!("&#{};{}", u32::from(c), &text[1..])
        }
        _ => text,
    }
}

/// A value, a path or an address, as a span of code. Markdown alone, and in no table.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(ticks(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Lines of code in a block of their own, marked as the language that shows them best. Markdown alone.
pub(super) fn block(language: &str, lines: &str) -> String {
    let text = printable(lines);
    let fence = "`".repeat(ticks(&text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn one_line(text: &str) -> String {
    printable(&cut(text, WIDTH).split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// The longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text without a line end.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let after = rest.as_str();
        match c {
            '@' | '#' => out.extend(["&#", &u32::from(c).to_string(), ";", BREAK]),
            ':' if joins(after) => out.extend([":", BREAK]),
            '-' if matches!(before, 'h' | 'H') && after.starts_with(|c: char| c.is_ascii_digit()) => {
                out.extend(["-", BREAK]); // GH-1
            }
            '.' if ends_in_www(&out) => out.extend([".", BREAK]),
            '&' | '<' | '>' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '$' => {
                out.extend(["&#", &u32::from(c).to_string(), ";"]);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Whether a colon before this would begin a link or an emoji: `//`, `word:`.
fn joins(after: &str) -> bool {
    let word = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'));
    after.starts_with("//") || (word.starts_with(':') && word.len() < after.len())
}

fn ends_in_www(text: &str) -> bool {
    text.len() >= 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"www")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_prose_and_nothing_else() {
        for (text, expected) in [
            ("`a` is no *word*", "<code>a</code> is no &#42;word&#42;"),
            ("a ` alone", "a &#96; alone"),
            ("<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;"),
            ("[x](https://a.example)", "&#91;x&#93;(https:&#8203;//a.example)"),
            ("www.a.example", "www.&#8203;a.example"),
            (
                "ask @team in #1, a@b.example or GH-1",
                "ask &#64;&#8203;team in &#35;&#8203;1, a&#64;&#8203;b.example or GH-&#8203;1",
            ),
            (":shipit: at 10:30", "&#58;&#8203;shipit: at 10:30"),
            ("a | b\n\n# c", "a &#124; b &#35;&#8203; c"),
            ("- item", "&#45; item"),
            ("1. item", "&#49;. item"),
            ("12) item", "&#49;2) item"),
            ("12 items", "12 items"),
            ("a\u{202e}b\u{1b}[0m", "a&#92;u{202e}b&#92;u{1b}&#91;0m"),
        ] {
            assert_eq!(prose(text), expected, "{text}");
        }
    }

    #[test]
    fn a_block_ends_where_it_is_meant_to() {
        assert_eq!(block("diff", "-```\n+x\n"), "````diff\n-```\n+x\n````\n");
        assert_eq!(block("", "a"), "```\na\n```\n");
    }
}
