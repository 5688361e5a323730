//! The vendors' files under a second reader, `tests/oracle/vendor.py`, which shares nothing with the compiler: what the catalogue
//! says of every type and node, and every approved artefact. Without Python, PyYAML or the vendors' files that is said on stderr, and
//! nothing is claimed.

use crate::project::{reference, root, say};
use policyc::catalogue::Catalogue;
use policyc::catalogue::entry::Form;
use std::path::Path;
use std::process::Command;

/// Runs the reader; its last line goes to stderr. Exit 3 is how it says that PyYAML is absent.
fn run(who: &str, arguments: &[&Path]) {
    let output =
        match Command::new("python3").arg("-B").arg(root().join("tests/oracle/vendor.py")).args(arguments).output() {
            Ok(output) => output,
            Err(error) => return say(&format!("{who}: not run, because there is no python3 ({error})")),
        };
    if output.status.code() == Some(3) {
        return say(&format!("{who}: not run, because python3 has no PyYAML"));
    }
    let (said, failure) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failure}");
    say(&format!("{who}: {}", said.lines().last().unwrap_or_default()));
}

#[test]
fn the_catalogue_is_what_another_reader_finds_in_the_vendors_files() {
    let who = "the catalogue and the vendors' files";
    let Some(reference) = reference(who) else { return };
    let catalogue = Catalogue::embedded();
    let forms = [Form::Profile, Form::Declaration, Form::Command];
    let types = forms.iter().flat_map(|form| catalogue.names(*form));
    // What comes from a page of the reference stands in no file.
    let pages: Vec<&str> = crate::facts::newer().into_iter().map(|node| node.uri.as_str()).collect();
    let shown: Vec<serde_json::Value> = types
        .chain(catalogue.uris().into_iter().filter(|uri| !pages.contains(uri)))
        .map(|name| catalogue.show(name).unwrap_or_else(|| panic!("{name} is not shown")).to_json())
        .collect();
    assert!(shown.len() > 6000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalogue.json");
    std::fs::write(&file, serde_json::to_vec(&shown).unwrap()).unwrap();
    run(who, &[Path::new("--catalogue"), &reference, &file]);
}

#[test]
fn the_approved_artefacts_hold_what_the_vendors_files_allow() {
    let who = "approved artefacts and the vendors' files";
    let Some(reference) = reference(who) else { return };
    run(who, &[&reference, &root().join("golden"), &root().join("tests/cases")]);
}

#[test]
fn an_artefact_of_each_value_holds_what_the_vendors_files_allow() {
    let who = "artefacts of every key and node, and the vendors' files";
    let Some(reference) = reference(who) else { return };
    let folder = tempfile::tempdir().unwrap();
    for artefact in crate::catalogue_used::artefacts(&Catalogue::embedded()) {
        let path = folder.path().join(&artefact.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, artefact.bytes).unwrap();
    }
    run(who, &[&reference, folder.path()]);
}
