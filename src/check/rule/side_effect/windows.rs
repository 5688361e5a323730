//! Windows: values that do more than they say, or mean "no limit" (failure-modes B6).

use super::Subject;
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Leaf, Role, Value};

/// A value of a node that is worth a word.
struct Row {
    /// The LocURI below `./Device/Vendor/MSFT/`.
    node: &'static str,
    /// The element of its body, where it has one.
    element: Option<&'static str>,
    when: fn(i128) -> bool,
    message: &'static str,
    help: &'static str,
}

const ROWS: &[Row] = &[
    // BitLocker CSP, SystemDrivesMinimumPINLength.
    Row {
        node: "BitLocker/SystemDrivesMinimumPINLength",
        element: Some("MinPINLength"),
        when: |length| length < 6,
        message: "with a start-up PIN of fewer than six digits Windows makes the TPM lock people out for longer",
        help: "ask for six or more",
    },
    // DeviceLock, MaxDevicePasswordFailedAttempts: a phone is wiped, a PC is not.
    Row {
        node: "Policy/Config/DeviceLock/MaxDevicePasswordFailedAttempts",
        element: None,
        when: |attempts| attempts > 0,
        message: "after so many failed attempts a PC asks for its BitLocker recovery key; without BitLocker nothing happens",
        help: "see that recovery keys are kept where the help desk finds them",
    },
    // Accounts, AllowMicrosoftAccountSignInAssistant.
    Row {
        node: "Policy/Config/Accounts/AllowMicrosoftAccountSignInAssistant",
        element: None,
        when: |allowed| allowed == 0,
        message: "without the sign-in assistant Windows gets no feature updates and no change of edition",
        help: "block Microsoft accounts by `Accounts_BlockMicrosoftAccounts` and leave the assistant on",
    },
];

/// A timeout that the DDF does not mark as one whose 0 is no limit, and is.
const NO_LIMIT: &str =
    "./Device/Vendor/MSFT/Policy/Config/LocalPoliciesSecurityOptions/InteractiveLogon_MachineInactivityLimit";

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Diagnostic> {
    let (setting, node) = (subject.setting, found.node);
    let Value::Integer(number) = setting.value else { return None };
    if setting.address.family != Family::Csp {
        return None;
    }
    let element = match &setting.address.leaf {
        Leaf::AdmxElement(id) => Some(id.as_str()),
        _ => None,
    };
    let row = ROWS.iter().find(|row| {
        let here = node.uri.strip_prefix("./Device/Vendor/MSFT/") == Some(row.node);
        here && row.element == element && (row.when)(number)
    });
    if let Some(row) = row {
        return Some(Diagnostic::new(Code::SideEffect, setting.span, row.message).help(row.help));
    }
    // A control has a word for it, `none`, and writes the 0 knowingly.
    if number != 0 || setting.role() != Role::Raw || !zero_is_no_limit(found) {
        return None;
    }
    let message = format!("0 means to `{}` that there is no limit", leaf(&node.uri));
    Some(
        Diagnostic::new(Code::SideEffect, setting.span, message).help("give a limit, or leave it out if none is meant"),
    )
}

fn zero_is_no_limit(found: &NodeMatch<'_>) -> bool {
    let node = found.node;
    let number = node.allowed.as_ref().is_some_and(|allowed| allowed.kind == "Range");
    // The mark stands on switches too, where 0 is a choice as any other.
    let marked = node.conflict.as_deref().is_some_and(|conflict| conflict.ends_with("ZeroHasNoLimits"));
    number && (marked || node.uri == NO_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::{catalogue, has};

    fn check(lines: &str, expected: bool) {
        assert_eq!(has(Code::SideEffect, lines), expected, "{lines}");
    }

    #[test]
    fn short_pins_and_lost_limits_are_said() {
        let pin = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        check(&format!("{pin} enabled\n{pin} · MinPINLength = 5"), true);
        check(&format!("{pin} enabled\n{pin} · MinPINLength = 6"), false);
        let lock = "./Device/Vendor/MSFT/Policy/Config/DeviceLock";
        check(&format!("{lock}/MaxInactivityTimeDeviceLock = 0"), true);
        check(&format!("{lock}/MaxInactivityTimeDeviceLock = 5"), false);
        check(&format!("{lock}/MaxDevicePasswordFailedAttempts = 10"), true);
        check(&format!("{NO_LIMIT} = 0"), true);
        check(&format!("{NO_LIMIT} = 600"), false);
        check("./Device/Vendor/MSFT/Policy/Config/DeviceGuard/LsaCfgFlags = 0", false);
    }

    #[test]
    fn every_row_is_a_node() {
        let uris = catalogue().uris();
        for row in ROWS {
            assert!(uris.contains(&format!("./Device/Vendor/MSFT/{}", row.node).as_str()), "{}", row.node);
        }
        assert!(uris.contains(&NO_LIMIT));
    }
}
