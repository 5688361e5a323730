//! Encryption without a prompt beside a start-up PIN or key that somebody has to give (BitLocker CSP,
//! `AllowWarningForOtherDiskEncryption`).

use super::several_startup_methods::NODE as STARTUP;
use super::{GroupRule, Subject, Verdict};
use crate::check::node::among;
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::SilentWithPin], explain: include_str!("explain.md"), run };

const WARNING: &str = "./Device/Vendor/MSFT/BitLocker/AllowWarningForOtherDiskEncryption";

/// The methods for which a person must be there.
const ATTENDED: [&str; 3] = [
    "ConfigurePINUsageDropDown_Name",
    "ConfigureTPMStartupKeyUsageDropDown_Name",
    "ConfigureTPMPINKeyUsageDropDown_Name",
];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let silent = among::plain(subjects, WARNING).filter(|found| found.says() == "0");
    let mut methods = ATTENDED.iter().filter_map(|id| among::element(subjects, STARTUP, id));
    let (Some(silent), Some(required)) = (silent, methods.find(|found| found.says() == "1")) else {
        return Vec::new();
    };
    let message = "encryption is to start without a prompt, and a start-up PIN or key is required";
    let finding = Diagnostic::new(Code::SilentWithPin, silent.setting.span, message)
        .also(required.setting.span, "required here")
        .help("require the PIN and let an administrator start encryption (`AllowWarningForOtherDiskEncryption` 1)")
        .help("or encrypt silently with the PIN allowed (2), and let an agent add it later");
    vec![(silent.place, Verdict::Wrong(finding))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn check(silent: u8, pin: u8, expected: bool) {
        let element = |id: &str, value: &str| format!("{STARTUP} · {id} = {value}\n");
        let lines = [
            format!("{WARNING} = {silent}\n{STARTUP} enabled\n"),
            element("ConfigureNonTPMStartupKeyUsage_Name", "false"),
            element("ConfigurePINUsageDropDown_Name", &pin.to_string()),
            element("ConfigureTPMStartupKeyUsageDropDown_Name", "0"),
            element("ConfigureTPMPINKeyUsageDropDown_Name", "0"),
            element("ConfigureTPMUsageDropDown_Name", "0"),
        ];
        assert_eq!(has(Code::SilentWithPin, &lines.concat()), expected, "{silent} {pin}");
    }

    #[test]
    fn nobody_types_a_pin_into_a_silent_encryption() {
        check(0, 1, true);
        check(0, 2, false);
        check(1, 1, false);
    }
}
