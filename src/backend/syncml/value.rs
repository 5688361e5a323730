//! Values ↔ the text of `Data`, under the format of the node (DDF v2, `DFFormat` and `AllowedValues`).

use super::super::{secret_name, secret_text};
use crate::catalogue::entry::Node;
use crate::diagnostic::Code;
use crate::encoding::{plist, xml};
use crate::setting::{Real, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Why a value cannot be written.
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) cause: String,
    pub(super) cure: &'static str,
}

/// The format of a value whose node no catalogue knows.
pub(super) fn format_of(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "bool",
        Value::Integer(_) => "int",
        Value::Real(_) => "float",
        Value::Date(_) => "time",
        Value::Data(_) => "b64",
        _ => "chr",
    }
}

/// The character between the items of a list node.
fn delimiter(node: Option<&Node>) -> Option<&str> {
    node?.allowed.as_ref()?.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())
}

/// The text that a node gets for a value.
pub(super) fn text(node: Option<&Node>, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Array(items) => {
            let Some(delimiter) = delimiter(node) else { return Err(wrong_type(value)) };
            let texts: Vec<String> = items.iter().map(|item| scalar(node, &item.value)).collect::<Result<_, _>>()?;
            if let Some(split) = texts.iter().find(|text| text.contains(delimiter)) {
                let cause = format!("`{split}` holds the character that parts the items of this list");
                return Err(Refusal { code: Code::WrongFormat, cause, cure: "write it as items of their own" });
            }
            Ok(texts.join(delimiter))
        }
        single => scalar(node, single),
    }
}

fn scalar(node: Option<&Node>, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Boolean(value) => Ok(spelling(node, *value)),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Real(number) => Ok(number.get().to_string()),
        Value::Data(bytes) => Ok(BASE64.encode(bytes)),
        Value::Secret(name) => writable(&secret_text(name)),
        Value::Text(text) | Value::Plain(text) if secret_name(text).is_some() => {
            let cause = format!("`{text}` is how an artefact marks a secret");
            Err(Refusal { code: Code::WrongFormat, cause, cure: "write `{ secret: NAME }`" })
        }
        Value::Text(text) | Value::Plain(text) | Value::Date(text) => writable(text),
        Value::Array(_) | Value::Dictionary(_) | Value::Reference { .. } => Err(wrong_type(value)),
    }
}

fn wrong_type(value: &Value) -> Refusal {
    let cause = format!("the node cannot hold {}", value.kind());
    Refusal { code: Code::WrongType, cause, cure: "write the value as the node's own text" }
}

/// Text, unless it holds what XML cannot carry.
pub(super) fn writable(text: &str) -> Result<String, Refusal> {
    match xml::unwritable(text) {
        None => Ok(text.to_owned()),
        Some(character) => Err(Refusal {
            code: Code::WrongFormat,
            cause: format!("XML cannot hold the character U+{:04X}", u32::from(character)),
            cure: "take the character out",
        }),
    }
}

/// A boolean as its node spells it: the DDF lists `True`, or `1`, for some.
fn spelling(node: Option<&Node>, value: bool) -> String {
    let listed = node.and_then(|node| node.allowed.as_ref()).map_or(&[][..], |allowed| &allowed.values);
    let plain = if value { "true" } else { "false" };
    let number = if value { "1" } else { "0" };
    let is_it = |text: &&String| text.eq_ignore_ascii_case(plain) || (listed.len() == 2 && *text == number);
    listed.iter().find(is_it).map_or(plain, String::as_str).to_owned()
}

/// The value that a text stands for. `format` is what the file says, for nodes that no catalogue knows.
pub(super) fn value(node: Option<&Node>, format: Option<&str>, text: &str) -> Value {
    if let Some(name) = secret_name(text) {
        return Value::Secret(name.to_owned());
    }
    match delimiter(node) {
        Some(_) if text.is_empty() => Value::array([]),
        Some(delimiter) => Value::array(text.split(delimiter).map(|item| single(node, format, item))),
        None => single(node, format, text),
    }
}

fn single(node: Option<&Node>, format: Option<&str>, text: &str) -> Value {
    let known = node.map(|node| node.format.as_str());
    let trimmed = text.trim();
    let typed = match known.or(format).unwrap_or("chr") {
        "int" => integer(trimmed),
        "bool" => boolean(node, trimmed),
        "float" => trimmed.parse().ok().and_then(Real::new).map(Value::Real),
        "b64" | "bin" => {
            let packed: String = trimmed.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            BASE64.decode(packed).ok().map(Value::Data)
        }
        "time" if known.is_none() && plist::Item::date(trimmed).is_ok() => Some(Value::Date(trimmed.to_owned())),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::text(text))
}

/// A number that prints back to the same text.
fn integer(text: &str) -> Option<Value> {
    let number: i128 = text.parse().ok()?;
    (number.to_string() == text).then_some(Value::Integer(number))
}

fn boolean(node: Option<&Node>, text: &str) -> Option<Value> {
    let either = |text: &str| [true, false].into_iter().find(|value| text == spelling(node, *value));
    let loose = || [true, false].into_iter().find(|value| text.eq_ignore_ascii_case(&value.to_string()));
    either(text).or_else(loose).map(Value::Boolean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::entry::Allowed;

    fn node(format: &str, values: &[&str], delimiter: Option<&str>) -> Node {
        let allowed = Allowed {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            delimiter: delimiter.map(str::to_owned),
            ..Default::default()
        };
        Node { format: format.to_owned(), allowed: Some(allowed), ..Default::default() }
    }

    fn check(node: Node, value: Value, expected: &str) {
        assert!(text(Some(&node), &value).is_ok_and(|text| text == expected), "{value:?}");
        assert_eq!(super::value(Some(&node), None, expected), value);
    }

    #[test]
    fn a_boolean_is_spelt_as_its_node_lists_it() {
        check(node("bool", &[], None), Value::Boolean(true), "true");
        check(node("bool", &["True", "False"], None), Value::Boolean(false), "False");
        check(node("bool", &["0", "1"], None), Value::Boolean(true), "1");
        check(node("bool", &["0", "1", "2", "4"], None), Value::text("2"), "2");
    }

    #[test]
    fn values_have_the_format_of_their_node() {
        check(node("int", &[], None), Value::Integer(-7), "-7");
        check(node("int", &[], None), Value::text("007"), "007");
        check(node("chr", &[], None), Value::text("7"), "7");
        check(node("b64", &[], None), Value::Data(vec![1, 2]), "AQI=");
        check(node("chr", &[], Some(";")), Value::array([Value::text("a"), Value::text(" b")]), "a; b");
        check(node("chr", &[], Some("\u{F000}")), Value::array([]), "");
        check(node("int", &[], Some("|")), Value::array([Value::Integer(1), Value::Integer(2)]), "1|2");
        check(node("int", &[], None), Value::Secret("pin".to_owned()), "policyc:secret:pin");
    }

    #[test]
    fn what_no_node_can_hold_is_refused() {
        let list = node("chr", &[], Some(";"));
        assert!(text(Some(&list), &Value::array([Value::text("a;b")])).is_err());
        assert!(text(None, &Value::array([Value::text("a")])).is_err());
        assert!(text(None, &Value::text("\u{1}")).is_err());
        assert!(text(None, &Value::text("policyc:secret:x")).is_err());
    }
}
