//! Apple introduced the key after the oldest OS of the group.

mod windows;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::availability::{judge_present, version};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule = SettingRule { codes: &[Code::TooNew], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    if let Facts::Node(found) = subject.facts {
        return windows::check(subject, found).into_iter().collect();
    }
    let (platform, os) = (subject.target.platform.value, &subject.target.os);
    judge_present(subject, |stated, support| {
        let introduced = version(&support.introduced).filter(|introduced| *introduced > os.value)?;
        let message = format!("{platform} {introduced} is the first with {}", stated.name());
        let finding = Diagnostic::new(Code::TooNew, stated.span(), message)
            .also(os.span, format!("the group's oldest is {}", os.value))
            .help(format!("raise `os` to \"{introduced}\" if no device is older"))
            .help("or put the older devices in a group of their own (`part-of`)");
        Some(Verdict::CannotTake(finding))
    })
}
