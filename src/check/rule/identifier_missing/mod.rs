//! Removable drives of the organisation only, without the identifier by which Windows tells them (BitLocker CSP,
//! `IdentificationField`; failure-modes B9).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among;
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::IdentifierMissing], explain: include_str!("explain.md"), run };

const DEMAND: &str = "./Device/Vendor/MSFT/BitLocker/RemovableDrivesRequireEncryption";
const IDENTIFIER: &str = "./Device/Vendor/MSFT/BitLocker/IdentificationField";

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let own = among::element(subjects, DEMAND, "RDVCrossOrg").filter(|found| found.says() == "true");
    let Some(own) = own else { return Vec::new() };
    let identifier = among::element(subjects, IDENTIFIER, "IdentificationField");
    if identifier.is_some_and(|found| !found.setting.value.to_string().trim_matches('"').is_empty()) {
        return Vec::new();
    }
    let message = "only the organisation's own removable drives may be written on, and it has no identifier";
    let finding = Diagnostic::new(Code::IdentifierMissing, own.setting.span, message)
        .help("give `BitLocker/IdentificationField` both of its elements, or set `RDVCrossOrg` to false")
        .help("a drive carries the identifier from when it was encrypted: those encrypted before lack it");
    vec![(own.place, Verdict::Wrong(finding))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    #[test]
    fn the_organisations_drives_are_known_by_its_identifier() {
        let demand = |own: bool| format!("{DEMAND} enabled\n{DEMAND} · RDVCrossOrg = {own}\n");
        let identifier = |text: &str| {
            let element = |id: &str| format!("{IDENTIFIER} · {id} = {text}\n");
            format!("{IDENTIFIER} enabled\n{}{}", element("IdentificationField"), element("SecIdentificationField"))
        };
        assert!(has(Code::IdentifierMissing, &demand(true)));
        assert!(has(Code::IdentifierMissing, &format!("{}{}", demand(true), identifier(""))));
        assert!(!has(Code::IdentifierMissing, &format!("{}{}", demand(true), identifier("example"))));
        assert!(!has(Code::IdentifierMissing, &demand(false)));
    }
}
