//! Parameters: their types, and which side of each is stricter. That one fact merges clauses, judges exceptions and tells a reviewer
//! which way a change goes. Follows language.md §5, "Parameters".

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
            let (x, y): (BTreeSet<_>, BTreeSet<_>) = (x.iter().cloned().collect(), y.iter().cloned().collect());
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
                let sorted: BTreeSet<&String> = values.iter().collect();
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
        (a.iter().map(|x| &x.value).collect(), b.iter().map(|x| &x.value).collect());
    match (a.is_superset(&b), b.is_superset(&a)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    }
}
