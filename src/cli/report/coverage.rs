//! `policyc report coverage`: which clause is carried by what, and what no device does.

use super::super::failure::Failure;
use super::super::format::{Format, print};
use super::super::session::Session;
use super::super::terminal::Terminal;
use super::super::{Global, Outcome};
use policyc::report::{coverage, format};

const EXAMPLES: &str = "\
Examples:
  policyc report coverage
  policyc report coverage cafcass --format markdown > coverage.md
  policyc report coverage --json";

/// Say of every clause which controls, settings and files carry it, and of the rest why no device does
///
/// Every number comes from the compile: clauses by class, what is assumed, what is a gap, what
/// people and services do, settings that clauses write without a control.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Coverage {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
}

pub(super) fn run(command: &Coverage, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let session = Session::open(global, command.organisation.as_deref(), terminal)?;
    let coverage = coverage::coverage(&session.compiled);
    let outcome = Outcome::faulty_if(session.has_errors());
    let page = match global.format() {
        Format::Text => format::coverage::text(&coverage),
        Format::Markdown => format::coverage::markdown(&coverage),
        _ => {
            let mut report = session.report("report", global);
            report.summary = vec![format::coverage::summary(&coverage.totals)];
            let policies = coverage.policies.iter();
            report.subjects = policies.map(|policy| format!("{}/{}", policy.organisation, policy.policy)).collect();
            print(report, &coverage, global, terminal)?;
            return Ok(outcome);
        }
    };
    session.remark(global, terminal, "what is reported may be incomplete");
    terminal.text(&page)?;
    Ok(outcome)
}
