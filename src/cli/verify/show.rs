//! `policyc verify --show`: what is inside a signed file, byte for byte where a program reads it, and harmless where a person does.

use super::super::bundle::limited;
use super::super::failure::Failure;
use super::super::format::{self, Format};
use super::super::terminal::Terminal;
use super::super::{Global, Outcome};
use policyc::diagnostic::render::{Lines, human};
use policyc::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use policyc::release::archive::BYTES;
use policyc::release::cms::open;
use policyc::release::verify::finding;
use policyc::report::{Ending, Report};
use policyc::source::Sources;
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;

pub(super) fn run(paths: &[PathBuf], global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let [path] = paths else {
        return Err(Failure::Unknown {
            kind: "single file",
            name: paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "),
            cure: Some("`--show` prints what is inside one file: name one".to_owned()),
        });
    };
    let name = path.display().to_string();
    let bytes = limited(path, BYTES)?
        .ok_or_else(|| Failure::TooMuch { path: path.clone(), limit: format!("{} MiB", BYTES >> 20) })?;
    let nowhere = Sources::default();
    let mut found = Diagnostics::default();
    let opened = open(&bytes).map_err(|fault| found.push(finding(&name, &fault))).ok();
    let inside = opened.and_then(|opened| {
        if opened.content.is_none() {
            let message = "the signature does not hold what was signed: that is in a file beside it";
            found.push(Diagnostic::in_artefact(Code::NotSigned, name.as_str(), "", message));
        }
        opened.content
    });
    match inside {
        Some(inside) if global.is(Format::Text) => {
            match (std::io::stdout().is_terminal(), std::str::from_utf8(&inside)) {
                (true, Ok(text)) => terminal.text(text)?,
                (true, Err(_)) => terminal.text(&inside.escape_ascii().to_string())?,
                (false, _) => terminal.raw(&inside)?,
            }
            Ok(Outcome::Clean)
        }
        inside => {
            let lines = Lines::new(&nowhere);
            let outcome = Outcome::faulty_if(inside.is_none());
            if global.is(Format::Text) {
                terminal.remark(&human(&found, &lines, terminal.look(), Severity::Note));
                return Ok(outcome);
            }
            let mut report = Report::new("verify", &found, &lines);
            report.ending = if inside.is_some() { Ending::Clean } else { Ending::Faulty };
            let content = inside.as_deref().and_then(|inside| std::str::from_utf8(inside).ok());
            report.summary.extend(content.map(str::to_owned));
            format::print(report, &json!({ "path": name, "content": content }), global, terminal)?;
            Ok(outcome)
        }
    }
}
