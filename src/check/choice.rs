//! One demand in several forms (`either`): the first that the group takes whole, one that uses what is deprecated last
//! (language.md §5). Where no form can be taken whole, one that loses only what helps is better than one that loses what carries.
//! Demands with the same forms are decided together, so that a device never gets one requirement both as a payload and as a
//! declaration (apple.md §3). What is wrong in a form is said whichever is taken.

use super::verdict::Report;
use super::{Judged, Verdict};
use crate::diagnostic::{Code, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Family, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The owners of each form, in order.
type Forms<'a> = BTreeMap<usize, BTreeSet<(Family, &'a str)>>;

/// How far a form is from what is wanted: not to be taken, then deprecated, then without some of what helps, then its place in the order.
type Rank = (bool, bool, bool, usize);

/// Keeps of each demand the settings of one form; those of the others vanish, but for what is wrong with them. Where no form can be
/// taken the first stays, and its verdicts say why.
pub(super) fn taken<'c>(judged: Vec<Judged<'c>>, found: &mut Diagnostics) -> Vec<Judged<'c>> {
    let is_taken = decided(&judged);
    let (mut taken, mut others) = (Vec::with_capacity(judged.len()), Vec::new());
    for (one, is_taken) in judged.into_iter().zip(is_taken) {
        if is_taken { taken.push(one) } else { others.push(one) }
    }
    report_wrong(others, found);
    taken
}

/// Of each setting, whether its form is taken.
fn decided(judged: &[Judged<'_>]) -> Vec<bool> {
    let demands = demands(judged);
    let mut ranks: BTreeMap<&Forms<'_>, BTreeMap<usize, Rank>> = BTreeMap::new();
    for one in judged {
        let Some(choice) = &one.setting.choice else { continue };
        let Some(forms) = demands.get(choice.demand.as_str()) else { continue };
        let rank = ranks.entry(forms).or_default().entry(choice.form).or_insert((false, false, false, choice.form));
        let helps = one.setting.role() == Role::Helping;
        rank.0 |= !helps && one.cannot_take().is_some();
        rank.2 |= helps && one.cannot_take().is_some();
        rank.1 |= one.verdicts.iter().any(is_deprecation);
    }
    let best: BTreeMap<&Forms<'_>, usize> =
        ranks.into_iter().filter_map(|(forms, rank)| Some((forms, best(&rank)?))).gather();
    let is_taken = |one: &Judged<'_>| match &one.setting.choice {
        Some(choice) => demands.get(choice.demand.as_str()).and_then(|forms| best.get(forms)) == Some(&choice.form),
        None => true,
    };
    judged.iter().map(is_taken).collect()
}

/// Of raw entries alone: what a control would write in a form that nobody uses is not its author's to mend.
fn report_wrong(others: Vec<Judged<'_>>, found: &mut Diagnostics) {
    let mut report = Report::default();
    for one in others.into_iter().filter(|one| one.setting.role() == Role::Raw) {
        for verdict in one.verdicts {
            if let Verdict::Wrong(finding) = verdict {
                report.add(&one.setting, finding);
            }
        }
    }
    report.into(found);
}

fn demands<'a>(judged: &'a [Judged<'_>]) -> BTreeMap<&'a str, Forms<'a>> {
    let mut demands: BTreeMap<&str, Forms<'_>> = BTreeMap::new();
    for one in judged {
        if let Some(choice) = &one.setting.choice {
            let owner = (one.setting.address.family, one.setting.address.owner.as_str());
            demands.entry(&choice.demand).or_default().entry(choice.form).or_default().insert(owner);
        }
    }
    demands
}

fn best(ranks: &BTreeMap<usize, Rank>) -> Option<usize> {
    let takeable = ranks.values().filter(|rank| !rank.0).min();
    // Deprecation decides only between forms that can be taken: of those that cannot, the author's first choice is explained.
    takeable.map(|rank| rank.3).or_else(|| ranks.keys().next().copied())
}

fn is_deprecation(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Remark(finding) if finding.code == Code::Deprecated)
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::super::sample::run;
    use crate::diagnostic::Code;

    const PASSCODE: &str = "
  - either:
    - { declaration: com.apple.configuration.passcode.settings, keys: { MinimumLength: 6 } }
    - { payload: com.apple.mobiledevice.passwordpolicy, keys: { minLength: 6 } }
";

    fn check(group: &str, settings: &str, expected: &[&str], codes: &[Code]) {
        let run = run(Rules::all(), &format!("group: {group}\nsettings:{settings}"));
        let owners: Vec<&str> = run.checked.settings().iter().map(|one| one.address.owner.as_str()).collect();
        assert_eq!(owners, expected, "{:#?}", run.lines());
        assert_eq!(run.codes().into_iter().collect::<Vec<_>>(), codes, "{:#?}", run.lines());
    }

    #[test]
    fn the_first_form_that_the_group_takes_whole_is_taken_in_silence() {
        let both = "{ platform: iOS, os: '18.0', deliver: [mobileconfig, declarations] }";
        check(both, PASSCODE, &["com.apple.configuration.passcode.settings"], &[]);
        let profiles = "{ platform: iOS, os: '18.0', deliver: [mobileconfig] }";
        check(profiles, PASSCODE, &["com.apple.mobiledevice.passwordpolicy"], &[]);
        let old = "{ platform: iOS, os: '14.0', deliver: [mobileconfig, declarations] }";
        check(old, PASSCODE, &["com.apple.mobiledevice.passwordpolicy"], &[]);
    }

    #[test]
    fn where_none_can_be_taken_the_first_says_why() {
        check("{ platform: Windows, os: '10.0.22631' }", PASSCODE, &[], &[Code::NotOnPlatform]);
    }

    #[test]
    fn a_deprecated_form_comes_last() {
        let lists = "
  - either:
    - { payload: com.apple.applicationaccess, keys: { whitelistedAppBundleIDs: [com.example.a] } }
    - { payload: com.apple.applicationaccess, keys: { allowListedAppBundleIDs: [com.example.a] } }
";
        let group = "{ platform: iOS, os: '18.0', supervised: true }";
        check(group, lists, &["com.apple.applicationaccess"], &[]);
    }

    #[test]
    fn losing_what_helps_is_better_than_losing_what_carries() {
        let two = "
  - either:
    - { control: ai, declaration: com.apple.configuration.intelligence.settings, keys: { AllowWritingTools: false } }
    - { control: ai, payload: com.apple.applicationaccess, keys: { allowWritingTools: false } }
  - either:
    - { control: ai, helping: true, declaration: com.apple.configuration.intelligence.settings, keys: { Apps: { Safari: { AllowSummary: false } } } }
    - { control: ai, helping: true, payload: com.apple.applicationaccess, keys: { allowSafariSummary: false } }
";
        let group = "{ platform: iOS, os: '18.0', supervised: true, deliver: [declarations, mobileconfig] }";
        check(group, two, &["com.apple.applicationaccess"], &[Code::TooNew]);
    }

    #[test]
    fn demands_with_the_same_forms_are_decided_together() {
        // The history could be a declaration; iPhones have no user channel for the other.
        let two = "
  - either:
    - { declaration: com.apple.configuration.passcode.settings, keys: { PasscodeReuseLimit: 5 } }
    - { payload: com.apple.mobiledevice.passwordpolicy, keys: { pinHistory: 5 } }
  - either:
    - { declaration: com.apple.configuration.passcode.settings, channel: user, keys: { MinimumLength: 6 } }
    - { payload: com.apple.mobiledevice.passwordpolicy, keys: { minLength: 6 } }
";
        let group = "{ platform: iOS, os: '18.0', deliver: [mobileconfig, declarations] }";
        let owner = "com.apple.mobiledevice.passwordpolicy";
        check(group, two, &[owner, owner], &[]);
    }
}
