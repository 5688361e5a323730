//! Settings that do more than they say (failure-modes A19, A20): each row is read from Apple's documentation.

mod windows;

use super::{Facts, SettingRule, Subject, Verdict};
use crate::check::carrier::is;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::{Channel, Family, Platform, Value};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::SideEffect], explain: include_str!("explain.md"), run };

const PASSCODE: &str = "com.apple.mobiledevice.passwordpolicy";

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let effect = match subject.facts {
        Facts::Node(found) => windows::check(subject, found),
        Facts::Key(_) | Facts::Nothing(_) => effect(subject),
    };
    effect.into_iter().map(Verdict::Remark).collect()
}

fn effect(subject: &Subject<'_>) -> Option<Diagnostic> {
    let address = &subject.setting.address;
    let key = address.keys().first().map(String::as_str)?;
    let platform = subject.target.platform.value;
    let value = &subject.setting.value;
    let finding = |message: String| Diagnostic::new(Code::SideEffect, subject.setting.span, message);
    match (address.family, address.owner.as_str(), key) {
        (Family::Profile, PASSCODE, "changeAtNextAuth") if address.channel == Channel::Device && is(value, "true") => {
            Some(
                finding(format!(
                    "on the device channel `{key}` makes every account change its password, administrators too"
                ))
                .help(
                    "take it out once the passwords have changed: it asks again whenever the profile is installed anew",
                ),
            )
        }
        (Family::Profile, PASSCODE, "maxFailedAttempts")
        | (Family::Declaration, "com.apple.configuration.passcode.settings", "MaximumFailedAttempts")
            if matches!(value, Value::Integer(_)) =>
        {
            // Somebody asked for it: worth a line in the report, and no more (a limit that no clause asks for is a rule of its own).
            let what = match platform {
                Platform::MacOs => "locks the Mac",
                _ => "erases the device",
            };
            Some(
                finding(format!("the attempt after the last of `{key}` {what}"))
                    .severity(Severity::Note)
                    .help("leave it out where that is not meant"),
            )
        }
        _ => None,
    }
}
