//! Several declarations of a type that a device combines (`apply: combined`): where Apple's way to combine a key (`combinetype`, "docs/schema.yaml")
//! gives the weaker of two values, the stricter one has no effect. The compiler writes one declaration for each type and instance, so
//! this is about instances.

use super::{Facts, GroupRule, Subject, Verdict};
use crate::catalogue::Polarity;
use crate::catalogue::entry::Key;
use crate::check::carrier::carriers;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Channel, Family};
use std::cmp::Ordering;
use std::collections::BTreeMap;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::WeakerValueWins], explain: include_str!("explain.md"), run };

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut meeting: BTreeMap<(Channel, &str, &[String]), Vec<usize>> = BTreeMap::new();
    for ((family, channel, owner, _), members) in carriers(subjects) {
        for n in members.filter(|n| family == Family::Declaration && combined(&subjects[*n]).is_some()) {
            meeting.entry((channel, owner, subjects[n].setting.address.keys())).or_default().push(n);
        }
    }
    let mut verdicts = Vec::new();
    for places in meeting.values() {
        // Each is held against those before it: which of them a device meets first it does not say.
        for (at, n) in places.iter().enumerate() {
            let loses = |other: &usize| weaker(&subjects[*n], &subjects[*other]);
            if let Some(finding) = places[..at].iter().find_map(loses) {
                verdicts.push((*n, Verdict::Wrong(finding)));
            }
        }
    }
    verdicts
}

/// The key of a declaration that devices combine with others of its type, where it says how.
fn combined<'a>(subject: &Subject<'a>) -> Option<(&'a Key, &'a str)> {
    let Facts::Key(matches) = subject.facts else { return None };
    let found = matches.first().filter(|found| found.schema.apply.as_deref() == Some("combined"))?;
    Some((found.key, found.key.combinetype.as_deref()?))
}

/// What there is to say where the device makes the weaker of two.
fn weaker(one: &Subject<'_>, other: &Subject<'_>) -> Option<Diagnostic> {
    let (a, b) = (&one.setting.value, &other.setting.value);
    let side = one.catalogue.side(&one.setting.address)?;
    let (key, how) = combined(one)?;
    let is_lost = match how {
        "set-union" | "array-append" => side.stricter == Polarity::SmallerSet && a != b,
        "set-intersection" => side.stricter == Polarity::LargerSet && a != b,
        _ => {
            let order = side.compare(Some(a), Some(b))?;
            order.is_ne() && key.takes_first(a, b).is_none_or(|first| first != (order == Ordering::Greater))
        }
    };
    if !is_lost {
        return None;
    }
    let message = format!("a device combines `{}` of both by `{how}`: of {b} and {a} the weaker holds", key.name);
    let finding = Diagnostic::new(Code::WeakerValueWins, one.setting.span, message)
        .also(other.setting.span, format!("{b} here"))
        .help("give both one value, or write both under one `instance`, so that the stricter is taken");
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::check::Rules;
    use crate::check::sample::run;
    use crate::diagnostic::Code;

    fn check(owner: &str, [a, b]: [&str; 2], expected: &[Code]) {
        let group = "{ platform: iOS, os: '26.4', supervised: true, deliver: [declarations] }";
        let entry =
            |name: &str, keys: &str| format!("  - {{ declaration: {owner}, instance: {name}, keys: {{ {keys} }} }}\n");
        let run = run(Rules::all(), &format!("group: {group}\nsettings:\n{}{}", entry("a", a), entry("b", b)));
        assert_eq!(run.codes().into_iter().collect::<Vec<_>>(), expected, "{a} {b}: {:#?}", run.lines());
    }

    #[test]
    fn what_the_device_makes_of_two_is_held_against_what_is_stricter() {
        let passcode = |a: &str, b: &str, expected: &[Code]| {
            check("com.apple.configuration.passcode.settings", [a, b], expected);
        };
        let lost = &[Code::WeakerValueWins];
        passcode("PasscodeReuseLimit: 5", "PasscodeReuseLimit: 10", lost);
        passcode("PasscodeReuseLimit: 10", "PasscodeReuseLimit: 5", lost);
        passcode("PasscodeReuseLimit: 5", "PasscodeReuseLimit: 5", &[]);
        passcode("MinimumLength: 5", "MinimumLength: 10", &[]);
        passcode("MaximumInactivityInMinutes: 5", "MaximumInactivityInMinutes: 10", &[]);
        passcode("RequirePasscode: true", "RequirePasscode: false", &[]);
        let safari = |a: &str, b: &str, expected: &[Code]| {
            check("com.apple.configuration.safari.settings", [a, b], expected);
        };
        safari("AllowPrivateBrowsing: true", "AllowPrivateBrowsing: false", &[]);
        safari("AcceptCookies: Never", "AcceptCookies: Always", &[]);
    }
}
