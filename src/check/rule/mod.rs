//! The rules: one folder each, `mod.rs` for the check and `explain.md` for people. The tables here are the whole list.

mod cannot_deliver;
mod dependency_unmet;
mod deprecated;
mod forbidden_under_enrolment;
mod ignored_under_enrolment;
mod key_escrow_missing;
mod misplaced_key;
mod mutually_exclusive;
mod needs_supervision;
mod not_in_list;
pub(super) mod not_on_platform;
mod out_of_range;
mod removed;
mod required_key_missing;
pub(super) mod secret_literal;
mod several_instances;
mod side_effect;
mod too_new;
mod unknown_key;
mod unlisted_key;
mod unresolved_reference;
mod unused_unlisted;
mod weaker_value_wins;
mod wrong_case;
mod wrong_channel;
mod wrong_format;
mod wrong_predicate;
mod wrong_type;

mod administrators_locked_out;
mod admx_body;
mod admx_install;
mod app_control_policy;
mod app_locker_rules;
pub(crate) mod group_policy_wins;
mod identifier_missing;
mod outbound_locked_out;
mod pin_lengths_ignored;
mod removable_media_contradiction;
mod restarts;
mod several_startup_methods;
mod silent_with_pin;
mod unknown_availability;
mod wrong_edition;
mod wrong_verb;

use super::lookup::Missing;
use super::node::{self, Fault};
use super::place::{self, Place};
use crate::catalogue::{Catalogue, KeyMatch, NodeMatch};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Setting, Target};
use std::cell::OnceCell;

/// What the catalogue knows of the address of a setting.
pub(crate) enum Facts<'a> {
    /// Keys of a payload, declaration or command; several where several vendor files state the key. None where the owner is known
    /// and the address has no key path: a payload without keys.
    Key(Vec<KeyMatch<'a>>),
    /// A CSP node; in `wrong_case` the LocURI differs from the DDF's in letter case.
    Node(NodeMatch<'a>),
    /// Nothing, and why: written `unlisted` on purpose, or unknown.
    Nothing(Missing),
}

/// One setting and what is known of it: what a rule over single settings judges.
///
/// Its value has the vendor's type. A value that the type does not fit is left as it was written, plain or quoted, so that
/// `wrong_type` can say which; it becomes text when all rules have run.
pub(crate) struct Subject<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) target: &'a Target,
    pub(crate) setting: &'a Setting,
    pub(crate) facts: &'a Facts<'a>,
    /// See [`Subject::places`].
    places: OnceCell<Vec<Vec<Place<'a>>>>,
    /// See [`Subject::faults`].
    faults: OnceCell<Vec<Fault>>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        target: &'a Target,
        setting: &'a Setting,
        facts: &'a Facts<'a>,
    ) -> Subject<'a> {
        Subject { catalogue, target, setting, facts, places: OnceCell::new(), faults: OnceCell::new() }
    }

    /// The places of its value as each vendor file sees them that states its key. A dozen rules go through them.
    pub(crate) fn places(&self) -> &[Vec<Place<'a>>] {
        self.places.get_or_init(|| match self.facts {
            Facts::Key(matches) => matches.iter().map(|found| place::places(self.setting, found)).collect(),
            Facts::Node(_) | Facts::Nothing(_) => Vec::new(),
        })
    }

    /// What is wrong with its value, where it is a plain one of a node. Several rules tell a part of it each.
    pub(crate) fn faults(&self) -> &[Fault] {
        let found = || node::plain_node(self).map(|node| node::faults(node, &self.setting.value));
        self.faults.get_or_init(|| found().unwrap_or_default())
    }

    /// Why the catalogue knows nothing of its address.
    pub(crate) fn missing(&self) -> Option<&'a Missing> {
        match self.facts {
            Facts::Nothing(missing) => Some(missing),
            Facts::Key(_) | Facts::Node(_) => None,
        }
    }
}

/// What a rule says of a setting.
///
/// Findings of one owner that say the same in words that differ in the key alone (`` `allowCamera` ``, as the last part of the
/// address prints) become one finding that lists the keys, so the key is best named once.
pub(crate) enum Verdict {
    /// The group's devices cannot take it: never emitted. An error for a carrying or raw setting, a warning for a helping one; and
    /// a reason to try the next form of a demand.
    CannotTake(Diagnostic),
    /// It is wrong for anybody: an error whatever its role.
    Wrong(Diagnostic),
    /// It is emitted, and worth a word.
    Remark(Diagnostic),
}

/// A rule over one setting.
pub(crate) struct SettingRule {
    pub(crate) codes: &'static [Code],
    pub(crate) explain: &'static str,
    pub(crate) run: fn(&Subject<'_>) -> Vec<Verdict>,
}

/// A rule over everything that one group gets; runs on what the rules over single settings have left.
pub(crate) struct GroupRule {
    pub(crate) codes: &'static [Code],
    pub(crate) explain: &'static str,
    pub(crate) run: fn(&[Subject<'_>]) -> Vec<(usize, Verdict)>,
}

/// The rules over single settings. They run before settings meet, so that a value is judged that then gives way to another: what
/// can be said of a setting alone belongs here. A rule's first code is the one that its page explains.
pub(crate) const SETTING_RULES: &[SettingRule] = &[
    unknown_key::RULE,
    misplaced_key::RULE,
    wrong_case::RULE,
    unlisted_key::RULE,
    not_on_platform::RULE,
    too_new::RULE,
    removed::RULE,
    deprecated::RULE,
    needs_supervision::RULE,
    ignored_under_enrolment::RULE,
    forbidden_under_enrolment::RULE,
    wrong_channel::RULE,
    cannot_deliver::RULE,
    wrong_type::RULE,
    out_of_range::RULE,
    not_in_list::RULE,
    wrong_format::RULE,
    secret_literal::RULE,
    side_effect::RULE,
    required_key_missing::INSIDE,
    mutually_exclusive::INSIDE,
    unresolved_reference::ITSELF,
    wrong_predicate::RULE,
];

/// Those of Windows alone: of payloads and declarations they find nothing.
pub(crate) const WINDOWS_SETTING_RULES: &[SettingRule] =
    &[wrong_verb::RULE, wrong_edition::RULE, restarts::RULE, admx_body::RULE, app_control_policy::RULE];

/// The rules over a group.
pub(crate) const GROUP_RULES: &[GroupRule] = &[
    required_key_missing::RULE,
    several_instances::RULE,
    weaker_value_wins::RULE,
    mutually_exclusive::RULE,
    dependency_unmet::RULE,
    key_escrow_missing::RULE,
    unresolved_reference::RULE,
    unresolved_reference::PROPERTIES,
    unused_unlisted::RULE,
];

/// Those of Windows alone.
pub(crate) const WINDOWS_GROUP_RULES: &[GroupRule] = &[
    unknown_availability::RULE,
    wrong_format::NAMES,
    admx_body::WHOLE,
    admx_install::RULE,
    several_startup_methods::RULE,
    silent_with_pin::RULE,
    removable_media_contradiction::RULE,
    identifier_missing::RULE,
    pin_lengths_ignored::RULE,
    app_locker_rules::RULE,
    administrators_locked_out::RULE,
    outbound_locked_out::RULE,
    group_policy_wins::RULE,
];

/// The pages of what merging finds, and what is found of allowances.
pub(crate) const EXPLAINED_BY_MERGE: &[(&[Code], &str)] = &[
    (&[Code::DuplicateAddress], include_str!("duplicate_address/explain.md")),
    (&[Code::ConflictingValues], include_str!("conflicting_values/explain.md")),
    (&[Code::OverriddenValue], include_str!("overridden_value/explain.md")),
    (&[Code::UnusedAllowance], include_str!("unused_allowance/explain.md")),
];
