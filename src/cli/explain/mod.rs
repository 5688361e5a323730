//! `policyc explain`: a code, the effective policy of a group, or who asks for a setting.

mod address;
mod code;
mod group;
mod model;

use super::failure::Failure;
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::diagnostic::Code;

const EXAMPLES: &str = "\
Examples:
  policyc explain needs-supervision
  policyc explain --group laptops
  policyc explain --group cafcass/iphones --json
  policyc explain minLength
  policyc explain ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption";

/// Explain a finding's code, what a group must have, or who asks for a setting
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("what").required(true).args(["subject", "group"]))]
pub(crate) struct Explain {
    /// A code such as `needs-supervision`; or a key, payload type or LocURI: who asks for it, group by group
    #[arg(value_name = "CODE|KEY|LOCURI")]
    subject: Option<String>,
    /// The effective policy of a group: controls with every value and who decided it, settings and
    /// the files that carry them, gaps, needs, and its clauses by class
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// The organisation, where several have a group of this name
    #[arg(long, value_name = "ORGANISATION")]
    organisation: Option<String>,
}

pub(crate) fn run(command: &Explain, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let organisation = command.organisation.as_deref();
    match (&command.group, &command.subject) {
        (Some(name), _) => group::run(name, organisation, global, terminal),
        (None, Some(subject)) => match Code::named(subject) {
            Some(code) => code::run(code, global, terminal),
            None => address::run(subject, organisation, global, terminal),
        },
        (None, None) => Ok(Outcome::Clean), // the arguments demand one of the two
    }
}
