//! A passcode that is demanded, and that nobody may set.

use super::{Rule, Subject};
use crate::control::invert::agree;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Setting, Value};
use std::cmp::Ordering;

pub(super) const RULE: Rule =
    Rule { codes: &[Code::PasscodeCannotBeSet], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let is = |setting: &&Setting, wanted: bool| agree(&setting.value, &Value::Boolean(wanted)) == Some(Ordering::Equal);
    let frozen =
        subject.key("com.apple.applicationaccess", "allowPasscodeModification").filter(|setting| is(setting, false));
    let demanded = subject
        .key("com.apple.mobiledevice.passwordpolicy", "forcePIN")
        .filter(|setting| is(setting, true))
        .or_else(|| {
            subject
                .key("com.apple.configuration.passcode.settings", "RequirePasscode")
                .filter(|setting| is(setting, true))
        });
    let (Some(frozen), Some(demanded)) = (frozen, demanded) else { return Vec::new() };
    vec![
        Diagnostic::new(
            Code::PasscodeCannotBeSet,
            frozen.span,
            "a passcode is demanded, and `allowPasscodeModification: false` keeps people from ever setting it",
        )
        .also(demanded.span, "demanded here")
        .help("remove `allowPasscodeModification`, or write `true`"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(give: &str, allowed: &str, expected: usize) {
        let raw = format!(
            "{{ platforms: [iOS], payload: com.apple.applicationaccess, keys: {{ allowPasscodeModification: {allowed} }} }}"
        );
        assert_eq!(judge(Platform::Ios, &bind(&[("passcode", give)]), &raw).len(), expected, "{give} {allowed}");
    }

    #[test]
    fn a_demanded_passcode_can_be_set() {
        check("{}", "false", 1);
        check("{}", "true", 0);
        check("{ required: false }", "false", 0);
    }
}
