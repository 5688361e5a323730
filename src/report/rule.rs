//! What a code of a finding or an entry means, for formats that carry rules with their results.

use crate::compare::Direction;
use crate::diagnostic::{Code, Severity};
use crate::review::Kind;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// One sentence.
    pub(super) summary: &'static str,
    /// The page, in Markdown.
    pub(super) page: &'static str,
    /// How much it weighs, as a rule.
    pub(super) severity: Severity,
}

/// The code of a change.
pub(super) fn code_of(kind: Kind, direction: Direction) -> &'static str {
    match (kind, direction) {
        (Kind::Identity, _) => "changed-identity",
        (Kind::Cosmetic, _) => "changed-words",
        (Kind::Behaviour, Direction::Weaker) => "changed-weaker",
        (Kind::Behaviour, Direction::Stronger) => "changed-stronger",
        (Kind::Behaviour, Direction::Neutral) => "changed-neutral",
        (Kind::Behaviour, Direction::Unknown) => "changed-unknown",
    }
}

/// What a code means; nothing where it is none of ours.
pub(super) fn rule(code: &str) -> Option<Rule> {
    if let Some(code) = Code::named(code) {
        let page = crate::explain(code).unwrap_or(code.summary()).trim();
        return Some(Rule { summary: code.summary().trim(), page, severity: code.severity() });
    }
    let (summary, page, severity) = match code {
        "changed-weaker" => (
            "A change asks for less than before, or lets more.",
            "Somebody who may accept the loss should say so: `policyc diff --fail-on weaker` stops at it, and `--approved` names who \
             approved it.",
            Severity::Warning,
        ),
        "changed-unknown" => (
            "A change of which nobody has decided which way it goes.",
            "Read it as if it were weaker. Which side of a setting is stricter is decided once, in the catalogue's table, with a reason.",
            Severity::Warning,
        ),
        "changed-stronger" => (
            "A change asks for more than before, or lets less.",
            "What it does to the people who have the devices stands under what happens on devices.",
            Severity::Note,
        ),
        "changed-neutral" => (
            "A change of what is asked, neither side of which is stricter.",
            "It reaches devices or people, and takes nothing away.",
            Severity::Note,
        ),
        "changed-identity" => (
            "Devices take what they have for another thing, and install it anew.",
            "Where it was only renamed, `formerly: the-old-name` beside the new name keeps the identity.",
            Severity::Warning,
        ),
        "changed-words" => (
            "Words, numbers or order changed, and nothing that is asked of devices or people.",
            "Nothing is to be done.",
            Severity::Note,
        ),
        "catalogue-removed" => (
            "The later release of the vendor's schema does not have it.",
            "What sets it no longer compiles once the release is taken over: find what the vendor offers in its place.",
            Severity::Warning,
        ),
        "catalogue-deprecated" => (
            "The later release of the vendor's schema says that it goes.",
            "It still works. Look for what takes its place before it is gone.",
            Severity::Warning,
        ),
        "catalogue-changed" => (
            "The later release of the vendor's schema states something else of it.",
            "Where it takes less than before, see that what is set still fits, and that every group has the versions that it needs.",
            Severity::Note,
        ),
        "catalogue-added" => (
            "The earlier release of the vendor's schema did not have it.",
            "Nothing is to be done, unless it is a key that must be there.",
            Severity::Note,
        ),
        _ => return None,
    };
    Some(Rule { summary, page, severity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::change::What;
    use crate::report::release;

    #[test]
    fn every_code_has_a_rule() {
        let kinds = Kind::WORDS.iter().map(|(kind, _)| *kind);
        let changes = kinds.flat_map(|kind| Direction::WORDS.iter().map(move |(way, _)| code_of(kind, *way)));
        let released = What::WORDS.iter().map(|(what, _)| release::code(*what));
        for code in changes.chain(released).chain(Code::ALL.iter().map(|code| code.name())) {
            let rule = rule(code).unwrap_or_else(|| panic!("{code} has no rule"));
            assert!(!rule.summary.is_empty() && !rule.page.is_empty(), "{code}");
        }
        assert_eq!(rule("no-such-code"), None);
    }
}
