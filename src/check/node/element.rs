//! One element of an ADMX body: its type by the kind that the template gives it, and what is wrong with its value.
//!
//! Microsoft Learn, "Understanding ADMX policies", the sections on the kinds of elements.

use super::{Fault, document, nearest, shown, takes};
use crate::catalogue::entry::{AdmxElement, Node};
use crate::diagnostic::Code;
use crate::gather::Gather;
use crate::setting::Value;

/// The elements of the policy behind a node, where anybody has read its template.
pub(crate) fn elements(node: &Node) -> Option<&[AdmxElement]> {
    node.allowed.as_ref()?.admx.as_ref()?.elements.as_deref()
}

/// The element of that id, letter for letter.
pub(crate) fn element<'a>(node: &'a Node, id: &str) -> Option<&'a AdmxElement> {
    elements(node)?.iter().find(|element| element.id == id)
}

/// The value in the type of the element; where no template is known, plain scalars are what they look like.
pub(crate) fn typed_element(element: Option<&AdmxElement>, value: Value) -> Value {
    let kind = element.map(|element| element.kind.as_str());
    match (kind, value) {
        (Some("multiText" | "list"), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| item.map(text)).collect())
        }
        (Some("list"), Value::Dictionary(entries)) => {
            Value::Dictionary(entries.into_iter().map(|(name, entry)| (name, entry.map(text))).gather())
        }
        // A body does not tell a list of one from the one, nor a number in quotes from a number.
        (None, Value::Array(items)) => match <[_; 1]>::try_from(items) {
            Ok([only]) => plain(text(only.value)),
            Err(items) => Value::Array(items.into_iter().map(|item| item.map(text)).collect()),
        },
        (Some("text"), value) => text(value),
        (Some("enum"), Value::Plain(written) | Value::Text(written)) => {
            number(&written).unwrap_or(Value::Text(written))
        }
        (Some("boolean"), Value::Plain(word)) if word == "true" || word == "false" => Value::Boolean(word == "true"),
        (Some("decimal" | "longDecimal"), Value::Plain(word)) => number(&word).unwrap_or(Value::Plain(word)),
        (None, value @ (Value::Plain(_) | Value::Text(_))) => plain(value),
        (_, value) => value,
    }
}

/// What text is where only its looks tell.
fn plain(value: Value) -> Value {
    match value {
        Value::Plain(word) | Value::Text(word) if word == "true" || word == "false" => Value::Boolean(word == "true"),
        Value::Plain(word) | Value::Text(word) => number(&word).unwrap_or(Value::Text(word)),
        other => other,
    }
}

fn text(value: Value) -> Value {
    match value {
        Value::Plain(text) => Value::Text(text),
        Value::Integer(number) => Value::Text(number.to_string()),
        Value::Boolean(truth) => Value::Text(truth.to_string()),
        other => other,
    }
}

fn number(text: &str) -> Option<Value> {
    let number: i128 = text.parse().ok()?;
    (number.to_string() == text).then_some(Value::Integer(number))
}

/// What is wrong with the value of an element of a known template.
pub(crate) fn element_fault(element: &AdmxElement, value: &Value) -> Option<Fault> {
    let id = element.id.as_str();
    let fault = |message: String, help: String| Some(Fault::new(Code::AdmxBody, message, help));
    match (element.kind.as_str(), value) {
        (_, Value::Secret(_)) => None,
        ("boolean", Value::Boolean(_)) => None,
        ("decimal" | "longDecimal", Value::Integer(number)) => outside(element, *number),
        ("enum", Value::Integer(_) | Value::Text(_)) => not_listed(element, value),
        ("text", Value::Text(text)) => {
            empty(element, text.is_empty()).or_else(|| too_long(element, text)).or_else(|| unwritable(id, value))
        }
        // Its entries are written to the registry by name.
        ("list", Value::Array(_)) if element.explicit => fault(
            format!("the entries of the element `{id}` have names of their own"),
            "write `{ NAME: value }`, a line for each entry".to_owned(),
        ),
        ("multiText", Value::Array(items)) => empty(element, items.is_empty())
            .or_else(|| items.iter().find_map(|item| too_long(element, text_of(&item.value))))
            .or_else(|| unwritable(id, value)),
        ("list", Value::Array(_) | Value::Dictionary(_)) => unwritable(id, value),
        (kind, value) => {
            let wanted = wanted(kind);
            fault(format!("the element `{id}` takes {wanted}, not {}", said(value)), format!("write {wanted}"))
        }
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Plain(text) => format!("`{}`", shown(text)),
        other => other.kind().to_owned(),
    }
}

fn wanted(kind: &str) -> &'static str {
    match kind {
        "boolean" => "`true` or `false`",
        "decimal" | "longDecimal" => "a whole number",
        "multiText" | "list" => "a list of texts",
        "enum" => "one of its listed values",
        _ => "text",
    }
}

fn outside(element: &AdmxElement, number: i128) -> Option<Fault> {
    let end = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i128>().ok());
    let range = element.range.as_ref();
    // A decimal without bounds is an unsigned 32-bit number (ADMX schema, `decimal`).
    let least = range.and_then(|range| end(&range.min)).unwrap_or(0);
    let most = range.and_then(|range| end(&range.max)).unwrap_or(i128::from(u32::MAX));
    let message = format!("`{number}` is outside the range of the element `{}`", element.id);
    let help = format!("it takes {least} to {most}");
    (!(least..=most).contains(&number)).then(|| Fault::new(Code::AdmxBody, message, help))
}

fn not_listed(element: &AdmxElement, value: &Value) -> Option<Fault> {
    let written = match value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        _ => return None,
    };
    if element.values.is_empty() || element.values.contains(&written) {
        return None;
    }
    let message = format!("the element `{}` does not take `{}`", element.id, shown(&written));
    let near = nearest::did_you_mean(&written, element.values.iter().map(String::as_str));
    let near = near.filter(|_| written.parse::<i128>().is_err());
    Some(Fault::new(Code::AdmxBody, message, near.unwrap_or_else(|| takes(&element.values))))
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn empty(element: &AdmxElement, is_empty: bool) -> Option<Fault> {
    let message = format!("the element `{}` is empty, and its template requires a value", element.id);
    (element.required && is_empty).then(|| Fault::new(Code::AdmxBody, message, "write one, or disable the policy"))
}

fn too_long(element: &AdmxElement, text: &str) -> Option<Fault> {
    let most: usize = element.range.as_ref()?.max.as_ref()?.parse().ok()?;
    // Windows counts UTF-16 units.
    let length = text.encode_utf16().count();
    let message = format!("the text of the element `{}` has {length} characters", element.id);
    (length > most).then(|| Fault::new(Code::AdmxBody, message, format!("it takes {most}")))
}

/// Text that no body can carry: a control character, or the character that stands between items.
pub(crate) fn unwritable(id: &str, value: &Value) -> Option<Fault> {
    let fault = |text: &str| {
        let bad = text.chars().find(|character| *character == '\u{F000}' || !document::is_xml(*character))?;
        let message = format!("the element `{id}` holds U+{:04X}, which a body cannot carry", u32::from(bad));
        Some(Fault::new(Code::AdmxBody, message, "take the character out; items of a list are written as a YAML list"))
    };
    match value {
        Value::Text(text) => fault(text),
        Value::Array(items) => {
            items.iter().find_map(|item| item_fault(id, &item.value).or_else(|| unwritable(id, &item.value)))
        }
        Value::Dictionary(entries) => entries.iter().find_map(|(name, entry)| {
            fault(name).or_else(|| item_fault(id, &entry.value)).or_else(|| unwritable(id, &entry.value))
        }),
        _ => None,
    }
}

fn item_fault(id: &str, item: &Value) -> Option<Fault> {
    let message = format!("an item of the element `{id}` is {}", item.kind());
    (!matches!(item, Value::Text(_))).then(|| Fault::new(Code::AdmxBody, message, "write each item as text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::entry::Range;

    fn of(kind: &str) -> AdmxElement {
        let range = Some(Range { min: Some("4".to_owned()), max: Some("20".to_owned()) });
        AdmxElement {
            id: "E".to_owned(),
            kind: kind.to_owned(),
            values: vec!["0".to_owned(), "1".to_owned(), "quarantine".to_owned()],
            range,
            required: false,
            explicit: false,
            source: String::new(),
        }
    }

    fn plain(text: &str) -> Value {
        Value::Plain(text.to_owned())
    }

    #[test]
    fn elements_take_the_type_of_their_kind() {
        let check = |kind: Option<&str>, value: Value, expected: Value| {
            let element = kind.map(of);
            assert_eq!(typed_element(element.as_ref(), value.clone()), expected, "{kind:?} {value:?}");
        };
        check(Some("boolean"), plain("true"), Value::Boolean(true));
        check(Some("boolean"), plain("1"), plain("1"));
        check(Some("decimal"), plain("6"), Value::Integer(6));
        check(Some("decimal"), plain("06"), plain("06"));
        check(Some("enum"), plain("1"), Value::Integer(1));
        check(Some("enum"), Value::text("1"), Value::Integer(1));
        check(Some("enum"), plain("quarantine"), Value::text("quarantine"));
        check(Some("text"), plain("6"), Value::text("6"));
        check(Some("list"), Value::array([plain("6")]), Value::array([Value::text("6")]));
        check(None, plain("true"), Value::Boolean(true));
        check(None, plain("6"), Value::Integer(6));
        check(None, plain("on"), Value::text("on"));
        check(None, Value::text("6"), Value::Integer(6));
        check(None, Value::array([plain("6")]), Value::Integer(6));
        check(None, Value::array([plain("6"), plain("a")]), Value::array([Value::text("6"), Value::text("a")]));
    }

    #[test]
    fn values_are_held_against_the_template() {
        let check = |kind: &str, value: Value, right: bool| {
            let fault = element_fault(&of(kind), &value);
            assert_eq!(fault.is_none(), right, "{kind} {value:?} {fault:?}");
        };
        check("boolean", Value::Boolean(false), true);
        check("boolean", plain("1"), false);
        check("decimal", Value::Integer(4), true);
        check("decimal", Value::Integer(20), true);
        check("decimal", Value::Integer(3), false);
        check("decimal", Value::Integer(40), false);
        check("decimal", Value::text("6"), false);
        check("enum", Value::Integer(1), true);
        check("enum", Value::Integer(2), false);
        check("enum", Value::text("quarantine"), true);
        check("enum", Value::text("Quarantine"), false);
        check("enum", Value::Boolean(true), false);
        check("text", Value::text("x".repeat(20)), true);
        check("text", Value::text("x".repeat(21)), false);
        check("text", Value::text("a\u{1}"), false);
        check("list", Value::array([Value::text("a")]), true);
        check("list", Value::array([Value::text("a\u{F000}b")]), false);
        check("list", Value::array([Value::Data(Vec::new())]), false);
        check("list", Value::text("a"), false);
        check("multiText", Value::secret("s"), true);
    }
}
