//! Settings ↔ compliance policies: `windows10CompliancePolicy`, `iosCompliancePolicy`, `macOSCompliancePolicy` (Microsoft Graph,
//! `deviceCompliancePolicy`).
//!
//! A policy judges devices and sets nothing on them. Graph takes one with one action of type `block` and no other number of them, so
//! that action is always written: who does not comply is blocked at once. What v1.0 of Graph has goes into one policy, and what only
//! the beta has into another, so that the first can be created by either.

use super::graph::{self, Version};
use super::{Complied, Title, audience, envelope};
use crate::backend::{Decoded, Unreadable};
use crate::encoding::json;
use crate::encoding::places::Places;
use crate::gather::Arrange;
use crate::setting::{Address, Channel, Family, JUDGED, Leaf, Setting, Value};
use crate::source::Spanned;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const TYPE: &str = "#microsoft.graph.";

/// Members of the envelope, which are nobody's settings.
const ENVELOPE: [&str; 5] = ["@odata.type", "displayName", "description", "assignments", "scheduledActionsForRule"];

/// One policy: its type, and the version of Graph that has all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its type, such as `iosCompliancePolicy`.
    pub owner: String,
    /// The oldest version of Graph that takes it.
    pub version: Version,
}

impl Part {
    /// What its file and its name in the console end in.
    pub fn name(&self) -> String {
        match self.version {
            Version::V1 => self.owner.clone(),
            Version::Beta => format!("{}-beta", self.owner),
        }
    }

    fn has(&self, setting: &Setting) -> bool {
        let address = &setting.address;
        address.family == Family::Compliance && address.owner == self.owner && version(address) == self.version
    }
}

fn version(address: &Address) -> Version {
    address.keys().first().map_or(Version::V1, |property| graph::version_of(&address.owner, property))
}

/// The policies that these settings need, in their order.
pub(super) fn parts(settings: &[Setting]) -> Vec<Part> {
    let own = settings.iter().filter(|setting| setting.address.family == Family::Compliance);
    let mut parts: Vec<Part> =
        own.map(|setting| Part { owner: setting.address.owner.clone(), version: version(&setting.address) }).collect();
    parts.arrange();
    parts.dedup();
    parts
}

/// One of the policies.
pub(super) fn encode<'a>(title: &Title<'_>, part: &Part, settings: &'a [Setting]) -> Complied<'a> {
    let mut complied = Complied { bytes: None, holds: Vec::new(), refused: Vec::new() };
    let mut policy = Map::new();
    for setting in settings.iter().filter(|setting| part.has(setting)) {
        let [property] = setting.address.keys() else {
            complied.refused.push((setting, "a property of a compliance policy has one name".to_owned()));
            continue;
        };
        match written(&setting.value) {
            _ if ENVELOPE.contains(&property.as_str()) => {
                complied.refused.push((setting, "the compiler writes it itself".to_owned()));
            }
            Ok(value) => {
                policy.insert(property.clone(), value);
                complied.holds.push(setting.address.clone());
            }
            Err(why) => complied.refused.push((setting, why)),
        }
    }
    complied.holds.arrange();
    if !complied.holds.is_empty() {
        policy.insert("@odata.type".to_owned(), format!("{TYPE}{}", part.owner).into());
        policy.insert("displayName".to_owned(), title.name.into());
        policy.insert("description".to_owned(), title.description.into());
        policy.insert("scheduledActionsForRule".to_owned(), block());
        let mut policy = Json::Object(policy);
        audience::add(&mut policy, title, "deviceCompliancePolicyAssignment");
        complied.bytes = Some(json::write(&policy));
    }
    complied
}

/// The one action that Graph wants: access is blocked as soon as a device does not comply.
fn block() -> Json {
    json!([{
        "ruleName": "PasswordRequired",
        "scheduledActionConfigurations": [{
            "actionType": "block",
            "gracePeriodHours": 0,
            "notificationTemplateId": "",
            "notificationMessageCCList": [],
        }],
    }])
}

fn written(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::Boolean(truth) => (*truth).into(),
        Value::Integer(number) => {
            i32::try_from(*number).map_err(|_| format!("{number} is more than Intune's 32 bits hold"))?.into()
        }
        Value::Text(text) => match super::super::looks_secret(text) {
            Some(cause) => return Err(cause),
            None => text.as_str().into(),
        },
        Value::Array(items) => {
            items.iter().map(|item| written(&item.value)).collect::<Result<_, _>>().map(Json::Array)?
        }
        Value::Dictionary(entries) => entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), written(&value.value)?)))
            .collect::<Result<_, String>>()
            .map(Json::Object)?,
        other => return Err(format!("a compliance policy cannot hold {}", other.kind())),
    })
}

/// Reads a policy. Members that its type does not have are residue, and so are other actions than the one that is always there.
pub(super) fn decode(policy: &Json, places: &Places) -> Result<Decoded, Unreadable> {
    let refused = |cause: &str| ("@odata.type".to_owned(), cause.to_owned());
    let kind = policy.get("@odata.type").and_then(Json::as_str).ok_or_else(|| refused("it is missing, or no text"))?;
    let owner = kind.strip_prefix(TYPE).filter(|name| JUDGED.iter().any(|(known, _)| known == name));
    let owner = owner.ok_or_else(|| refused(&format!("`{kind}` is no compliance policy of these platforms")))?;
    let mut decoded = Decoded { settings: Vec::new(), residue: audience::assigned(policy).collect() };
    for (name, value) in policy.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        let is_known = graph::property(owner, name).is_some();
        match read(value).filter(|_| is_known && !is_around(name) && !ENVELOPE.contains(&name.as_str())) {
            Some(read) => {
                let span = places.of(value);
                decoded.settings.push(Setting { span, ..Setting::found(address(owner, name), read) });
            }
            None if name == "scheduledActionsForRule" && blocks_at_once(value) => {}
            None if is_around(name) => {}
            None => decoded.residue.push((name.clone(), value.to_string())),
        }
    }
    decoded.settings.arrange_by(|a, b| a.address.cmp(&b.address));
    Ok(decoded)
}

/// Whether a member is the policy's own or the service's, and no condition.
fn is_around(name: &str) -> bool {
    name != "scheduledActionsForRule" && envelope::is_known(name)
}

fn address(owner: &str, property: &str) -> Address {
    Address {
        family: Family::Compliance,
        channel: Channel::Device,
        owner: owner.to_owned(),
        instance: None,
        leaf: Leaf::Keys(vec![property.to_owned()]),
    }
}

/// Whether there is the one action alone, as we or an export write it.
fn blocks_at_once(rules: &Json) -> bool {
    let actions: Vec<&Json> = rules
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|rule| rule.get("scheduledActionConfigurations").and_then(Json::as_array).into_iter().flatten())
        .collect();
    let is = |action: &Json, name: &str, value: Json| action.get(name) == Some(&value);
    matches!(actions.as_slice(), [one] if is(one, "actionType", "block".into()) && is(one, "gracePeriodHours", 0.into()))
}

fn read(value: &Json) -> Option<Value> {
    Some(match value {
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::Number(number) => Value::Integer(number.as_i64()?.into()),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::array(items.iter().map(read).collect::<Option<Vec<_>>>()?),
        Json::Object(members) => {
            let entry = |(name, value): (&String, &Json)| Some((name.clone(), Spanned::nowhere(read(value)?)));
            Value::Dictionary(members.iter().map(entry).collect::<Option<BTreeMap<_, _>>>()?)
        }
        Json::Null => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(owner: &str, all: &[(&str, Value)]) -> Vec<Setting> {
        all.iter().map(|(name, value)| Setting::found(address(owner, name), value.clone())).collect()
    }

    fn windows() -> Vec<Setting> {
        let range = [("lowestVersion", "10.0.22631.0"), ("highestVersion", "10.0.26100.9999")]
            .map(|(name, text)| (name.to_owned(), Spanned::nowhere(Value::text(text))));
        settings(
            "windows10CompliancePolicy",
            &[
                ("activeFirewallRequired", Value::Boolean(true)),
                ("osMinimumVersion", Value::text("10.0.22631.0")),
                ("passwordMinimumLength", Value::Integer(8)),
                ("passwordRequiredType", Value::text("alphanumeric")),
                ("validOperatingSystemBuildRanges", Value::array([Value::Dictionary(range.into())])),
            ],
        )
    }

    const TITLE: Title<'_> =
        Title { name: "acme laptops: compliance", description: "", reached: Vec::new(), left_out: Vec::new() };

    #[test]
    fn what_v1_has_and_what_the_beta_adds_are_two_policies_that_hold_everything() {
        let given = windows();
        let parts = parts(&given);
        assert_eq!(
            parts.iter().map(Part::name).collect::<Vec<_>>(),
            ["windows10CompliancePolicy", "windows10CompliancePolicy-beta"]
        );
        let (mut read, mut held) = (Vec::new(), Vec::new());
        for part in &parts {
            let complied = encode(&TITLE, part, &given);
            let bytes = complied.bytes.unwrap();
            assert!(complied.refused.is_empty());
            assert_eq!(graph::needed(&json::read(&bytes).unwrap()), part.version);
            assert_eq!(encode(&TITLE, part, &given).bytes.unwrap(), bytes);
            let decoded = decode(&json::read(&bytes).unwrap(), &Places::default()).unwrap();
            assert_eq!(decoded.residue, []);
            assert_eq!(decoded.settings.iter().map(|one| one.address.clone()).collect::<Vec<_>>(), complied.holds);
            read.extend(decoded.settings);
            held.extend(complied.holds);
        }
        read.sort_by(|a, b| a.address.cmp(&b.address));
        assert_eq!(read, given);
        assert_eq!(held.len(), given.len());
    }

    #[test]
    fn nothing_to_judge_is_no_policy() {
        assert_eq!(parts(&[]), []);
        let part = Part { owner: "iosCompliancePolicy".to_owned(), version: Version::V1 };
        assert_eq!(encode(&TITLE, &part, &windows()).bytes, None);
    }

    #[test]
    fn what_no_policy_can_hold_is_refused_with_its_reason() {
        let check = |property: &str, value: Value, why: &str| {
            let given = settings("iosCompliancePolicy", &[(property, value)]);
            let complied = encode(&TITLE, &parts(&given)[0], &given);
            assert_eq!((complied.bytes, complied.holds), (None, Vec::new()), "{property}");
            assert!(complied.refused[0].1.contains(why), "{:?}", complied.refused);
        };
        check("passcodeMinimumLength", Value::Integer(1 << 40), "32 bits");
        check("osMinimumVersion", Value::secret("x"), "cannot hold");
        check("displayName", Value::text("x"), "itself");
    }

    #[test]
    fn what_is_no_part_of_the_type_is_residue() {
        let text = r##"{"@odata.type": "#microsoft.graph.iosCompliancePolicy", "displayName": "x", "version": 2, "osMaximumVersion": null,
            "id": "y", "roleScopeTagIds": ["0"], "wisdom": 2, "passcodeRequired": true, "scheduledActionsForRule": [{"scheduledActionConfigurations": [
                {"actionType": "block", "gracePeriodHours": 24}]}]}"##;
        let decoded = decode(&json::read_export(text.as_bytes()).unwrap(), &Places::default()).unwrap();
        let names: Vec<&str> = decoded.residue.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["scheduledActionsForRule", "wisdom"]);
        assert_eq!(decoded.settings.len(), 1);
        let other = json!({ "@odata.type": "#microsoft.graph.androidCompliancePolicy" });
        assert_eq!(decode(&other, &Places::default()).unwrap_err().0, "@odata.type");
    }
}
