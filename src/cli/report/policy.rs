//! `policyc report policy`: the whole effective policy of one organisation, as a page that needs no engineer to read.

use super::super::failure::Failure;
use super::super::format::{Format, print};
use super::super::session::Session;
use super::super::terminal::Terminal;
use super::super::{Global, Outcome};
use policyc::report::effective::effective;
use policyc::report::format::html;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  policyc report policy cafcass --out cafcass.html
  policyc report policy cafcass --as-of 2027-01-01 > cafcass.html
  policyc report policy cafcass --json";

/// Write the whole effective policy of one organisation as one HTML file, for people who are no engineers
///
/// Clauses with their class, what they ask for in plain words, what carries them and what is left
/// to people; groups; what is assumed; gaps, exceptions, conflicts and review dates. The file
/// loads nothing and works from disk. With --json the same as data.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Policy {
    /// The organisation: the name of its folder in policy-sources/
    organisation: String,
    /// Where to write it, whole or not at all [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(command: &Policy, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let session = Session::open(global, Some(&command.organisation), terminal)?;
    let known = effective(&session.compiled, &session.catalogue, &command.organisation, session.as_of);
    let Some(effective) = known else {
        let (kind, name) = ("organisation", command.organisation.clone());
        return Err(Failure::Unknown { kind, name, cure: None });
    };
    let outcome = Outcome::faulty_if(session.has_errors());
    if global.is(Format::Html) {
        session.remark(global, terminal, "what is reported may be incomplete");
        super::write(&html::policy(&effective), command.out.as_deref(), terminal)?;
    } else {
        print(session.report("report", global), &effective, global, terminal)?;
    }
    Ok(outcome)
}
