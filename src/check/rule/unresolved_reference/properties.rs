//! A predicate that asks for a property which no `com.apple.management.properties` of the group sets: it is never true.

use super::{GroupRule, Subject, Verdict};
use crate::check::predicate;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic};

/// A third rule of this page.
pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::UnresolvedReference], explain: include_str!("explain.md"), run };

const PROPERTIES: &str = "com.apple.management.properties";

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for (n, subject) in subjects.iter().enumerate() {
        let setting = subject.setting;
        let Some(Ok(asked)) = predicate::text(setting).map(predicate::read) else { continue };
        let set = subjects.iter().map(|subject| &subject.setting.address);
        let set = set.filter(|other| other.owner == PROPERTIES && other.channel == setting.address.channel);
        let set: Vec<&str> = set.filter_map(|address| address.keys().first()).map(String::as_str).collect();
        for property in asked.properties.into_iter().filter(|property| !set.contains(property)) {
            let cure = format!("add `declaration: {PROPERTIES}` with `keys: {{ {property}: … }}`");
            let message = format!("the group sets no property `{property}`, which this predicate asks for");
            let finding = Diagnostic::new(Code::UnresolvedReference, setting.span, message)
                .help(did_you_mean(property, set.iter().copied()).unwrap_or(cure));
            verdicts.push((n, Verdict::Wrong(finding)));
        }
    }
    verdicts
}
