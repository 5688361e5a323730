//! Parameters: their types, and which side of each is stricter. That one fact merges clauses, judges exceptions and tells a reviewer
//! which way a change goes. Follows language.md §5, "Parameters".

use crate::setting::{Platform, Value};
use crate::source::Spanned;

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
