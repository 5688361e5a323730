//! JSON for other programs: one document on every command. What a command has to say of its own stands beside `entries`, `findings`
//! and `counts`. Fields are added, never renamed or removed, within version 1.

use crate::diagnostic::Severity;
use crate::diagnostic::render::{Finding, obeyed};
use crate::report::{Ending, Report};
use serde_json::{Map, Value, json};

/// The version of every document.
const VERSION: u32 = 1;

/// The report as a document, with what its command has to say of its own.
pub(super) fn document(report: &Report) -> Value {
    let mut document = Map::new();
    document.insert("version".to_owned(), VERSION.into());
    if let Ending::Failed { message, help } = &report.ending {
        document.insert("failure".to_owned(), json!({ "message": message, "help": help }));
        return Value::Object(document);
    }
    document.insert("command".to_owned(), report.command.into());
    document.extend(report.own.clone());
    let findings: Vec<Finding> = report.entries.iter().filter_map(|entry| entry.finding()).collect();
    let mut counts = report.counts;
    for finding in &findings {
        match finding.severity {
            Severity::Error => counts.errors += 1,
            Severity::Warning => counts.warnings += 1,
            Severity::Note => counts.notes += 1,
        }
    }
    let findings: Vec<&Finding> = report.findings.iter().chain(&findings).collect();
    document.insert("entries".to_owned(), json!(report.entries));
    document.insert("findings".to_owned(), json!(findings));
    document.insert("counts".to_owned(), json!(counts));
    Value::Object(document)
}

/// A value as text. What a terminal would obey is written as `\u` and four digits, which a reader of JSON turns back: nothing is lost,
/// and nobody who looks at the text is deceived.
pub fn text(value: &Value) -> String {
    let text = format!("{value:#}");
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Outside of strings JSON has no such characters, and inside of them none that stands behind a backslash.
        if obeyed(c) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_comes_back() {
        let hostile = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{7f}\u{feff}\n\\";
        let text = text(&json!({ hostile: [hostile] }));
        assert!(!text.contains(|c: char| c != '\n' && obeyed(c)) && !text.contains('\u{7f}'), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({ hostile: [hostile] }));
    }
}
