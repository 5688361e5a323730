//! Settings that take the ground from under the demand that removable drives be encrypted (BitLocker CSP,
//! `RemovableDrivesRequireEncryption`; failure-modes B8, B10).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among::{self, Found};
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Leaf, Value};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::RemovableMediaContradiction], explain: include_str!("explain.md"), run };

const DEMAND: &str = "./Device/Vendor/MSFT/BitLocker/RemovableDrivesRequireEncryption";
const EXCLUDED: &str = "./Device/Vendor/MSFT/BitLocker/RemovableDrivesExcludedFromEncryption";
const DENY_WRITE: &str = "./Device/Vendor/MSFT/Policy/Config/Storage/RemovableDiskDenyWriteAccess";
const CARD: &str = "./Device/Vendor/MSFT/Policy/Config/System/AllowStorageCard";

/// Policies of `RemovableStorage.admx` that keep removable disks from being read or written, on either channel.
const DENIALS: [&str; 3] =
    ["RemovableDisks_DenyRead_Access_", "RemovableDisks_DenyWrite_Access_", "RemovableStorageClasses_DenyAll_Access_"];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let Some(demand) = among::enabled(subjects, DEMAND) else { return Vec::new() };
    let mut verdicts: Vec<(usize, Verdict)> = Vec::new();
    for found in denials(subjects) {
        let message = format!("`{}` denies the drives that are to be encrypted", leaf(&found.setting.address.owner));
        let help = "choose one: drives that must be encrypted to be written on, or drives that are denied";
        verdicts.push(against(demand, found, message, help));
    }
    let excluded = among::plain(subjects, EXCLUDED);
    if let Some(found) =
        excluded.filter(|found| !matches!(&found.setting.value, Value::Array(items) if items.is_empty()))
    {
        let message = "excluded drives can be written on although removable drives are to be encrypted".to_owned();
        verdicts.push(against(
            demand,
            found,
            message,
            "take the exclusion out, or put its devices in a group of their own",
        ));
    }
    verdicts
}

fn denials<'s>(subjects: &'s [Subject<'_>]) -> Vec<Found<'s>> {
    let policy = |owner: &str| {
        let area = "/policy/config/admx_removablestorage/";
        owner.to_ascii_lowercase().contains(area) && DENIALS.iter().any(|name| leaf(owner).starts_with(name))
    };
    let mut found = among::all(subjects, &Leaf::AdmxState, policy);
    found.retain(|found| found.setting.value == Value::Boolean(true));
    found.extend(among::plain(subjects, DENY_WRITE).filter(|found| found.says() == "1"));
    found.extend(among::plain(subjects, CARD).filter(|found| found.says() == "0"));
    found
}

fn against(demand: Found<'_>, found: Found<'_>, message: String, help: &str) -> (usize, Verdict) {
    let finding = Diagnostic::new(Code::RemovableMediaContradiction, found.setting.span, message)
        .also(demand.setting.span, "encryption is demanded here")
        .help(help);
    (found.place, Verdict::Wrong(finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn check(other: &str, expected: bool) {
        let lines = format!("{DEMAND} enabled\n{DEMAND} · RDVCrossOrg = false\n{other}");
        assert_eq!(has(Code::RemovableMediaContradiction, &lines), expected, "{other}");
        assert!(!has(Code::RemovableMediaContradiction, other), "{other} alone");
    }

    #[test]
    fn denied_and_excluded_drives_contradict_the_demand() {
        let storage = "./Device/Vendor/MSFT/Policy/Config/ADMX_RemovableStorage";
        check("", false);
        check(&format!("{DENY_WRITE} = 1"), true);
        check(&format!("{DENY_WRITE} = 0"), false);
        check(&format!("{CARD} = 0"), true);
        check(&format!("{storage}/RemovableDisks_DenyRead_Access_2 enabled"), true);
        check(&format!("{storage}/RemovableDisks_DenyRead_Access_2 disabled"), false);
        check("./User/Vendor/MSFT/Policy/Config/ADMX_RemovableStorage/RemovableDisks_DenyRead_Access_1 enabled", true);
        check(&format!("{storage}/WPDDevices_DenyRead_Access_2 enabled"), false);
        check(&format!("{EXCLUDED} = USBSTOR\\DISK"), true);
    }

    #[test]
    fn what_is_not_demanded_is_not_contradicted() {
        assert!(!has(Code::RemovableMediaContradiction, &format!("{DEMAND} disabled\n{DENY_WRITE} = 1")));
    }
}
