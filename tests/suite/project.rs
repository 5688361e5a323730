//! Where the project lies, and reading trees of files as the program does.

use policyc::source::{Content, SourceFile, Sources};
use std::path::{Path, PathBuf};

/// The folder of `Cargo.toml`.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, with its path relative to it, sorted; hidden files and build output left out.
pub fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            if relative.starts_with('.') || relative == "target" || relative == "profiles-out" {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { found.push((relative, path)) }
        }
    }
    found.sort();
    found
}

/// The sources of a project.
pub fn sources(project: &Path) -> Sources {
    let folder = project.join("policy-sources");
    let files = files(&folder).into_iter().map(|(relative, path)| SourceFile {
        path: format!("policy-sources/{relative}"),
        content: Content::Bytes(std::fs::read(path).unwrap()),
    });
    Sources::new(files.collect())
}

/// One source file in memory.
pub fn source(path: &str, text: impl Into<String>) -> SourceFile {
    SourceFile { path: path.to_owned(), content: Content::Bytes(text.into().into_bytes()) }
}

/// The reference files of the vendors, which are not part of the project; says so where they are absent.
pub fn reference(who: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("POLICYC_REFERENCE").map_or_else(|| root().join("../shared/reference"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    say(&format!("{who}: not run, because the vendors' files are absent (set POLICYC_REFERENCE to their folder)"));
    None
}

/// Says something even where the test passes: the harness swallows what the macros print, and nothing written to the descriptor.
pub fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
