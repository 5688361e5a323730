//! Compiled policies of App Control: the bytes are such a policy, and the one whose id its node names (ApplicationControl CSP). Nothing
//! here compiles one: only Windows' own tools do.

use super::{SettingRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::encoding::ci_policy;
use crate::setting::{Leaf, Value};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::AppControlPolicy], explain: include_str!("explain.md"), run };

const PATH: &str = "/ApplicationControl/Policies/";

/// How a policy is compiled, on Windows.
const COMPILE: &str = "compile it on Windows, and give what comes out: `ConvertFrom-CIPolicy -XmlFilePath policy.xml -BinaryFilePath policy.cip` (module ConfigCI), or App Control Wizard";

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let address = &subject.setting.address;
    if address.leaf != Leaf::Node {
        return Vec::new();
    }
    let Some((_, below)) = address.owner.split_once(PATH) else {
        return Vec::new();
    };
    let Some((id, "Policy")) = below.split_once('/') else { return Vec::new() };
    judge(subject, id).into_iter().collect()
}

fn judge(subject: &Subject<'_>, id: &str) -> Option<Verdict> {
    let finding = |message: String| Diagnostic::new(Code::AppControlPolicy, subject.setting.span, message);
    let bytes = match &subject.setting.value {
        Value::Data(bytes) => bytes.as_slice(),
        Value::Text(text) | Value::Plain(text) => text.as_bytes(),
        _ => return None,
    };
    if is_source(bytes) {
        let message = "this is the XML of a policy, and devices take a compiled one: policyc cannot compile it";
        return Some(Verdict::Wrong(finding(message.to_owned()).help(COMPILE)));
    }
    let Value::Data(bytes) = &subject.setting.value else { return None };
    let Some(policy) = ci_policy::read(bytes) else {
        let message = format!("these {} bytes are no compiled policy of App Control", bytes.len());
        return Some(Verdict::Wrong(finding(message).help(COMPILE)));
    };
    let Some(own) = policy.id else {
        let message = format!("the id of this policy could not be read, and is not compared with `{id}`");
        let help =
            format!("its format, version {}, is not wholly known: compare the id by `CiTool -lp`", policy.format);
        return Some(Verdict::Remark(finding(message).severity(Severity::Warning).help(help)));
    };
    let own = own.to_string();
    if own.eq_ignore_ascii_case(id.trim_matches(['{', '}'])) {
        return None;
    }
    let message = format!("the policy is `{own}`, and its node is called `{id}`");
    let help = format!("call the node `{own}`, or give the policy of that id: a device refuses one under another's");
    Some(Verdict::Wrong(finding(message).help(help)))
}

/// Whether the bytes are the XML from which policies are compiled, in any of the encodings that Windows writes.
fn is_source(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.iter().take(4096).copied().filter(|byte| *byte != 0).collect();
    start.windows(9).any(|part| part == b"<SiPolicy")
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{run, target};
    use crate::diagnostic::{Code, Severity};
    use crate::encoding::ci_policy::sample::{ID_TEXT, policy, signed};
    use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};

    fn found(id: &str, value: Value) -> Vec<Severity> {
        let owner = format!("./Vendor/MSFT/ApplicationControl/Policies/{id}/Policy");
        let address =
            Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf: Leaf::Node };
        let found = run(&target(), vec![Setting::found(address, value)]).1;
        found
            .into_iter()
            .filter(|(code, ..)| *code == Code::AppControlPolicy)
            .map(|(_, severity, _)| severity)
            .collect()
    }

    #[test]
    fn a_policy_stands_under_its_own_id() {
        let check = |id: &str, bytes: Vec<u8>, expected: &[Severity]| {
            assert_eq!(found(id, Value::Data(bytes)), expected, "{id}")
        };
        check(ID_TEXT, policy(7), &[]);
        check(&ID_TEXT.to_lowercase(), signed(&policy(6)), &[]);
        check("11111111-1111-1111-1111-111111111111", policy(7), &[Severity::Error]);
        check(ID_TEXT, b"no policy".to_vec(), &[Severity::Error]);
        let mut unknown = policy(7);
        let at = unknown.len() - 100;
        unknown.truncate(at);
        check(ID_TEXT, unknown, &[Severity::Warning]);
    }

    #[test]
    fn nothing_is_compiled() {
        let xml = "<?xml version=\"1.0\"?><SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\"/>";
        assert_eq!(found(ID_TEXT, Value::Data(xml.as_bytes().to_vec())), [Severity::Error]);
        assert_eq!(found(ID_TEXT, Value::text(xml)), [Severity::Error]);
        let wide: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(ID_TEXT, Value::Data(wide)), [Severity::Error]);
    }
}
