//! Cures of which there is one: the vendor's spelling of a name, and `<true/>` or `<false/>` for 1 or 0 where a boolean is wanted. They are
//! written into the text that was read, so that nothing else of a file changes; a signed file has none.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::reader::{Item, Kind, Reading, Readings};
use crate::setting::Value;
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeMap;

/// The cure of a finding on an item of a file with that text; none where it is not certain, or the file is signed.
pub(super) fn of(reading: &Reading, item: &Item, text: &str, finding: &Diagnostic) -> Option<Fix> {
    match finding.code {
        Code::WrongType if finding.message.contains(" takes `true` or `false`") && is_curable(reading) => {
            let span = item.setting.span;
            let number = inside(text, span, "integer");
            let right = match (&item.setting.value, text.get(number.start as usize..number.end as usize)?) {
                (Value::Integer(0), "0") if number != span => "<false/>",
                (Value::Integer(1), "1") if number != span => "<true/>",
                _ => return None,
            };
            Some(Fix { span, text: right.to_owned() })
        }
        _ => of_word(reading, text, finding),
    }
}

/// The cure of a word that the vendor writes with other capitals.
pub(super) fn of_word(reading: &Reading, text: &str, finding: &Diagnostic) -> Option<Fix> {
    let fix = finding.fix.clone().filter(|_| finding.code == Code::WrongCase && is_curable(reading))?;
    let span = inside(text, fix.span, "string");
    let written = text.get(span.start as usize..span.end as usize)?;
    (is_name(&fix.text) && written.eq_ignore_ascii_case(&fix.text)).then_some(Fix { span, ..fix })
}

fn is_curable(reading: &Reading) -> bool {
    reading.signature.is_none() && reading.kind == Kind::Profile
}

/// The content of an element, where a place is one of that name and nothing more.
fn inside(text: &str, span: Span, name: &str) -> Span {
    let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let begin = format!("<{name}>");
    let content = written.strip_prefix(begin.as_str()).and_then(|rest| rest.strip_suffix(&format!("</{name}>")));
    match content {
        Some(content) => {
            let start = span.start as usize + begin.len();
            Span::new(span.file, start, start + content.len())
        }
        None => span,
    }
}

/// What needs no escaping, wherever it stands.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// A file with its certain cures written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Its path.
    pub path: String,
    /// The text that was read.
    pub before: String,
    /// The same, cured.
    pub after: String,
    /// How many cures.
    pub cures: usize,
}

/// The files that certain cures change, sorted by path.
pub fn fixed(readings: &Readings, found: &Diagnostics) -> Vec<Fixed> {
    let mut cures: BTreeMap<FileId, Vec<&Fix>> = BTreeMap::new();
    for fix in found.iter().filter_map(|finding| finding.fix.as_ref()) {
        cures.entry(fix.span.file).or_default().push(fix);
    }
    cures.into_iter().filter_map(|(file, fixes)| one(&readings.sources, file, fixes)).collect()
}

fn one(sources: &Sources, file: FileId, mut fixes: Vec<&Fix>) -> Option<Fixed> {
    let before = sources.text(file);
    fixes.sort_unstable();
    fixes.dedup();
    let (mut after, mut end, mut cures) = (String::with_capacity(before.len()), 0, 0);
    for fix in fixes {
        let (start, stop) = (fix.span.start as usize, fix.span.end as usize);
        // Of two that meet the first is taken; the next run finds the other.
        if start < end || stop < start || before.get(start..stop).is_none() {
            continue;
        }
        after.push_str(&before[end..start]);
        after.push_str(&fix.text);
        (end, cures) = (stop, cures + 1);
    }
    after.push_str(&before[end..]);
    (cures > 0).then(|| Fixed { path: sources.path(file).to_owned(), before: before.to_owned(), after, cures })
}
