//! How long 10,000 profiles of 6.85 kB in 200 folders take from checked settings to the disk, beside `cp -r` of the same tree: into
//! a fresh folder, and where nothing changed. Then the whole program, which compiles them first.
//! A measurement, not a test: `cargo bench --bench throughput`, on a machine that does nothing else. `TMPDIR` says on which disk; it
//! takes 2 GB there for as long as it runs.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

// The program's own output stage, as it stands there.
#[path = "../src/cli"]
#[allow(
    dead_code,
    unused_imports,
    reason = "of these rooms only the output stage is measured, and none of their tests"
)]
mod cli {
    pub(crate) mod failure;
    pub(crate) mod project;
}

use base64::Engine;
use cli::project::{OUTPUT, Project, SOURCES, output};
use policyc::backend::{self, Artefact, Format};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Diagnostics;
use policyc::setting::Date;
use policyc::source::{Content, SourceFile, Sources};
use policyc::{Compiled, CompiledGroup, Request, compile};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_policyc");
const RUNS: usize = 5;
const GROUPS: usize = 200;
const PROFILES: usize = 50;
/// Bytes of a web clip's icon that make its profile one of 6.85 kB.
const ICON: usize = 3830;
/// What writing is to stay below, as a part of the time that `cp -r` takes: a fresh folder, nothing changed.
const LIMITS: [f64; 2] = [0.6, 0.3];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources();
    let catalogue = Catalogue::embedded();
    let as_of = Date::parse("2026-10-01").unwrap();
    let compiled = compile(&Sources::new(sources.clone()), &catalogue, &Request { as_of });
    assert!(!compiled.found.has_errors(), "the generated sources have errors");
    let profiles = || compiled.artefacts().filter(|artefact| artefact.format == Format::Mobileconfig);
    let bytes: usize = profiles().map(|artefact| artefact.bytes.len()).sum();
    let files = profiles().count();
    assert_eq!(files, GROUPS * PROFILES);
    let (each, threads) = (bytes as f64 / files as f64 / 1e3, rayon::current_num_threads());
    println!("{files} profiles of {each:.2} kB in {GROUPS} folders, {threads} threads, medians of {RUNS} in ms");

    let mut taken: [Vec<Duration>; 5] = Default::default();
    for run in 0..RUNS {
        let at = |name: &str| folder.path().join(format!("{name}-{run}"));
        let [cp, fresh, again, built, built_again] = &mut taken;
        let project = Project { root: at("stage") };
        std::fs::create_dir(&project.root).unwrap();
        for (taken, expected) in [(fresh, files), (again, 0)] {
            // What was rendered is given back after the clock has stopped: the program leaves that to the system.
            let (time, (written, _rendered)) = timed(|| write(&compiled, &catalogue, &project));
            assert_eq!(written, expected);
            taken.push(time);
        }
        let (from, to) = (project.root.join(OUTPUT), at("copy"));
        cp.push(timed(|| start(Command::new("cp").arg("-r").args([&from, &to]))).0);
        let whole = at("whole");
        put(&whole, &sources);
        for taken in [built, built_again] {
            taken.push(timed(|| start(Command::new(PROGRAM).args(["build", "-C"]).arg(&whole))).0);
        }
    }
    let [cp, stages @ ..] = taken.map(median);
    println!("{:44} {:>8}", "cp -r of the same tree", shown(cp));
    let names = ["rendered and written, a fresh folder", "rendered and compared, nothing changed"];
    for ((name, taken), limit) in names.into_iter().zip(stages).zip(LIMITS) {
        let verdict = if ratio(taken, cp) <= limit { "met" } else { "NOT MET" };
        println!("{name:44} {:>8}   {:.2} × cp -r   limit {limit}: {verdict}", shown(taken), ratio(taken, cp));
    }
    for (name, taken) in ["policyc build, a fresh folder", "policyc build, nothing changed"].iter().zip(&stages[2..]) {
        println!("{name:44} {:>8}   {:.2} × cp -r", shown(*taken), ratio(*taken, cp));
    }
}

/// Renders every group's settings, and brings the files to the disk: how many of them were written, and all of them.
fn write(compiled: &Compiled, catalogue: &Catalogue, project: &Project) -> (usize, Vec<Vec<Artefact>>) {
    let render = |group: &CompiledGroup| backend::encode(&group.checked, catalogue, &mut Diagnostics::default());
    let rendered: Vec<Vec<Artefact>> = compiled.groups.par_iter().map(render).collect();
    let artefacts: Vec<&Artefact> = rendered.iter().flatten().collect();
    (output::write(project, &artefacts, None).unwrap().written.len(), rendered)
}

/// One organisation whose phones have many web clips, each with an icon of its own and in a profile of its own.
fn sources() -> Vec<SourceFile> {
    let names: Vec<String> = (0..GROUPS).map(|n| format!("site-{n:03}")).collect();
    let mut groups = "groups:\n".to_owned();
    for name in &names {
        groups.push_str(&format!("  {name}: {{ title: Phones of {name}, platform: iOS, os: \"18.4\", enrolment: device, supervised: true, deliver: [mobileconfig] }}\n"));
    }
    let mut policy = format!(
        "policy: clips\ntitle: Web clips\nclauses:\n  - id: \"1\"\n    summary: Every phone has the web clips\n    class: partial\n    \
         reason: people may still go elsewhere\n    groups: [{}]\n    settings:\n",
        names.join(", ")
    );
    for n in 0..PROFILES {
        let icon = base64::engine::general_purpose::STANDARD.encode(noise(n as u64 + 1));
        policy.push_str(&format!(
            "      - platforms: [iOS]\n        payload: com.apple.webClip.managed\n        instance: clip-{n}\n        profile: clip-{n}\n        \
             keys: {{ Label: Clip {n}, URL: \"https://clips.example.org/{n}\", Icon: {{ base64: \"{icon}\" }} }}\n"
        ));
    }
    let organisation = "organisation: acme\nname: Acme\nidentifier: org.example.acme\n".to_owned();
    [("organisation", organisation), ("groups", groups), ("clips", policy)]
        .map(|(name, text)| SourceFile {
            path: format!("{SOURCES}/acme/{name}.yaml"),
            content: Content::Bytes(text.into_bytes()),
        })
        .into()
}

/// Bytes without an order, the same in every run.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..ICON).map(|_| next()).collect()
}

fn put(root: &Path, sources: &[SourceFile]) {
    for SourceFile { path, content } in sources {
        let path: PathBuf = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let Content::Bytes(bytes) = content else { panic!("a source without bytes") };
        std::fs::write(path, bytes).unwrap();
    }
}

fn start(command: &mut Command) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "{command:?} failed");
}

/// How long it takes, on a disk that has nothing left to do from before; and what it gives.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    start(&mut Command::new("sync"));
    let begun = Instant::now();
    let outcome = work();
    (begun.elapsed(), outcome)
}

fn median(mut taken: Vec<Duration>) -> Duration {
    taken.sort();
    taken[taken.len() / 2]
}

fn ratio(taken: Duration, to: Duration) -> f64 {
    taken.as_secs_f64() / to.as_secs_f64()
}

fn shown(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
