//! `--format`: which formats make sense for a command, and where a report goes in each.

use super::Global;
use super::failure::Failure;
use super::terminal::Terminal;
use clap::builder::{PossibleValuesParser, TypedValueParser};
pub(crate) use policyc::report::format::Format;
use policyc::report::{Report, format};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// For commands that have findings to tell, the usual one first.
pub(crate) const ALL: &[Format] =
    &[Format::Text, Format::Markdown, Format::Json, Format::Sarif, Format::Junit, Format::Github, Format::Html];
/// For the coverage, whose page is that of the policy.
pub(crate) const COVERAGE: &[Format] =
    &[Format::Text, Format::Markdown, Format::Json, Format::Sarif, Format::Junit, Format::Github];
/// For pages.
pub(crate) const PAGES: &[Format] = &[Format::Html, Format::Json];
/// For commands that answer a question.
pub(crate) const ANSWERS: &[Format] = &[Format::Text, Format::Json];

/// Takes the words for the formats, and no other.
pub(crate) fn parser() -> impl TypedValueParser<Value = Format> {
    let words = PossibleValuesParser::new(Format::WORDS.map(|(_, word)| word));
    words.map(|word| Format::named(&word).expect("internal: the parser takes no other word"))
}

/// Prints a report as one document on stdout, with what the command has to say of its own in JSON.
pub(crate) fn print(
    mut report: Report,
    own: &impl Serialize,
    global: &Global,
    terminal: Terminal,
) -> Result<(), Failure> {
    let format = global.format();
    if !matches!(format, Format::Text | Format::Json) {
        report.folder = folder(&global.directory);
    }
    if let Value::Object(own) = serde_json::to_value(own).map_err(|error| Failure::Output(error.into()))? {
        report.own = own;
    }
    let text = format::render(&report, format);
    match format {
        Format::Text => terminal.result(&text),
        _ => terminal.raw(text.as_bytes()),
    }
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
