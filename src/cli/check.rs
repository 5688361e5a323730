//! `policyc check`: the same compile as `build`, compared with `golden/`. Writes nothing.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::{GOLDEN, golden};
use super::session::{Session, many};
use super::terminal::Terminal;
use super::{Global, Outcome};
use policyc::Serve;
use policyc::consumer::Consumer;
use policyc::diagnostic::render::Lines;
use policyc::setting::Dialect;
use policyc::{drift, report};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  policyc check
  policyc check cafcass --json
  policyc check --server intune-custom
  policyc check --as-of 2027-04-01       what will differ on that day";

/// Compile, and compare the result with what is approved in golden/
///
/// Writes nothing. For each file that is not as approved, the settings that differ come first: value
/// before and after, the clause and control that ask for it, the exception behind it; then the lines.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::servers()))]
pub(crate) struct Check {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
    /// Hold every file against this server, instead of the one that its group states
    #[arg(long, value_name = "NAME", value_parser = super::server)]
    server: Option<&'static Consumer>,
    /// Which of Intune's files hold settings, instead of what each group states: `custom` puts everything into custom profiles (OMA-URIs on Windows, .mobileconfig on Apple's devices), `catalogue` into policies of the settings catalogue what these can hold
    #[arg(long, value_name = "DIALECT", value_parser = super::dialect)]
    intune: Option<Dialect>,
}

#[derive(Serialize)]
struct Data {
    /// How many files were compared.
    files: usize,
}

pub(crate) fn run(command: &Check, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let organisation = command.organisation.as_deref();
    let global = &Global { server: command.server.map(Serve::Every), intune: command.intune, ..global.clone() };
    let session = Session::open(global, organisation, terminal)?;
    if session.has_errors() {
        return session.stop("check", global, terminal, "nothing was compared");
    }
    let is_text = global.is(Format::Text);
    let (differences, findings) = rayon::join(
        || {
            let golden = golden::read(&session.project, organisation)?;
            Ok(drift::compare(&session.produced(), &golden, &session.catalogue))
        },
        || if is_text { session.findings(global, terminal, "") } else { String::new() },
    );
    let differences = differences?;
    let files = session.compiled.artefacts().count();
    let outcome = Outcome::faulty_if(!differences.is_empty());
    terminal.remark(&findings);
    let lines = Lines::new(&session.sources);
    let mut report = session.report("check", global);
    report.ending = outcome.ending();
    report.entries = differences.iter().map(|difference| report::drift::entry(difference, &lines)).collect();
    report.subjects = session.compiled.artefacts().map(|artefact| artefact.path.clone()).collect();
    report.summary.push(match differences.len() {
        0 => format!("{}, all as approved in {GOLDEN}/", many(files, "file")),
        n => format!("{}; `policyc accept` approves what is meant to change", many(n, "difference")),
    });
    format::print(report, &Data { files }, global, terminal)?;
    Ok(outcome)
}
