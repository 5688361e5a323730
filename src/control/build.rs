//! Embeds the trees of the control library, for `library.rs`. A file that is no YAML of ours stops the build, with its findings as
//! authors see theirs.

use crate::diagnostic::render::{Lines, Look, human};
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::{Sources, yaml};
use std::path::Path;
use std::{fs, io};

const FOLDER: &str = "src/control/library";

pub(crate) fn embed(out: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={FOLDER}");
    every_file_is_listed(Path::new(FOLDER)).map_err(|error| format!("{FOLDER}: {error}"))?;
    let (sources, mut found) = (Sources::default(), Diagnostics::default());
    let trees: Vec<_> = Sources::library().filter_map(|(file, _)| yaml::parse(&sources, file, &mut found)).collect();
    if found.iter().next().is_some() {
        let findings = human(&found, &Lines::new(&sources), Look::Plain, Severity::Note);
        panic!("these controls of {FOLDER} cannot be read:\n\n{findings}");
    }
    let records = trees.iter().map(postcard::to_allocvec).collect::<Result<Vec<_>, _>>();
    let bytes = records.and_then(|records| postcard::to_allocvec(&records)).map_err(|error| error.to_string())?;
    fs::write(out.join("library.bin"), bytes).map_err(|error| error.to_string())
}

/// A control that nobody embeds would be missed by nobody.
fn every_file_is_listed(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            every_file_is_listed(&path)?;
        } else if !Sources::library().any(|(_, file)| path.ends_with(&*file.path)) {
            panic!("{} is not in the list of src/source/library.rs", path.display());
        }
    }
    Ok(())
}
