//! Arguments, exit codes and the order of a run. One file per command; what they share is [`session`], [`project`], [`terminal`].
//!
//! Exit 0: clean. 1: errors, denied warnings, or drift. 2: the run itself failed, or was asked for wrongly.

mod accept;
mod build;
mod bundle;
mod catalogue;
mod check;
mod diff;
mod drift;
mod explain;
mod failure;
mod format;
mod gathering;
mod import;
mod ingest_admx;
mod lint;
mod new;
mod project;
mod release;
mod report;
mod schema;
mod session;
mod terminal;
mod undo;
mod verify;
mod wrap;

use anstream::ColorChoice;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use failure::Failure;
use format::Format;
use policyc::Serve;
use policyc::consumer::{self, Consumer};
use policyc::diagnostic::{Code, nearest::did_you_mean};
use policyc::report::{Ending, Report};
use policyc::setting::{Date, Dialect};
use std::path::PathBuf;
use std::process::ExitCode;
use terminal::{Style, Terminal, styled};

const EXAMPLES: &str = "\
Examples:
  policyc build                          write every organisation's profiles to profiles-out/
  policyc check cafcass                  compare one organisation with golden/, write nothing
  policyc accept cafcass/iphones         show what differs for a group, and approve it
  policyc explain --group laptops        what a group must have, and which clause says so
  policyc explain needs-supervision      a finding's code: the fault and its cure
  policyc lint exports/                  what is wrong with files that are out there
  policyc catalogue search passcode      what the vendors let you set

Exit codes: 0 clean, 1 errors or drift, 2 the run failed.";

/// Compiles written device policies, clause by clause, into checked Apple profiles and Windows settings.
#[derive(Debug, Parser)]
#[command(name = "policyc", version, after_help = EXAMPLES, term_width = 100, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// The project: a folder that holds policy-sources/, or one below it
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    directory: PathBuf,
    /// How to print what the run has to say; all but `text` print one document to stdout, findings included (beside a page of `diff` or `report`, to stderr)
    #[arg(long, value_name = "FORMAT", global = true, conflicts_with = "json", value_parser = format::parser())]
    format: Option<Format>,
    /// The same as `--format json`
    #[arg(long, global = true)]
    json: bool,
    /// Count warnings as errors: all of them (`warnings`), or those with a code; may be repeated
    #[arg(long, value_name = "warnings|CODE", global = true, value_parser = denied)]
    deny: Vec<Denied>,
    /// Show notes, not only errors and warnings
    #[arg(long, global = true)]
    notes: bool,
    /// The day that decides which exceptions have begun or lapsed [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", global = true, value_parser = day)]
    as_of: Option<Date>,
    /// How many threads work [default: one for each core]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Colour: `auto` where a terminal shows it and NO_COLOR is not set
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", hide_default_value = true)]
    color: Colour,
    /// The server that the command holds files against, where it takes one
    #[arg(skip)]
    server: Option<Serve>,
    /// Which of Intune's files hold settings, where the command takes it
    #[arg(skip)]
    intune: Option<Dialect>,
}

impl Global {
    fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format.unwrap_or(Format::Text),
        }
    }

    fn is(&self, format: Format) -> bool {
        self.format() == format
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

/// A warning that counts as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denied {
    Warnings,
    Code(Code),
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(build::Build),
    Check(check::Check),
    Diff(diff::Diff),
    Drift(drift::Drift),
    Undo(undo::Undo),
    Accept(accept::Accept),
    Explain(explain::Explain),
    #[command(subcommand)]
    Catalogue(catalogue::Lookup),
    Release(release::Release),
    Verify(verify::Verify),
    #[command(subcommand)]
    Report(report::Command),
    New(new::New),
    Import(import::Import),
    IngestAdmx(ingest_admx::IngestAdmx),
    Lint(lint::Lint),
    Schema(schema::Schema),
    Wrap(wrap::Wrap),
}

impl Command {
    /// Its name, and the formats that make sense for it.
    fn formats(&self) -> (&'static str, &'static [Format]) {
        match self {
            Command::Build(_) => ("build", format::ALL),
            Command::Check(_) => ("check", format::ALL),
            Command::Diff(_) => ("diff", format::ALL),
            Command::Drift(_) => ("drift", format::ALL),
            Command::Undo(_) => ("undo", format::ANSWERS),
            Command::Accept(_) => ("accept", format::ALL),
            Command::Release(_) => ("release", format::ALL),
            Command::Verify(_) => ("verify", format::ALL),
            Command::Report(command) => ("report", command.formats()),
            Command::Explain(_) => ("explain", format::ANSWERS),
            Command::Catalogue(lookup) => ("catalogue", lookup.formats()),
            Command::New(_) => ("new", format::ANSWERS),
            Command::Import(_) => ("import", format::ALL),
            Command::IngestAdmx(_) => ("ingest-admx", format::ALL),
            Command::Lint(_) => ("lint", format::ALL),
            Command::Schema(_) => ("schema", format::ANSWERS),
            Command::Wrap(_) => ("wrap", format::ANSWERS),
        }
    }
}

/// How a run that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Clean,
    Faulty,
}

impl Outcome {
    fn faulty_if(faulty: bool) -> Outcome {
        if faulty { Outcome::Faulty } else { Outcome::Clean }
    }

    fn ending(self) -> Ending {
        match self {
            Outcome::Clean => Ending::Clean,
            Outcome::Faulty => Ending::Faulty,
        }
    }
}

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let mut arguments = Arguments::parse();
    let (name, formats) = arguments.command.formats();
    if !arguments.global.json {
        arguments.global.format.get_or_insert(formats[0]);
    }
    let global = &arguments.global;
    if !formats.contains(&global.format()) {
        refuse(name, global.format(), formats);
    }
    let terminal = Terminal::new(match global.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::AlwaysAnsi,
        Colour::Never => ColorChoice::Never,
    });
    let outcome = match &arguments.command {
        Command::Build(command) => build::run(command, global, terminal),
        Command::Check(command) => check::run(command, global, terminal),
        Command::Diff(command) => diff::run(command, global, terminal),
        Command::Drift(command) => drift::run(command, global, terminal),
        Command::Undo(command) => undo::run(command, global, terminal),
        Command::Accept(command) => accept::run(command, global, terminal),
        Command::Explain(command) => explain::run(command, global, terminal),
        Command::Catalogue(command) => catalogue::run(command, global, terminal),
        Command::Release(command) => release::run(command, global, terminal),
        Command::Verify(command) => verify::run(command, global, terminal),
        Command::Report(command) => report::run(command, global, terminal),
        Command::New(command) => new::run(command, global, terminal),
        Command::Import(command) => import::run(command, global, terminal),
        Command::IngestAdmx(command) => ingest_admx::run(command, global, terminal),
        Command::Lint(command) => lint::run(command, global, terminal),
        Command::Schema(command) => schema::run(command, global, terminal),
        Command::Wrap(command) => wrap::run(command, global, terminal),
    };
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Faulty) => ExitCode::from(1),
        Err(failure) => {
            let report = Report::failed(name, failure.to_string(), failure.cure());
            let tells = !global.is(Format::Text) && !matches!(failure, Failure::Output(_));
            let told_there = tells && format::print(report, &(), global, terminal).is_ok();
            // The others go to a file that nobody looks at when a run fails.
            if !told_there || !matches!(global.format(), Format::Json | Format::Github) {
                terminal.remark(&told(&failure));
            }
            ExitCode::from(2)
        }
    }
}

/// Ends the run as a mistake in the arguments does.
fn refuse(command: &str, format: Format, formats: &[Format]) -> ! {
    let words: Vec<String> = formats.iter().map(|format| format!("`{}`", format.word())).collect();
    let message =
        format!("`{command}` has nothing to say in the format `{}`; it takes {}", format.word(), words.join(", "));
    Arguments::command().error(clap::error::ErrorKind::InvalidValue, message).exit()
}

fn told(failure: &Failure) -> String {
    let mut text = format!("{} {}\n", styled(Style::Error, "failed:"), styled(Style::Plain, &failure.to_string()));
    if let Some(cure) = failure.cure() {
        text.push_str(&format!("{} {}\n", styled(Style::Strong, "help:"), styled(Style::Plain, &cure)));
    }
    text
}

/// The server of this name.
fn server(name: &str) -> Result<&'static Consumer, String> {
    consumer::named(name).ok_or_else(|| format!("no server is known by this name; {}", consumer::unknown(name)))
}

/// The dialect of this name.
fn dialect(word: &str) -> Result<Dialect, String> {
    let all = || Dialect::ALL.iter().map(|dialect| dialect.word());
    Dialect::named(word).ok_or_else(|| match did_you_mean(word, all()) {
        Some(near) => format!("Intune's files are not of this dialect; {near}"),
        None => format!("it is one of {}", all().collect::<Vec<_>>().join(", ")),
    })
}

/// The names of the servers, for the help of commands that take one.
fn servers() -> String {
    let width = consumer::NAMES.iter().map(|name| name.len()).max().unwrap_or(0);
    let line = |(name, about): (&str, &str)| format!("  {name:width$}  {about}\n");
    let lines: String = consumer::abouts().into_iter().map(line).collect();
    format!("Servers:\n{lines}")
}

fn denied(word: &str) -> Result<Denied, String> {
    if word == "warnings" {
        return Ok(Denied::Warnings);
    }
    let names = || Code::ALL.iter().map(|code| code.name()).chain(["warnings"]);
    Code::named(word).map(Denied::Code).ok_or_else(|| {
        let near = did_you_mean(word, names()).unwrap_or_else(|| "codes stand in brackets after `warning`".into());
        format!("no finding has this code; {near}")
    })
}

fn day(text: &str) -> Result<Date, String> {
    let whole = text.len() == "2026-10-01".len();
    Date::parse(text).filter(|_| whole).ok_or_else(|| "not a day such as 2026-10-01".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_whole_days_and_known_codes_are_taken() {
        assert!(day("2026-10-01").is_ok() && day("2026-10").is_err() && day("2026-13-01").is_err());
        assert_eq!(denied("gap"), Ok(Denied::Code(Code::Gap)));
        assert!(denied("deprecatd").unwrap_err().contains("`deprecated`"));
    }
}
