//! The fuzz targets of `tests/fuzz` on a stable toolchain: each with its corpus and with seeded mutations of it, within a bound of memory
//! that the system holds it to. `POLICYC_FUZZ_ROUNDS` asks for more of them; `POLICYC_FUZZ_SECONDS` has cargo-fuzz itself run each target
//! for so long, where there is a nightly toolchain.

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "cargo-fuzz calls the bodies by their names")]
mod targets;

use super::project::{files, root, say};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use targets::{TARGETS, mutate::mutated};

/// Mutations of each file of a corpus.
const ROUNDS: u64 = 16;
/// What a process may have of memory, in KiB: the limits allow 256 MiB of an archive, beside what tests have themselves.
const MEMORY: u64 = 1 << 20;
/// No input of some kilobytes takes this long, on the slowest machine with the slowest build.
const LONGEST: Duration = Duration::from_secs(60);
/// What a thread of the program has of stack.
const STACK: usize = 8 << 20;
/// The run that is held to its memory.
const INSIDE: &str = "POLICYC_FUZZ_INSIDE";

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("tests/fuzz/corpus").join(target);
    files(&folder).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let manifest = std::fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
    let programs = manifest.split("[[bin]]").skip(1).map(|part| part.split('"').nth(1).unwrap().to_owned()).collect();
    assert_eq!(names, programs);
    let entries = std::fs::read_dir(root().join("tests/fuzz/corpus")).unwrap();
    assert_eq!(names, entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect());
    for name in &names {
        assert!(!corpus(name).is_empty(), "{name} has no corpus");
        let program = std::fs::read_to_string(root().join(format!("tests/fuzz/targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("policyc_fuzz::target!({name});")), "{name}");
    }
}

/// Every target in a process of its own, which the system ends where it asks for more memory.
#[test]
fn no_mutation_brings_a_target_down() {
    if std::env::var_os(INSIDE).is_some() || cfg!(not(unix)) {
        return campaign();
    }
    let limited = format!("ulimit -d {MEMORY} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limited]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "fuzz::no_mutation_brings_a_target_down", "--nocapture"]).env(INSIDE, "1");
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{}\n{}", output.status, &told[told.len().saturating_sub(4000)..]);
    assert!(told.contains("1 passed"), "{told}");
}

fn campaign() {
    let rounds = std::env::var("POLICYC_FUZZ_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let running: Vec<_> = TARGETS
        .iter()
        .map(|target| {
            let (done, wait) = channel();
            let work = move || {
                for (name, bytes) in corpus(target.name) {
                    for seed in 0..=rounds {
                        let input = if seed == 0 { bytes.clone() } else { mutated(&bytes, seed) };
                        done.send((format!("{}/{name}, seed {seed}", target.name), Vec::new())).unwrap();
                        (target.run)(&input);
                    }
                }
                done.send((String::new(), vec![0u8])).unwrap();
            };
            (thread::Builder::new().stack_size(STACK).spawn(work).unwrap(), wait)
        })
        .collect();
    for (thread, wait) in running {
        let mut last = String::new();
        loop {
            match wait.recv_timeout(LONGEST) {
                Ok((_, end)) if !end.is_empty() => break,
                Ok((what, _)) => last = what,
                // What it panicked with stands above.
                Err(error) => panic!("{last}: {error}"),
            }
        }
        thread.join().unwrap();
    }
}

/// cargo-fuzz, for as long as is asked for.
#[test]
fn targets_run_under_cargo_fuzz() {
    let Ok(seconds) = std::env::var("POLICYC_FUZZ_SECONDS") else {
        return say("fuzz: cargo-fuzz not run, because nobody says for how long (set POLICYC_FUZZ_SECONDS)");
    };
    let folder = root().join("tests/fuzz");
    let is_there = |arguments: &[&str]| {
        let output = Command::new("cargo").args(arguments).current_dir(&folder).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !is_there(&["+nightly", "--version"]) || !is_there(&["+nightly", "fuzz", "--version"]) {
        return say("fuzz: cargo-fuzz not run, because there is no nightly toolchain or no cargo-fuzz");
    }
    let output = Command::new(folder.join("run")).arg(seconds).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}
