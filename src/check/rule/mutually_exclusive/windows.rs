//! Windows: two nodes that stand for one policy, and pairs that undo each other.

use super::{Subject, Verdict};
use crate::catalogue::entry::AdmxBacked;
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Leaf};
use std::collections::BTreeMap;

/// Two nodes of which a device takes one, and why.
const PAIRS: &[([&str; 2], &str)] = &[
    // Policy CSP, LocalUsersAndGroups: not to be used beside RestrictedGroups.
    (
        ["Policy/Config/RestrictedGroups/ConfigureGroupMembership", "Policy/Config/LocalUsersAndGroups/Configure"],
        "leave `RestrictedGroups` out: `LocalUsersAndGroups` takes its place",
    ),
    // Reboot CSP: one schedule that repeats.
    (["Reboot/Schedule/WeeklyRecurrent", "Reboot/Schedule/DailyRecurrent"], "choose one schedule"),
];

/// BitLocker's `EncryptionMethodByDriveType` carries the name of another policy in the DDF; the errata name the right one.
pub(super) fn verdicts(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    if !among::any_node(subjects) {
        return Vec::new();
    }
    let mut verdicts = one_policy_twice(subjects);
    for ([a, b], help) in PAIRS {
        let uri = |node: &str| format!("./Device/Vendor/MSFT/{node}");
        // An empty value takes back what the node once said.
        let says = |node: &str| among::plain(subjects, &uri(node)).filter(|found| !found.says().is_empty());
        if let (Some(first), Some(second)) = (says(a), says(b)) {
            let message = format!("`{}` and `{}` undo each other", named(a), named(b));
            let finding = Diagnostic::new(Code::MutuallyExclusive, second.setting.span, message)
                .also(first.setting.span, format!("`{}` here", named(a)))
                .help(*help);
            verdicts.push((second.place, Verdict::Wrong(finding)));
        }
    }
    verdicts
}

/// The last two names: areas have nodes of like names.
fn named(uri: &str) -> String {
    let mut names: Vec<&str> = uri.rsplit('/').take(2).collect();
    names.reverse();
    names.join("/")
}

/// Two LocURIs of one channel that are backed by one policy of a template: what is written last wins.
fn one_policy_twice(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut first: BTreeMap<(&str, &str, bool), &Subject<'_>> = BTreeMap::new();
    let mut verdicts = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        let address = &subject.setting.address;
        if address.family != Family::Csp || address.leaf != Leaf::AdmxState {
            continue;
        }
        let Some(AdmxBacked { file, name, .. }) = policy(subject) else { continue };
        let user = address.owner.starts_with("./User/");
        let Some(earlier) = first.get(&(file.as_str(), name.as_str(), user)) else {
            first.insert((file, name, user), subject);
            continue;
        };
        let other = &earlier.setting.address.owner;
        if among::same(other, &address.owner) {
            continue;
        }
        let message = format!("`{}` and `{}` stand for one policy of Windows", named(other), named(&address.owner));
        let finding = Diagnostic::new(Code::MutuallyExclusive, subject.setting.span, message)
            .also(earlier.setting.span, format!("`{}` here", leaf(other)))
            .help("leave one of them: the one that a device receives last would win");
        verdicts.push((place, Verdict::Wrong(finding)));
    }
    verdicts
}

fn policy<'a>(subject: &'a Subject<'_>) -> Option<&'a AdmxBacked> {
    among::node(subject)?.node.allowed.as_ref()?.admx.as_ref().filter(|policy| !policy.name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::{catalogue, has_for, target};
    use crate::setting::OsVersion;

    fn check(lines: &str, expected: bool) {
        let mut group = target();
        group.os.value = OsVersion::parse("10.0.26100").unwrap();
        assert_eq!(has_for(&group, Code::MutuallyExclusive, lines), expected, "{lines}");
    }

    #[test]
    fn one_policy_has_one_node() {
        let area = |area: &str, name: &str| format!("./Device/Vendor/MSFT/Policy/Config/{area}/{name} enabled\n");
        let old = area("ADMX_RemovableStorage", "WPDDevices_DenyRead_Access_2");
        let new = area("Storage", "WPDDevicesDenyReadAccessPerDevice");
        check(&format!("{old}{new}"), true);
        check(&old, false);
        check(&format!("{new}{}", area("Storage", "WPDDevicesDenyWriteAccessPerDevice")), false);
    }

    #[test]
    fn a_slip_of_the_ddf_is_not_held_against_anybody() {
        let bitlocker = "./Device/Vendor/MSFT/BitLocker";
        check(
            &format!(
                "{bitlocker}/EncryptionMethodByDriveType enabled\n{bitlocker}/RemovableDrivesRequireEncryption enabled"
            ),
            false,
        );
    }

    #[test]
    fn pairs_that_undo_each_other_are_found() {
        let pair = |[a, b]: [&str; 2]| format!("./Device/Vendor/MSFT/{a} = <a/>\n./Device/Vendor/MSFT/{b} = <a/>");
        for (nodes, _) in PAIRS {
            check(&pair(*nodes), true);
            check(&format!("./Device/Vendor/MSFT/{} = <a/>", nodes[0]), false);
            for node in nodes {
                assert!(
                    catalogue().uris().iter().any(|uri| among::same(uri, &format!("./Device/Vendor/MSFT/{node}"))),
                    "{node}"
                );
            }
        }
    }
}
