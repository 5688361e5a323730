//! A key that names another payload by its UUID, and no payload of the profile has it: the identity or certificate is not found, and a
//! network or tunnel does not come up (failure-modes A3). Assets of declarations are named by identifier, and stand in files of their own.

use super::{Batch, BatchRule, File, FileRule, holds_variable};
use crate::catalogue::Catalogue;
use crate::check::foreign::{Foreign, Unknown};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::gather::Gather;
use crate::lint::Devices;
use crate::reader::{Kind, Reading};
use crate::setting::{Platform, Setting, Value};
use std::collections::BTreeMap;

pub(crate) const RULE: BatchRule = BatchRule { codes: &[Code::UnresolvedReference], explain: None, run };

/// The same of profiles, which hold all that they name.
pub(crate) const OF_PROFILES: FileRule =
    FileRule { codes: &[Code::UnresolvedReference], explain: None, run: of_profile };

/// The types of the declarations of a run by their identifiers.
type Declared<'a> = BTreeMap<&'a str, &'a str>;

fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let declarations = || batch.readings.readings.iter().filter(|reading| reading.kind == Kind::Declaration);
    let declared: Declared<'_> = declarations().filter_map(declared).gather();
    let one = |reading| of_one((batch.catalogue, batch.unknown), reading, &declared);
    declarations().flat_map(one).collect()
}

fn of_profile(file: &File<'_>) -> Vec<Diagnostic> {
    match file.reading.kind {
        Kind::Profile => of_one((file.catalogue, file.unknown), file.reading, &Declared::new()),
        _ => Vec::new(),
    }
}

/// Identifier and type of a declaration.
fn declared(reading: &Reading) -> Option<(&str, &str)> {
    let identifier = reading.envelope.identifier.as_deref()?;
    Some((identifier, reading.items.first().map_or("", |item| item.setting.address.owner.as_str())))
}

fn of_one((catalogue, unknown): (&Catalogue, &Unknown), reading: &Reading, declared: &Declared<'_>) -> Vec<Diagnostic> {
    // Most files refer to nothing.
    if !reading.settings().any(may_refer) {
        return Vec::new();
    }
    let foreign = Foreign::look(catalogue, reading.settings(), unknown, None);
    let mut found = Vec::new();
    let any = Devices::of(Platform::MacOs).best();
    for one in foreign.references(&any) {
        let name = format!("`{}` of `{}`", one.path, reading.items[one.at].setting.address.owner);
        let wanted: Vec<String> = one.wanted.iter().map(|kind| format!("`{kind}`")).collect();
        let wanted = wanted.join(", ");
        let finding = match one.value {
            Value::Text(text) if text.is_empty() || holds_variable(one.value) => continue,
            Value::Text(text) if reading.kind == Kind::Profile => {
                let message =
                    format!("{name} names the payload `{text}`, and the profile has none with this `PayloadUUID`");
                Diagnostic::new(Code::UnresolvedReference, one.span, message)
                    .help(format!("write the `PayloadUUID` of the payload that is meant, which is one of {wanted}"))
            }
            Value::Text(text) => match declared.get(text.as_str()) {
                Some(kind) if kind.is_empty() || one.wanted.contains(kind) => continue,
                Some(kind) => {
                    let message = format!("{name} names a `{kind}`");
                    Diagnostic::new(Code::UnresolvedReference, one.span, message)
                        .help(format!("it takes the identifier of {wanted}"))
                }
                None => {
                    let message = format!("{name} names the declaration `{text}`, which is not among these files");
                    Diagnostic::new(Code::UnresolvedReference, one.span, message)
                        .severity(Severity::Note)
                        .help("see that devices get it too, or give its file as well")
                }
            },
            Value::Reference { owner, .. } if !one.wanted.contains(&owner.as_str()) => {
                let message = format!("{name} names a payload `{owner}`");
                Diagnostic::new(Code::UnresolvedReference, one.span, message)
                    .help(format!("it takes the `PayloadUUID` of {wanted}"))
            }
            _ => continue,
        };
        found.push(finding);
    }
    found
}

/// Words in the names of keys that name something else, in Apple's schema and in what is added to it.
const NAMES: [&str; 4] = ["UUID", "Reference", "Asset", "Identity"];

/// Whether a setting may name something else: most do not, and the catalogue is not asked about them. Bounded by the depth that the reader
/// allows.
fn may_refer(setting: &Setting) -> bool {
    let may_begin = |byte: &u8| matches!(byte, b'U' | b'R' | b'A' | b'I');
    let is_named = |key: &String| {
        let starts = key.as_bytes().iter().enumerate().filter(|(_, byte)| may_begin(byte));
        starts
            .map(|(at, _)| &key.as_bytes()[at..])
            .any(|rest| NAMES.iter().any(|name| rest.starts_with(name.as_bytes())))
    };
    setting.address.keys().iter().any(is_named) || names_inside(&setting.value, &is_named)
}

fn names_inside(value: &Value, is_named: &dyn Fn(&String) -> bool) -> bool {
    match value {
        Value::Reference { .. } => true,
        Value::Array(items) => items.iter().any(|item| names_inside(&item.value, is_named)),
        Value::Dictionary(entries) => {
            entries.iter().any(|(key, entry)| is_named(key) || names_inside(&entry.value, is_named))
        }
        _ => false,
    }
}
