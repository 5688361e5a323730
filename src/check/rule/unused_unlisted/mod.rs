//! `unlisted: reason` on an entry of which the catalogue knows everything: it changes nothing, and hides the next slip.

use super::{Facts, GroupRule, Subject, Verdict, unknown_key};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Leaf;
use crate::source::Span;
use crate::template::app_of;
use std::collections::BTreeMap;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::UnusedUnlisted], explain: include_str!("explain.md"), run };

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    // An entry is one demand: what is unknown of one of its keys is the reason for all of them.
    let mut entries: BTreeMap<Span, (usize, bool)> = BTreeMap::new();
    for (n, subject) in subjects.iter().enumerate().filter(|(_, subject)| subject.setting.unlisted.is_some()) {
        let Some(origin) = subject.setting.origins.first() else { continue };
        entries.entry(origin.entry).or_insert((n, true)).1 &= is_known(subject);
    }
    let known = entries.into_values().filter(|(_, known)| *known);
    known.map(|(n, _)| (n, Verdict::Remark(finding(&subjects[n])))).collect()
}

/// Whether the catalogue knows the address, and every name inside the value.
fn is_known(subject: &Subject<'_>) -> bool {
    match (subject.facts, &subject.setting.address.leaf) {
        (Facts::Nothing(_), _) => false,
        // There it says that devices have the template from elsewhere.
        (Facts::Node(found), _) if app_of(&found.canonical).is_some() => false,
        (Facts::Key(_), _) => unknown_key::inside(subject).is_empty(),
        (Facts::Node(found), Leaf::AdmxElement(id)) => {
            let policy = found.node.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref());
            let elements = policy.and_then(|policy| policy.elements.as_ref());
            elements.is_some_and(|elements| elements.iter().any(|element| element.id == *id))
        }
        (Facts::Node(_), _) => true,
    }
}

fn finding(subject: &Subject<'_>) -> Diagnostic {
    let setting = subject.setting;
    let message = format!("the catalogue knows `{}`, so that `unlisted` changes nothing", setting.address);
    Diagnostic::new(Code::UnusedUnlisted, setting.names.owner_or(setting.span), message)
        .help("take `unlisted` out of the entry")
}
