//! A value that is sent in another format than its node has: text for a number, which devices refuse, and some of them in silence
//! (failure-modes B18). SyncML says it in `Format`, a custom profile of Intune's by the type of its setting.

use super::{Batch, BatchRule, holds_variable};
use crate::catalogue::entry::Node;
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{How, Item, Kind, Reading};
use crate::setting::{Family, Leaf, Value};
use crate::source::FileId;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(crate) const RULE: BatchRule = BatchRule { codes: &[Code::WrongType], explain: None, run };

/// The formats of the DDF (DDF v2, `DFFormat`).
const FORMATS: [&str; 11] = ["int", "bool", "chr", "xml", "b64", "bin", "node", "null", "float", "date", "time"];

/// Types of custom settings, and the format that each is sent in.
const OMA: &[(&str, &str)] = &[
    ("omaSettingInteger", "int"),
    ("omaSettingBoolean", "bool"),
    ("omaSettingString", "chr"),
    ("omaSettingStringXml", "chr"),
    ("omaSettingDateTime", "chr"),
    ("omaSettingFloatingPoint", "float"),
];

/// A file may hold thousands of policies, and is read once for all of them.
fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let mut files: BTreeMap<FileId, Vec<&Reading>> = BTreeMap::new();
    let sends =
        |reading: &&Reading| matches!(reading.kind, Kind::Syncml | Kind::Custom) && reading.items.iter().any(is_sent);
    batch
        .readings
        .readings
        .iter()
        .filter(sends)
        .for_each(|reading| files.entry(reading.file).or_default().push(reading));
    let of_file = |(file, readings): (FileId, Vec<&Reading>)| {
        let text = batch.readings.sources.text(file);
        let is_custom = readings.iter().any(|reading| reading.kind == Kind::Custom);
        let whole =
            is_custom.then(|| serde_json::from_str::<Json>(text.trim_start_matches('\u{FEFF}')).unwrap_or_default());
        let each = readings.into_iter().flat_map(|reading| {
            let whole = whole.as_ref().filter(|_| reading.kind == Kind::Custom);
            of_one(batch, reading, text, whole.map(|whole| settings(whole, &reading.name)))
        });
        each.collect::<Vec<_>>()
    };
    files.into_par_iter().flat_map_iter(of_file).collect()
}

fn of_one(batch: &Batch<'_>, reading: &Reading, text: &str, settings: Option<&[Json]>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in reading.items.iter().filter(|item| is_sent(item)) {
        let sent = match settings {
            None => of_command(text, item),
            Some(settings) => of_setting(settings, item),
        };
        let Some(sent) = sent else { continue };
        let owner = &item.setting.address.owner;
        let known = batch.catalogue.known_node(owner).map(|found| found.node);
        let name = owner.rsplit('/').next().unwrap_or(owner);
        let Some(cause) = wrong(known, &sent, item) else { continue };
        let message = format!("`{name}` is sent as `{sent}`, {cause}: devices refuse it, or do nothing");
        let cure = match (known, &settings) {
            (None, _) if FORMATS.contains(&sent.as_str()) => {
                format!("write data that is `{sent}`, or the format that it is of")
            }
            (None, _) => format!("write one of {}", FORMATS.map(|format| format!("`{format}`")).join(", ")),
            (Some(node), None) => format!("write `<Format xmlns=\"syncml:metinf\">{}</Format>`", node.format),
            (Some(node), Some(_)) => format!("make it a setting of the type that is sent as `{}`", node.format),
        };
        found.push(Diagnostic::new(Code::WrongType, item.setting.span, message).help(cure));
    }
    found
}

/// What is wrong with the format that a value is sent in.
fn wrong(known: Option<&Node>, sent: &str, item: &Item) -> Option<String> {
    let value = &item.setting.value;
    let is_text = matches!(value, Value::Text(_));
    if !FORMATS.contains(&sent) {
        return Some("which is no format of SyncML's".to_owned());
    }
    let Some(node) = known else {
        // Nobody knows the node; what is sent contradicts itself.
        let is_contrary = match (value, sent) {
            (Value::Text(text), "bool") => text != "0" && text != "1",
            (Value::Text(_), "int" | "float" | "b64" | "bin") => true,
            _ => false,
        } && !holds_variable(value);
        return is_contrary.then(|| "and its data is nothing of that kind".to_owned());
    };
    let wanted = node.format.as_str();
    // Text that is no number, and what is no body where a template wants one, are wrong whatever they are sent as.
    let is_said = match item.setting.address.leaf {
        Leaf::AdmxState => false,
        _ => is_text && wanted != "chr" || node.allowed.as_ref().is_some_and(|allowed| allowed.admx.is_some()),
    };
    (!is_said && is_other(wanted, sent)).then(|| format!("and the node's format is `{wanted}`"))
}

fn is_sent(item: &Item) -> bool {
    let is_value = matches!(item.setting.address.leaf, Leaf::Node | Leaf::AdmxState);
    item.setting.address.family == Family::Csp && is_value && !matches!(item.how, How::Observed { .. } | How::Executed)
}

/// Whether a device takes one of them for another: numbers, booleans and text are three things, and nothing else is a number or a boolean.
fn is_other(wanted: &str, sent: &str) -> bool {
    match wanted {
        "int" | "bool" => sent != wanted,
        "chr" | "xml" => matches!(sent, "int" | "bool"),
        _ => false,
    }
}

/// What `Format` says of the item that the value stands in, or of all items of its command.
fn of_command(text: &str, item: &Item) -> Option<String> {
    let at = item.setting.span.start as usize;
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let start = before.rfind("Item>").unwrap_or(0);
    let end = at + after.find("Item>").unwrap_or(after.len());
    let own = || {
        let before = &before[..start];
        let command = before.rmatch_indices('<').take(TAGS).find(|(at, _)| is_command(&before[at + 1..]))?.0;
        before[command..].split("Item>").next()
    };
    let format = format_in(text.get(start..end)?).or_else(|| format_in(own()?))?;
    Some(format.trim().to_lowercase()).filter(|format| !format.is_empty())
}

/// How many tags back the beginning of a command is looked for: what many of its items share the first of them tell.
const TAGS: usize = 256;

/// Whether a tag opens a command that sets something, with a prefix or without.
fn is_command(tag: &str) -> bool {
    let name = tag.split(['>', ' ', '\n', '\r', '\t']).next().unwrap_or_default();
    matches!(name.rsplit(':').next(), Some("Replace" | "Add")) && !name.starts_with('/')
}

fn format_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Format").or_else(|| text.split_once(":Format"))?;
    let (_, rest) = rest.split_once('>')?;
    Some(rest.split_once('<')?.0)
}

/// The settings of a custom profile as they stand in the file, which may be a list of policies.
fn settings<'a>(whole: &'a Json, name: &str) -> &'a [Json] {
    let number =
        name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).and_then(|(_, n)| n.parse::<usize>().ok());
    let policy = match number {
        Some(number) if whole.is_array() => &whole[number],
        Some(number) => &whole["value"][number],
        None => whole,
    };
    policy["omaSettings"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn of_setting(settings: &[Json], item: &Item) -> Option<String> {
    let number = item.place.strip_prefix("omaSettings[")?.split(']').next()?.parse::<usize>().ok()?;
    let kind = settings.get(number)?.get("@odata.type")?.as_str()?.rsplit('.').next()?;
    OMA.iter().find(|(name, _)| *name == kind).map(|(_, format)| (*format).to_owned())
}
