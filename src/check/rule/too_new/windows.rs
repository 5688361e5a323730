//! Windows: the builds that have a node, back-ports included (DDF v2, `OsBuildVersion`; failure-modes B15).

use super::{Subject, Verdict};
use crate::catalogue::{Availability, NodeMatch};
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Verdict> {
    let os = &subject.target.os;
    let Availability::TooNew { builds } = found.availability(&os.value) else { return None };
    let message = format!("`{}` is newer than Windows {}", leaf(&found.node.uri), os.value);
    let finding = Diagnostic::new(Code::TooNew, subject.setting.span, message)
        .also(os.span, format!("the group's oldest is {}", os.value))
        .help(format!("it is in {}", list(&builds)))
        .help("raise `os` if no device is older, or put the older devices in a group of their own (`part-of`)");
    Some(Verdict::CannotTake(finding))
}

fn list(builds: &[String]) -> String {
    match builds.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}, and later releases", first.join(", ")),
        _ => format!("{} and later", builds.concat()),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{run, settings, target};
    use crate::diagnostic::Code;
    use crate::setting::OsVersion;

    fn check(build: &str, lines: &str, expected: bool) {
        let mut group = target();
        group.os.value = OsVersion::parse(build).unwrap();
        let (checked, found) = run(&group, settings(lines));
        let newer = found.iter().filter(|(code, ..)| *code == Code::TooNew).count();
        assert_eq!(newer, usize::from(expected), "{build} {found:?}");
        assert_eq!(checked.settings().is_empty(), expected);
    }

    #[test]
    fn a_node_is_there_from_its_build_on() {
        let node = "./Device/Vendor/MSFT/BitLocker/AllowStandardUserEncryption = 0";
        check("10.0.17134", node, true);
        check("10.0.17763", node, false);
        check("10.0.22631", node, false);
    }

    #[test]
    fn a_back_port_counts_in_its_whole_family() {
        let node = "./Device/Vendor/MSFT/BitLocker/SystemDrivesEnhancedPIN enabled";
        check("10.0.19045", node, false);
        check("10.0.18363", node, true);
    }

    #[test]
    fn a_body_is_one_finding() {
        let node = "./Device/Vendor/MSFT/BitLocker/SystemDrivesEncryptionType";
        check("10.0.18363", &format!("{node} enabled\n{node} · OSEncryptionTypeDropDown_Name = 1"), true);
    }
}
