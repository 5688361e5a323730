//! Rules across controls: what data cannot say. One folder each, `mod.rs` for the rule and `explain.md` for people; the table is the
//! whole list. They follow section 4 of the control catalogue that the library was written from.

mod ai_sites_open;
mod app_list_without_portal;
mod app_lists_overlap;
mod bluetooth_frozen;
mod encryption_needs_administrator;
mod erase_without_clause;
mod hotspot_frozen;
mod local_copies_hidden;
mod passcode_cannot_be_set;
mod passcode_twice;
mod pins_may_be_equal;
mod restart_day;
mod supplied_phones_unreadable;
mod updates_too_late;
mod web_clips_undecided;

use super::{Bound, Watch};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Family, Setting, Target, Value};
use crate::source::Span;
use std::collections::BTreeSet;

/// What a rule looks at: one group, what is asked of it, and what it gets.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) target: &'a Target,
    pub(crate) controls: &'a [Bound],
    pub(crate) settings: &'a [Setting],
    /// Controls of which something has a finding already: what they do not write says nothing.
    pub(crate) unsettled: &'a BTreeSet<&'a str>,
}

/// A rule across controls.
pub(crate) struct Rule {
    pub(crate) codes: &'static [Code],
    pub(crate) explain: &'static str,
    /// Parameters, by control, that this rule judges and no setting carries.
    pub(crate) judges: &'static [(&'static str, &'static str)],
    pub(crate) run: fn(&Subject<'_>) -> Vec<Diagnostic>,
}

const RULES: &[Rule] = &[
    ai_sites_open::RULE,
    app_list_without_portal::RULE,
    app_lists_overlap::RULE,
    bluetooth_frozen::RULE,
    encryption_needs_administrator::RULE,
    erase_without_clause::RULE,
    hotspot_frozen::RULE,
    local_copies_hidden::RULE,
    passcode_cannot_be_set::RULE,
    passcode_twice::RULE,
    pins_may_be_equal::RULE,
    restart_day::RULE,
    supplied_phones_unreadable::RULE,
    updates_too_late::RULE,
    web_clips_undecided::RULE,
];

/// Pages of what this room finds outside its rules.
const EXPLAINED_ELSEWHERE: &[(Code, &str)] = &[
    (Code::GuardBroken, include_str!("guard_broken/explain.md")),
    (Code::UnmetNeed, include_str!("unmet_need/explain.md")),
];

/// The rules across controls, or all but one: a test takes each away in turn, and must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    without: Option<usize>,
}

impl Rules {
    /// Every rule there is.
    pub fn all() -> Rules {
        Rules { without: None }
    }

    /// Every rule but the one at this place of the table.
    pub fn without(place: usize) -> Rules {
        Rules { without: Some(place) }
    }

    /// The codes of each rule, in the order of the table.
    pub fn codes() -> impl Iterator<Item = &'static [Code]> {
        RULES.iter().map(|rule| rule.codes)
    }

    /// Judges what a group gets, after `check`.
    pub fn run(self, group: &Watch<'_>, unsettled: &BTreeSet<&str>, found: &mut Diagnostics) {
        let Watch { target, controls, settings, .. } = *group;
        let subject = Subject { target, controls, settings, unsettled };
        let rules = RULES.iter().enumerate().filter(|(place, _)| self.without != Some(*place));
        rules.flat_map(|(_, rule)| (rule.run)(&subject)).for_each(|finding| found.push(finding));
    }
}

/// What a code of this room means, for people.
pub fn explain(code: Code) -> Option<&'static str> {
    let own = RULES.iter().find(|rule| rule.codes.contains(&code)).map(|rule| rule.explain);
    own.or_else(|| EXPLAINED_ELSEWHERE.iter().find(|(other, _)| *other == code).map(|(_, text)| *text))
}

/// The parameters of a control that a rule judges and no setting carries.
pub(super) fn judged(control: &str) -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .flat_map(|rule| rule.judges)
        .filter(move |(owner, _)| *owner == control)
        .map(|(_, parameter)| *parameter)
}

impl<'a> Subject<'a> {
    /// The first instance of a control.
    fn control(&self, id: &str) -> Option<&'a Bound> {
        self.controls.iter().find(|bound| bound.control.id.value == id)
    }

    /// The list of apps that open, or that do not, as a payload or a declaration has it.
    fn apps(&self, list: AppList) -> Option<&'a Setting> {
        let (key, declared) = match list {
            AppList::Allowed => ("allowListedAppBundleIDs", "AllowedApps"),
            AppList::Blocked => ("blockedAppBundleIDs", "DeniedApps"),
        };
        let declared = |setting: &&Setting| {
            setting.address.owner == "com.apple.configuration.app.settings"
                && setting.address.keys() == ["Allowed", declared]
        };
        self.key("com.apple.applicationaccess", key).or_else(|| self.settings.iter().find(declared))
    }

    /// What a key of a payload or declaration is set to.
    fn key(&self, owner: &str, key: &str) -> Option<&'a Setting> {
        self.settings.iter().find(|setting| {
            let address = &setting.address;
            matches!(address.family, Family::Profile | Family::Declaration)
                && address.owner == owner
                && address.keys() == [key]
        })
    }
}

/// One of the two lists of apps.
#[derive(Clone, Copy)]
enum AppList {
    Allowed,
    Blocked,
}

/// Where a clause asks for the control.
fn place(bound: &Bound) -> Span {
    bound.clauses.first().map(|(_, span)| *span).unwrap_or_default()
}

/// A parameter's value.
fn given<'a>(bound: &'a Bound, parameter: &str) -> Option<&'a Value> {
    bound.parameters.get(parameter)?.value.as_ref()
}

/// Where a parameter's value was written; where the control was asked for, for a default.
fn place_of(bound: &Bound, parameter: &str) -> Span {
    let written = bound.parameters.get(parameter).map(|parameter| parameter.span).filter(|span| span.is_somewhere());
    written.unwrap_or_else(|| place(bound))
}

#[cfg(test)]
mod trial {
    //! For the tests of rules: controls, and raw entries of a clause, lowered and judged.

    use super::super::sample::{bound, clause, facts, messages, of_library, target, tree};
    use super::super::{Bound, RawEntry, Writer, lower, parse_entries};
    use super::*;
    use crate::setting::Platform;

    /// The group's controls.
    pub(super) fn bind(controls: &[(&str, &str)]) -> Vec<Bound> {
        controls.iter().map(|(id, give)| bound(&of_library(id), give)).collect()
    }

    /// What the rules say of them.
    pub(super) fn judge(platform: Platform, controls: &[Bound], raw: &str) -> Vec<String> {
        let target = target(platform);
        let mut found = Diagnostics::default();
        let entries = parse_entries(&tree(&format!("[{raw}]\n")).1, Writer::Clause, &mut found);
        let raw: Vec<RawEntry> =
            entries.into_iter().map(|entry| RawEntry { entry: entry.into(), clause: clause("2") }).collect();
        let mut lowered = lower(&target, &facts(), controls, &raw, &mut found);
        // `check` leaves one form of each demand: the preferred one, where the group takes it.
        lowered.settings.retain(|setting| setting.choice.as_ref().is_none_or(|choice| choice.form == 0));
        let facts = facts();
        let group = Watch { target: &target, facts: &facts, controls, settings: &lowered.settings };
        Rules::all().run(&group, &BTreeSet::new(), &mut found);
        for (place, rule) in RULES.iter().enumerate() {
            let mut fewer = Diagnostics::default();
            Rules::without(place).run(&group, &BTreeSet::new(), &mut fewer);
            let own = |finding: &&Diagnostic| rule.codes.contains(&finding.code);
            assert_eq!(fewer.iter().filter(own).count(), 0, "two rules give one code");
        }
        let severity = |finding: &Diagnostic| finding.severity.word();
        found.iter().map(severity).zip(messages(&found)).map(|(word, text)| format!("{word} {text}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_opens_with_its_code_and_has_a_fault_and_a_cure() {
        let pages = RULES.iter().flat_map(|rule| rule.codes.first().map(|code| (*code, rule.explain)));
        for (code, page) in pages.chain(EXPLAINED_ELSEWHERE.iter().copied()) {
            assert_eq!(page.lines().next(), Some(format!("# {code}").as_str()));
            assert!(
                page.contains("\n## Fault\n\n```yaml\n") && page.contains("\n## Cure\n\n```yaml\n"),
                "{code} lacks a part"
            );
            assert_eq!(explain(code), Some(page));
        }
    }
}
