//! Bytes → text: what may be read at all, and characters that have no place in it.

use super::{MAX_FILE, MAX_REPEATED};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Body, FileId, Sources, Span};

/// The text of a file that may be read.
pub(super) fn of<'a>(sources: &'a Sources, file: FileId, found: &mut Diagnostics) -> Option<&'a str> {
    let start = Span::new(file, 0, 0);
    let finding = match &sources.file(file)?.content {
        Body::Text(text) if text.len() as u64 <= MAX_FILE => return Some(text),
        Body::Text(text) => too_large(start, text.len() as u64),
        Body::Bytes(bytes) if bytes.len() as u64 > MAX_FILE => too_large(start, bytes.len() as u64),
        Body::TooLarge(size) => too_large(start, *size),
        Body::Refused(why) => Diagnostic::new(Code::UnreadableFile, start, why.clone())
            .help("put the file itself into policy-sources, or remove it"),
        Body::Bytes(_) => {
            let good = sources.text(file).len();
            let cause = format!("the file is not UTF-8 (byte {good})");
            Diagnostic::new(Code::UnreadableFile, Span::new(file, good, good), cause).help("save it as UTF-8")
        }
    };
    found.push(finding);
    None
}

fn too_large(start: Span, size: u64) -> Diagnostic {
    let cause = format!("the file has {size} bytes; a source may have {MAX_FILE}");
    Diagnostic::new(Code::TooLarge, start, cause).help("split it: an organisation may have any number of policy files")
}

/// Characters that reorder what a reader sees (Unicode bidirectional controls) can hide a change from a reviewer.
pub(super) fn warn_of_bidirectional(file: FileId, text: &str, found: &mut Diagnostics) {
    let is_control =
        |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    // Their UTF-8 begins with one of these bytes, and no other part of a character does: few places need a second look.
    let may_begin = |byte: u8| matches!(byte, 0xE2 | 0xD8);
    let begins = text.bytes().enumerate().filter(|(_, byte)| may_begin(*byte)).map(|(at, _)| at);
    let all = begins.filter_map(|at| Some((at, text[at..].chars().next()?)));
    for (at, c) in all.filter(|(_, c)| is_control(*c)).take(MAX_REPEATED) {
        found.push(
            Diagnostic::new(
                Code::BidirectionalText,
                Span::new(file, at, at + c.len_utf8()),
                format!(
                    "the character U+{:04X} changes the direction of text: what is shown is not what is read",
                    c as u32
                ),
            )
            .help("remove it"),
        );
    }
}

/// Tabs outside scalars and comments. Inside a scalar a tab is text.
pub(super) fn report_tabs(file: FileId, text: &str, scalars: &[(usize, usize)], found: &mut Diagnostics) {
    if !text.contains('\t') {
        return;
    }
    let bytes = text.as_bytes();
    let (mut at, mut next, mut reported) = (0, 0, 0);
    while at < bytes.len() && reported < MAX_REPEATED {
        while scalars.get(next).is_some_and(|(_, end)| *end <= at) {
            next += 1;
        }
        match bytes[at] {
            _ if scalars.get(next).is_some_and(|(start, _)| *start <= at) => at = scalars[next].1,
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at = text[at..].find('\n').map_or(bytes.len(), |n| at + n);
            }
            b'\t' => {
                found.push(tab_finding(file, at));
                reported += 1;
                // One finding for tabs in a row.
                while bytes.get(at) == Some(&b'\t') {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
}

/// A tab that is not text.
pub(super) fn tab_finding(file: FileId, at: usize) -> Diagnostic {
    Diagnostic::new(Code::TabIndent, Span::new(file, at, at + 1), "a tab stands where YAML wants spaces")
        .help("write two spaces for each level")
        .fix(Span::new(file, at, at + 1), "  ")
}
