//! A CSP node that cannot be set, or a LocURI that cannot be executed: `AccessType` of the DDF (failure-modes B24).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::Node;
use crate::check::node::{among, is_settable, leaf};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongVerb], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let Some(found) = among::node(subject) else { return Vec::new() };
    let fault = match subject.setting.address.family {
        Family::Csp => not_a_setting(found.node),
        Family::Command => not_a_command(found.node),
        Family::Profile | Family::Declaration | Family::Compliance => None,
    };
    let finding = |(message, help): (String, String)| {
        let place = subject.setting.names.last_or(subject.setting.span);
        Verdict::Wrong(Diagnostic::new(Code::WrongVerb, place, message).help(help))
    };
    fault.map(finding).into_iter().collect()
}

fn takes(node: &Node, verb: &str) -> bool {
    node.access.iter().any(|access| access == verb)
}

fn not_a_setting(node: &Node) -> Option<(String, String)> {
    let name = leaf(&node.uri);
    if node.naming.as_deref() == Some("ClientInventory") {
        let message = format!("`{}` is named by the device", node.uri);
        return Some((message, "devices make such nodes and servers read them: take it out".to_owned()));
    }
    if node.format == "node" {
        let message = format!("`{name}` is a level of the tree, not a setting");
        return Some((message, "write the nodes below it, as `nodes: { Name: value }`".to_owned()));
    }
    if is_settable(node) {
        return None;
    }
    if takes(node, "Exec") {
        let message = format!("`{name}` is a command, not a setting");
        return Some((message, format!("write `command: {}`", node.uri)));
    }
    let message = format!("`{name}` can be read and not set");
    Some((message, "take it out: `observe` of a control names what devices report".to_owned()))
}

fn not_a_command(node: &Node) -> Option<(String, String)> {
    if takes(node, "Exec") {
        return None;
    }
    let name = leaf(&node.uri);
    let help = match is_settable(node) {
        true => "write it as a setting: `csp:` with `nodes:` or `admx:`",
        false => "take it out: nobody can execute it",
    };
    Some((format!("`{name}` does not take Exec"), help.to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{codes, has, run, settings, target};
    use crate::diagnostic::Code;
    use crate::setting::{Family, Leaf};

    #[test]
    fn what_cannot_be_set_is_told_from_what_can() {
        assert!(has(Code::WrongVerb, "./Device/Vendor/MSFT/BitLocker/Status/DeviceEncryptionStatus = 0"));
        assert!(has(Code::WrongVerb, "./Device/Vendor/MSFT/BitLocker/Status = 0"));
        assert!(has(Code::WrongVerb, "./Device/Vendor/MSFT/RemoteLock/LockAndResetPIN = x"));
        assert!(has(
            Code::WrongVerb,
            "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/nonStore/A.B = x"
        ));
        assert_eq!(codes("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption = 1"), []);
    }

    #[test]
    fn only_what_takes_exec_is_a_command() {
        let command = |uri: &str| {
            let mut settings = settings(&format!("{uri} = x"));
            settings[0].address.family = Family::Command;
            settings[0].address.leaf = Leaf::Keys(Vec::new());
            run(&target(), settings).1.iter().any(|(code, ..)| *code == Code::WrongVerb)
        };
        assert!(!command("./Device/Vendor/MSFT/RemoteLock/LockAndResetPIN"));
        assert!(command("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption"));
        assert!(command("./Device/Vendor/MSFT/BitLocker/Status/DeviceEncryptionStatus"));
    }
}
