//! All rules, or all but one: a test takes each away in turn, and must notice.

use super::rule::{
    EXPLAINED_BY_MERGE, GROUP_RULES, GroupRule, SETTING_RULES, SettingRule, WINDOWS_GROUP_RULES, WINDOWS_SETTING_RULES,
};
use crate::diagnostic::Code;

/// The rules of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    without: Option<usize>,
}

impl Rules {
    /// Every rule there is.
    pub fn all() -> Rules {
        Rules { without: None }
    }

    /// Every rule but the one at this place of the tables.
    pub fn without(place: usize) -> Rules {
        Rules { without: Some(place) }
    }

    /// The codes of each rule, in the order of the tables: those over single settings, then those over a group.
    pub fn codes() -> impl Iterator<Item = &'static [Code]> {
        settings().map(|rule| rule.codes).chain(groups().map(|rule| rule.codes))
    }

    pub(crate) fn setting_rules(self, over: Over) -> impl Iterator<Item = &'static SettingRule> {
        let most = if over == Over::Apple { SETTING_RULES.len() } else { usize::MAX };
        settings().take(most).enumerate().filter(move |(n, _)| self.without != Some(*n)).map(|(_, rule)| rule)
    }

    /// Those that judge a name and nothing else.
    pub(crate) fn name_rules(self) -> impl Iterator<Item = &'static SettingRule> {
        let names = [Code::UnknownKey, Code::MisplacedKey, Code::WrongCase, Code::WrongChannel];
        self.setting_rules(Over::Anything)
            .filter(move |rule| rule.codes.first().is_some_and(|code| names.contains(code)))
    }

    pub(crate) fn group_rules(self, over: Over) -> impl Iterator<Item = &'static GroupRule> {
        let (first, most) = (settings().count(), if over == Over::Apple { GROUP_RULES.len() } else { usize::MAX });
        groups().take(most).enumerate().filter(move |(n, _)| self.without != Some(first + *n)).map(|(_, rule)| rule)
    }
}

/// What rules are to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Payloads and declarations alone: the rules of Windows find nothing there.
    Apple,
    /// Anything.
    Anything,
}

fn settings() -> impl Iterator<Item = &'static SettingRule> + Clone {
    SETTING_RULES.iter().chain(WINDOWS_SETTING_RULES)
}

fn groups() -> impl Iterator<Item = &'static GroupRule> + Clone {
    GROUP_RULES.iter().chain(WINDOWS_GROUP_RULES)
}

/// What a code means, for people: the fault, a case of it and its cure.
pub fn explain(code: Code) -> Option<&'static str> {
    let settings = settings().map(|rule| (rule.codes, rule.explain));
    let groups = groups().map(|rule| (rule.codes, rule.explain));
    let merging = EXPLAINED_BY_MERGE.iter().map(|(codes, text)| (*codes, *text));
    let pages = || settings.clone().chain(groups.clone()).chain(merging.clone());
    // A rule's first code is its own; a rule may also find what another page explains.
    let own = pages().find(|(codes, _)| codes.first() == Some(&code));
    own.or_else(|| pages().find(|(codes, _)| codes.contains(&code))).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::super::lookup::look;
    use super::super::rule::{Facts, Subject};
    use super::super::sample::{block, run};
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::setting::{Family, Setting};

    #[test]
    fn every_page_opens_with_the_code_that_it_explains() {
        for code in Code::ALL {
            if let Some(text) = explain(*code)
                && Rules::codes().any(|codes| codes.first() == Some(code))
            {
                assert_eq!(text.lines().next(), Some(format!("# {code}").as_str()));
                assert!(text.contains("\n## Fault\n") && text.contains("\n## Cure\n"), "{code} lacks a part");
            }
        }
    }

    fn pages() -> Vec<(Code, &'static str)> {
        let rules = settings().map(|rule| (rule.codes, rule.explain));
        let groups = groups().map(|rule| (rule.codes, rule.explain));
        let merging = EXPLAINED_BY_MERGE.iter().map(|(codes, text)| (*codes, *text));
        rules.chain(groups).chain(merging).filter_map(|(codes, text)| Some((*codes.first()?, text))).collect()
    }

    #[test]
    fn the_fault_of_every_page_is_found_and_its_cure_is_clean() {
        let mut wrong = Vec::new();
        for (code, page) in pages() {
            let fault = run(Rules::all(), block(page, "Fault"));
            let cure = run(Rules::all(), block(page, "Cure"));
            // That a node restarts the device is said beside any fault of it.
            // So is that no catalogue has the template of a policy which nothing installs.
            let beside = [code, Code::Restarts, Code::UnlistedKey];
            let other = |other: &Code| !beside.contains(other);
            if !fault.codes().contains(&code) || fault.codes().iter().any(other) {
                wrong.push(format!("fault of {code}: {:#?}", fault.lines()));
            }
            if cure.codes().contains(&code) || cure.found.has_errors() {
                wrong.push(format!("cure of {code}: {:#?}", cure.lines()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn no_rule_can_be_taken_away_unnoticed() {
        let places: Vec<(Code, &str)> = pages().into_iter().take(Rules::codes().count()).collect();
        for (code, page) in &places {
            // Several rules may share a page: its first fault is found by one of them, those of the others are for the suite.
            let of_page = places.iter().enumerate().filter(|(_, (other, _))| other == code);
            let missed = |place| !run(Rules::without(place), block(page, "Fault")).codes().contains(code);
            assert!(of_page.map(|(place, _)| place).any(missed), "{code} is found by another rule as well");
        }
    }

    #[test]
    fn the_rules_of_windows_find_nothing_where_there_are_payloads_and_declarations_alone() {
        let (catalogue, mut asked) = (Catalogue::embedded(), 0);
        for (code, page) in pages() {
            let run = run(Rules::all(), block(page, "Fault"));
            let dropped = run.checked.dropped().iter().map(|dropped| &dropped.setting);
            let settings: Vec<&Setting> = run.checked.settings().iter().chain(dropped).collect();
            let is_apple = |setting: &&Setting| matches!(setting.address.family, Family::Profile | Family::Declaration);
            let facts: Vec<Facts<'_>> = settings.iter().map(|one| look(&catalogue, &one.address)).collect();
            let subject = |(setting, facts)| Subject::new(&catalogue, run.checked.target(), setting, facts);
            let subjects: Vec<Subject<'_>> = settings.iter().copied().zip(&facts).map(subject).collect();
            if settings.iter().all(is_apple) && !settings.is_empty() {
                asked += 1;
                let alone = |rule: &SettingRule| subjects.iter().all(|subject| (rule.run)(subject).is_empty());
                assert!(WINDOWS_SETTING_RULES.iter().all(alone), "{code}");
                assert!(WINDOWS_GROUP_RULES.iter().all(|rule| (rule.run)(&subjects).is_empty()), "{code}");
            }
        }
        assert!(asked > 20, "{asked}");
    }

    #[test]
    fn without_takes_exactly_one_away() {
        let all = Rules::all();
        let count =
            |rules: Rules| rules.setting_rules(Over::Anything).count() + rules.group_rules(Over::Anything).count();
        for place in 0..Rules::codes().count() {
            assert_eq!(count(Rules::without(place)) + 1, count(all));
        }
    }
}
