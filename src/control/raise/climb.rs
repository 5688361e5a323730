//! Changing parameters until settings agree: one at a time, and two at once where each alone would make it worse.

use super::Estate;
use crate::control::Control;
use crate::control::parameter::{Given, Parameter};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rounds over the parameters of a control until nothing gets better.
const ROUNDS: usize = 8;
/// Values of each of two parameters that are tried together.
const MAX_PAIRED: usize = 6;

/// How well lowered settings agree with what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    /// Those that do not agree.
    pub(super) wrong: usize,
    /// Those that do.
    pub(super) right: usize,
}

/// What parameters are changed for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aim {
    /// The most that agree, less those that do not.
    Most,
    /// The fewest that do not agree.
    Purest,
}

impl Score {
    fn is_better(self, other: Score, aim: Aim) -> bool {
        let key = |score: Score| match aim {
            Aim::Most => (score.wrong as i64 - score.right as i64, Reverse(score.right)),
            Aim::Purest => (score.wrong as i64, Reverse(score.right)),
        };
        key(self) < key(other)
    }
}

/// A control with an instance, and what its parameters are changed for.
pub(super) type Climber<'a> = (&'a Arc<Control>, &'a Option<String>, Aim);

impl Estate<'_> {
    /// Changes parameters, one at a time and then two at once, as long as more settings agree.
    pub(super) fn climb(&self, of: Climber<'_>, given: &mut BTreeMap<String, Given>) -> Score {
        let (control, instance, _) = of;
        let mut best = self.score(control, instance, given);
        for round in 0..ROUNDS {
            let before = best;
            for parameter in &control.parameters {
                for candidate in self.tried(control, parameter, given) {
                    self.keep_better(of, (given, &mut best), &[(&parameter.name.value, candidate)]);
                }
            }
            let speaks = |parameter: &Parameter| {
                let now = given.get(&parameter.name.value);
                self.proposed(control, parameter, given).iter().any(|value| Some(value) != now)
            };
            let agrees = best.wrong == 0 && best.right > 0 && !control.parameters.iter().any(speaks);
            let is_done = agrees || round + 1 == ROUNDS;
            if best == before && (is_done || !self.climb_by_two(of, (given, &mut best))) {
                break;
            }
        }
        best
    }

    /// Two parameters of which each alone makes it worse; whether any two made it better.
    fn climb_by_two(&self, of: Climber<'_>, (given, best): (&mut BTreeMap<String, Given>, &mut Score)) -> bool {
        let (before, control) = (*best, of.0);
        for (n, first) in control.parameters.iter().enumerate() {
            for one in self.tried(control, first, given).into_iter().take(MAX_PAIRED) {
                for second in &control.parameters[n + 1..] {
                    let mut changed = given.clone();
                    changed.insert(first.name.value.clone(), one.clone());
                    for two in self.tried(control, second, &changed).into_iter().take(MAX_PAIRED) {
                        let change = [(&first.name.value, one.clone()), (&second.name.value, two)];
                        self.keep_better(of, (given, best), &change);
                    }
                }
            }
        }
        *best != before
    }

    fn keep_better(
        &self,
        (control, instance, aim): Climber<'_>,
        (given, best): (&mut BTreeMap<String, Given>, &mut Score),
        change: &[(&String, Given)],
    ) {
        let mut changed = given.clone();
        changed.extend(change.iter().map(|(name, value)| ((*name).clone(), value.clone())));
        let score = self.score(control, instance, &changed);
        if score.is_better(*best, aim) {
            (*given, *best) = (changed, score);
        }
    }
}
