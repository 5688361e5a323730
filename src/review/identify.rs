//! The id of a change: a digest of what changes, so that it is the same on every machine, and a different change never inherits an
//! approval. Places, clause numbers and words for people are no part of it.

use super::{Change, Subject};
use crate::digest::sha256;
use crate::setting::{Address, ClauseRef, Value};

/// Hexadecimal digits of an id: 64 bits, more than two changes of one project ever share by chance.
const DIGITS: usize = 16;

/// The digest of a change. `values` are the values of its settings as they are, secrets among them: what may not be shown still counts.
pub(super) fn id(change: &Change, values: &[(String, String, String)]) -> String {
    let mut text = Text::default();
    text.add(change.kind.word());
    text.add(change.what);
    text.add(&change.organisation);
    text.add(change.group.as_deref().unwrap_or(""));
    subject(&change.subject, &mut text);
    text.add(change.before.as_deref().unwrap_or("\0"));
    text.add(change.after.as_deref().unwrap_or("\0"));
    for (address, before, after) in values {
        text.add(address);
        text.add(before);
        text.add(after);
    }
    let digest = sha256(text.0.as_bytes());
    digest[..DIGITS].to_owned()
}

/// Parts with their lengths, so that no two lists of parts are one text.
#[derive(Default)]
struct Text(String);

impl Text {
    fn add(&mut self, part: &str) {
        self.0.push_str(&format!("{}:{part}\n", part.len()));
    }
}

fn subject(subject: &Subject, text: &mut Text) {
    let clause = |clause: &ClauseRef| clause.to_string();
    let parts: Vec<String> = match subject {
        Subject::Organisation(field) => vec!["organisation".to_owned(), field.clone()],
        Subject::Group(fact) => vec!["group".to_owned(), fact.clone().unwrap_or_default()],
        Subject::Control { control, instance, parameter } => vec![
            "control".to_owned(),
            control.clone(),
            instance.clone().unwrap_or_default(),
            parameter.clone().unwrap_or_default(),
        ],
        Subject::Setting(address) => vec!["setting".to_owned(), self::address(address)],
        Subject::Policy(id, field) => vec!["policy".to_owned(), id.clone(), field.clone().unwrap_or_default()],
        Subject::Clause(id, field) => vec!["clause".to_owned(), clause(id), field.clone().unwrap_or_default()],
        Subject::Exception(id, field) => vec!["exception".to_owned(), id.clone(), field.clone().unwrap_or_default()],
        Subject::File(path) => vec!["file".to_owned(), path.clone()],
        Subject::Source(path) => vec!["source".to_owned(), path.clone()],
    };
    parts.iter().for_each(|part| text.add(part));
}

/// An address to the last key: as people write it, two paths are one where a key holds a dot.
pub(super) fn address(address: &Address) -> String {
    let mut name = address.to_string();
    if address.keys().iter().any(|key| key.contains('.')) {
        address.keys().iter().for_each(|key| name.extend(["\0", key]));
    }
    name
}

/// A value to the last byte: what is shown may be cut, withheld, or the same for two values.
pub(super) fn exact(value: Option<&Value>) -> String {
    match value {
        None => "\0".to_owned(),
        Some(Value::Data(bytes)) => format!("data {}", sha256(bytes)),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| exact(Some(&item.value))).collect();
            format!("[{}]", items.iter().map(|item| format!("{}:{item}", item.len())).collect::<String>())
        }
        Some(Value::Dictionary(entries)) => {
            let entries: Vec<(String, String)> =
                entries.iter().map(|(key, value)| (key.clone(), exact(Some(&value.value)))).collect();
            let one = |(key, value): &(String, String)| format!("{}:{key}{}:{value}", key.len(), value.len());
            format!("{{{}}}", entries.iter().map(one).collect::<String>())
        }
        Some(value) => format!("{} {value}", value.kind()),
    }
}
