//! What was wrong when lint was adopted: findings that are known, by what they say and not by their lines, so that only new ones count.

use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use crate::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The form of the file.
const VERSION: u64 = 1;

/// Known findings: path, code and message, and how often each stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<(String, String, String), usize>,
}

impl Baseline {
    /// What is found now, notes apart.
    pub fn of(found: &Diagnostics, sources: &Sources) -> Baseline {
        let mut known = BTreeMap::new();
        for finding in found.iter().filter(|finding| finding.severity != Severity::Note) {
            *known.entry(key(finding, sources)).or_default() += 1;
        }
        Baseline { known }
    }

    /// Reads the file of one; what is wrong with it where it is none.
    pub fn parse(bytes: &[u8]) -> Result<Baseline, String> {
        let root: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
        if root.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(format!("it is no baseline of version {VERSION}"));
        }
        let list = root.get("known").and_then(Value::as_array).ok_or("it has no list `known`")?;
        let mut known = BTreeMap::new();
        for (n, one) in list.iter().enumerate() {
            let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
            let (Some(path), Some(code), Some(message)) = (text("path"), text("code"), text("message")) else {
                return Err(format!("`known[{n}]` lacks `path`, `code` or `message`"));
            };
            let count = one.get("count").and_then(Value::as_u64).unwrap_or(1);
            *known.entry((path, code, message)).or_default() += usize::try_from(count).unwrap_or(usize::MAX);
        }
        Ok(Baseline { known })
    }

    /// The text of its file.
    pub fn print(&self) -> String {
        let one = |((path, code, message), count): (&(String, String, String), &usize)| json!({ "path": path, "code": code, "message": message, "count": count });
        let known: Vec<Value> = self.known.iter().map(one).collect();
        let text = serde_json::to_string_pretty(&json!({ "version": VERSION, "known": known }));
        format!("{}\n", text.unwrap_or_default())
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.known.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Takes out what is known; how many were taken out, and how many of the known ones are there no more.
    pub fn take_out(&self, found: &mut Diagnostics, sources: &Sources) -> (usize, usize) {
        let mut left = self.known.clone();
        let before = found.iter().count();
        found.retain(|finding| match left.get_mut(&key(finding, sources)) {
            Some(count) if *count > 0 && finding.severity != Severity::Note => {
                *count -= 1;
                false
            }
            _ => true,
        });
        (before - found.iter().count(), Baseline { known: left }.len())
    }
}

fn key(finding: &Diagnostic, sources: &Sources) -> (String, String, String) {
    let path = match &finding.place {
        Place::Source(span) => sources.path(span.file),
        Place::Artefact { path, .. } => path,
    };
    (path.to_owned(), finding.code.name().to_owned(), finding.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    fn found(messages: &[&str]) -> Diagnostics {
        let mut found = Diagnostics::default();
        for message in messages {
            found.push(Diagnostic::new(Code::UnknownKey, Span::NOWHERE, *message));
        }
        found
    }

    fn check(before: &[&str], now: &[&str], left: &[&str], gone: usize) {
        let sources = Sources::default();
        let baseline = Baseline::of(&found(before), &sources);
        assert_eq!(Baseline::parse(baseline.print().as_bytes()), Ok(baseline.clone()));
        let mut found = found(now);
        let (taken, stale) = baseline.take_out(&mut found, &sources);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!((messages.as_slice(), taken, stale), (left, now.len() - left.len(), gone));
    }

    #[test]
    fn what_is_known_is_taken_out_as_often_as_it_was() {
        check(&["a", "b"], &["b", "a"], &[], 0);
        check(&["a"], &["a", "a"], &["a"], 0);
        check(&["a", "a", "b"], &["a", "c"], &["c"], 2);
    }

    #[test]
    fn what_is_no_baseline_is_told() {
        for text in
            ["", "[]", "{}", r#"{"version": 1}"#, r#"{"version": 1, "known": [{}]}"#, r#"{"version": 2, "known": []}"#]
        {
            assert!(Baseline::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
