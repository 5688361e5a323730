//! HTML documents in a browser: nothing is fetched, filters filter, the keyboard reaches all, nothing scrolls sideways, axe-core finds
//! nothing serious. `tests/oracle/html.mjs` drives the distribution's Chromium; where that or its packages are absent, stderr says so.

use crate::project::{root, say, sources};
use crate::reviews::{self, HOSTILE};
use policyc::catalogue::Catalogue;
use policyc::report::coverage;
use policyc::report::effective::{Effective, effective};
use policyc::report::format::html;
use policyc::setting::Date;
use policyc::source::Sources;
use policyc::{Request, compile};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The script's word for a machine without a browser or the packages.
const ABSENT: i32 = 77;

/// A page where a person can look at it after the test, too.
fn page(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("html");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.html"));
    std::fs::write(&path, text).unwrap();
    path
}

/// How often a page is shown before its faults are believed.
const SHOWN: usize = 3;

/// Shows a page to the browser. A fault of the page is there each time; one that is not, of a browser that the machine starved or ended,
/// is said, and the page is shown again.
fn browse(name: &str, text: &str) {
    let (script, page) = (root().join("tests/oracle/html.mjs"), page(name, text));
    for time in 1..=SHOWN {
        let Ok(run) = Command::new("node").arg(&script).arg(&page).output() else {
            return say(&format!("html: node is not installed; {name} was not shown to a browser"));
        };
        let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        match run.status.code() {
            Some(0) => return say(&format!("html: {name}: {}", out.trim())),
            Some(ABSENT) => return say(&format!("html: {}; {name} was not shown to a browser", err.trim())),
            _ if time < SHOWN => say(&format!("html: {name}, shown {time} of {SHOWN} times:\n{out}{err}")),
            _ => panic!("{name}, shown {SHOWN} times, the last one:\n{out}{err}"),
        }
    }
}

#[test]
fn a_review_holds_in_a_browser() {
    browse("review", &html::review(&reviews::sample()));
}

#[test]
fn hostile_text_is_inert_in_a_browser() {
    browse("hostile-review", &html::review(&reviews::hostile()));
}

#[test]
fn five_hundred_changes_stay_small_and_quick() {
    let text = html::review(&reviews::many(500));
    assert_eq!(text.matches("data-card").count() - text.matches("[data-card]").count(), 500);
    assert!(text.len() < 3_000_000, "{} bytes", text.len());
    browse("long-review", &text);
}

#[test]
fn hostile_text_reaches_no_page_as_markup() {
    let text = html::review(&reviews::hostile());
    for raw in [HOSTILE, "<script>window", "<img", "\u{202e}", "\u{1b}", "\u{200b}", "\u{2028}"] {
        assert!(!text.contains(raw), "{raw:?} stands in the page as it is");
    }
    assert!(text.contains("&lt;script&gt;window.hostile=1&lt;/script&gt;"));
    assert!(text.contains("\\u{202e}\\u{1b}[31m\\u{200b}\\u{2028}end"));
    assert_eq!((text.matches("<script").count(), text.matches("</script").count()), (1, 1));
}

#[test]
fn nothing_to_review_is_said() {
    let text = html::review(&policyc::review::Review::default());
    assert!(text.contains("Nothing differs."), "{text}");
}

#[test]
fn the_same_review_gives_the_same_page() {
    assert_eq!(html::review(&reviews::sample()), html::review(&reviews::sample()));
}

/// The effective policy of an organisation of the project, on a day of its own.
fn policy_of(sources: &Sources, organisation: &str) -> Effective {
    let as_of = Date::parse("2026-11-01").unwrap();
    let catalogue = Catalogue::embedded();
    let compiled = compile(sources, &catalogue, &Request { as_of });
    effective(&compiled, &catalogue, organisation, as_of).unwrap()
}

#[test]
fn the_policy_of_each_organisation_holds_in_a_browser() {
    let all = sources(&root());
    for organisation in ["cafcass", "childrens-homes", "ctcic"] {
        browse(organisation, &html::policy(&policy_of(&all, organisation)));
    }
}

#[test]
fn the_demonstration_holds_in_a_browser() {
    let page = run(&root(), &["diff", "policy-sources/cafcass-earlier", "policy-sources/cafcass", "--format", "html"]);
    assert_eq!(page.0, 0);
    browse("demonstration", &page.1);
}

/// Everything that the sources say stands on the page, and its numbers are those of the coverage.
#[test]
fn the_policy_says_all_of_it() {
    let effective = policy_of(&sources(&root()), "cafcass");
    let page = html::policy(&effective);
    let text = |raw: &str| raw.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&quot;");
    for clause in effective.policies.iter().flat_map(|policy| &policy.clauses) {
        assert!(page.contains(&text(&clause.held.summary)), "{} is lost", clause.reference);
        for said in clause.held.reason.iter().chain(&clause.held.needs) {
            assert!(page.contains(&text(said)), "{}: {said} is lost", clause.reference);
        }
        for assumed in &clause.held.assumed {
            assert!(page.contains(&text(&assumed.why)), "{}: {} is lost", clause.reference, assumed.parameter);
        }
        // What it asks of a managed group has a value, in words.
        let asks = clause.asks.iter().filter(|ask| !ask.parameters.is_empty());
        assert!(asks.clone().count() == 0 || asks.flat_map(|ask| &ask.parameters).all(|asked| !asked.value.is_empty()));
    }
    for exception in &effective.exceptions {
        assert!(page.contains(&text(&exception.reason)), "{} is lost", exception.known.exception);
    }
    for gap in &effective.gaps {
        assert!(page.contains(&text(&gap.reason)), "{} is lost", gap.control);
    }
    for (reason, policy) in
        effective.policies.iter().flat_map(|p| p.left_out.iter().map(move |l| (&l.reason, &p.policy)))
    {
        assert!(page.contains(&text(reason)), "{policy} leaves out without a reason");
    }
    assert!(page.contains("minimum length: <b>6 characters</b>"), "values have words and units");
    assert!(page.contains("days overdue"), "a review that is due is said to be");
    let coverage = coverage::coverage(&compile(
        &sources(&root()),
        &Catalogue::embedded(),
        &Request { as_of: Date::parse("2026-11-01").unwrap() },
    ));
    let own = coverage.policies.iter().filter(|policy| policy.organisation == "cafcass" && !policy.baseline);
    assert_eq!(effective.totals.clauses, own.map(|policy| policy.classes.clauses).sum::<usize>());
}

/// A project in which every text that an author is free to write is hostile.
fn hostile_project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join("policy-sources/acme").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    // Controls are refused where they are written; all else is an author's to write.
    let allowed: String = HOSTILE.chars().filter(|c| !c.is_control() && *c != '\u{2028}').collect();
    let hostile = serde_json::to_string(&allowed).unwrap();
    let base = |name: &str| std::fs::read_to_string(root().join("tests/cases/base").join(name)).unwrap();
    write("organisation.yaml", base("organisation.yaml").replace("name: Acme", &format!("name: {hostile}")));
    let groups =
        base("groups.yaml").replace("title: Phones", &format!("title: {hostile}\n    assumed: {{ os: {hostile} }}"));
    write("groups.yaml", format!("{groups}  others:\n    title: {hostile}\n    unmanaged: {hostile}\n"));
    write(
        "it-policy.yaml",
        format!(
            "policy: it-policy\ntitle: {hostile}\nversion: {hostile}\nowner: {hostile}\napproved: {{ by: {hostile}, date: 2024-05-02 }}\n\
             next-review: 2025-03\nleft-out:\n  - {{ clauses: {hostile}, reason: {hostile} }}\nclauses:\n  - id: \"1\"\n    \
             summary: {hostile}\n    class: partial\n    reason: {hostile}\n    needs: [{hostile}]\n    groups: [phones]\n    \
             require: {{ passcode: {{ min-length: 8 }} }}\n    assumed: {{ passcode.min-length: {hostile} }}\n    \
             conflicts-with: {{ \"2\": {hostile} }}\n  - id: \"2\"\n    summary: {hostile}\n    class: procedural\n    reason: {hostile}\n"
        ),
    );
    write(
        "exceptions.yaml",
        format!(
            "exceptions:\n  - id: pilots\n    clauses: [it-policy 1]\n    groups: [phones]\n    \
             relax: {{ passcode: {{ min-length: 6 }} }}\n    reason: {hostile}\n    endorsed-by: {hostile}\n    from: 2026-01-01\n    \
             expires: 2027-01-01\n"
        ),
    );
    folder
}

/// Runs the program: its exit code and what it prints.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_policyc"));
    let output = command.args(arguments).args(["--as-of", "2026-11-01"]).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn pages_of_hostile_sources_are_inert_in_a_browser() {
    let project = hostile_project();
    for (name, arguments) in [
        ("hostile-policy", &["report", "policy", "acme"][..]),
        ("hostile-check", &["check", "--format", "html", "--notes"]),
    ] {
        let (code, page, err) = run(project.path(), arguments);
        assert!(code < 2, "{name}: {err}");
        assert!(!page.contains("<img") && !page.contains("<script>window"), "{name}");
        browse(name, &page);
    }
}

#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let project = hostile_project();
    let path = |name: &str| project.path().join(name);
    let (code, out, err) = run(project.path(), &["report", "policy", "acme", "--out", "policy.html"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let written = std::fs::read_to_string(path("policy.html")).unwrap();
    assert_eq!(written, run(project.path(), &["report", "policy", "acme"]).1, "stdout has the same page");
    assert_eq!(run(project.path(), &["report", "policy", "acme", "--out", "none/policy.html"]).0, 2);
    assert!(!path("none").exists());
    let (code, _, err) = run(project.path(), &["report", "policy", "acne"]);
    assert!(code == 2 && err.contains("acne") && err.contains("acme"), "{err}");
    let (code, data, _) = run(project.path(), &["report", "policy", "acme", "--json"]);
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(
        (code, &data["organisation"], &data["policies"][0]["clauses"][0]["clause"]),
        (0, &"acme".into(), &"1".into())
    );
}

#[test]
fn a_review_of_the_drift_says_what_differs_from_golden() {
    let project = hostile_project();
    assert_eq!(run(project.path(), &["report", "review"]).0, 2, "nothing is approved yet");
    assert_eq!(run(project.path(), &["build"]).0, 0);
    assert_eq!(run(project.path(), &["accept"]).0, 0);
    let file = project.path().join("policy-sources/acme/it-policy.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("min-length: 8", "min-length: 10")).unwrap();
    let exceptions = project.path().join("policy-sources/acme/exceptions.yaml");
    std::fs::remove_file(exceptions).unwrap();
    for arguments in [&["report", "review"][..], &["report", "review", "acme"]] {
        let (code, page, err) = run(project.path(), arguments);
        assert_eq!(code, 0, "{err}");
        assert!(page.contains("<del>6</del>") && page.contains("<ins>10</ins>"), "{err}");
        assert!(page.contains("<h1>golden"), "the side is named as the project knows it");
    }
}
