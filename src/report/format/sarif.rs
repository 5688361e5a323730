//! SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format): results that point at source lines. Paths are relative to the root of
//! the repository, `%SRCROOT%`, which whoever reads the file knows; nothing says where that was on the machine of the run.

use super::notice::{Fingerprint, Notice, notices};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{LabelText, PlaceText, printable};
use crate::gather::Gather;
use crate::report::rule::rule;
use crate::report::{Ending, Report};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Where the schema is, as the standard names it.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The base of all paths.
const ROOT: &str = "%SRCROOT%";

/// The report as a log of one run.
pub(super) fn log(report: &Report) -> Value {
    let notices = notices(report);
    let codes: BTreeSet<&str> = notices.iter().map(|notice| notice.code).gather();
    let codes: Vec<&str> = codes.into_iter().collect();
    let mut run = json!({
        "tool": { "driver": {
            "name": "policyc",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": codes.iter().map(|code| described(code)).collect::<Vec<_>>(),
        } },
        "automationDetails": { "id": format!("policyc {}/", report.command) },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { ROOT: { "description": { "text": "The root of the repository." } } },
        "invocations": [invocation(report)],
    });
    // A run that failed has looked at nothing, which is not the same as having found nothing.
    if !matches!(report.ending, Ending::Failed { .. }) {
        run["results"] = notices.iter().map(|notice| result(notice, &codes, &report.folder)).collect();
    }
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn described(name: &str) -> Value {
    let Some(rule) = rule(name) else {
        return json!({ "id": name });
    };
    json!({
        "id": name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": rule.severity.word() },
    })
}

fn invocation(report: &Report) -> Value {
    let mut told: Vec<Value> = Vec::new();
    if let Ending::Failed { message, help } = &report.ending {
        let text = std::iter::once(message).chain(help).map(|text| still(text)).collect::<Vec<_>>().join("\n");
        told.push(json!({ "level": "error", "message": { "text": text } }));
    }
    if report.unlisted() > 0 {
        let text = format!("{} more findings are not listed", report.unlisted());
        told.push(json!({ "level": "note", "message": { "text": text } }));
    }
    let (successful, code) = match report.ending {
        Ending::Clean => (true, 0),
        Ending::Faulty => (true, 1),
        Ending::Failed { .. } => (false, 2),
    };
    json!({ "executionSuccessful": successful, "exitCode": code, "toolExecutionNotifications": told })
}

fn result(notice: &Notice<'_>, codes: &[&str], folder: &str) -> Value {
    let rule = codes.iter().position(|code| *code == notice.code);
    let Fingerprint { digest, ordinal } = &notice.known_by;
    let mut result = json!({
        "ruleId": notice.code,
        "ruleIndex": rule,
        "level": match notice.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": { "text": message(notice) },
        "locations": notice.place.map(|place| location(place, folder)).into_iter().collect::<Vec<_>>(),
        // The second one is the only one that GitHub reads; without it, it would take the text of the line alone.
        "partialFingerprints": { "policyc/v1": format!("{digest}:{ordinal}"), "primaryLocationLineHash": format!("{}:{ordinal}", &digest[..16]) },
    });
    let related = |(n, label): (usize, &&LabelText)| {
        let mut there = location(&label.place, folder);
        there["id"] = (n + 1).into();
        if !label.text.is_empty() {
            there["message"] = json!({ "text": still(&label.text) });
        }
        there
    };
    if !notice.also.is_empty() {
        result["relatedLocations"] = notice.also.iter().enumerate().map(related).collect();
    }
    if let Some(fix) = notice.fix.and_then(|fix| self::fix(fix, folder)) {
        result["fixes"] = json!([fix]);
    }
    if let Some(entry) = notice.entry {
        result["properties"] = json!({
            "id": entry.id,
            "kind": entry.kind,
            "direction": entry.direction,
            "groups": entry.groups.iter().map(|group| still(group)).collect::<Vec<_>>(),
            "clauses": entry.clauses.iter().map(|clause| still(clause)).collect::<Vec<_>>(),
            "impacts": entry.impacts.iter().map(|impact| still(impact)).collect::<Vec<_>>(),
        });
    }
    result
}

fn message(notice: &Notice<'_>) -> String {
    let mut text = still(notice.message);
    for line in &notice.details {
        let _ = write!(text, "\n{}", still(line));
    }
    for help in notice.help {
        let _ = write!(text, "\nhelp: {}", still(help));
    }
    text
}

fn location(place: &PlaceText, folder: &str) -> Value {
    let path = place.path.as_deref().unwrap_or("");
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&format!("{folder}{path}")), "uriBaseId": ROOT },
        "region": region(place),
    } });
    if let Some(inside) = place.inside.as_ref().filter(|inside| !inside.is_empty()) {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": still(inside) }]);
    }
    location
}

/// Lines and columns; the first line where a file is meant as a whole: readers that show no result without a line are many.
fn region(place: &PlaceText) -> Value {
    let mut region = json!({ "startLine": place.line.unwrap_or(1) });
    let rest = [("startColumn", place.column), ("endLine", place.end_line), ("endColumn", place.end_column)];
    for (name, number) in rest {
        if let Some(number) = number {
            region[name] = number.into();
        }
    }
    region
}

fn fix(fix: &LabelText, folder: &str) -> Option<Value> {
    let path = fix.place.path.as_ref()?;
    Some(json!({
        "description": { "text": "write it so" },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(&format!("{folder}{path}")), "uriBaseId": ROOT },
            "replacements": [{ "deletedRegion": region(&fix.place), "insertedContent": { "text": fix.text } }],
        }],
    }))
}

/// A relative path as a URI reference (RFC 3986): what is not unreserved is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// Text without power over its reader: nothing that a terminal obeys, no link (§3.11.6) and no place for an argument (§3.11.5).
fn still(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if (before == ']' && c == '(') || (before == '{' && c.is_ascii_digit()) {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    printable(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references_that_stay_below_the_root() {
        for (path, expected) in [
            ("policy-sources/a.yaml", "policy-sources/a.yaml"),
            ("a b/é#?.yaml", "a%20b/%C3%A9%23%3F.yaml"),
            ("c:/x", "c%3A/x"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn a_message_holds_no_link_and_no_argument() {
        for (text, expected) in [
            ("[x](https://a.example)", "[x] (https://a.example)"),
            ("{0} {a: 1}", "{ 0} {a: 1}"),
            ("a\u{1b}[0m", "a\\u{1b}[0m"),
        ] {
            assert_eq!(still(text), expected);
        }
    }
}
