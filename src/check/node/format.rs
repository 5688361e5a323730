//! Values and the DDF's formats: `int bool chr xml b64 bin time node null` (DDF v2, `DFFormat`), lists, and the spelling that a
//! node lists.

use super::numbers;
use crate::catalogue::entry::Node;
use crate::encoding::base64;
use crate::setting::{Secret, Value};
use crate::template;

/// What stands between the items of the node's list, where its value is one.
pub(crate) fn delimiter(node: &Node) -> Option<&str> {
    node.allowed.as_ref()?.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())
}

/// Whether the node is backed by an ADMX policy.
pub(crate) fn is_admx(node: &Node) -> bool {
    node.allowed.as_ref().is_some_and(|allowed| allowed.kind == "ADMX")
}

/// The value in the type and spelling of the node. What does not fit is left as it was written, for a rule to name.
pub(crate) fn typed(node: &Node, value: Value) -> Value {
    let is_data = matches!(node.format.as_str(), "b64" | "bin");
    match value {
        Value::Secret(Secret::Text(name)) if is_data => return Value::Secret(Secret::Data(name)),
        Value::Secret(_) => return value,
        _ if is_admx(node) => return value,
        _ => {}
    }
    match (delimiter(node), value) {
        (Some(_), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| item.map(|value| single(node, value))).collect())
        }
        (Some(delimiter), Value::Plain(text) | Value::Text(text)) => match text.is_empty() {
            true => Value::array([]),
            false => Value::array(text.split(delimiter).map(|item| single(node, Value::Plain(item.to_owned())))),
        },
        (Some(_), value @ (Value::Integer(_) | Value::Boolean(_))) => Value::array([single(node, value)]),
        (_, value) => single(node, value),
    }
}

fn single(node: &Node, value: Value) -> Value {
    match node.format.as_str() {
        // The one list of this format holds addresses and names.
        "int" if delimiter(node).is_some() => match text(value) {
            Value::Text(item) => whole(&item).map_or(Value::Text(item), Value::Integer),
            other => other,
        },
        "int" => integer(node, value),
        "bool" => boolean(node, value),
        // The node takes the text of an ADMX file: `{ file: PATH }` gives its bytes.
        "chr" if node.uri.contains("/ADMXInstall/") => match value {
            Value::Data(bytes) => template::text(&bytes).map_or(Value::Data(bytes), Value::Text),
            other => text(other),
        },
        "chr" | "xml" | "time" | "date" | "float" => text(value),
        "b64" | "bin" => data(value),
        _ => value,
    }
}

fn integer(node: &Node, value: Value) -> Value {
    let Value::Plain(written) = &value else { return value };
    let flag = node.allowed.as_ref().is_some_and(|allowed| allowed.kind == "Flag");
    let hex = flag && written.starts_with("0x");
    match whole(written).or_else(|| if hex { numbers::bit(written) } else { None }) {
        Some(number) => Value::Integer(number),
        None => value,
    }
}

/// A whole number without leading zeros or a plus sign.
fn whole(text: &str) -> Option<i128> {
    let number: i128 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// `true` and `false`; where the node lists other spellings of them, that one, as text. A node that lists `0` and `1` takes those
/// too.
fn boolean(node: &Node, value: Value) -> Value {
    let (word, plain) = match &value {
        Value::Boolean(truth) => (truth.to_string(), true),
        Value::Integer(number) => (number.to_string(), true),
        Value::Plain(word) => (word.clone(), true),
        Value::Text(word) => (word.clone(), false),
        _ => return value,
    };
    let listed = node.allowed.as_ref().filter(|allowed| allowed.kind == "ENUM");
    let listed = listed.map_or(&[][..], |allowed| &allowed.values);
    let truth = match word.to_ascii_lowercase().as_str() {
        "true" if plain || listed.contains(&word) => true,
        "false" if plain || listed.contains(&word) => false,
        _ if listed.contains(&word) => return Value::Text(word),
        _ => return value,
    };
    let (word, number) = if truth { ("true", "1") } else { ("false", "0") };
    match listed.iter().find(|text| text.eq_ignore_ascii_case(word) || *text == number) {
        Some(spelling) if spelling != word => Value::text(spelling.clone()),
        _ => Value::Boolean(truth),
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

fn data(value: Value) -> Value {
    match &value {
        Value::Plain(text) | Value::Text(text) => base64::decode(text).map_or(value, Value::Data),
        _ => value,
    }
}

/// The text that a typed scalar is compared by; `None` for what has none.
pub(super) fn written(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Whether a typed scalar is one that the node's format can hold; otherwise what the format wants.
pub(super) fn fits(node: &Node, value: &Value) -> Result<(), &'static str> {
    match (node.format.as_str(), value) {
        ("int", Value::Integer(_)) => Ok(()),
        ("int", Value::Text(_)) if delimiter(node).is_some() => Ok(()),
        ("int", _) => Err("a whole number"),
        ("bool", Value::Boolean(_)) => Ok(()),
        ("bool", Value::Text(text)) if node.allowed.as_ref().is_some_and(|allowed| allowed.values.contains(text)) => {
            Ok(())
        }
        ("bool", _) => Err("`true` or `false`"),
        ("b64" | "bin", Value::Data(_)) => Ok(()),
        ("b64" | "bin", _) => Err("bytes"),
        ("chr" | "xml" | "time" | "date" | "float", Value::Text(_)) => Ok(()),
        ("chr" | "xml" | "time" | "date" | "float", _) => Err("text"),
        // A node whose being there is all that it says.
        (_, Value::Text(text)) if text.is_empty() => Ok(()),
        _ => Err("no value"),
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
            admx: None,
        };
        Node {
            uri: "./Device/Vendor/MSFT/X/Y".to_owned(),
            format: format.to_owned(),
            allowed: Some(allowed),
            ..Node::default()
        }
    }

    fn check(node: &Node, written: Value, expected: Value) {
        assert_eq!(typed(node, written.clone()), expected, "{written:?}");
    }

    fn plain(text: &str) -> Value {
        Value::Plain(text.to_owned())
    }

    #[test]
    fn plain_scalars_take_the_type_of_the_node() {
        let int = node("int", "None", &[], None);
        check(&int, plain("7"), Value::Integer(7));
        check(&int, plain("-1"), Value::Integer(-1));
        check(&int, plain("07"), plain("07"));
        check(&int, plain("0x7"), plain("0x7"));
        check(&int, Value::text("7"), Value::text("7"));
        check(&node("chr", "None", &[], None), plain("7"), Value::text("7"));
        check(&node("chr", "None", &[], None), Value::Integer(7), Value::text("7"));
        check(&node("b64", "None", &[], None), plain("Zg=="), Value::Data(b"f".to_vec()));
        check(&node("b64", "None", &[], None), plain("f"), plain("f"));
        check(&node("int", "Flag", &["0x1", "0x4"], None), plain("0x5"), Value::Integer(5));
    }

    #[test]
    fn booleans_have_the_spelling_that_the_node_lists() {
        let usual = node("bool", "ENUM", &["false", "true"], None);
        check(&usual, plain("true"), Value::Boolean(true));
        check(&usual, plain("True"), Value::Boolean(true));
        check(&usual, plain("1"), plain("1"));
        check(&usual, plain("no"), plain("no"));
        check(&usual, Value::text("true"), Value::Boolean(true));
        let capital = node("bool", "ENUM", &["True", "False"], None);
        check(&capital, Value::Boolean(true), Value::text("True"));
        check(&capital, plain("false"), Value::text("False"));
        let digits = node("bool", "ENUM", &["0", "1"], None);
        check(&digits, plain("true"), Value::text("1"));
        check(&digits, plain("0"), Value::text("0"));
        check(&digits, Value::Integer(1), Value::text("1"));
        check(&node("bool", "None", &[], None), plain("FALSE"), Value::Boolean(false));
    }

    #[test]
    fn lists_are_lists_however_they_are_written() {
        let list = node("chr", "None", &[], Some(";"));
        let ab = Value::array([Value::text("a"), Value::text("b")]);
        check(&list, plain("a;b"), ab.clone());
        check(&list, Value::array([plain("a"), plain("b")]), ab.clone());
        check(&list, Value::text(""), Value::array([]));
        check(
            &node("int", "None", &[], Some("|")),
            plain("1|host"),
            Value::array([Value::Integer(1), Value::text("host")]),
        );
    }

    #[test]
    fn typing_twice_changes_nothing() {
        let nodes = [
            node("int", "Flag", &["0x1"], None),
            node("bool", "ENUM", &["True", "False"], None),
            node("bool", "ENUM", &["0", "1"], None),
            node("chr", "None", &[], Some("\u{F000}")),
            node("b64", "None", &[], None),
        ];
        for node in &nodes {
            for word in ["true", "1", "0x1", "a\u{F000}b", "Zg==", "", "x"] {
                let once = typed(node, plain(word));
                assert_eq!(typed(node, once.clone()), once);
            }
        }
    }
}
