//! A value that is sent in another format than its node has: text for a number, which devices refuse, and some of them in silence
//! (failure-modes B18). SyncML says it in `Format`, a custom profile of Intune's by the type of its setting.

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{How, Item, Kind};
use crate::setting::{Family, Leaf, Value};
use serde_json::Value as Json;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::WrongType], explain: None, run };

/// Types of custom settings, and the format that each is sent in.
const OMA: &[(&str, &str)] = &[
    ("omaSettingInteger", "int"),
    ("omaSettingBoolean", "bool"),
    ("omaSettingString", "chr"),
    ("omaSettingStringXml", "chr"),
    ("omaSettingDateTime", "chr"),
    ("omaSettingFloatingPoint", "float"),
];

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let text = file.readings.sources.text(file.reading.file);
    let settings = match file.reading.kind {
        Kind::Syncml => None,
        Kind::Custom => Some(settings(text, &file.reading.name)),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for item in file.reading.items.iter().filter(|item| is_sent(item)) {
        let sent = match &settings {
            None => of_command(text, item),
            Some(settings) => of_setting(settings, item),
        };
        let Some(sent) = sent else { continue };
        let owner = &item.setting.address.owner;
        let Some(known) = file.catalogue.known_node(owner) else { continue };
        let wanted = known.node.format.as_str();
        // Text that is no number, and a number where a template wants a body, are wrong whatever they are sent as.
        let is_said = matches!(item.setting.value, Value::Text(_)) && wanted != "chr"
            || known.node.allowed.as_ref().is_some_and(|allowed| allowed.admx.is_some());
        if is_said || !is_other(wanted, &sent) {
            continue;
        }
        let name = owner.rsplit('/').next().unwrap_or(owner);
        let message = format!(
            "`{name}` is sent as `{sent}`, and the node's format is `{wanted}`: devices refuse it, or do nothing"
        );
        let cure = match settings {
            None => format!("write `<Format xmlns=\"syncml:metinf\">{wanted}</Format>`"),
            Some(_) => format!("make it a setting of the type that is sent as `{wanted}`"),
        };
        found.push(Diagnostic::new(Code::WrongType, item.setting.span, message).help(cure));
    }
    found
}

fn is_sent(item: &Item) -> bool {
    let is_value = matches!(item.setting.address.leaf, Leaf::Node | Leaf::AdmxState);
    item.setting.address.family == Family::Csp && is_value && !matches!(item.how, How::Observed { .. } | How::Executed)
}

/// Whether a device takes one of them for another: numbers, booleans and text are three things.
fn is_other(wanted: &str, sent: &str) -> bool {
    let kind = |format: &str| match format {
        "int" => Some(0),
        "bool" => Some(1),
        "chr" | "xml" => Some(2),
        _ => None,
    };
    matches!((kind(wanted), kind(sent)), (Some(a), Some(b)) if a != b)
}

/// What `Format` says of the item that the value stands in.
fn of_command(text: &str, item: &Item) -> Option<String> {
    let at = item.setting.span.start as usize;
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let start = before.rfind("Item>").unwrap_or(0);
    let end = at + after.find("Item>").unwrap_or(after.len());
    let inside = text.get(start..end)?;
    let (_, rest) = inside.split_once("<Format")?;
    let (_, rest) = rest.split_once('>')?;
    let (format, _) = rest.split_once('<')?;
    Some(format.trim().to_lowercase()).filter(|format| !format.is_empty())
}

/// The settings of a custom profile as they stand in the file, which may be a list of policies.
fn settings(text: &str, name: &str) -> Vec<Json> {
    let Ok(mut whole) = serde_json::from_str::<Json>(text.trim_start_matches('\u{FEFF}')) else { return Vec::new() };
    let number =
        name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).and_then(|(_, n)| n.parse::<usize>().ok());
    if let Some(number) = number {
        let list = if whole.is_array() { whole } else { whole["value"].take() };
        whole = list.get(number).cloned().unwrap_or_default();
    }
    whole["omaSettings"].as_array().cloned().unwrap_or_default()
}

fn of_setting(settings: &[Json], item: &Item) -> Option<String> {
    let number = item.place.strip_prefix("omaSettings[")?.split(']').next()?.parse::<usize>().ok()?;
    let kind = settings.get(number)?.get("@odata.type")?.as_str()?.rsplit('.').next()?;
    OMA.iter().find(|(name, _)| *name == kind).map(|(_, format)| (*format).to_owned())
}
