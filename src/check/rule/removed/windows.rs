//! Windows: nodes whose deprecation is dated at or before the group's build (DDF v2, `Deprecated`).

use super::{Subject, Verdict};
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::check::rule::deprecated::windows::{End, end};
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Verdict> {
    let os = &subject.target.os;
    let build = match end(found)? {
        End::From(build) if build <= os.value => build,
        End::From(_) | End::Undated => return None,
    };
    let message = format!("Windows {build} gave `{}` up", leaf(&found.node.uri));
    let finding = Diagnostic::new(Code::Removed, subject.setting.span, message)
        .also(os.span, format!("the group's oldest is {}", os.value))
        .help("leave it out, or ask for what took its place; `policyc catalogue search` finds names");
    Some(Verdict::CannotTake(finding))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has_for, target};
    use crate::diagnostic::Code;
    use crate::setting::OsVersion;

    #[test]
    fn windows_11_has_no_old_browser() {
        let check = |build: &str, expected: bool| {
            let mut group = target();
            group.os.value = OsVersion::parse(build).unwrap();
            let policy = "./Device/Vendor/MSFT/Policy/Config/Browser/AllowPasswordManager = 0";
            assert_eq!(has_for(&group, Code::Removed, policy), expected, "{build}");
        };
        check("10.0.19045", false);
        check("10.0.22631", true);
    }
}
