//! Comments that allow a finding: one without a reason, of a code that there is not, or of a fault that is gone.

use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// The page of both codes.
pub(crate) const PAGE: (&[Code], &str) = (&[Code::UnusedSuppression], include_str!("explain.md"));

/// What is wrong with a comment.
pub(crate) fn finding(code: Result<Code, &str>, has_reason: bool, span: Span) -> Diagnostic {
    let (message, help) = match code {
        Err(word) => {
            let near = did_you_mean(word, Code::ALL.iter().map(|code| code.name()));
            let word: String = word.chars().take(40).collect();
            (
                format!("no finding has the code `{word}`"),
                near.unwrap_or_else(|| "codes stand in brackets after `error`".to_owned()),
            )
        }
        Ok(code) if !has_reason => (
            format!("`{code}` is allowed here, and no reason is given"),
            format!("write it behind the code: `policyc: allow {code} REASON`"),
        ),
        Ok(code) => {
            (format!("`{code}` is allowed here, and nothing of it is found"), "take the comment out".to_owned())
        }
    };
    Diagnostic::new(Code::UnusedSuppression, span, message).help(help)
}
