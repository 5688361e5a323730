//! Apple calls the key deprecated in the group's OS: it works, and a form of the demand that does not use it is preferred
//! (failure-modes A24, language.md §5 `either`).

mod successor;
pub(crate) mod windows;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::availability::{judge_present, version};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::Deprecated], explain: include_str!("explain.md"), run };

const OTHERWISE: &str = "ask for what takes its place, often a declaration; `policyc catalogue search` finds names";

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    if let Facts::Node(found) = subject.facts {
        return windows::check(subject, found).into_iter().collect();
    }
    let owner = subject.setting.address.owner.as_str();
    let key = subject.setting.address.keys().first().map_or("", String::as_str);
    let (platform, os) = (subject.target.platform.value, &subject.target.os);
    judge_present(subject, |stated, support| {
        // What is gone is not also on its way out.
        if version(&support.removed).is_some_and(|removed| removed <= os.value) {
            return None;
        }
        let deprecated = version(&support.deprecated).filter(|deprecated| *deprecated <= os.value)?;
        let message = format!("since {platform} {deprecated} it is deprecated to use {}", stated.name());
        let finding = Diagnostic::new(Code::Deprecated, stated.span(), message)
            .also(os.span, format!("the group's oldest is {}", os.value))
            .help(successor::of(owner, key).unwrap_or_else(|| OTHERWISE.to_owned()));
        Some(Verdict::Remark(finding))
    })
}
