//! Apple calls the key deprecated in the group's OS: it works, and a form of the demand that does not use it is preferred
//! (failure-modes A24, language.md §5 `either`).

mod successor;
pub(crate) mod windows;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::availability::{judge_present, version};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Delivery;
use successor::Successor;

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
            .help(cure(subject, successor::of(owner, key)));
        Some(Verdict::Remark(finding))
    })
}

/// What to do: a declaration helps only where the server takes declarations, and nobody needs both (apple.md §3).
fn cure(subject: &Subject<'_>, successor: Option<Successor>) -> String {
    let takes = subject.target.deliver.iter().any(|form| form.value == Delivery::Declarations);
    match successor {
        None => OTHERWISE.to_owned(),
        Some(Successor::Key(name)) => format!("write `{name}`"),
        Some(Successor::Payload(name)) => format!("write `payload: {name}`"),
        Some(Successor::Declaration(name)) if takes => format!("write `declaration: {name}` in its place"),
        Some(Successor::Declaration(name)) => format!(
            "write `declaration: {name}` in its place, and `declarations` in the group's `deliver` where the server takes them; \
             `either` holds both forms for groups that differ"
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Rules;
    use crate::check::sample::run;

    fn check(deliver: &str, expected: &str) {
        let group = format!("{{ platform: iOS, os: '26.4', supervised: true, deliver: {deliver} }}");
        let entry = "{ payload: com.apple.applicationaccess, keys: { allowDictation: false } }";
        let run = run(Rules::all(), &format!("group: {group}\nsettings:\n  - {entry}\n"));
        let [only] = run.lines().try_into().unwrap_or_else(|lines| panic!("{lines:?}"));
        let only: String = only;
        assert!(only.starts_with("warning deprecated") && only.contains(expected), "{only}");
    }

    #[test]
    fn the_cure_fits_what_the_server_takes() {
        check(
            "[mobileconfig, declarations]",
            "write `declaration: com.apple.configuration.keyboard.settings` in its place",
        );
        check("[mobileconfig]", "`declarations` in the group's `deliver`");
    }
}
