//! `--format`: which formats there are, which of them make sense for a command, and where a report goes in each.

use super::Global;
use super::failure::Failure;
use super::terminal::Terminal;
use clap::ValueEnum;
use policyc::report::{Report, format};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// How a run prints what it has to say. (What each is for stands in comments: as help it would push every command's own off the page.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,     // for people at a terminal: results to stdout, findings to stderr
    Markdown, // for people in a browser
    Json,     // for other programs
    Sarif,    // for code scanning
}

/// For commands that compile and have findings.
pub(crate) const ALL: &[Format] = &[Format::Text, Format::Json, Format::Sarif];
/// For documents of their own.
pub(crate) const DOCUMENTS: &[Format] = &[Format::Text, Format::Markdown, Format::Json, Format::Sarif];
/// For commands that answer a question.
pub(crate) const ANSWERS: &[Format] = &[Format::Text, Format::Json];

impl Format {
    /// The word for it on the command line.
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Prints a report as one document on stdout, with what the command has to say of its own in JSON.
pub(crate) fn print(
    mut report: Report,
    own: &impl Serialize,
    global: &Global,
    terminal: Terminal,
) -> Result<(), Failure> {
    report.folder = folder(&global.directory);
    let json = |value: &Value| format::json::text(value).map_err(|error| Failure::Output(error.into()));
    let text = match global.format() {
        Format::Text | Format::Markdown => return terminal.result(&format::terminal::report(&report)),
        Format::Json => {
            let own = match serde_json::to_value(own).map_err(|error| Failure::Output(error.into()))? {
                Value::Object(fields) => fields,
                _ => serde_json::Map::new(),
            };
            json(&format::json::document(&report, own))?
        }
        Format::Sarif => json(&format::sarif::log(&report))?,
    };
    terminal.raw(text.as_bytes())
}

/// The project's folder below the repository that holds it, with a `/` at its end; empty where the project is the repository, or lies
/// in none. Readers of SARIF and of annotations know paths from there.
fn folder(start: &Path) -> String {
    let project = super::project::Project::find(start).ok().and_then(|project| project.root.canonicalize().ok());
    let Some(root) = project else { return String::new() };
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let below = repository.and_then(|repository| root.strip_prefix(repository).ok());
    let parts: Option<Vec<&str>> = below.map(|below| below.iter().filter_map(|part| part.to_str()).collect());
    parts.unwrap_or_default().iter().map(|part| format!("{part}/")).collect()
}
