//! Preferences that are set once, and that users may change afterwards. Only the container of managed preferences says that
//! (`Set-Once`, `Often`), so that they go back into one: a payload `com.apple.ManagedClient.preferences` for each domain.

use super::slug;
use crate::gather::Gather;
use crate::reader::Item;
use crate::setting::{Address, Channel, Leaf, Value};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// The payload type of the container.
const CONTAINER: &str = "com.apple.ManagedClient.preferences";
/// The keys of one list of the container.
const SETTINGS: &str = "mcx_preference_settings";

/// A domain and an occurrence of it, its channel, and how strongly its list holds.
type List = (String, Option<String>, Channel, String);
/// A key path with its value.
type Entry = (Vec<String>, Value, Span);

/// The preferences of one file.
#[derive(Default)]
pub(super) struct Once {
    lists: BTreeMap<List, Vec<Entry>>,
}

impl Once {
    pub(super) fn add(&mut self, item: &Item) {
        // `PayloadContent[0].PayloadContent.com.example.app.Set-Once[0].…`
        let strength = if item.place.contains(".Often[") { "Often" } else { "Set-Once" };
        let Address { owner, instance, channel, .. } = &item.setting.address;
        let list = self.lists.entry((owner.clone(), instance.clone(), *channel, strength.to_owned())).or_default();
        list.push((item.setting.address.keys().to_vec(), item.setting.value.clone(), item.setting.span));
    }

    /// A setting for each domain: the list of its keys, in a container of its own.
    pub(super) fn pieces(self) -> Vec<(Address, Value, Span)> {
        let one = |((domain, instance, channel, strength), keys): (List, Vec<Entry>)| {
            let span = keys.first().map_or(Span::NOWHERE, |(_, _, span)| *span);
            let mut own = Value::Dictionary(BTreeMap::new());
            keys.into_iter().for_each(|(path, value, _)| nest(&mut own, &path, value));
            let list = Value::Dictionary([(SETTINGS.to_owned(), Spanned::nowhere(own))].into_iter().gather());
            let name = instance.filter(|name| !name.starts_with('#')).map_or(String::new(), |name| format!("-{name}"));
            let address = Address {
                owner: CONTAINER.to_owned(),
                instance: Some(slug(&format!("{domain}{name}"), "preferences")),
                channel,
                family: crate::setting::Family::Profile,
                leaf: Leaf::Keys(vec!["PayloadContent".to_owned(), domain, strength]),
            };
            (address, Value::array([list]), span)
        };
        self.lists.into_iter().map(one).collect()
    }
}

/// A value at the end of its key path.
fn nest(level: &mut Value, keys: &[String], value: Value) {
    let (Value::Dictionary(entries), [first, rest @ ..]) = (level, keys) else { return };
    let inner = entries.entry(first.clone()).or_insert_with(|| Spanned::nowhere(Value::Dictionary(BTreeMap::new())));
    match rest {
        [] => inner.value = value,
        rest => nest(&mut inner.value, rest, value),
    }
}
