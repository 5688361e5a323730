//! A plain scalar takes the type of its place: the vendor's type where the catalogue knows the place (language.md §2, apple.md §1,
//! windows.md §1.6), else what it can only be. A quoted one is text everywhere.
//!
//! What its place cannot take is left as it was written, for `wrong_type` to explain; [`settle`] turns the rest into text.

use super::place::{entry_key, item_key};
use super::rule::Facts;
use super::{allowance, node};
use crate::catalogue::KeyMatch;
use crate::catalogue::entry::{Key, Kind, Node, Schema};
use crate::setting::{Date, Leaf, Real, Secret, Setting, Value};

/// Gives the plain scalars of a setting the types of their places.
pub(super) fn give_type(setting: &mut Setting, facts: &Facts<'_>) {
    if setting.address.leaf == Leaf::AdmxState {
        return each_plain(&mut setting.value, &mut state);
    }
    if allowance::is_of_other_type(setting) {
        return give_any_type(&mut setting.value);
    }
    match facts {
        Facts::Key(matches) if !matches.is_empty() => give_key_type(&mut setting.value, matches),
        Facts::Node(found) => give_node_type(&mut setting.value, &setting.address.leaf, found.node),
        Facts::Key(_) | Facts::Nothing(_) => give_any_type(&mut setting.value),
    }
}

/// Leftover plain scalars become text, so that none reaches a back end.
pub(super) fn settle(value: &mut Value) {
    each_plain(value, &mut |text| Some(Value::Text(text.to_owned())));
}

fn give_key_type(value: &mut Value, matches: &[KeyMatch<'_>]) {
    let mut typed = matches.iter().map(|found| {
        let mut typed = value.clone();
        give_kind(&mut typed, found.schema, found.key);
        (fits(found.key.kind, &typed), typed)
    });
    let Some(first) = typed.next() else { return };
    let best = if first.0 { first } else { typed.find(|(fits, _)| *fits).unwrap_or(first) };
    *value = best.1;
}

// Values are as deep as the parsers let them be; the schema never leads this walk.
fn give_kind(value: &mut Value, schema: &Schema, key: &Key) {
    match (key.kind, &mut *value) {
        (Kind::Any, value) => give_any_type(value),
        (Kind::Data, Value::Secret(Secret::Text(name))) => *value = Value::Secret(Secret::Data(std::mem::take(name))),
        (kind, Value::Plain(text)) => {
            if let Some(typed) = plain_as(kind, text) {
                *value = typed;
            }
        }
        (Kind::Array, Value::Array(items)) => {
            for item in items {
                match item_key_for(schema, key, &item.value) {
                    Some(key) => give_kind(&mut item.value, schema, key),
                    None => give_any_type(&mut item.value),
                }
            }
        }
        (Kind::Dictionary, Value::Dictionary(entries)) => {
            for (name, entry) in entries {
                match entry_key(schema.below(key), name) {
                    Some(key) => give_kind(&mut entry.value, schema, key),
                    None => give_any_type(&mut entry.value),
                }
            }
        }
        _ => {}
    }
}

/// The alternative for an item, where a plain one counts as what it can become.
fn item_key_for<'a>(schema: &'a Schema, array: &'a Key, item: &Value) -> Option<&'a Key> {
    if let Value::Plain(text) = item {
        let alternatives = schema.below(array);
        let narrow = alternatives.iter().filter(|key| key.kind != Kind::String);
        let able = narrow.chain(alternatives).find(|key| plain_as(key.kind, text).is_some());
        return able.or_else(|| alternatives.first());
    }
    item_key(schema, array, item)
}

/// A plain scalar as one of Apple's types; `None` where it cannot be.
pub(crate) fn plain_as(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::String => Some(Value::text(text)),
        Kind::Integer => integer(text),
        Kind::Real => real(text),
        Kind::Boolean => boolean(text),
        Kind::Date => date(text),
        Kind::Any => Some(any(text)),
        Kind::Data | Kind::Array | Kind::Dictionary => None,
    }
}

/// Whether a value has one of Apple's types. A reference stands for the text that takes its place.
pub(crate) fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::String => matches!(
            value,
            Value::Text(_) | Value::Secret(Secret::Text(_) | Secret::Document(_)) | Value::Reference { .. }
        ),
        Kind::Integer => matches!(value, Value::Integer(number) if in_plist(*number)),
        Kind::Real => matches!(value, Value::Real(_) | Value::Integer(_)),
        Kind::Boolean => matches!(value, Value::Boolean(_)),
        Kind::Date => matches!(value, Value::Date(_)),
        Kind::Data => matches!(value, Value::Data(_) | Value::Secret(Secret::Data(_))),
        Kind::Array => matches!(value, Value::Array(_)),
        Kind::Dictionary => matches!(value, Value::Dictionary(_)),
        Kind::Any => !matches!(value, Value::Plain(_)),
    }
}

/// What a kind takes, for messages.
pub(crate) fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "text",
        Kind::Integer => "a whole number",
        Kind::Real => "a number",
        Kind::Boolean => "`true` or `false`",
        Kind::Date => "a date",
        Kind::Data => "bytes",
        Kind::Array => "a list",
        Kind::Dictionary => "a dictionary",
        Kind::Any => "any value",
    }
}

/// What a property list can carry: a signed or an unsigned number of 64 bits.
fn in_plist(number: i128) -> bool {
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number)
}

fn give_node_type(value: &mut Value, leaf: &Leaf, node: &Node) {
    let written = std::mem::replace(value, Value::Boolean(false));
    *value = match leaf {
        Leaf::AdmxElement(id) => node::typed_element(node::element(node, id), written),
        _ => node::typed(node, written),
    };
}

fn state(text: &str) -> Option<Value> {
    match text {
        "enabled" => Some(Value::Boolean(true)),
        "disabled" => Some(Value::Boolean(false)),
        _ => boolean(text),
    }
}

fn give_any_type(value: &mut Value) {
    each_plain(value, &mut |text| Some(any(text)));
}

/// What a plain scalar is where no vendor says: language.md §2, with nothing that other YAML readers would guess.
fn any(text: &str) -> Value {
    let time = || date(text).filter(|_| text.ends_with('Z'));
    boolean(text).or_else(|| integer(text)).or_else(|| real(text)).or_else(time).unwrap_or_else(|| Value::text(text))
}

fn each_plain(value: &mut Value, typed: &mut dyn FnMut(&str) -> Option<Value>) {
    match value {
        Value::Plain(text) => {
            if let Some(new) = typed(text) {
                *value = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_plain(&mut item.value, typed)),
        Value::Dictionary(entries) => entries.values_mut().for_each(|entry| each_plain(&mut entry.value, typed)),
        _ => {}
    }
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Boolean(true)),
        "false" => Some(Value::Boolean(false)),
        _ => None,
    }
}

/// `-?\d+` without leading zeros, in the range of a property list.
fn integer(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal =
        is_digits(digits) && (digits == "0" || !digits.starts_with('0')) && digits.len() <= 20 && text != "-0";
    let number = decimal.then(|| text.parse::<i128>().ok()).flatten()?;
    in_plist(number).then_some(Value::Integer(number))
}

/// A decimal number, with or without a fraction.
fn real(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let decimal = is_digits(whole) && is_digits(fraction) && (whole == "0" || !whole.starts_with('0'));
    let number = decimal.then(|| text.parse::<f64>().ok()).flatten()?;
    Real::new(number).map(Value::Real)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2026-10-01T09:00:00Z`, or a day, which is its midnight.
fn date(text: &str) -> Option<Value> {
    if text.len() == 10 {
        return Date::parse(text).map(|day| Value::Date(format!("{day}T00:00:00Z")));
    }
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    if day.len() != 10 || Date::parse(day).is_none() || time.len() != 8 {
        return None;
    }
    let mut parts = time.split(':');
    for limit in [23, 59, 59] {
        let part = parts.next().filter(|part| part.len() == 2 && is_digits(part))?;
        part.parse::<u8>().ok().filter(|number| *number <= limit)?;
    }
    parts.next().is_none().then(|| Value::Date(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str, expected: Option<Value>) {
        assert_eq!(plain_as(kind, text), expected, "{kind:?} {text}");
    }

    #[test]
    fn a_plain_scalar_takes_the_type_of_its_place() {
        check(Kind::String, "2.10", Some(Value::text("2.10")));
        check(Kind::String, "true", Some(Value::text("true")));
        check(Kind::Boolean, "true", Some(Value::Boolean(true)));
        check(Kind::Integer, "-5", Some(Value::Integer(-5)));
        check(Kind::Real, "6", Real::new(6.0).map(Value::Real));
        check(Kind::Any, "off", Some(Value::text("off")));
        check(Kind::Any, "6", Some(Value::Integer(6)));
        check(Kind::Any, "0.5", Real::new(0.5).map(Value::Real));
    }

    #[test]
    fn what_only_looks_like_the_type_is_not_taken() {
        for word in ["no", "yes", "on", "off", "True", "1", "0"] {
            check(Kind::Boolean, word, None);
        }
        for number in ["6.0", "0x10", "1_000", "007", "-0", "+6", "18446744073709551616", "", "-"] {
            check(Kind::Integer, number, None);
        }
        for number in [".5", "5.", "1e3", "nan", "inf", "00.5"] {
            check(Kind::Real, number, None);
        }
        check(Kind::Data, "AAAA", None);
    }

    #[test]
    fn a_property_list_carries_64_bits_signed_or_not() {
        check(Kind::Integer, "18446744073709551615", Some(Value::Integer(u64::MAX.into())));
        check(Kind::Integer, "-9223372036854775808", Some(Value::Integer(i64::MIN.into())));
        check(Kind::Integer, "-9223372036854775809", None);
    }

    #[test]
    fn a_day_is_its_midnight() {
        check(Kind::Date, "2026-10-01", Some(Value::Date("2026-10-01T00:00:00Z".into())));
        check(Kind::Date, "2026-10-01T09:30:00Z", Some(Value::Date("2026-10-01T09:30:00Z".into())));
        for text in ["2026-10", "2026-02-30", "2026-10-01T24:00:00Z", "2026-10-01T09:30:00", "2026-10-01T9:30:00Z"] {
            check(Kind::Date, text, None);
        }
    }
}
