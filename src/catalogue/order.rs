//! How strict two values of one address are beside each other. The only notion of that order: what meets in `check` and what
//! changes in `compare` are judged alike.

use crate::gather::Gather;
use crate::setting::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Which side of an address is stricter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// The larger number, `true` before `false`.
    Higher,
    /// The smaller number, `false` before `true`.
    Lower,
    /// The smaller number, but 0 is no limit and so the weakest.
    LowerZeroUnlimited,
    /// The larger number, but 0 is no limit and so the weakest.
    HigherZeroUnlimited,
    /// A list of what is allowed: fewer is stricter, two meet in what they share.
    SmallerSet,
    /// A list of what is forbidden: more is stricter, two meet in their union.
    LargerSet,
    /// Chains of values, each from the weakest to the strictest; values of different chains have no order.
    Order(Vec<Vec<String>>),
    /// Either may be wanted: what meets must be equal.
    Neutral,
}

/// What holds where nothing is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unset {
    /// This value: the vendor's default, or what the table says.
    Value(Value),
    /// Nothing is limited.
    Weakest,
    /// As much as the strictest value says: a list of what is allowed beyond is empty.
    Strictest,
    /// It depends: on the device, or on what is set beside it.
    Unknown,
}

/// Which side of one address is stricter, and what it takes to compare two of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The order of its values.
    pub stricter: Polarity,
    /// What holds where nothing is set.
    pub unset: Unset,
    /// Who says so: a reason and its source, or the vendor's own words.
    pub from: String,
    /// Whether a list is written as one text, as Microsoft's are: an empty one allows whatever no list would.
    pub(crate) is_text: bool,
    /// Values between which all others are, as far as the vendor says: the ends of a range, or every value of a list.
    pub(crate) ends: Vec<Value>,
}

impl Polarity {
    const WORDS: [(&'static str, Polarity); 7] = [
        ("higher", Polarity::Higher),
        ("lower", Polarity::Lower),
        ("lower-zero-unlimited", Polarity::LowerZeroUnlimited),
        ("higher-zero-unlimited", Polarity::HigherZeroUnlimited),
        ("smaller-set", Polarity::SmallerSet),
        ("larger-set", Polarity::LargerSet),
        ("neutral", Polarity::Neutral),
    ];

    /// As the table writes it: a word, or chains of values.
    pub(crate) fn read(words: &[String]) -> Polarity {
        let word = |word: &String| Polarity::WORDS.iter().find(|(known, _)| known == word);
        match words {
            [one] if word(one).is_some() => word(one).map_or(Polarity::Neutral, |(_, polarity)| polarity.clone()),
            chains => {
                Polarity::Order(chains.iter().map(|chain| chain.split(" < ").map(str::to_owned).collect()).collect())
            }
        }
    }

    /// The word for it, or `weakest < … < strictest`, in the curated table and in output.
    pub fn words(&self) -> String {
        match self {
            Polarity::Order(chains) => chains.iter().map(|chain| chain.join(" < ")).collect::<Vec<_>>().join(", "),
            word => Polarity::WORDS.iter().find(|(_, known)| known == word).map_or("", |(word, _)| word).to_owned(),
        }
    }

    /// How strict `a` is beside `b`: `Greater` where it is the stricter. `None` where the two cannot be compared.
    pub fn compare(&self, a: &Value, b: &Value) -> Option<Ordering> {
        let unlimited = |value: &Value| number(value).is_some_and(|number| number == 0.0);
        match self {
            Polarity::Higher => scalars(a, b),
            Polarity::Lower => scalars(b, a),
            Polarity::LowerZeroUnlimited | Polarity::HigherZeroUnlimited => match (unlimited(a), unlimited(b)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => number(b).map(|_| Ordering::Less),
                (false, true) => number(a).map(|_| Ordering::Greater),
                (false, false) if *self == Polarity::LowerZeroUnlimited => scalars(b, a),
                (false, false) => scalars(a, b),
            },
            Polarity::SmallerSet => inclusion(&members(b)?, &members(a)?),
            Polarity::LargerSet => inclusion(&members(a)?, &members(b)?),
            Polarity::Order(chains) => {
                let (a, b) = (word(a)?, word(b)?);
                let place = |chain: &[String], word: &str| chain.iter().position(|other| other == word);
                chains.iter().find_map(|chain| Some(place(chain, &a)?.cmp(&place(chain, &b)?)))
            }
            Polarity::Neutral => None,
        }
    }
}

/// What one side of a comparison amounts to.
enum Standing<'a> {
    Value(&'a Value),
    Weakest,
    Strictest,
    Unknown,
}

impl Side {
    /// How strict `a` is beside `b`, where `None` is nothing set. `None` where nobody can tell.
    pub fn compare(&self, a: Option<&Value>, b: Option<&Value>) -> Option<Ordering> {
        match (self.standing(a), self.standing(b)) {
            (Standing::Value(a), Standing::Value(b)) => self.stricter.compare(a, b),
            (Standing::Value(a), open) => self.beside(a, &open),
            (open, Standing::Value(b)) => self.beside(b, &open).map(Ordering::reverse),
            // Only one thing holds where nothing is set.
            _ => Some(Ordering::Equal),
        }
    }

    /// The items of a list, for those that are compared item by item: `None` for other values, and for no list at all where that
    /// is no limit.
    pub fn members(&self, value: Option<&Value>) -> Option<BTreeSet<Value>> {
        match (&self.stricter, self.standing(value)) {
            (Polarity::SmallerSet | Polarity::LargerSet, Standing::Value(value)) => members(value),
            (Polarity::SmallerSet, Standing::Strictest) | (Polarity::LargerSet, Standing::Weakest) => {
                Some(BTreeSet::new())
            }
            _ => None,
        }
    }

    fn standing<'a>(&'a self, value: Option<&'a Value>) -> Standing<'a> {
        let is_empty = |value: &Value| members(value).is_some_and(|items| items.is_empty());
        let no_list = self.is_text && self.stricter == Polarity::SmallerSet && self.unset == Unset::Weakest;
        match (value.filter(|value| !no_list || !is_empty(value)), &self.unset) {
            (Some(value), _) | (None, Unset::Value(value)) => Standing::Value(value),
            (None, Unset::Weakest) => Standing::Weakest,
            (None, Unset::Strictest) => Standing::Strictest,
            (None, Unset::Unknown) => Standing::Unknown,
        }
    }

    /// How strict a value is beside what holds where nothing is set.
    fn beside(&self, value: &Value, open: &Standing<'_>) -> Option<Ordering> {
        // Only for a value that has a place in the order.
        self.stricter.compare(value, value)?;
        match open {
            Standing::Weakest if self.is_end(value, Ordering::Less) => Some(Ordering::Equal),
            Standing::Weakest => Some(Ordering::Greater),
            Standing::Strictest if self.is_end(value, Ordering::Greater) => Some(Ordering::Equal),
            Standing::Strictest => Some(Ordering::Less),
            Standing::Unknown | Standing::Value(_) => None,
        }
    }

    /// Whether no value is weaker (`Less`), or stricter (`Greater`).
    fn is_end(&self, value: &Value, end: Ordering) -> bool {
        let none = || members(value).is_some_and(|items| items.is_empty());
        match self.stricter {
            Polarity::SmallerSet => end == Ordering::Greater && none(),
            Polarity::LargerSet => end == Ordering::Less && none(),
            _ => {
                let beyond = |other: &Value| {
                    let order = self.stricter.compare(value, other);
                    order == Some(end) || order == Some(Ordering::Equal)
                };
                !self.ends.is_empty() && self.ends.iter().all(beyond)
            }
        }
    }
}

/// `Greater` where `a` holds all that `b` holds, and more.
fn inclusion(a: &BTreeSet<Value>, b: &BTreeSet<Value>) -> Option<Ordering> {
    match (a.is_superset(b), b.is_superset(a)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    }
}

fn members(value: &Value) -> Option<BTreeSet<Value>> {
    match value {
        Value::Array(items) => Some(items.iter().map(|item| item.value.clone()).gather()),
        Value::Text(text) if text.is_empty() => Some(BTreeSet::new()),
        _ => None,
    }
}

fn scalars(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        _ => number(a)?.partial_cmp(&number(b)?),
    }
}

/// The number that a value is: chosen items of ADMX lists are numbers in text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(number.get()),
        Value::Text(text) => text.parse::<i64>().ok().map(|number| number as f64),
        _ => None,
    }
}

/// A value as chains write it.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(_) | Value::Boolean(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(stricter: &str, unset: Unset) -> Side {
        let chains: Vec<String> = stricter.split(", ").map(str::to_owned).collect();
        let ends = vec![Value::Integer(0), Value::Integer(9)];
        Side { stricter: Polarity::read(&chains), unset, from: String::new(), is_text: false, ends }
    }

    fn check(stricter: &str, a: Option<Value>, b: Option<Value>, unset: Unset, expected: Option<Ordering>) {
        let side = side(stricter, unset);
        assert_eq!(side.stricter.words(), stricter);
        assert_eq!(side.compare(a.as_ref(), b.as_ref()), expected, "{stricter}: {a:?} beside {b:?}");
        let mirrored = side.compare(b.as_ref(), a.as_ref());
        assert_eq!(mirrored, expected.map(Ordering::reverse), "{stricter}: {b:?} beside {a:?}");
    }

    fn whole(number: i128) -> Option<Value> {
        Some(Value::Integer(number))
    }

    fn list(items: &str) -> Option<Value> {
        Some(Value::array(items.split_whitespace().map(Value::text)))
    }

    #[test]
    fn nothing_is_the_weakest_limit() {
        let numbers = |side, a, b, expected| check(side, whole(a), whole(b), Unset::Weakest, Some(expected));
        numbers("lower-zero-unlimited", 5, 10, Ordering::Greater);
        numbers("lower-zero-unlimited", 0, 10, Ordering::Less);
        numbers("lower-zero-unlimited", 0, 0, Ordering::Equal);
        numbers("higher-zero-unlimited", 5, 10, Ordering::Less);
        numbers("higher-zero-unlimited", 0, 1, Ordering::Less);
        numbers("lower", 0, 10, Ordering::Greater);
        check("neutral", whole(1), whole(2), Unset::Weakest, None);
        check("higher", whole(1), Some(Value::text("x")), Unset::Weakest, None);
    }

    #[test]
    fn chains_put_values_in_order_where_they_share_one() {
        let words = |a, b, expected| check("0 < 2 < 1, 0 < 3", whole(a), whole(b), Unset::Weakest, expected);
        words(1, 2, Some(Ordering::Greater));
        words(0, 3, Some(Ordering::Less));
        words(1, 3, None);
        words(1, 7, None);
        let text = |word: &str| Some(Value::text(word));
        check("off < on", text("on"), text("off"), Unset::Weakest, Some(Ordering::Greater));
        check(
            "true < false",
            Some(Value::Boolean(false)),
            Some(Value::Boolean(true)),
            Unset::Weakest,
            Some(Ordering::Greater),
        );
    }

    #[test]
    fn lists_are_compared_by_what_they_hold() {
        let lists = |side, a, b, expected| check(side, list(a), list(b), Unset::Weakest, expected);
        lists("smaller-set", "a", "a b", Some(Ordering::Greater));
        lists("larger-set", "a", "a b", Some(Ordering::Less));
        lists("larger-set", "a b", "b a", Some(Ordering::Equal));
        lists("smaller-set", "a", "b", None);
        check("smaller-set", list("a"), list(""), Unset::Weakest, Some(Ordering::Less));
        check("smaller-set", list("a"), Some(Value::text("")), Unset::Strictest, Some(Ordering::Less));
    }

    #[test]
    fn an_empty_text_is_no_list() {
        let text = Side { is_text: true, ..side("smaller-set", Unset::Weakest) };
        for none in [list(""), Some(Value::text("")), None] {
            assert_eq!(text.compare(list("a").as_ref(), none.as_ref()), Some(Ordering::Greater), "{none:?}");
        }
    }

    #[test]
    fn nothing_set_counts_as_the_default_or_the_weakest() {
        check("higher", whole(5), None, Unset::Weakest, Some(Ordering::Greater));
        check("higher", whole(0), None, Unset::Weakest, Some(Ordering::Equal));
        check("lower", whole(9), None, Unset::Weakest, Some(Ordering::Equal));
        check("higher", whole(5), None, Unset::Value(Value::Integer(7)), Some(Ordering::Less));
        check("higher", whole(5), None, Unset::Strictest, Some(Ordering::Less));
        check("higher", whole(5), None, Unset::Unknown, None);
        check("higher", Some(Value::text("x")), None, Unset::Weakest, None);
        check("smaller-set", list("a b"), None, Unset::Weakest, Some(Ordering::Greater));
        check("smaller-set", list("a b"), None, Unset::Strictest, Some(Ordering::Less));
        check("smaller-set", list(""), None, Unset::Strictest, Some(Ordering::Equal));
        check("larger-set", list(""), None, Unset::Weakest, Some(Ordering::Equal));
        check("larger-set", list("a"), None, Unset::Weakest, Some(Ordering::Greater));
    }
}
