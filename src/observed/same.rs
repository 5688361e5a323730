//! Whether two values are one in meaning: what servers, devices and tools write in another form (the rules of `data/any.json`).

use crate::catalogue::Catalogue;
use crate::compare;
use crate::drift::is_filled_in;
use crate::encoding::xml::{self, Element, Shape};
use crate::setting::{Address, Family, Leaf, Setting, Value};
use std::collections::BTreeMap;

/// What names of the side that is seen stand for on the approved one.
#[derive(Clone, Debug, Default)]
pub(super) struct Names<'r> {
    /// Identifiers of declarations and payloads.
    pub(super) texts: BTreeMap<&'r str, &'r str>,
    /// Types and instances.
    pub(super) instances: BTreeMap<(&'r str, Option<&'r str>), Option<&'r str>>,
}

/// Whether a value is what is approved.
pub(super) fn same(approved: &Setting, seen: &Value, names: &Names<'_>, catalogue: &Catalogue) -> bool {
    let address = &approved.address;
    values(&approved.value, seen, address, names)
        || is_filled_in(&approved.value, seen)
        // The order of a list that is a set says nothing.
        || matches!((&approved.value, seen), (Value::Array(_), Value::Array(_)) | (Value::Text(_), Value::Text(_)))
            && compare::direction(catalogue, address, Some(&approved.value), Some(seen)).is_none()
}

/// Bounded by the depth that the readers allow.
fn values(approved: &Value, seen: &Value, address: &Address, names: &Names<'_>) -> bool {
    if approved == seen {
        return true;
    }
    let is_node = address.family == Family::Csp;
    let is_element = matches!(address.leaf, Leaf::AdmxElement(_));
    match (approved, seen) {
        (Value::Integer(number), Value::Text(text)) | (Value::Text(text), Value::Integer(number)) if is_node => {
            whole(text.trim()) == Some(*number)
        }
        (Value::Boolean(truth), Value::Text(text)) | (Value::Text(text), Value::Boolean(truth)) if is_node => {
            self::truth(text) == Some(*truth)
        }
        (Value::Boolean(truth), Value::Integer(number)) | (Value::Integer(number), Value::Boolean(truth))
            if is_element =>
        {
            *number == i128::from(*truth)
        }
        (Value::Text(own), Value::Text(other)) => {
            names.texts.get(other.as_str()) == Some(&own.as_str()) || texts(own, other)
        }
        (Value::Reference { owner, instance }, Value::Reference { owner: other, instance: of_other }) => {
            owner == other
                && match names.instances.get(&(other.as_str(), of_other.as_deref())) {
                    Some(known) => *known == instance.as_deref(),
                    None => instance == of_other,
                }
        }
        (Value::Array(own), Value::Array(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|(a, b)| values(a, b, address, names))
        }
        (Value::Dictionary(own), Value::Dictionary(other)) => {
            own.len() == other.len()
                && own.iter().zip(other).all(|((a, x), (b, y))| a == b && values(x, y, address, names))
        }
        (Value::Real(real), Value::Integer(number)) | (Value::Integer(number), Value::Real(real)) => {
            // Numbers that both can hold.
            i32::try_from(*number).is_ok_and(|number| f64::from(number) == real.get())
        }
        _ => false,
    }
}

/// A whole number in decimal, or in hexadecimal as tools that read the registry show it.
fn whole(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        text if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    }
}

fn texts(own: &str, other: &str) -> bool {
    let (own, other) = (own.trim(), other.trim());
    let lines = |text: &str| text.replace("\r\n", "\n");
    own == other
        || lines(own) == lines(other)
        || own.starts_with('<') && other.starts_with('<') && documents(own, other)
}

fn documents(own: &str, other: &str) -> bool {
    let parse = |text: &str| xml::parse(text.as_bytes(), Shape::Found).ok();
    match (parse(own), parse(other)) {
        (Some(own), Some(other)) => own.len() == other.len() && own.iter().zip(&other).all(|(a, b)| elements(a, b)),
        _ => false,
    }
}

/// Bounded by the depth that the reader of XML allows.
fn elements(own: &Element, other: &Element) -> bool {
    let attributes =
        |element: &'_ Element| -> BTreeMap<String, String> { element.attributes.iter().cloned().collect() };
    own.name == other.name
        && own.text.trim() == other.text.trim()
        && own.children.len() == other.children.len()
        && attributes(own) == attributes(other)
        && own.children.iter().zip(&other.children).all(|(a, b)| elements(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Channel;

    fn check(leaf: Leaf, approved: Value, seen: Value, expected: bool) {
        let owner = "./Device/Vendor/MSFT/Policy/Config/Example/Policy".to_owned();
        let address = Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf };
        let setting = Setting::found(address, approved);
        assert_eq!(same(&setting, &seen, &Names::default(), &Catalogue::embedded()), expected, "{setting:?} {seen:?}");
    }

    #[test]
    fn forms_of_a_value_are_one() {
        let text = Value::text;
        check(Leaf::Node, Value::Integer(7), text("007"), true);
        check(Leaf::Node, Value::Integer(7), text("8"), false);
        check(Leaf::Node, Value::Integer(10), text("0x0000000A"), true);
        check(Leaf::Node, Value::Integer(10), text("0x"), false);
        check(Leaf::Node, Value::Boolean(true), text("True"), true);
        check(Leaf::Node, Value::Boolean(true), Value::Integer(1), false);
        check(Leaf::AdmxElement("x".to_owned()), Value::Boolean(true), Value::Integer(1), true);
        check(Leaf::Node, text("a\nb"), text("a\r\nb"), true);
        check(Leaf::Node, text("<a x='1' y='2'><b/>t</a>"), text("<a y=\"2\" x=\"1\">\n <b></b>t</a>"), true);
        check(Leaf::Node, text("<a x='1'/>"), text("<a x='2'/>"), false);
        check(Leaf::Node, text("<a/>"), text("<a>"), false);
        check(Leaf::Node, Value::secret("wifi"), text("anything"), true);
        check(Leaf::Node, Value::Real(crate::setting::Real::new(2.0).unwrap()), Value::Integer(2), true);
    }
}
