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
                    blocked: None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::xml;

    fn check(inner: &str, kind: &str, values: &[&str], delimiter: Option<&str>) {
        let text = format!("<AllowedValues ValueType=\"{kind}\">{inner}</AllowedValues>");
        let mut unread = Vec::new();
        let allowed = read(&xml::parse(&text).unwrap(), &mut unread);
        let values = values.iter().map(|value| value.to_string()).collect();
        let wanted = Allowed { kind: kind.to_owned(), values, delimiter: delimiter.map(str::to_owned), admx: None };
        assert_eq!((allowed, unread), (wanted, Vec::new()), "{text}");
    }

    #[test]
    fn values_are_kept_and_what_is_said_of_them_is_not() {
        let item = "<Enum><Value>0</Value><ValueDescription>A sentence.</ValueDescription></Enum><Enum><Value>0x4</Value></Enum>";
        check(item, "ENUM", &["0", "0x4"], None);
        check(item, "Flag", &["0", "0x4"], None);
        check("<Enum><Value>a</Value></Enum><List Delimiter=\";\"/>", "ENUM", &["a"], Some(";"));
    }

    #[test]
    fn the_text_of_a_range_and_of_a_pattern_stands_as_it_is() {
        check("<Value>[(-1)-100]</Value>", "Range", &["[(-1)-100]"], None);
        check("<Value>[6,17]</Value>", "Range", &["[6,17]"], None);
        check("<Value>(?i)^[a-z]{2}$</Value><List Delimiter=\"|\"/>", "RegEx", &["(?i)^[a-z]{2}$"], Some("|"));
        check("", "RegEx", &[], None);
    }

    #[test]
    fn both_spellings_of_the_private_character_are_the_character() {
        check("<List Delimiter=\"0xF000\"/>", "None", &[], Some("\u{f000}"));
        check("<List Delimiter=\"\\xF000\"/>", "None", &[], Some("\u{f000}"));
        check("<List Delimiter=\",\"/>", "SDDL", &[], Some(","));
    }

    #[test]
    fn a_value_where_any_is_allowed_is_the_delimiter() {
        check("<Value>,</Value>", "None", &[], Some(","));
    }

    #[test]
    fn schemas_and_examples_leave_their_kind_alone() {
        check("<Value><![CDATA[<xs:schema/>]]></Value>", "XSD", &[], None);
        check("<Value>{\"a\": 1}</Value>", "JSON", &[], None);
    }

    #[test]
    fn an_admx_policy_is_three_names() {
        let text =
            "<AllowedValues ValueType=\"ADMX\"><AdmxBacked Area=\"A~AT\" Name=\"N\" File=\"f.admx\"/></AllowedValues>";
        let allowed = read(&xml::parse(text).unwrap(), &mut Vec::new());
        let names = AdmxBacked {
            file: "f.admx".to_owned(),
            area: "A~AT".to_owned(),
            name: "N".to_owned(),
            blocked: None,
            elements: None,
        };
        assert_eq!(allowed.admx, Some(names));
    }
}
