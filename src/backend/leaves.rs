//! Nested dictionaries ⇄ settings, one for each leaf: what the writers and the readers of Apple's formats share.

use super::Unreadable;
use crate::setting::{Address, Leaf, Setting, Value};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// Bytes of all addresses of a file together. An address repeats the names above its leaf, so that a small file of long names could
/// hold more of them than memory does.
const MAX_ADDRESSES: usize = 256 << 20;

/// The settings of one file, as they are found.
pub(super) struct Leaves {
    pub(super) settings: Vec<Setting>,
    /// Bytes of addresses that may still be made.
    budget: usize,
}

impl Leaves {
    pub(super) fn new() -> Leaves {
        Leaves { settings: Vec::new(), budget: MAX_ADDRESSES }
    }

    /// The settings of one payload or declaration: depth first in the order of the keys. One without keys is a setting all the same.
    pub(super) fn all(&mut self, address: &Address, keys: BTreeMap<String, Spanned<Value>>) -> Result<(), Unreadable> {
        if keys.is_empty() {
            self.whole(address);
        }
        let mut way = Vec::new();
        keys.into_iter().try_for_each(|(key, value)| self.below(address, &mut way, (key, value)))
    }

    /// Bounded by the depth that the readers allow.
    fn below(
        &mut self,
        address: &Address,
        way: &mut Vec<String>,
        (key, value): (String, Spanned<Value>),
    ) -> Result<(), Unreadable> {
        match value.value {
            Value::Dictionary(inner) if !inner.is_empty() => {
                way.push(key);
                inner.into_iter().try_for_each(|entry| self.below(address, way, entry))?;
                way.pop();
                Ok(())
            }
            leaf => self.leaf(address, (way, key), Spanned::new(leaf, value.span)),
        }
    }

    /// What has no keys.
    pub(super) fn whole(&mut self, address: &Address) {
        self.settings.push(Setting::found(address.clone(), Value::Dictionary(BTreeMap::new())));
    }

    /// One leaf: the keys above it, and its own.
    pub(super) fn leaf(
        &mut self,
        address: &Address,
        (way, key): (&[String], String),
        value: Spanned<Value>,
    ) -> Result<(), Unreadable> {
        let names = address.owner.len() + address.instance.as_ref().map_or(0, String::len);
        let keys = way.iter().chain([&key]).map(|key| key.len() + size_of::<String>());
        self.budget = self
            .budget
            .checked_sub(names + keys.sum::<usize>())
            .ok_or_else(|| (address.owner.clone(), "its keys are too long and too many to be read".to_owned()))?;
        let mut keys = Vec::with_capacity(way.len() + 1);
        keys.extend_from_slice(way);
        keys.push(key);
        let address = Address {
            leaf: Leaf::Keys(keys),
            owner: address.owner.clone(),
            instance: address.instance.clone(),
            ..*address
        };
        self.settings.push(Setting { span: value.span, ..Setting::found(address, value.value) });
        Ok(())
    }
}

/// What a format nests: values by their keys, and levels of such inside one another.
pub(super) trait Nested: PartialEq + Sized {
    /// Values by their keys.
    type Level;
    /// A level without a key.
    fn empty() -> Self;
    /// The level that this value is.
    fn level(&mut self) -> Option<&mut Self::Level>;
    /// The value at a key, a new one where there is none.
    fn entry(level: &mut Self::Level, key: String, new: impl FnOnce() -> Self) -> &mut Self;
}

/// Puts a value at the end of its key path, making the levels on the way. Without keys only what holds the level is asked for.
pub(super) fn insert<T: Nested>(level: &mut T::Level, keys: &[String], value: T) -> Result<(), String> {
    let Some((last, way)) = keys.split_last() else { return Ok(()) };
    let mut inner = level;
    for key in way {
        let below = T::entry(inner, key.clone(), T::empty).level();
        inner = below.ok_or_else(|| format!("`{key}` has a value and keys below it"))?;
    }
    let mut value = Some(value);
    let there = T::entry(inner, last.clone(), || value.take().expect("internal: one entry takes one value"));
    match value {
        None => Ok(()),
        // An empty dictionary asks only that there be one.
        Some(value) if value == T::empty() && there.level().is_some() => Ok(()),
        Some(_) => Err(format!("`{last}` is written twice")),
    }
}
