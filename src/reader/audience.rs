//! Who gets a policy, as an export of Intune's says it (Microsoft Graph, "assignments").

use serde_json::Value as Json;

/// Who gets an artefact, and who does not. Nobody is named where the file says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Who gets it.
    pub include: Vec<Assigned>,
    /// Who does not, although another lets them in.
    pub exclude: Vec<Assigned>,
    /// Whether the file says that it goes to nobody, rather than nothing.
    pub is_stated: bool,
    /// Who says so, and so what the names are.
    pub told: Told,
}

/// Who says who gets an artefact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Itself: assignments of Intune's, to groups of the directory.
    #[default]
    Assignments,
    /// Another file: labels of a team, `TEAM: LABEL`.
    Labels,
}

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The object id of a group, or its name where an export has that alone; `all-devices`, `all-users`.
    pub to: String,
    /// The filter that narrows it.
    pub filter: Option<Filter>,
}

/// A filter of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its id.
    pub id: String,
    /// Whether it lets in those that it matches, or keeps them out.
    pub includes: bool,
}

/// What a policy says of who gets it.
pub(super) fn of(policy: &Json) -> Audience {
    let mut audience = Audience::default();
    let Some(all) = policy.get("assignments").and_then(Json::as_array) else { return audience };
    audience.is_stated = true;
    for target in all.iter().filter_map(|one| one.get("target")) {
        let text = |name: &str| target.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let kind = text("@odata.type").unwrap_or_default().rsplit('.').next().unwrap_or_default();
        let group = || text("groupId").or(text("groupName")).or(text("groupDisplayName")).unwrap_or_default();
        let to = match kind {
            "allDevicesAssignmentTarget" => "all-devices",
            "allLicensedUsersAssignmentTarget" => "all-users",
            _ => group(),
        };
        let filter = match text("deviceAndAppManagementAssignmentFilterType") {
            Some(how @ ("include" | "exclude")) => {
                let id = text("deviceAndAppManagementAssignmentFilterId").unwrap_or_default().to_owned();
                Some(Filter { id, includes: how == "include" })
            }
            _ => None,
        };
        let assigned = Assigned { to: to.to_owned(), filter };
        match kind {
            "exclusionGroupAssignmentTarget" => audience.exclude.push(assigned),
            _ => audience.include.push(assigned),
        }
    }
    audience
}
