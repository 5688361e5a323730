//! Nested dictionaries → settings, one for each leaf: what the readers of Apple's formats share.

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
    pub(super) fn all(&mut self, address: &Address, keys: BTreeMap<String, Value>) -> Result<(), Unreadable> {
        if keys.is_empty() {
            self.settings.push(Setting::found(address.clone(), Value::Dictionary(BTreeMap::new())));
        }
        keys.into_iter().try_for_each(|(key, value)| self.below(address, &mut vec![key], value))
    }

    /// Bounded by the depth that the readers allow.
    fn below(&mut self, address: &Address, path: &mut Vec<String>, value: Value) -> Result<(), Unreadable> {
        match value {
            Value::Dictionary(inner) if !inner.is_empty() => {
                for (key, Spanned { value, .. }) in inner {
                    path.push(key);
                    self.below(address, path, value)?;
                    path.pop();
                }
            }
            leaf => {
                let names = address.owner.len() + address.instance.as_ref().map_or(0, String::len);
                let size = names + path.iter().map(|key| key.len() + size_of::<String>()).sum::<usize>();
                self.budget = self.budget.checked_sub(size).ok_or_else(|| {
                    (address.owner.clone(), "its keys are too long and too many to be read".to_owned())
                })?;
                let address = Address { leaf: Leaf::Keys(path.clone()), ..address.clone() };
                self.settings.push(Setting::found(address, leaf));
            }
        }
        Ok(())
    }
}
