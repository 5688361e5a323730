//! `policyc report review`: the way from what is approved to what the sources compile to, as a page for a reviewer.

use super::super::diff::{self, Diff};
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Global, Outcome};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc report review --out review.html
  policyc report review cafcass > review.html
  policyc diff main --format html > review.html      from another revision

Exit codes: 0, or 1 where the sources have errors; 2 the run failed.";

/// Write what differs from what is approved in golden/ as one HTML file for a reviewer
///
/// What changed, for whom, which clause asked, weaker or stronger, and what devices will do; filters;
/// which clause moved which setting; files side by side. The file loads nothing and works from disk.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Review {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
    /// Where to write it, whole or not at all [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(command: &Review, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let drift = Diff::drift(command.organisation.clone(), command.out.clone(), global)?;
    diff::run(&drift, global, terminal)
}
