//! Windows Hello's PIN lengths: where the longest is not above the shortest, Windows uses neither (PassportForWork CSP,
//! `PINComplexity/MaximumPINLength`).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Leaf, Value};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::PinLengthsIgnored], explain: include_str!("explain.md"), run };

const SHORTEST: &str = "/PINComplexity/MinimumPINLength";
const LONGEST: &str = "/PINComplexity/MaximumPINLength";

/// What Windows takes for the shortest where nobody gives it.
const LEAST: i128 = 4;

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let longest =
        among::all(subjects, &Leaf::Node, |owner| owner.contains("/PassportForWork/") && owner.ends_with(LONGEST));
    let judged = longest.into_iter().filter_map(|longest| {
        let Value::Integer(most) = longest.setting.value else { return None };
        let uri = longest.setting.address.owner.replace(LONGEST, SHORTEST);
        let shortest = among::plain(subjects, &uri);
        let least = match shortest.map(|found| &found.setting.value) {
            Some(Value::Integer(least)) => *least,
            Some(_) => return None,
            None => LEAST,
        };
        if most > least {
            return None;
        }
        let message = format!("the longest PIN of Windows Hello, {most}, is not above the shortest, {least}");
        let finding = Diagnostic::new(Code::PinLengthsIgnored, longest.setting.span, message)
            .help("make it longer: Windows otherwise ignores both and takes 4 to 127");
        let finding = match shortest {
            Some(shortest) => finding.also(shortest.setting.span, "the shortest is set here"),
            None => finding,
        };
        Some((longest.place, Verdict::Wrong(finding)))
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn check(least: Option<u8>, most: u8, expected: bool) {
        let hello = "./Device/Vendor/MSFT/PassportForWork/00000000-0000-0000-0000-000000000001/Policies";
        let least = least.map(|least| format!("{hello}{SHORTEST} = {least}\n")).unwrap_or_default();
        let lines = format!("{least}{hello}{LONGEST} = {most}");
        assert_eq!(has(Code::PinLengthsIgnored, &lines), expected, "{lines}");
    }

    #[test]
    fn the_longest_is_above_the_shortest() {
        check(Some(6), 127, false);
        check(Some(6), 7, false);
        check(Some(6), 6, true);
        check(Some(8), 6, true);
        check(None, 4, true);
        check(None, 5, false);
    }

    #[test]
    fn another_tenant_is_another_pin() {
        let node = |n: u8, leaf: &str, value: u8| {
            format!(
                "./Device/Vendor/MSFT/PassportForWork/00000000-0000-0000-0000-00000000000{n}/Policies{leaf} = {value}"
            )
        };
        assert!(!has(Code::PinLengthsIgnored, &[node(1, SHORTEST, 8), node(2, LONGEST, 6)].join("\n")));
    }
}
