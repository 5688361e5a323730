//! The drive is hidden, and a clause lets people keep copies on it for a while: those they could not find again.

use super::{Rule, Subject, given, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Platform, Value};

pub(super) const RULE: Rule = Rule {
    codes: &[Code::LocalCopiesHidden],
    explain: include_str!("explain.md"),
    judges: &[("local-storage", COPIES)],
    run,
};

const COPIES: &str = "temporary-copies";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let on_windows = subject.target.platform.value == Platform::Windows;
    let Some(bound) = subject.control("local-storage").filter(|_| on_windows) else { return Vec::new() };
    if given(bound, "method") != Some(&Value::text("hide-drive")) {
        return Vec::new();
    }
    // The stricter side wins the parameter, and what a clause permits stays permitted.
    let contributions = bound.parameters.get(COPIES).map(|copies| copies.contributions.as_slice()).unwrap_or_default();
    let permits = contributions.iter().find(|contribution| contribution.value == Some(Value::Boolean(true)));
    let Some(permits) = permits else { return Vec::new() };
    let cause = format!("the drive is hidden, and clause `{}` lets people keep copies on it", permits.clause.clause);
    vec![
        Diagnostic::new(Code::LocalCopiesHidden, place_of(bound, "method"), cause)
            .also(permits.span, "permitted here")
            .help("use `method: allowed-locations`, name another place for copies, or let the clauses agree"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(give: &str, expected: &[&str]) {
        assert_eq!(judge(Platform::Windows, &bind(&[("local-storage", give)]), ""), expected, "{give}");
    }

    #[test]
    fn copies_that_are_permitted_can_be_found() {
        let hidden = "warning local-copies-hidden: the drive is hidden, and clause `1` lets people keep copies on it";
        check("{ temporary-copies: true }", &[hidden]);
        check("{ temporary-copies: false }", &[]);
        check("{ method: allowed-locations, temporary-copies: true }", &[]);
        check("{}", &[]);
    }
}
