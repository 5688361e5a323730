//! Apple's `range` of numbers and `repetition` of lists; the DDF's ranges of nodes.

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::{Kind, Range};
use crate::check::node;
use crate::check::place::{Place, at_each_place};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Value;

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::OutOfRange], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let mut verdicts = at_each_place(subject, |place| number(subject, place).or_else(|| length(subject, place)));
    verdicts.extend(node::verdicts(subject, Code::OutOfRange));
    verdicts
}

fn number(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let range = place.found.key.range.as_ref()?;
    let number = match place.value {
        Value::Integer(number) => *number as f64,
        Value::Real(number) => number.get(),
        _ => return None,
    };
    let words = outside(range, number)?;
    let message = format!("`{}` of `{}` is {}", place.path(), subject.setting.address.owner, place.value);
    Some(verdict(place, message, format!("write a number {words}")))
}

fn length(subject: &Subject<'_>, place: &Place<'_>) -> Option<Verdict> {
    let Value::Array(items) = place.value else { return None };
    let key = place.found.key;
    // Apple states how often an item may occur, and so how long its list is.
    let range = match place.found.schema.below(key) {
        _ if key.repetition.is_some() && key.kind == Kind::Array => key.repetition.as_ref(),
        [item] => item.repetition.as_ref(),
        _ => None,
    }?;
    let words = outside(range, items.len() as f64)?;
    let message = format!("`{}` of `{}` has {} items", place.path(), subject.setting.address.owner, items.len());
    Some(verdict(place, message, format!("give it so many items: {words}")))
}

fn verdict(place: &Place<'_>, message: String, help: String) -> Verdict {
    Verdict::Wrong(Diagnostic::new(Code::OutOfRange, place.span, message).help(help))
}

/// The range in words, where the number is outside it.
pub(crate) fn outside(range: &Range, number: f64) -> Option<String> {
    let bound = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    let (min, max) = (bound(&range.min), bound(&range.max));
    let inside = min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
    match (inside, &range.min, &range.max) {
        (true, ..) | (_, None, None) => None,
        (_, Some(min), Some(max)) if min == max => Some(format!("equal to {min}")),
        (_, Some(min), Some(max)) => Some(format!("from {min} to {max}")),
        (_, Some(min), None) => Some(format!("of at least {min}")),
        (_, None, Some(max)) => Some(format!("of at most {max}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(min: Option<&str>, max: Option<&str>, number: f64, expected: Option<&str>) {
        let range = Range { min: min.map(str::to_owned), max: max.map(str::to_owned) };
        assert_eq!(outside(&range, number).as_deref(), expected);
    }

    #[test]
    fn both_bounds_are_inside() {
        check(Some("2"), Some("11"), 2.0, None);
        check(Some("2"), Some("11"), 11.0, None);
        check(Some("2"), Some("11"), 12.0, Some("from 2 to 11"));
        check(Some("3600"), None, 60.0, Some("of at least 3600"));
        check(None, Some("0.5"), 0.75, Some("of at most 0.5"));
    }
}
