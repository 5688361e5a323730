//! FileVault with a recovery key that nobody is shown and nobody keeps (failure-modes A27).

use super::{GroupRule, Subject, Verdict};
use crate::check::carrier::{at, carriers, is};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Family;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::KeyEscrowMissing], explain: include_str!("explain.md"), run };

const FILEVAULT: &str = "com.apple.MCX.FileVault2";
const ESCROW: &[&str] = &["com.apple.security.FDERecoveryKeyEscrow", "com.apple.security.FDERecoveryRedirect"];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    if carriers(subjects).any(|((family, _, owner, _), _)| family == Family::Profile && ESCROW.contains(&owner)) {
        return Vec::new();
    }
    let mut verdicts = Vec::new();
    for ((family, _, owner, _), members) in carriers(subjects) {
        if family != Family::Profile || owner != FILEVAULT {
            continue;
        }
        let has = |key: &str, value: &str| {
            at(subjects, &members, &[key]).is_some_and(|(_, subject)| is(&subject.setting.value, value))
        };
        // Without a personal recovery key there is nothing to lose.
        if !has("Enable", "On") || has("UseRecoveryKey", "false") {
            continue;
        }
        if let Some((n, hidden)) = at(subjects, &members, &["ShowRecoveryKey"])
            && is(&hidden.setting.value, "false")
        {
            let message = "FileVault's recovery key is shown to nobody and kept nowhere";
            let finding = Diagnostic::new(Code::KeyEscrowMissing, hidden.setting.span, message)
                .help(format!("add a payload `{}`, or write `ShowRecoveryKey: true`", ESCROW[0]));
            verdicts.push((n, Verdict::Wrong(finding)));
        }
    }
    verdicts
}
