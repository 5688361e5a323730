//! `policyc report coverage`: which clause is carried by what, and what no device does.

use super::failure::Failure;
use super::session::Session;
use super::terminal::Terminal;
use super::{Global, Outcome};
use clap::{Subcommand, ValueEnum};
use policyc::report::{coverage, format};

const EXAMPLES: &str = "\
Examples:
  policyc report coverage
  policyc report coverage cafcass --format markdown > coverage.md
  policyc report coverage --json";

/// Reports on the policies as they compile
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    Coverage(Coverage),
}

/// Say of every clause which controls, settings and files carry it, and of the rest why no device does
///
/// Every number comes from the compile: clauses by class, what is assumed, what is a gap, what
/// people and services do, settings that clauses write without a control.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Coverage {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
    /// How to print it; `json` is what --json prints
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

pub(crate) fn run(command: &Report, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let Report::Coverage(command) = command;
    let session = Session::open(global, command.organisation.as_deref(), terminal)?;
    let coverage = coverage::coverage(&session.compiled);
    let outcome = Outcome::faulty_if(session.has_errors());
    if global.json || command.format == Format::Json {
        session.json("report", &coverage, terminal)?;
        return Ok(outcome);
    }
    session.remark(global, terminal, "what is reported may be incomplete");
    let text = match command.format {
        Format::Markdown => format::markdown(&coverage),
        _ => format::text(&coverage),
    };
    terminal.text(&text)?;
    Ok(outcome)
}
