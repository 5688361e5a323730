//! Whether what is set keeps within what a field says now: a narrower range is no fault of a value that lies in it, nor a newer OS of
//! devices that have it. Only what can be told for certain is told; whatever else is narrower is taken to concern every value.

use super::bearing::interval;
use crate::setting::{OsVersion, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What a setting must keep to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// A number in this range.
    Between(Option<i128>, Option<i128>),
    /// One of these values.
    OneOf(BTreeSet<String>),
    /// None of these values.
    NoneOf(BTreeSet<String>),
    /// Devices of this version or a later one.
    From(OsVersion),
}

impl Limit {
    /// The limit that a field states now, by its path in the record; of a list, `gone` are the values that it lost.
    pub(super) fn of(record: &Json, path: &[String], after: Option<&Json>, gone: Option<&Json>) -> Option<Limit> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let number = || after?.as_str()?.parse().ok();
        match path.as_slice() {
            ["range", "min"] => Some(Limit::Between(Some(number()?), None)),
            ["range", "max"] => Some(Limit::Between(None, Some(number()?))),
            ["rangelist"] => listed(after, gone),
            ["allowed", "values"] => match record["allowed"]["kind"].as_str()? {
                "Range" => interval(after?).map(|(low, high)| Limit::Between(Some(low), Some(high))),
                // The values of a list, or of flags, are not its members.
                "ENUM" if record["allowed"]["delimiter"].is_null() => listed(after, gone),
                _ => None,
            },
            ["supportedOS", _, "introduced"] => OsVersion::parse(after?.as_str()?).map(Limit::From),
            ["builds"] => match after?.as_array()?.as_slice() {
                [Json::String(build)] => OsVersion::parse(build).map(Limit::From),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a value on devices of this version and later ones keeps to it.
    pub fn holds(&self, value: &Value, os: &OsVersion) -> bool {
        match (self, value) {
            (Limit::From(version), _) => os >= version,
            (Limit::Between(low, high), Value::Integer(number)) => {
                low.is_none_or(|low| low <= *number) && high.is_none_or(|high| *number <= high)
            }
            (Limit::OneOf(all), value) => word(value).is_some_and(|word| all.contains(&word)),
            (Limit::NoneOf(gone), value) => word(value).is_some_and(|word| !gone.contains(&word)),
            (Limit::Between(..), _) => false,
        }
    }
}

fn listed(after: Option<&Json>, gone: Option<&Json>) -> Option<Limit> {
    let words = |list: &Json| -> Option<BTreeSet<String>> {
        list.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    };
    match (after, gone) {
        (None, Some(gone)) => words(gone).map(Limit::NoneOf),
        (Some(all), _) => words(all).map(Limit::OneOf),
        (None, None) => None,
    }
}

/// A scalar as the catalogue prints it.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(path: &str, (after, gone): (Json, Json), value: Value, expected: Option<bool>) {
        let record = json!({ "allowed": { "kind": if path == "allowed.values" { "Range" } else { "ENUM" } } });
        let path: Vec<String> = path.trim_end_matches('!').split('.').map(str::to_owned).collect();
        let side = |side: &Json| (!side.is_null()).then(|| side.clone());
        let limit = Limit::of(&record, &path, side(&after).as_ref(), side(&gone).as_ref());
        let os = OsVersion::parse("17.2").unwrap_or_else(|| panic!("a version"));
        assert_eq!(limit.map(|limit| limit.holds(&value, &os)), expected, "{path:?} {value}");
    }

    #[test]
    fn what_keeps_within_the_limit_is_told_from_what_does_not() {
        for (number, within) in [(4, true), (8, true), (9, false)] {
            check("range.max", (json!("8"), json!(null)), Value::Integer(number), Some(within));
            check("allowed.values", (json!(["[4-8]"]), json!(null)), Value::Integer(number), Some(within));
        }
        check("range.max", (json!("8"), json!(null)), Value::text("a"), Some(false));
        check("range.max", (json!("x"), json!(null)), Value::Integer(1), None);
        check("rangelist", (json!(null), json!(["a"])), Value::text("a"), Some(false));
        check("rangelist", (json!(null), json!(["a"])), Value::text("b"), Some(true));
        check("rangelist", (json!(["a"]), json!(null)), Value::text("b"), Some(false));
        check("allowed.values!", (json!(null), json!(["1"])), Value::Integer(1), Some(false));
        check("allowed.values!", (json!(null), json!(["1"])), Value::Integer(2), Some(true));
        check("supportedOS.iOS.introduced", (json!("17.0"), json!(null)), Value::Boolean(true), Some(true));
        check("supportedOS.iOS.introduced", (json!("18.0"), json!(null)), Value::Boolean(true), Some(false));
        check("supportedOS.iOS.introduced", (json!("n/a"), json!(null)), Value::Boolean(true), None);
        check("supportedOS.iOS.supervised", (json!(true), json!(null)), Value::Boolean(true), None);
    }
}
