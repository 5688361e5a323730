//! Secrets: what is compiled holds a marker where a released file holds the value, which nobody here knows. A marker takes any value, and
//! nothing around it: the values are read out of the released file, filled into the compiled one, and the two must be the same.

use super::WITHHELD;
use crate::backend::Decoded;
use crate::backend::fill::{Secrets, out_of_document};
use crate::gather::Gather;
use crate::setting::{Secret, Setting, Value, secret::marks};
use std::collections::BTreeSet;

/// The secrets of a file: their names, and what a released file holds in their places.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) names: BTreeSet<String>,
    pub(super) values: Secrets,
}

/// Whether a value that was released is a compiled one with secrets filled in; one without secrets is itself.
pub(crate) fn is_filled_in(compiled: &Value, released: &Value) -> bool {
    Filled::default().takes(compiled, released)
}

impl Filled {
    /// Reads the secrets out of what was released, and puts the markers of what was compiled there, wherever all around them is the
    /// same; so the two can be compared, and no value can be shown.
    pub(super) fn hide(released: &mut Decoded, compiled: &Decoded) -> Filled {
        let mut filled = Filled::default();
        let asking = |setting: &&Setting| !setting.value.secrets().is_empty();
        let mut asked: Vec<&Setting> = compiled.settings.iter().filter(asking).collect();
        filled.names = asked.iter().flat_map(|setting| setting.value.secrets()).map(str::to_owned).gather();
        for setting in &mut released.settings {
            let Some(at) = asked.iter().position(|asked| asked.address == setting.address) else { continue };
            let expected = &asked.remove(at).value;
            let before = filled.values.clone();
            if filled.takes(expected, &setting.value) {
                setting.value = expected.clone();
            } else {
                // Another setting, and it may hold the secret all the same.
                filled.values = before;
                setting.value = Value::text(WITHHELD);
            }
        }
        filled
    }

    /// Whether a released value is the compiled one with its markers filled in.
    fn takes(&mut self, compiled: &Value, released: &Value) -> bool {
        match (compiled, released) {
            (Value::Secret(Secret::Text(name)), Value::Text(text)) => self.takes_value(name, text.as_bytes()),
            (Value::Secret(Secret::Data(name)), Value::Data(bytes)) => self.takes_value(name, bytes),
            (Value::Secret(Secret::Document(document)), Value::Text(text)) => self.takes_document(document, text),
            (Value::Array(compiled), Value::Array(released)) => {
                compiled.len() == released.len() && compiled.iter().zip(released).all(|(a, b)| self.takes(a, b))
            }
            (Value::Dictionary(compiled), Value::Dictionary(released)) => {
                compiled.len() == released.len()
                    && compiled.iter().zip(released).all(|((a, x), (b, y))| a == b && self.takes(x, y))
            }
            _ => compiled == released,
        }
    }

    /// A document inside a value: what fills its markers has no mark-up of its own.
    fn takes_document(&mut self, compiled: &str, released: &str) -> bool {
        let (mut rest, mut end) = (released, 0);
        let marks: Vec<_> = marks(compiled).collect();
        for (n, mark) in marks.iter().enumerate() {
            let Some(after) = rest.strip_prefix(&compiled[end..mark.at.start]) else { return false };
            end = mark.at.end;
            let next = marks.get(n + 1).map_or(compiled.len(), |next| next.at.start);
            let length = match next == compiled.len() {
                true => after.len().checked_sub(next - end).filter(|_| after.ends_with(&compiled[end..])),
                false => after.find(&compiled[end..next]),
            };
            let Some(length) = length else { return false };
            let value = &after[..length];
            let plain = if mark.in_xml { out_of_document(value) } else { value.to_owned() };
            if value.contains(['<', '>']) || !self.takes_value(mark.name, plain.as_bytes()) {
                return false;
            }
            rest = &after[length..];
        }
        rest == &compiled[end..]
    }

    /// Two values for one name are not what a release fills in.
    fn takes_value(&mut self, name: &str, value: &[u8]) -> bool {
        let known = self.values.entry(name.to_owned()).or_insert_with(|| value.to_vec().into());
        !value.is_empty() && known.as_slice() == value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(compiled: Value, released: Value, expected: bool) {
        assert_eq!(Filled::default().takes(&compiled, &released), expected, "{compiled:?} {released:?}");
    }

    #[test]
    fn a_marker_takes_any_value_and_nothing_around_it() {
        let text = |text: &str| Value::text(text);
        let secret = || Value::secret("wifi");
        check(secret(), text("open sesame"), true);
        check(secret(), Value::Data(b"open sesame".to_vec()), false);
        check(Value::Secret(Secret::Data("wifi".into())), Value::Data(b"open sesame".to_vec()), true);
        check(secret(), Value::Integer(1), false);
        check(secret(), text(""), false);
        check(Value::array([secret(), text("a")]), Value::array([text("x"), text("a")]), true);
        check(Value::array([secret(), text("a")]), Value::array([text("x"), text("b")]), false);
        check(Value::array([secret(), secret()]), Value::array([text("x"), text("y")]), false);
        check(text("a"), text("a"), true);
        check(text("a"), text("b"), false);
    }

    #[test]
    fn what_fills_a_document_has_no_markup() {
        let text = |text: &str| Value::text(text);
        let document = |text: &str| Value::Secret(Secret::Document(text.to_owned()));
        let inside = || document("<k>policyc:secret:wifi:xml</k><n>1</n>");
        check(inside(), text("<k>open &amp; sesame</k><n>1</n>"), true);
        check(inside(), text("<k>open sesame</k><n>2</n>"), false);
        check(inside(), text("<k>a</k><n>2</n><k>b</k><n>1</n>"), false);
        check(inside(), text("<k></k><n>1</n>"), false);
        let two = || document("<k>policyc:secret:a:xml</k><k>policyc:secret:b:xml</k>");
        check(two(), text("<k>1</k><k>2</k>"), true);
        check(two(), text("<k>1</k><k>2</k><k>3</k>"), false);
        let mut filled = Filled::default();
        assert!(filled.takes(&inside(), &text("<k>a&amp;lt;b&quot;</k><n>1</n>")));
        assert_eq!(filled.values["wifi"].as_slice(), b"a&lt;b\"");
    }
}
