//! Of the output: what `report policy` says of one organisation, its whole effective policy.

use super::policy::{classes, clause, exception, left_out, rests_on};
use super::{Fields, boolean, list, optional, record, text, texts};
use serde_json::{Value, json};

/// `report policy`.
pub(super) fn effective() -> Fields {
    let gap = vec![
        ("control", text("its id")),
        ("title", text("what it is called")),
        ("parameter", optional(text("of which parameter"))),
        ("platform", text("which cannot express it")),
        ("reason", text("why")),
        ("groups", texts("the groups that are without it")),
        ("clauses", texts("the clauses that ask for it")),
    ];
    let conflict = vec![("clause", text("one clause")), ("other", text("the other")), ("why", text("why"))];
    let control = vec![
        ("control", text("its id")),
        ("title", text("what it is called")),
        ("clauses", texts("the clauses that require it")),
        ("groups", texts("the groups that have it")),
    ];
    vec![
        ("organisation", text("its id")),
        ("name", text("as users see it")),
        ("identifier", text("what its identifiers start with")),
        ("as_of", text("the day that decides about exceptions")),
        ("faulty", boolean("whether the sources have errors")),
        ("totals", classes()),
        ("policies", list(policy())),
        ("groups", list(group())),
        ("exceptions", list(granted())),
        ("gaps", list(record(gap))),
        ("conflicts", list(record(conflict))),
        ("controls", list(record(control))),
    ]
}

fn policy() -> Value {
    let mut clause = clause();
    let citation =
        record(vec![("printed", text("as the policy prints it")), ("meant", text("the clause that is meant"))]);
    clause.extend([
        ("reference", text("policy and clause")),
        ("binds", texts("the groups that it binds")),
        ("asks", list(ask())),
        ("raw", boolean("whether it writes settings itself")),
        ("cites", list(citation)),
        ("formerly", optional(text("the id that it had"))),
    ]);
    record(vec![
        ("policy", text("its id")),
        ("title", text("as printed")),
        ("version", optional(text("as printed"))),
        ("owner", optional(text("who answers for it"))),
        ("approved_by", optional(text("who approved it"))),
        ("approved_on", optional(text("when"))),
        ("in_force", optional(text("since when"))),
        ("next_review", optional(text("its next review"))),
        ("overdue", optional(days("days since the review was due"))),
        ("baseline", boolean("whether it is adopted")),
        ("classes", classes()),
        ("clauses", list(record(clause))),
        ("left_out", list(left_out())),
    ])
}

/// What a clause asks of a control.
fn ask() -> Value {
    let elsewhere = record(vec![("group", text("its id")), ("value", text("what holds there"))]);
    let parameter = record(vec![
        ("parameter", text("its name")),
        ("value", text("what the clause gives")),
        ("unit", optional(text("of the value"))),
        ("basis", text("stated or assumed")),
        ("elsewhere", list(elsewhere)),
    ]);
    record(vec![
        ("control", text("its id")),
        ("instance", optional(text("which of several"))),
        ("title", text("what it is called")),
        ("groups", texts("for which groups")),
        ("parameters", list(parameter)),
    ])
}

fn group() -> Value {
    let fact = vec![
        ("fact", text("its name")),
        ("value", text("what holds")),
        ("assumed", optional(text("why it is assumed"))),
    ];
    let audience = vec![("server", text("which")), ("names", texts("who gets it there"))];
    let gap =
        vec![("control", text("its id")), ("parameter", optional(text("of which parameter"))), ("reason", text("why"))];
    let excepted = vec![("exception", text("its id")), ("clauses", texts("the clauses that it lifts or relaxes"))];
    let dropped = vec![("setting", text("its address")), ("code", text("why it is left out"))];
    let mut group = rests_on();
    group.extend([
        ("title", text("as users see it")),
        ("facts", list(record(fact))),
        ("assign", list(record(audience))),
        ("clauses", texts("the clauses that bind it")),
        ("controls", list(control())),
        ("missing", texts("controls that it lacks")),
        ("gaps", list(record(gap))),
        ("exceptions", list(record(excepted))),
        ("written", list(file())),
        ("dropped", list(record(dropped))),
    ]);
    record(group)
}

fn control() -> Value {
    let parameter = record(vec![
        ("parameter", text("its name")),
        ("value", text("what holds")),
        ("unit", optional(text("of the value"))),
        ("basis", text("stated, excepted, assumed, default or fixed")),
        ("decided", texts("the clauses that decided")),
        ("exceptions", texts("the exceptions that moved it")),
    ]);
    record(vec![
        ("control", text("its id")),
        ("instance", optional(text("which of several"))),
        ("title", text("what it is called")),
        ("clauses", texts("the clauses that require it")),
        ("parameters", list(parameter)),
        ("needs", texts("what else must be true")),
    ])
}

/// A file and the settings in it; what no file holds are commands.
fn file() -> Value {
    let setting = record(vec![
        ("setting", text("its address")),
        ("value", text("to what")),
        ("basis", text("who said so")),
        ("command", boolean("whether it is a command for the server")),
    ]);
    record(vec![("file", optional(text("its path"))), ("settings", list(setting))])
}

fn granted() -> Value {
    let mut exception = exception();
    exception.extend([
        ("standing", boolean("whether it has no end")),
        ("reason", text("why")),
        ("endorsed_by", optional(text("who granted it"))),
        ("from", optional(text("its first day"))),
        ("days_left", optional(days("until its last day; below 0 after it"))),
    ]);
    record(exception)
}

fn days(description: &str) -> Value {
    json!({ "type": "integer", "description": description })
}
