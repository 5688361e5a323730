//! What values can be made of parameters: a closed list (language.md §5, "Values"). `invert.rs` holds the way back for each.

use super::certificate;
use super::parameter::{Given, Parameter, Type};
use super::release::{self, RELEASES};
use super::{Expression, OrganisationFacts};
use crate::digest;
use crate::setting::{Date, Target, Value};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// What names stand for while values are made.
#[derive(Clone, Copy)]
pub struct Binding<'a> {
    /// The parameters that the control declares.
    pub declared: &'a [Parameter],
    /// Their values.
    pub given: &'a BTreeMap<String, Given>,
    /// `$group.…`: the devices that the value is for.
    pub target: Option<&'a Target>,
    /// `$organisation.…`, files and certificates.
    pub facts: &'a OrganisationFacts,
    /// `$instance` as a value.
    pub instance: Option<&'a str>,
    /// `$instance` in a name, which identities are made of: the one that the instance had before, where it was renamed.
    pub known_as: Option<&'a str>,
    /// `$releases`: those of the group's platform.
    pub releases: &'a [Value],
    /// `$item`, and the type of the list or set that it comes from.
    pub item: Option<(&'a Value, &'a Type)>,
}

/// The values of parameters where there are none.
static NONE: BTreeMap<String, Given> = BTreeMap::new();

impl<'a> Binding<'a> {
    /// What a clause's own entry or guard stands for: it has no parameters, and no instance.
    pub(super) fn of_clause(target: &'a Target, facts: &'a OrganisationFacts, releases: &'a [Value]) -> Binding<'a> {
        let target = Some(target);
        Binding { declared: &[], given: &NONE, target, facts, instance: None, known_as: None, releases, item: None }
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// organisation.yaml does not state this.
    Fact(String),
    /// The organisation's folder has no such file.
    File(String),
    /// organisation.yaml names no such certificate.
    Certificate(String),
    /// The value cannot be calculated, and why.
    Calculation(String),
}

/// The value of an expression; `None` where it is left out.
pub fn apply(expression: &Expression, binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    Ok(match expression {
        Expression::Literal(value) => Some(value.clone()),
        Expression::Nothing => None,
        Expression::Secret(name) => Some(Value::secret(name.as_str())),
        Expression::File(path) => Some(file(path, binding)?),
        Expression::Reference(name) => reference(name, binding)?,
        Expression::Table(name, rows) => match row(name, rows, binding) {
            Some(row) => apply(row, binding)?,
            None => None,
        },
        Expression::Times(a, b) => match (integer(a, binding)?, integer(b, binding)?) {
            (Some(a), Some(b)) => Some(Value::Integer(a.checked_mul(b).ok_or_else(too_large)?)),
            _ => None,
        },
        Expression::Minus(parts) => minus(parts, binding)?,
        Expression::Date(parts) => date(parts, binding)?,
        Expression::Minutes(time) => match apply(time, binding)? {
            Some(value) => {
                let text = text_of(&value).unwrap_or_default();
                let minutes =
                    minutes_of(text).ok_or_else(|| Missing::Calculation(format!("`{text}` is no time of day")))?;
                Some(Value::Integer(minutes))
            }
            None => None,
        },
        Expression::Thumbprint(certificate) => match apply(certificate, binding)? {
            Some(Value::Data(bytes)) => {
                Some(Value::Text(digest::sha1(&bytes).iter().map(|byte| format!("{byte:02X}")).collect()))
            }
            Some(other) => return Err(Missing::Calculation(format!("{other} is no certificate"))),
            None => None,
        },
        Expression::Join(parts) => join(parts, binding)?,
        Expression::Each(list, body) => each(list, body, binding)?,
        Expression::Uuid(name) => Some(Value::Text(digest::uuid(&format!("{}.{name}", identifier(binding)?)))),
        Expression::Document(kind, parts) => {
            let mut values = BTreeMap::new();
            for (name, part) in parts {
                values.extend(apply(part, binding)?.map(|value| (name.value.clone(), value)));
            }
            kind.write(&values, identifier(binding)?).map_err(Missing::Calculation)?
        }
        Expression::Ref(owner, instance) => {
            let owner = owner.clone();
            match instance {
                Some(instance) => {
                    apply_name(instance, binding)?.map(|name| Value::Reference { owner, instance: Some(name) })
                }
                None => Some(Value::Reference { owner, instance: None }),
            }
        }
        Expression::List(items) => {
            let mut values = Vec::new();
            for item in items {
                values.extend(apply(item, binding)?.map(|value| Spanned::new(value, item.span)));
            }
            Some(Value::Array(values))
        }
        Expression::Dictionary(entries) => {
            let mut values = BTreeMap::new();
            for (key, item) in entries {
                values.extend(apply(item, binding)?.map(|value| (key.value.clone(), Spanned::new(value, item.span))));
            }
            // What is left empty is left out; what is written empty is written.
            (entries.is_empty() || !values.is_empty()).then_some(Value::Dictionary(values))
        }
    })
}

/// The text of a name: of an instance or a dynamic node. A certificate stands by its name here, not by its bytes.
pub fn apply_name(expression: &Expression, binding: &Binding<'_>) -> Result<Option<String>, Missing> {
    if let Expression::Reference(name) = expression
        && let Some(Some(Value::Text(text))) = binding.given.get(name)
    {
        return Ok(Some(text.clone()));
    }
    let binding = &Binding { instance: binding.known_as, ..*binding };
    Ok(apply(expression, binding)?.map(|value| match value {
        Value::Text(text) | Value::Plain(text) => text,
        other => other.to_string(),
    }))
}

fn reference(name: &str, binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    if let Some(fact) = name.strip_prefix("organisation.") {
        let text = binding.facts.texts.get(fact).ok_or_else(|| Missing::Fact(fact.to_owned()))?;
        return Ok(Some(Value::text(text.as_str())));
    }
    if name == OS {
        return Ok(binding.target.map(|target| Value::Text(oldest(target))));
    }
    if name == "instance" {
        return Ok(binding.instance.map(Value::text));
    }
    let (value, kind) = match (name.strip_prefix("item"), binding.item) {
        (Some(field), Some((value, kind))) if field.is_empty() || field.starts_with('.') => item(value, kind, field),
        _ => {
            let kind =
                binding.declared.iter().find(|parameter| parameter.name.value == name).map(|parameter| &parameter.kind);
            (binding.given.get(name).and_then(Option::as_ref), kind)
        }
    };
    match (value, kind) {
        (Some(Value::Text(name)), Some(Type::Certificate)) => {
            let path = binding.facts.certificates.get(name).ok_or_else(|| Missing::Certificate(name.clone()))?;
            let bytes = file(path, binding)?;
            // One that cannot be read has its finding in organisation.yaml.
            let der = match &bytes {
                Value::Data(file) => certificate::der(file),
                _ => None,
            };
            Ok(Some(der.map_or(bytes, Value::Data)))
        }
        (value, _) => Ok(value.cloned()),
    }
}

/// `$group.os`.
pub(crate) const OS: &str = "group.os";

/// The oldest version in a group, as its devices say it: Windows has four numbers.
fn oldest(target: &Target) -> String {
    let mut parts: Vec<String> = target.os.value.parts().iter().map(u32::to_string).collect();
    while !target.platform.value.is_apple() && parts.len() < 4 {
        parts.push("0".to_owned());
    }
    parts.join(".")
}

/// What the organisation's names begin with.
fn identifier<'a>(binding: &Binding<'a>) -> Result<&'a str, Missing> {
    let fact = "identifier";
    binding.facts.texts.get(fact).map(String::as_str).ok_or_else(|| Missing::Fact(fact.to_owned()))
}

/// `$item`, or one field of it.
fn item<'a>(value: &'a Value, kind: &'a Type, field: &str) -> (Option<&'a Value>, Option<&'a Type>) {
    let Some(field) = field.strip_prefix('.') else { return (Some(value), None) };
    let value = match value {
        Value::Dictionary(fields) => fields.get(field).map(|value| &value.value),
        _ => None,
    };
    let kind = match kind {
        Type::List(fields) => fields.iter().find(|(name, _)| name == field).map(|(_, kind)| kind),
        _ => None,
    };
    (value, kind)
}

fn file(path: &str, binding: &Binding<'_>) -> Result<Value, Missing> {
    let bytes = binding.facts.files.get(path).ok_or_else(|| Missing::File(path.to_owned()))?;
    Ok(Value::Data(bytes.to_vec()))
}

/// The row of a table that a parameter's value chooses.
fn row<'e>(
    name: &str,
    rows: &'e [(Spanned<String>, Spanned<Expression>)],
    binding: &Binding<'_>,
) -> Option<&'e Spanned<Expression>> {
    let value = match (name.strip_prefix("item"), binding.item) {
        (Some(field), Some((value, kind))) if field.is_empty() || field.starts_with('.') => item(value, kind, field).0,
        _ => binding.given.get(name).and_then(Option::as_ref),
    };
    let word = word(value);
    let named = |wanted: &str| rows.iter().find(|(row, _)| row.value == wanted).map(|(_, value)| value);
    named(&word).or_else(|| named("else"))
}

/// The word by which rows and conditions name a value.
pub(crate) fn word(value: Option<&Value>) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::Text(text) | Value::Plain(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a condition holds: the parameter is, or the set has, one of these words; no words, and the set is empty.
pub(crate) fn meets(value: Option<&Value>, words: &[Spanned<String>]) -> bool {
    let named = |word: &str| words.iter().any(|other| other.value == word);
    match value {
        Some(Value::Array(items)) if words.is_empty() => items.is_empty(),
        Some(Value::Array(items)) => items.iter().any(|item| named(&word(Some(item)))),
        value => named(&word(value)),
    }
}

fn too_large() -> Missing {
    Missing::Calculation("the number is too large".to_owned())
}

fn integer(expression: &Expression, binding: &Binding<'_>) -> Result<Option<i128>, Missing> {
    match apply(expression, binding)? {
        None => Ok(None),
        Some(value) => {
            let number = number_of(&value);
            number.map(Some).ok_or_else(|| Missing::Calculation(format!("`{value}` is no whole number")))
        }
    }
}

/// The number that a value is, typed or not.
pub(crate) fn number_of(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Plain(text) => text.parse().ok(),
        _ => None,
    }
}

/// The text that a value is, typed or not.
pub(crate) fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Plain(text) => Some(text),
        _ => None,
    }
}

/// The texts one after the other; left out where one is.
fn join(parts: &[Spanned<Expression>], binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    let mut text = String::new();
    for part in parts {
        let Some(value) = apply(part, binding)? else { return Ok(None) };
        text.push_str(text_of(&value).unwrap_or_default());
    }
    Ok(Some(Value::Text(text)))
}

fn minus(parts: &[Spanned<Expression>], binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    let mut result: Option<i128> = None;
    for part in parts {
        let Some(number) = integer(part, binding)? else { return Ok(None) };
        result = Some(match result {
            None => number,
            Some(first) => first.checked_sub(number).ok_or_else(too_large)?,
        });
    }
    Ok(result.map(Value::Integer))
}

/// A day so many days later, at a local time: `2026-10-15T12:00:00`.
fn date(parts: &[Spanned<Expression>], binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    let [day, days, time] = parts else { return Ok(None) };
    let (Some(day), Some(days), Some(time)) = (apply(day, binding)?, integer(days, binding)?, apply(time, binding)?)
    else {
        return Ok(None);
    };
    let later = text_of(&day).and_then(Date::parse).and_then(|day| day.plus(i64::try_from(days).ok()?));
    let later = later.ok_or_else(|| Missing::Calculation(format!("{days} days after {day} is no day")))?;
    let time = text_of(&time).unwrap_or_default();
    // A parameter of type `time` has no seconds, ISO 8601 date-times of the vendors do.
    let seconds = if minutes_of(time).is_some() { ":00" } else { "" };
    Ok(Some(Value::Text(format!("{later}T{time}{seconds}"))))
}

/// Minutes since midnight of `07:30`.
pub(crate) fn minutes_of(time: &str) -> Option<i128> {
    let (hours, minutes) = time.split_once(':')?;
    let digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i128>().ok())?
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn each(list: &Expression, body: &Spanned<Expression>, binding: &Binding<'_>) -> Result<Option<Value>, Missing> {
    let Expression::Reference(name) = list else { return Ok(None) };
    let Some(items) = items_of(name, binding) else { return Ok(None) };
    let mut values = Vec::new();
    for (item, kind) in items {
        let value = apply(body, &Binding { item: Some((item, kind)), ..*binding })?;
        values.extend(value.map(|value| Spanned::new(value, body.span)));
    }
    Ok(Some(Value::Array(values)))
}

/// The items of `$releases`, or of a parameter that is a list or a set; `None` where it is `none`.
pub(crate) fn items_of<'a>(name: &str, binding: &Binding<'a>) -> Option<Vec<(&'a Value, &'a Type)>> {
    if name == RELEASES {
        return Some(binding.releases.iter().map(|item| (item, release::kind())).collect());
    }
    let kind =
        binding.declared.iter().find(|parameter| parameter.name.value == name).map(|parameter| &parameter.kind)?;
    match binding.given.get(name)?.as_ref()? {
        Value::Array(items) => Some(items.iter().map(|item| (&item.value, kind)).collect()),
        _ => None,
    }
}
