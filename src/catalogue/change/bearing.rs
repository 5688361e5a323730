//! What a field that is stated otherwise asks of a setting that stands on it: whether what could be set before can still be.

use crate::setting::OsVersion;
use serde_json::Value;
use std::cmp::Ordering;

/// What a difference asks of a setting. Ordered by how much a reviewer needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// It takes less than before, or on fewer devices.
    Narrower,
    /// It takes something else.
    Different,
    /// It works, and will not for ever.
    Deprecated,
    /// It says more of it, and nothing that was allowed is refused.
    Neutral,
    /// It takes more than before, or on more devices.
    Wider,
}

impl Bearing {
    /// Each and its word.
    pub const WORDS: [(Bearing, &'static str); 5] = [
        (Bearing::Narrower, "narrower"),
        (Bearing::Different, "different"),
        (Bearing::Deprecated, "deprecated"),
        (Bearing::Neutral, "neutral"),
        (Bearing::Wider, "wider"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Bearing::WORDS.iter().find(|(own, _)| *own == self).map_or("", |(_, word)| word)
    }

    fn of(order: Ordering) -> Bearing {
        match order {
            Ordering::Less => Bearing::Narrower,
            Ordering::Equal => Bearing::Neutral,
            Ordering::Greater => Bearing::Wider,
        }
    }

    /// What is stated where nothing was limits; what is stated no more did.
    fn of_limit(before: Option<&Value>, after: Option<&Value>) -> Option<Bearing> {
        match (before, after) {
            (None, Some(_)) => Some(Bearing::Narrower),
            (Some(_), None) => Some(Bearing::Wider),
            _ => None,
        }
    }
}

/// Of a field by its path in the record, and what it says before and after.
pub(super) fn bearing(path: &[String], before: Option<&Value>, after: Option<&Value>) -> Bearing {
    let last = path.last().map(String::as_str).unwrap_or_default();
    let one_sided = || Bearing::of_limit(before, after);
    if path.len() > 1 && path.first().is_some_and(|field| field == "dependencies") {
        return Bearing::Different;
    }
    match last {
        "introduced" | "builds" => one_sided().unwrap_or_else(|| Bearing::of(version(after, before))),
        "removed" => one_sided().unwrap_or_else(|| Bearing::of(version(before, after))),
        "deprecated" => match (before, after) {
            (None, Some(_)) => Bearing::Deprecated,
            (Some(_), None) => Bearing::Wider,
            _ => Bearing::Neutral,
        },
        "supervised" | "requiresdep" | "userapprovedmdm" | "required" | "beta" => {
            Bearing::of(flag(after, false).cmp(&flag(before, false)).reverse())
        }
        "allowmanualinstall" | "devicechannel" | "userchannel" | "multiple" | "always-skippable" => {
            Bearing::of(flag(after, true).cmp(&flag(before, true)))
        }
        "userenrollment" | "mode" => Bearing::of(is_word(after, "allowed").cmp(&is_word(before, "allowed"))),
        "min" => one_sided().unwrap_or_else(|| number(before, after)),
        "max" => one_sided().unwrap_or_else(|| reversed(number(before, after))),
        "values" => one_sided().or_else(|| intervals(before, after)).unwrap_or(Bearing::Different),
        "rangelist"
        | "editions"
        | "assettypes"
        | "asset_content_types"
        | "allowed-enrollments"
        | "allowed-scopes"
        | "excludes"
        | "refers"
        | "format"
        | "subtype"
        | "dependencies" => one_sided().unwrap_or(Bearing::Different),
        "type" | "kind" | "delimiter" | "mime" | "occurrence" | "scope" | "naming" | "same_as" | "uri" | "access"
        | "name" | "area" | "file" | "atomic" => Bearing::Different,
        _ => Bearing::Neutral,
    }
}

/// Of members that a list has no more (`Less`), or has besides (`Greater`).
pub(super) fn bearing_of_members(path: &[String], order: Ordering) -> Bearing {
    match path.last().map(String::as_str).unwrap_or_default() {
        "excludes" => Bearing::of(order.reverse()),
        "same_as" | "dependencies" => Bearing::Different,
        _ => Bearing::of(order),
    }
}

/// An OS that a payload states on one side alone: it is there, or it is not.
pub(super) fn bearing_of_os(before: Option<&Value>, after: Option<&Value>) -> Bearing {
    let is_there = |side: Option<&Value>| side.is_some_and(|side| !is_word(side.get("introduced"), "n/a"));
    Bearing::of(is_there(after).cmp(&is_there(before)))
}

pub(super) fn reversed(bearing: Bearing) -> Bearing {
    match bearing {
        Bearing::Narrower => Bearing::Wider,
        Bearing::Wider => Bearing::Narrower,
        same => same,
    }
}

/// What is nowhere (`n/a`) comes after every version.
fn version(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let text = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        value => value.and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    let (a, b) = (text(a), text(b));
    match (OsVersion::parse(&a), OsVersion::parse(&b)) {
        (Some(a), Some(b)) => b.cmp(&a),
        (None, Some(_)) if a == "n/a" => Ordering::Less,
        (Some(_), None) if b == "n/a" => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Of the lower end of a range.
fn number(before: Option<&Value>, after: Option<&Value>) -> Bearing {
    let number = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok());
    match (number(before), number(after)) {
        (Some(before), Some(after)) => before.partial_cmp(&after).map_or(Bearing::Different, Bearing::of),
        _ => Bearing::Different,
    }
}

/// A range that Microsoft writes as `[0-100]`, `[5]`, `[(-1)-9]`, the only item of its list.
pub(super) fn interval(values: &Value) -> Option<(i128, i128)> {
    let [Value::String(text)] = values.as_array()?.as_slice() else { return None };
    let text = text.strip_prefix('[')?.strip_suffix(']')?.replace(['(', ')'], "");
    let middle = text.char_indices().skip(1).find(|(_, c)| *c == '-').map_or(text.len(), |(at, _)| at);
    let (low, high) = (text.get(..middle)?, text.get(middle + 1..).unwrap_or(&text));
    Some((low.parse().ok()?, high.parse().ok()?))
}

/// Of two such ranges; nothing where either is none.
fn intervals(before: Option<&Value>, after: Option<&Value>) -> Option<Bearing> {
    let ((low, high), (new_low, new_high)) = (interval(before?)?, interval(after?)?);
    Some(match (new_low.cmp(&low), new_high.cmp(&high)) {
        (Ordering::Equal, Ordering::Equal) => Bearing::Neutral,
        (Ordering::Equal | Ordering::Greater, Ordering::Equal | Ordering::Less) => Bearing::Narrower,
        (Ordering::Equal | Ordering::Less, Ordering::Equal | Ordering::Greater) => Bearing::Wider,
        _ => Bearing::Different,
    })
}

fn flag(value: Option<&Value>, otherwise: bool) -> bool {
    value.and_then(Value::as_bool).unwrap_or(otherwise)
}

fn is_word(value: Option<&Value>, word: &str) -> bool {
    value.and_then(Value::as_str) == Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(path: &str, before: Value, after: Value, expected: Bearing) {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        let side = |value: &Value| (!value.is_null()).then(|| value.clone());
        let (before, after) = (side(&before), side(&after));
        assert_eq!(bearing(&path, before.as_ref(), after.as_ref()), expected, "{path:?}");
        let back = bearing(&path, after.as_ref(), before.as_ref());
        let wanted = if expected == Bearing::Deprecated { Bearing::Wider } else { reversed(expected) };
        assert_eq!(back, wanted, "the way back of {path:?}");
    }

    #[test]
    fn what_is_taken_away_is_narrower_and_the_way_back_is_wider() {
        use Bearing::{Deprecated, Different, Narrower, Neutral};
        check("supportedOS.iOS.introduced", json!("9.0"), json!("10.0"), Narrower);
        check("supportedOS.iOS.introduced", json!("18.0"), json!("n/a"), Narrower);
        check("supportedOS.iOS.removed", json!(null), json!("27.0"), Narrower);
        check("supportedOS.iOS.removed", json!("28.0"), json!("27.0"), Narrower);
        check("supportedOS.iOS.deprecated", json!(null), json!("27.0"), Deprecated);
        check("supportedOS.iOS.supervised", json!(null), json!(true), Narrower);
        check("supportedOS.iOS.supervised", json!(null), json!(false), Neutral);
        check("supportedOS.iOS.userenrollment", json!("allowed"), json!("forbidden"), Narrower);
        check("supportedOS.macOS.userchannel", json!(true), json!(false), Narrower);
        check("required", json!(null), json!(true), Narrower);
        check("range.min", json!("4"), json!("6"), Narrower);
        check("range.max", json!("16"), json!("9"), Narrower);
        check("range.max", json!(null), json!("9"), Narrower);
        check("allowed.values", json!(["[0-100]"]), json!(["[1-100]"]), Narrower);
        check("allowed.values", json!(["[(-1)-9]"]), json!(["[0-9]"]), Narrower);
        check("allowed.values", json!(["[0-10]"]), json!(["[5-15]"]), Different);
        check("allowed.values", json!(["a+"]), json!(["b+"]), Different);
        check("builds", json!(["10.0.17763"]), json!(["10.0.22000"]), Narrower);
        check("format", json!("int"), json!("chr"), Different);
        check("default", json!("1"), json!("0"), Neutral);
    }
}
