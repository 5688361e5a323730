//! Which declarations an activation makes take effect: it names configurations, and nothing else; a configuration that none names does
//! nothing (Apple, "Activation:Simple"; failure-modes A25).

use super::{Batch, BatchRule, quoted_at};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::gather::Gather;
use crate::reader::{Kind, Reading};
use crate::setting::ACTIVATION;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::WrongActivation, Code::NeverActivated], explain: Some(include_str!("explain.md")), run };

/// One declaration of a run.
struct Declared<'a> {
    reading: &'a Reading,
    kind: &'a str,
    /// What it activates, where it is an activation.
    names: Vec<String>,
}

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let declarations = batch.readings.readings.iter().filter(|reading| reading.kind == Kind::Declaration);
    let declared: BTreeMap<&str, Declared<'_>> = declarations.filter_map(|reading| one(batch, reading)).gather();
    let mut found = Vec::new();
    let mut active: BTreeSet<&str> = BTreeSet::new();
    for (own, activation) in declared.iter().filter(|(_, one)| one.kind == ACTIVATION) {
        for name in &activation.names {
            active.insert(name);
            let place = quoted_at(batch.readings, activation.reading, name);
            let finding = match declared.get(name.as_str()).map(|one| one.kind) {
                Some(kind) if kind.starts_with("com.apple.configuration.") => continue,
                Some(kind) => {
                    let message = format!("the activation names `{name}`, which is a `{kind}` and no configuration");
                    let cure = match kind.starts_with("com.apple.asset.") {
                        true => "take it out: a device fetches an asset when a configuration refers to it",
                        false => "take it out, and name the configurations that are meant",
                    };
                    Diagnostic::new(Code::WrongActivation, place, message).help(cure)
                }
                None => {
                    let others = declared.iter().filter(|(_, one)| one.kind.starts_with("com.apple.configuration."));
                    let near = did_you_mean(name, others.map(|(identifier, _)| *identifier));
                    let message = format!("the activation `{own}` names `{name}`, which is not among these files");
                    let is_slip = near.is_some();
                    let cure = near.unwrap_or_else(|| {
                        "give its file as well: a device applies none of an activation that lacks one".to_owned()
                    });
                    Diagnostic::new(Code::WrongActivation, place, message)
                        .severity(if is_slip { Severity::Error } else { Severity::Note })
                        .help(cure)
                }
            };
            found.push(finding);
        }
    }
    // Servers that make the activations themselves are given none.
    if active.is_empty() {
        return found;
    }
    for (identifier, one) in &declared {
        if one.kind.starts_with("com.apple.configuration.") && !active.contains(identifier) {
            let message = format!("no activation of these files names `{identifier}`: devices do not apply it");
            let finding =
                Diagnostic::new(Code::NeverActivated, quoted_at(batch.readings, one.reading, identifier), message);
            found.push(finding.help("name it in `StandardConfigurations` of an activation"));
        }
    }
    found
}

fn one<'a>(batch: &Batch<'a>, reading: &'a Reading) -> Option<(&'a str, Declared<'a>)> {
    // Servers are given a file for each declaration; one of a list would have all of the list read again.
    let identifier = reading.envelope.identifier.as_deref().filter(|_| !reading.name.ends_with(']'))?;
    let text = batch.readings.sources.text(reading.file);
    let root: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{FEFF}')).ok()?;
    // Types are the catalogue's own words, and few.
    let kind = root.get("Type")?.as_str()?;
    let start = text.find(kind)?;
    let names = root.pointer("/Payload/StandardConfigurations").and_then(serde_json::Value::as_array);
    let names = names.map(|names| names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect());
    Some((identifier, Declared { reading, kind: &text[start..start + kind.len()], names: names.unwrap_or_default() }))
}
