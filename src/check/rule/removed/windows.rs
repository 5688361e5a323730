//! Windows: nodes whose deprecation is dated at or before the group's build, and the whole area of the browser that is gone.

use super::{Subject, Verdict};
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::check::rule::deprecated::windows::{End, end};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::OsVersion;

/// `Policy/Config/Browser` is Edge Legacy's area. Windows 10 20H2 was the first release without that browser (Microsoft, "Microsoft
/// Edge Legacy end of support"), which the DDF does not say.
const LEGACY_BROWSER: &str = "/Policy/Config/Browser/";
const FIRST_WITHOUT_IT: [u32; 3] = [10, 0, 19042];

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Verdict> {
    let os = &subject.target.os;
    let name = leaf(&found.node.uri);
    let (message, help) = match end(found) {
        _ if found.node.uri.contains(LEGACY_BROWSER) && since(&os.value) => (
            format!("`{name}` is of a browser, Edge Legacy, that Windows {} does not have", os.value),
            "today's Edge has policies of its own, from a template that devices get by ADMXInstall",
        ),
        Some(End::From(build)) if build <= os.value => (
            format!("from Windows {build} on `{name}` has no effect"),
            "leave it out, or ask for what took its place; `policyc catalogue search` finds names",
        ),
        _ => return None,
    };
    let finding = Diagnostic::new(Code::Removed, subject.setting.span, message)
        .also(os.span, format!("the group's oldest is {}", os.value))
        .help(help);
    Some(Verdict::CannotTake(finding))
}

fn since(os: &OsVersion) -> bool {
    os.parts() >= &FIRST_WITHOUT_IT[..]
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has_for, target};
    use crate::diagnostic::Code;
    use crate::setting::OsVersion;

    #[test]
    fn the_old_browser_is_gone_since_20h2() {
        let check = |build: &str, expected: bool| {
            let mut group = target();
            group.os.value = OsVersion::parse(build).unwrap();
            let policy = "./Device/Vendor/MSFT/Policy/Config/Browser/AllowPasswordManager = 0";
            assert_eq!(has_for(&group, Code::Removed, policy), expected, "{build}");
        };
        check("10.0.17763", false);
        check("10.0.19042", true);
        check("10.0.22631", true);
    }
}
