//! The terminal: results to stdout, findings and remarks to stderr, colour only where somebody sees it.
//!
//! `anstream` honours NO_COLOR, CLICOLOR and CLICOLOR_FORCE, and takes colour out where it writes to a file or pipe. A reader that
//! goes away (`| head`) is no fault: what it did not want is dropped.

use super::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use policyc::diagnostic::render::{Look, printable};
pub(crate) use policyc::diagnostic::render::{Style, styled};
use std::io::{self, Write};

/// Where a run writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    colour: ColorChoice,
}

impl Terminal {
    pub(crate) fn new(colour: ColorChoice) -> Terminal {
        Terminal { colour }
    }

    /// How findings are to look on stderr.
    pub(crate) fn look(self) -> Look {
        match AutoStream::new(io::stderr(), self.colour).current_choice() {
            ColorChoice::Never => Look::Plain,
            _ => Look::Styled,
        }
    }

    /// Writes a result.
    pub(crate) fn result(self, text: &str) -> Result<(), Failure> {
        quietly(write(AutoStream::new(io::stdout().lock(), self.colour), text.as_bytes())).map_err(Failure::Output)
    }

    /// Writes a result in lines of text, without a word of ours about how it looks and none of its authors'.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        let lines: String = text.lines().map(|line| format!("{}\n", printable(line))).collect();
        self.result(&lines)
    }

    /// Writes a result as it is: data for other programs.
    pub(crate) fn raw(self, bytes: &[u8]) -> Result<(), Failure> {
        quietly(write(io::stdout().lock(), bytes)).map_err(Failure::Output)
    }

    /// Writes findings and remarks. Where even that fails, nobody is there to be told.
    pub(crate) fn remark(self, text: &str) {
        if text.is_empty() {
            return;
        }
        let _ = write(AutoStream::new(io::stderr().lock(), self.colour), text.as_bytes());
    }

    /// Writes a value as JSON.
    pub(crate) fn json(self, value: &serde_json::Value) -> Result<(), Failure> {
        self.raw(policyc::report::format::json_text(value).as_bytes())
    }
}

fn write(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

fn quietly(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
