//! Apple's `userenrollment.mode: ignored`: accepted under User Enrollment, and without effect (failure-modes A8).

use super::{SettingRule, Subject, Verdict};
use crate::check::availability::judge_present;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Enrolment;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::IgnoredUnderEnrolment], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let enrolment = &subject.target.enrolment;
    if enrolment.value != Enrolment::User {
        return Vec::new();
    }
    judge_present(subject, |stated, support| {
        if support.userenrollment.as_deref() != Some("ignored") {
            return None;
        }
        let message = format!("under User Enrollment a device accepts and ignores {}", stated.name());
        let finding = Diagnostic::new(Code::IgnoredUnderEnrolment, stated.span(), message)
            .also(enrolment.span, "enrolment is `user`")
            .help("enrol the devices as `device`, or say in the clause's class that it does not hold for this group");
        Some(Verdict::CannotTake(finding))
    })
}
