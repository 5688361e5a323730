//! The settings of a group by what carries them: one payload, declaration, command or node.

use super::rule::Subject;
use crate::setting::{Channel, Family, Value};
use std::collections::BTreeMap;

/// Family, channel, owner and instance.
pub(crate) type Carrier<'a> = (Family, Channel, &'a str, Option<&'a str>);

/// The settings of each carrier, by their place in the group.
pub(crate) fn carriers<'a>(subjects: &'a [Subject<'_>]) -> BTreeMap<Carrier<'a>, Vec<usize>> {
    let mut carriers: BTreeMap<Carrier<'a>, Vec<usize>> = BTreeMap::new();
    for (n, subject) in subjects.iter().enumerate() {
        carriers.entry(subject.setting.address.carrier()).or_default().push(n);
    }
    carriers
}

/// The setting of a carrier at a key path, and its place in the group.
pub(crate) fn at<'a, 'b>(
    subjects: &'a [Subject<'b>],
    members: &[usize],
    path: &[&str],
) -> Option<(usize, &'a Subject<'b>)> {
    members
        .iter()
        .filter_map(|n| Some((*n, subjects.get(*n)?)))
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
