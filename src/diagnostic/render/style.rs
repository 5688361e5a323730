//! Styles of text on a terminal: what is ours is styled, what is somebody else's is made harmless first.

use super::printable;

/// How a piece of text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Names and headings.
    Strong,
    /// Reasons.
    Dim,
    /// What is new.
    Added,
    /// What goes.
    Removed,
    /// What is wrong.
    Error,
}

impl Style {
    fn ansi(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "\x1b[1m",
            Style::Dim => "\x1b[2m",
            Style::Added => "\x1b[32m",
            Style::Removed => "\x1b[31m",
            Style::Error => "\x1b[1;31m",
        }
    }
}

/// `text` in a style, on one line, with everything escaped that a terminal or a pipeline would obey: authors and artefacts get no say in
/// how it looks. Whoever writes to something else than a terminal takes the styles out again.
pub fn styled(style: Style, text: &str) -> String {
    let text = on_one_line(text);
    match style {
        Style::Plain => text,
        _ => format!("{}{text}\x1b[0m", style.ansi()),
    }
}

/// Text without what a pipeline's runner obeys wherever it stands in a line.
pub(super) fn tame(text: String) -> String {
    match text.contains("##") {
        true => text.replace("##[", "#\\u{23}[").replace("##vso[", "#\\u{23}vso["),
        false => text,
    }
}

/// Runners of pipelines read the lines of a log: GitHub's obeys one that starts with `::command`, Azure's whatever follows `##vso[`.
fn on_one_line(text: &str) -> String {
    let line = tame(printable(text).replace('\n', "\\n"));
    match line.trim_start().strip_prefix("::") {
        Some(rest) if rest.contains("::") => line.replacen(':', "\\u{3a}", 1),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, styled};

    #[test]
    fn no_line_of_it_is_a_command() {
        let check = |text: &str, expected: &str| assert_eq!(styled(Style::Plain, text), expected);
        check("a\n::error::b\tc", "a\\n::error::b\tc");
        check(" ::add-mask::b", " \\u{3a}:add-mask::b");
        check("::1", "::1");
        check("a ##vso[task.complete]b ##[error]c", "a #\\u{23}vso[task.complete]b #\\u{23}[error]c");
    }
}
