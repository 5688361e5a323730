//! Nodes that restart the device when they are applied: `RebootBehavior` of the DDF (failure-modes B29).

use super::{SettingRule, Subject, Verdict};
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule = SettingRule { codes: &[Code::Restarts], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let node = among::node(subject).map(|found| found.node);
    let Some(node) = node.filter(|node| node.reboot.as_deref() == Some("Automatic")) else { return Vec::new() };
    // The last name of AppLocker's nodes is `Policy` in all of them.
    let name = match leaf(&node.uri) {
        "Policy" => node.uri.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/"),
        name => name.to_owned(),
    };
    let message = format!("a device restarts when it receives `{name}`");
    let finding = Diagnostic::new(Code::Restarts, subject.setting.span, message)
        .help("assign it when people can do without their devices; during set-up it restarts the set-up too");
    vec![Verdict::Remark(finding)]
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::has;
    use crate::diagnostic::Code;

    #[test]
    fn what_restarts_is_said() {
        let policy = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/Apps/EXE/Policy";
        assert!(has(Code::Restarts, &format!("{policy} = <RuleCollection Type=\"Exe\"/>")));
        assert!(!has(Code::Restarts, "./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption = 1"));
    }
}
