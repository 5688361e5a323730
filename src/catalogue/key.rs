//! Looking up the keys of Apple's payloads, declarations and commands (`subkeys` in Apple's `docs/schema.md`).
//!
//! A path is made of the names of dictionary keys. An array is one value: nothing in it has an address.

use super::entry::{Form, Key, Kind, Levels, Schema};
use super::image::{Image, types};
use super::{Catalogue, KeyLookup, KeyMatch};
use crate::diagnostic::nearest::nearest;

/// The payload type whose keys every payload has.
pub(crate) const COMMON: &str = "CommonPayloadKeys";
/// No path of Apple's is longer; what is longer goes round in one that refers to itself.
const DEEPEST: usize = 64;
/// How many places of a name are worth telling.
const PLACES: usize = 5;

impl Schema {
    /// The keys below one of this file's keys, those of an enclosing level where Apple's file refers back to it.
    pub fn below<'a>(&'a self, key: &'a Key) -> &'a [Key] {
        let Some(path) = &key.same_as else { return &key.subkeys };
        let mut level = self.keys.as_slice();
        for name in path {
            match level.iter().find(|key| key.name == *name) {
                Some(key) => level = &key.subkeys,
                None => return &[],
            }
        }
        level
    }
}

impl Catalogue {
    /// The files of one type, in the order of their names; empty where there is none. `TopLevel` is the profile itself.
    pub fn schemas(&self, form: Form, name: &str) -> &[Schema] {
        match self.type_row(form, name) {
            Some(row) => self.schemas_of(row),
            None => &[],
        }
    }

    /// All type names of a form, sorted.
    pub fn names(&self, form: Form) -> Vec<&str> {
        self.type_rows(form).map(|row| self.type_name(row)).collect()
    }

    /// Looks a key path up. An empty path asks for the owner alone: `Found`, with no match in it (see `schemas`).
    ///
    /// The keys that every payload has are found in any payload.
    pub fn key(&self, form: Form, owner: &str, path: &[String]) -> KeyLookup<'_> {
        let Some(row) = self.type_row(form, owner) else { return self.unknown_owner(form, owner) };
        match self.follow_all((form, owner), self.schemas_of(row), path) {
            Ok(found) => KeyLookup::Found(found),
            Err(reached) => self.unknown_key(row, path, reached),
        }
    }

    /// As [`Catalogue::key`], for those who do not ask what may have been meant: that takes as long as thousands of keys that are found.
    pub(crate) fn known_key(&self, form: Form, owner: &str, path: &[String]) -> Option<Vec<KeyMatch<'_>>> {
        self.known_key_of((form, owner), self.schemas(form, owner), path)
    }

    /// The same for those who have the files of the type already.
    pub(crate) fn known_key_of<'a>(
        &'a self,
        of: (Form, &str),
        schemas: &'a [Schema],
        path: &[String],
    ) -> Option<Vec<KeyMatch<'a>>> {
        if schemas.is_empty() { None } else { self.follow_all(of, schemas, path).ok() }
    }

    /// The keys at a path in all files of a type, or how far the path was followed.
    fn follow_all<'a>(
        &'a self,
        (form, owner): (Form, &str),
        schemas: &'a [Schema],
        path: &[String],
    ) -> Result<Vec<KeyMatch<'a>>, usize> {
        let mut found = Vec::new();
        let mut reached = 0;
        for schema in schemas.iter().chain(self.common(form, owner)) {
            let (depth, matches) = follow(schema, path);
            reached = reached.max(depth);
            found.extend(matches);
        }
        if path.is_empty() || !found.is_empty() { Ok(found) } else { Err(reached) }
    }

    /// The file of the keys that every payload has, for a payload; the profile itself and `CommonPayloadKeys` have their own.
    pub(crate) fn common(&self, form: Form, owner: &str) -> &[Schema] {
        if form != Form::Profile || owner == "TopLevel" || owner == COMMON {
            return &[];
        }
        let row = *self.common.get_or_init(|| self.type_row(form, COMMON));
        row.map_or(&[], |row| self.schemas_of(row))
    }

    pub(crate) fn type_rows(&self, form: Form) -> impl Iterator<Item = usize> + use<> {
        let rows = self.types;
        let start = rows.partition_point(|row| rows.get(row, types::FORM) < form as u32);
        (start..rows.len()).take_while(move |row| rows.get(*row, types::FORM) == form as u32)
    }

    pub(crate) fn type_name(&self, row: usize) -> &'static str {
        self.image.text(self.types.get(row, types::NAME))
    }

    pub(crate) fn type_row(&self, form: Form, name: &str) -> Option<usize> {
        let key = |row| (self.types.get(row, types::FORM), self.image.bytes(self.types.get(row, types::NAME)));
        let wanted = (form as u32, name.as_bytes());
        let row = self.types.partition_point(|row| key(row) < wanted);
        (row < self.types.len() && key(row) == wanted).then_some(row)
    }

    pub(crate) fn schemas_of(&self, row: usize) -> &[Schema] {
        let read = || {
            let mut files: Vec<Schema> = self.image.record(self.types.get(row, types::SCHEMAS));
            let mut places = self.image.places(self.types.get(row, types::LEVELS));
            for keys in files.iter_mut().flat_map(|file| [&mut file.keys, &mut file.response]) {
                give_levels(keys, self.image, &mut places);
            }
            files
        };
        self.schemas.get(row).map(|files| files.get_or_init(read).as_slice()).unwrap_or_default()
    }

    fn unknown_owner(&self, form: Form, owner: &str) -> KeyLookup<'static> {
        let names: Vec<&str> = self.type_rows(form).map(|row| self.type_name(row)).collect();
        let case = names.iter().find(|name| name.eq_ignore_ascii_case(owner)).map(|name| (*name).to_owned());
        KeyLookup::UnknownOwner { nearest: without(nearest(owner, names), &case), case }
    }

    fn unknown_key(&self, row: usize, path: &[String], depth: usize) -> KeyLookup<'_> {
        let wrong = path[depth].as_str();
        let form = self.schemas_of(row).first().map_or(Form::Profile, |schema| schema.form);
        let owner = self.type_name(row);
        let mut names: Vec<&str> = Vec::new();
        for schema in self.schemas_of(row).iter().chain(self.common(form, owner)) {
            if depth == 0 {
                names.extend(schema.keys.iter().map(|key| key.name.as_str()));
            }
            for found in follow(schema, &path[..depth]).1.iter().filter(|found| found.key.kind == Kind::Dictionary) {
                names.extend(schema.below(found.key).iter().map(|key| key.name.as_str()));
            }
        }
        // A known name is wrong only where the path is deeper than any: then there is nothing to offer.
        names.retain(|name| *name != wrong);
        let case = names.iter().find(|name| name.eq_ignore_ascii_case(wrong)).map(|name| (*name).to_owned());
        let mut elsewhere = self.places(form, row, wrong);
        if elsewhere.is_empty() {
            elsewhere = path.last().map(|last| self.places(form, row, last)).unwrap_or_default();
        }
        KeyLookup::UnknownKey { depth, nearest: without(nearest(wrong, names), &case), case, elsewhere }
    }

    /// Where a name is a key: in the type of `row` first, then in others of the form.
    fn places(&self, form: Form, row: usize, name: &str) -> Vec<(String, Vec<String>)> {
        let others = self.type_rows(form).filter(|other| *other != row);
        let mut places: Vec<(String, Vec<String>)> = Vec::new();
        for other in std::iter::once(row).chain(others) {
            for schema in self.schemas_of(other) {
                let mut paths = Vec::new();
                named(&schema.keys, name, &mut Vec::new(), &mut paths);
                places.extend(paths.into_iter().map(|path| (self.type_name(other).to_owned(), path)));
            }
        }
        places.dedup();
        places.truncate(PLACES);
        places
    }
}

/// Gives keys what they say of availability, which is read when somebody asks.
fn give_levels(keys: &mut [Key], image: Image, places: &mut dyn Iterator<Item = u32>) {
    for key in keys {
        if let Some(place) = places.next() {
            key.support = Levels::later(move || image.record(place));
        }
        give_levels(&mut key.subkeys, image, places);
    }
}

/// The names, without the one that differs in letter case alone.
fn without(names: Vec<&str>, case: &Option<String>) -> Vec<String> {
    names.into_iter().filter(|name| case.as_deref() != Some(name)).map(str::to_owned).collect()
}

/// Follows a path through one file: how many of its names are known, and, if all are, every chain of keys that they name.
fn follow<'a>(schema: &'a Schema, path: &[String]) -> (usize, Vec<KeyMatch<'a>>) {
    let mut chain: Vec<&'a Key> = Vec::new();
    for (depth, name) in path.iter().enumerate() {
        let mut keys = step(schema, chain.last().copied(), name);
        match (keys.next(), keys.next()) {
            (Some(key), None) if depth < DEEPEST => chain.push(key),
            (Some(_), Some(_)) => return follow_all_ways(schema, path),
            _ => return (depth, Vec::new()),
        }
    }
    let found = chain.last().copied().map(|key| KeyMatch { schema, chain, key });
    (path.len(), found.into_iter().collect())
}

/// The same where a level has several keys of one name.
fn follow_all_ways<'a>(schema: &'a Schema, path: &[String]) -> (usize, Vec<KeyMatch<'a>>) {
    let mut chains: Vec<Vec<&'a Key>> = vec![Vec::new()];
    for (depth, name) in path.iter().enumerate() {
        let mut longer = Vec::new();
        for chain in &chains {
            for key in step(schema, chain.last().copied(), name) {
                longer.push(chain.iter().copied().chain([key]).collect());
            }
        }
        if longer.is_empty() || depth >= DEEPEST {
            return (depth, Vec::new());
        }
        chains = longer;
    }
    let matches = chains.into_iter().filter_map(|chain| {
        let key = *chain.last()?;
        Some(KeyMatch { schema, chain, key })
    });
    (path.len(), matches.collect())
}

/// The keys that `name` means below `key`, or at the top of the file: a fixed name before one that takes any. Below an `<any>`
/// without subkeys everything is `<any>`.
fn step<'a, 'n>(
    schema: &'a Schema,
    key: Option<&'a Key>,
    name: &'n str,
) -> impl Iterator<Item = &'a Key> + use<'a, 'n> {
    let (level, is_any): (&[Key], bool) = match key {
        None => (&schema.keys, false),
        Some(key) if key.kind == Kind::Dictionary => (schema.below(key), false),
        Some(key) if key.kind == Kind::Any && schema.below(key).is_empty() => (std::slice::from_ref(key), true),
        Some(_) => (&[], false),
    };
    let first = level.iter().position(|key| is_any || key.name == name);
    let wanted = if first.is_some() { name } else { "ANY" };
    level[first.unwrap_or_default()..].iter().filter(move |key| is_any || key.name == wanted)
}

/// The paths of the keys that are called `name` in one file. Levels that repeat an enclosing one are not entered again.
fn named<'a>(keys: &'a [Key], name: &str, above: &mut Vec<&'a str>, places: &mut Vec<Vec<String>>) {
    for key in keys {
        above.push(&key.name);
        if key.name == name {
            places.push(above.iter().map(|name| (*name).to_owned()).collect());
        }
        if key.kind == Kind::Dictionary {
            named(&key.subkeys, name, above, places);
        }
        above.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::setting::Platform;

    const FILES: &str = r#"[
        {"type": "com.example.wifi", "form": "profile", "title": "Wi-Fi", "source": {"file": "a.yaml", "release": "test"},
         "supportedOS": {"iOS": {"introduced": "4.0", "supervised": false, "userchannel": false,
                                 "sharedipad": {"mode": "allowed", "devicechannel": true}},
                         "macOS": {"introduced": "10.7"}, "tvOS": {"introduced": "n/a"}},
         "payloadkeys": [
            {"key": "Name", "type": "string"},
            {"key": "Proxy", "type": "dictionary",
             "supportedOS": {"iOS": {"introduced": "9.0", "sharedipad": {"mode": "forbidden"}}, "macOS": {"introduced": "n/a"},
                             "tvOS": {"introduced": "13.0"}},
             "subkeys": [{"key": "Server", "type": "string", "supportedOS": {"iOS": {"supervised": true},
                                                                              "macOS": {"introduced": "11.0"}}}]},
            {"key": "Hosts", "type": "array", "subkeys": [{"key": "Host", "type": "dictionary",
                "subkeys": [{"key": "Address", "type": "string"}]}]},
            {"key": "Vendor", "type": "dictionary", "subkeys": [{"key": "Known", "type": "boolean"}, {"key": "ANY", "type": "any"}]},
            {"key": "Rule", "type": "dictionary", "subkeys": [{"key": "Not", "type": "dictionary", "same_as": ["Rule"]},
                {"key": "Value", "type": "string"}]}]},
        {"type": "com.example.wifi", "form": "profile", "title": "Wi-Fi", "source": {"file": "b.yaml", "release": "test"},
         "supportedOS": {"macOS": {"introduced": "12.0"}},
         "payloadkeys": [{"key": "Name", "type": "string"}, {"key": "Second", "type": "boolean"}]},
        {"type": "com.example.other", "form": "profile", "title": "Other", "source": {"file": "c.yaml", "release": "test"},
         "payloadkeys": [{"key": "Server", "type": "string"}]},
        {"type": "CommonPayloadKeys", "form": "profile", "title": "Common", "source": {"file": "d.yaml", "release": "test"},
         "payloadkeys": [{"key": "PayloadDisplayName", "type": "string"}]},
        {"type": "com.example.wifi", "form": "command", "title": "Command", "source": {"file": "e.yaml", "release": "test"}}
    ]"#;

    fn path(path: &str) -> Vec<String> {
        path.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Looks up in the payload `com.example.wifi`: the chains found, or what else is said.
    fn check(keys: &str, expected: &str) {
        let catalogue = sample::catalogue(FILES);
        let said = match catalogue.key(Form::Profile, "com.example.wifi", &path(keys)) {
            KeyLookup::Found(found) => {
                let chain = |found: &KeyMatch<'_>| {
                    let names: Vec<&str> = found.chain.iter().map(|key| key.name.as_str()).collect();
                    format!("{}:{}", found.schema.source.file, names.join("."))
                };
                found.iter().map(chain).collect::<Vec<_>>().join(" ")
            }
            KeyLookup::UnknownKey { depth, case, nearest, elsewhere } => {
                let places: Vec<String> =
                    elsewhere.iter().map(|(owner, path)| format!("{owner}:{}", path.join("."))).collect();
                format!("unknown {depth} {}|{}|{}", case.unwrap_or_default(), nearest.join(" "), places.join(" "))
            }
            KeyLookup::UnknownOwner { .. } => "unknown owner".to_owned(),
        };
        assert_eq!(said, expected, "{keys}");
    }

    #[test]
    fn files_that_share_a_type_are_looked_up_together() {
        check("Name", "a.yaml:Name b.yaml:Name");
        check("Second", "b.yaml:Second");
        assert_eq!(sample::catalogue(FILES).schemas(Form::Profile, "com.example.wifi").len(), 2);
        assert_eq!(sample::catalogue(FILES).schemas(Form::Command, "com.example.wifi").len(), 1);
    }

    #[test]
    fn every_payload_has_the_common_keys() {
        check("PayloadDisplayName", "d.yaml:PayloadDisplayName");
    }

    #[test]
    fn any_takes_every_name_after_the_fixed_ones() {
        check("Vendor.Known", "a.yaml:Vendor.Known");
        check("Vendor.whatever", "a.yaml:Vendor.ANY");
        check("Vendor.whatever.below.it", "a.yaml:Vendor.ANY.ANY.ANY");
    }

    #[test]
    fn nothing_inside_an_array_has_an_address() {
        check("Hosts", "a.yaml:Hosts");
        check("Hosts.Host", "unknown 1 ||");
        check("Hosts.Address", "unknown 1 ||");
    }

    #[test]
    fn a_level_that_refers_to_itself_is_followed_to_any_depth_but_not_for_ever() {
        check("Rule.Not.Not.Value", "a.yaml:Rule.Not.Not.Value");
        check(&format!("Rule{}.Value", ".Not".repeat(20)), &format!("a.yaml:Rule{}.Value", ".Not".repeat(20)));
        check(&format!("Rule{}.Value", ".Not".repeat(100)), "unknown 64 ||com.example.wifi:Rule.Not");
    }

    #[test]
    fn an_unknown_key_is_told_what_may_have_been_meant() {
        check("name", "unknown 0 Name||");
        check("Nmae", "unknown 0 |Name|");
        check("Server", "unknown 0 ||com.example.wifi:Proxy.Server com.example.other:Server");
        check("Proxy.Servre", "unknown 1 |Server|");
    }

    #[test]
    fn an_unknown_type_is_told_what_may_have_been_meant() {
        let catalogue = sample::catalogue(FILES);
        let KeyLookup::UnknownOwner { case, nearest } = catalogue.key(Form::Profile, "com.Example.wifi", &[]) else {
            panic!("known")
        };
        assert_eq!(
            (case.as_deref(), nearest.as_slice()),
            (Some("com.example.wifi"), &["com.example.other".to_owned()][..])
        );
        assert!(
            matches!(catalogue.key(Form::Profile, "com.example.wifi", &[]), KeyLookup::Found(found) if found.is_empty())
        );
    }

    #[test]
    fn each_level_overrides_availability_field_by_field() {
        let catalogue = sample::catalogue(FILES);
        let support = |keys: &str, platform| match catalogue.key(Form::Profile, "com.example.wifi", &path(keys)) {
            KeyLookup::Found(found) => found[0].support(platform).map(|support| support.into_owned()),
            _ => panic!("unknown"),
        };
        let server = support("Proxy.Server", Platform::Ios).expect("on iOS");
        assert_eq!(server.introduced.as_deref(), Some("9.0"));
        assert_eq!((server.supervised, server.userchannel), (Some(true), Some(false)));
        let ipad = server.sharedipad.expect("said of Shared iPad");
        assert_eq!((ipad.mode.as_deref(), ipad.devicechannel), (Some("forbidden"), Some(true)));
        assert_eq!(support("Proxy", Platform::MacOs), None, "n/a on the key");
        assert_eq!(support("Proxy.Server", Platform::MacOs).and_then(|s| s.introduced).as_deref(), Some("11.0"));
        assert_eq!(support("Proxy", Platform::TvOs), None, "n/a on the payload");
        assert_eq!(support("Name", Platform::VisionOs), None, "not on the payload");
        assert_eq!(support("Name", Platform::MacOs).and_then(|s| s.introduced).as_deref(), Some("10.7"));
    }
}
