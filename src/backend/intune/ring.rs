//! Settings ↔ an update ring, `windowsUpdateForBusinessConfiguration` (Microsoft Graph): the nodes of Policy/Config/Update that have a
//! property there (`ring.json`, row by row).
//!
//! Graph gives every ring some properties that have no "not configured", such as the deferrals: Intune may send what they hold, asked
//! for or not. So a node that a property of those cannot hold keeps the whole ring from being written, and those that nobody asked for
//! are named.

use super::graph::{self, TYPE};
use super::{Ring, Title, audience};
use crate::backend::{Decoded, Unreadable};
use crate::encoding::json;
use crate::encoding::places::Places;
use crate::gather::Arrange;
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const OWNER: &str = "windowsUpdateForBusinessConfiguration";
const AREA: &str = "./Device/Vendor/MSFT/Policy/Config/Update/";
const ENVELOPE: [&str; 4] = ["@odata.type", "displayName", "description", "assignments"];
const MODE: (&str, &str) = ("AllowAutoUpdate", "automaticUpdateMode");
/// The node, and the property of the schedule.
const HOURS: [(&str, &str); 2] = [("ActiveHoursStart", "activeHoursStart"), ("ActiveHoursEnd", "activeHoursEnd")];
const SCHEDULE: &str = "installationSchedule";
const ACTIVE_HOURS: &str = "windowsUpdateActiveHoursInstall";

/// Words of Graph for what nobody has decided.
const UNDECIDED: [&str; 2] = ["userDefined", "notConfigured"];

#[derive(Deserialize)]
struct Table {
    rows: Vec<Row>,
    modes: Modes,
}

/// A node and its property. Reason and source are for people.
#[derive(Deserialize)]
struct Row {
    node: String,
    property: String,
    /// What stands for each value of the node; the same number where there is no table.
    #[serde(default)]
    values: Option<BTreeMap<i128, Json>>,
    /// Every ring has it.
    #[serde(default)]
    every: bool,
}

/// What stands for each value of `AllowAutoUpdate`.
#[derive(Deserialize)]
struct Modes {
    /// By itself.
    values: BTreeMap<i128, String>,
    /// Beside both active hours.
    #[serde(rename = "active-hours")]
    active_hours: BTreeMap<i128, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("ring.json")).expect("internal: ring.json is not what it should be")
});

impl Row {
    fn written(&self, number: i128) -> Result<Json, String> {
        if let Some(values) = &self.values {
            let word = values.get(&number).cloned();
            return word.ok_or_else(|| format!("`{}` of a ring has nothing for {number}", self.property));
        }
        let range = graph::property(OWNER, &self.property).and_then(|property| property.range);
        match (i64::try_from(number), range) {
            (Ok(number), Some((low, high))) if (low..=high).contains(&number) => Ok(number.into()),
            (_, range) => {
                let (low, high) = range.unwrap_or_default();
                Err(format!("`{}` of a ring goes from {low} to {high}", self.property))
            }
        }
    }

    fn read(&self, value: &Json) -> Option<i128> {
        match &self.values {
            Some(values) => values.iter().find(|(_, word)| *word == value).map(|(number, _)| *number),
            None => value.as_i64().map(i128::from),
        }
    }
}

/// The number that a setting gives a node of the area, with the node's name.
fn node(setting: &Setting) -> Option<(&str, i128)> {
    let address = &setting.address;
    let name =
        address.owner.strip_prefix(AREA).filter(|_| address.family == Family::Csp && address.leaf == Leaf::Node)?;
    match &setting.value {
        Value::Integer(number) => Some((name, *number)),
        _ => None,
    }
}

/// What of `settings` a ring holds.
pub(super) fn encode<'a>(title: &Title<'_>, settings: &'a [Setting]) -> Ring<'a> {
    let mut ring = Ring { bytes: None, holds: Vec::new(), left: Vec::new(), implied: Vec::new() };
    let mut members = Map::new();
    let mut is_whole = true;
    for setting in settings {
        let Some((name, number)) = node(setting) else { continue };
        let Some(row) = TABLE.rows.iter().find(|row| row.node == name) else { continue };
        match row.written(number) {
            Ok(value) => {
                members.insert(row.property.clone(), value);
                ring.holds.push(setting.address.clone());
            }
            Err(why) => {
                is_whole &= !row.every;
                ring.left.push((setting, why));
            }
        }
    }
    mode(settings, &mut members, &mut ring);
    if !is_whole {
        let why = "every ring says something of a node here that no ring can say";
        let held = |setting: &&Setting| ring.holds.contains(&setting.address);
        ring.left.extend(settings.iter().filter(held).map(|setting| (setting, why.to_owned())));
        ring.left.arrange_by(|(a, _), (b, _)| a.address.cmp(&b.address));
        ring.holds.clear();
    }
    ring.holds.arrange();
    if !ring.holds.is_empty() {
        let silent = TABLE.rows.iter().filter(|row| row.every && !members.contains_key(&row.property));
        ring.implied = silent.map(|row| row.property.as_str()).collect();
        members.insert("@odata.type".to_owned(), format!("{TYPE}{OWNER}").into());
        members.insert("displayName".to_owned(), title.name.into());
        members.insert("description".to_owned(), title.description.into());
        let mut document = Json::Object(members);
        audience::add(&mut document, title, audience::OF_PROFILE);
        ring.bytes = Some(json::write(&document));
    }
    ring
}

/// How updates are installed, with the active hours where they are given: the hours mean nothing in a ring without such a mode.
fn mode<'a>(settings: &'a [Setting], members: &mut Map<String, Json>, ring: &mut Ring<'a>) {
    let of = |wanted: &str| {
        let mut own = settings.iter().filter_map(|setting| Some((setting, node(setting)?)));
        own.find(|(_, (name, _))| *name == wanted).map(|(setting, (_, number))| (setting, number))
    };
    let hours = HOURS.map(|(name, property)| of(name).map(|(setting, hour)| (setting, property, hour)));
    if let Some((setting, number)) = of(MODE.0) {
        let alone = TABLE.modes.values.get(&number);
        let beside = TABLE.modes.active_hours.get(&number);
        match (alone, beside, &hours) {
            (Some(word), ..) => {
                members.insert(MODE.1.to_owned(), word.as_str().into());
                ring.holds.push(setting.address.clone());
            }
            (None, Some(word), [Some(start), Some(end)])
                if [start, end].iter().all(|(.., hour)| (0..24).contains(hour)) =>
            {
                members.insert(MODE.1.to_owned(), word.as_str().into());
                let mut schedule = Map::from_iter([("@odata.type".to_owned(), format!("{TYPE}{ACTIVE_HOURS}").into())]);
                for (setting, property, hour) in [start, end] {
                    schedule.insert((*property).to_owned(), format!("{hour:02}:00:00").into());
                    ring.holds.push(setting.address.clone());
                }
                members.insert(SCHEDULE.to_owned(), Json::Object(schedule));
                ring.holds.push(setting.address.clone());
                return;
            }
            (None, Some(_), _) => ring.left.push((setting, "in a ring it goes with both active hours".to_owned())),
            (None, None, _) => ring.left.push((setting, format!("`{}` of a ring has nothing for {number}", MODE.1))),
        }
    }
    let without = "in a ring active hours go with a mode that keeps away from them";
    ring.left.extend(hours.into_iter().flatten().map(|(setting, ..)| (setting, without.to_owned())));
}

/// Reads a ring.
pub(super) fn decode(ring: &Json, places: &Places) -> Result<Decoded, Unreadable> {
    if ring.get("@odata.type") != Some(&json!(format!("{TYPE}{OWNER}"))) {
        return Err(("@odata.type".to_owned(), "it is no update ring".to_owned()));
    }
    let mut decoded = Decoded { settings: Vec::new(), residue: audience::assigned(ring).collect() };
    let mut push = |node: &str, number: i128, value: &Json| {
        let owner = format!("{AREA}{node}");
        let address =
            Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf: Leaf::Node };
        let span = places.of(value);
        decoded.settings.push(Setting { span, ..Setting::found(address, Value::Integer(number)) });
    };
    for (name, value) in ring.as_object().into_iter().flatten().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())) {
        if value.is_null() || value.as_str().is_some_and(|word| UNDECIDED.contains(&word)) {
            continue;
        }
        let row = TABLE.rows.iter().find(|row| row.property == *name);
        if let Some((row, number)) = row.and_then(|row| Some((row, row.read(value)?))) {
            push(&row.node, number, value);
        } else if let (true, Some(number)) = (name == MODE.1, mode_of(value)) {
            push(MODE.0, number, value);
        } else if let (true, Some(hours)) = (name == SCHEDULE, hours_of(value)) {
            HOURS.iter().zip(hours).for_each(|((node, _), hour)| push(node, hour, value));
        } else {
            decoded.residue.push((name.clone(), value.to_string()));
        }
    }
    decoded.settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(decoded)
}

fn mode_of(value: &Json) -> Option<i128> {
    let modes = TABLE.modes.values.iter().chain(&TABLE.modes.active_hours);
    modes.into_iter().find(|(_, word)| value.as_str() == Some(word)).map(|(number, _)| *number)
}

fn hours_of(schedule: &Json) -> Option<[i128; 2]> {
    let members = schedule.as_object().filter(|members| members.len() == 3)?;
    if members.get("@odata.type") != Some(&json!(format!("{TYPE}{ACTIVE_HOURS}"))) {
        return None;
    }
    let hour = |(_, property): (&str, &str)| {
        let (hour, rest) = members.get(property)?.as_str()?.split_at_checked(2)?;
        let is_full = rest.starts_with(":00:00") && rest[6..].chars().all(|c| matches!(c, '.' | '0'));
        hour.parse::<i128>().ok().filter(|hour| is_full && (0..24).contains(hour))
    };
    Some([hour(HOURS[0])?, hour(HOURS[1])?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    const TITLE: Title<'_> =
        Title { name: "acme laptops: update ring", description: "", reached: Vec::new(), left_out: Vec::new() };

    fn settings(all: &[(&str, i128)]) -> Vec<Setting> {
        let address = |node: &str| Address {
            family: Family::Csp,
            channel: Channel::Device,
            owner: format!("{AREA}{node}"),
            instance: None,
            leaf: Leaf::Node,
        };
        let mut all: Vec<Setting> =
            all.iter().map(|(node, number)| Setting::found(address(node), Value::Integer(*number))).collect();
        all.sort_by(|a, b| a.address.cmp(&b.address));
        all
    }

    /// The names of what is left, and what comes back of the rest is what went in.
    fn check(given: &[(&str, i128)], left: &[&str]) -> Ring<'static> {
        let given: &'static [Setting] = Box::leak(settings(given).into_boxed_slice());
        let ring = encode(&TITLE, given);
        let mut names: Vec<&str> = ring.left.iter().map(|(setting, _)| &setting.address.owner[AREA.len()..]).collect();
        names.sort_unstable();
        assert_eq!(names, left, "{:?}", ring.left);
        let kept: Vec<Setting> = given.iter().filter(|one| ring.holds.contains(&one.address)).cloned().collect();
        if let Some(bytes) = &ring.bytes {
            let decoded = decode(&json::read(bytes).unwrap(), &Places::default()).unwrap();
            assert_eq!((decoded.settings, decoded.residue), (kept, Vec::new()));
        }
        ring
    }

    #[test]
    fn every_row_has_its_node_its_property_and_a_value_for_all_that_it_takes() {
        let catalogue = Catalogue::embedded();
        let whole: BTreeMap<String, Json> = serde_json::from_str(include_str!("ring.json")).unwrap();
        for (row, text) in TABLE.rows.iter().zip(whole["rows"].as_array().unwrap()) {
            assert!(text["reason"].as_str().is_some_and(|text| !text.is_empty()) && text["source"].is_string());
            let node =
                catalogue.known_node(&format!("{AREA}{}", row.node)).unwrap_or_else(|| panic!("{}", row.node)).node;
            assert_eq!(node.format, "int", "{}", row.node);
            let listed = node.allowed.as_ref().unwrap();
            match &row.values {
                Some(values) => {
                    assert!(values.keys().all(|number| listed.values.contains(&number.to_string())), "{}", row.node)
                }
                None => {
                    assert!(listed.kind == "Range" && graph::property(OWNER, &row.property).unwrap().range.is_some())
                }
            }
            for number in row.values.iter().flatten().map(|(number, _)| *number) {
                let ring = check(&[(row.node.as_str(), number)], &[]);
                let object = json::read(&ring.bytes.unwrap()).unwrap();
                assert_eq!(graph::check(&object, graph::Version::V1), [], "{}", row.node);
            }
        }
    }

    #[test]
    fn what_the_updates_of_the_library_need_goes_into_one_ring() {
        let given = [
            ("AllowAutoUpdate", 2),
            ("AllowMUUpdateService", 1),
            ("ConfigureDeadlineForFeatureUpdates", 12),
            ("ConfigureDeadlineForQualityUpdates", 12),
            ("ConfigureDeadlineGracePeriod", 2),
            ("ConfigureDeadlineNoAutoReboot", 0),
            ("DeferQualityUpdatesPeriodInDays", 0),
            ("ManagePreviewBuilds", 0),
            ("SetDisablePauseUXAccess", 1),
        ];
        let ring = check(&given, &["AllowAutoUpdate"]);
        assert_eq!(ring.holds.len(), 7);
        assert_eq!(ring.implied, ["featureUpdatesDeferralPeriodInDays", "driversExcluded", "skipChecksBeforeRestart"]);
    }

    #[test]
    fn a_maintenance_time_is_outside_both_active_hours() {
        check(&[("AllowAutoUpdate", 2), ("ActiveHoursStart", 8), ("ActiveHoursEnd", 18)], &[]);
        check(&[("AllowAutoUpdate", 2), ("ActiveHoursStart", 8)], &["ActiveHoursStart", "AllowAutoUpdate"]);
        check(&[("AllowAutoUpdate", 4), ("ActiveHoursStart", 8)], &["ActiveHoursStart"]);
        check(&[("AllowAutoUpdate", 5)], &["AllowAutoUpdate"]);
        check(&[("ActiveHoursStart", 8), ("ActiveHoursEnd", 18)], &["ActiveHoursEnd", "ActiveHoursStart"]);
    }

    #[test]
    fn a_ring_that_would_say_something_else_is_none() {
        let given = [("DeferFeatureUpdatesPeriodInDays", 60), ("SetDisablePauseUXAccess", 1)];
        let ring = check(&given, &["DeferFeatureUpdatesPeriodInDays", "SetDisablePauseUXAccess"]);
        assert_eq!(ring.bytes, None);
        let ring = check(&[("BranchReadinessLevel", 64), ("SetDisablePauseUXAccess", 1)], &["BranchReadinessLevel"]);
        assert!(ring.bytes.is_some());
        assert_eq!(check(&[], &[]).bytes, None);
    }

    #[test]
    fn what_an_export_holds_beside_the_rows_is_residue() {
        let text = format!(
            r##"{{"@odata.type": "{TYPE}{OWNER}", "displayName": "x", "id": "1", "automaticUpdateMode": "windowsDefault", "userPauseAccess": "notConfigured",
            "installationSchedule": null, "driversExcluded": false}}"##
        );
        let decoded = decode(&json::read_export(text.as_bytes()).unwrap(), &Places::default()).unwrap();
        let names: Vec<&str> = decoded.residue.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, decoded.settings.len()), (vec!["automaticUpdateMode", "id"], 1));
        assert!(decode(&json!({}), &Places::default()).is_err());
    }
}
