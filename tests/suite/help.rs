//! `tests/help/`: what every `--help` prints, so that a change of the command line is seen where it is reviewed.

use super::project::{files, root};
use std::collections::BTreeMap;
use std::process::Command;

/// Every command with a help text of its own; the empty one is the program itself.
const COMMANDS: &[&str] = &[
    "",
    "accept",
    "build",
    "catalogue",
    "catalogue diff",
    "catalogue search",
    "catalogue show",
    "check",
    "diff",
    "drift",
    "explain",
    "import",
    "ingest-admx",
    "lint",
    "new",
    "release",
    "report",
    "report coverage",
    "report policy",
    "report review",
    "schema",
    "undo",
    "verify",
    "wrap",
];

fn help(command: &str) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_policyc")).args(command.split_whitespace()).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command} --help");
    String::from_utf8(output.stdout).unwrap()
}

fn file(command: &str) -> String {
    let name = format!("policyc {command}").trim().replace(' ', "-");
    format!("{name}.txt")
}

#[test]
fn every_help_text_is_as_committed() {
    let folder = root().join("tests/help");
    if std::env::var_os("POLICYC_ACCEPT").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for command in COMMANDS {
            std::fs::write(folder.join(file(command)), help(command)).unwrap();
        }
    }
    let committed: BTreeMap<String, String> =
        files(&folder).into_iter().map(|(name, path)| (name, std::fs::read_to_string(path).unwrap())).collect();
    let printed: BTreeMap<String, String> = COMMANDS.iter().map(|command| (file(command), help(command))).collect();
    assert_eq!(committed.keys().collect::<Vec<_>>(), printed.keys().collect::<Vec<_>>());
    for (name, text) in &printed {
        assert_eq!(&committed[name], text, "tests/help/{name}: POLICYC_ACCEPT=1 writes it anew");
    }
}

#[test]
fn no_command_is_missing_here() {
    for command in COMMANDS {
        let text = help(command);
        let Some(list) = text.split("\nCommands:\n").nth(1) else { continue };
        // A command's line begins with two spaces and its name; what is wrapped stands further right.
        let named = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
        for name in named.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_whitespace().next()) {
            let whole = format!("{command} {name}").trim().to_owned();
            assert!(name == "help" || COMMANDS.contains(&whole.as_str()), "`{whole}` has no committed help text");
        }
    }
}
