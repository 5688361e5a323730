//! Findings that a clause has looked at (`allow: { CODE: reason }` on an entry): the setting is written as it is, and the finding is a
//! warning that says so. What is allowed and never found has a warning of its own.

use super::Judged;
use super::rule::Verdict;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::setting::{Allowance, Setting, Target};
use crate::source::Span;
use std::collections::BTreeMap;

/// Whether plain values have the types that they look like, since the types of their places are not theirs.
pub(super) fn is_of_other_type(setting: &Setting) -> bool {
    setting.allowed.iter().any(|one| one.code == Code::WrongType)
}

/// Turns verdicts that are allowed into remarks.
pub(super) fn apply(judged: &mut Judged<'_>) {
    let Judged { setting, verdicts, .. } = judged;
    if setting.allowed.is_empty() {
        return;
    }
    for verdict in verdicts {
        let (Verdict::CannotTake(finding) | Verdict::Wrong(finding)) = verdict else { continue };
        if let Some(one) = setting.allowed.iter_mut().find(|one| one.code == finding.code) {
            one.is_used = true;
            *verdict = Verdict::Remark(allowed(finding, one));
        }
    }
}

fn allowed(finding: &Diagnostic, by: &Allowance) -> Diagnostic {
    let mut finding = finding.clone().severity(Severity::Warning);
    finding.fix = None;
    finding.help(format!("it is allowed here, written as it is, and counts for no clause: {}", by.reason))
}

/// Reports what was allowed and never found.
pub(super) fn report_unused(target: &Target, settings: &[Setting], found: &mut Diagnostics) {
    // What is wrong on one route alone is allowed for it.
    if target.routes().len() > 1 {
        return;
    }
    // An entry is one demand: what is found of one of its keys is the reason for all of them.
    let mut entries: BTreeMap<(Span, Code), (&Setting, bool)> = BTreeMap::new();
    for setting in settings {
        let Some(origin) = setting.origins.first() else { continue };
        // It types values too, of which some may be right by chance.
        for one in setting.allowed.iter().filter(|one| one.code != Code::WrongType) {
            entries.entry((origin.entry, one.code)).or_insert((setting, false)).1 |= one.is_used;
        }
    }
    for ((_, code), (setting, _)) in entries.into_iter().filter(|(_, (_, is_used))| !is_used) {
        let cause = format!("nothing of `{}` is `{code}`, so that allowing it changes nothing", setting.address.owner);
        let place = setting.names.owner_or(setting.span);
        found.push(Diagnostic::new(Code::UnusedAllowance, place, cause).help(format!("take `{code}` out of `allow`")));
    }
}
