//! The body of an ADMX-backed node: a state and, where it is enabled, every element of its policy (Microsoft Learn, "Understanding
//! ADMX policies"; failure-modes B19, B20). Here each part by itself, `whole.rs` what the parts make together.

mod whole;

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::Node;
use crate::check::lookup::Missing;
use crate::check::node::{among, element, element_fault, elements, is_admx, leaf, unwritable};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::setting::{Family, Leaf, Value};
use crate::template::app_of;

pub(crate) use whole::RULE as WHOLE;

/// Over single settings, so that a value is judged that then gives way to a stricter one.
pub(crate) const RULE: SettingRule = SettingRule { codes: &[Code::AdmxBody], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    part(subject).map(Verdict::Wrong).into_iter().collect()
}

/// What is wrong with a state, an element or a plain value by itself.
fn part(subject: &Subject<'_>) -> Option<Diagnostic> {
    let address = &subject.setting.address;
    // Of an app's policies `unlisted` says where devices have the template from, and nothing of the body.
    let is_unlisted = subject.setting.unlisted.is_some() && app_of(&address.owner).is_none();
    if address.family != Family::Csp || is_unlisted {
        return None;
    }
    match among::node(subject) {
        Some(found) if found.node.format != "node" => known(subject, found.node),
        Some(_) => None,
        None => ingested(subject),
    }
}

fn known(subject: &Subject<'_>, node: &Node) -> Option<Diagnostic> {
    let name = leaf(&node.uri);
    match (&subject.setting.address.leaf, is_admx(node)) {
        (Leaf::Node, true) => Some(plain(subject, name)),
        (Leaf::AdmxState | Leaf::AdmxElement(_), false) => {
            let message = format!("`{name}` is a plain node: no policy template stands behind it");
            Some(at(subject, message).help("write its value under `nodes:` in place of `admx:`"))
        }
        (Leaf::AdmxElement(id), true) => one(subject, node, id),
        // A state that is neither enabled nor disabled is a `wrong-type`.
        (Leaf::AdmxState, true) | (Leaf::Node | Leaf::Keys(_), _) => None,
    }
}

fn at(subject: &Subject<'_>, message: String) -> Diagnostic {
    let place = subject.setting.names.last_or(subject.setting.span);
    Diagnostic::new(Code::AdmxBody, place, message)
}

/// A device answers a number or a word in place of a body with an error that names neither.
fn plain(subject: &Subject<'_>, name: &str) -> Diagnostic {
    at(subject, format!("a policy template stands behind `{name}`, which takes no plain value"))
        .help(format!("write `admx: {{ {name}: enabled }}`, `disabled`, or the elements of an enabled policy"))
}

fn state(subject: &Subject<'_>, name: &str) -> Option<Diagnostic> {
    let value = &subject.setting.value;
    if matches!(value, Value::Boolean(_)) {
        return None;
    }
    let said = match value {
        Value::Plain(text) | Value::Text(text) => format!("`{text}`"),
        other => other.kind().to_owned(),
    };
    let message = format!("the policy `{name}` is enabled or disabled, and not {said}");
    let finding = Diagnostic::new(Code::AdmxBody, subject.setting.span, message);
    Some(finding.help("write `enabled`, `disabled`, or the elements of an enabled policy"))
}

fn one(subject: &Subject<'_>, node: &Node, id: &str) -> Option<Diagnostic> {
    let (span, value) = (subject.setting.span, &subject.setting.value);
    let Some(known) = elements(node) else {
        return unwritable(id, value).map(|fault| fault.at(span));
    };
    if let Some(element) = element(node, id) {
        return element_fault(element, value).map(|fault| fault.at(span));
    }
    let ids = || known.iter().map(|element| element.id.as_str());
    let name = leaf(&node.uri);
    let finding = at(subject, format!("the policy `{name}` has no element `{id}`"));
    let listed: Vec<String> = ids().map(|id| format!("`{id}`")).collect();
    Some(match (nearest::did_you_mean(id, ids()), listed.is_empty()) {
        (Some(help), _) => finding.help(help),
        (None, true) => finding.help(format!("it has none: write `{name}: enabled`")),
        (None, false) => finding.help(format!("its elements are {}", listed.join(", "))),
    })
}

/// A policy of a template that the organisation brings: only the grammar of its body is known.
fn ingested(subject: &Subject<'_>) -> Option<Diagnostic> {
    let address = &subject.setting.address;
    if !matches!(subject.missing(), Some(Missing::Ingested)) {
        return None;
    }
    let name = leaf(&address.owner);
    match &address.leaf {
        Leaf::Node => Some(plain(subject, name)),
        Leaf::AdmxState => state(subject, name),
        Leaf::AdmxElement(id) => unwritable(id, &subject.setting.value).map(|fault| fault.at(subject.setting.span)),
        Leaf::Keys(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::has;
    use crate::diagnostic::Code;

    fn check(lines: &str, expected: bool) {
        assert_eq!(has(Code::AdmxBody, lines), expected, "{lines}");
    }

    const PIN: &str = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";

    #[test]
    fn a_policy_takes_a_body_and_a_plain_node_a_value() {
        check(&format!("{PIN} = 6"), true);
        check("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption enabled", true);
        check("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption = 1", false);
        check("./Device/Vendor/MSFT/BitLocker/SystemDrivesEnhancedPIN enabled", false);
        check("./Device/Vendor/MSFT/BitLocker/SystemDrivesEnhancedPIN disabled", false);
    }

    #[test]
    fn elements_are_known_by_id_and_kind() {
        check(&format!("{PIN} enabled\n{PIN} · MinPINLength = 6"), false);
        check(&format!("{PIN} enabled\n{PIN} · MinPINLength = 40"), true);
        check(&format!("{PIN} enabled\n{PIN} · MinPINLength = 3"), true);
        check(&format!("{PIN} enabled\n{PIN} · MinPINLength = six"), true);
        check(&format!("{PIN} enabled\n{PIN} · MinPinLength = 6"), true);
        check(&format!("{PIN} enabled\n{PIN} · MinPINLength = 6\n{PIN} · Other = 6"), true);
    }

    #[test]
    fn an_ingested_policy_has_a_body_too() {
        let edge = "./Device/Vendor/MSFT/Policy/Config/Edge~Policy~microsoft_edge/BrowserSignin";
        check(&format!("{edge} = 1"), true);
        check(&format!("{edge} enabled\n{edge} · BrowserSignin = 1"), false);
        check(&format!("{edge} enabled\n{edge} · BrowserSignin = a\u{1}"), true);
    }
}
