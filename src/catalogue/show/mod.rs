//! What the catalogue says of one name, in the vendors' own field names, so that it can be held against the vendors' files.

mod apple;
mod errata;
mod text;
mod windows;

use super::entry::{Form, Schema};
use super::place::{Place, places};
use super::search::Topic;
use super::{Catalogue, KeyLookup, NodeLookup, NodeMatch};
use crate::gather::Arrange;
use serde_json::{Value, json};

/// Everything about one name, or the names that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The name is known. Several entries where several files share a type.
    Entries {
        /// The name in full.
        name: String,
        /// What it stands for.
        topic: Topic,
        /// What each file says.
        entries: Vec<Value>,
    },
    /// The name is short for several.
    Candidates(Vec<String>),
}

impl Shown {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Shown::Entries { name, topic, entries } => {
                json!({ "name": name, "kind": topic.word(), "entries": entries })
            }
            Shown::Candidates(names) => json!({ "candidates": names }),
        }
    }
}

impl Catalogue {
    /// What the catalogue says of a payload type, declaration, command, key or node; `None` where nothing is called so.
    ///
    /// A key is written `TYPE KEY`, `TYPE.KEY` or `TYPE · KEY`, with dots between nested ones. The end of a name is enough where
    /// nothing else ends so.
    pub fn show(&self, name: &str) -> Option<Shown> {
        let name = name.trim();
        if name.starts_with("./")
            && let NodeLookup::Found(found) | NodeLookup::WrongCase(found) = self.node(name)
        {
            return Some(self.shown_node(&found));
        }
        self.shown_type(name).or_else(|| self.shown_key(name)).or_else(|| self.shown_end(name))
    }

    fn shown_node(&self, found: &NodeMatch<'_>) -> Shown {
        Shown::Entries { name: found.canonical.clone(), topic: Topic::Node, entries: vec![self.node_entry(found)] }
    }

    fn shown_type(&self, name: &str) -> Option<Shown> {
        let form = Form::ALL.into_iter().find(|form| self.type_row(*form, name).is_some())?;
        let entries = self.schemas(form, name).iter().map(|schema| self.type_entry(schema)).collect();
        Some(Shown::Entries { name: name.to_owned(), topic: Topic::of(form), entries })
    }

    /// A key whose type is given with it: the longest type that the name begins with.
    fn shown_key(&self, name: &str) -> Option<Shown> {
        let ends = name.char_indices().filter(|(_, c)| *c == '.' || c.is_whitespace()).map(|(at, _)| at);
        let mut splits: Vec<(&str, &str)> = ends.map(|at| name.split_at(at)).collect();
        splits.reverse();
        splits.into_iter().find_map(|(owner, path)| {
            let path = path.trim_start_matches(|c: char| c == '.' || c == '·' || c.is_whitespace());
            Form::ALL.into_iter().find_map(|form| self.shown_places(owner, self.called(form, owner, path)))
        })
    }

    /// The keys of a type that are called so; where none is, those that a name of somebody's own stands for (`ANY`).
    fn called(&self, form: Form, owner: &str, path: &str) -> Vec<Place<'_>> {
        let schemas = self.schemas(form, owner);
        if schemas.is_empty() || path.is_empty() {
            return Vec::new();
        }
        let all = schemas.iter().chain(self.common(form, owner)).flat_map(places);
        let found: Vec<Place<'_>> = all.filter(|place| place.path == path).collect();
        if !found.is_empty() {
            return found;
        }
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        let KeyLookup::Found(found) = self.key(form, owner, &names) else { return Vec::new() };
        found
            .into_iter()
            .map(|found| Place { schema: found.schema, chain: found.chain, path: path.to_owned() })
            .collect()
    }

    fn shown_places(&self, owner: &str, found: Vec<Place<'_>>) -> Option<Shown> {
        let name = format!("{owner} · {}", found.first()?.path);
        let entries = found.into_iter().map(|place| self.key_entry(owner, place)).collect();
        Some(Shown::Entries { name, topic: Topic::Key, entries })
    }

    /// What ends so: keys by their last names, nodes by their last segments; in another letter case where nothing ends just so.
    fn shown_end(&self, name: &str) -> Option<Shown> {
        let wanted = name.trim_start_matches("./");
        let mut candidates = self.ending(|full| full.strip_suffix(wanted).map(str::len));
        if candidates.is_empty() {
            let wanted = wanted.to_lowercase();
            candidates = self.ending(|full| full.to_lowercase().strip_suffix(&wanted).map(str::len));
        }
        match candidates.as_slice() {
            [] => None,
            [one] if *one == name => None,
            [one] => self.show(one),
            _ => Some(Shown::Candidates(candidates)),
        }
    }

    /// The names before whose last part `above` leaves so many bytes: none, or up to the end of a part.
    fn ending(&self, above: impl Fn(&str) -> Option<usize>) -> Vec<String> {
        let ends = |full: &str, separator: u8| match above(full) {
            Some(0) => true,
            Some(length) => length < full.len() && full.as_bytes().get(length - 1) == Some(&separator),
            None => false,
        };
        let mut names: Vec<String> = Vec::new();
        for form in Form::ALL {
            for row in self.type_rows(form) {
                let owner = self.type_name(row);
                names.extend(ends(owner, 0).then(|| owner.to_owned()));
                let named = self.schemas_of(row).iter().flat_map(places).filter(|place| ends(&place.path, b'.'));
                names.extend(named.map(|place| format!("{owner} · {}", place.path)));
            }
        }
        names.extend(self.uris().into_iter().filter(|uri| ends(uri, b'/')).map(str::to_owned));
        names.arrange();
        names.dedup();
        names
    }
}

/// Where a file comes from.
fn source(schema: &Schema) -> Value {
    json!({ "file": schema.source.file, "release": schema.source.release })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(name: &str) -> String {
        match Catalogue::embedded().show(name) {
            Some(Shown::Entries { name, topic, entries }) => format!("{} {name} {}", topic.word(), entries.len()),
            Some(Shown::Candidates(names)) => format!("candidates {}", names.join(", ")),
            None => "nothing".to_owned(),
        }
    }

    fn check(name: &str, expected: &str) {
        assert_eq!(name_of(name), expected, "{name}");
    }

    fn entry(name: &str) -> Value {
        match Catalogue::embedded().show(name) {
            Some(Shown::Entries { entries, .. }) => entries[0].clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_key_is_found_however_it_is_written() {
        let camera = "key com.apple.applicationaccess · allowCamera 1";
        check("com.apple.applicationaccess allowCamera", camera);
        check("com.apple.applicationaccess.allowCamera", camera);
        check("com.apple.applicationaccess · allowCamera", camera);
        check("allowCamera", camera);
        check("AllowCamera", "node ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera 1");
        check("com.apple.MCX Disk Sleep Timer", "nothing");
        check(
            "com.apple.MCX cachedaccounts.expiry.delete.disusedSeconds",
            "key com.apple.MCX · cachedaccounts.expiry.delete.disusedSeconds 1",
        );
        check("com.apple.wifi.managed PayloadDisplayName", "key com.apple.wifi.managed · PayloadDisplayName 1");
        check("TopLevel PayloadScope", "key TopLevel · PayloadScope 1");
    }

    #[test]
    fn types_commands_and_nodes_are_found_by_name() {
        check("com.apple.MCX", "payload com.apple.MCX 6");
        check("com.apple.configuration.passcode.settings", "declaration com.apple.configuration.passcode.settings 1");
        check("DeviceLock", &name_of("DeviceLock"));
        let node = "node ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption 1";
        check("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption", node);
        check("./vendor/msft/bitlocker/requiredeviceencryption", node);
        check("BitLocker/RequireDeviceEncryption", node);
        check("no such thing", "nothing");
        check("", "nothing");
    }

    #[test]
    fn a_short_name_of_several_things_lists_them() {
        let names = name_of("RequireDeviceEncryption");
        assert!(names.starts_with("candidates ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption, "), "{names}");
        let Some(Shown::Candidates(names)) = Catalogue::embedded().show("minLength") else { return };
        assert!(names.len() > 1);
    }

    #[test]
    fn entries_use_the_vendors_field_names_and_say_what_holds_after_inheritance() {
        let key = entry("com.apple.mobiledevice.passwordpolicy minLength");
        assert_eq!(key["type"], "<integer>");
        assert_eq!(key["presence"], "optional");
        assert_eq!(key["range"], json!({ "min": 0, "max": 16 }));
        assert_eq!(key["direction"]["stricter"], "higher");
        assert_eq!(key["effective"]["supportedOS"]["iOS"]["introduced"], "4.0");
        assert_eq!(key["effective"]["supportedOS"]["iOS"]["userenrollment"]["mode"], "ignored");
        let node = entry("./Device/Vendor/MSFT/BitLocker/AllowStandardUserEncryption");
        assert_eq!(node["DFFormat"], "int");
        assert_eq!(node["AllowedValues"], json!({ "ValueType": "ENUM", "Enum": [{ "Value": "0" }, { "Value": "1" }] }));
        assert_eq!(node["EditionAllowList"], Value::Null);
        assert_eq!(
            node["effective"]["editions"],
            json!(["pro", "enterprise", "education", "se", "multisession", "iot"])
        );
        assert_eq!(node["source"]["file"], "BitLocker.xml");
    }

    fn check_direction(name: &str, part: Option<&str>, expected: [&str; 3]) {
        let entry = entry(name);
        let direction = part.map_or(&entry["direction"], |part| &entry["direction"][part]);
        let said = ["stricter", "unset", "because"].map(|field| direction[field].as_str().unwrap_or_default());
        assert_eq!((said[0], said[1]), (expected[0], expected[1]), "{name}");
        assert!(said[2].contains(expected[2]), "{name}: {}", said[2]);
    }

    #[test]
    fn a_direction_says_what_is_stricter_what_holds_where_nothing_is_set_and_who_says_so() {
        let restrictions = |key: &str| format!("com.apple.applicationaccess {key}");
        check_direction(&restrictions("allowCamera"), None, ["lower", "as true", "Apple device-management schema"]);
        let exempted = restrictions("allowedCameraRestrictionBundleIDs");
        check_direction(&exempted, None, ["smaller-set", "as the strictest", "escapes"]);
        let policy = |name: &str| format!("./Device/Vendor/MSFT/Policy/Config/{name}");
        check_direction(&policy("Camera/AllowCamera"), None, ["lower", "as 1", "ConflictResolution LowestValue"]);
        let orders = "5 < 0 < 1 < 2 < 4, 5 < 0 < 1 < 3";
        check_direction(&policy("Update/AllowAutoUpdate"), None, [orders, "as 2", "the DDF's order"]);
        check_direction(
            &policy("UserRights/DebugPrograms"),
            None,
            ["smaller-set", "depends on the device or on what stands beside it", "right"],
        );
        let pin = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        check_direction(pin, Some("state"), ["neutral", "", "any length"]);
        check_direction(pin, Some("MinPINLength"), ["higher", "", "longer PIN"]);
        assert_eq!(entry("com.apple.TCC.configuration-profile-policy Services.Photos")["direction"], "unknown");
        let text = Catalogue::embedded().show(&policy("Camera/AllowCamera")).map(|shown| shown.to_text());
        assert!(text.is_some_and(|text| text.contains("stricter lower, unset as 1, because ConflictResolution")));
    }

    #[test]
    fn what_is_never_compared_by_itself_has_no_direction() {
        assert_eq!(entry("com.apple.wifi.managed EAPClientConfiguration")["direction"], Value::Null);
        let inside = "com.apple.TCC.configuration-profile-policy Services.Photos[].Allowed";
        assert_eq!(entry(inside)["direction"], Value::Null);
    }

    #[test]
    fn an_entry_names_the_corrections_that_touched_it() {
        let node = entry("./Device/Vendor/MSFT/BitLocker/EncryptionMethodByDriveType");
        assert_eq!(node["AllowedValues"]["AdmxBacked"]["Name"], "EncryptionMethodWithXts_Name");
        assert_eq!(node["errata"][0]["fields"], json!(["AllowedValues"]));
        let key = entry("com.apple.mobiledevice.passwordpolicy maxInactivity");
        assert_eq!(key["curated"]["range"]["macOS"]["max"], 60);
        assert!(key["errata"][0]["source"].is_string());
    }

    #[test]
    fn every_name_that_search_gives_can_be_shown_as_json_and_as_text() {
        let catalogue = Catalogue::embedded();
        let hits = catalogue.search(&["e"]);
        assert!(hits.len() > 8000, "{}", hits.len());
        for hit in hits.iter().step_by(7) {
            let Some(shown @ Shown::Entries { .. }) = catalogue.show(&hit.name) else { panic!("{}", hit.name) };
            assert!(shown.to_json()["entries"][0].is_object());
            assert!(shown.to_text().lines().count() > 3, "{}", hit.name);
        }
    }
}
