//! `AllowedValues`, and the two elements of a dependency that have its shape.

use super::xml::Element;
use policyc::catalogue::entry::{AdmxBacked, Allowed};

/// Reads the kind, the values and the delimiter.
pub(crate) fn read(element: &Element, unread: &mut Vec<String>) -> Allowed {
    let mut allowed = Allowed { kind: element.attribute("ValueType"), ..Allowed::default() };
    for child in &element.children {
        match child.name.as_str() {
            "Enum" => allowed.values.extend(child.first("Value").map(|value| value.text.trim().to_owned())),
            "Value" => read_value(child, &mut allowed),
            "List" => allowed.delimiter = Some(delimiter(&child.attribute("Delimiter"))),
            "AdmxBacked" => {
                allowed.admx = Some(AdmxBacked {
                    file: child.attribute("File"),
                    area: child.attribute("Area"),
                    name: child.attribute("Name"),
                    elements: None,
                });
            }
            other => unread.push(format!("AllowedValues/{other}")),
        }
    }
    allowed
}

fn read_value(value: &Element, allowed: &mut Allowed) {
    let text = value.text.trim();
    match allowed.kind.as_str() {
        // A schema's text and an example are Microsoft's; that there is one is the fact.
        "XSD" | "JSON" => {}
        // Two nodes of this kind put the delimiter of their list here.
        "None" => allowed.delimiter = Some(delimiter(text)),
        _ if text.is_empty() => {}
        _ => allowed.values.push(text.to_owned()),
    }
}

/// A delimiter as the character itself: `0xF000` and `\xF000` are U+F000.
fn delimiter(text: &str) -> String {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("\\x"));
    let character = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    character.map_or_else(|| text.to_owned(), String::from)
}
