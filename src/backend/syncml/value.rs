//! Values ↔ the text of `Data`, under the format of the node (DDF v2, `DFFormat` and `AllowedValues`).

use super::super::looks_secret;
use crate::catalogue::entry::Node;
use crate::check::node::{delimiter, typed};
use crate::diagnostic::Code;
use crate::encoding::{base64, plist, xml};
use crate::setting::{Real, Secret, Value};

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
        Value::Data(_) | Value::Secret(Secret::Data(_)) => "b64",
        _ => "chr",
    }
}

/// The text that a node gets for a value.
pub(super) fn text(node: Option<&Node>, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Array(items) => {
            let Some(delimiter) = node.and_then(delimiter) else { return Err(wrong_type(value)) };
            let texts: Vec<String> = items.iter().map(|item| scalar(&item.value)).collect::<Result<_, _>>()?;
            if let Some(split) = texts.iter().find(|text| text.contains(delimiter)) {
                let cause = format!("`{split}` holds the character that parts the items of this list");
                return Err(Refusal { code: Code::WrongFormat, cause, cure: "write it as items of their own" });
            }
            Ok(texts.join(delimiter))
        }
        single => scalar(single),
    }
}

fn scalar(value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Boolean(value) => Ok(value.to_string()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Real(number) => Ok(number.get().to_string()),
        Value::Data(bytes) => match Secret::read_bytes(bytes) {
            None => Ok(base64::encode(bytes)),
            Some(_) => Err(secret("the bytes are how an artefact marks a secret".to_owned())),
        },
        Value::Secret(secret @ Secret::Data(_)) => Ok(base64::encode(secret.marked().as_bytes())),
        Value::Secret(secret) => writable(&secret.marked()),
        Value::Text(text) | Value::Plain(text) => match looks_secret(text) {
            None => writable(text),
            Some(cause) => Err(secret(cause)),
        },
        Value::Date(text) => writable(text),
        Value::Array(_) | Value::Dictionary(_) | Value::Reference { .. } => Err(wrong_type(value)),
    }
}

pub(super) fn secret(cause: String) -> Refusal {
    Refusal { code: Code::WrongFormat, cause, cure: "write `{ secret: NAME }`" }
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

/// The value that a text stands for: in the normal form of its node, or what the file says where no catalogue knows it.
pub(super) fn value(node: Option<&Node>, format: Option<&str>, text: &str) -> Value {
    if let Some(secret) = Secret::read(text) {
        return Value::Secret(secret);
    }
    let known = node.map(|node| node.format.as_str());
    // Only text has white space that means something.
    let is_text = !matches!(known.or(format), Some("int" | "bool" | "b64" | "bin" | "float"));
    let text = if is_text { text } else { text.trim() };
    let value = match node {
        Some(node) => typed(node, Value::Plain(text.to_owned())),
        None => unlisted(format.unwrap_or("chr"), text).unwrap_or_else(|| Value::text(text)),
    };
    match value {
        Value::Plain(text) => Value::Text(text),
        Value::Data(bytes) => Secret::read_bytes(&bytes).map_or(Value::Data(bytes), Value::Secret),
        typed => typed,
    }
}

fn unlisted(format: &str, text: &str) -> Option<Value> {
    match format {
        "int" => text.parse::<i128>().ok().filter(|number| number.to_string() == text).map(Value::Integer),
        "bool" => {
            [true, false].into_iter().find(|truth| text.eq_ignore_ascii_case(&truth.to_string())).map(Value::Boolean)
        }
        "float" => text.parse().ok().and_then(Real::new).map(Value::Real),
        "b64" | "bin" => base64::decode(text).map(Value::Data),
        "time" => plist::Item::date(text).is_ok().then(|| Value::Date(text.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::entry::Allowed;

    fn node(format: &str, kind: &str, values: &[&str], delimiter: Option<&str>) -> Node {
        let allowed = Allowed {
            kind: kind.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            delimiter: delimiter.map(str::to_owned),
            ..Default::default()
        };
        Node { format: format.to_owned(), allowed: Some(allowed), ..Default::default() }
    }

    fn check(node: Option<Node>, value: Value, expected: &str) {
        assert!(text(node.as_ref(), &value).is_ok_and(|text| text == expected), "{value:?}");
        assert_eq!(super::value(node.as_ref(), Some(format_of(&value)), expected), value);
    }

    #[test]
    fn values_of_known_nodes_come_back_in_the_normal_form_of_the_node() {
        let plain = |format| Some(node(format, "None", &[], None));
        check(plain("bool"), Value::Boolean(true), "true");
        check(Some(node("bool", "ENUM", &["True", "False"], None)), Value::text("False"), "False");
        check(plain("int"), Value::Integer(-7), "-7");
        check(plain("chr"), Value::text("7"), "7");
        check(plain("b64"), Value::Data(vec![1, 2]), "AQI=");
        let list = |delimiter| Some(node("chr", "None", &[], Some(delimiter)));
        check(list(";"), Value::array([Value::text("a"), Value::text(" b")]), "a; b");
        check(list("\u{F000}"), Value::array([]), "");
        check(plain("int"), Value::secret("pin"), "policyc:secret:pin");
    }

    #[test]
    fn values_of_unlisted_nodes_come_back_by_their_format() {
        check(None, Value::Boolean(false), "false");
        check(None, Value::Integer(7), "7");
        check(None, Value::text("7"), "7");
        check(None, Value::Real(Real::new(0.5).unwrap()), "0.5");
        check(None, Value::Data(vec![]), "");
        check(None, Value::Date("2026-01-31T00:00:00Z".to_owned()), "2026-01-31T00:00:00Z");
        assert_eq!(value(None, Some("int"), " 7\n"), Value::Integer(7));
        assert_eq!(value(None, Some("int"), "007"), Value::text("007"));
    }

    #[test]
    fn what_no_node_can_hold_is_refused() {
        let list = node("chr", "None", &[], Some(";"));
        assert!(text(Some(&list), &Value::array([Value::text("a;b")])).is_err());
        assert!(text(None, &Value::array([Value::text("a")])).is_err());
        assert!(text(None, &Value::text("\u{1}")).is_err());
        assert!(text(None, &Value::text("policyc:secret:x")).is_err());
    }
}
