//! Text → [`Control`]: the library's files and organisations' own ones alike (language.md §5).

use super::declare::parameters;
use super::entry::{needs, parse_entries};
use super::guard::parse_guards;
use super::scope::Writer;
use super::{Control, Entry, Gap, wellformed};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::Platform;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use std::collections::BTreeMap;

/// Reads one control, and says what it lacks to be whole. `None` where its head cannot be read.
pub fn parse(node: &Node, found: &mut Diagnostics) -> Option<Control> {
    let control = read(node, found)?;
    wellformed::check(&control, found);
    Some(control)
}

/// Reads one control. `None` where its head cannot be read; what else is wrong is left out, with findings.
pub(crate) fn read(node: &Node, found: &mut Diagnostics) -> Option<Control> {
    let mut fields = Fields::of(node, "a control", found)?;
    let id = fields.need("control", node.span, found).and_then(|node| fields::name(node, "a control", found));
    let formerly = fields.take("formerly").and_then(|node| fields::name(node, "a control", found));
    let title = fields.need("title", node.span, found).and_then(|node| fields::text(node, "`title`", found));
    let parameters = fields.take("parameters").map(|node| parameters(node, found)).unwrap_or_default();
    let named_instances = fields
        .take("instances")
        .is_some_and(|node| fields::word(node, "a way to have instances", &[("named", true)], found).is_some());
    let (needs_facts, needs) = needs(fields.take("needs"), found);
    let constrains = names(fields.take("constrains"), found);
    let writer = Writer::Control { parameters: &parameters, named_instances };
    let settings = fields.take("settings").map(|node| parse_entries(node, writer, found)).unwrap_or_default();
    let guards = fields.take("guard").map(|node| parse_guards(node, writer, found)).unwrap_or_default();
    let observe = fields.take("observe").map(|node| observe(node, writer, found)).unwrap_or_default();
    let gaps = gaps(fields.take("gaps"), found);
    let inherent = inherent(fields.take("inherent"), found);
    fields.finish(found);
    Some(Control {
        id: id?,
        formerly,
        title: title?.value,
        needs_facts,
        needs,
        parameters,
        named_instances,
        constrains,
        settings,
        guards,
        observe,
        gaps,
        inherent,
    })
}

fn names(node: Option<&Node>, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let items = node.and_then(|node| fields::items(node, "`constrains`", found)).unwrap_or_default();
    items.iter().filter_map(|item| fields::name(item, "a control", found)).collect()
}

/// What a healthy device reports: entries that are never emitted.
fn observe(node: &Node, writer: Writer<'_>, found: &mut Diagnostics) -> Vec<Entry> {
    parse_entries(node, writer, found)
}

/// `{ iOS: reason }`, `{ Windows: { parameter: reason } }` or `{ Windows: { parameter: { word: reason } } }`.
fn gaps(node: Option<&Node>, found: &mut Diagnostics) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (platform, node) in by_platform(node, "`gaps`", found) {
        let whole = Gap { platform, parameter: None, words: Vec::new(), reason: String::new() };
        let Kind::Map(parameters) = &node.kind else {
            gaps.extend(fields::text(node, "a reason", found).map(|read| Gap { reason: read.value, ..whole }));
            continue;
        };
        for entry in parameters {
            let gap = Gap { parameter: Some(entry.key.value.clone()), ..whole.clone() };
            let Kind::Map(words) = &entry.value.kind else {
                gaps.extend(
                    fields::text(&entry.value, "a reason", found).map(|read| Gap { reason: read.value, ..gap }),
                );
                continue;
            };
            gaps.extend(words.iter().filter_map(|word| {
                let reason = fields::text(&word.value, "a reason", found)?.value;
                Some(Gap { words: vec![word.key.value.clone()], reason, ..gap.clone() })
            }));
        }
    }
    gaps
}

fn inherent(node: Option<&Node>, found: &mut Diagnostics) -> BTreeMap<Platform, String> {
    let lines = by_platform(node, "`inherent`", found);
    lines
        .into_iter()
        .filter_map(|(platform, node)| Some((platform, fields::text(node, "a sentence", found)?.value)))
        .gather()
}

fn by_platform<'n>(node: Option<&'n Node>, what: &str, found: &mut Diagnostics) -> Vec<(Platform, &'n Node)> {
    let mut lines = Vec::new();
    for entry in node.and_then(|node| fields::entries(node, what, found)).unwrap_or_default() {
        match Platform::named(&entry.key) {
            Some(platform) => lines.push((platform, &entry.value)),
            None => {
                let all: Vec<String> = Platform::ALL.iter().map(|platform| format!("`{platform}`")).collect();
                found.push(
                    Diagnostic::new(
                        Code::InvalidControl,
                        entry.key.span,
                        format!("`{}` is no platform", entry.key.value),
                    )
                    .help(format!("it is one of {}", all.join(", "))),
                );
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, tree};
    use super::*;

    const HEAD: &str = "control: c\ntitle: C\nconstrains: [others]\n";

    /// The findings of a control with these further lines.
    fn check(lines: &str, expected: &[&str]) {
        let (_, node) = tree(&format!("{HEAD}{lines}"));
        let mut found = Diagnostics::default();
        parse(&node, &mut found);
        assert_eq!(messages(&found), expected, "{lines}");
        assert!(found.iter().all(|finding| !finding.help.is_empty()), "{found:?}");
    }

    fn parameter(text: &str, expected: &[&str]) {
        check(&format!("parameters: {{ p: {{ {text} }} }}\n"), expected);
    }

    fn entry(text: &str, expected: &[&str]) {
        let parameters = "parameters: { on: { type: boolean, stricter: true }, mode: { type: word, stricter: a < b }, \
            n: { type: integer, range: 1..9, stricter: lower, default: none }, s: { type: set, values: [x, y], stricter: larger } }";
        check(&format!("{parameters}\nsettings:\n  - {text}\n"), expected);
    }

    #[test]
    fn a_parameter_says_which_side_is_stricter() {
        parameter("type: integer, range: 4..20, stricter: higher, default: 6", &[]);
        parameter("type: word, stricter: [allow < require, allow < forbid], default: allow", &[]);
        parameter("type: text, max: 5, default: none", &[]);
        parameter("type: boolean", &["invalid-control: nobody says which side of the parameter is stricter"]);
        parameter(
            "type: boolean, stricter: none",
            &["invalid-control: nobody says why neither side of `p` is stricter"],
        );
        parameter("type: boolean, stricter: higher", &["invalid-control: this is no order for values of this type"]);
        parameter("type: number, stricter: higher", &["invalid-value: `number` is not a type"]);
        parameter("type: integer, range: 9..4, stricter: lower", &["invalid-control: `9..4` is no range"]);
        parameter(
            "type: set, stricter: larger",
            &["invalid-control: a set has either up to 64 `values` or a `format`"],
        );
        parameter(
            "type: integer, range: 4..20, stricter: higher, default: 3",
            &["parameter-out-of-range: `p` is 3, and takes 4 to 20"],
        );
        let contradict = ["invalid-control: the chains of `stricter` contradict one another"];
        parameter("type: word, stricter: [a < b, b < a]", &contradict);
        parameter("type: word, stricter: [a < c, b < c]", &contradict);
        parameter("type: word, stricter: [a < b, b < c]", &contradict);
    }

    #[test]
    fn no_parameter_has_a_name_of_the_language() {
        let lines = "parameters: { groups: { type: text } }\n";
        check(lines, &["invalid-control: no parameter can be called `groups`: the language has the name for itself"]);
    }

    #[test]
    fn entries_are_whole() {
        entry("{ platforms: [iOS], payload: t, keys: { A: $on, B: { C: $mode, D: $n }, E: [$s] } }", &[]);
        entry("{ csp: ./Device/X, nodes: { A/B: $n }, admx: { C: $on, D: { e: $mode } } }", &[]);
        entry(
            "{ payload: t, keys: { A: 1 } }",
            &["invalid-control: the entry does not say which of Apple's platforms it is for"],
        );
        entry("{ platforms: [iOS], keys: { A: 1 } }", &["invalid-control: the entry says nowhere where it goes"]);
        entry("{ platforms: [Windows], payload: t, keys: { A: 1 } }", &["invalid-control: `t` is not for Windows"]);
        entry("{ csp: ./Device/X }", &["invalid-control: the entry names no node"]);
        entry("{ csp: Device/X, nodes: { A: 1 } }", &["invalid-control: `Device/X` is no LocURI"]);
        entry("{ csp: \"./Device/{T}\", nodes: { A: 1 } }", &["invalid-control: nothing says what `{T}` is"]);
        entry("{ csp: ./Device/X, nodes: { A: 1 }, colour: red }", &["unknown-field: an entry has no field `colour`"]);
        entry("{ compliance: t, keys: { A: 1 } }", &["unknown-key: `t` is no type of compliance policy"]);
    }

    #[test]
    fn names_stand_for_something() {
        let node = |value: &str, expected: &[&str]| {
            entry(&format!("{{ csp: ./Device/X, nodes: {{ A: {value} }} }}"), expected)
        };
        node("$organisation.entra-tenant", &[]);
        node("\"$anything\"", &[]);
        node("$onn", &["invalid-control: the control has no parameter `onn`"]);
        node("$instance", &["invalid-control: `$instance` has no meaning where there is one instance"]);
        node("$item", &["invalid-control: `$item` stands outside `each`"]);
        node("{ $xml: group-membership, group: S-1-5-32-544, members: $s }", &[]);
        node("{ $xml: wlan }", &["invalid-value: `wlan` is not a vendor's document"]);
        node("{ $xml: group-membership, group: a }", &["invalid-control: the document has no `members`"]);
        node(
            "{ $xml: group-membership, group: a, members: $s, colour: red }",
            &["invalid-control: a document of this kind has no part `colour`"],
        );
        node("{ $uuid: some-name }", &[]);
        node("{ $times: [$n, 60] }", &[]);
        node("{ $times: [$mode, 60] }", &["invalid-control: one can only calculate with whole numbers"]);
        node("{ secret: wifi }", &[]);
        node("{ base64: \"AAE=\" }", &[]);
        node("{ base64: \"?\" }", &["invalid-control: this is no base64"]);
        node("{ file: ../x }", &["invalid-control: `../x` is no file of the organisation's folder"]);
        node("{ a: 1 }", &["invalid-control: a node has one value, and here is a mapping"]);
        entry("{ each: $releases, csp: ./Device/X, nodes: { A: 1 } }", &[]);
    }

    #[test]
    fn tables_have_a_row_for_each_value_that_can_come() {
        let table = |table: &str, expected: &[&str]| {
            entry(&format!("{{ when: {{ mode: [b] }}, csp: ./Device/X, nodes: {{ A: {{ {table} }} }} }}"), expected);
        };
        table("$on: { true: 1, false: 0 }", &[]);
        table("$on: { true: 1, else: 0 }", &[]);
        table("$on: { true: 1 }", &["invalid-control: the table has no row for `false`"]);
        table("$mode: { b: 1 }", &[]);
        table("$mode: { a: 1 }", &["invalid-control: the table has no row for `b`"]);
        table("$mode: { b: 1, c: 0 }", &["invalid-control: `mode` is never `c`"]);
        table("$n: { none: 0, else: $n }", &[]);
        table("$n: { none: 0 }", &["invalid-control: the table has no row for `else`"]);
        table("$s: { x: 1, else: 0 }", &["invalid-control: `s` can have several values, a table gives one"]);
        entry("{ when: { mode: c }, csp: ./Device/X, nodes: { A: 1 } }", &["invalid-control: `mode` is never `c`"]);
        let denied = |when: &str, table: &str, expected: &[&str]| {
            entry(&format!("{{ when: {{ {when} }}, csp: ./Device/X, nodes: {{ A: {{ {table} }} }} }}"), expected);
        };
        denied("mode: { not: a }", "$mode: { b: 1 }", &[]);
        denied("mode: { not: a }", "$mode: { a: 1 }", &["invalid-control: the table has no row for `b`"]);
        denied("mode: { not: c }", "$mode: { a: 1, b: 0 }", &["invalid-control: `mode` is never `c`"]);
        denied(
            "s: { not: [] }, mode: { nor: a }",
            "$mode: { a: 1, b: 0 }",
            &["missing-field: a condition has no `not`", "unknown-field: a condition has no field `nor`"],
        );
    }

    #[test]
    fn an_entry_carries_helps_or_relaxes() {
        entry("{ helping: true, csp: ./Device/X, nodes: { A: 1 } }", &[]);
        entry("{ relaxing: true, csp: ./Device/X, nodes: { A: 1 } }", &[]);
        entry(
            "{ helping: true, relaxing: true, csp: ./Device/X, nodes: { A: 1 } }",
            &["invalid-control: an entry that relaxes does not help"],
        );
    }

    #[test]
    fn the_state_of_an_admx_body_is_one_of_two() {
        let state =
            |state: &str, expected: &[&str]| entry(&format!("{{ csp: ./Device/X, admx: {{ A: {state} }} }}"), expected);
        state("enabled", &[]);
        state("{ $mode: { a: disabled, else: enabled } }", &[]);
        state("{ $mode: { a: none, else: enabled } }", &[]);
        state("$mode", &["invalid-control: `$mode` is neither `true` nor `false`"]);
        state("on", &["invalid-control: this is no state of an ADMX-backed policy"]);
    }

    #[test]
    fn every_platform_is_spoken_of_and_every_parameter_used() {
        let text = "control: c\ntitle: C\nparameters: { p: { type: boolean, stricter: true }, q: { type: boolean, stricter: true } }\n\
            settings:\n  - { csp: ./Device/X, nodes: { A: $p } }\ngaps: { iOS: none of it }\n";
        let (_, node) = tree(text);
        let mut found = Diagnostics::default();
        parse(&node, &mut found);
        assert_eq!(
            messages(&found),
            ["invalid-control: `c` says nothing of macOS", "invalid-control: nothing on Windows uses `q`"]
        );
        check("gaps: { Windows: { x: why } }\n", &["invalid-control: a gap names `x`, which is no parameter"]);
        check("gaps: { windows: why }\n", &["invalid-control: `windows` is no platform"]);
    }

    #[test]
    fn guards_read_conditions() {
        let guard = |text: &str, expected: &[&str]| check(&format!("guard:\n  - {text}\n"), expected);
        guard("{ csp: ./Device/X, nodes: { A: absent, B: { not: 1 }, C: { below: 3 } }, reason: r }", &[]);
        guard("{ csp: ./Device/X, admx: { A: disabled, B: { e: { not: 1 } } }, reason: r }", &[]);
        guard("{ control: others, parameters: { p: true }, reason: r }", &[]);
        guard("{ csp: ./Device/X, nodes: { A: absent } }", &["missing-field: a guard has no `reason`"]);
        guard(
            "{ payload: t, keys: { A: 1 }, reason: r }",
            &["invalid-control: the guard does not say which of Apple's platforms it is for"],
        );
    }
}
