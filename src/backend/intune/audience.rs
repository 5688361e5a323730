//! Who gets a policy, as an export says it (Microsoft Graph, "assignments"): groups of the directory by their object ids. A name of a
//! tenant's own, so only where the sources give it. Graph takes it by a call of its own; tools that import files know the member.

use super::{Title, envelope};
use serde_json::{Value as Json, json};

const TYPE: &str = "#microsoft.graph.";

/// The type of assignment that profiles have.
pub(super) const OF_PROFILE: &str = "deviceConfigurationAssignment";

/// Adds the member to a policy; `kind` is its type of assignment.
pub(super) fn add(policy: &mut Json, title: &Title<'_>, kind: &str) {
    let one = |target: &str, group: &str| {
        json!({
            "@odata.type": format!("{TYPE}{kind}"),
            "target": { "@odata.type": format!("{TYPE}{target}"), "groupId": group },
        })
    };
    let reached = title.reached.iter().map(|group| one("groupAssignmentTarget", group));
    let left_out = title.left_out.iter().map(|group| one("exclusionGroupAssignmentTarget", group));
    let all: Vec<Json> = reached.chain(left_out).collect();
    if !all.is_empty() {
        policy["assignments"] = Json::Array(all);
    }
}

/// What a policy says of who gets it, and what nobody knows: no setting, and a change of it is one.
pub(super) fn said(policy: &Json) -> Vec<(String, String)> {
    assigned(policy).chain(envelope::unknown(policy)).collect()
}

/// Who gets it alone.
pub(super) fn assigned(policy: &Json) -> impl Iterator<Item = (String, String)> {
    let all = policy.get("assignments").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let one = |assignment: &Json| match assignment.get("target") {
        Some(target) => {
            let text = |name: &str| target.get(name).and_then(Json::as_str).unwrap_or_default();
            let kind = text("@odata.type").trim_start_matches(TYPE);
            ("assignments".to_owned(), format!("{kind} {}", text("groupId")).trim_end().to_owned())
        }
        None => ("assignments".to_owned(), assignment.to_string()),
    };
    all.iter().map(one)
}
