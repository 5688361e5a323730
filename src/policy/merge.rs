//! What all clauses together ask of one group: exceptions replace, contributions merge, defaults fill. Follows language.md §6, 1 to 3.

use super::clause::{Ask, Asking};
use super::exception::Lift;
use crate::control::{Bound, BoundParameter, Contribution, Control, Given, Guard, Parameter, RawEntry};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Basis, ClauseRef, Platform};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one group must have.
#[derive(Default)]
pub(super) struct Effective {
    pub(super) controls: Vec<Bound>,
    pub(super) raw: Vec<RawEntry>,
    pub(super) guards: Vec<(Arc<Guard>, ClauseRef)>,
    /// Controls that a finding keeps out, with their instance.
    pub(super) left_out: Vec<(String, Option<String>)>,
}

/// A group, as far as merging knows it.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) id: &'a str,
    pub(super) platform: Platform,
}

/// What clauses say about one control, or one instance of it.
struct Gathered<'a> {
    control: &'a Arc<Control>,
    clauses: Vec<(ClauseRef, Span)>,
    given: BTreeMap<&'a str, Vec<Contribution>>,
    unread: bool,
}

/// By control and instance.
type All<'a> = BTreeMap<(&'a str, Option<&'a str>), Gathered<'a>>;

/// Merges what `clauses` ask of a group while `lifts` are in force for it.
pub(super) fn effective(group: Member<'_>, clauses: &[Asking], lifts: &[&Lift], found: &mut Diagnostics) -> Effective {
    merged(group, (clauses, lifts), |_| true, found)
}

/// The same, of some controls alone.
pub(super) fn merged(
    group: Member<'_>,
    (clauses, lifts): (&[Asking], &[&Lift]),
    wanted: impl Fn(&Ask) -> bool,
    found: &mut Diagnostics,
) -> Effective {
    let lifts: Vec<&Lift> = lifts.iter().copied().filter(|lift| lift.groups.contains(group.id)).collect();
    let mut gathered = All::new();
    let mut effective = Effective::default();
    for asking in clauses.iter().filter(|asking| asking.clause.groups.iter().any(|id| id == group.id)) {
        let id = &asking.clause.id.value;
        let lifts: Vec<&Lift> = lifts.iter().copied().filter(|lift| lift.clauses.contains(id)).collect();
        if lifts.iter().any(|lift| lift.lifts_all()) {
            continue;
        }
        for ask in asking.asks.iter().filter(|ask| ask.groups.contains(group.id) && wanted(ask)) {
            gather(ask, id, &lifts, &mut gathered);
        }
        effective.raw.extend(asking.raw.iter().map(|entry| RawEntry { entry: entry.clone(), clause: id.clone() }));
        effective.guards.extend(asking.guards.iter().map(|guard| (guard.clone(), id.clone())));
    }
    for ((id, instance), gathered) in gathered {
        let instance = instance.map(str::to_owned);
        match bind(gathered, instance.clone(), group.platform, found) {
            Some(bound) => effective.controls.push(bound),
            None => effective.left_out.push((id.to_owned(), instance)),
        }
    }
    effective
}

/// Adds what one clause asks, changed by the exceptions that speak for it.
fn gather<'a>(ask: &'a Ask, clause: &ClauseRef, lifts: &[&'a Lift], all: &mut All<'a>) {
    let gathered = all.entry((ask.control.id.as_str(), ask.instance.as_deref())).or_insert_with(|| Gathered {
        control: &ask.control,
        clauses: Vec::new(),
        given: BTreeMap::new(),
        unread: false,
    });
    gathered.clauses.push((clause.clone(), ask.span));
    let mut values: BTreeMap<&str, (Given, Span, Basis)> = ask
        .given
        .iter()
        .map(|(name, asked)| (name.as_str(), (asked.value.value.clone(), asked.value.span, asked.basis)))
        .gather();
    let mut unread: BTreeSet<&str> = ask.unread.iter().map(String::as_str).gather();
    for change in lifts.iter().flat_map(|lift| lift.changes_of(&ask.control.id.value, ask.instance.as_deref())) {
        let before = values.get(change.parameter.as_str()).map(|(value, ..)| value.clone());
        let Some(parameter) = named(&ask.control, &change.parameter) else { continue };
        let before = before.or_else(|| parameter.default.clone());
        values.insert(&change.parameter, (change.apply(before), change.span, Basis::Excepted));
        unread.remove(change.parameter.as_str());
    }
    gathered.unread |= !unread.is_empty();
    for (name, (value, span, basis)) in values {
        let contribution = Contribution { clause: clause.clone(), span, value, basis, decided: false };
        gathered.given.entry(name).or_default().push(contribution);
    }
}

fn named<'c>(control: &'c Control, name: &str) -> Option<&'c Parameter> {
    control.parameters.iter().find(|parameter| parameter.name.value == name)
}

/// Merges parameter by parameter. `None` where one cannot be: the control is left out, so that one mistake gives one finding.
fn bind(
    mut gathered: Gathered<'_>,
    instance: Option<String>,
    platform: Platform,
    found: &mut Diagnostics,
) -> Option<Bound> {
    let mut parameters = BTreeMap::new();
    let mut good = !gathered.unread;
    for parameter in &gathered.control.parameters {
        let contributions = gathered.given.remove(parameter.name.as_str()).unwrap_or_default();
        let bound = match (contributions.is_empty(), &parameter.default) {
            (false, _) => merge(gathered.control, parameter, contributions, found),
            (true, Some(default)) => Some(default_value(default)),
            (true, None) => {
                let applies = parameter.platforms.is_empty() || parameter.platforms.contains(&platform);
                if applies && good {
                    found.push(missing(&gathered, parameter));
                }
                good &= !applies;
                continue;
            }
        };
        match bound {
            Some(bound) => {
                parameters.insert(parameter.name.value.clone(), bound);
            }
            None => good = false,
        }
    }
    good.then_some(Bound {
        control: gathered.control.clone(),
        instance,
        formerly: None,
        parameters,
        clauses: gathered.clauses,
    })
}

fn default_value(value: &Given) -> BoundParameter {
    BoundParameter {
        value: value.clone(),
        span: Span::NOWHERE,
        basis: Basis::Default,
        contributions: Vec::new(),
        exceptions: Vec::new(),
    }
}

fn missing(gathered: &Gathered<'_>, parameter: &Parameter) -> Diagnostic {
    let id = &gathered.control.id.value;
    let name = &parameter.name.value;
    let place = gathered.clauses.first().map_or(Span::NOWHERE, |(_, span)| *span);
    Diagnostic::new(Code::MissingParameter, place, format!("no clause gives `{name}` of `{id}`, which has no default"))
        .help(format!("add `{name}: …` below `{id}`"))
}

/// The stricter of what clauses give, a union, or what they share.
fn merge(
    control: &Control,
    parameter: &Parameter,
    mut contributions: Vec<Contribution>,
    found: &mut Diagnostics,
) -> Option<BoundParameter> {
    let mut merged = contributions.first()?.value.clone();
    for n in 1..contributions.len() {
        match parameter.merge(&merged, &contributions[n].value) {
            Some(value) => merged = value,
            None => {
                found.push(conflict(control, parameter, &contributions, n));
                return None;
            }
        }
    }
    // A union or an intersection may be nobody's own value: then all of them made it.
    let nobody = contributions.iter().all(|contribution| contribution.value != merged);
    for contribution in &mut contributions {
        contribution.decided = nobody || contribution.value == merged;
    }
    let deciding = || contributions.iter().filter(|contribution| contribution.decided);
    let stated = deciding().find(|contribution| contribution.basis == Basis::Stated);
    let decider = stated.or_else(|| deciding().next())?;
    let (span, basis) = (decider.span, decider.basis);
    Some(BoundParameter { value: merged, span, basis, contributions, exceptions: Vec::new() })
}

fn conflict(control: &Control, parameter: &Parameter, all: &[Contribution], at: usize) -> Diagnostic {
    let wrong = &all[at];
    let against =
        all[..at].iter().find(|other| parameter.merge(&other.value, &wrong.value).is_none()).unwrap_or(&all[0]);
    let mut finding = Diagnostic::new(
        Code::ConflictingValues,
        wrong.span,
        format!(
            "`{}` asks for {} as `{}` of `{}` where `{}` asks for {}, and neither is stricter",
            wrong.clause,
            show(&wrong.value),
            parameter.name.value,
            control.id.value,
            against.clause,
            show(&against.value)
        ),
    );
    for other in all.iter().filter(|other| other.span != wrong.span) {
        finding = finding.also(other.span, format!("`{}` asks for {}", other.clause, show(&other.value)));
    }
    finding.help("let the clauses agree, or put the devices into groups of their own")
}

/// A value as the author writes it.
pub(super) fn show(value: &Given) -> String {
    use crate::setting::Value;
    match value {
        None => "`none`".to_owned(),
        Some(Value::Text(text)) => format!("`{text}`"),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match &item.value {
                    Value::Text(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect();
            format!("`[{}]`", items.join(", "))
        }
        Some(value) => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::sample::{Run, clause, run};
    use crate::setting::Basis;

    fn two(first: &str, second: &str) -> Run {
        run(&format!("{}{}", clause("A", first), clause("B", second)), "", "2026-01-01")
    }

    fn check(name: &str, first: &str, second: &str, expected: &str) {
        let run = two(&format!("{{ {name}: {first} }}"), &format!("{{ {name}: {second} }}"));
        assert_eq!(run.findings, Vec::<String>::new());
        assert_eq!(run.value("phones", name), expected);
        let other = two(&format!("{{ {name}: {second} }}"), &format!("{{ {name}: {first} }}"));
        assert_eq!(other.value("phones", name), expected, "whatever the order of the clauses");
    }

    #[test]
    fn the_stricter_of_two_clauses_holds() {
        check("length", "6", "8", "8");
        check("length", "4", "5", "5");
        check("wait", "5", "15", "5");
        check("wait", "none", "15", "15");
        check("simple", "true", "false", "false");
        check("letters", "allow", "forbid", "forbid");
        check("cover", "[usb]", "[tape]", "[tape, usb]");
        check("cover", "[]", "[]", "[]");
        check("apps", "[usb, tape]", "[tape, phone]", "[tape]");
        check("colour", "red", "red", "red");
    }

    #[test]
    fn six_and_eight_give_eight_and_both_are_remembered() {
        let run = two("{ length: 6 }", "{ length: 8 }");
        let bound = &run.group("phones").controls[0];
        let length = &bound.parameters["length"];
        let said: Vec<(String, bool)> = length
            .contributions
            .iter()
            .map(|c| (format!("{} {}", c.clause, super::show(&c.value)), c.decided))
            .collect();
        assert_eq!(said, [("rules A `6`".to_owned(), false), ("rules B `8`".to_owned(), true)]);
        assert_eq!(length.span, length.contributions[1].span);
        assert_eq!(bound.clauses.len(), 2);
    }

    #[test]
    fn a_default_fills_and_never_outvotes() {
        let run = two("{ length: 4 }", "{}");
        assert_eq!(run.value("phones", "length"), "4");
        assert_eq!(run.value("phones", "simple"), "true");
        let simple = &run.group("phones").controls[0].parameters["simple"];
        assert_eq!((simple.basis, simple.span.is_somewhere()), (Basis::Default, false));
    }

    #[test]
    fn values_that_cannot_merge_leave_the_control_out_with_one_finding() {
        let run = two("{ letters: require }", "{ letters: forbid }");
        let cause = "conflicting-values 5:89 `rules B` asks for `forbid` as `letters` of `lock` where `rules A` asks for \
                     `require`, and neither is stricter";
        assert_eq!(run.findings, [cause]);
        assert!(run.group("phones").controls.is_empty());
        assert_eq!(run.group("phones").left_out, [("lock".to_owned(), None)]);
        assert_eq!(two("{ colour: red }", "{ colour: blue }").findings.len(), 1);
    }

    #[test]
    fn an_assumed_value_counts_like_a_stated_one_and_says_so() {
        let clauses = format!(
            "{}  - {{ id: B, summary: s, class: enforced, groups: [phones], require: {{ lock: {{ length: 8 }} }}, \
             assumed: {{ lock.length: nobody says }} }}\n",
            clause("A", "{ length: 6 }")
        );
        let assumed = run(&clauses, "", "2026-01-01");
        assert_eq!(assumed.group("phones").controls[0].parameters["length"].basis, Basis::Assumed);
        let clauses = clauses.replace("length: 6", "length: 8");
        let stated = run(&clauses, "", "2026-01-01");
        assert_eq!(stated.group("phones").controls[0].parameters["length"].basis, Basis::Stated);
    }

    #[test]
    fn a_parameter_without_default_must_be_given() {
        let clauses = "  - { id: A, summary: s, class: enforced, groups: [phones], require: { strict: {} } }\n";
        let run = run(clauses, "", "2026-01-01");
        assert_eq!(run.findings, ["missing-parameter 4:72 no clause gives `level` of `strict`, which has no default"]);
        assert!(run.group("phones").controls.is_empty());
    }

    #[test]
    fn a_value_that_cannot_be_read_has_one_finding() {
        let clauses =
            "  - { id: A, summary: s, class: enforced, groups: [phones], require: { strict: { level: 40 } } }\n";
        let run = run(clauses, "", "2026-01-01");
        assert_eq!(run.findings.len(), 1, "{:?}", run.findings);
        assert!(run.findings[0].starts_with("parameter-out-of-range 4:89"), "{:?}", run.findings);
    }

    #[test]
    fn a_control_may_name_fewer_groups_than_its_clause() {
        let clauses = "  - id: A\n    summary: s\n    class: partial\n    reason: r\n    groups: [phones, laptops]\n    \
                       require: { lock: { groups: [laptops], length: 9 } }\n";
        let run = run(clauses, "", "2026-01-01");
        assert_eq!(run.findings, Vec::<String>::new());
        assert_eq!((run.value("phones", "length"), run.value("laptops", "length")), (String::new(), "9".to_owned()));
    }
}
