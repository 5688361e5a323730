//! What a setting is set to: the union of what property lists, declarations, SyncML and ADMX bodies can hold.

use super::Secret;
use crate::source::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A finite number that is not an integer, compared by its bits so that values can be ordered and sets can hold it.
#[derive(Clone, Copy, Debug)]
pub struct Real(f64);

impl Real {
    /// `None` for what is not finite: no format here can carry it.
    pub fn new(number: f64) -> Option<Real> {
        // -0.0 and 0.0 are one number, so they get one representation.
        number.is_finite().then_some(Real(if number == 0.0 { 0.0 } else { number }))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Real {}
impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Real {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A value. Places inside lists and dictionaries are kept; equality does not look at them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A plain scalar whose type its place decides; `check` replaces it by one of the others.
    Plain(String),
    /// `true` or `false`; for an ADMX state, enabled or disabled.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction.
    Real(Real),
    /// Text.
    Text(String),
    /// A UTC time, `YYYY-MM-DDTHH:MM:SSZ`.
    Date(String),
    /// Bytes.
    Data(Vec<u8>),
    /// A list. An array is one value: its items have no addresses.
    Array(Vec<Spanned<Value>>),
    /// A dictionary inside an array, or an empty one; others are flattened into addresses.
    Dictionary(BTreeMap<String, Spanned<Value>>),
    /// What only `release` fills in.
    Secret(Secret),
    /// The identifier of another payload or asset in the same profile or set.
    Reference {
        /// Payload or asset type.
        owner: String,
        /// Its instance, where it has one.
        instance: Option<String>,
    },
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// A list of values that no file holds.
    pub fn array(items: impl IntoIterator<Item = Value>) -> Value {
        Value::Array(items.into_iter().map(Spanned::nowhere).collect())
    }

    /// A text that is a secret.
    pub fn secret(name: impl Into<String>) -> Value {
        Value::Secret(Secret::Text(name.into()))
    }

    /// The names of the secrets in it, each once for each place.
    pub fn secrets(&self) -> Vec<&str> {
        match self {
            Value::Secret(secret) => secret.names(),
            Value::Array(items) => items.iter().flat_map(|item| item.secrets()).collect(),
            Value::Dictionary(entries) => entries.values().flat_map(|entry| entry.secrets()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is the secret of this name, as text or as bytes.
    pub fn is_secret(&self, wanted: &str) -> bool {
        matches!(self, Value::Secret(Secret::Text(name) | Secret::Data(name)) if name == wanted)
    }

    /// The kind of value, in the words of messages: `a boolean`, `a number`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Plain(_) => "a plain word",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "a whole number",
            Value::Real(_) => "a number",
            Value::Text(_) => "text",
            Value::Date(_) => "a date",
            Value::Data(_) => "data",
            Value::Array(_) => "a list",
            Value::Dictionary(_) => "a dictionary",
            Value::Secret(_) => "a secret",
            Value::Reference { .. } => "a reference",
        }
    }
}

/// Bytes of the longest text that is shown: whole documents are for those who open the file.
const LONGEST_SHOWN: usize = 1 << 16;

/// As people write it, on one line. Secrets and data show what they are, not what they hold.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Plain(text) => f.write_str(text),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Integer(value) => write!(f, "{value}"),
            Value::Real(value) => write!(f, "{}", value.get()),
            Value::Text(text) if text.len() > LONGEST_SHOWN => write!(f, "text of {} bytes", text.len()),
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Date(text) => f.write_str(text),
            Value::Data(bytes) => write!(f, "{} bytes", bytes.len()),
            Value::Array(items) => {
                f.write_str("[")?;
                for (n, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if n > 0 { ", " } else { "" }, item.value)?;
                }
                f.write_str("]")
            }
            Value::Dictionary(entries) => {
                f.write_str("{")?;
                for (n, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {}", if n > 0 { ", " } else { "" }, value.value)?;
                }
                f.write_str("}")
            }
            Value::Secret(Secret::Text(name) | Secret::Data(name)) => write!(f, "secret {name}"),
            Value::Secret(Secret::Document(text)) => write!(f, "\"{text}\""),
            Value::Reference { owner, instance: Some(name) } => write!(f, "reference to {owner} [{name}]"),
            Value::Reference { owner, instance: None } => write!(f, "reference to {owner}"),
        }
    }
}
