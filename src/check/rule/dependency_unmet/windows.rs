//! Windows: nodes that count only beside another (DDF v2, `DependencyBehavior`; failure-modes B1, B2, B5, B11).
//!
//! Groups of dependencies are alternatives, the members of one all hold. The DDF writes their LocURIs loosely: other capitals,
//! `Device/` left out, dynamic names as `[Title]` or `{Title}`, and some that do not exist, which ask for nothing here.

use super::{Subject, Verdict};
use crate::catalogue::entry::{Allowed, Dependency, DependencyGroup, Node};
use crate::catalogue::{Catalogue, NodeLookup, NodeMatch};
use crate::check::node::{admits, among, leaf, narrowed};
use crate::diagnostic::{Code, Diagnostic};
use crate::gather::Gather;
use crate::setting::{Family, Join, Leaf, Value};
use std::collections::BTreeSet;

pub(super) fn verdicts(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        if subject.setting.address.family == Family::Csp && says_something(subject) {
            let finding = stated(subjects, subject).or_else(|| joined(subject)).or_else(|| rotation(subjects, subject));
            verdicts.extend(finding.map(|finding| (place, Verdict::Wrong(finding))));
        }
    }
    verdicts
}

/// Elements follow their state, a disabled policy asks for nothing, and neither does a value that is the node's default.
fn says_something(subject: &Subject<'_>) -> bool {
    let Some(found) = among::node(subject) else { return false };
    match subject.setting.address.leaf {
        Leaf::AdmxState => subject.setting.value == Value::Boolean(true),
        Leaf::Node => found.node.default.as_deref().is_none_or(|default| says(&subject.setting.value) != default),
        Leaf::AdmxElement(_) | Leaf::Keys(_) => false,
    }
}

fn says(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the DDF states.
fn stated(subjects: &[Subject<'_>], subject: &Subject<'_>) -> Option<Diagnostic> {
    let found = among::node(subject)?;
    let groups = &found.node.dependencies;
    let met: Vec<&DependencyGroup> =
        groups.iter().filter(|group| group.on.iter().all(|one| holds(subjects, subject, one))).collect();
    if met.is_empty() && !groups.is_empty() {
        return Some(unmet(subject, found, groups));
    }
    // Of the values that the groups leave, any is right; a group that changes nothing leaves them all.
    let narrow: Option<Vec<&Allowed>> = met.iter().map(|group| group.changed.as_ref()).collect();
    let faults: Vec<_> =
        narrow?.into_iter().map(|allowed| narrowed(found.node, allowed, &subject.setting.value)).collect();
    if faults.iter().any(Option::is_none) {
        return None;
    }
    let fault = faults.into_iter().flatten().next()?;
    let on = met.first().and_then(|group| group.on.first()).map_or("", |one| leaf(&one.uri));
    Some(
        Diagnostic::new(Code::DependencyUnmet, subject.setting.span, fault.message)
            .help(format!("{}, with `{on}` as it is", fault.help)),
    )
}

fn unmet(subject: &Subject<'_>, found: &NodeMatch<'_>, groups: &[DependencyGroup]) -> Diagnostic {
    let needs: BTreeSet<String> =
        groups.iter().map(|group| group.on.iter().map(need).collect::<Vec<_>>().join(" and ")).gather();
    let needs: Vec<String> = needs.into_iter().collect();
    let message = format!("`{}` has no effect without {}", leaf(&found.node.uri), needs.join(", or "));
    let parent = groups.iter().flat_map(|group| &group.on).find_map(|one| resolved(subject.catalogue, found, one));
    let place = parent.map_or_else(String::new, |parent| format!(" (`{}`)", parent.canonical));
    Diagnostic::new(Code::DependencyUnmet, subject.setting.span, message)
        .help(format!("set it for the same group{place}, or leave `{}` out", leaf(&found.node.uri)))
}

fn need(one: &Dependency) -> String {
    let name = leaf(&one.uri);
    let values = one.allowed.as_ref().map_or(&[][..], |allowed| &allowed.values);
    let values: Vec<&str> = values.iter().map(|value| value.trim_matches(['[', ']'])).collect();
    match (one.kind.as_str(), values.is_empty()) {
        ("Not", true) => format!("`{name}` absent"),
        ("Not", false) => format!("`{name}` other than {}", values.join(", ")),
        (_, true) => format!("`{name}`"),
        (_, false) => format!("`{name}` {}", values.join(" or ")),
    }
}

fn holds(subjects: &[Subject<'_>], subject: &Subject<'_>, one: &Dependency) -> bool {
    let Some(found) = among::node(subject) else { return true };
    let Some(parent) = resolved(subject.catalogue, found, one) else { return true };
    let set = subjects.iter().find(|other| {
        let address = &other.setting.address;
        let carries = matches!(address.leaf, Leaf::Node | Leaf::AdmxState);
        address.family == Family::Csp && carries && among::same(&address.owner, &parent.canonical)
    });
    let counts = match set.map(|other| &other.setting.value) {
        Some(Value::Secret(_)) => true,
        Some(Value::Boolean(enabled)) if crate::check::node::is_admx(parent.node) => *enabled,
        Some(value) => is_allowed(parent.node, one, value),
        None => parent.node.default.clone().is_some_and(|default| is_allowed(parent.node, one, &Value::Plain(default))),
    };
    counts == (one.kind != "Not")
}

fn is_allowed(parent: &Node, one: &Dependency, value: &Value) -> bool {
    one.allowed.as_ref().is_none_or(|allowed| allowed.values.is_empty() || admits(parent, allowed, value))
}

/// The node that a dependency means, its dynamic names those of the node that depends.
fn resolved<'a>(catalogue: &'a Catalogue, from: &NodeMatch<'_>, one: &Dependency) -> Option<NodeMatch<'a>> {
    let named: Vec<String> = one
        .uri
        .split('/')
        .map(|segment| {
            let title = segment.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
            let title = title.or_else(|| segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')));
            let given = title.and_then(|title| {
                let wanted = format!("/{{{title}}}");
                from.dynamic.iter().find(|(node, _)| node.uri.to_lowercase().ends_with(&wanted.to_lowercase()))
            });
            given.map_or_else(|| segment.to_owned(), |(_, value)| value.clone())
        })
        .collect();
    let path = named.join("/");
    let root = if from.canonical.starts_with("./User/") { "./User/" } else { "./Device/" };
    [format!("./{path}"), format!("{root}{path}"), format!("./Device/{path}")].iter().find_map(|uri| {
        match catalogue.node(uri) {
            NodeLookup::Found(found) | NodeLookup::WrongCase(found) => Some(found),
            _ => None,
        }
    })
}

/// Encryption without a prompt is for devices in Entra's directory (BitLocker CSP, `AllowWarningForOtherDiskEncryption`).
fn joined(subject: &Subject<'_>) -> Option<Diagnostic> {
    const SILENT: &str = "./Device/Vendor/MSFT/BitLocker/AllowWarningForOtherDiskEncryption";
    let setting = subject.setting;
    let join = subject.target.join.as_ref().filter(|join| matches!(join.value, Join::Domain | Join::None))?;
    if setting.address.owner != SILENT || setting.value != Value::Integer(0) {
        return None;
    }
    let message = "encryption without a prompt has no effect on devices that are not joined to Entra";
    Some(
        Diagnostic::new(Code::DependencyUnmet, setting.span, message)
            .also(join.span, "the group's devices are joined elsewhere")
            .help("write 1 and let a person start encryption, or join the devices to Entra"),
    )
}

/// A new recovery password is made only where the old one was stored in the directory (BitLocker CSP,
/// `ConfigureRecoveryPasswordRotation`).
fn rotation(subjects: &[Subject<'_>], subject: &Subject<'_>) -> Option<Diagnostic> {
    const ROTATION: &str = "./Device/Vendor/MSFT/BitLocker/ConfigureRecoveryPasswordRotation";
    let setting = subject.setting;
    if setting.address.owner != ROTATION || setting.value == Value::Integer(0) {
        return None;
    }
    let stored = |drive: &str, prefix: &str| {
        let uri = format!("./Device/Vendor/MSFT/BitLocker/{drive}DrivesRecoveryOptions");
        let wanted =
            [format!("{prefix}ActiveDirectoryBackup_Name"), format!("{prefix}RequireActiveDirectoryBackup_Name")];
        wanted.iter().all(|id| among::element(subjects, &uri, id).is_some_and(|found| found.says() == "true"))
    };
    if stored("System", "OS") || stored("Fixed", "FDV") {
        return None;
    }
    let message = "recovery passwords are to be renewed, and no policy demands that they be stored first";
    let help = "enable `SystemDrivesRecoveryOptions` with `OSActiveDirectoryBackup_Name` and \
                `OSRequireActiveDirectoryBackup_Name` true, or write 0";
    Some(Diagnostic::new(Code::DependencyUnmet, setting.span, message).help(help))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has_for, run, settings, target};
    use crate::diagnostic::Code;
    use crate::setting::Join;
    use crate::source::Spanned;

    fn check(lines: &str, expected: bool) {
        let found = run(&target(), settings(lines)).1;
        assert_eq!(found.iter().any(|(code, ..)| *code == Code::DependencyUnmet), expected, "{lines} {found:?}");
    }

    #[test]
    fn a_password_rule_needs_passwords_which_are_on_at_0() {
        let lock = "./Device/Vendor/MSFT/Policy/Config/DeviceLock";
        let length = format!("{lock}/MinDevicePasswordLength = 8\n");
        check(&length, true);
        check(&format!("{length}{lock}/DevicePasswordEnabled = 1"), true);
        check(&format!("{length}{lock}/DevicePasswordEnabled = 0"), false);
        check(&format!("{lock}/MinDevicePasswordLength = 4"), false);
    }

    #[test]
    fn members_of_one_group_all_hold() {
        let lock = "./Device/Vendor/MSFT/Policy/Config/DeviceLock";
        let both = format!("{lock}/MinDevicePasswordComplexCharacters = 3\n{lock}/DevicePasswordEnabled = 0\n");
        check(&format!("{both}{lock}/AlphanumericDevicePasswordRequired = 1"), true);
        check(&format!("{both}{lock}/AlphanumericDevicePasswordRequired = 0"), false);
    }

    #[test]
    fn other_capitals_and_a_missing_root_are_seen_through() {
        let drive = "./Device/Vendor/MSFT/BitLocker";
        let silent = |n: u8| {
            format!("{drive}/AllowStandardUserEncryption = 1\n{drive}/AllowWarningForOtherDiskEncryption = {n}")
        };
        check(&silent(1), true);
        check(&silent(0), false);
        check(
            &format!("{drive}/AllowStandardUserEncryption = 0\n{drive}/AllowWarningForOtherDiskEncryption = 1"),
            false,
        );
        let laps = "./Device/Vendor/MSFT/LAPS/Policies";
        check(&format!("{laps}/ADPasswordEncryptionEnabled = false"), true);
        check(&format!("{laps}/ADPasswordEncryptionEnabled = false\n{laps}/BackupDirectory = 2"), false);
    }

    #[test]
    fn a_dependency_may_narrow_the_values() {
        let laps = "./Device/Vendor/MSFT/LAPS/Policies";
        check(&format!("{laps}/BackupDirectory = 1\n{laps}/PasswordAgeDays = 7"), false);
        check(&format!("{laps}/BackupDirectory = 1\n{laps}/PasswordAgeDays = 3"), true);
        check(&format!("{laps}/BackupDirectory = 2\n{laps}/PasswordAgeDays = 3"), false);
    }

    #[test]
    fn a_default_may_be_what_is_needed() {
        let firewall = "./Vendor/MSFT/Firewall/MdmStore/PublicProfile";
        check(&format!("{firewall}/DisableStealthMode = true"), false);
        check(&format!("{firewall}/DisableStealthMode = true\n{firewall}/EnableFirewall = false"), true);
    }

    #[test]
    fn dynamic_names_are_those_of_the_node_that_depends() {
        let rule = |n: u8, leaf: &str| format!("./Device/Vendor/MSFT/VPNv2/office/TrafficFilterList/{n}/{leaf}\n");
        check(&[rule(1, "LocalPortRanges = 443"), rule(1, "Protocol = 6")].concat(), false);
        check(&[rule(1, "LocalPortRanges = 443"), rule(1, "Protocol = 1")].concat(), true);
        check(&[rule(1, "LocalPortRanges = 443"), rule(2, "Protocol = 6")].concat(), true);
    }

    #[test]
    fn a_policy_may_depend_on_a_policy() {
        let drive = "./Device/Vendor/MSFT/BitLocker/RemovableDrives";
        let kind =
            format!("{drive}EncryptionType enabled\n{drive}EncryptionType · RDVEncryptionTypeDropDown_Name = 2\n");
        let set_up = format!(
            "{drive}ConfigureBDE enabled\n{drive}ConfigureBDE · RDVAllowBDE_Name = true\n{drive}ConfigureBDE · RDVDisableBDE_Name = false"
        );
        check(&kind, true);
        check(&format!("{kind}{set_up}"), false);
        check(&format!("{kind}{drive}ConfigureBDE disabled"), true);
        check(&format!("{drive}EncryptionType disabled"), false);
    }

    #[test]
    fn silent_encryption_needs_entra() {
        let silent = "./Device/Vendor/MSFT/BitLocker/AllowWarningForOtherDiskEncryption = 0";
        for (join, expected) in [(Join::Entra, false), (Join::Hybrid, false), (Join::Domain, true), (Join::None, true)]
        {
            let mut group = target();
            group.join = Some(Spanned::nowhere(join));
            assert_eq!(has_for(&group, Code::DependencyUnmet, silent), expected, "{join}");
        }
    }

    #[test]
    fn passwords_are_renewed_where_they_are_stored() {
        let rotate = "./Device/Vendor/MSFT/BitLocker/ConfigureRecoveryPasswordRotation = 1\n";
        let options = "./Device/Vendor/MSFT/BitLocker/SystemDrivesRecoveryOptions";
        let stored = |what: bool| {
            format!(
                "{rotate}{options} enabled\n{options} · OSActiveDirectoryBackup_Name = {what}\n\
                 {options} · OSRequireActiveDirectoryBackup_Name = {what}"
            )
        };
        check(rotate, true);
        check(&stored(false), true);
        check(&stored(true), false);
        check("./Device/Vendor/MSFT/BitLocker/ConfigureRecoveryPasswordRotation = 0", false);
    }
}
