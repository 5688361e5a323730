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
    /// Its name from the top of the payload: `Services.Camera[2].Allowed`.
    pub(crate) path: String,
    /// See [`Place::support`].
    support: OnceCell<Option<Cow<'a, Support>>>,
}

impl<'a> Place<'a> {
    fn new(found: KeyMatch<'a>, value: &'a Value, span: Span, path: String) -> Place<'a> {
        Place { found, value, span, path, support: OnceCell::new() }
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

    /// A place below this one.
    fn inner(&self, key: &'a Key, value: &'a Spanned<Value>, path: String) -> Place<'a> {
        let chain = self.found.chain.iter().copied().chain([key]).collect();
        let span = if value.span.is_somewhere() { value.span } else { self.span };
        Place::new(KeyMatch { schema: self.found.schema, chain, key }, &value.value, span, path)
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
    let path = setting.address.keys().join(".");
    let mut places = vec![Place::new(found.clone(), &setting.value, setting.span, path)];
    let mut next = 0;
    while let Some(place) = places.get(next) {
        let inner = below(place);
        places.extend(inner);
        next += 1;
    }
    places
}

fn below<'a>(place: &Place<'a>) -> Vec<Place<'a>> {
    let (schema, key) = (place.found.schema, place.found.key);
    match (key.kind, place.value) {
        (Kind::Array, Value::Array(items)) => items
            .iter()
            .enumerate()
            .filter_map(|(n, item)| {
                let key = item_key(schema, key, &item.value)?;
                Some(place.inner(key, item, format!("{}[{}]", place.path, n + 1)))
            })
            .collect(),
        (Kind::Dictionary, Value::Dictionary(entries)) => entries
            .iter()
            .filter_map(|(name, entry)| {
                let key = entry_key(schema.below(key), name)?;
                Some(place.inner(key, entry, format!("{}.{name}", place.path)))
            })
            .collect(),
        _ => Vec::new(),
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
        setting.names.inner_or(&format!("{}.{name}", self.place.path), beside)
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
