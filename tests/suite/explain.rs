//! Every rule has a page, every page's fault gives its code, and its cure does not. The folders on disk are the list, so that a rule
//! that is taken out of its table is missed here.

use super::project::{files, root, source};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Code;
use policyc::lint::{self, Devices, Options};
use policyc::reader::{self, Given};
use policyc::setting::Date;
use policyc::source::Sources;
use policyc::{Compiled, Judges, Request};
use policyc::{check, control};

/// A page beside a rule: the code of its first line, its path and its text.
struct Page {
    code: Code,
    path: String,
    text: String,
}

fn pages() -> Vec<Page> {
    let page = |(path, file): (String, std::path::PathBuf)| {
        let text = std::fs::read_to_string(file).unwrap();
        let name = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or("").to_owned();
        let code = Code::named(&name).unwrap_or_else(|| panic!("{path} opens with `{name}`, which is no code"));
        Page { code, path, text }
    };
    let found: Vec<Page> = files(&root().join("src"))
        .into_iter()
        // Those of rules over files have no sources to compile: they are held against files below.
        .filter(|(path, _)| path.ends_with("/explain.md") && !path.contains("lint/rule/"))
        .map(page)
        .collect();
    assert!(found.len() > 20, "the rules' pages are gone");
    found
}

/// The YAML blocks below a heading.
fn blocks(text: &str, heading: &str) -> Vec<String> {
    let Some(section) = text.split(&format!("\n## {heading}\n")).nth(1) else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or("");
    section.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// A small organisation around the block: its `group:` line gives the facts of the one group, the rest is one clause's.
fn sources(block: &str) -> Sources {
    let (group, rest): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("group:"));
    let facts = group.first().map_or_else(
        || {
            let windows = block.contains("csp:") || block.contains("./Device") || block.contains("./User");
            let windows = windows || ["startup-pin", "hello-for-business", "removable-media"].iter().any(|name| block.contains(name));
            match windows {
                true => r#"{ title: Laptops, platform: Windows, os: "10.0.22631", editions: [enterprise], join: entra, has: [tpm, touch] }"#,
                false => r#"{ title: Phones, platform: iOS, os: "18.0", enrolment: device, supervised: true }"#,
            }
            .to_owned()
        },
        |line| {
            let facts = line.trim_start_matches("group:").trim();
            match facts.contains("title:") {
                true => facts.to_owned(),
                false => facts.replacen('{', "{ title: Devices,", 1),
            }
        },
    );
    let policy = format!("policy: it\ntitle: IT\nclauses:\n{}", clauses(&rest));
    Sources::new(vec![
        source(
            "policy-sources/acme/organisation.yaml",
            "organisation: acme\nname: Acme\nidentifier: com.example.acme\nentra-tenant: \"8f1e4a52-0c5d-4a7e-9d53-2b6c1f0a9e11\"\ndomains: [acme.example]\n",
        ),
        source("policy-sources/acme/groups.yaml", format!("groups:\n  devices: {facts}\n")),
        source("policy-sources/acme/it.yaml", policy),
    ])
}

/// One clause with these lines; or, below `clauses:`, one for each line of the form `"1.1": [entries]`.
fn clauses(lines: &[&str]) -> String {
    let clause = |id: &str, body: String| {
        format!(
            "  - id: \"{id}\"\n    summary: One clause\n    class: procedural\n    reason: an example\n    groups: [devices]\n{body}"
        )
    };
    match lines.split_first() {
        Some((&"clauses:", several)) => several
            .iter()
            .filter_map(|line| line.trim().split_once(": "))
            .map(|(id, entries)| clause(id.trim_matches('"'), format!("    settings: {entries}\n")))
            .collect(),
        _ => clause("1", lines.iter().map(|line| format!("    {line}\n")).collect()),
    }
}

pub(super) fn compile(block: &str, rules: Judges) -> (Sources, Compiled) {
    let sources = sources(block);
    let request = Request { as_of: Date::parse("2026-10-01").unwrap() };
    let compiled = policyc::compile_under(&sources, &Catalogue::embedded(), &request, rules);
    (sources, compiled)
}

fn has(compiled: &Compiled, code: Code) -> bool {
    compiled.found.iter().any(|diagnostic| diagnostic.code == code)
}

fn report(sources: &Sources, compiled: &Compiled) -> String {
    let line = |d: &policyc::diagnostic::Diagnostic| match &d.place {
        policyc::diagnostic::Place::Source(span) => {
            let (line, column) = sources.line_column(*span);
            format!("    {}:{line}:{column}: {}[{}]: {}", sources.path(span.file), d.severity.word(), d.code, d.message)
        }
        policyc::diagnostic::Place::Artefact { path, .. } => format!("    {path}: [{}] {}", d.code, d.message),
    };
    compiled.found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_is_found_and_every_cure_is_clean() {
    let mut wrong = Vec::new();
    for page in pages() {
        let (faults, cures) = (blocks(&page.text, "Fault"), blocks(&page.text, "Cure"));
        assert!(!faults.is_empty() && !cures.is_empty(), "{} lacks a fault or a cure", page.path);
        for fault in faults {
            let (sources, compiled) = compile(&fault, Judges::all());
            if !has(&compiled, page.code) {
                wrong.push(format!(
                    "{}: the fault does not give {}; it gives\n{}",
                    page.path,
                    page.code,
                    report(&sources, &compiled)
                ));
            }
        }
        for cure in cures {
            let (sources, compiled) = compile(&cure, Judges::all());
            if has(&compiled, page.code) || compiled.found.has_errors() {
                wrong.push(format!("{}: the cure is not clean:\n{}", page.path, report(&sources, &compiled)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whether some page of these codes has a fault that is no longer found, or no longer in these words, under these rules.
fn noticed(pages: &[Page], codes: &[Code], rules: Judges) -> bool {
    let of_these = pages.iter().filter(|page| codes.contains(&page.code));
    of_these.flat_map(|page| blocks(&page.text, "Fault")).any(|fault| {
        let (sources, before) = compile(&fault, Judges::all());
        let (_, after) = compile(&fault, rules);
        report(&sources, &before) != report(&sources, &after)
    })
}

#[test]
fn no_check_rule_can_be_taken_away_unnoticed() {
    let pages = pages();
    for (place, codes) in check::Rules::codes().enumerate() {
        let rules = Judges { settings: check::Rules::without(place), ..Judges::all() };
        assert!(
            noticed(&pages, codes, rules),
            "row {place} of the check rules ({codes:?}) can be taken out and no page notices"
        );
    }
}

#[test]
fn no_rule_across_controls_can_be_taken_away_unnoticed() {
    let pages = pages();
    for (place, codes) in control::Rules::codes().enumerate() {
        let rules = Judges { across: control::Rules::without(place), ..Judges::all() };
        assert!(
            noticed(&pages, codes, rules),
            "row {place} of the rules across controls ({codes:?}) can be taken out and no page notices"
        );
    }
}

#[test]
fn every_code_has_an_explanation() {
    for code in Code::ALL {
        let text = policyc::explain(*code).unwrap_or_else(|| panic!("{code} has no page"));
        assert!(text.starts_with(&format!("# {code}\n")), "{code} has no page");
        assert!(text.len() > 120, "the page of {code} says too little");
    }
}

/// The files of a section: whole ones, of XML and JSON. A part of a file is shown, and is none.
fn shown_files(text: &str, heading: &str) -> Vec<(String, String)> {
    let Some(section) = text.split(&format!("\n## {heading}\n")).nth(1) else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or("");
    let mut found = Vec::new();
    for (n, block) in section.split("```").skip(1).step_by(2).enumerate() {
        let (kind, body) = block.split_once('\n').unwrap_or_default();
        let is_whole = ["<plist", "<Replace", "<Add", "{"].iter().any(|start| body.starts_with(start));
        if matches!(kind, "xml" | "json") && is_whole {
            found.push((format!("{n}.{kind}"), body.to_owned()));
        }
    }
    found
}

fn linted(files: &[(String, String)], catalogue: &Catalogue) -> policyc::diagnostic::Diagnostics {
    let given: Vec<Given<'_>> = files.iter().map(|(name, text)| Given { name, bytes: text.as_bytes() }).collect();
    let devices = ["Windows 11 enterprise hybrid", "macOS 15 device", "iOS 18 supervised device"];
    let devices = devices.iter().map(|text| Devices::parse(text).unwrap()).collect();
    lint::lint(&reader::read(&given, catalogue), catalogue, &Options { devices, notes: true, server: None }).found
}

#[test]
fn every_fault_of_a_file_is_found_and_its_cure_is_clean() {
    let catalogue = Catalogue::embedded();
    let (mut wrong, mut tried, mut count) = (Vec::new(), 0, 0);
    for (path, file) in files(&root().join("src/lint/rule")) {
        if !path.ends_with("/explain.md") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(file).unwrap();
        let name = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or("");
        let code = Code::named(name).unwrap_or_else(|| panic!("{path} opens with `{name}`, which is no code"));
        assert_eq!(policyc::explain(code), Some(text.as_str()), "{path} is not the page of {code}");
        assert!(text.contains("\n## Fault\n") && text.contains("\n## Cure\n"), "{path} lacks a fault or a cure");
        let [fault, cure] = ["Fault", "Cure"].map(|heading| shown_files(&text, heading));
        tried += usize::from(!fault.is_empty());
        let [fault, cure] = [fault, cure].map(|files| (linted(&files, &catalogue), files.len()));
        let has = |found: &policyc::diagnostic::Diagnostics| found.iter().any(|finding| finding.code == code);
        if fault.1 > 0 && !has(&fault.0) {
            wrong.push(format!("{path}: the fault does not give {code}: {:?}", fault.0));
        }
        if cure.1 > 0 && (has(&cure.0) || cure.0.has_errors()) {
            wrong.push(format!("{path}: the cure is not clean: {:?}", cure.0));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count >= 11 && tried >= 7, "{count} pages, {tried} with files");
}

/// A rule over files that is taken out of its table is missed by a case.
#[test]
fn every_code_of_a_rule_over_files_is_found_in_a_case() {
    let mut found = String::new();
    for (_, file) in files(&root().join("tests/lint")).into_iter().filter(|(name, _)| name.ends_with("expected.txt")) {
        found.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let missed: Vec<&Code> = lint::codes().flatten().filter(|code| !found.contains(&format!("[{code}]"))).collect();
    assert!(missed.is_empty(), "no case of tests/lint has {missed:?}");
}
