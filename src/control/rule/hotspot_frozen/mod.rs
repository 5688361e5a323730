//! The hotspot stays as it happens to be: people may not change it, and nobody chose how it is, or a clause lets them use it.

use super::{Rule, Subject, given, place_of};
use crate::control::Bound;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Platform, Value};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::HotspotFrozen], explain: include_str!("explain.md"), judges: &[], run };

const MAY_CHANGE: &str = "user-may-change";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let on_phone = subject.target.platform.value == Platform::Ios;
    let Some(bound) = subject.control("hotspot").filter(|_| on_phone) else { return Vec::new() };
    let radio = Radio { code: Code::HotspotFrozen, name: "the hotspot", state: "initial-state" };
    frozen(bound, &radio).into_iter().collect()
}

/// Something that can be frozen as it is.
pub(super) struct Radio {
    pub(super) code: Code,
    pub(super) name: &'static str,
    /// The parameter that says how it is to be.
    pub(super) state: &'static str,
}

/// What is wrong where people may not change it.
pub(super) fn frozen(bound: &Bound, radio: &Radio) -> Option<Diagnostic> {
    if given(bound, MAY_CHANGE) != Some(&Value::Boolean(false)) {
        return None;
    }
    let name = radio.name;
    let contributions =
        bound.parameters.get(MAY_CHANGE).map(|parameter| parameter.contributions.as_slice()).unwrap_or_default();
    let permits = contributions.iter().find(|contribution| contribution.value == Some(Value::Boolean(true)));
    let finding = |cause: String| Diagnostic::new(radio.code, place_of(bound, MAY_CHANGE), cause);
    if let Some(permits) = permits {
        let cause = format!("people may not change {name}, and clause `{}` lets them use it", permits.clause.clause);
        return Some(finding(cause).also(permits.span, "permitted here").help("let the two clauses agree"));
    }
    let left = given(bound, radio.state) == Some(&Value::text("leave"));
    left.then(|| {
        finding(format!("people may not change {name}, and it stays as it happens to be"))
            .help(format!("say how it is to be: `{}: off`, which is a command for the server", radio.state))
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::control::Contribution;
    use crate::setting::{Platform, Value};

    fn check(give: &str, expected: &[&str]) {
        assert_eq!(judge(Platform::Ios, &bind(&[("hotspot", give)]), ""), expected, "{give}");
    }

    #[test]
    fn a_hotspot_is_frozen_in_a_state_that_somebody_chose() {
        check("{ user-may-change: false, initial-state: off }", &[]);
        check("{ user-may-change: true, initial-state: leave }", &[]);
        check(
            "{ user-may-change: false, initial-state: leave }",
            &["warning hotspot-frozen: people may not change the hotspot, and it stays as it happens to be"],
        );
    }

    #[test]
    fn what_a_clause_lets_people_use_is_not_frozen() {
        let mut controls = bind(&[("hotspot", "{ user-may-change: false }")]);
        let parameter = controls[0].parameters.get_mut(super::MAY_CHANGE).unwrap();
        let permits =
            Contribution { value: Some(Value::Boolean(true)), decided: false, ..parameter.contributions[0].clone() };
        parameter.contributions.push(permits);
        assert_eq!(
            judge(Platform::Ios, &controls, ""),
            ["warning hotspot-frozen: people may not change the hotspot, and clause `1` lets them use it",]
        );
    }
}
