//! IntuneManagement (PowerShell): a folder for each of Intune's lists, in it the objects as the beta of Graph gives them, with their type
//! at the top. It knows them by name.

use super::Arranging;
use super::intune::{List, Object, ascii};
use serde_json::Value as Json;

pub(super) fn lay(object: &Object<'_>, arranging: &mut Arranging) -> Result<(), String> {
    let folder = match object.list {
        List::Catalogue => "SettingsCatalog",
        List::Configuration => "DeviceConfiguration",
        List::Ring => "UpdatePolicies",
        List::Compliance => "CompliancePolicies",
    };
    let folder = format!("{}/{folder}", object.organisation());
    arranging.add((&folder, &object.name, ".json"), ascii(&Json::Object(object.members.clone())), object.path);
    Ok(())
}
