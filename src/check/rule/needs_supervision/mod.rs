//! Apple's `supervised`, and declarations whose only enrolment is `supervised` (failure-modes A6).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::Support;
use crate::check::availability::judge_present;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Enrolment;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::NeedsSupervision], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let target = subject.target;
    if target.supervised.value {
        return Vec::new();
    }
    judge_present(subject, |stated, support| {
        if !needs_it(support, target.enrolment.value) {
            return None;
        }
        let message = format!("only supervised devices take {}", stated.name());
        let finding = Diagnostic::new(Code::NeedsSupervision, stated.span(), message)
            .also(target.supervised.span, "the group is not supervised")
            .also(target.enrolment.span, format!("enrolment is `{}`", target.enrolment.value))
            .help("supervise the devices and write `supervised: true`, or leave it out for this group");
        Some(Verdict::CannotTake(finding))
    })
}

/// A declaration for supervised devices says so in its enrolments; that none of them is the group's is another rule's to say.
fn needs_it(support: &Support, enrolment: Enrolment) -> bool {
    let declared = support
        .allowed_enrollments
        .as_deref()
        .is_some_and(|allowed| enrolment == Enrolment::Device && has(allowed, "supervised") && !has(allowed, "device"));
    support.supervised == Some(true) || declared
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|have| have == word)
}
