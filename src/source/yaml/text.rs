//! Bytes → text: what may be read at all, and characters that have no place in it.

use super::{MAX_FILE, MAX_REPEATED};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Content, FileId, Sources, Span};

/// The text of a file that may be read.
pub(super) fn of<'a>(sources: &'a Sources, file: FileId, found: &mut Diagnostics) -> Option<&'a str> {
    let start = Span::new(file, 0, 0);
    match &sources.file(file)?.content {
        Content::TooLarge(size) => {
            found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    start,
                    format!("the file has {size} bytes; a source may have {MAX_FILE}"),
                )
                .help("split it: an organisation may have any number of policy files"),
            );
            None
        }
        Content::Refused(why) => {
            found.push(
                Diagnostic::new(Code::UnreadableFile, start, why.clone())
                    .help("put the file itself into policy-sources, or remove it"),
            );
            None
        }
        Content::Bytes(bytes) if bytes.len() as u64 > MAX_FILE => {
            let size = bytes.len();
            found.push(
                Diagnostic::new(
                    Code::TooLarge,
                    start,
                    format!("the file has {size} bytes; a source may have {MAX_FILE}"),
                )
                .help("split it: an organisation may have any number of policy files"),
            );
            None
        }
        Content::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                found.push(
                    Diagnostic::new(
                        Code::UnreadableFile,
                        Span::new(file, error.valid_up_to(), error.valid_up_to()),
                        format!("the file is not UTF-8 (byte {})", error.valid_up_to()),
                    )
                    .help("save it as UTF-8"),
                );
                None
            }
        },
    }
}

/// Characters that reorder what a reader sees (Unicode bidirectional controls) can hide a change from a reviewer.
pub(super) fn warn_of_bidirectional(file: FileId, text: &str, found: &mut Diagnostics) {
    let is_control =
        |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    for (at, c) in text.char_indices().filter(|(_, c)| is_control(*c)).take(MAX_REPEATED) {
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
