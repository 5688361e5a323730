//! A list of allowed apps beside one of blocked apps: what is not allowed does not open, blocked or not.

use super::{AppList, Rule, Subject};
use crate::diagnostic::{Code, Diagnostic};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::AppListsOverlap], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let (Some(allowed), Some(blocked)) = (subject.apps(AppList::Allowed), subject.apps(AppList::Blocked)) else {
        return Vec::new();
    };
    vec![
        Diagnostic::new(
            Code::AppListsOverlap,
            blocked.span,
            "apps are blocked by name, and none that is not allowed would open anyway",
        )
        .also(allowed.span, "the list of allowed apps")
        .help("drop the list of blocked apps, and keep them off the list of allowed ones"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(allowed: bool, blocked: &str, expected: usize) {
        let list = ("app-allowlist", "{ allowed-bundle-ids: [com.example.app], portal: [], web-clips: false }");
        let tools = format!("{{ block-domains: [example.org], block-apps: {blocked} }}");
        let controls: Vec<_> = std::iter::once(("ai-tools", tools.as_str())).chain(allowed.then_some(list)).collect();
        assert_eq!(judge(Platform::Ios, &bind(&controls), "").len(), expected, "{allowed} {blocked}");
    }

    #[test]
    fn one_list_of_apps_is_enough() {
        check(true, "[com.example.ai]", 1);
        check(true, "[]", 0);
        check(false, "[com.example.ai]", 0);
    }
}
