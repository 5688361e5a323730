//! What a key takes and what it does not, read from its record: values to write, and the code with which a wrong one is refused.

use super::sample;
use policyc::catalogue::entry::{Form, Key, Kind, Range};
use policyc::setting::{Real, Value};

/// More values that the key takes: the rest of its list, the other end of its range, `false`.
pub fn others(key: &Key) -> Vec<Value> {
    let listed = key.rangelist.iter().skip(1).map(String::as_str);
    let end = key.range.as_ref().filter(|range| range.min.is_some()).and_then(|range| range.max.as_deref());
    let other = (key.kind == Kind::Boolean && key.rangelist.is_empty()).then_some("false");
    listed.chain(end).chain(other).filter_map(|word| scalar(key.kind, word)).collect()
}

/// Values that the key does not take, with the code of each.
pub fn invalid(key: &Key, form: Form) -> Vec<(Value, &'static str)> {
    let mut values = Vec::new();
    let wrong_type = match key.kind {
        Kind::String => Some(Value::array([Value::text("item")])),
        Kind::Integer | Kind::Real | Kind::Date | Kind::Data => Some(Value::text("twelve")),
        Kind::Boolean => Some(Value::Plain("no".to_owned())),
        Kind::Array | Kind::Dictionary => Some(Value::Boolean(true)),
        Kind::Any => None,
    };
    if form == Form::Profile && matches!(key.kind, Kind::Any | Kind::String) && key.rangelist.is_empty() && !key.secret
    {
        // No property list can hold it.
        values.push((Value::text("\u{1}"), "wrong-format"));
    }
    values.extend(wrong_type.map(|value| (value, "wrong-type")));
    if key.kind == Kind::String && !key.assettypes.is_empty() {
        values.push((Value::text("text"), "unresolved-reference"));
    }
    if !key.rangelist.is_empty() {
        let other = scalar(key.kind, if key.kind == Kind::String { "no such word" } else { "987654" });
        values.extend(other.map(|value| (value, "not-in-list")));
    } else if matches!(key.kind, Kind::Integer | Kind::Real) {
        values.extend(
            key.range.as_ref().into_iter().flat_map(|range| beyond(key.kind, range)).map(|v| (v, "out-of-range")),
        );
    }
    let open =
        key.kind == Kind::String && key.rangelist.is_empty() && key.refers.is_empty() && key.assettypes.is_empty();
    if open && !key.secret {
        let malformed = key.format.as_deref().map(|pattern| sample::differing(pattern).unwrap());
        let malformed = malformed.or(key.subtype.as_ref().map(|_| "no such ¶ thing"));
        values.extend(malformed.map(|text| (Value::text(text), "wrong-format")));
    }
    if key.secret && matches!(key.kind, Kind::String | Kind::Data) {
        let literal = if key.kind == Kind::Data { Value::Data(b"hunter2".to_vec()) } else { Value::text("hunter2") };
        values.push((literal, "secret-literal"));
    }
    values
}

/// A text that the key takes.
pub fn text(key: &Key) -> Option<&'static str> {
    match (&key.format, key.subtype.as_deref()) {
        (Some(pattern), _) => sample::matching(pattern),
        (None, Some("url")) => Some("https://example.org/x"),
        (None, Some("email")) => Some("someone@example.org"),
        (None, Some("hostname")) => Some("example.org"),
        _ => Some("text"),
    }
}

/// A value of one of Apple's scalar types, as it prints.
pub fn scalar(kind: Kind, word: &str) -> Option<Value> {
    match kind {
        Kind::String | Kind::Any => Some(Value::text(word)),
        Kind::Integer => word.parse().ok().map(Value::Integer),
        Kind::Real => word.parse().ok().and_then(Real::new).map(Value::Real),
        Kind::Boolean => word.parse().ok().map(Value::Boolean),
        Kind::Date | Kind::Data | Kind::Array | Kind::Dictionary => None,
    }
}

/// The numbers next to the ends of a range.
fn beyond(kind: Kind, range: &Range) -> Vec<Value> {
    let end = |text: &Option<String>, step: f64| {
        let number = text.as_deref()?.parse::<f64>().ok()? + step;
        match kind {
            Kind::Integer => Some(Value::Integer(number as i128)),
            _ => Real::new(number).map(Value::Real),
        }
    };
    [end(&range.min, -1.0), end(&range.max, 1.0)].into_iter().flatten().collect()
}
