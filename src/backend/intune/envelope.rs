//! What stands around the settings of a file of Intune's: what a policy says of itself, and what the service adds when it keeps one.
//!
//! Microsoft Graph, "deviceManagementConfigurationPolicy", "deviceConfiguration" and the types derived from it.

use serde_json::Value as Json;

/// Members of a policy's own and of the service's: names, dates, counts. None of them sets anything on a device.
const KNOWN: &[&str] = &[
    "assignments",
    "createdDateTime",
    "creationSource",
    "deploymentChannel",
    "description",
    "deviceManagementApplicabilityRuleDeviceMode",
    "deviceManagementApplicabilityRuleOsEdition",
    "deviceManagementApplicabilityRuleOsVersion",
    "displayName",
    "id",
    "isAssigned",
    "lastModifiedDateTime",
    "name",
    "omaSettings",
    "payload",
    "payloadFileName",
    "payloadName",
    "platforms",
    "priorityMetaData",
    "roleScopeTagIds",
    "scheduledActionsForRule",
    "settingCount",
    "settings",
    "supportsScopeTags",
    "technologies",
    "templateReference",
    "version",
];

/// Whether a member is the policy's own or the service's.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || name.contains("@odata.") || name.starts_with('#')
}

/// What a file says that neither a policy nor the service says.
pub(super) fn unknown(file: &Json) -> Vec<(String, String)> {
    let members = file.as_object().into_iter().flatten().filter(|(name, _)| !is_known(name));
    members.map(|(name, value)| (name.clone(), value.to_string())).collect()
}
