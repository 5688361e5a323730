//! BitLocker's four start-up methods with a TPM: one that is required excludes the others (DDF,
//! `SystemDrivesRequireStartupAuthentication`; failure-modes B4).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among;
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::SeveralStartupMethods], explain: include_str!("explain.md"), run };

pub(crate) const NODE: &str = "./Device/Vendor/MSFT/BitLocker/SystemDrivesRequireStartupAuthentication";

/// The elements, and what each asks for.
const METHODS: [(&str, &str); 4] = [
    ("ConfigurePINUsageDropDown_Name", "a PIN"),
    ("ConfigureTPMStartupKeyUsageDropDown_Name", "a key"),
    ("ConfigureTPMPINKeyUsageDropDown_Name", "a PIN with a key"),
    ("ConfigureTPMUsageDropDown_Name", "the TPM alone"),
];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let methods = METHODS.iter().filter_map(|(id, words)| Some((among::element(subjects, NODE, id)?, *words)));
    let methods: Vec<_> = methods.map(|(found, words)| (found, words, found.says())).collect();
    let required = methods.iter().find(|(_, _, says)| says == "1");
    let Some((required, words, _)) = required else { return Vec::new() };
    let others = methods.iter().filter(|(other, _, says)| other.place != required.place && says != "0");
    let Some((other, other_words, says)) =
        others.clone().find(|(_, _, says)| says == "1").or_else(|| others.clone().next())
    else {
        return Vec::new();
    };
    let how = if says == "1" { "required" } else { "allowed" };
    let message = format!("{words} is required at start-up, and {other_words} is {how} beside it");
    let finding = Diagnostic::new(Code::SeveralStartupMethods, other.setting.span, message)
        .also(required.setting.span, format!("{words} is required here"))
        .help("set one method to 1 and the other three to 0, or none to 1: Windows reports an error in the policy otherwise");
    vec![(other.place, Verdict::Wrong(finding))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    #[test]
    fn one_required_method_stands_alone() {
        let check = |values: [u8; 4], expected: bool| {
            let elements: Vec<String> =
                METHODS.iter().zip(values).map(|((id, _), value)| format!("{NODE} · {id} = {value}")).collect();
            let other = format!("{NODE} · ConfigureNonTPMStartupKeyUsage_Name = false");
            let lines = format!("{NODE} enabled\n{other}\n{}", elements.join("\n"));
            assert_eq!(has(Code::SeveralStartupMethods, &lines), expected, "{values:?}");
        };
        check([1, 0, 0, 0], false);
        check([0, 0, 0, 1], false);
        check([2, 2, 2, 2], false);
        check([1, 1, 0, 0], true);
        check([1, 0, 0, 2], true);
        check([0, 1, 0, 1], true);
    }
}
