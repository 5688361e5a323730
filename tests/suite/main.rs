//! One test binary for the whole program. A file of this folder that is not named here fails the build of trust: see
//! [`every_file_of_the_suite_is_named`].
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "tests read and write files, look at the clock, and may panic"
)]

mod apple_schema;
mod attached;
mod audience;
mod author;
mod bundles;
mod cases;
mod catalogue_used;
mod census;
mod cli;
mod cms;
mod conformance;
mod controls;
mod demonstration;
mod dialect;
mod editor;
mod effective;
mod errata;
mod expected;
mod explain;
mod facts;
mod faults;
mod fleet;
mod formats;
mod formerly;
mod fuzz;
mod generated;
mod graph;
mod guards;
mod help;
mod house;
mod html;
mod import;
mod ingested;
mod interrupted;
mod intune;
mod layouts;
mod led;
mod lint;
mod observed;
mod oracle;
mod pipeline;
mod polarity;
mod policies;
mod project;
mod reader;
mod readme;
mod refusals;
mod releases;
mod reproducible;
mod review;
mod reviews;
mod routes;
mod rows;
mod secrets;
mod sides;
mod templates;
mod tidied;
mod undo;
mod vendors;
mod verify;

/// A test that nobody runs is worse than none: each file of this folder is a module of this binary.
#[test]
fn every_file_of_the_suite_is_named() {
    let here = project::root().join("tests/suite");
    let main = std::fs::read_to_string(here.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(&here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        assert!(
            module == "main" || main.contains(&format!("mod {module};")),
            "tests/suite/{name} is not run: name it in main.rs"
        );
    }
}
