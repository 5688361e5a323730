//! `policyc wrap`: a SyncML fragment in the envelope that a management server sends, for tests by hand.

use super::failure::Failure;
use super::format;
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::backend::{Format, decode, wrap};
use policyc::catalogue::Catalogue;
use serde_json::json;
use std::path::PathBuf;

/// How a whole message begins.
const ENVELOPE: &[u8] = b"<SyncML";

const EXAMPLES: &str = "\
Example:
  policyc wrap profiles-out/cafcass/laptops/BitLocker.xml > message.xml";

/// Print a SyncML fragment of profiles-out/ inside the whole message that a server would send
///
/// Files in profiles-out/ hold what servers take: the commands alone, and so does what `policyc undo`
/// writes. Tools that read whole SyncML messages want the envelope too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Wrap {
    /// The fragment
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(command: &Wrap, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let fragment = std::fs::read(&command.file).map_err(Failure::io("read", &command.file))?;
    let not_one = |why: String| Failure::NotAFragment { path: command.file.clone(), why };
    let read = decode(Format::Syncml, &fragment, &Catalogue::embedded())
        .map_err(|(place, why)| not_one(format!("{place}: {why}")))?;
    // Commands that set nothing are the whole of what `undo` writes, and of what a server is to send once.
    if read.settings.is_empty() && read.residue.is_empty() {
        return Err(not_one("it has no command".to_owned()));
    }
    if fragment.windows(ENVELOPE.len()).any(|part| part == ENVELOPE) {
        return Err(not_one("it is a whole message already".to_owned()));
    }
    let message = wrap(&fragment);
    if global.is(format::Format::Json) {
        let text = String::from_utf8_lossy(&message);
        terminal.json(&json!({ "version": 1, "command": "wrap", "message": text }))?;
    } else {
        terminal.raw(&message)?;
    }
    Ok(Outcome::Clean)
}
