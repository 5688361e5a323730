//! Variables that the server which is named does not fill in; and those that none can: in data, which is not text to a server (failure-modes A28), and in a signed file, which
//! is no longer what was signed once anything in it is changed (A29).

use super::{File, FileRule, holds_variable};
use crate::consumer::{self, Consumer};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::Kind;
use crate::setting::variable::Placed;
use crate::setting::{Family, Setting, Value};

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::ServerVariable, Code::Placeholder], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // Of servers that stand for many nobody knows what else each of them fills in.
    let is_one = |server: &&&Consumer| server.is_fleet() || server.name == "intune-custom";
    if let Some(server) = file.options.server.as_ref().filter(is_one) {
        for item in &file.reading.items {
            unfilled(server, &item.setting, &item.setting.value, &mut found);
        }
    }
    if file.reading.kind != Kind::Profile {
        return found;
    }
    for item in &file.reading.items {
        let (setting, place) = (&item.setting, item.setting.span);
        let name = || format!("`{}` of `{}`", setting.address.keys().join("."), setting.address.owner);
        if let Some(variable) = in_data(&setting.value) {
            let message = format!("{} holds `{variable}` inside data, where no server looks for it", name());
            let finding = Diagnostic::new(Code::ServerVariable, place, message).severity(Severity::Warning);
            found.push(finding.help("let the server make the whole of the data, or write the value itself"));
        }
        if file.reading.signature.is_some() && holds_variable(&setting.value) {
            let message = format!(
                "{} is left to a server to fill in, and the profile is signed: filling it in breaks the signature",
                name()
            );
            let finding = Diagnostic::new(Code::Placeholder, place, message);
            found.push(
                finding
                    .help("send it unsigned and let the server sign what it has filled in, or write the value itself"),
            );
        }
    }
    found
}

/// What a server would leave in a text as it stands. Bounded by the depth that the reader allows.
fn unfilled(server: &'static Consumer, setting: &Setting, value: &Value, found: &mut Vec<Diagnostic>) {
    match value {
        Value::Text(text) => {
            let own: Vec<Placed<'_, '_>> = server.variables.placed(text).collect();
            let is_missing = |placed: &&Placed<'_, '_>| {
                placed.known.is_none() && placed.family.other.is_none() && placed.family.refused.is_none()
            };
            let title = &server.title;
            let missing = own.iter().filter(is_missing).map(|one| format!("{title} has no variable `{}`", one.text));
            let is_own = |placed: &Placed<'_, '_>| {
                own.iter().any(|own| own.at.start < placed.at.end && placed.at.start < own.at.end)
            };
            let others = consumer::placeholders().placed(text);
            let others = others.filter(|placed| is_of_a_server(placed, setting) && !is_own(placed)).map(|placed| {
                format!("`{}` is a variable of another server, and {title} does not fill it in", placed.text)
            });
            for cause in missing.chain(others) {
                let message = format!("`{}`: {cause}", setting.address);
                let finding = Diagnostic::new(Code::ServerVariable, setting.span, message).severity(Severity::Warning);
                found.push(finding.help("write one of its own, or the value itself: devices would get the name"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| unfilled(server, setting, &item.value, found)),
        Value::Dictionary(entries) => entries.values().for_each(|entry| unfilled(server, setting, &entry.value, found)),
        _ => {}
    }
}

/// Whether nothing but a server could fill it in: devices of Apple's fill in some themselves, and to Windows `%…%` and `$…` are text of
/// many a meaning.
fn is_of_a_server(placed: &Placed<'_, '_>, setting: &Setting) -> bool {
    let is_plain =
        placed.text.starts_with("{{") || placed.text.starts_with("$FLEET") || placed.text.starts_with("${FLEET");
    match placed.known {
        Some(known) => !known.source.starts_with("Apple") && (is_plain || setting.address.family != Family::Csp),
        None => is_plain && placed.family.other.is_some(),
    }
}

/// The first variable inside data. Bounded by the depth that the reader allows.
fn in_data(value: &Value) -> Option<String> {
    match value {
        Value::Data(bytes) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let variable = consumer::placeholders().placed(text).find(|placed| placed.known.is_some())?;
            Some(variable.text.to_owned())
        }
        Value::Array(items) => items.iter().find_map(|item| in_data(&item.value)),
        Value::Dictionary(entries) => entries.values().find_map(|entry| in_data(&entry.value)),
        _ => None,
    }
}
