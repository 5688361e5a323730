//! Text → [`Control`]: the library's files and organisations' own ones alike (language.md §5).

use super::declare::parameters;
use super::entry::parse_entries;
use super::expression::Writer;
use super::guard::parse_guards;
use super::{Control, Entry, Gap, wellformed};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{DeviceFact, Platform};
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use std::collections::BTreeMap;

/// Reads one control. `None` where its head cannot be read; what else is wrong is left out, with findings.
pub fn parse(node: &Node, found: &mut Diagnostics) -> Option<Control> {
    let mut fields = Fields::of(node, "a control", found)?;
    let id = fields.need("control", node.span, found).and_then(|node| fields::name(node, "a control", found));
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
    let (id, title) = (id?, title?.value);
    let control = Control {
        id,
        title,
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
    };
    wellformed::check(&control, found);
    Some(control)
}

/// Device facts that groups must state, and sentences.
fn needs(node: Option<&Node>, found: &mut Diagnostics) -> (Vec<Spanned<DeviceFact>>, Vec<String>) {
    let words: Vec<(&'static str, DeviceFact)> = DeviceFact::ALL.iter().map(|fact| (fact.word(), *fact)).collect();
    let (mut facts, mut others) = (Vec::new(), Vec::new());
    for item in node.and_then(|node| fields::items(node, "`needs`", found)).unwrap_or_default() {
        if !matches!(item.kind, Kind::Map(_)) {
            others.extend(fields::text(item, "a sentence", found).map(|read| read.value));
            continue;
        }
        let Some(mut fields) = Fields::of(item, "a need", found) else { continue };
        if let Some(node) = fields.need("has", item.span, found) {
            facts.extend(fields::word(node, "a fact about devices", &words, found));
        }
        fields.finish(found);
    }
    (facts, others)
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
        .collect()
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
