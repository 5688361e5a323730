//! `policyc wrap`: a SyncML fragment in the envelope that a management server sends, for tests by hand.

use super::Outcome;
use super::failure::Failure;
use super::terminal::Terminal;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Example:
  policyc wrap profiles-out/cafcass/laptops/BitLocker.xml > message.xml";

/// Print a SyncML fragment of profiles-out/ inside the whole message that a server would send
///
/// Files in profiles-out/ hold what servers take: the commands alone. Tools that read whole SyncML
/// messages want the envelope too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Wrap {
    /// The fragment
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(command: &Wrap, terminal: Terminal) -> Result<Outcome, Failure> {
    let fragment = std::fs::read(&command.file).map_err(Failure::io("read", &command.file))?;
    terminal.raw(&policyc::backend::wrap(&fragment))?;
    Ok(Outcome::Clean)
}
