//! What a server fills in while it delivers a file: how its variables are written, which there are, and a value that each could have.
//!
//! A variable is text inside text. Rules on values look at what a device will get, so they read the sample in its place.

use super::Value;
use crate::source::Spanned;
use serde::Deserialize;
use std::ops::Range;

/// Characters of the longest variable that is looked for.
const LONGEST: usize = 80;

/// How variables are written: what stands before and after the name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Syntax {
    /// Before the name.
    pub open: String,
    /// After it; empty where the name ends by itself.
    #[serde(default)]
    pub close: String,
    /// Whether the name may be any text; else letters, digits and `_`.
    #[serde(default)]
    pub free: bool,
    /// Characters of the shortest name.
    #[serde(default)]
    pub least: usize,
}

/// The bit of an ASCII character in a set of them; none of another.
fn bit(byte: u8) -> u128 {
    1_u128.checked_shl(byte.into()).unwrap_or(0)
}

/// One variable, or all whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name, without what stands around it.
    pub name: String,
    /// Whether more follows that name, such as a certificate authority's.
    #[serde(default)]
    pub begins: bool,
    /// A value that it could have.
    pub sample: String,
    /// Whether it may also stand in data, in base64.
    #[serde(default)]
    pub data: bool,
    /// The platforms that it is filled in for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Where that is said.
    pub source: String,
}

/// Variables that are written alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// What they are, in a few words.
    pub about: String,
    /// How they are written; the longest first.
    pub syntax: Vec<Syntax>,
    /// Those that there are.
    #[serde(default)]
    pub names: Vec<Variable>,
    /// A value that any other could have, where people choose the names.
    #[serde(default)]
    pub other: Option<String>,
    /// Whether the names alone make the variable: other text that is written so is none.
    #[serde(default)]
    pub named_only: bool,
    /// Why nothing of ours may hold one, where it is filled in before the server sees the file.
    #[serde(default)]
    pub refused: Option<String>,
}

/// Every variable of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Variables(pub Vec<Family>);

/// A variable in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<'v, 't> {
    /// Bytes of the text that it takes.
    pub at: Range<usize>,
    /// As it is written.
    pub text: &'t str,
    /// What is written like it.
    pub family: &'v Family,
    /// What is known of it; `None` for a name that the server does not have.
    pub known: Option<&'v Variable>,
}

impl Placed<'_, '_> {
    /// A value that it could have.
    pub fn sample(&self) -> Option<&str> {
        self.known.map(|known| known.sample.as_str()).or(self.family.other.as_deref())
    }
}

impl Variables {
    /// Every variable in a text, in order.
    pub fn placed<'v, 't>(&'v self, text: &'t str) -> impl Iterator<Item = Placed<'v, 't>> {
        // What variables begin with is ASCII, which stands in no other character.
        let begins = |bits: u128, syntax: &Syntax| bits | syntax.open.bytes().next().map_or(0, bit);
        let begins = self.0.iter().flat_map(|family| &family.syntax).fold(0, begins);
        let mut from = 0;
        std::iter::from_fn(move || {
            while from < text.len() {
                let next =
                    text.as_bytes()[from..].iter().position(|byte| begins & bit(*byte) != 0).map(|at| from + at)?;
                match self.at(text, next) {
                    Some(placed) => {
                        from = placed.at.end;
                        return Some(placed);
                    }
                    None => from = next + 1,
                }
            }
            None
        })
    }

    fn at<'v, 't>(&'v self, text: &'t str, start: usize) -> Option<Placed<'v, 't>> {
        self.0.iter().find_map(|family| family.at(text, start))
    }

    /// The text as a device could get it; `None` where no variable stands in it.
    pub fn filled(&self, text: &str) -> Option<String> {
        let mut filled: Option<String> = None;
        let mut end = 0;
        for placed in self.placed(text) {
            let out = filled.get_or_insert_default();
            out.push_str(&text[end..placed.at.start]);
            out.push_str(placed.sample().unwrap_or(placed.text));
            end = placed.at.end;
        }
        filled.map(|out| out + &text[end..])
    }
}

impl Variables {
    /// The value as a device could get it; `None` where no variable stands in it.
    pub fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Text(text) => self.filled(text).map(Value::Text),
            Value::Array(items) => {
                let filled: Vec<Option<Value>> = items.iter().map(|item| self.value(item)).collect();
                let item = |(new, old): (Option<Value>, &Spanned<Value>)| {
                    Spanned::new(new.unwrap_or_else(|| old.value.clone()), old.span)
                };
                filled
                    .iter()
                    .any(Option::is_some)
                    .then(|| Value::Array(filled.into_iter().zip(items).map(item).collect()))
            }
            _ => None,
        }
    }
}

impl Family {
    fn at<'v, 't>(&'v self, text: &'t str, start: usize) -> Option<Placed<'v, 't>> {
        let from = &text[start..];
        self.syntax.iter().find_map(|syntax| {
            let inside = from.strip_prefix(syntax.open.as_str())?;
            let length = syntax.name(inside)?;
            let name = &inside[..length];
            let known = self.names.iter().find(|known| known.is(name));
            let end = start + syntax.open.len() + length + syntax.close.len();
            let placed = Placed { at: start..end, text: &text[start..end], family: self, known };
            (known.is_some() || !self.named_only).then_some(placed)
        })
    }
}

impl Syntax {
    /// How long the name is that a text begins with; `None` where nothing of this form begins.
    fn name(&self, inside: &str) -> Option<usize> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match self.free {
            true => inside.find(&self.close).filter(|at| !inside[..*at].contains('\n'))?,
            false => inside.find(|c| !word(c)).unwrap_or(inside.len()),
        };
        let fits = (self.least.max(1)..=LONGEST).contains(&length);
        let is_name =
            self.free || !self.open.ends_with(['%', '$', '{']) || inside.starts_with(|c: char| !c.is_ascii_digit());
        (fits && is_name && inside[length..].starts_with(&self.close)).then_some(length)
    }
}

impl Variable {
    fn is(&self, name: &str) -> bool {
        let name = name.trim();
        match self.begins {
            true => name.len() > self.name.len() && name.starts_with(&self.name),
            false => name.eq_ignore_ascii_case(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let json = r#"[
            { "about": "braces", "syntax": [{ "open": "{{", "close": "}}", "free": true }],
              "names": [{ "name": "mail", "sample": "a@b.example", "source": "a test" }] },
            { "about": "dollars", "syntax": [{ "open": "${V_", "close": "}" }, { "open": "$V_" }],
              "names": [{ "name": "ID", "sample": "17", "source": "a test" }, { "name": "CA_", "begins": true, "sample": "x", "source": "a test" }] },
            { "about": "percents", "syntax": [{ "open": "%", "close": "%", "least": 3 }], "other": "some" },
            { "about": "named", "syntax": [{ "open": "$" }], "named_only": true,
              "names": [{ "name": "UDID", "sample": "8", "source": "a test" }] } ]"#;
        serde_json::from_str(json).unwrap()
    }

    /// Every variable that is found, with a `?` where the server has none of its name, and the text with samples in it.
    fn check(text: &str, expected: &[&str], filled: Option<&str>) {
        let all = variables();
        let found: Vec<String> = all
            .placed(text)
            .map(|placed| format!("{}{}", placed.text, if placed.sample().is_some() { "" } else { "?" }))
            .collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(all.filled(text).as_deref(), filled, "{text}");
    }

    #[test]
    fn each_form_is_found_and_filled_in_with_its_sample() {
        check("id $V_ID and ${V_ID}.", &["$V_ID", "${V_ID}"], Some("id 17 and 17."));
        check("{{ mail }}{{Mail}}", &["{{ mail }}", "{{Mail}}"], Some("a@b.examplea@b.example"));
        check("$V_CA_Acme", &["$V_CA_Acme"], Some("x"));
        check("ü%SerialNumber%ü", &["%SerialNumber%"], Some("üsomeü"));
        check("$UDID", &["$UDID"], Some("8"));
    }

    #[test]
    fn what_nobody_knows_is_told_and_what_only_looks_like_one_is_not() {
        check("{{other}} $V_OTHER", &["{{other}}?", "$V_OTHER?"], Some("{{other}} $V_OTHER"));
        check("$V_CA_", &["$V_CA_?"], Some("$V_CA_"));
        check("", &[], None);
        check("$HOME ${V_ID $ % 20%20% {{}} {{a\nb}} %ab% $UDIDs", &[], None);
        check(&format!("{{{{{}}}}}", "x".repeat(LONGEST + 1)), &[], None);
    }

    #[test]
    fn lists_are_filled_item_by_item() {
        let list = Value::array([Value::text("$UDID"), Value::text("plain"), Value::Integer(1)]);
        let filled = variables().value(&list);
        assert_eq!(filled, Some(Value::array([Value::text("8"), Value::text("plain"), Value::Integer(1)])));
        assert_eq!(variables().value(&Value::text("plain")), None);
        assert_eq!(variables().value(&Value::Data(b"$UDID".to_vec())), None);
    }
}
