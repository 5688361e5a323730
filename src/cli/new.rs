//! `policyc new ORGANISATION`: a starter tree that compiles, with one clause of each class. Asks nothing, overwrites nothing.

use super::failure::Failure;
use super::format::Format;
use super::project::{Project, SOURCES};
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::catalogue::Catalogue;
use policyc::schema;
use policyc::source::Sources;
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  policyc new acme && policyc build && policyc accept && policyc check";

/// What editors read the schema from, below the project: each file's first line names it.
const SCHEMA: &str = ".policyc/schema.json";

/// The files of a starter tree.
const FILES: &[(&str, &str)] = &[
    ("organisation.yaml", include_str!("new/organisation.yaml")),
    ("groups.yaml", include_str!("new/groups.yaml")),
    ("it-policy.yaml", include_str!("new/it-policy.yaml")),
    ("exceptions.yaml", include_str!("new/exceptions.yaml")),
];

/// Write a commented starter tree for an organisation: it compiles, and shows one clause of each class
///
/// The files open with the line that tells an editor where the schema is, so that completion and
/// hover work without anything installed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct New {
    /// The organisation's id: lower-case words joined by hyphens; its folder is called so
    organisation: String,
}

pub(crate) fn run(command: &New, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let id = command.organisation.as_str();
    if !is_name(id) {
        return Err(Failure::Name { name: id.to_owned() });
    }
    let root = Project::find(&global.directory).map_or_else(|_| global.directory.clone(), |project| project.root);
    let sources = root.join(SOURCES);
    let folder = sources.join(id);
    if folder.exists() {
        return Err(Failure::Exists { path: folder });
    }
    let mut written = Vec::new();
    for (name, text) in FILES {
        let line = format!("# yaml-language-server: $schema=../../{SCHEMA}\n");
        written.push(write(&folder.join(name), &format!("{line}{}", text.replace("ORGANISATION", id)))?);
    }
    let schema = schema::all(&Catalogue::embedded(), &schema::controls(&Sources::new(Vec::new())));
    let mut text = serde_json::to_string(&schema).map_err(|error| Failure::Output(error.into()))?;
    text.push('\n');
    written.push(write(&root.join(SCHEMA), &text)?);
    let shown: Vec<String> =
        written.iter().map(|path| path.strip_prefix(&root).unwrap_or(path).display().to_string()).collect();
    if global.is(Format::Json) {
        terminal.json(&json!({ "version": 1, "command": "new", "written": shown }))?;
        return Ok(Outcome::Clean);
    }
    let mut lines: String = shown.iter().map(|path| format!("{path}\n")).collect();
    lines.push_str("next: `policyc build`, then `policyc accept` once you have read what it shows\n");
    terminal.text(&lines)?;
    Ok(Outcome::Clean)
}

fn is_name(id: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 64 && id != "baselines" && id.split('-').all(word)
}

fn write(path: &Path, text: &str) -> Result<PathBuf, Failure> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(Failure::io("make the folder of", path))?;
    }
    std::fs::write(path, text).map_err(Failure::io("write", path))?;
    Ok(path.to_owned())
}
