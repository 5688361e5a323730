//! A secret of which an export holds a reference or stars: what is made from the export again has no secret, or is refused (failure-modes B32).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::Why;

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::MaskedSecret], explain: Some(include_str!("explain.md")), run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let masked = file.reading.unknown.iter().filter(|unknown| unknown.why == Why::Masked);
    let finding = |unknown: &crate::reader::Unknown| {
        let message =
            format!("the value of `{}` is kept by the console: the file has a reference to it alone", unknown.name);
        Diagnostic::new(Code::MaskedSecret, unknown.span, message)
            .help("take the secret from where it is kept before a policy is made from this file; without it the console refuses the policy")
    };
    masked.map(finding).collect()
}
