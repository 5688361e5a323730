//! Nodes of which the DDF names no released build: a stand-in such as `99.9.99999`, or nothing at all. The list is stale by nature
//! (some of these nodes are in daily use), so the setting is emitted and the finding warns.

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::Availability;
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::UnknownAvailability], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let Some(found) = among::node(subject) else { return Vec::new() };
    if found.node.format == "node" || found.availability(&subject.target.os.value) != Availability::Unknown {
        return Vec::new();
    }
    let message = format!("the catalogue knows no released build that has `{}`", leaf(&found.node.uri));
    let finding = Diagnostic::new(Code::UnknownAvailability, subject.setting.span, message)
        .help("try it on a device of the group; devices without the node report an error and go on");
    vec![Verdict::Remark(finding)]
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{run, settings, target};
    use crate::diagnostic::Code;

    #[test]
    fn a_stand_in_for_a_build_warns_and_lets_pass() {
        let policy = "./Device/Vendor/MSFT/Policy/Config/WindowsAI/AllowRecallEnablement = 0";
        let (checked, found) = run(&target(), settings(policy));
        assert!(found.iter().any(|(code, ..)| *code == Code::UnknownAvailability), "{found:?}");
        assert_eq!(checked.settings().len(), 1);
    }
}
