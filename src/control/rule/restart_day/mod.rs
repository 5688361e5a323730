//! The first of the scheduled restarts: it has a day, and that day is the one of the week (Reboot CSP: the others follow from it).

use super::{Rule, Subject, given, place_of};
use crate::control::transform::text_of;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Date, Platform, Value};

pub(super) const RULE: Rule = Rule {
    codes: &[Code::RestartDay],
    explain: include_str!("explain.md"),
    judges: &[("scheduled-restart", "day")],
    run,
};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let on_windows = subject.target.platform.value == Platform::Windows;
    let Some(bound) = subject.control("scheduled-restart").filter(|_| on_windows) else { return Vec::new() };
    let period = given(bound, "period").and_then(text_of).unwrap_or("none");
    if period == "none" {
        return Vec::new();
    }
    let finding = |cause: String| vec![Diagnostic::new(Code::RestartDay, place_of(bound, "first"), cause)];
    let Some(first) = given(bound, "first").and_then(text_of).and_then(Date::parse) else {
        let found = finding(format!("a {period} restart has to begin on some day, and `first` names none"));
        return found
            .into_iter()
            .map(|found| found.help("add `first: 2026-10-04`, the day of the first restart"))
            .collect();
    };
    let falls = DAYS.get(weekday(first)).copied().unwrap_or_default();
    if period == "daily" || given(bound, "day") == Some(&Value::text(falls)) {
        return Vec::new();
    }
    let day = given(bound, "day").and_then(text_of).unwrap_or_default();
    finding(format!("the restarts are to be on a {day}, and the first of them, {first}, is a {falls}"))
        .into_iter()
        .map(|found| found.help(format!("choose a {day} for `first`, or write `day: {falls}`")))
        .collect()
}

/// 0 for Monday: the first day of 1970, from which dates are counted, was a Thursday.
fn weekday(date: Date) -> usize {
    usize::try_from((date.days() + 3).rem_euclid(7)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use super::*;

    fn check(give: &str, expected: &[&str]) {
        assert_eq!(judge(Platform::Windows, &bind(&[("scheduled-restart", give)]), ""), expected, "{give}");
    }

    #[test]
    fn days_of_the_week_are_known() {
        for (date, day) in [("1970-01-01", "thursday"), ("2026-10-04", "sunday"), ("2024-02-29", "thursday")] {
            assert_eq!(DAYS[weekday(Date::parse(date).unwrap())], day, "{date}");
        }
    }

    #[test]
    fn the_first_restart_has_a_day_and_it_is_the_right_one() {
        check("{ first: 2026-10-04 }", &[]);
        let other =
            "error restart-day: the restarts are to be on a sunday, and the first of them, 2026-10-05, is a monday";
        check("{ first: 2026-10-05 }", &[other]);
        check("{ period: daily, first: 2026-10-05 }", &[]);
        check("{ day: monday, first: 2026-10-05 }", &[]);
        check("{}", &["error restart-day: a weekly restart has to begin on some day, and `first` names none"]);
        check("{ period: none }", &[]);
        assert!(judge(Platform::MacOs, &bind(&[("scheduled-restart", "{}")]), "").is_empty());
    }
}
