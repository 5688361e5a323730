//! AI tools need permission, and no site is blocked: what is left are the switches that the system has.

use super::{Rule, Subject, given, place};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Platform, Value};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::AiSitesOpen], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    // Elsewhere the list is a gap, which has its own note.
    let takes_sites = subject.target.platform.value == Platform::Ios;
    let Some(bound) = subject.control("ai-tools").filter(|_| takes_sites) else { return Vec::new() };
    let Some(Value::Array(sites)) = given(bound, "block-domains") else { return Vec::new() };
    if !sites.is_empty() {
        return Vec::new();
    }
    vec![
        Diagnostic::new(
            Code::AiSitesOpen,
            place(bound),
            "AI tools need permission, and no site of any is blocked: only what is built in is off",
        )
        .help("list the sites in `block-domains`: no schema knows which sites are AI tools"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(platform: Platform, sites: &str, expected: usize) {
        let controls = bind(&[("ai-tools", &format!("{{ block-domains: {sites} }}"))]);
        assert_eq!(judge(platform, &controls, "").len(), expected, "{sites}");
    }

    #[test]
    fn somebody_has_listed_the_sites() {
        check(Platform::Ios, "[]", 1);
        check(Platform::Ios, "[chat.example.com]", 0);
        check(Platform::Windows, "[]", 0);
    }
}
