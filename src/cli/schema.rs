//! `policyc schema`: the JSON Schema of source files, for editors; and of what `--format json` prints, for other programs.

use super::failure::Failure;
use super::project::Project;
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::catalogue::Catalogue;
use policyc::source::Sources;
use policyc::{policy, schema};

const EXAMPLES: &str = "\
Examples:
  policyc schema > policyc.schema.json
  policyc schema policy
  policyc schema output                  what `--format json` prints

An editor with a YAML language server reads it from a file's first line:
  # yaml-language-server: $schema=../../.policyc/schema.json";

/// What is no kind of file: what the program prints.
const OUTPUT: &str = "output";

/// Print the JSON Schema (2020-12) of source files: what editors complete and explain
///
/// One schema serves every file: its first key says which part holds. Inside a project it knows the
/// organisations' own controls too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Schema {
    /// One kind of file alone; or `output`, what `--format json` prints
    #[arg(value_parser = clap::builder::PossibleValuesParser::new([schema::KINDS, &[OUTPUT]].concat()))]
    kind: Option<String>,
}

pub(crate) fn run(command: &Schema, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let sources = match Project::find(&global.directory) {
        Ok(project) => project.sources(None)?,
        // Outside a project the library alone speaks.
        Err(_) => Sources::new(Vec::new()),
    };
    let catalogue = Catalogue::embedded().extended(&policy::templates(&sources));
    let controls = schema::controls(&sources);
    let schema = match &command.kind {
        Some(kind) if kind == OUTPUT => schema::output(),
        Some(kind) => schema::one(kind, &catalogue, &controls).unwrap_or_default(),
        None => schema::all(&catalogue, &controls),
    };
    terminal.json(&schema)?;
    Ok(Outcome::Clean)
}
