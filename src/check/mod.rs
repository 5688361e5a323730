//! Settings against the vendors' facts. The only maker of [`Checked`], and back ends take nothing else.
//!
//! Reading order: this file (the stages of language.md §6 from the fourth on), [`rule`] (the tables of rules), `rules.rs` (all of
//! them, or all but one), then the stages: `lookup.rs`, `typing.rs`, `choice.rs`, `predicate.rs` and
//! `subscription.rs` (when Apple's configurations are active), `allowance.rs` (what clauses allow), `merge.rs`, `verdict.rs`, and what rules look
//! through: `place.rs`, `availability.rs`, `carrier.rs`, `envelope.rs`. Of files that nobody compiled: `foreign.rs`, and `seen.rs` (what one
//! file's settings say of the next one's).

mod allowance;
mod availability;
mod carrier;
mod choice;
pub(crate) mod envelope;
pub(crate) mod foreign;
mod lookup;
mod merge;
pub(crate) mod node;
mod place;
pub(crate) mod predicate;
pub(crate) mod rule;
mod rules;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod seen;
mod subscription;
#[cfg(test)]
mod sweep;
mod typing;
mod verdict;

use crate::catalogue::Catalogue;
use crate::diagnostic::{Code, Diagnostics};
use crate::gather::Arrange;
use crate::setting::{Setting, Target};
use rayon::prelude::*;
pub(crate) use rule::secret_literal::writes_out;
use rule::{Facts, Subject, Verdict};
use rules::Over;
pub use rules::{Rules, explain};

/// What one group gets: every value has the vendor's type, every address is one that the group's devices take, and no address
/// stands twice. Sorted by address.
#[derive(Clone, Debug)]
pub struct Checked {
    target: Target,
    settings: Vec<Setting>,
    dropped: Vec<Dropped>,
}

/// A setting that the group cannot take, or that gave way to a stricter one, and was not emitted.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// The setting.
    pub setting: Setting,
    /// The code of the finding that names it.
    pub code: Code,
}

impl Checked {
    /// The group.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The same without some of its settings: what is left is as it was checked.
    #[must_use]
    pub fn without(&self, leaves: impl Fn(&Setting) -> bool) -> Checked {
        let mut kept = self.clone();
        kept.settings.retain(|setting| !leaves(setting));
        kept
    }

    /// The same for a server that installs profiles itself: no declaration leads to one.
    #[must_use]
    pub(crate) fn led_nowhere(mut self) -> Checked {
        self.target.profile_url = None;
        self
    }

    /// What is emitted.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The same group with a part of what is emitted.
    pub(crate) fn only(&self, keep: impl Fn(&Setting) -> bool) -> Checked {
        let settings = self.settings.iter().filter(|setting| keep(setting)).cloned().collect();
        Checked { target: self.target.clone(), settings, dropped: Vec::new() }
    }

    /// What is not.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }
}

/// A setting with the vendor's type, what the catalogue knows of it, and what the rules say of it.
struct Judged<'c> {
    setting: Setting,
    facts: Facts<'c>,
    verdicts: Vec<Verdict>,
}

impl Judged<'_> {
    fn cannot_take(&self) -> Option<Code> {
        self.verdicts.iter().find_map(|verdict| match verdict {
            Verdict::CannotTake(finding) => Some(finding.code),
            _ => None,
        })
    }

    fn wrong(&self) -> bool {
        self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Wrong(_)))
    }
}

/// Types plain values, merges settings that meet at one address, takes one form of each demand, and runs every rule.
pub fn against(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>, found: &mut Diagnostics) -> Checked {
    Rules::all().against(catalogue, target, settings, found)
}

impl Rules {
    /// [`against`] with these rules alone.
    pub fn against(
        &self,
        catalogue: &Catalogue,
        target: &Target,
        settings: Vec<Setting>,
        found: &mut Diagnostics,
    ) -> Checked {
        let judged = settings.into_par_iter().map(|setting| self.judge(catalogue, target, setting)).collect();
        let judged = choice::taken(judged, found);
        let mut dropped = Vec::new();
        let kept = verdict::keep_what_can_be_taken(judged, &mut dropped, found);
        let kept = kept.into_iter().map(lookup::canonical).collect();
        let kept = self.subscribed(catalogue, target, kept, &mut dropped, found);
        let merged = merge::meet(kept, &|address| catalogue.side(address), &mut dropped, found);
        let kept = self.judge_together(catalogue, target, merged, &mut dropped, found);
        let mut settings: Vec<Setting> = kept.into_iter().map(|judged| judged.setting).collect();
        settings.iter_mut().for_each(|setting| typing::settle(&mut setting.value));
        settings.arrange_by(|a, b| a.address.cmp(&b.address));
        allowance::report_unused(target, &settings, found);
        dropped.arrange_by(|a: &Dropped, b| a.setting.address.cmp(&b.setting.address));
        Checked { target: target.clone(), settings, dropped }
    }

    /// Whether the catalogue knows these addresses, which are watched and never set: their names alone are judged.
    pub fn know(&self, catalogue: &Catalogue, target: &Target, watched: &[Setting], found: &mut Diagnostics) {
        for setting in watched {
            let facts = lookup::look(catalogue, &setting.address);
            let subject = Subject::new(catalogue, target, setting, &facts);
            for verdict in self.name_rules().flat_map(|rule| (rule.run)(&subject)) {
                if let Verdict::Wrong(finding) = verdict {
                    found.push(finding);
                }
            }
        }
    }

    fn judge<'c>(&self, catalogue: &'c Catalogue, target: &Target, mut setting: Setting) -> Judged<'c> {
        let facts = lookup::look(catalogue, &setting.address);
        typing::give_type(&mut setting, &facts);
        // Rules look at what a device could get: where the server fills something in, its sample.
        let sample = target.server.and_then(|server| server.variables.value(&setting.value));
        let sample = sample.map(|value| Setting { value, ..setting.clone() });
        let subject = Subject::new(catalogue, target, sample.as_ref().unwrap_or(&setting), &facts);
        let verdicts = self.setting_rules(Over::Anything).flat_map(|rule| (rule.run)(&subject)).collect();
        Judged { setting, facts, verdicts }
    }

    fn judge_together<'c>(
        &self,
        catalogue: &'c Catalogue,
        target: &Target,
        mut judged: Vec<Judged<'c>>,
        dropped: &mut Vec<Dropped>,
        found: &mut Diagnostics,
    ) -> Vec<Judged<'c>> {
        let subjects: Vec<Subject<'_>> =
            judged.iter().map(|one| Subject::new(catalogue, target, &one.setting, &one.facts)).collect();
        let verdicts: Vec<(usize, Verdict)> =
            self.group_rules(Over::Anything).flat_map(|rule| (rule.run)(&subjects)).collect();
        drop(subjects);
        judged.iter_mut().for_each(|one| one.verdicts.clear());
        for (n, verdict) in verdicts {
            if let Some(judged) = judged.get_mut(n) {
                judged.verdicts.push(verdict);
            }
        }
        verdict::keep_what_can_be_taken(judged, dropped, found)
    }
}

#[cfg(test)]
impl Checked {
    /// Settings that nobody has checked, for tests of what comes after.
    pub(crate) fn unchecked(target: Target, mut settings: Vec<Setting>) -> Checked {
        settings.arrange_by(|a, b| a.address.cmp(&b.address));
        Checked { target, settings, dropped: Vec::new() }
    }
}
