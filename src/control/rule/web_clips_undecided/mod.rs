//! A list of allowed apps without a decision on web clips: they open only where `com.apple.webapp` is on it.

use super::{AppList, Rule, Subject, given, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Value;

pub(super) const RULE: Rule = Rule {
    codes: &[Code::WebClipsUndecided],
    explain: include_str!("explain.md"),
    judges: &[("app-allowlist", PARAMETER)],
    run,
};

const PARAMETER: &str = "web-clips";
const WEB_CLIPS: &str = "com.apple.webapp";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(bound) = subject.control("app-allowlist") else { return Vec::new() };
    let Some(list) = subject.apps(AppList::Allowed) else { return Vec::new() };
    let Value::Array(apps) = &list.value else { return Vec::new() };
    let listed = apps.iter().any(|app| app.value == Value::text(WEB_CLIPS));
    let (parameter, cause, cure) = match (given(bound, PARAMETER), listed) {
        (Some(Value::Boolean(true)) | None, true) | (Some(Value::Boolean(false)), false) => return Vec::new(),
        (Some(Value::Boolean(true)), false) => (
            PARAMETER,
            format!("`{PARAMETER}` wants web clips to open, and `{WEB_CLIPS}` is not on the list of allowed apps"),
            format!("add `{WEB_CLIPS}` to `allowed-bundle-ids`, or say `{PARAMETER}: false`"),
        ),
        (Some(_), true) => (
            PARAMETER,
            format!("`{PARAMETER}` keeps web clips from opening, and `{WEB_CLIPS}` is on the list of allowed apps"),
            format!("take `{WEB_CLIPS}` out of `allowed-bundle-ids`, or say `{PARAMETER}: true`"),
        ),
        (_, false) => (
            "allowed-bundle-ids",
            format!(
                "the list of allowed apps has no `{WEB_CLIPS}`, and nobody says that web clips are meant to vanish"
            ),
            format!("add `{WEB_CLIPS}` to `allowed-bundle-ids`, or say `{PARAMETER}: false`"),
        ),
    };
    vec![Diagnostic::new(Code::WebClipsUndecided, place_of(bound, parameter), cause).help(cure)]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(apps: &str, web_clips: &str, expected: &[&str]) {
        let give = format!("{{ portal: [], allowed-bundle-ids: [com.example.app{apps}]{web_clips} }}");
        assert_eq!(judge(Platform::Ios, &bind(&[("app-allowlist", &give)]), ""), expected, "{give}");
    }

    #[test]
    fn somebody_has_decided_whether_web_clips_open() {
        check(", com.apple.webapp", "", &[]);
        check(", com.apple.webapp", ", web-clips: true", &[]);
        check("", ", web-clips: false", &[]);
        let open = "error web-clips-undecided: the list of allowed apps has no `com.apple.webapp`, and nobody says that web clips are \
                    meant to vanish";
        check("", "", &[open]);
        let missing = "error web-clips-undecided: `web-clips` wants web clips to open, and `com.apple.webapp` is not on the list of \
                       allowed apps";
        check("", ", web-clips: true", &[missing]);
        let listed = "error web-clips-undecided: `web-clips` keeps web clips from opening, and `com.apple.webapp` is on the list of \
                      allowed apps";
        check(", com.apple.webapp", ", web-clips: false", &[listed]);
    }
}
