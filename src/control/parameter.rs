//! Parameters: their types, and which side of each is stricter. That one fact merges clauses, judges exceptions and tells a reviewer
//! which way a change goes. Follows language.md §5, "Parameters".

use crate::gather::Gather;
use crate::setting::{Platform, Value};
use crate::source::Spanned;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A parameter's value: `None` is `none`, the weakest of an optional parameter. Words are [`Value::Text`], sets sorted arrays of it.
pub type Given = Option<Value>;

/// One parameter of a control.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, kebab-case.
    pub name: Spanned<String>,
    /// What values it takes.
    pub kind: Type,
    /// Which side is stricter.
    pub order: Order,
    /// What no clause gives: `None` where some clause must give it, `Some(None)` where it may be missing.
    pub default: Option<Given>,
    /// Platforms that it is for; empty for all.
    pub platforms: Vec<Platform>,
    /// `minutes`, `characters`, … for people.
    pub unit: Option<String>,
    /// Why neither side is stricter, or where the value comes from.
    pub reason: Option<String>,
}

/// What values a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number in a range, or one of a list.
    Integer {
        /// Smallest and largest.
        range: Option<(i128, i128)>,
        /// The only values, where they are few.
        values: Vec<i128>,
    },
    /// One of these words.
    Word(Vec<String>),
    /// Several of these words, or texts of a format.
    Set {
        /// The words; empty where a format says it.
        values: Vec<String>,
        /// `bundle-id`, `guid`, `domain`, ….
        format: Option<String>,
    },
    /// Records with these fields.
    List(Vec<(String, Type)>),
    /// Text, so long at most.
    Text(Option<usize>),
    /// A day.
    Date,
    /// `"07:30"`.
    Time,
    /// The name of a secret.
    Secret,
    /// The name of a certificate of the organisation.
    Certificate,
}

/// Which side of a parameter is stricter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Neither: contributions must be equal.
    Equal,
    /// `true`.
    True,
    /// `false`.
    False,
    /// The larger number.
    Higher,
    /// The smaller number.
    Lower,
    /// Chains of words, each from the weakest to the strictest.
    Chains(Vec<Vec<String>>),
    /// More members.
    Larger,
    /// Fewer members.
    Smaller,
}

impl Parameter {
    /// Whether the parameter may be missing: `default: none`.
    pub fn is_optional(&self) -> bool {
        self.default == Some(None)
    }

    /// Which of two values is stricter: `Greater` where `a` is. `None` where neither is.
    pub fn compare(&self, a: &Given, b: &Given) -> Option<Ordering> {
        match (a, b) {
            (None, None) => Some(Ordering::Equal),
            (None, Some(_)) => Some(Ordering::Less),
            (Some(_), None) => Some(Ordering::Greater),
            (Some(a), Some(b)) if a == b => Some(Ordering::Equal),
            (Some(a), Some(b)) => self.order.compare(a, b),
        }
    }

    /// What two clauses together ask for: the stricter, a union, or what they share. `None` where that is nothing that this parameter
    /// can be: the two differ, and neither is stricter.
    pub fn merge(&self, a: &Given, b: &Given) -> Option<Given> {
        if let (Some(Value::Array(x)), Some(Value::Array(y))) = (a, b) {
            let (x, y): (BTreeSet<_>, BTreeSet<_>) = (x.iter().cloned().gather(), y.iter().cloned().gather());
            match self.order {
                Order::Larger => return Some(Some(Value::Array(x.union(&y).cloned().collect()))),
                Order::Smaller => return Some(Some(Value::Array(x.intersection(&y).cloned().collect()))),
                _ => {}
            }
        }
        match self.compare(a, b)? {
            Ordering::Less => Some(b.clone()),
            Ordering::Equal | Ordering::Greater => Some(a.clone()),
        }
    }

    /// The value that every other one is at least as strict as; `None` where there is no such value.
    pub fn weakest(&self) -> Option<Given> {
        if self.is_optional() {
            return Some(None);
        }
        let value = match (&self.order, &self.kind) {
            (Order::True, _) => Value::Boolean(false),
            (Order::False, _) => Value::Boolean(true),
            (Order::Higher, Type::Integer { range, values }) => {
                Value::Integer(range.map_or_else(|| values.iter().min().copied(), |range| Some(range.0))?)
            }
            (Order::Lower, Type::Integer { range, values }) => {
                Value::Integer(range.map_or_else(|| values.iter().max().copied(), |range| Some(range.1))?)
            }
            (Order::Chains(_), Type::Word(words)) => {
                let below_all = |word: &&String| {
                    let word = Value::text(word.as_str());
                    words.iter().all(|other| {
                        let other = Value::text(other.as_str());
                        word == other || self.order.compare(&word, &other) == Some(Ordering::Less)
                    })
                };
                Value::text(words.iter().find(below_all)?.as_str())
            }
            (Order::Larger, _) => Value::Array(Vec::new()),
            (Order::Smaller, Type::Set { values, .. }) if !values.is_empty() => {
                let sorted: BTreeSet<&String> = values.iter().gather();
                Value::array(sorted.into_iter().map(|word| Value::text(word.as_str())))
            }
            _ => return None,
        };
        Some(Some(value))
    }
}

impl Order {
    /// Which of two different values is stricter.
    fn compare(&self, a: &Value, b: &Value) -> Option<Ordering> {
        match (self, a, b) {
            (Order::True, Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
            (Order::False, Value::Boolean(a), Value::Boolean(b)) => Some(b.cmp(a)),
            (Order::Higher, Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
            (Order::Lower, Value::Integer(a), Value::Integer(b)) => Some(b.cmp(a)),
            (Order::Chains(chains), Value::Text(a), Value::Text(b)) => {
                let place = |chain: &[String], word: &str| chain.iter().position(|other| other == word);
                chains.iter().find_map(|chain| Some(place(chain, a)?.cmp(&place(chain, b)?)))
            }
            (Order::Larger, Value::Array(a), Value::Array(b)) => inclusion(a, b),
            (Order::Smaller, Value::Array(a), Value::Array(b)) => inclusion(b, a),
            _ => None,
        }
    }
}

/// `Greater` where `a` holds all that `b` holds, and more.
fn inclusion(a: &[Spanned<Value>], b: &[Spanned<Value>]) -> Option<Ordering> {
    let (a, b): (BTreeSet<&Value>, BTreeSet<&Value>) =
        (a.iter().map(|x| &x.value).gather(), b.iter().map(|x| &x.value).gather());
    match (a.is_superset(&b), b.is_superset(&a)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use proptest::prelude::*;

    /// Parameters of every type that has an order, optional and not.
    fn parameters() -> Vec<Parameter> {
        let text = "control: laws\ntitle: Laws\nparameters:\n  \
             strict: { type: boolean, stricter: true }\n  loose: { type: boolean, stricter: false, default: none }\n  \
             same: { type: boolean, stricter: none, reason: either }\n  high: { type: integer, range: 0..9, stricter: higher }\n  \
             low: { type: integer, values: [1, 5, 9], stricter: lower, default: none }\n  \
             chain: { type: word, stricter: off < allowed < required, default: off }\n  \
             fork: { type: word, stricter: [allow < require < insist, allow < forbid], values: [other], default: none }\n  \
             more: { type: set, values: [a, b, c], stricter: larger }\n  \
             fewer: { type: set, values: [a, b, c], stricter: smaller, default: none }\n\
             constrains: [others]\n";
        sample::control(text).parameters.clone()
    }

    fn value(parameter: &Parameter, seed: usize) -> Given {
        if parameter.is_optional() && seed.is_multiple_of(5) {
            return None;
        }
        let seed = seed / 5;
        Some(match &parameter.kind {
            Type::Boolean => Value::Boolean(seed.is_multiple_of(2)),
            Type::Integer { values, .. } if !values.is_empty() => Value::Integer(values[seed % values.len()]),
            Type::Integer { .. } => Value::Integer((seed % 10) as i128),
            Type::Word(words) => Value::text(words[seed % words.len()].as_str()),
            Type::Set { values, .. } => {
                let chosen = values.iter().enumerate().filter(|(n, _)| seed & (1 << n) != 0);
                Value::array(chosen.map(|(_, word)| Value::text(word.as_str())))
            }
            other => panic!("{other:?}"),
        })
    }

    fn merge(parameter: &Parameter, a: &Option<Given>, b: &Option<Given>) -> Option<Given> {
        parameter.merge(a.as_ref()?, b.as_ref()?)
    }

    proptest! {
        #[test]
        fn merging_is_a_law_of_the_order(which in 0usize..9, a in 0usize..400, b in 0usize..400, c in 0usize..400) {
            let all = parameters();
            let parameter = &all[which];
            let (a, b, c) = (Some(value(parameter, a)), Some(value(parameter, b)), Some(value(parameter, c)));
            let ab = merge(parameter, &a, &b);
            prop_assert_eq!(&ab, &merge(parameter, &b, &a));
            prop_assert_eq!(&merge(parameter, &a, &a), &a);
            prop_assert_eq!(merge(parameter, &ab, &c), merge(parameter, &a, &merge(parameter, &b, &c)));
            if let (Some(ab), Some(a), Some(b)) = (&ab, &a, &b) {
                for part in [a, b] {
                    prop_assert!(parameter.compare(ab, part).is_some_and(Ordering::is_ge), "{:?} {:?}", ab, part);
                }
            }
            if let (Some(weakest), Some(a)) = (parameter.weakest(), &a) {
                prop_assert!(parameter.compare(a, &weakest).is_some_and(Ordering::is_ge), "{:?} {:?}", a, weakest);
            }
        }
    }

    #[test]
    fn words_of_different_chains_do_not_merge() {
        let all = parameters();
        let fork = all.iter().find(|parameter| parameter.name.value == "fork").unwrap();
        let given = |word: &str| Some(Value::text(word));
        let check = |a: &str, b: &str, expected: Option<&str>| {
            assert_eq!(fork.merge(&given(a), &given(b)), expected.map(given), "{a} {b}");
        };
        check("allow", "insist", Some("insist"));
        check("require", "forbid", None);
        check("other", "allow", None);
        assert_eq!(fork.merge(&None, &given("other")), Some(given("other")));
    }

    #[test]
    fn the_weakest_is_what_nobody_asks_for() {
        let weakest: Vec<String> = parameters()
            .iter()
            .map(|parameter| match parameter.weakest() {
                None => format!("{}: nothing", parameter.name.value),
                Some(None) => format!("{}: none", parameter.name.value),
                Some(Some(value)) => format!("{}: {value}", parameter.name.value),
            })
            .collect();
        let expected = [
            "strict: false",
            "loose: none",
            "same: nothing",
            "high: 0",
            "low: none",
            "chain: \"off\"",
            "fork: none",
            "more: []",
            "fewer: none",
        ];
        assert_eq!(weakest, expected);
    }
}
