//! What is left out of a comparison, by named rules, and what each kind of source can report: tables beside this file, each row with its
//! reason and where that is known from.

use crate::catalogue::Catalogue;
use crate::reader::{Item, Kind};
use crate::setting::{Address, Family, Leaf, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The sets, by the servers and devices that they are of.
const FILES: [(&str, &str); 5] = [
    ("any", include_str!("data/any.json")),
    ("apple-device", include_str!("data/apple-device.json")),
    ("fleet", include_str!("data/fleet.json")),
    ("intune", include_str!("data/intune.json")),
    ("windows-device", include_str!("data/windows-device.json")),
];

/// What a server or device owns or rewrites, and is no drift.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whose it is: `intune`, `fleet`, `apple-device`, `windows-device`, or `any`.
    pub server: &'static str,
    /// Its name.
    pub name: String,
    /// What is left out.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Where that is known from.
    pub source: String,
    row: Json,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let mut rules = Vec::new();
    for (server, text) in FILES {
        for row in rows(text) {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let [name, what, reason, source] = ["rule", "what", "reason", "source"].map(text);
            rules.push(Rule { server, name, what, reason, source, row });
        }
    }
    rules
});

static SOURCES: LazyLock<Vec<Json>> = LazyLock::new(|| rows(include_str!("data/sources.json")));

fn rows(text: &str) -> Vec<Json> {
    match serde_json::from_str(text) {
        Ok(Json::Array(rows)) => rows,
        _ => panic!("internal: a table of rules is no list"),
    }
}

/// Every rule, set by set.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// How often each rule has left something out: its place in [`rules`].
pub type Applied = BTreeMap<usize, usize>;

/// The sets that hold for an artefact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sets {
    pub(super) intune: bool,
    pub(super) fleet: bool,
    pub(super) apple_device: bool,
    pub(super) windows_device: bool,
}

impl Sets {
    fn has(self, server: &str) -> bool {
        match server {
            "intune" => self.intune,
            "fleet" => self.fleet,
            "apple-device" => self.apple_device,
            "windows-device" => self.windows_device,
            _ => true,
        }
    }

    /// Those of a kind of file.
    pub(super) fn of(kind: &Kind, fleet: bool) -> Sets {
        let intune = matches!(
            kind,
            Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier | Kind::Graph(_)
        );
        let apple_device = matches!(kind, Kind::Installed | Kind::Preferences);
        // A device lists what its server has installed, whichever that is.
        let fleet = fleet || *kind == Kind::Installed;
        Sets { intune, fleet, apple_device, windows_device: *kind == Kind::DiagnosticsReport }
    }

    fn find(self, applied: &mut Applied, takes: impl Fn(&Json) -> bool) -> bool {
        let mut own = RULES.iter().enumerate().filter(|(_, rule)| self.has(rule.server));
        let found = own.find(|(_, rule)| takes(&rule.row)).map(|(n, _)| n);
        found.inspect(|n| *applied.entry(*n).or_default() += 1).is_some()
    }

    /// Whether what stands in a file beside its settings is the server's own.
    pub(super) fn own_member(self, kind: &Kind, place: &str, what: &str, applied: &mut Applied) -> bool {
        let name = place.rsplit('.').next().unwrap_or(place);
        let value: Option<Json> = serde_json::from_str(what).ok();
        self.find(applied, |row| {
            let is_annotation = row["annotations"] == true && (place.contains('@') || name.contains('@'));
            let is_member = row["members"].as_array().is_some_and(|all| all.iter().any(|one| one == place));
            let of_kind = row["kind"].as_str().is_none_or(|wanted| wanted == kind.word());
            let only = row["only"].as_array().is_none_or(|only| value.as_ref().is_some_and(|one| only.contains(one)));
            // A member that is newer than the tables, at a value by which no member of its policy judges anything.
            let judges_nothing = row["judges"] == kind.word()
                && row["values"].as_array().is_some_and(|all| value.as_ref().is_some_and(|one| all.contains(one)));
            is_annotation || is_member && of_kind && only || judges_nothing
        })
    }

    /// Whether a setting that nobody approved is what holds without anybody's doing.
    pub(super) fn is_default(self, kind: &Kind, item: &Item, catalogue: &Catalogue, applied: &mut Applied) -> bool {
        let address = &item.setting.address;
        self.find(applied, |row| {
            let is_member = address.family == Family::Compliance
                && row["members"]
                    .as_array()
                    .is_some_and(|all| address.keys().first().is_some_and(|key| all.iter().any(|one| one == key)));
            let is_value = row["values"].as_array().is_some_and(|all| {
                address.family == Family::Compliance && all.iter().any(|one| is(&item.setting.value, one))
            });
            let node = &row["nodes"][&address.owner];
            let is_node = !node.is_null() && row["kind"] == kind.word() && is(&item.setting.value, node);
            is_member || is_value || is_node || row["default"] == true && is_ddf_default(item, catalogue)
        })
    }

    /// Whether nothing is said of a payload type.
    pub(super) fn passes_owner(self, owner: &str, applied: &mut Applied) -> bool {
        self.find(applied, |row| row["owners"].as_array().is_some_and(|all| all.iter().any(|one| one == owner)))
    }

    /// Whether devices put together what several payloads of a type set.
    pub(super) fn puts_together(self, owner: &str, applied: &mut Applied) -> bool {
        self.find(applied, |row| row["together"].as_array().is_some_and(|all| all.iter().any(|one| one == owner)))
    }

    /// Whether activations are the server's own work.
    pub(super) fn makes_activations(self, applied: &mut Applied) -> bool {
        self.find(applied, |row| row["activations"] == true)
    }

    /// Whether a profile is one by which a server manages devices.
    pub(super) fn is_management(self, identifier: &str, payloads: &[&str], applied: &mut Applied) -> bool {
        self.find(applied, |row| {
            let list = |name: &str| row[name].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(Json::as_str);
            list("profiles").any(|start| identifier.starts_with(start))
                || list("payloads").any(|kind| payloads.contains(&kind))
        })
    }
}

fn is(value: &Value, json: &Json) -> bool {
    match (value, json) {
        (Value::Boolean(a), Json::Bool(b)) => a == b,
        (Value::Integer(a), Json::Number(b)) => b.as_i64().map(i128::from) == Some(*a),
        (Value::Text(a), Json::String(b)) => a == b,
        (Value::Array(a), Json::Array(b)) => a.is_empty() && b.is_empty(),
        _ => false,
    }
}

fn is_ddf_default(item: &Item, catalogue: &Catalogue) -> bool {
    let setting = &item.setting;
    let plain = setting.address.family == Family::Csp && setting.address.leaf == Leaf::Node;
    let found = catalogue.known_node(&setting.address.owner).filter(|_| plain);
    let default = found.and_then(|found| found.node.default.clone());
    match (&setting.value, default) {
        (Value::Integer(number), Some(text)) => text.parse() == Ok(*number),
        (Value::Boolean(truth), Some(text)) => text.eq_ignore_ascii_case(&truth.to_string()),
        (Value::Text(value), Some(text)) => *value == text,
        _ => false,
    }
}

/// What a kind of source can report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    row: &'static Json,
}

impl Reach {
    /// By its word: `diagnostics-report`, `installed-profile`, `preferences`, `answers`, `server`.
    pub(super) fn of(source: &str) -> Reach {
        let row = SOURCES.iter().find(|row| row["source"] == source);
        let Some(row) = row else { panic!("internal: `{source}` is no source of the table") };
        Reach { row }
    }

    /// Its word.
    pub(super) fn word(self) -> &'static str {
        self.row["source"].as_str().unwrap_or_default()
    }

    /// Why it can say nothing of an address; nothing where it can.
    pub(super) fn refuses(self, address: &Address) -> Option<&'static str> {
        let families = self.row["families"].as_array().map_or(&[][..], Vec::as_slice);
        let below = self.row["below"].as_str().is_none_or(|below| address.owner.contains(below));
        let takes = families.iter().any(|family| family == word(address.family)) && below;
        (!takes).then(|| self.otherwise())
    }

    /// Whether it reports only what it was asked for, so that nothing can be missing.
    pub(super) fn is_listed(self) -> bool {
        self.row["listed"] == true
    }

    /// What to say of the rest.
    pub(super) fn otherwise(self) -> &'static str {
        self.row["otherwise"].as_str().unwrap_or_default()
    }
}

/// The word for a family in the tables, and in reports.
pub(super) fn word(family: Family) -> &'static str {
    match family {
        Family::Profile => "profile",
        Family::Declaration => "declaration",
        Family::Csp => "csp",
        Family::Command => "command",
        Family::Compliance => "compliance",
    }
}

/// Every source with what it reports and why it reports no more, for `--verbose`.
pub fn sources() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let text = |row: &'static Json, name: &str| row[name].as_str().unwrap_or_default();
    SOURCES.iter().map(move |row| (text(row, "source"), text(row, "otherwise"), text(row, "reason")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_a_reason_and_a_source() {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for rule in rules() {
            for text in [&rule.name, &rule.what, &rule.reason, &rule.source] {
                assert!(!text.is_empty(), "{rule:?}");
            }
            names.push((rule.server, &rule.name));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for row in SOURCES.iter() {
            for name in ["source", "otherwise", "reason", "from"] {
                assert!(row[name].as_str().is_some_and(|text| !text.is_empty()), "{row}");
            }
        }
    }

    #[test]
    fn nodes_of_the_tables_are_known() {
        let catalogue = Catalogue::embedded();
        let nodes = rules().iter().filter_map(|rule| rule.row["nodes"].as_object()).flatten();
        for (uri, _) in nodes {
            assert!(catalogue.known_node(uri).is_some_and(|found| found.canonical == *uri), "{uri}");
        }
    }
}
