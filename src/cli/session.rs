//! One compile of a project, and the findings that it ends with: what `build`, `check`, `accept` and `explain` share.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::Project;
use super::terminal::{Style, Terminal, styled};
use super::{Denied, Global, Outcome};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::render::{Counts, Lines, printed, shown};
use policyc::diagnostic::{Diagnostic, Diagnostics, Severity};
use policyc::drift::Produced;
use policyc::report::Report;
use policyc::setting::Date;
use policyc::source::Sources;
use policyc::template::Template;
use policyc::{Compiled, CompiledGroup, Judges, Request, compile_under};
use rayon::prelude::*;
use std::io::IsTerminal;
use std::mem::ManuallyDrop;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A project and what compiling it gave.
pub(crate) struct Session {
    pub(crate) project: Project,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) compiled: Compiled,
    /// The day of the run.
    pub(crate) as_of: Date,
}

/// Stack of each thread: sources may nest as deep as the limits allow.
const STACK: usize = 8 << 20;

impl Session {
    /// Reads and compiles the project, or one organisation of it. It is never dropped: a run has one and ends with it, and the system
    /// takes the memory of a process back at once, where giving back each of many thousand pieces takes its time.
    pub(crate) fn open(
        global: &Global,
        organisation: Option<&str>,
        terminal: Terminal,
    ) -> Result<ManuallyDrop<Session>, Failure> {
        let project = Project::find(&global.directory)?;
        start_threads(global)?;
        Session::compile(project, organisation, global.as_of, (global, terminal))
    }

    /// The same of any project and day, on the threads that are there.
    pub(crate) fn compile(
        project: Project,
        organisation: Option<&str>,
        as_of: Option<Date>,
        (global, terminal): (&Global, Terminal),
    ) -> Result<ManuallyDrop<Session>, Failure> {
        let as_of = as_of.unwrap_or_else(today);
        let (sources, catalogue, compiled) = while_saying("compiling …\n", terminal, || {
            let sources = project.sources(organisation)?;
            let catalogue = Catalogue::embedded();
            let judges = Judges { server: global.server, intune: global.intune, ..Judges::all() };
            let mut compiled = compile_under(&sources, &catalogue, &Request { as_of }, judges);
            compiled.found.deny(|diagnostic| denies(global, diagnostic));
            let own: Vec<Template> =
                compiled.policy.organisations.iter().flat_map(|one| one.templates.clone()).collect();
            // What is read back is read as it was written: with the elements of the templates.
            let catalogue = if own.is_empty() { catalogue } else { catalogue.extended(&own) };
            Ok((sources, catalogue, compiled))
        })?;
        Ok(ManuallyDrop::new(Session { project, sources, catalogue, compiled, as_of }))
    }

    /// Treats findings that a command has added as those of the compiler: which of them count as errors, and in which order they come.
    pub(crate) fn judge_findings(&mut self, global: &Global) {
        self.compiled.found.deny(|diagnostic| denies(global, diagnostic));
        self.compiled.found.sort(&self.sources);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.compiled.found.has_errors()
    }

    /// Organisation and group of an outcome, as their ids.
    pub(crate) fn name<'a>(&self, group: &'a CompiledGroup) -> (&'a str, &'a str) {
        let target = group.checked.target();
        (&target.organisation, &target.group.value)
    }

    /// Every group's side of the comparison with `golden/`.
    pub(crate) fn produced(&self) -> Vec<Produced<'_>> {
        let mut sides = Vec::with_capacity(self.compiled.groups.len());
        for outcome in &self.compiled.groups {
            let group = &self.compiled.policy.organisations[outcome.organisation].groups[outcome.group];
            for checked in outcome.routes() {
                let own = outcome.artefacts.iter().filter(|artefact| std::ptr::eq(outcome.behind(artefact), checked));
                sides.push(Produced { artefacts: own.collect(), checked, exceptions: &group.exceptions });
            }
        }
        sides
    }

    /// Prints the findings for people; `consequence` says what errors had for a consequence.
    pub(crate) fn remark(&self, global: &Global, terminal: Terminal, consequence: &str) {
        terminal.remark(&self.findings(global, terminal, consequence));
    }

    /// The findings for people, as [`Session::remark`] prints them.
    pub(crate) fn findings(&self, global: &Global, terminal: Terminal, consequence: &str) -> String {
        let mut text = told(&self.compiled.found, &self.sources, global, terminal);
        text.push_str(&self.tally(global, consequence));
        text
    }

    /// A report of `command` that holds the findings.
    pub(crate) fn report(&self, command: &'static str, global: &Global) -> Report {
        let report = Report::new(command, &self.compiled.found, &Lines::new(&self.sources));
        Report { least: least(global), ..report }
    }

    /// The end of a run that stops at errors: the findings alone.
    pub(crate) fn stop(
        &self,
        command: &'static str,
        global: &Global,
        terminal: Terminal,
        consequence: &str,
    ) -> Result<Outcome, Failure> {
        if global.is(Format::Text) {
            self.remark(global, terminal, consequence);
        } else {
            let report = Report { summary: vec![consequence.to_owned()], ..self.report(command, global) };
            format::print(report, &(), global, terminal)?;
        }
        Ok(Outcome::Faulty)
    }

    fn tally(&self, global: &Global, consequence: &str) -> String {
        let Counts { errors, warnings, notes } = Counts::of(&self.compiled.found);
        let counted = [(errors, "error"), (warnings, "warning"), (notes, "note")];
        let parts: Vec<String> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| many(*n, word)).collect();
        if errors + warnings == 0 && !global.notes {
            return String::new();
        }
        let tail = if errors > 0 { format!(": {consequence}") } else { String::new() };
        let style = if errors > 0 { Style::Error } else { Style::Strong };
        format!("{}{tail}\n", styled(style, &parts.join(", ")))
    }
}

/// `1 file`, `2 files`.
pub(crate) fn many(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Findings as people read them, printed side by side: a hundred of them take as long as to lint two hundred files.
pub(crate) fn told(found: &Diagnostics, sources: &Sources, global: &Global, terminal: Terminal) -> String {
    const MANY: usize = 16;
    let shown = shown(found, least(global));
    let print = |part: &[&Diagnostic]| printed(part, &Lines::new(sources), terminal.look());
    let parts: Vec<String> = match shown.findings.len() {
        0..MANY => vec![print(&shown.findings)],
        _ => shown.findings.par_chunks(MANY / 2).map(print).collect(),
    };
    parts.concat() + &shown.rest()
}

/// The lightest finding that is shown to people.
pub(crate) fn least(global: &Global) -> Severity {
    if global.notes { Severity::Note } else { Severity::Warning }
}

pub(crate) fn denies(global: &Global, diagnostic: &Diagnostic) -> bool {
    global.deny.iter().any(|denied| match denied {
        Denied::Warnings => true,
        Denied::Code(code) => *code == diagnostic.code,
    })
}

pub(crate) fn start_threads(global: &Global) -> Result<(), Failure> {
    let threads = usize::from(global.threads.unwrap_or(0)); // 0 is rayon's word for one for each core
    // The main thread works too: one thread less to start, and its memory is there already.
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).use_current_thread();
    let pool = builder.build().map_err(|e| Failure::Threads { threads, why: e.to_string() })?;
    // Work of this thread goes to its pool without a name for it. rayon's global pool would make it wait until all threads are up.
    std::mem::forget(pool);
    Ok(())
}

/// How long a person waits without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does the work, and tells a person who has waited for so long that it goes on.
pub(crate) fn while_saying<T>(text: &str, terminal: Terminal, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                terminal.remark(text);
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// Today, UTC. A clock before 1970 or after 9999 is wrong, and then any day is.
pub(crate) fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let epoch = Date::from_days(0).expect("internal: 1970-01-01 is a day");
    i64::try_from(seconds / 86_400).ok().and_then(Date::from_days).unwrap_or(epoch)
}
