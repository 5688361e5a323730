//! Updates arrive in the days that `os-updates` allows, whoever writes the settings: on Windows what is put off, the deadline and the days
//! of grace together; on Apple a delay that is shorter, and that has a number at all (without one it is thirty days).

use super::{Rule, Subject, given, place_of};
use crate::control::Bound;
use crate::control::invert::agree;
use crate::control::transform::number_of;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Leaf, Setting, Value};
use std::cmp::Ordering;

pub(super) const RULE: Rule =
    Rule { codes: &[Code::UpdatesTooLate], explain: include_str!("explain.md"), judges: &[], run };

const UPDATE: &str = "/Policy/Config/Update/";
const RESTRICTIONS: &str = "com.apple.applicationaccess";
const DECLARED: &str = "com.apple.configuration.softwareupdate.settings";

/// Switches of the restrictions, each with the key that says for how long.
const DELAYS: [(&str, &str); 4] = [
    ("forceDelayedSoftwareUpdates", "enforcedSoftwareUpdateDelay"),
    ("forceDelayedMajorSoftwareUpdates", "enforcedSoftwareUpdateMajorOSDeferredInstallDelay"),
    ("forceDelayedAppSoftwareUpdates", "enforcedSoftwareUpdateNonOSDeferredInstallDelay"),
    ("forceDelayedMinorSoftwareUpdates", "enforcedSoftwareUpdateMinorOSDeferredInstallDelay"),
];

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(bound) = subject.control("os-updates") else { return Vec::new() };
    let Some(max) = given(bound, "max-days").and_then(number_of) else { return Vec::new() };
    let mut found: Vec<Diagnostic> = on_windows(subject.settings, bound, max).into_iter().collect();
    found.extend(subject.settings.iter().filter(|setting| is_delay(setting)).filter_map(|setting| {
        let days = number_of(&setting.value).filter(|days| *days >= max)?;
        let cause =
            format!("`{}` holds updates back for {days} days, and within {max} they are to be there", setting.address);
        Some(finding(setting, bound, cause).help("hold them back for fewer days than the policy gives"))
    }));
    for (switch, number) in DELAYS {
        let Some(on) = subject
            .key(RESTRICTIONS, switch)
            .filter(|on| agree(&on.value, &Value::Boolean(true)).is_some_and(Ordering::is_eq))
        else {
            continue;
        };
        if subject.key(RESTRICTIONS, number).is_none() {
            let cause = format!("`{switch}` holds updates back and does not say for how long: that is 30 days");
            found.push(finding(on, bound, cause).help(format!("write `{number}` with it, or leave it out")));
        }
    }
    found
}

fn finding(setting: &Setting, bound: &Bound, cause: String) -> Diagnostic {
    Diagnostic::new(Code::UpdatesTooLate, setting.span, cause)
        .also(place_of(bound, "max-days"), "the days that the policy gives")
}

/// Deferral, deadline and grace together.
fn on_windows(settings: &[Setting], bound: &Bound, max: i128) -> Option<Diagnostic> {
    let node = |name: &str| {
        settings.iter().find(|setting| {
            let address = &setting.address;
            address.family == Family::Csp
                && address.leaf == Leaf::Node
                && address.owner.split_once(UPDATE).is_some_and(|(_, n)| n == name)
        })
    };
    let days =
        |setting: Option<&Setting>| setting.and_then(|setting| number_of(&setting.value)).unwrap_or_default().max(0);
    let (deferral, deadline, grace) = (
        node("DeferQualityUpdatesPeriodInDays"),
        node("ConfigureDeadlineForQualityUpdates"),
        node("ConfigureDeadlineGracePeriod"),
    );
    let parts = [days(deferral), days(deadline), days(grace)];
    let sum: i128 = parts.iter().sum();
    let most = [deferral, deadline, grace].into_iter().flatten().max_by_key(|setting| number_of(&setting.value))?;
    if sum <= max {
        return None;
    }
    let cause = format!(
        "updates may come {sum} days late, and {max} are given: {} put off, {} until the deadline, {} of grace",
        parts[0], parts[1], parts[2]
    );
    Some(finding(most, bound, cause).help("make one of the three shorter, so that together they are no more"))
}

/// A number of days for which Apple holds updates back.
fn is_delay(setting: &Setting) -> bool {
    let (owner, keys) = (setting.address.owner.as_str(), setting.address.keys());
    match (owner, keys) {
        (RESTRICTIONS, [key]) => DELAYS.iter().any(|(_, number)| number == key),
        (DECLARED, [deferrals, _]) => deferrals == "Deferrals",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(platform: Platform, give: &str, raw: &str, expected: usize) {
        let found = judge(platform, &bind(&[("os-updates", give)]), raw);
        assert_eq!(
            found.iter().filter(|text| text.contains("updates-too-late")).count(),
            expected,
            "{give} {raw}: {found:?}"
        );
    }

    #[test]
    fn the_days_of_windows_add_up() {
        check(Platform::Windows, "{}", "", 0);
        check(Platform::Windows, "{ max-days: 14, deferral-days: 7, grace-days: 7 }", "", 0);
        let node = |name: &str, days: u8| {
            format!("{{ csp: ./Device/Vendor/MSFT/Policy/Config/Update, nodes: {{ {name}: {days} }} }}")
        };
        check(Platform::Windows, "{ max-days: 5, deferral-days: 4, grace-days: 2 }", "", 1);
        check(Platform::Windows, "{ max-days: 3 }", &node("ConfigureDeadlineNoAutoReboot", 1), 0);
    }

    #[test]
    fn apple_holds_nothing_back_for_as_long() {
        check(Platform::Ios, "{ max-days: 14, deferral-days: 13 }", "", 0);
        check(Platform::Ios, "{ max-days: 14, deferral-days: 14 }", "", 1);
        let raw =
            "{ platforms: [iOS], payload: com.apple.applicationaccess, keys: { forceDelayedSoftwareUpdates: true } }";
        check(Platform::Ios, "{}", raw, 1);
    }
}
