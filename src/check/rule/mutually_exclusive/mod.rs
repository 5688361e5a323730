//! Settings that cancel each other: pairs that somebody has read Apple's documentation for, since the schema does not state them
//! (failure-modes A14, A36; apple.md §3).

mod inside;
mod windows;

use super::{GroupRule, Subject, Verdict};
use crate::check::carrier::{at, carriers, is};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;
use std::collections::BTreeSet;

pub(crate) use inside::RULE as INSIDE;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::MutuallyExclusive], explain: include_str!("explain.md"), run };

/// Two keys of one payload; with `when`, only where both have that value.
struct Keys {
    owner: &'static str,
    keys: [&'static str; 2],
    when: Option<&'static str>,
    help: &'static str,
}

const KEYS: &[Keys] = &[
    // failure-modes A36
    Keys {
        owner: "com.apple.MCX",
        keys: ["DisableGuestAccount", "EnableGuestAccount"],
        when: Some("true"),
        help: "leave one of them: beside the switch that enables the account the other has no effect",
    },
    // com.apple.xsan: one of the two ways to find the SAN
    Keys {
        owner: "com.apple.xsan",
        keys: ["fsnameservers", "sanConfigURLs"],
        when: None,
        help: "leave the one that this SAN does not use",
    },
    // TopLevel: a profile ends on a day or after a time
    Keys {
        owner: "TopLevel",
        keys: ["DurationUntilRemoval", "RemovalDate"],
        when: None,
        help: "leave one of them: a profile ends once",
    },
    // One list under its old and its new name.
    Keys {
        owner: "com.apple.applicationaccess",
        keys: ["allowListedAppBundleIDs", "whitelistedAppBundleIDs"],
        when: None,
        help: "leave the older name out",
    },
    Keys {
        owner: "com.apple.applicationaccess",
        keys: ["blacklistedAppBundleIDs", "blockedAppBundleIDs"],
        when: None,
        help: "leave the older name out",
    },
];

/// A payload and a declaration for the same demand (apple.md §3): where nothing follows the name, all of it.
const FORMS: &[[&[&str]; 2]] = &[
    [&["com.apple.mobiledevice.passwordpolicy"], &["com.apple.configuration.passcode.settings"]],
    // What the payload says of apps no declaration says.
    [&[UPDATES, "AutomaticCheckEnabled"], &[DECLARED_UPDATES, "AutomaticActions", "Download"]],
    [&[UPDATES, "AutomaticDownload"], &[DECLARED_UPDATES, "AutomaticActions", "Download"]],
    [&[UPDATES, "AutomaticallyInstallMacOSUpdates"], &[DECLARED_UPDATES, "AutomaticActions", "InstallOSUpdates"]],
    [&[UPDATES, "CriticalUpdateInstall"], &[DECLARED_UPDATES, "AutomaticActions", "InstallSecurityUpdate"]],
    [&[UPDATES, "ConfigDataInstall"], &[DECLARED_UPDATES, "AutomaticActions", "InstallSecurityUpdate"]],
    [&[UPDATES, "AllowPreReleaseInstallation"], &[DECLARED_UPDATES, "Beta", "ProgramEnrollment"]],
];
const UPDATES: &str = "com.apple.SoftwareUpdate";
const DECLARED_UPDATES: &str = "com.apple.configuration.softwareupdate.settings";

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = pairs_of_keys(subjects);
    verdicts.extend(windows::verdicts(subjects));
    verdicts.extend(pairs_of_forms(subjects));
    verdicts
}

fn pairs_of_keys(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for ((family, _, owner, _), members) in carriers(subjects) {
        for row in KEYS.iter().filter(|row| family == Family::Profile && row.owner == owner) {
            let [a, b] = row.keys.map(|key| at(subjects, &members, &[key]));
            let (Some((_, first)), Some((n, second))) = (a, b) else { continue };
            let counts = |subject: &Subject<'_>| row.when.is_none_or(|when| is(&subject.setting.value, when));
            if counts(first) && counts(second) {
                let message = format!("`{}` and `{}` of `{owner}` cancel each other", row.keys[0], row.keys[1]);
                let finding = Diagnostic::new(Code::MutuallyExclusive, second.setting.span, message)
                    .also(first.setting.span, format!("`{}` here", row.keys[0]))
                    .help(row.help);
                verdicts.push((n, Verdict::Wrong(finding)));
            }
        }
    }
    verdicts
}

fn pairs_of_forms(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    // Most artefacts hold one of the two forms.
    let has = |family: Family| subjects.iter().any(|subject| subject.setting.address.family == family);
    if !has(Family::Profile) || !has(Family::Declaration) {
        return Vec::new();
    }
    let first_of = |family: Family, wanted: &[&str]| {
        subjects.iter().enumerate().find(|(_, subject)| {
            let address = &subject.setting.address;
            let named = std::iter::once(&address.owner).chain(address.keys()).map(String::as_str);
            address.family == family && named.take(wanted.len()).eq(wanted.iter().copied())
        })
    };
    let mut verdicts = Vec::new();
    let mut said = BTreeSet::new();
    for [payload, declaration] in FORMS {
        let (first, second) = (first_of(Family::Profile, payload), first_of(Family::Declaration, declaration));
        let (Some((_, first)), Some((n, second))) = (first, second) else { continue };
        if said.insert(&first.setting.address.owner) {
            let (payload, declaration) = (&first.setting.address.owner, &second.setting.address.owner);
            let message = format!("`{payload}` and `{declaration}` ask a device for the same in two forms");
            let finding = Diagnostic::new(Code::MutuallyExclusive, second.setting.span, message)
                .also(first.setting.span, "the payload here")
                .help("leave one of them, or write both as the forms of one `either`");
            verdicts.push((n, Verdict::Wrong(finding)));
        }
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use crate::check::Rules;
    use crate::check::sample::run;
    use crate::diagnostic::Code;

    fn check(keys: &str, expected: bool) {
        let text = format!(
            "group: {{ platform: macOS, os: \"15.4\", enrolment: device, supervised: true, deliver: [mobileconfig, declarations] }}\n\
             settings:\n  - {{ payload: com.apple.SoftwareUpdate, keys: {{ {keys} }} }}\n  - {{ declaration: \
             com.apple.configuration.softwareupdate.settings, keys: {{ AutomaticActions: {{ Download: AlwaysOn }} }} }}\n"
        );
        assert_eq!(run(Rules::all(), &text).codes().contains(&Code::MutuallyExclusive), expected, "{keys}");
    }

    #[test]
    fn two_forms_ask_for_the_same_where_their_keys_do() {
        check("AutomaticDownload: true", true);
        check("restrict-software-update-require-admin-to-install: true", false);
        check("AllowPreReleaseInstallation: true", false);
    }
}
