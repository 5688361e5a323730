//! `ingest`: a developer's second program. It reads the vendors' schema files, in the vendors' own layouts, and writes the facts
//! of them as sorted text under `src/catalogue/data`: its diff between two releases is the release note.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not the library: it reads folders, writes files and speaks to a terminal"
)]

mod apple;
mod failure;
mod folder;
mod layout;
mod release;
mod store;
mod windows;

use clap::Parser;
use failure::Failure;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Turns Apple's device-management schema and Microsoft's DDF files into the catalogue's data.
///
/// Names, types, numbers and versions are kept; sentences are not. What the vendors no longer have is removed. A folder that is
/// not there is left out when nobody named it.
#[derive(Parser)]
#[command(name = "ingest", version, max_term_width = 100)]
struct Arguments {
    /// A checkout of Apple's device-management repository [default: ../shared/reference/apple-schema]
    #[arg(long, value_name = "DIR")]
    apple: Option<PathBuf>,
    /// A folder of Microsoft's DDF v2 files [default: ../shared/reference/windows-ddf]
    #[arg(long, value_name = "DIR")]
    windows: Option<PathBuf>,
    /// Where the data goes
    #[arg(long, value_name = "DIR", default_value = "src/catalogue/data")]
    out: PathBuf,
    /// What to call the release of Apple's files below a path, such as `mdm/profiles=2026-03 (OS 26.4)`; the longest path wins
    #[arg(long, value_name = "PATH=TEXT", value_parser = release::parse_given)]
    apple_release: Vec<(String, String)>,
    /// What to call the release of the DDF files
    #[arg(long, value_name = "TEXT")]
    windows_release: Option<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ingest: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let apple = input(arguments.apple.as_deref(), "../shared/reference/apple-schema");
    let windows = input(arguments.windows.as_deref(), "../shared/reference/windows-ddf");
    if apple.is_none() && windows.is_none() {
        return Err(Failure::NothingToRead);
    }
    if let Some(folder) = apple {
        let files = apple::files(folder)?;
        let release = release::of_apple(&files, &arguments.apple_release)?;
        let mut unread = Vec::new();
        let entries = apple::entries(&files, &release, &mut unread)?;
        report(&unread);
        let written = store::write(&arguments.out.join("apple"), &entries)?;
        println!("apple: {} files read; {written}", files.len());
    }
    if let Some(folder) = windows {
        let files = folder::read(folder, "", "xml")?;
        let release = release::of_windows(&files, arguments.windows_release.as_deref())?;
        let mut unread = Vec::new();
        let entries = windows::entries(&files, &release, &mut unread)?;
        report(&unread);
        let written = store::write(&arguments.out.join("windows"), &entries)?;
        println!("windows: {} files read; {written}", files.len());
    }
    Ok(())
}

/// The folder that was named, or the usual one where it is there.
fn input<'a>(given: Option<&'a Path>, usual: &'a str) -> Option<&'a Path> {
    if given.is_some() {
        return given;
    }
    let usual = Path::new(usual);
    if !usual.is_dir() {
        eprintln!("ingest: `{}` is not there: left out", usual.display());
    }
    usual.is_dir().then_some(usual)
}

/// Facts in the vendors' files that the records have no place for: a new release may bring some.
fn report(unread: &[String]) {
    for place in unread {
        eprintln!("ingest: not read: {place}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeMap;
    use std::io::Write;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    /// Every file below `folder`, by its path.
    fn tree(folder: &Path) -> BTreeMap<String, String> {
        let files = folder::read(folder, "", "json").unwrap();
        files.into_iter().map(|file| (file.path, file.text)).collect()
    }

    #[test]
    fn the_committed_data_is_what_the_vendors_files_give() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let vendors = package.join("../shared/reference");
        if !vendors.is_dir() {
            // Straight to the descriptor: the harness swallows what the macros print.
            let _ = writeln!(
                std::io::stderr(),
                "NOT CHECKED: the catalogue's data against the vendors' files, because {} is not there",
                vendors.display()
            );
            return;
        }
        let out = tempfile::tempdir().unwrap();
        let arguments = Arguments {
            apple: Some(vendors.join("apple-schema")),
            windows: Some(vendors.join("windows-ddf")),
            out: out.path().to_owned(),
            apple_release: Vec::new(),
            windows_release: None,
        };
        run(&arguments).unwrap();
        let (made, committed) = (tree(out.path()), tree(&package.join("src/catalogue/data")));
        assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
        let differing: Vec<_> =
            made.iter().filter(|(path, text)| committed[*path] != **text).map(|(path, _)| path).collect();
        assert!(differing.is_empty(), "run `cargo ingest`: {differing:?} are not what the vendors' files give");
    }
}
