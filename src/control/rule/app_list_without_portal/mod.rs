//! A list of allowed apps that no app, or not the one that installs the others, is on.

use super::{AppList, Rule, Subject, given, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Value;

pub(super) const RULE: Rule = Rule {
    codes: &[Code::AppListWithoutPortal],
    explain: include_str!("explain.md"),
    judges: &[("app-allowlist", "portal")],
    run,
};

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(listed) = subject.apps(AppList::Allowed) else { return Vec::new() };
    let Value::Array(apps) = &listed.value else { return Vec::new() };
    if apps.is_empty() {
        let cause = "the list of allowed apps is empty: nothing but Phone and Settings would open";
        let finding = Diagnostic::new(Code::AppListWithoutPortal, listed.span, cause);
        return vec![finding.help("list the portal, its apps and those of Apple's to keep, or do not ask for a list")];
    }
    let Some(bound) = subject.control("app-allowlist") else { return Vec::new() };
    let Some(Value::Array(portals)) = given(bound, "portal") else { return Vec::new() };
    let listed_too = |portal: &Value| apps.iter().any(|app| app.value == *portal);
    let names: Vec<String> =
        portals.iter().map(|portal| format!("`{}`", portal.value.to_string().trim_matches('"'))).collect();
    if names.is_empty() || portals.iter().any(|portal| listed_too(portal)) {
        return Vec::new();
    }
    let names = names.join(" nor ");
    vec![
        Diagnostic::new(
            Code::AppListWithoutPortal,
            place_of(bound, "allowed-bundle-ids"),
            format!("{names} is not on the list of allowed apps, so the app that installs the others does not open"),
        )
        .help(format!("add {names} to `allowed-bundle-ids`"))
        .help("or name the app that does it in `portal`; `portal: []` where the server needs none"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(give: &str, expected: &[&str]) {
        assert_eq!(judge(Platform::Ios, &bind(&[("app-allowlist", give)]), ""), expected, "{give}");
    }

    #[test]
    fn the_list_holds_the_portal_that_is_stated() {
        check("{ web-clips: false, allowed-bundle-ids: [com.example.app, com.microsoft.CompanyPortal] }", &[]);
        check("{ web-clips: false, allowed-bundle-ids: [com.example.app], portal: [] }", &[]);
        check("{ web-clips: false, allowed-bundle-ids: [com.example.app], portal: [com.example.app] }", &[]);
        check(
            "{ web-clips: false, allowed-bundle-ids: [com.example.app] }",
            &[
                "error app-list-without-portal: `com.microsoft.CompanyPortal` is not on the list of allowed apps, so the app that installs \
             the others does not open",
            ],
        );
        let empty = "error app-list-without-portal: the list of allowed apps is empty: nothing but Phone and Settings would open";
        check("{ web-clips: false, allowed-bundle-ids: [] }", &[empty]);
        let raw = "{ platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowListedAppBundleIDs: [] } }";
        assert_eq!(judge(Platform::Ios, &[], raw), [empty]);
    }
}
