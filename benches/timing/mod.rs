//! Runs of the program from start to exit: how long they take, beside a stated limit.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program, as it is released.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_policyc");

/// How long each of so many runs took, the shortest first. What `before` does is not counted.
pub(crate) fn measured(
    runs: usize,
    program: &str,
    arguments: &[&str],
    folder: &Path,
    before: impl Fn(),
) -> Vec<Duration> {
    let run = |_| {
        before();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().unwrap();
        let taken = start.elapsed();
        assert!(status.success(), "{program} {arguments:?} failed: {}", said(program, arguments, folder));
        taken
    };
    let mut taken: Vec<Duration> = (0..runs).map(run).collect();
    taken.sort();
    taken
}

/// How what the program says of itself begins.
fn said(program: &str, arguments: &[&str], folder: &Path) -> String {
    let run = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    String::from_utf8_lossy(&run.stderr).lines().take(12).collect::<Vec<_>>().join("\n")
}

/// The line above the figures.
pub(crate) fn heading(what: &str) {
    println!("{what:52} {:>9}  {:>9}", "median", "best");
}

/// One line: median, best, and whether the median is below the limit.
pub(crate) fn report(name: &str, taken: &[Duration], limit: Duration) {
    let met = verdict(taken[taken.len() / 2] < limit);
    println!("{name:52} {}  limit {} ms: {met}", shown(taken), limit.as_millis());
}

/// Median and best.
pub(crate) fn shown(taken: &[Duration]) -> String {
    let [median, best] = [taken[taken.len() / 2], taken[0]].map(|time| format!("{:.2} ms", time.as_secs_f64() * 1e3));
    format!("{median:>9}  {best:>9}")
}

/// The word for it.
pub(crate) fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}
