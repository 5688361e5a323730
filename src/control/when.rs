//! Conditions on a control's own parameters: when an entry or guard is there (language.md §5, "Entries").

use super::Given;
use super::parameter::Type;
use super::scope::{Scope, could_be, words_of};
use super::transform::meets;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::nearest::did_you_mean;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use std::collections::BTreeMap;

/// One condition: `mode: required`, `cover: [usb, phone]`, `cover: { not: usb }`.
#[derive(Clone, Debug)]
pub struct When {
    /// The parameter.
    pub parameter: Spanned<String>,
    /// What it is held against.
    pub test: Test,
}

/// What a parameter is held against.
#[derive(Clone, Debug)]
pub enum Test {
    /// The parameter is, or the set has, one of these words; no words, and the set is empty.
    OneOf(Vec<Spanned<String>>),
    /// The same, denied.
    Not(Vec<Spanned<String>>),
}

impl When {
    /// Whether it holds of these parameters.
    pub(super) fn holds(&self, given: &BTreeMap<String, Given>) -> bool {
        let value = given.get(&self.parameter.value).and_then(Option::as_ref);
        match &self.test {
            Test::OneOf(words) => meets(value, words),
            Test::Not(words) => !meets(value, words),
        }
    }

    /// Whether the parameter can have this value where the condition holds.
    pub(super) fn leaves(&self, value: &str) -> bool {
        match &self.test {
            Test::OneOf(words) => words.iter().any(|word| word.value == value),
            Test::Not(words) => !words.iter().any(|word| word.value == value),
        }
    }
}

/// `{ mode: required, cover: { not: [usb, phone] } }`.
pub(super) fn read(node: Option<&Node>, scope: Scope<'_>, found: &mut Diagnostics) -> Vec<When> {
    let entries = node.and_then(|node| fields::entries(node, "`when`", found)).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| {
            let test = match &entry.value.kind {
                Kind::Map(_) => {
                    let mut fields = Fields::of(&entry.value, "a condition", found)?;
                    let node = fields.need("not", entry.value.span, found);
                    fields.finish(found);
                    Test::Not(words(&entry.key, node?, scope, found)?)
                }
                _ => Test::OneOf(words(&entry.key, &entry.value, scope, found)?),
            };
            Some(When { parameter: entry.key.clone(), test })
        })
        .collect()
}

/// The words of a condition, each of which the parameter can be.
fn words(
    parameter: &Spanned<String>,
    node: &Node,
    scope: Scope<'_>,
    found: &mut Diagnostics,
) -> Option<Vec<Spanned<String>>> {
    let named = scope.named(parameter, parameter.span, found)?;
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let words: Vec<Spanned<String>> = items.iter().filter_map(|item| fields::text(item, "a word", found)).collect();
    for word in words.iter().filter(|word| !could_be(&named, word)) {
        let all = words_of(&named).unwrap_or_default();
        let cure = did_you_mean(word, all.iter().map(String::as_str))
            .unwrap_or_else(|| "name a value that the parameter can have".to_owned());
        scope.writer.fault(word.span, format!("`{}` is never `{}`", parameter.value, word.value), cure, found);
    }
    if words.is_empty() && !matches!(named.kind, Type::Set { .. }) {
        let cause = format!("`{}` is no set that could be empty", parameter.value);
        scope.writer.fault(node.span, cause, "name the values for which the entry is there", found);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Value;

    fn check(test: Test, value: Value, expected: bool) {
        let when = When { parameter: Spanned::nowhere("p".to_owned()), test };
        assert_eq!(when.holds(&BTreeMap::from([("p".to_owned(), Some(value))])), expected, "{when:?}");
    }

    #[test]
    fn a_condition_is_met_or_denied() {
        let words = |words: &[&str]| words.iter().map(|word| Spanned::nowhere((*word).to_owned())).collect::<Vec<_>>();
        let set = |items: &[&str]| Value::array(items.iter().map(|item| Value::text(*item)));
        for (wanted, value, expected) in [
            (&["a", "b"][..], Value::text("a"), true),
            (&["b"], Value::text("a"), false),
            (&["a"], set(&["a", "b"]), true),
            (&["c"], set(&["a", "b"]), false),
            (&[], set(&[]), true),
            (&[], set(&["a"]), false),
        ] {
            check(Test::OneOf(words(wanted)), value.clone(), expected);
            check(Test::Not(words(wanted)), value, !expected);
        }
    }
}
