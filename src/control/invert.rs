//! The way back of each transform, for raising: which parameters would have given this value (language.md §5, "Raising").
//!
//! What a value cannot tell is not proposed. Whoever raises lowers the proposal again and compares.

use super::Expression;
use super::parameter::{Given, Parameter, Type};
use super::transform::{OS, number_of, text_of};
use crate::gather::Arrange;
use crate::setting::{Date, Value};
use crate::source::Spanned;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What is known while a value is traced back.
#[derive(Clone, Copy)]
pub struct Traced<'a> {
    /// The parameters that the control declares.
    pub declared: &'a [Parameter],
    /// Those whose values are known already.
    pub known: &'a BTreeMap<String, Given>,
}

/// Proposed values, by the names that expressions use.
pub type Proposal = BTreeMap<String, Given>;

/// The parameters that make `expression` this value (`None`: left out); `None` where none do.
pub fn invert(expression: &Expression, value: Option<&Value>, traced: &Traced<'_>) -> Option<Proposal> {
    match expression {
        Expression::Reference(name) => reference(name, value, traced),
        Expression::Table(name, rows) => table(name, rows, value, traced),
        Expression::Nothing => value.is_none().then(Proposal::new),
        _ => match value {
            Some(value) => present(expression, value, traced),
            // A transform is left out where what it works on is `none`.
            None => operands(expression).into_iter().find_map(|operand| invert(operand, None, traced)),
        },
    }
}

fn operands(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::Times(a, b) => vec![a, b],
        Expression::Minus(parts) | Expression::Date(parts) | Expression::Join(parts) => {
            parts.iter().map(|part| &part.value).collect()
        }
        Expression::Minutes(part)
        | Expression::Thumbprint(part)
        | Expression::Each(part, _)
        | Expression::Ref(_, Some(part)) => vec![part],
        Expression::Document(_, parts) => parts.iter().map(|(_, part)| &part.value).collect(),
        _ => Vec::new(),
    }
}

fn present(expression: &Expression, value: &Value, traced: &Traced<'_>) -> Option<Proposal> {
    match expression {
        Expression::Literal(literal) => (agree(literal, value) == Some(Ordering::Equal)).then(Proposal::new),
        // Names do not come back from their UUIDs, nor certificates from their thumbprints; whoever raises compares.
        Expression::Uuid(_) | Expression::Thumbprint(_) => text_of(value).map(|_| Proposal::new()),
        Expression::Document(kind, parts) => {
            let read = kind.read(text_of(value)?)?;
            together(parts.iter().map(|(name, part)| invert(part, read.get(&name.value), traced)))
        }
        Expression::Secret(name) => value.is_secret(name).then(Proposal::new),
        Expression::File(_) => matches!(value, Value::Data(_)).then(Proposal::new),
        Expression::Times(a, b) => {
            let number = number_of(value)?;
            let (factor, other) = match (constant(a, traced), constant(b, traced)) {
                (Some(factor), _) => (factor, b),
                (None, Some(factor)) => (factor, a),
                (None, None) => return None,
            };
            let whole = factor != 0 && number % factor == 0;
            invert(other, Some(&Value::Integer(whole.then(|| number / factor)?)), traced)
        }
        Expression::Minus(parts) => minus(parts, number_of(value)?, traced),
        Expression::Date(parts) => date(parts, text_of(value)?, traced),
        Expression::Minutes(time) => {
            let minutes = number_of(value).filter(|minutes| (0..24 * 60).contains(minutes))?;
            let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            invert(time, Some(&Value::Text(text)), traced)
        }
        Expression::Join(parts) => join(parts, text_of(value)?, traced),
        Expression::Each(list, body) => each(list, body, value, traced),
        Expression::Ref(owner, instance) => match (value, instance) {
            (Value::Reference { owner: other, instance: Some(name) }, Some(instance)) if other == owner => {
                invert(instance, Some(&Value::text(name.as_str())), traced)
            }
            (Value::Reference { owner: other, instance: None }, None) => (other == owner).then(Proposal::new),
            _ => None,
        },
        Expression::List(items) => match value {
            Value::Array(values) if values.len() == items.len() => {
                together(items.iter().zip(values).map(|(item, value)| invert(item, Some(value), traced)))
            }
            _ => None,
        },
        Expression::Dictionary(entries) => match value {
            Value::Dictionary(values)
                if values.keys().all(|key| entries.iter().any(|(name, _)| name.value == *key)) =>
            {
                let value = |key: &str| values.get(key).map(|value| &value.value);
                together(entries.iter().map(|(key, item)| invert(item, value(key), traced)))
            }
            _ => None,
        },
        Expression::Nothing | Expression::Reference(_) | Expression::Table(..) => {
            invert(expression, Some(value), traced)
        }
    }
}

/// All proposals at once; `None` where one is missing or two differ.
fn together(proposals: impl IntoIterator<Item = Option<Proposal>>) -> Option<Proposal> {
    let mut all = Proposal::new();
    for proposal in proposals {
        for (name, given) in proposal? {
            if all.get(&name).is_some_and(|other| *other != given) {
                return None;
            }
            all.insert(name, given);
        }
    }
    Some(all)
}

fn reference(name: &str, value: Option<&Value>, traced: &Traced<'_>) -> Option<Proposal> {
    if name == "instance" || name == OS || name.starts_with("organisation.") {
        return Some(Proposal::new());
    }
    let given: Given = match (traced.declared.iter().find(|parameter| parameter.name.value == name), value) {
        (Some(parameter), Some(value)) => match typed(&parameter.kind, value) {
            Some(value) => Some(value),
            // A certificate's bytes do not tell its name.
            None if parameter.kind == Type::Certificate => return Some(Proposal::new()),
            None => return None,
        },
        (Some(parameter), None) => parameter.is_optional().then_some(None)?,
        (None, value) => value.cloned(),
    };
    Some(Proposal::from([(name.to_owned(), given)]))
}

/// A vendor's value as a parameter of this type would have it.
fn typed(kind: &Type, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Type::Boolean, Value::Boolean(_)) => Some(value.clone()),
        (Type::Boolean, Value::Plain(text)) => text.parse().ok().map(Value::Boolean),
        (Type::Integer { .. }, _) => number_of(value).map(Value::Integer),
        (Type::Set { .. }, Value::Array(items)) => {
            let mut items = items.clone();
            items.arrange();
            Some(Value::Array(items))
        }
        (Type::List(_), Value::Array(_)) | (Type::Secret, Value::Secret(_)) => Some(value.clone()),
        (Type::Word(_) | Type::Text(_) | Type::Date | Type::Time, _) => text_of(value).map(Value::text),
        _ => None,
    }
}

/// The first row that gives the value.
fn table(
    name: &str,
    rows: &[(Spanned<String>, Spanned<Expression>)],
    value: Option<&Value>,
    traced: &Traced<'_>,
) -> Option<Proposal> {
    let parameter = traced.declared.iter().find(|parameter| parameter.name.value == name);
    rows.iter()
        .filter(|(row, _)| row.value != "else")
        .chain(rows.iter().filter(|(row, _)| row.value == "else"))
        .find_map(|(row, result)| {
            let inner = invert(result, value, traced)?;
            let given = match row.value.as_str() {
                "else" => parameter.and_then(|parameter| other_word(&parameter.kind, rows)),
                "none" if parameter.is_none_or(Parameter::is_optional) => Some(None),
                word => Some(Some(match parameter.map(|parameter| &parameter.kind) {
                    Some(kind) => typed(kind, &Value::Plain(word.to_owned()))?,
                    None => Value::text(word),
                })),
            };
            let proposed = given.map(|given| Proposal::from([(name.to_owned(), given)])).unwrap_or_default();
            let names_itself = row.value == "else" && inner.contains_key(name);
            together([Some(if names_itself { Proposal::new() } else { proposed }), Some(inner)])
        })
}

/// The first value that no row names; `None` where there are too many to know.
fn other_word(kind: &Type, rows: &[(Spanned<String>, Spanned<Expression>)]) -> Option<Given> {
    let named = |word: &str| rows.iter().any(|(row, _)| row.value == word);
    match kind {
        Type::Boolean => [true, false].into_iter().find(|b| !named(&b.to_string())).map(|b| Some(Value::Boolean(b))),
        Type::Word(words) => words.iter().find(|word| !named(word)).map(|word| Some(Value::text(word.as_str()))),
        Type::Integer { values, .. } => {
            values.iter().find(|value| !named(&value.to_string())).map(|value| Some(Value::Integer(*value)))
        }
        _ => None,
    }
}

/// The number that an operand is without any proposal.
fn constant(expression: &Expression, traced: &Traced<'_>) -> Option<i128> {
    match expression {
        Expression::Literal(value) => number_of(value),
        Expression::Reference(name) => traced.known.get(name)?.as_ref().and_then(number_of),
        _ => None,
    }
}

/// One operand may be unknown.
fn minus(parts: &[Spanned<Expression>], result: i128, traced: &Traced<'_>) -> Option<Proposal> {
    let known: Vec<Option<i128>> = parts.iter().map(|part| constant(part, traced)).collect();
    let mut unknown = known.iter().enumerate().filter(|(_, number)| number.is_none()).map(|(n, _)| n);
    let (at, None) = (unknown.next()?, unknown.next()) else { return None };
    let rest =
        |skip_first: usize| known.iter().skip(skip_first).flatten().try_fold(0i128, |sum, n| sum.checked_add(*n));
    let number = match at {
        0 => result.checked_add(rest(1)?)?,
        _ => known[0]?.checked_sub(result)?.checked_sub(rest(1)?)?,
    };
    invert(&parts[at], Some(&Value::Integer(number)), traced)
}

/// One part may be unknown: what is left of the text between the others.
fn join(parts: &[Spanned<Expression>], text: &str, traced: &Traced<'_>) -> Option<Proposal> {
    let known: Vec<Option<String>> = parts.iter().map(|part| known_text(part, traced)).collect();
    let Some(at) = known.iter().position(Option::is_none) else {
        return (known.into_iter().flatten().collect::<String>() == text).then(Proposal::new);
    };
    let (before, after): (Option<String>, Option<String>) =
        (known[..at].iter().cloned().collect(), known[at + 1..].iter().cloned().collect());
    let middle = text.strip_prefix(before?.as_str())?.strip_suffix(after?.as_str())?;
    invert(&parts[at], Some(&Value::text(middle)), traced)
}

/// The text that an operand is without any proposal.
fn known_text(expression: &Expression, traced: &Traced<'_>) -> Option<String> {
    match expression {
        Expression::Literal(value) => text_of(value).map(str::to_owned),
        Expression::Reference(name) => traced.known.get(name)?.as_ref().and_then(text_of).map(str::to_owned),
        _ => None,
    }
}

/// The number of days, where the day is known, or the day where the number is.
fn date(parts: &[Spanned<Expression>], value: &str, traced: &Traced<'_>) -> Option<Proposal> {
    let [day, days, time] = parts else { return None };
    let (date, at) = value.split_once('T')?;
    let date = Date::parse(date)?;
    let counted = match (known_text(day, traced), constant(days, traced)) {
        (Some(day), _) => {
            let between = date.days() - Date::parse(&day)?.days();
            invert(days, Some(&Value::Integer(between.into())), traced)
        }
        (None, Some(days)) => {
            let first = date.plus(-i64::try_from(days).ok()?)?;
            invert(day, Some(&Value::Text(first.to_string())), traced)
        }
        (None, None) => None,
    };
    together([
        counted,
        invert(time, Some(&Value::text(at)), traced)
            .filter(|_| !matches!(**time, Expression::Reference(_)))
            .or_else(|| invert(time, Some(&Value::text(at.strip_suffix(":00")?)), traced)),
    ])
}

/// The items that give each item of the array.
fn each(list: &Expression, body: &Expression, value: &Value, traced: &Traced<'_>) -> Option<Proposal> {
    let (Expression::Reference(name), Value::Array(values)) = (list, value) else { return None };
    let mut items = Vec::new();
    for value in values {
        let proposal = invert(body, Some(value), traced)?;
        if let Some(item) = proposal.get("item") {
            items.push(Spanned::new(item.clone()?, value.span));
            continue;
        }
        let mut fields = BTreeMap::new();
        for (name, given) in proposal {
            if let Some(field) = name.strip_prefix("item.") {
                fields.insert(field.to_owned(), Spanned::new(given?, value.span));
            }
        }
        items.push(Spanned::new(Value::Dictionary(fields), value.span));
    }
    reference(name, Some(&Value::Array(items)), traced)
}

/// How two values stand to one another, whether the catalogue has typed them or not; `None` where they cannot be compared.
pub(crate) fn agree(a: &Value, b: &Value) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    match (a, b) {
        (Value::Plain(a), Value::Boolean(b)) => Some(a.parse::<bool>().ok()?.cmp(b)),
        (Value::Boolean(a), Value::Plain(b)) => Some(a.cmp(&b.parse::<bool>().ok()?)),
        (Value::Real(a), Value::Real(b)) => Some(a.cmp(b)),
        // Windows writes some of its numbers as text.
        (
            Value::Plain(_) | Value::Text(_) | Value::Integer(_),
            Value::Plain(_) | Value::Text(_) | Value::Integer(_),
        ) => match (as_number(a), as_number(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(text_of(a)?.cmp(text_of(b)?)),
        },
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let same = a.iter().zip(b).all(|(a, b)| agree(a, b) == Some(Ordering::Equal));
            same.then_some(Ordering::Equal)
        }
        (Value::Dictionary(a), Value::Dictionary(b)) if a.len() == b.len() => {
            let same =
                a.iter().zip(b).all(|((name, a), (other, b))| name == other && agree(a, b) == Some(Ordering::Equal));
            same.then_some(Ordering::Equal)
        }
        (Value::Real(_), Value::Integer(_) | Value::Plain(_))
        | (Value::Integer(_) | Value::Plain(_), Value::Real(_)) => {
            let number = |value: &Value| match value {
                Value::Real(number) => Some(number.get()),
                Value::Integer(number) => Some(*number as f64),
                other => text_of(other)?.parse().ok(),
            };
            number(a)?.partial_cmp(&number(b)?)
        }
        _ => None,
    }
}

fn as_number(value: &Value) -> Option<i128> {
    number_of(value).or_else(|| text_of(value)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{bound, control, facts};
    use super::super::transform::{Binding, apply};
    use super::*;
    use proptest::prelude::*;

    const CONTROL: &str = "control: c\ntitle: C\nparameters:\n  \
        on: { type: boolean, stricter: true, default: false }\n  mode: { type: word, stricter: a < b < c, default: a }\n  \
        n: { type: integer, range: 0..999, stricter: lower, default: none }\n  m: { type: integer, range: 0..999, stricter: lower, default: 7 }\n  \
        at: { type: time, default: \"00:00\" }\n  day: { type: date, default: 2026-10-01 }\n  \
        apps: { type: set, values: [x, y, z], stricter: larger, default: [] }\n  \
        people: { type: list, fields: { name: text, age: integer }, default: none }\n  text: { type: text, default: none }\n\
        settings:\n  - platforms: [iOS]\n    payload: t\n    keys:\n      Plain: $on\n      Word: $mode\n      \
        Table: { $mode: { a: 1, b: 2, else: 3 } }\n      Inverted: { $on: { true: 0, false: 1 } }\n      \
        Zero: { $n: { none: 0, else: $n } }\n      Times: { $times: [$n, 60] }\n      Minus: { $minus: [$n, $m, 2] }\n      \
        Taken: { $minus: [1000, $n] }\n      Minutes: { $minutes: $at }\n      Date: { $date: [$day, $m, \"12:00:00\"] }\n      \
        Set: $apps\n      Each: { $each: $people, as: { Name: $item.name, Age: { $times: [$item.age, 12] } } }\n      \
        EachOf: { $each: $apps, as: $item }\n      Ref: { $ref: com.example, instance: $text }\n      \
        List: [$text, fixed]\n      Join: { $join: [\"at \", $at, \":00\"] }\n      Records: [{ A: $m, B: fixed }]\n\
        gaps: { macOS: none, Windows: none }\n";

    /// Applies the expression under this key, and asks which parameters gave its value: those that the value can tell.
    fn check(key: &str, give: &str, tells: &[&str]) {
        let control = control(CONTROL);
        let bound = bound(&control, give);
        let given: BTreeMap<String, Given> =
            bound.parameters.iter().map(|(name, p)| (name.clone(), p.value.clone())).collect();
        let facts = facts();
        let binding = Binding {
            declared: &control.parameters,
            given: &given,
            target: None,
            facts: &facts,
            instance: None,
            known_as: None,
            releases: &[],
            item: None,
        };
        let leaves = &control.settings[0].forms[0].leaves;
        let (_, _, expression) = leaves.iter().find(|(path, ..)| path[0].value == key).unwrap();
        let value = apply(expression, &binding).unwrap();
        // The first known operand is enough for those that have two.
        let known = BTreeMap::from([("m".to_owned(), given["m"].clone()), ("day".to_owned(), given["day"].clone())]);
        let known =
            if tells.contains(&"m") { BTreeMap::from([("day".to_owned(), given["day"].clone())]) } else { known };
        let traced = Traced { declared: &control.parameters, known: &known };
        let proposal = invert(expression, value.as_ref(), &traced)
            .unwrap_or_else(|| panic!("{key}: {value:?} comes from nothing"));
        for name in tells {
            assert_eq!(proposal.get(*name), Some(&given[*name]), "{key}: {value:?}");
        }
        let again = Given::is_some(&value);
        let applied: BTreeMap<String, Given> =
            given.iter().map(|(name, old)| (name.clone(), proposal.get(name).unwrap_or(old).clone())).collect();
        let value_again = apply(expression, &Binding { given: &applied, ..binding }).unwrap();
        assert_eq!((value_again.is_some(), value_again), (again, value), "{key}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn going_back_gives_what_was_given(n in 0i128..999, m in 0i128..999, minutes in 0i128..1440, which in 0usize..8) {
            let time = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let (on, mode) = (which.is_multiple_of(2), ["a", "b", "c"][which % 3]);
            let apps: Vec<&str> = ["x", "y", "z"].into_iter().enumerate().filter(|(n, _)| which & (1 << n) != 0).map(|(_, a)| a).collect();
            let give = format!("{{ on: {on}, mode: {mode}, n: {}, m: {m}, at: \"{time}\", apps: [{}], text: t{n} }}", n.max(1), apps.join(", "));
            for (key, tells) in [
                ("Plain", "on"), ("Word", "mode"), ("Table", "mode"), ("Inverted", "on"), ("Zero", "n"), ("Times", "n"), ("Minus", "n"),
                ("Taken", "n"), ("Minutes", "at"), ("Join", "at"), ("Date", "m"), ("Set", "apps"), ("EachOf", "apps"), ("Ref", "text"), ("List", "text"),
                ("Records", "m"),
            ] {
                check(key, &give, &[tells]);
            }
        }
    }

    #[test]
    fn what_is_left_out_was_none() {
        for key in ["Zero", "Times", "Minus", "Taken"] {
            check(key, "{ n: none }", &["n"]);
        }
        check("Each", "{ people: none }", &["people"]);
        check("Ref", "{ text: none }", &["text"]);
    }

    #[test]
    fn records_come_back_field_by_field() {
        check("Each", "{ people: [{ name: Ann, age: 7 }, { name: Bob, age: 0 }] }", &["people"]);
    }

    #[test]
    fn values_agree_whether_they_are_typed_or_not() {
        let plain = |text: &str| Value::Plain(text.to_owned());
        let check = |a: Value, b: Value, expected: Option<Ordering>| {
            assert_eq!(agree(&a, &b), expected, "{a} {b}");
            assert_eq!(agree(&b, &a), expected.map(Ordering::reverse), "{b} {a}");
        };
        check(plain("1"), Value::Integer(1), Some(Ordering::Equal));
        check(plain("9"), Value::Integer(10), Some(Ordering::Less));
        check(plain("true"), Value::Boolean(true), Some(Ordering::Equal));
        check(Value::text("10"), Value::Integer(9), Some(Ordering::Greater));
        check(Value::text("on"), plain("on"), Some(Ordering::Equal));
        check(Value::Boolean(true), Value::Integer(1), None);
    }
}
