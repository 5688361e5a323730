//! Findings of one artefact that say the same: once, with the keys that they are about.

use super::judge::Said;
use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::reader::{Item, Reading};
use crate::setting::Leaf;
use crate::source::Span;
use std::collections::BTreeMap;

/// What makes two findings one.
type Same = (Code, Severity, String, String, Option<String>, Vec<String>, Option<Span>);

const HOLE: &str = "`\u{0}`";
/// How many keys a finding names.
const SHOWN: usize = 8;

/// The findings, each once, and with a place in the file.
pub(super) fn together(reading: &Reading, said: Vec<Said>) -> Vec<Diagnostic> {
    let mut all: Vec<(Diagnostic, Vec<String>)> = Vec::new();
    let mut seen: BTreeMap<Same, usize> = BTreeMap::new();
    for Said { at, mut finding } in said {
        let item = &reading.items[at];
        let address = &item.setting.address;
        let key = name(&address.leaf);
        let quoted = key.as_ref().map(|key| format!("`{key}`"));
        let hole = quoted.filter(|key| finding.message.contains(key.as_str()));
        let pattern =
            hole.as_ref().map_or(finding.message.clone(), |key| finding.message.replacen(key.as_str(), HOLE, 1));
        // What is wrong with a key is wrong at its own place; what devices make of a payload is said of the payload.
        let alone = hole.is_some() && finding.severity == Severity::Error;
        if hole.is_none() && !address.owner.starts_with("./") {
            place(reading, item, &mut finding);
        }
        let span = match &finding.place {
            Place::Source(span) if alone => Some(*span),
            _ => None,
        };
        put_right(reading, item, &mut finding);
        let instance = if alone { Some(format!("{at}")) } else { address.instance.clone() };
        let same =
            (finding.code, finding.severity, pattern, address.owner.clone(), instance, finding.help.clone(), span);
        match seen.get(&same) {
            Some(n) => all[*n].1.extend(key),
            None => {
                seen.insert(same, all.len());
                all.push((finding, key.filter(|_| hole.is_some()).into_iter().collect()));
            }
        }
    }
    all.into_iter().map(|(finding, keys)| listed(finding, keys)).collect()
}

fn listed(mut finding: Diagnostic, mut keys: Vec<String>) -> Diagnostic {
    let Some(first) = keys.first().cloned() else { return finding };
    keys.sort_unstable();
    keys.dedup();
    if keys.len() > 1 {
        let more = keys.len().saturating_sub(SHOWN);
        let mut quoted: Vec<String> = keys.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
        if more > 0 {
            quoted.push(format!("{more} more"));
        }
        let last = quoted.pop().unwrap_or_default();
        let list = format!("{} and {last}", quoted.join(", "));
        finding.message = finding.message.replacen(&format!("`{first}`"), &list, 1);
    }
    finding
}

/// The part of an address that differs within a payload or node.
fn name(leaf: &Leaf) -> Option<String> {
    match leaf {
        Leaf::Keys(keys) if keys.is_empty() => None,
        Leaf::Keys(keys) => Some(keys.join(".")),
        Leaf::AdmxElement(id) => Some(id.clone()),
        Leaf::Node | Leaf::AdmxState => None,
    }
}

/// Points a finding on a whole payload at its beginning.
fn place(reading: &Reading, item: &Item, finding: &mut Diagnostic) {
    let number = item.place.strip_prefix("PayloadContent[").and_then(|rest| rest.split_once(']'));
    let number = number.and_then(|(number, _)| number.parse::<usize>().ok());
    let payload = number.and_then(|n| reading.envelope.payloads.get(n));
    if let Some(payload) = payload.filter(|payload| payload.span.is_somewhere()) {
        finding.place = Place::Source(head(payload.span));
    }
}

/// The tag that an element begins with.
pub(super) fn head(span: Span) -> Span {
    Span { end: span.end.min(span.start.saturating_add("<dict>".len() as u32)), ..span }
}

/// Where the text of a file has no place for it, the artefact has.
fn put_right(reading: &Reading, item: &Item, finding: &mut Diagnostic) {
    if matches!(&finding.place, Place::Source(span) if !span.is_somewhere()) {
        finding.place = Place::Artefact { path: reading.name.clone(), inside: item.place.clone() };
    }
}
