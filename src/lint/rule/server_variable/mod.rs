//! Variables that a server fills in, where none can: in data, which is not text to a server (failure-modes A28), and in a signed file, which
//! is no longer what was signed once anything in it is changed (A29).

use super::{File, FileRule, holds_variable};
use crate::consumer;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::Kind;
use crate::setting::Value;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::ServerVariable, Code::Placeholder], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    if file.reading.kind != Kind::Profile {
        return Vec::new();
    }
    let mut found = Vec::new();
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
