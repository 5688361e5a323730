//! Nodes of which the DDF names no released build: a stand-in such as `99.9.99999`, or nothing at all. The list is stale by nature
//! (some of these nodes are in daily use), so the setting is emitted and the finding warns.

mod unstated;

use super::{GroupRule, Subject, Verdict};
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeSet;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::UnknownAvailability], explain: include_str!("explain.md"), run };

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut said: BTreeSet<&str> = BTreeSet::new();
    let mut verdicts: Vec<(usize, Verdict)> = unstated::editions(subjects).into_iter().collect();
    for (place, subject) in subjects.iter().enumerate() {
        // The state and the elements of one body are one node.
        if let Some(finding) = finding(subject).filter(|_| said.insert(&subject.setting.address.owner)) {
            verdicts.push((place, Verdict::Remark(finding)));
        }
    }
    verdicts
}

fn finding(subject: &Subject<'_>) -> Option<Diagnostic> {
    let found = among::node(subject)?;
    if found.node.format == "node" || found.is_dated() {
        return None;
    }
    let message = format!("the catalogue knows no released build that has `{}`", leaf(&found.node.uri));
    let finding = Diagnostic::new(Code::UnknownAvailability, subject.setting.span, message);
    Some(finding.help("try it on a device of the group; devices without the node report an error and go on"))
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

    #[test]
    fn a_group_that_names_no_edition_is_told_once() {
        let lines = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing = 0\n\
                     ./Device/Vendor/MSFT/Policy/Config/Connectivity/AllowBluetooth = 0";
        let mut group = target();
        assert_eq!(run(&group, settings(lines)).1, []);
        group.editions.clear();
        let found = run(&group, settings(lines)).1;
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [Code::UnknownAvailability]);
    }
}
