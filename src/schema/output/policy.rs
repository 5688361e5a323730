//! Of the output: what commands say of a whole policy, a group, a setting.

use super::{Fields, boolean, list, number, optional, part, record, text, texts, words};
use crate::policy::Class;
use serde_json::{Map, Value, json};

/// `report coverage`.
pub(super) fn coverage() -> Fields {
    let control = vec![
        ("organisation", text("its id")),
        ("control", text("its id")),
        ("title", text("what it is called")),
        ("clauses", texts("the clauses that require it")),
        ("groups", texts("the groups that have it")),
    ];
    vec![
        ("totals", classes()),
        ("policies", list(written())),
        ("controls", list(record(control))),
        ("exceptions", list(record(exception()))),
        ("groups", list(record(rests_on()))),
    ]
}

pub(super) fn exception() -> Fields {
    vec![
        ("organisation", text("its id")),
        ("exception", text("its id")),
        ("state", words(&["waiting", "in-force", "lapsed", "template", "recorded"])),
        ("clauses", texts("the clauses that it names")),
        ("groups", texts("its groups")),
        ("expires", optional(text("its last day"))),
    ]
}

/// `explain --group`.
pub(super) fn group() -> Fields {
    let class = vec![("class", class()), ("clauses", list(clause_in_short()))];
    let gap = vec![
        ("control", text("its id")),
        ("parameter", optional(text("of which parameter"))),
        ("reason", text("why the platform cannot express it")),
    ];
    let exception = vec![
        ("exception", text("its id")),
        ("place", optional(text("path:line:column"))),
        ("clauses", texts("the clauses that it lifts or relaxes")),
        ("reason", text("why")),
        ("expires", optional(text("its last day"))),
    ];
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    vec![
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("title", text("what users see")),
        ("facts", map.clone()),
        ("assumed", map),
        ("unmanaged", optional(text("why no server reaches it"))),
        ("controls", list(control())),
        ("settings", list(settings())),
        ("gaps", list(record(gap))),
        ("clauses", list(record(class))),
        ("exceptions", list(record(exception))),
    ]
}

/// `explain KEY`.
pub(super) fn setting() -> Fields {
    let group = vec![("organisation", text("its id")), ("group", text("its id")), ("settings", list(settings()))];
    vec![
        ("subject", text("what was asked for")),
        ("groups", list(record(group))),
        ("catalogue", texts("the names that the catalogue has for it")),
    ]
}

pub(super) fn classes() -> Value {
    let mut fields = Map::new();
    fields.insert("clauses".to_owned(), number("all of them"));
    fields.extend(Class::WORDS.iter().map(|(word, _)| ((*word).to_owned(), number("of this class"))));
    let required: Vec<&String> = fields.keys().collect();
    json!({ "type": "object", "required": required, "properties": fields })
}

fn class() -> Value {
    json!({ "enum": Class::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

fn written() -> Value {
    record(vec![
        ("organisation", text("its id")),
        ("policy", text("its id")),
        ("baseline", boolean("whether it is adopted; its clauses do not count in the totals")),
        ("title", text("as printed")),
        ("version", optional(text("as printed"))),
        ("owner", optional(text("who answers for it"))),
        ("next_review", optional(text("its next review"))),
        ("classes", classes()),
        ("clauses", list(record(clause()))),
        ("left_out", list(left_out())),
    ])
}

pub(super) fn left_out() -> Value {
    record(vec![("clauses", text("which")), ("reason", text("why"))])
}

pub(super) fn clause() -> Fields {
    let assumption = vec![("parameter", text("control.parameter")), ("why", text("why"))];
    let conflict = vec![("clause", text("the other clause")), ("why", text("why"))];
    vec![
        ("clause", text("its id")),
        ("summary", text("one line")),
        ("class", class()),
        ("reason", optional(text("why no more than that"))),
        ("needs", texts("what else must be true")),
        ("controls", texts("controls that it requires")),
        ("assumed", list(record(assumption))),
        ("meets", texts("baseline clauses that it fulfils")),
        ("conflicts_with", list(record(conflict))),
        ("groups", list(answer())),
    ]
}

fn answer() -> Value {
    let used = || list(record(vec![("setting", text("its address")), ("artefact", optional(text("the file")))]));
    record(vec![
        ("group", text("its id")),
        ("excepted", boolean("whether an exception takes it out of the count")),
        ("carrying", used()),
        ("helping", used()),
        ("commands", texts("commands for the server")),
        ("gaps", texts("what the platform cannot express")),
    ])
}

pub(super) fn rests_on() -> Fields {
    vec![
        ("organisation", text("its id")),
        ("group", text("its id")),
        ("unmanaged", optional(text("why no server reaches it"))),
        ("settings", number("settings that files hold")),
        ("stated", number("of them, stated by a clause")),
        ("excepted", number("whose value an exception in force gives")),
        ("assumed", number("of them, assumed")),
        ("defaults", number("of them, by default")),
        ("raw", number("of them, written by a clause itself")),
        ("commands", number("commands for the server")),
        ("files", number("files")),
    ]
}

fn control() -> Value {
    let contribution = vec![
        ("clause", text("policy and clause")),
        ("place", optional(text("path:line:column"))),
        ("value", text("what it gives")),
        ("basis", text("stated or assumed")),
        ("decided", boolean("whether it decided")),
    ];
    let parameter = vec![
        ("parameter", text("its name")),
        ("value", text("what holds")),
        ("unit", optional(text("of the value"))),
        ("basis", text("stated, assumed, default or fixed")),
        ("contributions", list(record(contribution))),
        ("exceptions", list(part("exception"))),
    ];
    record(vec![
        ("control", text("its id")),
        ("instance", optional(text("which of several"))),
        ("title", text("what it is called")),
        ("clauses", list(part("asked"))),
        ("parameters", list(record(parameter))),
        ("needs", texts("what else must be true")),
    ])
}

fn settings() -> Value {
    record(vec![
        ("address", text("what is set")),
        ("value", text("to what")),
        ("artefact", optional(text("the file that carries it"))),
        ("also", texts("the files that carry it on other routes")),
        ("dropped", optional(text("the code that says why it is left out"))),
        ("because", list(part("reason"))),
    ])
}

fn clause_in_short() -> Value {
    let held = record(vec![
        ("carrying", texts("settings that carry it")),
        ("helping", texts("settings that help")),
        ("commands", texts("commands that do it")),
        ("support", boolean("all of it only supports the clause")),
        ("excepted", boolean("an exception takes the group out of the count")),
    ]);
    record(vec![
        ("clause", text("policy and clause")),
        ("place", optional(text("path:line:column"))),
        ("summary", text("one line")),
        ("reason", optional(text("why no more than its class"))),
        ("needs", texts("what else must be true")),
        ("held", optional(held)),
    ])
}
