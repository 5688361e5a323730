//! Apple removed the key in the group's OS or before it.

mod windows;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::availability::{judge_present, version};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule = SettingRule { codes: &[Code::Removed], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    if let Facts::Node(found) = subject.facts {
        return windows::check(subject, found).into_iter().collect();
    }
    let (platform, os) = (subject.target.platform.value, &subject.target.os);
    judge_present(subject, |stated, support| {
        let removed = version(&support.removed).filter(|removed| *removed <= os.value)?;
        let message = format!("{platform} {removed} took {} away", stated.name());
        let finding = Diagnostic::new(Code::Removed, stated.span(), message)
            .also(os.span, format!("the group's oldest is {}", os.value))
            .help("leave it out, or ask for what took its place; `policyc catalogue search` finds names");
        Some(Verdict::CannotTake(finding))
    })
}
