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

/// `text` in a style, with everything escaped that a terminal would obey: authors and artefacts get no say in how it looks. Whoever
/// writes to something else than a terminal takes the styles out again.
pub fn styled(style: Style, text: &str) -> String {
    match style {
        Style::Plain => printable(text).into_owned(),
        _ => format!("{}{}\x1b[0m", style.ansi(), printable(text)),
    }
}
