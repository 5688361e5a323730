//! Windows: nodes that Microsoft calls deprecated, themselves or with everything above them (DDF v2, `Deprecated`). From the build
//! that it names on they are `removed`.

use super::{Subject, Verdict};
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::OsVersion;

/// What the DDF says of the end of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Some day.
    Undated,
    /// From this build on.
    From(OsVersion),
}

/// The area of a browser, Edge Legacy. The DDF dates the end of two of its nodes with Windows 11, which came out when nobody
/// supported that browser any more; it forgets the others, and the errata name no build.
const BROWSER: (&str, &str) = ("/Policy/Config/Browser/", "10.0.22000");

/// The end of a node: the nearest level that speaks of one.
pub(crate) fn end(found: &NodeMatch<'_>) -> Option<End> {
    let levels = [found.node].into_iter().chain(found.ancestors.iter().rev().copied());
    let stated = levels.into_iter().find_map(|node| node.deprecated.as_deref());
    let dated = stated.and_then(OsVersion::parse);
    let dated = dated.or_else(|| found.node.uri.contains(BROWSER.0).then(|| OsVersion::parse(BROWSER.1)).flatten());
    dated.map(End::From).or_else(|| stated.map(|_| End::Undated))
}

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Verdict> {
    let os = &subject.target.os;
    let name = leaf(&found.node.uri);
    let message = match end(found)? {
        End::From(build) if build <= os.value => return None,
        End::From(build) => format!("`{name}` is deprecated: Windows {build} gives it up"),
        End::Undated => format!("`{name}` is deprecated"),
    };
    let finding = Diagnostic::new(Code::Deprecated, subject.setting.span, message)
        .also(os.span, format!("the group's oldest is {}", os.value))
        .help("ask for what takes its place; `policyc catalogue search` finds names");
    Some(Verdict::Remark(finding))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has_for, target};
    use crate::diagnostic::Code;
    use crate::setting::OsVersion;

    fn check(build: &str, line: &str, expected: Option<Code>) {
        let mut group = target();
        group.os.value = OsVersion::parse(build).unwrap();
        for code in [Code::Deprecated, Code::Removed] {
            assert_eq!(has_for(&group, code, line), expected == Some(code), "{build} {line} {code}");
        }
    }

    #[test]
    fn a_dated_end_is_near_and_then_there() {
        let copilot = "./User/Vendor/MSFT/Policy/Config/WindowsAI/TurnOffWindowsCopilot = 1";
        check("10.0.22631", copilot, Some(Code::Deprecated));
        check("10.0.26200", copilot, Some(Code::Removed));
        let store = "./Device/Vendor/MSFT/Policy/Config/ApplicationManagement/AllowStore = 0";
        check("10.0.19045", store, Some(Code::Deprecated));
        check("10.0.22631", store, Some(Code::Removed));
    }

    #[test]
    fn an_end_without_a_date_warns() {
        check("10.0.22631", "./Device/Vendor/MSFT/BitLocker/RequireStorageCardEncryption = 1", Some(Code::Deprecated));
        check("10.0.22631", "./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption = 1", None);
    }

    #[test]
    fn what_is_below_ends_with_what_is_above() {
        let mail = "./User/Vendor/MSFT/EMAIL2/{11111111-1111-1111-1111-111111111111}/DOMAIN = x";
        check("10.0.22631", mail, Some(Code::Deprecated));
    }
}
