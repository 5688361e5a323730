//! IntuneCD: folders by the names of its modules; an Apple profile stands once more beside its object, under the object's
//! `payloadFileName`, and is what IntuneCD compares.

use super::intune::{List, Object, ascii};
use super::{Arranging, plain};
use crate::encoding::base64;
use serde_json::Value as Json;

const PROFILES: &str = "mobileconfig";

pub(super) fn lay(object: &Object<'_>, arranging: &mut Arranging) -> Result<(), String> {
    let folder = match object.list {
        List::Catalogue => "Settings Catalog",
        List::Configuration | List::Ring => "Device Configurations",
        List::Compliance => "Compliance Policies/Policies",
    };
    let folder = format!("{}/{folder}", object.organisation());
    let mut members = object.members.clone();
    if let Some(payload) = members.get("payload").and_then(Json::as_str) {
        let profile = base64::decode(payload).ok_or("its profile is not base64")?;
        // All groups share the folder, and have profiles of one name.
        let name = plain(&format!("{}.{}", object.group(), object.text("payloadFileName")));
        members.insert("payloadFileName".to_owned(), name.as_str().into());
        arranging.add((&format!("{folder}/{PROFILES}"), &name, ""), profile, object.path);
    }
    arranging.add((&folder, &object.name, ".json"), ascii(&Json::Object(members)), object.path);
    Ok(())
}
