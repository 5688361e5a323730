//! Settings that do more than they say (failure-modes A10, A19, A20): each row is read from Apple's documentation.

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
        (Family::Declaration, "com.apple.configuration.app.settings", "Allowed")
            if address.keys().get(1).is_some_and(|key| key == "AllowedBinaries") && !lets_apple_in(value) =>
        {
            Some(
                finding("no entry of `AllowedBinaries` is for Apple's own programs: whatever is not listed does not start, \
                         apps of Apple's among it".to_owned())
                    .help("add an entry with `SigningState: Apple`, unless each program of Apple's is listed by itself"),
            )
        }
        _ => None,
    }
}

/// Whether a list of programs that start has an entry for all that Apple signs.
fn lets_apple_in(list: &Value) -> bool {
    let Value::Array(entries) = list else { return true };
    let is_apples = |entry: &Value| {
        let Value::Dictionary(fields) = entry else { return false };
        let says = |name: &str, wanted: &str| {
            fields
                .get(name)
                .is_some_and(|field| matches!(&field.value, Value::Text(text) if text.eq_ignore_ascii_case(wanted)))
        };
        says("SigningState", "Apple") || says("TeamID", "Apple")
    };
    entries.iter().any(|entry| match &entry.value {
        // The schema calls the item by a name, which some write around it.
        Value::Dictionary(fields) if fields.len() == 1 && fields.contains_key("BinaryIdentifier") => {
            fields.values().any(|inner| is_apples(&inner.value))
        }
        entry => is_apples(entry),
    })
}
