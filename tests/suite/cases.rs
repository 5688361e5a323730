//! `tests/cases/`: small policies with the findings that they must give beside the line, and goldens of their own.
//!
//! A case is a folder with a `case.md` that says what it shows. Its `*.yaml` files stand for those of the organisation `acme`, but for
//! `baselines/`; what it does not hold comes from `tests/cases/base/`. `# error[code]: text` at the end of a line expects a finding there; on a line of its own
//! it speaks of the next line. Every error and warning must be expected, and every expected finding found. Notes may be expected.
//! `golden/` holds what a case without errors compiles to.

use super::project;
use policyc::catalogue::Catalogue;
use policyc::diagnostic::{Place, Severity};
use policyc::setting::Date;
use policyc::source::{SourceFile, Sources};
use policyc::{Compiled, Request};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The day on which every case runs, unless its `as-of` says another.
const TODAY: &str = "2026-10-01";

/// Every case: its name and its folder.
pub fn all() -> Vec<(String, PathBuf)> {
    let root = project::root().join("tests/cases");
    let cases: Vec<_> = project::files(&root)
        .into_iter()
        .filter_map(|(relative, path)| {
            let name = relative.strip_suffix("/case.md")?;
            Some((name.to_owned(), path.parent()?.to_path_buf()))
        })
        .collect();
    assert!(cases.len() > 10, "the cases are gone");
    cases
}

/// The sources of a case.
pub fn sources(folder: &Path) -> Sources {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for base in [project::root().join("tests/cases/base"), folder.to_path_buf()] {
        for (relative, path) in project::files(&base) {
            let generated = relative.starts_with("golden/") || relative == "case.md" || relative == "as-of";
            if !generated {
                files.insert(relative, path);
            }
        }
    }
    let read = |(relative, path): (String, PathBuf)| SourceFile {
        path: match relative.starts_with("baselines/") || relative == "releases.yaml" {
            true => format!("policy-sources/{relative}"),
            false => format!("policy-sources/acme/{relative}"),
        },
        content: policyc::source::Content::Bytes(std::fs::read(path).unwrap()),
    };
    Sources::new(files.into_iter().map(read).collect())
}

/// Compiles a case on its day.
pub fn compile(folder: &Path, sources: &Sources) -> Compiled {
    let day = std::fs::read_to_string(folder.join("as-of")).unwrap_or_else(|_| TODAY.to_owned());
    let as_of = Date::parse(day.trim()).unwrap();
    policyc::compile(sources, &Catalogue::embedded(), &Request { as_of })
}

/// An expected or found finding: path, line, weight and code, and a part of the message.
type Line = (String, usize, String, String);

fn expected(sources: &Sources) -> Vec<Line> {
    let mut lines = Vec::new();
    for (id, file) in sources.files() {
        let mut waiting: Vec<(String, String)> = Vec::new();
        for (number, line) in sources.text(id).lines().enumerate() {
            let (before, comments) = line.split_at(line.find("# ").unwrap_or(line.len()));
            let wanted: Vec<(String, String)> = comments.split("# ").filter_map(expectation).collect();
            if before.trim().is_empty() {
                waiting.extend(wanted);
                if !comments.is_empty() || line.trim().is_empty() {
                    continue;
                }
            }
            let here = std::mem::take(&mut waiting).into_iter();
            let trailing = line.split("# ").skip(1).filter_map(expectation);
            let both = here.chain(if before.trim().is_empty() { Vec::new() } else { trailing.collect() });
            lines.extend(both.map(|(what, text)| (file.path.to_string(), number + 1, what, text)));
        }
    }
    lines
}

/// `error[unknown-key]: text` → `error[unknown-key]`, `text`.
fn expectation(comment: &str) -> Option<(String, String)> {
    let (what, text) =
        comment.trim().split_once("]: ").or_else(|| comment.trim().strip_suffix(']').map(|what| (what, "")))?;
    let known = ["error[", "warning[", "note["].iter().any(|word| what.starts_with(word));
    known.then(|| (format!("{what}]"), text.trim().to_owned()))
}

fn found(sources: &Sources, compiled: &Compiled) -> Vec<(Line, Severity)> {
    let line = |diagnostic: &policyc::diagnostic::Diagnostic| {
        let (path, line) = match &diagnostic.place {
            Place::Source(span) => (sources.path(span.file).to_owned(), sources.line_column(*span).0),
            Place::Artefact { path, .. } => (path.clone(), 0),
        };
        let what = format!("{}[{}]", diagnostic.severity.word(), diagnostic.code);
        ((path, line, what, diagnostic.message.clone()), diagnostic.severity)
    };
    compiled.found.iter().map(line).collect()
}

/// What is wrong with one case, in lines.
fn mismatches(folder: &Path) -> Vec<String> {
    let sources = sources(folder);
    let compiled = compile(folder, &sources);
    let mut found = found(&sources, &compiled);
    let mut wrong = Vec::new();
    for (path, line, what, text) in expected(&sources) {
        let same = |(other, _): &(Line, Severity)| {
            other.0 == path && other.1 == line && other.2 == what && other.3.contains(&text)
        };
        match found.iter().position(same) {
            Some(at) => drop(found.remove(at)),
            None => wrong.push(format!("  not found: {path}:{line}: {what}: {text}")),
        }
    }
    for ((path, line, what, text), severity) in found {
        if severity != Severity::Note {
            wrong.push(format!("  not expected: {path}:{line}: {what}: {text}"));
        }
    }
    wrong.extend(golden_mismatches(folder, &compiled));
    wrong
}

/// A case's goldens, compared by the program's own drift room; `POLICYC_ACCEPT=1` writes them instead.
fn golden_mismatches(folder: &Path, compiled: &Compiled) -> Vec<String> {
    let golden = folder.join("golden");
    if std::env::var_os("POLICYC_ACCEPT").is_some() {
        let _ = std::fs::remove_dir_all(&golden);
        for artefact in compiled.artefacts() {
            let path = golden.join(&artefact.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &artefact.bytes).unwrap();
        }
        return Vec::new();
    }
    let approved: BTreeMap<String, Vec<u8>> =
        project::files(&golden).into_iter().map(|(path, file)| (path, std::fs::read(file).unwrap())).collect();
    let built: BTreeMap<String, Vec<u8>> =
        compiled.artefacts().map(|artefact| (artefact.path.clone(), artefact.bytes.clone())).collect();
    let paths: std::collections::BTreeSet<&String> = approved.keys().chain(built.keys()).collect();
    let differs = |path: &&String| approved.get(*path) != built.get(*path);
    paths.into_iter().filter(differs).map(|path| format!("  differs from its golden: {path}")).collect()
}

#[test]
fn every_case_gives_its_findings_and_its_files() {
    let wrong: Vec<String> = all()
        .into_iter()
        .filter_map(|(name, folder)| {
            let lines = mismatches(&folder);
            (!lines.is_empty()).then(|| format!("{name}:\n{}", lines.join("\n")))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}\n(POLICYC_ACCEPT=1 writes goldens anew)", wrong.join("\n"));
}

#[test]
fn every_case_says_what_it_shows() {
    for (name, folder) in all() {
        let text = std::fs::read_to_string(folder.join("case.md")).unwrap();
        assert!(text.trim().len() > 20, "tests/cases/{name}/case.md says nothing");
    }
}
