//! Every format on the shared sample: well formed, and without power over whoever reads it. Other people's readers are the judges where
//! there are such.

use super::sample::{HOSTILE, empty, failed, hostile, long};
use super::{Format, render};
use crate::diagnostic::render::obeyed;
use crate::report::{Ending, Report};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

/// What must hold of a report in a format, whatever stands in it.
fn check(report: &Report, format: Format) {
    let text = render(report, format);
    assert_eq!(text, render(report, format), "{} is not the same twice", format.word());
    assert!(text.is_empty() || text.ends_with('\n'), "{} does not end its last line", format.word());
    let bare = if format == Format::Text { without_styles(&text) } else { text.clone() };
    let escaped = bare.find(|c: char| c != '\n' && c != '\t' && obeyed(c));
    assert_eq!(escaped, None, "a terminal would obey the text in {}: {bare:?}", format.word());
    match format {
        Format::Text => {}
        Format::Markdown => markdown(&text),
        Format::Json => json(&text, report),
        Format::Sarif => sarif(&text, report),
        Format::Junit => junit(&text),
        Format::Github => github(&text),
        Format::Html => html(&text),
    }
}

#[test]
fn every_format_is_well_formed_and_inert() {
    let clean = Report { ending: Ending::Clean, ..empty() };
    for report in [hostile(), long(60, 60), failed(), empty(), clean] {
        for (format, _) in Format::WORDS {
            check(&report, format);
        }
    }
}

#[test]
fn every_text_of_the_sample_arrives() {
    let report = hostile();
    for (format, _) in Format::WORDS {
        let text = render(&report, format);
        for part in ["alert", "reversed".chars().rev().collect::<String>().as_str(), "owned", "北"] {
            assert!(text.contains(part), "{part} is lost in {}", format.word());
        }
    }
}

#[test]
fn a_comment_on_five_hundred_changes_keeps_its_limit_and_counts_the_rest() {
    for (entries, findings) in [(500, 0), (500, 500), (5000, 10), (0, 5000), (1, 1)] {
        let report = long(entries, findings);
        let text = render(&report, Format::Markdown);
        assert!(text.len() <= 60_000, "{} bytes of {entries} and {findings}", text.len());
        let told = text.matches("<b>weaker</b>: ").count();
        let more: usize = text.lines().filter_map(more_of).sum();
        let findings_told = text.matches("(unknown-key)").count();
        let hidden = if findings > 0 && findings_told == 0 { findings } else { 0 };
        assert_eq!(told + findings_told + more + hidden, entries + findings, "{entries} and {findings}");
        markdown(&text);
    }
}

/// The number in `… and 12 more`.
fn more_of(line: &str) -> Option<usize> {
    line.trim_start_matches("- ").strip_prefix("… and ")?.strip_suffix(" more")?.parse().ok()
}

#[test]
fn annotations_are_as_many_as_are_shown_and_the_rest_is_counted() {
    let text = render(&long(0, 37), Format::Github);
    assert_eq!(text.matches("::error ").count(), 10);
    assert!(text.contains("27 more are not shown") && text.lines().count() == 11, "{text}");
}

#[test]
fn fingerprints_are_each_its_own_and_know_no_line() {
    let prints = |report: &Report| -> Vec<String> {
        let log: Value = serde_json::from_str(&render(report, Format::Sarif)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |result: &Value| result["partialFingerprints"]["policyc/v1"].as_str().unwrap().to_owned();
        results.iter().map(print).collect()
    };
    let report = hostile();
    let before = prints(&report);
    let mut distinct = before.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((distinct.len(), before.len()), (before.len(), report.findings.len() + report.entries.len()));
    let mut shifted = report;
    for finding in &mut shifted.findings {
        finding.place.line = finding.place.line.map(|line| line + 40);
        finding.place.end_line = finding.place.line;
    }
    for label in shifted.entries.iter_mut().flat_map(|entry| &mut entry.places) {
        label.place.line = label.place.line.map(|line| line + 40);
    }
    assert_eq!(prints(&shifted), before, "a fingerprint changes when lines shift");
}

/// Text without the styles that are ours.
fn without_styles(text: &str) -> String {
    ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[1;31m"]
        .iter()
        .fold(text.to_owned(), |text, style| text.replace(style, ""))
}

/// Nothing but what the renderer means to say; and in what is no code, nothing that GitHub turns into something else.
fn markdown(text: &str) {
    let options = Options::ENABLE_GFM
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_MATH
        | Options::ENABLE_TASKLISTS;
    let (mut in_code, mut folds, mut prose) = (false, 0, String::new());
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert_eq!(language.as_ref(), "diff");
                in_code = true;
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Item | Tag::Strong | Tag::HtmlBlock) => {}
            Event::Start(Tag::Heading { level, .. }) => assert_eq!(level as usize, 3),
            Event::Text(text) if !in_code => prose.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => {
                folds += html.matches("<details>").count();
                folds -= html.matches("</details>").count();
                prose.push_str(&tags(&html));
            }
            Event::SoftBreak => prose.push('\n'),
            Event::Text(_) | Event::Code(_) | Event::End(_) => {}
            other => panic!("the comment holds {other:?}: {text}"),
        }
    }
    assert_eq!(folds, 0, "what is folded stays so to the end of the page");
    for trap in ["://", "www.e", "@t", "@o", "@e", "#1", "GH-1", ":shipit:"] {
        let found = prose.find(trap).map(|at| prose[at..].chars().take(60).collect::<String>());
        assert_eq!(found, None, "GitHub would take {trap} for more than text");
    }
}

/// The text of a piece of HTML that has no tags but ours.
fn tags(html: &str) -> String {
    let ours = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<b>", "</b>"];
    let text = ours.iter().fold(html.to_owned(), |text, tag| text.replace(tag, " "));
    assert!(!text.contains(['<', '>']), "a foreign tag: {html}");
    let mut parts = text.split("&#");
    let mut decoded = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap();
        decoded.push(char::from_u32(number.parse().unwrap()).unwrap());
        decoded.push_str(rest);
    }
    decoded
}

/// No tag but the templates' own, and nothing to run beside their script; `tests/suite/html.rs` shows it to a browser.
fn html(text: &str) {
    let body = text.split_once("</style>").unwrap().1.split_once("<script>").unwrap().0;
    for trap in ["<script", "<img", "onerror=alert(1)>", "<!--", "<!ENTITY", "javascript:", "href=\"http", " style="] {
        assert!(!body.contains(trap), "the page holds {trap}");
    }
    assert_eq!(text.matches("<script").count(), 1);
    assert_eq!(body.matches("<details").count(), body.matches("</details>").count());
}

/// It is what it was: another reader gives back each text whole.
fn json(text: &str, report: &Report) {
    let document: Value = serde_json::from_str(text).unwrap();
    assert_eq!(document["version"], 1);
    if matches!(report.ending, Ending::Failed { .. }) {
        assert_eq!(document["failure"]["message"], HOSTILE.join(" "));
        return;
    }
    let messages = |list: &str| -> Vec<Value> {
        document[list].as_array().unwrap().iter().map(|item| item["message"].clone()).collect()
    };
    let entries: Vec<Value> = report.entries.iter().map(|entry| entry.message.as_str().into()).collect();
    assert_eq!(messages("entries"), entries);
    let findings: Vec<Value> = report.findings.iter().map(|finding| finding.message.as_str().into()).collect();
    assert_eq!(messages("findings"), [findings, entries].concat(), "what has a code is a finding too");
}

/// The schema is held against it in `tests/suite/formats.rs`; here what no schema says.
fn sarif(text: &str, report: &Report) {
    let log: Value = serde_json::from_str(text).unwrap();
    let run = &log["runs"][0];
    let Some(results) = run["results"].as_array() else {
        assert!(matches!(report.ending, Ending::Failed { .. }), "only a run that failed has no results");
        return;
    };
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap_or("x");
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
        let message = result["message"]["text"].as_str().unwrap();
        let message = message.replace("\\u{0}", ""); // a control, escaped
        assert!(!message.contains("](") && !message.contains("{0}"), "{message}");
    }
}

/// It is XML to another reader, and the numbers are those of the tests.
fn junit(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut tests, mut failures, mut said) = (0, 0, None);
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {text}"));
        match &event {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let attributes: Vec<(String, String)> = tag
                    .attributes()
                    .map(|attribute| attribute.unwrap())
                    .map(|a| (a.key.0.to_owned(), a.value.into_owned()))
                    .collect();
                match tag.name().0 {
                    "testsuites" => said = Some(attributes),
                    "testcase" => tests += 1,
                    "failure" => failures += 1,
                    "testsuite" | "system-out" | "error" => {}
                    other => panic!("a foreign element: {}", other),
                }
            }
            quick_xml::events::Event::Comment(_)
            | quick_xml::events::Event::CData(_)
            | quick_xml::events::Event::DocType(_)
            | quick_xml::events::Event::PI(_) => {
                panic!("something that is no text: {event:?}")
            }
            _ => {}
        }
    }
    let said = said.unwrap();
    let number = |name: &str| said.iter().find(|(key, _)| key == name).unwrap().1.parse::<usize>().unwrap();
    assert_eq!((number("tests"), number("failures")), (tests, failures), "{text}");
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed), "a character that XML forbids");
}

/// Each line is a command of ours, as the runner reads it: up to the second `::` it has nothing but our properties.
fn github(text: &str) {
    for line in text.lines() {
        let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("no command: {line}"));
        let (head, _) = rest.split_once("::").unwrap();
        let (word, properties) = head.split_once(' ').unwrap();
        assert!(matches!(word, "error" | "warning" | "notice"), "{line}");
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&name), "{line}");
            assert!(!value.contains(':'), "{line}");
        }
        assert!(!line.contains("##[") && !line.contains('\r'), "{line}");
    }
}
