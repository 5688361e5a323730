//! Apple's enrolment facts: `userenrollment.mode`, `allowed-enrollments` of declarations, and what needs a server, user-approved or
//! automated enrolment (apple.md §1).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::{Form, Support};
use crate::check::availability::judge_present;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Enrolment, Target};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::ForbiddenUnderEnrolment], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let target = subject.target;
    judge_present(subject, |stated, support| {
        let (why, cure) = forbidden(target, stated.schema.form, support)?;
        let enrolment = &target.enrolment;
        let message = format!("enrolment `{}` {why} {}", enrolment.value, stated.name());
        let finding = Diagnostic::new(Code::ForbiddenUnderEnrolment, stated.span(), message)
            .also(enrolment.span, format!("enrolment is `{}`", enrolment.value))
            .help(format!("{cure}, or leave it out for this group"));
        Some(Verdict::CannotTake(finding))
    })
}

fn forbidden(target: &Target, form: Form, support: &Support) -> Option<(&'static str, &'static str)> {
    let mode = support.userenrollment.as_deref();
    match target.enrolment.value {
        Enrolment::User if mode == Some("forbidden") => Some(("does not allow", "enrol the devices as `device`")),
        Enrolment::Device | Enrolment::Manual if mode == Some("required") => {
            Some(("is not User Enrollment, which is needed for", "enrol the devices as `user`"))
        }
        Enrolment::Manual if form == Form::Command => Some(("has no server to send", "enrol the devices as `device`")),
        Enrolment::Manual if support.allowmanualinstall == Some(false) || support.userapprovedmdm == Some(true) => {
            Some(("has no server, which is needed for", "enrol the devices as `device`"))
        }
        _ if support.requiresdep == Some(true) && !target.supervised.value => Some((
            "alone is not automated enrolment, which is needed for",
            "supervise the devices by automated enrolment",
        )),
        enrolment => {
            let allowed = support.allowed_enrollments.as_deref()?;
            // Supervised devices are enrolled as `device` too; that supervision is missing is `needs_supervision`'s to say.
            let word = |word: &str| allowed.iter().any(|have| have == word);
            let fits = match enrolment {
                Enrolment::Device => word("device") || word("supervised"),
                Enrolment::User => word("user"),
                Enrolment::Manual => word("local"),
            };
            (!fits).then_some(("does not allow", "enrol the devices otherwise"))
        }
    }
}
