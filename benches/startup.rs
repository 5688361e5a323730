//! How long the program takes from start to exit where there is nothing to do, beside an empty process, and how large it is.
//! A measurement, not a test: `cargo bench --bench startup`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_policyc");
const RUNS: usize = 201;
/// What both measured runs are to stay below.
const LIMIT: Duration = Duration::from_millis(10);
/// What the program is to stay below, in bytes.
const SIZE: u64 = 10_000_000;

fn main() {
    let project = tempfile::tempdir().unwrap();
    let organisation = copy_one_organisation(project.path());
    let build = ["build", organisation.as_str()];
    assert!(run(PROGRAM, &build, project.path()), "the organisation does not build");

    let empty = median("true", &[], project.path());
    println!("{:44} {:>9}", "an empty process (`true`)", shown(empty));
    for (name, arguments) in [("policyc --version", &["--version"][..]), ("policyc build, nothing changed", &build)] {
        let taken = median(PROGRAM, arguments, project.path());
        let times = taken.as_secs_f64() / empty.as_secs_f64();
        println!(
            "{name:44} {:>9}   {times:.1} × empty   limit {}: {}",
            shown(taken),
            shown(LIMIT),
            verdict(taken < LIMIT)
        );
    }
    let size = std::fs::metadata(PROGRAM).unwrap().len();
    let (have, most) = (size as f64 / 1e6, SIZE as f64 / 1e6);
    println!("{:44} {have:>6.1} MB   limit {most} MB: {}", "the program's size", verdict(size < SIZE));
}

/// Copies the first organisation of this project's own sources; gives its name.
fn copy_one_organisation(project: &Path) -> String {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("policy-sources");
    let is_organisation = |path: &std::path::PathBuf| path.join("organisation.yaml").is_file();
    let mut found: Vec<_> =
        std::fs::read_dir(&from).unwrap().map(|e| e.unwrap().path()).filter(is_organisation).collect();
    found.sort();
    let organisation = found.first().expect("policy-sources holds no organisation");
    let name = organisation.file_name().unwrap().to_str().unwrap().to_owned();
    let mut folders = vec![organisation.clone()];
    while let Some(folder) = folders.pop() {
        let to = project.join("policy-sources").join(folder.strip_prefix(&from).unwrap());
        std::fs::create_dir_all(&to).unwrap();
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    name
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
}

fn median(program: &str, arguments: &[&str], folder: &Path) -> Duration {
    let mut taken: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            assert!(run(program, arguments, folder), "{program} {arguments:?} failed");
            start.elapsed()
        })
        .collect();
    taken.sort();
    taken[RUNS / 2]
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}
