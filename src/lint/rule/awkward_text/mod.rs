//! Text that tools show as one changed block, or as none: UTF-16, a byte-order mark, carriage returns (failure-modes C2).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::Correction;
use crate::source::Span;

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::AwkwardText], explain: Some(include_str!("explain.md")), run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let words = |correction: &Correction| match correction {
        Correction::Utf16 => Some("UTF-16"),
        Correction::ByteOrderMark => Some("a byte-order mark"),
        Correction::CarriageReturns => Some("carriage returns"),
        _ => None,
    };
    let had: Vec<&str> = file.reading.corrections.iter().filter_map(words).collect();
    if had.is_empty() {
        return Vec::new();
    }
    let message = format!("the text has {}, which reviews of changes do not show well", had.join(" and "));
    let finding = Diagnostic::new(Code::AwkwardText, Span::NOWHERE, message);
    vec![finding.help("keep it as UTF-8 without a mark, lines ending in a line feed alone")]
}
