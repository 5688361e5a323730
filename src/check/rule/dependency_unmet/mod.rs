//! A key that does nothing without another one. Apple's schema does not state such pairs: each row is read from its documentation
//! (failure-modes A21). Windows dependencies are facts of the DDF and a rule of their own.

mod windows;

use super::{GroupRule, Subject, Verdict};
use crate::catalogue::KeyLookup;
use crate::catalogue::entry::Form;
use crate::check::carrier::{at, carriers, is};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::DependencyUnmet], explain: include_str!("explain.md"), run };

/// A key, and the value that it must have.
type Need = (&'static str, Option<&'static str>);

/// `key`, where it is `when`, needs one of `needs`.
struct Row {
    owner: &'static str,
    key: &'static str,
    when: Option<&'static str>,
    needs: &'static [Need],
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
    // A filter that comes from an app must be told what to filter.
    Row {
        owner: "com.apple.webcontent-filter",
        key: "FilterType",
        when: Some("Plugin"),
        needs: &[
            ("FilterBrowsers", Some("true")),
            ("FilterPackets", Some("true")),
            ("FilterSockets", Some("true")),
            ("FilterURLs", Some("true")),
        ],
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
            // What the platform does not have cannot be missing on it.
            let needs: Vec<&Need> = row.needs.iter().filter(|(key, _)| on_platform(subject, row.owner, key)).collect();
            let counts = row.when.is_none_or(|when| is(&subject.setting.value, when));
            let met = needs.iter().any(|(key, value)| {
                at(subjects, &members, &[key])
                    .is_some_and(|(_, other)| value.is_none_or(|value| is(&other.setting.value, value)))
            });
            if counts && !met && !needs.is_empty() {
                verdicts.push((n, Verdict::Wrong(finding(subject, row, &needs))));
            }
        }
    }
    verdicts.extend(windows::verdicts(subjects));
    verdicts
}

fn on_platform(subject: &Subject<'_>, owner: &str, key: &str) -> bool {
    let found = subject.catalogue.key(Form::Profile, owner, &[key.to_owned()]);
    let KeyLookup::Found(found) = found else { return false };
    found.iter().any(|found| found.support(subject.target.platform.value).is_some())
}

fn finding(subject: &Subject<'_>, row: &Row, needs: &[&Need]) -> Diagnostic {
    let needs: Vec<String> = needs
        .iter()
        .map(|(key, value)| value.map_or(format!("`{key}`"), |value| format!("`{key}: {value}`")))
        .collect();
    let needs = needs.join(" or ");
    let message = format!("`{}` of `{}` does nothing without {needs}", row.key, row.owner);
    Diagnostic::new(Code::DependencyUnmet, subject.setting.span, message)
        .help(format!("add {needs} to the same payload, or leave `{}` out", row.key))
}
