//! How long a review takes: two trees of 5,000 artefacts each, of which few or all differ, and this repository beside the commit
//! before. A measurement, not a test: `cargo bench --bench diff`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

mod timing;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use timing::{PROGRAM, heading, report};

const RUNS: usize = 11;
const FILES: usize = 5000;
/// What two trees are to stay below.
const TREES: Duration = Duration::from_millis(500);
/// What the commit before is to stay below.
const COMMIT: Duration = Duration::from_millis(100);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let approved = artefacts(&root.join("golden"));
    heading(&format!("median and best of {RUNS}, {FILES} artefacts on each side"));
    let measured = |arguments: &[&str], folder: &Path| timing::measured(RUNS, PROGRAM, arguments, folder, || {});
    tree(&folder.path().join("approved"), &approved, 0);
    for (name, each) in [("nothing", 0), ("every tenth", 10), ("every one", 1)] {
        let other = format!("other-{each}");
        tree(&folder.path().join(&other), &approved, each);
        let taken = measured(&["diff", "approved", &other], folder.path());
        report(&format!("policyc diff, {name} differs"), &taken, TREES);
    }
    let history = Command::new("git").args(["rev-parse", "--verify", "--quiet", "HEAD~1"]).current_dir(root).output();
    if history.is_ok_and(|output| output.status.success()) {
        report("policyc diff HEAD~1, of this repository", &measured(&["diff", "HEAD~1"], root), COMMIT);
    } else {
        println!("policyc diff HEAD~1: not measured, because there is no commit before");
    }
}

/// The approved artefacts of this project: path below the tree, and text.
fn artefacts(golden: &Path) -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![golden.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(golden).unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if relative.components().count() > 2 {
                found.push((relative, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Writes a tree of so many files, its groups as often as that takes; a value differs in one of `each`.
fn tree(to: &Path, artefacts: &[(PathBuf, String)], each: usize) {
    for (n, (path, text)) in artefacts.iter().cycle().take(FILES).enumerate() {
        let mut parts: Vec<String> = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        parts[1] = format!("{}-{}", parts[1], n / artefacts.len());
        let file = to.join(parts.iter().collect::<PathBuf>());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let changed = each > 0 && (n / artefacts.len() + n).is_multiple_of(each);
        std::fs::write(file, if changed { other(text) } else { text.clone() }).unwrap();
    }
}

/// The artefact with another value in it, where it holds one of these; else with another layout.
fn other(text: &str) -> String {
    for (from, to) in
        [("<true/>", "<false/>"), ("<Data>1<", "<Data>0<"), ("<Data>0<", "<Data>1<"), ("<integer>", "<integer>1")]
    {
        if text.contains(from) {
            return text.replacen(from, to, 1);
        }
    }
    format!("{text}\n")
}
