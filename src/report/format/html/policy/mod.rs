//! The effective policy of an organisation as a page that needs no engineer to read: what is written, what devices do about it, what is
//! assumed, and what is left to people.
//!
//! Reading order: this file, [`chart`] (shares as bars, each beside its numbers), [`clause`] (one clause), [`map`] (clauses by groups,
//! controls by clauses), [`words`] (terms of sources as people say them).

mod chart;
mod clause;
mod map;
mod words;

use super::{Frame, many, written};
use crate::gather::{Arrange, Gather};
use crate::report::coverage::GroupUse;
use crate::report::effective::{Effective, ExceptionPart, PolicyPart};
use crate::setting::Date;
use askama::Template;
use chart::Bar;
use clause::ClauseCard;
use map::{ControlMap, GroupMap};
use std::collections::BTreeMap;

/// The page.
#[derive(Template)]
#[template(path = "policy.html", config = "src/report/format/html/askama.toml")]
struct Page<'a> {
    frame: Frame,
    title: String,
    effective: &'a Effective,
    /// The whole in a few sentences.
    summary: Vec<String>,
    tiles: Vec<(usize, &'static str, &'static str)>,
    classes: Vec<Bar<'a>>,
    bases: Vec<Bar<'a>>,
    dates: Vec<Day<'a>>,
    policies: Vec<(&'a PolicyPart, Vec<ClauseCard<'a>>)>,
    exceptions: Vec<(&'static str, &'static str, Vec<&'a ExceptionPart>)>,
    /// Controls that some clause asks for, as the filter lists them.
    controls: Vec<(&'a str, &'a str)>,
    by_group: GroupMap<'a>,
    by_clause: ControlMap<'a>,
    links: Links<'a>,
}

/// A day that somebody has to know of.
struct Day<'a> {
    day: &'a str,
    what: &'static str,
    name: &'a str,
    /// Days from the day of the page; negative where it is past.
    away: i64,
}

/// Where on the page a clause stands.
struct Links<'a>(BTreeMap<&'a str, usize>);

impl Links<'_> {
    fn to(&self, clause: &str) -> Option<usize> {
        self.0.get(clause).copied()
    }
}

/// The whole page.
pub fn policy(effective: &Effective) -> String {
    let clauses = effective.policies.iter().flat_map(|policy| &policy.clauses);
    let links = Links(clauses.enumerate().map(|(n, clause)| (clause.reference.as_str(), n + 1)).gather());
    let controls: Vec<(&str, &str)> =
        effective.controls.iter().map(|used| (used.control.as_str(), used.title.as_str())).collect();
    let page = Page {
        frame: Frame::new(),
        title: format!("The effective policy of {}", effective.name),
        summary: summary(effective),
        tiles: tiles(effective),
        classes: chart::classes(effective),
        bases: chart::bases(effective),
        dates: dates(effective),
        policies: cards(effective, &controls, &links),
        exceptions: exceptions(effective),
        by_group: map::by_group(effective, &links),
        by_clause: map::by_clause(effective, &links),
        controls,
        links,
        effective,
    };
    written(&page)
}

fn managed(effective: &Effective) -> impl Iterator<Item = &GroupUse> {
    effective.groups.iter().map(|group| &group.counts).filter(|counts| counts.unmanaged.is_none())
}

fn summary(effective: &Effective) -> Vec<String> {
    let totals = &effective.totals;
    let (own, adopted): (Vec<&PolicyPart>, Vec<&PolicyPart>) =
        effective.policies.iter().partition(|policy| !policy.baseline);
    let written =
        if own.len() == 1 { "one written policy".to_owned() } else { format!("{} written policies", own.len()) };
    let baselines = match adopted.len() {
        0 => String::new(),
        1 => " and adopts one baseline".to_owned(),
        n => format!(" and adopts {n} baselines"),
    };
    let held = totals.enforced + totals.partial + totals.inherent + totals.mdm_command;
    let groups = managed(effective).count();
    let mut said = vec![
        format!("{} has {written}{baselines}.", effective.name),
        format!(
            "Of {}, devices make {} true and help with {}; the rest is the work of people and services.",
            many(totals.clauses, "clause"),
            totals.enforced + totals.inherent,
            held - totals.enforced - totals.inherent,
        ),
    ];
    let (settings, files) = managed(effective).fold((0, 0), |(s, f), group| (s + group.settings, f + group.files));
    let others = effective.groups.len() - groups;
    said.push(format!(
        "{} of devices {} managed, with {} in {}{}.",
        many(groups, "group"),
        if groups == 1 { "is" } else { "are" },
        many(settings, "setting"),
        many(files, "file"),
        match others {
            0 => String::new(),
            n => format!("; {} {} not", many(n, "more"), if n == 1 { "is" } else { "are" }).replace("mores", "more"),
        }
    ));
    said
}

fn tiles(effective: &Effective) -> Vec<(usize, &'static str, &'static str)> {
    let state = |state: &str| effective.exceptions.iter().filter(|exception| exception.known.state == state).count();
    let assumed = effective.policies.iter().flat_map(|policy| &policy.clauses).map(|clause| clause.held.assumed.len());
    vec![
        (effective.totals.clauses, "clauses", "#clauses"),
        (managed(effective).count(), "managed groups", "#groups"),
        (managed(effective).map(|group| group.settings).sum(), "settings", "#groups"),
        (assumed.sum(), "assumed values", "#clauses"),
        (effective.gaps.len(), "gaps", "#gaps"),
        (state("in-force") + state("recorded"), "exceptions in force", "#exceptions"),
        (effective.conflicts.len(), "conflicts", "#conflicts"),
        (effective.policies.iter().filter(|policy| policy.overdue.is_some()).count(), "reviews overdue", "#dates"),
    ]
}

/// Days that somebody has to know of, the earliest first.
fn dates(effective: &Effective) -> Vec<Day<'_>> {
    let today = Date::parse(&effective.as_of);
    let away = |day: &str| Some(Date::parse(day)?.days() - today?.days());
    let reviews = effective.policies.iter().filter_map(|policy| {
        let day = policy.next_review.as_deref()?;
        Some(Day { day, what: "review due", name: &policy.title, away: away(day)? })
    });
    let exceptions = effective.exceptions.iter().filter(|exception| exception.known.state != "template");
    let exceptions = exceptions.flat_map(|exception| {
        let name = exception.known.exception.as_str();
        let begins = exception.from.as_deref().filter(|_| exception.known.state == "waiting");
        let ends = exception.known.expires.as_deref();
        let begins = begins.and_then(|day| Some(Day { day, what: "exception begins", name, away: away(day)? }));
        let ends = ends.and_then(|day| Some(Day { day, what: "exception ends", name, away: away(day)? }));
        begins.into_iter().chain(ends)
    });
    let mut days: Vec<Day<'_>> = reviews.chain(exceptions).collect();
    days.arrange_by(|a, b| (a.away, a.name).cmp(&(b.away, b.name)));
    days
}

fn cards<'a>(
    effective: &'a Effective,
    controls: &[(&str, &str)],
    links: &Links<'_>,
) -> Vec<(&'a PolicyPart, Vec<ClauseCard<'a>>)> {
    let card = |n, clause| ClauseCard::of(effective, clause, n, controls, links);
    let policies = effective.policies.iter().enumerate();
    policies.map(|(n, policy)| (policy, policy.clauses.iter().map(|clause| card(n, clause)).collect())).collect()
}

/// Exceptions by where they stand, those first that hold today.
fn exceptions(effective: &Effective) -> Vec<(&'static str, &'static str, Vec<&ExceptionPart>)> {
    let states = [
        ("in-force", "In force", "They change what devices are given today."),
        ("recorded", "On record", "They hold today, and change nothing on devices."),
        ("waiting", "Waiting", "Their first day is to come."),
        ("lapsed", "Lapsed", "Their last day is past: an error until they are taken out or endorsed again."),
        ("template", "Templates", "The policy foresees them; each waits for a person to fill it in."),
    ];
    let of = |state: &str| effective.exceptions.iter().filter(|e| e.known.state == state).collect::<Vec<_>>();
    states
        .into_iter()
        .map(|(state, title, hint)| (title, hint, of(state)))
        .filter(|(.., all)| !all.is_empty())
        .collect()
}
