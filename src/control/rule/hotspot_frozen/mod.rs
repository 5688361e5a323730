//! The hotspot stays as it happens to be: people may not change it, and nobody chose how it is, or a clause lets them use it.

use super::{Rule, Subject, given, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Platform, Value};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::HotspotFrozen], explain: include_str!("explain.md"), judges: &[], run };

const MAY_CHANGE: &str = "user-may-change";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let on_phone = subject.target.platform.value == Platform::Ios;
    let Some(bound) = subject.control("hotspot").filter(|_| on_phone) else { return Vec::new() };
    if given(bound, MAY_CHANGE) != Some(&Value::Boolean(false)) {
        return Vec::new();
    }
    let contributions =
        bound.parameters.get(MAY_CHANGE).map(|parameter| parameter.contributions.as_slice()).unwrap_or_default();
    let permits = contributions.iter().find(|contribution| contribution.value == Some(Value::Boolean(true)));
    let finding = |cause: String| Diagnostic::new(Code::HotspotFrozen, place_of(bound, MAY_CHANGE), cause);
    if let Some(permits) = permits {
        let cause =
            format!("people may not change the hotspot, and clause `{}` lets them use it", permits.clause.clause);
        return vec![finding(cause).also(permits.span, "permitted here").help("let the two clauses agree")];
    }
    if given(bound, "initial-state") == Some(&Value::text("leave")) {
        let cause = "people may not change the hotspot, and it stays as it happens to be".to_owned();
        return vec![
            finding(cause).help("say how it is to be: `initial-state: off`, which is a command for the server"),
        ];
    }
    Vec::new()
}
