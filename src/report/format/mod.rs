//! The formats of reports. Each prints any [`Report`], from the model alone; `coverage` is a document of its own in two of them, and
//! [`html`] has two more.
//!
//! What sources and artefacts hold is inert in every format: it is text, wherever it is read, and never a command to whoever reads it.

pub mod coverage;
mod github;
pub mod html;
mod inert;
mod json;
mod junit;
mod markdown;
mod notice;
mod sarif;
mod terminal;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use json::text as json_text;

use super::Report;

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// For a comment on a change that people propose, short first and folded.
    Markdown,
    /// For other programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit's XML, for whatever shows tests.
    Junit,
    /// Commands of GitHub's workflows, for annotations beside the lines.
    Github,
    /// A page in one file, for people in a browser.
    Html,
}

impl Format {
    /// Every format and its word.
    pub const WORDS: [(Format, &'static str); 7] = [
        (Format::Text, "text"),
        (Format::Markdown, "markdown"),
        (Format::Json, "json"),
        (Format::Sarif, "sarif"),
        (Format::Junit, "junit"),
        (Format::Github, "github"),
        (Format::Html, "html"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Format::WORDS.iter().find(|(format, _)| *format == self).map_or("", |(_, word)| word)
    }

    /// The format of that word.
    pub fn named(word: &str) -> Option<Format> {
        Format::WORDS.iter().find(|(_, known)| *known == word).map(|(format, _)| *format)
    }
}

/// The report in a format. Of [`Format::Text`] without the findings, which have a renderer of their own and go elsewhere.
pub fn render(report: &Report, format: Format) -> String {
    match format {
        Format::Text => terminal::report(report),
        Format::Markdown => markdown::comment(report),
        Format::Json => json::text(&json::document(report)),
        Format::Sarif => json::text(&sarif::log(report)),
        Format::Junit => junit::suites(report),
        Format::Github => github::commands(report),
        Format::Html => html::run(report),
    }
}
