//! Values ↔ items of a property list: what profiles and commands share. A secret is its marker, and a reference the UUID of a payload of
//! the same profile; a command has none to refer to.

use super::Unreadable;
use super::leaves::{Leaves, Nested};
use super::looks_secret;
use crate::diagnostic::Code;
use crate::encoding::plist::{Dictionary, Item, MAX_LEVELS};
use crate::gather::Gather;
use crate::setting::{Address, Secret, Value};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// A payload in its profile: its type and its instance.
pub(super) type Occurrence<'a> = (&'a str, Option<&'a str>);

/// The payloads of one profile, both ways.
#[derive(Default)]
pub(super) struct Payloads<'a> {
    pub(super) by_name: BTreeMap<Occurrence<'a>, String>,
    pub(super) by_uuid: BTreeMap<String, Occurrence<'a>>,
}

impl<'a> Payloads<'a> {
    /// One more payload that is written.
    pub(super) fn add(&mut self, occurrence: Occurrence<'a>, uuid: &str) {
        self.by_name.insert(occurrence, uuid.to_owned());
        self.found(occurrence, uuid);
    }

    /// One more payload that is read. UUIDs are compared without regard to letter case, as other tools write small letters.
    pub(super) fn found(&mut self, occurrence: Occurrence<'a>, uuid: &str) {
        self.by_uuid.insert(uuid.to_ascii_uppercase(), occurrence);
    }

    fn named_by(&self, text: &str) -> Option<Occurrence<'a>> {
        // Only what is as long as a UUID can be one: most text is not.
        (text.len() == 36).then(|| self.by_uuid.get(&text.to_ascii_uppercase()).copied()).flatten()
    }
}

/// Why a value cannot be written.
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) cause: String,
    pub(super) cure: &'static str,
}

impl Refusal {
    pub(super) fn format(cause: String) -> Refusal {
        Refusal { code: Code::WrongFormat, cause, cure: "write a value that an XML property list can hold" }
    }

    fn secret(cause: String) -> Refusal {
        Refusal { code: Code::WrongFormat, cause, cure: "write `{ secret: NAME }`" }
    }
}

/// The item for a value that stands `level` lists and dictionaries deep.
pub(super) fn item(value: &Value, level: usize, payloads: &Payloads<'_>) -> Result<Item, Refusal> {
    if level > MAX_LEVELS {
        let cause = format!("lists and dictionaries stand more than {MAX_LEVELS} deep");
        return Err(Refusal { code: Code::TooDeep, cause, cure: "write it flatter" });
    }
    match value {
        Value::Boolean(value) => Ok(Item::Boolean(*value)),
        Value::Integer(number) => Item::integer(*number).map_err(Refusal::format),
        Value::Real(number) => Ok(Item::Real(*number)),
        Value::Text(text) | Value::Plain(text) => plain_text(text, payloads),
        Value::Date(text) => Item::date(text).map_err(Refusal::format),
        Value::Data(bytes) => match Secret::read_bytes(bytes) {
            None => Ok(Item::Data(bytes.clone())),
            Some(_) => Err(Refusal::secret("the bytes are how an artefact marks a secret".to_owned())),
        },
        Value::Array(items) => {
            let inside = |inner: &Spanned<Value>| item(&inner.value, level + 1, payloads).map(Spanned::nowhere);
            items.iter().map(inside).collect::<Result<_, _>>().map(Item::Array)
        }
        Value::Dictionary(entries) => {
            let entry = |(name, inner): (&String, &Spanned<Value>)| {
                Item::text(name).map_err(Refusal::format)?;
                Ok((name.clone(), item(&inner.value, level + 1, payloads)?))
            };
            entries.iter().map(entry).collect::<Result<_, _>>().map(Item::Dictionary)
        }
        Value::Secret(secret @ Secret::Data(_)) => Ok(Item::Data(secret.marked().into_bytes())),
        Value::Secret(secret) => Item::text(&secret.marked()).map_err(Refusal::format),
        Value::Reference { owner, instance } => match payloads.by_name.get(&(owner.as_str(), instance.as_deref())) {
            Some(uuid) => Ok(Item::Text(uuid.clone())),
            None => Err(Refusal {
                code: Code::UnresolvedReference,
                cause: format!("{value} finds no such payload in its profile"),
                cure: "name the same `profile` in the entries of both payloads",
            }),
        },
    }
}

/// Text, but not such as would be read back as something else.
fn plain_text(text: &str, payloads: &Payloads<'_>) -> Result<Item, Refusal> {
    if let Some(cause) = looks_secret(text) {
        return Err(Refusal::secret(cause));
    }
    if let Some((owner, _)) = payloads.named_by(text) {
        let cause = format!("`{text}` is the identifier that the payload `{owner}` gets");
        return Err(Refusal { code: Code::WrongFormat, cause, cure: "write `{ $ref: TYPE }`" });
    }
    Item::text(text).map_err(Refusal::format)
}

/// The value that an item stands for.
pub(super) fn value(item: &Item, payloads: &Payloads<'_>) -> Value {
    placed(Spanned::nowhere(item.clone()), payloads).value
}

/// The same with its place.
pub(super) fn placed(item: Spanned<Item>, payloads: &Payloads<'_>) -> Spanned<Value> {
    item.map(|item| match item {
        Item::Boolean(value) => Value::Boolean(value),
        Item::Integer(number) => Value::Integer(number),
        Item::Real(number) => Value::Real(number),
        Item::Date(text) => Value::Date(text),
        Item::Data(bytes) => Secret::read_bytes(&bytes).map_or(Value::Data(bytes), Value::Secret),
        Item::Array(items) => Value::Array(items.into_iter().map(|inner| placed(inner, payloads)).collect()),
        Item::Dictionary(entries) => {
            Value::Dictionary(entries.into_iter().map(|(name, inner)| (name, placed(inner, payloads))).gather())
        }
        Item::Text(text) => match (Secret::read(&text), payloads.named_by(&text)) {
            (Some(secret), _) => Value::Secret(secret),
            (None, Some((owner, instance))) => {
                Value::Reference { owner: owner.to_owned(), instance: instance.map(str::to_owned) }
            }
            (None, None) => Value::Text(text),
        },
    })
}

/// The settings of the keys of one payload or command, as [`Leaves::all`] gives them.
pub(super) fn settings(
    address: &Address,
    keys: impl Iterator<Item = (String, Spanned<Item>)>,
    payloads: &Payloads<'_>,
    leaves: &mut Leaves,
) -> Result<(), Unreadable> {
    let before = leaves.settings.len();
    let mut way = Vec::new();
    for (key, item) in keys {
        below((address, &mut way), (key, item), payloads, leaves)?;
    }
    if leaves.settings.len() == before {
        leaves.whole(address);
    }
    Ok(())
}

/// Bounded by the depth that the readers allow.
fn below(
    (address, way): (&Address, &mut Vec<String>),
    (key, item): (String, Spanned<Item>),
    payloads: &Payloads<'_>,
    leaves: &mut Leaves,
) -> Result<(), Unreadable> {
    match item.value {
        Item::Dictionary(inner) if !inner.is_empty() => {
            way.push(key);
            inner.into_iter().try_for_each(|entry| below((address, way), entry, payloads, leaves))?;
            way.pop();
            Ok(())
        }
        value => leaves.leaf(address, (way, key), placed(Spanned::new(value, item.span), payloads)),
    }
}

impl Nested for Item {
    type Level = Dictionary;

    fn empty() -> Item {
        Item::Dictionary(Dictionary::new())
    }

    fn level(&mut self) -> Option<&mut Dictionary> {
        if let Item::Dictionary(level) = self { Some(level) } else { None }
    }

    fn entry(level: &mut Dictionary, key: String, new: impl FnOnce() -> Item) -> &mut Item {
        level.entry(key, new)
    }
}
