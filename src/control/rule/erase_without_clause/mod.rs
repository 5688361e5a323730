//! An iPhone erases itself after so many failed attempts, and no written text says so.

use super::{Rule, Subject, given, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Basis, Platform};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::EraseWithoutClause], explain: include_str!("explain.md"), judges: &[], run };

const LIMIT: &str = "max-failed-attempts";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    // A Mac locks instead.
    let erases = subject.target.platform.value != Platform::MacOs && subject.target.platform.value.is_apple();
    let Some(bound) = subject.control("passcode").filter(|_| erases) else { return Vec::new() };
    let stated = bound.parameters.get(LIMIT).is_none_or(|parameter| parameter.basis == Basis::Stated);
    let Some(attempts) = given(bound, LIMIT).filter(|_| !stated) else { return Vec::new() };
    vec![
        Diagnostic::new(
            Code::EraseWithoutClause,
            place_of(bound, LIMIT),
            format!("devices erase themselves after {attempts} failed attempts, and no written text asks for it"),
        )
        .help(format!("remove `{LIMIT}`; or have the policy's owner decide it, and take it out of `assumed`")),
    ]
}
