//! A body as a whole: an enabled one has every element, a disabled one none.

use crate::check::node::{among, elements, leaf};
use crate::check::rule::{GroupRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::{Address, Family, Leaf, Value};
use std::collections::BTreeMap;

/// The second rule of this page.
pub(crate) const RULE: GroupRule = GroupRule { codes: &[Code::AdmxBody], explain: include_str!("explain.md"), run };

/// The settings of one body: the places of its state and of its elements.
#[derive(Default)]
struct Body<'a> {
    state: Option<(usize, bool)>,
    elements: Vec<(usize, &'a str)>,
}

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    for body in bodies(subjects) {
        verdicts.extend(misplaced(subjects, &body));
        verdicts.extend(missing(subjects, &body));
        verdicts.extend(unread(subjects, &body));
    }
    verdicts
}

fn bodies<'a>(subjects: &'a [Subject<'_>]) -> Vec<Body<'a>> {
    let mut bodies: BTreeMap<Address, Body<'a>> = BTreeMap::new();
    for (place, subject) in subjects.iter().enumerate() {
        let address = &subject.setting.address;
        if address.family != Family::Csp {
            continue;
        }
        let carrier = Address { leaf: Leaf::Node, ..address.clone() };
        match &address.leaf {
            Leaf::AdmxState => {
                let enabled = subject.setting.value == Value::Boolean(true);
                bodies.entry(carrier).or_default().state = Some((place, enabled));
            }
            Leaf::AdmxElement(id) => bodies.entry(carrier).or_default().elements.push((place, id)),
            Leaf::Node | Leaf::Keys(_) => {}
        }
    }
    bodies.into_values().collect()
}

/// Elements of a policy that is not enabled: two clauses disagree, or one contradicts itself.
fn misplaced(subjects: &[Subject<'_>], body: &Body<'_>) -> Option<(usize, Verdict)> {
    let (place, _) = *body.elements.first()?;
    let subject = subjects.get(place)?;
    let name = leaf(&subject.setting.address.owner);
    let ids: Vec<String> = body.elements.iter().map(|(_, id)| format!("`{id}`")).collect();
    let (state, message) = match body.state {
        Some((_, true)) => return None,
        Some((state, false)) => (Some(state), format!("the policy `{name}` is disabled, and has {}", ids.join(", "))),
        None => (None, format!("{} of `{name}` stand without an enabled policy", ids.join(", "))),
    };
    let finding = Diagnostic::new(Code::AdmxBody, subject.setting.span, message)
        .help("a disabled policy has no elements: leave them out, or enable it");
    let other = state.and_then(|state| subjects.get(state)).map(|subject| subject.setting.span);
    let finding = match other.filter(|span| *span != subject.setting.span) {
        Some(span) => finding.also(span, "disabled here"),
        None => finding,
    };
    Some((place, Verdict::Wrong(finding)))
}

/// A client refuses an enabled body that lacks an element of the policy, whether the template calls it required or not.
fn missing(subjects: &[Subject<'_>], body: &Body<'_>) -> Option<(usize, Verdict)> {
    let (place, _) = body.state.filter(|(_, enabled)| *enabled)?;
    let subject = subjects.get(place)?;
    let node = among::node(subject)?.node;
    let absent: Vec<String> = elements(node)?
        .iter()
        .filter(|element| !body.elements.iter().any(|(_, id)| *id == element.id))
        .map(|element| format!("`{}`", element.id))
        .collect();
    if absent.is_empty() {
        return None;
    }
    let message = format!("the enabled policy `{}` lacks {}", leaf(&node.uri), absent.join(", "));
    let finding = Diagnostic::new(Code::AdmxBody, subject.setting.span, message)
        .help("give a value for every element of the policy: a device refuses a body that lacks one");
    Some((place, Verdict::Wrong(finding)))
}

/// Elements that nobody can check, said once for each policy.
fn unread(subjects: &[Subject<'_>], body: &Body<'_>) -> Option<(usize, Verdict)> {
    let (place, _) = *body.elements.first()?;
    let subject = subjects.get(place)?;
    let node = among::node(subject).map(|found| found.node).filter(|node| crate::check::node::is_admx(node))?;
    if elements(node).is_some() {
        return None;
    }
    let message =
        format!("the elements of `{}` were not checked: its template is not in the catalogue", leaf(&node.uri));
    let file = node.allowed.as_ref()?.admx.as_ref().map_or("", |admx| admx.file.as_str());
    let finding = Diagnostic::new(Code::AdmxBody, subject.setting.span, message)
        .severity(Severity::Note)
        .help(format!("compare ids, kinds and completeness with the policy's elements in `{file}`"));
    Some((place, Verdict::Remark(finding)))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has, run, settings, target};
    use crate::diagnostic::{Code, Severity};

    fn check(lines: &str, expected: bool) {
        assert_eq!(has(Code::AdmxBody, lines), expected, "{lines}");
    }

    const METHOD: &str = "./Device/Vendor/MSFT/BitLocker/EncryptionMethodByDriveType";

    #[test]
    fn an_enabled_body_is_whole() {
        let element = |drive: &str| format!("{METHOD} · EncryptionMethodWithXts{drive}DropDown_Name = 7\n");
        let whole = format!("{METHOD} enabled\n{}{}{}", element("Os"), element("Fdv"), element("Rdv"));
        check(&whole, false);
        check(&format!("{METHOD} enabled\n{}{}", element("Os"), element("Fdv")), true);
        check(&format!("{METHOD} enabled"), true);
    }

    #[test]
    fn a_disabled_body_is_empty() {
        let length = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        check(&format!("{length} disabled"), false);
        check(&format!("{length} disabled\n{length} · MinPINLength = 6"), true);
        check(&format!("{length} · MinPINLength = 6"), true);
    }

    #[test]
    fn a_template_that_nobody_has_read_is_a_note() {
        let policy = "./Device/Vendor/MSFT/Policy/Config/ADMX_Bits/BITS_MaxDownloadTime";
        let found = run(&target(), settings(&format!("{policy} enabled\n{policy} · BITS_MaxDownloadSeconds = 60"))).1;
        let notes: Vec<Severity> = found.iter().filter(|(code, ..)| *code == Code::AdmxBody).map(|f| f.1).collect();
        assert_eq!(notes, [Severity::Note]);
    }
}
