//! HTML documents in a browser: nothing is fetched, filters filter, the keyboard reaches all, nothing scrolls sideways, axe-core finds
//! nothing serious. `tests/oracle/html.mjs` drives the distribution's Chromium; where that or its packages are absent, stderr says so.

use crate::project::{root, say};
use crate::reviews::{self, HOSTILE};
use policyc::report::format::html;
use std::path::PathBuf;
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

/// Shows a page to the browser.
fn browse(name: &str, text: &str) {
    let script = root().join("tests/oracle/html.mjs");
    let Ok(run) = Command::new("node").arg(script).arg(page(name, text)).output() else {
        return say(&format!("html: node is not installed; {name} was not shown to a browser"));
    };
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    match run.status.code() {
        Some(0) => say(&format!("html: {name}: {}", out.trim())),
        Some(ABSENT) => say(&format!("html: {}; {name} was not shown to a browser", err.trim())),
        _ => panic!("{name}\n{out}{err}"),
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
