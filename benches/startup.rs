//! How long the program takes from start to exit on this project's own sources, beside an empty process, and how large it is.
//! A measurement, not a test: `cargo bench --bench startup`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

mod timing;

use std::path::Path;
use std::time::Duration;
use timing::{PROGRAM, heading, report, shown, verdict};

const RUNS: usize = 101;
/// What nothing to do, and one organisation in which nothing changed, are to stay below.
const ONE: Duration = Duration::from_millis(10);
/// What all organisations are to stay below where nothing changed.
const ALL: Duration = Duration::from_millis(20);
/// What all organisations are to stay below in an empty `profiles-out/`.
const FRESH: Duration = Duration::from_millis(60);
/// What the program is to stay below, in bytes.
const SIZE: u64 = 10_000_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path();
    let organisations = copy_sources(project);
    let sources = format!("all {} organisations", organisations.len());
    heading(&format!("median and best of {RUNS}, {sources}"));
    let measured =
        |program, arguments: &[&str], before: &dyn Fn()| timing::measured(RUNS, program, arguments, project, before);

    let empty = measured("true", &[], &|| {});
    println!("{:52} {}", "an empty process (`true`)", shown(&empty));
    report("policyc --version", &measured(PROGRAM, &["--version"], &|| {}), ONE);
    let nothing = || {
        let output = project.join("profiles-out");
        if output.exists() {
            std::fs::remove_dir_all(output).unwrap();
        }
    };
    report("policyc build, from nothing", &measured(PROGRAM, &["build"], &nothing), FRESH);
    report("policyc build, nothing changed", &measured(PROGRAM, &["build"], &|| {}), ALL);
    for organisation in &organisations {
        let taken = measured(PROGRAM, &["build", organisation], &|| {});
        report(&format!("policyc build {organisation}, nothing changed"), &taken, ONE);
    }
    let size = std::fs::metadata(PROGRAM).unwrap().len();
    let (have, most) = (size as f64 / 1e6, SIZE as f64 / 1e6);
    println!("{:52} {have:>6.1} MB  {:>9}  limit {most} MB: {}", "the program's size", "", verdict(size < SIZE));
}

/// Copies this project's own sources; the organisations' names.
fn copy_sources(project: &Path) -> Vec<String> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("policy-sources");
    let mut organisations = Vec::new();
    let mut folders = vec![from.clone()];
    while let Some(folder) = folders.pop() {
        let to = project.join("policy-sources").join(folder.strip_prefix(&from).unwrap());
        std::fs::create_dir_all(&to).unwrap();
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap();
            std::fs::copy(&path, to.join(name)).unwrap();
            if name == "organisation.yaml" {
                organisations.push(folder.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert!(!organisations.is_empty(), "policy-sources holds no organisation");
    organisations.sort();
    organisations
}
