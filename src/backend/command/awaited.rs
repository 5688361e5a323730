//! What a command needs and a policy does not say: keys that Apple requires and that only the server knows, such as a token that
//! unlocks one device (language.md §5).

use super::ADDS;
use crate::catalogue::entry::{Key, Schema};
use crate::catalogue::{Catalogue, KeyMatch, entry::Form};
use crate::encoding::plist::{Dictionary, Item};
use crate::setting::{OsVersion, Target};

/// The paths of the missing keys, in the order of Apple's file.
pub(super) fn of(catalogue: &Catalogue, target: &Target, owner: &str, command: &Dictionary) -> Vec<String> {
    let [schema] = catalogue.schemas(Form::Command, owner) else { return Vec::new() };
    let mut missing = Vec::new();
    below(&Level { schema, target, chain: Vec::new() }, &schema.keys, command, "", &mut missing);
    missing
}

/// What one of our files says that the server adds.
pub(in crate::backend) fn in_file(bytes: &[u8]) -> Vec<&str> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let named = text.split_once(ADDS).and_then(|(_, rest)| rest.split_once(". -->"));
    named.map(|(names, _)| names.split(", ").collect()).unwrap_or_default()
}

/// Where keys stand.
struct Level<'a> {
    schema: &'a Schema,
    target: &'a Target,
    chain: Vec<&'a Key>,
}

impl<'a> Level<'a> {
    fn inside(&self, key: &'a Key) -> Level<'a> {
        Level { chain: self.chain.iter().copied().chain([key]).collect(), ..*self }
    }

    /// Whether the group's devices have the key.
    fn has(&self, key: &'a Key) -> bool {
        let chain = self.inside(key).chain;
        let support = KeyMatch { schema: self.schema, chain, key }.support(self.target.platform.value);
        let introduced = |text: &str| OsVersion::parse(text).is_none_or(|version| version <= self.target.os.value);
        support.is_some_and(|support| support.introduced.as_deref().is_none_or(introduced))
    }
}

/// Bounded by the depth of the command.
fn below<'a>(level: &Level<'a>, keys: &'a [Key], given: &Dictionary, path: &str, missing: &mut Vec<String>) {
    for key in keys.iter().filter(|key| level.has(key)) {
        let path = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        let inside = level.inside(key);
        match given.get(&key.name) {
            None if key.required && key.name != "ANY" => missing.push(path),
            None => {}
            Some(Item::Dictionary(inner)) => below(&inside, level.schema.below(key), inner, &path, missing),
            Some(Item::Array(items)) => {
                for item in items {
                    missing.extend(of_item(&inside, level.schema.below(key), item, &path));
                }
            }
            Some(_) => {}
        }
    }
}

/// An item is of the kind that misses least of it.
fn of_item<'a>(level: &Level<'a>, kinds: &'a [Key], item: &Item, path: &str) -> Vec<String> {
    let Item::Dictionary(given) = item else { return Vec::new() };
    let fits = |kind: &&Key| {
        kind.subkeys.iter().all(|key| match given.get(&key.name) {
            Some(Item::Text(word)) => key.rangelist.is_empty() || key.rangelist.contains(word),
            _ => true,
        })
    };
    let lacks = |kind: &'a Key| {
        let mut missing = Vec::new();
        below(&level.inside(kind), level.schema.below(kind), given, path, &mut missing);
        missing
    };
    kinds.iter().filter(fits).map(lacks).min_by_key(Vec::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::sample::group;
    use crate::setting::Platform;

    fn check(owner: &str, command: Dictionary, expected: &[&str]) {
        assert_eq!(of(&Catalogue::embedded(), &group(Platform::Ios), owner, &command), expected, "{owner}");
    }

    #[test]
    fn what_is_required_and_not_given_is_listed_at_every_level() {
        check("ClearPasscode", Dictionary::new(), &["UnlockToken"]);
        check("EraseDevice", Dictionary::new(), &[]);
        check("Settings", Dictionary::new(), &["Settings"]);
        let item = |name: &str| ("Item".to_owned(), Item::Text(name.to_owned()));
        let of = |items: Vec<(String, Item)>| {
            Dictionary::from_iter([(
                "Settings".to_owned(),
                Item::array([Item::Dictionary(items.into_iter().collect())]),
            )])
        };
        check("Settings", of(vec![item("PersonalHotspot")]), &["Settings.Enabled"]);
        check("Settings", of(vec![item("PersonalHotspot"), ("Enabled".to_owned(), Item::Boolean(false))]), &[]);
        check("Settings", of(vec![item("DeviceName")]), &["Settings.DeviceName"]);
        assert_eq!(in_file(b"<!-- For the server to send, which adds: a, b.c. -->"), ["a", "b.c"]);
        assert_eq!(in_file(b"<plist/>"), [""; 0]);
    }
}
