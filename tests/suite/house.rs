//! The house rules that a machine can check: who imports whom, who owns which package, what every file says of itself.

use super::project::{files, root};
use std::collections::BTreeSet;

/// Room → rooms that it may import. `source` and `diagnostic` are open to every room.
const IMPORTS: &[(&str, &[&str])] = &[
    ("source", &["setting"]),
    ("diagnostic", &["check", "control"]),
    ("digest", &[]),
    ("setting", &[]),
    ("control", &["setting", "digest"]),
    ("template", &["setting", "encoding", "digest"]),
    ("policy", &["setting", "control", "consumer", "template"]),
    ("consumer", &["setting", "encoding", "digest"]),
    ("catalogue", &["setting", "template"]),
    ("check", &["setting", "catalogue", "encoding", "template"]),
    ("encoding", &["setting"]),
    ("attached", &["setting", "policy", "catalogue", "check", "digest", "backend", "reader", "lint"]),
    ("backend", &["setting", "catalogue", "check", "encoding", "digest", "consumer", "template"]),
    ("compare", &["setting", "catalogue"]),
    (
        "review",
        &["attached", "setting", "control", "policy", "catalogue", "check", "backend", "drift", "compare", "digest"],
    ),
    ("drift", &["attached", "setting", "catalogue", "check", "backend", "digest"]),
    ("undo", &["setting", "catalogue", "check", "encoding", "backend", "compare", "review"]),
    ("release", &["setting", "backend", "encoding", "digest", "consumer"]),
    ("observed", &["setting", "catalogue", "consumer", "encoding", "backend", "compare", "drift", "reader"]),
    ("lint", &["setting", "control", "catalogue", "check", "backend", "consumer", "reader", "template", "drift"]),
    ("reader", &["setting", "catalogue", "encoding", "backend", "release"]),
    (
        "import",
        &["setting", "control", "catalogue", "check", "encoding", "digest", "backend", "reader", "policy", "template"],
    ),
    (
        "schema",
        &[
            "consumer",
            "lint",
            "setting",
            "control",
            "policy",
            "template",
            "catalogue",
            "compare",
            "observed",
            "review",
            "release",
        ],
    ),
    (
        "report",
        &[
            "setting",
            "control",
            "policy",
            "catalogue",
            "check",
            "backend",
            "drift",
            "compare",
            "observed",
            "review",
            "digest",
            "release",
        ],
    ),
];

/// Outside package → the only files or folders that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("granit_parser", &["src/source/yaml/builder.rs", "src/bin/ingest"]),
    ("annotate_snippets", &["src/diagnostic/render"]),
    ("quick_xml", &["src/encoding", "src/bin/ingest"]),
    ("sha1_smol", &["src/digest.rs"]),
    ("sha2", &["src/digest.rs", "src/bin/ingest"]),
    ("base64", &["src/encoding", "src/control", "src/digest.rs", "src/release/cms/pem.rs"]),
    ("askama", &["src/report/format/html"]),
    ("similar", &["src/drift", "src/report/format/html"]),
    ("postcard", &["src/catalogue", "src/control/build.rs", "src/control/library.rs"]),
    ("uuid", &["src/digest.rs"]),
    ("strsim", &["src/diagnostic/nearest.rs", "src/catalogue"]),
    ("clap", &["src/cli", "src/bin/ingest", "src/main.rs"]),
    ("anstream", &["src/cli", "src/main.rs"]),
    ("tempfile", &["src/cli"]),
    ("thiserror", &["src/cli", "src/bin/ingest"]),
    ("regex_lite", &["src/check"]),
    ("rustix", &["src/cli/release"]),
    ("ring", &["src/release/cms"]),
    ("ecdsa", &["src/release/cms"]),
    ("p256", &["src/release/cms"]),
    ("p384", &["src/release/cms"]),
    ("aes", &["src/release/cms/key"]),
    ("des", &["src/release/cms/key"]),
    ("scrypt", &["src/release/cms/key"]),
    ("zeroize", &["src/backend", "src/release", "src/cli/release"]),
    ("flate2", &["src/release/archive.rs", "src/reader/archive.rs"]),
    ("tar", &["src/release/archive.rs", "src/reader/archive.rs"]),
    ("zip", &["src/release/archive.rs", "src/reader/archive.rs"]),
    ("rustls_native_certs", &["src/cli/verify/trust.rs"]),
    ("rpassword", &["src/cli/release"]),
];

fn rust_files() -> Vec<(String, String)> {
    files(&root())
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, file)| (path, std::fs::read_to_string(file).unwrap()))
        .collect()
}

/// The text without its tests: rules on imports bind what ships.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in rust_files() {
        assert!(text.starts_with("//!"), "{path} does not open with `//!`");
    }
}

#[test]
fn long_files_say_why() {
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(
            lines <= 500 || head.contains("long"),
            "{path} has {lines} lines, and its head does not say why it is long"
        );
    }
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    for (path, text) in rust_files() {
        let Some(inside) = path.strip_prefix("src/") else { continue };
        let room = inside.split(['/', '.']).next().unwrap_or("");
        if matches!(room, "lib" | "main" | "bin" | "cli" | "build" | "gather") || inside.ends_with("/build.rs") {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == room) else {
            panic!("{path} is in no room of the table");
        };
        let rooms: BTreeSet<&str> = IMPORTS.iter().map(|(name, _)| *name).collect();
        for (at, _) in shipped(&text).match_indices("crate::") {
            let rest = &shipped(&text)[at + 7..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let fine = !rooms.contains(name.as_str())
                || name == room
                || matches!(name.as_str(), "source" | "diagnostic")
                || allowed.contains(&name.as_str());
            assert!(fine, "{path} imports `{name}`, which {room} has never heard of");
        }
    }
}

#[test]
fn back_ends_do_not_know_one_another() {
    let names = ["command", "declaration", "intune", "mobileconfig", "syncml"];
    for (path, text) in rust_files() {
        for name in names.iter().filter(|name| path.starts_with(&format!("src/backend/{name}/"))) {
            for other in names.iter().filter(|other| other != &name) {
                assert!(!shipped(&text).contains(&format!("backend::{other}")), "{path} knows {other}");
                assert!(!shipped(&text).contains(&format!("super::super::{other}")), "{path} knows {other}");
            }
        }
    }
}

#[test]
fn the_program_reaches_the_compiler_by_its_public_names() {
    for (path, text) in rust_files() {
        if path.starts_with("src/cli/") || path == "src/main.rs" {
            assert!(!text.contains("#[path"), "{path} tunnels into the library");
        }
    }
}

#[test]
fn every_package_has_one_owner() {
    for (path, text) in rust_files().iter().filter(|(path, _)| path.starts_with("src/")) {
        for (package, owners) in OWNERS {
            let used = shipped(text).contains(&format!("use {package}::"));
            let owned = owners.iter().any(|owner| path.starts_with(owner));
            assert!(!used || owned, "{path} uses {package}, which belongs to {}", owners.join(", "));
        }
    }
}

#[test]
fn every_dependency_and_allowance_has_its_reason() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && line.contains('=') {
            assert!(line.contains(" # "), "this dependency has no reason: {line}");
        }
    }
    for (path, text) in rust_files().into_iter().filter(|(path, _)| path != "tests/suite/house.rs") {
        for (at, _) in text.match_indices("#[allow(").chain(text.match_indices("#![allow(")) {
            let end = text[at..].find(")]").map_or(text.len(), |n| at + n);
            let line_end = text[end..].find('\n').map_or(text.len(), |n| end + n);
            let reasoned = text[at..end].contains("reason") || text[end..line_end].contains("//");
            assert!(reasoned, "{path}: an allowance without a reason: {}", &text[at..end]);
        }
    }
}

#[test]
fn the_top_level_holds_the_users_names_and_nothing_else() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "policy-sources",
        "profiles-out",
        "golden",
        "tests",
        "benches",
        "examples",
        "README.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "target",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || known.contains(&name.as_str()), "`{name}` has no place at the top level");
    }
}

#[test]
fn paths_named_in_pages_exist() {
    for page in
        ["README.md", "policy-sources/README.md", "golden/README.md", "profiles-out/README.md", "tests/README.md"]
    {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or("");
            if !path.is_empty() && !path.contains("://") {
                assert!(folder.join(path).exists(), "{page} links to {path}, which does not exist");
            }
        }
        for name in text.split('`').skip(1).step_by(2) {
            let looks_like_path = ["src/", "tests/", "policy-sources/", "golden/", "benches/", ".ci/"]
                .iter()
                .any(|p| name.starts_with(p));
            if looks_like_path && !name.contains(['…', '<', '*', ' ', '{']) {
                assert!(root().join(name).exists(), "{page} names {name}, which does not exist");
            }
        }
    }
}

#[test]
fn nothing_knows_the_machine_it_was_written_on() {
    let text_files = files(&root()).into_iter().filter(|(path, _)| {
        [".rs", ".md", ".toml", ".yaml", ".json", ".xml", ".mobileconfig"].iter().any(|end| path.ends_with(end))
    });
    for (path, file) in text_files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        for machine in [concat!("/wor", "k/"), concat!("/ho", "me/"), concat!("/roo", "t/"), concat!("/tm", "p/wt")] {
            assert!(!text.contains(machine), "{path} holds a machine's path ({machine})");
        }
    }
}

#[test]
fn no_test_is_switched_off() {
    for (path, text) in rust_files() {
        assert!(!text.contains(concat!("#[ign", "ore")), "{path} switches a test off");
    }
}
