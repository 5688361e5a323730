//! Of the output: what `drift` says of what devices and servers report.

use super::{Fields, boolean, direction, list, number, optional, record, text, texts, words};
use crate::observed::Kind;
use serde_json::Value;

/// `drift`.
pub(super) fn drift() -> Fields {
    let group = || text("organisation/group");
    let counts = || record(Kind::ALL.iter().map(|kind| (kind.word(), number("settings"))).collect());
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let observation = record(vec![
        ("name", text("the file of a device; of a server what is looked at")),
        ("group", group()),
        ("device", boolean("whether it is what one device reports")),
        ("source", words(&["diagnostics-report", "installed-profile", "preferences", "answers", "server"])),
        ("route", text("the route whose files it is held against")),
        ("provider", optional(text("who delivers what is approved, where a report names several"))),
        ("files", number("files that it was read from")),
        ("agreed", number("settings that are as approved")),
        ("counts", counts()),
    ]);
    let finding = record(vec![
        ("group", group()),
        ("kind", words(&kinds)),
        ("setting", text("the address; of what nobody can name, the place")),
        ("approved", optional(text("the value that is approved"))),
        ("observed", optional(text("the value that is there"))),
        ("provider", optional(text("who decides, where another provider does"))),
        ("reason", optional(text("why nobody can tell, or what else is known"))),
        ("direction", direction()),
        ("file", optional(text("the approved file"))),
        ("clauses", texts("the clauses that ask for it")),
        ("observations", texts("names of those that have it so")),
        ("count", number("how many these are")),
        ("agreed", number("how many others have it as approved")),
        ("of", number("how many there are of the group")),
    ]);
    let clause = record(vec![("group", group()), ("clause", text("policy and clause")), ("counts", counts())]);
    let rule = record(vec![
        ("server", text("whose it is")),
        ("rule", text("its name")),
        ("what", text("what is left out")),
        ("reason", text("why")),
        ("applied", number("how often it left something out here")),
    ]);
    let all: [(&str, Value); 5] = [
        ("observations", list(observation)),
        ("drift", list(finding)),
        ("clauses", list(clause)),
        ("passed_over", texts("artefacts of no group that is looked at")),
        ("rules", list(rule)),
    ];
    all.into_iter().collect()
}
