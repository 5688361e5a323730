//! The README's tour is run: each `$ ` line of its `console` blocks, in order, in a copy of the project, must print what stands below
//! it: its result, or its findings where there is no result.

use super::project::{files, root};
use std::path::Path;
use std::process::Command;

/// A command of the tour and the output that the page shows.
struct Step {
    command: String,
    output: String,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), output: String::new() }),
                None => {
                    if let Some(step) = steps.last_mut() {
                        step.output.push_str(line);
                        step.output.push('\n');
                    }
                }
            },
        }
    }
    steps
}

fn copy(from: &Path, to: &Path) {
    for (relative, path) in files(from) {
        let target = to.join(relative);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}

/// Lines without trailing blanks: what a page can show.
fn shown(text: &str) -> String {
    text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let steps = steps(&page);
    assert!(steps.len() >= 5, "the README's tour is gone");
    let folder = tempfile::tempdir().unwrap();
    for part in ["policy-sources", "golden", "examples"] {
        copy(&root().join(part), &folder.path().join(part));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_policyc")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    for step in steps {
        let output = Command::new("sh")
            .args(["-c", &step.command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "120")
            .output()
            .unwrap();
        let printed = String::from_utf8(if output.stdout.is_empty() { output.stderr } else { output.stdout }).unwrap();
        assert_eq!(
            shown(&printed),
            shown(&step.output),
            "\nthe README shows other output for: {}\nit prints:\n{printed}",
            step.command
        );
    }
}

#[test]
fn the_two_commands_stand_in_the_readme_and_in_ci() {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    for command in ["cargo run --release -- build", "cargo test --all-features"] {
        assert!(page.contains(command), "the README does not name `{command}`");
        assert!(ci.contains(command), "CI does not run `{command}`");
    }
}
