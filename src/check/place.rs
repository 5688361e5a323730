//! Every place inside a value, with the vendor's key for it: a list's items, a dictionary's entries, and so on down.

use super::rule::Subject;
use crate::catalogue::KeyMatch;
use crate::catalogue::entry::{Key, Kind, Schema, Support};
use crate::setting::{Platform, Setting, Value};
use crate::source::{Span, Spanned};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// A value inside a setting, and the key that describes it.
pub(crate) struct Place<'a> {
    /// The vendor's key, with the keys above it and the file that states it.
    pub(crate) found: KeyMatch<'a>,
    /// The value.
    pub(crate) value: &'a Value,
    /// Where it is written.
    pub(crate) span: Span,
    /// The keys of the setting.
    keys: &'a [String],
    /// Its name from there: `[2].Allowed`; empty for the value itself.
    inner: String,
    /// See [`Place::support`].
    support: OnceCell<Option<Cow<'a, Support>>>,
}

impl<'a> Place<'a> {
    /// The value of a setting itself.
    fn of(setting: &'a Setting, found: &KeyMatch<'a>) -> Place<'a> {
        Place {
            found: found.clone(),
            value: &setting.value,
            span: setting.span,
            keys: setting.address.keys(),
            inner: String::new(),
            support: OnceCell::new(),
        }
    }

    /// Its name from the top of the payload: `Services.Camera[2].Allowed`. Only findings ask for it, and most settings have none.
    pub(crate) fn path(&self) -> String {
        self.keys.join(".") + &self.inner
    }

    /// Whether it stands somewhere inside another place of the same setting.
    pub(crate) fn is_below(&self, outer: &Place<'_>) -> bool {
        self.inner.strip_prefix(&outer.inner).is_some_and(|rest| rest.starts_with(['.', '[']))
    }

    /// Its availability on the group's platform; `None` where that does not have it.
    pub(crate) fn support(&self, platform: Platform) -> Option<&Support> {
        self.support.get_or_init(|| self.found.support(platform)).as_deref()
    }

    /// The types of payloads or assets to which a value may refer here. Apple states those of a list's items with the list.
    pub(crate) fn refers(&self) -> impl Iterator<Item = &'a str> {
        let of = |key: &'a Key| key.refers.iter().chain(&key.assettypes).map(String::as_str);
        let list = self.found.chain.iter().rev().nth(1).filter(|above| above.kind == Kind::Array);
        of(self.found.key).chain(list.into_iter().flat_map(move |list| of(list)))
    }

    /// The item of a list, counted from 1.
    fn item(&self, key: &'a Key, item: &'a Spanned<Value>, number: usize) -> Place<'a> {
        self.below(key, item, format!("{}[{number}]", self.inner))
    }

    /// The entry of a dictionary.
    fn entry(&self, key: &'a Key, name: &str, entry: &'a Spanned<Value>) -> Place<'a> {
        let mut inner = String::with_capacity(self.inner.len() + 1 + name.len());
        inner.push_str(&self.inner);
        inner.push('.');
        inner.push_str(name);
        self.below(key, entry, inner)
    }

    fn below(&self, key: &'a Key, value: &'a Spanned<Value>, inner: String) -> Place<'a> {
        let mut chain = Vec::with_capacity(self.found.chain.len() + 1);
        chain.extend_from_slice(&self.found.chain);
        chain.push(key);
        let span = if value.span.is_somewhere() { value.span } else { self.span };
        let found = KeyMatch { schema: self.found.schema, chain, key };
        Place { found, value: &value.value, span, keys: self.keys, inner, support: OnceCell::new() }
    }
}

/// A dictionary inside a setting, and the keys that it may have.
pub(crate) struct Dictionary<'p, 'a> {
    /// The place of the dictionary itself.
    pub(crate) place: &'p Place<'a>,
    /// The keys that the vendor knows there.
    pub(crate) keys: &'a [Key],
    /// What is written.
    pub(crate) entries: &'a BTreeMap<String, Spanned<Value>>,
}

/// The key for an entry of a dictionary: by its name, else `ANY`.
pub(crate) fn entry_key<'a>(keys: &'a [Key], name: &str) -> Option<&'a Key> {
    keys.iter().find(|key| key.name == name).or_else(|| keys.iter().find(|key| key.name == "ANY"))
}

/// The key for an item of an array: the alternative that fits it best, the first where several do.
pub(crate) fn item_key<'a>(schema: &'a Schema, array: &'a Key, item: &Value) -> Option<&'a Key> {
    let misfit = |key: &Key| match item {
        Value::Dictionary(entries) if key.kind == Kind::Dictionary => misfits(schema.below(key), entries),
        value if super::typing::fits(key.kind, value) => 0,
        _ => usize::MAX,
    };
    schema.below(array).iter().min_by_key(|key| misfit(key))
}

/// How much is wrong with a dictionary that has these keys. What tells the alternatives apart is a key with a list of values, as
/// `Item` does in the command `Settings`, so that weighs more than any number of names.
fn misfits(keys: &[Key], entries: &BTreeMap<String, Spanned<Value>>) -> usize {
    let missing = keys.iter().filter(|key| key.required && !entries.contains_key(&key.name)).count();
    let of_entries = entries.iter().map(|(name, entry)| match (entry_key(keys, name), &entry.value) {
        (None, _) => 1,
        (Some(key), Value::Plain(text) | Value::Text(text))
            if key.kind == Kind::String && !key.rangelist.is_empty() =>
        {
            if key.rangelist.contains(text) {
                0
            } else {
                1_000
            }
        }
        _ => 0,
    });
    missing + of_entries.sum::<usize>()
}

/// Every place in a setting's value as one vendor file sees it, the outermost first. Where the file knows no key, or the value has
/// another shape than the key's, the walk goes no deeper there.
pub(crate) fn places<'a>(setting: &'a Setting, found: &KeyMatch<'a>) -> Vec<Place<'a>> {
    let mut places = vec![Place::of(setting, found)];
    let mut next = 0;
    while next < places.len() {
        below(next, &mut places);
        next += 1;
    }
    places
}

/// Adds what stands directly in one of the places.
fn below(outer: usize, places: &mut Vec<Place<'_>>) {
    let place = &places[outer];
    let (schema, key) = (place.found.schema, place.found.key);
    match (key.kind, place.value) {
        (Kind::Array, Value::Array(items)) => {
            for (n, item) in items.iter().enumerate() {
                if let Some(key) = item_key(schema, key, &item.value) {
                    let inner = places[outer].item(key, item, n + 1);
                    places.push(inner);
                }
            }
        }
        (Kind::Dictionary, Value::Dictionary(entries)) => {
            for (name, entry) in entries {
                if let Some(key) = entry_key(schema.below(key), name) {
                    let inner = places[outer].entry(key, name, entry);
                    places.push(inner);
                }
            }
        }
        _ => {}
    }
}

/// Every dictionary among the places of a value whose keys the vendor lists.
pub(crate) fn dictionaries<'p, 'a>(places: &'p [Place<'a>]) -> impl Iterator<Item = Dictionary<'p, 'a>> {
    places.iter().filter_map(|place| match (place.found.key.kind, place.value) {
        (Kind::Dictionary, Value::Dictionary(entries)) => {
            let keys = place.found.schema.below(place.found.key);
            (!keys.is_empty()).then_some(Dictionary { place, keys, entries })
        }
        _ => None,
    })
}

impl Dictionary<'_, '_> {
    /// Where one of its names stands; without a place of its own, beside its value.
    pub(crate) fn name(&self, setting: &Setting, name: &str, entry: &Spanned<Value>) -> Span {
        let beside = if entry.span.is_somewhere() { entry.span } else { self.place.span };
        setting.names.inner_or(&format!("{}.{name}", self.place.path()), beside)
    }
}

/// What a rule finds in the places of a setting's value, where several vendor files state one key: what any of them accepts is right.
pub(crate) fn unless_one_accepts<'a, T>(subject: &Subject<'a>, judge: impl Fn(&[Place<'a>]) -> Vec<T>) -> Vec<T> {
    let mut first = None;
    for places in subject.places() {
        let verdicts = judge(places);
        if verdicts.is_empty() {
            return Vec::new();
        }
        first.get_or_insert(verdicts);
    }
    first.unwrap_or_default()
}

/// What a rule finds at each place of a setting's value.
pub(crate) fn at_each_place<'a, T>(subject: &Subject<'a>, judge: impl Fn(&Place<'a>) -> Option<T>) -> Vec<T> {
    unless_one_accepts(subject, |places| places.iter().filter_map(&judge).collect())
}
