//! What an exception makes of its groups: nothing, a step down, or, as an error, a step up. Follows language.md §3, "Exceptions".

use super::clause::{Ask, Asking};
use super::exception::{Change, Lift};
use super::merge::{Effective, Member, merged, show};
use super::names::Names;
use super::{Exception, ExceptionState};
use crate::control::{Bound, Given, Order};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::Date;
use crate::source::Span;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Days before an exception begins or ends from which it is announced.
const NOTICE: i64 = 30;

/// One difference that an exception makes.
pub(super) struct Difference {
    pub(super) control: String,
    pub(super) instance: Option<String>,
    /// `None` where the control is no longer asked for.
    pub(super) parameter: Option<(String, Given, Given)>,
    /// Whether it is stricter with the exception, or neither stricter nor weaker.
    strengthens: bool,
}

/// What an exception does to one group.
pub(super) struct Effect {
    pub(super) differences: Vec<Difference>,
    /// Raw entries, guards, or a control that a finding leaves out: there is a change that is none of a parameter.
    other: bool,
}

impl Effect {
    fn is_none(&self) -> bool {
        self.differences.is_empty() && !self.other
    }
}

/// Compares what a group has without and with an exception.
pub(super) fn effect(before: &Effective, after: &Effective) -> Effect {
    let mut differences = Vec::new();
    let mut other = before.raw.len() != after.raw.len() || before.guards.len() != after.guards.len();
    for old in &before.controls {
        let (id, instance) = (&old.control.id.value, &old.instance);
        let same = |bound: &&Bound| bound.control.id.value == *id && bound.instance == *instance;
        match after.controls.iter().find(same) {
            Some(new) => differences.extend(compare(old, new)),
            None if after.left_out.contains(&(id.clone(), instance.clone())) => other = true,
            None => differences.push(Difference {
                control: id.clone(),
                instance: instance.clone(),
                parameter: None,
                strengthens: false,
            }),
        }
    }
    // What a finding left out before may be there now: the exception has settled it.
    other |= before.left_out != after.left_out;
    Effect { differences, other }
}

fn compare(old: &Bound, new: &Bound) -> Vec<Difference> {
    let mut differences = Vec::new();
    for parameter in &old.control.parameters {
        let value = |bound: &Bound| bound.parameters.get(&parameter.name.value).map(|bound| bound.value.clone());
        let (Some(before), Some(after)) = (value(old), value(new)) else { continue };
        if before == after {
            continue;
        }
        let stricter = parameter.compare(&after, &before);
        differences.push(Difference {
            control: old.control.id.value.clone(),
            instance: old.instance.clone(),
            strengthens: parameter.order != Order::Equal && stricter != Some(Ordering::Less),
            parameter: Some((parameter.name.value.clone(), before, after)),
        });
    }
    differences
}

/// Judges one exception: what it does to each of its groups, apart from all the others in force.
pub(super) fn judge(
    (exception, lift): (&Exception, &Lift),
    in_force: &[&Lift],
    (groups, clauses, names): (&[Member<'_>], &[Asking], &Names<'_>),
    as_of: Date,
    found: &mut Diagnostics,
) {
    if matches!(exception.state, ExceptionState::Lapsed | ExceptionState::Recorded) || lift.lifts_nothing() {
        return announce(exception, &[], as_of, found);
    }
    // One that gives the same parameter another value is a finding of its own, and no measure of this one.
    let beside = |other: &&Lift| other.id.span != lift.id.span && lift.disagreements(other).is_empty();
    let without: Vec<&Lift> = in_force.iter().copied().filter(beside).collect();
    let with: Vec<&Lift> = without.iter().copied().chain([lift]).collect();
    let mut effects: Vec<(&str, Effect)> = Vec::new();
    for group in groups.iter().filter(|group| lift.groups.contains(group.id)) {
        let before = touched(*group, lift, (clauses, &without));
        let after = touched(*group, lift, (clauses, &with));
        effects.push((group.id, effect(&before, &after)));
    }
    refuse_steps_up(lift, &effects, found);
    // A clause or group with a finding may be what it changes.
    let broken = clauses.iter().any(|asking| asking.clause.broken && lift.clauses.contains(&asking.clause.id.value))
        || lift.groups.iter().any(|group| names.is_broken(group));
    if !broken && effects.iter().all(|(_, effect)| effect.is_none()) {
        found.push(unused(lift, clauses));
    }
    announce(exception, &effects, as_of, found);
}

/// What a group has of the controls that an exception's clauses ask for: it changes no others.
pub(super) fn touched(group: Member<'_>, lift: &Lift, (clauses, lifts): (&[Asking], &[&Lift])) -> Effective {
    let named = clauses.iter().filter(|asking| lift.clauses.contains(&asking.clause.id.value));
    let ids: BTreeSet<&str> = named.flat_map(|asking| &asking.asks).map(|ask| ask.control.id.as_str()).gather();
    // Findings of the clauses themselves are reported once, where the group is resolved.
    let mut silent = Diagnostics::default();
    merged(group, (clauses, lifts), |ask| ids.contains(ask.control.id.as_str()), &mut silent)
}

/// Two exceptions in force that give one parameter of one clause and group different values.
pub(super) fn check_agreement(lifts: &[&Lift], found: &mut Diagnostics) {
    for (n, later) in lifts.iter().enumerate() {
        for earlier in &lifts[..n] {
            if later.groups.is_disjoint(&earlier.groups) || later.clauses.is_disjoint(&earlier.clauses) {
                continue;
            }
            for (wrong, first) in later.disagreements(earlier) {
                found.push(
                    Diagnostic::new(
                        Code::ConflictingValues,
                        wrong.span,
                        format!(
                            "the exceptions `{}` and `{}` give `{}` of `{}` different values",
                            earlier.id.value, later.id.value, wrong.parameter, wrong.control
                        ),
                    )
                    .also(first.span, "the other value")
                    .help("let one of them speak for the parameter"),
                );
            }
        }
    }
}

fn refuse_steps_up(lift: &Lift, effects: &[(&str, Effect)], found: &mut Diagnostics) {
    let mut reported: Vec<(&str, Option<&str>, &str)> = Vec::new();
    for (group, difference) in
        effects.iter().flat_map(|(group, effect)| effect.differences.iter().map(move |d| (group, d)))
    {
        let Some((name, before, after)) = difference.parameter.as_ref().filter(|_| difference.strengthens) else {
            continue;
        };
        let key = (difference.control.as_str(), difference.instance.as_deref(), name.as_str());
        if reported.contains(&key) {
            continue;
        }
        reported.push(key);
        let place = place_of(lift, difference, name);
        found.push(
            Diagnostic::new(
                Code::ExceptionStrengthens,
                place,
                format!(
                    "the exception `{}` is no step down: `{name}` of `{}` is {} on `{group}` without it and {} with it",
                    lift.id.value,
                    difference.control,
                    show(before),
                    show(after)
                ),
            )
            .help("an exception only relaxes: a tightening is a clause for a smaller group, made with `part-of`"),
        );
    }
}

/// Where the exception gives a parameter.
pub(super) fn place_of(lift: &Lift, difference: &Difference, name: &str) -> Span {
    lift.changes_of(&difference.control, difference.instance.as_deref())
        .find(|change: &&Change| change.parameter == name)
        .map_or(lift.span, |change| change.span)
}

fn unused(lift: &Lift, clauses: &[Asking]) -> Diagnostic {
    let named = |asking: &&Asking| lift.clauses.contains(&asking.clause.id.value);
    let binds = |asking: &Asking| asking.clause.groups.iter().any(|group| lift.groups.contains(group));
    let finding = Diagnostic::new(
        Code::UnusedException,
        lift.id.span,
        format!("the exception `{}` changes nothing", lift.id.value),
    );
    if !clauses.iter().filter(named).any(binds) {
        return finding.help("none of its clauses binds any of its groups: name those that do, or take it out");
    }
    let asked = |asking: &Asking| !asking.asks.is_empty() || !asking.raw.is_empty() || !asking.guards.is_empty();
    if !clauses.iter().filter(named).any(asked) {
        return finding.help("its clauses ask nothing of devices: write `relax: none` to keep it on record");
    }
    let mine = |asking: &Asking, ask: &Ask| {
        asking.clause.groups.iter().any(|group| lift.groups.contains(group)) && lift.concerns(ask)
    };
    let asked_of = |asking: &Asking| asking.asks.iter().any(|ask| mine(asking, ask));
    if !lift.lifts_all() && !clauses.iter().filter(named).any(asked_of) {
        return finding
            .help("its clauses do not ask for the controls that it relaxes: name those that do, or take it out");
    }
    let others = clauses.iter().filter(|asking| !named(asking) && binds(asking));
    let still: Vec<(&Asking, &Ask)> = others
        .flat_map(|asking| asking.asks.iter().map(move |ask| (asking, ask)))
        .filter(|(asking, ask)| mine(asking, ask))
        .collect();
    if still.is_empty() {
        return finding.help("it gives what its clauses give: write other values, or take it out");
    }
    let finding = still.into_iter().fold(finding, |finding, (asking, ask)| {
        finding.also(ask.span, format!("`{}` asks for the same control", asking.clause.id.value))
    });
    finding.help("where another clause asks the same, that one still holds: name it too, or take the exception out")
}

/// The days on which something will change, thirty days ahead, and what.
fn announce(exception: &Exception, effects: &[(&str, Effect)], as_of: Date, found: &mut Diagnostics) {
    let (day, begins) = match exception.state {
        ExceptionState::Waiting => (exception.from, true),
        ExceptionState::InForce | ExceptionState::Recorded => (exception.expires, false),
        _ => return,
    };
    let Some(day) = day else { return };
    let left = day.value.days() - as_of.days();
    if left > NOTICE {
        return;
    }
    let what = match (begins, left) {
        (true, 1) => format!("begins tomorrow, on {}", day.value),
        (true, _) => format!("begins in {left} days, on {}", day.value),
        (false, 0) => format!("ends today, {}", day.value),
        (false, 1) => format!("ends tomorrow, on {}", day.value),
        (false, _) => format!("ends in {left} days, on {}", day.value),
    };
    let mut finding = Diagnostic::new(
        Code::ExceptionSoon,
        day.span,
        format!("the exception `{}` {what}: {}", exception.id.value, changes(effects, begins)),
    );
    finding = match begins {
        true => finding.help("the output changes on that day: `--as-of` shows it now"),
        false => finding.help("after that day it stops the build: take it out by then, or have it endorsed again"),
    };
    found.push(finding);
}

fn changes(effects: &[(&str, Effect)], begins: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    for (group, effect) in effects {
        for difference in &effect.differences {
            words.push(match &difference.parameter {
                Some((name, before, after)) => {
                    let (now, then) = if begins { (before, after) } else { (after, before) };
                    format!(
                        "`{name}` of `{}` on `{group}` goes from {} to {}",
                        difference.control,
                        show(now),
                        show(then)
                    )
                }
                None if begins => format!("`{}` is no longer asked of `{group}`", difference.control),
                None => format!("`{}` is asked of `{group}` again", difference.control),
            });
        }
        if effect.differences.is_empty() && effect.other {
            words.push(format!("what its clauses ask of `{group}` changes"));
        }
    }
    if words.is_empty() { "nothing on devices changes".to_owned() } else { words.join("; ") }
}

#[cfg(test)]
mod tests {
    use crate::policy::ExceptionState;
    use crate::policy::sample::{Run, clause, exception, run};
    use crate::setting::Basis;

    const ALWAYS: &str = "from: 2026-01-01, expires: 2027-12-31";

    fn one(relax: &str) -> Run {
        let clauses = clause("A", "{ length: 8, cover: [usb, tape], letters: require, colour: red }");
        run(&clauses, &exception("E", "rules A", &format!("relax: {relax}, {ALWAYS}")), "2026-06-01")
    }

    fn check(relax: &str, name: &str, expected: &str) {
        let run = one(relax);
        assert_eq!(run.findings, Vec::<String>::new());
        assert_eq!(run.value("pilots", name), expected);
    }

    #[test]
    fn an_exception_in_force_replaces_what_its_clause_gives() {
        check("{ lock: { length: 6 } }", "length", "6");
        check("{ lock: { length: 6 } }", "letters", "require");
        check("{ lock: { cover: { remove: [tape] } } }", "cover", "[usb]");
        check("{ lock: { cover: { remove: [tape, usb] } } }", "cover", "[]");
        check("{ lock: { apps: { remove: [] }, length: 6 } }", "apps", "[phone, tape, usb]");
        check("{ lock: { colour: blue } }", "colour", "blue");
        check("all", "length", "");
    }

    #[test]
    fn it_changes_its_own_group_and_no_other() {
        let run = one("{ lock: { length: 6 } }");
        assert_eq!(run.value("phones", "length"), "8");
        let of = |group: &str| run.group(group).controls[0].parameters["length"].exceptions.len();
        assert_eq!((of("phones"), of("pilots")), (0, 1));
        let pilots = &run.group("pilots").exceptions;
        assert_eq!((pilots.len(), pilots[0].0.as_str(), pilots[0].1[0].to_string()), (1, "E", "rules A".to_owned()));
        assert!(run.group("phones").exceptions.is_empty());
    }

    #[test]
    fn a_value_of_an_exception_is_nobodys_statement() {
        let run = one("{ lock: { length: 6 } }");
        let parameter = &run.group("pilots").controls[0].parameters["length"];
        assert_eq!((parameter.basis, parameter.exceptions.len()), (Basis::Excepted, 1));
    }

    fn refused(relax: &str, expected: &str) {
        let run = one(relax);
        assert_eq!(run.findings, [expected]);
    }

    #[test]
    fn a_step_up_is_an_error_and_so_is_a_step_aside() {
        refused(
            "{ lock: { length: 10 } }",
            "exception-strengthens 2:88 the exception `E` is no step down: `length` of `lock` is `8` on `pilots` without it \
             and `10` with it",
        );
        refused(
            "{ lock: { letters: forbid } }",
            "exception-strengthens 2:89 the exception `E` is no step down: `letters` of `lock` is `require` on `pilots` \
             without it and `forbid` with it",
        );
        refused(
            "{ lock: { cover: { add: [phone] } } }",
            "exception-strengthens 2:87 the exception `E` is no step down: `cover` of `lock` is `[tape, usb]` on `pilots` \
             without it and `[phone, tape, usb]` with it",
        );
    }

    #[test]
    fn lifting_a_weak_value_so_that_a_default_fills_is_a_step_up() {
        let clauses = format!("{}{}", clause("A", "{ length: 4 }"), clause("B", "{}"));
        let run = run(&clauses, &exception("E", "rules A", &format!("relax: all, {ALWAYS}")), "2026-06-01");
        assert_eq!(run.findings.len(), 1);
        assert!(run.findings[0].starts_with("exception-strengthens"), "{:?}", run.findings);
    }

    #[test]
    fn an_exception_that_changes_nothing_is_a_warning() {
        refused("{ lock: { length: 8 } }", "unused-exception 2:11 the exception `E` changes nothing");
        let clauses = format!("{}{}", clause("A", "{ length: 8 }"), clause("B", "{ length: 8 }"));
        let relax = format!("relax: {{ lock: {{ length: 6 }} }}, {ALWAYS}");
        let run = run(&clauses, &exception("E", "rules A", &relax), "2026-06-01");
        assert_eq!(run.findings, ["unused-exception 2:11 the exception `E` changes nothing"]);
        assert_eq!(run.value("pilots", "length"), "8", "the other clause still holds");
        assert_eq!(run.all[0].also.len(), 1);
    }

    #[test]
    fn two_exceptions_must_agree() {
        let relax = |value: &str| format!("relax: {{ lock: {{ length: {value} }} }}, {ALWAYS}");
        let both = exception("E", "rules A", &relax("6")) + &exception("F", "rules A", &relax("7"));
        let run = run(&clause("A", "{ length: 8 }"), &both, "2026-06-01");
        assert!(run.findings.iter().any(|finding| finding.starts_with("conflicting-values")), "{:?}", run.findings);
    }

    fn on(day: &str, expected: (ExceptionState, &str), findings: &[&str]) {
        let days = "relax: { lock: { length: 6 } }, from: 2026-10-01, expires: 2027-03-31";
        let run = run(&clause("A", "{ length: 8 }"), &exception("E", "rules A", days), day);
        let state = run.policy.organisations[0].exceptions[0].state;
        assert_eq!((state, run.value("pilots", "length").as_str()), expected, "on {day}");
        assert_eq!(run.findings, findings, "on {day}");
    }

    #[test]
    fn both_days_count_and_are_announced_thirty_days_ahead() {
        use ExceptionState::{InForce, Lapsed, Waiting};
        on("2026-08-31", (Waiting, "8"), &[]);
        let soon = |what: &str, at: &str, values: &str| {
            format!("exception-soon 2:{at} the exception `E` {what}: `length` of `lock` on `pilots` goes from {values}")
        };
        on("2026-09-01", (Waiting, "8"), &[&soon("begins in 30 days, on 2026-10-01", "101", "`8` to `6`")]);
        on("2026-09-30", (Waiting, "8"), &[&soon("begins tomorrow, on 2026-10-01", "101", "`8` to `6`")]);
        on("2026-10-01", (InForce, "6"), &[]);
        on("2027-02-28", (InForce, "6"), &[]);
        on("2027-03-01", (InForce, "6"), &[&soon("ends in 30 days, on 2027-03-31", "122", "`6` to `8`")]);
        on("2027-03-31", (InForce, "6"), &[&soon("ends today, 2027-03-31", "122", "`6` to `8`")]);
        on("2027-04-01", (Lapsed, "8"), &["lapsed-exception 2:122 the exception `E` ended on 2027-03-31"]);
    }

    #[test]
    fn a_template_is_checked_and_not_applied_and_a_record_is_only_kept() {
        let run_with = |rest: &str| run(&clause("A", "{ length: 8 }"), &exception("E", "rules A", rest), "2026-06-01");
        let template = run_with("template: true, relax: { lock: { length: 6 } }");
        assert_eq!((template.findings.len(), template.value("pilots", "length").as_str()), (0, "8"));
        let wrong = run_with("template: true, relax: { lock: { length: 10 } }");
        assert!(wrong.findings[0].starts_with("exception-strengthens"), "{:?}", wrong.findings);
        let record = run_with(&format!("relax: none, {ALWAYS}"));
        assert_eq!((record.findings.len(), record.value("pilots", "length").as_str()), (0, "8"));
        assert!(record.group("pilots").exceptions.is_empty());
    }

    #[test]
    fn without_an_end_it_is_standing() {
        let run = run(&clause("A", "{ length: 8 }"), &exception("E", "rules A", "relax: all"), "2026-06-01");
        assert_eq!(run.findings, ["standing-exception 2:11 the exception `E` has no end"]);
        assert_eq!(run.value("pilots", "length"), "");
    }

    #[test]
    fn a_reference_needs_its_policy_and_a_wrong_one_has_a_cure() {
        let run = run(&clause("A", "{ length: 8 }"), &exception("E", "A", "relax: all"), "2026-06-01");
        assert_eq!(run.findings[1], "unknown-name 2:24 `A` does not say its policy");
        assert_eq!(run.all[1].help, ["write `rules A`"]);
        assert_eq!(run.value("pilots", "length"), "8", "what is wrong changes nothing");
    }
}
