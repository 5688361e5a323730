//! Payloads of Apple's in policies of the settings catalogue, read by Apple's own schema: of these nothing says how much of them the
//! catalogue has, so that they are written as profiles.
//!
//! The ids are those of `apple.rs`, with `item` below a list of dictionaries and `generickey` in a dictionary of anybody's names (measured
//! on exports: OpenIntuneBaseline, IntuneHydrationKit).

use super::decode::{children, collection, id_of, option, scalar};
use super::id::below;
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{Form, Key, Kind, Schema};
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use crate::source::Spanned;
use serde_json::Value as Json;

/// Intune adds the certificate that a key is kept for, and keeps the key: as a profile it would go to nobody.
const OF_THE_SERVICE: &str = "com.apple.security.FDERecoveryKeyEscrow";

/// The keys of one level of a file.
type Level<'c> = (&'c Schema, &'c [Key]);

/// What the group of a payload holds, and what in it no key names. `None` where it is no such group.
pub(super) fn settings<'j>(instance: &'j Json, catalogue: &Catalogue) -> Option<(Vec<Setting>, Vec<&'j Json>)> {
    let id = id_of(instance);
    // Each id of Windows asks.
    if id.contains("vendor_msft_") {
        return None;
    }
    let is_of = |name: &&str| {
        let kind = name.to_lowercase();
        let rest = id.strip_prefix(&kind).and_then(|rest| rest.strip_prefix('_')?.strip_prefix(&kind));
        // What follows names one of several files of the type.
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let name = catalogue.names(Form::Profile).into_iter().find(is_of).filter(|name| *name != OF_THE_SERVICE)?;
    let levels: Vec<Level<'_>> =
        catalogue.schemas(Form::Profile, name).iter().map(|schema| (schema, schema.keys.as_slice())).collect();
    let mut found = Found { owner: name, settings: Vec::new(), unknown: Vec::new() };
    found.group(&levels, &name.to_lowercase(), &[], instance)?;
    Some((found.settings, found.unknown))
}

struct Found<'j, 'c> {
    owner: &'c str,
    settings: Vec<Setting>,
    unknown: Vec<&'j Json>,
}

/// The groups of a setting, each with its children.
fn groups(instance: &Json) -> Option<Vec<&[Json]>> {
    let groups = instance.get("groupSettingCollectionValue")?.as_array()?.iter();
    groups.map(|group| group.get("children")?.as_array().map(Vec::as_slice)).collect()
}

/// The keys that a child may be of: files of one type share names.
fn keys<'c>(levels: &[Level<'c>], prefix: &str, child: &Json) -> Vec<(&'c Schema, &'c Key)> {
    let id = id_of(child);
    let of =
        |(schema, keys): &Level<'c>| keys.iter().find(|key| below(prefix, &key.name) == id).map(|key| (*schema, key));
    levels.iter().filter_map(of).collect()
}

impl<'j> Found<'j, '_> {
    /// One group has each key once. Bounded by the depth that the reader of JSON allows.
    fn group(&mut self, levels: &[Level<'_>], prefix: &str, above: &[String], instance: &'j Json) -> Option<()> {
        let [children] = groups(instance)?.try_into().ok()?;
        for child in children {
            if self.child(levels, prefix, above, child).is_none() {
                self.unknown.push(child);
            }
        }
        Some(())
    }

    fn child(&mut self, levels: &[Level<'_>], prefix: &str, above: &[String], child: &'j Json) -> Option<()> {
        let keys = keys(levels, prefix, child);
        // Below the first level there is one file, and each child is read once.
        if let [key] = keys.as_slice() {
            return self.of_key(*key, above, child);
        }
        let before = (self.settings.len(), self.unknown.len());
        let is_whole = keys.iter().any(|key| {
            self.settings.truncate(before.0);
            self.unknown.truncate(before.1);
            self.of_key(*key, above, child).is_some() && self.unknown.len() == before.1
        });
        if is_whole {
            return Some(());
        }
        self.settings.truncate(before.0);
        self.unknown.truncate(before.1);
        keys.into_iter().find_map(|key| self.of_key(key, above, child))
    }

    fn of_key(&mut self, (schema, key): (&Schema, &Key), above: &[String], child: &'j Json) -> Option<()> {
        let inner = schema.below(key);
        let at = |name: &str| [above, &[name.to_owned()]].concat();
        match (key.kind, inner) {
            (Kind::Dictionary, [any]) if any.name == "ANY" => {
                for (name, value) in entries(id_of(child), child)? {
                    self.push([at(&key.name), vec![name]].concat(), value);
                }
                Some(())
            }
            (Kind::Dictionary, _) => self.group(&[(schema, inner)], id_of(child), &at(&key.name), child),
            _ => {
                let value = value(schema, key, child)?;
                self.push(at(&key.name), value);
                Some(())
            }
        }
    }

    fn push(&mut self, keys: Vec<String>, value: Value) {
        let (family, channel, owner) = (Family::Profile, Channel::Device, self.owner.to_owned());
        let address = Address { family, channel, owner, instance: None, leaf: Leaf::Keys(keys) };
        self.settings.push(Setting::found(address, value));
    }
}

/// What a child says of a key that has a value of its own. `None` where it is of another kind, or anything in it is of no key.
fn value(schema: &Schema, key: &Key, child: &Json) -> Option<Value> {
    if let Some(choice) = child.get("choiceSettingValue") {
        let option = option(choice, id_of(child))?;
        // What stands below an option is no part of the key.
        return children(child).is_empty().then(|| chosen(key, option))?;
    }
    match (key.kind, schema.below(key)) {
        (Kind::String | Kind::Integer, _) => scalar(child.get("simpleSettingValue")?)
            .filter(|value| matches!(value, Value::Integer(_)) == (key.kind == Kind::Integer)),
        (Kind::Array, [item]) if item.kind == Kind::Dictionary => {
            let prefix = below(id_of(child), "item");
            let items =
                groups(child)?.into_iter().map(|group| dictionary((schema, schema.below(item)), &prefix, group));
            items.collect::<Option<Vec<Value>>>().map(Value::array)
        }
        (Kind::Array, [item]) if item.kind == Kind::String => collection(child.get("simpleSettingCollectionValue")?),
        _ => None,
    }
}

/// A listed value stands for its place in Apple's list.
fn chosen(key: &Key, option: &str) -> Option<Value> {
    let listed = || key.rangelist.get(option.parse::<usize>().ok()?);
    match key.kind {
        Kind::Boolean => option.parse().ok().map(Value::Boolean),
        Kind::String => listed().map(Value::text),
        Kind::Integer => listed()?.parse().ok().map(Value::Integer),
        _ => None,
    }
}

fn dictionary(level: Level<'_>, prefix: &str, children: &[Json]) -> Option<Value> {
    let entry = |child| {
        let (schema, key) = keys(&[level], prefix, child).pop()?;
        Some((key.name.clone(), Spanned::nowhere(value(schema, key, child)?)))
    };
    children.iter().map(entry).collect::<Option<_>>().map(Value::Dictionary)
}

/// The entries of a dictionary that takes any name: a group for each, with its name, and its value by itself or below a choice of its type.
fn entries(id: &str, instance: &Json) -> Option<Vec<(String, Value)>> {
    let generic = below(id, "generickey");
    let entry = |children: &[Json]| {
        let (names, values): (Vec<&Json>, Vec<&Json>) =
            children.iter().partition(|child| id_of(child).ends_with("_keytobereplaced"));
        let ([name], [value]) = (names.as_slice(), values.as_slice()) else { return None };
        let Value::Text(name) = scalar(name.get("simpleSettingValue")?)? else { return None };
        let value = match self::children(value) {
            [typed] if id_of(value).ends_with("$typepicker") => typed,
            _ => value,
        };
        let rest = id_of(value).strip_prefix(&generic)?;
        let value = match value.get("simpleSettingCollectionValue") {
            Some(items) => collection(items)?,
            None if rest.ends_with("_boolean") => {
                Value::Boolean(option(value.get("choiceSettingValue")?, id_of(value))?.parse().ok()?)
            }
            None => scalar(value.get("simpleSettingValue")?)?,
        };
        Some((name, value))
    };
    groups(instance)?.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::instance::group;
    use super::*;
    use serde_json::json;

    fn choice(id: &str, option: &str) -> Json {
        json!({ "settingDefinitionId": id, "choiceSettingValue": { "value": below(id, option), "children": [] } })
    }

    fn simple(id: &str, value: Json) -> Json {
        json!({ "settingDefinitionId": id, "simpleSettingValue": { "value": value } })
    }

    fn collection(id: &str, value: &str) -> Json {
        json!({ "settingDefinitionId": id, "simpleSettingCollectionValue": [{ "value": value }] })
    }

    /// What a group with these children holds, and the ids that are left.
    fn check(root: &str, children: &[Json], expected: &[&str], left: &[&str]) {
        let instance = group(root, children);
        let (settings, unknown) = settings(&instance, &Catalogue::embedded()).unwrap();
        let said = |setting: &Setting| format!("{} = {}", setting.address, setting.value);
        assert_eq!(settings.iter().map(said).collect::<Vec<_>>(), expected);
        assert_eq!(unknown.into_iter().map(id_of).collect::<Vec<_>>(), left);
    }

    #[test]
    fn keys_are_found_by_their_ids_and_listed_texts_by_their_place() {
        let id = |name: &str| format!("com.apple.extensiblesso_{name}");
        check(
            &id("com.apple.extensiblesso"),
            &[
                choice(&id("type"), "1"),
                choice(&id("type"), "2"),
                simple(&id("extensionidentifier"), json!("org.example.sso")),
                collection(&id("urls"), "https://login.example.org"),
                group(&id("platformsso"), &[choice(&id("platformsso_useshareddevicekeys"), "true")]),
            ],
            &[
                "com.apple.extensiblesso · Type = \"Redirect\"",
                "com.apple.extensiblesso · ExtensionIdentifier = \"org.example.sso\"",
                "com.apple.extensiblesso · URLs = [\"https://login.example.org\"]",
                "com.apple.extensiblesso · PlatformSSO.UseSharedDeviceKeys = true",
            ],
            &[&id("type")],
        );
        let guests = "com.apple.mcx_disableguestaccount";
        let unknown = "com.apple.mcx_ofanotherrelease";
        check(
            "com.apple.mcx_com.apple.mcx-accounts",
            &[choice(guests, "true"), choice(unknown, "true")],
            &["com.apple.MCX · DisableGuestAccount = true"],
            &[unknown],
        );
    }

    #[test]
    fn lists_of_dictionaries_and_names_of_anybodys_are_read_whole_or_not_at_all() {
        let id = |name: &str| format!("com.apple.servicemanagement_{name}");
        let rule = || vec![choice(&id("rules_item_ruletype"), "4"), simple(&id("rules_item_rulevalue"), json!("A"))];
        let root = id("com.apple.servicemanagement");
        let rules = |rule: &[Json]| group(&id("rules"), rule);
        let read = "com.apple.servicemanagement · Rules = [{RuleType: \"TeamIdentifier\", RuleValue: \"A\"}]";
        check(&root, &[rules(&rule())], &[read], &[]);
        let more = [rule(), vec![choice(&id("rules_item_ofanotherrelease"), "true")]].concat();
        check(&root, &[rules(&more)], &[], &[&id("rules")]);
        let id = |name: &str| format!("com.apple.extensiblesso_{name}");
        let named = |name: &str| simple(&id("extensiondata_generickey_keytobereplaced"), json!(name));
        let mut picked = choice(&id("ignored_$typepicker"), "1");
        picked["choiceSettingValue"]["children"] = json!([simple(&id("extensiondata_generickey_integer"), json!(3))]);
        let data = group(&id("extensiondata"), &[named("Depth"), picked]);
        let read = "com.apple.extensiblesso · ExtensionData.Depth = 3";
        check(&id("com.apple.extensiblesso"), &[data], &[read], &[]);
        let id = |name: &str| format!("com.apple.system-extension-policy_{name}");
        let named = simple(&id("allowedsystemextensions_generickey_keytobereplaced"), json!("ABCDE12345"));
        let items = collection(&id("allowedsystemextensions_generickey"), "org.example.net");
        let read = "com.apple.system-extension-policy · AllowedSystemExtensions.ABCDE12345 = [\"org.example.net\"]";
        let one = group(&id("allowedsystemextensions"), &[named, items]);
        check(&id("com.apple.system-extension-policy"), &[one], &[read], &[]);
    }

    #[test]
    fn what_the_service_completes_and_what_is_no_payload_is_left() {
        let of = |id: &str| settings(&group(id, &[]), &Catalogue::embedded()).is_some();
        assert!(of("com.apple.dock_com.apple.dock"));
        assert!(!of("com.apple.security.fderecoverykeyescrow_com.apple.security.fderecoverykeyescrow"));
        assert!(!of("device_vendor_msft_bitlocker") && !of("com.apple.dock_com.apple") && !of("safari_safari"));
    }
}
