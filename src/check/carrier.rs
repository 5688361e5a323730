//! The settings of a group by what carries them: one payload or declaration.

use super::rule::Subject;
use crate::setting::{Channel, Family, Value};
use std::ops::Range;

/// Family, channel, owner and instance.
pub(crate) type Carrier<'a> = (Family, Channel, &'a str, Option<&'a str>);

/// The payloads and declarations of a group, sorted, with their settings by their place in the group.
pub(crate) fn carriers<'a>(subjects: &'a [Subject<'_>]) -> impl Iterator<Item = (Carrier<'a>, Range<usize>)> {
    let mut next = 0;
    // Sorted by address: what one of them carries stands together.
    let parts = subjects.chunk_by(|a, b| a.setting.address.carrier() == b.setting.address.carrier());
    let parts = parts.filter_map(move |part| {
        let first = next;
        next += part.len();
        Some((part.first()?.setting.address.carrier(), first..next))
    });
    parts.filter(|((family, ..), _)| matches!(family, Family::Profile | Family::Declaration))
}

/// The setting of a carrier at a key path, and its place in the group.
pub(crate) fn at<'a, 'b>(
    subjects: &'a [Subject<'b>],
    members: &Range<usize>,
    path: &[&str],
) -> Option<(usize, &'a Subject<'b>)> {
    members
        .clone()
        .filter_map(|n| Some((n, subjects.get(n)?)))
        .find(|(_, subject)| subject.setting.address.keys().iter().map(String::as_str).eq(path.iter().copied()))
}

/// Whether a value prints as `wanted`, as vendors' lists print values.
pub(crate) fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Boolean(value) => value.to_string() == wanted,
        Value::Integer(number) => number.to_string() == wanted,
        Value::Text(text) => text == wanted,
        _ => false,
    }
}
