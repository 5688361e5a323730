//! Intune's files: what the settings catalogue takes and what goes into a custom profile are together exactly the settings, on generated
//! groups and on every Windows group of the organisations.

use crate::conformance::{checked, encoded};
use crate::generated::{groups, runner, setting, settings};
use crate::project::{files, root, say, sources};
use policyc::backend::fill::asked;
use policyc::backend::intune::{self, Catalogued, Title};
use policyc::backend::{self, BACKENDS, Format};
use policyc::catalogue::Catalogue;
use policyc::setting::{Address, Bundle, Channel, Date, Dialect, Family, Leaf, Setting, Value};
use policyc::{Compiled, Request, compile};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

const TITLE: Title<'_> =
    Title { name: "Example – devices", description: "", reached: Vec::new(), left_out: Vec::new() };

/// Of how many settings which file took how many.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shares {
    catalogued: usize,
    custom: usize,
    refused: usize,
}

fn values(settings: &[Setting]) -> BTreeMap<Address, Value> {
    settings.iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
}

/// Writes both files, reads them back, and holds what comes out against what went in.
fn there_and_back(settings: &[Setting], catalogue: &Catalogue) -> Result<(Shares, Vec<String>), TestCaseError> {
    let Catalogued { bytes, holds, left } = intune::catalogued(&TITLE, settings, catalogue);
    let mut back = BTreeMap::new();
    if let Some(bytes) = &bytes {
        let read = intune::read_catalogued(bytes, catalogue).unwrap();
        prop_assert_eq!(&read.residue, &[]);
        let addresses: Vec<Address> = read.settings.iter().map(|setting| setting.address.clone()).collect();
        prop_assert_eq!(&addresses, &holds);
        prop_assert_eq!(&one_form(bytes), bytes);
        back.extend(values(&read.settings));
    }
    let catalogued = back.len();
    let custom = intune::custom(&TITLE, left.iter().map(|(setting, _)| *setting), catalogue);
    if let Some(bytes) = &custom.bytes {
        let read = intune::read_custom(bytes, catalogue).unwrap();
        prop_assert_eq!(&read.residue, &[]);
        for setting in read.settings {
            prop_assert!(back.insert(setting.address.clone(), setting.value).is_none(), "{} twice", setting.address);
        }
        prop_assert_eq!(&one_form(bytes), bytes);
    }
    let shares = Shares { catalogued, custom: back.len() - catalogued, refused: custom.refused.len() };
    prop_assert_eq!(custom.holds.len(), shares.custom);
    back.extend(custom.refused.iter().map(|(setting, _)| (setting.address.clone(), setting.value.clone())));
    prop_assert_eq!(back, values(settings));
    let refused = custom.refused.iter().map(|(setting, why)| format!("{}: {why}", setting.address)).collect();
    Ok((shares, refused))
}

/// Names sorted, two spaces, a line feed at the end.
fn one_form(bytes: &[u8]) -> Vec<u8> {
    let value: Json = serde_json::from_slice(bytes).unwrap();
    format!("{value:#}\n").into_bytes()
}

#[test]
fn generated_settings_come_back() {
    let catalogue = Catalogue::embedded();
    let seen = std::cell::RefCell::new(Shares::default());
    let strategy = (settings(Family::Csp), vec(any_known(&catalogue), 0..24));
    let law = |(mut made_up, known): (Vec<Setting>, Vec<Setting>)| {
        made_up.extend(known);
        made_up.sort_by(|a, b| a.address.cmp(&b.address));
        made_up.dedup_by(|a, b| a.address.owner.eq_ignore_ascii_case(&b.address.owner));
        let checked = checked(&catalogue, &groups(&BACKENDS[2]).remove(0), made_up);
        let (shares, _) = there_and_back(checked.settings(), &catalogue)?;
        let mut seen = seen.borrow_mut();
        seen.catalogued += shares.catalogued;
        seen.custom += shares.custom;
        seen.refused += shares.refused;
        Ok(())
    };
    runner(128).run(&strategy, law).unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner();
    assert!(seen.catalogued > 400 && seen.custom > 400, "{seen:?}");
}

/// A value that the DDF lists, or a number inside the bounds, on any real node that has them.
fn any_known(catalogue: &Catalogue) -> impl Strategy<Value = Setting> + use<> {
    let name = |part: &str| if part.starts_with('{') { "name".to_owned() } else { part.to_owned() };
    let mut known: Vec<(String, Vec<Value>)> = Vec::new();
    for node in catalogue.nodes() {
        let Some(allowed) = &node.allowed else { continue };
        let values: Vec<Value> = match allowed.kind.as_str() {
            "ENUM" | "Flag" => allowed.values.iter().map(|value| Value::Plain(value.clone())).collect(),
            "None" if allowed.delimiter.is_some() => vec![Value::array([Value::text("a"), Value::text("b c")])],
            "Range" => {
                let bounds = allowed.values.first().map_or("", String::as_str).trim_matches(['[', ']']);
                bounds.split('-').map(|bound| Value::Plain(bound.to_owned())).collect()
            }
            _ => continue,
        };
        let uri = node.uri.split('/').map(name).collect::<Vec<_>>().join("/");
        known.push((uri, values));
    }
    assert!(known.len() > 1000, "only {} such nodes", known.len());
    (prop::sample::select(known), any::<prop::sample::Index>()).prop_filter_map("a value", |((owner, values), at)| {
        let value = values.get(at.index(values.len().max(1)))?.clone();
        let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
        let address = Address { family: Family::Csp, channel, owner, instance: None, leaf: Leaf::Node };
        Some(setting(address, value, None))
    })
}

fn organisations(catalogue: &Catalogue) -> Compiled {
    compile(&sources(&root()), catalogue, &Request { as_of: Date::parse("2026-01-31").unwrap() })
}

#[test]
fn every_windows_group_of_the_organisations_comes_back() {
    let catalogue = Catalogue::embedded();
    let compiled = organisations(&catalogue);
    let mut shares = Shares::default();
    let mut refused = Vec::new();
    for group in &compiled.groups {
        let own: Vec<Setting> =
            group.checked.settings().iter().filter(|setting| setting.address.family == Family::Csp).cloned().collect();
        let (here, why) = there_and_back(&own, &catalogue).unwrap();
        shares.catalogued += here.catalogued;
        shares.custom += here.custom;
        shares.refused += here.refused;
        refused.extend(why);
    }
    refused.sort();
    refused.dedup();
    assert!(shares.catalogued > shares.custom && shares.custom > 0, "{shares:?}");
    assert_eq!(refused, Vec::<String>::new(), "{shares:?}");
}

fn node(uri: &str, leaf: Leaf, value: Value) -> Setting {
    let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
    Setting::found(Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf }, value)
}

fn policy(settings: &[Setting], catalogue: &Catalogue) -> Json {
    let catalogued = intune::catalogued(&TITLE, settings, catalogue);
    assert!(catalogued.left.is_empty(), "{:?}", catalogued.left);
    serde_json::from_slice(&catalogued.bytes.unwrap()).unwrap()
}

#[test]
fn a_policy_has_the_shape_of_an_export() {
    let catalogue = Catalogue::embedded();
    let uri = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
    let settings = [
        node(uri, Leaf::AdmxState, Value::Boolean(true)),
        node(uri, Leaf::AdmxElement("MinPINLength".to_owned()), Value::Integer(6)),
    ];
    let id = "device_vendor_msft_bitlocker_systemdrivesminimumpinlength";
    let expected = serde_json::json!([{"id": "0", "settingInstance": {
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
        "settingDefinitionId": id,
        "choiceSettingValue": {"value": format!("{id}_1"), "children": [{
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
            "settingDefinitionId": format!("{id}_minpinlength"),
            "simpleSettingValue": {
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationIntegerSettingValue",
                "value": 6,
            },
        }]},
    }}]);
    assert_eq!(policy(&settings, &catalogue)["settings"], expected);
}

#[test]
fn what_depends_on_an_option_stands_below_it() {
    let catalogue = Catalogue::embedded();
    let area = "./Device/Vendor/MSFT/Policy/Config/DeviceLock";
    let settings = [
        node(&format!("{area}/DevicePasswordEnabled"), Leaf::Node, Value::Integer(0)),
        node(&format!("{area}/AlphanumericDevicePasswordRequired"), Leaf::Node, Value::Integer(0)),
        node(&format!("{area}/MinDevicePasswordComplexCharacters"), Leaf::Node, Value::Integer(3)),
    ];
    let policy = policy(&settings, &catalogue);
    let top = policy["settings"].as_array().unwrap();
    assert_eq!(top.len(), 1);
    let enabled = &top[0]["settingInstance"]["choiceSettingValue"];
    assert!(enabled["value"].as_str().unwrap().ends_with("devicepasswordenabled_0"));
    let alphanumeric = &enabled["children"][0];
    assert!(alphanumeric["settingDefinitionId"].as_str().unwrap().ends_with("alphanumericdevicepasswordrequired"));
    let deepest = &alphanumeric["choiceSettingValue"]["children"][0];
    assert!(deepest["settingDefinitionId"].as_str().unwrap().ends_with("mindevicepasswordcomplexcharacters"));
    // Without the option there is no place for what depends on it.
    let left = intune::catalogued(&TITLE, &settings[1..], &catalogue);
    assert!(left.bytes.is_none() && left.left.len() == 2, "{left:?}");
}

#[test]
fn exceptions_have_their_own_ids() {
    let catalogue = Catalogue::embedded();
    let laps = "./Device/Vendor/MSFT/LAPS/Policies";
    let options = "./Device/Vendor/MSFT/Policy/Config/LocalPoliciesSecurityOptions";
    let settings = [
        node(&format!("{laps}/BackupDirectory"), Leaf::Node, Value::Integer(1)),
        node(&format!("{laps}/PasswordAgeDays"), Leaf::Node, Value::Integer(30)),
        node(&format!("{laps}/PasswordLength"), Leaf::Node, Value::Integer(20)),
        node(&format!("{options}/InteractiveLogon_MachineInactivityLimit"), Leaf::Node, Value::Integer(900)),
    ];
    let policy = policy(&settings, &catalogue);
    let ids: Vec<String> = uses_of(&policy).into_iter().map(|(above, id, _)| format!("{above} > {id}")).collect();
    let laps = "device_vendor_msft_laps_policies";
    let limit =
        "device_vendor_msft_policy_config_localpoliciessecurityoptions_interactivelogon_machineinactivitylimit_v2";
    let expected = [
        format!(" > {laps}_backupdirectory"),
        format!(" > {laps}_passwordlength"),
        format!(" > {limit}"),
        format!("{laps}_backupdirectory > {laps}_passwordagedays_aad"),
    ];
    assert_eq!(ids, expected);
    let (shares, _) = there_and_back(&settings, &catalogue).unwrap();
    assert_eq!(shares, Shares { catalogued: 4, custom: 0, refused: 0 });
}

#[test]
fn a_name_that_intune_fills_in_comes_back_from_who_knows_it() {
    let catalogue = Catalogue::embedded();
    let tenant = "./Device/Vendor/MSFT/PassportForWork/11111111-1111-1111-1111-111111111111";
    let settings = [
        node(&format!("{tenant}/Policies/PINComplexity/MinimumPINLength"), Leaf::Node, Value::Integer(6)),
        node(&format!("{tenant}/Policies/UsePassportForWork"), Leaf::Node, Value::Boolean(true)),
    ];
    let written = intune::catalogued(&TITLE, &settings, &catalogue);
    let bytes = written.bytes.unwrap();
    let known = intune::read_catalogued(&bytes, &catalogue).unwrap();
    assert_eq!(values(&known.settings), values(&settings));
    let mut policy: Json = serde_json::from_slice(&bytes).unwrap();
    assert!(!policy["settings"].to_string().contains("11111111"));
    policy["description"] = "".into();
    let unknown = intune::read_catalogued(policy.to_string().as_bytes(), &catalogue).unwrap();
    assert!(unknown.settings.iter().all(|setting| setting.address.owner.contains("/{TenantId}/")), "{unknown:?}");
}

#[test]
fn secrets_are_markers_in_either_file() {
    let catalogue = Catalogue::embedded();
    let uri = "./Device/Vendor/MSFT/Policy/Config/Start/StartLayout";
    let made_up = "./Device/Vendor/MSFT/Example/Key";
    let settings = [node(uri, Leaf::Node, Value::secret("layout")), node(made_up, Leaf::Node, Value::secret("key"))];
    let catalogued = intune::catalogued(&TITLE, &settings, &catalogue);
    let custom = intune::custom(&TITLE, catalogued.left.iter().map(|(setting, _)| *setting), &catalogue);
    let mut names = asked(&custom.bytes.unwrap());
    names.extend(catalogued.bytes.iter().flat_map(|bytes| asked(bytes)));
    names.sort();
    assert_eq!(names, ["key", "layout"]);
}

// rows: B21
#[test]
fn the_traps_of_oma_settings_are_met() {
    let catalogue = Catalogue::embedded();
    let check = |uri: &str, value: Value, kind: &str, text: Json| {
        let settings = [node(uri, Leaf::Node, value)];
        let custom = intune::custom(&TITLE, &settings, &catalogue);
        let profile: Json = serde_json::from_slice(&custom.bytes.unwrap()).unwrap();
        let one = &profile["omaSettings"][0];
        assert_eq!(one["@odata.type"], format!("#microsoft.graph.omaSetting{kind}"), "{uri}");
        assert_eq!(one["value"], text, "{uri}");
    };
    let policies = "./Device/Vendor/MSFT/Policy/Config";
    check(&format!("{policies}/Wifi/AllowInternetSharing"), Value::Integer(0), "Integer", 0.into());
    let rights = format!("{policies}/UserRights/AllowLocalLogOn");
    let list = Value::array([Value::text("*S-1-5-32-544"), Value::text("*S-1-5-32-545")]);
    check(&rights, list, "String", "<![CDATA[*S-1-5-32-544&#xF000;*S-1-5-32-545]]>".into());
    let rules = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/one/EXE/Policy";
    check(rules, Value::text("<a>®</a>"), "StringXml", "PGE+wq48L2E+".into());
    check("./Vendor/MSFT/Firewall/MdmStore/PublicProfile/EnableFirewall", Value::Boolean(true), "Boolean", true.into());
    let large = [node(&format!("{policies}/Wifi/AllowInternetSharing"), Leaf::Node, Value::Integer(1 << 31))];
    let refused = intune::custom(&TITLE, &large, &catalogue);
    assert!(refused.bytes.is_none() && refused.refused.len() == 1, "{refused:?}");
}

#[test]
fn files_that_are_none_are_refused_and_never_panic() {
    let catalogue = Catalogue::embedded();
    for junk in [&b""[..], b"{}", b"[]", b"null", b"\xFF\xFE{", b"{\"settings\": 1}", b"{\"omaSettings\": null}"] {
        assert!(intune::read_catalogued(junk, &catalogue).is_err(), "{junk:?}");
        assert!(intune::read_custom(junk, &catalogue).is_err(), "{junk:?}");
        assert!(intune::carried(junk).is_err(), "{junk:?}");
    }
    let unknown = br#"{"settings": [null, {"settingInstance": {"settingDefinitionId": "x", "value": null}}]}"#;
    let read = intune::read_catalogued(unknown, &catalogue).unwrap();
    assert_eq!((read.settings.len(), read.residue.len()), (0, 2));
    let masked =
        br##"{"omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingString", "omaUri": "./Device/Vendor/MSFT/X",
        "isEncrypted": true, "value": "****"}, 7]}"##;
    let read = intune::read_custom(masked, &catalogue).unwrap();
    assert_eq!((read.settings.len(), read.residue.len()), (0, 2));
}

/// Groups of Macs that Intune manages, with each bundle, and its catalogue holding what it can.
fn apple_groups() -> Vec<policyc::setting::Target> {
    let is_its = |backend: &&backend::Backend| backend.format == Format::Intune && backend.family == Family::Profile;
    let all = groups(BACKENDS.iter().find(is_its).unwrap());
    all.into_iter().filter(|target| *target.intune == Dialect::Catalogue).collect()
}

fn key(owner: &str, path: &[&str], value: Value) -> Setting {
    let leaf = Leaf::Keys(path.iter().map(|key| (*key).to_owned()).collect());
    let family = if owner.starts_with("com.apple.configuration.") { Family::Declaration } else { Family::Profile };
    let address = Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf };
    Setting::found(address, value)
}

#[test]
fn a_payload_stands_whole_in_a_policy_or_in_a_profile() {
    let catalogue = Catalogue::embedded();
    let firewall = "com.apple.security.firewall";
    let updates = "com.apple.configuration.softwareupdate.settings";
    let held = [
        key(updates, &["AutomaticActions", "Download"], Value::text("AlwaysOff")),
        key(updates, &["Deferrals", "MajorPeriodInDays"], Value::Integer(90)),
        key(updates, &["RapidSecurityResponse", "Enable"], Value::Boolean(false)),
        key(firewall, &["EnableFirewall"], Value::Boolean(true)),
        key(firewall, &["LoggingOption"], Value::text("detail")),
    ];
    let check = |more: &[Setting], expected: &[&str]| {
        for target in apple_groups() {
            let settings: Vec<Setting> = held.iter().chain(more).cloned().collect();
            let checked = checked(&catalogue, &target, settings);
            let artefacts = encoded(&checked, &catalogue);
            let kinds: Vec<&str> = artefacts.iter().filter_map(|file| file.path.split('/').nth(3)).collect();
            if target.bundle == Bundle::PerType {
                assert_eq!(kinds, expected);
            }
            let read = artefacts.iter().flat_map(|file| {
                let decoded = backend::decode_at(&file.path, &file.bytes, &catalogue).unwrap();
                assert_eq!(decoded.residue, []);
                decoded.settings
            });
            let mut read: Vec<Setting> = read.collect();
            read.sort_by(|a, b| a.address.cmp(&b.address));
            // A key of all profiles stands in each.
            read.dedup_by(|a, b| a.address == b.address);
            assert_eq!(values(&read), values(checked.settings()));
            assert_eq!(read.len(), checked.settings().len());
        }
    };
    let [policy, profile] = ["settings", "profile"].map(|kind| format!("{kind}.{firewall}.json"));
    let updates = format!("settings.{updates}.json");
    check(&[], &[&updates, &policy]);
    let app = Value::Dictionary(
        [("BundleID", Value::text("com.example.app")), ("Allowed", Value::Boolean(true))]
            .map(|(name, value)| (name.to_owned(), policyc::source::Spanned::nowhere(value)))
            .into(),
    );
    check(&[key(firewall, &["Applications"], Value::array([app]))], &[&profile, &updates]);
    check(&[key("TopLevel", &["PayloadRemovalDisallowed"], Value::Boolean(true))], &[&profile, &updates]);
}

/// Where a setting of an export stands, and what it says: the id above it, its own, its option.
type Use = (String, String, String);

/// Every setting of an instance.
fn uses(instance: &Json, above: &str, found: &mut Vec<Use>) {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let id = text(&instance["settingDefinitionId"]);
    let choice = &instance["choiceSettingValue"];
    let groups = instance["groupSettingCollectionValue"].as_array().into_iter().flatten();
    let below = [choice].into_iter().chain(groups).flat_map(|value| value["children"].as_array().into_iter().flatten());
    below.for_each(|child| uses(child, &id, found));
    found.push((above.to_owned(), id, text(&choice["value"])));
}

fn all_uses_of(policy: &Json) -> Vec<Use> {
    let mut found = Vec::new();
    for setting in policy["settings"].as_array().into_iter().flatten() {
        uses(&setting["settingInstance"], "", &mut found);
    }
    found.sort();
    found
}

/// Those of Windows that no ingested template brought along.
fn uses_of(policy: &Json) -> Vec<Use> {
    let is_node =
        |id: &str| !id.contains('~') && ["device_", "user_", "vendor_"].iter().any(|root| id.starts_with(root));
    all_uses_of(policy).into_iter().filter(|(_, id, _)| is_node(id)).collect()
}

/// What our policies say of these settings of Apple's.
fn apple_uses_of(settings: &[Setting], catalogue: &Catalogue) -> Vec<Use> {
    let mac = apple_groups().remove(0);
    let artefacts = encoded(&checked(catalogue, &mac, settings.to_vec()), catalogue);
    artefacts.iter().flat_map(|file| all_uses_of(&serde_json::from_slice(&file.bytes).unwrap())).collect()
}

/// Some tools write exports in UTF-16.
fn decoded(bytes: &[u8]) -> String {
    let units = || bytes.chunks(2).map(|pair| u16::from_le_bytes(pair.try_into().unwrap())).collect::<Vec<u16>>();
    match bytes {
        [0xFF, 0xFE, ..] => String::from_utf16(&units()).unwrap(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// Exports of a tenant are nobody's to publish: whoever has some names their folder.
#[test]
fn real_exports_follow_the_rules() {
    let Some(folder) = std::env::var_os("POLICYC_INTUNE_EXPORTS") else {
        say("intune: not held against exports, because none are given (set POLICYC_INTUNE_EXPORTS to their folder)");
        return;
    };
    let catalogue = Catalogue::embedded();
    let ids: BTreeSet<String> = catalogue.uris().into_iter().map(intune::derived).collect();
    let leaves: BTreeSet<String> =
        catalogue.nodes().filter(|node| node.format != "node").map(|node| intune::derived(&node.uri)).collect();
    // A setting of its own, or a part of one.
    let derived = |id: &str| {
        let mut above = std::iter::successors(Some(id), |id| id.rsplit_once('_').map(|(start, _)| start));
        ids.contains(id) || above.any(|above| leaves.contains(above))
    };
    let (mut seen, mut by_rule, mut again, mut apples) = (0, 0, 0, 0);
    let (mut remainder, mut contradictions) = (BTreeSet::new(), BTreeSet::new());
    for (path, file) in files(std::path::Path::new(&folder)).into_iter().filter(|(path, _)| path.ends_with(".json")) {
        let bytes = std::fs::read(file).unwrap();
        let Ok(read) = intune::read_catalogued(&bytes, &catalogue) else { continue };
        let policy: Json = serde_json::from_str(decoded(&bytes).trim_start_matches('\u{FEFF}')).unwrap();
        let theirs = uses_of(&policy);
        seen += theirs.len();
        by_rule += theirs.iter().filter(|(_, id, _)| derived(id)).count();
        remainder.extend(theirs.iter().filter(|(_, id, _)| !derived(id)).map(|(_, id, _)| id.clone()));
        let written = intune::catalogued(&TITLE, &read.settings, &catalogue);
        let ours = written.bytes.map_or(Json::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
        for ours in uses_of(&ours) {
            match theirs.contains(&ours) {
                true => again += 1,
                false => _ = contradictions.insert(format!("{path}: {ours:?}")),
            }
        }
        let is_apple = |setting: &&Setting| setting.address.family != Family::Csp;
        let apple: Vec<Setting> = read.settings.iter().filter(is_apple).cloned().collect();
        let theirs = all_uses_of(&policy);
        for ours in apple_uses_of(&apple, &catalogue) {
            match theirs.contains(&ours) {
                true => apples += 1,
                false => _ = contradictions.insert(format!("{path}: {ours:?}")),
            }
        }
    }
    say(&format!("intune: {by_rule} of {seen} uses have the id of the rule, {again} are written again as they stand"));
    say(&format!("intune: {apples} uses of Apple's types are written again as they stand"));
    remainder.iter().for_each(|id| say(&format!("  not by the rule: {id}")));
    assert!(seen > 0, "no policy of the settings catalogue is in the folder");
    assert_eq!(contradictions, BTreeSet::new());
}

#[test]
fn a_custom_profile_ends_at_a_thousand_settings_and_says_so() {
    let catalogue = Catalogue::embedded();
    let made_up = |n: usize| node(&format!("./Device/Vendor/MSFT/Example/N{n:04}"), Leaf::Node, Value::Integer(1));
    let settings: Vec<Setting> = (0..=1000).map(made_up).collect();
    let all_but_one = intune::custom(&TITLE, &settings[..1000], &catalogue);
    assert!(all_but_one.refused.is_empty() && all_but_one.holds.len() == 1000);
    let all = intune::custom(&TITLE, &settings, &catalogue);
    assert_eq!(all.bytes, all_but_one.bytes);
    let [(setting, why)] = all.refused.as_slice() else { panic!("{:?}", all.refused) };
    assert!(setting.address == settings[1000].address && why.contains("bundle: per-type"), "{why}");
}
