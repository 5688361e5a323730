//! `policyc report`: documents about the policies as they compile, each with a file of its own here.

mod coverage;
mod policy;
mod review;

use super::failure::Failure;
use super::format::{COVERAGE, Format, PAGES};
use super::project::tree::Tree;
use super::terminal::Terminal;
use super::{Global, Outcome};
use clap::Subcommand;
use std::path::Path;

/// Reports on the policies as they compile
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Coverage(coverage::Coverage),
    Policy(policy::Policy),
    Review(review::Review),
}

impl Command {
    /// The formats that make sense for it, the usual one first.
    pub(crate) fn formats(&self) -> &'static [Format] {
        match self {
            Command::Coverage(_) => COVERAGE,
            Command::Policy(_) | Command::Review(_) => PAGES,
        }
    }
}

pub(crate) fn run(command: &Command, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    match command {
        Command::Coverage(command) => coverage::run(command, global, terminal),
        Command::Policy(command) => policy::run(command, global, terminal),
        Command::Review(command) => review::run(command, global, terminal),
    }
}

/// Writes a page to a file, whole or not at all, or to stdout.
pub(crate) fn write(page: &str, out: Option<&Path>, terminal: Terminal) -> Result<(), Failure> {
    let Some(path) = out else { return terminal.raw(page.as_bytes()) };
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(Failure::io("write", path)(std::io::ErrorKind::InvalidFilename.into()));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Tree::new(folder.to_path_buf()).stage(name, page.as_bytes())?.commit()?;
    terminal.remark(&format!("wrote {}\n", path.display()));
    Ok(())
}
