//! Settings ↔ `windows10CustomConfiguration`: one OMA setting for each LocURI.

use super::{Custom, Title, audience, oma};
use crate::backend::found::{self, Found, How, Residue, Unknown, Why};
use crate::backend::{Decoded, Unreadable};
use crate::catalogue::Catalogue;
use crate::encoding::json;
use crate::encoding::places::Places;
use crate::gather::Arrange;
use crate::setting::{Address, Channel, Family, Leaf, Setting, Value};
use crate::template::installs;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The type of the profile.
pub(super) const TYPE: &str = "#microsoft.graph.windows10CustomConfiguration";

/// Settings of one profile; Intune takes no more.
const MOST: usize = 1000;

/// The profile, and what it cannot carry.
pub(super) fn encode<'a>(
    title: &Title<'_>,
    settings: impl IntoIterator<Item = &'a Setting>,
    catalogue: &Catalogue,
) -> Custom<'a> {
    // Templates before all else: their policies are among what follows.
    let mut nodes: BTreeMap<(bool, &'a str), Vec<&'a Setting>> = BTreeMap::new();
    for setting in settings.into_iter().filter(|setting| setting.address.family == Family::Csp) {
        let uri = setting.address.owner.as_str();
        nodes.entry((installs(uri).is_none(), uri)).or_default().push(setting);
    }
    let mut custom = Custom { bytes: None, holds: Vec::new(), doubted: Vec::new(), refused: Vec::new() };
    let mut written: Vec<Json> = Vec::new();
    for ((_, uri), mut settings) in nodes {
        settings.arrange_by(|a, b| a.address.cmp(&b.address));
        let node = catalogue.known_node(uri).map(|found| found.node);
        let one = match written.len() {
            MOST => {
                Err(format!("a custom profile takes {MOST} settings at most, and `bundle: per-type` cuts them by area"))
            }
            _ => oma::encode(uri, node, &settings),
        };
        match one {
            Ok(one) => {
                custom.holds.extend(settings.iter().map(|setting| setting.address.clone()));
                let doubt = oma::doubt(node);
                custom.doubted.extend(settings.into_iter().zip(doubt.into_iter().cycle()));
                written.push(one);
            }
            Err(why) => custom.refused.extend(settings.into_iter().map(|setting| (setting, why.clone()))),
        }
    }
    custom.holds.arrange();
    if !written.is_empty() {
        let mut profile = json!({
            "@odata.type": TYPE,
            "displayName": title.name,
            "description": title.description,
            "omaSettings": written,
        });
        audience::add(&mut profile, title, audience::OF_PROFILE);
        custom.bytes = Some(json::write(&profile));
    }
    custom
}

/// Reads a profile. A masked value is unknown, not different: it is residue.
pub(super) fn decode(profile: &Json, catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    let found = read(profile, catalogue, &Places::default())?;
    let mut residue = audience::said(profile);
    residue.extend(found.unknown.into_iter().map(|unknown| (unknown.name, MASKED.to_owned())));
    residue.extend(found.residue.into_iter().map(|left| (left.place, left.what)));
    let mut nodes: BTreeMap<String, (String, Vec<Setting>)> = BTreeMap::new();
    for item in found.items {
        let uri = item.setting.address.owner.clone();
        let (place, settings) = nodes.entry(uri).or_insert_with(|| (item.place.clone(), Vec::new()));
        if *place != item.place {
            residue.push((item.setting.address.owner.clone(), "the profile has the node more than once".to_owned()));
            (*place, *settings) = (item.place, Vec::new());
        }
        settings.push(Setting::found(item.setting.address, item.setting.value));
    }
    let mut settings: Vec<Setting> = nodes.into_values().flat_map(|(_, settings)| settings).collect();
    settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(Decoded { settings, residue })
}

const MASKED: &str = "its value is masked";

/// The settings of a profile with their places, each as often as it stands there.
pub(super) fn read(profile: &Json, catalogue: &Catalogue, places: &Places) -> Result<Found, Unreadable> {
    let Some(list) = profile.get("omaSettings").and_then(Json::as_array) else {
        return Err((String::new(), "it has no `omaSettings`: it is no custom profile for Windows".to_owned()));
    };
    let mut found = Found::default();
    for (n, one) in list.iter().enumerate() {
        let (place, span) = (format!("omaSettings[{n}]"), places.of(one));
        let Some(uri) = one.get("omaUri").and_then(Json::as_str) else {
            found.residue.push(Residue { place, what: one.to_string(), span });
            continue;
        };
        if oma::is_masked(one) {
            found.unknown.push(Unknown { place, name: uri.to_owned(), why: Why::Masked, span });
            continue;
        }
        match oma::decode(catalogue.known_node(uri).map(|found| found.node), one) {
            Some(parts) => {
                let names = found::named(one.get("omaUri").map_or(span, |uri| places.of(uri)));
                let settings = parts.into_iter().map(|(leaf, value)| Setting {
                    span,
                    names: names.clone(),
                    ..setting(uri, leaf, value)
                });
                found.add(&place, &How::Set, settings);
            }
            None => found.residue.push(Residue { place: uri.to_owned(), what: one.to_string(), span }),
        }
    }
    Ok(found)
}

fn setting(uri: &str, leaf: Leaf, value: Value) -> Setting {
    let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
    Setting::found(Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf }, value)
}
