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
    let stated =
        bound.parameters.get(LIMIT).is_none_or(|parameter| matches!(parameter.basis, Basis::Stated | Basis::Excepted));
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

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::{Basis, Platform};

    fn check(platform: Platform, give: &str, basis: Basis, expected: &[&str]) {
        let mut controls = bind(&[("passcode", give)]);
        controls[0].parameters.get_mut(super::LIMIT).unwrap().basis = basis;
        assert_eq!(judge(platform, &controls, ""), expected, "{give}");
    }

    #[test]
    fn somebody_has_decided_that_a_phone_erases_itself() {
        let found = "warning erase-without-clause: devices erase themselves after 10 failed attempts, and no written text asks for it";
        check(Platform::Ios, "{ max-failed-attempts: 10 }", Basis::Assumed, &[found]);
        check(Platform::Ios, "{ max-failed-attempts: 10 }", Basis::Stated, &[]);
        check(Platform::MacOs, "{ max-failed-attempts: 10 }", Basis::Assumed, &[]);
        check(Platform::Ios, "{}", Basis::Default, &[]);
    }
}
