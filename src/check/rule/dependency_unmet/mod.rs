//! A key that does nothing without another one. Apple's schema does not state such pairs: each row is read from its documentation
//! (failure-modes A21). Windows dependencies are facts of the DDF and a rule of their own.

mod windows;

use super::{GroupRule, Subject, Verdict};
use crate::check::carrier::{at, carriers, is};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::DependencyUnmet], explain: include_str!("explain.md"), run };

/// `key`, where it is `when`, needs one of `needs`.
struct Row {
    owner: &'static str,
    key: &'static str,
    when: Option<&'static str>,
    needs: &'static [(&'static str, Option<&'static str>)],
}

const ROWS: &[Row] = &[
    Row {
        owner: "com.apple.mobiledevice.passwordpolicy",
        key: "minutesUntilFailedLoginReset",
        when: None,
        needs: &[("maxFailedAttempts", None)],
    },
    // A number of days without the switch that delays.
    Row {
        owner: "com.apple.applicationaccess",
        key: "enforcedSoftwareUpdateDelay",
        when: None,
        needs: &[
            ("forceDelayedSoftwareUpdates", Some("true")),
            ("forceDelayedAppSoftwareUpdates", Some("true")),
            ("forceDelayedMajorSoftwareUpdates", Some("true")),
        ],
    },
    Row {
        owner: "com.apple.applicationaccess",
        key: "enforcedSoftwareUpdateMajorOSDeferredInstallDelay",
        when: None,
        needs: &[("forceDelayedMajorSoftwareUpdates", Some("true"))],
    },
    Row {
        owner: "com.apple.applicationaccess",
        key: "enforcedSoftwareUpdateMinorOSDeferredInstallDelay",
        when: None,
        needs: &[("forceDelayedSoftwareUpdates", Some("true"))],
    },
    Row {
        owner: "com.apple.applicationaccess",
        key: "enforcedSoftwareUpdateNonOSDeferredInstallDelay",
        when: None,
        needs: &[("forceDelayedAppSoftwareUpdates", Some("true"))],
    },
    Row {
        owner: "com.apple.screensaver",
        key: "askForPassword",
        when: Some("true"),
        needs: &[("askForPasswordDelay", None)],
    },
    Row {
        owner: "com.apple.airplay.security",
        key: "SecurityType",
        when: Some("PASSWORD"),
        needs: &[("Password", None)],
    },
    Row {
        owner: "com.apple.webcontent-filter",
        key: "FilterSockets",
        when: Some("true"),
        needs: &[("FilterDataProviderBundleIdentifier", None)],
    },
    Row {
        owner: "com.apple.webcontent-filter",
        key: "FilterPackets",
        when: Some("true"),
        needs: &[("FilterPacketProviderBundleIdentifier", None)],
    },
];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for ((family, _, owner, _), members) in carriers(subjects) {
        for row in ROWS.iter().filter(|row| family == Family::Profile && row.owner == owner) {
            let Some((n, subject)) = at(subjects, &members, &[row.key]) else { continue };
            let counts = row.when.is_none_or(|when| is(&subject.setting.value, when));
            let met = row.needs.iter().any(|(key, value)| {
                at(subjects, &members, &[key])
                    .is_some_and(|(_, other)| value.is_none_or(|value| is(&other.setting.value, value)))
            });
            if counts && !met {
                verdicts.push((n, Verdict::Wrong(finding(subject, row))));
            }
        }
    }
    verdicts.extend(windows::verdicts(subjects));
    verdicts
}

fn finding(subject: &Subject<'_>, row: &Row) -> Diagnostic {
    let needs: Vec<String> = row
        .needs
        .iter()
        .map(|(key, value)| value.map_or(format!("`{key}`"), |value| format!("`{key}: {value}`")))
        .collect();
    let needs = needs.join(" or ");
    let message = format!("`{}` of `{}` does nothing without {needs}", row.key, row.owner);
    Diagnostic::new(Code::DependencyUnmet, subject.setting.span, message)
        .help(format!("add {needs} to the same payload, or leave `{}` out", row.key))
}
